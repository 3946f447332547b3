"""Where somebody's partner is, and how far their head would go along with gaze: what network and training agree on."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from stygaze.gaze.habits import EYES_ONLY

GAZE_UNIT, HEAD_UNIT, EYE_UNIT = 10.0, 5.0, 20.0  # degrees
CONTACT, OFF = 6.0, 10.0  # degrees about the partner: nearer, gaze is on it; farther, it is not
ELSEWHERE = 12.0  # degrees from the world's origin, beyond which a habitual gaze says that the partner is there
NEAR_SPREADS = (3.0, 8.0)  # degrees, spreads of what says that gaze is on the partner
AT_LEAST = 1e-3  # degrees of a jump that points somewhere
# gaze that goes on from a jump is counted in this share of its size, of a jump of these degrees at least
ONWARD, ONWARD_FROM = 0.1, 1.0
COMING, LED = 5, 6  # numbers of `coming_jump` and of `led`


class Person(NamedTuple):
    """What the habits of people say directly, [B, 1, .], for a network takes them for less than they are.

    Attributes:
        gaze [2], head [3]: habitual ones, degrees.
        reach [2]: degrees by which gaze varies, pitch and yaw.
        leaning [1]: degrees of roll that come with one of yaw while the head moves. Not while it is held: postures
            tell little of how somebody turns.
        along [3]: degrees of head for each of gaze: pitch with pitch, yaw and roll with yaw.
        follows [3]: the same for each degree of gaze that is beyond what the eyes do alone.
        often [1]: log of how often gaze jumps, beside the average person's.
        averted [2]: where gaze mostly is when it is averted, degrees in the world: see `gaze.habits.habits`. Of who
            looks elsewhere than at the origin it is near there.
        aside [2]: `reach` in degrees, negative where averted gaze goes down or to the right, less where both ways.
    """

    gaze: Tensor
    head: Tensor
    reach: Tensor
    leaning: Tensor
    along: Tensor
    follows: Tensor
    often: Tensor
    averted: Tensor
    aside: Tensor

    @property
    def partner(self) -> Tensor:
        """[B, 1, 2] where the partner is."""
        return partner_of(self.gaze)


def partner_of(habitual_gaze: Tensor) -> Tensor:
    """[.., 2] where the partner is for somebody of this habitual gaze: at the origin, unless they look elsewhere.

    >>> partner_of(torch.tensor([[3.0, -5.0], [2.0, 20.0]])).tolist()
    [[0.0, -0.0], [2.0, 20.0]]
    """
    far = torch.linalg.vector_norm(habitual_gaze, dim=-1, keepdim=True) > ELSEWHERE
    return habitual_gaze * far


def further(gaze: Tensor) -> Tensor:
    """As `gaze.habits.beyond`."""
    most = torch.as_tensor(EYES_ONLY, dtype=gaze.dtype)
    return gaze - torch.maximum(torch.minimum(gaze, most), -most)


def pointing(jump: Tensor) -> tuple[Tensor, Tensor]:
    """Where jumps [.., 2] point [.., 2], and their size [.., 1] in log1p of degrees / 2; where none was, up and 0.

    >>> [x.tolist() for x in pointing(torch.tensor([[3.0, -4.0], [0.0, 0.0]]))]
    [[[0.6000000238418579, -0.800000011920929], [1.0, 0.0]], [[0.8958797454833984], [0.0]]]
    """
    size = torch.linalg.vector_norm(jump, dim=-1, keepdim=True)
    up = torch.tensor([1.0, 0.0]).expand_as(jump)
    return torch.where(size > AT_LEAST, jump / size.clamp(min=AT_LEAST), up), torch.log1p(size) / 2


def gaze_to_head(gaze: Tensor) -> Tensor:
    """[.., 3] the angle of gaze [.., 2] that each angle of the head goes along with: roll goes with yaw."""
    return torch.cat([gaze, gaze[..., 1:]], -1)


def coming_jump(onset: Tensor, way: Tensor) -> Tensor:
    """[.., COMING] whether gaze jumps [..] and the way to its aim [.., 2], as `begin_jump` has it (`event_steps`)."""
    return torch.cat([torch.ones_like(way[..., :1]), way / GAZE_UNIT, (way / 3).clamp(-1, 1)], -1) * onset[..., None]


def led(gaze: Tensor, coming: Tensor, person: Person) -> Tensor:
    """[.., LED] how far the head would go along with a coming jump [.., COMING] of gaze [.., 2], in HEAD_UNIT."""
    way = coming[..., 1:3] * GAZE_UNIT
    more = further(gaze + way) - further(gaze)
    return torch.cat([person.along * gaze_to_head(way), person.follows * gaze_to_head(more)], -1) / HEAD_UNIT


def answered(turns: Tensor, bound: Tensor, aim: Tensor, start: Tensor, person: Person) -> Tensor:
    """[.., ANSWERS, 3] what a head movement answers to.

    The last movements, the way home, and how far it goes along with gaze: with where that aims, and with the way there
    from where its jump began; with all of it, and with what is beyond what the eyes do alone.

    Args:
        turns: [.., LAST * 3]; bound: [.., 3]; aim, start: [.., 2] of the last jump begun, the coming one included.
    """
    more = further(aim) - further(start)
    return torch.cat([
        turns, person.head - bound,
        person.along * gaze_to_head(aim - person.gaze), person.along * gaze_to_head(aim - start),
        person.follows * gaze_to_head(further(aim)), person.follows * gaze_to_head(more),
    ], -1).unflatten(-1, (-1, 3))  # fmt: skip
