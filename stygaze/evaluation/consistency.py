"""CE: how far predicted motion is in style from the true motion (paper, V.C1), between floor and ceiling."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from stygaze.evaluation.accuracy import some
from stygaze.evaluation.predictions import Prediction
from stygaze.models.style_encoder import StyleEncoder

FORMULAS = {
    "ce": "mean over windows of 1 - cos(SE(true window), SE(predicted window)); 100 frames (the encoder's training"
    " length), each 50 frames, laid together; one fixed style encoder SE for all rows"
}


class Bounds(NamedTuple):
    """What CE is for motion of another session (floor, the worst to expect) and of the next moment (ceiling)."""

    floor: float
    ceiling: float


def ce(predictions: Sequence[Prediction], encoder: StyleEncoder) -> float:
    """Style consistency error, 0 for equal styles to 2 for opposite ones; NaN if every session is too short.

    Windows are cut from the target as its stretches lie together, so in the windowed protocol they hold seams; how
    smooth those are is part of the style.

    Args:
        encoder: put into evaluation mode. The same for every row that is to be compared.

    >>> _ = __import__("torch").manual_seed(0)
    >>> true = np.random.default_rng(0).normal(0, 5, (200, 7))
    >>> same = Prediction("a", true, true, np.array([0]), true[:1])
    >>> other = Prediction("a", np.zeros((200, 7)), true, np.array([0]), np.zeros((1, 7)))
    >>> ce([same], StyleEncoder()), ce([other], StyleEncoder()) > 0.01
    (0.0, True)
    """
    cosines = [
        (embedded(p.predicted, encoder) * embedded(p.true, encoder)).sum(1)
        for p in some(predictions)
        if len(p) >= encoder.config.window
    ]
    return _distance(np.concatenate(cosines)) if cosines else float("nan")


def ce_floor_ceiling(predictions: Sequence[Prediction], encoder: StyleEncoder) -> Bounds:
    """CE of true motion against true motion: what says nothing, and what no prediction should be better than.

    floor: over all pairs of windows of two different sessions; NaN for a single session. ceiling: each window against
    the next one of its session that does not overlap it.

    >>> _ = __import__("torch").manual_seed(0)
    >>> still = [np.tile(np.arange(7.0) * k, (300, 1)) for k in (1, -3)]  # two sessions that never change
    >>> found = ce_floor_ceiling([Prediction(str(x[0, 1]), x, x, np.array([0]), x[:1]) for x in still], StyleEncoder())
    >>> found.floor > 0.1, found.ceiling
    (True, 0.0)
    """
    window = encoder.config.window
    styles = [embedded(p.true, encoder) for p in some(predictions) if len(p) >= window]
    if not styles:
        return Bounds(float("nan"), float("nan"))
    apart = -(-window // max(1, window // 2))  # windows are half a window apart
    following = [(s[:-apart] * s[apart:]).sum(1) for s in styles if len(s) > apart]
    # the sum over all pairs of cosines is the squared length of the sum of all vectors
    total = np.stack([s.sum(0, dtype=float) for s in styles])
    number = np.array([len(s) for s in styles])
    pairs = float(number.sum() ** 2 - (number**2).sum())
    across = float(np.square(total.sum(0)).sum() - np.square(total).sum())
    return Bounds(
        floor=1 - across / pairs if pairs else float("nan"),
        ceiling=_distance(np.concatenate(following)) if following else float("nan"),
    )


def embedded(frames: np.ndarray, encoder: StyleEncoder) -> np.ndarray:
    """[windows, dim] styles of the windows of a motion, each half a window further on."""
    return encoder.eval().embed(frames)


def _distance(cosines: np.ndarray) -> float:
    """1 - mean cosine; rounding may take a cosine above 1."""
    return max(0.0, round(1 - float(np.mean(cosines, dtype=float)), 6))
