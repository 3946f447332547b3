"""The rollout's arrays say what the network says, and what is drawn depends on nothing but seed, style and speech."""

from copy import deepcopy

import numpy as np
import pytest
import torch

from stygaze.gaze.habits import HABITS
from stygaze.gaze.movements import LONGEST
from stygaze.models import event_rollout
from stygaze.models.accents import KNOWN, accents
from stygaze.models.carriage import in_contact, padded
from stygaze.models.controls import Controls
from stygaze.models.event_densities import turn_likelihood
from stygaze.models.event_moments import FAR, Moments
from stygaze.models.event_places import COMING, CONTACT, OFF, answered, coming_jump
from stygaze.models.event_rollout import EventRollout, draw
from stygaze.models.event_steps import run
from stygaze.models.event_weights import EventWeights
from stygaze.models.events import (
    ANSWERS,
    DRIFTS,
    ROLL_WITH_YAW,
    SLIP,
    TURN,
    TURNS,
    EventGenerator,
)
from stygaze.models.voice import PROSODY, SILENT, Voice
from stygaze.training.carriage import contact

STYLE = 4


class Watched:
    """Keeps the past that each step saw, what was asked of it, and what it made of that: one person, one frame a time.

    Attributes:
        pasts: fields of `Moments`, [S, .] a frame. made, toward, nexts: layers, odds of contact, where gaze aimed and
            its jump began then.
    """

    def __init__(self, monkeypatch):
        self.pasts, self.made, self.toward, self.nexts = [], [], [], []
        monkeypatch.setattr(event_rollout, "run", self.run)

    def run(self, net, scales, people, asked, past, made, hidden, cell, *rows):
        for t in range(rows[0].shape[1]):
            self.pasts.append(seen_of(past))
            self.toward.append(rows[2][:, t].copy())
            made_of = []
            for s in range(len(past)):
                state = people[s : s + 1], asked, past[s : s + 1], made, hidden[s : s + 1], cell[s : s + 1]
                one = [np.ascontiguousarray(x[s : s + 1, t : t + 1]) for x in rows]
                run(net, scales, *state, *one)
                rows[-1][s, t] = one[-1][0, 0]
                made_of.append({k: x.copy() for k, x in made._asdict().items()})
            self.made.append({k: np.stack([one[k] for one in made_of]) for k in made_of[0]})
            self.nexts.append((past["aim"].copy(), past["landing"] - past["jump"]))


def seen_of(past):
    """A past in the fields of `Moments`."""
    names = [
        "gaze", "head", "carried", "home", "velocity", "lengths", "ago", "drift", "landing", "aim", "jump", "apart",
    ]  # fmt: skip
    told = {name: past[name].copy() for name in names} | {k: past[k][:, None].copy() for k in ("since", "busy")}
    told["rested"] = np.maximum(past["since"] + 1 - past["flying"], 0)[:, None].astype(np.float32)
    told["bound"] = past["head"] + past["remaining"]
    each = np.arange(len(past))
    told["soon"], told["later"], *far = (
        past["under_way"][each, (past["frame"] + k) % LONGEST] for k in (0, 3, *FAR)
    )  # fmt: skip
    told["far"] = np.concatenate(far, 1)
    told["turns"], told["places"] = (past[k].reshape(len(past), -1).copy() for k in ("turns", "places"))
    return told


