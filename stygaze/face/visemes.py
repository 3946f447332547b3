"""Which sound a speaking mouth makes: a small network from the speech encoder's features to fifteen visemes.

It was taught by script/build_visemes.py on speech of espeak-ng, which reports its phonemes with their times, and
carries over to people because the encoder does. Its record is in results/visemes.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from stygaze.assets import asset
from stygaze.speech import Speech

# the names usual in animation: silence, bilabials, f v, th, t d, k g h, ch sh, s z, n l, r, and five vowels
VISEMES = ("sil", "PP", "FF", "TH", "DD", "kk", "CH", "SS", "nn", "RR", "aa", "E", "I", "O", "U")
ENCODER = "whisper-tiny.en"  # whose features it reads
DIM = 384  # columns it reads; those of prosody, which follow, it does not
CONTEXT = 2  # frames it sees before and after one


@dataclass(frozen=True, eq=False)
class Network:
    """features -> W1 -> GELU -> five frames side by side -> W2 -> GELU -> W3 -> softmax; float32 arrays."""

    mean: np.ndarray  # [DIM]
    scale: np.ndarray  # [DIM]
    first: np.ndarray  # [DIM, H]
    first_bias: np.ndarray
    second: np.ndarray  # [H * (2 CONTEXT + 1), K]
    second_bias: np.ndarray
    third: np.ndarray  # [K, VISEMES]
    third_bias: np.ndarray

    def __call__(self, features: np.ndarray) -> np.ndarray:
        """Features [T, >= DIM] at 25 FPS -> shares [T, VISEMES] of each frame's 40 ms; rows sum to 1."""
        x = (np.asarray(features[:, :DIM], np.float32) - self.mean) / self.scale
        x = _gelu(x @ self.first + self.first_bias)
        padded = np.pad(x, ((CONTEXT, CONTEXT), (0, 0)), mode="edge")
        x = np.concatenate([padded[k : k + len(x)] for k in range(2 * CONTEXT + 1)], axis=1)
        x = _gelu(x @ self.second + self.second_bias) @ self.third + self.third_bias
        x = np.exp(x - x.max(1, keepdims=True))
        return x / x.sum(1, keepdims=True)

    @classmethod
    def load(cls, path: Path) -> Network:
        """From a safetensors file (float16)."""
        from safetensors.numpy import load_file

        return cls(**{name: value.astype(np.float32) for name, value in load_file(path).items()})


@functools.lru_cache(maxsize=1)
def network() -> Network:
    """The shipped network."""
    return Network.load(asset("visemes", "model.safetensors"))


def visemes(speech: Speech) -> np.ndarray | None:
    """Shares [T, VISEMES] of the speech's frames; None where its features are absent or another encoder's."""
    if speech.features is None or speech.encoder != ENCODER or len(speech.features) == 0:
        return None
    return network()(speech.features)


def _gelu(x: np.ndarray) -> np.ndarray:
    """Hendrycks and Gimpel (2016), the form with tanh."""
    return 0.5 * x * (1 + np.tanh(0.7978845608 * (x + 0.044715 * x**3)))
