"""What a rollout remembers of the people it moves, how the network sees it, and how it changes from frame to frame."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from stygaze.compiled import Record, layout, part
from stygaze.gaze.movements import LONGEST
from stygaze.models.event_moments import FAR, HOME_FRAMES, LAST, LONG_AGO, PLACES
from stygaze.models.event_people import beyond_eyes
from stygaze.models.event_places import AT_LEAST, CONTACT, EYE_UNIT, GAZE_UNIT, HEAD_UNIT, NEAR_SPREADS, OFF
from stygaze.models.event_weights import Array

RESTED = 20.0  # frames since the last jump at the start
UNMOVED = 99.0  # frames since a head movement when there was none


# of one person, degrees as in `Moments`
PAST = layout(
    gaze=2, head=3, carried=3, home=3,
    remaining=3, velocity=3, turning=3,  # the head's way to go and step by movements; step with what is carried
    drift=2, landing=2, aim=2, jump=2, places=(PLACES, 2), since=(), apart=2, busy=(),
    turns=(LAST, 3), lengths=LAST, ago=LAST,
    under_way=(LONGEST, 3),  # steps of the head to come, a ring that begins at `frame`
    contact=(),  # leaky mean of eye contact, when that is asked for
    frame=(int, ()),  # how many there were
    flight=(int, ()), flown=(int, ()), flying=(int, ()),  # a jump's course, frames of it done, and all
)  # fmt: skip


def at_rest(people: NDArray[np.void], contact: float) -> np.recarray:
    """[S] of PAST: people of PERSON in their habitual poses, before the first frame."""
    past = np.zeros(len(people), PAST).view(np.recarray)
    for name, home in dict(gaze="gaze", landing="gaze", aim="gaze", head="head", home="head").items():
        past[name] = people[home]
    past["places"] = people["gaze"][:, None]
    past["since"], past["apart"], past["ago"], past["contact"] = RESTED, RESTED, UNMOVED, contact
    return past


@part
def clipped(x: float, low: float, high: float) -> float:
    """`np.clip` of one number."""
    return min(max(x, low), high)


@part
def pointing(past: Record) -> tuple[float, float]:
    """Pitch and yaw of where the last jump pointed, of length 1, as `event_places.pointing` has it beside the size."""
    size = math.hypot(past.jump[0], past.jump[1])
    if size > AT_LEAST:
        return past.jump[0] / size, past.jump[1] / size
    return 1.0, 0.0


@part
def rested(past: Record) -> float:
    """For how many frames gaze has rested since its last jump, 0 on its way."""
    return max(past.since + 1 - past.flying, 0)


@part
def seen(past: Record, person: Record, scales: Record, f: Array) -> None:
    """What the network sees of a past into f [STATE], as `state_features`."""
    gaze, head, landing, remaining = past.gaze, past.head, past.landing, past.remaining
    frame, k = past.frame, 0
    for i in range(2):
        f[k + i] = (gaze[i] - person.gaze[i]) / GAZE_UNIT
    k += 2
    for i in range(3):
        bound = head[i] + remaining[i] - person.head[i]
        f[k + i] = (head[i] - person.head[i]) / HEAD_UNIT
        f[k + 3 + i] = (head[i] - past.home[i]) / HEAD_UNIT
        f[k + 6 + i] = remaining[i] / HEAD_UNIT
        f[k + 9 + i] = bound / HEAD_UNIT
    k += 12
    for i in range(2):
        f[k + i] = (gaze[i] - head[i] - past.carried[i]) / EYE_UNIT
    k += 2
    soon, later = frame % LONGEST, (frame + 3) % LONGEST
    for i in range(3):
        sharp = 8 / scales.velocity_std[i]
        f[k + i] = clipped(past.velocity[i] / scales.velocity_std[i], -6, 6)
        f[k + 3 + i] = math.asinh(sharp * past.velocity[i]) / 2
        f[k + 6 + i] = math.asinh(sharp * past.under_way[soon, i]) / 2
        f[k + 9 + i] = math.asinh(sharp * past.under_way[later, i]) / 2
    k += 12
    for j in range(LAST):
        for i in range(3):
            f[k + i] = math.asinh(past.turns[j, i])
        k += 3
    for j in range(LAST):
        f[k + j] = past.lengths[j] / 3
        f[k + LAST + j] = math.log1p(past.ago[j]) / 2
    k += 2 * LAST
    for i in range(2):
        off = landing[i] - gaze[i]
        f[k + i] = clipped(past.drift[i] / scales.drift_std[i], -5, 5)
        f[k + 2 + i] = off / GAZE_UNIT
        f[k + 4 + i] = clipped(off, -1.5, 1.5)
        f[k + 6 + i] = past.jump[i] / GAZE_UNIT
    f[k + 8], f[k + 9] = pointing(past)
    f[k + 10] = math.log1p(math.hypot(past.jump[0], past.jump[1])) / 2
    k += 11
    f[k] = math.log1p(min(past.since, LONG_AGO)) / 2
    for i in range(2):
        f[k + 1 + i] = math.log1p(min(past.apart[i], LONG_AGO)) / 2
    f[k + 3] = past.busy
    k += 4
    for far in FAR:
        for i in range(3):
            step = past.under_way[(frame + far) % LONGEST, i]
            f[k + i] = math.asinh(8 / scales.velocity_std[i] * step) / 2
        k += 3
    for j in range(PLACES):
        for i in range(2):
            f[k + i] = (past.places[j, i] - gaze[i]) / GAZE_UNIT
        k += 2
    for i in range(3):
        to = min(i, 1)  # roll goes with yaw
        bound = head[i] + remaining[i] - person.head[i]
        f[k + i] = (person.along[i] * (past.aim[to] - person.gaze[to]) - bound) / HEAD_UNIT
        f[k + 7 + i] = (person.follows[i] * beyond_eyes(past.aim[to], to) - bound) / HEAD_UNIT
    beside = 0.0
    for i in range(2):
        f[k + 3 + i] = (gaze[i] - person.gaze[i]) / person.reach[i]
        f[k + 5 + i] = (landing[i] - person.gaze[i]) / person.reach[i]
        f[k + 10 + i] = (gaze[i] - person.partner[i]) / GAZE_UNIT
        beside += (landing[i] - person.partner[i]) ** 2
    k += 12
    for spread in NEAR_SPREADS:
        f[k] = math.exp(-0.5 * beside / spread**2)
        k += 1
    f[k] = math.log1p(min(rested(past), LONG_AGO)) / 2


@part
def jumped(past: Record, goal: tuple[float, float]) -> None:
    """Gaze leaves for a place now."""
    for i in range(2):
        for j in range(PLACES - 1, 0, -1):
            past.places[j, i] = past.places[j - 1, i]
        past.places[0, i] = past.landing[i]
        past.landing[i] = goal[i]
        past.jump[i] = past.landing[i] - past.gaze[i]
    past.since = 0


@part
def turned(past: Record, course: Array, size: Array, log_frames: float) -> None:
    """The head begins a movement: steps [LONGEST] of a size [3], log of how many frames it takes."""
    for j in range(LAST - 1, 0, -1):
        past.lengths[j], past.ago[j] = past.lengths[j - 1], past.ago[j - 1]
    past.lengths[0], past.ago[0] = log_frames, 1
    for i in range(3):
        for j in range(LAST - 1, 0, -1):
            past.turns[j, i] = past.turns[j - 1, i]
        past.turns[0, i] = size[i]
        past.remaining[i] += size[i]
    for k in range(LONGEST):
        at = (past.frame + k) % LONGEST
        for i in range(3):
            past.under_way[at, i] += course[k] * size[i]


@part
def step_head(past: Record, person: Record, carried: Array, pull: float) -> None:
    """The head makes this frame's step of all that is under way, and is pulled home, the harder the farther off.

    Args:
        carried: [3] degrees of it that come with the voice in this frame.
    """
    at = past.frame % LONGEST
    for i in range(3):
        step = past.under_way[at, i]
        past.under_way[at, i] = 0
        past.velocity[i], past.turning[i] = step, step + carried[i] - past.carried[i]
        past.carried[i] = carried[i]
        past.remaining[i] -= step
        away = past.head[i] - person.head[i]
        past.head[i] += step - min(pull * (1 + (away / person.stray[i]) ** 2), 0.5) * away
        past.home[i] += (past.head[i] - past.home[i]) / HOME_FRAMES
    past.frame += 1


@part
def step_gaze(past: Record, person: Record, gaze: tuple[float, float]) -> None:
    """Gaze is there in this frame."""
    away = 0.0
    for i in range(2):
        past.gaze[i] = gaze[i]
        past.apart[i] += 1
        away += (past.gaze[i] - person.partner[i]) ** 2
    if away < CONTACT**2:
        past.apart[0] = 0
    if away > OFF**2:
        past.apart[1] = 0
