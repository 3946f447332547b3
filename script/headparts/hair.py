"""Hair: a shell grown out of the scalp, and for long hair sheets that fall over it, and a bun."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter, gaussian_filter1d

from headparts.bust import Bust
from headparts.hairline import AXIS_Z, bell, hairline, line_height, ramp
from headparts.looks import Style
from headparts.mesh import normals, openness, smoothed, subdivide, triangulate

CROWN = np.array([0.0, 0.125, -0.060])  # strands run from here; the disc of hair.jpg is centred on it
SUNK = -0.0012  # metres: beyond its edge the shell runs under the skin, so no rim shows
DOME = np.array([0.0, 0.035, AXIS_Z])  # centre from which falling hair is measured
TEXTURE_REACH = {"short": 0.30, "long": 0.42}  # metres along the hair from the crown to the disc's rim
ROWS, COLUMNS, TURN = 30, 54, 98.0  # of a sheet; degrees from the top at which hair leaves the head and hangs


@dataclass
class Hair:
    """points [n, 3] metres; uv [n, 2]; color [n, 3] 0..1 shade; faces [m, 3]; follow [n] share of the neck joint."""

    points: np.ndarray
    uv: np.ndarray
    shade: np.ndarray
    faces: np.ndarray
    follow: np.ndarray


def grow(bust: Bust, style: Style) -> Hair:
    """All of a person's hair, shaded by the light that reaches it."""
    parts = [_shell(bust, style)]
    if style.hem is not None:
        parts += _falling(bust, style)
    if style.bun:
        parts.append(_bun(bust, style))
    hair = _joined(parts)
    normal = normals(hair.points, hair.faces)
    everything = np.concatenate([bust.template, hair.points])
    triangles = np.concatenate([bust.triangles, hair.faces + len(bust.template)])
    light = smoothed(openness(hair.points, normal, everything, triangles, 48), hair.faces, 3)
    hair.shade = hair.shade * (0.40 + 0.60 * np.clip(light * 1.15, 0, 1))
    return hair


def _joined(parts: list[Hair]) -> Hair:
    start = np.cumsum([0] + [len(p.points) for p in parts])
    faces = np.concatenate([p.faces + s for p, s in zip(parts, start, strict=False)])
    rest = (np.concatenate([getattr(p, key) for p in parts]) for key in ("points", "uv", "shade", "follow"))
    points, uv, shade, follow = rest
    return Hair(points, uv, shade, faces, follow)


def waves(points: np.ndarray, length: float, seed: int, count: int = 24) -> np.ndarray:
    """Smooth noise [n] of mean 0 and deviation 1 at points [n, 3]; `length` is about that of its bumps, metres."""
    rng = np.random.default_rng(seed)
    way = rng.normal(size=(count, 3))
    way *= rng.uniform(0.6, 1.5, (count, 1)) / np.linalg.norm(way, axis=1, keepdims=True)
    return np.sin(points @ way.T * (2 * np.pi / length) + rng.uniform(0, 6.3, count)).sum(1) * (2 / count) ** 0.5


