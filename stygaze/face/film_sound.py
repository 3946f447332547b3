"""The sound track of a film."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

import av
import numpy as np
from scipy.signal import resample_poly

from stygaze.face.film_formats import Format
from stygaze.motion import FPS

if TYPE_CHECKING:
    from stygaze.speech import Speech

RATE = 48_000  # AAC opens with 1024 samples of priming; at this rate even a player that shows them is 21 ms late
UPSAMPLE = 3  # from the 16 kHz of Speech


class Sound:
    """A speech, cut or padded to a number of frames and written along with the picture, so that the file interleaves.

    Args:
        container: open for writing.
    """

    def __init__(self, container: av.container.OutputContainer, kind: Format, speech: Speech, frames: int) -> None:
        self._container, self._kind = container, kind
        codec: Any = kind.sound
        self._stream: Any = container.add_stream(codec, rate=RATE, layout="mono")
        self._stream.bit_rate = 96_000
        samples = np.clip(resample_poly(speech.samples, UPSAMPLE, 1), -1, 1).astype(np.float32)
        length = frames * RATE // FPS
        self._samples = np.pad(samples[:length], (0, max(0, length - len(samples))))
        if kind.sample == "s16":
            self._samples = np.round(self._samples * 32767).astype(np.int16)
        self._at = 0

    def write_until(self, seconds: float) -> None:
        """Encode whole chunks that end before a time."""
        while self._at + self._kind.chunk <= min(seconds * RATE, len(self._samples)):
            self._encode(self._kind.chunk)

    def finish(self) -> None:
        """Encode the rest."""
        self.write_until(np.inf)
        if self._at < len(self._samples):
            self._encode(len(self._samples) - self._at)
        self._container.mux(self._stream.encode())

    def _encode(self, count: int) -> None:
        chunk = np.ascontiguousarray(self._samples[None, self._at : self._at + count])
        frame = av.AudioFrame.from_ndarray(chunk, format=self._kind.sample, layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = RATE, self._at, Fraction(1, RATE)
        self._container.mux(self._stream.encode(frame))
        self._at += count
