"""Fixed blocks on one frame grid: why streaming equals one pass bit for bit.

Speech is cut into blocks that start at multiples of `block_s`. The features of a block come from one forward pass over
a window of fixed length: what lies `left_s` before it, the block, and `right_s` after it, with zeros outside the
recording. A window depends neither on how the samples arrived nor on anything outside it, so its result does not.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass

import numpy as np

from stygaze.errors import StyGazeError
from stygaze.motion import FPS, frame_count
from stygaze.speech import SAMPLE_RATE, SAMPLES_PER_FRAME


@dataclass(frozen=True)
class Windowing:
    """Lengths in seconds, multiples of a frame (0.04 s); a checkpoint keeps them in its config (`asdict`).

    Args:
        block_s: how much is encoded at a time.
        left_s: context before it.
        right_s: context after it: the look-ahead that live use has to wait for.
    """

    block_s: float = 5.0
    left_s: float = 2.0
    right_s: float = 0.4

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            if not (0 <= value <= 30 and abs(value * FPS - round(value * FPS)) < 1e-6):
                raise StyGazeError(f"{name} must be a multiple of {1 / FPS} s between 0 and 30 s, got {value}.")
        if self.block < 1:
            raise StyGazeError("block_s must be at least one frame, 0.04 s.")

    @property
    def block(self) -> int:
        """Frames of a block."""
        return round(self.block_s * FPS)

    @property
    def left(self) -> int:
        """Frames of context before it."""
        return round(self.left_s * FPS)

    @property
    def right(self) -> int:
        """Frames of context after it."""
        return round(self.right_s * FPS)

    @property
    def frames(self) -> int:
        """Frames of the whole window."""
        return self.left + self.block + self.right


class EncoderStream:
    """Features of speech that arrives in chunks of any size. Holds no more than one window and what was pushed last.

    Args:
        features: window of samples [frames * 640] -> features [frames, D], a pure function.
        windowing: the blocks.
        dim: D.
    """

    def __init__(self, features: Callable[[np.ndarray], np.ndarray], windowing: Windowing, dim: int) -> None:
        self._features, self._windowing, self._dim = features, windowing, dim
        self._held = np.zeros(windowing.left * SAMPLES_PER_FRAME, np.float32)  # starts `left` before the next block
        self._n_samples = 0
        self._n_frames = 0
        self._finished = False

    def push(self, samples: np.ndarray) -> np.ndarray:
        """Take samples [n] at 16 kHz; return the features [m, D] that are ready now, m a multiple of the block."""
        if self._finished:
            raise StyGazeError("This stream has ended; open a new one for more speech.")
        samples = np.asarray(samples, dtype=np.float32)
        if samples.ndim != 1 or not np.isfinite(samples).all():
            raise StyGazeError("A stream takes one row of finite samples at 16 kHz at a time.")
        self._n_samples += len(samples)
        return self._ready(samples, last=False)

    def finish(self) -> np.ndarray:
        """The rest [m, D]; together with what came before floor(25 d + 0.5) rows for d seconds."""
        if self._finished:
            return np.zeros((0, self._dim), np.float32)
        self._finished = True
        total = frame_count(self._n_samples / SAMPLE_RATE)
        before = self._n_frames
        return self._ready(np.zeros(0, np.float32), last=True)[: total - before]

    def _ready(self, samples: np.ndarray, last: bool) -> np.ndarray:
        w = self._windowing
        size, step = w.frames * SAMPLES_PER_FRAME, w.block * SAMPLES_PER_FRAME
        total = frame_count(self._n_samples / SAMPLE_RATE)
        held = np.concatenate([self._held, samples])
        rows, at = [], 0
        while len(held) - at >= size or (last and self._n_frames < total):
            window = np.zeros(size, np.float32)  # its own memory, so that alignment never changes the arithmetic
            part = held[at : at + size]
            window[: len(part)] = part
            rows.append(self._features(window)[w.left : w.left + w.block])
            self._n_frames += w.block
            at += step
        self._held = held[at:].copy()
        return np.concatenate(rows) if rows else np.zeros((0, self._dim), np.float32)
