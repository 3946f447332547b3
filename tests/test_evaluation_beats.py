"""Beat alignment and style consistency against known answers, each beside its chance level or its bounds."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import torch

from stygaze.assets import asset
from stygaze.corpus.simulator import simulate
from stygaze.corpus.speech_events import speech_events
from stygaze.corpus.styles import sample_style
from stygaze.evaluation.beats import (
    SIGMA,
    BeatAlignment,
    alignment,
    audio_beats,
    beat_alignment,
    beats_of,
    chance_alignment,
    kinematic_beats,
)
from stygaze.evaluation.consistency import ce, ce_floor_ceiling
from stygaze.evaluation.predictions import Prediction
from stygaze.models.style_encoder import StyleEncoder
from stygaze.speech import SAMPLE_RATE, Speech

pytestmark = pytest.mark.filterwarnings("error")


@pytest.fixture(scope="module")
def sessions() -> list[tuple[np.ndarray, np.ndarray]]:
    """Sound and simulated motion of six people, 100 s each: the shipped recordings, between them a partner's 8 s."""
    clips = [Speech.load(path).samples for path in sorted(asset("speech").glob("*.flac"))]
    found = []
    for k in range(6):
        order = np.random.default_rng(k).permutation(len(clips))
        gap = np.random.default_rng(k).normal(0, 1e-4, 8 * SAMPLE_RATE).astype(np.float32)
        sound = np.resize(np.concatenate([x for i in order for x in (clips[i], gap)]), 100 * SAMPLE_RATE)
        style = sample_style(np.random.default_rng([k, 1]))
        found.append((sound, simulate(speech_events(sound), style, [k, 2]).motion.frames))
    return found


def free(true: np.ndarray, made: np.ndarray, name: str = "a", sound: np.ndarray | None = None) -> Prediction:
    return Prediction(name, made, true, np.array([0]), made[:1], sound)


# Beats


def pulses(at: np.ndarray, frames: int) -> np.ndarray:
    """A head [frames, 7] that turns smoothly and stands still just at the times `at` (in frames, half ones)."""
    speed = np.sin(np.pi * np.interp(np.arange(frames) - 0.5, at, np.arange(len(at)))) ** 2
    turn = np.zeros((frames, 7))
    turn[:, 1] = np.cumsum(speed) - speed[0]
    return turn - turn.mean(0)


