"""Style encoder SE-d: what is characteristic of a person's gaze and head in a few seconds, as d numbers.

Paper, section III.C: a Transformer over a window of motion, pretrained with NT-Xent and then frozen.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn


@dataclass(frozen=True)
class StyleEncoderConfig:
    dim: int = 64  # numbers a style
    width: int = 128
    layers: int = 4
    heads: int = 4
    window: int = 100  # frames the encoder sees at once (4 s)
    patch: int = 4  # frames a token: saccades and nods stay visible inside, attention costs a sixteenth
    dropout: float = 0.1
    positional: bool = True  # order matters: without it a window is a bag of frames
    absolute: bool = True  # False: each window's mean is taken out, so that posture cannot give a session away


def sinusoidal_positions(length: int, width: int) -> Tensor:
    """[length, width] one distinct vector a frame (Vaswani et al. 2017, section 3.5)."""
    t = torch.arange(length)[:, None]
    rate = torch.exp(torch.arange(0, width, 2) * (-math.log(10000.0) / width))
    table = torch.zeros(length, width)
    table[:, 0::2], table[:, 1::2] = torch.sin(t * rate), torch.cos(t * rate)
    return table


class StyleEncoder(nn.Module):
    """Windows of motion [B, window, 7] in degrees -> unit vectors [B, dim]."""

    mean: Tensor
    std: Tensor
    velocity_std: Tensor
    positions: Tensor

    def __init__(self, config: StyleEncoderConfig | None = None):
        super().__init__()
        self.config = c = config or StyleEncoderConfig()
        self.register_buffer("mean", torch.zeros(7))
        self.register_buffer("std", torch.ones(7))
        self.register_buffer("velocity_std", torch.ones(7))
        self.register_buffer("positions", sinusoidal_positions(c.window // c.patch, c.width), persistent=False)
        self.project_in = nn.Linear(14 * c.patch, c.width)
        layer = nn.TransformerEncoderLayer(
            c.width, c.heads, 4 * c.width, c.dropout, activation="gelu", batch_first=True, norm_first=True
        )
        self.transformer = nn.TransformerEncoder(layer, c.layers, enable_nested_tensor=False)
        self.norm = nn.LayerNorm(c.width)
        self.project_out = nn.Linear(c.width, c.dim)

    def forward(self, motion: Tensor) -> Tensor:
        """[B, window, 7] degrees -> [B, dim], each of length 1."""
        velocity = torch.diff(motion, dim=1, prepend=motion[:, :1])
        centre = self.mean if self.config.absolute else motion.mean(1, keepdim=True)
        # saccades are rare and large: a soft clip keeps them from hiding everything slow
        x = torch.cat([(motion - centre) / self.std, torch.asinh(velocity / self.velocity_std)], -1)
        x = self.project_in(x.reshape(len(x), -1, 14 * self.config.patch))  # [B, window / patch, width]
        if self.config.positional:
            x = x + self.positions
        x = self.norm(self.transformer(x)).mean(1)
        return nn.functional.normalize(self.project_out(x), dim=-1)

    @torch.inference_mode()
    def embed(self, frames: np.ndarray, hop: int | None = None) -> np.ndarray:
        """Style of each window of a motion.

        Args:
            frames: [T, 7] degrees at 25 FPS, T >= window.
            hop: frames between windows; half a window unless given.

        Returns:
            [windows, dim] float32, unit vectors.
        """
        window = self.config.window
        hop = hop or window // 2
        starts = np.arange(0, len(frames) - window + 1, hop)
        windows = np.stack([frames[s : s + window] for s in starts]).astype(np.float32)
        batches = torch.from_numpy(windows).split(256)
        return torch.cat([self(batch) for batch in batches]).numpy()
