"""A film of a Motion with its speech: an MP4 that a browser plays untouched, or a WebM or MOV with alpha.

Picture t stands at t / 25 s and sample n of the sound at n / 16000 s, both from 0; sound is cut or padded to the
picture.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import av
import numpy as np

from stygaze.errors import StyGazeError
from stygaze.face import scene
from stygaze.face.expression import Expression
from stygaze.face.film_formats import Picture, format_of
from stygaze.face.film_sound import Sound
from stygaze.face.head import Head
from stygaze.face.render import render_vertices
from stygaze.motion import FPS, Motion
from stygaze.motion_files import replacing

if TYPE_CHECKING:
    from stygaze.speech import Speech

SIZES = (256, 1080)
QUALITY = 20  # constant rate factor


class FilmCancelled(StyGazeError):
    """The caller's `cancel` event was set; no file was left behind."""


def render_film(
    motion: Motion,
    out: str | Path,
    speech: Speech | None = None,
    expression: Expression | None = None,
    size: int = 512,
    progress: Callable[[float], None] | None = None,
    background: dict | None = scene.BACKGROUND,
    head: Head | None = None,
    cancel: threading.Event | None = None,
) -> Path:
    """Film a motion; returns the path of the film, which appears only when it is whole.

    Args:
        motion: brought to 25 frames a second if it has another rate.
        out: .mp4, .webm or .mov; the last two keep a transparent background.
        speech: the sound; without it the film is silent and has no sound track.
        expression: mouth and blinks, see `expression.express`; without it the face is at rest.
        size: width and height in pixels, even, 256 to 1080.
        progress: called with the share done, 0..1, about three times a second of film.
        background: {"centre", "edge"} sRGB 0..1 (`backgrounds.background` reads a name); None is transparent.
        head: the embedded head by default.
        cancel: set it from another thread to stop.

    Raises:
        StyGazeError: odd or absurd size, another ending, no OpenGL on this machine, the file cannot be written.
        FilmCancelled: `cancel` was set.
    """
    checked_size(size)
    motion, head = motion.resampled(FPS), head or Head.load()
    images = render_vertices(head.batches(motion, expression), head, size, background)
    return write_film(
        images, out, len(motion), (size, size), speech, progress=progress, cancel=cancel, clear=background is None
    )


def checked_size(size: int) -> int:
    """The size of a film.

    Raises:
        StyGazeError: one that is not offered.
    """
    if size % 2 or not SIZES[0] <= size <= SIZES[1]:
        raise StyGazeError(f"The size of a film is an even number of pixels from {SIZES[0]} to {SIZES[1]}, not {size}.")
    return size


def write_film(
    batches: Iterable[Iterable[np.ndarray]],
    out: str | Path,
    total: int,
    size: tuple[int, int],
    speech: Speech | None = None,
    quality: int = QUALITY,
    progress: Callable[[float], None] | None = None,
    cancel: threading.Event | None = None,
    clear: bool = False,
) -> Path:
    """Pictures as a film; returns its path, which appears only when the film is whole.

    Args:
        batches: uint8 [height, width, 4], a few at a time, 25 a second.
        out: its ending chooses the kind of film (`film_formats`).
        total: how many there are in all.
        size: width and height in pixels, even.
        quality: the encoder's constant rate factor, where it has one; a higher one makes a smaller file.
        speech, progress, cancel: as in `render_film`.
        clear: keep the pictures' alpha.

    Raises:
        StyGazeError: an ending that is not a film's or has no alpha, the file cannot be written.
        FilmCancelled: `cancel` was set.
    """
    out, done = Path(out), 0
    kind = format_of(out, clear)
    try:
        with replacing(out) as path, av.open(str(path), "w", options=kind.container) as container:
            picture = Picture(container, kind, size, quality, clear)
            sound = Sound(container, kind, speech, total) if speech is not None else None
            for batch in batches:
                if cancel is not None and cancel.is_set():
                    raise FilmCancelled("The film was cancelled.")
                for image in batch:
                    picture.add(image)
                    done += 1
                if sound is not None:
                    sound.write_until(done / FPS)
                if progress is not None:
                    progress(done / total)
            picture.finish()
            if sound is not None:
                sound.finish()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise StyGazeError(
            f"The film {out.name} could not be written ({reason}); free space or choose another folder."
        ) from error
    return out
