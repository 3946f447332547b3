"""How eye and head work together: the paper's compensation score, the reflex behind it, who carries a gaze shift."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from stygaze.gaze.events import Events, detect
from stygaze.gaze.fixations import idt, points
from stygaze.motion import EYES, FPS, HEAD, Motion

STEADY = 20.0  # degrees per frame of gaze: below it, the paper scores the head's speed
SHIFT = (25.0, 90.0)  # degrees per frame of gaze: within it, the paper scores eye against head
HEAD_MOVES = 5.0  # deg/s of head yaw, from which on the reflex has something to do
VOR_FRAMES = 10  # fewer are too few for a slope
LARGE = 20.0  # degrees, from which on the head usually helps
SHIFTS = 3  # fewer are too few for a median
HEAD_ONSET = 0.2  # of its peak speed


def compensation_score(motion: Motion) -> float:
    """The paper's CompScore (IV-A2): mean over frames of a score of head velocity h and mean eye velocity e.

    With g = e + h, all in degrees per frame as (pitch, yaw, roll; an eye has no roll): -|h| where |g| < 20, -cos of the
    angle between h and e where 25 <= |g| <= 90, else 0. Gaze hardly ever moves 20 degrees in a frame, so in practice
    this is minus the mean head speed: read it with `vor`, which measures coordination.

    Returns:
        The mean over the T - 1 steps between frames at 25 FPS; NaN for a single frame.

    >>> frames = np.zeros((5, 7)); frames[:, 1] = 0.3 * np.arange(5)  # the head turns .3 degrees a frame
    >>> round(compensation_score(Motion(frames)), 6)
    -0.3
    """
    motion = motion.resampled(FPS)
    if len(motion) < 2:
        return float("nan")
    return float(compensation_scores(np.diff(motion.frames.astype(float), axis=0)).mean())


def compensation_scores(velocity: np.ndarray) -> np.ndarray:
    """The score of each frame, whose mean is `compensation_score`, from velocities [T, 7] in degrees per frame.

    For motion in stretches, where a difference of neighbouring frames is not always a movement.

    >>> compensation_scores(np.array([[0, 3, 4, 0, 0, 0, 0], [0, -5, 0, 0, 40, 0, 40], [0, 9, 0, 0, 99, 0, 99]]))
    array([-5.,  1.,  0.])
    """
    head = velocity[:, HEAD]
    eye = np.zeros_like(head)
    eye[:, :2] = velocity[:, EYES].reshape(-1, 2, 2).mean(1)
    gaze = np.linalg.norm(eye + head, axis=1)
    lengths = np.linalg.norm(head, axis=1) * np.linalg.norm(eye, axis=1)
    against = -(head * eye).sum(1) / np.maximum(lengths, 1e-8)  # a resting head has no direction: 0
    shift = (gaze >= SHIFT[0]) & (gaze <= SHIFT[1])
    return np.where(gaze < STEADY, -np.linalg.norm(head, axis=1), np.where(shift, against, 0.0))


class VOR(NamedTuple):
    """The vestibulo-ocular reflex in yaw. gain -1 and correlation -1 hold gaze still; `opposite` is a share, 0 to 1."""

    gain: float
    correlation: float
    opposite: float
    frames: int


def vor(motion: Motion, valid: np.ndarray | None = None) -> VOR:
    """How well the eyes turn against the head while gaze rests on something.

    Over the steps inside I-DT fixations of gaze in the world during which the head yaws faster than 5 deg/s: the slope
    of the regression of eye yaw velocity on head yaw velocity (an ideal reflex has -1), their correlation, and the
    share of steps with opposite signs. Fixations in the head would leave out the very frames in which the eyes
    counter-rotate. Fixations in the world leave out those where the reflex fails badly while the head is fast, so a
    reflex far from -1 comes out a little too good.

    Args:
        valid: [T] bool at 25 FPS, False where the tracker lost the eyes.

    Returns:
        gain, correlation and opposite are NaN with fewer than 10 such steps; frames is their number.

    >>> t = np.arange(100)
    >>> frames = np.zeros((100, 7)); frames[:, 1] = 5 * np.sin(t / 10)
    >>> frames[:, [4, 6]] = -0.9 * frames[:, [1]]
    >>> gain, correlation, opposite, n = vor(Motion(frames))
    >>> round(gain, 3), round(correlation, 3), opposite
    (-0.9, -1.0, 1.0)
    """
    motion = motion.resampled(FPS)
    _, spans = idt(points(motion, "world"), valid=valid)
    label = np.full(len(motion), -1)
    for i, (onset, offset) in enumerate(spans.tolist()):
        label[onset:offset] = i
    inside = (label[1:] >= 0) & (label[1:] == label[:-1])
    head = np.diff(motion.head[:, 1].astype(float)) * FPS
    eye = np.diff(motion.eye[:, 1].astype(float)) * FPS
    used = inside & (np.abs(head) > HEAD_MOVES)
    n = int(used.sum())
    if n < VOR_FRAMES:
        return VOR(float("nan"), float("nan"), float("nan"), n)
    head, eye = head[used], eye[used]
    spread, other = head - head.mean(), eye - eye.mean()
    opposite = float(np.mean(head * eye < 0))
    if spread @ spread < 1e-6 * n:  # the head went at one speed: no slope
        return VOR(float("nan"), float("nan"), opposite, n)
    gain = float(spread @ other / (spread @ spread))
    if other @ other < 1e-9 * n:  # the eyes never turned: no correlation
        return VOR(gain, float("nan"), opposite, n)
    return VOR(gain, float(spread @ other / np.sqrt((spread @ spread) * (other @ other))), opposite, n)


class LargeShifts(NamedTuple):
    """Gaze shifts over 20 degrees: their number, the head's median share of them, its median latency in seconds."""

    number: int
    head_share: float
    head_latency: float