def _shell(bust: Bust, style: Style) -> Hair:
    """The scalp, subdivided and lifted."""
    line = lambda at: hairline(at, style.recede, style.burns)  # noqa: E731
    average = bust.averaged
    above = line(average)
    on_head = (average[:, 1] > -0.05) & (average[:, 2] < 0.085)
    quads = bust.skin_quads
    quads = quads[((above > -0.030) & on_head)[quads].all(1) & (above > -0.002)[quads].any(1)]
    used = np.unique(quads)
    matrix, fine = subdivide(np.searchsorted(used, quads), len(used))
    if style.kind == "curls":
        again, fine = subdivide(fine, matrix.shape[0])
        matrix = again @ matrix
    points, average = matrix @ bust.template[used], matrix @ average[used]
    follow = 0.55 + 0.45 * ramp(average[:, 1], -0.075, -0.030)
    outward = normals(points, triangulate(fine))
    above = line(average)
    full = ramp(above, -0.001, style.feather)
    full = 1 - (1 - full) ** 2 if style.kind == "curls" else full**0.8
    top = ramp(average[:, 1], 0.03, 0.115)
    thin = 0.4 if style.hem is not None else 1.0  # what falls over it brings the volume
    thick = thin * (style.side + (style.top - style.side) * top)
    front = bell(np.hypot(average[:, 0] * 0.75, average[:, 1] - 0.115), 0.040) * ramp(average[:, 2], -0.02, 0.03)
    thick = thick + style.quiff * front
    if style.parting is not None:
        groove = bell(average[:, 0] - style.parting, 0.0035) * ramp(average[:, 1], 0.085, 0.11)
        groove *= ramp(average[:, 2], -0.075, -0.055)
        thick = thick * (1 - 0.55 * groove)
    size = 0.017 if style.kind == "curls" else 0.020
    thick = thick + style.rough * waves(points, size, 2)
    if style.kind == "strands" and style.hem is None:
        angle = np.arctan2(average[:, 0] - CROWN[0], average[:, 2] - CROWN[2])
        thick = thick + 0.0009 * top * (np.sin(23 * angle) + np.sin(37 * angle + 1.0))  # locks
    if style.kind == "curls":  # a ball of hair rather than a swollen skull
        radial = points - DOME - np.array([0, 0.02, 0])
        outward = outward + 0.7 * radial / np.linalg.norm(radial, axis=1, keepdims=True)
        outward /= np.linalg.norm(outward, axis=1, keepdims=True)
    thick = SUNK + (np.maximum(thick, 0.001) - SUNK) * full
    fine = fine[(above > -0.008)[fine].any(1)]
    kept = np.unique(fine)
    fine = np.searchsorted(kept, fine)
    lifted = points + outward * thick[:, None]
    shade = np.ones(len(points))
    return Hair(lifted[kept], _disc(average[kept], style), shade[kept], triangulate(fine), follow[kept])


def _disc(average: np.ndarray, style: Style) -> np.ndarray:
    """Texture places: straight out from the crown, which is the middle of the disc."""
    out = average - CROWN
    away = np.linalg.norm(out, axis=1) / TEXTURE_REACH["long" if style.hem is not None else "short"]
    around = np.arctan2(out[:, 0], out[:, 2])
    return 0.5 + 0.5 * np.minimum(away, 1)[:, None] * np.stack([np.sin(around), np.cos(around)], 1)


def _outline(bust: Bust) -> np.ndarray:
    """How far head, ears and neck reach from DOME: [polar angle 0..180 by 3 degrees, azimuth -180..180 by 5]."""
    template, triangles = bust.template, bust.pieces["skin"].vertex[bust.pieces["skin"].faces]
    shares = np.random.default_rng(0).dirichlet(np.ones(3), 12)
    cloud = np.einsum("sk,fkc->fsc", shares, template[triangles]).reshape(-1, 3) - DOME
    cloud = cloud[(cloud[:, 1] > -0.16) & (np.hypot(cloud[:, 0], cloud[:, 2]) < 0.135)]
    away = np.linalg.norm(cloud, axis=1)
    polar = np.degrees(np.arccos(np.clip(cloud[:, 1] / away, -1, 1)))
    azimuth = np.degrees(np.arctan2(cloud[:, 0], cloud[:, 2]))
    table = np.zeros((61, 72))
    np.maximum.at(table, ((polar / 3).round().astype(int), (azimuth / 5).round().astype(int) % 72), away)
    for _ in range(60):
        empty = table == 0
        if not empty.any():
            break
        table = np.where(empty, np.maximum(np.roll(table, 1, 1), np.roll(table, 1, 0)), table)
    table[:2] = table[:2].mean()
    return gaussian_filter(table, (1.5, 2.2), mode=("nearest", "wrap"))


def _falling(bust: Bust, style: Style) -> list[Hair]:
    """Sheets from the crown over the head down to the hem, and to the fringe's edge."""
    outline = _outline(bust)
    assert style.hem is not None
    if style.fringe is None:
        return _sheet(outline, style, style.hem, None)
    edge = float(np.radians(style.frame))
    fringe = _sheet(outline, style, style.fringe, None, (-edge - 0.12, edge + 0.12), 0.0010)
    return [*_sheet(outline, style, style.hem, edge), *fringe]


