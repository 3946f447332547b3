"""Motion in the files of other programs: round trips, and what another program makes of the numbers."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy.spatial.transform import Rotation

from stygaze import Motion, StyGazeError
from stygaze.formats import FORMATS, Recording, format_of, read
from stygaze.motion import direction, rotation

PRECISION = {"csv": 6e-5, "npz": 0.0, "livelink": 1e-5, "bvh": 1e-5, "flame": 1e-4}  # degrees
WITH_FACE = ("livelink", "flame")
quick = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
# no step of half a turn: which way it went, no file says
frames = arrays.arrays(
    np.float32, st.tuples(st.integers(2, 40), st.just(7)), elements=st.floats(-85, 85, width=32, allow_subnormal=False)
)


def face(n: int) -> dict[str, np.ndarray]:
    t = np.linspace(0, 1, n)
    return {"jaw": 0.3 * t, "mouthPucker": 0.5 + 0.5 * np.sin(9 * t), "eyeBlinkLeft": t, "eyeBlinkRight": t[::-1]}


def written(motion: Motion, kind: str, folder: Path, face: dict[str, np.ndarray] | None = None) -> Path:
    return FORMATS[kind].write(Recording(motion, face or {}), folder / f"m{FORMATS[kind].suffix}")


@pytest.mark.parametrize("kind", FORMATS)
@quick
@given(frames=frames)
def test_every_format_gives_back_what_was_written(kind: str, frames: np.ndarray, tmp_path: Path) -> None:
    motion = Motion(frames)
    path = written(motion, kind, tmp_path, face(len(motion)))
    again = read(path)
    assert np.abs(again.motion.frames - motion.frames).max() <= PRECISION[kind]
    assert again.motion.fps == 25
    np.testing.assert_array_equal(Motion.load(path).frames, again.motion.frames)
    if kind in WITH_FACE:
        for name, values in face(len(motion)).items():
            np.testing.assert_allclose(again.face[name], values, atol=1e-6)
    assert (format_of(path) is None) == (kind in ("csv", "npz"))


@pytest.mark.parametrize("kind", ["livelink", "bvh", "flame"])
@pytest.mark.parametrize("fps", [24, 29.97, 60, 120])
def test_another_frame_rate_is_kept_and_brought_to_25(kind: str, fps: float, motion: Motion, tmp_path: Path) -> None:
    path = written(motion.resampled(fps), kind, tmp_path)
    reader = FORMATS[kind].read
    assert reader is not None and reader(path, None).motion.fps == pytest.approx(fps, abs=1e-3)
    back = Motion.load(path)
    # seven slow sines, which no rate above 1.4 a second loses
    assert np.abs(back.frames[10:-10] - motion.frames[10 : len(back) - 10]).max() < 0.1


@pytest.mark.parametrize("kind", ["livelink", "bvh", "flame"])
def test_a_face_is_resampled_with_its_motion(kind: str, motion: Motion, tmp_path: Path) -> None:
    ramp = {"jaw": np.linspace(0, 0.3, 600)}
    fast = Recording(Motion(np.zeros((600, 7)), fps=60), ramp).resampled(25)
    assert len(fast.face["jaw"]) == len(fast.motion) == 250
    assert fast.face["jaw"][125] == pytest.approx(0.3 * 300 / 599, abs=1e-3)


# --- BVH and FLAME: what another program makes of the numbers


def test_bvh_turns_its_joints_as_the_motion_does(motion: Motion, tmp_path: Path) -> None:
    text = written(motion, "bvh", tmp_path).read_text()
    assert text.startswith("HIERARCHY\nROOT root") and "Frame Time: 0.04" in text
    row = np.array(text.splitlines()[-1].split(), float)
    assert len(row) == 6 + 3 * 3 and not row[:6].any()
    turn = Rotation.from_euler("YXZ", row[6:9], degrees=True).as_matrix()  # capitals: in the order of the channels
    np.testing.assert_allclose(turn, rotation(*motion.head[-1]), atol=1e-6)
    eye = Rotation.from_euler("YXZ", row[9:12], degrees=True).apply([0, 0, 1])
    np.testing.assert_allclose(eye, direction(*motion.frames[-1, 3:5]), atol=1e-6)


def test_bvh_of_another_program_is_read(motion: Motion, tmp_path: Path) -> None:
    # other names and channel orders, a body that carries the head along, joints that are of no use here
    text = "HIERARCHY\nROOT mixamo:Hips\n{ OFFSET 0 90 0 CHANNELS 6 Xposition Yposition Zposition "
    text += "Zrotation Xrotation Yrotation\n"
    text += "JOINT mixamo:Head { OFFSET 0 60 0 CHANNELS 3 Zrotation Xrotation Yrotation\n"
    text += "JOINT Jaw { OFFSET 0 0 1 CHANNELS 1 Xrotation End Site { OFFSET 0 0 1 } }\n"
    for name in ("LeftEye", "Right_Eye"):
        text += (
            f"JOINT {name} {{ OFFSET 3 5 8 CHANNELS 3 Xrotation Yrotation Zrotation End Site {{ OFFSET 0 0 1 }} }}\n"
        )
    text += f"}} }}\nMOTION\nFrames: {len(motion)}\nFrame Time: 0.0333333\n"
    hips = Rotation.from_euler("ZXY", [4, -7, 30], degrees=True)
    head = Rotation.from_matrix(rotation(*motion.head.T))
    local = (hips.inv() * head).as_euler("ZXY", degrees=True)
    eyes = [Rotation.from_matrix(rotation(*motion.frames[:, at : at + 2].T)).as_euler("XYZ", True) for at in (3, 5)]
    table = np.column_stack([np.tile([1, 90, 2, 4, -7, 30], (len(motion), 1)), local, motion.frames[:, 0], *eyes])
    text += "\n".join(" ".join(f"{v:.7f}" for v in row) for row in table)
    (tmp_path / "walk.bvh").write_text(text)
    again = FORMATS["bvh"].read(tmp_path / "walk.bvh", None).motion  # type: ignore[misc]
    assert again.fps == 30
    np.testing.assert_allclose(again.frames, motion.frames, atol=1e-4)


def test_flame_poses_stand_in_flames_order_and_are_read_from_parts(motion: Motion, tmp_path: Path) -> None:
    with np.load(written(motion, "flame", tmp_path, face(250)), allow_pickle=False) as file:
        assert list(file["joints"]) == ["global", "neck", "jaw", "left_eye", "right_eye"]
        full = file["full_pose"]
        parts = {key: file[key] for key in ("neck_pose", "leye_pose", "reye_pose")}
        np.testing.assert_allclose(file["jaw_pose"][:, 0], face(250)["jaw"], atol=1e-6)
        assert list(file["expression_names"]) == ["mouthPucker", "eyeBlinkLeft", "eyeBlinkRight"]
        assert (file["fps"], file["unit"]) == (25, "radians")
    np.testing.assert_array_equal(full[:, 3:6], parts["neck_pose"])
    np.testing.assert_allclose(
        Rotation.from_rotvec(full[:, 12:15]).apply([0, 0, 1]), direction(*motion.frames[:, 5:7].T), atol=1e-6
    )
    # a tracker that gives the head as the global joint, and no frame rate
    np.savez(tmp_path / "p.npz", global_orient=parts["neck_pose"], **{k: parts[k] for k in ("leye_pose", "reye_pose")})
    with pytest.raises(StyGazeError, match="frame rate"):
        Motion.load(tmp_path / "p.npz")
    np.testing.assert_allclose(Motion.load(tmp_path / "p.npz", fps=25).frames, motion.frames, atol=1e-4)