@pytest.mark.parametrize(
    ("habits", "sizes"),
    [(0, {}), (HABITS, {}), (0, dict(layers=1, hidden=10)), (0, dict(layers=3, state_width=7)), (0, dict(hearing=1.5))],
)
def test_the_arrays_are_the_network(
    speech: np.ndarray, habits: int, sizes: dict[str, float], network, monkeypatch
) -> None:
    model = network(**sizes)
    model.ocular_range[:] = 30.0  # gaze aims elsewhere than it lands
    styles = np.random.default_rng(1).normal(size=(2, STYLE + habits)).astype(np.float32) / 2
    model.posture.weight[:2, 0] = torch.tensor([0.0, 20.0])  # the second mostly looks elsewhere
    styles[:, 0] = 0.1, 1.0
    watched, rollout = Watched(monkeypatch), EventRollout(EventWeights(model), styles, [3, 4])
    rollout.push(np.stack([speech, speech[::-1]]))
    steps = len(watched.pasts)
    past = Moments(**{k: torch.from_numpy(np.stack([p[k] for p in watched.pasts], 1)) for k in watched.pasts[0]})
    made = {k: torch.from_numpy(np.stack([m[k] for m in watched.made], 1)) for k in watched.made[0]}
    heard = np.stack([speech, speech[::-1]])
    back = model.config.look_back
    voice = np.concatenate([np.tile(SILENT, (2, back + KNOWN, 1)), Voice(2)(heard[..., PROSODY])], 1)
    words = np.concatenate([np.tile(model.audio_mean.numpy(), (2, back, 1)), heard], 1)
    heard = torch.from_numpy(np.concatenate([words, voice[:, KNOWN:], accents(voice)], -1))
    heard = model.usually_heard + model.config.hearing * (model.hear(heard)[:, :steps] - model.usually_heard)
    coming = made["coming"][..., :COMING]
    for k in (0, 1):  # clocks of the free run are those that training reads from a whole recording
        away = torch.linalg.vector_norm(past.gaze - model.known(torch.from_numpy(styles)).partner, dim=-1)
        there = (away < CONTACT, away > OFF)[k]
        first = int(there.int().argmax(1).max()) + 1
        since = [[next(n for n in range(t + 1) if row[t - n]) for t in range(first, steps)] for row in there]
        assert past.apart[:, first:, k].tolist() == since and there.any()
    assert (past.aim - past.landing).abs().max() > 3
    for busy, rests in zip(past.busy[..., 0], past.rested[..., 0], strict=True):
        first = int(busy.argmax())
        since = [next(n for n in range(t + 1) if busy[t - n]) for t in range(first, steps)]
        assert rests[first:].tolist() == since
    jumps = [coming_jump((past.since[:, 1:] == 0)[..., 0].float(), past.aim[:, 1:] - past.gaze[:, :-1]), coming[:, :-1]]
    torch.testing.assert_close(*jumps)
    given = torch.from_numpy(styles)
    out = model(heard, past, given, coming, model.habits(given))
    person = model.known(given)
    aim, start = (torch.from_numpy(np.stack(x, 1)) for x in zip(*watched.nexts, strict=True))
    answers, begun = answered(past.turns, past.bound, aim, start, person)[:, :-1], past.ago[:, 1:, 0] == 1
    torch.testing.assert_close(made["answers"][:, :-1][begun], answers[begun], rtol=1e-4, atol=1e-4)
    assert person.partner[0].abs().sum() == 0 and (person.partner[1] == person.gaze[1]).all()  # one of each kind
    torch.testing.assert_close(made["head"], out.plan, rtol=1e-3, atol=1e-4)
    often = torch.from_numpy(rollout._people["often"])[:, None]
    assert (often.abs() > 0.1).any() == (habits > 0)  # without habits a person's gaze jumps as often as anyone's
    torch.testing.assert_close(made["rest"][..., 0] + often, out.jump, rtol=1e-3, atol=1e-4)
    torch.testing.assert_close(made["rest"][..., 5:], out.drift.flatten(-2), rtol=1e-3, atol=1e-4)
    leaves = coming[..., 0] == 1  # where nothing does, nobody asks where to
    torch.testing.assert_close(made["landings"][leaves], out.landing.flatten(-2)[leaves], rtol=1e-3, atol=1e-4)
    assert leaves.any() and begun.any()  # jumps and movements of the head were seen


def test_a_stream_is_one_pass(model: EventGenerator, speech: np.ndarray) -> None:
    style = np.ones((1, STYLE), np.float32) / 2
    [whole] = draw(model, [speech], style, [5])
    rollout = EventRollout(EventWeights(model), style, [5])
    blocks = [rollout.push(speech[t : t + model.config.segment]) for t in range(0, len(speech), model.config.segment)]
    assert np.array_equal(np.concatenate([*blocks, rollout.finish()], 1)[0], whole)
    assert len(whole) == len(speech) and np.isfinite(whole).all()


