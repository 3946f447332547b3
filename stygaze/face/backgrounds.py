"""What stands behind the head in a film: a gradient, a plain colour, or nothing."""

from __future__ import annotations

import numpy as np
from PIL import ImageColor

from stygaze.errors import StyGazeError
from stygaze.face import scene

STUDIO, TRANSPARENT = "studio", "transparent"


def background(text: str) -> dict | None:
    """A background by its name; None is transparent.

    Args:
        text: "studio" (the scene's own), "transparent", a colour (a CSS name, #rrggbb, rgb(r, g, b)), or two colours
            with a comma: a gradient from the middle to the corners.

    >>> background("white,#000000")
    {'centre': (1.0, 1.0, 1.0), 'edge': (0.0, 0.0, 0.0)}

    Raises:
        StyGazeError: none of these.
    """
    wanted = text.strip().lower()
    if wanted == STUDIO:
        return scene.BACKGROUND
    if wanted == TRANSPARENT:
        return None
    parts = [wanted] if wanted.startswith(("rgb", "hsl")) else wanted.split(",")
    try:
        colors = [tuple(v / 255 for v in ImageColor.getcolor(part.strip(), "RGB")) for part in parts]  # type: ignore[union-attr]
    except ValueError:
        colors = []
    if len(colors) not in (1, 2):
        raise StyGazeError(
            f"A background is studio, transparent, a colour such as white or #2b3240, or two with a comma for a "
            f"gradient; not {text!r}."
        )
    return {"centre": colors[0], "edge": colors[-1]}


def backdrop(background: dict | None, size: int) -> np.ndarray:
    """The background [size, size, 4] uint8, dithered so that its gradient shows no bands; clear if None."""
    if background is None:
        return np.zeros((size, size, 4), np.uint8)
    axis = np.linspace(-1, 1, size)
    outward = np.clip(np.hypot(axis[:, None], axis[None]) / np.sqrt(2), 0, 1)[..., None]
    outward = outward * outward * (3 - 2 * outward)
    color = background["centre"] + outward * np.subtract(background["edge"], background["centre"])
    grain = np.random.default_rng(0).random((size, size, 1))
    image = np.full((size, size, 4), 255, np.uint8)
    image[..., :3] = np.clip(np.floor(color * 255 + grain), 0, 255)
    return image
