"""What every motion generator shares: how speech is heard, what a step is given, how frame follows upon frame.

Paper, section III.C: audio features, past motion and style are projected and concatenated to Z [T, 2d + d_s]. What maps
Z to motion is the subclass: an LSTM (`models.generator`) or a Transformer (`models.transformer`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn


@dataclass(frozen=True)
class ListenerConfig:
    audio_dim: int = 387  # speech encoder's features a frame, prosody included
    style_dim: int = 64  # 0: no style (the paper's Base)
    width: int = 128  # d: audio and motion projections
    look_back: int = 6  # frames of speech before and
    look_ahead: int = 10  # after the present one that a step sees; what lies further back is remembered
    segment: int = 25  # N: frames that are handed on at once, in a stream and in one pass alike


class Listener(nn.Module):
    """How every generator hears speech."""

    audio_mean: Tensor
    audio_std: Tensor

    def __init__(self, config: ListenerConfig):
        super().__init__()
        self.config = c = config
        self.register_buffer("audio_mean", torch.zeros(c.audio_dim))
        self.register_buffer("audio_std", torch.ones(c.audio_dim))
        self.audio_in = nn.Linear(c.audio_dim, c.width // 2)
        self.audio_context = nn.Conv1d(c.width // 2, c.width, c.look_back + 1 + c.look_ahead)

    def hear(self, audio: Tensor) -> Tensor:
        """[B, look_back + T + look_ahead, audio_dim] -> [B, T, width]: each frame with its surroundings."""
        x = nn.functional.gelu(self.audio_in((audio - self.audio_mean) / self.audio_std))
        return nn.functional.gelu(self.audio_context(x.transpose(1, 2)).transpose(1, 2))


@dataclass(frozen=True)
class FrameConfig(ListenerConfig):
    skip: bool = False  # a linear path from the previous frame to the output: holding still need not be learned


class FrameGenerator(Listener):
    """Speech, past motion and style in, motion out. Motion goes in and out in degrees; inside it is z-scored."""

    config: FrameConfig
    mean: Tensor
    std: Tensor

    def __init__(self, config: FrameConfig, hidden: int):
        """
        Args:
            hidden: width of what the subclass hands to the output layer.
        """
        super().__init__(config)
        c = config
        self.register_buffer("mean", torch.zeros(7))
        self.register_buffer("std", torch.ones(7))
        self.motion_in = nn.Linear(7, c.width)
        self.out = nn.Linear(hidden, 7)
        self.skip = nn.Linear(7, 7, bias=False) if c.skip else None
        if self.skip is not None:
            nn.init.eye_(self.skip.weight).data.mul_(0.9)  # below 1: left to itself, motion goes home
        # the style's habitual pose (fitted in closed form, then fixed): without a past the first frame starts from it
        self.first_pose = nn.Linear(max(c.style_dim, 1), 7)
        # how far people of this style depart from the expectation: log sigma of head (3) and world gaze (2)
        self.spread = nn.Linear(max(c.style_dim, 1), 5)

    @property
    def size(self) -> int:
        """Parameters that are learned or fitted."""
        return sum(p.numel() for p in self.parameters())

    def normalise(self, motion: Tensor) -> Tensor:
        return (motion - self.mean) / self.std

    def style_input(self, style: Tensor) -> Tensor:
        """[B, style_dim]; a constant where the model has no style."""
        return style if self.config.style_dim else style.new_ones(len(style), 1)

    def rest(self, style: Tensor) -> Tensor:
        """[B, 1, 7] z-scored: the frame before the first where there is no past."""
        return self.first_pose(self.style_input(style))[:, None]

    def joined(self, heard: Tensor, previous: Tensor, style: Tensor) -> Tensor:
        """Z [B, T, 2 width + style_dim]: speech, previous motion, and the style repeated over frames."""
        parts = [heard, self.motion_in(previous)]
        if self.config.style_dim:
            parts.append(style[:, None].expand(-1, heard.shape[1], -1))
        return torch.cat(parts, -1)

    def emit(self, hidden: Tensor, previous: Tensor) -> Tensor:
        """[B, T, 7] z-scored from [B, T, hidden], and what the previous frame adds of itself."""
        return self.out(hidden) if self.skip is None else self.out(hidden) + self.skip(previous)

    def initial_state(self, batch: int) -> Any:
        """What is remembered before the first frame: learned, the same for everybody."""
        raise NotImplementedError

    def step(self, heard: Tensor, previous: Tensor, style: Tensor, state: Any) -> tuple[Tensor, Any]:
        """Next frames from known previous ones.

        Args:
            heard: [B, T, width] from `hear`.
            previous: [B, T, 7] z-scored motion, one frame behind.
            style: [B, style_dim].
            state: from `initial_state` or the step before.

        Returns:
            [B, T, 7] z-scored motion and the state after the last.
        """
        raise NotImplementedError

    def roll(self, heard: Tensor, previous: Tensor, style: Tensor, state: Any) -> Tensor:
        """[B, T, 7] z-scored: frame by frame, each from the one before it, the first from `previous` [B, 1, 7]."""
        outputs = []
        for t in range(heard.shape[1]):
            previous, state = self.step(heard[:, t : t + 1], previous, style, state)
            outputs.append(previous)
        return torch.cat(outputs, 1)

    def imagine(self, heard: Tensor, previous: Tensor, style: Tensor, state: Any) -> Tensor:
        """[B, T, 7] z-scored: what `roll` makes, for training; a subclass may know a cheaper way that comes close."""
        return self.roll(heard, previous, style, state)

    def forward(self, audio: Tensor, past: Tensor | None, style: Tensor, frames: int) -> tuple[Tensor, Tensor]:
        """Roll out `frames` frames: the first len(past) - 1 with the true past, the others with the model's own.

        In training mode the model's own frames are made first, without a gradient, and then given to it as its past in
        one pass: the gradient runs through what it remembers, not through what it is fed, at a third of the cost.

        Args:
            audio: [B, look_back + frames + look_ahead, audio_dim].
            past: [B, P, 7] degrees, whose last P - 1 frames are the targets of the first P - 1 steps; None: from rest.
            style: [B, style_dim].

        Returns:
            [B, frames, 7] z-scored motion, and [B, 5] log sigma of what it cannot know (`spread`).
        """
        heard, state = self.hear(audio), self.initial_state(len(audio))
        outputs, known, previous = [], 0, self.rest(style)
        if past is not None:
            x = self.normalise(past)
            known, previous = x.shape[1] - 1, x[:, -1:]
            if known:
                first, state = self.step(heard[:, :known], x[:, :-1], style, state)
                outputs.append(first)
        ahead = heard[:, known:frames]
        if self.training and ahead.shape[1] > 1:
            with torch.no_grad():
                made = self.imagine(ahead[:, :-1], previous, style, state)
            outputs.append(self.step(ahead, torch.cat([previous, made], 1), style, state)[0])
        elif ahead.shape[1]:
            outputs.append(self.roll(ahead, previous, style, state))
        return torch.cat(outputs, 1), self.spread(self.style_input(style))
