"""What comes with the voice: while people speak they hold the head elsewhere, each in a direction of their own.

The turn of a speaker, pauses within it bridged, is smoothed over two seconds; what a person's head is beside its habit
is that times their own degrees (`training.carriage` finds them). What the head does beside that are its movements. A
turn is held until the pause is too long, so with .64 s heard ahead posture is halfway .3 s after a turn begins and
1.1 s after it ends. And a filter over the voice says what it adds to how much gaze is on the partner.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from stygaze.models.voice import SILENT

Array = NDArray[np.floating]
PAUSE = 20  # frames; a shorter one is part of the turn
WIDTH = 24  # frames, at half its height, of the raised cosine that smooths a turn
BACK = 90  # frames of voice before the present one that all of this may depend on
HEARD = 2 * WIDTH - 2 + PAUSE - 1  # frames from what is heard first to what is heard last of a posture
AUDIBLE = -2.0  # log10 of power beside the usual one from which loudness counts; one more counts fully
# where the bumps that the filter of contact is made of begin, peak and end, frames from the present one; the last two
# such places depend on what is heard ahead
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


def filtered(rows: Array, kernel: Array) -> Array:
    """Rows [S, m + span - 1, C] of S sequences through a kernel [span, C, D] -> [S, m, D]."""
    span, channels, results = kernel.shape
    around = np.lib.stride_tricks.sliding_window_view(rows, span, axis=1)  # [S, m, C, span]
    flat = around.transpose(0, 1, 3, 2).reshape(*around.shape[:2], span * channels)
    return flat @ kernel.reshape(span * channels, results)


def speaking(voice: Array, look_ahead: int) -> Array:
    """[S, m] how much these are frames of a turn, 0 to 1, smoothed, of voice [S, BACK + m + look_ahead, VOICE].

    The smoothing reaches as far ahead as is heard.

    >>> silence = np.tile(SILENT, (1, 500, 1)); talk = silence.copy()
    >>> talk[0, 190:350, 0] = 0; talk[0, 250:260, 0] = -3  # from frame 100 to 259, with a pause
    >>> float(speaking(silence, 16).max()), np.rint(4 * speaking(talk, 16)[0, [80, 107, 140, 175, 286, 310]]).tolist()
    (0.0, [0.0, 2.0, 4.0, 4.0, 2.0, 0.0])
    """
    audible = np.clip(voice[..., 0] - np.float32(AUDIBLE), 0, 1)[:, BACK + look_ahead - HEARD :]
    turn = np.lib.stride_tricks.sliding_window_view(audible, PAUSE, axis=1).max(-1)
    bell = (0.5 - 0.5 * np.cos(np.pi * np.arange(1, 2 * WIDTH) / WIDTH)) / WIDTH
    return filtered(turn[..., None], bell.astype(voice.dtype)[:, None, None])[..., 0]


def in_contact(voice: Array, kernel: Array) -> Array:
    """[S, m] what voice adds to the share of eye contact, beside silence.

    Args:
        voice: [S, BACK + m + look_ahead, VOICE]; kernel: [BACK + 1 + look_ahead, VOICE].
    """
    return filtered((voice - SILENT).astype(kernel.dtype), kernel[..., None])[..., 0]


def padded(voice: Array, look_ahead: int) -> Array:
    """A whole recording's voice [T, VOICE] with silence around it, as `speaking` takes it."""
    return np.concatenate([np.tile(SILENT, (BACK, 1)), voice, np.tile(SILENT, (look_ahead, 1))])
