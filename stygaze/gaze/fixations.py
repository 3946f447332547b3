"""Fixations by dispersion (I-DT) and the share of time spent in them."""

from __future__ import annotations

from typing import Literal

import numpy as np

from stygaze.errors import StyGazeError
from stygaze.motion import FPS, Motion

DISPERSION = 1.0  # degrees, (max - min) of yaw plus (max - min) of pitch
MIN_FRAMES = 3  # the usual 100 ms would be 2.5 frames at 25 FPS, so 120 ms

Frame = Literal["head", "world"]
By = Literal["frames", "events"]
Eye = Literal["mean", "left", "right"]


def idt(
    points: np.ndarray,
    dispersion: float = DISPERSION,
    min_frames: int = MIN_FRAMES,
    valid: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Fixations by the dispersion-threshold algorithm I-DT (Salvucci and Goldberg, ETRA 2000, p. 74).

    The shortest window that lasts long enough is taken; while its dispersion stays within the threshold it grows by one
    frame, then it is a fixation and the search goes on behind it. A window that is too wide loses its first frame.

    Args:
        points: [T, 2] degrees, pitch and yaw (the order does not matter).
        dispersion: degrees; largest allowed sum of the ranges of both columns.
        min_frames: shortest fixation in frames.
        valid: [T] bool, False where the tracker lost the eye. Such a frame, and one with NaN, ends a window.

    Returns:
        mask [T] bool, True inside a fixation; spans [n, 2] int, first frame and the frame after the last.

    Raises:
        StyGazeError: `points` is not [T, 2], `valid` has another length, or a threshold makes no sense.

    >>> mask, spans = idt(np.array([[0, 0], [0, 0.5], [0.4, 0], [9, 0], [9, 9], [9, 9.9], [9, 9], [9, 9]]))
    >>> spans.tolist(), mask.mean().item()
    ([[0, 3], [4, 8]], 0.875)
    """
    points = np.asarray(points, float)
    if points.ndim != 2 or points.shape[1] != 2:
        raise StyGazeError(f"I-DT takes points of shape [T, 2] (pitch, yaw), got {points.shape}.")
    if not dispersion > 0 or min_frames < 1:
        raise StyGazeError(f"I-DT needs dispersion > 0 and min_frames >= 1, got {dispersion} and {min_frames}.")
    good = np.isfinite(points).all(1)
    if valid is not None:
        valid = np.asarray(valid, bool)
        if valid.shape != good.shape:
            raise StyGazeError(f"valid has shape {valid.shape}, but there are {len(points)} frames.")
        good = good & valid
    # Lists, because reading one number at a time from an array is ten times slower.
    x, y = points[:, 0].tolist(), points[:, 1].tolist()
    spans: list[tuple[int, int]] = []
    for first, end in runs(good).tolist():
        spans += _spans(x, y, first, end, float(dispersion), int(min_frames))
    mask = np.zeros(len(points), bool)
    for onset, offset in spans:
        mask[onset:offset] = True
    return mask, np.array(spans, int).reshape(-1, 2)


def _spans(x: list[float], y: list[float], i: int, end: int, limit: float, shortest: int) -> list[tuple[int, int]]:
    """I-DT between frames i and end, all of them valid."""
    found = []
    while i + shortest <= end:
        j = i + shortest
        left, right, low, high = min(x[i:j]), max(x[i:j]), min(y[i:j]), max(y[i:j])
        if (right - left) + (high - low) > limit:
            i += 1
            continue
        while j < end:
            a, b = x[j], y[j]
            left, right, low, high = min(left, a), max(right, a), min(low, b), max(high, b)
            if (right - left) + (high - low) > limit:
                break
            j += 1
        found.append((i, j))
        i = j
    return found


def runs(mask: np.ndarray) -> np.ndarray:
    """[n, 2] first frame and frame after the last of each run of True.

    >>> runs(np.array([True, False, True, True])).tolist()
    [[0, 1], [2, 4]]
    """
    return np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]]).astype(int))).reshape(-1, 2)


def points(motion: Motion, frame: Frame = "head", eye: Eye = "mean") -> np.ndarray:
    """[T, 2] pitch and yaw in degrees of one eye or the mean of both, in the head or in the world.

    Raises:
        StyGazeError: an unknown frame or eye, or one eye asked for in the world.

    >>> turned = Motion([[0, 20, 0, 5, -12, 5, -8]])  # the head turned 20 degrees, the eyes 10 of them back
    >>> points(turned, "head").tolist(), points(turned, "world").round().tolist()
    ([[5.0, -10.0]], [[5.0, 10.0]])
    """
    if frame not in ("head", "world") or eye not in ("mean", "left", "right"):
        raise StyGazeError(f"frame is head or world and eye is mean, left or right; got {frame!r} and {eye!r}.")
    if frame == "head":
        return {"mean": motion.eye, "left": motion.frames[:, 3:5], "right": motion.frames[:, 5:7]}[eye]
    if eye != "mean":
        raise StyGazeError("Gaze in the world is the line between both eyes; ask for eye='mean'.")
    gaze = motion.world_gaze
    return np.column_stack([gaze[:, 0], np.unwrap(gaze[:, 1], period=360)])  # a look behind is no jump of 360 degrees


def fixation_ratio(
    motion: Motion,
    frame: Frame = "head",
    by: By = "frames",
    eye: Eye = "mean",
    dispersion: float = DISPERSION,
    min_frames: int = MIN_FRAMES,
    valid: np.ndarray | None = None,
) -> float:
    """Share of a motion spent in I-DT fixations, 0 to 1: the paper's FixRatio (IV-A1); its saccade share is 1 minus it.

    Args:
        motion: brought to 25 FPS first.
        frame: "head", the direction of the eyes in the head (the paper's reading), or "world", where they look.
        by: "frames", frames in fixations / valid frames; or "events", fixations / (fixations + stretches between).
        eye: "mean" of both, "left" or "right".
        dispersion, min_frames: as in `idt`.
        valid: [T] bool at 25 FPS; frames not valid count neither way.

    Returns:
        The share, NaN for a motion that is shorter than one fixation.

    >>> from stygaze.motion import Motion
    >>> frames = np.zeros((8, 7)); frames[5:, 4] = frames[5:, 6] = 10  # 5 frames ahead, 3 frames to the left
    >>> fixation_ratio(Motion(frames))
    1.0
    >>> frames[4:, 4] = frames[4:, 6] = [2, 5, 10, 15]                 # ... then 4 frames on the way
    >>> fixation_ratio(Motion(frames)), fixation_ratio(Motion(frames), by="events")
    (0.5, 0.5)
    """
    if by not in ("frames", "events"):
        raise StyGazeError(f"by is frames or events, got {by!r}.")
    mask, spans = idt(points(motion.resampled(FPS), frame, eye), dispersion, min_frames, valid)
    seen = mask if valid is None else mask[np.asarray(valid, bool)]
    if len(seen) < min_frames:
        return float("nan")
    if by == "frames":
        return float(seen.mean())
    return len(spans) / (len(spans) + len(runs(~seen)))