def test_a_gaze_that_answers_to_its_own_step_does_not_run_away(model: EventGenerator, speech: np.ndarray) -> None:
    wild = deepcopy(model)
    wild.gaze_out.bias[0], wild.gaze_out.bias[3:5] = -20.0, 50.0  # it rests, each step 25 times the last
    rollout = EventRollout(EventWeights(wild), np.ones((1, STYLE), np.float32) / 2, [5])
    [moved] = rollout.push(np.tile(speech, (4, 1)))
    assert np.isfinite(moved).all() and np.abs(np.diff(moved[:, 3:], axis=0)).max() < 90
    assert np.abs(rollout._past["drift"]).max() <= 5 and np.isfinite(rollout._cell).all()


@pytest.mark.parametrize("activity", [1.0, 0.5])
def test_the_head_is_carried_with_the_voice(model: EventGenerator, speech: np.ndarray, activity: float) -> None:
    style, controls = np.ones((1, STYLE), np.float32) / 2, Controls(head_activity=activity)
    deaf = deepcopy(model)
    deaf.carriage.weight[:], deaf.carriage.bias[:] = 0, 0
    [moved], [beside] = (draw(m, [speech], style, [5], controls) for m in (model, deaf))
    voice = padded(Voice(1)(speech[None, :, PROSODY])[0], model.config.look_ahead)
    wanted = model.carried(torch.from_numpy(voice)[None], torch.from_numpy(style))[0].numpy()
    assert np.ptp(wanted, axis=0).max() > 1
    np.testing.assert_allclose(moved[:, :3] - beside[:, :3], activity * wanted, atol=0.02)


def test_eye_contact_comes_with_the_voice(model: EventGenerator, speech: np.ndarray, monkeypatch) -> None:
    asked, style = deepcopy(model), np.ones((1, STYLE), np.float32) / 2
    asked.contact[:], asked.usual[1], asked.contact_odds[:] = torch.randn(asked.contact.shape), 0.3, 2.0
    with monkeypatch.context() as patch:
        watched = Watched(patch)
        EventRollout(EventWeights(asked), style, [5]).push(speech)
    voice = padded(Voice(1)(speech[None, :, PROSODY])[0], model.config.look_ahead)[None]
    wanted = 2.0 * (in_contact(voice, asked.contact.numpy())[0] - 0.3)
    np.testing.assert_allclose(np.concatenate(watched.toward), wanted[: len(watched.toward)], rtol=1e-4, atol=1e-4)

    shares = []
    asked.contact[:], asked.usual[1] = 0, -0.5  # contact is asked for all the time
    asked.landing_out.bias.data.mul_(5)
    for odds in (-10.0, 0.0, 10.0):
        asked.contact_odds[:] = odds
        [made] = draw(asked, [np.tile(speech, (4, 1))], style, [5])
        shares.append(contact(made).mean())
    assert shares[0] + 0.1 < shares[1] < shares[2] - 0.1


def test_a_resting_gaze_slips_with_all_of_the_head(model: EventGenerator, speech: np.ndarray, monkeypatch) -> None:
    still = deepcopy(model)
    for layer in (still.gaze_out, still.head_out):
        layer.weight[:], layer.bias[:] = 0, 0
    still.gaze_out.bias[1:3] = 0.5 / SLIP[0]  # of the head's step; nothing of its own last step, and no drift
    still.gaze_out.bias[5:] = torch.tensor([0.0, 0, 0, -99, -99]).repeat(DRIFTS)
    still.jump_odds[:], still.head_out.bias[0] = -99, -99
    watched = Watched(monkeypatch)
    EventRollout(EventWeights(still), np.ones((1, STYLE), np.float32) / 2, [5]).push(speech)
    gaze, carried = (np.concatenate([p[name] for p in watched.pasts]) for name in ("gaze", "carried"))
    assert np.ptp(carried[:28, :2], axis=0).max() > 0.3
    steps, turned = (np.diff(x[:28], axis=0) for x in (gaze, carried[:, :2]))  # later on it is held
    np.testing.assert_allclose(steps, 0.5 * turned, atol=0.01)  # the drift's least spread


