"""`stygaze train`: style encoder, motion generator, the search of its settings, oculomotor plant."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from stygaze.cli.shared import CorpusDir, Encoder, Out, console, progress, training

app = typer.Typer(
    help="Train models on a corpus. A run that was stopped goes on when started again.", no_args_is_help=True
)
Config = Annotated[Path, typer.Option(help="A YAML of configs/.")]
Style = Annotated[Path, typer.Option(help="Checkpoint with the frozen style encoder.")]
Seed = Annotated[int | None, typer.Option(help="In place of the config's seed.")]


@app.command("style")
def train_style(config: Config, corpus: CorpusDir, out: Out, seed: Seed = None) -> None:
    """Pretrain a style encoder (NT-Xent)."""
    run = training()
    with progress() as show:
        scores = run.run_style(config, corpus, out, show, seed)
    console.print_json(json.dumps(scores))


@app.command("generator")
def train_generator(
    config: Config,
    corpus: CorpusDir,
    out: Out,
    style: Style,
    encoder: Encoder = "whisper-tiny.en",
    seed: Seed = None,
    search: Annotated[Path | None, typer.Option(help="Take the settings that `train search` chose.")] = None,
) -> None:
    """Train a motion generator on a frozen style encoder."""
    run = training()
    with progress() as show:
        scores = run.run_generator(config, corpus, style, out, encoder, show, seed, search)
    console.print_json(json.dumps(scores))


@app.command("search")
def train_search(
    config: Config,
    corpus: CorpusDir,
    style: Style,
    out: Annotated[Path, typer.Option(help="JSON file to write.")],
    encoder: Encoder = "whisper-tiny.en",
) -> None:
    """Choose settings on validation: for every row the same number of short runs."""
    run = training()
    with progress() as show:
        found = run.run_search(config, corpus, style, out, encoder, show)
    console.print_json(json.dumps(found["chosen"]))


@app.command("plant")
def train_plant(
    checkpoint: Annotated[Path, typer.Argument(help="A trained generator; its config is rewritten.")], corpus: CorpusDir
) -> None:
    """Choose how expected motion is carried out (fixations, saccades, sway) on validation sessions."""
    run = training()
    with progress() as show:
        chosen = run.run_plant(checkpoint, corpus, show)
    console.print_json(json.dumps(chosen))


@app.command("calibration")
def train_calibration(
    checkpoint: Annotated[Path, typer.Argument(help="A trained generator of events; its scales are rewritten.")],
    corpus: CorpusDir,
    anew: Annotated[bool, typer.Option("--anew", help="From the start, as at the end of training.")] = False,
) -> None:
    """Bring how often and how far gaze and head move, running freely, to what a corpus has; training ends with it."""
    run = training()
    with progress() as show:
        found = run.run_calibration(checkpoint, corpus, show, anew)
    console.print_json(json.dumps(found))
