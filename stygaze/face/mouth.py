"""A mouth from the sound: how far it opens, and whether the lips round, spread, press or show the teeth.

Nothing is learnt. Loudness opens the jaw; the balance of four bands tells open from close vowels (first formant), round
from spread ones (second formant), hisses and nasals. Frames with sound in them are drawn 40 ms early: lips lead.
"""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter1d, maximum_filter1d, minimum_filter1d

from stygaze.speech import SAMPLE_RATE, SAMPLES_PER_FRAME

STEP = 160  # samples: the analysis runs at 100 Hz
WINDOW = 512
PER_FRAME = SAMPLES_PER_FRAME // STEP
BANDS = {"murmur": (80, 400), "open": (550, 1100), "round": (600, 1250), "spread": (1700, 2900), "hiss": (3500, 7800)}
LEAD = 4  # steps, 40 ms
RANGE_DB, HEADROOM_DB, LEAST_DB = 32.0, 3.0, -62.0  # loudness counts over this much below the clip's loud parts
JAW = 0.16  # radians at the loudest open vowel; the artists' widest mouth is 0.31
ATTACK, RELEASE = 3, 7  # steps
SHAPES = (
    "mouthFunnel",
    "mouthPucker",
    "mouthStretchLeft",
    "mouthStretchRight",
    "mouthPressLeft",
    "mouthPressRight",
    "mouthLowerDownLeft",
    "mouthLowerDownRight",
    "mouthUpperUpLeft",
    "mouthUpperUpRight",
)


def mouth(samples: np.ndarray, n: int) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Jaw [n] in radians, 0 closed to about `JAW`, and lip shapes name -> [n], 0..1, at 25 FPS.

    Args:
        samples: [N] mono at 16 kHz.
        n: frames wanted; sound that ends sooner is followed by a closed mouth.
    """
    steps = n * PER_FRAME
    if steps == 0:
        return np.zeros(0), {name: np.zeros(0) for name in SHAPES}
    power, level = _analyse(samples, steps)
    loud = np.clip((level - (_loud_parts(level) - RANGE_DB)) / (RANGE_DB - HEADROOM_DB), 0, 1)
    total = sum(power[name] for name in ("murmur", "open", "spread", "hiss")) + 1e-9
    hiss = _between(power["hiss"] / total, 0.30, 0.65) * (loud > 0.05)
    # a nasal or a stop's murmur: voice with nothing above 400 Hz, not even the second formant of an "ee"
    shut = _between(power["murmur"] / total, 0.93, 0.985) * _between(-power["spread"] / total, -0.008, -0.002)
    vowel = _between(loud, 0.15, 0.45) * (1 - hiss) * (1 - shut)
    first = power["open"] / (power["open"] + power["murmur"] + 1e-9)
    second = power["spread"] / (power["spread"] + power["round"] + 1e-9)
    wide = 0.48 + 0.52 * _between(first, 0.08, 0.55)
    rounded = vowel * _between(-second, -0.06, -0.010) * _between(-first, -0.75, -0.25)
    spread = vowel * _between(second, 0.18, 0.60)

    # a stop: a short dip between louder sounds, closed at its deepest
    before_and_after = minimum_filter1d(maximum_filter1d(loud, 17), 17)
    stop = _between(before_and_after - loud, 0.30, 0.55)
    jaw = (
        loud**1.2
        * wide
        * (1 - 0.92 * hiss)
        * (1 - 0.95 * shut)
        * (1 - stop)
        * (1 - 0.35 * rounded)
        * (1 - 0.25 * spread)
    )
    jaw = _follow(jaw, ATTACK, RELEASE) + 0.10 * _follow(hiss * (1 - stop), ATTACK, RELEASE)
    press = np.maximum(stop * before_and_after, shut * loud)

    def frames(values: np.ndarray, blur: float) -> np.ndarray:
        smooth = gaussian_filter1d(values, blur, mode="nearest")
        return smooth[np.minimum(np.arange(n) * PER_FRAME + LEAD, steps - 1)]

    tracks = {
        "mouthFunnel": 0.55 * rounded,
        "mouthPucker": 0.35 * rounded,
        "mouthStretch": 0.30 * spread + 0.22 * hiss,
        "mouthPress": 0.45 * press,
        "mouthLowerDown": 0.30 * hiss + 0.18 * spread,
        "mouthUpperUp": 0.14 * hiss + 0.10 * spread,
    }
    shapes = {}
    for name, values in tracks.items():
        values = np.clip(frames(values, 3.5), 0, 1)
        for side in ("",) if name in SHAPES else ("Left", "Right"):
            shapes[name + side] = values
    return JAW * np.clip(frames(jaw, 1.6), 0, 1), shapes


def _analyse(samples: np.ndarray, steps: int) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Band powers name -> [steps] and level [steps] in dB re full scale, each centred on step * 10 ms."""
    padded = np.zeros(steps * STEP + WINDOW, np.float32)
    sound = samples[: steps * STEP + WINDOW // 2]
    padded[WINDOW // 2 : WINDOW // 2 + len(sound)] = sound
    window = np.hanning(WINDOW).astype(np.float32)
    edges = {name: slice(*(round(f * WINDOW / SAMPLE_RATE) for f in band)) for name, band in BANDS.items()}
    power = {name: np.empty(steps) for name in BANDS}
    level = np.empty(steps)
    views = np.lib.stride_tricks.sliding_window_view(padded, WINDOW)[::STEP][:steps]
    for start in range(0, steps, 4000):  # 40 s at a time, to bound the memory
        part = slice(start, start + 4000)
        spectrum = np.abs(np.fft.rfft(views[part] * window, axis=1)) ** 2 / (WINDOW * (window**2).sum() / 2)
        for name, band in edges.items():
            power[name][part] = spectrum[:, band].sum(1)
        level[part] = 10 * np.log10(spectrum[:, 3:].sum(1) + 1e-12)
    return power, level


def _loud_parts(level: np.ndarray) -> float:
    """What counts as loud in this recording, dB; a silent one has nothing that does."""
    return max(float(np.percentile(level, 92)), LEAST_DB + RANGE_DB)


def _between(value: np.ndarray, low: float, high: float) -> np.ndarray:
    """0 below `low`, 1 above `high`, smooth between."""
    t = np.clip((value - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)


def _follow(values: np.ndarray, attack: int, release: int) -> np.ndarray:
    """Rise fast and fall slowly: the greater of a narrow and a wide moving mean."""
    return np.maximum(
        gaussian_filter1d(values, attack / 2, mode="nearest"),
        0.9 * gaussian_filter1d(values, release / 2, mode="nearest"),
    )
