"""What comes with the voice: what was put into heads and eye contact is found, and is what a rollout puts there."""

from copy import deepcopy

import numpy as np
import pytest
import torch

from stygaze.models.accents import KNOWN
from stygaze.models.carriage import padded
from stygaze.models.events import EventGenerator, EventsConfig
from stygaze.training.carriage import contact, contact_with_voice, fit_carriage, heard, taken_apart, usually_heard
from stygaze.training.data import SessionArrays
from stygaze.training.event_data import batch_of, event_arrays
from stygaze.training.windows import Styles

PEOPLE, FRAMES, DIM, WINDOW = 12, 1500, 4, 100


@pytest.fixture(scope="module")
def held() -> np.ndarray:
    """[PEOPLE, 3] degrees by which each holds the head elsewhere while they speak."""
    return np.random.default_rng(0).normal(0, 3, (PEOPLE, 3))


@pytest.fixture(scope="module")
def sessions(held: np.ndarray) -> list[SessionArrays]:
    rng, made = np.random.default_rng(1), []
    for k in range(PEOPLE):
        speaks = np.repeat(rng.random(FRAMES // 75) < 0.5, 75)
        voiced = speaks & (rng.random(FRAMES) < 0.7)
        prosody = np.stack([np.where(speaks, -2.0, -6.0), 9.0 * voiced, 0.9 * voiced], 1)
        since = np.convolve(speaks, np.ones(40) / 40)[:FRAMES]  # the head follows within two seconds
        motion = np.zeros((FRAMES, 7), np.float32)
        motion[:, :3] = since[:, None] * held[k] + rng.normal(0, 0.1, (FRAMES, 3))
        motion[:, [3, 5]], motion[:, [4, 6]] = -motion[:, :1], -motion[:, 1:2] + 9 * (since[:, None] > 0.5)
        made.append(SessionArrays(f"s{k}", f"p{k}", "", motion, prosody.astype(np.float16)))
    return made


@pytest.fixture(scope="module")
def styles(held: np.ndarray) -> Styles:
    """By which people are known: the same, in other units."""
    known = np.pad(0.9 * held / np.linalg.norm(held, axis=1).max() * (1, -1, 1), ((0, 0), (0, 1))).astype(np.float32)
    known[:, 3] = np.sqrt(1 - (known**2).sum(1))  # `Styles` makes them unit vectors
    return Styles([np.repeat(row[None], FRAMES // 25, axis=0) for row in known], WINDOW)


@pytest.fixture(scope="module")
def model(sessions: list[SessionArrays], styles: Styles) -> EventGenerator:
    config = EventsConfig(audio_dim=3, style_dim=DIM, width=8, hidden=8, state_width=8, style_width=8)
    model = EventGenerator(config).eval()
    fit_carriage(model, sessions[:-2], Styles(styles.vectors[:-2], WINDOW))
    return model


def test_what_comes_with_the_voice_is_found_in_people_never_seen(model, sessions, styles, held):
    for i in (PEOPLE - 2, PEOPLE - 1):
        voice = torch.from_numpy(padded(heard(sessions[i]), model.config.look_ahead))[None]
        with torch.no_grad():
            said = model.carried(voice, torch.from_numpy(styles.of_clip(i, FRAMES))[None])[0].numpy()
        head = sessions[i].motion[:, :3] - sessions[i].motion[:, :3].mean(0)
        assert said.shape == head.shape and np.abs(said.mean(0)).max() < 0.5
        widest = np.abs(held[i]).argmax()
        assert np.corrcoef(said[:, widest], head[:, widest])[0, 1] > 0.95
        assert said[:, widest].std() == pytest.approx(head[:, widest].std(), rel=0.25)


def test_so_is_how_much_of_eye_contact_does(model, sessions):
    said, true = contact_with_voice(model, sessions[-1]), contact(sessions[-1].motion)
    assert np.corrcoef(said, true)[0, 1] > 0.9 and np.polyfit(said, true, 1)[0] == pytest.approx(1, abs=0.15)


def test_what_is_usually_heard_is_the_mean_of_what_is_heard_in_training(model, sessions, styles, monkeypatch):
    monkeypatch.setattr("stygaze.training.carriage.BEGINNING", 1000)
    first = KNOWN + model.config.look_back - 1
    frames = 1000 - first - 1 - model.config.look_ahead
    arrays = taken_apart(model, sessions[:2], Styles(styles.vectors[:2], WINDOW))
    batch = batch_of(model, sessions, arrays, [(0, first), (1, first)], [styles.of_clip(0, FRAMES)] * 2, frames)
    with torch.no_grad():
        mean = model.hear(batch.heard).mean((0, 1))
    torch.testing.assert_close(usually_heard(model, sessions[:2]), mean, atol=1e-4, rtol=1e-4)


def test_where_gaze_aims_is_counted_by_the_range_of_the_models_eyes(model, sessions, styles):
    narrow = deepcopy(model)
    narrow.ocular_range[:] = 12.0
    [found] = taken_apart(narrow, sessions[:1], Styles(styles.vectors[:1], WINDOW))
    aim = event_arrays(sessions[0].motion, ocular_range=np.full(2, 12.0)).moments["aim"]
    np.testing.assert_allclose(found.moments["aim"], aim, atol=1e-4)
    assert (found.moments["aim"] - found.moments["landing"]).max() > 2


def test_movements_are_sought_beside_it(model, sessions, styles):
    [alone] = taken_apart(model, sessions[:1], Styles(styles.vectors[:1], WINDOW))
    assert alone.moments["head"].std(0).max() < 0.7 * sessions[0].motion[:, :3].std(0).max()
    assert np.ptp(alone.moments["carried"], axis=0).max() > 0.5
    whole = alone.moments["head"] + alone.moments["carried"]
    np.testing.assert_allclose(whole, event_arrays(sessions[0].motion).moments["head"], atol=1e-4)


def test_in_silence_the_head_is_held_as_it_is_beside_speech(model, styles):
    style = torch.from_numpy(styles.of_clip(0, FRAMES))[None]
    silent = torch.from_numpy(padded(np.zeros((0, 3), np.float32), model.config.look_ahead))[None]
    with torch.no_grad():
        few = model.carried(torch.cat([silent, silent], 1), style)[0]
        usual = model.usual[0] * model.carriage(model.person(style))[0]
    assert usual.abs().max() > 0.3
    torch.testing.assert_close(few, -usual.expand_as(few), atol=1e-4, rtol=1e-3)
