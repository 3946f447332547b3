"""Tables of what `liveliness` measured: moments within their bounds, speech, and what lasts."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

from stygaze.evaluation.columns import ERRORS, EVENTS, PATTERNS
from stygaze.evaluation.results import Results, Score, place, score_of
from stygaze.evaluation.table import NOTHING, Cell, Column, Row, Table, finished

EVENTS_ROW, TWIN = "events", "independent-draw"
BESIDE = ("true", TWIN, EVENTS_ROW, "se-64-vel", "constant")
SOURCE = "Simulated data. Takes of new speech, styles unseen in training, free running."


@dataclass(frozen=True)
class Bound:
    """What a figure of a model must keep to.

    Attributes:
        words: for a reader.
        holds: of the figure, the truth's and the second truth's.
    """

    words: str
    holds: Callable[[float, float, float], bool]


def within(share: float = 0.0, amount: float = 0.0, words: str = "") -> Bound:
    """At most this share of the truth, or this amount, away from it."""
    return Bound(words, lambda value, true, twin: abs(value - true) <= max(share * abs(true), amount))


def floors(times: float) -> Bound:
    """At most so many times what a second truth has."""
    return Bound(f"≤ {times:g} × second truth", lambda value, true, twin: value <= times * twin)


def _most_recognised(value: float, true: float, twin: float) -> bool:
    return value >= twin - 0.05


def _least(amount: float) -> Bound:
    return Bound(f"≥ {amount:g}", lambda value, true, twin: value >= amount)


BOUNDS: dict[str, tuple[str, Bound]] = {
    "sim_score": ("SimScore", _least(0.96)),
    "fixation_ratio": ("Fixations in the head (%)", within(amount=0.03, words="truth ± 3 points")),
    "world_fixation_ratio": ("Fixations in the world (%)", within(amount=0.03, words="truth ± 3 points")),
    "gaze_energy": ("Gaze energy (deg²/frame²)", within(0.1, words="truth ± 10 %")),
    "head_energy": ("Head energy (deg²/frame²)", within(0.15, words="truth ± 15 %")),
    "fast_share": ("Faster than 3° a frame (%)", within(0.1, words="truth ± 10 %")),
    "vor_gain": ("VOR gain", within(amount=0.07, words="truth ± .07")),
    "w1_speed": ("W1 of speed (deg/frame)", floors(3)),
    "w1_amplitude": ("W1 of saccade amplitude (deg)", floors(3)),
    "w1_fixation": ("W1 of fixation duration (s)", floors(3)),
    "saccade_velocity": ("Peak of a 10° saccade (deg/s)", within(0.05, words="truth ± 5 %")),
    "saccade_slope": ("Saccade duration by size (ms/deg)", within(amount=0.5, words="truth ± 0.5")),
    "saccade_intercept": ("Saccade duration, least (ms)", within(amount=6, words="truth ± 6")),
    "mae_all": ("MAE of one draw (deg)", floors(1.1)),
    "recognised": ("Style told from 10 s (%)", Bound("≥ second truth - 5 points", _most_recognised)),
}
COLUMNS = {c.key: c for c in (*ERRORS, *PATTERNS, *EVENTS)} | {
    c.key: c
    for c in (
        Column("saccade_velocity", "Saccade of 10°", "", "true", 0, "deg/s"),
        Column("saccade_slope", "Saccade duration", "", "true", 1, "ms/deg"),
        Column("saccade_intercept", "Saccade duration, least", "", "true", 0, "ms"),
        Column("recognised", "Style told from 10 s", "", "true", 1, "%"),
    )
}
SPEECH = (
    Column("jump_auc", "Jump AUC", "Foreseen", "high", 3),
    Column("nats_jump", "Jump", "Foreseen", "low", 4, "nats"),
    Column("nats_landing", "Landing", "Foreseen", "low", 3, "nats"),
    Column("nats_head", "Head", "Foreseen", "low", 3, "nats"),
    Column("turn_aversion", "Looks away as a turn begins", "Generated", "true", 1, "%"),
    Column("turn_return", "Looks back as it ends", "Generated", "true", 1, "%"),
    Column("nod_depth", "Nods on accents", "Generated", "true", 2, "deg"),
    Column("recognised", "Style told from 10 s", "Generated", "true", 1, "%"),
)
LONG = (
    Column("minute_means", "Means", "Minutes as true ones", "true", 1, "%"),
    Column("minute_spreads", "Spreads", "Minutes as true ones", "true", 1, "%"),
    Column("minute_drift", "First to last minute", "", "true", 2, "deg"),
    Column("seam", "Seams", "", "true", 2),
    *(
        Column(f"largest_{part}", part.replace("_", " ").capitalize(), "Largest", "", 1, "deg")
        for part in ("eye_pitch", "eye_yaw", "head_pitch", "head_yaw", "head_roll")
    ),
)


def liveliness_tables(results: Results) -> list[Table | None]:
    """Moments with their bounds, draws and means, speech and style, ten minutes."""
    return [
        moments_table(results),
        draws_table(results),
        _rows_table(results, "speech", "Speech and style, used or not", SPEECH, SPEECH_CAPTION),
        _rows_table(results, "ten-minutes", "Ten minutes in one go", LONG, LONG_CAPTION),
    ]


SPEECH_CAPTION = (
    f"{SOURCE} Left: how well the next true frame is foreseen from the true past when a model hears the right speech, "
    "another session's, or none. Right: what its own motion does when turns begin and end and on accents."
)
LONG_CAPTION = f"{SOURCE} Six people, ten minutes each: no drift, no seam, no angle that no eye or neck has."


def liveliness(results: Results, row: str, key: str) -> Score:
    """A figure of a row of the section."""
    found = next((r for r in results.section("liveliness") if r["row"] == row), {})
    return score_of(found.get("metrics", {}).get(key))


def moments_table(results: Results) -> Table | None:
    """A line a figure: the truth, a second truth, models, a pose held still; the bound, and whether events keep it."""
    there = [row for row in BESIDE if any(r["row"] == row for r in results.section("liveliness"))]
    columns = (
        *(Column(row, results.label(row)) for row in there),
        Column("bound", "Bound"),
        Column("holds", "Holds"),
    )
    rows = []
    for key, (label, bound) in BOUNDS.items():
        column = COLUMNS[key]
        scores = [liveliness(results, row, key) for row in there]
        if not any(s.known for s in scores):
            continue
        value, true, twin = (liveliness(results, row, key).mean for row in (EVENTS_ROW, "true", TWIN))
        known = not math.isnan(value) and not math.isnan(true)
        verdict = ("yes" if bound.holds(value, true, twin) else "no") if known else NOTHING
        cells = [Cell(s, _shown(column, s)) for s in scores]
        rows.append(Row(key, label, "", (*cells, Cell(text=bound.words), Cell(text=verdict)), results.formula(key)))
    caption = f"{SOURCE} Events: mean ± standard deviation over its training seeds, one draw each."
    title = "Moments and distances, free running"
    return finished(Table("moments", title, caption, columns, tuple(rows), section="liveliness"))


def kept_bounds(results: Results) -> tuple[list[str], list[str]]:
    """The figures of events that keep their bounds, and those that do not, by title."""
    table = moments_table(results)
    verdicts = [(row.label, row.cells[-1].text) for row in table.rows] if table else []
    return tuple([label for label, verdict in verdicts if verdict == word] for word in ("yes", "no"))  # type: ignore[return-value]


def _shown(column: Column, score: Score) -> str:
    sd = "" if math.isnan(score.sd) else f" ± {column.number(score.sd)}"
    return column.number(score.mean) + sd


def draws_table(results: Results) -> Table | None:
    """A draw beside an independent true draw, the mean of draws beside the constant and what is best possible."""
    columns = (
        Column("mae_all", "MAE", "", "low", 3, "deg"),
        Column("mae_gaze", "MAE", "Gaze", "low", 3, "deg"),
        Column("mae_head", "MAE", "Head", "low", 3, "deg"),
        Column("rmse_all", "RMSE", "", "low", 3, "deg"),
        Column("ce", "CE", "", "low", 3),
    )
    names = (EVENTS_ROW, TWIN, "events-mean", "constant", "oracle-mean", "session-mean", "se-64")
    if not results.row(EVENTS_ROW, "free"):
        return None
    rows = []
    for name in names:
        if found := results.row(name, "free"):
            cells = tuple(Cell(results.score(name, "free", c.key)) for c in columns)
            rows.append(Row(name, found["label"], found["kind"], cells, str(found.get("note") or "")))
    caption = (
        "Simulated data, the test sessions, free running. One draw cannot be near another: compare a draw with an "
        "independent true draw, and the mean of draws with the constant and the oracles."
    )
    return finished(Table("draws", "Draws and means", caption, columns, tuple(rows), section="liveliness"))


def _rows_table(results: Results, name: str, title: str, columns: tuple[Column, ...], caption: str) -> Table | None:
    rows = []
    for r in sorted(results.section("liveliness"), key=lambda r: place(r["row"])):
        cells = tuple(Cell(score_of(r["metrics"].get(c.key))) for c in columns)
        rows.append(Row(r["row"], r["label"], r["kind"], cells, str(r.get("note") or "")))
    with_formulas = tuple(replace(c, formula=results.formula(c.key)) for c in columns)
    return finished(Table(name, title, caption, with_formulas, tuple(rows), section="liveliness"))
