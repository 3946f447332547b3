"""Smooth edges after rendering, on the CPU and only where there are edges.

The method is Timothy Lottes' FXAA ("FXAA", NVIDIA white paper, 2009) on the pixels whose contrast calls for it, but for
the outlines of the head, which geometry knows better (`outlines`). At 512 pixels both take 7 ms of processor time a
frame, 4x multisampling on Mesa's software rasteriser 15. Against 16 samples a pixel the mean error at outlines is 5 of
255 (multisampling: 13; hard edges: 42), elsewhere 15 (11; 21): lashes and the hairline are finer than a pixel.
"""

from __future__ import annotations

import numpy as np

CONTRAST = 24  # of 255: least difference among neighbours that counts as an edge ...
RELATIVE = 6  # ... and at least a sixth of the brightest of them
STEPS = (1, 1, 1, 1, 2, 2, 4, 4)  # how far to follow an edge each way, in pixels
SUBPIXEL = 0.75  # strength against lone bright or dark pixels
END = 0.25  # an edge ends where its mean luma has changed by this share of the step across it


def smooth_edges(image: np.ndarray, but: np.ndarray | None = None) -> np.ndarray:
    """Antialias an image [H, W, C] uint8 in place, but for pixels [H, W] bool; returns it. The outermost two stay."""
    height, width = image.shape[:2]
    luma = np.ascontiguousarray(image[..., 1])  # green is most of what the eye takes for brightness
    middle, up, down = luma[1:-1, 1:-1], luma[:-2, 1:-1], luma[2:, 1:-1]
    left, right = luma[1:-1, :-2], luma[1:-1, 2:]
    high = np.maximum(np.maximum(np.maximum(up, down), np.maximum(left, right)), middle)
    low = np.minimum(np.minimum(np.minimum(up, down), np.minimum(left, right)), middle)
    spread = high - low
    wanting = (spread > CONTRAST) & (spread > high // RELATIVE)
    if but is not None:
        wanting &= ~but[1:-1, 1:-1]
    rows, columns = np.nonzero(wanting)
    inner = (rows > 0) & (rows < height - 3) & (columns > 0) & (columns < width - 3)
    rows, columns = rows[inner] + 1, columns[inner] + 1
    if not len(rows):
        return image

    flat = luma.ravel().astype(np.int16)
    at = rows * width + columns
    c, n, s, w, e = (flat[at + d] for d in (0, -width, width, -1, 1))
    nw, ne, sw, se = (flat[at + d] for d in (-width - 1, -width + 1, width - 1, width + 1))
    across_rows = np.abs(nw + sw - 2 * w) + 2 * np.abs(n + s - 2 * c) + np.abs(ne + se - 2 * e)
    across_columns = np.abs(nw + ne - 2 * n) + 2 * np.abs(w + e - 2 * c) + np.abs(sw + se - 2 * s)
    lying = across_rows >= across_columns  # the edge runs along the row

    one, other = np.where(lying, n, w), np.where(lying, s, e)
    step = np.where(lying, width, 1)
    step = np.where(np.abs(one - c) >= np.abs(other - c), -step, step)  # toward the other side of the edge
    beyond = flat[at + step]
    pair = (c + beyond).astype(np.int32)  # twice the mean luma on the edge
    limit = 2 * END * np.maximum(np.abs(beyond - c), 2)
    along = np.where(lying, 1, width)
    ends = []
    for sign in (-1, 1):
        reach = np.zeros(len(at), np.int64)
        ended = np.zeros(len(at), bool)
        difference = np.zeros(len(at), np.int32)
        position = at.copy()
        for stride in STEPS:
            position = np.where(ended, position, position + sign * along * stride)
            inside = (position > width) & (position < flat.size - width - 1)
            position = np.where(inside, position, at)
            reach = np.where(ended, reach, reach + stride)
            difference = np.where(ended, difference, flat[position] + flat[position + step] - pair)
            ended |= (np.abs(difference) >= limit) | ~inside
        ends.append((reach, difference))
    (back, difference_back), (ahead, difference_ahead) = ends
    nearest_back = back < ahead
    difference = np.where(nearest_back, difference_back, difference_ahead)
    # blend only where the nearest end shows that this pixel lies on the far side of the true edge
    wanted = (difference < 0) != (2 * c < pair)
    share = np.where(wanted, 0.5 - np.minimum(back, ahead) / np.maximum(back + ahead, 1), 0.0)
    around = (2 * (n + s + w + e) + nw + ne + sw + se) / 12.0
    lone = np.clip(np.abs(around - c) / np.maximum(spread[rows - 1, columns - 1], 1), 0, 1)
    lone = lone * lone * (3 - 2 * lone)
    share = np.maximum(share, lone * lone * SUBPIXEL).astype(np.float32)[:, None]

    pixels = image.reshape(-1, image.shape[2])
    pixels[at] = pixels[at] + share * (pixels[at + step].astype(np.float32) - pixels[at])
    return image
