"""Cut a bust out of the base mesh, dress it in a shirt, add eyeballs and lay the texture out.

Every vertex of the head is a mix of base-mesh vertices, kept in one sparse matrix (`carry`); so each shape, expression
and weight that MakeHuman's artists made carries over by one product. Every person's bust is cut along the average's
edges, so that all of them share their triangles and texture places, and whatever is painted or measured in the
average's space lands on the same features of each.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from scipy.sparse import csr_matrix, vstack
from scipy.sparse.csgraph import connected_components

from headparts.eyeball import Eyeball, eyeball, fit_sphere
from headparts.mesh import boundary, normals, smoothed, triangulate
from headparts.source import BODY_VERTICES, Source

SCALE = 0.1  # decimetres to metres
EYES_AT = np.array([0.0, 0.027, 0.042])  # point between the eyes, about where FLAME has it
SHIRT_THICK = 0.0022
REST = {"mouthClose": 0.10}
CUT_AT = 4.62  # dm: below the shoulders and above the armpits, so that one plane closes the bust
TEETH = ("helper-upper-teeth", "helper-lower-teeth")
PARTS = ("skin", "teeth", "tongue", "left_eye", "right_eye", "lashes")
TONGUE_BACK, MOUTH_DEPTH = np.array([0, -0.0025, -0.004]), 0.034  # metres
MOUTH_DARK = (44, 17, 17)
COLOR = {"teeth": (236, 230, 216), "tongue": (186, 96, 94)}

# Where the islands of the artists' layout go in ours: (u, v) corner and size there; corner and scale here.
ISLANDS = (
    ((0.640, 0.148), (0.355, 0.671), (0.010, 0.010), 1.46),  # head
    ((0.755, 0.010), (0.170, 0.127), (0.560, 0.010), 1.46),  # mouth cavity
    ((0.010, 0.545), (0.145, 0.090), (0.560, 0.220), 1.46),  # eye sockets
    ((0.175, 0.757), (0.412, 0.220), (0.545, 0.400), 1.06),  # shoulders and chest
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

    neutral, average [N, 3] base mesh of this person and of the average, dm; carry [V, N] sparse; offset [V, 3] metres;
    part [V] index into PARTS; skin_quads [K, 4] over the head's vertices; source_uv [n, 2] of the skin piece in the
    artists' layout.
    """

    neutral: np.ndarray
    average: np.ndarray
    eye_middle: np.ndarray
    eye_vertices: np.ndarray
    carry: csr_matrix
    offset: np.ndarray
    part: np.ndarray
    eyeballs: tuple[Eyeball, Eyeball]
    pieces: dict[str, Piece] = field(default_factory=dict)
    source_uv: np.ndarray = field(default_factory=lambda: np.zeros((0, 2)))
    skin_quads: np.ndarray = field(default_factory=lambda: np.zeros((0, 4), int))

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

    @property
    def averaged(self) -> np.ndarray:
        """Where the average's bare vertices [V, 3] stand: the space that hairline, collar and paint are drawn in."""
        return (self.carry @ self.average - self.average[self.eye_vertices].mean(0)) * SCALE + EYES_AT

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


def cut(source: Source, neutral: np.ndarray) -> Bust:
    """The bust of a person (base mesh [N, 3], dm) with mouth and eyeballs; hair and lashes come later."""
    average = average_person(source)
    eye_vertices = np.concatenate([source.members("joint-l-eye"), source.members("joint-r-eye")])
    kept = (average[:, 1] > CUT_AT) & (np.arange(len(neutral)) < BODY_VERTICES)
    groups = {"skin": _without_scraps((source.group == "body") & kept[source.quads].all(1), source.quad_uv)}
    groups["teeth"] = np.isin(source.group, TEETH)
    groups["tongue"] = source.group == "helper-tongue"
    row = np.full(len(neutral), -1)
    empty = csr_matrix((0, len(neutral)))
    eye_middle = neutral[eye_vertices].mean(0)
    bust = Bust(neutral, average, eye_middle, eye_vertices, empty, np.zeros((0, 3)), np.zeros(0, int), None)
    for part, chosen in groups.items():
        used = np.unique(source.quads[chosen])
        row[used] = bust.grow(part, _select(used, len(neutral)), np.zeros((len(used), 3)))

    bust.skin_quads = skin = row[source.quads[groups["skin"]]]
    rim = boundary(skin)
    rim = rim[(bust.carry @ average)[rim, 1] < CUT_AT + 0.3]
    bust.offset[rim, 1] += bust.template[rim, 1].min() - 0.004 - bust.template[rim, 1]

    corner_uv = source.quad_uv[groups["skin"]]
    pairs, corner = np.unique(np.stack([skin.ravel(), corner_uv.ravel()], 1), axis=0, return_inverse=True)
    bust.source_uv = source.uv[pairs[:, 1]]
    white = np.full((len(pairs), 3), 255)
    corner = corner.reshape(skin.shape)
    bust.pieces["skin"] = Piece(pairs[:, 0], _layout(bust.source_uv, corner), white, triangulate(corner))
    _dress(bust)
    _close_lips(source, bust)

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
    bust.offset[bust.members("tongue")] += TONGUE_BACK
    faces = triangulate(row[source.quads[groups["teeth"] | groups["tongue"]]])
    shade = _mouth_light(bust, faces)[inside]
    color = np.maximum(np.array([COLOR[PARTS[p]] for p in bust.part[inside]]) * shade[:, None], MOUTH_DARK)
    bust.pieces["mouth"] = Piece(inside, np.zeros((len(inside), 2)), color, np.searchsorted(inside, faces))
    return bust


