"""The two-sample test's plain classifier: it sees the columns as they are, and nothing made of them but their steps.

The bounds that this project set itself for the events model are of this classifier. `window_classifier` beside it is
sharper, for it also sees gaze in the world and accelerations, to hundredths of a degree.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import nn

from stygaze.evaluation.window_classifier import (
    BATCH,
    CLIP,
    LAST_RATE,
    LEAD,
    LEARNING_RATE,
    WEIGHT_DECAY,
    Pair,
    Verdict,
)
from stygaze.motion import EYES, Motion

PLAIN = "plain"
COLUMNS = (PLAIN, f"{PLAIN} eyes", f"{PLAIN} world gaze")
STEEP = 3.0  # a step is linear up to about a third of its spread, logarithmic above


class PlainNetwork(nn.Module):
    """Windows [B, T, C] to logits [B], positive for generated: two GRU layers, mean and maximum over time."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.memory = nn.GRU(channels, 64, 2, batch_first=True)
        self.head = nn.Sequential(nn.Linear(128, 32), nn.ReLU(), nn.Linear(32, 1))

    def forward(self, windows: torch.Tensor) -> torch.Tensor:
        state, _ = self.memory(windows)
        return self.head(torch.cat([state.mean(1), state.amax(1)], 1))[:, 0]


def columns_of(frames: np.ndarray, columns: str) -> np.ndarray:
    """[T, 7], or the eyes' [T, 4], or mean gaze in the world [T, 2], in degrees."""
    frames = np.asarray(frames, float)
    if columns == COLUMNS[2]:
        return Motion(frames).world_gaze
    return frames[:, EYES] if columns == COLUMNS[1] else frames


def classify_plainly(
    train: Sequence[Pair], test: Sequence[Pair], columns: str, window: int, seed: int = 0, steps: int = 800
) -> Verdict:
    """Train on some sessions, judge others.

    Columns are z-scored by the true motion of the training sessions; their steps d are sign(d) log(1 + 3 |d| / spread).
    A batch holds 32 true and 32 generated windows from anywhere in the training sessions. AdamW, the rate falling
    linearly, as many steps as asked for. Tested windows overlap by half.

    Args:
        train, test: sessions (true [T, 7], generated [T, 7]) of more than `window` frames.
        columns: one of `COLUMNS`.
        window: frames.
        seed: of network and batches; the torch generator of the program is left as it was.
    """
    seen = [[columns_of(frames, columns) for frames in pair] for pair in [*train, *test]]
    truth = [pair[0] for pair in seen[: len(train)]]
    mean, spread = np.concatenate(truth).mean(0), np.concatenate(truth).std(0) + 1e-6
    unit = np.concatenate([np.diff(x, axis=0) for x in truth]).std(0) + 1e-6

    def features(x: np.ndarray) -> torch.Tensor:
        step = np.diff(x, axis=0, prepend=x[:1]) / unit
        logs = np.sign(step) * np.log1p(STEEP * np.abs(step))
        return torch.from_numpy(np.concatenate([(x - mean) / spread, logs], 1).astype(np.float32)[LEAD:])

    # views [starts, window, C] on every window
    views = [[features(x).unfold(0, window, 1).transpose(1, 2) for x in pair] for pair in seen]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = PlainNetwork(views[0][0].shape[2])
        _train(network, views[: len(train)], np.random.default_rng(seed), steps)
    network.eval()
    with torch.no_grad():
        logits = [tuple(network(view[:: window // 2]).numpy() for view in pair) for pair in views[len(train) :]]
    return Verdict(logits, steps)


def _train(network: nn.Module, views: list[list[torch.Tensor]], rng: np.random.Generator, steps: int) -> None:
    optimiser = torch.optim.AdamW(network.parameters(), LEARNING_RATE, weight_decay=WEIGHT_DECAY)
    label = torch.tensor([0.0, 1.0]).repeat(BATCH // 2)
    for step in range(steps):
        optimiser.param_groups[0]["lr"] = LEARNING_RATE * max(LAST_RATE, 1 - step / steps)
        sessions = rng.integers(len(views), size=BATCH // 2)
        drawn = [view[rng.integers(len(view))] for session in sessions for view in views[session]]
        loss = nn.functional.binary_cross_entropy_with_logits(network(torch.stack(drawn)), label)
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), CLIP)
        optimiser.step()
