"""Smooth outlines from the geometry itself: how much of each pixel along an outline the nearer surface covers.

The method is Emil Persson's geometric post-process antialiasing ("Geometric Post-process Anti-Aliasing", 2011): an
outline is an edge of the mesh between a face that looks at the camera and one that does not, so it is known where it
crosses a pixel, and need not be guessed from the picture (as `antialias` does for all other edges).
"""

from __future__ import annotations

import functools
import weakref
from dataclasses import dataclass

import numpy as np

from stygaze.face import scene
from stygaze.face.head import Head

LEFT_OUT = ("eyes", "lashes")  # lids border the eyes, and lashes are thinner than a pixel
DEPTHS = (1.4, 0.6)  # metres: what is this far from the camera has alpha 0 in what OpenGL drew, 0.6 m nearer 1
BEFORE = 0.025  # metres: a surface curves away from the camera within the last pixel before its outline
BEHIND = 0.006


@dataclass(frozen=True)
class Outline:
    """Pixels [n] (flat indices) on visible outlines: the share of the nearer surface, and where it and what is behind
    it have their colours."""

    pixel: np.ndarray
    share: np.ndarray
    near: np.ndarray
    behind: np.ndarray


@dataclass(frozen=True)
class Edges:
    """Edges of a mesh. ends [E, 2] vertices, as they follow each other in the first face; faces [F, 3] with one more
    at the end that never looks at the camera; sides [E, 2] the faces at an edge."""

    ends: np.ndarray
    faces: np.ndarray
    sides: np.ndarray

    @classmethod
    def of(cls, head: Head) -> Edges:
        """The edges of a head that may be outlines."""
        faces = np.concatenate([m.vertex[m.faces] for name, m in head.meshes.items() if name not in LEFT_OUT])
        directed = np.stack([faces, np.roll(faces, -1, 1)], 2).reshape(-1, 2)
        face = np.repeat(np.arange(len(faces)), 3)
        key = np.sort(directed, 1) @ [len(head.model.v_template), 1]
        order = np.argsort(key, kind="stable")
        first = np.r_[True, np.diff(key[order]) != 0]
        second = np.r_[~first[1:], False]  # the next one is the same edge, from the other side
        other = np.where(second, face[np.roll(order, -1)], len(faces))[first]
        return cls(directed[order][first], faces, np.stack([face[order][first], other], 1))


@functools.lru_cache(maxsize=4)
def _edges(head: weakref.ref[Head]) -> Edges:
    found = head()
    assert found is not None
    return Edges.of(found)


def project(vertices: np.ndarray, size: int) -> np.ndarray:
    """Column, row and distance from the camera along its axis [V, 3] (pixels, pixels, metres) of vertices [V, 3]."""
    camera = scene.CAMERA
    back = np.subtract(camera["position"], camera["target"])
    back = back / np.linalg.norm(back)
    side = np.cross([0.0, 1.0, 0.0], back)
    side = side / np.linalg.norm(side)
    axes = np.stack([side, -np.cross(back, side), -back], 1).astype(np.float32)
    seen = vertices @ axes - np.float32(camera["position"]) @ axes
    scale = np.float32(size / 2 / np.tan(np.radians(camera["fov"]) / 2))
    seen[:, :2] = seen[:, :2] * (scale / seen[:, 2:]) + np.float32(size / 2)
    return seen


def outline(head: Head, vertices: np.ndarray, drawn: np.ndarray) -> Outline:
    """The visible outlines of a frame.

    Args:
        vertices: [V, 3].
        drawn: [size, size] uint8, top row first: nearness as `DEPTHS` says, 0 where nothing was drawn.
    """
    edges, size = _edges(weakref.ref(head)), len(drawn)
    seen = project(vertices, size)
    x, y = np.ascontiguousarray(seen[:, 0]), np.ascontiguousarray(seen[:, 1])
    a, b, c = edges.faces.T
    front = np.empty(len(a) + 1, bool)
    front[:-1] = (x[b] - x[a]) * (y[c] - y[a]) - (x[c] - x[a]) * (y[b] - y[a]) < 0  # rows count downward
    front[-1] = False
    one, other = front[edges.sides].T
    found = one != other
    ends = np.where(one[found, None], edges.ends[found], edges.ends[found, ::-1])
    start, end = seen[ends[:, 0]], seen[ends[:, 1]]
    pieces = [_cross(start[k], end[k], size, flat) for flat, k in _split(start, end)]
    pixel, inward, place, far = (np.concatenate(part) for part in zip(*pieces, strict=True))
    # `place` 0..1 is where the outline crosses the pixel, counted from the side of the nearer surface
    covered = place > 0.5
    near, behind = np.where(covered, pixel, pixel + inward), np.where(covered, pixel - inward, pixel)
    nearness = drawn.ravel()
    depth = DEPTHS[0] - nearness * np.float32(DEPTHS[1] / 255)
    alone = nearness[behind] == 0
    visible = alone | ((depth[near] > far - BEFORE) & (depth[behind] > far - BEHIND))
    # beside an outline that crosses the pixel without, a pixel is full: what crosses it there lies hidden beneath
    full = np.zeros(size * size, bool)
    full[near[alone & ~covered]] = True
    good = np.flatnonzero(visible & (nearness[near] > 0) & ~(alone & covered & full[pixel]))
    # of several in a pixel the outermost is seen: it comes last, and what is written last stays
    good = good[np.argsort(place[good] + alone[good])]
    return Outline(pixel[good], place[good].astype(np.float32), near[good], behind[good])


def _split(start: np.ndarray, end: np.ndarray) -> list[tuple[bool, np.ndarray]]:
    flat = np.abs(end[:, 0] - start[:, 0]) >= np.abs(end[:, 1] - start[:, 1])
    return [(True, flat), (False, ~flat)]


def _cross(start: np.ndarray, end: np.ndarray, size: int, flat: bool) -> tuple[np.ndarray, ...]:
    """Where lines cross the middles of columns (of rows, if they are not flat): pixel, the step toward the nearer
    surface, how far into the pixel from that side, and distance from the camera."""
    along, across = (0, 1) if flat else (1, 0)
    forward = end[:, along] > start[:, along]
    low, high = np.where(forward[:, None], start, end), np.where(forward[:, None], end, start)
    first = np.maximum(np.ceil(low[:, along] - 0.5), 1).astype(np.int64)
    last = np.minimum(np.ceil(high[:, along] - 0.5), size - 1).astype(np.int64)  # its own pixel is the next edge's
    count = np.maximum(last - first, 0)
    line = np.repeat(np.arange(len(count)), count)
    step = np.arange(len(line)) - np.repeat(np.cumsum(count) - count, count)
    position = first[line] + step
    share = (position + 0.5 - low[line, along]) / (high[line, along] - low[line, along])
    at = low[line] + share[:, None] * (high[line] - low[line])
    cell = np.floor(at[:, across]).astype(np.int64)
    inside = (cell > 0) & (cell < size - 1)
    line, position, cell, at = line[inside], position[inside], cell[inside], at[inside]
    # faces turn counter-clockwise on the screen, so the nearer surface lies to the left of an edge from start to end
    up = forward[line] if flat else ~forward[line]
    place = at[:, across] - cell
    toward = np.where(up, -1, 1)
    if flat:
        return cell * size + position, toward * size, np.where(up, place, 1 - place), at[:, 2]
    return position * size + cell, toward, np.where(up, place, 1 - place), at[:, 2]
