"""The page: header, three tabs and the events that connect them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np

from stygaze.assets import asset
from stygaze.motion import Motion
from stygaze.ui import api, generate, statistics, studio, style_map
from stygaze.ui import components as c
from stygaze.ui.player import player_value
from stygaze.ui.theme import theme

MOTIONS_KEPT = 12  # of one visitor's motions on the map


@dataclass(frozen=True)
class Visit:
    """What the page remembers of a visitor between two presses; small, because it is kept for every open page."""

    folder: Path | None = None
    seed: int = 0
    title: str = ""
    places: tuple[np.ndarray, ...] = ()


def build_page() -> gr.Blocks:
    """The whole page, not yet served."""
    gr.set_static_paths([asset("ui"), asset("viewer"), asset("head"), c.plotly_folder(), studio.work()])
    with gr.Blocks(title="StyGazeTalk", analytics_enabled=False, delete_cache=(1800, studio.KEEP_SECONDS)) as page:
        gr.HTML(c.text("header.html"), apply_default_css=False)
        with gr.Tabs(elem_classes="sty-tabs") as tabs:
            with gr.Tab("Generate", id="generate"):
                one = generate.build()
            with gr.Tab("Style map", id="map"):
                two = style_map.build()
            with gr.Tab("Statistics", id="statistics"):
                three = statistics.build()
        gr.HTML(c.text("footer.html"), apply_default_css=False)
        connect(one, two, three, tabs)
        api.expose()
    page.queue(max_size=20)
    return page


def launch_options() -> dict[str, Any]:
    """What belongs to launch() in Gradio 6."""
    return {
        "theme": theme(),
        "css_paths": [asset("ui", "page.css")],
        "head": c.head(),
        "max_file_size": "200mb",
        "ssr_mode": False,
        "share": False,
        "run_history": False,
        "footer_links": ["api"],
    }


def connect(one: generate.GenerateTab, two: style_map.MapTab, three: statistics.StatisticsTab, tabs: gr.Tabs) -> None:
    """The events between the tabs. None of them is part of the public API, which has its own plain endpoints."""
    quiet: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
    visit = gr.State(Visit())

    def press(*values: Any) -> Iterator[dict]:
        """Move the head first; files, map and statistics follow."""
        audio, *style, seed, gaze_scale, head_scale, before = values
        with c.told():
            chosen = generate.choose(*style)
            take = studio.perform(audio, chosen, int(seed or 0), gaze_scale, head_scale)
            yield {
                one.player: player_value(take.motion, take.expression, take.folder / "speech.flac"),
                one.curves: generate.curves(take.motion),
                one.status: generate.status(take, chosen, int(seed or 0)),
                one.make_film: gr.Button(visible=True, interactive=True),
                one.film: gr.DownloadButton(visible=False),
            }
            measured = studio.Measured.of(take.motion)
            reference = studio.Measured.of(chosen.reference) if chosen.reference else None
            files = studio.save_files(take, measured, reference)
            new, place = studio.placed(take.motion, chosen)
            places = (*before.places, *([] if new is None else [new]))[-MOTIONS_KEPT:]
            yield {
                visit: Visit(take.folder, int(seed or 0), chosen.title, places),
                one.csv: gr.DownloadButton(value=files["csv"], interactive=True),
                one.npz: gr.DownloadButton(value=files["npz"], interactive=True),
                one.json: gr.DownloadButton(value=files["json"], interactive=True),
                two.figure: style_map.draw(places, place, chosen.title),
                two.chosen: style_map.picked(chosen.title),
                **three.filled(measured, reference, chosen.title),
            }

    def pick(event: gr.EventData, before: Visit) -> dict:
        """A click on the map makes that point the style."""
        with c.told():
            chosen, place = studio.mapped(int(event.index)), studio.style_map().xy[int(event.index)]
            return {
                one.way: generate.MAP,
                one.map_index: int(event.index),
                one.map_note: c.note_html(f"From the map: <b>{escape(chosen.title)}</b>"),
                two.chosen: style_map.picked(chosen.title),
                two.figure: style_map.draw(before.places, place, chosen.title),
            }

    def film(before: Visit, progress: gr.Progress = gr.Progress()) -> dict:  # noqa: B008 Gradio finds it by its default
        with c.told():
            if before.folder is None:
                raise gr.Error("Press Generate first; the film is made of its result.")
            motion, speech = Motion.load(before.folder / "motion.npz"), studio.heard(before.folder / "speech.flac")
            shown = lambda done, of: progress(done / of, desc="Rendering the film")  # noqa: E731
            path = studio.film(motion, speech, before.folder, before.seed, shown)
            return {one.make_film: gr.Button(visible=False), one.film: gr.DownloadButton(value=path, visible=True)}

    results = [one.player, one.curves, one.status, one.make_film, one.film, one.csv, one.npz, one.json]
    results += [visit, two.figure, two.chosen, *three.outputs]
    two.use.click(lambda: gr.Tabs(selected="generate"), None, tabs, queue=False, **quiet)
    for clicked in (one.button.click, two.use.click):
        started = clicked(None, js="() => StyPage.busy(true)", **quiet)
        pressed = started.then(
            press, [*one.inputs, visit], results, concurrency_limit=2, concurrency_id="press", **quiet
        )
        pressed.then(None, js="() => StyPage.busy(false)", **quiet)
    two.figure.select(pick, visit, [one.way, one.map_index, one.map_note, two.chosen, two.figure], **quiet)
    one.make_film.click(film, visit, [one.make_film, one.film], api_visibility="private", concurrency_id="film")
    one.recording.change(generate.ask, one.recording, one.ask, **quiet)
