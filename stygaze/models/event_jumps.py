"""Jumps of the gaze in free running: when, where to and along which course, what a user's `Controls` change in it."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from stygaze.compiled import Record, compiled, part
from stygaze.gaze.movements import LONGEST
from stygaze.gaze.ocular_range import TOLD
from stygaze.models.controls import Controls
from stygaze.models.event_past import clipped, jumped, pointing
from stygaze.models.event_places import CONTACT, GAZE_UNIT, ONWARD, ONWARD_FROM
from stygaze.models.event_weights import Array
from stygaze.models.events import LANDING, LANDING_SPREAD, LANDINGS, PLACED, SIZES
from stygaze.motion import FPS

SHARE_FRAMES = 375  # of the leaky mean by which eye contact is watched
HOMEWARD = 2.0  # log odds of leaving in the second after a look, and of going to the partner then
INSISTENCE = 25.0  # log odds by which gaze is drawn to the partner when contact is all that is missing
TRIES = 4  # places that are drawn for a jump, of which one is taken by the odds of its size and of the field's ends
SOON = 3  # frames, about as many as a jump takes, of the head's movement to come
SIZE_EDGES = np.array(SIZES, np.float32)
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
    normal: Array, uniform: Array,
) -> tuple[float, float]:  # fmt: skip
    """Where a jump lands: TRIES places are drawn, and one is taken by `size_odds` and `end_odds`.

    With so few the odds do less than they say, which calibration makes up for.

    Args:
        raw: [LANDINGS * LANDING] of the network, as `event_densities.landings` has it. The logits are changed.
        toward: log odds of landing on the partner, beside what the network says.
        normal, uniform: [2 TRIES], [TRIES + 1] what is random.
    """
    if homeward:
        toward += HOMEWARD
    if asked.watched:
        toward += INSISTENCE * (asked.eye_contact - past.contact)
    for k in range(LANDINGS):
        pitch, yaw = landed(raw, k, past, person, 0.0, 0.0)
        if near(person, pitch, yaw):
            raw[k * LANDING] += toward
    ahead = heading(past, 0), heading(past, 1)
    goal, total, luck, narrower = (0.0, 0.0), 0.0, uniform[TRIES], min(asked.gaze_activity, 1.0) ** 0.5
    for n in range(TRIES):
        k = choose(raw, 0, LANDING, LANDINGS, uniform[n])
        pitch, yaw = landed(raw, k, past, person, normal[2 * n], normal[2 * n + 1])
        if narrower < 1:
            centre = person.partner if asked.watched or homeward else person.gaze
            pitch, yaw = centre[0] + narrower * (pitch - centre[0]), centre[1] + narrower * (yaw - centre[1])
        drawn, odds = (pitch, yaw), 0.0
        pitch, yaw = in_sight(pitch, ahead[0], scales, 0), in_sight(yaw, ahead[1], scales, 1)
        if drawn[0] != pitch:
            odds += scales.end_odds[0, int(drawn[0] > pitch)]
        if drawn[1] != yaw:
            odds += scales.end_odds[1, int(drawn[1] > yaw)]
        odds = math.exp(odds + scales.size_odds[bin_of(math.hypot(pitch - past.gaze[0], yaw - past.gaze[1]))])
        total += odds
        share = odds / total  # of this place among those so far: the last to be taken is taken as often as it weighs
        if luck < share:
            goal, luck = (pitch, yaw), luck / share
        else:
            luck = (luck - share) / (1 - share)
    return goal


@part
def heading(past: Record, i: int) -> float:
    """Degrees of the whole head's angle i when a jump that begins now has landed, by what is under way."""
    angle = past.head[i] + past.carried[i]
    for k in range(SOON):
        angle += past.under_way[(past.frame + k) % LONGEST, i]
    return angle


@part
def in_sight(angle: float, head: float, scales: Record, i: int) -> float:
    """A gaze of that angle, but no farther than eyes get that aim at the end of the field (`gaze.ocular_range`)."""
    low, high, most = scales.field[i, 0], scales.field[i, 1], scales.ocular_range[i]
    return clipped(angle, head + most * math.tanh((low - head) / most), head + most * math.tanh((high - head) / most))


@part
def set_off(
    past: Record, person: Record, scales: Record, goal: tuple[float, float], asked_for: bool, uniform: float
) -> None:
    """Gaze leaves for a place now, on a course of about that size."""
    jumped(past, goal)
    take_aim(past, scales, asked_for)
    past.flight = course_of(scales.amplitudes, person.lasting * math.hypot(past.jump[0], past.jump[1]), uniform)
    past.flown, past.flying = 0, scales.flying[past.flight]


@part
def take_aim(past: Record, scales: Record, asked_for: bool) -> None:
    """As gaze leaves for a place: where it will be when the head has come (`gaze.ocular_range.aimed_at`).

    It is counted from where the head will be by what is under way; from a recording, from where the head is when gaze
    has landed. What is asked for is looked at right away.
    """
    for i in range(2):
        head, most = heading(past, i), scales.ocular_range[i]
        beyond = head + most * math.atanh(clipped((past.landing[i] - head) / most, -TOLD, TOLD))
        past.aim[i] = past.landing[i] if asked_for else beyond


@part
def taken_along(angle: float, past: Record, scales: Record, i: int) -> float:
    """A resting gaze that has slipped there: beyond where it landed it is taken no farther than is in sight."""
    most = in_sight(angle, past.head[i] + past.carried[i], scales, i)
    return max(most, min(angle, past.landing[i])) if angle > most else min(most, max(angle, past.landing[i]))


@part
def bin_of(size: float) -> int:
    """Which of the stretches between SIZES, from 0 on."""
    n = 0
    while n < len(SIZE_EDGES) and size >= SIZE_EDGES[n]:
        n += 1
    return n


@part
def landed(raw: Array, k: int, past: Record, person: Record, first: float, second: float) -> tuple[float, float]:
    """Pitch and yaw of where a jump lands by part k of the mixture; see `event_densities.landings`.

    Args:
        first, second: how far from the part's mean, in its spreads.
    """
    place, away = k // (LANDINGS // PLACED), (0.0, 0.0)
    share = ONWARD * max(math.hypot(past.jump[0], past.jump[1]), ONWARD_FROM)
    for i in range(2):
        unit = wide = share if place == PLACED - 1 else GAZE_UNIT
        if place < 2:  # the habitual gaze and the averted one
            unit = wide = float(person.reach[i])
        if place == 1:
            unit = float(person.aside[i])
        spread = math.exp(clipped(raw[k * LANDING + 3 + i], LANDING_SPREAD[0], LANDING_SPREAD[1]))
        off = unit * raw[k * LANDING + 1 + i] + wide * spread * (first, second)[i]
        away = (off, away[1]) if i == 0 else (away[0], off)
    if place == PLACED - 1:  # along the last jump and across; where that goes on is no matter of how wide gaze goes
        up, left = pointing(past)
        return past.gaze[0] + away[0] * up - away[1] * left, past.gaze[1] + away[0] * left + away[1] * up
    goal = 0.0, 0.0
    for i in range(2):
        about = (person.gaze[i], person.averted[i], person.partner[i], past.gaze[i], past.places[0, i])[place]
        if place == 1:
            about = person.gaze[i] + person.landing[i] * (about - person.gaze[i])
        at = about + person.landing[i] * away[i]
        goal = (at, goal[1]) if i == 0 else (goal[0], at)
    return goal


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
