"""What a visitor asks of the model beside a style: eye contact, how lively gaze and head are, looks to the side."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from stygaze.errors import StyGazeError
from stygaze.models.controls import FIELD, LIVELIEST, Controls, Look
from stygaze.ui import components as c
from stygaze.ui import models

MOST_LOOKS = 12
USUAL_CONTACT = 60  # %, where the slider stands until somebody moves it
NO_EVENTS = (
    "<b>Eye contact</b> and <b>Look there</b> need a model that decides where to look, jump by jump. This one does not."
)


@dataclass(frozen=True)
class ControlParts:
    """The parts that events connect."""

    as_learned: gr.Checkbox
    eye_contact: gr.Slider
    gaze_activity: gr.Slider
    head_activity: gr.Slider
    looks: gr.HTML
    offered: tuple[gr.Column, gr.Column, gr.HTML]  # eye contact, looks, and why they are not there

    @property
    def inputs(self) -> list[Any]:
        """What `asked` takes."""
        return [self.as_learned, self.eye_contact, self.gaze_activity, self.head_activity, self.looks]


def build(model: str) -> ControlParts:
    """Lay out the controls in the open Blocks, as they are for that model."""
    events = models.has_events(model)
    with gr.Column(visible=events, elem_classes="sty-contact", elem_id="sty-contact") as contact:
        as_learned = gr.Checkbox(
            True, label="Eye contact as learned", info="Style and speech decide. Move the slider to decide yourself."
        )
        eye_contact = gr.Slider(
            *(0, 100, USUAL_CONTACT),
            step=5,
            label="Eye contact (% of the time)",
            info="How much of the time the gaze rests on the partner.",
        )
    with gr.Row(elem_classes="sty-pairs"):
        gaze_activity = gr.Slider(
            *(0, LIVELIEST, 1), step=0.05, label="Gaze activity", info="0 rests, 1 is as learned.", min_width=180
        )
        head_activity = gr.Slider(
            *(0, LIVELIEST, 1), step=0.05, label="Head activity", info="0 is still, 1 as learned.", min_width=180
        )
    with gr.Column(visible=events, elem_id="sty-looks") as somewhere:
        looks = editor()
    why = c.note(NO_EVENTS, visible=not events, elem_id="sty-no-events")
    # whoever moves the slider wants what it says
    eye_contact.input(
        None, None, as_learned, js="() => false", queue=False, api_visibility="private", show_progress="hidden"
    )
    return ControlParts(as_learned, eye_contact, gaze_activity, head_activity, looks, (contact, somewhere, why))


def editor() -> gr.HTML:
    """The list of looks. Its value is JSON text: objects with at, seconds, yaw and pitch, as `Look` takes them."""
    return gr.HTML(
        value="[]",
        label="Look there",
        html_template='<div class="sty-looks" role="group" aria-label="Look there"></div>',
        js_on_load="StyLooks.edit(element, props, watch, trigger)  // 'input'",
        field=json.dumps(FIELD),
        most=MOST_LOOKS,
        apply_default_css=False,
    )


def offer(model: str) -> list[Any]:
    """Updates of `ControlParts.offered` for another model."""
    with c.told():
        events = models.has_events(model)
    return [gr.Column(visible=events), gr.Column(visible=events), gr.HTML(visible=not events)]


def asked(
    model: str, as_learned: bool, eye_contact: float, gaze_activity: float, head_activity: float, looks: str | None
) -> Controls:
    """What the controls say; of a model without events only what it can be asked.

    Raises:
        StyGazeError: a value outside its range, or looks that cannot be read.
    """
    if not models.has_events(model):
        return Controls(gaze_activity=gaze_activity, head_activity=head_activity)
    try:
        entries = json.loads(looks or "[]")
        numbers = [[float(entry[key]) for key in ("at", "seconds", "yaw", "pitch")] for entry in entries]
    except (ValueError, TypeError, KeyError, IndexError):
        raise StyGazeError("A look lacks a number; fill in when, how long, how far sideways and how far up.") from None
    return Controls(None if as_learned else eye_contact / 100, gaze_activity, head_activity, _looks(numbers))


def listed(looks: Sequence[Any] | None) -> tuple[Look, ...]:
    """Looks as a program gives them: lists of [at, seconds, yaw] or [at, seconds, yaw, pitch].

    Raises:
        StyGazeError: anything else.
    """
    try:
        numbers = [[float(value) for value in entry] for entry in looks or []]
        if not all(len(look) in (3, 4) for look in numbers):
            raise ValueError
    except (ValueError, TypeError):
        raise StyGazeError(
            "looks is a list with [at, seconds, yaw] or [at, seconds, yaw, pitch] for each look, all of them numbers."
        ) from None
    return _looks(numbers)


def _looks(numbers: list[list[float]]) -> tuple[Look, ...]:
    if len(numbers) > MOST_LOOKS:
        raise StyGazeError(f"At most {MOST_LOOKS} looks at a time, got {len(numbers)}.")
    return tuple(Look(*look) for look in numbers)