def large_shifts(motion: Motion, events: Events | None = None) -> LargeShifts:
    """What the head does in gaze shifts over 20 degrees.

    Its share is the way it turned in the shift's direction from onset to 0.4 s after landing, over the amplitude
    (Freedman and Sparks 1997 count the head's movement only until gaze lands, which is less). Its latency is the time
    from the eyes' onset to the moment the head reaches a fifth of its peak speed, over the shifts in which it took
    part. At 25 FPS a single latency is known to about 30 ms.

    Returns:
        share and latency are NaN with fewer than 3 such shifts.

    >>> frames = np.zeros((200, 7)); at = np.arange(200)
    >>> for onset, to in ((30, 30), (80, -30), (130, 30)):   # eyes jump 30 degrees, the head takes over 12
    ...     u = np.clip((at - onset - 2) / 8, 0, 1); head = np.sign(to) * 12 * u * u * (3 - 2 * u)
    ...     frames[:, 1] += head; frames[:, 4] += to * (at > onset) - head
    >>> frames[:, 6] = frames[:, 4]
    >>> number, share, latency = large_shifts(Motion(frames))
    >>> number, round(share, 2), 0.04 < latency < 0.16
    (3, 0.4, True)
    """
    motion = motion.resampled(FPS)
    events = detect(motion) if events is None else events
    large = [s for s in events.saccades if s.amplitude > LARGE]
    if len(large) < SHIFTS:
        return LargeShifts(len(large), float("nan"), float("nan"))
    step = np.diff(motion.head[:, :2].astype(float), axis=0)
    latencies = []
    for s in large:
        if not s.with_head:
            continue
        angle = np.radians(s.direction)
        first = max(s.onset - 5, 0)
        speed = step[first : s.offset + 10] @ [np.sin(angle), np.cos(angle)]
        peak = int(np.argmax(speed))
        slow = np.flatnonzero(speed[:peak] < HEAD_ONSET * speed[peak])
        if len(slow):  # else the head was on its way before
            i = int(slow[-1])
            part = (HEAD_ONSET * speed[peak] - speed[i]) / (speed[i + 1] - speed[i])
            latencies.append((first + i + part - s.onset) / FPS)
    latency = float(np.median(latencies)) if len(latencies) >= SHIFTS else float("nan")
    return LargeShifts(len(large), float(np.median([s.head_turn / s.amplitude for s in large])), latency)
