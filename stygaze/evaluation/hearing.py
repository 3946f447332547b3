"""How much of motion goes by what is heard: what draws for the same speech have in common, beside a second truth."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import replace
from itertools import combinations

import numpy as np

from stygaze.models.events import EventGenerator
from stygaze.motion import FPS, Motion

EDGES = 0.0, 0.05, 0.2, 0.5, 1.0, 2.0, FPS / 2  # Hz of the bands in which motion is compared
COLUMNS = "head pitch", "head yaw", "head roll", "gaze pitch", "gaze yaw"
Motions = Sequence[np.ndarray]


def with_hearing(generator: EventGenerator, hearing: float) -> EventGenerator:
    """The same network, which hears as much in free running; its calibration is left as it is."""
    changed = deepcopy(generator)
    changed.config = replace(changed.config, hearing=hearing)
    return changed


def apart(some: Motions, others: Motions) -> float:
    """Mean absolute difference of motions [T, 7], degrees: the MAE of one of the other.

    >>> apart([np.zeros((5, 7))], [np.full((5, 7), 2.0)])
    2.0
    """
    return float(np.mean([np.abs(a - b).mean() for a, b in zip(some, others, strict=True)]))


def crps(true: Motions, draws: Sequence[Motions]) -> float:
    """Continuous ranked probability score of two draws or more of motions [T, 7], degrees, mean over frames and angles.

    Their mean distance from the truth less half of that between them (Gneiting and Raftery 2007, JASA 102, eq. 21). On
    average the least for draws of the truth's own distribution of each angle in each frame, given the speech; how
    frames hang together it does not judge.

    >>> far, left, right = ([np.full((5, 7), x)] for x in (3.0, 1.0, -1.0))
    >>> crps(far, [left, right]), crps(left, [left, right])
    (2.0, 0.0)
    """
    between = [apart(one, other) for one, other in combinations(draws, 2)]
    return float(np.mean([apart(true, one) for one in draws]) - np.mean(between) / 2)


def in_common(some: Motions, others: Motions) -> np.ndarray:
    """[len(EDGES) - 1, len(COLUMNS)] correlation of motions [T, 7] in each band, over all takes.

    >>> t = np.arange(2000)[:, None] / FPS
    >>> slow, fast = np.sin(2 * np.pi * 0.1 * t), np.sin(2 * np.pi * 4 * t)
    >>> some, others = np.zeros((2000, 7)), np.zeros((2000, 7))
    >>> some[:, :1], others[:, :1] = slow + fast, slow - fast
    >>> in_common([some], [others])[[1, 5], 0].round(2).tolist()
    [1.0, -1.0]
    """
    products, one, other = (np.zeros((len(EDGES) - 1, len(COLUMNS))) for _ in range(3))
    for a, b in zip(some, others, strict=True):
        x, y = _spectrum(a), _spectrum(b)
        band = np.searchsorted(EDGES[1:-1], np.fft.rfftfreq(len(a), 1 / FPS), side="right")
        for total, power in ((products, x * y.conj()), (one, x * x.conj()), (other, y * y.conj())):
            np.add.at(total, band, power.real)
    return products / np.sqrt(np.maximum(one * other, 1e-12))


def _spectrum(motion: np.ndarray) -> np.ndarray:
    whole = Motion(motion)
    columns = np.concatenate([whole.head, whole.world_gaze], 1).astype(float)
    return np.fft.rfft(columns - columns.mean(0), axis=0)
