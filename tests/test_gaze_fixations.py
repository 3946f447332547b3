"""I-DT against the published steps written out plainly, against pymovements, and on motions whose answer is known."""

from __future__ import annotations

import math

import numpy as np
import pytest

from stygaze.errors import StyGazeError
from stygaze.gaze.events import fixation_ratio, idt
from stygaze.motion import Motion, angles, direction, rotation

pytestmark = pytest.mark.filterwarnings("error")


def looking(yaw: list[float] | np.ndarray, pitch: float = 0.0) -> Motion:
    frames = np.zeros((len(yaw), 7))
    frames[:, [4, 6]] = np.asarray(yaw, float)[:, None]
    frames[:, [3, 5]] = pitch
    return Motion(frames)


def wander(seed: int, n: int = 600) -> np.ndarray:
    """A random gaze path with rests, drifts and jumps."""
    r = np.random.default_rng(seed)
    step = r.normal(0, 0.08, (n, 2)) + (r.random((n, 1)) < 0.12) * r.normal(0, 6, (n, 2))
    return np.cumsum(step, 0)


def plain_idt(points: np.ndarray, dispersion: float, min_frames: int) -> list[tuple[int, int]]:
    """Salvucci and Goldberg's steps, with nothing clever."""
    found, i = [], 0
    while i + min_frames <= len(points):
        j = i + min_frames
        if np.ptp(points[i:j], axis=0).sum() > dispersion:
            i += 1
            continue
        while j < len(points) and np.ptp(points[i : j + 1], axis=0).sum() <= dispersion:
            j += 1
        found.append((i, j))
        i = j
    return found


@pytest.mark.parametrize(("dispersion", "min_frames"), [(1.0, 3), (0.4, 2), (3.0, 8)])
def test_idt_takes_the_published_steps(dispersion: float, min_frames: int) -> None:
    for seed in range(5):
        mask, spans = idt(wander(seed), dispersion, min_frames)
        assert spans.tolist() == [list(s) for s in plain_idt(wander(seed), dispersion, min_frames)]
        inside = np.zeros(len(mask), bool)
        for onset, offset in spans:
            inside[onset:offset] = True
        assert (mask == inside).all()
        assert len(spans) > 5


def test_idt_agrees_with_pymovements_but_for_the_frame_it_skips() -> None:
    """pymovements gives as offset the first frame that broke the dispersion, and begins again one frame after it."""
    from pymovements.events import idt as theirs

    for seed in range(5):
        points, start = wander(seed), 0
        for onset, offset in (
            theirs(points, dispersion_threshold=1.0, minimum_duration=3).frame[["onset", "offset"]].rows()
        ):
            _, spans = idt(points[start:])
            first = (spans[0] + start).tolist()
            # At the end of the data nothing broke the dispersion: their offset is then the last frame itself.
            assert first in ([onset, offset], [onset, len(points)] if offset == len(points) - 1 else None)
            start = offset + 1
        assert start > 400


def test_threshold_counts_both_axes_and_includes_its_value() -> None:
    half = np.array([[0, 0], [0.5, 0], [0, 0.5]])
    assert idt(half)[1].tolist() == [[0, 3]]
    assert idt(half * 1.01)[1].tolist() == []


def test_missing_frames_end_a_window() -> None:
    points = np.zeros((12, 2))
    valid = np.ones(12, bool)
    valid[[5, 8]] = False
    assert idt(points, valid=valid)[1].tolist() == [[0, 5], [9, 12]]
    points[5] = points[8] = np.nan
    assert idt(points)[1].tolist() == [[0, 5], [9, 12]]
    assert idt(points, valid=np.zeros(12, bool))[1].shape == (0, 2)
    still = looking(np.zeros(12))
    assert fixation_ratio(still, valid=valid) == 8 / 10  # of the ten frames that were seen
    assert fixation_ratio(still, by="events", valid=valid) == 2 / 3  # the two frames between the gaps are no fixation


def test_where_one_looks_does_not_matter() -> None:
    points = wander(1)
    spans = idt(points)[1].tolist()
    assert idt(-points)[1].tolist() == spans  # mirrored
    assert idt(points[:, ::-1])[1].tolist() == spans  # yaw and pitch exchanged
    assert idt(points + np.array([30.25, -12.5]))[1].tolist() == spans


def test_backwards_in_time_rests_between_jumps_stay_the_same() -> None:
    points = np.repeat(np.arange(12) * 7.0 % 23, [5, 9, 3, 30, 4, 8, 3, 6, 12, 5, 7, 4])
    points = np.stack([points, np.zeros_like(points)], 1)
    forward, backward = idt(points)[1], idt(points[::-1])[1]
    assert len(forward) == 12
    assert (len(points) - backward[::-1, ::-1] == forward).all()


def test_gaze_held_by_a_turning_head_rests_in_the_world_only() -> None:
    yaw = 20 * np.sin(np.arange(200) / 12)
    head = np.stack([0.3 * yaw, yaw, 0.2 * yaw], 1)
    eye = angles(np.einsum("tji,j->ti", rotation(*head.T), direction(3.0, 5.0)))  # the head's inverse on a fixed point
    held = Motion(np.concatenate([head, eye, eye], 1))
    assert fixation_ratio(held, frame="world") == 1.0
    assert fixation_ratio(held, frame="world", by="events") == 1.0
    assert fixation_ratio(held) < 0.5


def test_one_eye_or_the_mean() -> None:
    frames = np.zeros((20, 7))
    frames[:, 4] = 3.0 * np.arange(20)  # only the left eye moves
    motion = Motion(frames)
    assert (fixation_ratio(motion, eye="left"), fixation_ratio(motion, eye="right")) == (0.0, 1.0)
    assert fixation_ratio(motion) == 0.0


@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_short_motions(n: int) -> None:
    ratio = fixation_ratio(looking(np.zeros(n)))
    assert math.isnan(ratio) if n < 3 else ratio == 1.0


def test_a_look_behind_is_no_jump() -> None:
    frames = np.zeros((50, 7))
    frames[:, 1] = 170
    frames[:, [4, 6]] = 10 + 0.005 * np.arange(50)[:, None]  # world yaw passes from 180 to -180
    assert fixation_ratio(Motion(frames), frame="world") == 1.0


def test_bad_arguments_are_named() -> None:
    with pytest.raises(StyGazeError, match=r"\[T, 2\]"):
        idt(np.zeros((5, 3)))
    with pytest.raises(StyGazeError, match="4"):
        idt(np.zeros((5, 2)), valid=np.ones(4, bool))
    with pytest.raises(StyGazeError, match="dispersion"):
        idt(np.zeros((5, 2)), dispersion=0)
    for wrong in ({"frame": "screen"}, {"by": "seconds"}, {"eye": "third"}, {"frame": "world", "eye": "left"}):
        with pytest.raises(StyGazeError):
            fixation_ratio(looking(np.zeros(9)), **wrong)
