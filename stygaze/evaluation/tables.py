"""All tables of an evaluation, from its results: the paper's II and IV under each protocol, and what they leave out.

The paper's own numbers come as tables of their own: they were measured on other data and never share one with ours.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

from stygaze.evaluation import paper
from stygaze.evaluation.columns import BOLDNESS, ERRORS, EVENTS, PATTERNS
from stygaze.evaluation.liveliness_tables import liveliness_tables
from stygaze.evaluation.results import KINDS, Results, Score, place, score_of
from stygaze.evaluation.side_tables import (
    SIMULATED,
    STYLES,
    figure_cell,
    order_table,
    search_table,
    style_table,
    training_table,
    two_sample_table,
)
from stygaze.evaluation.table import Cell, Column, Row, Table, finished

PROTOCOL = {
    "windowed": "Windowed: before each second the model sees the true motion; it predicts the next 25 frames, and its "
    "style is that of the true 4 s before.",
    "free": "Free: speech and a reference clip of the person only; the model runs on its own for the whole session.",
    "own-past": "Own past: free running, but the style is taken from what the model itself made in the last 4 s.",
}
NOT_ASKED = "makes draws, so it runs freely only"
OTHER_DATA = (
    "As the paper prints it, on its own recordings (HAGE, not public). Other data, other people, other noise: compare "
    "the order of the models, never a value with one of ours."
)


def build(results: Results) -> list[Table]:
    """Every table that the results hold something for, in the order of the report."""
    tables: list[Table | None] = []
    for number, roman, section, what, columns, printed in (
        ("2", "II", "errors", "errors frame by frame", ERRORS, paper.TABLE_II),
        ("4", "IV", "patterns", "gaze patterns", PATTERNS, paper.TABLE_IV),
    ):
        for protocol in results.protocols:
            title = f"Table {roman}, {protocol}: {what}"
            tables.append(metric_table(results, f"table-{number}-{protocol}", title, columns, protocol, section))
        tables.append(_printed(f"paper-table-{number}", f"The paper's Table {roman}", columns, printed, section))
    title = "Bold or timid, windowed: where MAE and squared error disagree"
    if any("moved" in row["metrics"] for row in results.data["rows"]):
        tables.append(metric_table(results, "boldness-windowed", title, BOLDNESS, "windowed", "errors"))
    for protocol in results.protocols:
        title = f"Events and coordination, {protocol}"
        tables.append(metric_table(results, f"events-{protocol}", title, EVENTS, protocol, "events"))
    tables += [*liveliness_tables(results), order_table(results)]
    tables += [two_sample_table(results, styles) for styles in STYLES]
    tables.append(style_table(results))
    tables += [search_table(results), training_table(results)]
    return [table for table in tables if table]


def metric_table(
    results: Results, name: str, title: str, columns: Sequence[Column], protocol: str, section: str
) -> Table | None:
    """Rows of a protocol under these columns; None where nothing was measured."""
    with_formulas = tuple(replace(c, formula=results.formula(c.key) or c.formula) for c in columns)
    rows = [
        Row(
            r["row"],
            r["label"],
            r["kind"],
            tuple(figure_cell(score_of(r["metrics"].get(c.key))) for c in columns),
            str(r.get("note") or ""),
        )
        for r in results.rows(protocol)
    ]
    there = {r.id for r in rows}
    rows += [
        Row(r["row"], r["label"], r["kind"], (Cell(),) * len(columns), NOT_ASKED, kept=True)
        for r in results.data["rows"]
        if r["kind"] == "model" and r["row"] not in there and r["row"] in results.drawing
    ]
    rows.sort(key=lambda r: (KINDS.index(r.kind), place(r.id)))
    caption = f"{SIMULATED} {PROTOCOL[protocol]} {_seeds(results)}"
    return finished(Table(name, title, caption, with_formulas, tuple(rows), _notes(columns, rows), section=section))


def named(tables: Sequence[Table], name: str) -> Table | None:
    """The table of a name."""
    return next((t for t in tables if t.name == name), None)


def _seeds(results: Results) -> str:
    n = results.seeds
    many = f"Models: mean ± standard deviation over {n} training seeds{results.fewer}."
    return many if n > 1 else "Models: one training seed."


def _notes(columns: Sequence[Column], rows: Sequence[Row]) -> tuple[str, ...]:
    keys = {c.key for c in columns}
    notes = ["Bold: the best among the models. Controls, references and oracles are not in the race."]
    if any(c.better == "true" for c in columns):
        notes.append("≈: the best is the one nearest to the true motion.")
    if "moved" in keys:
        notes.append(
            "Gaze is here or there; the expectation, which the position loss asks for, lies between. It is right in "
            "squared error, and MAE charges for it wherever moving is less likely than staying. A model that knows the "
            "person's way of looking moves farther; at .8 and at .5 of the way its MAE shows what it knows."
        )
    if "bas_chance_all" in keys:
        notes.append("Chance, beside BAS: the same motion against shifted sound. Only what exceeds it hears speech.")
    if "sim_score" in keys:
        notes.append(
            "CompScore is in practice minus the mean head speed, and a glide counts as not fixating: SimScore can be "
            "right for the wrong reason. Read it with the events below."
        )
    if any(r.kind == "oracle" for r in rows):
        notes.append("Oracles know the target itself: a bound, not a rival.")
    return tuple(notes)


def _printed(
    name: str, title: str, columns: Sequence[Column], printed: Mapping[str, Mapping[str, float]], section: str
) -> Table | None:
    """A table of the paper, with its misprints marked."""
    labels = {"true": "GT", "base": "Base", "tfm-se-64": "TFM-SE-64", "pseudo-se-64": "Pseudo-SE-64"}
    rows, notes = [], []
    for row in sorted(printed, key=place):
        cells = []
        for column in columns:
            value, wrong = printed[row].get(column.key), paper.misprint(row, column.key)
            text = f"{column.number(value)}*" if wrong and value is not None else ""
            cells.append(Cell(Score(math.nan if value is None else value), text, wrong.note if wrong and text else ""))
            notes += [f"* {wrong.note}"] if wrong and text else []
        rows.append(Row(row, labels.get(row, row.upper()), "true" if row == "true" else "model", tuple(cells)))
    return finished(Table(name, title, OTHER_DATA, tuple(columns), tuple(rows), tuple(notes), "paper", section))
