"""Movement profiles: saccades on the main sequence, minimum-jerk head movements, and how steps add up to a path."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.special import betainc

RATE = 250  # Hz inside the simulator
DURATION_SLOPE = 2.7e-3  # s per degree; with the intercept the duration of Collewijn, Erkelens and Steinman 1988
DURATION_INTERCEPT = 23e-3  # s
PEAK_VELOCITY = 575.0  # deg/s, the asymptote of V = Vmax (1 - exp(-A / c))
VELOCITY_CONSTANT = 11.0  # deg
LARGEST = 35.0  # deg; larger gaze shifts are made with the head and last as long as this one


def saccade_duration(amplitude: np.ndarray | float) -> np.ndarray:
    """Seconds of saccades of these amplitudes (degrees).

    >>> round(float(saccade_duration(10.0)), 3)
    0.05
    """
    return DURATION_INTERCEPT + DURATION_SLOPE * np.minimum(amplitude, LARGEST)


def saccade_peak_velocity(amplitude: np.ndarray | float) -> np.ndarray:
    """Degrees per second at the peak, Vmax (1 - exp(-A / c)).

    >>> round(float(saccade_peak_velocity(10.0)))
    343
    """
    return PEAK_VELOCITY * -np.expm1(-np.asarray(amplitude) / VELOCITY_CONSTANT)


def _shape_table() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Amplitudes and the two parameters of the beta density whose peak is the main sequence's.

    The relative peak Q = peak velocity * duration / amplitude is fixed by the two laws above; the mode moves from the
    middle (small saccades are symmetric) to a third (large ones decelerate longer). For each amplitude the density's
    concentration is the one that has that Q.
    """
    amplitude = np.linspace(0.1, LARGEST, 200)
    wanted = saccade_peak_velocity(amplitude) * saccade_duration(amplitude) / amplitude
    mode = np.interp(amplitude, [0.0, LARGEST], [0.48, 0.36])[:, None]
    concentration = np.linspace(0.05, 12, 400)[None]
    a, b = 1 + mode * concentration, 1 + (1 - mode) * concentration
    step = 1e-4
    peak = (betainc(a, b, mode + step) - betainc(a, b, mode - step)) / (2 * step)
    best = np.array([np.interp(q, row, concentration[0]) for q, row in zip(wanted, peak, strict=True)])
    return amplitude, 1 + mode[:, 0] * best, 1 + (1 - mode[:, 0]) * best


_AMPLITUDE, _A, _B = _shape_table()


def saccade_profile(amplitude: np.ndarray) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    """Share of the way covered at relative time u in [0, 1] by step k of these amplitudes [K]: f(u, k)."""
    a, b = np.interp(amplitude, _AMPLITUDE, _A), np.interp(amplitude, _AMPLITUDE, _B)
    return lambda u, k: betainc(a[k], b[k], u)


def minimum_jerk(u: np.ndarray, k: np.ndarray) -> np.ndarray:
    """Share of the way at relative time u (Flash and Hogan 1985, eq. A8).

    >>> minimum_jerk(np.array([0.0, 0.5, 1.0]), None).tolist()
    [0.0, 0.5, 1.0]
    """
    return u**3 * (10 - 15 * u + 6 * u * u)


def path(
    n: int,
    onset: np.ndarray,
    duration: np.ndarray,
    amplitude: np.ndarray,
    profile: Callable[[np.ndarray, np.ndarray], np.ndarray] = minimum_jerk,
) -> np.ndarray:
    """Sum of steps that start at rest at 0, [n, D] at `RATE` Hz.

    Args:
        onset, duration: [K] seconds; a step that begins before 0 has its past part at sample 0.
        amplitude: [K, D] degrees.
        profile: monotone f(u, k) with f(0) = 0 and f(1) = 1.
    """
    amplitude = np.asarray(amplitude, float)
    velocity = np.zeros((n, amplitude.shape[1]))
    if len(amplitude) == 0:
        return velocity
    first = np.ceil(onset * RATE).astype(int)
    count = np.maximum(np.ceil((onset + duration) * RATE).astype(int) - first, 0) + 1
    k = np.repeat(np.arange(len(onset)), count)
    sample = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count) + first[k]
    covered = profile(np.clip((sample / RATE - onset[k]) / duration[k], 0, 1), k)
    start = np.concatenate([[True], k[1:] != k[:-1]])
    gain = np.where(start, covered, covered - np.concatenate([[0], covered[:-1]]))
    inside = sample < n
    np.add.at(velocity, np.maximum(sample[inside], 0), gain[inside, None] * amplitude[k[inside]])
    return np.cumsum(velocity, axis=0)
