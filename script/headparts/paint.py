"""A person's skin, painted by formula in the average's space, so that brows, lips and lines follow every face."""

from __future__ import annotations

import numpy as np
from PIL import Image
from scipy.ndimage import gaussian_filter, map_coordinates

from headparts.bust import Bust, collar
from headparts.hair import Hair
from headparts.hairline import bell, hairline, ramp
from headparts.looks import Color
from headparts.mesh import normals, openness, smoothed
from headparts.people import Person
from headparts.raster import Raster, noise
from headparts.source import Source

SIZE = 2048


class Canvas:
    """What all people share: the average's space over the texture, the artists' masks, noises.

    place [SIZE, SIZE, 3] metres; masks name -> [SIZE, SIZE], 0..1.
    """

    def __init__(self, source: Source, average: Bust) -> None:
        piece = average.pieces["skin"]
        self.raster = Raster(piece.uv, piece.faces, SIZE)
        baked = self.raster.bake(np.c_[average.averaged[piece.vertex], average.source_uv])
        self.place, self.source_uv = baked[..., :3], baked[..., 3:]
        self.masks = {name: _mask(source, name, self.source_uv) for name in ("lips", "eyelids", "ears")}
        self.eye, self.radius = average.eyeballs[0].centre, average.eyeballs[0].radius
        skin = average.averaged[average.members("skin")]
        self.nose = skin[np.argmax(skin[:, 2])]
        self.coarse, self.fine, self.finest = (noise(SIZE, *cells) for cells in ((60, 1), (300, 2), (1100, 3)))
        self.hairs = noise(SIZE, 900, 4)

    def away(self, x: float, y: float, z: float) -> np.ndarray:
        """Distance from a point and from its mirror image [SIZE, SIZE], metres."""
        px, py, pz = np.moveaxis(self.place, -1, 0)
        return np.sqrt((np.abs(px) - x) ** 2 + (py - y) ** 2 + (pz - z) ** 2)


