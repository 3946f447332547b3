"""Saving for other programs: the animated head read back from its bytes, and every format with its face."""

import json
import struct
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.transform import Rotation
from test_viewer import Glb, lively

from stygaze import Motion, StyGazeError
from stygaze.exports import EXPORTS, export, expression_of, face_of, file_name
from stygaze.face.animated_glb import write_animated
from stygaze.face.expression import Expression
from stygaze.face.flame import JOINTS
from stygaze.face.head import Head
from stygaze.formats import Recording, read
from stygaze.motion import rotation


def tracks(glb: Glb) -> dict[tuple[str, str], tuple[np.ndarray, np.ndarray]]:
    """(node, what) -> times [T] and values [T, n] of the animation."""
    (animation,) = glb.tree["animations"]
    found = {}
    for channel in animation["channels"]:
        sampler = animation["samplers"][channel["sampler"]]
        times = glb.array(sampler["input"])[:, 0]
        values = glb.array(sampler["output"]).reshape(len(times), -1)
        found[glb.tree["nodes"][channel["target"]["node"]]["name"], channel["target"]["path"]] = times, values
    return found


def test_the_animated_head_turns_as_the_motion(tmp_path: Path) -> None:
    motion, expression = lively(250)
    glb = Glb(write_animated(motion, tmp_path / "m.glb", expression))
    found = tracks(glb)
    expected = {
        "neck": rotation(*motion.head.T),
        "jaw": rotation(-np.degrees(expression.jaw), 0.0),
        "left_eye": rotation(*motion.frames[:, 3:5].T),
        "right_eye": rotation(*motion.frames[:, 5:7].T),
    }
    for name, turn in expected.items():
        times, quaternions = found[name, "rotation"]
        np.testing.assert_allclose(times, np.arange(250) / 25, atol=1e-5)
        np.testing.assert_allclose(np.linalg.norm(quaternions, axis=1), 1, atol=1e-6)
        apart = Rotation.from_quat(quaternions) * Rotation.from_matrix(turn).inv()
        assert np.degrees(apart.magnitude()).max() < 0.01, name
        assert (quaternions[1:] * quaternions[:-1]).sum(1).min() > 0  # the short way between frames
    assert list(JOINTS) == [glb.tree["nodes"][k]["name"] for k in glb.tree["skins"][0]["joints"]]


def test_the_animated_head_is_the_films_head(tmp_path: Path) -> None:
    motion, expression = lively(12)
    plain = Expression(expression.jaw, 0 * expression.blink)
    for face, metres in ((plain, 1e-5), (expression, 3e-4)):  # smplx lets its joints follow expressions
        glb = Glb(write_animated(motion, tmp_path / "m.glb", face))
        found, frame = tracks(glb), 7
        names = glb.tree["meshes"][0]["extras"]["targetNames"]
        _, weights = found["head", "weights"]
        assert weights.shape == (12, len(names)) and len(set(names)) == len(names)
        assert weights.min() >= 0  # Blender would hold what turns negative later at 0
        turns = {
            name: Rotation.from_quat(values[frame]).as_matrix()
            for (name, what), (_, values) in found.items()
            if what == "rotation"
        }
        places = glb.posed(turns, dict(zip(names, weights[frame].tolist(), strict=True)))
        expected = Head.load().vertices(motion, face)[frame]
        assert np.abs(np.stack(list(places.values())) - expected[list(places)]).max() < metres


def test_the_animated_head_is_small_and_keeps_to_the_standard(tmp_path: Path) -> None:
    path = write_animated(*lively(1)[:1], tmp_path / "one.glb")
    assert "weights" in {what for _, what in tracks(Glb(path))}
    motion, expression = lively(250)
    path = write_animated(motion, tmp_path / "m.glb", expression)
    assert path.stat().st_size < 3_000_000
    data = path.read_bytes()
    length = struct.unpack_from("<I", data, 12)[0]
    tree = json.loads(data[20 : 20 + length])
    assert len(data) % 4 == 0 and length % 4 == 0
    accessors = tree["accessors"]
    for sampler in tree["animations"][0]["samplers"]:
        assert accessors[sampler["input"]]["min"] == [0] and "max" in accessors[sampler["input"]]
    for primitive in tree["meshes"][0]["primitives"]:
        for target in primitive["targets"]:
            assert {"min", "max"} <= set(accessors[target["POSITION"]])
        assert len(primitive["targets"]) == len(tree["meshes"][0]["weights"])


@pytest.mark.parametrize("kind", EXPORTS)
def test_every_export_is_written_with_its_face_and_read_again(kind: str, tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    motion = Motion(np.cumsum(rng.normal(0, 1, (60, 7)), 0))
    expression = Expression(np.full(50, 0.2), np.full((50, 2), 0.7), {"mouthPucker": np.linspace(0, 1, 50)})
    path = export(motion, kind, tmp_path / file_name("m", kind), expression)
    if EXPORTS[kind].read is None and kind == "glb":
        assert tracks(Glb(path))["jaw", "rotation"][1].shape == (60, 4)
        return
    again = read(path)
    np.testing.assert_allclose(again.motion.frames, motion.frames, atol=1e-4)
    if kind in ("livelink", "flame"):
        back = expression_of(again)
        assert back is not None
        np.testing.assert_allclose(back.jaw, 0.2, atol=1e-6)
        np.testing.assert_allclose(back.blink, 0.7, atol=1e-6)
        np.testing.assert_allclose(back.shapes["mouthPucker"][:50], np.linspace(0, 1, 50), atol=1e-6)


def test_a_face_goes_through_tracks_and_what_the_head_cannot_do_is_left_out() -> None:
    _, expression = lively(20)
    face = face_of(expression, 20) | {"cheekOfAnotherProgram": np.ones(20)}
    back = expression_of(Recording(Motion(np.zeros((20, 7))), face))
    assert back is not None
    np.testing.assert_array_equal(back.jaw, expression.jaw)
    np.testing.assert_array_equal(back.blink, expression.blink)
    assert set(back.shapes) == set(expression.shapes)
    assert expression_of(Recording(Motion(np.zeros((5, 7))))) is None


def test_an_export_at_60_frames_a_second(motion: Motion, tmp_path: Path) -> None:
    path = export(motion, "livelink", tmp_path / "m.csv", fps=60)
    assert len(path.read_text().splitlines()) == 1 + 600
    assert np.abs(Motion.load(path).frames[10:-10] - motion.frames[10:-10]).max() < 0.1


def test_what_cannot_be_exported(motion: Motion, tmp_path: Path) -> None:
    with pytest.raises(StyGazeError, match="no format 'fbx'; choose one of glb"):
        export(motion, "fbx", tmp_path / "m.fbx")
    with pytest.raises(StyGazeError, match=r"written as \.glb"):
        export(motion, "glb", tmp_path / "m.bvh")
    with pytest.raises(StyGazeError, match="25 frames a second"):
        export(motion, "glb", tmp_path / "m.glb", fps=60)
    with pytest.raises(StyGazeError, match="between 1 and 240"):
        export(motion, "bvh", tmp_path / "m.bvh", fps=0)
    with pytest.raises(StyGazeError, match="face track jaw"):
        Recording(motion, {"jaw": np.zeros(3)})
