"""The head that shows a Motion: a FLAME model with what is needed to draw it, posed by `smplx.FLAME`."""

from __future__ import annotations

import functools
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.sparse import coo_matrix, csr_matrix
from scipy.spatial.transform import Rotation

from stygaze.errors import StyGazeError
from stygaze.face import flame
from stygaze.face.people import TEXTURES, model_of, people
from stygaze.motion import Motion, rotation

if TYPE_CHECKING:
    from stygaze.face.expression import Expression

EYE_TEXTURE_ANGLE = np.radians(80.0)  # polar angle at the rim of eye.jpg, as script/headparts/eyeball.py lays it out
BATCH = 32  # frames a forward pass; larger ones only move more memory
SKIN_COLOR, MOUTH_COLOR = (226, 178, 150), (62, 26, 26)  # of a user's FLAME, which has no texture


@dataclass(frozen=True, eq=False)
class Mesh:
    """What to draw with one material.

    vertex [n] head vertex of each corner; uv [n, 2] origin top left; color [n, 3] uint8 sRGB, multiplies the texture;
    faces [m, 3] over the corners; texture: image file or None; inside: whether it is another mesh seen from behind,
    whose triangles then do not count for normals.
    """

    vertex: np.ndarray
    uv: np.ndarray
    color: np.ndarray
    faces: np.ndarray
    texture: Path | None = None
    inside: bool = False


class Head:
    """A FLAME head. Attributes: model (`flame.FaceModel`), meshes {name: Mesh}, shape [S] identity coefficients."""

    def __init__(self, model: flame.FaceModel, meshes: dict[str, Mesh], name: str) -> None:
        self.model = model
        self.meshes = meshes
        self.name = name
        self.shape = np.zeros(model.shapedirs.shape[2], np.float32)
        self._lock = threading.Lock()
        self._modules: dict[bool, Any] = {}  # smplx.FLAME with lids that follow the eyes or not, made at first need

    @classmethod
    def load(cls, which: str | Path | None = None) -> Head:
        """A shipped head by its key ("elena", see `people`), or a user's FLAME by its file.

        Without either, the FLAME that the environment variable STYGAZE_FLAME names, else the default head.

        Raises:
            StyGazeError: no such head; or the file is not a FLAME model.
        """
        which = which or os.environ.get("STYGAZE_FLAME") or next(iter(people()))
        if str(which) in people():
            return _shipped(str(which))
        if not Path(which).suffix:
            raise StyGazeError(f"There is no head {str(which)!r}; choose {', '.join(people())}, or give a FLAME file.")
        return _of_file(str(Path(which).resolve()))

    @property
    def expression_names(self) -> tuple[str, ...]:
        """Names of the expression coefficients; empty for a real FLAME, whose components have none."""
        return self.model.names

    @functools.cached_property
    def joints(self) -> np.ndarray:
        """[5, 3] rest positions of global, neck, jaw, left_eye, right_eye."""
        rest = self.model.v_template + self.model.shapedirs @ self.shape
        return self.model.J_regressor @ rest

    @property
    def eyes(self) -> tuple[np.ndarray, np.ndarray]:
        """Vertices of the left and of the right eyeball."""
        left, right = (np.flatnonzero(self.model.weights[:, joint] > 0.9) for joint in (3, 4))
        return left, right

    def pose(self, motion: Motion, expression: Expression | None = None) -> dict[str, np.ndarray]:
        """Axis-angle vectors [T, 3] (radians) of "neck", "jaw", "left_eye", "right_eye".

        The neck joint carries the head's rotation in the world, the eye joints that of the eyes in the head.
        """
        pitch, yaw, roll = motion.head.T
        left_pitch, left_yaw, right_pitch, right_yaw = motion.frames[:, 3:].T
        jaw = np.zeros((len(motion), 3))
        if expression is not None:
            jaw[:, 0] = fit(expression.jaw, len(motion))
            if expression.flame is not None:
                jaw = fit(expression.flame.jaw, len(motion))
        return {
            "neck": Rotation.from_matrix(rotation(pitch, yaw, roll)).as_rotvec(),
            "jaw": jaw,
            "left_eye": Rotation.from_matrix(rotation(left_pitch, left_yaw)).as_rotvec(),
            "right_eye": Rotation.from_matrix(rotation(right_pitch, right_yaw)).as_rotvec(),
        }

    def coefficients(self, motion: Motion, expression: Expression | None = None) -> np.ndarray:
        """Expression coefficients [T, E], by `expression_names`; for a real FLAME those in its basis, zero without."""
        result = np.zeros((len(motion), self.model.expressions.shape[2]), np.float32)
        if expression is not None and expression.flame is not None and not self.expression_names:
            given = fit(expression.flame.expression, len(motion))[:, : result.shape[1]]
            result[:, : given.shape[1]] = given
        if expression is None or not self.expression_names:
            return result
        shapes = dict(expression.shapes)
        for column, side in enumerate(("Left", "Right")):
            shapes[f"eyeBlink{side}"] = expression.blink[:, column]
        for name, values in shapes.items():
            if name not in self.expression_names:
                raise StyGazeError(f"The head has no expression {name!r}; it has {', '.join(self.expression_names)}.")
            result[:, self.expression_names.index(name)] = fit(values, len(motion))
        return result

    def vertices(self, motion: Motion, expression: Expression | None = None) -> np.ndarray:
        """Vertices float32 [T, V, 3] in metres, by smplx.FLAME, which takes about 0.4 ms a frame."""
        return np.concatenate(list(self.batches(motion, expression)))

    def batches(self, motion: Motion, expression: Expression | None = None) -> Iterator[np.ndarray]:
        """The same as `vertices`, BATCH frames at a time [<= BATCH, V, 3], so that long films need little memory."""
        import torch

        lids = expression is None or expression.lids
        with self._lock:
            if lids not in self._modules:
                posedirs = self.model.posedirs.copy()
                posedirs[:, :, 18:] *= lids  # vec(R - I) of neck, jaw, left and right eye: the last two move the lids
                self._modules[lids] = flame.module(replace(self.model, posedirs=posedirs))
            module = self._modules[lids]
        shape = self.shape.copy()
        if expression is not None and expression.flame is not None and not self.expression_names:
            given = expression.flame.shape[: len(shape)]  # of the same basis only where the model is a real FLAME
            shape[: len(given)] = given
        pose = {
            name: torch.as_tensor(value, dtype=torch.float32) for name, value in self.pose(motion, expression).items()
        }
        coefficients = torch.as_tensor(self.coefficients(motion, expression))
        for start in range(0, len(motion), BATCH):
            part = slice(start, min(start + BATCH, len(motion)))
            n = part.stop - part.start
            with torch.inference_mode():
                yield module(  # smplx needs every parameter at one batch size
                    betas=torch.as_tensor(shape).expand(n, -1),
                    global_orient=torch.zeros(n, 3),
                    neck_pose=pose["neck"][part],
                    jaw_pose=pose["jaw"][part],
                    leye_pose=pose["left_eye"][part],
                    reye_pose=pose["right_eye"][part],
                    expression=coefficients[part],
                ).vertices.numpy()

    @functools.cached_property
    def _vertex_faces(self) -> csr_matrix:
        """[V, F] which triangles touch a vertex."""
        faces = self.model.faces
        rows, columns = faces.ravel(), np.repeat(np.arange(len(faces)), 3)
        shape = (len(self.model.v_template), len(faces))
        return coo_matrix((np.ones(faces.size, np.float32), (rows, columns)), shape=shape).tocsr()

    def normals(self, vertices: np.ndarray) -> np.ndarray:
        """Unit vertex normals float32 [V, 3] of one frame [V, 3], area weighted."""
        a, b, c = (vertices[self.model.faces[:, i]] for i in range(3))
        total = self._vertex_faces @ np.cross(b - a, c - a)
        return total / np.maximum(np.linalg.norm(total, axis=1, keepdims=True), 1e-12)