def skin_texture(canvas: Canvas, bust: Bust, person: Person, hair: Hair) -> Image.Image:
    """The skin's colours, with the shade that face and hair throw on it."""
    paint = person.paint
    x, y, z = np.moveaxis(canvas.place, -1, 0)
    wide, eye, nose = np.abs(x), canvas.eye, canvas.nose
    mask, away = canvas.masks, canvas.away
    color = np.empty((SIZE, SIZE, 3), np.float32)
    color[:] = paint.skin

    def blend(amount: np.ndarray, toward: Color | np.ndarray) -> None:
        color[:] += amount[..., None] * (np.asarray(toward, np.float32) - color)

    def darken(amount: np.ndarray, tint: tuple[float, float, float] = (1.0, 1.15, 1.2)) -> None:
        color[:] *= np.clip(1 - amount[..., None] * np.array(tint, np.float32), 0, 2)

    # blood under the skin: cheeks, nose, ears, chin; paler on the forehead
    blush = np.array(paint.blush)
    blend(paint.blush_share * bell(away(0.040, -0.010, 0.045), 0.022), blush)
    blend(paint.blush_share * 0.9 * bell(away(0.0, nose[1], nose[2]), 0.014), blush)
    blend(paint.blush_share * 0.6 * bell(away(0.010, nose[1] - 0.004, nose[2] - 0.012), 0.008), blush)
    blend(paint.blush_share * 0.5 * bell(away(0.0, -0.083, 0.062), 0.014), blush)
    blend(np.minimum(1.2 * paint.blush_share, 0.4) * mask["ears"], blush)
    color *= (1 + 0.022 * canvas.coarse + 0.012 * canvas.fine + 0.014 * canvas.finest)[..., None]
    color[..., 1:] *= (1 - 0.012 * canvas.coarse)[..., None]
    if paint.freckles:
        spots = ramp(canvas.fine + 0.4 * canvas.hairs, 1.9, 2.5) * bell(away(0.026, 0.002, 0.055), 0.030)
        darken(0.5 * paint.freckles * spots, (0.8, 1.2, 1.4))
    darken(0.10 * bell(away(0.026, eye[1] - 0.013, 0.058), 0.009), (0.9, 1.05, 0.95))  # below the eyes
    _lines(canvas, paint.lines, darken)

    lips = mask["lips"]
    rim = ramp(lips, 0.05, 0.5) * ramp(-lips, -0.95, -0.5)
    blend(paint.lip_share * lips, paint.lips)
    darken(0.10 * rim * paint.lip_share)
    color *= (1 + 0.05 * lips * np.sin(x * 5200 + 2 * canvas.fine))[..., None]
    blend(paint.lid_share * mask["eyelids"], np.array(paint.skin) * (0.84, 0.66, 0.64))
    cavity = (canvas.source_uv[..., 1] < 0.14) & (canvas.source_uv[..., 0] > 0.70)  # the inside of the mouth
    blend(0.85 * cavity, (84, 36, 36))

    over_ball = np.sqrt((wide - eye[0]) ** 2 + (y - eye[1]) ** 2 + (z - eye[2]) ** 2) - canvas.radius
    edge = ramp(-over_ball, -0.0026, -0.0010) * (z > eye[2] + 0.003)
    upper = ramp(y, eye[1] - 0.002, eye[1] + 0.001)
    blend(edge * (1 - upper) * 0.40, np.array(paint.skin) * (0.86, 0.66, 0.62))  # the moist rim of the lower lid
    blend(edge * upper * 0.88, (40, 28, 25))
    wing = ramp(-over_ball, -0.0026 - 0.0016 * paint.liner, -0.0016) * (z > eye[2] + 0.003) * upper
    blend(0.75 * paint.liner * wing, (36, 26, 25))

    _brows(canvas, person, blend)
    _beard(canvas, person, blend)
    style = person.hair
    above_line = hairline(canvas.place.reshape(-1, 3), style.recede, style.burns).reshape(x.shape)
    soft = 0.005 if style.kind == "stubble" else 0.003
    near = ramp(above_line + 0.0016 * canvas.hairs, -soft, soft) * ramp(-z, -0.085, -0.06) * ramp(y, -0.05, -0.045)
    blend((0.70 if style.kind == "stubble" else 0.82) * near, np.array(style.color) * 0.85)

    above = collar(canvas.place)
    shirt = np.array(paint.shirt)
    weave = 1 + 0.018 * canvas.finest[..., None]
    blend(ramp(-above, -0.0006, 0.0006), shirt * weave)
    blend(0.35 * bell(above + 0.0085, 0.0012) + 0.5 * bell(above + 0.0004, 0.0012), shirt * 0.6)
    shade = 0.40 + 0.60 * np.clip(_light(canvas, bust, hair) * 1.12, 0, 1) ** 0.85
    color *= shade[..., None] ** np.array([0.82, 1.0, 1.06])  # skin is warmer in the shade: red light goes through it
    return Image.fromarray(np.clip(color, 0, 255).astype(np.uint8))


def _light(canvas: Canvas, bust: Bust, hair: Hair) -> np.ndarray:
    """Ambient light [SIZE, SIZE] that reaches the skin past face and hair."""
    piece, template = bust.pieces["skin"], bust.template
    everything = np.concatenate([template, hair.points])
    triangles = np.concatenate([bust.triangles, hair.faces + len(template)])
    skin = bust.members("skin")
    normal = normals(template, bust.triangles)
    light = np.ones(len(template))
    light[skin] = openness(template[skin], normal[skin], everything, triangles)
    light = canvas.raster.bake(smoothed(light, piece.vertex[piece.faces], 2)[piece.vertex][:, None])[..., 0]
    lids = np.clip(1.4 * gaussian_filter(canvas.masks["eyelids"], 7), 0, 1)
    return light + 0.9 * lids * (np.maximum(light, 0.84) - light)  # lids lie folded now, but will close


def _brows(canvas: Canvas, person: Person, blend) -> None:
    """Brows of single hairs that lean outward."""
    paint, (x, y, z) = person.paint, np.moveaxis(canvas.place, -1, 0)
    wide, eye = np.abs(x), canvas.eye
    along = (wide - 0.0120) / 0.0365
    arc = eye[1] + 0.0140 + 0.0056 * np.sin(np.clip(along, 0, 1) * 2.3) - 0.006 * np.clip(along - 0.62, 0, 1)
    arc = arc + paint.brow_lift * np.clip(along, 0, 1)
    thick = 0.0046 * paint.brow_thick * (1 - 0.60 * np.clip(along, 0, 1))
    lean = (wide * (1.30 - along) + (y - arc) * (0.9 - 1.3 * along)) * 7600
    strokes = 0.5 + 0.5 * np.sin(lean + 1.2 * canvas.fine)
    ragged = (np.abs(y - arc) + 0.0003 * canvas.fine + 0.0002 * canvas.hairs) / thick
    inside = np.clip(1.35 - ragged, 0, 1) * ramp(along, -0.03, 0.20) * ramp(-along, -1.06, -0.80)
    blend(np.clip(inside * (0.56 + 0.36 * strokes), 0, 0.92) * (z > 0.01), paint.brow)


