"""One film of several motions of the same speech, side by side under their names."""

from __future__ import annotations

import threading
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from stygaze.errors import StyGazeError
from stygaze.face import scene
from stygaze.face.expression import express
from stygaze.face.film import write_film
from stygaze.face.head import Head
from stygaze.face.render import render_vertices
from stygaze.motion import FPS, Motion
from stygaze.speech import Speech

SMALLER = 25  # constant rate factor: small files
LEFT, TOP, WIDE, HIGH = 0.17, 0.03, 0.66, 0.74  # of a picture: the face
CAPTION = 0.125  # height of a caption beside that of a face
INK, PAPER = (28, 34, 46), (240, 243, 247)
WIDEST = 4096  # pixels; what decoders in telephones and browsers still take


def film_side_by_side(
    motions: Mapping[str, Motion] | Sequence[tuple[str, Motion]],
    out: str | Path,
    speech: Speech | None = None,
    size: int = 264,
    *,
    background: dict | None = scene.BACKGROUND,
    quality: int = SMALLER,
    seed: int = 0,
    worn: Mapping[str, bool] | None = None,
    progress: Callable[[float], None] | None = None,
    cancel: threading.Event | None = None,
    head: Head | None = None,
) -> Path:
    """Film motions of one speech in a row; returns the path of the film.

    Mouth and brows follow the sound in all of them alike: what differs is head and eyes, and blinks with them.

    Args:
        motions: by caption; cut to the shortest. Pairs may repeat a caption.
        out, background, progress, cancel, head: as in `render_film`.
        speech: without it the film is silent and nobody speaks.
        size: width of each face in pixels, about.
        quality: constant rate factor.
        seed: of the blinks.
        worn: switches of the faces, as `Expression.only` takes them.

    Raises:
        StyGazeError: no motion, or more than fit; otherwise as `render_film`.
    """
    pairs = [(text, m.resampled(FPS)) for text, m in (motions.items() if isinstance(motions, Mapping) else motions)]
    if not pairs:
        raise StyGazeError("A film side by side needs at least one motion.")
    head, length = head or Head.load(), min(len(motion) for _, motion in pairs)
    whole = 2 * round(size / WIDE / 2)
    cut = tuple(slice(2 * round(a * whole / 2), 2 * round((a + b) * whole / 2)) for a, b in ((TOP, HIGH), (LEFT, WIDE)))
    width, height = cut[1].stop - cut[1].start, cut[0].stop - cut[0].start
    if width * len(pairs) > WIDEST:
        raise StyGazeError(
            f"{len(pairs)} faces of {size} pixels are wider than the {WIDEST} that players take; "
            f"make them {WIDEST // len(pairs) // 2 * 2 - 2} or smaller."
        )
    rows = []
    for _, motion in pairs:
        motion = motion[:length]
        face = express(speech, motion, seed=seed).only(**(worn or {}))
        rows.append(render_vertices(head.batches(motion, face), head, whole, background))
    above = np.concatenate([caption(text, width, background) for text, _ in pairs], axis=1)

    def pictures() -> Iterator[list[np.ndarray]]:
        for tiles in zip(*rows, strict=True):
            faces = [np.concatenate([face[cut] for face in row], axis=1) for row in zip(*tiles, strict=True)]
            yield [np.concatenate([above, face]) for face in faces]

    shape = above.shape[1], height + above.shape[0]
    clear = background is None
    try:
        return write_film(pictures(), out, length, shape, speech, quality, progress, cancel, clear)
    finally:
        for row in rows:
            row.close()  # jobs that wait for a film that was given up


def plain(text: str) -> str:
    """A caption in the letters that the font has.

    Raises:
        StyGazeError: it has others.

    >>> plain("Überblick – Zoë")
    'Uberblick - Zoe'
    """
    folded = unicodedata.normalize("NFKD", text).translate({0x2013: "-", 0x2014: "-", 0x2019: "'", 0xB7: "-"})
    folded = "".join(c for c in folded if not unicodedata.combining(c))
    if not folded.isascii():
        raise StyGazeError(f"The caption {text!r} has letters that films cannot show; write it in Latin ones.")
    return folded


def caption(text: str, width: int, background: dict | None = scene.BACKGROUND) -> np.ndarray:
    """A line of text, centred: uint8 [height, width, 4] with an even height, dark on light or light on dark.

    The font at hand has the letters of English; accents are left out.

    Where the background is transparent, the text stands on a dark ground of its own.
    """
    text, height = plain(text), 2 * round(width * CAPTION / 2)
    ground = tuple(round(255 * c) for c in background["edge"]) if background else INK
    ink = INK if np.dot(ground, (0.30, 0.59, 0.11)) > 128 else PAPER
    image = Image.new("RGBA", (width, height), (*ground, 255))
    pen, size = ImageDraw.Draw(image), 0.55 * height
    while (wide := pen.textlength(text, font=ImageFont.load_default(size))) > 0.96 * width:
        size *= 0.95 * width / wide
    pen.text((width / 2, height / 2), text, fill=(*ink, 255), font=ImageFont.load_default(size), anchor="mm")
    return np.asarray(image)
