"""The small network that tells windows of true motion from windows of generated motion; every choice is fixed here.

It judges the two-sample test (`stygaze.evaluation.two_sample`). Nothing is ever trained against it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import nn

from stygaze.motion import EYES, HEAD, Motion

STILL = 0.02  # degrees per frame: velocities well below are linear, above logarithmic
# degrees per frame of the seven columns: about a third of their spread in natural motion
COARSE = np.array([0.1, 0.1, 0.025, 0.6, 0.6, 0.6, 0.6])
SLOW, BLOCK = 250, 5  # windows of 10 s and more are seen in blocks of 200 ms, by mean and spread
LEAD = 2  # frames: velocity and acceleration are not known before
SPREAD_FLOOR, REACH = 0.01, 10.0  # least spread to divide by; z-scores end at this many
BATCH, ROUND, SURE = 64, 100, 0.999
LEARNING_RATE, LAST_RATE, WEIGHT_DECAY, CLIP = 2e-3, 0.05, 1e-2, 1.0
DROPOUT = 0.5
POSTURE_NOISE = 0.3  # spreads by which a pair is shifted in training, so that postures are not learnt by heart

Pair = tuple[np.ndarray, np.ndarray]  # one session, true and generated, each [T, 7] degrees


class Features(NamedTuple):
    """One motion for the network: [T - LEAD, places + moves]; the first `places` columns are angles."""

    values: np.ndarray
    places: int


def features(frames: np.ndarray, columns: str) -> Features:
    """Angles in degrees and signed-log velocities, sign(v) log(1 + |v| / .02), of the columns asked for.

    "all" adds what the seven columns say only together or by their second difference, where faults show that the plain
    columns hide: gaze in the world with its velocity (the reflex), the head's acceleration (its smoothness).

    >>> features(np.zeros((10, 7)), "all").values.shape, features(np.zeros((10, 7)), "head differences").values.shape
    ((8, 21), (8, 6))
    """
    frames = np.asarray(frames, float)
    motion = Motion(frames)
    turns = np.diff(frames[:, HEAD], axis=0, prepend=frames[:1, HEAD])
    jerk = np.diff(turns, axis=0, prepend=turns[:1])
    if columns == "seven columns":
        steps = np.diff(frames, axis=0, prepend=frames[:1]) / COARSE
        return Features(np.concatenate([frames, np.sign(steps) * np.log1p(np.abs(steps))], 1)[LEAD:], frames.shape[1])
    nothing = np.zeros((len(frames), 0))
    places = {
        "all": np.concatenate([frames, motion.world_gaze], 1),
        "eyes": frames[:, EYES],
        "world gaze": motion.world_gaze,
        "head differences": nothing,
    }[columns]
    moves = turns if columns == "head differences" else np.diff(places, axis=0, prepend=places[:1])
    moves = np.concatenate([moves, jerk if columns in ("all", "head differences") else nothing], 1)
    moves = np.sign(moves) * np.log1p(np.abs(moves) / STILL)
    return Features(np.concatenate([places, moves], 1)[LEAD:], places.shape[1])


def in_blocks(seen: Features) -> Features:
    """Mean and spread over the `BLOCK` frames from each frame on, instead of the frames: [T - BLOCK + 1, 2 C].

    >>> in_blocks(Features(np.arange(6.0)[:, None], 1)).values.round(2).tolist()
    [[2.0, 1.41], [3.0, 1.41]]
    """
    around = np.lib.stride_tricks.sliding_window_view(seen.values, BLOCK, axis=0)
    return Features(np.concatenate([around.mean(-1), around.std(-1)], 1), seen.places)


class Network(nn.Module):
    """Windows [B, C, T] to logits [B], positive for generated.

    Two convolutions that halve the rate each, two GRU layers of 64, mean and maximum over time, a hidden layer of 32.
    On a thread the convolutions halve the time and cost little: without the second one, saccades 5 % too wide are told
    with .88 instead of .84.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.stem = nn.Sequential(nn.Conv1d(channels, 64, 5, stride=2), nn.ReLU(), nn.Conv1d(64, 64, 3, stride=2))
        self.memory = nn.GRU(64, 64, 2)
        self.head = nn.Sequential(nn.Dropout(DROPOUT), nn.Linear(128, 32), nn.ReLU(), nn.Linear(32, 1))

    def forward(self, windows: torch.Tensor) -> torch.Tensor:
        state, _ = self.memory(torch.relu(self.stem(windows)).permute(2, 0, 1))
        return self.head(torch.cat([state.mean(0), state.amax(0)], 1))[:, 0]


