"""Films on the page: what a visitor may choose, one film at a time for each of them, and a way to stop it."""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr

from stygaze.errors import StyGazeError
from stygaze.face.backgrounds import STUDIO, TRANSPARENT
from stygaze.face.film import FilmCancelled
from stygaze.ui import components as c
from stygaze.ui import heads, takes

AT_ONCE = 4  # films in the making; they take turns at the one render thread, the rest wait in the queue
SIZES = (256, 512, 720, 1080)
PLAIN, CLEAR, CLEAR_LARGE = "plain", "webm", "mov"
BEHIND = [
    ("As shown", STUDIO),
    ("Plain colour", PLAIN),
    ("Transparent, WebM", CLEAR),
    ("Transparent, ProRes", CLEAR_LARGE),
]
_filming: dict[str, Filming] = {}  # by session
_lock = threading.Lock()


@dataclass(frozen=True)
class FilmParts:
    """The parts that events connect."""

    size: gr.Radio
    behind: gr.Dropdown
    colour: gr.ColorPicker
    make: gr.Button
    stop: gr.Button
    progress: gr.HTML
    file: gr.DownloadButton

    def at_rest(self) -> dict:
        """No film is being made."""
        return {self.make: gr.Button(visible=True), self.stop: gr.Button(visible=False)}

    def busy(self) -> dict:
        """A film is being made: the button that starts one gives its place to the one that stops it."""
        return {
            self.make: gr.Button(visible=False),
            self.stop: gr.Button(visible=True),
            self.file: gr.DownloadButton(visible=False),
        }


def build() -> FilmParts:
    """Lay out the choices and the buttons in the open Blocks."""
    with gr.Row(elem_classes="sty-film"):
        size = gr.Radio(
            [(str(s), s) for s in SIZES],
            value=512,
            label="Film, pixels",
            elem_classes="sty-segments",
            elem_id="sty-film-size",
            min_width=220,
        )
        behind = gr.Dropdown(
            BEHIND, value=STUDIO, label="Background", filterable=False, elem_id="sty-film-behind", min_width=150
        )
        colour = gr.ColorPicker("#ffffff", label="Colour", visible=False, elem_id="sty-film-colour", min_width=80)
        make = gr.Button("Make film", interactive=False, elem_id="sty-make-film", min_width=120)
        stop = gr.Button("Cancel", visible=False, elem_id="sty-stop-film", min_width=120)
        file = gr.DownloadButton("Save film", visible=False, variant="primary", elem_id="sty-film", min_width=120)
    behind.change(
        lambda kind: gr.ColorPicker(visible=kind == PLAIN),
        behind,
        colour,
        queue=False,
        api_visibility="private",
        show_progress="hidden",
    )
    progress = c.html("", label="Progress of the film", elem_id="sty-film-progress")
    return FilmParts(size, behind, colour, make, stop, progress, file)


def connect(parts: FilmParts, visit: gr.State, whose: gr.HTML, made: Sequence[Any]) -> None:
    """Make a film, cancel it, and stop it when a new take has come or the visitor has left.

    Args:
        visit: with the folder of the visitor's last take and what its face wears.
        whose: key of the head that is shown.
        made: events that end when there is a new take.
    """
    quiet: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden", "queue": False}

    def start(before: Any, request: gr.Request) -> dict:
        with c.told():
            if before.folder is None:
                raise StyGazeError("Press Generate first; the film is made of its result.")
            begin(request.session_hash, before.folder)
            return parts.busy()

    def film(
        before: Any,
        head: str,
        size: int,
        behind: str,
        colour: str,
        request: gr.Request,
        progress: gr.Progress = gr.Progress(),  # noqa: B008 Gradio finds it by its default
    ) -> dict:
        with c.told():
            asked = wanted(size, behind, colour, head)
            path = make(_of(request.session_hash), before.takes.worn, asked, progress)
            return {**parts.at_rest(), parts.file: gr.DownloadButton(value=path, visible=path is not None)}

    def cancel(request: gr.Request) -> dict:
        stop(request.session_hash)
        return parts.at_rest()

    def outdate(now: Any, request: gr.Request) -> dict:
        last = _of(request.session_hash)
        if last is None or last.folder == now.folder:
            return {parts.make: gr.skip()}
        stop(request.session_hash)  # or a film of the take before would be taken for one of this
        return {**parts.at_rest(), parts.file: gr.DownloadButton(visible=False)}

    def leave(request: gr.Request) -> None:
        stop(request.session_hash)

    buttons = [parts.make, parts.stop, parts.file]
    filmed = parts.make.click(start, visit, buttons, **quiet).success(
        film,
        [visit, whose, parts.size, parts.behind, parts.colour],
        buttons,
        show_progress_on=parts.progress,
        concurrency_limit=AT_ONCE,
        concurrency_id="film",
        api_visibility="private",
    )
    filmed.failure(parts.at_rest, None, buttons[:2], **quiet)
    parts.stop.click(cancel, None, buttons[:2], cancels=[filmed], **quiet)
    for new in made:
        new.success(outdate, visit, buttons, **quiet)
    page = gr.context.Context.root_block
    assert page is not None
    page.unload(leave)


@dataclass(frozen=True)
class Filming:
    """One visitor's film: of which take, and what stops it."""

    folder: Path
    cancel: threading.Event


def begin(session: str | None, folder: Path) -> Filming:
    """Remember a visitor's next film; an earlier one that still runs is stopped."""
    stop(session)
    with _lock:
        _filming[str(session)] = film = Filming(folder, threading.Event())
    return film


def stop(session: str | None) -> None:
    """Stop a visitor's film, running or waiting."""
    with _lock:
        film = _filming.pop(str(session), None)
    if film is not None:
        film.cancel.set()


def wanted(size: int, behind: str, colour: str, head: str) -> takes.FilmAsked:
    """What a visitor chose."""
    ground = {STUDIO: STUDIO, PLAIN: _rgb(colour)}.get(behind, TRANSPARENT)
    kind = behind if behind in (CLEAR, CLEAR_LARGE) else "mp4"
    return takes.FilmAsked(int(size), ground, kind, heads.head_of(head))


def outdated(parts: FilmParts) -> dict:
    """What was filmed is not what is shown any more."""
    return {parts.make: gr.Button(visible=True), parts.file: gr.DownloadButton(visible=False)}


def make(film: Filming | None, worn: Mapping[str, bool], asked: takes.FilmAsked, progress: gr.Progress) -> str | None:
    """Path of a film of a take; None if it was cancelled, even before it began.

    Raises:
        StyGazeError: the film cannot be made.
    """
    if film is None:
        return None
    try:
        return takes.film(
            film.folder, worn, asked, lambda share: progress(share, desc="Rendering the film"), film.cancel
        )
    except FilmCancelled:
        return None


def _of(session: str | None) -> Filming | None:
    with _lock:
        return _filming.get(str(session))


def _rgb(colour: str) -> str:
    """Gradio's picker says rgba(r, g, b, a) with fractions once it has been touched."""
    numbers = re.findall(r"[\d.]+", colour) if colour.startswith("rgb") else []
    return f"rgb({', '.join(str(round(float(n))) for n in numbers[:3])})" if len(numbers) >= 3 else colour
