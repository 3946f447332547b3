"""What in real speech moves head and eyes: turns, pauses, phrase onsets and accents, found in the sound alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import fft
from scipy.ndimage import binary_opening, gaussian_filter1d, median_filter
from scipy.signal import find_peaks, resample_poly

from stygaze.speech import SAMPLE_RATE

RATE = 100  # Hz of every contour here
PAUSE_SECONDS = 0.2  # a shorter gap is part of the articulation (a stop closure), not a pause
TURN_SECONDS = 1.0  # a gap of this length gives the floor to the partner
DYNAMIC_RANGE_DB = 30  # sound this far below the speaker's loud level is not speech
NOISE_MARGIN_DB = 8
LEVEL_WINDOW = 400  # samples, 25 ms
F0_MIN, F0_MAX = 60.0, 400.0
F0_RATE = 8000  # Hz; enough for a fundamental, half the work
F0_WINDOW = 320  # samples at F0_RATE, 40 ms: two periods of the lowest voice
F0_SPAN = 9.0  # semitones; read speech spans -7 to +11 about its median
VOICED = 0.5  # normalised autocorrelation (Boersma 1993) above which a frame counts as voiced
ACCENT_DISTANCE = 0.25  # s between accents: faster than two syllables in fast speech is one accent
F0_WEIGHT = 0.05  # one semitone above the median counts as much as this share of full loudness


@dataclass(frozen=True, eq=False)
class SpeechEvents:
    """Events of one speaker's recording. Times in seconds; contours [n] at `RATE` Hz.

    Attributes:
        duration: seconds of the recording.
        speaking: bool [n], true from a turn's onset to its offset, pauses within it included.
        envelope: [n] voiced loudness, 1 = the speaker's loud level, 0 where unvoiced, smoothed over 30 ms.
        f0: [n] semitones above the speaker's median, 0 where unvoiced.
        voiced: bool [n].
        turn_onsets, turn_offsets: equally many.
        pause_onsets, phrase_onsets: begin and end of the pauses inside turns, equally many.
        accents: times of loudness-and-pitch peaks.
        strength: of each accent, .2 to 1.6; the recording's median is .7 and its 90th percentile 1.3.
    """

    duration: float
    speaking: np.ndarray
    envelope: np.ndarray
    f0: np.ndarray
    voiced: np.ndarray
    turn_onsets: np.ndarray
    turn_offsets: np.ndarray
    pause_onsets: np.ndarray
    phrase_onsets: np.ndarray
    accents: np.ndarray
    strength: np.ndarray


def level(samples: np.ndarray) -> np.ndarray:
    """Loudness in dB re full scale, [n] at `RATE` Hz, over 25 ms around each instant."""
    hop = SAMPLE_RATE // RATE
    total = np.concatenate([[0.0], np.cumsum(np.asarray(samples, np.float64) ** 2)])
    centre = np.arange(len(samples) // hop) * hop
    first, last = np.maximum(centre - LEVEL_WINDOW // 2, 0), np.minimum(centre + LEVEL_WINDOW // 2, len(samples))
    return 10 * np.log10((total[last] - total[first]) / np.maximum(last - first, 1) + 1e-10)


def active(decibels: np.ndarray) -> np.ndarray:
    """Bool [n]: where somebody speaks, relative to the recording's own loud level and noise floor."""
    loud, floor = np.percentile(decibels, 95), np.percentile(decibels, 5)
    if loud < -60 or loud - floor < NOISE_MARGIN_DB:
        return np.zeros(len(decibels), bool)
    threshold = max(loud - DYNAMIC_RANGE_DB, floor + NOISE_MARGIN_DB)
    return binary_opening(gaussian_filter1d(decibels, 2) > threshold, np.ones(6))  # drops clicks under 60 ms


