"""The working parts behind the page: made once, shared by all visitors, and a folder of its own for each press."""

from __future__ import annotations

import json
import shutil
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from logging import getLogger
from pathlib import Path
from typing import TypeVar

import numpy as np
import soundfile

from stygaze.assets import asset
from stygaze.errors import StyGazeError
from stygaze.face.expression import Expression, express
from stygaze.face.film import render_film
from stygaze.gaze.events import Events, detect
from stygaze.gaze.main_sequence import MainSequence, fit_main_sequence
from stygaze.gaze.statistics import GazeStatistics, statistics
from stygaze.motion import Motion
from stygaze.motion_files import replacing
from stygaze.pipeline import StyGazeTalk, gallery
from stygaze.speech import SAMPLE_RATE, Speech
from stygaze.style import Style
from stygaze.style_map import StyleMap

log = getLogger(__name__)
T = TypeVar("T")

KEEP_SECONDS = 2 * 3600  # a visitor's files are removed after this
NEUTRAL = "neutral"
_making = threading.RLock()


def once(make: Callable[[], T]) -> Callable[[], T]:
    """The result of `make`, made for whoever asks first while the others wait."""
    made: list[T] = []

    @wraps(make)
    def get() -> T:
        if not made:
            with _making:
                if not made:
                    made.append(make())
        return made[0]

    return get


@once
def model() -> StyGazeTalk:
    """Speech encoder, style encoder and motion generator."""
    return StyGazeTalk.from_pretrained()


@once
def references() -> dict[str, Motion]:
    """The named styles' reference motions by their key, the neutral one first."""
    return dict(sorted(gallery().items(), key=lambda item: item[0] != NEUTRAL))


@once
def reference_figures() -> dict[str, GazeStatistics]:
    """What the named styles measure."""
    return {key: statistics(motion) for key, motion in references().items()}


@once
def style_map() -> StyleMap:
    """The map of all known styles."""
    return StyleMap.load()


@once
def examples() -> dict[str, Path]:
    """Speech to try, by title."""
    listing = json.loads(asset("speech", "examples.json").read_text())
    return {entry["title"]: asset("speech", entry["file"]) for entry in listing}


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


def warm_up() -> threading.Thread:
    """Load everything and run it once in the background, so that the first visitor does not wait."""

    def run() -> None:
        try:
            speech = model().listen(next(iter(examples().values())))
            motion = model().generate(speech, model().style(NEUTRAL))
            express(speech, motion)
            statistics(motion)
            style_map().place(model().style_of(motion).vector)
        except Exception:  # the page must start; the first press will say what is wrong
            log.exception("warming up failed")

    thread = threading.Thread(target=run, name="warm-up", daemon=True)
    thread.start()
    return thread


@dataclass(frozen=True)
class Chosen:
    """A style, and the motion to compare with where there is one."""

    style: Style
    reference: Motion | None
    title: str


def named(key: str) -> Chosen:
    """A style of the gallery."""
    style = model().style(key)
    return Chosen(style, references()[key], references()[key].name)


def blended(first: str, second: str, share: float) -> Chosen:
    """Between two styles of the gallery; compared with the one that weighs more."""
    a, b = named(first), named(second)
    title = f"{a.title} {1 - share:.0%}, {b.title} {share:.0%}"
    return Chosen(a.style.blend(b.style, share), (a if share <= 0.5 else b).reference, title)


def recorded(path: str | None, fps: float | None, unit: str | None) -> Chosen:
    """The style of a visitor's motion file."""
    if not path:
        raise StyGazeError("Upload a motion recording first, or choose a style from the gallery.")
    motion = Motion.load(path, fps=fps or None, unit=unit or None)
    return Chosen(model().style_of(motion), motion, motion.name)


def mapped(index: int | None) -> Chosen:
    """The style of a point on the map."""
    chart = style_map()
    if index is None or not 0 <= index < len(chart.vectors):
        raise StyGazeError("Open the style map and click a point first, or choose a style from the gallery.")
    key = str(chart.style[index])
    title = point_title(index)
    return Chosen(Style(chart.vectors[index], title), references().get(key), title)


def point_title(index: int) -> str:
    """What a point of the map is called."""
    chart = style_map()
    style = references().get(str(chart.style[index]))
    made = "generated" if chart.generated[index] else "recorded"
    return f"{style.name if style else 'Other'} · {chart.session[index]} ({made})"


def needs_answers(path: str) -> bool:
    """Whether a motion file leaves open its frame rate or unit.

    Raises:
        StyGazeError: what else is wrong with it.
    """
    try:
        Motion.load(path)
    except StyGazeError:
        Motion.load(path, fps=25, unit="degrees")  # its own word wins, so this only fails for another reason
        return True
    return False


@dataclass(frozen=True)
class Take:
    """One press of the button: what came of it, and where its files lie."""

    folder: Path
    motion: Motion
    speech: Speech
    expression: Expression
    seconds: float


def perform(audio: str | None, chosen: Chosen, seed: int, gaze_scale: float, head_scale: float) -> Take:
    """Speech and a style to a moving head, with the sound beside it as this server heard it (16 kHz, FLAC).

    Raises:
        StyGazeError: no speech, or speech that cannot be used.
    """
    start = time.perf_counter()
    speech = model().listen(heard(audio))
    motion = model().generate(speech, chosen.style, seed=int(seed), gaze_scale=gaze_scale, head_scale=head_scale)
    assert isinstance(motion, Motion)
    expression = express(speech, motion, seed=int(seed))
    folder = new_folder()
    soundfile.write(folder / "speech.flac", np.clip(speech.samples, -1, 1), SAMPLE_RATE)
    motion.save(folder / "motion.npz")
    return Take(folder, motion, speech, expression, time.perf_counter() - start)


def heard(path: str | Path | None) -> Speech:
    """A recording, decoded but not encoded.

    Raises:
        StyGazeError: none, or one that cannot be used.
    """
    if not path:
        raise StyGazeError("There is no speech yet; upload or record some, or take an example.")
    return Speech.load(path)


def film(
    motion: Motion, speech: Speech, folder: Path, seed: int, progress: Callable[[int, int], None] | None = None
) -> Path:
    """A film of a motion, in a folder of its own."""
    return render_film(
        motion, folder / "stygaze.mp4", speech=speech, expression=express(speech, motion, seed=seed), progress=progress
    )


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


def save_files(take: Take, new: Measured, reference: Measured | None) -> dict[str, Path]:
    """What a visitor may download, by kind."""
    figures = {"motion": new.figures.to_dict(), **({"reference": reference.figures.to_dict()} if reference else {})}
    with replacing(take.folder / "statistics.json") as temporary:
        temporary.write_text(json.dumps(figures, indent=2) + "\n")
    return {
        "csv": take.motion.save(take.folder / "motion.csv"),
        "npz": take.folder / "motion.npz",
        "json": take.folder / "statistics.json",
    }


def placed(motion: Motion, chosen: Chosen) -> tuple[np.ndarray | None, np.ndarray]:
    """Where a new motion (None where it is too short to have a style) and the chosen style lie on the map, [2] each."""
    reference = style_map().place(chosen.style.vector)[0]
    try:
        return style_map().place(model().style_of(motion).vector)[0], reference
    except StyGazeError:
        return None, reference