def _sheet(
    outline: np.ndarray,
    style: Style,
    hem: float,
    edge: float | None,
    span: tuple[float, float] | None = None,
    lift: float = 0.0,
) -> list[Hair]:
    """Hair that leaves the crown in all directions from its front edge to the back, and hangs from where it is widest.

    Args:
        outline: see `_outline`. hem: height of its end. edge: azimuth in radians of its front edge; None for
            the hairline. span: azimuths from the front instead of edge to back. lift: metres over the other sheets.
    """
    polar = np.linspace(2.0, TURN, ROWS * 2 // 3)
    hanging = ROWS - len(polar)
    column = np.linspace(0, 1, COLUMNS)
    heights = np.r_[DOME[1] + 0.105 * np.cos(np.radians(polar)), np.full(hanging, -1.0)]
    fronts = gaussian_filter1d([_front(h, style) for h in heights], 1.3, mode="nearest")
    ends = hem + 0.0016 * np.sin(37 * column + 1) + 0.0010 * np.sin(83 * column)  # nobody's hair is cut with a ruler
    rows, azimuths = [], []
    widest, last = np.zeros(len(column)), 0.0
    for row in range(ROWS):
        angle = polar[min(row, len(polar) - 1)]
        front = 0.0
        if span is not None:
            azimuth = span[0] + (span[1] - span[0]) * column
        else:
            front = edge * ramp(angle, 20, 55) if edge is not None else fronts[row]
            azimuth = front + 2 * (np.pi - front) * column
        from_edge = np.minimum(azimuth, 2 * np.pi - azimuth) - front if span is None else np.full(len(column), 9.0)
        full = 1 - np.exp(-np.maximum(from_edge, 0) / 0.16)
        body = style.top + (style.side + 0.004 - style.top) * ramp(angle, 30, 85)
        body = body * (0.25 + 0.75 * full) + lift
        if row < len(polar):
            radius = _look_up(outline, np.full(len(column), angle / 3), np.degrees(azimuth) / 5 % 72)
            across = (radius + body) * np.sin(np.radians(angle))
            last = height = DOME[1] + (radius + body) * np.cos(np.radians(angle))
            widest = np.maximum(widest, across)
            out = np.maximum(across, widest * ramp(angle, 55, 90))
        else:
            down = (row - len(polar) + 1) / hanging
            height = last + (ends - last) * down
            out = widest * (1 - 0.12 * down**2 + 0.04 * np.sin(np.pi * down))
            low = np.degrees(np.arctan2(widest, height - DOME[1]))
            cheek = _look_up(outline, low / 3, np.degrees(azimuth) / 5 % 72) * np.sin(np.radians(low))
            hug = np.exp(-np.maximum(from_edge, 0) / 0.30)  # its front lies along the cheek
            out = out + hug * ramp(down, 0.0, 0.6) * (np.clip(cheek + 0.007, 0.80 * widest, widest) - out)
        if rows:  # cut off: what is below the end stays where the end was
            out = np.where(height < ends, np.hypot(rows[-1][:, 0], rows[-1][:, 2] - DOME[2]), out)
        stop = np.maximum(height, ends)
        degrees = np.degrees(azimuth)
        clump = np.sin(degrees * 0.31 + 2700 * style.wave * stop) + np.sin(degrees * 0.83 + 1.7)
        out = out + style.wave * clump * ramp(angle, 35, 90) * 0.6
        rows.append(np.stack([out * np.sin(azimuth), stop, DOME[2] + out * np.cos(azimuth)], 1))
        azimuths.append(azimuth if span is not None else 2 * np.pi * column)  # strands run along the columns
    grid = np.array(rows)
    length = np.r_[np.zeros((1, grid.shape[1])), np.linalg.norm(np.diff(grid, axis=0), axis=2).cumsum(0)]
    last_row = ROWS - 1
    if span is not None:  # a fringe ends where it meets its height
        last_row = int(np.argmax((grid[..., 1] <= ends + 1e-9).all(1))) or ROWS - 1
    return _two_sided(grid[: last_row + 1], length[: last_row + 1], np.array(azimuths)[: last_row + 1], style)


def _front(height: float, style: Style) -> float:
    """Azimuth in radians of the front edge at a height: the hairline, then before the ear."""
    angles = np.arange(0, 180.0, 0.5)
    line = line_height(angles, style.recede)
    behind = angles[line < height]
    found = behind[0] if len(behind) else style.frame
    return float(np.radians(min(found, style.frame)))


def _look_up(table: np.ndarray, row: np.ndarray, column: np.ndarray) -> np.ndarray:
    """Bilinear in a table whose columns go round."""
    r, c = np.clip(row.astype(int), 0, len(table) - 2), column.astype(int)
    u, v = row - r, column - c
    a, b = c % table.shape[1], (c + 1) % table.shape[1]
    upper = table[r, a] * (1 - v) + table[r, b] * v
    return upper * (1 - u) + (table[r + 1, a] * (1 - v) + table[r + 1, b] * v) * u


def _two_sided(grid: np.ndarray, length: np.ndarray, around: np.ndarray, style: Style) -> list[Hair]:
    """The sheet [rows, columns, 3] and, from where it hangs, its darker inner side."""
    rows, columns = grid.shape[:2]
    index = np.arange(rows * columns).reshape(rows, columns)
    quads = np.stack([index[:-1, :-1], index[1:, :-1], index[1:, 1:], index[:-1, 1:]], -1).reshape(-1, 4)
    points = grid.reshape(-1, 3)
    faces = triangulate(quads)
    centre = points.mean(0)
    if ((points[faces].mean(1) - centre) * np.cross(*_edges(points, faces))).sum() < 0:
        faces = faces[:, ::-1]
    away = np.minimum(length / TEXTURE_REACH["long"], 1)
    uv = 0.5 + 0.5 * away[..., None] * np.stack([np.sin(around), np.cos(around)], -1)
    follow = 0.35 + 0.65 * ramp(points[:, 1], -0.13, -0.04)
    outer = Hair(points, uv.reshape(-1, 2), np.ones(len(points)), faces, follow)
    first = rows // 3  # above the temples: a turned head lets one look under it there
    inside, outward = index[first:].ravel(), normals(points, faces)
    depth = np.full((rows, columns), 0.004)
    depth[[first, -1]] = depth[:, [0, -1]] = 0.0
    shifted = (points - outward * depth.reshape(-1, 1))[inside]
    faces = faces[(faces >= first * columns).all(1)][:, ::-1] - first * columns
    inner = Hair(shifted, outer.uv[inside], np.full(len(inside), 0.42), faces, follow[inside])
    return [outer, inner]


def _edges(points: np.ndarray, faces: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    a, b, c = (points[faces[:, i]] for i in range(3))
    return b - a, c - a


def _bun(bust: Bust, style: Style) -> Hair:
    """A knot of hair on the back of the crown."""
    middle = np.array([0.0, 0.118, -0.098]) + (bust.template - bust.averaged)[bust.averaged[:, 1] > 0.1].mean(0)
    axis = np.array([0.0, 0.62, -0.78])
    side = np.array([1.0, 0.0, 0.0])
    across = np.cross(axis, side)
    polar, around = np.meshgrid(np.linspace(0.02, 2.6, 16), np.linspace(0, 2 * np.pi, 37), indexing="ij")
    twist = 0.06 * np.sin(5 * around + 3.0 * polar) * np.sin(polar)
    radius = style.bun * (1 + twist)
    unit = np.cos(polar)[..., None] * axis * 0.80 + np.sin(polar)[..., None] * (
        np.cos(around)[..., None] * side + np.sin(around)[..., None] * across
    )
    points = (middle + radius[..., None] * unit).reshape(-1, 3)
    index = np.arange(len(points)).reshape(polar.shape)
    quads = np.stack([index[:-1, :-1], index[1:, :-1], index[1:, 1:], index[:-1, 1:]], -1).reshape(-1, 4)
    faces = triangulate(quads)
    if ((points[faces].mean(1) - middle) * np.cross(*_edges(points, faces))).sum() < 0:
        faces = faces[:, ::-1]
    away = 0.1 + 0.25 * polar
    swirl = around + 0.8 * polar
    uv = 0.5 + 0.5 * away[..., None] * np.stack([np.sin(swirl), np.cos(swirl)], -1)
    n = len(points)
    return Hair(points, uv.reshape(-1, 2), np.ones(n), faces, np.ones(n))
