"""Log densities of what may happen next, of the raw outputs of `EventGenerator`: what training asks of them."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from stygaze.models.events import (
    ANSWERS,
    DRIFT_SPREAD,
    GAZE_UNIT,
    LANDING_SPREAD,
    LANDINGS,
    TURN_SPREAD,
    gaze_to_head,
)


def answered(
    turns: Tensor, bound: Tensor, landing: Tensor, jump: Tensor, along: Tensor, posture: tuple[Tensor, Tensor]
) -> Tensor:
    """[.., ANSWERS, 3] what a head movement answers to.

    The last movements, the way home, and how far this person's head goes along with gaze: with where it is or will be,
    and with its jump.

    Args:
        turns: [.., LAST * 3]; bound: [.., 3]; landing, jump: [.., 2] of the frame to come; along: [.., 3] of
            `EventGenerator.along`; posture: habitual gaze [.., 2] and head [.., 3].
    """
    habitual_gaze, habitual_head = posture
    aside, jumped = along * gaze_to_head(landing - habitual_gaze), along * gaze_to_head(jump)
    return torch.cat([turns, habitual_head - bound, aside, jumped], -1).unflatten(-1, (-1, 3))


def beside_yaw(head: Tensor, leaning: Tensor) -> Tensor:
    """[.., 3] pitch, yaw, and roll less what comes with yaw."""
    return torch.cat([head[..., :2], head[..., 2:] - leaning * head[..., 1:2]], -1)


def gaussian(y: Tensor, logit: Tensor, mean: Tensor, log_spread: Tensor) -> Tensor:
    """Log density of y [.., D] under mixtures [.., K] with means and spreads [.., K, D]; without the constant."""
    z = (y[..., None, :] - mean) * torch.exp(-log_spread)
    return torch.logsumexp(F.log_softmax(logit, -1) - (log_spread + 0.5 * z * z).sum(-1), -1)


def turn_likelihood(y: Tensor, raw: Tensor, before: Tensor, leaning: Tensor) -> Tensor:
    """Log density of head movements y [.., 3] (degrees), without the constant.

    Roll is counted beside what comes with yaw, here and in what was before. Each part has spreads of its own in the
    three angles and a common one along a direction, for most movements turn all three together; its mean answers to
    what was before.

    Args:
        raw: [.., TURNS, TURN] of `EventGenerator.turns`.
        before: [.., ANSWERS, 3] of `answered`.
        leaning: [.., 1] of `EventGenerator.leaning`.
    """
    y, before = beside_yaw(y, leaning), beside_yaw(before, leaning[..., None, :])
    logit, mean, spread, along = raw[..., 0], raw[..., 1:4], raw[..., 4:7].clamp(*TURN_SPREAD), raw[..., 7:10]
    mean = mean + (raw[..., 10:].unflatten(-1, (ANSWERS, 3)) * before[..., None, :, :]).sum(-2) * 0.5
    z, u = (y[..., None, :] - mean) * torch.exp(-spread), along * torch.exp(-spread)
    common = 1 + (u * u).sum(-1)
    square = (z * z).sum(-1) - (z * u).sum(-1) ** 2 / common
    return torch.logsumexp(F.log_softmax(logit, -1) - spread.sum(-1) - 0.5 * (torch.log(common) + square), -1)


def landings(
    raw: Tensor, gaze: Tensor, place: Tensor, habitual_gaze: Tensor, reach: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """Logit, mean and log spread of where a jump lands, in GAZE_UNIT.

    A third of the parts each stand about the habitual gaze, at distances of the person's own reach [.., 2] (degrees),
    about the present one, and the place [.., 2] before it.
    """
    about = torch.stack(torch.broadcast_tensors(habitual_gaze, gaze, place), -2) / GAZE_UNIT
    about = about.repeat_interleave(LANDINGS // 3, -2)
    unit = (reach / GAZE_UNIT)[..., None, :].expand(*about.shape[:-2], LANDINGS // 3, 2)
    unit = F.pad(unit, (0, 0, 0, LANDINGS - LANDINGS // 3), value=1.0)
    return raw[..., 0], raw[..., 1:3] * unit + about, raw[..., 3:5].clamp(*LANDING_SPREAD) + unit.log()


def drifts(raw: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Logit, mean and log spread of the resting gaze's step beside slip, in units of its spread."""
    return raw[..., 0], raw[..., 1:3], raw[..., 3:5].clamp(*DRIFT_SPREAD)
