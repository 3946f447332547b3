"""Prosody: how loud, how high and how voiced speech is, at 25 FPS. Speech encoders drop loudness, so these go beside.

The pitch tracker follows Boersma (1993), "Accurate short-term analysis of the fundamental frequency ...", sections 2-4:
the autocorrelation of a windowed stretch divided by that of the window, several candidates a stretch, and the cheapest
path through them. What he relates to the whole recording's maximum is absolute here, so that a short window of a stream
can be judged alone.
"""

from __future__ import annotations

import numpy as np
from scipy import fft

from stygaze.speech import SAMPLE_RATE, SAMPLES_PER_FRAME

F0_MIN, F0_MAX = 60.0, 500.0  # Hz
FLOOR = 1e-6  # power re full scale: -60 dBFS

STEPS = 2  # stretches analysed a frame: one each 20 ms
STRETCH = 768  # samples, 48 ms: three periods at 62.5 Hz
FFT = 2048
BAND = (50.0, 1500.0, 2500.0)  # Hz; pitch is sought above the first, formants above the others would distract
LAG_RATE = 16_000  # the autocorrelation's lags a second
CANDIDATES = 5
UNVOICED = 0.55  # autocorrelation at which voiced and unvoiced cost the same
BACKGROUND = 3e-7  # power added to every stretch: what lies far below -65 dBFS has no pitch
OCTAVE_COST = 0.03  # favours the highest of equal candidates: the period, not twice the period
JUMP_COST = 0.25  # an octave from one stretch to the next
SWITCH_COST = 0.1  # between voiced and unvoiced


