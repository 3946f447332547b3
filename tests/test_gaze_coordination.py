"""Compensation, reflex and gaze shifts on motions whose answer can be worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from stygaze.gaze.coordination import compensation_score, large_shifts, vor
from stygaze.motion import Motion

pytestmark = pytest.mark.filterwarnings("error")


def motion(head: np.ndarray, eye: np.ndarray) -> Motion:
    """Head [T, 3] and both eyes alike [T, 2]."""
    return Motion(np.concatenate([head, eye, eye], 1))


def wandering(seed: int = 0, n: int = 400) -> Motion:
    r = np.random.default_rng(seed)
    return motion(np.cumsum(r.normal(0, 0.2, (n, 3)), 0), np.cumsum(r.normal(0, 1.5, (n, 2)), 0).clip(-40, 40))


def step(head: tuple[float, float, float], eye: tuple[float, float]) -> Motion:
    """Two frames between which head and eyes move by that much."""
    return motion(np.array([[0.0, 0, 0], head]), np.array([[0.0, 0], eye]))


@pytest.mark.parametrize(
    ("head", "eye", "score"),
    [
        ((3, 4, 12), (-3, -4), -13.0),  # g = roll only, 12: slow; the head's speed counts, roll included
        ((0, 5, 0), (0, 14.9), -5.0),  # g = 19.9
        ((0, 5, 0), (0, 17), 0.0),  # g = 22: between the bands
        ((0, 10, 0), (0, 20), -1.0),  # g = 30, eye and head together
        ((0, -10, 0), (0, 40), 1.0),  # g = 30, eye against head
        ((10, 0, 0), (0, 30), 0.0),  # g = 31.6, at right angles
        ((0, 20, 0), (0, 80), 0.0),  # g = 100: out of range
        ((0, 0, 0), (0, 30), 0.0),  # a resting head has no direction
    ],
)
def test_each_branch_of_the_compensation_score(head, eye, score: float) -> None:
    assert compensation_score(step(head, eye)) == pytest.approx(score, abs=1e-5)


def test_compensation_score_is_in_practice_minus_the_head_speed() -> None:
    some = wandering()
    speed = np.linalg.norm(some.velocity[:, :3], axis=1).mean()
    assert compensation_score(some) == pytest.approx(-speed, rel=1e-5)


def test_compensation_score_does_not_see_time_side_or_posture() -> None:
    some = wandering()
    score = compensation_score(some)
    mirrored = some.frames[:, [0, 1, 2, 5, 6, 3, 4]] * [1, -1, -1, 1, -1, 1, -1]
    for same in (some.frames[::-1], mirrored, some.frames + np.arange(7)):
        assert compensation_score(Motion(same)) == pytest.approx(score, rel=1e-5)
    assert compensation_score(Motion(np.ones((30, 7)))) == 0
    assert math.isnan(compensation_score(Motion(np.ones((1, 7)))))


def turning(gain: float, noise: float = 0.0, n: int = 1500) -> Motion:
    """A head that sways in yaw at up to 17 deg/s, eyes that answer with that gain, and a saccade every 2 s."""
    r = np.random.default_rng(1)
    t = np.arange(n) / 25
    yaw = 4 * np.sin(2 * np.pi * 0.5 * t) + 2 * np.sin(2 * np.pi * 0.33 * t)
    look = 12 * (np.arange(n) // 50 % 2)
    head = np.stack([0.1 * yaw, yaw, 0 * yaw], 1)
    eye = np.stack([-0.1 * yaw, gain * yaw + look], 1) + r.normal(0, noise, (n, 2))
    return motion(head, eye)


@pytest.mark.parametrize("gain", [-1.0, -0.9, -0.75])
def test_reflex_gain_is_recovered(gain: float) -> None:
    reflex = vor(turning(gain))
    assert reflex.gain == pytest.approx(gain, abs=0.02)
    assert reflex.correlation < -0.99 and reflex.opposite == 1.0 and reflex.frames > 400
    noisy = vor(turning(gain, noise=0.05))
    assert noisy.gain == pytest.approx(gain, abs=0.05) and noisy.correlation > reflex.correlation


def test_eyes_that_move_with_the_head_are_told_from_eyes_that_compensate() -> None:
    # Such gaze rests only while the head is slow, and there the slope has the wrong sign.
    wrong = turning(0.4)
    assert vor(wrong).gain > 0.2 and vor(wrong).opposite < 0.1
    still_eyes = vor(turning(0.0))
    assert still_eyes.gain == 0 and math.isnan(still_eyes.correlation) and still_eyes.opposite == 0


def test_reflex_does_not_see_time_side_or_posture() -> None:
    some = turning(-0.9, 0.03)
    mirrored = some.frames[:, [0, 1, 2, 5, 6, 3, 4]] * [1, -1, -1, 1, -1, 1, -1]
    assert vor(Motion(mirrored)) == pytest.approx(vor(some), abs=1e-4)
    assert vor(Motion(some.frames + np.array([0, 30, 0, 0, 0, 0, 0]))).gain == pytest.approx(vor(some).gain, abs=0.01)
    assert vor(Motion(some.frames[::-1])).gain == pytest.approx(vor(some).gain, abs=0.01)


def test_too_little_to_judge_the_reflex() -> None:
    for frames in (np.zeros((1, 7)), np.zeros((200, 7)), turning(-1).frames[:10]):
        reflex = vor(Motion(frames))
        assert math.isnan(reflex.gain) and math.isnan(reflex.correlation) and reflex.frames < 10
    steady = np.zeros((30, 7))
    steady[:, 1] = np.arange(30) / 2  # one speed, no slope
    steady[:, [4, 6]] = -np.arange(30)[:, None] / 2
    assert math.isnan(vor(Motion(steady)).gain) and vor(Motion(steady)).opposite == 1
    assert vor(turning(-1), valid=np.zeros(1500, bool)).frames == 0


def shifts(head_by: float, delay: int) -> Motion:
    """Eyes jump 30 degrees to and fro every 2 s; after some frames the head takes over a part within .32 s."""
    at = np.arange(500)
    head, eye = np.zeros((500, 3)), np.zeros((500, 2))
    for i, onset in enumerate(range(25, 475, 50)):
        side = 1 if i % 2 == 0 else -1
        u = np.clip((at - onset - delay) / 8, 0, 1)
        turn = side * head_by * u**3 * (10 - 15 * u + 6 * u * u)
        head[:, 1] += turn
        eye[:, 1] += side * 30 * (at > onset) - turn
    return motion(head, eye)


def test_head_share_and_latency_of_large_shifts() -> None:
    early, late = large_shifts(shifts(12, 1)), large_shifts(shifts(12, 3))
    assert early.number == late.number == 9
    assert early.head_share == pytest.approx(0.4, abs=0.01)
    assert late.head_latency - early.head_latency == pytest.approx(2 / 25, abs=0.005)
    assert 0.04 < early.head_latency < 0.12
    still = large_shifts(shifts(0, 1))
    assert still.head_share == 0 and math.isnan(still.head_latency)
    few = large_shifts(shifts(12, 1)[:100])
    assert few.number == 2 and math.isnan(few.head_share)
