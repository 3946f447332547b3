"""Jumps of the gaze in free running: when, where to and along which course, what a user's `Controls` change in it."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from stygaze.compiled import Record, compiled, part
from stygaze.models.controls import Controls
from stygaze.models.event_past import clipped
from stygaze.models.event_places import CONTACT, GAZE_UNIT
from stygaze.models.event_weights import Array
from stygaze.models.events import LANDING, LANDING_SPREAD, LANDINGS, PLACED
from stygaze.motion import FPS

SHARE_FRAMES = 375  # of the leaky mean by which eye contact is watched
HOMEWARD = 2.0  # log odds of leaving in the second after a look, and of going to the partner then
INSISTENCE = 25.0  # log odds by which gaze is drawn to the partner when contact is all that is missing
ALIKE = 12  # courses to either side of a size that a jump may take


class Asked(NamedTuple):
    """`Controls` in numbers. watched: whether a share of eye contact is asked for; looks: [n, 4] from, until, place."""

    watched: bool
    eye_contact: float
    gaze_activity: float
    head_activity: float
    looks: NDArray[np.float64]

    @classmethod
    def of(cls, c: Controls) -> Asked:
        looks = [(x.at, x.at + x.seconds, x.pitch, x.yaw) for x in c.looks]
        return cls(
            c.eye_contact is not None, float(c.eye_contact or 0), float(c.gaze_activity), float(c.head_activity),
            np.array(looks, np.float64).reshape(-1, 4),
        )  # fmt: skip


@part
def chance_of(logit: float) -> float:
    return 1 / (1 + math.exp(-logit))


@part
def near(person: Record, pitch: float, yaw: float) -> bool:
    """Whether gaze there would be on the partner."""
    return math.hypot(pitch - person.partner[0], yaw - person.partner[1]) < CONTACT


@part
def wanted(logit: float, asked: Asked, past: Record, person: Record) -> tuple[float, int, bool]:
    """Chance of a jump in this frame, which look asks for it (or -1), whether gaze comes back from one.

    Args:
        logit: what the network says.
    """
    time, homeward = past.frame / FPS, False
    if asked.gaze_activity != 1:
        logit += math.log(asked.gaze_activity) if asked.gaze_activity > 0 else -np.inf
    for i in range(len(asked.looks)):
        if asked.looks[i, 0] <= time < asked.looks[i, 1]:
            pitch = past.gaze[0] - person.partner[0] - asked.looks[i, 2]
            yaw = past.gaze[1] - person.partner[1] - asked.looks[i, 3]
            # a gaze that has drifted off is called back
            return 0.3 * chance_of(logit) if math.hypot(pitch, yaw) < CONTACT / 2 else 1.0, i, False
    for i in range(len(asked.looks)):
        homeward |= 0 <= time - asked.looks[i, 1] < 1  # and back to the partner
    if homeward and past.since / FPS > 0.5:
        logit += HOMEWARD
    if asked.watched:
        on = near(person, past.gaze[0], past.gaze[1])
        past.contact += (on - past.contact) / SHARE_FRAMES
        missing = INSISTENCE * (asked.eye_contact - past.contact)
        logit += (-missing if on else missing) / 2
    return chance_of(logit), -1, homeward


@part
def goal_of(
    raw: Array, asked: Asked, past: Record, person: Record, scales: Record, homeward: bool, toward: float,
    normal: Array, uniform: float,
) -> tuple[float, float]:  # fmt: skip
    """Where a jump lands.

    Args:
        raw: [LANDINGS * LANDING] of the network, as `event_densities.landings` has it. The logits are changed.
        toward: log odds of landing on the partner, beside what the network says.
    """
    if homeward:
        toward += HOMEWARD
    if asked.watched:
        toward += INSISTENCE * (asked.eye_contact - past.contact)
    for k in range(LANDINGS):
        if near(person, landed(raw, k, past, person, 0, 0.0), landed(raw, k, past, person, 1, 0.0)):
            raw[k * LANDING] += toward
    k = choose(raw, 0, LANDING, LANDINGS, uniform)
    goal = 0.0, 0.0
    for i in range(2):
        place = landed(raw, k, past, person, i, normal[i])
        centre = person.partner[i] if asked.watched or homeward else person.gaze[i]
        place = centre + (place - centre) * scales.landing[i] * min(asked.gaze_activity, 1.0) ** 0.5
        place = past.gaze[i] + (place - past.gaze[i]) * scales.far
        goal = (place, goal[1]) if i == 0 else (goal[0], place)
    return goal


@part
def landed(raw: Array, k: int, past: Record, person: Record, i: int, normal: float) -> float:
    """Pitch (i = 0) or yaw of where a jump lands by part k of the mixture; see `event_densities.landings`."""
    place = k // (LANDINGS // PLACED)
    about = (person.gaze[i], person.averted[i], person.partner[i], past.gaze[i], past.places[0, i])[place]
    mean_unit, spread_unit = GAZE_UNIT, GAZE_UNIT
    if place < 2:  # the habitual gaze and the averted one
        mean_unit = spread_unit = person.reach[i]
    if place == 1:
        mean_unit = person.aside[i]
    spread = math.exp(clipped(raw[k * LANDING + 3 + i], LANDING_SPREAD[0], LANDING_SPREAD[1]))
    return about + mean_unit * raw[k * LANDING + 1 + i] + spread_unit * spread * normal


@compiled
def course_of(amplitudes: Array, size: float, uniform: float) -> int:
    """Index of the course that a jump of this size takes: one of people's own, of about its size.

    Duration, lean and how it falls between frames are theirs (the main sequence), and so is the glide at the end of a
    large shift, where the head brings what the eye could not.
    """
    below, above, wanted_size = 0, len(amplitudes), np.float32(size)
    while below < above:
        middle = (below + above) // 2
        if amplitudes[middle] < wanted_size:
            below = middle + 1
        else:
            above = middle
    return int(min(max(below + (2 * uniform - 1) * ALIKE, 0), len(amplitudes) - 1))


@compiled
def choose(logits: Array, first: int, apart: int, count: int, uniform: float) -> int:
    """Which of a number of parts, by their weights exp(logit), with a number in [0, 1).

    Args:
        logits: [.] where they stand: the first one, how far apart they are, how many there are.

    >>> logits = np.log(np.array([9, 1, 9, 2, 9, 1], np.float32))
    >>> [choose(logits, 1, 2, 3, u) for u in (0.1, 0.5, 0.9)]
    [0, 1, 2]
    """
    highest, total = logits[first], 0.0
    for k in range(1, count):
        highest = max(highest, logits[first + k * apart])
    for k in range(count):
        total += math.exp(logits[first + k * apart] - highest)
    left = uniform * total
    for k in range(count - 1):
        left -= math.exp(logits[first + k * apart] - highest)
        if left < 0:
            return k
    return count - 1
