"""The first tab: speech and a style in, a moving head out."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from html import escape
from typing import Any

import gradio as gr

from stygaze.pipeline import DEFAULT
from stygaze.speech import MAX_SECONDS, MIN_SECONDS
from stygaze.ui import components as c
from stygaze.ui import controls, faces, models, studio, style_choice, takes
from stygaze.ui import timeline as lines
from stygaze.ui.controls import ControlParts
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
    faces: gr.HTML
    status: gr.HTML
    timeline: gr.HTML
    curves: gr.HTML
    make_film: gr.Button
    film_progress: gr.HTML
    film: gr.DownloadButton
    csv: gr.DownloadButton
    npz: gr.DownloadButton
    events: gr.DownloadButton
    json: gr.DownloadButton

    @property
    def outputs(self) -> list[Any]:
        shown = [self.player, self.status, self.timeline, self.curves, self.make_film]
        return [*shown, self.film, self.csv, self.npz, self.events, self.json]


@dataclass(frozen=True)
class GenerateTab:
    """The parts that events connect."""

    audio: gr.Audio
    choice: StyleChoice
    seed: gr.Number
    controls: ControlParts
    model: gr.Dropdown
    button: gr.Button
    another: gr.Button
    result: Result

    @property
    def inputs(self) -> list[Any]:
        """What a press of the button takes: speech, seed, model, what `choose` takes, and what `asked` takes."""
        return [self.audio, self.seed, self.model, *self.choice.inputs, *self.controls.inputs]


def status(take: takes.Take, chosen: studio.Chosen, seed: int, model: str) -> str:
    """What was made, in one line."""
    motion = take.motion
    by = "" if model == DEFAULT else f"<span>model <b>{escape(models.label(model))}</b></span>"
    return (
        f'<div class="sty-status"><span><b>{motion.duration:.1f} s</b> of motion, {len(motion)} frames</span>'
        f"<span>made in <b>{take.seconds:.1f} s</b></span><span>style <b>{escape(chosen.title)}</b></span>"
        f"<span>seed <b>{seed}</b></span>{by}</div>"
    )


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
            with gr.Row(elem_classes="sty-go-bar"):
                button = gr.Button("Generate", variant="primary", size="lg", elem_id="sty-go", scale=3, min_width=150)
                another = gr.Button(
                    "Another take", size="lg", visible=False, elem_id="sty-another", scale=1, min_width=130
                )
        with gr.Column(scale=7, min_width=340):
            result = _result()
    return GenerateTab(audio, choice, seed, asked, model, button, another, result)


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
    row = faces.build()
    sentence = c.html(f'<div class="sty-status">{HINT}</div>', label="Result", elem_id="sty-status")
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
            make_film = gr.Button("Make film", interactive=False, elem_id="sty-make-film")
            film = gr.DownloadButton("Film (mp4)", visible=False, variant="primary", elem_id="sty-film")
            csv = gr.DownloadButton("Motion CSV", interactive=False)
            npz = gr.DownloadButton("Motion NPZ", interactive=False)
            events_csv = gr.DownloadButton("Events CSV", interactive=False, elem_id="sty-events")
            json = gr.DownloadButton("Statistics", interactive=False)
        progress = c.html("", label="Progress of the film", elem_id="sty-film-progress")
        with gr.Accordion("What am I looking at?", open=False, elem_classes="sty-plain"):
            gr.Markdown(c.text("curves.md"), elem_classes="sty-help")
    return Result(head, row, sentence, events, figure, make_film, progress, film, csv, npz, events_csv, json)
