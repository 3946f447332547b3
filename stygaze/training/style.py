"""Pretraining of the style encoder, and how well it tells sessions apart."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from accelerate import Accelerator
from sklearn.metrics import silhouette_score
from sklearn.neighbors import KNeighborsClassifier

from stygaze.models.style_encoder import StyleEncoder, StyleEncoderConfig
from stygaze.training.data import SessionArrays, motion_statistics, style_pairs
from stygaze.training.losses import nt_xent

Log = Callable[[dict], None]


@dataclass(frozen=True)
class StyleTraining:
    model: StyleEncoderConfig = field(default_factory=StyleEncoderConfig)
    steps: int = 2000
    batch: int = 128  # sessions a step, two windows each
    temperature: float = 0.1
    learning_rate: float = 1e-3
    weight_decay: float = 1e-2
    seed: int = 0
    validate_every: int = 200


def cosine_rate(step: int, steps: int, warm_up: int = 50) -> float:
    """Share of the learning rate: linear warm-up, then a cosine down to 2 %."""
    return min(1.0, (step + 1) / warm_up) * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * min(1.0, step / steps))))


def train_style(
    config: StyleTraining, train: Sequence[SessionArrays], validation: Sequence[SessionArrays], log: Log
) -> StyleEncoder:
    """NT-Xent pretraining; the encoder with the best validation accuracy is returned.

    `log` gets {"step", "loss", "seconds"} and, now and then, the figures of `style_scores`.
    """
    torch.manual_seed(config.seed)
    rng = np.random.default_rng(config.seed)
    encoder = StyleEncoder(config.model)
    for name, value in motion_statistics(train).items():
        getattr(encoder, name).copy_(value)
    optimiser = torch.optim.AdamW(encoder.parameters(), config.learning_rate, weight_decay=config.weight_decay)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: cosine_rate(step, config.steps))
    accelerator = Accelerator()
    model, optimiser, schedule = accelerator.prepare(encoder, optimiser, schedule)
    best, best_state, begun = -1.0, None, time.monotonic()
    for step in range(1, config.steps + 1):
        model.train()
        first, second = (x.to(accelerator.device) for x in style_pairs(train, config.batch, config.model.window, rng))
        z = model(torch.cat([first, second]))
        loss = nt_xent(z[: len(first)], z[len(first) :], config.temperature)
        optimiser.zero_grad()
        accelerator.backward(loss)
        accelerator.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        if step % 20 == 0 or step == config.steps:
            log(
                {
                    "step": step,
                    "of": config.steps,
                    "loss": round(loss.item(), 4),
                    "seconds": round(time.monotonic() - begun, 1),
                }
            )
        if step % config.validate_every == 0 or step == config.steps:
            scores = style_scores(accelerator.unwrap_model(model), validation)
            log({"step": step, **scores})
            if scores["accuracy_4s"] >= best:
                best = scores["accuracy_4s"]
                best_state = {k: v.detach().clone() for k, v in accelerator.unwrap_model(model).state_dict().items()}
    encoder = accelerator.unwrap_model(model).cpu()
    if best_state is not None:
        encoder.load_state_dict(best_state)
    return encoder.eval()


def style_scores(encoder: StyleEncoder, sessions: Sequence[SessionArrays]) -> dict[str, float]:
    """How well sessions are told apart: gallery from each session's first half, queries from its second.

    Returns:
        accuracy_4s, accuracy_10s: share of 4 s windows and 10 s stretches whose nearest neighbours (k = 5) belong to
        their own session; silhouette (cosine) of sessions; ce_floor and ce_ceiling: mean 1 - cos between the window
        and a random window of another session, and the next window of its own. A single session has neither
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
    if len(sessions) > 1:
        shuffled = np.random.default_rng(0).permutation(len(everything))
        other = label != label[shuffled]
        scores["ce_floor"] = 1 - (everything * everything[shuffled]).sum(1)[other].mean()
        scores["silhouette"] = silhouette_score(everything, label, metric="cosine")
    return {name: round(float(value), 4) for name, value in scores.items()} | {"sessions": len(sessions)}
