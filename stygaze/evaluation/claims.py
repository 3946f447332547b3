"""The paper's claims held against our numbers, each with its verdict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from stygaze.evaluation.columns import ERRORS, EVENTS, PATTERNS
from stygaze.evaluation.orders import cost, noise
from stygaze.evaluation.results import Results
from stygaze.evaluation.table import Column

Verdict = Literal["holds", "does not hold", "too close to call", "holds in part"]
COLUMNS = {c.key: c for c in (*ERRORS, *PATTERNS, *EVENTS)}


@dataclass(frozen=True)
class Comparison:
    """Two rows in one measure, and whether the one said to be better is."""

    column: Column
    text: str
    verdict: Verdict


@dataclass(frozen=True)
class Claim:
    """A claim of the paper and what we see; `why` is what explains a difference, where an experiment does."""

    id: str
    claim: str
    verdict: Verdict
    comparisons: tuple[Comparison, ...]
    why: str = ""


CLAIMS = (  # id, what the paper says, the row said to be better, the other, in which measures
    ("style", "Knowing the style helps: SE-64 is better than Base.", "se-64", "base", ("mae_all", "ce", "sim_score")),
    ("size", "64 numbers a style do better than 32.", "se-64", "se-32", ("mae_all", "ce", "sim_score")),
    (
        "velocity",
        "The velocity loss sharpens motion and its timing.",
        "se-64-vel",
        "se-64",
        ("vel_all", "bas_all", "sim_score"),
    ),
    (
        "transformer",
        "A Transformer in place of the LSTM does worse.",
        "se-64",
        "tfm-se-64",
        ("mae_all", "vel_all", "sim_score"),
    ),
    (
        "pseudo",
        "Gaze estimated from video cannot replace an eye tracker.",
        "se-64",
        "pseudo-se-64",
        ("mae_gaze", "ce", "sim_score"),
    ),
)


def claims(results: Results, protocol: str = "windowed") -> list[Claim]:
    """The paper's claims for which both rows were measured."""
    explanations = results.data.get("explanations") or {}
    found = []
    for name, said, better, worse, keys in CLAIMS:
        parts = tuple(c for key in keys if (c := _compared(results, protocol, better, worse, COLUMNS[key])))
        if parts:
            found.append(Claim(name, said, _together(parts), parts, str(explanations.get(name, ""))))
    return found


def _compared(results: Results, protocol: str, better: str, worse: str, column: Column) -> Comparison | None:
    a, b = (results.score(row, protocol, column.key) for row in (better, worse))
    true = results.score("true", protocol, column.key).mean
    if not (a.known and b.known):
        return None
    costs = cost({better: a.mean, worse: b.mean}, column, true)
    gap = costs[worse] - costs[better]
    verdict: Verdict = "too close to call" if abs(gap) <= noise(a, b) else "holds" if gap > 0 else "does not hold"
    names = results.label(better), results.label(worse)
    text = (
        f"{column.title.removeprefix('All ')}: {names[0]} {shown(column, a.mean)}, {names[1]} {shown(column, b.mean)}"
    )
    return Comparison(column, text, verdict)


def _together(parts: Sequence[Comparison]) -> Verdict:
    verdicts = {p.verdict for p in parts}
    if len(verdicts) == 1:
        return verdicts.pop()
    return "holds in part" if "holds" in verdicts else "does not hold"


def shown(column: Column, value: float) -> str:
    """A value with its unit, for a sentence: "3.78°", "61.1 %"."""
    return column.number(value) + (" %" if column.unit == "%" else "°" if column.unit == "deg" else "")
