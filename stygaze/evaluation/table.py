"""A table: columns with their formulas, rows with mean and spread, the best value of each column marked."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from stygaze.evaluation.results import Score

ARROWS = {"low": "↓", "high": "↑", "true": "≈", "": ""}
MARKS = {"oracle": "oracle", "control": "control", "reference": "reference"}
NOTHING = "–"
UNKNOWN = Score()


@dataclass(frozen=True)
class Column:
    """One column.

    Attributes:
        key: its name in files, e.g. "mae_gaze".
        label, group: its head, and a head above several, e.g. "MAE" under "Gaze".
        better: what is good: "low", "high", "true" (nearest to the true row), or "" where nothing is.
        digits: decimals shown.
        unit: "%" shows a share times 100; any other unit is only named.
        formula: how it is computed, in short.
    """

    key: str
    label: str
    group: str = ""
    better: Literal["low", "high", "true", ""] = ""
    digits: int = 3
    unit: str = ""
    formula: str = ""

    @property
    def head(self) -> str:
        """The label with the direction in which it is better: "MAE ↓"."""
        return f"{self.label}{' (%)' if self.unit == '%' else ''} {ARROWS[self.better]}".strip()

    @property
    def title(self) -> str:
        """The whole head on one line: "Gaze MAE ↓"."""
        return f"{self.group} {self.head}".strip()

    def number(self, value: float) -> str:
        """A value as shown, without its unit."""
        if math.isnan(value):
            return NOTHING
        shown = f"{100 * value if self.unit == '%' else value:.{self.digits}f}"
        return shown.removeprefix("-") if not float(shown) else shown  # no "-0.0"


@dataclass(frozen=True)
class Cell:
    """What stands in a row under a column: a figure with its spread or an interval, or words; `extra` on hover."""

    score: Score = UNKNOWN
    text: str = ""
    extra: str = ""
    interval: tuple[float, float] | None = None
    best: bool = False


@dataclass(frozen=True)
class Row:
    """One line: id and label, its kind (model, control, reference, oracle, true), a note, and a cell a column.

    `kept` is a line that stays in the table with nothing in it, because its note says why.
    """

    id: str
    label: str
    kind: str
    cells: tuple[Cell, ...]
    note: str = ""
    kept: bool = False


@dataclass(frozen=True)
class Table:
    """A table ready to be written.

    Attributes:
        name: for files: "table-2-windowed".
        title, caption: what it is and what one must know to read it.
        notes: lines beneath.
        source: "ours", or "paper" for numbers that the paper prints.
        section: tables of one section stand together in the report.
    """

    name: str
    title: str
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    notes: tuple[str, ...] = ()
    source: Literal["ours", "paper"] = "ours"
    section: str = ""

    def shown(self, row: Row, column: Column) -> tuple[str, str]:
        """A cell as text: the value; and its interval, its spread ("±0.02"), or ""."""
        cell = row.cells[self.columns.index(column)]
        if cell.text:
            return cell.text, ""
        value = column.number(cell.score.mean)
        if cell.interval:
            return value, "–".join(column.number(end) for end in cell.interval)
        return value, "" if math.isnan(cell.score.sd) else f"±{column.number(cell.score.sd)}"

    @property
    def groups(self) -> list[tuple[str, int]]:
        """The heads above the heads, each with how many columns it spans."""
        spans: list[tuple[str, int]] = []
        for column in self.columns:
            if spans and spans[-1][0] == column.group:
                spans[-1] = (column.group, spans[-1][1] + 1)
            else:
                spans.append((column.group, 1))
        return spans if any(name for name, _ in spans) else []

    def to_dict(self) -> dict[str, Any]:
        """For JSON; what is not known is None."""
        return {
            "name": self.name,
            "title": self.title,
            "caption": self.caption,
            "source": self.source,
            "notes": list(self.notes),
            "columns": [
                {"key": c.key, "label": c.title, "better": c.better, "unit": c.unit, "formula": c.formula}
                for c in self.columns
            ],
            "rows": [
                {
                    "row": r.id,
                    "label": r.label,
                    "kind": r.kind,
                    "note": r.note,
                    "cells": {c.key: _cell(cell) for c, cell in zip(self.columns, r.cells, strict=True)},
                }
                for r in self.rows
            ],
        }


def finished(table: Table) -> Table | None:
    """The table without columns that no row has a value for, the best values marked; None where nothing is left."""
    kept = [i for i in range(len(table.columns)) if any(r.cells[i].text or r.cells[i].score.known for r in table.rows)]
    if not kept:
        return None
    rows = [replace(r, cells=tuple(r.cells[i] for i in kept)) for r in table.rows]
    rows = [r for r in rows if r.kept or any(cell.text or cell.score.known for cell in r.cells)]
    columns = tuple(table.columns[i] for i in kept)
    return replace(table, columns=columns, rows=_marked(columns, rows))


def _marked(columns: Sequence[Column], rows: Sequence[Row]) -> tuple[Row, ...]:
    """The best value of each column among the models, as it is shown: what looks equal is equally best."""
    models = [r for r in rows if r.kind == "model"]
    true = next((r for r in rows if r.kind == "true"), None)
    best: dict[tuple[str, int], bool] = {}
    for i, column in enumerate(columns):
        scored = {r.id: r.cells[i].score.mean for r in models if r.cells[i].score.known}
        if len(scored) < 2 or not column.better:
            continue
        aim = true.cells[i].score.mean if true else math.nan
        if column.better == "true":
            if math.isnan(aim):
                continue
            scored = {k: abs(v - aim) for k, v in scored.items()}
        top = column.number((max if column.better == "high" else min)(scored.values()))
        first = [k for k, v in scored.items() if column.number(v) == top]
        best.update({(k, i): True for k in first if len(first) < len(scored)})  # all alike: none is best
    return tuple(
        replace(r, cells=tuple(replace(c, best=best.get((r.id, i), False)) for i, c in enumerate(r.cells)))
        if r.kind == "model"
        else r
        for r in rows
    )


def _cell(cell: Cell) -> dict[str, Any]:
    mean, sd, values = cell.score
    known = {"mean": None if math.isnan(mean) else mean, "sd": None if math.isnan(sd) else sd, "values": list(values)}
    more = {k: getattr(cell, k) for k in ("text", "extra", "interval", "best") if getattr(cell, k)}
    return {**(known if not cell.text or cell.score.known else {}), **more}
