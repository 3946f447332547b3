"""One press of the button: what is made, what it measures, and the files of it, in a folder of its own."""

from __future__ import annotations

import json
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

from stygaze.errors import StyGazeError
from stygaze.exports import export, file_name
from stygaze.face.backgrounds import STUDIO, background
from stygaze.face.emoca import EmocaFace
from stygaze.face.expression import Expression, express
from stygaze.face.film import render_film
from stygaze.face.head import Head
from stygaze.face.viewer import write_clip
from stygaze.formats import read
from stygaze.gaze.event_files import with_lids, write_events
from stygaze.gaze.events import Events, detect
from stygaze.gaze.main_sequence import MainSequence, fit_main_sequence
from stygaze.gaze.statistics import GazeStatistics, statistics
from stygaze.models.controls import Controls
from stygaze.motion import Motion
from stygaze.motion_files import replacing
from stygaze.pipeline import DEFAULT
from stygaze.speech import SAMPLE_RATE, Speech
from stygaze.ui.studio import Chosen, model, once

FACE = "expression.npz"  # of a request: the whole face, whatever is switched off
KEEP_SECONDS = 2 * 3600  # a visitor's files are removed after this


@once
def work() -> Path:
    """Folder of this server's requests."""
    return Path(tempfile.mkdtemp(prefix="stygaze-"))


def new_folder() -> Path:
    """A folder for one request; folders of long ago go."""
    for old in work().iterdir():
        if time.time() - old.stat().st_mtime > KEEP_SECONDS:
            shutil.rmtree(old, ignore_errors=True)
    return Path(tempfile.mkdtemp(dir=work()))


@dataclass(frozen=True)
class Take:
    """One press of the button: what came of it, and where its files lie."""

    folder: Path
    motion: Motion
    speech: Speech
    expression: Expression
    events: Events  # of gaze in the world, with the blinks that the face makes
    controls: Controls
    seconds: float
    notes: tuple[str, ...] = ()  # what was done to an uploaded face


def perform(
    audio: str | None,
    chosen: Chosen,
    seed: int,
    controls: Controls,
    name: str = DEFAULT,
    gaze_scale: float = 1.0,
    head_scale: float = 1.0,
    worn: Mapping[str, bool] | None = None,
    emoca: str | None = None,
) -> Take:
    """Speech and a style to a head that a model moves, with the sound beside it as this server heard it (16 kHz, FLAC).

    `worn` are the switches of the face (`Expression.only`); `emoca` is a file of EMOCA's output.

    Raises:
        StyGazeError: no speech, or speech that cannot be used; no such model, a style that it cannot know, or something
            that it cannot be asked; a file that is not EMOCA's.
    """
    start = time.perf_counter()
    performer = model(name)
    style, speech = chosen.known_to(name), performer.listen(heard(audio))
    theirs = EmocaFace.load(emoca, speech.duration) if emoca else None
    motion = performer.generate(
        speech, style, seed=int(seed), gaze_scale=gaze_scale, head_scale=head_scale, controls=controls
    )
    assert isinstance(motion, Motion)
    whole, notes = express(speech, motion, seed=int(seed)), tuple[str, ...]()
    if theirs is not None:
        whole, notes = theirs.fused(whole)
    expression = whole.only(**(worn or {}))
    folder = new_folder()
    whole.save(folder / FACE)
    soundfile.write(folder / "speech.flac", np.clip(speech.samples, -1, 1), SAMPLE_RATE)
    motion.save(folder / "motion.npz")
    events = with_lids(motion.events(), expression.blink)
    return Take(folder, motion, speech, expression, events, controls, time.perf_counter() - start, notes)


def heard(path: str | Path | None) -> Speech:
    """A recording, decoded but not encoded.

    Raises:
        StyGazeError: none, or one that cannot be used.
    """
    if not path:
        raise StyGazeError("There is no speech yet; upload or record some, or take an example.")
    return Speech.load(path)


def face(folder: Path, worn: Mapping[str, bool]) -> tuple[Motion, Expression]:
    """The motion of a press of the button and its face, with what is switched on."""
    return Motion.load(folder / "motion.npz"), Expression.load(folder / FACE).only(**worn)