class Verdict(NamedTuple):
    """Logits (positive: generated) of the true and the generated windows of each tested session, and steps taken."""

    logits: list[Pair]
    steps: int


def classify(
    train: Sequence[Pair], test: Sequence[Pair], columns: str, window: int, seed: int = 0, steps: int = 800
) -> Verdict:
    """Train on some sessions, judge others.

    Features are z-scored by the true motion of the training sessions. A batch holds 32 windows, each twice: true and
    generated at the same frames of the same session. AdamW, the rate falling linearly; `steps` is fixed, but a round of
    100 steps in which .999 of the windows were told apart is the last one. Tested windows overlap by half.

    Args:
        train, test: sessions (true [T, 7], generated [T, 7]) of at least window + LEAD frames.
        columns: see `features`.
        window: frames; from `SLOW` on it is seen in blocks.
        seed: of network and batches; the torch generator of the program is left as it was.
    """
    block = BLOCK if window >= SLOW else 1
    seen = [[_seen(frames, columns, block) for frames in pair] for pair in [*train, *test]]
    places = seen[0][0].places
    truth = np.concatenate([pair[0].values for pair in seen[: len(train)]])
    mean, spread = truth.mean(0), np.maximum(truth.std(0), SPREAD_FLOOR)
    scaled = [[np.clip((s.values - mean) / spread, -REACH, REACH).astype(np.float32) for s in pair] for pair in seen]
    views = [[_windows(values, window, block) for values in pair] for pair in scaled]  # each [starts, C, window]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = Network(len(mean))
        taken = _train(network, views[: len(train)], places, np.random.default_rng(seed), steps)
    network.eval()
    with torch.no_grad():
        logits = [tuple(network(view[:: window // 2]).numpy() for view in pair) for pair in views[len(train) :]]
    return Verdict(logits, taken)


def _seen(frames: np.ndarray, columns: str, block: int) -> Features:
    seen = features(frames, columns)
    return in_blocks(seen) if block > 1 else seen


def _windows(values: np.ndarray, window: int, block: int) -> torch.Tensor:
    """[starts, C, window / block] a view on every window of [T, C], one row a block."""
    return torch.from_numpy(values).unfold(0, window - block + 1, 1)[:, :, ::block]


def _train(network: Network, views: list[list[torch.Tensor]], places: int, rng: np.random.Generator, steps: int) -> int:
    """Train in place; returns the steps taken."""
    optimiser = torch.optim.AdamW(network.parameters(), LEARNING_RATE, weight_decay=WEIGHT_DECAY)
    label = torch.tensor([0.0, 1.0]).repeat(BATCH // 2)
    right = 0
    for step in range(1, steps + 1):
        optimiser.param_groups[0]["lr"] = LEARNING_RATE * max(LAST_RATE, 1 - (step - 1) / steps)
        drawn = []
        for session in rng.integers(len(views), size=BATCH // 2):
            true, made = views[session]
            start = rng.integers(min(len(true), len(made)))
            drawn += [true[start], made[start]]
        windows = torch.stack(drawn)
        shift = rng.normal(0, POSTURE_NOISE, (BATCH // 2, places, 1)).astype(np.float32).repeat(2, 0)
        windows[:, :places] += torch.from_numpy(shift)
        logits = network(windows)
        optimiser.zero_grad()
        nn.functional.binary_cross_entropy_with_logits(logits, label).backward()
        nn.utils.clip_grad_norm_(network.parameters(), CLIP)
        optimiser.step()
        right += int(((logits > 0) == (label > 0)).sum())
        if step % ROUND == 0:
            if right >= SURE * ROUND * BATCH:
                return step
            right = 0
    return steps
