"""The chosen model's row of the tables, and the map of true and predicted sessions: read from assets/tables."""

from __future__ import annotations

from html import escape
from typing import Any

from stygaze.assets import asset
from stygaze.errors import StyGazeError
from stygaze.evaluation import figures
from stygaze.evaluation.columns import PAGE
from stygaze.evaluation.results import Results, Score, read_json
from stygaze.evaluation.table import Column
from stygaze.ui import models
from stygaze.ui.studio import once

BESIDE = (("constant", "held still"), ("true", "true"))
SHOWN = ("windowed", "free")


@once
def results() -> Results | None:
    """What an evaluation found of the shipped models; None where it is not shipped."""
    try:
        return Results.load(asset("tables", "hage.json"))
    except StyGazeError:
        return None


@once
def sessions() -> dict[str, Any] | None:
    """Data of the map of true and predicted sessions; None where it is not shipped."""
    try:
        return read_json(asset("tables", "map.json"))
    except StyGazeError:
        return None


def session_figure() -> str:
    """The map as a figure, or "" for none."""
    data = sessions()
    return figures.session_map(data).to_json() if data else ""


def session_key() -> str:
    """What its colours and marks mean, and what share of predictions find home."""
    data = sessions()
    if not data:
        return ""
    styles = data.get("styles") or {}
    lines = "".join(
        f'<span><i class="dot" style="--c:{figures.session_colour(k)}"></i>{escape(_named(name, styles))}</span>'
        for k, name in enumerate(figures.sessions_of(data))
    )
    marks = (
        '<span><i class="dot" style="--c:var(--sty-ink)"></i>true motion</span>'
        '<span><i class="dot faint" style="--c:var(--sty-ink)"></i>'
        f"predicted by {escape(models.label(data.get('model', '')))}</span>"
    )
    found = ""
    if data.get("found") is not None:
        found = (
            f'<div class="sty-note">Of the predicted stretches <b>{_percent(data["found"])}</b> lie nearest to their '
            f"own session, of the true ones {_percent(data['found_true'])}; chance is {_percent(data['chance'])}.</div>"
        )
    return f'<div class="sty-key down">{lines}</div><div class="sty-key down">{marks}</div>{found}'


def _named(session: str, styles: dict[str, str]) -> str:
    style = styles.get(session) or ""
    return f"{style}, {session}" if style and not style.startswith("prior") else session


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def table(name: str) -> str:
    """The model's figures under both protocols, beside a pose held still and the truth; "" where there are none."""
    found = results()
    if found is None:
        return ""
    protocols = [p for p in SHOWN if p in found.protocols]
    if not any(found.row(name, p) for p in protocols):
        rows = ", ".join(r["label"] for r in found.rows(protocols[0]) if r["kind"] == "model") if protocols else ""
        return (
            f'<div class="sty-note">{escape(models.label(name))} is not one of the paper’s rows, and has none in its '
            f"tables. Those are, under <b>Adjust</b> on the first tab: {escape(rows)}.</div>"
        )
    shown = [c for c in PAGE if any(found.score(name, p, c.key).known for p in protocols)]
    heads = "".join(f'<th colspan="3">{p}</th>' for p in protocols)
    under = f"<th>{escape(models.label(name))}</th>" + "".join(f"<th>{title}</th>" for _, title in BESIDE)
    body = "".join(_row(found, name, column, protocols) for column in shown)
    return (
        f'<div class="sty-note">{_about(found)}</div><div class="sty-table sty-scores"><table><thead>'
        f"<tr><th></th>{heads}</tr><tr><th></th>{under * len(protocols)}</tr></thead>"
        f"<tbody>{body}</tbody></table></div>"
    )


def _row(found: Results, name: str, column: Column, protocols: list[str]) -> str:
    title = "BAS by chance" if column.key.startswith("bas_chance") else column.title.removeprefix("All ")
    unit = f" ({column.unit})" if column.unit and column.unit != "%" else ""
    cells = ""
    for protocol in protocols:
        cells += f"<td><b>{_text(column, found.score(name, protocol, column.key))}</b></td>"
        cells += "".join(
            f"<td>{_text(column, found.score(row, protocol, column.key), False)}</td>" for row, _ in BESIDE
        )
    return f'<tr><th title="{escape(found.formula(column.key))}">{escape(title + unit)}</th>{cells}</tr>'


def _text(column: Column, score: Score, spread: bool = True) -> str:
    value = column.number(score.mean)
    known = spread and score.known and score.sd == score.sd
    return f"{value} <small>±{column.number(score.sd)}</small>" if known else value


def _about(found: Results) -> str:
    corpus, seeds = found.data["corpus"], found.seeds
    trained = f"Mean ± spread of {seeds} trainings{found.fewer}. " if seeds > 1 else ""
    return (
        "<b>Simulated data.</b> How this model does on the test sessions of the corpus "
        f"{escape(str(corpus.get('name', '')))}, not on your motion. Windowed: it is shown the true motion until each "
        f"second begins. Free: only speech and a reference, as here. {trained}Each name shows its formula; "
        "↓ less is better, ↑ more, ≈ as the truth."
    )
