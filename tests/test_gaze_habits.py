"""Habits: known answers of made motion, and that running means are as good as the whole."""

import numpy as np
import pytest

from stygaze.gaze.habits import HABITS, habits, habits_of, moments
from stygaze.motion import Motion

FRAMES = 1000
MEAN, SPREAD, GOES_ALONG, HEAD_SPEED, JUMPS = slice(0, 8), slice(8, 15), slice(15, 17), slice(18, 21), slice(25, 27)
NEAR, LEAPS, FOLLOWS, CARRIED, AVERTED = (slice(*x) for x in ((42, 44), (44, 46), (46, 48), (48, 51), (51, 53)))


def looking(gaze_yaw: np.ndarray, share: float) -> np.ndarray:
    """Frames [T, 7] whose head goes along with gaze by a share and whose eyes do the rest, 1.5 degrees converged."""
    frames = np.zeros((len(gaze_yaw), 7))
    frames[:, 1] = share * gaze_yaw
    frames[:, 4], frames[:, 6] = (1 - share) * gaze_yaw + 1.5, (1 - share) * gaze_yaw - 1.5
    return frames


def test_known_answers():
    yaw = np.where(np.arange(FRAMES) // 10 % 2, 8.0, 0.0)  # a jump of 8 degrees every 10 frames
    found = habits_of(looking(yaw, 0.25))
    np.testing.assert_allclose(found[MEAN], [0, 1, 0, 0, 4, 0, 3, 1.5], atol=0.05)
    assert np.exp(found[SPREAD][1]) == pytest.approx(1.0, abs=0.01)  # of the head's yaw
    assert np.exp(found[SPREAD][4]) == pytest.approx(4.0, rel=0.01)  # of the gaze's
    assert found[GOES_ALONG][1] == pytest.approx(0.25, abs=0.01)
    np.testing.assert_allclose(np.exp(found[JUMPS]), 0.1, rtol=0.05)  # large ones all of them
    assert np.exp(found[HEAD_SPEED][1]) == pytest.approx(2 * np.sqrt(0.1), rel=0.02)
    assert len(found) == HABITS


def test_what_is_on_the_partner_and_beyond_the_eyes():
    yaw = np.tile(np.repeat([0.0, 4.0, 20.0], 10), FRAMES // 30 + 1)[:FRAMES]  # jumps of 4, 16 and 20 degrees
    frames = looking(yaw, 0.0)
    turned = 0.5 * np.maximum(yaw - 8, 0)  # only beyond 8 degrees does the head go along
    frames[:, 1] += turned
    frames[:, [4, 6]] -= turned[:, None]
    found = habits_of(frames)
    np.testing.assert_allclose(found[NEAR], [1 / 3, 2 / 3], atol=0.01)
    np.testing.assert_allclose(np.exp(found[LEAPS]), 2 / 30, rtol=0.05)  # of three leaps two are large
    assert found[FOLLOWS][1] == pytest.approx(0.5, abs=0.02) and found[GOES_ALONG][1] < 0.4


def test_how_a_head_is_held_while_it_moves(rng):
    moves = np.repeat(np.arange(FRAMES // 100) % 2, 100)
    frames = np.zeros((FRAMES, 7))
    frames[:, :3] = np.cumsum(rng.normal(0, 0.02 * np.exp(2 * moves)[:, None] * [1, 1, 0], (FRAMES, 3)), axis=0)
    frames[:, :3] -= frames[:, :3].mean(0)
    frames[:, 0] += 3.0 * moves
    held = habits_of(frames)[CARRIED]
    assert 0.5 < held[0] < 2.5 and abs(held[2]) < 0.01  # 3 degrees for a head e^2 times as fast


@pytest.mark.parametrize(("away", "expected"), [((20, 20), 20), ((-20, -20), -20), ((20, -20), 0), ((20, 20, -20), 15)])
def test_where_averted_gaze_goes(away, expected):
    yaw = np.tile(np.repeat([*away, 0.0], 20), FRAMES)[:FRAMES]
    pitch, yaw = habits_of(looking(yaw, 0.0))[AVERTED]
    assert yaw == pytest.approx(expected, abs=1.0) and abs(pitch) < 0.1


def test_means_of_windows_are_those_of_the_whole(motion):
    frames = motion.frames[: len(motion) // 100 * 100]
    each = moments(frames)
    pieces = each.reshape(-1, 100, each.shape[1]).mean(1)
    np.testing.assert_allclose(habits(pieces.mean(0)), habits_of(frames), atol=1e-9)


@pytest.mark.parametrize("scale", [0.0, 1e-3, 180.0])
def test_any_motion_has_finite_habits(scale):
    rng = np.random.default_rng(0)
    assert np.isfinite(habits_of(Motion(np.clip(rng.normal(0, scale, (200, 7)), -180, 180)).frames)).all()
