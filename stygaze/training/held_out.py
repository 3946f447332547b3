"""Validation of a generator by both protocols: after a true past, and running free from rest.

The figures are those of the tables in small: the windowed one predicts 25 frames after 50 true ones with the style of
the 4 s before; the free one has a reference clip from the session's start and speech, for 14 s.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from stygaze.models.frames import FrameGenerator
from stygaze.training.data import SessionArrays
from stygaze.training.losses import generator_loss
from stygaze.training.windows import HOP, GeneratorBatch, Styles, cut

REFERENCE = 1000  # frames of the reference clip, as in evaluation.protocols
WINDOWS = 256  # of the windowed protocol, over all sessions
KNOWN, AHEAD = 50, 25
FREE = 350  # frames from rest; the first
SETTLE = 50  # of them are not scored, as in evaluation.protocols


@dataclass(frozen=True, eq=False)
class HeldOut:
    """Fixed windows of validation sessions."""

    windowed: GeneratorBatch
    free: GeneratorBatch
    constant: dict[str, float]  # MAE in degrees of the reference clip's mean, {"windowed", "free"}

    @classmethod
    def of(cls, sessions: Sequence[SessionArrays], styles: Styles, look: tuple[int, int]) -> HeldOut:
        """Windows are spread evenly over the sessions; shorter sessions give shorter free runs."""
        places, chosen, held = [], [], []
        each = -(-WINDOWS // len(sessions))
        starts, clips = [], []
        for i, s in enumerate(sessions):
            clip = min(REFERENCE, len(s) // 2)
            starts.append((i, clip))
            clips.append(styles.of_clip(i, clip))
            first = max(0, -(-(max(clip, KNOWN + 1) - styles.window) // HOP))
            last = (len(s) - AHEAD - styles.window) // HOP
            for g in np.unique(np.linspace(first, last, each).astype(int)):
                places.append((i, styles.window + HOP * int(g) - KNOWN))
                chosen.append(styles.before(i, int(g)))
                held.append(s.motion[:clip].mean(0))
        free = min(FREE, min(len(sessions[i]) - first for i, first in starts))
        after = cut(sessions, places, chosen, KNOWN, KNOWN + AHEAD, look)
        rest = cut(sessions, starts, clips, 0, free, look)
        still = np.stack([sessions[i].motion[:clip].mean(0) for i, clip in starts])
        constant = {
            "windowed": _mae(torch.from_numpy(np.stack(held))[:, None], after.target[:, KNOWN:]),
            "free": _mae(torch.from_numpy(still)[:, None], rest.target[:, _settled(free) :]),
        }
        return cls(after, rest, constant)

    def score(self, generator: FrameGenerator, share: float) -> dict[str, Any]:
        """What a model in evaluation mode does here.

        Returns:
            "loss": mean of both protocols' L_gen in z-scored units, "degrees": mean of both protocols' MAE over all
            columns; and for each protocol {"loss", "mse", "vel", "mae" (z-scored), "degrees" (MAE), "constant" (MAE of
            the reference's mean in degrees)}.
        """
        found = {
            "windowed": self._protocol(generator, self.windowed, share, KNOWN, "windowed"),
            "free": self._protocol(generator, self.free, share, _settled(self.free.target.shape[1]), "free"),
        }
        both = {k: round(float(np.mean([f[k] for f in found.values()])), 4) for k in ("loss", "degrees")}
        return both | found

    def _protocol(
        self, generator: FrameGenerator, batch: GeneratorBatch, share: float, skip: int, name: str
    ) -> dict[str, float]:
        device = generator.mean.device
        predicted = []
        whole = batch.filled(generator.audio_mean.cpu()).to(device)
        for k in range(0, len(batch.target), 128):
            past = None if whole.past is None else whole.past[k : k + 128]
            audio, style = whole.audio[k : k + 128], whole.style[k : k + 128]
            predicted.append(generator(audio, past, style, batch.target.shape[1])[0])
        got, target = torch.cat(predicted)[:, skip:], generator.normalise(whole.target)[:, skip:]
        loss, mse, vel = generator_loss(got, target, share)
        return {
            "loss": round(loss.item(), 4),
            "mse": round(mse.item(), 4),
            "vel": round(vel.item(), 4),
            "mae": round(_mae(got, target), 4),
            "degrees": round(_mae(got * generator.std, target * generator.std), 4),
            "constant": round(self.constant[name], 4),
        }


def _settled(frames: int) -> int:
    return min(SETTLE, frames // 2)


def _mae(a: torch.Tensor, b: torch.Tensor) -> float:
    return (a - b).abs().mean().item()
