"""Brows that rise a little on the accents of the speech."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter1d

from stygaze.motion import FPS

ACCENT_GAP, ACCENT_WIDTH, ACCENT_BROW = 1.4, 0.16, 0.34  # s, s, strength


def brow_track(voice: np.ndarray) -> np.ndarray:
    """Brows [n] rise a little where voice is both louder and higher than around it, at most every ACCENT_GAP."""
    loud, pitch, voicing = voice.T
    voiced = (voicing > 0.5) & (loud > 0)
    if voiced.sum() < FPS:
        return np.zeros(len(voice))
    stand_out = np.zeros(len(voice))
    for values in (loud, pitch):
        z = (values - values[voiced].mean()) / (values[voiced].std() + 1e-6)
        stand_out += np.where(voiced, z, 0)
    stand_out = gaussian_filter1d(stand_out, 2)
    raised = np.zeros(len(voice))
    t = np.arange(len(voice)) / FPS
    taken: list[float] = []
    for frame in np.argsort(-stand_out):
        if stand_out[frame] < 1.3:
            break
        if all(abs(t[frame] - other) > ACCENT_GAP for other in taken):
            taken.append(t[frame])
            strength = ACCENT_BROW * min(1.0, stand_out[frame] / 2.5)
            raised = np.maximum(raised, strength * np.exp(-0.5 * ((t - t[frame] - 0.04) / ACCENT_WIDTH) ** 2))
    return raised
