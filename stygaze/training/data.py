"""Sessions of a corpus as arrays, their speech features encoded once and kept on disk, and windows drawn from them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from stygaze.corpus.layout import Corpus, Session
from stygaze.encoders import SpeechEncoder
from stygaze.errors import StyGazeError
from stygaze.motion_files import replacing
from stygaze.speech import SAMPLE_RATE, Speech


@dataclass(frozen=True, eq=False)
class SessionArrays:
    """One session in memory: motion [T, 7] degrees float32; features [T, D] float16, or None for style training."""

    id: str
    speaker: str
    style: str
    motion: np.ndarray
    features: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.motion)


@lru_cache(maxsize=8)
def fingerprint(encoder: SpeechEncoder) -> bytes:
    """What an encoder makes of a fixed sound: changes with its weights, its blocks and its code."""
    sound = np.random.default_rng(0).normal(0, 0.1, 2 * SAMPLE_RATE).astype(np.float32)
    return encoder.encode(Speech(sound)).astype(np.float16).tobytes()


def cached_features(corpus: Corpus, session: Session, encoder: SpeechEncoder, cache: Path) -> np.ndarray:
    """[T, D] float16, computed once and mapped from disk afterwards; its name tells the sound file and the encoder.

    Raises:
        StyGazeError: the sound is missing or not sound.
    """
    told = hashlib.sha256(fingerprint(encoder))
    sound = session.folder / "audio.flac"
    if sound.is_file():  # the bytes of the file: decoding ten hours takes half a minute
        told.update(sound.read_bytes())
    path = cache / encoder.id.replace("/", "--") / f"{told.hexdigest()[:12]}.npy"
    if not (sound.is_file() and path.exists()):
        features = encoder.encode(session.speech()).astype(np.float16)
        with replacing(path) as temporary, open(temporary, "wb") as file:
            np.save(file, features)
    return np.load(path, mmap_mode="r", allow_pickle=False)


def load_sessions(
    corpus: Corpus,
    split: str,
    encoder: SpeechEncoder | None = None,
    cache: Path | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> list[SessionArrays]:
    """All sessions of a split; with an encoder, their features too.

    Raises:
        StyGazeError: the split has no session.
    """
    sessions = corpus.sessions(split)
    if not sessions:
        raise StyGazeError(
            f"The corpus {corpus.folder} has no session in the split {split!r}; see `stygaze corpus check`."
        )
    arrays = []
    for i, session in enumerate(sessions):
        motion, features = session.motion().frames, None
        if encoder is not None:
            features = cached_features(corpus, session, encoder, cache or corpus.folder / "features")
            length = min(len(motion), len(features))
            motion, features = motion[:length], features[:length]
        arrays.append(SessionArrays(session.id, session.speaker, session.style or "", motion, features))
        if progress:
            progress(i + 1, len(sessions))
    return arrays


def motion_statistics(sessions: Sequence[SessionArrays]) -> dict[str, Tensor]:
    """Mean and spread [7] of angles and of velocities, over all frames."""
    motion = np.concatenate([s.motion for s in sessions])
    velocity = np.concatenate([np.diff(s.motion, axis=0) for s in sessions])
    # the median speed, not the standard deviation: saccades would make everything else vanish
    typical = np.median(np.abs(velocity), axis=0) * 2 + 1e-3
    return {
        k: torch.tensor(v, dtype=torch.float32)
        for k, v in {"mean": motion.mean(0), "std": motion.std(0) + 1e-3, "velocity_std": typical}.items()
    }


def feature_statistics(sessions: Sequence[SessionArrays]) -> dict[str, Tensor]:
    """Mean and spread [D] of speech features, from at most 200 frames a session."""
    rows = np.concatenate(
        [s.features[:: max(1, len(s) // 200)].astype(np.float32) for s in sessions if s.features is not None]
    )
    return {"audio_mean": torch.tensor(rows.mean(0)), "audio_std": torch.tensor(rows.std(0) + 1e-2)}


def style_pairs(
    sessions: Sequence[SessionArrays], batch: int, window: int, rng: np.random.Generator
) -> tuple[Tensor, Tensor]:
    """Two windows each of `batch` different sessions: [batch, window, 7] twice (the positive pairs of NT-Xent)."""
    chosen = rng.choice(len(sessions), min(batch, len(sessions)), replace=False)
    pairs = []
    for i in chosen:
        motion = sessions[i].motion
        pairs.append([motion[s : s + window] for s in rng.integers(0, len(motion) - window + 1, 2)])
    both = torch.from_numpy(np.array(pairs, dtype=np.float32))
    return both[:, 0], both[:, 1]
