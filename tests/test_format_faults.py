"""What is wrong with another program's file is one sentence."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_formats import quick, written

from stygaze import Motion, StyGazeError
from stygaze.formats import FORMATS
from stygaze.formats.livelink import ANGLES


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
