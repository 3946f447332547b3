"""Jumps of the gaze in free running: when, where to and along which course, what a user's `Controls` change in it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from stygaze.models.controls import Controls
from stygaze.models.event_people import People
from stygaze.models.event_places import CONTACT, GAZE_UNIT
from stygaze.models.event_weights import Array, EventWeights, within
from stygaze.models.events import LANDING, LANDING_SPREAD, LANDINGS
from stygaze.motion import FPS

SHARE_FRAMES = 375  # of the leaky mean by which eye contact is watched
HOMEWARD = 2.0  # log odds of leaving in the second after a look, and of going to the partner then
INSISTENCE = 25.0  # log odds by which gaze is drawn to the partner when contact is all that is missing


class Jumps:
    """Decisions about jumps of S people.

    Attributes:
        toward: [S] log odds of landing on the partner in this frame, beside what the network says.
    """

    def __init__(self, weights: EventWeights, people: People, controls: Controls):
        self._w, self._people, self._controls = weights, people, controls
        self._unit = np.full((len(people), LANDINGS, 2), GAZE_UNIT, np.float32)  # of where the parts of a landing are
        self._unit[:, : LANDINGS // 4] = people.reach[:, None]
        self._homeward = False
        self.toward = np.zeros(len(people), np.float32)
        self._contact = np.full(len(people), controls.eye_contact or 0.0, np.float32)

    def wanted(
        self, logit: NDArray[np.floating], gaze: Array, since: Array, frame: int
    ) -> tuple[NDArray[np.floating], Array | None]:
        """Chance [S] of a jump in this frame, and where to [S, 2] if a look asks for that.

        Args:
            logit: [S] what the network says.
            gaze: [S, 2] where gaze is.
            since: [S] frames since its last jump began.
        """
        c = self._controls
        if c.gaze_activity != 1:
            logit = logit + (np.log(c.gaze_activity) if c.gaze_activity else -np.inf)
        if c.eye_contact is None and not c.looks:
            return expit(logit), None
        look = next((x for x in c.looks if x.at <= frame / FPS < x.at + x.seconds), None)
        if look is not None:
            place = self._people.partner + np.array([look.pitch, look.yaw], np.float32)
            there = np.hypot(*(gaze - place).T) < CONTACT / 2  # a gaze that has drifted off is called back
            return np.where(there, 0.3 * expit(logit), 1.0).astype(np.float32), place
        self._homeward = any(0 <= frame / FPS - x.at - x.seconds < 1 for x in c.looks)  # and back to the partner
        if self._homeward:
            logit = logit + np.where(since * (1 / FPS) > 0.5, HOMEWARD, 0.0)
        if c.eye_contact is not None:
            near = self._near(gaze)
            self._contact += (near - self._contact) * np.float32(1 / SHARE_FRAMES)
            missing = INSISTENCE * (c.eye_contact - self._contact)
            logit = logit + np.where(near, -missing, missing) / 2
        return expit(logit), None

    def _near(self, gaze: Array) -> NDArray[np.bool_]:
        return np.hypot(*(gaze - self._people.partner).T) < CONTACT

    def goal(self, s: int, hidden: Array, gaze: Array, place: Array, normal: Array, uniform: Array) -> Array:
        """Where a jump of person s from gaze [2], before it at a place [2], lands; from the hidden layer [hidden]."""
        w, c = self._w, self._controls
        raw = (hidden @ w.landing_out[0] + w.landing_out[1]).reshape(LANDINGS, LANDING)
        habit, partner = self._people.gaze[s], self._people.partner[s]
        about: Array = np.repeat(np.stack([habit, partner, gaze, place]), LANDINGS // 4, axis=0)
        mean = about + self._unit[s] * raw[:, 1:3]
        near = np.hypot(*(mean - partner).T) < CONTACT
        logit = raw[:, 0] + near * self.toward[s]
        if self._homeward:
            logit = logit + HOMEWARD * near
        if c.eye_contact is not None:
            logit = logit + near * INSISTENCE * (c.eye_contact - self._contact[s])
        k = int(choose(logit[None], uniform[:1])[0])
        goal = mean[k] + self._unit[s, k] * np.exp(within(raw[k, 3:5], *LANDING_SPREAD)) * normal[:2]
        centre = habit if c.eye_contact is None and not self._homeward else partner
        return centre + (goal - centre) * w.landing_scale * np.float32(min(c.gaze_activity, 1.0) ** 0.5)


def choose(logit: Array, uniform: Array) -> NDArray[np.intp]:
    """Index of one of K by their weights exp(logit) [S, K], with a number [S] in [0, 1) each.

    >>> choose(np.log(np.array([[1.0, 2.0, 1.0]] * 3)), np.array([0.1, 0.5, 0.9])).tolist()
    [0, 1, 2]
    """
    total = np.cumsum(np.exp(logit - logit.max(1, keepdims=True)), axis=1)
    return (total < uniform[:, None] * total[:, -1:]).sum(1)
