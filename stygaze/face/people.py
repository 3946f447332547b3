"""The heads that ship with the project: one mesh and rig for all, and for each person a shape, skin, eyes and hair."""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from stygaze.assets import asset
from stygaze.face.flame import POSE_FEATURES, FaceModel

TEXTURES = {"skin": "skin.jpg", "eyes": "eye.jpg", "hair": "hair.jpg"}


@dataclass(frozen=True)
class Person:
    """One of the shipped heads: its key (`--head KEY`), a name, a line about it, the folder of its files."""

    key: str
    name: str
    about: str

    @property
    def folder(self) -> Path:
        return asset("head", "people", self.key)

    @property
    def portrait(self) -> Path:
        """A small picture for a page."""
        return self.folder / "portrait.jpg"


@functools.cache
def people() -> dict[str, Person]:
    """The shipped heads by key, in the order of the page; the first is the default."""
    listed = json.loads(asset("head", "people.json").read_text(encoding="utf-8"))
    return {one["key"]: Person(**one) for one in listed}


def model_of(person: Person) -> FaceModel:
    """The head of a person; its files are described in script/build_head.py.

    `extra` holds `part`, `part_names`, and for each mesh of `meshes` its `<mesh>_vertex`, `_uv`, `_color`, `_faces`.
    """
    with np.load(asset("head", "head.npz"), allow_pickle=False) as file:
        a = dict(file)
    with np.load(person.folder / "person.npz", allow_pickle=False) as file:
        own = dict(file)
    step, count, hair = float(own["step"]), len(a["v_template"]), own["hair"]
    expressions = a.pop("expressions").astype(np.float32)
    for lid, name in zip(own["lids"], ("eyeBlinkLeft", "eyeBlinkRight"), strict=True):
        expressions[own["lids_rows"], :, list(a["expression_names"]).index(name)] += lid * step
    posedirs = np.zeros((count, 3, POSE_FEATURES), np.float32)
    posedirs[:, :, a.pop("posedirs_features")] = a.pop("posedirs")
    weights = a.pop("weights").astype(np.float32)
    follow = own["hair_follow"][:, None] / np.float32(255)
    hair_weights = np.concatenate([1 - follow, follow, np.zeros((len(hair), 3), np.float32)], 1)

    def grown(directions: np.ndarray) -> np.ndarray:
        """Directions [V, 3, n] with none for the hair, which only follows the joints."""
        return np.concatenate([directions, np.zeros((len(hair), *directions.shape[1:]), np.float32)])

    hair_faces = own["hair_faces"].astype(np.int64)
    a |= {
        "part": np.concatenate([a["part"], np.full(len(hair), len(a["part_names"]), np.uint8)]),
        "part_names": np.append(a["part_names"], "hair"),
        "meshes": np.append(a["meshes"], "hair"),
        "hair_vertex": count + np.arange(len(hair)),
        "hair_uv": (own["hair_uv"] / 65535).astype(np.float32),
        "hair_color": np.repeat(own["hair_shade"][:, None], 3, 1),
        "hair_faces": hair_faces,
    }
    return FaceModel(
        v_template=np.concatenate([a.pop("v_template") + own["shape"] * np.float32(step), hair * np.float32(step)]),
        faces=np.concatenate([a.pop("faces").astype(np.int64), hair_faces + count]),
        shapedirs=grown(a.pop("shapedirs").astype(np.float32)),
        expressions=grown(expressions),
        posedirs=grown(posedirs),
        J_regressor=np.concatenate([a.pop("J_regressor"), np.zeros((5, len(hair)), np.float32)], 1),
        weights=np.concatenate([weights / weights.sum(1, keepdims=True), hair_weights]),
        names=tuple(str(n) for n in a.pop("expression_names")),
        extra=a,
    )
