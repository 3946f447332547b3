"""What comes with the voice: while people speak they hold the head elsewhere, each in a direction of their own.

A person's slow posture is a sum of a few drives, each a filter over the voice of the last seconds, times that person's
own degrees for each (`training.carriage` finds both). What the head does beside that are its movements. One more filter
says how much more or less than usual gaze is on the partner.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from stygaze.models.voice import SILENT

DRIVES = 3  # of the head; the one of eye contact comes after them
BACK = 90  # frames of voice before the present one that a posture remembers
# peaks of the bumps that a filter is made of, frames from the present one; the last two depend on what is heard ahead
PEAKS = (-BACK, -64, -46, -32, -21, -12, -5)


def bumps(look_ahead: int) -> NDArray[np.float64]:
    """[7, BACK + 1 + look_ahead] raised cosines of sum 1 over frames -BACK..look_ahead, the wider the longer ago.

    >>> shapes = bumps(10)
    >>> shapes.shape, shapes.sum(1).round(6).tolist() == [1] * 7, int(shapes[0].argmax()) - BACK
    ((7, 101), True, -64)
    """
    end = look_ahead + 1
    peaks = np.array([*PEAKS, PEAKS[-1] + (end - PEAKS[-1]) / 2, end])
    frames = np.arange(-BACK, end)
    before, at, after = peaks[:-2, None], peaks[1:-1, None], peaks[2:, None]
    rising, falling = (frames - before) / (at - before), (after - frames) / (after - at)
    shapes = 0.5 - 0.5 * np.cos(np.pi * np.clip(np.minimum(rising, falling), 0, 1))
    return shapes / shapes.sum(1, keepdims=True)


def filtered(rows: NDArray[np.floating], kernel: NDArray[np.floating]) -> NDArray[np.floating]:
    """Rows [S, m + span - 1, C] of S sequences through a kernel [span, C, D] -> [S, m, D]."""
    span, channels, drives = kernel.shape
    around = np.lib.stride_tricks.sliding_window_view(rows, span, axis=1)  # [S, m, C, span]
    flat = around.transpose(0, 1, 3, 2).reshape(*around.shape[:2], span * channels)
    return flat @ kernel.reshape(span * channels, drives)


def driven(voice: NDArray[np.floating], kernel: NDArray[np.floating]) -> NDArray[np.floating]:
    """Voice [S, BACK + m + look_ahead, VOICE] through a kernel [BACK + 1 + look_ahead, VOICE, D] -> drives [S, m, D].

    Silence gives 0.
    """
    return filtered((voice - SILENT).astype(kernel.dtype), kernel)


def padded(voice: NDArray[np.floating], look_ahead: int) -> NDArray[np.floating]:
    """A whole recording's voice [T, VOICE] with silence around it, as `driven` takes it."""
    return np.concatenate([np.tile(SILENT, (BACK, 1)), voice, np.tile(SILENT, (look_ahead, 1))])
