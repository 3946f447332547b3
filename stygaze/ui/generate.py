"""The first tab: speech and a style in, a moving head out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from html import escape
from typing import Any

import gradio as gr

from stygaze.motion import COLUMNS, Motion
from stygaze.speech import MAX_SECONDS, MIN_SECONDS
from stygaze.ui import components as c
from stygaze.ui import plots, studio
from stygaze.ui.player import player

GALLERY, BLEND, RECORDING, MAP = WAYS = ("Gallery", "Blend", "My motion", "Map")
LIMITS = f"{MIN_SECONDS:g} s to {MAX_SECONDS // 60} min"
TRAITS = (
    ("fixation_share", "Eyes at rest", "var(--sty-yaw)"),
    ("saccade_rate_per_s", "Jumps", "var(--sty-saccade)"),
    ("head_speed_mean_deg_per_frame", "Head movement", "var(--sty-roll)"),
)


@dataclass(frozen=True)
class GenerateTab:
    """The parts that events connect."""

    audio: gr.Audio
    way: gr.Radio
    style: gr.HTML
    first: gr.Dropdown
    second: gr.Dropdown
    share: gr.Slider
    recording: gr.File
    fps: gr.Number
    unit: gr.Radio
    ask: gr.Column
    map_note: gr.HTML
    map_index: gr.State
    seed: gr.Number
    gaze_scale: gr.Slider
    head_scale: gr.Slider
    button: gr.Button
    status: gr.HTML
    player: gr.HTML
    curves: gr.HTML
    csv: gr.DownloadButton
    npz: gr.DownloadButton
    json: gr.DownloadButton
    make_film: gr.Button
    film: gr.DownloadButton

    @property
    def inputs(self) -> list[Any]:
        """What `choose` and `perform` need, in this order: audio, the style's parts, seed and scales."""
        return [
            self.audio,
            *(self.way, self.style, self.first, self.second, self.share),
            *(self.recording, self.fps, self.unit, self.map_index),
            *(self.seed, self.gaze_scale, self.head_scale),
        ]


def choose(
    way: str,
    key: str,
    first: str,
    second: str,
    share: float,
    recording: str | None,
    fps: float | None,
    unit: str | None,
    index: int | None,
) -> studio.Chosen:
    """The style that the controls say."""
    if way == BLEND:
        return studio.blended(first, second, share / 100)
    if way == RECORDING:
        return studio.recorded(recording, fps, unit)
    if way == MAP:
        return studio.mapped(index)
    return studio.named(key)


def curves(motion: Motion) -> str:
    """The figure beneath the player."""
    return plots.curves(motion, motion.events())


def ask(recording: str | None) -> gr.Column:
    """Fields for frame rate and unit, shown when an uploaded file says neither."""
    with c.told():
        return gr.Column(visible=bool(recording) and studio.needs_answers(str(recording)))


def status(take: studio.Take, chosen: studio.Chosen, seed: int) -> str:
    """What was made, in one line."""
    motion = take.motion
    return (
        f'<div class="sty-status"><span><b>{motion.duration:.1f} s</b> of motion, {len(motion)} frames</span>'
        f"<span>made in <b>{take.seconds:.1f} s</b></span><span>style <b>{escape(chosen.title)}</b></span>"
        f"<span>seed <b>{int(seed)}</b></span></div>"
    )


def traits() -> dict[str, Sequence[dict]]:
    """The bars on the cards: each measure beside the largest in the gallery."""
    measured = {key: s.to_dict() for key, s in studio.reference_figures().items()}
    most = {name: max((abs(m[name] or 0) for m in measured.values()), default=1) or 1 for name, _, _ in TRAITS}
    return {
        key: [
            {"share": abs(m[name] or 0) / most[name], "colour": colour, "text": f"{title}: {abs(m[name] or 0):.3g}"}
            for name, title, colour in TRAITS
        ]
        for key, m in measured.items()
    }


def build() -> GenerateTab:
    """Lay out the tab in the open Blocks."""
    with gr.Row(elem_classes="sty-columns"):
        with gr.Column(scale=5, min_width=340):
            audio = _speech()
            style_parts = _style()
            with gr.Accordion("Adjust", open=False, elem_classes="sty-plain"):
                gaze_scale = gr.Slider(
                    0, 2, 1, step=0.05, label="Gaze movement", info="0 looks straight on, 1 is as learned."
                )
                head_scale = gr.Slider(
                    0, 2, 1, step=0.05, label="Head movement", info="0 keeps the head still; the gaze stays."
                )
                seed = gr.Number(
                    0, label="Seed", precision=0, minimum=0, info="Same seed, same motion; another seed, another take."
                )
            with gr.Column(elem_classes="sty-go-bar"):
                button = gr.Button("Generate", variant="primary", size="lg", elem_id="sty-go")
        with gr.Column(scale=7, min_width=340):
            head = player(elem_id="sty-player")
            said = gr.HTML(_hint(), label="Result", apply_default_css=False)
            curves, downloads = _result()
    return GenerateTab(audio, *style_parts, seed, gaze_scale, head_scale, button, said, head, curves, *downloads)


