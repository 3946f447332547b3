"""What each profile is calibrated to: published figures with tolerances, and how a corpus is measured against them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from stygaze.gaze.statistics import GazeStatistics

PAPER_FIXATION, PAPER_COMPENSATION = 0.6113, -0.3366  # ground truth row of Table IV
PAPER_GAZE_ENERGY, PAPER_HEAD_ENERGY = (47.5, 58.0), (0.33, 0.41)  # what the MEE columns of Table II leave open
PAPER_HEAD_SPEED = 0.34  # degrees a frame, what CompScore and the head's energy imply
PAPER, PROTOTYPE = "paper, recordings of HAGE", "first simulator fitted to the paper"


@dataclass(frozen=True)
class Target:
    """A figure that sessions of a profile, pooled, have to have.

    Attributes:
        key: field of `GazeStatistics`, or averted_speaking, averted_listening (shares of the time).
        low, high: what is held, the tolerance included, in the field's unit.
        aim: what was aimed at, as the data card prints it (shares in %).
        source: where the aim comes from.
    """

    key: str
    low: float
    high: float
    aim: str
    source: str

    def held(self, value: float) -> bool:
        """Whether a measured figure is within the tolerance."""
        return self.low <= value <= self.high


def _within(key: str, value: float, tolerance: float, aim: str, source: str) -> Target:
    low, high = sorted((value * (1 - tolerance), value * (1 + tolerance)))
    return Target(key, low, high, aim, source)


TARGETS: dict[str, tuple[Target, ...]] = {
    "hage": (
        _within("fixation_share", PAPER_FIXATION, 0.05, "61.1 (within 5 %)", PAPER),
        _within("compensation_score_deg_per_frame", PAPER_COMPENSATION, 0.05, "-0.337 (within 5 %)", PAPER),
        Target(
            "gaze_energy_deg2_per_frame2",
            0.9 * PAPER_GAZE_ENERGY[0],
            1.1 * PAPER_GAZE_ENERGY[1],
            "47.5 to 58 (within 10 %)",
            PAPER,
        ),
        Target(
            "head_energy_deg2_per_frame2",
            0.9 * PAPER_HEAD_ENERGY[0],
            1.1 * PAPER_HEAD_ENERGY[1],
            "0.33 to 0.41 (within 10 %)",
            PAPER,
        ),
        _within("head_speed_mean_deg_per_frame", PAPER_HEAD_SPEED, 0.1, "about 0.34", PAPER),
        Target("world_fixation_share", 0.76, 0.82, "about 79", PROTOTYPE),
        Target("saccade_amplitude_mean_deg", 10.3, 12.3, "about 11.3", PROTOTYPE),
        Target("vor_gain", -1.0, -0.89, "-1 to -0.9", "physiology"),
    ),
    "natural": (
        Target("world_fixation_share", 0.88, 0.94, "88 to 94", "literature"),
        Target("saccade_amplitude_mean_deg", 6.0, 8.0, "6 to 8", "literature"),
        Target("saccades_under_15_deg_share", 0.80, 1.0, "at least 80", "Bahill, Adler and Stark 1975"),
        Target("vor_gain", -1.0, -0.9, "-1 to -0.9", "physiology"),
        Target("gaze_energy_deg2_per_frame2", 10.0, 24.0, "about 14 to 24 in real eyes", "literature"),
        Target("averted_speaking", 0.45, 0.60, "45 to 60", "Kendon 1967"),
        Target("averted_listening", 0.20, 0.30, "20 to 30", "Kendon 1967"),
    ),
}


def pooled(rows: Sequence[GazeStatistics], key: str) -> float:
    """A figure over several sessions as if they were one: the mean weighted by frames, without sessions that lack it.

    NaN when all lack it.
    """
    values, frames = np.array([(getattr(row, key), row.frames) for row in rows], float).T
    known = np.isfinite(values)
    return float(np.average(values[known], weights=frames[known])) if known.any() else float("nan")