def prosody(samples: np.ndarray) -> np.ndarray:
    """Log energy, F0 and voicing of samples [n] at 16 kHz: float32 [floor(25 n / 16000 + 0.5), 3].

    * log energy: log10 of the mean power re full scale in the frame's 40 ms, from -6 (the floor) to about 0;
    * F0: semitones above 100 Hz, about -9 to 28, and 0 where unvoiced;
    * voicing: 0 (none) to 1 (periodic throughout the frame); speech is voiced above about 0.5.
    """
    n = int(len(samples) / SAMPLES_PER_FRAME + 0.5)
    if n == 0:
        return np.zeros((0, 3), np.float32)
    edge = (STRETCH - SAMPLES_PER_FRAME // STEPS) // 2  # so that a stretch's middle is its step's middle
    padded = np.zeros(n * SAMPLES_PER_FRAME + 2 * edge, np.float32)
    padded[edge : edge + min(len(samples), n * SAMPLES_PER_FRAME)] = samples[: n * SAMPLES_PER_FRAME]
    energy = padded[edge : edge + n * SAMPLES_PER_FRAME].reshape(n, -1).astype(np.float64).var(1)
    semitones, strength = _pitch(padded)
    voiced = (strength > 0).reshape(n, STEPS)
    f0 = (semitones.reshape(n, STEPS) * voiced).sum(1) / np.maximum(voiced.sum(1), 1)
    voicing = strength.reshape(n, STEPS).mean(1)
    return np.stack([np.log10(np.maximum(energy, FLOOR)), f0, voicing], 1).astype(np.float32)


def _pitch(padded: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Semitones and strength 0..1 (0 where unvoiced) of the stretches of `STRETCH` samples, one each 20 ms."""
    semitones, strength = _candidates(_autocorrelation(padded))
    unvoiced = np.full((len(strength), 1), UNVOICED)
    gain = np.concatenate([unvoiced, strength + OCTAVE_COST * semitones / 12], 1)
    chosen = _best_path(gain, np.concatenate([np.zeros_like(unvoiced), semitones], 1))
    rows = np.arange(len(chosen))
    found = np.maximum(chosen - 1, 0)
    return (
        np.where(chosen > 0, semitones[rows, found], 0.0),
        np.where(chosen > 0, np.clip(strength[rows, found], 0.01, 1.0), 0.0),
    )


def _window() -> tuple[np.ndarray, np.ndarray]:
    """The window, and what divides an autocorrelation [lags] to make it that of the sound alone."""
    window = np.hanning(STRETCH + 2)[1:-1]
    own = np.fft.irfft(np.abs(np.fft.rfft(window, FFT)) ** 2)[: FFT // 2 : SAMPLE_RATE // LAG_RATE]
    return window.astype(np.float32), (own[0] / np.maximum(own, 0.05 * own[0])).astype(np.float32)


def _weights() -> np.ndarray:
    """Weight of each frequency: none below the band, a smooth end above it."""
    low, flat, high = BAND
    hertz = np.arange(FFT // 2 + 1) * SAMPLE_RATE / FFT
    fade = np.cos(np.pi / 2 * np.clip((hertz - flat) / (high - flat), 0, 1)) ** 2
    return np.where(hertz < low, 0.0, fade).astype(np.float32)


WINDOW, CORRECTION = _window()
WEIGHTS = _weights()[: int(BAND[2] * FFT / SAMPLE_RATE) + 1]


def _autocorrelation(padded: np.ndarray) -> np.ndarray:
    """Normalised autocorrelation [stretches, lags] within the band, 1 at lag 0 but for the background."""
    step = SAMPLES_PER_FRAME // STEPS
    stretches = np.lib.stride_tricks.sliding_window_view(padded, STRETCH)[::step]
    spectrum = fft.rfft((stretches - stretches.mean(1, keepdims=True)) * WINDOW, FFT, axis=1)[:, : len(WEIGHTS)]
    power = (spectrum.real**2 + spectrum.imag**2) * WEIGHTS
    size = FFT * LAG_RATE // SAMPLE_RATE
    lags = int(LAG_RATE / F0_MIN) + 2
    raw = fft.irfft(power, size, axis=1)[:, :lags] * (LAG_RATE / SAMPLE_RATE)
    silence = BACKGROUND * np.square(WINDOW).sum()
    return raw * CORRECTION[:lags] / (raw[:, :1] + silence)


def _candidates(correlation: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The highest peaks of each stretch: semitones and height [stretches, CANDIDATES], -1 where there are fewer."""
    first = int(LAG_RATE / F0_MAX)
    before, here, after = correlation[:, first - 1 : -2], correlation[:, first:-1], correlation[:, first + 1 :]
    height = np.where((here > before) & (here >= after) & (here > 0), here, -1.0)
    favour = OCTAVE_COST * np.log2(np.arange(first, first + height.shape[1]))
    order = np.argpartition(favour - height, CANDIDATES, axis=1)[:, :CANDIDATES]
    height, left, right = (np.take_along_axis(a, order, 1) for a in (height, before, after))
    curve = np.minimum(left - 2 * height + right, -1e-9)
    shift = np.clip(0.5 * (left - right) / curve, -0.5, 0.5)
    top = np.where(height > 0, height - 0.25 * (left - right) * shift, -1.0)
    top = np.where(top > 1, 1 / np.maximum(top, 1e-9), top)  # the window's division may lift a peak above 1
    return 12 * np.log2(LAG_RATE / (first + order + shift) / 100), top


def _best_path(gain: np.ndarray, semitones: np.ndarray) -> np.ndarray:
    """Choice [stretches] with the highest gain [stretches, choices] less the costs of change; choice 0 is unvoiced."""
    jump = JUMP_COST / 12 * np.abs(semitones[1:, :, None] - semitones[:-1, None, :])
    jump[:, 0, 1:] = jump[:, 1:, 0] = SWITCH_COST
    jump[:, 0, 0] = 0.0
    total = gain[0]
    came = np.zeros(gain.shape, np.intp)
    for t in range(1, len(gain)):
        ways = total - jump[t - 1]
        came[t] = ways.argmax(1)
        total = ways.max(1) + gain[t]
    path = np.empty(len(gain), np.intp)
    path[-1] = total.argmax()
    for t in range(len(gain) - 1, 0, -1):
        path[t - 1] = came[t, path[t]]
    return path
