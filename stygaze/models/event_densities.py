"""Log densities of what may happen next, of the raw outputs of `EventGenerator`: what training asks of them."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from stygaze.models.event_places import GAZE_UNIT, Person
from stygaze.models.events import ANSWERS, DRIFT_SPREAD, LANDING_SPREAD, LANDINGS, PLACED, TURN_SPREAD


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
        leaning: [.., 1] of `Person`.
    """
    y, before = beside_yaw(y, leaning), beside_yaw(before, leaning[..., None, :])
    logit, mean, spread, along = raw[..., 0], raw[..., 1:4], raw[..., 4:7].clamp(*TURN_SPREAD), raw[..., 7:10]
    mean = mean + (raw[..., 10:].unflatten(-1, (ANSWERS, 3)) * before[..., None, :, :]).sum(-2) * 0.5
    z, u = (y[..., None, :] - mean) * torch.exp(-spread), along * torch.exp(-spread)
    common = 1 + (u * u).sum(-1)
    square = (z * z).sum(-1) - (z * u).sum(-1) ** 2 / common
    return torch.logsumexp(F.log_softmax(logit, -1) - spread.sum(-1) - 0.5 * (torch.log(common) + square), -1)


def landings(raw: Tensor, gaze: Tensor, place: Tensor, person: Person) -> tuple[Tensor, Tensor, Tensor]:
    """Logit, mean and log spread of where a jump lands, in GAZE_UNIT: [.., LANDINGS], [.., LANDINGS, 2] twice.

    Equally many parts each stand about the places of PLACED: the habitual gaze; where averted gaze mostly is; the
    partner; the present gaze; the place before it. Distances from the first two are in the person's reach, from the
    second to the side that this person prefers (a spread has no side).

    Args:
        raw: [.., LANDINGS, LANDING] of the network. gaze, place: [.., 2] degrees, present and before.
    """
    each = LANDINGS // PLACED
    places = torch.broadcast_tensors(person.gaze, person.averted, person.partner, gaze, place)
    about = torch.stack(places, -2).repeat_interleave(each, -2) / GAZE_UNIT

    def units(*own: Tensor) -> Tensor:
        given = torch.stack(own, -2).repeat_interleave(each, -2) / GAZE_UNIT
        return F.pad(given, (0, 0, 0, LANDINGS - given.shape[-2]), value=1.0)

    mean = raw[..., 1:3] * units(person.reach, person.aside) + about
    return raw[..., 0], mean, raw[..., 3:5].clamp(*LANDING_SPREAD) + units(person.reach, person.reach).log()


def drifts(raw: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Logit, mean and log spread of the resting gaze's step beside slip, in units of its spread."""
    return raw[..., 0], raw[..., 1:3], raw[..., 3:5].clamp(*DRIFT_SPREAD)
