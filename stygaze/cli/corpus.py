"""`stygaze corpus`: corpora in the HAGE layout."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from stygaze.cli.shared import Encoder, Out, console, progress

app = typer.Typer(help="Corpora in the HAGE layout.", no_args_is_help=True)


@app.command("simulate")
def corpus_simulate(
    speech: Annotated[Path, typer.Option(help="Recordings, one folder a speaker.")],
    out: Out,
    profile: Annotated[
        str, typer.Option(help="natural (the literature) or hage (the paper's statistics).")
    ] = "natural",
    hours: Annotated[float, typer.Option(help="Hours of sessions.")] = 8.0,
    seed: Annotated[int, typer.Option(help="Same seed, same corpus.")] = 0,
    coupling: Annotated[float, typer.Option(help="How much of gaze the speech explains, 0 to 1.")] = 0.88,
    takes: Annotated[int, typer.Option(help="People who move to the speech of each training session.")] = 1,
) -> None:
    """Make a corpus: real speech, simulated gaze and head."""
    from stygaze.corpus.build import simulate_corpus

    with progress() as show:
        simulate_corpus(
            speech,
            out,
            profile=profile,
            hours=hours,
            seed=seed,
            coupling=coupling,
            takes=takes,
            progress=lambda done, of: show("sessions", done, of),
        )
    console.print(f"corpus: {out}")


@app.command("check")
def corpus_check(corpus: Annotated[Path, typer.Argument(help="A corpus folder.")]) -> None:
    """What is wrong with a corpus, file by file."""
    from stygaze.corpus.layout import check

    problems = check(corpus)
    for problem in problems:
        print(problem)
    if problems:
        raise typer.Exit(1)
    console.print("no problem found")


@app.command()
def encode(
    corpus: Annotated[Path, typer.Argument(help="A corpus folder.")],
    encoder: Encoder = "whisper-tiny.en",
    part: Annotated[str, typer.Option(help="Only part K of N of the sessions, as K/N, for several processes.")] = "1/1",
) -> None:
    """Encode the speech of all sessions once; training and evaluation then read it from corpus/features."""
    from stygaze.corpus.layout import Corpus
    from stygaze.encoders import load_encoder
    from stygaze.errors import StyGazeError
    from stygaze.training.data import cached_features

    this, _, of = part.partition("/")
    if not (this.isdigit() and of.isdigit() and 1 <= int(this) <= int(of)):
        raise StyGazeError(f"--part is K/N with K from 1 to N, for example 1/2; got {part!r}.")
    opened, model = Corpus.open(corpus), load_encoder(encoder)
    sessions = opened.sessions()[int(this) - 1 :: int(of)]
    with progress() as show:
        for k, session in enumerate(sessions):
            cached_features(opened, session, model, opened.folder / "features")
            show("speech features", k + 1, len(sessions))
