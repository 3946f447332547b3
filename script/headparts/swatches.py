"""Textures of eyes and hair, which lie on discs."""

from __future__ import annotations

import numpy as np
from PIL import Image
from scipy.ndimage import gaussian_filter, map_coordinates

from headparts.eyeball import IRIS, PUPIL, TEXTURE_ANGLE
from headparts.hairline import bell, ramp
from headparts.looks import Color, Style

EYE_SIZE, HAIR_SIZE = 512, 1024


def hair_texture(style: Style) -> Image.Image:
    """Strands that run out from the crown in the middle of the disc, or curls, or stubble."""
    size = HAIR_SIZE
    axis = (np.arange(size) + 0.5) / size * 2 - 1
    x, y = np.meshgrid(axis, axis)
    rng = np.random.default_rng(7)
    if style.kind == "strands":
        away, around = np.hypot(x, y), np.arctan2(y, x) / (2 * np.pi) + 0.5
        pattern = np.zeros((size, size), np.float32)
        for columns, rows, weight in ((340, 7, 0.8), (1000, 11, 1.0), (120, 6, 0.6), (40, 4, 0.3)):
            cells = gaussian_filter(rng.normal(size=(rows, columns)), (0.7, 0.5), mode=("nearest", "wrap"))
            place = [away * (rows - 1), (around * columns + 1.5 * np.sin(away * 9)) % columns]
            pattern += weight * map_coordinates(cells / cells.std(), place, order=1, mode="grid-wrap")
        strength = 0.12
    else:
        grains = ((2.2, 1.0), (5.0, 0.8)) if style.kind == "curls" else ((1.1, 1.0), (2.0, 0.5))
        pattern = np.zeros((size, size), np.float32)
        for blur, weight in grains:
            cells = gaussian_filter(rng.normal(size=(size, size)), blur, mode="wrap")
            pattern += weight * cells / cells.std()
        if style.kind == "curls":
            pattern = 1.6 * np.abs(np.sin(1.3 * pattern)) * np.sign(pattern)
        strength = 0.22 if style.kind == "curls" else 0.13
    light = np.clip(1 + strength * pattern, 0.35, 1.9)[..., None]
    color = np.array(style.color) * light + 9 * (light - 1) * [1.0, 0.9, 0.8]
    return Image.fromarray(np.clip(color, 0, 255).astype(np.uint8))


def eye_texture(iris_color: Color) -> Image.Image:
    """Pupil, iris with fibres, dark limbal ring, sclera that darkens toward the lids."""
    axis = (np.arange(EYE_SIZE) + 0.5) / EYE_SIZE * 2 - 1
    x, y = np.meshgrid(axis, axis)
    polar, around = np.hypot(x, y) * TEXTURE_ANGLE, np.arctan2(y, x)
    rng = np.random.default_rng(4)
    fibres = sum(rng.normal() / k**0.5 * np.sin(k * around + rng.random() * 6.3) for k in range(9, 90, 3))
    depth = np.clip((polar - PUPIL) / (IRIS - PUPIL), 0, 1)
    base = np.array(iris_color, float)
    iris = base * (1 + 0.10 * fibres[..., None] / 2) * (0.80 + 0.45 * bell(depth - 0.5, 0.45))[..., None]
    warm = np.array([60, 38, 6]) * (0.4 + base.mean() / 160)
    iris += warm * (bell(depth - 0.08, 0.22) * (0.75 + 0.25 * np.sin(fibres * 2)))[..., None]
    iris *= (1 + 0.30 * ramp(y, -0.1, 0.30) * bell(depth - 0.55, 0.4))[..., None]  # light falls through the cornea
    iris *= (1 - 0.78 * ramp(depth, 0.76, 0.98))[..., None]
    white = np.array([240, 236, 231]) if base.mean() > 70 else np.array([234, 228, 220])
    sclera = white - ramp(polar, 0.50, 1.15)[..., None] * [58, 82, 86]
    color = sclera + ramp(-polar, -IRIS - 0.018, -IRIS + 0.010)[..., None] * (iris - sclera)
    color *= ramp(polar, PUPIL - 0.010, PUPIL + 0.012)[..., None]
    color *= (1 - 0.38 * ramp(-y * TEXTURE_ANGLE, 0.10, 0.42))[..., None]  # the upper lid's shadow
    return Image.fromarray(np.clip(color + 6, 0, 255).astype(np.uint8))
