"""Cut a bust out of the base mesh, dress it in a shirt, add eyeballs, lashes and hair, and lay the texture out.

Every vertex of the head is a mix of base-mesh vertices, kept in one sparse matrix (`carry`); so each shape, expression
and weight that MakeHuman's artists made carries over by one product.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from scipy.sparse import csr_matrix, vstack

from headparts.eyeball import Eyeball, eyeball, fit_sphere
from headparts.mesh import boundary, triangulate
from headparts.source import BODY_VERTICES, Source

SCALE = 0.1  # decimetres to metres
EYES_AT = np.array([0.0, 0.027, 0.042])  # point between the eyes, about where FLAME has it
CUT_AT = 4.62  # dm: below the shoulders and above the armpits, so that one plane closes the bust
TEETH = ("helper-upper-teeth", "helper-lower-teeth")
PARTS = ("skin", "teeth", "tongue", "left_eye", "right_eye", "lashes", "hair")
COLOR = {"teeth": (236, 230, 216), "tongue": (186, 96, 94)}

# Where the islands of the artists' layout go in ours: (u, v) corner and size there; corner and scale here.
ISLANDS = (
    ((0.640, 0.148), (0.355, 0.671), (0.010, 0.010), 1.46),  # head
    ((0.755, 0.010), (0.170, 0.127), (0.560, 0.010), 1.46),  # mouth cavity
    ((0.010, 0.545), (0.145, 0.090), (0.560, 0.220), 1.46),  # eye sockets
    ((0.115, 0.665), (0.524, 0.311), (0.545, 0.400), 0.84),  # shoulders and chest
)


@dataclass
class Piece:
    """One mesh to draw: head vertex of each corner, texture place (origin top left), colour 0..255, triangles."""

    vertex: np.ndarray
    uv: np.ndarray
    color: np.ndarray
    faces: np.ndarray


@dataclass
class Bust:
    """The whole head in FLAME's frame (metres, y up, z forward, x to the subject's left).

    neutral [N, 3] base mesh, dm; carry [V, N] sparse; offset [V, 3] metres; part [V] index into PARTS;
    source_uv [n, 2] of the skin piece in the artists' layout, where their masks are looked up.
    """

    neutral: np.ndarray
    eye_middle: np.ndarray
    carry: csr_matrix
    offset: np.ndarray
    part: np.ndarray
    eyeballs: tuple[Eyeball, Eyeball]
    pieces: dict[str, Piece] = field(default_factory=dict)
    source_uv: np.ndarray = field(default_factory=lambda: np.zeros((0, 2)))

    def place(self, points: np.ndarray) -> np.ndarray:
        """Base-mesh points in FLAME's frame."""
        return (points - self.eye_middle) * SCALE + EYES_AT

    @property
    def template(self) -> np.ndarray:
        """Neutral vertices [V, 3]."""
        return self.place(self.carry @ self.neutral) + self.offset

    @property
    def triangles(self) -> np.ndarray:
        """Every triangle [F, 3] over the head's vertices."""
        return np.concatenate([piece.vertex[piece.faces] for piece in self.pieces.values()])

    def members(self, *parts: str) -> np.ndarray:
        """Indices of the vertices of some parts."""
        return np.flatnonzero(np.isin(self.part, [PARTS.index(p) for p in parts]))

    def spread(self, displacement: np.ndarray) -> np.ndarray:
        """A base-mesh displacement [N, 3] on the head's vertices [V, 3], metres."""
        return self.carry @ displacement * SCALE

    def grow(self, part: str, carry: csr_matrix, offset: np.ndarray) -> np.ndarray:
        """Append vertices; returns their indices."""
        start = self.carry.shape[0]
        self.carry = vstack([self.carry, carry], format="csr")
        self.offset = np.concatenate([self.offset, offset])
        self.part = np.concatenate([self.part, np.full(carry.shape[0], PARTS.index(part))])
        return start + np.arange(carry.shape[0])


def average_person(source: Source) -> np.ndarray:
    """The neutral base mesh [N, 3]: a young adult, mean over origins, slightly more male than female."""
    vertices = source.vertices.copy()
    for sex, share in (("female", 0.45), ("male", 0.55)):
        for origin in ("african", "asian", "caucasian"):
            vertices += share / 3 * source.person(origin, sex, "young")
        vertices += share * source.build(sex, "average", "average")
    return vertices


