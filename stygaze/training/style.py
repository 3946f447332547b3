"""Pretraining of the style encoder, and how well it tells sessions apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from sklearn.metrics import silhouette_score
from sklearn.neighbors import KNeighborsClassifier
from torch import Tensor, nn

from stygaze.models.style_encoder import StyleEncoder, StyleEncoderConfig
from stygaze.training.data import SessionArrays, motion_statistics, style_pairs
from stygaze.training.loop import RunLog, fit
from stygaze.training.losses import nt_xent


@dataclass(frozen=True)
class StyleTraining:
    model: StyleEncoderConfig = field(default_factory=StyleEncoderConfig)
    steps: int = 600
    batch: int = 96  # sessions a step, two windows each
    temperature: float = 0.1
    learning_rate: float = 1e-3
    weight_decay: float = 1e-2
    warm_up: int = 50
    seed: int = 0
    validate_every: int = 200


def train_style(
    config: StyleTraining,
    train: Sequence[SessionArrays],
    validation: Sequence[SessionArrays],
    log: RunLog,
    state: Path | None = None,
    identity: str = "",
) -> tuple[StyleEncoder, dict[str, Any]]:
    """NT-Xent pretraining; the encoder with the best validation accuracy is returned.

    Args:
        log, state, identity: see `loop.fit`; a validation says the figures of `style_scores`.
    """
    torch.manual_seed(config.seed)
    encoder = StyleEncoder(config.model)
    for name, value in motion_statistics(train).items():
        getattr(encoder, name).copy_(value)

    def step_loss(model: nn.Module, rng: np.random.Generator) -> tuple[Tensor, dict[str, float]]:
        first, second = style_pairs(train, config.batch, config.model.window, rng)
        device = next(model.parameters()).device
        z = model(torch.cat([first, second]).to(device))
        loss = nt_xent(z[: len(first)], z[len(first) :], config.temperature)
        return loss, {"loss": loss.item()}

    def validate() -> tuple[dict[str, float], float]:
        scores = style_scores(encoder, validation)
        return scores, -scores["accuracy_4s"]

    return encoder, fit(encoder, config, step_loss, validate, log, state, identity)


def style_scores(encoder: StyleEncoder, sessions: Sequence[SessionArrays]) -> dict[str, float]:
    """How well sessions are told apart: gallery from each session's first half, queries from its second.

    Returns:
        accuracy_4s, accuracy_10s: share of 4 s windows and 10 s stretches whose nearest neighbours (k = 5) belong to
        their own session; silhouette (cosine) of sessions; ce_floor and ce_ceiling: mean 1 - cos between the window
        and a random window of another session, and the next window of its own; order_blind: mean 1 - cos between a
        window and the same frames in random order (0: the encoder does not see order). A single session has neither
        silhouette nor floor.
    """
    encoder.eval()
    embedded = [encoder.embed(s.motion) for s in sessions]
    halves = [(e[: len(e) // 2 - 1], e[len(e) // 2 + 1 :]) for e in embedded]  # a window between them: no overlap
    gallery, queries = np.concatenate([a for a, _ in halves]), np.concatenate([b for _, b in halves])
    own = np.concatenate([[i] * len(a) for i, (a, _) in enumerate(halves)])
    asked = np.concatenate([[i] * len(b) for i, (_, b) in enumerate(halves)])
    neighbours = KNeighborsClassifier(5, metric="cosine").fit(gallery, own)
    # windows of 4 s, half overlapping: four of them span 10 s
    tens = [(i, b[k : k + 4].mean(0)) for i, (_, b) in enumerate(halves) for k in range(0, len(b) - 3, 4)]
    hit_4 = neighbours.predict(queries) == asked
    centres = np.stack([a.mean(0) for a, _ in halves])
    centres /= np.linalg.norm(centres, axis=1, keepdims=True)
    hit_10 = np.array([np.argmax(centres @ q) == i for i, q in tens])
    near = np.concatenate([1 - (e[:-2] * e[2:]).sum(1) for e in embedded])
    everything, label = np.concatenate(embedded), np.concatenate([[i] * len(e) for i, e in enumerate(embedded)])
    scores = {"accuracy_4s": hit_4.mean(), "accuracy_10s": hit_10.mean(), "ce_ceiling": near.mean()}
    scores["order_blind"] = _order_blindness(encoder, sessions)
    if len(sessions) > 1:
        shuffled = np.random.default_rng(0).permutation(len(everything))
        other = label != label[shuffled]
        scores["ce_floor"] = 1 - (everything * everything[shuffled]).sum(1)[other].mean()
        scores["silhouette"] = silhouette_score(everything, label, metric="cosine")
    return {name: round(float(value), 4) for name, value in scores.items()} | {"sessions": len(sessions)}


def _order_blindness(encoder: StyleEncoder, sessions: Sequence[SessionArrays], windows: int = 8) -> float:
    """Mean 1 - cos between windows and themselves with their frames in random order."""
    rng, length = np.random.default_rng(0), encoder.config.window
    starts = [np.linspace(0, len(s) - length, windows).astype(int) for s in sessions]
    cut = np.stack([s.motion[k : k + length] for s, begins in zip(sessions, starts, strict=True) for k in begins])
    order = rng.random(cut.shape[:2]).argsort(1)[..., None]  # columns stay together
    with torch.inference_mode():
        whole, mixed = (encoder(torch.from_numpy(x)) for x in (cut, np.take_along_axis(cut, order, 1)))
    return float(1 - (whole * mixed).sum(-1).mean())
