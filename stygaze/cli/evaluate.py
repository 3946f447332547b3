"""`stygaze evaluate`: the tables, figures and report of a set of checkpoints over a corpus."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from stygaze.assets import asset
from stygaze.cli.shared import CorpusDir, Encoder, Out, console, progress
from stygaze.errors import StyGazeError

SHOWN = ("liveliness", "two-sample")  # sections of the report that are printed too


def evaluate(
    corpus: CorpusDir,
    models: Annotated[
        list[str], typer.Option(help="Checkpoint folders or names of shipped ones; repeat it, or separate with commas.")
    ],
    out: Out,
    measure: Annotated[
        Path | None, typer.Option(help="The style encoder that measures CE, in place of the shipped one.")
    ] = None,
    runs: Annotated[
        Path | None, typer.Option(help="Folder of training runs, whose style encoders and searches are reported too.")
    ] = None,
    encoder: Encoder = "whisper-tiny.en",
    jobs: Annotated[int, typer.Option(help="Processes.")] = 2,
    columns: Annotated[
        str,
        typer.Option(
            help="Column sets of the two-sample test, with commas: all,seven columns,eyes,world gaze,head differences."
        ),
    ] = "all,seven columns,eyes,world gaze,head differences",
    takes: Annotated[int, typer.Option(help="Takes of new speech in the two-sample test; fewer than 6 skip it.")] = 24,
    beside: Annotated[
        Path | None,
        typer.Option(help="Results of an earlier evaluation of this corpus; rows that are not evaluated now are kept."),
    ] = None,
    command: Annotated[str, typer.Option(help="What the report says to repeat it by.")] = "stygaze evaluate",
) -> None:
    """Tables II and IV, Figures 3, 5 and 6, the two-sample test and report.html. Stopped, it goes on where it was."""
    try:
        from stygaze.evaluation.evaluate import evaluate as run
        from stygaze.evaluation.evaluate import models_in, prepare
        from stygaze.evaluation.publish import publish
        from stygaze.evaluation.results import Results
        from stygaze.evaluation.table_files import plain
        from stygaze.evaluation.tables import build
    except ImportError as error:
        raise StyGazeError(
            f"Evaluation needs the package {error.name}; install it with `script/setup evaluate`."
        ) from None
    found = models_in(name for one in models for name in one.split(",") if name)
    wanted = tuple(name.strip() for name in columns.split(",") if name.strip())
    with progress() as show:
        setting = prepare(corpus, measure or asset("tables", "measure"), out, encoder, takes)
        earlier = Results.load(beside).data if beside else None
        results = run(setting, found, jobs, wanted, command, show, earlier)
        publish(results, setting, found, runs, show, earlier)
    for table in build(Results.load(out)):
        if table.section in SHOWN:
            print(plain(table), end="\n\n")
    console.print(f"{len(results['rows'])} rows: {out / 'report.html'}")
