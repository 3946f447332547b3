"""Whose head the player and the film show: a row of portraits under the player."""

from __future__ import annotations

import json
import os
from typing import Any

import gradio as gr

from stygaze.assets import asset
from stygaze.errors import StyGazeError
from stygaze.face.head import Head
from stygaze.face.people import people
from stygaze.face.viewer import head_file
from stygaze.ui.player import player_head
from stygaze.ui.theme import file_url

OWN = "flame"  # the key of the FLAME that the owner of the page gave


def default() -> str:
    """The key of the head that a visitor meets first."""
    return OWN if os.environ.get("STYGAZE_FLAME") else next(iter(people()))


def head_of(key: str | None) -> Head:
    """The head of a key of the row; without one, the first.

    Raises:
        StyGazeError: no such head. A file's name is not taken here: it would come from a visitor.
    """
    key = key or default()
    if key == OWN and default() == OWN:
        return Head.load()
    if key not in people():
        raise StyGazeError(f"There is no head {key!r}; choose one of {', '.join(keys())}.")
    return Head.load(key)


def keys() -> list[str]:
    """The keys of the row."""
    return [*([OWN] if default() == OWN else []), *people()]


def build() -> gr.HTML:
    """The row of portraits in the open Blocks; its value is a key."""
    gr.set_static_paths([asset("head", "people")])
    cards = [
        {"key": key, "name": p.name, "about": p.about, "picture": file_url("head", "people", key, p.portrait.name)}
        for key, p in people().items()
    ]
    if default() == OWN:
        cards.insert(0, {"key": OWN, "name": "FLAME", "about": "the FLAME model of this page's owner", "picture": ""})
    return gr.HTML(
        value=default(),
        label="Face",
        html_template='<div class="sty-faces" role="radiogroup" aria-label="Face"></div>',
        js_on_load="StyFaces.choose(element, props, watch, trigger)  // 'input'",
        faces=json.dumps(cards),
        apply_default_css=False,
        elem_id="sty-faces",
    )


def shown(key: str | None) -> dict[str, Any]:
    """The value by which a player changes its head and keeps its clip."""
    return player_head(head_file(head_of(key)))
