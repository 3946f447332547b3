"""The second tab: where styles lie beside each other, and the new motion among them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import gradio as gr
import numpy as np

from stygaze.evaluation import look
from stygaze.ui import components as c
from stygaze.ui import plots, scores, studio

STYLES, SESSIONS = VIEWS = ("Styles", "True and predicted sessions")


@dataclass(frozen=True)
class MapTab:
    """The parts that events connect."""

    figure: gr.HTML
    chosen: gr.HTML
    use: gr.Button


def build() -> MapTab:
    """Lay out the tab in the open Blocks."""
    with gr.Row(visible=bool(scores.sessions()), elem_classes="sty-bare"):
        view = gr.Radio(VIEWS, value=STYLES, label="What the map shows", show_label=False, elem_classes="sty-segments")
    with gr.Row(elem_classes="sty-columns") as styles:
        with gr.Column(scale=7, min_width=340, elem_classes="sty-panel"):
            figure = c.chart("Map of styles", 560, "map", value=draw((), None), elem_id="sty-map")
        with gr.Column(scale=3, min_width=260):
            with gr.Column(elem_classes="sty-panel"):
                chosen = c.html(picked(studio.references()[studio.NEUTRAL].name))
                use = gr.Button("Generate with this style", variant="primary", elem_id="sty-use")
            with gr.Column(elem_classes="sty-panel"):
                c.html(legend())
            with gr.Accordion("What am I looking at?", open=False, elem_classes="sty-plain"):
                gr.Markdown(c.text("map.md"), elem_classes="sty-help")
    with gr.Row(elem_classes="sty-columns", visible=False) as sessions:
        with gr.Column(scale=7, min_width=340, elem_classes="sty-panel"):
            c.chart("Map of true and predicted sessions", 560, value=scores.session_figure(), elem_id="sty-sessions")
        with gr.Column(scale=3, min_width=260):
            with gr.Column(elem_classes="sty-panel"):
                c.html(scores.session_key())
            with gr.Accordion("What am I looking at?", open=False, elem_classes="sty-plain"):
                gr.Markdown(c.text("sessions.md"), elem_classes="sty-help")
    view.change(
        lambda now: [gr.Row(visible=now == STYLES), gr.Row(visible=now == SESSIONS)],
        view,
        [styles, sessions],
        queue=False,
        api_visibility="private",
        show_progress="hidden",
    )
    return MapTab(figure, chosen, use)


def legend() -> str:
    """What colours and marks mean."""
    entries = [
        *(("dot", look.STYLE_COLOURS[i % 10], motion.name) for i, motion in enumerate(studio.references().values())),
        ("dot", look.OTHER, "people in between"),
    ]
    marks = [("ring", look.INK, "the chosen style"), ("star", look.INK, "your new motion")]
    lines = [
        "".join(
            f'<span><i class="{look}" style="--c:{colour}"></i>{escape(name)}</span>' for look, colour, name in group
        )
        for group in (entries, marks)
    ]
    return "".join(f'<div class="sty-key down">{line}</div>' for line in lines)


def picked(title: str) -> str:
    """Which style is chosen."""
    return (
        f'<div class="sty-picked"><span>Chosen style</span><b>{escape(title)}</b>'
        "<span>Click a point of the map to choose another.</span></div>"
    )


def draw(places: Sequence[np.ndarray], reference: np.ndarray | None, title: str = "") -> str:
    """The map with this visitor's motions, oldest first, and the chosen style's place."""
    chart = studio.style_map()
    styles = studio.references()
    marks: list[dict] = [{"xy": xy, "kind": "earlier", "text": "An earlier motion of yours"} for xy in places[:-1]]
    if reference is not None:
        marks.append({"xy": reference, "kind": "reference", "text": f"Chosen style: {escape(title)}"})
    if places:
        marks.append({"xy": places[-1], "kind": "new", "text": "Your new motion", "label": "new"})
    return plots.style_map(
        chart.xy,
        [styles[key].name if key in styles else "" for key in chart.style.tolist()],
        [studio.point_title(i) for i in range(len(chart.xy))],
        chart.generated,
        [motion.name for motion in styles.values()],
        marks,
    )
