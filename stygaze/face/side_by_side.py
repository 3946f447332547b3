"""One film of several motions of the same speech, side by side under their names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from stygaze.errors import StyGazeError
from stygaze.face import scene
from stygaze.face.expression import express
from stygaze.face.film import write_film
from stygaze.face.head import Head
from stygaze.face.render import render_vertices
from stygaze.motion import Motion
from stygaze.speech import Speech

QUALITY = 25  # constant rate factor: small files
LEFT, TOP, WIDE, HIGH = 0.17, 0.03, 0.66, 0.74  # of a picture: the face
CAPTION = 0.125  # height of a caption beside that of a face
INK, GROUND = (28, 34, 46), tuple(round(255 * c) for c in scene.BACKGROUND["edge"])


def film_side_by_side(motions: Mapping[str, Motion], out: str | Path, speech: Speech, size: int = 264) -> Path:
    """Film motions of one speech in a row; returns the path of the .mp4.

    Mouth and brows follow the sound in all of them alike: what differs is head and eyes, and blinks with them.

    Args:
        motions: by caption; cut to the shortest.
        size: width of each face in pixels, about.

    Raises:
        StyGazeError: no motion; otherwise as `render_film`.
    """
    if not motions:
        raise StyGazeError("A film side by side needs at least one motion.")
    head, length = Head.load(), min(map(len, motions.values()))
    whole = 2 * round(size / WIDE / 2)
    cut = tuple(slice(2 * round(a * whole / 2), 2 * round((a + b) * whole / 2)) for a, b in ((TOP, HIGH), (LEFT, WIDE)))
    motions = {text: motion[:length] for text, motion in motions.items()}
    rows = [render_vertices(head.batches(m, express(speech, m)), head, whole) for m in motions.values()]
    above = np.concatenate([caption(text, cut[1].stop - cut[1].start) for text in motions], axis=1)

    def pictures() -> Iterator[list[np.ndarray]]:
        for tiles in zip(*rows, strict=True):
            faces = [np.concatenate([face[cut] for face in row], axis=1) for row in zip(*tiles, strict=True)]
            yield [np.concatenate([above, face]) for face in faces]

    shape = above.shape[1], cut[0].stop - cut[0].start + above.shape[0]
    return write_film(pictures(), out, length, shape, speech, quality=QUALITY)


def caption(text: str, width: int) -> np.ndarray:
    """A line of text, centred: uint8 [height, width, 4] with an even height."""
    height = 2 * round(width * CAPTION / 2)
    image = Image.new("RGBA", (width, height), (*GROUND, 255))
    pen, size = ImageDraw.Draw(image), 0.55 * height
    while (wide := pen.textlength(text, font=ImageFont.load_default(size))) > 0.96 * width:
        size *= 0.95 * width / wide
    pen.text((width / 2, height / 2), text, fill=(*INK, 255), font=ImageFont.load_default(size), anchor="mm")
    return np.asarray(image)
