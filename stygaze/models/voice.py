"""A voice beside itself: how loud and how high somebody speaks, compared with how they have spoken so far.

Accents, on which people nod and look, are loud and high for this speaker. Of raw prosody a network must first find out
who speaks, and an encoder's hundreds of numbers tell it that better than how the speech goes on.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

VOICE = 3  # numbers a frame
PROSODY = slice(-3, None)  # columns of the features: log energy, F0 and voicing (`stygaze.prosody`)
VOICED = 0.5
USUAL_POWER, USUAL_PITCH = 10**-2.5, 9.0  # what a voice is taken for before it is heard
SURE = np.array([2.0, 10.0])  # frames that this weighs; power little, for recordings differ by factors
QUIET, LOUD = -3.0, 1.0  # log10 of power beside the usual one; beyond, it does not matter
SEMITONES = 4.0
SILENT = np.array([QUIET, 0.0, -1.0], np.float32)


class Voice:
    """Prosody of S speakers as it comes, each frame compared with all voiced frames up to it.

    >>> loud_and_high = np.array([[[-2.5, 9.0, 0.9], [-2.0, 13.0, 0.9], [-6.0, 0.0, 0.0]]])
    >>> Voice(1)(loud_and_high)[0].astype(float).round(1).tolist()
    [[0.0, 0.0, 0.8], [0.3, 0.9, 0.8], [-3.0, 0.0, -1.0]]
    """

    def __init__(self, speakers: int):
        self._sums = np.tile([[SURE * (USUAL_POWER, USUAL_PITCH)]], (speakers, 1, 1)).transpose(0, 2, 1)  # [S, 2, 1]
        self._frames = np.zeros((speakers, 1))

    def __call__(self, prosody: NDArray[np.floating]) -> NDArray[np.float32]:
        """[S, m, VOICE] of the next frames' prosody [S, m, 3]: loudness, pitch (0 where unvoiced) and voicing."""
        energy, pitch, voicing = np.moveaxis(np.asarray(prosody, float), -1, 0)
        voiced = voicing > VOICED
        new = np.stack([voiced * 10**energy, voiced * pitch], 1)
        # added frame by frame, so that a stream's sums are those of one pass to the last bit
        sums = np.cumsum(np.concatenate([self._sums, new], 2), axis=2)
        self._sums = sums[:, :, -1:]
        frames = self._frames + np.cumsum(voiced, axis=1)
        self._frames = frames[:, -1:]
        power, high = np.moveaxis(sums[:, :, 1:] / (frames[:, None] + SURE[:, None]), 1, 0)
        return np.stack([
            np.clip(energy - np.log10(power), QUIET, LOUD),
            np.where(voiced, np.clip((pitch - high) / SEMITONES, -3, 3), 0),
            2 * voicing - 1,
        ], -1).astype(np.float32)  # fmt: skip
