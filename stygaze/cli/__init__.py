"""The command line: one verb a job."""

from __future__ import annotations

import sys

import typer

from stygaze import __version__
from stygaze.cli import corpus, head, motion, train
from stygaze.cli.convert import convert
from stygaze.cli.evaluate import evaluate
from stygaze.cli.film import film
from stygaze.cli.shared import console
from stygaze.errors import StyGazeError

app = typer.Typer(
    help="Speech in, lively head and eyes out, in a chosen personal style.", no_args_is_help=True, add_completion=False
)
app.command()(motion.generate)
app.command()(motion.styles)
app.command()(motion.stats)
app.command()(convert)
app.command()(film)
app.command()(evaluate)
app.add_typer(corpus.app, name="corpus")
app.add_typer(train.app, name="train")
app.add_typer(head.app, name="head")


@app.command()
def version() -> None:
    """The version of stygaze."""
    print(__version__)


def main() -> None:
    """Run; what a user did wrong is one sentence on stderr and exit code 2."""
    try:
        app(standalone_mode=True)
    except StyGazeError as error:
        console.print(f"[red]stygaze:[/red] {error}", highlight=False, soft_wrap=True)
        sys.exit(2)


if __name__ == "__main__":
    main()