def _beard(canvas: Canvas, person: Person, blend) -> None:
    """A beard as short as a few days, or the shadow of one, on lip, chin and jaw."""
    share, (x, y, z) = person.paint.stubble, np.moveaxis(canvas.place, -1, 0)
    if not share:
        return
    wide = np.abs(x)
    cheek = -0.030 - 0.10 * np.clip(0.034 - wide, 0, 1) + 0.62 * np.clip(wide - 0.048, 0, 1)  # its upper edge
    below = ramp(cheek - y + 0.0015 * canvas.fine, -0.007, 0.013) * ramp(z, -0.015, 0.006)
    lip = bell(np.hypot(wide - 0.008, (y + 0.031) * 1.8), 0.016) * ramp(-y, 0.022, 0.028)
    throat = ramp(y - 0.35 * np.clip(z - 0.03, -1, 0.05), -0.115, -0.100)
    under_lip = 1 - 0.40 * bell(np.hypot((wide - 0.014) * 0.8, y + 0.070), 0.008)
    area = np.clip(below + lip, 0, 1) * throat * under_lip * (1 - ramp(canvas.masks["lips"], 0.02, 0.3))
    hairs = np.clip(0.60 + 0.30 * canvas.hairs + 0.30 * canvas.finest, 0, 1)
    color = np.array(person.paint.brow) * 0.9 if share > 0.5 else np.array(person.paint.brow)
    blend(area * share * (0.30 + 0.62 * hairs), color)


def _lines(canvas: Canvas, share: float, darken) -> None:
    """Lines of age: forehead, between the brows, beside the eyes, from nose to mouth; and spots."""
    if not share:
        return
    x, y, z = np.moveaxis(canvas.place, -1, 0)
    wide, eye = np.abs(x), canvas.eye
    wobble = 0.0012 * np.sin(x * 90) + 0.0004 * canvas.coarse
    for height in (0.062, 0.071, 0.080):
        darken(0.11 * share * bell(y - height - wobble, 0.0007) * ramp(-wide, -0.040, -0.015) * ramp(z, 0.03, 0.05))
    darken(0.10 * share * bell(wide - 0.0055 - 0.05 * (y - 0.045), 0.0007) * bell(y - 0.047, 0.006) * (z > 0.05))
    out = np.hypot(wide - eye[0] - 0.013, (y - eye[1]) * 1.0)
    fan = np.arctan2(y - eye[1] + 0.001, wide - eye[0] - 0.013)
    feet = bell(np.sin(fan * 7.0), 0.30) * ramp(out, 0.006, 0.010) * ramp(-out, -0.024, -0.014) * (np.abs(fan) < 1.0)
    darken(0.12 * share * feet * (z > 0.01))
    bag = bell(np.hypot((wide - eye[0]) * 0.6, y - eye[1] + 0.0165) - 0.002, 0.0013) * (wide > eye[0] - 0.013)
    darken(0.07 * share * bag * ramp(-wide, -eye[0] - 0.014, -eye[0] - 0.006) * (z > 0.03))
    down = np.clip((0.002 - y) / 0.045, 0, 1)
    fold = bell(wide - 0.0165 - 0.0125 * down**1.1, 0.0012) * ramp(-y, -0.002, 0.006) * ramp(y, -0.046, -0.034)
    darken(0.14 * share * fold * (z > 0.03))
    spots = ramp(canvas.coarse + 0.6 * canvas.fine, 2.2, 2.9) * (z > 0)
    darken(0.10 * share * spots)


def _mask(source: Source, name: str, uv: np.ndarray) -> np.ndarray:
    """One of the artists' masks [SIZE, SIZE], 0..1, looked up at their texture places [SIZE, SIZE, 2]."""
    image = np.asarray(Image.open(source.folder / f"mpfb2/textures/mpfb_{name}.jpg").convert("L"), np.float32) / 255
    rows, columns = (1 - uv[..., 1]) * image.shape[0] - 0.5, uv[..., 0] * image.shape[1] - 0.5
    return gaussian_filter(map_coordinates(gaussian_filter(image, 0.8), [rows, columns], order=1), 1.2)
