"""Teach the network: soft cross-entropy against each viseme's share of a frame."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from stygaze.face.visemes import CONTEXT, DIM, VISEMES
from visemes.corpus import Utterance


@dataclass(frozen=True)
class Config:
    """Settings of a run; they stand in its record."""

    seed: int = 0
    train_utterances: int = 900
    held_out_utterances: int = 120
    first: int = 96
    second: int = 96
    steps: int = 4000
    batch: int = 32  # excerpts of `excerpt` frames
    excerpt: int = 50
    rate: float = 2e-3
    weight_decay: float = 0.02
    dropout: float = 0.25
    rarity: float = 0.4  # a class counts as its frequency to the power of minus this


class Model(nn.Module):
    """The same arithmetic as `stygaze.face.visemes.Network`, on [B, T, DIM], without padding at the ends."""

    def __init__(self, config: Config, mean: np.ndarray, scale: np.ndarray) -> None:
        super().__init__()
        self.register_buffer("mean", torch.tensor(mean, dtype=torch.float32))
        self.register_buffer("scale", torch.tensor(scale, dtype=torch.float32))
        self.first = nn.Linear(DIM, config.first)
        self.second = nn.Linear(config.first * (2 * CONTEXT + 1), config.second)
        self.third = nn.Linear(config.second, len(VISEMES))
        self.drop = nn.Dropout(config.dropout)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        act = nn.functional.gelu
        x = self.drop(act(self.first(self.drop((x - self.mean) / self.scale)), approximate="tanh"))
        n = x.shape[1] - 2 * CONTEXT
        x = torch.cat([x[:, k : k + n] for k in range(2 * CONTEXT + 1)], dim=2)
        return self.third(self.drop(act(self.second(x), approximate="tanh")))

    def arrays(self) -> dict[str, np.ndarray]:
        """float16 arrays as `Network` names them."""
        found = {"mean": self.mean, "scale": self.scale}
        for name in ("first", "second", "third"):
            layer = getattr(self, name)
            found |= {name: layer.weight.T, f"{name}_bias": layer.bias}
        return {name: value.detach().numpy().astype(np.float16) for name, value in found.items()}


def train(utterances: list[Utterance], config: Config, say: Callable[[dict], None]) -> dict[str, np.ndarray]:
    """Arrays of the trained network, by name; `say` is told the loss now and then."""
    torch.manual_seed(config.seed)
    rng = np.random.default_rng(config.seed)
    features = [u.features[:, :DIM] for u in utterances]
    everything = np.concatenate(features)
    frequency = np.concatenate([u.target for u in utterances]).mean(0)
    weight = torch.tensor((frequency / frequency.mean()) ** -config.rarity, dtype=torch.float32)
    model = Model(config, everything.mean(0), everything.std(0) + 1e-3)
    optimizer = torch.optim.AdamW(model.parameters(), config.rate, weight_decay=config.weight_decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, config.rate, config.steps, pct_start=0.1)
    lengths = np.array([len(f) for f in features], float)
    span, running = config.excerpt + 2 * CONTEXT, 0.0
    model.train()
    for step in range(1, config.steps + 1):
        x = np.zeros((config.batch, span, DIM), np.float32)
        y = np.zeros((config.batch, config.excerpt, len(VISEMES)), np.float32)
        y[..., 0] = 1
        for row, which in enumerate(rng.choice(len(features), config.batch, p=lengths / lengths.sum())):
            edge = np.pad(features[which], ((CONTEXT, CONTEXT), (0, 0)), mode="edge")
            start = int(rng.integers(0, max(1, len(features[which]) - config.excerpt)))
            part, target = edge[start : start + span], utterances[which].target[start : start + config.excerpt]
            x[row, : len(part)], y[row, : len(target)] = part, target
        target = torch.from_numpy(y)
        loss = -(weight * target * model(torch.from_numpy(x)).log_softmax(-1)).sum(-1).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        running += (loss.item() - running) / min(step, 200)
        if step % 500 == 0:
            say({"step": step, "loss": round(running, 4)})
    return model.eval().arrays()
