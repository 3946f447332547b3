"""Prosody against sounds whose loudness and pitch are known."""

import numpy as np
import pytest

from stygaze.prosody import F0_MAX, F0_MIN, prosody
from stygaze.speech import SAMPLE_RATE, Speech

ENERGY, F0, VOICING = range(3)


def voice(hertz: np.ndarray | float, seconds: float = 2.0, harmonics: int = 30) -> np.ndarray:
    """A buzz of that pitch, with harmonics up to 7 kHz."""
    hertz = np.broadcast_to(hertz, int(seconds * SAMPLE_RATE))
    phase = 2 * np.pi * np.cumsum(hertz) / SAMPLE_RATE
    return 0.1 * sum(np.sin(k * phase) / k * (k * hertz < 7000) for k in range(1, harmonics + 1))


def semitones(hertz: np.ndarray | float) -> np.ndarray:
    return 12 * np.log2(np.asarray(hertz) / 100)


@pytest.mark.parametrize("harmonics", [1, 30])
@pytest.mark.parametrize("hertz", [70, 85, 100, 137, 220, 311, 400, 480])
def test_steady_voice(hertz, harmonics):
    """Pitch within a sixth of a semitone at every frame, no octave error, voiced throughout."""
    rows = prosody(voice(hertz, harmonics=harmonics))
    assert rows.shape == (50, 3)
    assert rows.dtype == np.float32
    assert np.abs(rows[:, F0] - semitones(hertz)).max() < 0.17
    assert rows[1:-1, VOICING].min() > 0.8


def test_gliding_voice_also_in_noise(rng):
    t = np.arange(4 * SAMPLE_RATE) / SAMPLE_RATE
    hertz = 130 * 2 ** (0.7 * np.sin(2 * np.pi * 1.2 * t))
    truth = semitones(hertz).reshape(-1, 640).mean(1)
    clean = voice(hertz, 4.0)
    for snr, allowed in ((np.inf, 0.2), (10, 0.5), (5, 1.0)):
        noise = rng.normal(size=len(t)) * clean.std() / 10 ** (snr / 20)
        rows = prosody(clean + noise)
        assert (rows[:, VOICING] > 0.5).mean() > 0.97
        assert np.abs(rows[1:-1, F0] - truth[1:-1]).max() < allowed, snr


def test_octaves_are_told_apart_when_the_fundamental_is_weak():
    """A telephone cuts the fundamental; the period stays."""
    phase = 2 * np.pi * 110 * np.arange(2 * SAMPLE_RATE) / SAMPLE_RATE
    rows = prosody(0.1 * sum(np.sin(k * phase) for k in range(3, 12)))
    assert np.abs(rows[:, F0] - semitones(110)).max() < 0.2


@pytest.mark.parametrize("level", [0.0, 1e-4, 1e-2, 0.3])
def test_noise_and_silence_have_no_pitch(rng, level):
    rows = prosody(level * rng.normal(size=10 * SAMPLE_RATE))
    assert (rows[:, VOICING] > 0.5).mean() < 0.01
    assert (rows[rows[:, VOICING] == 0, F0] == 0).all()
    assert np.isfinite(rows).all()


def test_energy_is_absolute_and_bounded(rng):
    """log10 of the power re full scale: -20 dBFS is -2, and nothing lies below -6."""
    assert prosody(0.1 * rng.normal(size=SAMPLE_RATE))[:, ENERGY].mean() == pytest.approx(-2, abs=0.02)
    assert prosody(0.5 + 0.1 * rng.normal(size=SAMPLE_RATE))[:, ENERGY].mean() == pytest.approx(-2, abs=0.02)
    assert (prosody(np.zeros(SAMPLE_RATE))[:, ENERGY] == -6).all()
    assert (prosody(1e-5 * rng.normal(size=SAMPLE_RATE))[:, ENERGY] == -6).all()


@pytest.mark.parametrize("n", [0, 1, 319, 320, 640, 3200, 16001])
def test_any_length(n):
    assert prosody(np.full(n, 0.1)).shape == (int(n / 640 + 0.5), 3)


def test_frames_stand_where_they_belong(rng):
    """A voice from 1 s to 2 s: frames 25 to 49."""
    sound = np.concatenate([np.zeros(SAMPLE_RATE), voice(150, 1.0), np.zeros(SAMPLE_RATE)])
    voiced = np.flatnonzero(prosody(sound + 1e-4 * rng.normal(size=len(sound)))[:, VOICING] > 0.5)
    assert abs(voiced[0] - 25) <= 1
    assert abs(voiced[-1] - 49) <= 1


def test_real_voices(data_dir):
    """Men's and women's voices lie where they should and do not jump by octaves."""
    medians, steps = [], []
    for folder in sorted(data_dir.glob("speech/librispeech/[0-9]*"))[::2]:
        rows = prosody(Speech.load(sorted(folder.glob("*.mp3"))[1]).samples)
        voiced = rows[:, VOICING] > 0.5
        assert 0.15 < voiced.mean() < 0.75, folder.name
        assert rows[voiced, F0].min() >= semitones(F0_MIN) - 0.5
        assert rows[voiced, F0].max() <= semitones(F0_MAX) + 0.5
        steps.append(np.abs(np.diff(rows[:, F0]))[voiced[1:] & voiced[:-1]])
        medians.append(np.median(rows[voiced, F0]))
    assert (np.concatenate(steps) > 6).mean() < 0.02
    assert min(medians) < 3, "a man's voice lies near 110 Hz"
    assert max(medians) > 11, "a woman's near 200 Hz"
