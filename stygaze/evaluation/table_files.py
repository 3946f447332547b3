"""Tables as Markdown, CSV and JSON."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Sequence
from pathlib import Path

from stygaze.evaluation.results import Results
from stygaze.evaluation.table import NOTHING, Row, Table
from stygaze.motion_files import replacing


def markdown(table: Table, level: int = 2) -> str:
    """A table for a person: title, caption, rows, notes, formulas. Spread stands behind the mean, the best is bold."""
    heads = ["", *(_plain(c.title) for c in table.columns)]
    words = [any(r.cells[i].text and not r.cells[i].score.known for r in table.rows) for i in range(len(table.columns))]
    lines = [f"{'#' * level} {table.title}", "", table.caption, "", _line(heads)]
    lines.append(_line(["---", *("---" if wordy else "---:" for wordy in words)]))
    lines += [
        _line([_plain(row.label), *(_cell(table, row, i) for i in range(len(table.columns)))]) for row in table.rows
    ]
    formulas = dict.fromkeys(f"- **{_plain(c.label)}**: {c.formula}." for c in table.columns if c.formula)
    notes = [*table.notes, *(f"{r.label}: {r.note}." for r in table.rows if r.note)]
    notes += [units(table)] if units(table) else []
    for part in (notes, list(formulas)):
        lines += ["", *(line if line.startswith("- ") else f"- {line}" for line in part)] if part else []
    return "\n".join(lines) + "\n"


def comma_separated(table: Table) -> str:
    """A table for a spreadsheet: a row each, mean and spread in columns of their own, unrounded; shares as 0 to 1."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    with_spread = [any(not math.isnan(r.cells[i].score.sd) for r in table.rows) for i in range(len(table.columns))]
    heads = [[c.key, f"{c.key}_sd"] if s else [c.key] for c, s in zip(table.columns, with_spread, strict=True)]
    writer.writerow(["row", "label", "kind", *(head for pair in heads for head in pair)])
    for row in table.rows:
        values: list[str] = []
        for cell, spread in zip(row.cells, with_spread, strict=True):
            values.append(_number(cell.score.mean) if cell.score.known else cell.text)
            values += [_number(cell.score.sd)] if spread else []
        writer.writerow([row.id, row.label, row.kind, *values])
    return text.getvalue()


def plain(table: Table) -> str:
    """A table for a terminal: columns aligned, one line a row."""
    heads = ["", *(c.title for c in table.columns)]
    lines = [[row.label, *(" ".join(table.shown(row, c)).strip() for c in table.columns)] for row in table.rows]
    widths = [max(map(len, column)) for column in zip(heads, *lines, strict=True)]
    shown = ["  ".join(w.ljust(n) if k == 0 else w.rjust(n) for k, (w, n) in enumerate(zip(line, widths, strict=True)))
             for line in (heads, *lines)]  # fmt: skip
    return "\n".join([table.title, *(line.rstrip() for line in shown)])


def write_tables(tables: Sequence[Table], results: Results, folder: str | Path) -> list[Path]:
    """tables.md, tables.json and a CSV each, into `folder`; the paths."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    corpus, made = results.data["corpus"], results.data.get("made") or {}
    head = (
        f"# Tables of the corpus {corpus.get('name', '')}\n\nSimulated data. Written by `{made.get('command', '')}`.\n"
    )
    files = {
        "tables.md": "\n".join([head, *(markdown(t) for t in tables)]),
        "tables.json": json.dumps([t.to_dict() for t in tables], indent=1, ensure_ascii=False) + "\n",
        **{f"{t.name}.csv": comma_separated(t) for t in tables},
    }
    for name, content in files.items():
        with replacing(folder / name) as temporary:
            temporary.write_text(content, encoding="utf-8")
    return [folder / name for name in files]


def units(table: Table) -> str:
    """The units of the columns in one line: "MAE in deg; Vel, MEE in deg²/frame²."; "" where none has one."""
    named: dict[str, list[str]] = {}
    for column in table.columns:
        labels = named.setdefault(column.unit, [])
        if column.label not in labels:
            labels.append(column.label)
    said = "; ".join(f"{', '.join(labels)} in {unit}" for unit, labels in named.items() if unit not in ("", "%"))
    return f"Units: {said}." if said else ""


def _cell(table: Table, row: Row, index: int) -> str:
    value, spread = table.shown(row, table.columns[index])
    value = _plain(value)
    if row.cells[index].best and value != NOTHING:
        value = f"**{value}**"
    if not spread:
        return value
    return f"{value} ± {spread[1:]}" if spread.startswith("±") else f"{value} ({spread})"


def _plain(text: str) -> str:
    return text.replace("|", "\\|").replace("*", "\\*")


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _number(value: float) -> str:
    return "" if math.isnan(value) else f"{value:.6g}"
