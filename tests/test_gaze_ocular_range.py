"""Eyes that fall behind toward the end of their range: how far they turn and what they aim at is found."""

import numpy as np
import pytest

from stygaze.gaze.decomposition import Decomposition, decompose
from stygaze.gaze.ocular_range import RANGES, SCATTER, UNKNOWN, Sight, aimed_at, held_back, jumps_aim
from stygaze.motion import Motion
from stygaze.training.event_data import event_arrays

RANGE = np.array([40.0, 46.0])


def motion_of(aims: np.ndarray, head: np.ndarray) -> np.ndarray:
    """[T, 7] of eyes that aim at places [T, 2] in the world under a head [T, 2], as far as they go."""
    eye = held_back(aims - head, RANGE)
    return np.concatenate([head, np.zeros((len(head), 1)), eye, eye], 1)


def looking(aims: np.ndarray, head: np.ndarray) -> Decomposition:
    """Such motion taken apart."""
    return decompose(Motion(motion_of(aims, head)))


@pytest.fixture(scope="module")
def people() -> tuple[list[Decomposition], np.ndarray]:
    """Two of them, and the places [150, 2] each aims at, for 40 frames each."""
    t = np.arange(6000)
    head = np.stack([6 * np.sin(t / 31), 18 * np.sin(t / 40)], 1)
    places = np.random.default_rng(1).uniform([-18, -25], [18, 25], (2, 150, 2)).clip(-20, 20)
    return [looking(np.repeat(p, 40, axis=0), head) for p in places], places


def test_what_is_aimed_at_is_found_again(rng) -> None:
    aims = rng.uniform(-40, 40, (300, 2))
    np.testing.assert_allclose(aimed_at(held_back(aims, RANGE), RANGE), aims, atol=1e-6)
    assert np.isfinite(aimed_at(np.array([90.0, -90.0]), RANGE)).all()


def test_a_jump_aims_where_gaze_gets_when_the_head_has_come() -> None:
    aims, head = np.zeros((200, 2)), np.zeros((200, 2))
    aims[50:, 1] = 38
    head[50:63, 1], head[63:, 1] = np.linspace(0, 24, 13), 24
    parts = looking(aims, head)
    assert parts.landing[60, 1] < 37
    np.testing.assert_allclose(jumps_aim(parts, RANGE)[0], [0, 38], atol=0.5)
    moments = event_arrays(motion_of(aims, head), ocular_range=RANGE).moments  # as the generator is told of it
    np.testing.assert_allclose(moments["aim"][[40, 60, 150]], [[0, 0], [0, 38], [0, 38]], atol=0.5)
    assert (moments["landing"][150, 1] < 37) and moments["rested"][60, 0] == 60 - np.flatnonzero(parts.busy)[-1]


def test_range_and_field_are_told_by_rest_and_jumps(people) -> None:
    parts, places = people
    found = Sight.of(parts)
    np.testing.assert_allclose(found.ocular_range, RANGE, rtol=0.12)
    ends = np.stack([places.min((0, 1)), places.max((0, 1))], 1)
    np.testing.assert_allclose(found.field + np.array([-SCATTER, SCATTER]), ends, atol=1.5)


def test_a_jump_that_another_follows_at_once_aims_by_its_own_head() -> None:
    parts = looking(np.zeros((100, 2)), np.zeros((100, 2)))
    parts.onset[[40, 43]], parts.busy[40:46], parts.landing[40:43, 1], parts.landing[43:, 1] = True, True, 20, 30
    parts.head[43:, 1] = 10  # which has turned in the second one
    np.testing.assert_allclose(jumps_aim(parts, RANGE)[:, 1], [aimed_at(20.0, 46.0), 10 + aimed_at(20.0, 46.0)])


def test_of_who_looks_at_one_place_only_the_field_is_that_place() -> None:
    aims = np.zeros((200, 2))
    aims[50:, 1] = 12
    low, high = Sight.of([looking(aims, np.zeros((200, 2)))]).field.T
    np.testing.assert_allclose(low, [0, 12], atol=0.3)
    np.testing.assert_allclose(high, [0, 12], atol=0.3)


def test_of_who_never_looked_elsewhere_nothing_is_known() -> None:
    found = Sight.of([decompose(Motion(np.zeros((300, 7))))])
    assert found.ocular_range.tolist() == [RANGES[1]] * 2 and found.field.tolist() == UNKNOWN.tolist()
