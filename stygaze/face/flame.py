"""A face model in FLAME's format, embedded or the user's own, made ready for `smplx.FLAME`.

FLAME: Li, Bolkart, Black, Li and Romero, "Learning a model of facial shape and expression from 4D scans" (2017).
"""

from __future__ import annotations

import logging
import os
import pickle
import tempfile
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from stygaze.assets import asset
from stygaze.errors import StyGazeError

log = logging.getLogger(__name__)
SHAPES, EXPRESSIONS, POSE_FEATURES = 300, 100, 36  # FLAME's slots; smplx finds expressions by this position
JOINTS = ("global", "neck", "jaw", "left_eye", "right_eye")
KEYS = ("v_template", "f", "shapedirs", "posedirs", "J_regressor", "weights")
MAX_BYTES = 1_000_000_000


@dataclass(frozen=True, eq=False)
class FaceModel:
    """Arrays as in FLAME's file, metres.

    v_template [V, 3]; faces [F, 3]; shapedirs [V, 3, S]; expressions [V, 3, E]; posedirs [V, 3, 36];
    J_regressor [5, V]; weights [V, 5]. `names` are those of the expressions, empty where they have none (FLAME's own).
    """

    v_template: np.ndarray
    faces: np.ndarray
    shapedirs: np.ndarray
    expressions: np.ndarray
    posedirs: np.ndarray
    J_regressor: np.ndarray
    weights: np.ndarray
    names: tuple[str, ...] = ()
    extra: dict[str, np.ndarray] = field(default_factory=dict)  # meshes and parts, embedded head only


def embedded() -> FaceModel:
    """The head that ships with the project; its file is described in script/build_head.py."""
    with np.load(asset("head", "head.npz"), allow_pickle=False) as file:
        a = dict(file)
    posedirs = np.zeros((*a["v_template"].shape, POSE_FEATURES), np.float32)
    posedirs[:, :, a.pop("posedirs_features")] = a.pop("posedirs")
    weights = a.pop("weights").astype(np.float32)
    return FaceModel(
        v_template=a.pop("v_template"),
        faces=a.pop("faces").astype(np.int64),
        shapedirs=a.pop("shapedirs").astype(np.float32),
        expressions=a.pop("expressions").astype(np.float32),
        posedirs=posedirs,
        J_regressor=a.pop("J_regressor"),
        weights=weights / weights.sum(1, keepdims=True),
        names=tuple(str(n) for n in a.pop("expression_names")),
        extra=a,
    )


def read(path: str | Path) -> FaceModel:
    """A user's FLAME model from an .npz with FLAME's keys.

    Raises:
        StyGazeError: no such file, another kind of file, arrays missing, of the wrong shape or not finite.
    """
    path = Path(path)
    if not path.is_file():
        raise StyGazeError(f"There is no FLAME file {path}; check the path or STYGAZE_FLAME.")
    if path.suffix != ".npz" or path.stat().st_size > MAX_BYTES:
        raise StyGazeError(f"{path.name} is not a FLAME .npz; convert it to an .npz with the arrays {', '.join(KEYS)}.")
    try:
        with np.load(path, allow_pickle=False) as file:
            absent = [key for key in KEYS if key not in file.files]
            if absent:
                raise StyGazeError(f"{path.name} is not a FLAME model: it lacks {', '.join(absent)}.")
            a = {key: np.asarray(file[key], np.int64 if key == "f" else np.float32) for key in KEYS}
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        if isinstance(error, StyGazeError):
            raise
        raise StyGazeError(
            f"{path.name} cannot be read as FLAME .npz ({type(error).__name__}); convert it again."
        ) from None
    n = len(a["v_template"])
    expected = {
        "v_template": (n, 3),
        "f": (len(a["f"]), 3),
        "posedirs": (n, 3, POSE_FEATURES),
        "J_regressor": (len(JOINTS), n),
        "weights": (n, len(JOINTS)),
    }
    for key, shape in expected.items():
        if a[key].shape != shape:
            raise StyGazeError(f"{path.name} is not a FLAME model: {key} has shape {a[key].shape}, expected {shape}.")
    if a["shapedirs"].shape[:2] != (n, 3) or a["shapedirs"].shape[2] < SHAPES + EXPRESSIONS:
        raise StyGazeError(f"{path.name} needs shapedirs of shape ({n}, 3, 400), got {a['shapedirs'].shape}.")
    if any(not np.isfinite(v).all() for v in a.values()) or n == 0 or a["f"].min() < 0 or a["f"].max() >= n:
        raise StyGazeError(f"{path.name} has missing values or triangles beyond its vertices; get the file again.")
    return FaceModel(
        v_template=a["v_template"],
        faces=a["f"],
        shapedirs=a["shapedirs"][:, :, :SHAPES],
        expressions=a["shapedirs"][:, :, SHAPES : SHAPES + EXPRESSIONS],
        posedirs=a["posedirs"],
        J_regressor=a["J_regressor"],
        weights=a["weights"],
    )


def module(model: FaceModel) -> Any:
    """`smplx.FLAME` of these arrays. smplx reads only folders, so one is written and removed again."""
    import smplx

    n, shapes, expressions = len(model.v_template), model.shapedirs.shape[2], model.expressions.shape[2]
    directions = np.zeros((n, 3, SHAPES + EXPRESSIONS), np.float32)  # smplx takes a narrower array for another model
    directions[:, :, :shapes] = model.shapedirs
    directions[:, :, SHAPES : SHAPES + expressions] = model.expressions
    parents = np.array([[-1, 0, 1, 1, 1], range(5)], np.int64)
    with tempfile.TemporaryDirectory(prefix="stygaze-") as folder:
        np.savez(
            os.path.join(folder, "FLAME_NEUTRAL.npz"),
            v_template=model.v_template,
            f=model.faces,
            shapedirs=directions,
            posedirs=model.posedirs,
            J_regressor=model.J_regressor,
            kintree_table=parents,
            weights=model.weights,
        )
        # smplx always opens this file, which FLAME's download does not have; one landmark nobody uses is enough
        embedding = {"lmk_face_idx": np.zeros(1, np.int64), "lmk_b_coords": np.full((1, 3), 1 / 3)}
        Path(folder, "flame_static_embedding.pkl").write_bytes(pickle.dumps(embedding))
        return smplx.FLAME(
            folder,
            ext="npz",
            num_betas=shapes,
            num_expression_coeffs=expressions,
            create_body_pose=False,
            create_transl=False,
        ).eval()
