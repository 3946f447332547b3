"""Where a free run's jumps land, and how often they do, is what training counts and calibration asks for."""

import math
from copy import deepcopy

import numpy as np
import pytest
import torch

from stygaze.compiled import compiled
from stygaze.gaze.habits import HABITS
from stygaze.gaze.ocular_range import aimed_at, held_back
from stygaze.models.controls import Controls
from stygaze.models.event_densities import beside, landings
from stygaze.models.event_jumps import TRIES, Asked, goal_of, landed, take_aim
from stygaze.models.event_past import at_rest
from stygaze.models.event_people import People
from stygaze.models.event_places import GAZE_UNIT
from stygaze.models.event_rollout import EventRollout
from stygaze.models.event_weights import EventWeights
from stygaze.models.events import (
    CALIBRATED,
    DIFFERING,
    LANDING,
    LANDINGS,
    PLACED,
    RESTS,
    SIZES,
    TOLD_BY,
    EventGenerator,
)

STYLE = 4


@compiled
def places(raw, past, person, first, second):
    """[LANDINGS, 2] degrees where a jump lands by each part of the mixture."""
    where = np.zeros((LANDINGS, 2))
    for k in range(LANDINGS):
        where[k] = landed(raw, k, past, person, first, second)
    return where


def test_a_jump_lands_where_training_counts_it(model: EventGenerator, rng: np.random.Generator) -> None:
    style = rng.normal(size=(1, STYLE + HABITS)).astype(np.float32)
    style[0, -2:] = -3, 3  # averted gaze, of which one side counts backward
    raw = rng.normal(size=LANDINGS * LANDING).astype(np.float32)
    weights = EventWeights(model)
    people = People(weights, style).each
    past = at_rest(people, 0.5)
    past["gaze"][0], past["jump"][0], past["places"][0] = (3, -4), (-6, 8), rng.normal(size=past["places"][0].shape)
    known = (torch.tensor(x) for x in (past["gaze"][0], past["places"][0, 0], past["jump"][0]))
    network_says = torch.from_numpy(raw).unflatten(-1, (LANDINGS, LANDING))
    said = landings(network_says, *known, model.known(torch.from_numpy(style)))
    _, mean, spread, faces = (x.squeeze() for x in said)

    def at(*normal: float) -> torch.Tensor:
        return torch.from_numpy(places(raw, past[0], people[0], *normal)).float() / GAZE_UNIT

    torch.testing.assert_close(at(0.0, 0.0), mean, rtol=1e-4, atol=1e-4)
    away = beside(at(1.0, 2.0) - mean, faces) / spread.exp()
    torch.testing.assert_close(away, torch.tensor([1.0, 2.0]).expand_as(away), rtol=1e-3, atol=1e-3)
    onward = beside(mean[-1] * GAZE_UNIT - torch.tensor([3.0, -4.0]), torch.tensor([-0.6, 0.8]))
    torch.testing.assert_close(onward, network_says[-1, 1:3], rtol=1e-3, atol=1e-3)  # a tenth of ten degrees


@compiled
def chosen(raw, asked, past, person, scales, normal, uniform):
    """[n, 2] degrees where `goal_of` lands, with random numbers [n, .]."""
    goals = np.zeros((len(normal), 2))
    for n in range(len(normal)):
        goals[n] = goal_of(raw.copy(), asked, past, person, scales, False, 0.0, normal[n], uniform[n])
    return goals


def drawn(raw: np.ndarray, weights: EventWeights, jump: tuple[float, float], rng: np.random.Generator) -> np.ndarray:
    """[4000, 2] where gaze at (10, 0) goes by the mixture, the last jump having been this one."""
    people = People(weights, np.zeros((1, STYLE), np.float32)).each
    people["gaze"], people["partner"], people["reach"] = 0, 0, 10
    past = at_rest(people, 0.5)
    past["gaze"][0], past["jump"][0], past["places"][0] = (10, 0), jump, (0, 20)
    normal, uniform = rng.normal(size=(4000, 2 * TRIES)), rng.random((4000, TRIES + 1))
    return chosen(raw.ravel(), Asked.of(Controls()), past[0], people[0], weights.scales, normal, uniform)


