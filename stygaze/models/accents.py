"""Accents in a voice: the peaks of loudness and pitch on which people nod and look, as they are heard.

A stressed word is told by how it stands out of those around it, which is known a quarter of a second after its peak. A
network to which accents are named foresees the head's pitch better than one that hears loudness, pitch and voicing
(docs/events.md).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from stygaze.models.voice import SEMITONES

ACCENT = 2  # numbers a frame
SPAN = 6  # frames before and after a peak out of which it must stand
APART = 5  # frames from a peak within which there is none higher
HIGH, OUT = 0.35, 0.15  # how prominent a peak is at least, and how far it stands out
LOUD = 1.25  # amplitude of a loud syllable, beside the usual one
PITCH_WEIGHT, LOWEST = 0.05, -2.0  # of a semitone beside the amplitude; semitones, lower ones do not matter
VOICED = -0.4  # voicing from which a frame is voiced
SMOOTH = np.array([1, 4, 1], np.float32) / 6
LATE = SPAN + 1  # frames after its peak at which an accent is told
KNOWN = 2 * SPAN + 2  # frames before the present one that must be known


def accents(voice: NDArray[np.floating]) -> NDArray[np.float32]:
    """[S, m, ACCENT] of voice [S, KNOWN + m, VOICE]: how prominent the frame before is, and 0 or an accent's strength.

    The strength stands LATE frames after the accent's peak; stressed words have about .5 to 2.

    >>> from stygaze.models.voice import SILENT
    >>> voice = np.tile(SILENT, (1, 60, 1)); voice[0, 20:40] = [-0.6, 0, 0.8]
    >>> voice[0, 29:32, :2] = [[-0.1, 0.5], [0.3, 1], [-0.1, 0.5]]
    >>> strength = accents(voice)[0, :, 1]
    >>> [int(t) + KNOWN - LATE for t in np.flatnonzero(strength)], round(float(strength.max()), 2)
    ([30], 1.16)
    """
    voice = np.asarray(voice, np.float32)
    loud = np.float32(10) ** (voice[..., 0] / 2) * (voice[..., 2] > VOICED) / np.float32(LOUD)
    high = np.maximum(voice[..., 1] * np.float32(SEMITONES), np.float32(LOWEST))
    loud, high = (SMOOTH[0] * x[:, :-2] + SMOOTH[1] * x[:, 1:-1] + SMOOTH[2] * x[:, 2:] for x in (loud, high))
    prominence = loud + np.float32(PITCH_WEIGHT) * high * (loud > 0.1)
    around = np.lib.stride_tricks.sliding_window_view(prominence, 2 * SPAN + 1, axis=1)
    here = around[..., SPAN]
    highest = around[..., SPAN - APART : SPAN + APART + 1].max(-1)
    base = np.maximum(around[..., : SPAN + 1].min(-1), around[..., SPAN:].min(-1))
    accent = np.where((here >= highest) & (here > HIGH) & (here - base > OUT), here, 0)
    return np.stack([prominence[:, 2 * SPAN :], accent], -1).astype(np.float32)
