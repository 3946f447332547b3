"""The third tab: what the motion measures, beside its reference, in words a newcomer understands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import gradio as gr

from stygaze.evaluation import look
from stygaze.gaze.explanations import Row, explain
from stygaze.pipeline import DEFAULT
from stygaze.ui import components as c
from stygaze.ui import plots, scores, takes

WAITING = (
    "Press Generate. Here you will read how long the eyes rest, how often and how far they jump, "
    "and how well eyes and head work together, beside the figures of the style's own recording."
)
GROUPS = {
    "Resting and jumping": (
        "fixation_share",
        "saccade_share",
        "fixation_duration_median_s",
        "saccade_rate_per_s",
        "saccade_amplitude_mean_deg",
        "saccades_under_15_deg_share",
    ),
    "Eyes and head together": (
        "compensation_score_deg_per_frame",
        "head_speed_mean_deg_per_frame",
        "large_shift_head_share",
        "vor_gain",
        "vor_correlation",
        "vor_opposite_share",
    ),
}


@dataclass(frozen=True)
class StatisticsTab:
    """The parts that events connect."""

    facts: gr.HTML
    sequence: gr.HTML
    durations: gr.HTML
    table: gr.HTML
    scores: gr.HTML

    @property
    def outputs(self) -> list[gr.HTML]:
        return [self.facts, self.sequence, self.durations, self.table]

    def filled(self, new: takes.Measured, reference: takes.Measured | None, title: str) -> dict[gr.HTML, Any]:
        """Values for the outputs: the new motion's figures beside those of its reference."""
        rows = explain(new.figures, reference.figures if reference else None)
        shown = [new, *([reference] if reference else [])]
        looks = [(look.ACCENT, "circle", "this motion"), (look.PITCH, "diamond", title)]
        return {
            self.facts: facts(rows, new, reference, title),
            self.sequence: plots.main_sequence([(one, *look) for one, look in zip(shown, looks, strict=False)]),
            self.durations: plots.durations([(one, *look) for one, look in zip(shown, looks, strict=False)]),
            self.table: table(rows, title if reference else ""),
        }


def build() -> StatisticsTab:
    """Lay out the tab in the open Blocks."""
    cards = c.html(f'<div class="sty-wait">{c.empty(WAITING)}</div>', label="Statistics", elem_id="sty-facts")
    with gr.Row(elem_classes="sty-plots"):
        with gr.Column(elem_classes="sty-panel", min_width=320):
            c.note("<b>Main sequence.</b> Larger jumps of the gaze are faster, along a curve that human eyes share.")
            sequence = c.chart(
                "Main sequence: amplitude and peak velocity of saccades",
                320,
                waiting="Each jump of the gaze becomes a point: how far it goes, and how fast.",
                elem_id="sty-sequence",
            )
        with gr.Column(elem_classes="sty-panel", min_width=320):
            c.note("<b>How long the gaze rests.</b> Most looks are short, a few are long.")
            durations = c.chart(
                "Durations of fixations",
                320,
                waiting="Each rest of the gaze is counted by how long it lasts.",
                elem_id="sty-durations",
            )
    with gr.Accordion("All figures, with their formulas", open=False, elem_classes="sty-plain"):
        figures = c.html(c.empty("Press Generate first."), label="All figures")
    row = scores.table(DEFAULT)
    with gr.Column(elem_classes="sty-panel", visible=bool(row)):
        c.html('<h2 class="sty-group first">The model’s row in the tables</h2>')
        shown = c.html(row, label="The model’s row in the tables", elem_id="sty-scores")
    with gr.Accordion("What am I looking at?", open=False, elem_classes="sty-plain"):
        gr.Markdown(c.text("statistics.md"), elem_classes="sty-help")
    return StatisticsTab(cards, sequence, durations, figures, shown)


def facts(rows: Sequence[Row], new: takes.Measured, reference: takes.Measured | None, title: str) -> str:
    """The main figures as cards, in two groups."""
    row_of = {row.metric.key: row for row in rows}
    key = f'<span><i style="--c:{look.ACCENT}"></i>this motion, {new.motion.duration:.1f} s</span>'
    if reference:
        key += f'<span><i style="--c:{look.PITCH}"></i>its reference, {escape(title)}, '
        key += f"{reference.motion.duration:.0f} s</span>"
    html = [f'<div class="sty-key top">{key}</div>']
    for heading, keys in GROUPS.items():
        cards = "".join(
            _card(row_of[key], getattr(new.figures, key), getattr(reference.figures, key) if reference else None)
            for key in keys
        )
        html.append(f'<h2 class="sty-group">{heading}</h2><div class="sty-facts">{cards}</div>')
    return "".join(html)


def _card(row: Row, value: float, reference: float | None) -> str:
    number, _, unit = row.value.partition(" ")
    beside = bars = ""
    if reference is not None:
        full = 1.0 if row.metric.unit == "%" else max(abs(value), abs(reference), 1e-9)
        beside = f'<span class="beside">reference {escape(row.reference)}</span>'
        bars = f'<div class="sty-pair">{_bar(value, full, look.ACCENT)}{_bar(reference, full, look.PITCH)}</div>'
    return (
        f'<section class="sty-fact"><h3>{escape(row.metric.label)}</h3>'
        f'<div class="now">{escape(number)}<small>{escape(unit)}</small>{beside}</div>'
        f"{bars}<p>{escape(row.sentence)}</p></section>"
    )


def _bar(value: float, full: float, colour: str) -> str:
    share = 0.0 if value != value else min(abs(value) / full, 1.0)  # NaN: nothing to show
    return f'<span style="--v:{100 * share:.0f}%;--c:{colour}"></span>'


def table(rows: Sequence[Row], reference: str) -> str:
    """Every figure with its formula."""
    head = f"<th>{escape(reference)}</th>" if reference else ""
    body = "".join(
        f"<tr><td>{escape(row.metric.label)}</td><td>{escape(row.value)}</td>"
        + (f"<td>{escape(row.reference)}</td>" if reference else "")
        + f"<td>{escape(row.metric.formula)}</td></tr>"
        for row in rows
    )
    return (
        f'<div class="sty-table"><table><thead><tr><th>Figure</th><th>This motion</th>{head}'
        "<th>How it is computed</th></tr>"
        f"</thead><tbody>{body}</tbody></table></div>"
    )
