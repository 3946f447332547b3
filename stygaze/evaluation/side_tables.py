"""The tables around the paper's: orders, the two-sample test, style encoders, search and training."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from stygaze.evaluation import orders
from stygaze.evaluation.columns import STYLE
from stygaze.evaluation.results import Results, Score, place, score_of, spread
from stygaze.evaluation.table import NOTHING, Cell, Column, Row, Table, finished
from stygaze.motion import FPS

SIMULATED = "Simulated data."
STYLES = {  # what the two-sample test was made on
    "unseen": (
        "Unseen styles, two-sample test",
        "Speakers and styles are of nobody in training; of a style there is a reference clip, of the speech nothing.",
    ),
    "seen": ("Seen styles, two-sample test", "Styles are of training sessions, speech is of speakers not in training."),
    "targets": ("Two-sample test", "Made on the test sessions themselves."),
}
STYLE_ENCODERS = {  # as the configs are called
    "style-64": ("SE-64", "for the rows with 64 numbers"),
    "style-32": ("SE-32", "for SE-32"),
    "style-measure": ("SE, the measure", "measures CE for every row; no model was trained with it"),
    "style-64-no-position": ("SE-64 without positions", "ablation: pieces of four frames without their order"),
    "style-64-mean-free": ("SE-64 without posture", "ablation: each window's mean pose is taken out"),
}


def figure_cell(score: Score) -> Cell:
    """A figure; what each seed gave stands behind it."""
    return Cell(score, extra="seeds: " + ", ".join(f"{v:.4g}" for v in score.values) if len(score.values) > 1 else "")


def order_table(results: Results) -> Table | None:
    """Where the models stand in ours and in the paper's tables."""
    columns = (
        Column("ours", "Ours, best first"),
        Column("paper", "The paper's, best first"),
        Column("agree", "Pairs alike", digits=0, formula="pairs of models in the same order in both"),
        Column("unsure", "Too close", digits=0, formula="pairs within twice the standard error of our seeds"),
        Column("differ", "Reversed", digits=0, formula="pairs in the opposite order"),
    )
    rows = []
    for o in orders.compare(results):
        texts = [" › ".join(results.label(m) for m in names) for names in (o.ours, o.paper)]
        counts = [Cell(Score(float(len(p))), extra=_pairs(results, p)) for p in (o.agree, o.unsure, o.differ)]
        rows.append(Row(o.column.key, o.column.title, "", (Cell(text=texts[0]), Cell(text=texts[1]), *counts)))
    caption = "The order of the models, windowed. Orders may be compared across data; values may not."
    notes = ("The paper's known misprints are replaced by what its own parts give.",)
    return finished(Table("orders", "Our order and the paper's", caption, columns, tuple(rows), notes, section="order"))


def _pairs(results: Results, pairs: Sequence[tuple[str, str]]) -> str:
    return "; ".join(f"{results.label(a)} before {results.label(b)}" for a, b in pairs)


def two_sample_table(results: Results, styles: str = "unseen") -> Table | None:
    """How often a classifier tells motion from true motion, with these styles; see `STYLES`."""
    tests = [t for t in results.section("two_sample") if t.get("styles", "targets") == styles]
    kinds = list(dict.fromkeys((t["columns"], float(t["window_s"])) for t in tests))
    formula = "held-out accuracy of a small GRU that tells windows of this motion from true ones, split by session"
    columns = tuple(Column(f"{of}, {w:g} s", of, f"{w:g} s windows", "low", 3, "", formula) for of, w in kinds)
    rows = []
    for row in dict.fromkeys(t["row"] for t in tests):
        by_kind = {(t["columns"], float(t["window_s"])): t for t in tests if t["row"] == row}
        cells = tuple(_tested(by_kind.get(kind, {})) for kind in kinds)
        control = row.startswith("control: ")
        label = f"True, {row.removeprefix('control: ')}" if control else results.label(row)
        rows.append(Row(row, label, "control" if control else _kind(results, row), cells))
    rows.sort(key=lambda r: (r.id != "independent-draw", r.id.startswith("control"), place(r.id)))
    title, about = STYLES[styles]
    caption = (
        f"{SIMULATED} Can it be told from true motion? 0.5 is chance, 1 is always. Motion runs freely. {about} The "
        "first row is what the truth itself scores; the last are the truth with one flaw, which a test of any use must "
        "see."
    )
    notes = ("With each figure: where 95 % of it would lie with other sessions (bootstrap).", *_takes(results, styles))
    name = "two-sample" + ("" if styles == "targets" else f"-{styles}")
    return finished(Table(name, title, caption, columns, tuple(rows), notes, section="two-sample"))


