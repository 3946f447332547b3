"""Log densities of what may happen next, of the raw outputs of `EventGenerator`: what training asks of them."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from stygaze.models.event_places import GAZE_UNIT, ONWARD, ONWARD_FROM, Person, pointing
from stygaze.models.events import ANSWERS, DRIFT_SPREAD, LANDING_SPREAD, LANDINGS, PLACED, TURN_SPREAD


def beside_yaw(head: Tensor, leaning: Tensor) -> Tensor:
    """[.., 3] pitch, yaw, and roll less what comes with yaw."""
    return torch.cat([head[..., :2], head[..., 2:] - leaning * head[..., 1:2]], -1)


def gaussian(y: Tensor, logit: Tensor, mean: Tensor, log_spread: Tensor, faces: Tensor | None = None) -> Tensor:
    """Log density of y [.., D] under mixtures [.., K] with means and spreads [.., K, D]; without the constant.

    Args:
        faces: [.., K, 2], of two-dimensional ones: the direction that the first spread is along, the second across.
    """
    away = y[..., None, :] - mean
    z = (away if faces is None else beside(away, faces)) * torch.exp(-log_spread)
    return torch.logsumexp(F.log_softmax(logit, -1) - (log_spread + 0.5 * z * z).sum(-1), -1)


def turn_likelihood(y: Tensor, raw: Tensor, before: Tensor, leaning: Tensor) -> Tensor:
    """Log density of head movements y [.., 3] (degrees), without the constant.

    Roll is counted beside what comes with yaw, here and in what was before. Each part has spreads of its own in the
    three angles and a common one along a direction, for most movements turn all three together; its mean answers to
    what was before.

    Args:
        raw: [.., TURNS, TURN] of `EventGenerator.turns`.
        before: [.., ANSWERS, 3] of `answered`.
        leaning: [.., 1] of `Person`.
    """
    y, before = beside_yaw(y, leaning), beside_yaw(before, leaning[..., None, :])
    logit, mean, spread, along = raw[..., 0], raw[..., 1:4], raw[..., 4:7].clamp(*TURN_SPREAD), raw[..., 7:10]
    mean = mean + (raw[..., 10:].unflatten(-1, (ANSWERS, 3)) * before[..., None, :, :]).sum(-2) * 0.5
    z, u = (y[..., None, :] - mean) * torch.exp(-spread), along * torch.exp(-spread)
    common = 1 + (u * u).sum(-1)
    square = (z * z).sum(-1) - (z * u).sum(-1) ** 2 / common
    return torch.logsumexp(F.log_softmax(logit, -1) - spread.sum(-1) - 0.5 * (torch.log(common) + square), -1)


def landings(
    raw: Tensor, gaze: Tensor, place: Tensor, jump: Tensor, person: Person
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Where a jump lands, in GAZE_UNIT: logit, mean, log spread, and where each part faces.

    Equally many parts each stand about the places of PLACED: the habitual gaze; where averted gaze mostly is; the
    partner; the present gaze; the place before it; the present gaze once more, where the last jump goes on, as those do
    that correct it. Distances from the first two are in the person's reach, from the second to the side that this
    person prefers (a spread has no side); from the last one along that jump and across, in shares of its size.

    Args:
        raw: [.., LANDINGS, LANDING] of the network. gaze, place: [.., 2] degrees, present and before.
        jump: [.., 2] degrees of the last one.

    Returns:
        [.., LANDINGS], [.., LANDINGS, 2] three times; spreads are those along where a part faces, and across.
    """
    each = LANDINGS // PLACED
    ahead, _ = pointing(jump)
    share = ONWARD * torch.linalg.vector_norm(jump, dim=-1, keepdim=True).clamp(min=ONWARD_FROM).expand_as(jump)
    rest = torch.full_like(share, GAZE_UNIT)

    def of_parts(*own: Tensor) -> Tensor:
        return torch.stack(torch.broadcast_tensors(*own), -2).repeat_interleave(each, -2)

    about = of_parts(person.gaze, person.averted, person.partner, gaze, place, gaze)
    unit = of_parts(person.reach, person.aside, rest, rest, rest, share)
    wide = of_parts(person.reach, person.reach, rest, rest, rest, share)
    spread = raw[..., 3:5].clamp(*LANDING_SPREAD) + (wide / GAZE_UNIT).log()
    up = torch.zeros_like(ahead) + ahead.new_tensor([1.0, 0.0])
    faces = of_parts(up, up, up, up, up, ahead)
    return raw[..., 0], (about + turned(raw[..., 1:3] * unit, faces)) / GAZE_UNIT, spread, faces


def turned(y: Tensor, faces: Tensor) -> Tensor:
    """[.., 2] along and across a direction [.., 2] of length 1 -> pitch and yaw."""
    (along, across), (up, left) = y.unbind(-1), faces.unbind(-1)
    return torch.stack([along * up - across * left, along * left + across * up], -1)


def beside(y: Tensor, faces: Tensor) -> Tensor:
    """`turned` back."""
    (pitch, yaw), (up, left) = y.unbind(-1), faces.unbind(-1)
    return torch.stack([pitch * up + yaw * left, yaw * up - pitch * left], -1)


def drifts(raw: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Logit, mean and log spread of the resting gaze's step beside slip, in units of its spread."""
    return raw[..., 0], raw[..., 1:3], raw[..., 3:5].clamp(*DRIFT_SPREAD)
