"""Live Link Face: the anatomy, by what the app's own recordings show."""

from pathlib import Path

import numpy as np
import pytest
from test_formats import written

from stygaze import Motion, StyGazeError
from stygaze.formats import FORMATS
from stygaze.formats.livelink import ANGLES, SHAPES, look_units
from stygaze.motion import direction


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
