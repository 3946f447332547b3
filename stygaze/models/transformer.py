"""The Transformer in the LSTM's place (TFM-SE-64, paper, section V.A): same inputs, same size, same way of use.

Causal self-attention over the last `context` frames. Where a frame stands is told by rotary positions (Su et al. 2021):
each query and key is turned by its frame's number, so that attention sees how far apart two frames are, however long a
motion runs. Keys and values are kept, so that a further frame costs one frame. As the LSTM has learned initial states,
each layer has a learned key and value that stand before the first frame.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from stygaze.models.frames import FrameConfig, FrameGenerator

# frames so far; keys and values [B, heads, <= context, width / heads] of each layer
State = tuple[int, tuple[tuple[Tensor, Tensor], ...]]
PASSES = 3  # of `imagine`


@dataclass(frozen=True)
class TransformerConfig(FrameConfig):
    model_width: int = 128
    layers: int = 4
    heads: int = 4
    inner: int = 4  # the feed-forward layer is this many times as wide
    context: int = 75  # frames attended to, the present one included: as many as a training window has
    dropout: float = 0.1


def turns(first: int, frames: int, width: int) -> tuple[Tensor, Tensor]:
    """Cosine and sine [frames, width / 2] of the angles by which frames first.. are turned."""
    rate = 1000.0 ** (-torch.arange(width // 2) / (width // 2))
    angle = torch.arange(first, first + frames)[:, None] * rate
    return angle.cos(), angle.sin()


def turned(x: Tensor, by: tuple[Tensor, Tensor]) -> Tensor:
    """Rotary positions: [B, heads, T, d], pairs of columns turned by angles that grow with the frame's number.

    >>> x = torch.ones(1, 1, 4, 8)
    >>> near, far = turned(x, turns(0, 4, 8)), turned(x, turns(1000, 4, 8))
    >>> a, b = (float((y[0, 0, 0] * y[0, 0, 3]).sum()) for y in (near, far))   # only the distance counts
    >>> abs(a - b) < 1e-3
    True
    """
    (cos, sin), half = by, x.shape[-1] // 2
    a, b = x[..., :half], x[..., half:]
    return torch.cat([a * cos - b * sin, a * sin + b * cos], -1)


class Block(nn.Module):
    """Attention to the past and a feed-forward layer, normalised before each (Xiong et al. 2020)."""

    def __init__(self, config: TransformerConfig):
        super().__init__()
        width, self.heads, self.context = config.model_width, config.heads, config.context
        self.norm_a, self.norm_b = nn.LayerNorm(width), nn.LayerNorm(width)
        self.attend, self.attended = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.inner, self.outer = nn.Linear(width, config.inner * width), nn.Linear(config.inner * width, width)
        self.dropout = nn.Dropout(config.dropout)
        self.start = nn.Parameter(0.02 * torch.randn(2, config.heads, 1, width // config.heads))
        for last in (self.attended, self.outer):  # a deep sum starts small
            nn.init.normal_(last.weight, std=0.02 / (2 * config.layers) ** 0.5)

    def forward(
        self, x: Tensor, past: tuple[Tensor, Tensor], by: tuple[Tensor, Tensor], mask: Tensor | None
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        batch, frames, width = x.shape
        q, k, v = self.attend(self.norm_a(x)).reshape(batch, frames, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        k = torch.cat([past[0], turned(k, by)], 2)
        v = torch.cat([past[1], v], 2)
        found = F.scaled_dot_product_attention(turned(q, by), k, v, mask)
        x = x + self.dropout(self.attended(found.transpose(1, 2).reshape(batch, frames, width)))
        x = x + self.dropout(self.outer(F.gelu(self.inner(self.norm_b(x)))))
        keep = self.context - 1  # with the next frame itself: the context
        return x, (k[:, :, -keep:], v[:, :, -keep:])


class TransformerGenerator(FrameGenerator):
    """The generator of the row TFM-SE-64."""

    config: TransformerConfig

    def __init__(self, config: TransformerConfig | None = None):
        c = config or TransformerConfig()
        super().__init__(c, c.model_width)
        self.enter = nn.Linear(2 * c.width + c.style_dim, c.model_width)
        self.blocks = nn.ModuleList(Block(c) for _ in range(c.layers))
        self.norm = nn.LayerNorm(c.model_width)

    def initial_state(self, batch: int) -> State:
        starts = [block.start[:, None].expand(-1, batch, -1, -1, -1) for block in self.blocks]  # type: ignore[index]
        return 0, tuple((start[0], start[1]) for start in starts)

    def step(self, heard: Tensor, previous: Tensor, style: Tensor, state: State) -> tuple[Tensor, State]:
        """See `FrameGenerator.step`; the state: the number of frames so far, and keys and values of the last ones."""
        first, past = state
        x = self.enter(self.joined(heard, previous, style))
        frames, kept = x.shape[1], past[0][0].shape[2]
        head = self.config.model_width // self.config.heads
        by = tuple(part.to(x.device) for part in turns(first, frames, head))
        mask = None
        if frames > 1:
            at = torch.arange(kept + frames, device=x.device)
            behind = at[kept:, None] - at
            mask = (behind >= 0) & (behind < self.config.context)
        after = []
        for block, before in zip(self.blocks, past, strict=True):
            x, kept_now = block(x, before, by, mask)
            after.append(kept_now)
        return self.emit(self.norm(x), previous), (first + frames, tuple(after))

    def imagine(self, heard: Tensor, previous: Tensor, style: Tensor, state: State) -> Tensor:
        """All frames at once, again and again from the frames of the time before (parallel scheduled sampling).

        Mihaylova and Martins 2019; Duckworth et al. 2019. After k passes the first k frames are those of a rollout;
        the others come close, for what a frame takes from the one before it wears off.
        """
        made = previous.expand(-1, heard.shape[1], -1)
        for _ in range(PASSES):
            made, _ = self.step(heard, torch.cat([previous, made[:, :-1]], 1), style, state)
        return made
