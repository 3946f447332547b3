"""What a generator is trained on: windows of sessions with the style that would be known at that moment.

Two kinds, as the two ways of use. After a true past the style is that of the 4 s just before the target (the paper's
s_{t-1}). From rest, and for a share of the others, it is what a reference clip would give: the mean of five windows
elsewhere in the session. Styles are embedded once, at a hop of 25 frames, and kept on disk.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from stygaze.gaze.habits import habits, moments
from stygaze.models.style_encoder import StyleEncoder
from stygaze.motion_files import replacing
from stygaze.training.data import SessionArrays

HOP = 25  # frames between embedded windows; targets start where one of them ends
APART = 8  # hops at least between a target and the windows of its reference
CLIP_WINDOWS = 4, 19  # of a reference clip, overlapping by half: 10 to 40 s


@dataclass(frozen=True, eq=False)
class Styles:
    """Embeddings of the windows of sessions: `vectors[i]` [n, d], row g of frames [HOP g, HOP g + window).

    With `measured[i]` [n, M], means of `moments` in the same windows, a style has the habits behind its vector.
    """

    vectors: Sequence[np.ndarray]
    window: int
    measured: Sequence[np.ndarray] = ()

    def before(self, i: int, g: int) -> np.ndarray:
        """Style of the window that ends where the target of number g starts."""
        return self.vectors[i][g]

    def reference(self, i: int, g: int, rng: np.random.Generator) -> np.ndarray:
        """Unit mean of five windows of session i, none of them near number g."""
        n = len(self.vectors[i])
        apart = min(APART, (n - 1) // 3)
        return self._of(i, (g + rng.integers(apart, n - apart + 1, 5)) % n)

    def clip(self, i: int, g: int, frames: int, rng: np.random.Generator) -> np.ndarray:
        """Style of a clip of 10 to 40 s of session i, mostly of 40, away from the `frames` frames at number g.

        A session is a ring here: a clip may go on at its beginning.
        """
        n, (fewest, most) = len(self.vectors[i]), CLIP_WINDOWS
        first, room = frames // HOP, n - frames // HOP - 2 * APART
        windows = max(1, min(int(rng.integers(fewest, 2 * most)), most, room // self._apart))
        begin = rng.integers(first + APART, max(first + APART, n - APART - self._apart * windows) + 1)
        return self._of(i, (g + begin + self._apart * np.arange(windows)) % n)

    def of_clip(self, i: int, frames: int, begin: int = 0) -> np.ndarray:
        """Style of a session's frames from `begin` on, by windows that overlap by half, as `StyGazeTalk.style_of`."""
        rows = np.arange(0, max(1, (frames - self.window) // HOP + 1), self._apart)
        rows = rows + begin // HOP
        return self._of(i, rows[rows < len(self.vectors[i])])

    @property
    def _apart(self) -> int:
        return self.window // 2 // HOP or 1

    def _of(self, i: int, rows: np.ndarray) -> np.ndarray:
        vector = unit(self.vectors[i][rows].mean(0))
        if not self.measured:
            return vector
        return np.concatenate([vector, habits(self.measured[i][rows].mean(0))]).astype(np.float32)


def unit(vector: np.ndarray) -> np.ndarray:
    return vector / (np.linalg.norm(vector) + 1e-8)


def measured_styles(encoder: StyleEncoder, sessions: Sequence[SessionArrays], dim: int, cache: Path | None) -> Styles:
    """As `embed_styles`, with the habits."""
    styles, measured = embed_styles(encoder, sessions, dim, cache), []
    for s, vectors in zip(sessions, styles.vectors, strict=True):
        sums = np.cumsum(moments(s.motion), axis=0)
        sums = np.concatenate([np.zeros_like(sums[:1]), sums])
        at = HOP * np.arange(len(vectors))
        measured.append((sums[at + styles.window] - sums[at]) / styles.window)
    return replace(styles, measured=measured)


def embed_styles(encoder: StyleEncoder, sessions: Sequence[SessionArrays], dim: int, cache: Path | None) -> Styles:
    """Embed all windows, once for an encoder and a set of motions.

    Args:
        dim: the generator's style_dim; 0 gives styles of no numbers.
        cache: folder that keeps them.
    """
    window = encoder.eval().config.window
    if dim == 0:
        return Styles([np.zeros(((len(s) - window) // HOP + 1, 0), np.float32) for s in sessions], window)
    told = hashlib.sha256(f"{HOP} {window}".encode())
    for tensor in encoder.state_dict().values():
        told.update(tensor.numpy().tobytes())
    for s in sessions:
        told.update(np.ascontiguousarray(s.motion).tobytes())
    path = cache / f"{told.hexdigest()[:16]}.npy" if cache else None
    lengths = [(len(s) - window) // HOP + 1 for s in sessions]
    if path and path.exists():
        return Styles(np.split(np.load(path, allow_pickle=False), np.cumsum(lengths)[:-1]), window)
    vectors = [encoder.embed(s.motion, HOP) for s in sessions]
    if path:
        with replacing(path) as temporary, open(temporary, "wb") as file:
            np.save(file, np.concatenate(vectors))
    return Styles(vectors, window)


@dataclass(frozen=True, eq=False)
class GeneratorBatch:
    audio: Tensor  # [B, look_back + frames + look_ahead, D]; NaN beyond the ends of a session
    past: Tensor | None  # [B, P, 7] degrees: the true frames before the first target, and the known targets; None: rest
    target: Tensor  # [B, frames, 7] degrees
    style: Tensor  # [B, style_dim]

    def filled(self, mean: Tensor) -> GeneratorBatch:
        """Speech beyond the ends is the feature mean, in training as in use."""
        return replace(self, audio=torch.where(torch.isnan(self.audio), mean, self.audio))

    def to(self, device: torch.device) -> GeneratorBatch:
        moved: dict[str, Any] = {k: x if x is None else x.to(device) for k, x in vars(self).items()}
        return replace(self, **moved)


def cut(
    sessions: Sequence[SessionArrays],
    places: Sequence[tuple[int, int]],
    styles: Sequence[np.ndarray],
    known: int,
    frames: int,
    look: tuple[int, int],
) -> GeneratorBatch:
    """Windows of `frames` frames of which the first `known` have the true past.

    Args:
        places: (session, first frame) of each; with a past the frame before it must exist.
        styles: [d] of each.
        look: frames of speech before and after.
    """
    audio = np.full((len(places), look[0] + frames + look[1], _width(sessions)), np.nan, np.float16)
    past, target = [], []
    for row, (i, first) in zip(audio, places, strict=True):
        s = sessions[i]
        assert s.features is not None
        begin, end = max(0, first - look[0]), min(len(s), first + frames + look[1])
        row[begin - first + look[0] : end - first + look[0]] = s.features[begin:end]
        target.append(s.motion[first : first + frames])
        if known:
            past.append(s.motion[first - 1 : first + known])
    return GeneratorBatch(
        torch.from_numpy(audio).float(),
        torch.from_numpy(np.stack(past)) if known else None,
        torch.from_numpy(np.stack(target)),
        torch.from_numpy(np.stack(styles)).float(),
    )


def _width(sessions: Sequence[SessionArrays]) -> int:
    assert sessions[0].features is not None
    return sessions[0].features.shape[1]


def after_a_past(
    sessions: Sequence[SessionArrays],
    styles: Styles,
    batch: int,
    known: int,
    rolled: int,
    look: tuple[int, int],
    own_share: float,
    rng: np.random.Generator,
) -> GeneratorBatch:
    """Random windows: `known` frames of true past, then `rolled`; `own_share` of them with the style before them."""
    places, chosen = [], []
    for i in rng.integers(0, len(sessions), batch):
        last = (len(sessions[i]) - rolled - styles.window) // HOP
        g = int(rng.integers(max(0, -(-(known + 1 - styles.window) // HOP)), last + 1))
        places.append((int(i), styles.window + HOP * g - known))
        own = rng.random() < own_share
        chosen.append(styles.before(i, g) if own else styles.reference(i, g, rng))
    return cut(sessions, places, chosen, known, known + rolled, look)


def from_rest(
    sessions: Sequence[SessionArrays],
    styles: Styles,
    batch: int,
    frames: int,
    look: tuple[int, int],
    rng: np.random.Generator,
) -> GeneratorBatch:
    """Random windows without a past, with the style of a reference."""
    places, chosen = [], []
    for i in rng.integers(0, len(sessions), batch):
        first = int(rng.integers(0, len(sessions[i]) - frames + 1))
        places.append((int(i), first))
        chosen.append(styles.reference(i, first // HOP, rng))
    return cut(sessions, places, chosen, 0, frames, look)