def _hint() -> str:
    return (
        '<div class="sty-status">An example and the Neutral style are chosen: press Generate, or bring your own.</div>'
    )


def _speech() -> gr.Audio:
    with gr.Column(elem_classes="sty-panel"):
        c.step(1, "Speech", LIMITS)
        audio = gr.Audio(
            value=str(next(iter(studio.examples().values()))),
            sources=["upload", "microphone"],
            type="filepath",
            label=f"Speech, {LIMITS}: wav, flac, mp3, ogg, m4a or webm",
            show_label=False,
            buttons=[],
            elem_id="sty-audio",
            waveform_options=gr.WaveformOptions(waveform_color="#9ccfc9", waveform_progress_color="#0e7a73"),
        )
        with gr.Row(elem_classes="sty-chips"):
            for title, path in studio.examples().items():
                gr.Button(title, size="sm").click(
                    partial(str, path), None, audio, api_visibility="private", show_progress="hidden"
                )
    return audio


def _style() -> tuple:
    styles = studio.references()
    names = [(motion.name, key) for key, motion in styles.items()]
    with gr.Column(elem_classes="sty-panel"):
        c.step(2, "Style")
        way = gr.Radio(
            WAYS, value=GALLERY, label="Where the style comes from", show_label=False, elem_classes="sty-segments"
        )
        with gr.Column() as gallery_part:
            style = c.gallery(styles, traits(), value=studio.NEUTRAL, elem_id="sty-gallery")
            keys = "".join(f'<span><i style="--c:{colour}"></i>{title}</span>' for _, title, colour in TRAITS)
            gr.HTML(
                f'<div class="sty-key"><span>Circle: where the gaze goes</span>{keys}</div>', apply_default_css=False
            )
        with gr.Column(visible=False) as blend_part:
            with gr.Row():
                first = gr.Dropdown(names, value=studio.NEUTRAL, label="First style", min_width=120)
                second = gr.Dropdown(names, value=names[-1][1], label="Second style", min_width=120)
            share = gr.Slider(0, 100, 50, step=5, label="Share of the second style (%)")
        with gr.Column(visible=False) as recording_part:
            recording = gr.File(
                label="Motion recording (.csv or .npz, at least 4 s)", file_types=[".csv", ".npz"], height=120
            )
            with gr.Column(visible=False) as ask_part:
                c.note("<b>This file does not say its frame rate or unit.</b> Tell us, and press Generate.")
                with gr.Row():
                    fps = gr.Number(None, label="Frames per second", minimum=1, maximum=2000, min_width=120)
                    unit = gr.Radio(
                        [("degrees", "degrees"), ("radians", "radians")], label="Unit of the angles", min_width=160
                    )
            c.note("Seven columns of angles; the header names them: " + ", ".join(COLUMNS) + ".")
        with gr.Column(visible=False) as map_part:
            index = gr.State(None)
            map_note = c.note("No point chosen yet. Open <b>Style map</b> and click one.")
    parts = [gallery_part, blend_part, recording_part, map_part]
    way.change(
        lambda now: [gr.Column(visible=now == name) for name in WAYS],
        way,
        parts,
        api_visibility="private",
        show_progress="hidden",
        queue=False,
    )
    return way, style, first, second, share, recording, fps, unit, ask_part, map_note, index


def _result() -> tuple[gr.HTML, tuple]:
    with gr.Column(elem_classes="sty-panel"):
        curves = c.chart(
            "Motion curves: head and eyes in degrees over time",
            300,
            "curves",
            elem_id="sty-curves",
            waiting="The motion’s curves will appear here: head and eyes, in degrees, as the speech goes on.",
        )
        key = [("yaw", "yaw"), ("pitch", "pitch"), ("roll", "roll")]
        lines = "".join(f'<span><i style="--c:var(--sty-{colour})"></i>{name}</span>' for colour, name in key)
        gr.HTML(
            f'<div class="sty-key">{lines}<span><i class="band" style="--c:var(--sty-fixation)"></i>fixation</span>'
            '<span><i class="tick" style="--c:var(--sty-saccade)"></i>saccade</span></div>',
            apply_default_css=False,
        )
        with gr.Row(elem_classes="sty-downloads"):
            make_film = gr.Button("Make film", interactive=False, elem_id="sty-make-film")
            film = gr.DownloadButton("Film (mp4)", visible=False, variant="primary", elem_id="sty-film")
            csv, npz, json = (gr.DownloadButton(name, interactive=False) for name in ("CSV", "NPZ", "Statistics"))
        with gr.Accordion("What am I looking at?", open=False, elem_classes="sty-plain"):
            gr.Markdown(c.text("curves.md"), elem_classes="sty-help")
    return curves, (csv, npz, json, make_film, film)
