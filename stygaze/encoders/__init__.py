"""Speech to features at 25 FPS: Whisper tiny.en from assets, or any Wav2Vec 2.0, each with prosody appended.

    encoder = load_encoder()
    features = encoder.encode(speech)            # float32 [speech.n_frames, encoder.feature_dim]

Every encoder runs in fixed blocks (`stygaze.encoders.windows`), so a stream of chunks gives the same numbers to the
bit, and ten minutes take no more memory than ten seconds.
"""

from __future__ import annotations

import os
from collections.abc import Callable

import numpy as np

from stygaze.assets import asset
from stygaze.encoders.windows import EncoderStream, Windowing
from stygaze.prosody import prosody
from stygaze.speech import SAMPLES_PER_FRAME, Speech

__all__ = ["DEFAULT", "PROSODY", "EncoderStream", "SpeechEncoder", "Windowing", "load_encoder"]

DEFAULT = "whisper-tiny.en"
PROSODY = 3  # the last columns: log energy, F0 in semitones, voicing


class SpeechEncoder:
    """Features of speech: `dim` columns of a network and three of prosody (`stygaze.prosody`) for each 40 ms.

    The network's columns come as it makes them, of the order of 1; whoever learns from them normalises.
    Immutable after construction, so that several threads may encode at once.

    Args:
        id: the name under which a checkpoint remembers it.
        window_features: samples [windowing.frames * 640] -> [windowing.frames, dim].
        dim: the network's columns.
        windowing: its fixed blocks.
    """

    def __init__(self, id: str, window_features: Callable[[np.ndarray], np.ndarray], dim: int, windowing: Windowing):
        self.id = id
        self.windowing = windowing
        self.feature_dim = dim + PROSODY
        self._window_features = window_features

    @property
    def look_ahead(self) -> float:
        """Seconds of speech after a frame's block that its features need."""
        return self.windowing.right_s

    def stream(self) -> EncoderStream:
        """A stream for one recording: push(samples) -> rows ready so far, finish() -> the rest."""
        return EncoderStream(self._features, self.windowing, self.feature_dim)

    def encode(self, speech: Speech) -> np.ndarray:
        """Features float32 [speech.n_frames, feature_dim]: one stream, pushed by the block."""
        stream = self.stream()
        step = self.windowing.block * SAMPLES_PER_FRAME
        chunks = [stream.push(speech.samples[start : start + step]) for start in range(0, len(speech.samples), step)]
        return np.concatenate([*chunks, stream.finish()])

    def _features(self, window: np.ndarray) -> np.ndarray:
        return np.concatenate([self._window_features(window), prosody(window)], axis=1)


def load_encoder(name: str | os.PathLike = DEFAULT, windowing: Windowing | None = None) -> SpeechEncoder:
    """Load an encoder.

    Args:
        name: "whisper-tiny.en" (shipped), the folder of a Wav2Vec 2.0 model in transformers' layout, or a hub id such
            as "facebook/wav2vec2-base-960h".
        windowing: the fixed blocks; the default's when None.

    Raises:
        StyGazeError: no such encoder, a folder of something else, or the hub cannot be reached.
    """
    windowing = windowing or Windowing()
    if name == DEFAULT:
        from stygaze.encoders.whisper import WhisperWindow

        whisper = WhisperWindow(asset("encoders", DEFAULT), windowing.frames)
        return SpeechEncoder(DEFAULT, whisper, whisper.dim, windowing)
    from stygaze.encoders.wav2vec import Wav2VecWindow

    wav2vec = Wav2VecWindow(name, windowing.frames)
    return SpeechEncoder(wav2vec.id, wav2vec, wav2vec.dim, windowing)