def _takes(results: Results, styles: str) -> tuple[str, ...]:
    found = [t for t in results.section("takes") if t["group"] == styles and styles != "targets"]
    more = [f", {t['strangers']} of them of people drawn anew" if t["strangers"] else "" for t in found]
    return tuple(f"{t['takes']} takes of {t['frames'] / FPS:g} s{m}." for t, m in zip(found, more, strict=True))


def _tested(test: dict[str, Any]) -> Cell:
    ends = test.get("interval")
    score = score_of(test.get("accuracy"))
    extra = "folds: " + ", ".join(f"{v:.3f}" for v in score.values) if score.values else ""
    return Cell(score, extra=extra, interval=(float(ends[0]), float(ends[1])) if ends else None)


def _kind(results: Results, row: str) -> str:
    return next((r["kind"] for r in results.data["rows"] if r["row"] == row), "reference")


def style_table(results: Results) -> Table | None:
    """How well each style encoder knows a person again."""
    entries = results.section("style_encoders")
    known, found = list(STYLE_ENCODERS), list(dict.fromkeys(e["name"] for e in entries))
    names = [n for n in known if n in found] + [n for n in found if n not in known]
    rows = []
    for name in names:
        of = [{"chance": 1 / e["sessions"] if e.get("sessions") else None, **e} for e in entries if e["name"] == name]
        label, note = STYLE_ENCODERS.get(name, (name, ""))
        rows.append(Row(name, label, "model", tuple(_style_cell([e.get(c.key) for e in of]) for c in STYLE), note))
    caption = (
        f"{SIMULATED} Is a style a person's? CE of a prediction means something between the ceiling (the next true "
        "window) and the floor (another session). Rows without posture or positions are ablations."
    )
    notes = ("± over training seeds where more than one was trained.",) if len(entries) > len(names) else ()
    return finished(Table("style-encoders", "Style encoders", caption, STYLE, tuple(rows), notes, section="style"))


def _style_cell(values: Sequence[Any]) -> Cell:
    if isinstance(values[0], bool):
        return Cell(text="yes" if values[0] else "no")
    return _over_seeds(values)


def _over_seeds(values: Sequence[Any]) -> Cell:
    """Mean and spread; what is the same for all seeds has no spread."""
    if len(set(values)) == 1:
        return Cell(score_of(values[0]))
    return figure_cell(spread(values))


def search_table(results: Results) -> Table | None:
    """What was tried on validation for each row: equal budgets."""
    columns = (
        Column("trials", "Trials", digits=0),
        Column("best", "Best", "Validation score", digits=4),
        Column("median", "Median", "Validation score", digits=4),
        Column("worst", "Worst", "Validation score", digits=4),
        Column("chosen", "Chosen"),
    )
    rows = []
    for entry in sorted(results.section("search"), key=lambda e: place(e["row"])):
        scores = sorted(t["score"] for t in entry.get("trials", []) if t.get("score") is not None)
        shown = [Score(s) for s in (scores[0], scores[len(scores) // 2], scores[-1])] if scores else [Score()] * 3
        settings = entry.get("chosen", {}).items()
        chosen = ", ".join(f"{k} {v:g}" if isinstance(v, float) else f"{k} {v}" for k, v in settings)
        cells = (Cell(Score(float(len(scores)))), *(Cell(s) for s in shown), Cell(text=chosen or NOTHING))
        rows.append(Row(entry["row"], results.label(entry["row"]), "", cells))
    caption = "Settings were searched on validation with equal budgets; the test split chose nothing. Less is better."
    return finished(Table("search", "Search", caption, columns, tuple(rows), section="cost"))


def training_table(results: Results) -> Table | None:
    """What each model cost."""
    columns = (
        Column("parameters", "Parameters", digits=0),
        Column("steps", "Steps", digits=0),
        Column("seconds", "Seconds", digits=0, formula="wall clock of one training on the machine of this run"),
        Column("seeds", "Seeds", digits=0),
    )
    entries = results.section("training")
    rows = []
    for row in sorted({e["row"] for e in entries}, key=lambda r: (place(r), r)):
        of = [e for e in entries if e["row"] == row]
        cells = tuple(_over_seeds([e.get(k) for e in of]) for k in ("parameters", "steps", "seconds"))
        rows.append(Row(row, results.label(row), "", (*cells, Cell(Score(float(len(of)))))))
    return finished(Table("training", "Training", "What each model cost.", columns, tuple(rows), section="cost"))
