"""Verbs on one motion: generate it, list its styles, measure it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from stygaze.cli.shared import Blinks, Brows, Fps, Lids, Mouth, Out, Unit, console, look, progress
from stygaze.errors import StyGazeError
from stygaze.motion import Motion


def generate(
    speech: Annotated[Path, typer.Argument(help="A recording: wav, flac, mp3, ogg, m4a, webm.")],
    style: Annotated[str, typer.Option(help="A named style (see `stygaze styles`) or a motion file.")] = "neutral",
    out: Out = Path("out"),
    seed: Annotated[int, typer.Option(help="Same seed, same motion.")] = 0,
    model: Annotated[str, typer.Option(help="A shipped checkpoint, a folder or a Hub id.")] = "default",
    eye_contact: Annotated[
        float | None, typer.Option(help="Share of the time on the partner, 0 to 1; as learned without it.")
    ] = None,
    gaze_activity: Annotated[
        float, typer.Option(help="How often and how far gaze moves: 0 rests, 1 as learned, 2 at most.")
    ] = 1.0,
    head_activity: Annotated[float, typer.Option(help="The same of the head: 0 still, 1 as learned, 2 at most.")] = 1.0,
    looks: Annotated[
        list[str] | None,
        typer.Option(
            "--look",
            metavar="AT:SECONDS:YAW[:PITCH]",
            help="Look there for a moment; degrees from the partner's face, yaw toward the subject's left, pitch up. "
            "Repeat it for more.",
        ),
    ] = None,
    gaze_scale: Annotated[float, typer.Option(help="Scale the gaze of what was made: 0 still, 1 leaves it.")] = 1.0,
    head_scale: Annotated[float, typer.Option(help="Scale the head of what was made: 0 still, 1 leaves it.")] = 1.0,
    mouth: Mouth = True,
    blinks: Blinks = True,
    lids: Lids = True,
    brows: Brows = True,
    emoca: Annotated[
        Path | None, typer.Option(help="A face from EMOCA: its output folder, a zip of that, or an npz.")
    ] = None,
    emoca_fps: Annotated[
        float | None,
        typer.Option(help="Frame rate of EMOCA's video, where it cannot be told from the speech's length."),
    ] = None,
    size: Annotated[int, typer.Option(help="Side of the film in pixels, an even number from 256 to 1080.")] = 512,
    head: Annotated[
        str | None, typer.Option(help="Whose head the film shows: see `stygaze head list`, or a FLAME file.")
    ] = None,
    film: Annotated[bool, typer.Option(help="Render clip.mp4.")] = True,
    fps: Fps = None,
    unit: Unit = None,
) -> None:
    """Speech to motion.csv, motion.npz, events.csv, clip.mp4 and stats.json."""
    from stygaze.face.emoca import EmocaFace
    from stygaze.face.expression import express
    from stygaze.face.head import Head
    from stygaze.gaze.event_files import with_lids, write_events
    from stygaze.models.controls import Controls
    from stygaze.motion_files import replacing
    from stygaze.pipeline import StyGazeTalk

    if film:  # first, so that what cannot be costs no waiting
        from stygaze.face.film import checked_size

        checked_size(size)
    shown = Head.load(head) if film else None
    controls = Controls(eye_contact, gaze_activity, head_activity, tuple(look(text) for text in looks or ()))
    talk = StyGazeTalk.from_pretrained(model)
    chosen = talk.style_of(_reference(style, fps, unit)) if _is_file(style) else talk.style(style)
    heard = talk.listen(speech)
    for late in (x for x in controls.looks if x.at >= heard.duration):
        raise StyGazeError(f"The look at {late.at:g} s begins after the speech has ended ({heard.duration:.1f} s).")
    theirs = EmocaFace.load(emoca, heard.duration, emoca_fps) if emoca else None
    motion = talk.generate(heard, chosen, seed=seed, gaze_scale=gaze_scale, head_scale=head_scale, controls=controls)
    assert isinstance(motion, Motion)
    face, notes = express(heard, motion, seed=seed), tuple[str, ...]()
    if theirs is not None:
        face, notes = theirs.fused(face)
    face = face.only(mouth=mouth, blinks=blinks, lids=lids, brows=brows)
    motion.save(out / "motion.csv")
    motion.save(out / "motion.npz")
    write_events(with_lids(motion.events(), face.blink), out / "events.csv", name=motion.name)
    with replacing(out / "stats.json") as temporary:
        temporary.write_text(json.dumps(_statistics(motion), indent=2) + "\n")
    if film:
        from stygaze.face.film import render_film

        with progress() as show:
            render_film(
                motion, out / "clip.mp4", speech=heard, expression=face, size=size, head=shown,
                progress=lambda share: show("film", round(100 * share), 100),
            )  # fmt: skip
    for note in notes:
        console.print(note)
    console.print(f"{len(motion)} frames ({motion.duration:.2f} s) in the style {chosen.name}: {out}")


def styles() -> None:
    """The named styles and what each does."""
    from stygaze.pipeline import gallery

    table = Table("name", "style", "what it does", box=None)
    for name, motion in gallery().items():
        table.add_row(name, motion.name, motion.description)
    Console().print(table)


def stats(
    motion: Annotated[Path, typer.Argument(help="A motion file: csv, npz, Live Link Face csv, bvh.")],
    reference: Annotated[Path | None, typer.Option(help="Another motion to compare with.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    fps: Fps = None,
    unit: Unit = None,
) -> None:
    """Fixation, saccade, compensation and similarity of a motion."""
    from stygaze.gaze.similarity import similarity

    this = Motion.load(motion, fps, unit)
    figures = {"motion": _statistics(this)}
    if reference is not None:
        other = Motion.load(reference, fps, unit)
        figures |= {"reference": _statistics(other), "similarity": {"simscore": similarity(other, this)}}
    if as_json:
        print(json.dumps(figures, indent=2))
        return
    table = Table("", motion.name, *([reference.name] if reference else []), box=None)
    for key, value in figures["motion"].items():
        table.add_row(key, _cell(value), *([_cell(figures["reference"][key])] if reference else []))
    if reference is not None:
        table.add_row("simscore", _cell(figures["similarity"]["simscore"]), "1 is alike")
    Console().print(table)


def _is_file(style: str) -> bool:
    return Path(style).suffix.lower() in (".csv", ".npz", ".bvh")


def _reference(path: str, fps: float | None, unit: str | None) -> Motion:
    return Motion.load(path, fps, unit)


def _statistics(motion: Motion) -> dict:
    from stygaze.gaze.statistics import statistics

    return statistics(motion).to_dict()


def _cell(value: object) -> str:
    return "-" if value is None else f"{value:.4g}" if isinstance(value, float) else str(value)
