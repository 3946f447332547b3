"""The working parts behind the page, made once and shared by all visitors, and the styles they offer."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, wraps
from logging import getLogger
from pathlib import Path
from typing import TypeVar

import numpy as np

from stygaze.assets import asset
from stygaze.errors import StyGazeError
from stygaze.face.expression import express
from stygaze.gaze.statistics import GazeStatistics, statistics
from stygaze.motion import Motion
from stygaze.pipeline import DEFAULT, StyGazeTalk, gallery
from stygaze.style import Style
from stygaze.style_map import StyleMap
from stygaze.ui import models

log = getLogger(__name__)
T = TypeVar("T")

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


def model(name: str = DEFAULT) -> StyGazeTalk:
    """Speech encoder, style encoder and motion generator of a shipped model."""
    return models.pipeline(name)


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


def warm_up() -> threading.Thread:
    """Load everything and run it once in the background, so that the first visitor does not wait."""

    def run() -> None:
        try:
            speech = model().listen(next(iter(examples().values())))
            motion = model().generate(speech, model().style(NEUTRAL))
            assert isinstance(motion, Motion)
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
    """A style, and the motion to compare with where there is one.

    Attributes:
        style: as the default model has it.
        parts: what it is made of, for another model to see: motions, each with its share in a blend with those before
            (the first has 1). Empty for a point of the map that no recording belongs to.
    """

    style: Style
    reference: Motion | None
    title: str
    parts: tuple[tuple[Motion, float], ...] = ()

    def known_to(self, name: str) -> Style:
        """The style as a model has it.

        Raises:
            StyGazeError: it has no recording that another model than the default could see.
        """
        if name == DEFAULT:
            return self.style
        if not self.parts:
            raise StyGazeError(
                "This point of the map lies between the recordings, and only the default model knows it; choose a "
                "named style, or the default model under Adjust."
            )
        style = model(name).style_of(self.parts[0][0])
        for motion, share in self.parts[1:]:
            style = style.blend(model(name).style_of(motion), share)
        return style


@cache
def named(key: str) -> Chosen:
    """A style of the gallery."""
    if key not in references():
        raise StyGazeError(f"There is no style {key!r}; the gallery has {', '.join(references())}.")
    motion = references()[key]
    return Chosen(model().style_of(motion), motion, motion.name, ((motion, 1.0),))


def blended(first: str, second: str, share: float) -> Chosen:
    """Between two styles of the gallery; compared with the one that weighs more."""
    a, b = named(first), named(second)
    title = f"{a.title} {1 - share:.0%}, {b.title} {share:.0%}"
    parts = (*a.parts, *((motion, share) for motion, _ in b.parts))
    return Chosen(a.style.blend(b.style, share), (a if share <= 0.5 else b).reference, title, parts)


def recorded(path: str | None, fps: str | float | None, unit: str | None) -> Chosen:
    """The style of a visitor's motion file; fps and unit serve a file that does not say.

    Raises:
        StyGazeError: no file, or one that cannot be used.
    """
    if not path:
        raise StyGazeError("Upload a motion recording first, or choose a style from the gallery.")
    try:
        rate = float(fps) if fps else None
    except ValueError:
        raise StyGazeError(f"The frame rate {fps!r} is not a number; give frames per second, such as 25.") from None
    motion = Motion.load(path, fps=rate, unit=unit or None)
    return Chosen(model().style_of(motion), motion, motion.name, ((motion, 1.0),))


def mapped(index: int | None) -> Chosen:
    """The style of a point on the map."""
    chart = style_map()
    if index is None or not 0 <= index < len(chart.vectors):
        raise StyGazeError("Open the style map and click a point first, or choose a style from the gallery.")
    reference, title = references().get(str(chart.style[index])), point_title(index)
    parts = ((reference, 1.0),) if reference else ()
    return Chosen(chart.style_at(index, title), reference, title, parts)


def point_title(index: int) -> str:
    """What a point of the map is called."""
    chart = style_map()
    style = references().get(str(chart.style[index]))
    name = style.name if style else "In between"
    return f"{name}, generated" if chart.generated[index] else f"{name}, session {chart.session[index]}"


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


def place(style: Style) -> np.ndarray:
    """Where a style lies on the map, [2]."""
    return style_map().place(style.vector)[0]


def place_motion(motion: Motion) -> list[np.ndarray]:
    """Where a motion lies on the map: one [2], or none where it is too short to have a style."""
    try:
        return [place(model().style_of(motion))]
    except StyGazeError:
        return []