def clicks(at: np.ndarray, frames: int) -> np.ndarray:
    sound = np.zeros(frames * SAMPLE_RATE // 25, np.float32)
    sound[(at * SAMPLE_RATE / 25).astype(int)] = 0.5
    return sound + np.random.default_rng(0).normal(0, 1e-4, len(sound)).astype(np.float32)


def test_motion_that_stops_at_the_clicks_scores_one(rng: np.random.Generator) -> None:
    at = np.cumsum(rng.integers(11, 20, 100)) - 0.5
    frames = int(at[-1]) + 20
    head = pulses(at, frames)
    score, chance = beat_alignment([free(head, head)], {"a": at})
    assert score.head == pytest.approx(1, abs=1e-3) and chance.head < 0.4
    heard, _ = beat_alignment([free(head, head, sound=clicks(at, frames))])
    assert heard.head > 0.97  # the clicks are found to 10 ms
    assert np.isnan(score.gaze) and score.all == score.head


def test_clicks_are_found_where_they_are(rng: np.random.Generator) -> None:
    at = np.cumsum(rng.integers(4, 20, 60)).astype(float)
    found = audio_beats(clicks(at, int(at[-1]) + 20))
    assert np.abs(found[:, None] - at).min(0).max() < 0.5  # all of them, and hardly any in the noise between
    assert len(found) <= len(at) + 3
    assert len(audio_beats(np.zeros(16000))) == 0 and len(audio_beats(np.zeros(10))) == 0
    assert len(audio_beats(rng.normal(0, 1e-3, 60 * SAMPLE_RATE))) < 60  # noise alone has hardly any


def test_beats_are_dips_that_last_and_not_rests() -> None:
    assert kinematic_beats(np.zeros(100)).tolist() == []
    speed = np.ones(100)
    speed[50] = 0.2
    assert kinematic_beats(speed).tolist() == [49.5]
    assert kinematic_beats(speed, floor=2).tolist() == []
    speed[47] = 0.5  # three frames before, and shallower
    assert kinematic_beats(speed).tolist() == [49.5]


def test_chance_is_what_unrelated_motion_scores(rng: np.random.Generator) -> None:
    frames = 20_000
    audio = np.sort(rng.uniform(0, frames, frames // 10))
    kinematic = np.sort(rng.uniform(0, frames, frames // 12))
    score, chance = alignment(kinematic, audio).mean(), chance_alignment(kinematic, audio, frames).mean()
    # nearest of random beats of density n: integral of exp(-d^2 / 2 s^2) 2 n exp(-2 n d)
    d = np.arange(0, 20, 0.001)
    expected = (np.exp(-(d**2) / (2 * SIGMA**2)) * 0.2 * np.exp(-0.2 * d)).sum() * 0.001
    assert chance == pytest.approx(expected, abs=0.01) and score == pytest.approx(expected, abs=0.03)


def test_white_jitter_does_not_beat_true_motion(sessions: list[tuple[np.ndarray, np.ndarray]]) -> None:
    """Heads move when their speakers talk: jitter loses that. Dips of the eyes know nothing of the beat, and jitter
    takes the score no further than to chance."""
    heard = beats_of([free(x, x, str(k), sound) for k, (sound, x) in enumerate(sessions)])

    def scored(sd: float) -> BeatAlignment:
        rng = np.random.default_rng(1)
        noisy = [(x, x + rng.normal(0, sd, x.shape)) for _, x in sessions]
        return beat_alignment([free(x, made, str(k)) for k, (x, made) in enumerate(noisy)], heard)

    true = scored(0)
    for sd in (0.1, 0.3, 1.0, 3.0):
        score, chance = scored(sd)
        assert score.head < true.score.head - 0.04
        for group in ("all", "gaze"):
            highest = max(getattr(true.score, group), getattr(chance, group))
            assert getattr(score, group) < highest + 0.02  # 1500 beats, each .4: a standard error of .01


def test_jitter_on_motion_in_time_loses_the_beat(rng: np.random.Generator) -> None:
    at = np.cumsum(rng.integers(11, 20, 200)) - 0.5
    head = pulses(at, int(at[-1]) + 20)
    scores = []
    for sd in (0, 0.1, 0.3, 1.0):
        made = head + rng.normal(0, sd, head.shape) if sd else head
        scores.append(beat_alignment([free(head, made)], {"a": at}).score.head)
    assert all(a > b for a, b in pairwise(scores))


# Style


def test_ce_between_floor_and_ceiling() -> None:
    """Sessions that differ in posture; untrained as it is, the encoder sees that."""
    torch.manual_seed(0)
    encoder = StyleEncoder().train()  # its dropout must not count
    rng = np.random.default_rng(0)
    posture = rng.normal(0, 3, (5, 1, 7))
    true = [p + rng.normal(0, 0.3, (400, 7)) for p in posture]
    made = [p + rng.normal(0, 0.3, (400, 7)) for p in posture]
    predictions = [free(x, m, str(k)) for k, (x, m) in enumerate(zip(true, made, strict=True))]
    floor, ceiling = ce_floor_ceiling(predictions, encoder)
    assert 0 < ceiling < ce(predictions, encoder) * 2 < floor
    assert ce([free(x, x) for x in true], encoder) == 0
    other = ce([free(x, m) for x, m in zip(true, [*made[1:], made[0]], strict=True)], encoder)
    assert other > 5 * ceiling
    # floor by hand, for two sessions: all pairs of windows across them
    a, b = (encoder.embed(x.astype(np.float32)) for x in true[:2])
    assert ce_floor_ceiling(predictions[:2], encoder).floor == pytest.approx(1 - (a @ b.T).mean(), abs=1e-5)
    assert np.isnan(ce_floor_ceiling(predictions[:1], encoder).floor)
    assert np.isnan(ce([free(true[0][:50], true[0][:50])], encoder))