def fit(values: np.ndarray, n: int) -> np.ndarray:
    """Cut to n frames, or hold the last one."""
    values = np.asarray(values, float)
    return values[np.minimum(np.arange(n), len(values) - 1)] if len(values) else np.zeros((n, *values.shape[1:]))


@functools.cache  # there are few, and each is a few megabytes
def _shipped(key: str) -> Head:
    person = people()[key]
    model = model_of(person)
    meshes = {}
    for name in (str(n) for n in model.extra["meshes"]):
        vertex, uv, color, faces = (model.extra[f"{name}_{key}"] for key in ("vertex", "uv", "color", "faces"))
        texture = person.folder / TEXTURES[name] if name in TEXTURES else None
        meshes[name] = Mesh(vertex.astype(np.int64), uv, color, faces.astype(np.int64), texture)
    return Head(model, meshes, person.key)


@functools.lru_cache(maxsize=4)
def _of_file(path: str) -> Head:
    model = flame.read(path)
    return Head(model, _meshes_of_flame(model), Path(path).stem)


def _meshes_of_flame(model: flame.FaceModel) -> dict[str, Mesh]:
    """A real FLAME has neither texture nor teeth: one skin colour, and the iris about each eyeball's forward axis."""
    eye_joint = np.where(model.weights[:, 3:].max(1) > 0.9, model.weights[:, 3:].argmax(1), -1)
    in_eye = (eye_joint[model.faces] >= 0).all(1)
    joints = model.J_regressor @ model.v_template
    uv = np.zeros((len(model.v_template), 2))
    for side in (0, 1):
        ball = eye_joint == side
        d = model.v_template[ball] - joints[3 + side]
        polar = np.arctan2(np.hypot(d[:, 0], d[:, 1]), d[:, 2])
        reach = np.minimum(polar / EYE_TEXTURE_ANGLE, 1.0) / 2
        across = np.maximum(np.hypot(d[:, 0], d[:, 1]), 1e-9)
        uv[ball] = 0.5 + reach[:, None] * np.stack([d[:, 0], -d[:, 1]], 1) / across[:, None]
    eye_picture = next(iter(people().values())).folder / TEXTURES["eyes"]
    skin = model.faces[~in_eye]
    parts = {  # its lips open into the empty head: seen from within, the skin is the dark of a mouth
        "skin": (skin, SKIN_COLOR, None),
        "eyes": (model.faces[in_eye], (255, 255, 255), eye_picture),
        "mouth": (skin[:, ::-1], MOUTH_COLOR, None),
    }
    meshes = {}
    for name, (faces, color, texture) in parts.items():
        used, corners = np.unique(faces, return_inverse=True)
        tint = np.tile(np.array(color, np.uint8), (len(used), 1))
        meshes[name] = Mesh(used, uv[used], tint, corners.reshape(faces.shape), texture, name == "mouth")
    return meshes
