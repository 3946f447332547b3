"""Figures of liveliness, on motions made so that the answer is known."""

from dataclasses import replace

import numpy as np
import pytest

from stygaze.corpus.speech_events import SpeechEvents, speech_events
from stygaze.evaluation.liveliness import MINUTE, ten_minutes, timing_of

HOME = [np.zeros((1000, 7))]


def restless(seed: int, minutes: int = 5) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, 2, (minutes * MINUTE, 7))


def test_what_goes_on_as_it_began_has_no_drift_and_no_seam() -> None:
    true = [restless(k) for k in range(4)]
    again = ten_minutes([restless(k + 9) for k in range(4)], true, HOME * 4, segment=25)
    assert again["minute_means"] > 0.8 and again["minute_spreads"] > 0.8
    assert again["seam"] == pytest.approx(1, abs=0.05) and again["minute_drift"] < 0.2


def test_drift_seams_and_angles_are_seen() -> None:
    true = [restless(k) for k in range(4)]
    slow = [m + np.linspace(0, 10, len(m))[:, None] for m in true]
    assert ten_minutes(slow, true, HOME * 4, 25)["minute_means"] < 0.4
    assert ten_minutes(slow, true, HOME * 4, 25)["minute_drift"] == pytest.approx(8, abs=0.5)
    jolted = [m + 8 * (np.arange(len(m)) // 25 % 2)[:, None] for m in true]
    assert ten_minutes(jolted, true, HOME * 4, 25)["seam"] > 1.3
    turned = [m.copy() for m in true]
    turned[1][700, 1] = -80
    assert ten_minutes(turned, true, HOME * 4, 25)["largest_head_yaw"] == 80


def talk(**events: list[float]) -> SpeechEvents:
    silence = speech_events(np.zeros(16000 * 60, np.float32))
    given = {k: np.array(v) for k, v in events.items()}
    return replace(silence, **given, strength=np.ones(len(events.get("accents", ()))))


def test_nods_are_seen_on_accents_only() -> None:
    at = np.arange(3.0, 55, 2)
    frames = np.zeros((1500, 7))
    for t in at:
        frames[int(25 * t) - 3 : int(25 * t) + 6, 0] = -2
    on = timing_of([frames], [talk(accents=list(at))])
    off = timing_of([frames], [talk(accents=list(at + 1))])
    assert on["nod_depth"] == pytest.approx(2) and abs(off["nod_depth"]) < 0.1
    assert np.isnan(on["turn_aversion"])


def test_speech_that_begins_before_the_motion_is_laid_alongside() -> None:
    frames = np.zeros((1400, 7))
    frames[400:600, [4, 6]] = 15
    speech = talk(turn_onsets=[20.0], turn_offsets=[28.0])  # frames 500 to 700 of the speech
    assert timing_of([frames], [speech], lead=100)["turn_aversion"] == 1
    assert timing_of([frames], [speech], lead=100)["turn_return"] == 1
    assert timing_of([frames], [speech])["turn_aversion"] < 1
