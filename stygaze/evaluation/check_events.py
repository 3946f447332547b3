"""One checkpoint at a glance: what it makes of the long takes, its moments, how often it is told from the truth."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from joblib import Parallel, delayed

from stygaze.checkpoints import load_checkpoint
from stygaze.evaluation.long_takes import Take
from stygaze.evaluation.patterns import metrics_of
from stygaze.evaluation.predictions import Prediction
from stygaze.evaluation.protocols import WARM_UP
from stygaze.evaluation.running import clip_styles, run_freely
from stygaze.evaluation.two_sample import COLUMNS, FOLDS, TwoSample, two_sample

MOMENTS = (
    *("fixation_ratio", "world_fixation_ratio", "fast_share", "vor_gain", "vor_correlation"),
    *("gaze_energy", "head_energy", "head_speed", "saccade_rate", "saccade_amplitude", "fixation_duration"),
    *("sim_score", "w1_speed", "w1_amplitude", "w1_fixation", "mae_gaze", "mae_head"),
)


def two_sample_of(
    true: Sequence[np.ndarray],
    generated: Sequence[np.ndarray],
    columns: Sequence[str] = COLUMNS,
    folds: int = FOLDS,
    jobs: int = 1,
    window: int = 100,
) -> dict[str, list[TwoSample]]:
    """The two-sample test of motions [T, 7] by column set, one result a fold."""
    calls = [(of, k) for of in columns for k in range(folds)]
    found = Parallel(n_jobs=jobs)(delayed(two_sample)(true, generated, of, window, k) for of, k in calls)
    return {of: [f for f, (c, _) in zip(found, calls, strict=True) if c == of] for of in columns}


def moments_of(true: Sequence[np.ndarray], generated: Sequence[np.ndarray]) -> dict[str, float]:
    """Figures of generated motions [T, 7] beside their truth, by the keys of `MOMENTS`."""
    made = [
        Prediction(str(k), g, t, np.zeros(1, int), np.asarray(g[:1]))
        for k, (t, g) in enumerate(zip(true, generated, strict=True))
    ]
    figures = metrics_of(made)
    return {key: figures[key] for key in MOMENTS}


def generate(folder: Path, takes: Sequence[Take], seed: int = 0) -> list[np.ndarray]:
    """What a checkpoint makes of the takes, [FRAMES, 7] each."""
    modules, _ = load_checkpoint(folder)
    styles = clip_styles(modules["style_encoder"], [t.reference for t in takes])  # type: ignore[arg-type]
    seeds = [1000 * seed + k for k in range(len(takes))]
    made = run_freely(modules["generator"], [t.features for t in takes], styles, seeds)
    return [m[WARM_UP:] for m in made]
