"""Beat alignment (BAS): does motion pause or turn when speech sets in? Always beside what chance would give.

A kinematic beat is a moment at which motion slows down most; an audio beat a moment at which speech rises fastest. The
score is the mean over kinematic beats of exp(-d² / 2 sigma²), d the time to the nearest audio beat. The mean runs over
kinematic beats, so that more of them, as white jitter makes, bring the score to its chance level and not above. That
level is high: with n audio beats a second it is about n sigma sqrt(2 pi), and higher for a motion that moves only while
its speaker talks. So the sound is shifted by 1 to 4 s only: who speaks when stays nearly as it was, the beat is lost.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
from scipy import fft
from scipy.ndimage import gaussian_filter1d, maximum_filter1d, minimum_filter1d, uniform_filter1d
from scipy.signal import find_peaks

from stygaze.evaluation.accuracy import Groups, some
from stygaze.evaluation.predictions import Prediction
from stygaze.motion import EYES, FPS, HEAD
from stygaze.speech import SAMPLE_RATE

SIGMA = 1.25  # frames, 50 ms: how far from an audio beat still counts
SMOOTHING = 1.0  # frames
ORDER = 4  # frames to either side in which the speed is nowhere lower
# deg/frame: a rest that only trembles within ORDER frames has no beat. The first two hold the eye tracker's noise.
FLOORS = {"all": 0.5, "gaze": 0.5, "head": 0.2}
SHIFTS = np.array([s * sign for s in range(25, 101, 4) for sign in (-1, 1)])  # frames, of the sound: 1 to 4 s

HOP = SAMPLE_RATE // 100  # samples, 10 ms
WINDOW = 512  # samples, 32 ms
BANDS, LOWEST = 40, 50.0  # mel bands, from Hz
DYNAMIC_RANGE = 80.0  # dB below the loudest band that still count
RISE = 3.0  # dB above the mean rise within 100 ms: two a second in read speech, about its stressed syllables
PEAK, AROUND = 3, 10  # hops to either side: highest of all, and what "around" means

FORMULAS = {
    "bas": "mean over kinematic beats of exp(-d^2 / (2 sigma^2)), sigma = 1.25 frames = 50 ms, d to the nearest audio"
    " beat; kinematic: lowest speed within 4 frames, smoothed over 1 frame, where it also exceeds"
    " .5 deg/frame (head: .2); audio: peaks, by 3 dB, of the mean rise of 40 mel bands in 10 ms; all: speed of mean"
    " eye and head together",
    "bas_chance": "BAS of the same motion against the same sound shifted around a circle by 1 to 4 s,"
    " mean over 38 shifts",
}


class BeatAlignment(NamedTuple):
    """Scores 0 to 1 and their chance level; NaN where there is no beat."""

    score: Groups
    chance: Groups


def audio_beats(samples: np.ndarray) -> np.ndarray:
    """Onsets of mono sound at 16 kHz [N]: [n] times in frames of 1/25 s, to 10 ms.

    Onset strength as usual (spectral flux; Böck and Widmer, DAFx 2013, without the maximum filter): in 40 mel bands,
    the mean of what rises in dB from one window of 32 ms to the next, 10 ms later. A beat is the highest strength
    within 30 ms that lies 3 dB above the mean within 100 ms.

    >>> sound = np.zeros(32000); sound[[12 * 640, 31 * 640]] = 1  # clicks at frames 12 and 31
    >>> audio_beats(sound).round().tolist()
    [12.0, 31.0]
    """
    if len(samples) < WINDOW:
        return np.zeros(0)
    padded = np.pad(np.asarray(samples, np.float32), WINDOW // 2, mode="reflect")  # the beginning is no onset
    windows = np.lib.stride_tricks.sliding_window_view(padded, WINDOW)[::HOP]
    spectrum = fft.rfft(windows * np.hanning(WINDOW + 1)[:-1].astype(np.float32), axis=1)
    decibels = 10 * np.log10(np.maximum((spectrum.real**2 + spectrum.imag**2) @ _mel(), 1e-10))
    decibels = np.maximum(decibels, decibels.max() - DYNAMIC_RANGE)
    strength = np.maximum(np.diff(decibels, axis=0, prepend=decibels[:1]), 0).mean(1)
    peaks = find_peaks(strength)[0]
    highest = strength[peaks] >= maximum_filter1d(strength, 2 * PEAK + 1)[peaks]
    stands_out = strength[peaks] >= uniform_filter1d(strength, 2 * AROUND + 1)[peaks] + RISE
    # A window tells of a sound as soon as its far end reaches it.
    return (peaks[highest & stands_out] * HOP + WINDOW / 2) * FPS / SAMPLE_RATE


@cache
def _mel() -> np.ndarray:
    """[WINDOW / 2 + 1, BANDS] triangles on the mel scale, each of area 1 Hz."""
    top = 1127 * np.log1p(np.array([LOWEST, SAMPLE_RATE / 2]) / 700)
    edges = 700 * np.expm1(np.linspace(top[0], top[1], BANDS + 2) / 1127)
    hertz = np.arange(WINDOW // 2 + 1)[:, None] * SAMPLE_RATE / WINDOW
    rising, falling = (hertz - edges[:-2]) / np.diff(edges)[:-1], (edges[2:] - hertz) / np.diff(edges)[1:]
    return (np.clip(np.minimum(rising, falling), 0, None) * 2 / (edges[2:] - edges[:-2])).astype(np.float32)


def speeds(velocity: np.ndarray) -> dict[str, np.ndarray]:
    """Angular speed [T] by group from velocities [T, 7], deg/frame: mean eye, head, and the length of both together.

    >>> {k: v.tolist() for k, v in speeds(np.array([[0, 0, 12, 3, 4, 3, 4]])).items()}
    {'all': [13.0], 'gaze': [5.0], 'head': [12.0]}
    """
    gaze = np.linalg.norm(velocity[:, EYES].reshape(-1, 2, 2).mean(1), axis=1)
    head = np.linalg.norm(velocity[:, HEAD], axis=1)
    return {"all": np.hypot(gaze, head), "gaze": gaze, "head": head}


def kinematic_beats(speed: np.ndarray, floor: float = 0.0) -> np.ndarray:
    """Times [n] in frames at which a speed [T] is lowest for 4 frames to either side, after smoothing.

    Row t of a speed is what moves between frames t - 1 and t, so it stands for t - 1/2. A dip with a flat bottom counts
    once, in its middle.

    Args:
        floor: deg/frame that the smoothed speed must exceed within those 4 frames.

    >>> kinematic_beats(1 - np.cos(np.arange(50) / 10 * 2 * np.pi)).tolist()  # still at rows 10, 20, 30, 40
    [9.5, 19.5, 29.5, 39.5]
    """
    smooth = gaussian_filter1d(np.asarray(speed, float), SMOOTHING)
    dips = find_peaks(-smooth)[0]
    lowest = smooth[dips] <= minimum_filter1d(smooth, 2 * ORDER + 1)[dips]
    moves = maximum_filter1d(smooth, 2 * ORDER + 1)[dips] > floor
    return dips[lowest & moves] - 0.5


def alignment(kinematic: np.ndarray, audio: np.ndarray) -> np.ndarray:
    """exp(-d² / 2 sigma²) for each kinematic beat [n], d frames to the nearest audio beat (sorted, at least one).

    >>> alignment(np.array([10.0, 11.25, 30.0]), np.array([10.0, 20.0])).round(3).tolist()
    [1.0, 0.607, 0.0]
    """
    right = np.clip(np.searchsorted(audio, kinematic), 0, len(audio) - 1)
    distance = np.minimum(np.abs(kinematic - audio[np.maximum(right - 1, 0)]), np.abs(kinematic - audio[right]))
    return np.exp(-(distance**2) / (2 * SIGMA**2))


def chance_alignment(kinematic: np.ndarray, audio: np.ndarray, frames: int) -> np.ndarray:
    """[n] mean of `alignment` over the shifts of the sound around a circle of `frames` frames.

    A sound each 32 frames: chance is sigma sqrt(2 pi) / 32, about a tenth.

    >>> chance_alignment(np.arange(0, 960, 7.0), np.arange(0, 960, 32.0), 960).mean().round(2).item()
    0.1
    """
    return alignment((kinematic - SHIFTS[:, None]) % frames, audio).mean(0)


def beats_of(predictions: Sequence[Prediction]) -> dict[str, np.ndarray]:
    """Audio beats of each session that has sound, in frames; all rows of a table share them."""
    return {p.session: audio_beats(p.audio) for p in predictions if p.audio is not None}


def beat_alignment(
    predictions: Sequence[Prediction], beats: Mapping[str, np.ndarray] | None = None, shifted: bool = True
) -> BeatAlignment:
    """BAS of the predicted motion, pooled over the kinematic beats of all sessions, and its chance level.

    The speeds follow the seam rule and run through from stretch to stretch.

    Args:
        beats: audio beats by session, in frames; found in each prediction's sound unless given.
        shifted: False leaves the chance level out (NaN).

    A head that stops every 10 frames, where the clicks are:

    >>> still = np.zeros((500, 7)); still[:, 1] = np.cumsum(1 - np.cos(np.arange(500) / 10 * 2 * np.pi))
    >>> made = Prediction("a", still - 250, still, np.array([0]), still[:1] - 250)
    >>> score, chance = beat_alignment([made], {"a": np.arange(9.5, 500, 10)})
    >>> score.head, round(chance.head, 1)
    (1.0, 0.3)
    >>> score.gaze  # the eyes have no beats
    nan
    """
    found = beats_of(predictions) if beats is None else beats
    scores: dict[str, list[np.ndarray]] = {group: [] for group in Groups._fields}
    levels: dict[str, list[np.ndarray]] = {group: [] for group in Groups._fields}
    for p in some(predictions):
        audio = np.asarray(found.get(p.session, ()), float)
        audio = audio[audio < len(p)]
        if not len(audio):
            continue
        for group, speed in speeds(p.velocities()[0]).items():
            kinematic = kinematic_beats(speed, FLOORS[group])
            scores[group].append(alignment(kinematic, audio))
            if shifted:
                levels[group].append(chance_alignment(kinematic, audio, len(p)))
    return BeatAlignment(*(Groups(**{g: _mean(v) for g, v in kind.items()}) for kind in (scores, levels)))


def _mean(values: list[np.ndarray]) -> float:
    every = np.concatenate([np.zeros(0), *values])
    return float(every.mean()) if len(every) else float("nan")
