"""Motion: axes, files, resampling."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from stygaze import Motion, StyGazeError
from stygaze.motion import COLUMNS, angles, direction, frame_count, rotation


def test_rotation_is_the_stated_composition(rng):
    pitch, yaw, roll = rng.uniform(-80, 80, (3, 50))
    expected = Rotation.from_euler("YXZ", np.stack([yaw, -pitch, roll], 1), degrees=True)  # capitals: intrinsic
    np.testing.assert_allclose(rotation(pitch, yaw, roll), expected.as_matrix(), atol=1e-12)


def test_axes_are_anatomical():
    assert direction(0, 20)[0] > 0.3  # yaw + looks to the subject's left, +x
    assert direction(15, 0)[1] > 0.2  # pitch + looks up
    crown = rotation(0, 0, 10) @ [0, 1, 0]
    assert crown[0] < -0.1  # roll + leans toward the right shoulder, -x
    converging = Motion([[0, 0, 0, 0, -1.5, 0, 1.5]])
    left, right = direction(*converging.frames[0, 3:5]), direction(*converging.frames[0, 5:7])
    assert left[0] < 0 < right[0]  # the left eye, at +x, turns inward


def test_eyes_against_the_head_keep_the_world_still():
    head = np.array([[4.0, 25.0, 8.0], [-6.0, -10.0, 0.0]])
    target = direction(np.array([3.0, 3.0]), np.array([5.0, 5.0]))
    eye = angles(np.einsum("tji,tj->ti", rotation(*head.T), target))
    motion = Motion(np.column_stack([head, eye, eye]))
    np.testing.assert_allclose(motion.world_gaze, [[3, 5], [3, 5]], atol=1e-4)


@settings(deadline=None)
@given(st.floats(-85, 85), st.floats(-179, 179))
def test_angles_undo_direction(pitch, yaw):
    np.testing.assert_allclose(angles(direction(pitch, yaw) * 3.7), [pitch, yaw], atol=1e-9)


def test_motion_cannot_be_changed(motion):
    with pytest.raises(ValueError):
        motion.frames[0, 0] = 1
    with pytest.raises(AttributeError):
        motion.fps = 30


@pytest.mark.parametrize(("seconds", "frames"), [(0.02, 1), (0.0199, 0), (10, 250), (10.02, 251), (600, 15000)])
def test_frame_count(seconds, frames):
    assert frame_count(seconds) == frames


@pytest.mark.parametrize("ending", [".csv", ".npz"])
def test_files_give_back_what_was_written(motion, tmp_path, ending):
    read = Motion.load(motion.save(tmp_path / f"m{ending}"))
    np.testing.assert_allclose(read.frames, motion.frames, atol=6e-5 if ending == ".csv" else 0)
    assert (read.fps, read.name, read.description) == (motion.fps, motion.name, motion.description)


def test_csv_columns(motion, tmp_path):
    lines = motion.save(tmp_path / "m.csv").read_text().splitlines()
    assert "# fps: 25" in lines and "# unit: degrees" in lines
    header = next(line for line in lines if not line.startswith("#"))
    assert header == "t," + ",".join(COLUMNS)


@settings(max_examples=20, deadline=None)
@given(fps=st.sampled_from([24, 29.97, 50, 60, 100, 120, 250]), frequency=st.floats(0.1, 3))
def test_resampling_keeps_the_movement(fps, frequency):
    t = np.arange(int(8 * fps)) / fps
    wave = 20 + 10 * np.sin(2 * np.pi * frequency * t)
    out = Motion(np.tile(wave[:, None], 7), fps=fps).resampled()
    expected = 20 + 10 * np.sin(2 * np.pi * frequency * np.arange(len(out)) / 25)
    assert abs(len(out) / 25 - len(t) / fps) <= 0.02 + 1e-9
    assert np.abs(out.frames[:, 0] - expected)[8:-8].max() < 0.25


def test_radians_and_another_rate_are_obeyed(motion, tmp_path):
    path = tmp_path / "radians.csv"
    rows = "\n".join(",".join(f"{v:.8f}" for v in row) for row in np.repeat(np.radians(motion.frames), 2, axis=0))
    path.write_text(f"# fps: 50\n# unit: radians\n{','.join(COLUMNS)}\n{rows}\n")
    read = Motion.load(path, fps=10, unit="degrees")  # the file's own word wins
    assert len(read) == len(motion) and read.fps == 25
    assert np.abs(read.frames - motion.frames).mean() < 0.2


def _csv(tmp_path, text):
    path = tmp_path / "bad.csv"
    path.write_text(text)
    return path


HEADER = ",".join(COLUMNS)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "is empty"),
        ("hello\nworld\n", "lacks the columns head_pitch"),
        (f"# fps: 25\n{HEADER}\n" + "0,0,0,0,0,0,0\n", "unit=degrees or unit=radians"),
        (f"# unit: degrees\n{HEADER}\n" + "0,0,0,0,0,0,0\n", "frame rate"),
        (f"# fps: 25\n# unit: furlongs\n{HEADER}\n0,0,0,0,0,0,0\n", "degrees or radians"),
        (f"# fps: fast\n# unit: degrees\n{HEADER}\n0,0,0,0,0,0,0\n", "not a number"),
        (
            f"# fps: 25\n# unit: degrees\n{HEADER.replace('head_yaw', 'yaw')}\n0,0,0,0,0,0,0\n",
            "lacks the column head_yaw",
        ),
        (f"# fps: 25\n# unit: degrees\n{HEADER}\n0,0,nan,0,0,0,0\n", "head_roll at frame 0"),
        (f"# fps: 25\n# unit: degrees\n{HEADER}\n0,0,x,0,0,0,0\n", "a row that is not 7 numbers"),
        (f"# fps: 25\n# unit: degrees\n{HEADER}\n", "no frames"),
        (f"# fps: 25\n# unit: degrees\n{HEADER}\n0,0,400,0,0,0,0\n", "within +-180"),
    ],
)
def test_bad_csv_is_one_sentence(tmp_path, text, sentence):
    with pytest.raises(StyGazeError, match=sentence.replace("+", r"\+")) as caught:
        Motion.load(_csv(tmp_path, text))
    assert "\n" not in str(caught.value)


def test_options_serve_a_file_that_does_not_say(tmp_path):
    path = _csv(tmp_path, f"{HEADER}\n" + "0,0,0,0,0,0,0\n" * 100)
    assert len(Motion.load(path, fps=50, unit="degrees")) == 50


def test_hostile_npz_is_refused(tmp_path):
    path = tmp_path / "evil.npz"
    np.savez(path, frames=np.array([{"a": 1}], dtype=object))
    with pytest.raises(StyGazeError, match="cannot be read"):
        Motion.load(path)
    (tmp_path / "text.npz").write_text("not a zip")
    with pytest.raises(StyGazeError, match="cannot be read"):
        Motion.load(tmp_path / "text.npz")


def test_a_failed_write_leaves_the_old_file(motion, tmp_path):
    from stygaze.motion_files import replacing

    path = motion.save(tmp_path / "m.csv")
    before = path.read_bytes()
    with pytest.raises(RuntimeError), replacing(path) as temporary:
        temporary.write_text("half")
        raise RuntimeError
    assert path.read_bytes() == before and list(tmp_path.iterdir()) == [path]
