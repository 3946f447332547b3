"""Where the style comes from: the gallery, a blend of two, a motion of the visitor's, or a point of the map."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from stygaze.motion import COLUMNS
from stygaze.ui import components as c
from stygaze.ui import studio

GALLERY, BLEND, RECORDING, MAP = WAYS = ("Gallery", "Blend", "My motion", "Map")
TRAITS = (
    ("fixation_share", "Eyes at rest", "var(--sty-yaw)"),
    ("saccade_rate_per_s", "Jumps", "var(--sty-saccade)"),
    ("head_speed_mean_deg_per_frame", "Head movement", "var(--sty-roll)"),
)


@dataclass(frozen=True)
class StyleChoice:
    """The parts that events connect."""

    way: gr.Radio
    gallery: gr.HTML
    first: gr.Dropdown
    second: gr.Dropdown
    share: gr.Slider
    recording: gr.File
    fps: gr.Dropdown
    unit: gr.Radio
    question: gr.Column
    map_note: gr.HTML
    map_index: gr.State

    @property
    def inputs(self) -> list[Any]:
        """What `choose` takes."""
        from_gallery = [self.way, self.gallery, self.first, self.second, self.share]
        return [*from_gallery, self.recording, self.fps, self.unit, self.map_index]


def choose(
    way: str,
    key: str,
    first: str,
    second: str,
    share: float,
    recording: str | None,
    fps: str | None,
    unit: str | None,
    index: int | None,
) -> studio.Chosen:
    """The style that the controls say.

    Raises:
        StyGazeError: no recording or no point of the map yet, or a recording that cannot be used.
    """
    if way == BLEND:
        return studio.blended(first, second, share / 100)
    if way == RECORDING:
        return studio.recorded(recording, fps, unit)
    if way == MAP:
        return studio.mapped(index)
    return studio.named(key)


def build() -> StyleChoice:
    """Lay out the step in the open Blocks."""
    with gr.Column(elem_classes="sty-panel"):
        c.step(2, "Style")
        way = gr.Radio(
            WAYS, value=GALLERY, label="Where the style comes from", show_label=False, elem_classes="sty-segments"
        )
        with gr.Column() as gallery_part:
            gallery = c.gallery(studio.references(), traits(), value=studio.NEUTRAL, elem_id="sty-gallery")
            keys = "".join(f'<span><i style="--c:{colour}"></i>{title}</span>' for _, title, colour in TRAITS)
            c.html(f'<div class="sty-key"><span>Circle: where the gaze goes</span>{keys}</div>')
        with gr.Column(visible=False) as blend_part:
            names = [(motion.name, key) for key, motion in studio.references().items()]
            with gr.Row():
                first = gr.Dropdown(names, value=studio.NEUTRAL, label="First style", min_width=120)
                second = gr.Dropdown(names, value=names[-1][1], label="Second style", min_width=120)
            share = gr.Slider(0, 100, 50, step=5, label="Share of the second style (%)")
        with gr.Column(visible=False) as recording_part:
            recording = gr.File(label="Motion recording, at least 4 s", file_types=[".csv", ".npz", ".bvh"], height=120)
            with gr.Column(visible=False, elem_classes="sty-ask") as question:
                c.note("<b>This file does not say its frame rate or its unit.</b> Tell us, then press Generate.")
                with gr.Row():
                    fps = gr.Dropdown(
                        ["25", "30", "50", "60", "100", "120", "200", "250"],
                        value=None,
                        allow_custom_value=True,
                        label="Frames per second",
                        min_width=120,
                    )
                    unit = gr.Radio(["degrees", "radians"], label="Unit of the angles", min_width=160)
            c.note("A recording of <b>Live Link Face</b> (csv), a <b>BVH</b> with head and eyes, or FLAME poses (npz).")
            c.note("Or a csv or npz with seven columns of angles, one row a frame: " + ", ".join(COLUMNS) + ".")
        with gr.Column(visible=False) as map_part:
            map_index = gr.State(None)
            map_note = c.note("No point chosen yet: open <b>Style map</b> and click one.")
    quiet: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
    parts = [gallery_part, blend_part, recording_part, map_part]
    way.change(lambda now: [gr.Column(visible=now == name) for name in WAYS], way, parts, queue=False, **quiet)
    recording.change(_ask, recording, question, **quiet)
    return StyleChoice(way, gallery, first, second, share, recording, fps, unit, question, map_note, map_index)


def _ask(recording: str | None) -> gr.Column:
    """Fields for frame rate and unit, shown when an uploaded file leaves one of them open."""
    with c.told():
        return gr.Column(visible=bool(recording) and studio.needs_answers(str(recording)))


def traits() -> dict[str, Sequence[dict]]:
    """The bars on the cards: each measure beside the largest in the gallery."""
    measured = {key: figures.to_dict() for key, figures in studio.reference_figures().items()}
    most = {name: max((abs(m[name] or 0) for m in measured.values()), default=1) or 1 for name, _, _ in TRAITS}
    return {
        key: [
            {"share": abs(m[name] or 0) / most[name], "colour": colour, "text": f"{title}: {abs(m[name] or 0):.3g}"}
            for name, title, colour in TRAITS
        ]
        for key, m in measured.items()
    }
