"""One set of figures of a motion, for the page, the command line and stats.json alike."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass

import numpy as np

from stygaze.gaze.coordination import compensation_score, large_shifts, vor
from stygaze.gaze.events import detect
from stygaze.gaze.fixations import idt, points
from stygaze.gaze.main_sequence import fit_main_sequence
from stygaze.motion import EYES, FPS, HEAD, Motion

FAST = 3.0  # degrees per frame
NEAR = 15.0  # degrees; most saccades of everyday life are smaller (Bahill, Adler and Stark 1975)


@dataclass(frozen=True)
class GazeStatistics:
    """Figures of one motion at 25 FPS. `stygaze.gaze.metrics` says what each means, docs/metrics.md in full.

    Shares are 0 to 1, other units stand in the names. NaN means that the motion holds too little to tell: fewer than 3
    frames, no saccade, fewer than 10 steps (VOR), 10 or 100 saccades (main sequence, durations), 3 large shifts (head).
    """

    frames: int
    duration_s: float
    fixation_share: float
    saccade_share: float
    world_fixation_share: float
    fixation_duration_median_s: float
    saccade_rate_per_s: float
    saccade_amplitude_mean_deg: float
    saccades_under_15_deg_share: float
    fast_frames_share: float
    blink_rate_per_min: float
    main_sequence_vmax_deg_per_s: float
    main_sequence_c_deg: float
    main_sequence_velocity_of_10_deg_deg_per_s: float
    saccade_duration_slope_ms_per_deg: float
    saccade_duration_intercept_ms: float
    compensation_score_deg_per_frame: float
    head_speed_mean_deg_per_frame: float
    vor_gain: float
    vor_correlation: float
    vor_opposite_share: float
    vor_frames: int
    large_shifts: int
    large_shift_head_share: float
    large_shift_head_latency_s: float
    gaze_energy_deg2_per_frame2: float
    head_energy_deg2_per_frame2: float

    def to_dict(self) -> dict[str, float | int | None]:
        """For JSON: numbers by name, None where the figure is NaN."""
        return {k: None if isinstance(v, float) and math.isnan(v) else v for k, v in asdict(self).items()}


def statistics(motion: Motion, valid: np.ndarray | None = None) -> GazeStatistics:
    """All figures of a motion.

    Args:
        motion: any frame rate; it is brought to 25 FPS first.
        valid: [T] bool at 25 FPS, False where the tracker lost the eyes. Such frames are left out, except of the
            compensation score, speeds and energies, which take the motion as it is, filled gaps included.

    >>> stats = statistics(Motion(np.zeros((100, 7))))
    >>> stats.fixation_share, stats.saccade_rate_per_s, stats.to_dict()["vor_gain"]
    (1.0, 0.0, None)
    """
    motion = motion.resampled(FPS)
    events = detect(motion, frame="world", valid=valid)
    mask, _ = idt(points(motion, "head"), valid=valid)
    world = np.zeros(len(motion), bool)
    for fixation in events.fixations:
        world[fixation.onset : fixation.offset] = True
    seen = np.ones(len(motion), bool) if valid is None else np.asarray(valid, bool)
    seconds = int(seen.sum()) / FPS
    enough = seen.sum() >= 3
    fixation_share = _mean(mask[seen]) if enough else math.nan
    amplitudes = np.array([s.amplitude for s in events.saccades])
    velocity = motion.velocity.astype(float)
    step = np.diff(motion.eye.astype(float), axis=0)[seen[1:] & seen[:-1]]
    sequence = fit_main_sequence(events)
    reflex = vor(motion, valid)
    shifts = large_shifts(motion, events)
    return GazeStatistics(
        frames=len(motion),
        duration_s=motion.duration,
        fixation_share=fixation_share,
        saccade_share=1 - fixation_share,
        world_fixation_share=_mean(world[seen]) if enough else math.nan,
        fixation_duration_median_s=_median([f.duration for f in events.fixations]),
        saccade_rate_per_s=len(amplitudes) / seconds if enough else math.nan,
        saccade_amplitude_mean_deg=_mean(amplitudes),
        saccades_under_15_deg_share=_mean(amplitudes < NEAR),
        fast_frames_share=_mean(np.hypot(*step.T) > FAST),
        blink_rate_per_min=60 * len(events.blinks) / motion.duration,
        main_sequence_vmax_deg_per_s=sequence.vmax,
        main_sequence_c_deg=sequence.c,
        main_sequence_velocity_of_10_deg_deg_per_s=sequence.velocity(10.0),
        saccade_duration_slope_ms_per_deg=sequence.slope,
        saccade_duration_intercept_ms=sequence.intercept,
        compensation_score_deg_per_frame=compensation_score(motion),
        head_speed_mean_deg_per_frame=_mean(np.linalg.norm(velocity[:, HEAD], axis=1)),
        vor_gain=reflex.gain,
        vor_correlation=reflex.correlation,
        vor_opposite_share=reflex.opposite,
        vor_frames=reflex.frames,
        large_shifts=shifts.number,
        large_shift_head_share=shifts.head_share,
        large_shift_head_latency_s=shifts.head_latency,
        gaze_energy_deg2_per_frame2=_mean((velocity[:, EYES] ** 2).sum(1)),
        head_energy_deg2_per_frame2=_mean((velocity[:, HEAD] ** 2).sum(1)),
    )


def _mean(values: np.ndarray) -> float:
    return float(np.mean(values)) if len(values) else math.nan


def _median(values: list[float]) -> float:
    return float(np.median(values)) if values else math.nan
