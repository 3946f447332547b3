"""A user's FLAME: pickles as Python 2 wrote them with chumpy's arrays in them, .npz files, and what is refused."""

import os
import pickle
import struct
import sys
import types
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
from scipy import sparse

from stygaze.cli import app
from stygaze.errors import StyGazeError
from stygaze.face import flame
from stygaze.face.expression import Expression
from stygaze.face.head import Head
from stygaze.motion import COLUMNS, Motion


@pytest.fixture(scope="module")
def arrays() -> dict:
    """FLAME's arrays, made of our own head: its bust without hair, eyes as joints 3 and 4, 400 shape directions."""
    model, rng = Head.load("alex").model, np.random.default_rng(0)
    kept = np.flatnonzero(model.extra["part"] != list(model.extra["part_names"]).index("hair"))
    n = len(kept)
    shapedirs = np.zeros((n, 3, 400))
    shapedirs[:, :, [0, 300]] = rng.normal(0, 1e-3, (n, 3, 2))
    return {
        "v_template": model.v_template[kept].astype(float),
        "f": model.faces[(model.faces < n).all(1)].astype(np.uint32),
        "shapedirs": shapedirs,
        "posedirs": model.posedirs[kept].astype(float),
        "J_regressor": model.J_regressor[:, kept].astype(float),
        "weights": model.weights[kept].astype(float),
    }


class Python2(pickle._Pickler):
    """Writes bytes as Python 2 wrote its strings."""

    dispatch: ClassVar = dict(pickle._Pickler.dispatch)

    def save_bytes(self, value: bytes) -> None:
        self.write(b"T" + struct.pack("<i", len(value)) + value)
        self.memoize(value)

    dispatch[bytes] = save_bytes


