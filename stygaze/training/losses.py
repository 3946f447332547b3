"""Losses of the paper (section III.C)."""

import torch
from torch import Tensor
from torch.nn import functional as F


def nt_xent(first: Tensor, second: Tensor, temperature: float = 0.1) -> Tensor:
    """NT-Xent over pairs of windows of the same session (paper, L_con; Chen et al. 2020).

    Args:
        first, second: [N, d] unit vectors; row i of both is a positive pair, everything else a negative.

    >>> one = torch.eye(4)
    >>> nt_xent(one, one, 0.1).item() < 1e-3 < nt_xent(one, one.roll(1, 0), 0.1).item()
    True
    """
    z = torch.cat([first, second])
    similarity = z @ z.T / temperature
    similarity.fill_diagonal_(-torch.inf)
    n = len(first)
    partner = torch.arange(2 * n, device=z.device).roll(n)
    return F.cross_entropy(similarity, partner)


def generator_loss(
    predicted: Tensor, true: Tensor, share: float = 0.5, weight: Tensor | None = None
) -> tuple[Tensor, Tensor, Tensor]:
    """L_gen = share * L_mse + (1 - share) * L_vel, and its two parts (means over frames and columns).

    Args:
        predicted, true: [B, T, D].
        weight: [T] of the frames, each its share of the means; alike unless given.

    >>> x = torch.arange(6.0).reshape(1, 6, 1)
    >>> [round(part.item(), 3) for part in generator_loss(x + 1, x)]   # an offset has no velocity error
    [0.5, 1.0, 0.0]
    """
    weight = predicted.new_ones(predicted.shape[1]) if weight is None else weight
    off = predicted - true
    mse = (off.square().mean((0, 2)) * weight).sum() / weight.sum()
    vel = (off.diff(dim=1).square().mean((0, 2)) * weight[1:]).sum() / weight[1:].sum()
    return share * mse + (1 - share) * vel, mse, vel


def spread_loss(log_sigma: Tensor, residual: Tensor) -> Tensor:
    """Gaussian likelihood of what the prediction leaves over, with one scale a style and column.

    Args:
        log_sigma: [B, D]; residual: [B, T, D], detached from the prediction.
    """
    log_sigma = log_sigma.clamp(-5, 4)[:, None]
    return (log_sigma + 0.5 * (residual * torch.exp(-log_sigma)) ** 2).mean()
