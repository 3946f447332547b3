"""What a rollout remembers of the people it moves, and how the network sees it (`state_features`).

A frame's arrays are so small that the calls are what costs. So what is seen as it is goes through one product, made for
each person beforehand, and what is bent first is bent when it changes.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from stygaze.gaze.habits import beyond
from stygaze.gaze.movements import DURATIONS, LONGEST
from stygaze.models.event_moments import FAR, HOME_FRAMES, LAST, LONG_AGO, PLACES, STATE
from stygaze.models.event_people import YAWS, People
from stygaze.models.event_places import CONTACT, EYE_UNIT, GAZE_UNIT, HEAD_UNIT, NEAR_SPREADS, OFF
from stygaze.models.event_weights import Array, EventWeights, within

RESTED = 20.0  # frames since the last jump at the start
UNMOVED = 99.0  # frames since a head movement when there was none
AHEAD = np.array([0, 3, *FAR])  # frames after this one's at which movements under way are foreseen
BESIDE = -0.5 / np.array(NEAR_SPREADS, np.float32) ** 2
# what is seen as it is, and how many numbers of each
PLAIN = dict(gaze=2, head=3, carried=3, home=3, remaining=3, landing=2, jump=2, places=2 * PLACES, lengths=LAST, busy=1)
CUTS = np.cumsum([*PLAIN.values()])[:-1]
# of the numbers that are bent, where the network has them, and what it has them times
MOVING = 3 + 3 * len(AHEAD)
BENT = np.r_[19:28, 50:59, 28:34, 36:38, 46:49, 16:19, 38:40, 42:44, STATE - 7 : STATE - 4, STATE - 2 : STATE]
SIZES = MOVING, 3 * LAST, LAST, 3, 3, 2, 2, 3, len(NEAR_SPREADS)
TIMES = np.repeat([0.5, 1, 0.5, 0.5, 1 / 8, 1, 1, 1 / HEAD_UNIT, 1], SIZES)


class Past:
    """The past of S people, [S, .], degrees as in `Moments`.

    Attributes:
        gaze [2], head, carried, home [3], remaining [3] of the movements under way, landing, jump [2],
            places [PLACES, 2], lengths [LAST], busy [1]: views of one array.
        since [1], apart [2]: of another. turns [LAST, 3], ago [LAST], velocity [3], drift [2]; turning [3]: velocity,
            with what is carried.
        frame: how many there were.
    """

    def __init__(self, weights: EventWeights, people: People):
        self._people, n = people, len(people)
        plain = np.zeros((n, sum(PLAIN.values())), np.float32)
        self._plain = plain
        views = np.split(plain, CUTS, axis=1)
        self.gaze, self.head, self.carried, self.home, self.remaining, self.landing, self.jump = views[:7]
        places, self.lengths, self.busy = views[7:]
        self.places = places.reshape(n, PLACES, 2)
        self.gaze[:], self.landing[:], self.places[:] = people.gaze, people.gaze, people.gaze[:, None]
        self.head[:], self.home[:] = people.head, people.head
        (into, bias), unit = weights.state_in, np.eye(plain.shape[1])
        nothing = self._seen_plainly(np.zeros_like(plain))
        each = np.stack([self._seen_plainly(np.tile(row, (n, 1))) for row in unit], 1) - nothing[:, None]
        self._into, self._bias = (each @ into).astype(np.float32), (nothing @ into + bias).astype(np.float32)
        self._bent_into = (into[BENT] * TIMES[:, None]).astype(np.float32)
        self._bent = np.zeros((n, len(BENT)), np.float32)
        views = np.split(self._bent, np.cumsum(SIZES)[:-1], axis=1)
        self._moving, self._turned, self._ago, self._counted, self._fast, self._drifted, self._off = views[:7]
        self._further, self._near = views[7:]
        self._sharp, self._still = 8 / weights.velocity_std, 1 / weights.drift_std
        self.velocity, self.turning, self.drift = (np.zeros((n, k), np.float32) for k in (3, 3, 2))
        self.turns, self.ago = np.zeros((n, LAST, 3), np.float32), np.full((n, LAST), UNMOVED, np.float32)
        self._clocks = np.full((n, 3), RESTED, np.float32)
        self.since, self.apart = self._clocks[:, :1], self._clocks[:, 1:]
        self._under_way = np.zeros((n, LONGEST, 3), np.float32)  # steps to come, a ring that begins at `frame`
        self._foreseen = (np.arange(LONGEST)[:, None] + AHEAD) % LONGEST
        self.frame = 0
        self._pull, self._harder = np.float32(weights.config.pull), weights.config.pull**0.5 / people.stray
        self._landed()

    def _seen_plainly(self, plain: NDArray[np.floating]) -> NDArray[np.floating]:
        """[S, STATE]: of what the network sees, what is linear in `PLAIN` [S, .]."""
        people, x = self._people, np.zeros((len(plain), STATE))
        gaze, head, carried, home, remaining, landing, jump, places, lengths, busy = np.split(plain, CUTS, axis=1)
        bound = head + remaining - people.head
        x[:, 0:2] = (gaze - people.gaze) / GAZE_UNIT
        x[:, 2:5], x[:, 5:8] = (head - people.head) / HEAD_UNIT, (head - home) / HEAD_UNIT
        x[:, 8:11], x[:, 11:14] = remaining / HEAD_UNIT, bound / HEAD_UNIT
        x[:, 14:16] = (gaze - (head + carried)[:, :2]) / EYE_UNIT
        x[:, 34:36] = lengths / 3
        x[:, 40:42], x[:, 44:46], x[:, 49:50] = (landing - gaze) / GAZE_UNIT, jump / GAZE_UNIT, busy
        x[:, -2 * PLACES - 14 : -14] = (places - np.tile(gaze, PLACES)) / GAZE_UNIT
        x[:, -14:-11] = (people.along * (landing - people.gaze)[:, YAWS] - bound) / HEAD_UNIT
        x[:, -11:-9] = (gaze - people.gaze) / people.reach
        x[:, -9:-7] = (landing - people.gaze) / people.reach
        x[:, -7:-4] = -bound / HEAD_UNIT
        x[:, -4:-2] = (gaze - people.partner) / GAZE_UNIT
        return x

    def seen(self) -> Array:
        """[S, state_width] what the network's first layer makes of it, before it bends."""
        moving = self._moving
        moving[:, :3] = self.velocity
        moving[:, 3:] = self._under_way[:, self._foreseen[self.frame % LONGEST]].reshape(len(moving), -1)
        moving.reshape(len(moving), -1, 3)[:] *= self._sharp
        self._fast[:] = within(moving[:, :3], -48, 48)
        np.arcsinh(moving, out=moving)
        np.log1p(self.ago, out=self._ago)
        np.log1p(np.minimum(self._clocks, LONG_AGO), out=self._counted)
        self._drifted[:] = within(self.drift * self._still, -5, 5)
        self._off[:] = within(self.landing - self.gaze, -1.5, 1.5)
        plain = (self._plain[:, None] @ self._into)[:, 0]
        return plain + self._bent @ self._bent_into + self._bias

    def jumped(self, s: int, goal: Array) -> None:
        """Gaze of person s leaves for a place [2] now."""
        self.places[s, 1:], self.places[s, 0] = self.places[s, :-1].copy(), self.landing[s]
        self.landing[s], self.jump[s], self.since[s] = goal, goal - self.gaze[s], 0
        self._landed()

    def _landed(self) -> None:
        away = self.landing - self._people.partner
        self._near[:] = np.exp((away * away).sum(1, keepdims=True) * BESIDE)
        self._further[:] = self._people.follows * beyond(self.landing)[:, YAWS]

    def turned(self, s: int, course: Array, size: Array, length: int) -> None:
        """The head of person s begins a movement: steps [LONGEST, 3] of a size [3], which of DURATIONS it takes."""
        at = self.frame % LONGEST
        self._under_way[s, at:] += course[: LONGEST - at]
        self._under_way[s, :at] += course[LONGEST - at :]
        self.remaining[s] += size
        self.turns[s, 1:], self.lengths[s, 1:] = self.turns[s, :-1].copy(), self.lengths[s, :-1].copy()
        self.ago[s, 1:] = self.ago[s, :-1].copy()
        self.turns[s, 0], self.lengths[s, 0], self.ago[s, 0] = size, np.log(DURATIONS[length]), 1
        self._turned[s] = np.arcsinh(self.turns[s].ravel())

    def step_gaze(self, gaze: Array) -> None:
        """Gaze is at [S, 2] in this frame."""
        self.gaze[:] = gaze
        away = self.gaze - self._people.partner
        far = (away * away).sum(1)
        self.apart += 1
        self.apart[far < CONTACT**2, 0] = 0
        self.apart[far > OFF**2, 1] = 0

    def step_head(self, carried: Array) -> None:
        """The head makes this frame's step of all that is under way, and is pulled home, the harder the farther off.

        Args:
            carried: [S, 3] degrees of it that come with the voice in this frame.
        """
        at = self.frame % LONGEST
        self.velocity[:] = self._under_way[:, at]
        self._under_way[:, at] = 0
        self.turning[:] = self.velocity + carried - self.carried
        self.carried[:] = carried
        self.remaining -= self.velocity
        away = self.head - self._people.head
        self.head += self.velocity - np.minimum(self._pull + np.square(away * self._harder), 0.5) * away
        self.home += (self.head - self.home) * np.float32(1 / HOME_FRAMES)
        self.frame += 1
