"""What gaze and head do, beyond being close: the paper's Table IV, events, coordination; and all figures of a row.

Everything is pooled over the frames or the events of all sessions, within stretches only (`stygaze.evaluation.seams`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from stygaze.evaluation import accuracy, boldness, consistency
from stygaze.evaluation import beats as timing
from stygaze.evaluation.accuracy import some
from stygaze.evaluation.consistency import ce_floor_ceiling
from stygaze.evaluation.predictions import Prediction
from stygaze.evaluation.seams import lay_out, saccades_of
from stygaze.gaze.coordination import compensation_scores, vor
from stygaze.gaze.fixations import MIN_FRAMES, idt, points
from stygaze.gaze.similarity import similarity_score, wasserstein
from stygaze.gaze.statistics import FAST, NEAR
from stygaze.models.style_encoder import StyleEncoder
from stygaze.motion import EYES, FPS, HEAD

__all__ = ["FORMULAS", "Patterns", "ce_floor_ceiling", "metrics_of", "patterns_of", "true_metrics"]

_IDT = "in I-DT fixations (dispersion <= 1 deg, >= 3 frames = 120 ms, never across a seam)"

# Of every figure of a row; "mae" stands for mae_all, mae_gaze and mae_head, and so on.
FORMULAS = {
    **accuracy.FORMULAS,
    **boldness.FORMULAS,
    **consistency.FORMULAS,
    **timing.FORMULAS,
    "fixation_ratio": f"frames {_IDT} of the mean eye in the head / frames",
    "saccade_ratio": "1 - fixation_ratio",
    "comp_score": "mean over frames of -|h| if |g| < 20, -cos(h, e) if 25 <= |g| <= 90, else 0; h head, e mean eye,"
    " g = h + e, deg/frame; in practice minus the mean head speed",
    "sim_score": "1 - (|fixation_ratio true - predicted| + |comp_score true - predicted|), of the pooled figures",
    "world_fixation_ratio": f"frames {_IDT} of gaze in the world / frames",
    "gaze_energy": "mean over frames of the sum of the four squared eye velocities, deg^2/frame^2",
    "head_energy": "mean over frames of the sum of the three squared head velocities, deg^2/frame^2",
    "head_speed": "mean over frames of the length of head velocity (pitch, yaw, roll), deg/frame",
    "fast_share": "frames in which the mean eye moves more than 3 deg in the head / frames",
    "vor_gain": "slope of eye yaw velocity on head yaw velocity inside world fixations, head yaw faster than 5 deg/s",
    "vor_correlation": "correlation of the two over the same steps",
    "opposite_share": "of those steps, the share in which both have opposite signs",
    "saccade_rate": "saccades of gaze in the world / seconds without blinks",
    "saccade_amplitude": "mean angle between gaze before and after a saccade, deg",
    "saccades_under_15": "saccades under 15 deg / saccades",
    "fixation_duration": "median duration of world fixations, s; at most a stretch (windowed: 1 s)",
    "w1_speed": "Wasserstein-1 distance of the mean eye's speed in the head to the truth's, deg/frame",
    "w1_amplitude": "Wasserstein-1 distance of saccade amplitudes to the truth's, deg",
    "w1_fixation": "Wasserstein-1 distance of the durations of world fixations to the truth's, s",
}


@dataclass(frozen=True, eq=False)
class Patterns:
    """Figures by key, and what the distances compare: eye speed of each frame, saccades, fixations.

    Attributes:
        figures: by the keys of `FORMULAS`, those that need only this motion. NaN where there is too little to tell.
        speed: [frames] deg/frame of the mean eye in the head.
        amplitudes: [saccades] deg. durations: [world fixations] s.
    """

    figures: dict[str, float]
    speed: np.ndarray
    amplitudes: np.ndarray
    durations: np.ndarray


def patterns_of(predictions: Sequence[Prediction]) -> Patterns:
    """Patterns of the predicted motion of all sessions.

    The eyes rest for 20 frames and jump 12 degrees; the head turns .3 degrees a frame and the eyes take it back.

    >>> t = np.arange(40); frames = np.zeros((40, 7)); frames[:, 1] = 0.3 * t
    >>> frames[:, [4, 6]] = (12 * (t >= 20) - 0.3 * t)[:, None]
    >>> found = patterns_of([Prediction("a", frames, frames, np.array([0]), frames[:1])])
    >>> {k: round(found.figures[k], 3) for k in ("world_fixation_ratio", "saccade_amplitude", "saccade_rate")}
    {'world_fixation_ratio': 1.0, 'saccade_amplitude': 12.0, 'saccade_rate': 0.625}
    >>> {k: round(found.figures[k], 4) for k in ("comp_score", "head_speed", "opposite_share", "fast_share")}
    {'comp_score': -0.2925, 'head_speed': 0.2925, 'opposite_share': 1.0, 'fast_share': 0.025}
    >>> found.durations.tolist()
    [0.8, 0.8]
    """
    velocity = np.concatenate([p.velocities()[0] for p in some(predictions)])
    speed = timing.speeds(velocity)
    rows = lay_out(predictions)
    frames = int(rows.inside.sum())
    in_head, _ = idt(points(rows.motion, "head"), valid=rows.inside)
    in_world, spans = idt(points(rows.motion, "world"), valid=rows.inside)
    durations = np.diff(spans, axis=1)[:, 0] / FPS
    reflex = vor(rows.motion, rows.inside)
    found = [saccades_of(p) for p in predictions]
    amplitudes = np.array([s.amplitude for saccades, _ in found for s in saccades])
    seconds = sum(seen for _, seen in found)
    nan = float("nan")
    resting = in_head.sum() / frames if frames >= MIN_FRAMES else nan
    figures = {
        "fixation_ratio": resting,
        "saccade_ratio": 1 - resting,
        "comp_score": compensation_scores(velocity).mean(),
        "world_fixation_ratio": in_world.sum() / frames if frames >= MIN_FRAMES else nan,
        "gaze_energy": (velocity[:, EYES] ** 2).sum(1).mean(),
        "head_energy": (velocity[:, HEAD] ** 2).sum(1).mean(),
        "head_speed": speed["head"].mean(),
        "fast_share": (speed["gaze"] > FAST).mean(),
        "vor_gain": reflex.gain,
        "vor_correlation": reflex.correlation,
        "opposite_share": reflex.opposite,
        "saccade_rate": len(amplitudes) / seconds if seconds else nan,
        "saccade_amplitude": amplitudes.mean() if len(amplitudes) else nan,
        "saccades_under_15": (amplitudes < NEAR).mean() if len(amplitudes) else nan,
        "fixation_duration": np.median(durations) if len(durations) else nan,
    }
    return Patterns({k: float(v) for k, v in figures.items()}, speed["gaze"], amplitudes, durations)


def against(true: Patterns, predicted: Patterns) -> dict[str, float]:
    """SimScore and the Wasserstein-1 distances of two sets of patterns."""
    return {
        "sim_score": similarity_score(
            *(figures[k] for figures in (true.figures, predicted.figures) for k in ("fixation_ratio", "comp_score"))
        ),
        "w1_speed": wasserstein(true.speed, predicted.speed),
        "w1_amplitude": wasserstein(true.amplitudes, predicted.amplitudes),
        "w1_fixation": wasserstein(true.durations, predicted.durations),
    }


def metrics_of(
    predictions: Sequence[Prediction],
    measure: StyleEncoder | None = None,
    beats: Mapping[str, np.ndarray] | None = None,
) -> dict[str, float]:
    """All figures of a row of the tables, by key; NaN where there is none.

    Args:
        predictions: of all sessions, under one protocol.
        measure: the style encoder of CE, the same for every row; None leaves `ce` NaN.
        beats: audio beats by session, as `beats_of` gives them; found in the predictions' own sound unless given.

    Raises:
        StyGazeError: there is no prediction.

    >>> still = np.zeros((50, 7)); true = still + 1
    >>> figures = metrics_of([Prediction("a", still, true, np.array([0]), still[:1])])
    >>> figures["mae_all"], figures["sim_score"], figures["w1_speed"], figures["bas_all"], figures["ce"]
    (1.0, 1.0, 0.0, nan, nan)
    """
    predicted, true = patterns_of(predictions), patterns_of([p.truth() for p in predictions])
    rhythm = timing.beat_alignment(predictions, beats)
    return {
        **accuracy.accuracy(predictions),
        **boldness.boldness(predictions),
        "ce": float("nan") if measure is None else consistency.ce(predictions, measure),
        **{f"bas_{group}": value for group, value in rhythm.score._asdict().items()},
        **{f"bas_chance_{group}": value for group, value in rhythm.chance._asdict().items()},
        **predicted.figures,
        **against(true, predicted),
    }


def true_metrics(
    predictions: Sequence[Prediction],
    measure: StyleEncoder | None = None,
    beats: Mapping[str, np.ndarray] | None = None,
) -> dict[str, float]:
    """The row `true` of a protocol: the true motion in the place of the predicted one, with the same seams.

    Errors and distances are 0, SimScore is 1; patterns and beats are what a prediction is to be compared with.

    >>> true = np.random.default_rng(0).normal(size=(50, 7))
    >>> figures = true_metrics([Prediction("a", true + 9, true, np.array([0, 25]), true[[0, 24]])])
    >>> figures["mae_all"], figures["w1_speed"], figures["sim_score"]
    (0.0, 0.0, 1.0)
    """
    return metrics_of([p.truth() for p in some(predictions)], measure, beats)
