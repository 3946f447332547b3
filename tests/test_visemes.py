"""Visemes: the mouth beside phonemes whose times come from elsewhere, on voices the network never heard."""

import json
from dataclasses import replace

import numpy as np
import pytest

from stygaze.assets import asset
from stygaze.encoders import load_encoder
from stygaze.face.articulation import JAW_OPEN, articulate
from stygaze.face.expression import express
from stygaze.face.mouth import mouth
from stygaze.face.visemes import DIM, VISEMES, network, visemes
from stygaze.motion import Motion
from stygaze.speech import Speech

PEOPLE = asset("visemes").parent.parent / "results" / "visemes" / "people.json"
SHUT = 0.012  # radians between jaw and lips that follow it: about a millimetre


@pytest.fixture(scope="module")
def person() -> tuple[Speech, list[tuple[float, float, str]]]:
    """A person reading, and the phonemes that pocketsphinx placed in it: start, end, ARPABET."""
    speech = Speech.load(asset("speech", "five-sentences.flac"))
    phones = json.loads(PEOPLE.read_text())["five-sentences"]
    ends = [start for start, _ in phones[1:]] + [speech.duration]
    encoder = load_encoder()
    speech = replace(speech, features=encoder.encode(speech), encoder=encoder.id)
    return speech, [(start, end, name) for (start, name), end in zip(phones, ends, strict=True)]


def open_lips(jaw: np.ndarray, shapes: dict) -> np.ndarray:
    return jaw - JAW_OPEN * shapes.get("mouthClose", 0)


def frames(start: float, end: float, slack: int = 0) -> slice:
    return slice(max(0, round(start * 25) - slack), round(end * 25) + slack + 1)


def test_lips_meet_where_a_person_says_p_b_or_m_and_the_rules_miss_most(person):
    speech, phones = person
    learned = open_lips(*articulate(visemes(speech), speech.samples))
    rules, _ = mouth(speech.samples, speech.n_frames)
    bilabials = [(start, end) for start, end, name in phones if name in ("P", "B", "M")]
    assert len(bilabials) > 20
    met = [learned[frames(*at, slack=1)].min() < SHUT for at in bilabials]
    by_rules = [rules[frames(*at, slack=1)].min() < SHUT for at in bilabials]
    assert np.mean(met) > 0.9 > 0.75 > np.mean(by_rules)
    open_vowels = [
        (start, end) for start, end, name in phones if name in ("AA", "AE", "AY", "AW") and end - start > 0.08
    ]
    assert np.mean([learned[frames(*at)].max() > 3 * SHUT for at in open_vowels]) > 0.9


def test_lips_round_spread_and_hiss_with_the_sound(person):
    speech, phones = person
    jaw, shapes = articulate(visemes(speech), speech.samples)
    middle = {
        kind: [
            round((start + end) / 2 * 25 - 0.5) for start, end, name in phones if name in names and end - start > 0.05
        ]
        for kind, names in {
            "round": ("UW", "W", "OW"),
            "wide": ("IY",),
            "teeth": ("F", "V"),
            "hiss": ("S", "Z"),
        }.items()
    }
    rounding = shapes["mouthFunnel"] + shapes["mouthPucker"]
    assert rounding[middle["round"]].mean() > 3 * rounding[middle["wide"]].mean()
    assert shapes["mouthStretchLeft"][middle["wide"]].mean() > 2 * shapes["mouthStretchLeft"][middle["round"]].mean()
    assert shapes["mouthRollLower"][middle["teeth"]].mean() > 0.3 > 3 * shapes["mouthRollLower"][middle["hiss"]].mean()
    assert jaw[middle["hiss"]].mean() < 0.5 * jaw.max()


def test_the_mouth_of_a_face_is_the_learned_one_where_the_encoder_has_heard(person):
    speech, _ = person
    motion = Motion(np.zeros((speech.n_frames, 7)))
    heard, unheard = express(speech, motion), express(replace(speech, features=None, encoder=""), motion)
    assert "mouthClose" in heard.shapes and "mouthClose" not in unheard.shapes
    assert np.array_equal(unheard.jaw, mouth(speech.samples, len(motion))[0])
    other = replace(speech, encoder="facebook/wav2vec2-base-960h")
    assert np.array_equal(express(other, motion).jaw, unheard.jaw)  # features that the network cannot read
    again = express(speech, motion)
    assert np.array_equal(heard.jaw, again.jaw) and np.array_equal(heard.blink, again.blink)  # same seed, same face
    assert len(express(speech, Motion(np.zeros((speech.n_frames + 9, 7)))).jaw) == speech.n_frames + 9
    quiet = heard.jaw[: round(0.15 * 25)]
    assert quiet.max() < 0.01


def test_shares_are_shares_and_silence_is_silent():
    shares = network()(np.random.default_rng(0).normal(size=(40, DIM + 3)).astype(np.float32))
    assert shares.shape == (40, len(VISEMES))
    assert shares.sum(1) == pytest.approx(1, abs=1e-5) and shares.min() >= 0
    assert visemes(Speech(np.zeros(16000, np.float32))) is None
    jaw, shapes = articulate(shares, np.zeros(40 * 640, np.float32))  # whatever it heard, there is no sound
    assert jaw.max() == 0 and max(values.max() for values in shapes.values()) == 0