def test_what_has_landed_does_not_go_on(model: EventGenerator, speech: np.ndarray) -> None:
    """A large step along the jump in the frame after it would have been of the jump; aside, or later, it is drift."""
    wild = deepcopy(model)
    wild.gaze_out.weight[:], wild.gaze_out.bias[1:5] = 0, 0
    wild.gaze_out.bias[5:] = torch.tensor([0.0, 9, 5, -4, -4]).repeat(DRIFTS)  # .9 up and .5 to the left in each frame
    wild.drift_std.fill_(0.1)
    rollout = EventRollout(EventWeights(wild), np.ones((1, STYLE), np.float32) / 2, [5])
    landed, later, busy = [], [], [False]
    for t in range(len(speech)):
        rollout.push(speech[t : t + 1])
        [past] = rollout._past
        if not past["busy"] and past["since"] > 0 and past["jump"].any():
            way = past["jump"] / np.hypot(*past["jump"])
            (landed if busy[-1] else later).append(past["drift"] @ way)
        busy.append(bool(past["busy"]))
    assert len(landed) > 5 and max(landed) <= 0.1 + 1e-5
    assert max(later) > 0.5


def test_the_seed_decides(model: EventGenerator, speech: np.ndarray) -> None:
    style = np.ones((1, STYLE), np.float32) / 2
    first, again, other = (draw(model, [speech], style, [seed])[0] for seed in (1, 1, 2))
    assert np.array_equal(first, again) and np.abs(first - other).max() > 0.5


def test_a_neighbour_changes_nothing(model: EventGenerator, speech: np.ndarray) -> None:
    styles = np.random.default_rng(2).normal(size=(3, STYLE)).astype(np.float32) / 2
    together = draw(model, [speech, speech[:90], speech[::-1]], styles, [1, 2, 3])
    [alone] = draw(model, [speech[:90]], styles[1:2], [2])
    np.testing.assert_allclose(together[1][:60], alone[:60], atol=1e-2)


def test_a_head_leans_as_its_person_does(model: EventGenerator, speech: np.ndarray) -> None:
    """Roll is drawn beside what comes with yaw, and asked for beside it in training."""
    still = EventGenerator(model.config).eval().requires_grad_(False)
    still.turn_out.weight[:], still.turn_out.bias[:] = 0, 0
    still.posture.weight[:], still.posture.bias[:] = 0, 2  # of a wide head, that nothing holds back
    still.turn_out.bias.unflatten(0, (TURNS, TURN))[:, 6] = -9  # the spread of roll
    styles = np.zeros((2, STYLE + HABITS), np.float32)
    styles[:, STYLE + ROLL_WITH_YAW] = 0.3, -0.5
    rollout = EventRollout(EventWeights(still), styles, [1, 2])
    rollout.push(np.stack([speech, speech]))
    turns = rollout._past["turns"]
    np.testing.assert_allclose(turns[:, 0, 2], turns[:, 0, 1] * [0.3, -0.5], atol=0.03)
    assert (np.abs(turns[:, 0, 1]) > 0.1).all()

    torch.manual_seed(0)
    leaning = still.known(torch.from_numpy(styles)).leaning[:, 0]
    raw, before, y = torch.randn(2, TURNS, TURN) / 2, torch.randn(2, ANSWERS, 3), torch.randn(2, 3)
    aside = y + torch.stack([0 * y[:, 0], 0 * y[:, 0], leaning[:, 0] * y[:, 1]], 1)
    nothing = torch.zeros_like(before)
    torch.testing.assert_close(
        turn_likelihood(aside, raw, nothing, leaning), turn_likelihood(y, raw, nothing, 0 * leaning)
    )
