"""How alike the gaze of two motions is: the paper's SimScore, and distances between what it leaves out."""

from __future__ import annotations

import numpy as np
from scipy.stats import wasserstein_distance

from stygaze.gaze.coordination import compensation_score
from stygaze.gaze.events import detect, fixation_ratio
from stygaze.motion import FPS, Motion


def similarity(true: Motion, predicted: Motion) -> float:
    """The paper's SimScore (IV-A3) of two motions, 1 for equal figures; the lengths may differ.

    NaN if one of them is too short to have a fixation ratio (3 frames).

    >>> still = Motion(np.zeros((50, 7)))
    >>> similarity(still, still)
    1.0
    """
    return similarity_score(
        fixation_ratio(true), compensation_score(true), fixation_ratio(predicted), compensation_score(predicted)
    )


def similarity_score(
    true_fixation: float, true_compensation: float, predicted_fixation: float, predicted_compensation: float
) -> float:
    """SimScore of figures: 1 - (|difference of fixation ratios| + |difference of compensation scores|).

    Fixation ratios are shares (0 to 1), compensation scores in degrees per frame. Two figures can agree for the wrong
    reason: smooth drift counts as not fixating, jitter as head motion. Never choose a model by this number alone.

    The paper's Table IV, row SE-64:

    >>> round(similarity_score(0.6113, -0.3366, 0.6922, -0.3054), 4)
    0.8879
    """
    return 1 - (abs(true_fixation - predicted_fixation) + abs(true_compensation - predicted_compensation))


def distances(true: Motion, predicted: Motion) -> dict[str, float]:
    """Wasserstein-1 distances between the distributions of two motions: how far, on average, one must shift the values
    of one to get those of the other, in their own unit. 0 for equal distributions.

    Returns:
        gaze_speed_deg_per_frame: speed of the mean eye in the head; head_speed_deg_per_frame;
        saccade_amplitude_deg and fixation_duration_s: of gaze in the world. NaN where one motion has none of the
        events and the other has, 0 where both have none.

    >>> frames = np.zeros((50, 7)); frames[:, 1] = 0.5 * np.arange(50)
    >>> distances(Motion(np.zeros((50, 7))), Motion(frames))["head_speed_deg_per_frame"]
    0.5
    """
    a, b = _samples(true), _samples(predicted)
    return {name: wasserstein(a[name], b[name]) for name in a}


def _samples(motion: Motion) -> dict[str, np.ndarray]:
    motion = motion.resampled(FPS)
    events = detect(motion, frame="world")
    return {
        "gaze_speed_deg_per_frame": np.linalg.norm(np.diff(motion.eye.astype(float), axis=0), axis=1),
        "head_speed_deg_per_frame": np.linalg.norm(np.diff(motion.head.astype(float), axis=0), axis=1),
        "saccade_amplitude_deg": np.array([s.amplitude for s in events.saccades]),
        "fixation_duration_s": np.array([f.duration for f in events.fixations]),
    }


def wasserstein(a: np.ndarray, b: np.ndarray) -> float:
    """Wasserstein-1 distance of two samples in their own unit; NaN where one is empty, 0 where both are.

    >>> wasserstein(np.array([1.0, 2.0]), np.array([4.0, 3.0])), wasserstein(np.zeros(0), np.zeros(3))
    (2.0, nan)
    """
    if not len(a) or not len(b):
        return 0.0 if len(a) == len(b) else float("nan")
    return float(wasserstein_distance(a, b))
