"""Mouth, blinks and brows: in time with the sound, at natural rates, repeatable."""

import numpy as np
import pytest

from stygaze.errors import StyGazeError
from stygaze.face.blinks import blink_frames
from stygaze.face.expression import Expression, express
from stygaze.face.mouth import mouth
from stygaze.motion import Motion
from stygaze.speech import Speech


def still(n: int) -> Motion:
    return Motion(np.zeros((n, 7)))


def tone(frequencies: tuple, seconds: float, rng: np.random.Generator) -> np.ndarray:
    """A buzz at 120 Hz, falling 6 dB an octave, through resonances at those frequencies."""
    t = np.arange(int(seconds * 16000)) / 16000
    harmonics = np.arange(1, 60) * 120.0
    gain = sum(np.exp(-(((harmonics - f) / 130) ** 2)) for f in frequencies) + 0.002
    gain *= 300 / harmonics
    return (0.1 * (gain[:, None] * np.sin(2 * np.pi * harmonics[:, None] * t)).sum(0) / gain.max()).astype(np.float32)


@pytest.mark.parametrize(("speaking", "rate"), [(True, 26), (False, 17)])
def test_blinks_come_at_the_natural_rate(speaking, rate):
    n = 25 * 60 * 30
    at = blink_frames(still(n), np.full(n, speaking), np.random.default_rng(0))
    assert len(at) / 30 == pytest.approx(rate, rel=0.08)
    gaps = np.diff(at) / 25
    assert gaps.min() >= 0.4
    assert 0.4 < gaps.std() / gaps.mean() < 0.8  # irregular, but neither clockwork nor bursts


def test_blinks_go_with_large_gaze_shifts_and_the_rate_stays():
    frames = np.zeros((25 * 600, 7))
    frames[:, 1] = np.repeat(np.arange(300) % 2 * 40 - 20, 50)  # a 40 degree turn every two seconds
    at = blink_frames(Motion(frames), np.ones(len(frames), bool), np.random.default_rng(1))
    turns = np.arange(50, len(frames), 50)
    near = np.abs(at[:, None] - turns).min(0) <= 3
    assert near.mean() > 0.55
    assert len(at) / 10 < 32


def test_blinks_last_100_to_350_ms_and_close_the_eye():
    blink = express(None, still(3000), seed=3).blink
    assert blink.max() > 0.95 and blink.min() == 0
    assert np.array_equal(blink[:, 0], blink[:, 1])
    closed = np.diff(np.concatenate([[0], (blink[:, 0] > 0).astype(int), [0]]))
    lengths = np.flatnonzero(closed < 0) - np.flatnonzero(closed > 0)
    assert 2 <= np.median(lengths) <= 7 and lengths.max() <= 10


def test_lids_have_less_far_to_go_when_the_eyes_look_down():
    frames = np.zeros((500, 7))
    frames[:, [3, 5]] = -20
    straight, down = (express(None, m, seed=2).blink for m in (still(500), Motion(frames)))
    assert down.max() == pytest.approx(straight.max() * 0.64, abs=0.03)


def test_the_mouth_opens_with_the_sound_and_leads_it(rng):
    samples = np.zeros(16000 * 3, np.float32)
    samples[16000:32000] = tone((750, 1200), 1, rng)
    jaw, _ = mouth(samples, 75)
    assert jaw[:22].max() < 0.01 and jaw[-18:].max() < 0.01
    assert jaw[28:46].min() > 0.08 and jaw.max() <= 0.2
    half = np.flatnonzero(jaw > jaw.max() / 2)
    assert 23 <= half[0] <= 26 and 47 <= half[-1] <= 51


def test_vowels_and_hisses_shape_the_lips(rng):
    a, u, i = (mouth(tone(f, 1, rng), 25) for f in ((750, 1200), (320, 800), (300, 2300)))
    hiss = np.diff(rng.normal(size=16001)).astype(np.float32) * 0.05
    s = mouth(hiss, 25)
    at = slice(6, 18)
    assert a[0][at].mean() > 1.5 * u[0][at].mean() > 0
    assert u[1]["mouthFunnel"][at].mean() > 0.15 > a[1]["mouthFunnel"][at].mean()
    assert i[1]["mouthStretchLeft"][at].mean() > 0.15 > a[1]["mouthStretchLeft"][at].mean()
    assert s[0][at].max() < 0.05 and s[1]["mouthLowerDownLeft"][at].mean() > 0.15


