"""Accents heard frame by frame are those of the whole sound, and nothing that comes later changes them."""

import numpy as np
import pytest

from stygaze.assets import asset
from stygaze.corpus.speech_events import speech_events
from stygaze.models.accents import KNOWN, LATE, accents
from stygaze.models.voice import SILENT, Voice
from stygaze.motion import FPS
from stygaze.prosody import prosody
from stygaze.speech import Speech

SPEECH = Speech.load(asset("speech") / "five-sentences.flac").samples


def heard(samples: np.ndarray) -> np.ndarray:
    """[KNOWN + T, VOICE] the voice of a sound, after silence."""
    return np.concatenate([np.tile(SILENT, (KNOWN, 1)), Voice(1)(prosody(samples)[None])[0]])


def test_a_window_has_the_accents_of_the_whole() -> None:
    voice = heard(SPEECH)
    whole = accents(voice[None])[0]
    assert (whole[:, 1] > 0).sum() > 20
    for begin, end in ((0, 40), (101, 160), (200, 201)):
        assert np.array_equal(accents(voice[None, begin : end + KNOWN])[0], whole[begin:end])


def test_the_stressed_words_of_a_whole_recording_are_found_as_they_are_heard() -> None:
    strength = accents(heard(SPEECH)[None])[0, :, 1]
    found = np.flatnonzero(strength)
    at = (found - LATE + 0.5) / FPS
    true = speech_events(SPEECH)
    strong = true.accents[true.strength > 0.6]
    strong = strong[strong > 3]  # once it is known what is loud for this speaker
    assert np.mean([np.abs(at - t).min() < 0.06 for t in strong]) > 0.85
    assert np.mean([np.abs(true.accents - t).min() < 0.06 for t in at[at > 3]]) > 0.8
    nearest = [int(np.abs(at - t).argmin()) for t in true.accents]
    same = np.array([np.abs(at[k] - t) < 0.06 and t > 3 for k, t in zip(nearest, true.accents, strict=True)])
    assert np.corrcoef(strength[found][nearest][same], true.strength[same])[0, 1] > 0.8


@pytest.mark.parametrize("samples", [np.zeros(48_000, np.float32), np.full(48_000, 0.3, np.float32)])
def test_where_nobody_speaks_there_is_no_accent(samples: np.ndarray) -> None:
    assert not accents(heard(samples)[None])[0, :, 1].any()
