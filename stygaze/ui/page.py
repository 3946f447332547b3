"""The page: header, three tabs and the events that connect them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np

from stygaze.assets import asset
from stygaze.errors import StyGazeError
from stygaze.motion import Motion
from stygaze.ui import api, controls, faces, generate, plots, scores, statistics, studio, style_choice, style_map, takes
from stygaze.ui import components as c
from stygaze.ui.player import player_value
from stygaze.ui.theme import theme
from stygaze.ui.timeline import timeline

MOTIONS_KEPT = 12  # of one visitor's motions on the map


@dataclass(frozen=True)
class Visit:
    """What the page remembers of a visitor between two presses; small, because it is kept for every open page."""

    folder: Path | None = None
    seed: int = 0
    places: tuple[np.ndarray, ...] = ()


def build_page() -> gr.Blocks:
    """The whole page, not yet served."""
    gr.set_static_paths([asset("ui"), asset("speech"), c.plotly_folder(), takes.work()])
    with gr.Blocks(title="StyGazeTalk", analytics_enabled=False, delete_cache=(1800, takes.KEEP_SECONDS)) as page:
        c.html(c.text("header.html"))
        with gr.Tabs(elem_classes="sty-tabs") as tabs:
            with gr.Tab("Generate", id="generate"):
                one = generate.build()
            with gr.Tab("Style map", id="map") as map_tab:
                two = style_map.build()
            with gr.Tab("Statistics", id="statistics"):
                three = statistics.build()
        c.html(c.text("footer.html"))
        api.expose()  # first, so that its endpoints get their plain names
        connect(one, two, three, tabs, map_tab)
    page.queue(max_size=20)
    return page


def launch_options() -> dict[str, Any]:
    """What belongs to launch() in Gradio 6."""
    return {
        "theme": theme(),
        "css_paths": [asset("ui", "colours.css"), asset("ui", "page.css")],
        "head": c.head(),
        "max_file_size": "200mb",
        "ssr_mode": False,
        "share": False,
        "run_history": False,
        "footer_links": ["api"],
        "favicon_path": asset("ui", "favicon.png"),
    }


def connect(
    one: generate.GenerateTab, two: style_map.MapTab, three: statistics.StatisticsTab, tabs: gr.Tabs, map_tab: gr.Tab
) -> None:
    """The events between the tabs. None of them is part of the public API, which has its own plain endpoints."""
    quiet: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
    choice, shown = one.choice, one.result
    visit = gr.State(Visit())

    def press(*values: Any) -> Iterator[dict]:
        """Move the head first; files, map and statistics follow."""
        audio, seed, model, *rest, before = values
        style, wishes = rest[: len(choice.inputs)], rest[len(choice.inputs) :]
        with c.told():
            chosen = style_choice.choose(*style)
            take = takes.perform(audio, chosen, int(seed or 0), controls.asked(model, *wishes), model)
            yield {
                shown.player: player_value(take.motion, take.expression, take.folder / "speech.flac"),
                shown.timeline: timeline(take),
                shown.curves: plots.curves(take.motion, take.events),
                shown.status: generate.status(take, chosen, int(seed or 0), model),
                shown.make_film: gr.Button(visible=True, interactive=True),
                shown.film: gr.DownloadButton(visible=False),
                one.another: gr.Button(visible=True),
                visit: replace(before, folder=take.folder, seed=int(seed or 0)),
            }
            measured = takes.Measured.of(take.motion)
            reference = takes.Measured.of(chosen.reference) if chosen.reference else None
            files = takes.save_files(take, measured, reference)
            places = (*before.places, *studio.place_motion(take.motion))[-MOTIONS_KEPT:]
            place = studio.place(chosen.style)
            yield {
                visit: Visit(take.folder, int(seed or 0), places),
                shown.csv: gr.DownloadButton(value=files["csv"], interactive=True),
                shown.npz: gr.DownloadButton(value=files["npz"], interactive=True),
                shown.events: gr.DownloadButton(value=files["events"], interactive=True),
                shown.json: gr.DownloadButton(value=files["json"], interactive=True),
                two.figure: style_map.draw(places, place, chosen.title),
                two.chosen: style_map.picked(chosen.title),
                **three.filled(measured, reference, chosen.title),
            }

    def pick(event: gr.EventData, before: Visit) -> dict:
        """A click on the map makes that point the style."""
        with c.told():
            chosen, place = studio.mapped(int(event.index)), studio.style_map().xy[int(event.index)]
            return {
                choice.way: style_choice.MAP,
                choice.map_index: int(event.index),
                choice.map_note: c.note_html(f"From the map: <b>{escape(chosen.title)}</b>"),
                two.chosen: style_map.picked(chosen.title),
                two.figure: style_map.draw(before.places, place, chosen.title),
            }

    def look(*values: Any) -> dict:
        """The map as it is opened: with the style that is chosen on the first tab."""
        *style, before = values
        try:
            chosen = style_choice.choose(*style)
        except StyGazeError:  # a recording that is not there yet, say; pressing Generate will tell
            return {two.chosen: style_map.picked("none yet"), two.figure: style_map.draw(before.places, None)}
        place = studio.place(chosen.style)
        return {
            two.chosen: style_map.picked(chosen.title),
            two.figure: style_map.draw(before.places, place, chosen.title),
        }

    def face(key: str, before: Visit) -> dict:
        """Another head in the player, and in the film that is made after it."""
        with c.told():
            ready = before.folder is not None
            return {
                shown.player: faces.shown(key),
                shown.make_film: gr.Button(visible=True, interactive=ready),
                shown.film: gr.DownloadButton(visible=False),
            }

    def film(before: Visit, face: str, progress: gr.Progress = gr.Progress()) -> dict:  # noqa: B008 Gradio finds it by its default
        with c.told():
            if before.folder is None:
                raise gr.Error("Press Generate first; the film is made of its result.")
            motion, speech = Motion.load(before.folder / "motion.npz"), takes.heard(before.folder / "speech.flac")
            path = takes.film(
                motion,
                speech,
                before.folder,
                before.seed,
                lambda share: progress(share, desc="Rendering the film"),
                faces.head_of(face),
            )
            return {shown.make_film: gr.Button(visible=False), shown.film: gr.DownloadButton(value=path, visible=True)}

    results = [*shown.outputs, one.another, visit, two.figure, two.chosen, *three.outputs]
    two.use.click(lambda: gr.Tabs(selected="generate"), None, tabs, queue=False, **quiet)
    busy = "() => StyPage.busy(true)"
    for started in (
        one.button.click(None, js=busy, **quiet),
        two.use.click(None, js=busy, **quiet),
        one.another.click(
            None, one.seed, one.seed, js="(seed) => (StyPage.busy(true), (Number(seed) || 0) + 1)", **quiet
        ),
    ):
        pressed = started.then(
            press, [*one.inputs, visit], results, concurrency_limit=2, concurrency_id="press", **quiet
        )
        for ended in (pressed.success, pressed.failure):  # then() does not run after an error in Gradio 6.31
            ended(None, js="() => StyPage.busy(false)", **quiet)
    shown.faces.input(face, [shown.faces, visit], [shown.player, shown.make_film, shown.film], **quiet)
    one.model.change(scores.table, one.model, three.scores, queue=False, **quiet)
    one.model.change(controls.offer, one.model, [*one.controls.offered], **quiet)
    map_tab.select(look, [*choice.inputs, visit], [two.chosen, two.figure], **quiet)
    two.figure.select(pick, visit, [choice.way, choice.map_index, choice.map_note, two.chosen, two.figure], **quiet)
    shown.make_film.click(
        film,
        [visit, shown.faces],
        [shown.make_film, shown.film],
        show_progress_on=shown.film_progress,
        concurrency_id="film",
        api_visibility="private",
    )
