"""Do our models stand in the paper's order? Orders can be compared where values cannot: the data differ."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

from stygaze.evaluation import paper
from stygaze.evaluation.columns import ERRORS, PATTERNS
from stygaze.evaluation.results import MODELS, Results, Score
from stygaze.evaluation.table import Column

COMPARED = (
    "mae_all",
    "vel_all",
    "vel_speed_all",
    "mee_all",
    "ce",
    "bas_all",
    "fixation_ratio",
    "comp_score",
    "sim_score",
)


@dataclass(frozen=True)
class Orders:
    """One measure: the models from best to worst, ours and the paper's.

    Attributes:
        agree, unsure, differ: pairs of models that stand alike in both; whose difference is within the spread of our
            seeds; that stand the other way round, as (better in ours, better in the paper).
    """

    column: Column
    ours: tuple[str, ...]
    paper: tuple[str, ...]
    agree: tuple[tuple[str, str], ...]
    unsure: tuple[tuple[str, str], ...]
    differ: tuple[tuple[str, str], ...]

    @property
    def pairs(self) -> int:
        return len(self.agree) + len(self.unsure) + len(self.differ)


def compare(results: Results, protocol: str = "windowed") -> list[Orders]:
    """The order of the models in each measure that the paper prints too."""
    columns = {c.key: c for c in (*ERRORS, *PATTERNS)}
    return [o for key in COMPARED if (o := _compare(results, protocol, columns[key]))]


def _compare(results: Results, protocol: str, column: Column) -> Orders | None:
    scores = {m: results.score(m, protocol, column.key) for m in MODELS}
    printed = {m: corrected(m, column.key) for m in MODELS}
    models = [m for m in MODELS if scores[m].known and not math.isnan(printed[m])]
    if len(models) < 2:
        return None
    ours = cost({m: scores[m].mean for m in models}, column, results.score("true", protocol, column.key).mean)
    theirs = cost({m: printed[m] for m in models}, column, corrected("true", column.key))
    if any(math.isnan(v) for v in (*ours.values(), *theirs.values())):
        return None
    agree, unsure, differ = [], [], []
    for a, b in combinations(models, 2):
        better, worse = (a, b) if ours[a] <= ours[b] else (b, a)
        if abs(ours[a] - ours[b]) <= noise(scores[a], scores[b]):
            unsure.append((better, worse))
        elif (ours[a] - ours[b]) * (theirs[a] - theirs[b]) >= 0:
            agree.append((better, worse))
        else:
            differ.append((better, worse))
    return Orders(
        column,
        tuple(sorted(models, key=lambda m: ours[m])),
        tuple(sorted(models, key=lambda m: theirs[m])),
        tuple(agree),
        tuple(unsure),
        tuple(differ),
    )


def corrected(row: str, key: str) -> float:
    """The paper's number; where it is known to be misprinted and what follows from its own parts, that."""
    wrong = paper.misprint(row, key)
    value = wrong.expected if wrong and wrong.expected is not None else paper.paper_value(row, key)
    return math.nan if value is None else value


def cost(values: Mapping[str, float], column: Column, true: float) -> dict[str, float]:
    """Values so that less is better: as they are, negative, or the distance to the true value."""
    if column.better == "true":
        return {k: abs(v - true) for k, v in values.items()}
    return {k: -v if column.better == "high" else v for k, v in values.items()}


def noise(a: Score, b: Score) -> float:
    """A difference of means up to this may be chance: twice its standard error over the seeds; 0 for single seeds.

    >>> round(noise(Score(1, 0.3, (1, 1, 1)), Score(2, 0.4, (2, 2, 2))), 3)
    0.577
    """
    parts = [s.sd**2 / len(s.values) for s in (a, b) if s.values and not math.isnan(s.sd)]
    return 2 * math.sqrt(sum(parts))
