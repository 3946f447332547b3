"""The people whom a rollout moves: what their styles say directly, as `event_places.Person` has it, in numpy."""

from __future__ import annotations

import numpy as np

from stygaze.gaze.habits import beyond
from stygaze.models.event_places import ELSEWHERE, HEAD_UNIT
from stygaze.models.event_weights import Array, EventWeights
from stygaze.models.events import (
    ALONG,
    FOLLOWS,
    RATE,
    REACH,
    REACHES,
    ROLL_SPEED,
    ROLL_WITH_YAW,
    YAW_SPEED,
)

STRAY = 3.0  # spreads of the head about its habit beyond which it is held back
YAWS = [0, 1, 1]  # of gaze, beside pitch, yaw and roll of the head


class People:
    """S people.

    Attributes:
        numbers: [S, person] what the network is given.
        gaze, head: [S, 2], [S, 3] habitual ones. partner: [S, 2]. stray: [S, 3] how far the head goes from its habit.
        reach [S, 2], leaning [S, 1], along, follows [S, 3]: as of `Person`.
        often: [S] added to the odds of a jump. carriage: [S, 3] degrees of the head while they speak.
    """

    def __init__(self, weights: EventWeights, styles: Array):
        self.numbers = weights.people(styles)
        fitted = weights.habits(self.numbers)
        self.gaze, self.head = fitted[:, :2], fitted[:, 2:5]
        self.stray = (STRAY * np.exp(np.clip(fitted[:, 5:8], -1, 2.5))).astype(np.float32)
        self.partner = self.gaze * (np.linalg.norm(self.gaze, axis=1, keepdims=True) > ELSEWHERE)
        known = self.numbers[:, weights.config.style_dim :] * weights.habit_std + weights.habit_mean
        slope = known[:, ROLL_WITH_YAW] * np.exp(known[:, ROLL_SPEED] - known[:, YAW_SPEED])
        self.leaning = np.clip(slope, -1, 1)[:, None]
        shares = (weights.along_scale * known[:, which] for which in (ALONG, FOLLOWS))
        self.along, self.follows = (np.concatenate([x, x[:, 1:] * self.leaning], 1) for x in shares)
        self.carriage = self.numbers @ weights.carriage[0] + weights.carriage[1]
        self.reach = np.clip(np.exp(known[:, REACH]), *REACHES)
        self.often = weights.rate * (known[:, RATE] - weights.habit_mean[RATE])

    def __len__(self) -> int:
        return len(self.numbers)

    def led(self, gaze: Array, jump: Array) -> Array:
        """[S, LED] of jumps [S, 2] that leave gaze [S, 2] now, as `event_places.led`."""
        more = beyond(gaze + jump) - beyond(gaze)
        led = np.concatenate([self.along * jump[:, YAWS], self.follows * more[:, YAWS]], 1)
        return led * np.float32(1 / HEAD_UNIT)

    def with_gaze(self, s: int, landing: Array, jump: Array) -> Array:
        """[4, 3] how far the head of person s goes along with gaze, as in `event_places.answered`."""
        more = beyond(landing) - beyond(landing - jump)
        gaze = np.stack([landing - self.gaze[s], jump, beyond(landing), more])[:, YAWS]
        return (gaze * np.stack([self.along[s], self.along[s], self.follows[s], self.follows[s]])).astype(np.float32)