def test_a_stop_shuts_the_mouth_between_vowels(rng):
    sound = tone((750, 1200), 1.2, rng)
    sound[9000:10400] *= 0.003  # 90 ms
    jaw, shapes = mouth(sound, 30)
    closed = int(np.round((9000 + 700) / 640)) - 1
    assert jaw[closed - 1 : closed + 2].min() < 0.3 * jaw.max()
    assert shapes["mouthPressLeft"][closed - 2 : closed + 3].max() > 0.1


def test_express_fits_a_real_recording(example_speech):
    speech = Speech.load(example_speech)
    motion = still(speech.n_frames)
    one, again, other = (express(speech, motion, seed=s) for s in (0, 0, 1))
    assert len(one) == speech.n_frames
    assert np.array_equal(one.blink, again.blink) and not np.array_equal(one.blink, other.blink)
    assert np.array_equal(one.jaw, other.jaw)  # the seed is that of the blinks
    assert 0.1 < one.jaw.max() <= 0.2 and (one.jaw < 0.01).mean() > 0.05
    loud = np.array([np.abs(part).mean() for part in np.array_split(speech.samples, speech.n_frames)])
    assert np.corrcoef(loud[1:], one.jaw[:-1])[0, 1] > 0.4
    assert all(values.min() >= 0 and values.max() <= 1 for values in one.shapes.values())


def test_silence_and_switches(example_speech):
    silence = Speech(np.zeros(48000, np.float32))
    quiet = express(silence, still(75))
    assert not quiet.jaw.any() and not quiet.shapes
    speech = Speech.load(example_speech)
    off = express(speech, still(100), mouth=False, blinks=False, brows=False)
    assert not off.jaw.any() and not off.blink.any() and not off.shapes
    assert len(express(speech, still(3))) == 3  # shorter than the speech, and than a gaze shift


def test_each_switch_takes_away_its_own_and_nothing_else(example_speech):
    speech, frames = Speech.load(example_speech), np.zeros((200, 7))
    frames[:, [3, 5]] = -20
    whole = express(speech, Motion(frames), seed=1)
    assert whole.blink.any() and whole.jaw.any() and whole.shapes["browInnerUp"].any()
    for switch in ("mouth", "blinks", "lids", "brows"):
        one = whole.only(**{switch: False})
        assert np.array_equal(one.jaw, whole.jaw) == (switch != "mouth")
        assert any(name.startswith("mouth") for name in one.shapes) == (switch != "mouth")
        assert any(name.startswith("brow") for name in one.shapes) == (switch != "brows")
        assert one.blink.any() == (switch != "blinks") and one.lids == (switch != "lids")
        same = express(speech, Motion(frames), seed=1, **{switch: False})
        assert np.allclose(same.blink, one.blink) and np.array_equal(same.jaw, one.jaw)
    # lids that stay up when the eyes look down have their whole way to go in a blink
    assert whole.only(lids=False).blink.max() == pytest.approx(whole.blink.max() / 0.64, abs=1e-6)


def test_blinks_come_with_pauses(rng):
    speaking = np.ones(25 * 1200, bool)
    stops = np.arange(100, len(speaking), 150)  # ten pauses a minute of half a second
    for stop in stops:
        speaking[stop : stop + 13] = False
    at = blink_frames(still(len(speaking)), speaking, np.random.default_rng(2))
    near = np.mean([np.abs(at - stop - 2).min() <= 5 for stop in stops])
    assert near > 2 * 11 * len(at) / len(speaking)  # than by chance
    assert len(at) / 20 == pytest.approx(26, rel=0.1) and np.diff(at).min() >= 11


def test_an_expression_must_be_whole():
    with pytest.raises(StyGazeError, match="blink"):
        Expression(np.zeros(5), np.zeros((4, 2)))
    with pytest.raises(StyGazeError, match="mouthFunnel"):
        Expression(np.zeros(5), np.zeros((5, 2)), {"mouthFunnel": np.full(5, np.nan)})
