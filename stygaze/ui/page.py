"""The page: header, three tabs and the events that connect them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np

from stygaze.assets import asset
from stygaze.errors import StyGazeError
from stygaze.ui import (
    api,
    controls,
    face,
    films,
    generate,
    heads,
    plots,
    scores,
    statistics,
    studio,
    style_choice,
    style_map,
    takes,
)
from stygaze.ui import components as c
from stygaze.ui.compare import Takes
from stygaze.ui.theme import theme
from stygaze.ui.timeline import timeline

MOTIONS_KEPT = 12  # of one visitor's motions on the map


@dataclass(frozen=True)
class Visit:
    """What the page remembers of a visitor between two presses; small, because it is kept for every open page."""

    folder: Path | None = None
    places: tuple[np.ndarray, ...] = ()
    takes: Takes = field(default_factory=Takes)


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
        audio, seed, model, on, emoca, *rest, before = values
        style, wishes = rest[: len(choice.inputs)], rest[len(choice.inputs) :]
        with c.told():
            chosen = style_choice.choose(*style)
            asked, worn = controls.asked(model, *wishes), face.worn(on)
            take = takes.perform(audio, chosen, int(seed or 0), asked, model, worn=worn, emoca=emoca)
            title = generate.title(chosen, int(seed or 0), model)
            seen = before.takes.and_then(title, take.folder, take.speech).wearing(worn)
            yield {
                shown.player: seen.value(),
                shown.beside: seen.offer(),
                shown.timeline: timeline(take),
                shown.curves: plots.curves(take.motion, take.events),
                shown.status: generate.status(take, chosen, int(seed or 0), model),
                shown.film.make: gr.Button(interactive=True),
                shown.film.file: gr.DownloadButton(visible=False),
                one.another: gr.Button(visible=True),
                visit: replace(before, folder=take.folder, takes=seen),
            }
            measured = takes.Measured.of(take.motion)
            reference = takes.Measured.of(chosen.reference) if chosen.reference else None
            files = takes.save_files(take, measured, reference)
            places = (*before.places, *studio.place_motion(take.motion))[-MOTIONS_KEPT:]
            place = studio.place(chosen.style)
            yield {
                visit: Visit(take.folder, places, seen),
                shown.csv: gr.DownloadButton(value=files["csv"], interactive=True),
                shown.npz: gr.DownloadButton(value=files["npz"], interactive=True),
                shown.events: gr.DownloadButton(value=files["events"], interactive=True),
                shown.json: gr.DownloadButton(value=files["json"], interactive=True),
                shown.save: gr.Button(interactive=True),
                two.figure: style_map.draw(places, place, chosen.title),
                two.chosen: style_map.picked(chosen.title),
                **three.filled(measured, reference, chosen.title),
            }

    def beside(names: list[str], before: Visit) -> dict:
        """Earlier takes come to stand beside the present one, or leave it; it plays on meanwhile."""
        seen = before.takes.compared(names)
        return {shown.player: seen.value(), shown.beside: seen.offer(), visit: replace(before, takes=seen)}

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

    def save_as(kind: str, head: str, before: Visit) -> gr.DownloadButton:
        with c.told():
            if before.folder is None:
                raise gr.Error("Press Generate first; the file is made of its result.")
            path = takes.save_as(before.folder, before.takes.worn, kind, heads.head_of(head))
            return gr.DownloadButton(value=path)

    def wear(on: list[str], before: Visit) -> dict:
        """The same takes with another choice of what the face does; a film of it is to be made anew."""
        if before.folder is None:
            return {shown.player: gr.skip()}
        with c.told():
            seen = before.takes.wearing(face.worn(on))
            return {shown.player: seen.value(), visit: replace(before, takes=seen)} | films.outdated(shown.film)

    def swap_head(key: str) -> dict:
        """Another head in the player, and in the film that is made after it."""
        with c.told():
            return {shown.player: heads.shown(key)} | films.outdated(shown.film)

    results = [*shown.outputs, one.another, visit, two.figure, two.chosen, *three.outputs]
    two.use.click(lambda: gr.Tabs(selected="generate"), None, tabs, queue=False, **quiet)
    busy = "() => StyPage.busy(true)"
    made = []
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
        made.append(pressed)
        for ended in (pressed.success, pressed.failure):  # then() does not run after an error in Gradio 6.31
            ended(None, js="() => StyPage.busy(false)", **quiet)
    shown.beside.input(beside, [shown.beside, visit], [shown.player, shown.beside, visit], queue=False, **quiet)
    shown.heads.input(swap_head, shown.heads, [shown.player, shown.film.make, shown.film.file], **quiet)
    one.model.change(scores.table, one.model, three.scores, queue=False, **quiet)
    one.model.change(controls.offer, one.model, [*one.controls.offered], **quiet)
    map_tab.select(look, [*choice.inputs, visit], [two.chosen, two.figure], **quiet)
    two.figure.select(pick, visit, [choice.way, choice.map_index, choice.map_note, two.chosen, two.figure], **quiet)
    shown.switches.input(
        wear,
        [shown.switches, visit],
        [shown.player, visit, shown.film.make, shown.film.file],
        trigger_mode="always_last",
        **quiet,
    )
    shown.save.click(save_as, [shown.kind, shown.heads, visit], shown.saved, **quiet).success(
        None, shown.saved, None, js="(file) => StyPage.download(file)", **quiet
    )
    films.connect(shown.film, visit, shown.heads, made)