def pitch(samples: np.ndarray, where: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Fundamental (Hz) and voicing (bool) at `RATE` Hz, computed only `where` (bool [n]).

    Autocorrelation divided by the window's own (Boersma 1993, Proc. IFA 17, eq. 9), highest peak between 60 and 400 Hz
    with a small cost for long lags against octave errors, refined by a parabola, median-filtered over 50 ms.
    """
    f0, voiced = np.zeros(len(where)), np.zeros(len(where), bool)
    frames = np.flatnonzero(where)
    if len(frames) == 0:
        return f0, voiced
    slow = resample_poly(np.asarray(samples, np.float32), 1, SAMPLE_RATE // F0_RATE)
    slow = np.pad(slow, (F0_WINDOW // 2, F0_WINDOW))
    window = np.hanning(F0_WINDOW).astype(np.float32)
    lags = np.arange(int(F0_RATE / F0_MAX), int(F0_RATE / F0_MIN) + 2)
    size = fft.next_fast_len(F0_WINDOW + lags[-1] + 1, real=True)

    def correlation(rows: np.ndarray) -> np.ndarray:
        return fft.irfft(np.abs(fft.rfft(rows, size)) ** 2, size)[..., : lags[-1] + 2]

    own = correlation(window)
    own = own / own[0]
    views = np.lib.stride_tricks.sliding_window_view(slow, F0_WINDOW)[frames * (F0_RATE // RATE)]
    spectrum = correlation((views - views.mean(1, keepdims=True)) * window)
    normal = spectrum / np.maximum(spectrum[:, :1], 1e-12) / own
    score = normal[:, lags] - 0.02 * np.log2(lags * F0_MIN / F0_RATE + 1)
    best = lags[score.argmax(1)]
    row = np.arange(len(frames))
    left, mid, right = (normal[row, best + shift] for shift in (-1, 0, 1))
    bend = np.minimum(left - 2 * mid + right, -1e-6)
    f0[frames] = F0_RATE / (best + np.clip(0.5 * (left - right) / bend, -0.5, 0.5))
    voiced[frames] = mid > VOICED
    smooth = median_filter(np.where(voiced, f0, 0), 5)
    voiced &= smooth > 0
    return np.where(voiced, smooth, 0), voiced


def speech_events(samples: np.ndarray) -> SpeechEvents:
    """Find the events in mono sound at 16 kHz (float [N]).

    Everything is relative to the recording's own loud level and median pitch, so that gain does not matter. Silence
    gives no events and `speaking` false throughout.
    """
    decibels = level(samples)
    sounding = active(decibels)
    edges = np.diff(np.concatenate([[0], sounding.astype(int), [0]]))
    begins, ends = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    gaps = (begins[1:] - ends[:-1]) / RATE
    pause, floor = (gaps >= PAUSE_SECONDS) & (gaps < TURN_SECONDS), gaps >= TURN_SECONDS
    turn_on = np.concatenate([begins[:1], begins[1:][floor]])
    turn_off = np.concatenate([ends[:-1][floor], ends[-1:]])
    speaking = np.zeros(len(decibels), bool)
    for a, b in zip(turn_on, turn_off, strict=True):
        speaking[a:b] = True

    hertz, voiced = pitch(samples, sounding)
    f0 = np.zeros(len(decibels))
    envelope = np.zeros(len(decibels))
    if voiced.any():
        f0[voiced] = 12 * np.log2(hertz[voiced] / np.median(hertz[voiced]))
        f0[np.abs(f0 - 2) > F0_SPAN] = 0  # octave errors at the edges of voicing
        envelope = gaussian_filter1d(np.where(voiced, 10 ** (decibels / 20), 0), 3)
        envelope /= np.percentile(envelope[voiced], 90)
    peaks, strength = accents(envelope, f0)
    return SpeechEvents(
        duration=len(samples) / SAMPLE_RATE,
        speaking=speaking,
        envelope=envelope,
        f0=f0,
        voiced=voiced,
        turn_onsets=turn_on / RATE,
        turn_offsets=turn_off / RATE,
        pause_onsets=ends[:-1][pause] / RATE,
        phrase_onsets=begins[1:][pause] / RATE,
        accents=peaks / RATE,
        strength=strength,
    )


def accents(envelope: np.ndarray, f0: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Frames and strengths of the accents: peaks of loudness with pitch that stand out of their surroundings."""
    prominence = envelope + F0_WEIGHT * gaussian_filter1d(np.maximum(f0, -2.0), 3) * (envelope > 0.1)
    peaks, _ = find_peaks(prominence, height=0.35, distance=int(ACCENT_DISTANCE * RATE), prominence=0.15)
    if len(peaks) == 0:
        return peaks, np.zeros(0)
    middle, high = np.percentile(prominence[peaks], [50, 90])
    return peaks, np.clip(0.7 + 0.6 * (prominence[peaks] - middle) / max(high - middle, 1e-3), 0.2, 1.6)
