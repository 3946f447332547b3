"""Lashes, bands along the upper lids with ragged tips; and what need not be drawn."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
from scipy.sparse import csr_matrix

from headparts.bust import Bust, Piece
from headparts.source import Source

LASH_COLOR = (34, 25, 22)
LASHES, LASH_REACH, LASH_GAP = 26, 0.80, 0.34  # a lid; share of the artists' strip that tips and gaps reach


def add_lashes(source: Source, bust: Bust) -> None:
    """Ragged bands on the artists' lash strips of the upper lids, which follow lids and blinks."""
    corners, faces = [], []
    for side in "lr":
        strip = _grid(source, bust, f"helper-{side}-eyelashes-2")
        rows, columns = strip.shape
        along = np.linspace(0, columns - 1, 2 * LASHES + 1)
        reach = np.where(np.arange(len(along)) % 2, LASH_REACH, LASH_GAP)
        reach = reach * (0.55 + 0.45 * np.sin(np.pi * (0.12 + 0.80 * along / (columns - 1)))) * (rows - 1)
        carry = _bilinear(strip, np.r_[along, along], np.r_[np.zeros(len(along)), reach], len(bust.neutral))
        start = sum(len(c) for c in corners)
        corners.append(bust.grow("lashes", carry, np.zeros((carry.shape[0], 3))))
        i = start + np.arange(len(along) - 1)
        n = len(along)
        faces += [np.stack([i, i + 1, i + n + 1], 1), np.stack([i, i + n + 1, i + n], 1)]
    vertex = np.concatenate(corners)
    color = np.tile(LASH_COLOR, (len(vertex), 1))
    bust.pieces["lashes"] = Piece(vertex, np.zeros((len(vertex), 2)), color, np.concatenate(faces))


def drop_hidden(bust: Bust) -> None:
    """Leave out of the drawing what no camera sees: eye sockets, backs of the eyeballs."""
    template, eye = bust.template, bust.eyeballs[0]
    skin, eyes = bust.pieces["skin"], bust.pieces["eyes"]
    at = template[skin.vertex]
    beside = np.hypot(np.abs(at[:, 0]) - eye.centre[0], at[:, 1] - eye.centre[1]) < 1.3 * eye.radius
    socket = beside & (at[:, 2] < eye.centre[2] + 0.002) & (at[:, 2] > eye.centre[2] - 2 * eye.radius)
    polar = np.concatenate([ball.polar for ball in bust.eyeballs])
    for piece, hidden in ((skin, socket), (eyes, polar > np.radians(95))):
        piece.faces = piece.faces[~hidden[piece.faces].all(1)]


def _grid(source: Source, bust: Bust, group: str) -> np.ndarray:
    """A strip of quads as a table [rows, columns] of base-mesh vertices; row 0 lies on the lid."""
    quads = source.quads[source.group == group]
    of_edge = defaultdict(list)
    for q, quad in enumerate(quads):
        for i in range(4):
            of_edge[frozenset((quad[i], quad[(i + 1) % 4]))].append(q)
    uses = np.bincount(quads.ravel())
    corner = {v for v in np.unique(quads) if uses[v] == 1}
    rim = [tuple(e) for e, q in of_edge.items() if len(q) == 1]
    neighbours = defaultdict(list)
    for a, b in rim:
        neighbours[a].append(b)
        neighbours[b].append(a)
    sides = []
    for first in corner:
        for second in neighbours[first]:
            side = [first, second]
            while side[-1] not in corner:
                side.append(next(v for v in neighbours[side[-1]] if v != side[-2]))
            sides.append(side)
    longest = max(len(side) for side in sides)
    eye = bust.neutral[np.unique(quads)].mean(0) * [1, 1, 0] + [0, 0, bust.neutral[quads, 2].min() - 1]
    root = min(
        (side for side in sides if len(side) == longest),
        key=lambda side: np.linalg.norm(bust.neutral[side] - eye, axis=1).mean(),
    )
    rows = [root]
    seen: set[int] = set()
    while True:
        following = {}
        for a, b in zip(rows[-1][:-1], rows[-1][1:], strict=True):
            fresh = [q for q in of_edge[frozenset((a, b))] if q not in seen]
            if not fresh:
                return np.array(rows)
            quad = list(quads[fresh[0]])
            seen.add(fresh[0])
            i = quad.index(a)
            if quad[(i + 1) % 4] == b:
                following[a], following[b] = quad[(i - 1) % 4], quad[(i + 2) % 4]
            else:
                following[a], following[b] = quad[(i + 1) % 4], quad[(i + 2) % 4]
        rows.append([following[v] for v in rows[-1]])


def _bilinear(grid: np.ndarray, column: np.ndarray, row: np.ndarray, n: int) -> csr_matrix:
    """Matrix [m, n] that makes points at fractional places of a grid of vertices."""
    c, r = np.minimum(column.astype(int), grid.shape[1] - 2), np.minimum(row.astype(int), grid.shape[0] - 2)
    u, v = column - c, row - r
    index = np.stack([grid[r, c], grid[r, c + 1], grid[r + 1, c], grid[r + 1, c + 1]], 1)
    share = np.stack([(1 - u) * (1 - v), u * (1 - v), (1 - u) * v, u * v], 1)
    return csr_matrix((share.ravel(), (np.repeat(np.arange(len(c)), 4), index.ravel())), shape=(len(c), n))