def clip(folder: Path, worn: Mapping[str, bool]) -> Path:
    """The player's clip of a press of the button, written at first need: one file a choice of switches."""
    path = folder / f"clip-{''.join(str(int(yes)) for yes in worn.values())}.json"
    if not path.is_file():
        motion, expression = face(folder, worn)
        write_clip(motion, path, expression)
    return path


@dataclass(frozen=True)
class FilmAsked:
    """What a film shall look like: pixels (256 to 1080), background (as `backgrounds.background` reads it), mp4, webm
    or mov, and whose head."""

    size: int = 512
    behind: str = STUDIO
    kind: str = "mp4"
    head: Head | None = None


def film(
    folder: Path,
    worn: Mapping[str, bool],
    asked: FilmAsked,
    progress: Callable[[float], None] | None = None,
    cancel: threading.Event | None = None,
) -> str:
    """Path of a film of a press of the button, made in its folder.

    Raises:
        StyGazeError: as `render_film`.
        FilmCancelled: `cancel` was set.
    """
    return _film(folder, heard(folder / "speech.flac"), *face(folder, worn), asked, progress, cancel)


def film_of(
    motion: Motion, speech: Speech, seed: int, worn: Mapping[str, bool], emoca: str | None, asked: FilmAsked
) -> str:
    """Path of a film of a motion and its speech, in a folder of its own."""
    speech = model().listen(speech, allow_silence=True)  # the mouth follows what the encoder hears
    expression = express(speech, motion, seed=seed)
    if emoca:
        expression, _ = EmocaFace.load(emoca, speech.duration).fused(expression)
    return _film(new_folder(), speech, motion, expression.only(**worn), asked)


def _film(
    folder: Path,
    speech: Speech,
    motion: Motion,
    expression: Expression,
    asked: FilmAsked,
    progress: Callable[[float], None] | None = None,
    cancel: threading.Event | None = None,
) -> str:
    out, behind = folder / f"stygaze-{asked.size}.{asked.kind}", background(asked.behind)
    return str(render_film(motion, out, speech, expression, asked.size, progress, behind, asked.head, cancel))


def save_as(folder: Path, worn: Mapping[str, bool], kind: str, head: Head | None = None) -> str:
    """Path of a press's motion for another program (`stygaze.exports`), with the face that is shown, in its folder."""
    motion, expression = face(folder, worn)
    return str(export(motion, kind, folder / file_name("stygaze", kind), expression, head=head))


def converted(path: str, speech: Speech | None, kind: str, seed: int) -> str:
    """Path of a motion file of any kind as one of another, with the face from the speech, else from the file."""
    recording, name = read(path), file_name("stygaze", kind)
    made = None
    if speech is not None:
        made = express(model().listen(speech, allow_silence=True), recording.motion, seed=seed)
    return str(export(recording, kind, new_folder() / name, made))


def events_file(motion: Motion, speech: Speech | None, seed: int) -> str:
    """Path of a file of a motion's events; with the speech, blinks are those of the face in its film."""
    found = motion.events()
    if speech is not None:
        found = with_lids(found, express(speech, motion, seed=seed).blink)
    return str(write_events(found, new_folder() / "events.csv", motion.name))


@dataclass(frozen=True)
class Measured:
    """A motion and what `gaze` says of it; fixations are those of gaze in the world."""

    motion: Motion
    figures: GazeStatistics
    events: Events
    sequence: MainSequence

    @classmethod
    def of(cls, motion: Motion) -> Measured:
        """Measure a motion."""
        events = detect(motion, frame="world")
        return cls(motion, statistics(motion), events, fit_main_sequence(events))


def figures(new: Measured, reference: Measured | None) -> dict[str, dict]:
    """The figures of a motion and of its reference, for JSON."""
    return {"motion": new.figures.to_dict(), **({"reference": reference.figures.to_dict()} if reference else {})}


def save_files(take: Take, new: Measured, reference: Measured | None) -> dict[str, str]:
    """Paths of what a visitor may download, by kind."""
    with replacing(take.folder / "statistics.json") as temporary:
        temporary.write_text(json.dumps(figures(new, reference), indent=2) + "\n")
    return {
        "csv": str(take.motion.save(take.folder / "motion.csv")),
        "npz": str(take.folder / "motion.npz"),
        "events": str(write_events(take.events, take.folder / "events.csv", take.motion.name)),
        "json": str(take.folder / "statistics.json"),
    }
