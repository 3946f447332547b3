"""Skin and eye textures, painted by formula in the head's own space and baked into the texture layout."""

from __future__ import annotations

import numpy as np
from PIL import Image
from scipy.ndimage import distance_transform_edt, gaussian_filter, map_coordinates

from headparts.bust import Bust, collar
from headparts.eyeball import IRIS, PUPIL, TEXTURE_ANGLE
from headparts.grooming import hairline
from headparts.mesh import normals, openness, smoothed
from headparts.source import Source

SIZE, EYE_SIZE, HAIR_SIZE = 2048, 512, 768
SKIN, BLUSH, LIPS, LID = (226, 178, 150), (214, 122, 106), (190, 104, 98), (176, 116, 100)
BROW, LASH_LINE, HAIR, SHIRT = (62, 44, 35), (48, 33, 28), (58, 42, 35), (62, 84, 104)
CAVITY = (84, 36, 36)


def bake(attributes: np.ndarray, uv: np.ndarray, faces: np.ndarray, size: int) -> np.ndarray:
    """Interpolate corner attributes [n, A] over a texture [size, size, A]; bare pixels copy their nearest."""
    image = np.zeros((size, size, attributes.shape[1]), np.float32)
    covered = np.zeros((size, size), bool)
    for triangle in faces:
        corners = uv[triangle] * size
        low = np.maximum(np.floor(corners.min(0)).astype(int), 0)
        high = np.minimum(np.ceil(corners.max(0)).astype(int), size - 1)
        x, y = np.meshgrid(np.arange(low[0], high[0] + 1) + 0.5, np.arange(low[1], high[1] + 1) + 0.5)
        (ax, ay), (bx, by), (cx, cy) = corners
        area = (bx - ax) * (cy - ay) - (cx - ax) * (by - ay)
        if abs(area) < 1e-9:
            continue
        b = ((x - ax) * (cy - ay) - (cx - ax) * (y - ay)) / area
        c = ((bx - ax) * (y - ay) - (x - ax) * (by - ay)) / area
        inside = (b >= -1e-3) & (c >= -1e-3) & (b + c <= 1.001)
        part = np.s_[low[1] : high[1] + 1, low[0] : high[0] + 1]
        value = np.stack([1 - b - c, b, c], -1) @ attributes[triangle]
        image[part][inside] = value[inside]
        covered[part] |= inside
    nearest = distance_transform_edt(~covered, return_distances=False, return_indices=True)
    return image[tuple(nearest)]


def noise(grain: int, seed: int, blur: float = 0.0) -> np.ndarray:
    """Smooth random texture [SIZE, SIZE] of mean 0, deviation 1; `grain` cells across."""
    cells = np.random.default_rng(seed).random((grain, grain)).astype(np.float32)
    image = np.asarray(Image.fromarray(cells).resize((SIZE, SIZE), Image.Resampling.BICUBIC))
    image = gaussian_filter(image, blur) if blur else image
    return (image - image.mean()) / image.std()


def bump(distance: np.ndarray, width: float) -> np.ndarray:
    """Bell of a distance."""
    return np.exp(-((distance / width) ** 2))


