"""Motion generator MG (paper, section III.C): speech, past motion and style -> head and gaze, by an LSTM.

Speech features (with a declared look-ahead), the previous frame's motion and the style are projected and concatenated;
a multi-layer LSTM with learnable initial states gives the next frame: with the true past while training, with its own
past afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn


@dataclass(frozen=True)
class GeneratorConfig:
    audio_dim: int = 387  # speech encoder's features a frame, prosody included
    style_dim: int = 64  # 0: no style (the paper's Base)
    width: int = 128  # d: audio and motion projections
    hidden: int = 256
    layers: int = 2
    dropout: float = 0.1
    look_back: int = 6  # frames of speech before and
    look_ahead: int = 10  # after the present one that a step sees; the LSTM remembers the rest
    segment: int = 25  # N: frames that are handed on at once, in a stream and in one pass alike


class MotionGenerator(nn.Module):
    """The paper's LSTM generator. Motion goes in and out in degrees; inside it is z-scored."""

    audio_mean: Tensor
    audio_std: Tensor
    mean: Tensor
    std: Tensor

    def __init__(self, config: GeneratorConfig | None = None):
        super().__init__()
        self.config = c = config or GeneratorConfig()
        self.register_buffer("audio_mean", torch.zeros(c.audio_dim))
        self.register_buffer("audio_std", torch.ones(c.audio_dim))
        self.register_buffer("mean", torch.zeros(7))
        self.register_buffer("std", torch.ones(7))
        self.audio_in = nn.Linear(c.audio_dim, c.width // 2)
        self.audio_context = nn.Conv1d(c.width // 2, c.width, c.look_back + 1 + c.look_ahead)
        self.motion_in = nn.Linear(7, c.width)
        self.lstm = nn.LSTM(2 * c.width + c.style_dim, c.hidden, c.layers, batch_first=True, dropout=c.dropout)
        self.h0 = nn.Parameter(torch.zeros(c.layers, 1, c.hidden))
        self.c0 = nn.Parameter(torch.zeros(c.layers, 1, c.hidden))
        self.out = nn.Linear(c.hidden, 7)
        # the style's habitual pose (fitted in closed form, then fixed): without a past the first frame starts from it
        self.first_pose = nn.Linear(max(c.style_dim, 1), 7)
        # how far people of this style depart from the expectation: log sigma of head (3) and world gaze (2)
        self.spread = nn.Linear(max(c.style_dim, 1), 5)

    def normalise(self, motion: Tensor) -> Tensor:
        return (motion - self.mean) / self.std

    def style_input(self, style: Tensor) -> Tensor:
        """[B, style_dim]; a constant where the model has no style."""
        return style if self.config.style_dim else style.new_ones(len(style), 1)

    def hear(self, audio: Tensor) -> Tensor:
        """[B, look_back + T + look_ahead, audio_dim] -> [B, T, width]: each frame with its surroundings."""
        x = nn.functional.gelu(self.audio_in((audio - self.audio_mean) / self.audio_std))
        return nn.functional.gelu(self.audio_context(x.transpose(1, 2)).transpose(1, 2))

    def initial_state(self, batch: int) -> tuple[Tensor, Tensor]:
        return self.h0.expand(-1, batch, -1).contiguous(), self.c0.expand(-1, batch, -1).contiguous()

    def step(
        self, heard: Tensor, previous: Tensor, style: Tensor, state: tuple[Tensor, Tensor]
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """Next frames from known previous ones.

        Args:
            heard: [B, T, width] from `hear`.
            previous: [B, T, 7] z-scored motion, one frame behind.
            style: [B, style_dim].
            state: LSTM state before the first of them.

        Returns:
            [B, T, 7] z-scored motion and the state after the last.
        """
        parts = [heard, self.motion_in(previous)]
        if self.config.style_dim:
            parts.append(style[:, None].expand(-1, heard.shape[1], -1))
        hidden, state = self.lstm(torch.cat(parts, -1), state)
        return self.out(hidden), state

    def forward(self, audio: Tensor, past: Tensor | None, style: Tensor, frames: int) -> tuple[Tensor, Tensor]:
        """Roll out `frames` frames: the first len(past) - 1 with the true past, the others with the model's own.

        Args:
            audio: [B, look_back + frames + look_ahead, audio_dim].
            past: [B, P, 7] degrees, whose last P - 1 frames are the targets of the first P - 1 steps; None: from rest.
            style: [B, style_dim].

        Returns:
            [B, frames, 7] z-scored motion, and [B, 5] log sigma of what it cannot know (`spread`).
        """
        heard, state = self.hear(audio), self.initial_state(len(audio))
        if past is None:
            outputs, known = [], 0
            previous = self.first_pose(self.style_input(style))[:, None]
        else:
            x = self.normalise(past)
            known = x.shape[1] - 1
            first, state = self.step(heard[:, :known], x[:, :-1], style, state)
            outputs, previous = [first], x[:, -1:]
        for t in range(known, frames):
            previous, state = self.step(heard[:, t : t + 1], previous, style, state)
            outputs.append(previous)
        return torch.cat(outputs, 1), self.spread(self.style_input(style))
