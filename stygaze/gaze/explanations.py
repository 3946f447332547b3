"""Figures beside those of a reference, each with a sentence that a newcomer understands."""

from __future__ import annotations

import math
from dataclasses import dataclass

from stygaze.gaze.metrics import METRICS, Metric
from stygaze.gaze.statistics import GazeStatistics


@dataclass(frozen=True)
class Row:
    """One line of a table of figures, ready to show."""

    metric: Metric
    value: str
    reference: str
    sentence: str


def explain(stats: GazeStatistics, reference: GazeStatistics | None = None) -> list[Row]:
    """The figures as lines of a table, each with a sentence; beside those of a reference if there is one."""
    rows = []
    for metric in METRICS:
        value = float(getattr(stats, metric.key))
        other = math.nan if reference is None else float(getattr(reference, metric.key))
        shown = metric.text(other) if reference is not None else ""
        if math.isnan(value):
            rows.append(Row(metric, metric.text(value), shown, metric.absent))
            continue
        sentence = metric.sentence.format(
            number=metric.number(value), value=metric.text(value), than=_than(metric, value, other)
        )
        rows.append(Row(metric, metric.text(value), shown, sentence[0].upper() + sentence[1:]))
    return rows


def sentences(stats: GazeStatistics, reference: GazeStatistics | None = None) -> list[str]:
    """One sentence a newcomer understands for each figure.

    >>> import numpy as np
    >>> from stygaze.gaze.statistics import statistics
    >>> from stygaze.motion import Motion
    >>> sentences(statistics(Motion(np.zeros((100, 7)))))[0]
    "The eyes rest in their sockets 100 % of the time; in the paper's recorded conversations it is 61 %."
    """
    return [row.sentence for row in explain(stats, reference)]


def _than(metric: Metric, value: float, reference: float) -> str:
    if math.isnan(reference):
        return ""
    if abs(value - reference) <= metric.alike:
        return " (about as in the reference)"
    if value < 0 and reference < 0:  # a reflex of -0.5 is weaker than one of -1, not more
        word = "further from 0" if value < reference else "closer to 0"
    else:
        word = "more" if value > reference else "less"
    return f" ({word} than the reference's {metric.text(reference)})"
