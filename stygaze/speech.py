"""Speech: mono sound at 16 kHz, with the features that an encoder made of it. `stygaze.speech_files` decodes it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from stygaze.errors import StyGazeError
from stygaze.motion import FPS, frame_count

SAMPLE_RATE = 16_000
MIN_SECONDS = 0.2
MAX_SECONDS = 600
SAMPLES_PER_FRAME = SAMPLE_RATE // FPS

QUIET_DB = -70.0  # dBFS; the loudest 40 ms of speech lie above even 50 dB under a usual recording level
STEADY_DB = 6.0  # steady noise varies less than this from frame to frame, speech much more


@dataclass(frozen=True, eq=False)
class Speech:
    """A recording, immutable.

    Args:
        samples: [N] mono at 16 kHz, nominally within -1..1; kept as float32.
        name: what to call it.
        features: [T, D] at 25 FPS once an encoder has heard it, T = `n_frames`.
        encoder: id of that encoder.

    Raises:
        StyGazeError: samples that are not one row of finite numbers; features with another number of frames.
    """

    samples: np.ndarray = field(repr=False)
    name: str = ""
    features: np.ndarray | None = field(default=None, repr=False)
    encoder: str = ""

    def __post_init__(self) -> None:
        samples = np.ascontiguousarray(self.samples, dtype=np.float32).view()
        if samples.ndim != 1 or len(samples) == 0:
            raise StyGazeError(f"Speech is one row of samples; got shape {samples.shape}.")
        if not np.isfinite(samples).all():
            at = np.flatnonzero(~np.isfinite(samples))[0] / SAMPLE_RATE
            raise StyGazeError(f"The sound has a sample that is not a number at {at:.2f} s; export it again.")
        samples.setflags(write=False)
        object.__setattr__(self, "samples", samples)
        if self.features is not None and len(self.features) != self.n_frames:
            raise StyGazeError(f"{len(self.features)} frames of features do not fit {self.n_frames} frames of speech.")

    @property
    def duration(self) -> float:
        """Seconds."""
        return len(self.samples) / SAMPLE_RATE

    @property
    def n_frames(self) -> int:
        """Frames of the motion that goes with it: floor(25 d + 0.5)."""
        return frame_count(self.duration)

    @property
    def is_silent(self) -> bool:
        """True when nothing in it is like speech: all very quiet, or steady noise without a voice.

        Judged between 100 Hz and 4 kHz, so that an offset or mains hum counts as nothing.
        """
        levels = _frame_levels(self.samples)
        if levels.max() < QUIET_DB:
            return True
        spread = np.percentile(levels, 95) - np.percentile(levels, 10)
        return bool(spread < STEADY_DB) and not _has_voice(self.samples, int(levels.argmax()))

    @classmethod
    def load(cls, source: str | Path | bytes | tuple, name: str = "") -> Speech:
        """Read a recording of any usual kind and check its length.

        Args:
            source: a path; the bytes of a file; or (samples, rate), samples [N] or [N, channels] of integers or floats
                (gradio's (rate, samples) too).
            name: what to call it; a path's stem when empty.

        Raises:
            StyGazeError: no such file, empty, not audio, damaged, no sound in it, samples that are not numbers, or
                shorter than `MIN_SECONDS` or longer than `MAX_SECONDS`.
        """
        from stygaze.speech_files import read

        samples, called = read(source, name)
        return cls(samples, name=name or called)


def _frame_levels(samples: np.ndarray) -> np.ndarray:
    """Level [T] in dBFS of each 40 ms between 100 Hz and 4 kHz; at least one frame."""
    size = SAMPLES_PER_FRAME
    n = max(1, len(samples) // size)
    padded = np.zeros(n * size, np.float32)
    padded[: min(len(samples), n * size)] = samples[: n * size]
    power = np.empty(n)
    window = np.hanning(size).astype(np.float32)
    band = slice(round(100 * size / SAMPLE_RATE), round(4000 * size / SAMPLE_RATE) + 1)
    for start in range(0, n, 2000):  # in stretches of 80 s, to bound the memory
        frames = padded[start * size : (start + 2000) * size].reshape(-1, size)
        spectrum = np.fft.rfft((frames - frames.mean(1, keepdims=True)) * window, axis=1)[:, band]
        power[start : start + 2000] = (np.abs(spectrum) ** 2).sum(1)
    power *= 2 / (size * (window**2).sum())
    return 10 * np.log10(power + 1e-12)


def _has_voice(samples: np.ndarray, frame: int) -> bool:
    """Whether two seconds around the frame hold at least 80 ms of voice."""
    from stygaze.prosody import prosody

    start = max(0, (frame - FPS) * SAMPLES_PER_FRAME)
    part = samples[start : start + 2 * SAMPLE_RATE]
    return bool((prosody(part)[:, 2] > 0.5).sum() >= 2)
