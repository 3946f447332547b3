"""A mouth from visemes: what jaw and lips do for each, how far by loudness, and lips that truly meet for p, b and m."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter1d, maximum_filter1d

from stygaze.face.visemes import VISEMES
from stygaze.speech import SAMPLES_PER_FRAME

JAW_OPEN = 0.311  # radians of the artists' open mouth; at it a full mouthClose makes the lips meet
RANGE_DB, LEAST_DB = 32.0, -62.0  # loudness counts over this much below the clip's loud parts
QUIET_SHARE = 0.45  # of the opening that the softest vowel keeps
# jaw in radians for a loud one, then face units of the embedded head; looked at one by one
POSTURES: dict[str, dict[str, float]] = {
    "sil": {},
    "PP": {"jaw": 0.02},
    "FF": {"jaw": 0.05, "mouthUpperUp": 0.25},
    "TH": {"jaw": 0.06, "mouthLowerDown": 0.22, "mouthUpperUp": 0.15},
    "DD": {"jaw": 0.05, "mouthLowerDown": 0.22, "mouthUpperUp": 0.12},
    "kk": {"jaw": 0.07, "mouthLowerDown": 0.10, "mouthUpperUp": 0.10},
    "CH": {"jaw": 0.022, "mouthFunnel": 0.52, "mouthPucker": 0.15, "mouthLowerDown": 0.20, "mouthUpperUp": 0.15},
    "SS": {"jaw": 0.018, "mouthStretch": 0.35, "mouthLowerDown": 0.50, "mouthUpperUp": 0.35},
    "nn": {"jaw": 0.06, "mouthLowerDown": 0.15, "mouthUpperUp": 0.08},
    "RR": {"jaw": 0.04, "mouthFunnel": 0.45, "mouthPucker": 0.22},
    "aa": {"jaw": 0.17, "mouthLowerDown": 0.12, "mouthUpperUp": 0.12},
    "E": {"jaw": 0.105, "mouthStretch": 0.22, "mouthLowerDown": 0.15, "mouthUpperUp": 0.10},
    "I": {"jaw": 0.055, "mouthStretch": 0.50, "mouthSmile": 0.15, "mouthLowerDown": 0.32, "mouthUpperUp": 0.20},
    "O": {"jaw": 0.09, "mouthFunnel": 0.58, "mouthPucker": 0.30},
    "U": {"jaw": 0.045, "mouthFunnel": 0.42, "mouthPucker": 0.80},
}
LIPS = {"mouthPress": 0.38, "mouthRollLower": 0.22, "mouthRollUpper": 0.12}  # pressed together
BITE = {"mouthRollLower": 0.68, "mouthUpperUp": 0.60, "mouthSmile": 0.20}  # lower lip under the upper teeth
MEET, CATCH = (0.12, 0.45), (0.18, 0.50)  # shares of PP and FF between which lips go all the way
BLUR = {"jaw": 0.55, "mouthFunnel": 1.1, "mouthPucker": 1.1}  # frames; rounding spreads over its neighbours
USUAL_BLUR = 0.75
PAIRED = ("mouthStretch", "mouthPress", "mouthLowerDown", "mouthUpperUp", "mouthSmile")


def articulate(shares: np.ndarray, samples: np.ndarray) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Jaw [T] in radians and lip shapes name -> [T], 0..1, at 25 FPS.

    Args:
        shares: [T, VISEMES] of each frame's 40 ms, as `visemes` gives them.
        samples: [N] the sound at 16 kHz; its loudness gives the opening.
    """
    loud = loudness(samples, len(shares))
    # a stop is silent for a moment but no rest; a hum between sentences is one, whatever the network hears in it
    awake = _ramp(maximum_filter1d(loud, 9), 0.02, 0.15)
    active = shares * awake[:, None]
    tracks: dict[str, np.ndarray] = {}
    for name in dict.fromkeys(unit for posture in POSTURES.values() for unit in posture):
        amount = np.array([POSTURES[viseme].get(name, 0.0) for viseme in VISEMES])
        track = active @ amount
        if name == "jaw":
            track = track * (QUIET_SHARE + (1 - QUIET_SHARE) * maximum_filter1d(loud, 3))
        tracks[name] = gaussian_filter1d(track, BLUR.get(name, USUAL_BLUR), mode="nearest")
    # what must touch touches, however short it is: after the smoothing, and over whatever vowel is near
    meet = _ramp(active[:, VISEMES.index("PP")], *MEET)
    catch = _ramp(active[:, VISEMES.index("FF")], *CATCH) * (1 - meet)
    jaw = tracks.pop("jaw") * (1 - 0.8 * meet) * (1 - 0.5 * catch)
    for name in tracks:
        tracks[name] = tracks[name] * (1 - (0.3 if name == "mouthPucker" else 0.9) * np.maximum(meet, catch))
    for touch, units in ((meet, LIPS), (catch, BITE)):
        for name, most in units.items():
            tracks[name] = tracks.get(name, np.zeros(len(loud))) + most * touch
    tracks["mouthClose"] = meet * jaw / JAW_OPEN
    shapes = {}
    for name, values in tracks.items():
        for side in ("Left", "Right") if name in PAIRED else ("",):
            shapes[name + side] = np.clip(values, 0, 1)
    return jaw, shapes


def loudness(samples: np.ndarray, n: int) -> np.ndarray:
    """[n] 0..1: level of each frame's 40 ms within `RANGE_DB` below the recording's loud parts."""
    sound = np.zeros(n * SAMPLES_PER_FRAME)
    sound[: min(len(samples), len(sound))] = samples[: len(sound)]
    frames = np.diff(sound, prepend=0.0).reshape(n, SAMPLES_PER_FRAME)  # the difference hears no hum and no offset
    level = 10 * np.log10((frames**2).mean(1) + 1e-12) + 10  # of speech about 10 dB below its level
    top = max(float(np.percentile(level, 92)), LEAST_DB + RANGE_DB) if n else 0.0
    return np.clip((level - (top - RANGE_DB)) / RANGE_DB, 0, 1)


def _ramp(value: np.ndarray, low: float, high: float) -> np.ndarray:
    """0 below `low`, 1 above `high`, smooth between."""
    t = np.clip((value - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)
