"""The first tab: speech and a style in, a moving head out."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from html import escape
from typing import Any

import gradio as gr

from stygaze.exports import EXPORTS
from stygaze.pipeline import DEFAULT
from stygaze.speech import MAX_SECONDS, MIN_SECONDS
from stygaze.ui import compare, controls, face, films, heads, models, studio, style_choice, takes
from stygaze.ui import components as c
from stygaze.ui import timeline as lines
from stygaze.ui.controls import ControlParts
from stygaze.ui.films import FilmParts
from stygaze.ui.player import player
from stygaze.ui.style_choice import StyleChoice

LIMITS = f"{MIN_SECONDS:g} s to {MAX_SECONDS // 60} min"
HINT = "An example and the Neutral style are chosen: press Generate, or bring your own."

SEEDS = "Same seed, same motion; another seed, another take. Of the paper’s models only the blinks change."
EVENT_KEY = (
    '<div class="sty-key"><span><i class="tick" style="--c:var(--sty-saccade)"></i>saccade and its size</span>'
    '<span><i class="band" style="--c:var(--sty-rest)"></i>fixation</span>'
    '<span><i class="band" style="--c:var(--sty-blink)"></i>blink</span>'
    '<span><i class="band" style="--c:var(--sty-voice)"></i>voice</span></div>'
)


@dataclass(frozen=True)
class Result:
    """What a press of the button fills."""

    player: gr.HTML
    heads: gr.HTML
    switches: gr.CheckboxGroup  # an input; nothing fills it
    status: gr.HTML
    beside: gr.CheckboxGroup
    timeline: gr.HTML
    curves: gr.HTML
    film: FilmParts
    csv: gr.DownloadButton
    npz: gr.DownloadButton
    events: gr.DownloadButton
    json: gr.DownloadButton
    kind: gr.Dropdown
    save: gr.Button
    saved: gr.DownloadButton

    @property
    def outputs(self) -> list[Any]:
        shown = [self.player, self.status, self.beside, self.timeline, self.curves, self.film.make, self.film.file]
        return [*shown, self.csv, self.npz, self.events, self.json, self.save]


@dataclass(frozen=True)
class GenerateTab:
    """The parts that events connect."""

    audio: gr.Audio
    choice: StyleChoice
    seed: gr.Number
    controls: ControlParts
    model: gr.Dropdown
    emoca: gr.File
    button: gr.Button
    another: gr.Button
    result: Result

    @property
    def inputs(self) -> list[Any]:
        """What a press of the button takes: speech, seed, model, switches of the face, EMOCA's face, what `choose`
        takes, and what `asked` takes."""
        return [
            self.audio,
            self.seed,
            self.model,
            self.result.switches,
            self.emoca,
            *self.choice.inputs,
            *self.controls.inputs,
        ]


def status(take: takes.Take, chosen: studio.Chosen, seed: int, model: str) -> str:
    """What was made, in one line."""
    motion = take.motion
    by = "" if model == DEFAULT else f"<span>model <b>{escape(models.label(model))}</b></span>"
    notes = "".join(f"<span>{escape(note)}</span>" for note in take.notes)
    return (
        f'<div class="sty-status"><span><b>{motion.duration:.1f} s</b> of motion, {len(motion)} frames</span>'
        f"<span>made in <b>{take.seconds:.1f} s</b></span><span>style <b>{escape(chosen.title)}</b></span>"
        f"<span>seed <b>{seed}</b></span>{by}{notes}</div>"
    )


def title(chosen: studio.Chosen, seed: int, model: str) -> str:
    """What was asked for, short enough to stand above a face."""
    return ", ".join([chosen.title, *([] if model == DEFAULT else [models.label(model)]), f"seed {seed}"])


def build() -> GenerateTab:
    """Lay out the tab in the open Blocks."""
    with gr.Row(elem_classes="sty-columns"):
        with gr.Column(scale=5, min_width=340):
            audio = _speech()
            choice = style_choice.build()
            with gr.Accordion("Adjust", open=False, elem_classes="sty-plain"):
                shipped = models.choices()
                model = gr.Dropdown(
                    shipped,
                    value=DEFAULT,
                    label="Model",
                    info=models.INFO,
                    filterable=False,
                    visible=len(shipped) > 1,
                    elem_id="sty-model",
                )
                asked = controls.build(DEFAULT)
                seed = gr.Number(0, label="Seed", precision=0, minimum=0, info=SEEDS)
                emoca = face.upload()
                c.note(face.EMOCA_INFO)
            with gr.Row(elem_classes="sty-go-bar"):
                button = gr.Button("Generate", variant="primary", size="lg", elem_id="sty-go", scale=3, min_width=150)
                another = gr.Button(
                    "Another take", size="lg", visible=False, elem_id="sty-another", scale=1, min_width=130
                )
        with gr.Column(scale=7, min_width=340):
            result = _result()
    return GenerateTab(audio, choice, seed, asked, model, emoca, button, another, result)


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


def _result() -> Result:
    head = player(elem_id="sty-player")
    row = heads.build()
    switches = face.switches()
    sentence = c.html(f'<div class="sty-status">{HINT}</div>', label="Result", elem_id="sty-status")
    beside = compare.build()
    with gr.Column(elem_classes="sty-panel"):
        events = c.chart(
            "Time line of events: fixations, saccades and blinks",
            lines.HEIGHT,
            "timeline",
            elem_id="sty-timeline",
            waiting="Events will appear here: the voice, where the gaze rests, when it jumps and how far, and blinks.",
        )
        c.html(EVENT_KEY)
        figure = c.chart(
            "Motion curves: head and eyes in degrees over time",
            300,
            "curves",
            elem_id="sty-curves",
            waiting="The motion’s curves will appear here: head and eyes, in degrees, as the speech goes on.",
        )
        angles = "".join(f'<span><i style="--c:var(--sty-{a})"></i>{a}</span>' for a in ("yaw", "pitch", "roll"))
        c.html(f'<div class="sty-key">{angles}</div>')
        with gr.Row(elem_classes="sty-downloads"):
            csv = gr.DownloadButton("Motion CSV", interactive=False)
            npz = gr.DownloadButton("Motion NPZ", interactive=False)
            events_csv = gr.DownloadButton("Events CSV", interactive=False, elem_id="sty-events")
            json = gr.DownloadButton("Statistics", interactive=False)
        film = films.build()
        with gr.Row(elem_classes="sty-save"):
            others = [(form.title, key) for key, form in EXPORTS.items() if key not in ("csv", "npz")]
            kind = gr.Dropdown(
                others,
                value=others[0][1],
                label="Save motion as",
                info="For Blender, Unreal, MetaHuman, three.js and what reads FLAME.",
                filterable=False,
                min_width=100,
                elem_id="sty-kind",
            )
            save = gr.Button("Save", interactive=False, elem_id="sty-save", scale=0, min_width=96)
            saved = gr.DownloadButton("Saved motion", visible="hidden", elem_id="sty-saved")
        with gr.Accordion("What am I looking at?", open=False, elem_classes="sty-plain"):
            gr.Markdown(c.text("curves.md"), elem_classes="sty-help")
    files = (film, csv, npz, events_csv, json, kind, save, saved)
    return Result(head, row, switches, sentence, beside, events, figure, *files)