def alone(place: int, *means: tuple[float, float]) -> np.ndarray:
    """[LANDINGS, LANDING] of a mixture of equally likely parts about one place, of hardly any spread."""
    raw = np.tile(np.array([-99, 0, 0, -4, -4], np.float32), (LANDINGS, 1))
    for k, mean in enumerate(means):
        raw[place * LANDINGS // PLACED + k, :3] = 0, *mean
    return raw


def test_a_jump_of_a_size_is_taken_by_its_odds(model: EventGenerator, rng: np.random.Generator) -> None:
    asked = deepcopy(model)
    asked.size_odds[:] = torch.tensor([np.log(3.0) * (least >= 4) for least in (0, *SIZES)])
    goals = drawn(alone(3, (0.1, 0), (0.7, 0)), EventWeights(asked), (1.0, 0.0), rng)  # of 1 degree and of 7
    # of four places drawn k are far with binomial chances, and then one of them is taken with 3 k / (3 k + 4 - k)
    wanted = sum(math.comb(4, k) / 16 * 3 * k / (2 * k + 4) for k in range(5))
    assert (goals[:, 0] > 14).mean() == pytest.approx(wanted, abs=0.03)


@pytest.mark.parametrize(
    ("place", "mean", "jump", "goal"),
    [
        (0, (0.0, 1.0), (1, 0), (0, 5)),  # of the habitual gaze, 10 degrees aside, half of that
        (2, (0.0, 1.0), (1, 0), (0, 5)),  # of the partner
        (3, (0.0, 1.0), (1, 0), (10, 5)),  # of the present gaze, which stays
        (4, (0.0, 1.0), (1, 0), (0, 25)),  # of the place before
        (5, (0.5, 0.0), (0, 20), (10, 1)),  # onward, by a twentieth of the last jump
    ],
)
def test_how_wide_gaze_goes_is_scaled_about_each_place(model, place, mean, jump, goal, rng) -> None:
    narrow = deepcopy(model)
    narrow.calibration[[CALIBRATED.index("high"), CALIBRATED.index("wide")]] = 0.5
    np.testing.assert_allclose(drawn(alone(place, mean), EventWeights(narrow), jump, rng).mean(0), goal, atol=0.05)


def test_what_is_scaled_differs_as_people_do(model) -> None:
    differing = deepcopy(model)
    which = DIFFERING.index("wide")
    habit = TOLD_BY[which]
    differing.calibration[CALIBRATED.index("wide")], differing.slopes[which], differing.habit_std[habit] = 0.5, 0.3, 2.0
    styles = np.zeros((3, STYLE + HABITS), np.float32)
    styles[:, STYLE + habit] = -1, 0, 100  # which is cut at three deviations
    people = People(EventWeights(differing), styles).each
    np.testing.assert_allclose(people["landing"][:, 1], 0.5 * np.exp([-0.3, 0, 1.8]), rtol=1e-5)
    np.testing.assert_allclose(people["landing"][:, 0], 1)
    bare = People(EventWeights(differing), styles[:, :STYLE]).each  # of whom no habit is known
    np.testing.assert_allclose(bare["landing"], [[1, 0.5]] * 3)


def jumps_of(model: EventGenerator, speech: np.ndarray) -> tuple[np.ndarray, np.ndarray, list[list[int]]]:
    """[n] sizes of the jumps of four people, [n, 2] where they land, degrees, and in which frames each one's begin."""
    rollout = EventRollout(EventWeights(model), np.ones((4, STYLE), np.float32) / 2, [5, 6, 7, 8])
    sizes, places, begun = [], [], [[], [], [], []]
    for t in range(len(speech)):
        rollout.push(np.tile(speech[None, t : t + 1], (4, 1, 1)))
        for frames, past in zip(begun, rollout._past, strict=True):
            if past["since"] == 0:
                sizes.append(np.hypot(*past["jump"]))
                places.append(past["landing"].copy())
                frames.append(t)
    return np.array(sizes), np.array(places), begun


def test_jumps_of_a_size_are_as_likely_as_asked(model: EventGenerator, speech: np.ndarray) -> None:
    asked = deepcopy(model)
    sizes, *_ = jumps_of(model, speech)
    middle = np.median(sizes)
    asked.size_odds[:] = torch.tensor([1.5 * (least < middle) for least in (0, *SIZES)])
    assert np.median(jumps_of(asked, speech)[0]) < 0.8 * middle


def test_odds_of_a_jump_are_those_of_its_rest(model: EventGenerator) -> None:
    asked = deepcopy(model)
    asked.jump_odds[:] = torch.arange(2.0 * (len(RESTS) + 1))
    quick, long = EventWeights(asked).scales.jump_odds  # by frames of rest after such a jump
    assert quick[[0, 1, 2, 6, 7, 8, 9, 26, 27, 199]].tolist() == [0, 1, 2, 6, 7, 7, 8, 10, 11, 11]
    assert (long - quick == len(RESTS) + 1).all()


@pytest.mark.parametrize(("frames", "rest"), [(1, 2), (4, 5)])
def test_gaze_rests_after_quick_and_long_jumps_as_long_as_their_odds_say(model, speech, frames, rest) -> None:
    asked = deepcopy(model)
    at_once, never = 99.0, -99.0
    quick, long = np.split(np.full(2 * (len(RESTS) + 1), never, np.float32), 2)
    quick[RESTS.index(2) + 1 :] = long[RESTS.index(5) + 1 :] = at_once
    asked.jump_odds[:] = torch.from_numpy(np.concatenate([quick, long]))
    asked.flights[:, 1:] = 1
    asked.flights[:, 1:frames] = torch.linspace(0.2, 0.8, frames - 1)
    _, _, begun = jumps_of(asked, speech)
    between = np.concatenate([np.diff(of_one) for of_one in begun])
    assert len(between) > 20 and (between == frames + rest).all()


def test_nothing_lands_beyond_the_field(model: EventGenerator, speech: np.ndarray) -> None:
    narrow = deepcopy(model)
    narrow.field[:], narrow.ocular_range[:] = torch.tensor([[-4.0, 2.0], [-3.0, 6.0]]), 1e4  # nor do eyes fall behind
    _, far, _ = jumps_of(model, speech)
    _, places, _ = jumps_of(narrow, speech)
    assert np.ptp(far, axis=0).min() > 10
    error = 1e-4
    assert (places > np.array([-4, -3]) - error).all() and (places < np.array([2, 6]) + error).all()
    assert np.ptp(places, axis=0).min() > 4
    narrow.end_odds[:] = torch.tensor([-99.0, -99.0, -99.0, 99.0])
    _, left, _ = jumps_of(narrow, speech)
    assert (left[:, 1] > 5.5).mean() > (places[:, 1] > 5.5).mean() + 0.2


@compiled
def aimed(past, scales, asked_for):
    """[2] degrees at which gaze aims that leaves now."""
    take_aim(past, scales, asked_for)
    return past.aim


def test_gaze_aims_where_it_will_be_when_the_head_has_come(model: EventGenerator) -> None:
    stiff = deepcopy(model)
    stiff.ocular_range[:] = 40.0
    weights = EventWeights(stiff)
    past = at_rest(People(weights, np.ones((1, STYLE), np.float32) / 2).each, 0.5)
    past["head"][0], past["carried"][0], past["landing"][0] = (2, -3, 0), (1, 1, 0), (-8, 28)
    head = np.array([3.0, -2.0])
    far = head + aimed_at(np.array([-8.0, 28.0]) - head, np.array([40.0, 40.0]))
    np.testing.assert_allclose(aimed(past[0], weights.scales, False), far, rtol=1e-4)
    assert far[1] > 35 and aimed(past[0], weights.scales, True).tolist() == [-8, 28]  # asked for, it is looked at


def test_gaze_goes_as_far_as_eyes_that_fall_behind(model: EventGenerator, speech: np.ndarray) -> None:
    stiff = deepcopy(model)
    stiff.ocular_range[:] = 6.0
    stiff.field[:] = torch.tensor([[-20.0, 20.0], [-20.0, 20.0]])
    stiff.gaze_out.weight[:], stiff.gaze_out.bias[1:] = 0, 0  # the reflex leaves nothing of the head's turn
    rollout = EventRollout(EventWeights(stiff), np.ones((1, STYLE), np.float32) / 2, [5])
    eyes, beyond, most = [], [], stiff.ocular_range.numpy()
    for t in range(len(speech)):
        rollout.push(speech[t : t + 1])
        [past] = rollout._past
        gaze, landing, head = past["gaze"], past["landing"], (past["head"] + past["carried"])[:2]
        eyes.append(gaze - head)
        if not past["busy"] and past["since"] > 0:
            low, high = (head + held_back(end - head, most) for end in (-20, 20))
            beyond.append((gaze - np.maximum(high, landing), np.minimum(low, landing) - gaze))
    assert np.abs(eyes).max() > 5 and np.max(beyond) < 0.01 and np.max(beyond) > -1
