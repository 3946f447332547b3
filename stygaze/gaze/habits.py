"""Habits: what anyone can measure of a few seconds of motion, as numbers that stand beside the learned style.

A contrastive embedding tells people apart; it need not keep how far to the left somebody's head is held, or how often
the eyes jump. These are means over frames, so a clip's are cheap to take from running sums (`moments`).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter1d

from stygaze.motion import Motion

Array = NDArray[np.floating]
YAW_EDGES, PITCH_EDGES = (-12.0, -6.0, -2.0, 2.0, 6.0, 12.0), (-9.0, -5.0, -2.0, 2.0, 5.0, 9.0)  # degrees in the world
HEAD_SPEEDS = (0.1, 0.3, 1.0)  # degrees a frame
JUMPS = (1.5, 4.0)  # steps of the gaze, degrees a frame: every saccade that tracker noise does not hide, large ones
LEAPS = (5.0, 12.0)  # degrees from rest to rest
NEAR = (3.0, 6.0)  # degrees about the partner, who is at the origin of the world
AWAY = 8.0  # degrees from the partner beyond which gaze is averted
SIDED = 3.0  # looking to one side twice as often as to the other counts as three quarters of the way to that side
EYES_ONLY = np.array([6.0, 8.0], np.float32)  # degrees of gaze, pitch and yaw, for which most heads stay (Stahl 1999)
ACTIVE = 25  # frames over which a head's speed tells whether somebody speaks
PARTS = {  # moments a frame
    "mean": 8, "square": 7, "product": 3, "head_step": 3, "roll_with_yaw": 1, "head_moves": len(HEAD_SPEEDS),
    "jumps": len(JUMPS), "flying": 2, "resting": 4, "yaw": len(YAW_EDGES), "pitch": len(PITCH_EDGES),
    "near": len(NEAR), "leaps": len(LEAPS), "beyond": 4, "follows": 2, "active": 2, "carried": 3,
    "averted": 5,
}  # fmt: skip
HABITS = 53


def beyond(gaze: Array) -> Array:
    """[.., 2] how far gaze [.., 2] (degrees in the world) is beyond what the eyes do alone.

    >>> beyond(np.array([[-4.0, 11.0]])).tolist()
    [[0.0, 3.0]]
    """
    return gaze - np.minimum(np.maximum(gaze, -EYES_ONLY), EYES_ONLY)


def moments(frames: Array) -> Array:
    """What is averaged over a clip to give its habits.

    Args:
        frames: [T, 7] degrees at 25 FPS, T >= 2.

    Returns:
        [T, sum(PARTS.values())].
    """
    motion = Motion(np.clip(frames, -180, 180))
    head, eye, gaze = motion.head.astype(float), motion.eye.astype(float), motion.world_gaze.astype(float)
    vergence = (motion.frames[:, 4:5] - motion.frames[:, 6:7]) / 2
    step = np.diff(head, axis=0, prepend=head[:1])
    moved = np.diff(gaze, axis=0, prepend=gaze[:1])
    speed, size = np.linalg.norm(step, axis=1), np.linalg.norm(moved, axis=1)
    flying, before = size > JUMPS[0], np.concatenate([[0], size[:-1]])
    rest = ~flying
    leap = np.zeros(len(gaze))
    start, stop = np.flatnonzero(np.diff(flying, prepend=False, append=False)).reshape(-1, 2).T
    leap[start] = np.linalg.norm(gaze[stop - 1] - gaze[start - 1], axis=1)  # the first step is 0, so start > 0
    further = beyond(gaze)
    active = uniform_filter1d(np.log(speed + 0.02), ACTIVE)
    off = np.linalg.norm(gaze, axis=1)[:, None] > AWAY
    return np.concatenate([
        head, gaze, eye, vergence,
        head**2, gaze**2, eye**2,
        head[:, :2] * gaze, head[:, 1:2] * head[:, 2:3],
        step**2,
        step[:, 1:2] * step[:, 2:3],
        speed[:, None] > HEAD_SPEEDS,
        (size[:, None] > JUMPS) & (before[:, None] <= JUMPS),
        np.stack([flying, flying * size], 1),
        np.stack([rest, rest * size, rest * moved[:, 1] * step[:, 1], rest * step[:, 1] ** 2], 1),
        gaze[:, 1:] < YAW_EDGES,
        gaze[:, :1] < PITCH_EDGES,
        np.linalg.norm(gaze, axis=1)[:, None] < NEAR,
        leap[:, None] > LEAPS,
        further, further**2, head[:, :2] * further,
        np.stack([active, active**2], 1), head * active[:, None],
        off, off * gaze, off * gaze**2,
    ], axis=1)  # fmt: skip


def habits(mean: Array) -> Array:
    """Habits [.., HABITS] from means of `moments` [.., M].

    Mean head (3), gaze (2), eyes in the head (2), half vergence; logs of their spreads (7); how far the head goes
    along with gaze (2) and roll with yaw; log head speed (3), whether its roll follows its yaw; shares of frames in
    which the head moves (3); logs of jumps a frame (2), of their speed and of the speed at rest; the share of the
    head's turn that the resting gaze follows; shares of gaze beyond places in the world (12) and near the partner (2);
    logs of small and large leaps a frame (2); how far the head goes along with gaze beyond what the eyes do alone (2);
    how it is held while it moves much, as it does in speech (3, degrees for a head e times as fast); pitch and yaw of
    averted gaze, counted from the world's origin (2): root mean square, signed by the side that is preferred, near 0
    where none is or gaze is hardly ever averted. Degrees, frames.

    >>> still = np.tile([2.0, 0, 0, 1, 0, 1, 0], (100, 1))
    >>> found = habits(moments(still).mean(0))
    >>> found.shape == (HABITS,), found[:8].round(2).tolist()
    (True, [2.0, 0.0, 0.0, 3.0, 0.0, 1.0, 0.0, 0.0])
    """
    parts = dict(zip(PARTS, np.split(np.asarray(mean, float), np.cumsum([*PARTS.values()])[:-1], -1), strict=True))
    centre = parts["mean"]
    spread = np.maximum(parts["square"] - centre[..., :7] ** 2, 0)
    along = parts["product"] - np.concatenate(
        [centre[..., :2] * centre[..., 3:5], centre[..., 1:2] * centre[..., 2:3]], -1
    )
    steps = parts["head_step"]
    flying, flown = parts["flying"][..., :1], parts["flying"][..., 1:]
    rest, drift, slip, turned = np.split(parts["resting"], 4, -1)
    further, squares = np.split(parts["beyond"], 2, -1)
    follows = parts["follows"] - centre[..., :2] * further
    active, active_square = np.split(parts["active"], 2, -1)
    carried = parts["carried"] - centre[..., :3] * active
    off, where, square = np.split(parts["averted"], [1, 3], -1)
    far = np.sqrt(square / (off + 0.02)) + 0.1
    return np.concatenate([
        centre,
        0.5 * np.log(spread + 0.01),
        along[..., :2] / (spread[..., 3:5] + 0.1), along[..., 2:] / (spread[..., 1:2] + 0.1),
        0.5 * np.log(steps + 1e-4),
        parts["roll_with_yaw"] / np.sqrt((steps[..., 1:2] + 1e-4) * (steps[..., 2:] + 1e-4)),
        parts["head_moves"],
        np.log(parts["jumps"] + 1e-3),
        np.log((flown + 0.01) / (flying + 0.01)), np.log((drift + 1e-3) / (rest + 1e-3)),
        np.clip(slip / (turned + 1e-3), -2, 2),
        parts["yaw"], parts["pitch"], parts["near"],
        np.log(parts["leaps"] + 1e-3),
        follows / (np.maximum(squares - further**2, 0) + 1),
        carried / (np.maximum(active_square - active**2, 0) + 0.1),
        far * np.tanh(SIDED * where / (off + 0.02) / far),
    ], -1)  # fmt: skip


def habits_of(frames: Array) -> Array:
    """Habits [HABITS] of a motion [T, 7] in degrees at 25 FPS."""
    return habits(moments(frames).mean(0))