def as_downloaded(arrays: dict, path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The arrays as FLAME's generic_model.pkl holds them: protocol 2, chumpy.ch.Ch, scipy.sparse, old module names."""
    chumpy = types.ModuleType("chumpy.ch")
    chumpy.Ch = type("Ch", (object,), {"__module__": "chumpy.ch"})
    with monkeypatch.context() as patch:
        patch.setitem(sys.modules, "chumpy", types.ModuleType("chumpy"))
        patch.setitem(sys.modules, "chumpy.ch", chumpy)

        def ch(array: np.ndarray) -> object:
            made = chumpy.Ch()
            made.__dict__.update(x=array, _dirty_vars={"x"}, _status="new", _depends_on_deps=None)
            return made

        held = arrays | {key: ch(arrays[key]) for key in ("v_template", "shapedirs")}
        held |= {
            "J_regressor": sparse.csc_matrix(arrays["J_regressor"]),
            "bs_type": "lrotmin",
            "J": ch(np.zeros((5, 3))),
        }
        with path.open("wb") as file:
            Python2(file, protocol=2).dump(held)
    old = (
        path.read_bytes()
        .replace(b"cnumpy._core.", b"cnumpy.core.")
        .replace(b"cscipy.sparse._csc\n", b"cscipy.sparse.csc\n")
    )
    assert b"chumpy.ch\nCh\n" in old and b"scipy.sparse.csc\n" in old
    path.write_bytes(old)
    return path


def still(**columns: float) -> Motion:
    return Motion([[columns.get(name, 0.0) for name in COLUMNS]])


def test_a_pickle_as_downloaded_becomes_the_head(arrays, tmp_path, monkeypatch, capsys):
    path = as_downloaded(arrays, tmp_path / "generic_model.pkl", monkeypatch)
    monkeypatch.setenv("STYGAZE_FLAME", str(path))
    head, ours = Head.load(), Head.load("alex")
    n, motion = len(arrays["v_template"]), still(head_yaw=20, left_eye_yaw=-5, right_eye_yaw=-8)
    assert np.abs(head.vertices(motion) - ours.vertices(motion)[:, :n]).max() < 1e-5
    assert set(head.meshes) == {"skin", "eyes", "mouth"}
    assert [name for name, mesh in head.meshes.items() if mesh.inside] == ["mouth"]  # the skin seen through the lips
    blink = Expression(np.array([0.1]), np.ones((1, 2)))
    assert not head.coefficients(motion, blink).any()  # its components have no names: only the jaw moves

    app(["head", "convert", str(path), "--out", str(tmp_path / "flame.npz")], standalone_mode=False)
    assert "STYGAZE_FLAME" in capsys.readouterr().err
    again = flame.read(tmp_path / "flame.npz")
    for key in ("v_template", "faces", "shapedirs", "expressions", "posedirs", "J_regressor", "weights"):
        assert np.array_equal(getattr(again, key), getattr(head.model, key)), key


def test_the_left_eye_is_the_one_at_greater_x(arrays, tmp_path):
    swapped = arrays | {
        "J_regressor": arrays["J_regressor"][[0, 1, 2, 4, 3]],
        "weights": arrays["weights"][:, [0, 1, 2, 4, 3]],
        "posedirs": arrays["posedirs"][:, :, np.r_[0:18, 27:36, 18:27]],
    }
    np.savez(tmp_path / "swapped.npz", **swapped)
    head, ours = Head.load(tmp_path / "swapped.npz"), Head.load("alex")
    assert head.joints[3, 0] > 0 > head.joints[4, 0]
    motion = still(left_eye_yaw=15, left_eye_pitch=-10)
    assert np.abs(head.vertices(motion) - ours.vertices(motion)[:, : len(arrays["v_template"])]).max() < 1e-5


def test_the_iris_of_a_flame_looks_ahead(arrays, tmp_path):
    """Without texture places of its own: those near the pupil of eye.jpg are the vertices farthest forward."""
    np.savez(tmp_path / "flame.npz", **arrays)
    head = Head.load(tmp_path / "flame.npz")
    eyes = head.meshes["eyes"]
    for joint, side in ((3, 1), (4, -1)):
        mine = np.sign(head.model.v_template[eyes.vertex, 0]) == side
        polar = np.linalg.norm(eyes.uv[mine] - 0.5, axis=1)
        out = head.model.v_template[eyes.vertex[mine]] - head.joints[joint]
        ahead = out[:, 2] / np.linalg.norm(out, axis=1)
        assert np.degrees(np.arccos(ahead[polar.argmin()])) < 1.0
        order = np.argsort(polar)[: (polar < 0.49).sum()]  # the rim's colour is that of all behind it
        assert (np.diff(ahead[order]) < 1e-3).all()  # farther from the pupil, less far ahead


class Hostile:
    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __reduce__(self):
        return os.mkdir, (str(self.folder / "was-run"),)


def test_a_hostile_pickle_is_refused_and_not_run(arrays, tmp_path):
    path = tmp_path / "flame2023.pkl"
    for protocol in (0, 2, 4):
        path.write_bytes(pickle.dumps(arrays | {"v_template": Hostile(tmp_path)}, protocol))
        with pytest.raises(StyGazeError, match=r"refused.*mkdir.*nothing of it was run"):
            Head.load(path)
    assert not (tmp_path / "was-run").exists()
    # names that would be harmless or clever: still nothing but arrays
    for asked in (
        b"cbuiltins\neval\n",
        b"cnumpy\nload\n",
        b"cscipy.sparse\nload_npz\n",
        b"cnumpy.core.multiarray\nfromfile\n",
    ):
        path.write_bytes(asked + b"(S'1'\ntR.")
        with pytest.raises(StyGazeError, match="refused"):
            Head.load(path)


def test_files_that_are_not_flame_are_named_in_one_sentence(arrays, tmp_path, monkeypatch):
    whole = as_downloaded(arrays, tmp_path / "whole.pkl", monkeypatch).read_bytes()

    def refused(name: str, content: bytes | dict, match: str) -> None:
        path = tmp_path / name
        if isinstance(content, bytes):
            path.write_bytes(content)
        elif name.endswith(".npz"):
            np.savez(path, **content)
        else:
            path.write_bytes(pickle.dumps(content, 2))
        with pytest.raises(StyGazeError, match=match):
            Head.load(path)

    hole = arrays["v_template"].copy()
    hole[7, 1] = np.nan
    for ending in ("npz", "pkl"):
        refused(f"other.{ending}", {"v_template": arrays["v_template"]}, "lacks f, shapedirs")
        refused(f"narrow.{ending}", arrays | {"shapedirs": arrays["shapedirs"][:, :, :20]}, "400")
        refused(f"hole.{ending}", arrays | {"v_template": hole}, "missing values")
        refused(f"torn.{ending}", arrays | {"f": arrays["f"] + 9000}, "beyond its vertices")
        refused(f"words.{ending}", arrays | {"weights": np.array(["a", "b"])}, "numbers|cannot be read")
        refused(f"text.{ending}", b"<html>please log in</html>", "cannot be read|refused")
        refused(f"empty.{ending}", b"", "cannot be read")
    refused("cut.pkl", whole[: len(whole) // 2], "cannot be read|refused")
    refused("list.pkl", pickle.dumps([1, 2, 3], 2), "holds a list")
    refused("flame.zip", b"", "not a FLAME model")
    with pytest.raises(StyGazeError, match="no FLAME file"):
        Head.load(tmp_path / "absent.npz")
    with pytest.raises(StyGazeError, match="no head 'nobody'; choose alex"):
        Head.load("nobody")
