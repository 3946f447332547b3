"""What the verbs share: the console, progress bars, options that several have."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from stygaze.errors import StyGazeError
from stygaze.models.controls import Look
from stygaze.speech import Speech

console = Console(stderr=True)

Fps = Annotated[float | None, typer.Option(help="Frame rate of a motion file that does not say its own.")]
Unit = Annotated[str | None, typer.Option(help="Unit of a motion file that does not say its own: degrees or radians.")]
Out = Annotated[Path, typer.Option(help="Folder to write to; made if it is not there.")]
Mouth = Annotated[bool, typer.Option(help="Let the mouth move with the speech.")]
Blinks = Annotated[bool, typer.Option(help="Blink.")]
Lids = Annotated[bool, typer.Option(help="Let the lids follow the eyes.")]
Brows = Annotated[bool, typer.Option(help="Raise the brows a little on accents.")]
CorpusDir = Annotated[Path, typer.Option(help="A corpus in the HAGE layout.")]
Encoder = Annotated[str, typer.Option(help="Speech encoder: whisper-tiny.en, a Hub id or a folder.")]


def look(text: str) -> Look:
    """A look as the command line writes it, AT:SECONDS:YAW[:PITCH].

    >>> look("3.5:1.2:-20")
    Look(at=3.5, seconds=1.2, yaw=-20.0, pitch=0.0)

    Raises:
        StyGazeError: not three or four numbers, or a look that cannot be.
    """
    parts = text.split(":")
    try:
        numbers = [float(part) for part in parts]
    except ValueError:
        numbers = []
    if len(numbers) not in (3, 4):
        raise StyGazeError(
            f"--look is AT:SECONDS:YAW[:PITCH] in seconds and degrees, for example 3:1.5:20; got {text!r}."
        )
    return Look(*numbers)


class Shown:
    """A bar that a callback (what, done, of) moves; one line for each `what` up to the first space-separated word."""

    def __init__(self, bar: Progress):
        self._bar, self._tasks = bar, dict[str, TaskID]()

    def __call__(self, what: str, done: float, of: float) -> None:
        key = what.split()[0]
        if key not in self._tasks:
            self._tasks[key] = self._bar.add_task(what, total=of)
        self._bar.update(self._tasks[key], completed=done, total=of, description=what)


@contextmanager
def progress() -> Iterator[Shown]:
    """A progress bar; call what it yields with (what, done, of)."""
    columns = TextColumn("{task.completed:.0f}/{task.total:.0f}"), TimeElapsedColumn(), TimeRemainingColumn()
    with Progress(TextColumn("{task.description}"), BarColumn(), *columns, console=console) as shown:
        yield Shown(shown)


def training() -> ModuleType:
    """The training runs; they need a package that the page does not."""
    try:
        from stygaze.training import run
    except ImportError as error:
        raise StyGazeError(f"Training needs the package {error.name}; install it with `script/setup train`.") from None
    return run


def listened(path: Path) -> Speech:
    """A recording that goes with a motion, heard by the shipped encoder: the mouth follows what that hears."""
    from stygaze.pipeline import StyGazeTalk

    return StyGazeTalk.from_pretrained().listen(path, allow_silence=True)
