"""Where a free run's jumps land, and how often they do, is what training counts and calibration asks for."""

from copy import deepcopy

import numpy as np
import torch

from stygaze.compiled import compiled
from stygaze.gaze.habits import HABITS
from stygaze.models.event_densities import beside, landings
from stygaze.models.event_jumps import landed
from stygaze.models.event_past import at_rest
from stygaze.models.event_people import People
from stygaze.models.event_places import GAZE_UNIT
from stygaze.models.event_rollout import EventRollout
from stygaze.models.event_weights import EventWeights
from stygaze.models.events import LANDING, LANDINGS, SIZES, EventGenerator

STYLE = 4


@compiled
def places(raw, past, person, scales, first, second):
    """[LANDINGS, 2] degrees where a jump lands by each part of the mixture."""
    where = np.zeros((LANDINGS, 2))
    for k in range(LANDINGS):
        where[k] = landed(raw, k, past, person, scales, first, second)
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
        return torch.from_numpy(places(raw, past[0], people[0], weights.scales, *normal)).float() / GAZE_UNIT

    torch.testing.assert_close(at(0.0, 0.0), mean, rtol=1e-4, atol=1e-4)
    away = beside(at(1.0, 2.0) - mean, faces) / spread.exp()
    torch.testing.assert_close(away, torch.tensor([1.0, 2.0]).expand_as(away), rtol=1e-3, atol=1e-3)
    onward = beside(mean[-1] * GAZE_UNIT - torch.tensor([3.0, -4.0]), torch.tensor([-0.6, 0.8]))
    torch.testing.assert_close(onward, network_says[-1, 1:3], rtol=1e-3, atol=1e-3)  # a tenth of ten degrees


def jumps_of(model: EventGenerator, speech: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """[n] sizes of the jumps of four people, and [n, 2] where they land, degrees."""
    rollout = EventRollout(EventWeights(model), np.ones((4, STYLE), np.float32) / 2, [5, 6, 7, 8])
    sizes, places = [], []
    for t in range(len(speech)):
        rollout.push(np.tile(speech[None, t : t + 1], (4, 1, 1)))
        for past in rollout._past:
            if past["since"] == 1 and past["jump"].any():
                sizes.append(np.hypot(*past["jump"]))
                places.append(past["landing"].copy())
    return np.array(sizes), np.array(places)


def test_jumps_of_a_size_are_as_likely_as_asked(model: EventGenerator, speech: np.ndarray) -> None:
    asked = deepcopy(model)
    sizes, _ = jumps_of(model, speech)
    middle = np.median(sizes)
    asked.size_odds[:] = torch.tensor([1.5 * (least < middle) for least in (0, *SIZES)])
    assert np.median(jumps_of(asked, speech)[0]) < 0.8 * middle


def test_odds_of_a_jump_are_those_of_its_rest(model: EventGenerator) -> None:
    asked = deepcopy(model)
    asked.jump_odds[:] = torch.arange(5.0)
    told = EventWeights(asked).scales.jump_odds
    # at that many frames since its onset: a jump would be one more
    assert told[[0, 1, 2, 3, 4, 6, 7, 11, 12, 199]].tolist() == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]


def test_nothing_lands_beyond_the_field(model: EventGenerator, speech: np.ndarray) -> None:
    narrow = deepcopy(model)
    narrow.field[:] = torch.tensor([[-4.0, 2.0], [-3.0, 6.0]])
    _, far = jumps_of(model, speech)
    _, places = jumps_of(narrow, speech)
    assert np.ptp(far, axis=0).min() > 10
    assert (places >= [-4, -3]).all() and (places <= [2, 6]).all() and np.ptp(places, axis=0).min() > 4
