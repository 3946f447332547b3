"""A face model in FLAME's format, embedded or the user's own, made ready for `smplx.FLAME`.

FLAME: Li, Bolkart, Black, Li and Romero, "Learning a model of facial shape and expression from 4D scans" (2017).
"""

from __future__ import annotations

import logging
import os
import pickle
import tempfile
import zipfile
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from stygaze.errors import StyGazeError
from stygaze.face.flame_pickle import unpickle
from stygaze.motion_files import replacing

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
    extra: dict[str, np.ndarray] = field(default_factory=dict)  # meshes and parts, shipped heads only


def read(path: str | Path) -> FaceModel:
    """A user's FLAME (2020, 2023, 2023 Open): the pickle as downloaded, or an .npz with the same arrays.

    Raises:
        StyGazeError: no such file, another kind of file, arrays missing, of the wrong shape or not finite.
    """
    path = Path(path)
    if not path.is_file():
        raise StyGazeError(f"There is no FLAME file {path}; check the path or STYGAZE_FLAME.")
    if path.suffix not in (".npz", ".pkl") or path.stat().st_size > MAX_BYTES:
        raise StyGazeError(f"{path.name} is not a FLAME model, which is a .pkl, or an .npz, of at most 1 GB.")
    found = unpickle(path, KEYS) if path.suffix == ".pkl" else _unzipped(path)
    absent = [key for key in KEYS if key not in found]
    if absent:
        raise StyGazeError(f"{path.name} is not a FLAME model: it lacks {', '.join(absent)}.")
    try:
        a = {key: np.asarray(found[key], np.int64 if key == "f" else np.float32) for key in KEYS}
    except (ValueError, TypeError):
        raise StyGazeError(f"{path.name} is not a FLAME model: its arrays hold something but numbers.") from None
    _check(path.name, a)
    _left_first(a)
    return FaceModel(
        v_template=a["v_template"],
        faces=a["f"],
        shapedirs=a["shapedirs"][:, :, :SHAPES],
        expressions=a["shapedirs"][:, :, SHAPES : SHAPES + EXPRESSIONS],
        posedirs=a["posedirs"],
        J_regressor=a["J_regressor"],
        weights=a["weights"],
    )


def convert(path: str | Path, out: str | Path) -> Path:
    """A FLAME model as an .npz of plain arrays, which anything can read without a pickle. Returns its path.

    Raises:
        StyGazeError: as `read`; or another ending.
    """
    out = Path(out)
    if out.suffix != ".npz":
        raise StyGazeError(f"The arrays are written as .npz, not {out.suffix or 'a file without an ending'}.")
    model = read(path)
    arrays = {"v_template": model.v_template, "f": model.faces.astype(np.uint32), "posedirs": model.posedirs}
    arrays |= {"shapedirs": np.concatenate([model.shapedirs, model.expressions], 2)}
    arrays |= {"J_regressor": model.J_regressor, "weights": model.weights}
    with replacing(out) as temporary, temporary.open("wb") as file:
        np.savez_compressed(file, allow_pickle=False, **arrays)
    return out


def _unzipped(path: Path) -> dict[str, np.ndarray]:
    try:
        with np.load(path, allow_pickle=False) as file:
            return {key: file[key] for key in KEYS if key in file.files}
    except (OSError, ValueError, KeyError, EOFError, AttributeError, zipfile.BadZipFile, zlib.error) as error:
        raise StyGazeError(
            f"{path.name} cannot be read as FLAME .npz ({type(error).__name__}); convert it again."
        ) from None


def _check(name: str, a: dict[str, np.ndarray]) -> None:
    n = len(a["v_template"]) if a["v_template"].ndim else 0
    expected = {
        "v_template": (n, 3),
        "f": (len(a["f"]) if a["f"].ndim else 0, 3),
        "posedirs": (n, 3, POSE_FEATURES),
        "J_regressor": (len(JOINTS), n),
        "weights": (n, len(JOINTS)),
    }
    for key, shape in expected.items():
        if a[key].shape != shape:
            raise StyGazeError(f"{name} is not a FLAME model: {key} has shape {a[key].shape}, expected {shape}.")
    if a["shapedirs"].shape[:2] != (n, 3) or a["shapedirs"].shape[2] < SHAPES + EXPRESSIONS:
        raise StyGazeError(f"{name} needs shapedirs of shape ({n}, 3, 400), got {a['shapedirs'].shape}.")
    if n == 0 or len(a["f"]) == 0 or a["f"].min() < 0 or a["f"].max() >= n:
        raise StyGazeError(f"{name} has triangles beyond its vertices, or none; get the file again.")
    if any(not np.isfinite(v).all() for v in a.values()):
        raise StyGazeError(f"{name} has missing values; get the file again.")


def _left_first(a: dict[str, np.ndarray]) -> None:
    """Joint 3 is to be the subject's left eye, which stands at the greater x, however the file orders its joints."""
    left, right = (a["J_regressor"][joint] @ a["v_template"][:, 0] for joint in (3, 4))
    if left > right:
        return
    order = [0, 1, 2, 4, 3]
    features = np.r_[0:18, 27:36, 18:27]
    a["J_regressor"], a["weights"] = a["J_regressor"][order], a["weights"][:, order]
    a["posedirs"] = a["posedirs"][:, :, features]


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
