"""The command line: one verb a job."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

from stygaze import __version__
from stygaze.errors import StyGazeError
from stygaze.motion import Motion

app = typer.Typer(
    help="Speech in, lively head and eyes out, in a chosen personal style.", no_args_is_help=True, add_completion=False
)
corpus_app = typer.Typer(help="Corpora in the HAGE layout.", no_args_is_help=True)
train_app = typer.Typer(help="Train models on a corpus.", no_args_is_help=True)
app.add_typer(corpus_app, name="corpus")
app.add_typer(train_app, name="train")
console = Console(stderr=True)

Fps = Annotated[float | None, typer.Option(help="Frame rate of a motion file that does not say its own.")]
Unit = Annotated[str | None, typer.Option(help="Unit of a motion file that does not say its own: degrees or radians.")]
Out = Annotated[Path, typer.Option(help="Folder to write to; made if it is not there.")]


def _bar() -> Progress:
    return Progress(
        TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed:.0f}/{task.total:.0f}"),
        TimeElapsedColumn(), TimeRemainingColumn(), console=console,
    )  # fmt: skip


class _Shown:
    """A bar that a callback (what, done, of) moves; one line for each `what` up to the first space-separated word."""

    def __init__(self, bar: Progress):
        self._bar, self._tasks = bar, dict[str, TaskID]()

    def __call__(self, what: str, done: float, of: float) -> None:
        key = what.split()[0]
        if key not in self._tasks:
            self._tasks[key] = self._bar.add_task(what, total=of)
        self._bar.update(self._tasks[key], completed=done, total=of, description=what)


@app.command()
def generate(
    speech: Annotated[Path, typer.Argument(help="A recording: wav, flac, mp3, ogg, m4a, webm.")],
    style: Annotated[str, typer.Option(help="A named style (see `stygaze styles`) or a motion file.")] = "neutral",
    out: Out = Path("out"),
    seed: Annotated[int, typer.Option(help="Same seed, same motion.")] = 0,
    model: Annotated[str, typer.Option(help="A shipped checkpoint, a folder or a Hub id.")] = "default",
    gaze_scale: Annotated[float, typer.Option(help="Movement of the gaze in the world: 0 still, 1 as learned.")] = 1.0,
    head_scale: Annotated[float, typer.Option(help="Movement of the head: 0 still, 1 as learned.")] = 1.0,
    size: Annotated[int, typer.Option(help="Side of the film in pixels.")] = 512,
    film: Annotated[bool, typer.Option(help="Render clip.mp4.")] = True,
    fps: Fps = None,
    unit: Unit = None,
) -> None:
    """Speech to motion.csv, motion.npz, clip.mp4 and stats.json."""
    from stygaze.motion_files import replacing
    from stygaze.pipeline import StyGazeTalk

    talk = StyGazeTalk.from_pretrained(model)
    chosen = talk.style_of(_reference(style, fps, unit)) if _is_file(style) else talk.style(style)
    heard = talk.listen(speech)
    motion = talk.generate(heard, chosen, seed=seed, gaze_scale=gaze_scale, head_scale=head_scale)
    assert isinstance(motion, Motion)
    motion.save(out / "motion.csv")
    motion.save(out / "motion.npz")
    with replacing(out / "stats.json") as temporary:
        temporary.write_text(json.dumps(_statistics(motion), indent=2) + "\n")
    if film:
        from stygaze.face.expression import express
        from stygaze.face.film import render_film

        with _bar() as bar:
            shown = _Shown(bar)
            render_film(
                motion, out / "clip.mp4", speech=heard, expression=express(heard, motion, seed=seed), size=size,
                progress=lambda share: shown("film", round(100 * share), 100),
            )  # fmt: skip
    console.print(f"{len(motion)} frames ({motion.duration:.2f} s) in the style {chosen.name}: {out}")


@app.command()
def styles() -> None:
    """The named styles and what each does."""
    from stygaze.pipeline import gallery

    table = Table("name", "style", "what it does", box=None)
    for name, motion in gallery().items():
        table.add_row(name, motion.name, motion.description)
    Console().print(table)


@app.command()
def stats(
    motion: Annotated[Path, typer.Argument(help="A motion file, csv or npz.")],
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


@corpus_app.command("simulate")
def corpus_simulate(
    speech: Annotated[Path, typer.Option(help="Recordings, one folder a speaker.")],
    out: Out,
    profile: Annotated[
        str, typer.Option(help="natural (the literature) or hage (the paper's statistics).")
    ] = "natural",
    hours: Annotated[float, typer.Option(help="Hours of sessions.")] = 8.0,
    seed: Annotated[int, typer.Option(help="Same seed, same corpus.")] = 0,
) -> None:
    """Make a corpus: real speech, simulated gaze and head."""
    from stygaze.corpus.build import simulate_corpus

    with _bar() as bar:
        shown = _Shown(bar)
        simulate_corpus(
            speech, out, profile=profile, hours=hours, seed=seed, progress=lambda done, of: shown("sessions", done, of)
        )
    console.print(f"corpus: {out}")


@corpus_app.command("check")
def corpus_check(corpus: Annotated[Path, typer.Argument(help="A corpus folder.")]) -> None:
    """What is wrong with a corpus, file by file."""
    from stygaze.corpus.layout import check

    problems = check(corpus)
    for problem in problems:
        print(problem)
    if problems:
        raise typer.Exit(1)
    console.print("no problem found")


Config = Annotated[Path, typer.Option(help="A YAML of configs/.")]
CorpusDir = Annotated[Path, typer.Option(help="A corpus in the HAGE layout.")]


@train_app.command("style")
def train_style(config: Config, corpus: CorpusDir, out: Out) -> None:
    """Pretrain a style encoder (NT-Xent)."""
    run = _training()
    with _bar() as bar:
        scores = run.run_style(config, corpus, out, _Shown(bar))
    console.print_json(json.dumps(scores))


@train_app.command("generator")
def train_generator(
    config: Config,
    corpus: CorpusDir,
    out: Out,
    style: Annotated[Path, typer.Option(help="Checkpoint with the frozen style encoder.")],
    encoder: Annotated[
        str, typer.Option(help="Speech encoder: whisper-tiny.en, a Hub id or a folder.")
    ] = "whisper-tiny.en",
) -> None:
    """Train a motion generator on a frozen style encoder."""
    run = _training()
    with _bar() as bar:
        scores = run.run_generator(config, corpus, style, out, encoder, _Shown(bar))
    console.print_json(json.dumps(scores))


@train_app.command("plant")
def train_plant(
    checkpoint: Annotated[Path, typer.Argument(help="A trained generator; its config is rewritten.")], corpus: CorpusDir
) -> None:
    """Choose how expected motion is carried out (fixations, saccades, sway) on validation sessions."""
    run = _training()
    with _bar() as bar:
        chosen = run.run_plant(checkpoint, corpus, _Shown(bar))
    console.print_json(json.dumps(chosen))


@app.command()
def version() -> None:
    """The version of stygaze."""
    print(__version__)


def _training() -> ModuleType:
    """The training runs; they need a package that the page does not."""
    try:
        from stygaze.training import run
    except ImportError as error:
        raise StyGazeError(f"Training needs the package {error.name}; install it with `script/setup train`.") from None
    return run


def _is_file(style: str) -> bool:
    return Path(style).suffix.lower() in (".csv", ".npz")


def _reference(path: str, fps: float | None, unit: str | None) -> Motion:
    return Motion.load(path, fps, unit)


def _statistics(motion: Motion) -> dict:
    from stygaze.gaze.statistics import statistics

    return statistics(motion).to_dict()


def _cell(value: object) -> str:
    return "-" if value is None else f"{value:.4g}" if isinstance(value, float) else str(value)


def main() -> None:
    """Run; what a user did wrong is one sentence on stderr and exit code 2."""
    try:
        app(standalone_mode=True)
    except StyGazeError as error:
        console.print(f"[red]stygaze:[/red] {error}", highlight=False, soft_wrap=True)
        sys.exit(2)


if __name__ == "__main__":
    main()