def cut(source: Source) -> Bust:
    """The bust with mouth and eyeballs; hair and lashes come later."""
    neutral = average_person(source)
    eye_middle = (neutral[source.members("joint-l-eye")].mean(0) + neutral[source.members("joint-r-eye")].mean(0)) / 2
    kept = (neutral[:, 1] > CUT_AT) & (np.arange(len(neutral)) < BODY_VERTICES)
    groups = {"skin": (source.group == "body") & kept[source.quads].all(1)}
    groups["teeth"] = np.isin(source.group, TEETH)
    groups["tongue"] = source.group == "helper-tongue"
    row = np.full(len(neutral), -1)
    empty = csr_matrix((0, len(neutral)))
    bust = Bust(neutral, eye_middle, empty, np.zeros((0, 3)), np.zeros(0, int), None)
    for part, chosen in groups.items():
        used = np.unique(source.quads[chosen])
        row[used] = bust.grow(part, _select(used, len(neutral)), np.zeros((len(used), 3)))

    skin = row[source.quads[groups["skin"]]]
    rim = boundary(skin)
    rim = rim[bust.template[rim, 1] < bust.place(np.array([0, CUT_AT + 0.3, 0]))[1]]
    bust.offset[rim, 1] += bust.place(np.array([0, CUT_AT, 0]))[1] - bust.template[rim, 1]

    corner_uv = source.quad_uv[groups["skin"]]
    pairs, corner = np.unique(np.stack([skin.ravel(), corner_uv.ravel()], 1), axis=0, return_inverse=True)
    bust.source_uv = source.uv[pairs[:, 1]]
    white = np.full((len(pairs), 3), 255)
    bust.pieces["skin"] = Piece(pairs[:, 0], _layout(bust.source_uv), white, triangulate(corner.reshape(skin.shape)))

    eyes = []
    for part, helper in (("left_eye", "helper-l-eye"), ("right_eye", "helper-r-eye")):
        members = source.members(helper)
        eye = eyeball(*fit_sphere(bust.place(neutral[members])))
        mean = csr_matrix(np.full((len(eye.vertices), len(members)), 1 / len(members)))
        carry = mean @ _select(members, len(neutral))
        bust.grow(part, carry, eye.vertices - bust.place(carry @ neutral))
        eyes.append(eye)
    bust.eyeballs = tuple(eyes)
    n = len(eyes[0].vertices)
    bust.pieces["eyes"] = Piece(
        np.concatenate([bust.members("left_eye"), bust.members("right_eye")]),
        np.concatenate([eye.uv for eye in eyes]),
        np.full((2 * n, 3), 255),
        np.concatenate([eyes[0].triangles, eyes[1].triangles + n]),
    )
    inside = bust.members("teeth", "tongue")
    faces = triangulate(row[source.quads[groups["teeth"] | groups["tongue"]]])
    color = np.array([COLOR[PARTS[p]] for p in bust.part[inside]])
    bust.pieces["mouth"] = Piece(inside, np.zeros((len(inside), 2)), color, np.searchsorted(inside, faces))
    return bust


def _select(index: np.ndarray, n: int) -> csr_matrix:
    """The matrix that picks rows."""
    return csr_matrix((np.ones(len(index)), (np.arange(len(index)), index)), shape=(len(index), n))


def _layout(uv: np.ndarray) -> np.ndarray:
    """The artists' texture places, origin bottom left, in ours, origin top left and nothing but the bust on it."""
    placed = np.full_like(uv, np.nan)
    for corner, size, target, scale in ISLANDS:
        inside = ((uv >= corner) & (uv <= np.add(corner, size))).all(1)
        u, v = uv[inside, 0] - corner[0], corner[1] + size[1] - uv[inside, 1]
        placed[inside] = np.stack([u, v], 1) * scale + target
    if np.isnan(placed).any() or placed.min() < 0 or placed.max() > 1:
        raise SystemExit("A skin vertex lies outside the islands of ISLANDS; the base mesh is not the expected one.")
    return placed
