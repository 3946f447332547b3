"""The people whom a rollout moves: what their styles say directly, as `event_places.Person` has it, in numpy."""

from __future__ import annotations

import numpy as np

from stygaze.compiled import layout, part
from stygaze.gaze.habits import EYES_ONLY
from stygaze.models.event_places import ELSEWHERE
from stygaze.models.event_weights import Array, EventWeights
from stygaze.models.events import (
    ALONG,
    AVERTED,
    CALIBRATED,
    FOLLOWS,
    RATE,
    REACH,
    REACHES,
    ROLL_SPEED,
    ROLL_WITH_YAW,
    SIDE,
    YAW_SPEED,
)

STRAY = 3.0  # spreads of the head about its habit beyond which it is held back
EYES_REACH = float(EYES_ONLY[0]), float(EYES_ONLY[1])


# of one person, as of `Person`; stray: how far the head goes from its habit, often: added to the odds of a jump;
# what drawn numbers are multiplied by
PERSON = layout(
    gaze=2, head=3, partner=2, stray=3, reach=2, leaning=(), along=3, follows=3, often=(),
    averted=2, aside=2, drift=(), lasting=(), landing=2, turn=3, turn_spread=3,
)  # fmt: skip


class People:
    """S people.

    Attributes:
        numbers: [S, person] what the network is given. carriage: [S, 3] degrees of the head while they speak.
        each: [S] of PERSON, what they are beside that.
    """

    def __init__(self, weights: EventWeights, styles: Array):
        self.numbers = weights.people(styles)
        self.carriage = self.numbers @ weights.carriage[0] + weights.carriage[1]
        fitted = weights.habits(self.numbers)
        gaze, head = fitted[:, :2], fitted[:, 2:5]
        known = self.numbers[:, weights.config.style_dim :] * weights.habit_std + weights.habit_mean
        slope = known[:, ROLL_WITH_YAW] * np.exp(known[:, ROLL_SPEED] - known[:, YAW_SPEED])
        leaning = np.clip(slope, -1, 1)[:, None]
        scale = dict(zip(CALIBRATED, weights.scales_of(self.numbers).T, strict=True))
        shares = (scale["along"][:, None] * known[:, which] for which in (ALONG, FOLLOWS))
        along, follows = (np.concatenate([x, x[:, 1:] * leaning], 1) for x in shares)
        reach, averted = np.clip(np.exp(known[:, REACH]), *REACHES), known[:, AVERTED]
        usual = np.ones(len(gaze))
        self.each = np.zeros(len(gaze), PERSON).view(np.recarray)
        for name, numbers in dict(
            gaze=gaze, head=head, partner=gaze * (np.linalg.norm(gaze, axis=1, keepdims=True) > ELSEWHERE),
            stray=STRAY * np.exp(np.clip(fitted[:, 5:8], -1, 2.5)), reach=reach, averted=averted,
            aside=reach * np.tanh(averted / SIDE), leaning=leaning[:, 0], along=along, follows=follows,
            often=weights.rate * (known[:, RATE] - weights.habit_mean[RATE]), drift=scale["drift"],
            lasting=scale["lasting"], landing=np.stack([scale["high"], scale["wide"]], 1),
            turn=np.stack([scale["pitch"], usual, usual], 1),
            turn_spread=np.stack([usual, scale["yaw"], scale["roll"]], 1),
        ).items():  # fmt: skip
            self.each[name] = numbers


@part
def beyond_eyes(angle: float, axis: int) -> float:
    """`gaze.habits.beyond` of one angle of gaze."""
    most = EYES_REACH[axis]
    return angle - min(max(angle, -most), most)
