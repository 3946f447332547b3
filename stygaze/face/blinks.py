"""When a face blinks: at natural rates, drawn to pauses of the speech and to large gaze shifts."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import uniform_filter1d

from stygaze.motion import FPS, Motion, direction, rotation

# Bentivoglio et al., "Analysis of blink rate patterns in normal subjects" (1997): means a minute
RATE_SPEAKING, RATE_REST = 26.0, 17.0
SPREAD = 0.55  # log-normal deviation of the intervals about their mean
LEAST_GAP = 0.45  # s between blinks
SHIFT, SHIFT_FRAMES, SHIFT_SHARE = 20.0, 5, 0.6  # a gaze shift of so many degrees within so many frames often has one
NEAR_PAUSE = 0.6  # s: a blink this near to where speech stops is drawn to it
DURATION, DURATION_SPREAD = 0.20, 0.25  # s from lid start to lid back, log-normal
SHORTEST, LONGEST = 0.10, 0.35
LID_RANGE, LID_SHARE = 25.0, 0.45  # looking down so many degrees closes the lid by this share already
PAUSE = 0.24  # s without sound that is a pause


def blink_frames(motion: Motion, speaking: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Frames at which the lids are shut, ascending.

    A renewal process whose rate follows speaking [T] bool, drawn to pauses, plus blinks with large gaze shifts; the
    rate is lowered by what those add, so that the total stays natural.
    """
    n = len(motion)
    shifts = _gaze_shifts(motion)
    forced = shifts[rng.random(len(shifts)) < SHIFT_SHARE]
    rate = np.where(_bridged(speaking), RATE_SPEAKING, RATE_REST) / 60 / FPS
    rate *= max(0.25, 1 - len(forced) / max(rate.sum(), 1e-9))
    wanted = np.cumsum(rate)
    count = int(wanted[-1] * 3 + 20)
    steps = np.exp(rng.normal(-(SPREAD**2) / 2, SPREAD, count))
    steps[0] *= rng.random()  # the clip starts somewhere between two blinks
    free = np.searchsorted(wanted, np.cumsum(steps))
    free = free[free < n]
    stops = np.flatnonzero(np.diff(_bridged(speaking).astype(int)) < 0)
    stops = stops + rng.integers(0, 6, len(stops))  # within the first fifth of a second of the pause
    if len(stops) and len(free):
        nearest = stops[np.abs(free[:, None] - stops).argmin(1)]
        free = np.where(np.abs(nearest - free) <= NEAR_PAUSE * FPS, nearest, free)
    kept: list[int] = []
    for frame in sorted({*forced.tolist(), *(int(f) for f in free if f < n)}):
        if not kept or frame - kept[-1] >= LEAST_GAP * FPS:
            kept.append(frame)
    return np.array(kept, int)


def _bridged(speaking: np.ndarray) -> np.ndarray:
    """Speaking [T] with gaps shorter than a pause filled."""
    width = int(PAUSE * FPS) | 1
    return uniform_filter1d(speaking.astype(float), width, mode="constant") > 1e-6


def _gaze_shifts(motion: Motion) -> np.ndarray:
    """Frames in the middle of gaze shifts larger than SHIFT."""
    n = len(motion)
    if n <= SHIFT_FRAMES:
        return np.zeros(0, int)
    eye = direction(*motion.eye.T)
    gaze = np.einsum("tij,tj->ti", rotation(*motion.head.T), eye)
    turned = np.degrees(np.arccos(np.clip((gaze[SHIFT_FRAMES:] * gaze[:-SHIFT_FRAMES]).sum(1), -1, 1)))
    large = np.concatenate([[False], turned > SHIFT, [False]])
    first, after = np.flatnonzero(np.diff(large.astype(int)) > 0), np.flatnonzero(np.diff(large.astype(int)) < 0)
    peaks = [a + int(turned[a:b].argmax()) for a, b in zip(first, after, strict=True)]
    return np.array(peaks, int) + SHIFT_FRAMES // 2


def lid_track(at: np.ndarray, n: int, rng: np.random.Generator) -> np.ndarray:
    """Closure [n]: lids fall in a third of a blink and rise, slowing down, in the rest."""
    track = np.zeros(n)
    durations = np.clip(DURATION * np.exp(rng.normal(0, DURATION_SPREAD, len(at))), SHORTEST, LONGEST)
    for frame, duration in zip(at, durations, strict=True):
        closing, opening = duration / 3, duration * 2 / 3
        frames = np.arange(max(0, frame - 5), min(n, frame + 9))
        t = (frames - frame) / FPS
        fall = np.clip(1 + t / closing, 0, 1)
        rise = np.clip(1 - t / opening, 0, 1)
        shape = np.where(t < 0, fall * fall * (3 - 2 * fall), rise * rise)
        track[frames] = np.maximum(track[frames], shape)
    return track
