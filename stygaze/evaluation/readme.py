"""The small table of the front page, between two markers, so that it can be made again and held true by a test."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Mapping
from dataclasses import replace

from stygaze.errors import StyGazeError
from stygaze.evaluation.claims import COLUMNS
from stygaze.evaluation.results import Results, Score
from stygaze.evaluation.table import NOTHING, Cell, Column, Row, Table, finished

BEGIN, END = "<!-- results -->", "<!-- /results -->"
SHOWN = (("windowed", ("mae_all", "vel_gaze", "ce", "sim_score")), ("free", ("ce", "sim_score")))
DIGITS = {"mae_all": 2, "vel_gaze": 2, "ce": 3, "sim_score": 3}
LEFT_OUT = (
    *("session-mean", "copy"),
    *("events-mean", "events-shuffled-speech", "events-no-speech", "events-other-style"),
)
TOLD = Column("told", "told from true", "free:", "low", 3, formula="accuracy of a classifier on 4 s; 0.5 is chance")


def block(results: Results) -> str:
    """What stands between the markers: a sentence on the data, and a row a model and reference."""
    table = front_table(results)
    if table is None:
        raise StyGazeError(f"{results.folder / 'results.json'} holds no model's figures for the README.")
    corpus = results.data["corpus"]
    seeds = f"mean of {results.seeds} training seeds{results.fewer}" if results.seeds > 1 else "one training seed"
    about = (
        f"**Simulated data**: corpus `{corpus.get('name', '')}`, {_size(corpus)}, set to the paper's statistics, yet "
        "not its recordings. No number here can stand beside one of the paper's; only the order of rows can. Windowed: "
        "the true motion is known until each second begins. Free: only speech and a reference clip. MAE is in degrees, "
        "Vel in deg²/frame²; told from true: how often a classifier tells 4 s of it from true motion, chance is 0.5. "
        f"{seeds[0].upper()}{seeds[1:]}; bold: the best model."
    )
    more = (
        "Every table with spread, chance levels and formulas, the paper's own numbers in tables beside, and a report "
        "with the figures: [results/hage](results/hage), made by `script/tables SPEECH`."
    )
    lines = [
        "### The paper's models",
        "",
        textwrap.fill(about, 120),
        "",
        "| | " + " | ".join(c.title for c in table.columns) + " |",
        "|---|" + "---:|" * len(table.columns),
        *(_line(table, row) for row in table.rows),
        "",
        textwrap.fill(more, 120),
    ]
    return "\n".join(lines)


def front_table(results: Results) -> Table | None:
    """Few columns of both protocols, a row each; None where nothing was measured."""
    shown = [(p, key) for p, keys in SHOWN if p in results.protocols for key in keys]
    columns = [
        replace(COLUMNS[key], key=f"{p}_{key}", group=f"{p}:", label=_label(COLUMNS[key]), digits=DIGITS[key])
        for p, key in shown
    ]
    told = results.told()
    rows = {r["row"]: r for p, _ in SHOWN for r in results.rows(p) if r["row"] not in LEFT_OUT}
    lines = tuple(
        Row(
            name,
            row["label"],
            row["kind"],
            (*(Cell(results.score(name, p, key)) for p, key in shown), Cell(told.get(name, Score()))),
        )
        for name, row in rows.items()
    )
    return finished(Table("readme", "", "", (*columns, TOLD), lines))


def put(text: str, content: str) -> str:
    """A document with what stands between its markers replaced.

    Raises:
        StyGazeError: the markers are not there, once each and in order.

    >>> put("a <!-- results -->old<!-- /results --> z", "new")
    'a <!-- results -->\\nnew\\n<!-- /results --> z'
    """
    if text.count(BEGIN) != 1 or text.count(END) != 1 or text.index(BEGIN) > text.index(END):
        raise StyGazeError(f"The document needs the markers {BEGIN} and {END}, once each and in this order.")
    before, after = text.index(BEGIN) + len(BEGIN), text.index(END)
    return f"{text[:before]}\n{content}\n{text[after:]}"


def standing(text: str) -> str:
    """What stands between the markers of a document, without the line ends around it."""
    put(text, "")  # says what is wrong with the markers
    return text[text.index(BEGIN) + len(BEGIN) : text.index(END)].strip("\n")


def _label(column: Column) -> str:
    return f"{column.group.lower()} {column.label}" if column.group in ("Gaze", "Head") else column.label


def _size(corpus: Mapping[str, object]) -> str:
    sessions = corpus.get("sessions")
    number = sum(sessions.values()) if isinstance(sessions, dict) else 0
    return f"{corpus.get('hours', 0):.1f} h in {number} sessions"


def _line(table: Table, row: Row) -> str:
    cells = []
    for column, cell in zip(table.columns, row.cells, strict=True):
        value = NOTHING if math.isnan(cell.score.mean) else column.number(cell.score.mean)
        cells.append(f"**{value}**" if cell.best else value)
    return f"| {row.label} | " + " | ".join(cells) + " |"
