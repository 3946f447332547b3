"""`stygaze convert`: a motion file of one kind becomes one of another, for the program that reads it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from stygaze.cli.shared import Blinks, Brows, Fps, Lids, Mouth, Unit, console, listened
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
    mouth: Mouth = True,
    blinks: Blinks = True,
    lids: Lids = True,
    brows: Brows = True,
    rate: Annotated[
        float | None, typer.Option(help="Frames a second to write, for example 60: livelink, bvh, flame. Else 25.")
    ] = None,
    head: Annotated[
        str | None, typer.Option(help="Whose head a glb shows, if not the default one's: a name or a FLAME file.")
    ] = None,
    fps: Fps = None,
    unit: Unit = None,
) -> None:
    """Save a motion for another program: an animated head (GLB), Live Link Face, BVH, FLAME, CSV or NPZ."""
    from stygaze.exports import export, file_name, format_named
    from stygaze.face.head import Head
    from stygaze.formats import read

    title = format_named(to).title
    shown = Head.load(head) if head else None
    recording = read(file, fps=fps, unit=unit)
    path = out or file.with_name(file_name(file.stem, to))
    if path.resolve() == file.resolve():
        raise StyGazeError(f"This would write over {file.name}; name another file with --out.")
    if out is None and path.exists():
        raise StyGazeError(f"There is a file {path} already; name another one with --out, or the same to replace it.")
    expression = None
    if speech is not None:
        from stygaze.face.expression import express

        worn = {"mouth": mouth, "blinks": blinks, "lids": lids, "brows": brows}
        expression = express(listened(speech), recording.motion, seed=seed).only(**worn)
    export(recording, to, path, expression, fps=rate, head=shown)
    console.print(f"{len(recording.motion)} frames ({recording.motion.duration:.2f} s) as {title}: {path}")
