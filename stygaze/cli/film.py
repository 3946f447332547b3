"""`stygaze film`: a motion as a film, or several side by side."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from stygaze.cli.shared import Blinks, Brows, Fps, Lids, Mouth, Unit, console, listened, progress
from stygaze.errors import StyGazeError
from stygaze.motion import Motion


def film(
    motions: Annotated[
        list[Path], typer.Argument(metavar="MOTION...", help="Motion files of any format; several stand side by side.")
    ],
    speech: Annotated[
        Path | None, typer.Option(help="The recording that belongs to them; without it the film is silent.")
    ] = None,
    out: Annotated[
        Path,
        typer.Option(help="The film: .mp4 for browsers, .webm or .mov (ProRes 4444) for a transparent background."),
    ] = Path("clip.mp4"),
    size: Annotated[int, typer.Option(help="Pixels, even, 256 to 1080: the film's side, or each face's width.")] = 512,
    background: Annotated[
        str, typer.Option(help="studio, transparent, a colour (white, #2b3240) or two with a comma: a gradient.")
    ] = "studio",
    captions: Annotated[
        list[str] | None, typer.Option("--caption", help="Name above a face, one a motion; its file's name without.")
    ] = None,
    head: Annotated[
        str | None, typer.Option(help="Whose head it shows: see `stygaze head list`, or a FLAME file.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Of the blinks.")] = 0,
    mouth: Mouth = True,
    blinks: Blinks = True,
    lids: Lids = True,
    brows: Brows = True,
    fps: Fps = None,
    unit: Unit = None,
) -> None:
    """One film of a motion with its sound, 25 frames a second, or of several motions side by side under their names."""
    from stygaze.face import backgrounds
    from stygaze.face.expression import express
    from stygaze.face.film import QUALITY, checked_size, render_film
    from stygaze.face.film_formats import format_of
    from stygaze.face.head import Head
    from stygaze.face.side_by_side import film_side_by_side

    behind = backgrounds.background(background)
    checked_size(size)
    format_of(out, behind is None)
    if captions and len(captions) != len(motions):
        raise StyGazeError(f"There are {len(motions)} motions and {len(captions)} captions; give one --caption each.")
    whose, worn = Head.load(head), {"mouth": mouth, "blinks": blinks, "lids": lids, "brows": brows}
    loaded = [Motion.load(path, fps, unit) for path in motions]
    heard = listened(speech) if speech else None
    with progress() as show:

        def shown(share: float) -> None:
            show("film", round(100 * share), 100)

        if len(loaded) == 1 and not captions:
            face = express(heard, loaded[0], seed=seed).only(**worn)
            render_film(loaded[0], out, heard, face, size, shown, behind, whose)
        else:
            pairs = list(zip(captions or names(motions), loaded, strict=True))
            film_side_by_side(
                pairs,
                out,
                heard,
                size,
                background=behind,
                quality=QUALITY,
                seed=seed,
                worn=worn,
                progress=shown,
                head=whose,
            )
    frames = min(map(len, loaded))
    console.print(f"{frames} frames ({frames / 25:.2f} s at 25 a second): {out}", highlight=False, soft_wrap=True)


def names(paths: list[Path]) -> list[str]:
    """A caption for each file: its name, or with its folder where two are called the same.

    >>> names([Path("a/motion.csv"), Path("b/motion.csv"), Path("truth.npz")])
    ['a/motion', 'b/motion', 'truth']
    """
    stems = [path.stem for path in paths]
    return [
        f"{path.absolute().parent.name}/{stem}" if stems.count(stem) > 1 else stem
        for path, stem in zip(paths, stems, strict=True)
    ]
