"""Motion in the files of other programs: round trips, conventions of the neighbours, and what is wrong with a file."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy.spatial.transform import Rotation

from stygaze import Motion, StyGazeError
from stygaze.formats import FORMATS, Recording, format_of, read
from stygaze.formats.livelink import ANGLES, SHAPES, look_units
from stygaze.motion import direction, rotation

PRECISION = {"csv": 5.1e-5, "npz": 0.0, "livelink": 1e-5, "bvh": 1e-5, "flame": 1e-4}  # degrees
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


# --- Live Link Face: the anatomy, by what the app's own recordings show


def rows_of(path: Path) -> dict[str, np.ndarray]:
    lines = [line.split(",") for line in path.read_text().splitlines()]
    return {name: np.array([row[k] for row in lines[1:]]) for k, name in enumerate(lines[0])}


def test_live_link_columns_are_the_apps(motion: Motion, tmp_path: Path) -> None:
    table = rows_of(written(motion, "livelink", tmp_path))
    assert list(table)[:4] == ["Timecode", "BlendshapeCount", "EyeBlinkLeft", "EyeLookDownLeft"]
    assert list(table)[-9:] == list(ANGLES) and len(table) == 63 and len(set(SHAPES)) == 52
    assert list(table["Timecode"][[0, 1, 25]]) == ["00:00:00:00.000", "00:00:00:02.400", "00:00:01:00.000"]
    assert set(table["BlendshapeCount"]) == {"61"}


def test_live_link_says_left_up_and_inward_as_the_app_does(tmp_path: Path) -> None:
    # the subject looks to its left and up with converging eyes, and turns head and chin the other way
    looking = Motion([[-8, -20, 10, 5, 12, 5, 16]] * 3)
    table = {name: values for name, values in rows_of(written(looking, "livelink", tmp_path)).items()}
    number = {name: float(values[0]) for name, values in table.items() if name != "Timecode"}
    assert number["EyeLookOutLeft"] > 0.3 and number["EyeLookInRight"] > 0.4
    assert number["EyeLookUpLeft"] == number["EyeLookUpRight"] == pytest.approx(0.2)
    assert {number[f"EyeLook{way}"] for way in ("InLeft", "OutRight", "DownLeft", "DownRight")} == {0}
    assert number["LeftEyeYaw"] < 0 and number["RightEyeYaw"] < number["LeftEyeYaw"] and number["LeftEyePitch"] < 0
    assert number["HeadYaw"] == pytest.approx(np.radians(20)) and number["HeadPitch"] == pytest.approx(np.radians(8))
    assert number["HeadRoll"] == pytest.approx(-np.radians(10))


def as_the_app(motion: Motion, path: Path, outward: float = 3.8, start: float = 46799.5, step: float = 2.0013) -> Path:
    """A recording as the app makes it: angles point outward of the eyeLook units, rows drift against the clock."""
    table = np.radians(np.array(motion.frames, float))
    table[:, 4] += np.radians(outward)
    table[:, 6] -= np.radians(outward)
    units = look_units(motion)
    names = [name[0].upper() + name[1:] for name in units]
    lines = ["Timecode,BlendShapeCount," + ",".join(names) + "," + ",".join(ANGLES)]
    for k, row in enumerate(table):
        ticks = start * 60 + k * step
        whole, frame = divmod(ticks, 60)
        whole = int(whole) % 86_400
        code = f"{whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}:{frame:06.3f}"
        pitch, yaw, roll, lp, ly, rp, ry = -row
        turns = [yaw, pitch, roll, ly, lp, 0.01, ry, rp, 0.01]
        shapes = [values[k] for values in units.values()]
        lines.append(f"{code},61," + ",".join(f"{v:.10f}" for v in (*shapes, *turns)))
    path.write_text("\ufeff" + "\r\n".join(lines) + "\r\n", encoding="utf-8")
    return path


def test_a_recording_of_the_app_converges(motion: Motion, tmp_path: Path) -> None:
    again = FORMATS["livelink"].read(as_the_app(motion, tmp_path / "take.csv"), None).motion  # type: ignore[misc]
    assert again.fps == pytest.approx(60 / 2.0013, abs=0.01)
    np.testing.assert_allclose(again.frames, motion.frames, atol=0.01)
    left, right = (direction(*again.frames[:, at : at + 2].T).mean(0) for at in (3, 5))
    assert left[0] < right[0]


def test_time_codes_run_over_midnight_and_over_lost_frames(motion: Motion, tmp_path: Path) -> None:
    path = as_the_app(motion, tmp_path / "take.csv", start=86_398.2, step=2.0)
    lines = path.read_text(encoding="utf-8-sig").splitlines()
    timeless = ",".join(["00:00:00:00.000", "0"])
    kept = [*lines[:80], timeless, *lines[84:]]  # no face in one row, three more lost
    path.write_text("\n".join(kept))
    again = FORMATS["livelink"].read(path, None).motion  # type: ignore[misc]
    assert (len(again), again.fps) == (250, 30)
    np.testing.assert_allclose(again.frames, motion.frames, atol=1.0)
    path.write_text("\n".join([*lines[:80], *lines[120:]]))
    with pytest.raises(StyGazeError, match=r"no frames for 1\.4 s from 2\.6 s on"):
        Motion.load(path)


def test_angles_without_look_units_are_taken_as_they_are(motion: Motion, tmp_path: Path) -> None:
    path = tmp_path / "bare.csv"
    turns = np.radians(motion.frames[:, [1, 0, 2, 4, 3, 3, 6, 5, 5]])
    lines = [f"00:00:{k // 25:02d}:{k % 25 * 2.4:06.3f},61," + ",".join(map(str, -row)) for k, row in enumerate(turns)]
    path.write_text("Timecode,BlendshapeCount," + ",".join(ANGLES) + "\n" + "\n".join(lines))
    np.testing.assert_allclose(Motion.load(path).frames, motion.frames, atol=1e-4)


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


# --- what is wrong with a file


def harmed(path: Path, how: str) -> None:
    data = path.read_bytes()
    if how == "cut short":
        path.write_bytes(data[: int(len(data) * 0.6)])
    elif how == "noise":
        path.write_bytes(np.random.default_rng(0).bytes(3000))
    elif how == "empty":
        path.write_bytes(b"")
    elif how == "header only":
        path.write_bytes(data[: data.index(b"\n") + 1])
    elif how == "not numbers":
        path.write_bytes(data[:-40] + b"what,what what" + data[-40:])
    elif how == "nan":
        mark = b"," if path.suffix == ".csv" else b" "
        head, _, last = data.rstrip().rpartition(b"\n")
        cells = last.split(mark)  # of the right eye: pitch in one, the turn about x in the other
        path.write_bytes(head + b"\n" + mark.join([*cells[:-2], b"nan", cells[-1]]))


@pytest.mark.parametrize("how", ["cut short", "noise", "empty", "header only", "not numbers", "nan"])
@pytest.mark.parametrize("kind", ["livelink", "bvh"])
def test_a_harmed_file_is_one_sentence(kind: str, how: str, motion: Motion, tmp_path: Path) -> None:
    path = written(motion, kind, tmp_path)
    harmed(path, how)
    with pytest.raises(StyGazeError) as told:
        Motion.load(path)
    assert path.name in str(told.value) and len(str(told.value)) < 300


@pytest.mark.parametrize("how", ["cut short", "noise", "empty"])
def test_a_harmed_flame_file_is_one_sentence(how: str, motion: Motion, tmp_path: Path) -> None:
    path = written(motion, "flame", tmp_path)
    harmed(path, how)
    with pytest.raises(StyGazeError):
        Motion.load(path)


def npz(path: Path, **more: object) -> Path:
    zero = np.zeros((4, 3))
    np.savez(path, **({"leye_pose": zero, "reye_pose": zero, "fps": 25.0} | more))  # type: ignore[arg-type]
    return path


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"full_pose": np.zeros((4, 12))}, "15"),
        ({"full_pose": np.full((4, 15), np.inf)}, "infinite"),
        ({"neck_pose": np.zeros((3, 3))}, "different numbers"),
        ({"leye_pose": np.zeros((0, 3)), "reye_pose": np.zeros((0, 3))}, "no frames"),
        ({"leye_pose": np.array([["a", "b", "c"]])}, "expected"),
        ({"fps": "often"}, "not a number"),
        ({"fps": 1e9}, "fps"),
        ({"unit": "turns"}, "unit"),
        ({"full_pose": np.array([{}], dtype=object)}, "cannot be read"),  # a pickle is never loaded
    ],
)
def test_flame_arrays_that_cannot_be(more: dict, told: str, tmp_path: Path) -> None:
    with pytest.raises(StyGazeError, match=told):
        Motion.load(npz(tmp_path / "f.npz", **more))


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("JOINT left_eye", "JOINT nose", "left eye"),
        ("Frames: 250", "Frames: 2000000000", "counts|cannot be read|Frames"),
        ("Frames: 250", "Frames: 249", "values"),
        ("Frame Time: 0.04", "Frame Time: 0.0", "Frame"),
        ("CHANNELS 3", "CHANNELS 30", "skeleton"),
        ("}\nMOTION", "\nMOTION", "cut short"),
        ("HIERARCHY", "HIERARCHY\n" + "ROOT a {" * 3000, "skeleton"),
    ],
)
def test_a_bvh_that_cannot_be(old: str, new: str, told: str, motion: Motion, tmp_path: Path) -> None:
    path = written(motion, "bvh", tmp_path)
    path.write_text(path.read_text().replace(old, new, 1))
    with pytest.raises(StyGazeError, match=told):
        Motion.load(path)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("HeadYaw", "Headline", "lacks the column HeadYaw"),
        ("00:00:00:00.000", "soon", "time code"),
        ("00:00:00:00.000", "00:00:00:inf", "time code"),
        ("\n00:00:00:02.400,61,", "\n00:00:00:02.400,61,1,", "line 3"),
    ],
)
def test_a_live_link_file_that_cannot_be(old: str, new: str, told: str, motion: Motion, tmp_path: Path) -> None:
    path = written(motion, "livelink", tmp_path)
    path.write_text(path.read_text().replace(old, new, 1))
    with pytest.raises(StyGazeError, match=told):
        Motion.load(path)


@quick
@given(text=st.text(max_size=200), kind=st.sampled_from(["livelink", "bvh"]))
def test_no_text_after_a_true_header_brings_it_down(text: str, kind: str, tmp_path: Path) -> None:
    header = "Timecode,BlendshapeCount," + ",".join(ANGLES) + "\n" if kind == "livelink" else "HIERARCHY\n"
    path = tmp_path / f"x{FORMATS[kind].suffix}"
    path.write_text(header + text, encoding="utf-8", errors="replace")
    with pytest.raises(StyGazeError):
        Motion.load(path)


def test_a_file_that_is_too_large_is_refused_before_it_is_read(
    motion: Motion, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for kind, limit in (("livelink", "recording.MAX_BYTES"), ("bvh", "bvh.MAX_TEXT"), ("flame", "flame.MAX_BYTES")):
        path = written(motion, kind, tmp_path)
        monkeypatch.setattr(f"stygaze.formats.{limit}", 5_000)
        with pytest.raises(StyGazeError, match=r"larger|more than"):
            Motion.load(path)
