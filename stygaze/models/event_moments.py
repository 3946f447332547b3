"""What the events generator knows of the past, and the numbers in which its network sees that."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from stygaze.models.event_places import (
    EYE_UNIT,
    GAZE_UNIT,
    HEAD_UNIT,
    NEAR_SPREADS,
    Person,
    further,
    gaze_to_head,
    pointing,
)

LAST, PLACES = 2, 3  # that are remembered: head movements, places where gaze rested before
FAR = (7, 15, 31)  # frames after the next one at which movements under way are foreseen
STATE = 68 + 3 * len(FAR) + 2 * PLACES  # numbers of `state_features`
HOME_FRAMES = 200  # of the leaky mean that is the head's home
LONG_AGO = 200.0  # frames since a jump, after which it does not matter how many


@dataclass
class Moments:
    """What is known of frames 0..T-1, each [B, T, .], degrees; `state_features` says how it is seen.

    Attributes:
        gaze [2], head [3], home [3]: its mean over the last seconds; carried [3]: beside both, `models.carriage`;
            bound [3]: where the head will be when the movements under way are done.
        velocity [3]: of movements at this frame; soon, later [3], far [len(FAR) * 3]: at the next one, the fourth and
            those of FAR, of movements under way.
        turns [LAST * 3], lengths [LAST], ago [LAST]: last head movements, latest first: size, log frames, frames ago.
        landing [2], jump [2]: where the last jump ended, and the jump as a vector; aim [2]: where gaze gets when the
            head has come, by where that is at the jump's end (`gaze.ocular_range`); since [1], rested [1]: frames
            since its onset and since its end.
        places [PLACES * 2]: where the jumps before it ended, latest first.
        apart [2]: frames since gaze was last on the partner, and since it was last off.
        drift [2]: step of the gaze where it rests, else 0. busy [1]: 1 in a jump.
    """

    gaze: Tensor
    head: Tensor
    carried: Tensor
    home: Tensor
    bound: Tensor
    velocity: Tensor
    soon: Tensor
    later: Tensor
    far: Tensor
    turns: Tensor
    lengths: Tensor
    ago: Tensor
    drift: Tensor
    landing: Tensor
    aim: Tensor
    places: Tensor
    jump: Tensor
    since: Tensor
    rested: Tensor
    apart: Tensor
    busy: Tensor


def state_features(m: Moments, person: Person, velocity_std: Tensor, drift_std: Tensor) -> Tensor:
    """[B, T, STATE]: the past in numbers of about one. `event_past.seen` has the same for a free run."""
    partner, reach = person.partner, person.reach
    beside = (m.landing - partner).square().sum(-1, keepdim=True)
    moving = torch.cat([m.velocity, m.soon, m.later], -1) / velocity_std.repeat(3)
    off = m.landing - m.gaze
    return torch.cat([
        (m.gaze - person.gaze) / GAZE_UNIT, (m.head - person.head) / HEAD_UNIT, (m.head - m.home) / HEAD_UNIT,
        (m.bound - m.head) / HEAD_UNIT, (m.bound - person.head) / HEAD_UNIT,
        (m.gaze - (m.head + m.carried)[..., :2]) / EYE_UNIT, moving[..., :3].clamp(-6, 6),
        torch.asinh(8 * moving) / 2, torch.asinh(m.turns), m.lengths / 3,
        torch.log1p(m.ago) / 2, (m.drift / drift_std).clamp(-5, 5), off / GAZE_UNIT, off.clamp(-1.5, 1.5),
        m.jump / GAZE_UNIT, *pointing(m.jump),
        torch.log1p(torch.cat([m.since, m.apart], -1).clamp(max=LONG_AGO)) / 2, m.busy,
        torch.asinh(8 * m.far / velocity_std.repeat(len(FAR))) / 2,
        (m.places - m.gaze.repeat(1, 1, PLACES)) / GAZE_UNIT,
        (person.head + person.along * gaze_to_head(m.aim - person.gaze) - m.bound) / HEAD_UNIT,
        (m.gaze - person.gaze) / reach, (m.landing - person.gaze) / reach,
        (person.head + person.follows * gaze_to_head(further(m.aim)) - m.bound) / HEAD_UNIT,
        (m.gaze - partner) / GAZE_UNIT, *(torch.exp(-0.5 / s**2 * beside) for s in NEAR_SPREADS),
        torch.log1p(m.rested.clamp(max=LONG_AGO)) / 2,
    ], -1)  # fmt: skip
