"""The figures of `GazeStatistics` as they are shown: name, unit, formula and one sentence for a newcomer."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Metric:
    """One figure as it is shown.

    Attributes:
        key: field of `GazeStatistics`.
        label, unit: for a table's head. Shares have the unit "%" and are shown times 100.
        formula: how it is computed, in short; it stands beside the number wherever that leaves the program.
        sentence: for a newcomer; {number} is the figure, {value} with its unit, {than} the comparison with a reference.
        absent: why there is no figure.
        alike: a difference up to this, in the field's unit, is "about the same".
        digits: decimals shown.
    """

    key: str
    label: str
    unit: str
    formula: str
    sentence: str
    absent: str
    alike: float
    digits: int = 1

    def number(self, value: float) -> str:
        """The figure as shown, e.g. "61"; a dash where there is none."""
        if math.isnan(value):
            return "–"
        shown = f"{100 * value if self.unit == '%' else value:.{self.digits}f}"
        return shown.removeprefix("-") if not float(shown) else shown  # no "-0.0"

    def text(self, value: float) -> str:
        """The same with its unit, e.g. "61 %"."""
        return self.number(value) if math.isnan(value) else f"{self.number(value)} {self.unit}".strip()


_NO_SACCADE = "There is no saccade in this motion, so there is nothing to measure."
_SHORT = "The motion is shorter than one fixation (3 frames)."
_FEW_SACCADES = "There are fewer than 10 saccades of at least 2 degrees: too few for a fit."
_TOO_FEW_TO_TIME = (
    "There are fewer than 100 saccades of at least 2 degrees: too few to time them at 25 frames a second."
)
_FEW_TURNS = "In fewer than 10 frames the head turns while gaze rests: too few to judge the reflex."
_FEW_SHIFTS = "There are fewer than 3 gaze shifts over 20 degrees in which this could be seen."

METRICS = (
    Metric(
        "fixation_share",
        "Fixation share",
        "%",
        "frames in I-DT fixations of the mean eye in the head (dispersion <= 1 deg, >= 3 frames = 120 ms) / all frames",
        "The eyes rest in their sockets {value} of the time{than}; in the paper's recorded conversations it is 61 %.",
        _SHORT,
        0.05,
        0,
    ),
    Metric(
        "saccade_share",
        "Saccade share",
        "%",
        "1 - fixation share",
        "In the other {value} of the time{than} the eyes jump, glide, or turn against a moving head.",
        _SHORT,
        0.05,
        0,
    ),
    Metric(
        "world_fixation_share",
        "Gaze on something",
        "%",
        "frames in I-DT fixations of gaze in the world (head and eye together) / all frames",
        "Gaze rests on something {value} of the time{than}, whether or not the head moves meanwhile; about 80 to 90 % "
        "is natural.",
        _SHORT,
        0.04,
        0,
    ),
    Metric(
        "fixation_duration_median_s",
        "Typical look",
        "s",
        "median duration of I-DT fixations of gaze in the world",
        "A typical look at one thing lasts {number} seconds{than}; a quarter to half a second is usual.",
        "Gaze never rests for 120 ms.",
        0.04,
        2,
    ),
    Metric(
        "saccade_rate_per_s",
        "Saccades",
        "per s",
        "saccades of gaze in the world (faster than max(.45 deg/frame, 5.5 x noise)) / seconds",
        "Gaze jumps {number} times a second{than}; people make about two or three saccades a second.",
        _SHORT,
        0.3,
    ),
    Metric(
        "saccade_amplitude_mean_deg",
        "Saccade size",
        "deg",
        "mean angle between gaze before and after a saccade",
        "A jump of gaze is {number} degrees wide on average{than}; your thumb at arm's length is 2 degrees wide.",
        _NO_SACCADE,
        0.8,
    ),
    Metric(
        "saccades_under_15_deg_share",
        "Small saccades",
        "%",
        "saccades of less than 15 deg / all saccades",
        "{value} of the jumps are smaller than 15 degrees{than}; in everyday life more than four in five are.",
        _NO_SACCADE,
        0.05,
        0,
    ),
    Metric(
        "fast_frames_share",
        "Fast frames",
        "%",
        "steps between frames in which the mean eye turns more than 3 deg in the head / all steps",
        "In {value} of the frames{than} the eyes move fast enough for a watcher to see a jump.",
        _SHORT,
        0.02,
    ),
    Metric(
        "blink_rate_per_min",
        "Blinks",
        "per min",
        "dips of vergence with dips of pitch, or losses of the tracker, of at most 480 ms / minutes",
        "The eyes show the traces of {number} blinks a minute{than}; only a tracker's raw recording has such traces.",
        _SHORT,
        3.0,
    ),
    Metric(
        "main_sequence_velocity_of_10_deg_deg_per_s",
        "Speed of a 10-degree saccade",
        "deg/s",
        "Vmax (1 - exp(-10 / c)) of the main sequence fit below",
        "A jump of 10 degrees reaches {number} degrees a second{than}; at 25 frames a second it cannot read above 250.",
        _FEW_SACCADES,
        25.0,
        0,
    ),
    Metric(
        "main_sequence_vmax_deg_per_s",
        "Speed limit",
        "deg/s",
        "Vmax of peak velocity = Vmax (1 - exp(-amplitude / c)), peak velocity = largest step x 25",
        "By the fit, ever larger jumps would approach {number} degrees a second{than}; only compare it at 25 FPS.",
        _FEW_SACCADES,
        100.0,
        0,
    ),
    Metric(
        "main_sequence_c_deg",
        "Speed grows over",
        "deg",
        "c of the same fit",
        "The speed of a jump grows with its size over some {number} degrees{than}, then it levels off.",
        _FEW_SACCADES,
        5.0,
        0,
    ),
    Metric(
        "saccade_duration_slope_ms_per_deg",
        "Saccade duration, per degree",
        "ms/deg",
        "slope of duration on amplitude, duration = 40 ms x sum f (1 - f) / .12, f = share of the way at a frame",
        "Each degree makes a jump {number} ms longer{than}; eyes need about 2.2 to 2.7, a camera's pan far more.",
        _TOO_FEW_TO_TIME,
        0.5,
    ),
    Metric(
        "saccade_duration_intercept_ms",
        "Saccade duration, at least",
        "ms",
        "intercept of the same line",
        "The smallest jumps would last {number} ms{than}; eyes need about 20.",
        _TOO_FEW_TO_TIME,
        6.0,
        0,
    ),
    Metric(
        "compensation_score_deg_per_frame",
        "Compensation score",
        "deg/frame",
        "mean over frames of: -|h| if |g| < 20; -cos(angle of h and e) if 25 <= |g| <= 90; else 0 "
        "(h head, e mean eye velocity, g = e + h, deg/frame)",
        "The paper's score is {number}{than}; in practice it is minus the mean head speed, so see the reflex below for "
        "how well eyes and head work together.",
        "A single frame has no movement.",
        0.05,
        3,
    ),
    Metric(
        "head_speed_mean_deg_per_frame",
        "Head speed",
        "deg/frame",
        "mean of sqrt(pitch^2 + yaw^2 + roll^2) of head velocity",
        "The head turns {number} degrees from frame to frame on average{than}; times 25 that is degrees a second.",
        "A single frame has no movement.",
        0.05,
        3,
    ),
    Metric(
        "vor_gain",
        "Eye against head",
        "",
        "slope of eye yaw velocity on head yaw velocity inside fixations of gaze in the world, head yaw > 5 deg/s",
        "When the head turns by 1 degree while gaze rests, the eyes turn by {value}{than}; -1 keeps gaze still.",
        _FEW_TURNS,
        0.05,
        2,
    ),
    Metric(
        "vor_correlation",
        "Tightness of that link",
        "",
        "correlation of eye and head yaw velocity over the same frames",
        "The link between eye and head is {value}{than}; -1 is a perfect mirror, 0 no link at all.",
        _FEW_TURNS,
        0.05,
        2,
    ),
    Metric(
        "vor_opposite_share",
        "Opposite directions",
        "%",
        "steps with opposite signs of eye and head yaw velocity / those same steps",
        "In {value} of those frames{than} eye and head turn opposite ways, as they should.",
        _FEW_TURNS,
        0.05,
        0,
    ),
    Metric(
        "large_shift_head_share",
        "Head's part in large shifts",
        "%",
        "median over saccades over 20 deg of head turn along the shift until .4 s after landing / amplitude",
        "The head takes over {value} of a gaze shift of more than 20 degrees{than}: a strong personal trait.",
        _FEW_SHIFTS,
        0.08,
        0,
    ),
    Metric(
        "large_shift_head_latency_s",
        "Head follows eyes after",
        "s",
        "median over the same shifts with the head of the time from saccade onset to a fifth of peak head speed",
        "In such shifts the head sets off {number} seconds after the eyes{than}.",
        _FEW_SHIFTS,
        0.04,
        2,
    ),
    Metric(
        "gaze_energy_deg2_per_frame2",
        "Eye motion energy",
        "deg²/frame²",
        "mean over frames of the sum of the 4 squared eye velocities",
        "The eyes' motion energy is {number}{than}; it is nearly all in the saccades.",
        "A single frame has no movement.",
        2.0,
    ),
    Metric(
        "head_energy_deg2_per_frame2",
        "Head motion energy",
        "deg²/frame²",
        "mean over frames of the sum of the 3 squared head velocities",
        "The head's motion energy is {number}{than}; the paper's recordings have about .33 to .41.",
        "A single frame has no movement.",
        0.05,
        2,
    ),
)
