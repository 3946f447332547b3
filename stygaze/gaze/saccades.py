"""Saccades: jumps of gaze in the world, where the eyes look no matter how the head helps."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import median

import numpy as np

from stygaze.gaze.fixations import runs
from stygaze.motion import FPS, Motion, direction

THRESHOLD = 0.45  # degrees per frame, 11 deg/s: above the drift and slip of a good fixation
SIGMAS = 5.5  # and above this many standard deviations of the tracker's noise
SAME_DIRECTION = 0.6  # cosine between one frame's step and the way so far
CORE = 0.3  # of the peak speed: where a saccade begins and ends while gaze also glides
HEAD_SETTLES = 10  # frames, 0.4 s after landing: the head starts late and lands last
HEAD_TURN = 2.0  # degrees along the shift; less is sway


@dataclass(frozen=True)
class Saccade:
    """One jump of gaze in the world. Frames lie 40 ms apart, so `duration` is an upper bound; true ones last 20-100 ms.

    Attributes:
        onset: last frame before the jump. offset: first frame at rest after it.
        duration: seconds from onset to offset.
        amplitude: degrees between the directions of gaze at onset and offset.
        direction: degrees, 0 toward the subject's left, 90 up, 180 toward the right, -90 down.
        peak_velocity: deg/s, the largest step from frame to frame times 25: below the true peak for short saccades.
        head_turn: degrees the head turned in the saccade's direction from onset to 0.4 s after landing; negative if it
            went the other way.
    """

    onset: int
    offset: int
    duration: float
    amplitude: float
    direction: float
    peak_velocity: float
    head_turn: float

    @property
    def with_head(self) -> bool:
        """Whether the head took part: it turned at least 2 degrees the same way."""
        return self.head_turn >= HEAD_TURN


def angle_between(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Degrees between unit vectors [..., 3]; by the chord, which is exact for small angles too.

    >>> angle_between(direction(0, 10), direction(0, 40)).round(6).item()
    30.0
    """
    return np.degrees(2 * np.arcsin(np.clip(np.linalg.norm(a - b, axis=-1) / 2, 0, 1)))


def eye_noise(motion: Motion) -> float:
    """Standard deviation, degrees, of the tracker's noise, from left minus right eye pitch, which no gaze changes.

    With independent noise s in each eye, that difference steps by 2 s from frame to frame, and the mean eye by s.

    >>> frames = np.zeros((500, 7)); frames[:, [3, 5]] = np.random.default_rng(0).normal(0, 0.1, (500, 2))
    >>> round(eye_noise(Motion(frames)), 2)
    0.1
    """
    if len(motion) < 3:
        return 0.0
    return float(np.std(np.diff(motion.frames[:, 3].astype(float) - motion.frames[:, 5]))) / 2


def find_saccades(
    motion: Motion, gaze: np.ndarray, valid: np.ndarray | None = None, noise: float | None = None
) -> list[Saccade]:
    """Saccades of a motion at 25 FPS.

    Gaze must move faster than max(0.45 degrees a frame, 5.5 times the noise). Adjacent fast frames in one direction are
    one saccade; a turn, or a second burst after the first has died down, begins the next. What is fast but lasts much
    longer than the main sequence allows for its size (duration 2.7 ms/deg A + 23 ms; Bahill, Clark and Stark 1975 give
    such a line) is a glide: it counts only where a burst stands out of it.

    Args:
        motion: for its head and its noise.
        gaze: [T, 2] pitch and yaw in the world, without the dips of blinks.
        valid: [T] bool; a step from or to a frame that is not valid is no movement.
        noise: degrees, in place of the motion's own `eye_noise`.

    >>> frames = np.zeros((20, 7)); frames[10:, [4, 6]] = 8; frames[15:, [4, 6]] = 3
    >>> looks = Motion(frames)
    >>> [(s.onset, round(s.amplitude, 3), s.direction) for s in find_saccades(looks, looks.world_gaze)]
    [(9, 8.0, 0.0), (14, 5.0, 180.0)]
    """
    looks = direction(*gaze.T)
    speed = angle_between(looks[1:], looks[:-1])
    if valid is not None:
        speed = np.where(valid[1:] & valid[:-1], speed, 0.0)
    # Degrees on the sphere, pitch and yaw: a degree of yaw is shorter away from the horizon.
    step = np.diff(gaze, axis=0)
    step[:, 1] = (step[:, 1] + 180) % 360 - 180
    step[:, 1] *= np.cos(np.radians((gaze[1:, 0] + gaze[:-1, 0]) / 2))
    limit = max(THRESHOLD, SIGMAS * (eye_noise(motion) if noise is None else noise))

    track = np.concatenate([np.zeros((1, 2)), np.cumsum(step, axis=0)])
    spans: list[tuple[int, int]] = []
    quick, steps, path = speed.tolist(), step.tolist(), track.tolist()
    for first, end in runs(speed > limit).tolist():
        for burst in _bursts(steps, quick, first, end):
            core = _ballistic(path, quick, *burst)
            if core and math.dist(path[core[0]], path[core[1]]) > limit:
                spans.append(core)
    if not spans:
        return []
    onset, offset = np.array(spans).T
    amplitude = angle_between(looks[onset], looks[offset])
    way = track[offset] - track[onset]
    until = np.minimum(offset + HEAD_SETTLES, len(gaze) - 1)
    turn = motion.head[until, :2].astype(float) - motion.head[onset, :2]
    turn[:, 1] *= np.cos(np.radians(motion.head[onset, 0]))
    head = (turn * way).sum(1) / np.maximum(np.hypot(*way.T), 1e-9)
    return [
        Saccade(
            onset=s,
            offset=t,
            duration=(t - s) / FPS,
            amplitude=float(amplitude[i]),
            direction=float(np.degrees(np.arctan2(*way[i]))),
            peak_velocity=float(speed[s:t].max() * FPS),
            head_turn=float(head[i]),
        )
        for i, (s, t) in enumerate(spans)
    ]


def _bursts(step: list[list[float]], speed: list[float], first: int, end: int) -> list[tuple[int, int]]:
    """A run of fast frames cut where gaze turns, or speeds up again after it has slowed down."""
    found, start, (up, left) = [], first, step[first]
    for t in range(first + 1, end):
        rise, turn = step[t]
        turns = up * rise + left * turn < SAME_DIRECTION * math.hypot(up, left) * math.hypot(rise, turn)
        again = t - start >= 2 and speed[t - 1] < speed[t - 2] and speed[t] > 2 * speed[t - 1]
        if turns or again:
            found.append((start, t))
            start, up, left = t, 0.0, 0.0
        up, left = up + rise, left + turn
    return [*found, (start, end)]


def _ballistic(path: list[list[float]], speed: list[float], s: int, t: int) -> tuple[int, int] | None:
    """The span itself if it is short enough for a saccade of its size, else the burst standing out of it, or None."""

    def quick(a: int, b: int) -> bool:
        longest = 2 * (0.0027 * math.dist(path[a], path[b]) + 0.023)  # twice the main sequence: the head may help
        return b - a <= longest * FPS + 2  # its ends fall between frames

    if quick(s, t):
        return s, t
    peak = max(speed[s:t])
    if peak < 3 * median(speed[s:t]):
        return None
    a = b = speed.index(peak, s)
    while a > s and speed[a - 1] > CORE * peak:
        a -= 1
    while b < t and speed[b] > CORE * peak:
        b += 1
    return (a, b) if quick(a, b) else None
