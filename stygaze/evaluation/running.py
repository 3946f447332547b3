"""Any generator running freely: from rest, with speech and the style of a reference clip, nothing else."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from stygaze.gaze.habits import habits_of
from stygaze.models.event_rollout import draw
from stygaze.models.events import EventGenerator
from stygaze.models.frames import FrameGenerator, Listener
from stygaze.models.style_encoder import StyleEncoder
from stygaze.style import Style


def clip_styles(encoder: StyleEncoder, clips: Sequence[np.ndarray]) -> np.ndarray:
    """[S, dim + HABITS] style of each reference clip [T, 7]: the mean over its windows, of length 1, and its habits."""
    return np.stack([Style(encoder.embed(clip).mean(0), habits=habits_of(clip)).numbers for clip in clips])


def run_freely(
    generator: Listener,
    features: Sequence[np.ndarray],
    styles: np.ndarray,
    seeds: Sequence[int] | None = None,
    begin: int = 0,
) -> list[np.ndarray]:
    """[T - begin, 7] degrees for each speech, all in one batch.

    Args:
        generator: one that makes draws (events), or one that makes an expectation; the latter has no use for seeds.
        features: [T, D] of each speech; lengths may differ.
        styles: [S, dim] one a speech, from `clip_styles`; cut to what the generator takes.
        seeds: one a speech, by default 0, 1, 2, ...
        begin: frame to start at; what lies before is heard by a generator that looks back.
    """
    if isinstance(generator, EventGenerator):
        return draw(generator, [f[begin:] for f in features], styles, seeds or range(len(features)))
    assert isinstance(generator, FrameGenerator)
    style = torch.from_numpy(np.ascontiguousarray(styles[:, : generator.config.style_dim], np.float32))
    frames = max(map(len, features)) - begin
    with torch.inference_mode():
        audio = torch.stack([heard(generator, f, begin, frames) for f in features])
        motion = degrees(generator, generator(audio, None, style, frames)[0])
    return [m[: len(f) - begin] for m, f in zip(motion, features, strict=True)]


def exchanged(features: Sequence[np.ndarray]) -> list[np.ndarray]:
    """To each the speech of the next one, repeated where that is shorter.

    >>> [f[:, 0].tolist() for f in exchanged([np.zeros((3, 1)), np.arange(2.0)[:, None]])]
    [[0.0, 1.0, 0.0], [0.0, 0.0]]
    """
    others = [*features[1:], features[0]]
    return [other[np.arange(len(own)) % len(other)] for own, other in zip(features, others, strict=True)]


def silenced(generator: Listener, features: Sequence[np.ndarray]) -> list[np.ndarray]:
    """In place of each speech the mean of all speech: nothing that tells one moment from another."""
    mean = generator.audio_mean.numpy()
    return [np.broadcast_to(mean, own.shape) for own in features]


def heard(generator: FrameGenerator, features: np.ndarray, begin: int, frames: int) -> Tensor:
    """[look_back + frames + look_ahead, D] speech around frames begin..; beyond the ends the feature mean."""
    c = generator.config
    rows = np.arange(begin - c.look_back, begin + frames + c.look_ahead)
    inside = (rows >= 0) & (rows < len(features))
    found = torch.from_numpy(features[np.clip(rows, 0, len(features) - 1)].astype(np.float32))
    return torch.where(torch.from_numpy(inside)[:, None], found, generator.audio_mean)


def degrees(generator: FrameGenerator, z: Tensor) -> np.ndarray:
    """[..., 7] float32 from z-scored motion."""
    return (z * generator.std + generator.mean).numpy().astype(np.float32)