def _select(index: np.ndarray, n: int) -> csr_matrix:
    """The matrix that picks rows."""
    return csr_matrix((np.ones(len(index)), (np.arange(len(index)), index)), shape=(len(index), n))


def _mouth_light(bust: Bust, faces: np.ndarray) -> np.ndarray:
    """Light [V] that reaches teeth and tongue through the lips: little at the back, hardly any inside the teeth."""
    template = bust.template
    depth = template[np.unique(faces), 2].max() - template[:, 2]
    outward = template - [0, 0, template[np.unique(faces), 2].max() - MOUTH_DEPTH]
    outward[:, 1] = 0
    facing = (normals(template, faces) * outward).sum(1) / np.maximum(np.linalg.norm(outward, axis=1), 1e-9)
    inner_side = np.where(bust.part == PARTS.index("teeth"), np.clip(0.3 - facing, 0, 1), 0)
    return np.clip(1 - depth / MOUTH_DEPTH, 0.08, 1) ** 1.2 * (1 - 0.9 * np.minimum(1.6 * inner_side, 1))


def collar(points: np.ndarray) -> np.ndarray:
    """Height of points [..., 3] above the shirt's neckline in metres: a plane that dips to the front."""
    return points[..., 1] + 0.134 + 0.33 * points[..., 2]


def _dress(bust: Bust) -> None:
    """The shirt stands a little off the skin and hangs smoother than what is beneath it."""
    skin, triangles = bust.members("skin"), triangulate(bust.skin_quads)
    bare = bust.template[skin]
    draped = smoothed(bare, triangles, 14)
    outward = normals(draped, triangles)
    below = collar(bust.averaged[skin])
    drape = np.clip(-(below + 0.012) / 0.03, 0, 1)[:, None]
    drape[boundary(bust.skin_quads)] = 0
    off_skin = SHIRT_THICK * np.clip(-below / 0.006, 0, 1)[:, None]
    bust.offset[skin] += drape * (draped - bare) + (off_skin + 0.004 * drape) * outward


def _close_lips(source: Source, bust: Bust) -> None:
    """The artists' neutral lips stand apart; at rest ours touch."""
    closer = sum(share * source.target(f"faceunits01/targets/faceunits/{name}.target") for name, share in REST.items())
    skin = bust.members("skin")
    bust.offset[skin] += bust.spread(closer)[skin]


def _components(quads: np.ndarray, n: int) -> np.ndarray:
    """Number of the connected piece each of n vertices belongs to."""
    links = csr_matrix((np.ones(len(quads) * 4), (quads.ravel(), np.roll(quads, 1, 1).ravel())), shape=(n, n))
    return connected_components(links, directed=False)[1]


def _without_scraps(chosen: np.ndarray, quad_uv: np.ndarray) -> np.ndarray:
    """The chosen quads [K] without the scraps of texture that the cut leaves under the arms."""
    piece = _components(quad_uv[chosen], quad_uv.max() + 1)[quad_uv[:, 0]]
    return chosen & (np.bincount(piece[chosen], minlength=piece.max() + 1) > 100)[piece]


def _layout(uv: np.ndarray, quads: np.ndarray) -> np.ndarray:
    """The artists' texture places, origin bottom left, in ours, origin top left and nothing but the bust on it."""
    island_of = _components(quads, len(uv))
    placed = np.full_like(uv, np.nan)
    for island in np.unique(island_of):
        members = island_of == island
        low, high = uv[members].min(0), uv[members].max(0)
        for corner, size, target, scale in ISLANDS:
            if (low >= corner).all() and (high <= np.add(corner, size)).all():
                u, v = uv[members, 0] - corner[0], corner[1] + size[1] - uv[members, 1]
                placed[members] = np.stack([u, v], 1) * scale + target
    if np.isnan(placed).any() or placed.min() < 0 or placed.max() > 1:
        raise SystemExit("A piece of skin lies outside ISLANDS; the base mesh is not the expected one.")
    return placed


def _select(index: np.ndarray, n: int) -> csr_matrix:
    """The matrix that picks rows."""
    return csr_matrix((np.ones(len(index)), (np.arange(len(index)), index)), shape=(len(index), n))
