"""What the face does besides head and eyes: a switch for each, and a face from EMOCA."""

from __future__ import annotations

from collections.abc import Sequence

import gradio as gr

SWITCHES = {"Mouth": "mouth", "Blinks": "blinks", "Lids follow the eyes": "lids", "Brows": "brows"}
EMOCA = "A face from EMOCA (zip of its output, or npz)"
EMOCA_INFO = (
    "Its FLAME shape, expression and jaw with the head and eyes made here. On the embedded head only the jaw carries "
    "over; a FLAME model of your own wears it all, in the film."
)


def switches() -> gr.CheckboxGroup:
    """The four switches, all on; they act on what the player shows and on the film."""
    return gr.CheckboxGroup(
        list(SWITCHES), value=list(SWITCHES), label="Face", show_label=False, container=False, elem_id="sty-face"
    )


def worn(on: Sequence[str]) -> dict[str, bool]:
    """Keyword arguments of `Expression.only` for the switches that are on.

    >>> worn(["Mouth", "Brows"])
    {'mouth': True, 'blinks': False, 'lids': False, 'brows': True}
    """
    return {name: label in on for label, name in SWITCHES.items()}


def upload() -> gr.File:
    """Where EMOCA's output goes."""
    return gr.File(label=EMOCA, file_types=[".zip", ".npz"], height=110, elem_id="sty-emoca")
