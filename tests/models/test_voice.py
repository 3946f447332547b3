"""What is loud and high for a speaker is told by the speaker, as it comes, and by nothing that comes later."""

import numpy as np

from stygaze.assets import asset
from stygaze.models.voice import Voice
from stygaze.prosody import prosody
from stygaze.speech import Speech


def spoken(gain: float = 1.0) -> np.ndarray:
    return prosody(gain * Speech.load(asset("speech") / "five-sentences.flac").samples)[None]


def test_a_stream_of_voice_is_one_pass() -> None:
    given, stream = spoken(), Voice(1)
    whole = Voice(1)(given)
    parts = [stream(given[:, t : t + 7]) for t in range(0, given.shape[1], 7)]
    assert np.array_equal(np.concatenate(parts, 1), whole)
    assert np.array_equal(Voice(1)(given[:, :60]), whole[:, :60])


def test_a_quiet_recording_soon_sounds_like_a_loud_one() -> None:
    loud, quiet = Voice(1)(spoken(2.0))[0], Voice(1)(spoken(0.5))[0]
    voiced = (np.minimum(loud, quiet)[:, 2] > 0) & (np.arange(len(loud)) > 100)
    raw = np.abs(spoken(2.0)[0, :, 0] - spoken(0.5)[0, :, 0])[voiced]
    off = np.abs(loud - quiet)[voiced, 0]
    assert np.median(raw) > 1.1 and np.median(off) < 0.25  # log10 of power: a gain of 4 is 1.2
    assert np.abs(np.median(loud[voiced, :2], axis=0)).max() < 0.6  # about the speaker's own usual loudness and pitch


def test_silence_is_silent() -> None:
    voice = Voice(2)(np.tile([-6.0, 0.0, 0.0], (2, 50, 1)))
    assert np.array_equal(voice, np.tile(np.float32([-3, 0, -1]), (2, 50, 1)))
