"""One press of the button: what is made, what it measures, and the files of it, in a folder of its own."""

from __future__ import annotations

import json
import shutil
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

from stygaze.errors import StyGazeError
from stygaze.face.expression import Expression, express
from stygaze.face.film import render_film
from stygaze.face.head import Head
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


def perform(
    audio: str | None,
    chosen: Chosen,
    seed: int,
    controls: Controls,
    name: str = DEFAULT,
    gaze_scale: float = 1.0,
    head_scale: float = 1.0,
) -> Take:
    """Speech and a style to a head that a model moves, with the sound beside it as this server heard it (16 kHz, FLAC).

    Raises:
        StyGazeError: no speech, or speech that cannot be used; no such model, a style that it cannot know, or something
            that it cannot be asked.
    """
    start = time.perf_counter()
    performer = model(name)
    style, speech = chosen.known_to(name), performer.listen(heard(audio))
    motion = performer.generate(
        speech, style, seed=int(seed), gaze_scale=gaze_scale, head_scale=head_scale, controls=controls
    )
    assert isinstance(motion, Motion)
    expression = express(speech, motion, seed=int(seed))
    folder = new_folder()
    soundfile.write(folder / "speech.flac", np.clip(speech.samples, -1, 1), SAMPLE_RATE)
    motion.save(folder / "motion.npz")
    events = with_lids(motion.events(), expression.blink)
    return Take(folder, motion, speech, expression, events, controls, time.perf_counter() - start)


def heard(path: str | Path | None) -> Speech:
    """A recording, decoded but not encoded.

    Raises:
        StyGazeError: none, or one that cannot be used.
    """
    if not path:
        raise StyGazeError("There is no speech yet; upload or record some, or take an example.")
    return Speech.load(path)


def film(
    motion: Motion,
    speech: Speech,
    folder: Path,
    seed: int,
    progress: Callable[[float], None] | None = None,
    head: Head | None = None,
) -> str:
    """Path of a film of a motion, made in that folder."""
    out = folder / "stygaze.mp4"
    return str(render_film(motion, out, speech, express(speech, motion, seed=seed), progress=progress, head=head))


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
