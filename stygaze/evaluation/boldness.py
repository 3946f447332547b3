"""How far a prediction dares to leave the last true frame, and what its error would be if it dared less.

Gaze away from the partner is two places, not one. The expectation, which the position loss asks for, lies between them:
right in squared error, and in absolute error worse than staying put wherever moving is less likely than not. So the
more a model knows of where a person looks, the farther it moves and the more MAE charges for it. These figures tell the
two apart.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from stygaze.evaluation.accuracy import some
from stygaze.evaluation.predictions import Prediction

SHARES = {"error_at_80": 0.8, "error_at_50": 0.5}

FORMULAS = {
    "moved": "mean over frames and columns of |x - last frame before the stretch|, degrees",
    "error_at_80": "MAE of the prediction moved back toward the frame before its stretch, to .8 of its way from there",
    "error_at_50": "the same, to half of its way",
}


def boldness(predictions: Sequence[Prediction]) -> dict[str, float]:
    """`moved` and the MAE of the same predictions with less movement; NaN for free predictions, which start nowhere.

    >>> true = np.zeros((2, 7)); true[1] = 10                      # stays, then moves: a chance of one half
    >>> bold = Prediction("a", np.full((2, 7), 6.0), true, np.array([0, 1]), np.zeros((2, 7)))
    >>> boldness([bold])
    {'moved': 6.0, 'error_at_80': 5.0, 'error_at_50': 5.0}
    """
    if not all(p.windowed for p in some(predictions)):
        return dict.fromkeys(FORMULAS, float("nan"))
    before = np.concatenate([np.repeat(p.before, np.diff(p.stretches(), axis=1)[:, 0], axis=0) for p in predictions])
    moved = np.concatenate([p.predicted for p in predictions]) - before
    true = np.concatenate([p.true for p in predictions]) - before
    told = {"moved": float(np.abs(moved).mean(dtype=float))}
    return told | {key: float(np.abs(share * moved - true).mean(dtype=float)) for key, share in SHARES.items()}
