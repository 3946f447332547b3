"""One checkpoint at a glance: what it makes of the long takes, its moments, how often it is told from the truth."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from joblib import Parallel, delayed

from stygaze.evaluation.long_takes import Take
from stygaze.evaluation.model_rows import seeds_of
from stygaze.evaluation.parts import Model, pipeline_of
from stygaze.evaluation.protocols import WARM_UP
from stygaze.evaluation.running import clip_styles, run_freely
from stygaze.evaluation.two_sample import COLUMNS, FOLDS, TwoSample, two_sample


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


def generate(folder: Path, takes: Sequence[Take], seed: int = 0) -> list[np.ndarray]:
    """What a checkpoint makes of the takes, [FRAMES, 7] each."""
    generator, encoder = pipeline_of(Model("", seed, folder))
    styles = clip_styles(encoder, [t.reference for t in takes])
    made = run_freely(generator, [t.features for t in takes], styles, seeds_of(seed, len(takes)))
    return [m[WARM_UP:] for m in made]
