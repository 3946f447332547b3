"""The main sequence: larger saccades are faster and last longer, by a law that hardly differs between people."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from scipy.optimize import least_squares

from stygaze.gaze.events import Events
from stygaze.motion import FPS

SACCADES = 10  # fewer are too few to fit peak velocities
DURATIONS = 100  # fewer are too few to fit durations: the slope's standard error is about 5 / sqrt(n) ms/deg
SMALLEST = 2.0  # degrees; below, most of a saccade hides under the detection threshold
# Integral over a saccade of unit length of F (1 - F), F the share of the way gone, for a bell of velocity whose peak is
# 1.65 times its mean, as is usual; a flatter parabola (1.5) would have 0.129, a sharp skewed bell (1.9) 0.107.
PROFILE = 0.12


class MainSequence(NamedTuple):
    """Fits over saccades: v = vmax (1 - exp(-A / c)) and duration = slope A + intercept.

    vmax deg/s, c deg, slope ms/deg, intercept ms. NaN where there are too few saccades. n is their number.
    """

    vmax: float
    c: float
    slope: float
    intercept: float
    n: int

    def velocity(self, amplitude: float) -> float:
        """Peak velocity in deg/s that the fit gives a saccade of `amplitude` degrees. Surer than vmax and c apart.

        >>> round(MainSequence(500, 10, 2.2, 21, 50).velocity(10))
        316
        """
        return self.vmax * -math.expm1(-amplitude / self.c)


def fit_main_sequence(events: Events) -> MainSequence:
    """Fit the main sequence to the saccades of a motion (Baloh and others 1975; Bahill, Clark and Stark 1975).

    Peak velocity is the largest step between frames times 25. A saccade of 5 degrees lasts about 37 ms, less than a
    frame, so this mean over 40 ms stays far below the true peak (a short saccade cannot read higher than 25 A), and
    the fit saturates too late: compare it only with motion at 25 FPS. True values: Vmax about 500-600 deg/s, c about
    11-14 deg.

    The duration can be had at 25 FPS all the same: with f the share of the way that gaze has gone at each frame, the
    sum of f (1 - f) over frames, times 40 ms, is on average the duration times a constant of the velocity profile,
    wherever the saccade falls between frames. Literature: about 2.2-2.7 ms/deg and 21-23 ms.
    On simulated saccades of known duration slope and intercept come out within 15 % and 6 ms of the truth.

    Both fits take saccades of at least 2 degrees whose amplitudes differ; the first needs 10 of them, the second 100.

    Jumps within one frame of 3, 4, ... 14 degrees: their peak velocity is all of it times 25.

    >>> from stygaze.gaze.events import detect
    >>> from stygaze.motion import Motion
    >>> way = np.cumsum([a * (-1) ** a for a in range(3, 15)])
    >>> frames = np.zeros((240, 7)); frames[:, [4, 6]] = np.repeat(way, 20)[:, None]
    >>> fit = fit_main_sequence(detect(Motion(frames)))
    >>> fit.n, round(fit.velocity(10) / 250, 1)
    (11, 1.0)
    """
    saccades = [s for s in events.saccades if s.amplitude >= SMALLEST]
    amplitude = np.array([s.amplitude for s in saccades])
    peak = np.array([s.peak_velocity for s in saccades])
    nan = float("nan")
    if len(saccades) < SACCADES or np.ptp(amplitude) < 1:
        return MainSequence(nan, nan, nan, nan, len(saccades))
    # Robust, because a saccade that was cut in two or joined with its neighbour lies far off; in logarithms, because
    # the scatter grows with speed.
    fit = least_squares(
        lambda p: p[0] + np.log1p(-np.exp(-amplitude / np.exp(p[1]))) - np.log(peak),
        x0=[np.log(np.clip(peak.max(), 20.0, 1900.0)), np.log(10.0)],
        bounds=([np.log(10.0), np.log(0.5)], [np.log(2000.0), np.log(200.0)]),
        loss="soft_l1",
        f_scale=0.2,
    )
    vmax, c = np.exp(fit.x)
    if len(saccades) < DURATIONS:
        return MainSequence(float(vmax), float(c), nan, nan, len(saccades))
    spread = np.array([_spread(events.gaze[s.onset : s.offset + 1]) for s in saccades])
    slope, intercept = np.polyfit(amplitude, spread / PROFILE * 1000 / FPS, 1)
    return MainSequence(float(vmax), float(c), float(slope), float(intercept), len(saccades))


def _spread(gaze: np.ndarray) -> float:
    """Sum of f (1 - f) over the frames of one saccade, f the share of its way."""
    way = gaze[-1] - gaze[0]
    share = (gaze - gaze[0]) @ way / max(float(way @ way), 1e-12)
    return float((share * (1 - share)).sum())