def ramp(value: np.ndarray, low: float, high: float) -> np.ndarray:
    """0 below `low`, 1 above `high`, smooth between."""
    t = np.clip((value - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)


def skin_texture(source: Source, bust: Bust) -> Image.Image:
    """The skin's colours with shade from baked ambient light."""
    piece, template = bust.pieces["skin"], bust.template
    normal = normals(template, bust.triangles)
    skin = bust.members("skin")
    light = np.ones(len(template))
    light[skin] = openness(template[skin], normal[skin], template, bust.triangles)
    light = smoothed(light, piece.vertex[piece.faces], 2)[piece.vertex]
    corners = np.c_[template[piece.vertex], light, bust.source_uv].astype(np.float32)
    baked = bake(corners, piece.uv, piece.faces, SIZE)
    x, y, z, light = np.moveaxis(baked[..., :4], -1, 0)
    mask = {name: _mask(source, name, baked[..., 4:6]) for name in ("lips", "eyelids")}
    light = light + 0.8 * mask["eyelids"] * (np.maximum(light, 0.85) - light)  # lids lie folded now, but will close
    wide = np.abs(x)
    eye, radius = bust.eyeballs[0].centre, bust.eyeballs[0].radius
    nose = template[np.argmax(template[:, 2])]

    color = np.empty((SIZE, SIZE, 3), np.float32)
    color[:] = SKIN
    color += noise(160, 1)[..., None] * [1.6, 2.0, 1.8] + noise(700, 2)[..., None] * [1.6, 1.5, 1.4]

    def blend(amount: np.ndarray, paint: tuple[int, int, int]) -> None:
        color[:] += amount[..., None] * (np.array(paint, np.float32) - color)

    away = lambda px, py, pz: np.sqrt((wide - px) ** 2 + (y - py) ** 2 + (z - pz) ** 2)  # noqa: E731
    blend(0.30 * bump(away(0.038, -0.012, 0.045), 0.021), BLUSH)
    blend(0.30 * bump(away(0.0, nose[1], nose[2]), 0.014), BLUSH)
    blend(0.40 * bump(wide - 0.074, 0.010) * ramp(z, -0.06, -0.03) * ramp(-z, -0.01, 0.0), BLUSH)
    blend(0.72 * mask["lips"], LIPS)
    blend(0.22 * mask["eyelids"], LID)

    cavity = (baked[..., 5] < 0.14) & (baked[..., 4] > 0.70)  # the artists' island of the inside of the mouth
    blend(0.85 * cavity, CAVITY)

    over_ball = np.sqrt((wide - eye[0]) ** 2 + (y - eye[1]) ** 2 + (z - eye[2]) ** 2) - radius
    edge = ramp(-over_ball, -0.0026, -0.0010) * (z > eye[2] + 0.003)
    upper = ramp(y, eye[1] - 0.002, eye[1] + 0.001)
    blend(edge * (0.30 + 0.6 * upper), LASH_LINE)

    along = (wide - 0.0120) / 0.0365
    arc = eye[1] + 0.0140 + 0.0056 * np.sin(np.clip(along, 0, 1) * 2.3) - 0.006 * np.clip(along - 0.62, 0, 1)
    thick = 0.0043 * (1 - 0.60 * np.clip(along, 0, 1))
    strokes = 0.5 + 0.5 * np.sin((wide * (1.25 - along) + y * 0.7) * 9000 + 1.2 * noise(260, 3))
    brow = np.clip(1.35 - np.abs(y - arc) / thick, 0, 1) * ramp(along, -0.02, 0.16) * ramp(-along, -1.04, -0.86)
    blend(np.clip(brow * (0.66 + 0.26 * strokes), 0, 0.94) * (z > 0.01), BROW)

    above_line = hairline(np.stack([x, y, z], -1).reshape(-1, 3)).reshape(x.shape)
    near_hair = (
        ramp(above_line + 0.0012 * noise(900, 5), -0.004, 0.003) * ramp(-z, -0.085, -0.06) * ramp(y, -0.05, -0.045)
    )
    blend(0.8 * near_hair, HAIR)

    above = collar(np.stack([x, y, z], -1))
    blend(ramp(-above, -0.0006, 0.0006), SHIRT)
    blend(0.35 * bump(above + 0.0085, 0.0012) + 0.5 * bump(above + 0.0004, 0.0012), tuple(c * 0.6 for c in SHIRT))
    color *= (0.42 + 0.58 * np.clip(light * 1.12, 0, 1) ** np.array([0.85]))[..., None]
    return Image.fromarray(np.clip(color, 0, 255).astype(np.uint8))


def hair_texture() -> Image.Image:
    """Strands that run out from the crown, in the middle of the disc."""
    size = HAIR_SIZE
    axis = (np.arange(size) + 0.5) / size * 2 - 1
    x, y = np.meshgrid(axis, axis)
    away, around = np.hypot(x, y), np.arctan2(y, x) / (2 * np.pi) + 0.5
    rng = np.random.default_rng(7)
    strands = np.zeros((size, size), np.float32)
    for columns, rows, weight in ((260, 10, 1.0), (700, 16, 1.1), (60, 5, 0.7)):
        cells = gaussian_filter(rng.normal(size=(rows, columns)), (0.6, 0.5), mode=("nearest", "wrap"))
        place = [away * (rows - 1), (around * columns) % columns]
        strands += weight * map_coordinates(cells / cells.std(), place, order=1, mode="grid-wrap")
    color = np.array(HAIR) * (1.0 + 0.13 * strands)[..., None]
    return Image.fromarray(np.clip(color, 0, 255).astype(np.uint8))


def eye_texture() -> Image.Image:
    """Pupil, iris with fibres, dark limbal ring, sclera that darkens toward the lids."""
    axis = (np.arange(EYE_SIZE) + 0.5) / EYE_SIZE * 2 - 1
    x, y = np.meshgrid(axis, axis)
    polar, around = np.hypot(x, y) * TEXTURE_ANGLE, np.arctan2(y, x)
    rng = np.random.default_rng(4)
    fibres = sum(rng.normal() / k**0.5 * np.sin(k * around + rng.random() * 6.3) for k in range(9, 90, 3))
    depth = np.clip((polar - PUPIL) / (IRIS - PUPIL), 0, 1)
    iris = (
        np.array([66, 104, 132])
        * (1 + 0.10 * fibres[..., None] / 2)
        * (0.82 + 0.4 * bump(depth - 0.5, 0.45))[..., None]
    )
    iris += np.array([70, 46, 10]) * (bump(depth - 0.08, 0.22) * (0.75 + 0.25 * np.sin(fibres * 2)))[..., None]
    iris *= (1 - 0.78 * ramp(depth, 0.76, 0.98))[..., None]
    sclera = np.array([240, 236, 231]) - ramp(polar, 0.50, 1.15)[..., None] * [58, 82, 86]
    color = sclera + ramp(-polar, -IRIS - 0.018, -IRIS + 0.010)[..., None] * (iris - sclera)
    color *= ramp(polar, PUPIL - 0.010, PUPIL + 0.012)[..., None]
    color *= (1 - 0.38 * ramp(-y * TEXTURE_ANGLE, 0.10, 0.42))[..., None]  # the upper lid's shadow
    return Image.fromarray(np.clip(color + 6, 0, 255).astype(np.uint8))


def _mask(source: Source, name: str, uv: np.ndarray) -> np.ndarray:
    """One of the artists' masks [SIZE, SIZE], 0..1, looked up at their texture places [SIZE, SIZE, 2]."""
    image = np.asarray(Image.open(source.folder / f"mpfb2/textures/mpfb_{name}.jpg").convert("L"), np.float32) / 255
    rows, columns = (1 - uv[..., 1]) * image.shape[0] - 0.5, uv[..., 0] * image.shape[1] - 0.5
    return gaussian_filter(map_coordinates(gaussian_filter(image, 0.8), [rows, columns], order=1), 1.2)
