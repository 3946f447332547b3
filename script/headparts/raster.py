"""From corners of triangles to pixels of a texture."""

from __future__ import annotations

import numpy as np
from PIL import Image
from scipy.ndimage import distance_transform_edt, gaussian_filter


class Raster:
    """Which triangle each pixel of a texture [size, size] shows, and where in it; bare pixels copy their nearest."""

    def __init__(self, uv: np.ndarray, faces: np.ndarray, size: int) -> None:
        corner, share = np.zeros((size, size, 3), np.int32), np.zeros((size, size, 3), np.float32)
        covered = np.zeros((size, size), bool)
        for triangle in faces:
            places = uv[triangle] * size
            low = np.maximum(np.floor(places.min(0)).astype(int), 0)
            high = np.minimum(np.ceil(places.max(0)).astype(int), size - 1)
            x, y = np.meshgrid(np.arange(low[0], high[0] + 1) + 0.5, np.arange(low[1], high[1] + 1) + 0.5)
            (ax, ay), (bx, by), (cx, cy) = places
            area = (bx - ax) * (cy - ay) - (cx - ax) * (by - ay)
            if abs(area) < 1e-9:
                continue
            b = ((x - ax) * (cy - ay) - (cx - ax) * (y - ay)) / area
            c = ((bx - ax) * (y - ay) - (x - ax) * (by - ay)) / area
            inside = (b >= -1e-3) & (c >= -1e-3) & (b + c <= 1.001)
            part = np.s_[low[1] : high[1] + 1, low[0] : high[0] + 1]
            corner[part][inside] = triangle
            share[part][inside] = np.stack([1 - b - c, b, c], -1)[inside]
            covered[part] |= inside
        nearest = tuple(distance_transform_edt(~covered, return_distances=False, return_indices=True))
        self.corner, self.share = corner[nearest], share[nearest]

    def bake(self, attributes: np.ndarray) -> np.ndarray:
        """Corner attributes [n, A] over the texture [size, size, A]."""
        values = attributes.astype(np.float32)
        return sum(self.share[..., k, None] * values[self.corner[..., k]] for k in range(3))


def noise(size: int, grain: int, seed: int, blur: float = 0.0) -> np.ndarray:
    """Smooth random texture [size, size] of mean 0, deviation 1; `grain` cells across."""
    cells = np.random.default_rng(seed).random((grain, grain)).astype(np.float32)
    image = np.asarray(Image.fromarray(cells).resize((size, size), Image.Resampling.BICUBIC))
    image = gaussian_filter(image, blur) if blur else image
    return (image - image.mean()) / image.std()
