"""`stygaze convert`: a motion file of one kind becomes one of another, for the program that reads it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from stygaze.cli.shared import Fps, Unit, console
from stygaze.errors import StyGazeError


def convert(
    file: Annotated[
        Path, typer.Argument(help="A motion file: csv or npz of this program, Live Link Face csv, bvh, FLAME npz.")
    ],
    to: Annotated[str, typer.Option(help="glb, livelink, bvh, flame, csv or npz.")],
    out: Annotated[
        Path | None, typer.Option(help="File to write; without it, beside FILE under a name that says the format.")
    ] = None,
    speech: Annotated[
        Path | None, typer.Option(help="The recording it belongs to: mouth, blinks and brows are made from it.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Of these blinks; that of the motion gives those of its film.")] = 0,
    rate: Annotated[
        float | None, typer.Option(help="Frames a second to write, for example 60; 25 without it. Not for csv and npz.")
    ] = None,
    fps: Fps = None,
    unit: Unit = None,
) -> None:
    """Save a motion for another program: an animated head (GLB), Live Link Face, BVH, FLAME, CSV or NPZ."""
    from stygaze.exports import EXPORTS, export, file_name
    from stygaze.formats import read

    if to not in EXPORTS:
        raise StyGazeError(f"There is no format {to!r}; --to is one of {', '.join(EXPORTS)}.")
    if rate is not None and to in ("csv", "npz"):
        raise StyGazeError("A motion csv or npz has 25 frames a second; leave out --rate, or choose another --to.")
    if rate is not None and not 1 <= rate <= 240:
        raise StyGazeError(f"--rate lies between 1 and 240 frames a second, got {rate:g}.")
    recording = read(file, fps=fps, unit=unit)
    path = out or file.with_name(file_name(file.stem, to))
    if path.resolve() == file.resolve():
        raise StyGazeError(f"This would write over {file.name}; name another file with --out.")
    expression = None
    if speech is not None:
        from stygaze.face.expression import express
        from stygaze.speech import Speech

        expression = express(Speech.load(speech), recording.motion, seed=seed)
    export(recording, to, path, expression, fps=rate)
    console.print(f"{len(recording.motion)} frames ({recording.motion.duration:.2f} s) as {EXPORTS[to].title}: {path}")
