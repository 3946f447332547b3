"""Motion generator MG (paper, section III.C): speech, past motion and style -> head and gaze, by an LSTM.

Speech features (with a declared look-ahead), the previous frame's motion and the style are projected and concatenated;
a multi-layer LSTM with learnable initial states gives the next frame: with the true past while training, with its own
past afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from stygaze.models.frames import FrameConfig, FrameGenerator


@dataclass(frozen=True)
class GeneratorConfig(FrameConfig):
    hidden: int = 256
    layers: int = 2
    dropout: float = 0.1


class MotionGenerator(FrameGenerator):
    """The paper's LSTM generator."""

    config: GeneratorConfig

    def __init__(self, config: GeneratorConfig | None = None):
        c = config or GeneratorConfig()
        super().__init__(c, c.hidden)
        self.lstm = nn.LSTM(2 * c.width + c.style_dim, c.hidden, c.layers, batch_first=True, dropout=c.dropout)
        self.h0 = nn.Parameter(torch.zeros(c.layers, 1, c.hidden))
        self.c0 = nn.Parameter(torch.zeros(c.layers, 1, c.hidden))

    def initial_state(self, batch: int) -> tuple[Tensor, Tensor]:
        return self.h0.expand(-1, batch, -1).contiguous(), self.c0.expand(-1, batch, -1).contiguous()

    def step(
        self, heard: Tensor, previous: Tensor, style: Tensor, state: tuple[Tensor, Tensor]
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """See `FrameGenerator.step`; the state is that of the LSTM, (h, c) each [layers, B, hidden]."""
        hidden, state = self.lstm(self.joined(heard, previous, style), state)
        return self.emit(hidden, previous), state
