"""The gaze figures on real recordings: four takes with an HTC Vive Pro Eye (EyeDentify3d, MIT)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from stygaze.gaze.coordination import vor
from stygaze.gaze.events import detect, fixation_ratio, idt
from stygaze.gaze.explanations import sentences
from stygaze.gaze.fixations import points, runs
from stygaze.gaze.statistics import statistics
from stygaze.motion import FPS, Motion, angles

pytestmark = pytest.mark.filterwarnings("error")
GOOD = ("TESTNA01_2D_Fist3", "TESTNA05_2D_Spread7", "TESTNA05_360VR_Spread7", "TESTNA15_2D_Pen3")
Take = tuple[Motion, np.ndarray]


def read_take(path: Path) -> Take:
    """One take as a Motion at 25 FPS and the mask of frames with at least three valid samples of both eyes.

    The tracker's eye axes are x left, y up, z ahead; the helmet's are Unity's, whose yaw turns right and pitch down.
    """
    with open(path, encoding="utf-8") as file:
        names = file.readline().strip().split(";")
        rows = [
            line.strip().replace("False", "0").replace("True", "1").split(";") for line in file if line.strip("\r\n;")
        ]
    ticks = np.array([int(row[names.index("time(100ns)")]) for row in rows])
    kept = np.concatenate([[True], np.diff(ticks) > 0])
    table = np.array([row[1 : len(names)] for row in rows], float)[kept]
    column = dict(zip(names[1:], table.T, strict=True))
    seconds = (ticks[kept] - ticks[0]) / 1e7
    turned = np.stack([-column["helmet_rot_x"], -column["helmet_rot_y"], -column["helmet_rot_z"]], 1)
    head = np.degrees(np.unwrap(np.radians((turned + 180) % 360 - 180), axis=0))
    head[:, 1] -= np.median(head[:, 1])  # the room has no front
    eyes = [angles(np.stack([column[f"gaze_direct_{side}.{axis}"] for axis in "xyz"], 1)) for side in "LR"]
    good = (column["eye_valid_L"] == 31) & (column["eye_valid_R"] == 31)

    frame = np.floor(seconds * FPS + 0.5).astype(int)
    n = int(frame[-1])
    count = np.bincount(frame[good], minlength=n + 1)[:n]
    valid = count >= 3
    columns = []
    for values, used in [*((x, np.ones(len(good), bool)) for x in head.T), *((x, good) for e in eyes for x in e.T)]:
        total = np.bincount(frame[used], values[used], minlength=n + 1)[:n]
        number = np.bincount(frame[used], minlength=n + 1)[:n]
        seen = number >= 3
        filled = (
            np.interp(np.arange(n), np.flatnonzero(seen), total[seen] / number[seen]) if seen.any() else np.zeros(n)
        )
        columns.append(filled)
    return Motion(np.stack(columns, 1), source="recorded"), valid


@pytest.fixture(params=GOOD)
def take(request: pytest.FixtureRequest, data_dir: Path) -> Take:
    return read_take(data_dir / "gaze" / "htc-vive-pro" / f"{request.param}.csv")


def test_eyes_turn_against_the_head(take: Take) -> None:
    motion, valid = take
    reflex = vor(motion, valid)
    assert -1.1 < reflex.gain < -0.7 and reflex.correlation < -0.6 and reflex.opposite > 0.85
    eyes = motion.frames[valid]
    assert np.corrcoef(eyes[:, 4], eyes[:, 6])[0, 1] > 0.97


def test_gaze_rests_more_in_the_world_than_the_eyes_in_the_head(take: Take) -> None:
    motion, valid = take
    head, world = (fixation_ratio(motion, frame=frame, valid=valid) for frame in ("head", "world"))
    assert 0.35 < head < world < 0.95


def test_idt_agrees_with_pymovements(take: Take) -> None:
    """As in test_gaze_fixations: their offset is the first frame that broke the dispersion, and they skip it."""
    from pymovements.events import idt as theirs

    motion, valid = take
    eye = points(motion).astype(float)
    compared = 0
    for first, end in runs(valid).tolist():  # they treat lost frames in another way: one stretch at a time
        stretch, start = eye[first:end], 0
        if len(stretch) < 10:
            continue
        found = theirs(stretch, dispersion_threshold=1.0, minimum_duration=3).frame
        for onset, offset in found[["onset", "offset"]].rows():
            mine = (idt(stretch[start:])[1][0] + start).tolist()
            assert mine in ([onset, offset], [onset, len(stretch)] if offset == len(stretch) - 1 else None)
            start = offset + 1
            compared += 1
    assert compared >= 20


def test_events_are_those_of_people(take: Take) -> None:
    motion, valid = take
    events = detect(motion, valid=valid)
    for event in (*events.fixations, *events.saccades):
        assert valid[event.onset : event.offset].all()
    amplitudes = np.array([s.amplitude for s in events.saccades])
    assert 0.8 < len(amplitudes) / (valid.sum() / FPS) < 3.5
    assert 2 < np.mean(amplitudes) < 20
    # larger saccades are faster
    assert np.corrcoef(amplitudes, [s.peak_velocity for s in events.saccades])[0, 1] > 0.8
    # the filled gaps hold no trace of a lid, so nothing but the mask tells of blinks
    assert len(detect(motion).blinks) <= 1


def test_figures_and_sentences(take: Take) -> None:
    motion, valid = take
    stats = statistics(motion, valid)
    assert stats.compensation_score_deg_per_frame == pytest.approx(-stats.head_speed_mean_deg_per_frame, rel=1e-3)
    assert all(sentence and "nan" not in sentence for sentence in sentences(stats))


def test_a_bad_take_says_little(data_dir: Path) -> None:
    """One sample in a hundred is valid: no fixation can be told, and nothing warns or breaks."""
    motion, valid = read_take(data_dir / "gaze" / "htc-vive-pro" / "TESTNA10_360VR_Fist3.csv")
    stats = statistics(motion, valid)
    assert valid.mean() < 0.05
    assert stats.to_dict()["vor_gain"] is None and stats.to_dict()["saccade_amplitude_mean_deg"] is None
