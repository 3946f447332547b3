"""A frame of free running, compiled: what the network expects, and what is drawn from it.

One person after another, one frame after another; nothing depends on who runs beside, or on how a recording is cut.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from stygaze.compiled import Record, compiled, part
from stygaze.gaze.decomposition import ASIDE
from stygaze.gaze.movements import DURATIONS, PHASES
from stygaze.models.event_jumps import TRIES, Asked, chance_of, choose, goal_of, set_off, taken_along, wanted
from stygaze.models.event_moments import LAST, LONG_AGO, STATE
from stygaze.models.event_past import UNMOVED, clipped, pointing, rested, seen, step_gaze, step_head, turned
from stygaze.models.event_people import beyond_eyes
from stygaze.models.event_places import COMING, GAZE_UNIT, HEAD_UNIT, LED
from stygaze.models.event_weights import Array, EventWeights, Network
from stygaze.models.events import (
    ANSWERS,
    DRIFT,
    DRIFT_SPREAD,
    DRIFTS,
    LANDING,
    LANDINGS,
    LONG_JUMP,
    TURN,
    TURN_SPREAD,
    TURNS,
)

FARTHEST = 45.0, 60.0  # degrees of pitch and yaw from the habitual gaze
FASTEST = 5.0  # degrees a frame of a gaze that rests, which answers to its own last step and must not run away
NORMALS, UNIFORMS = 6 + 2 * TRIES, 8 + TRIES  # random numbers of a frame: see `run`
HELD, HOLD = 50, 0.1  # frames at rest after which gaze is kept at its place, for nobody rested so long
LOG_DURATIONS = np.log(DURATIONS).astype(np.float32)
HALF, QUARTER, ONE, TWO, FAR_OUT = (np.float32(x) for x in (0.5, 0.25, 1, 2, 2.3))
LAMBERT = tuple(np.float32(x) for x in (135135, 17325, 378, 62370, 3150, 28))


class Made(NamedTuple):
    """What a step makes on its way, of the person it moved last; kept so that nothing is made anew in each frame.

    Attributes:
        seen [STATE], state [state_width]: the past, and what the network's first layer makes of it.
        gates: [4 hidden] of a cell. given: [4 hidden + 3 hidden] of the first one and the branches.
        head, gaze, landing: [hidden] layers of the branches. rest: [1 + 4 + DRIFTS * DRIFT] of how gaze rests.
        coming: [COMING + LED]. landings: [LANDINGS * LANDING]. move: [1 + durations].
        turn [hidden], turns [TURNS * TURN], answers [ANSWERS, 3], size [3]: of a head movement.
    """

    seen: Array
    state: Array
    gates: Array
    given: Array
    head: Array
    gaze: Array
    landing: Array
    rest: Array
    coming: Array
    landings: Array
    move: Array
    turn: Array
    turns: Array
    answers: Array
    size: Array

    @classmethod
    def room(cls, weights: EventWeights) -> Made:
        n = weights.config.hidden
        shapes = (
            STATE, weights.config.state_width, 4 * n, 7 * n, n, n, n, 1 + 4 + DRIFTS * DRIFT, COMING + LED,
            LANDINGS * LANDING, 1 + len(DURATIONS), n, TURNS * TURN, (ANSWERS, 3), 3,
        )  # fmt: skip
        return cls(*(np.zeros(shape, np.float32) for shape in shapes))


@part
def put(x: Array, first: int, to: Array) -> None:
    """What is in x from there on."""
    for j in range(len(to)):
        to[j] = x[first + j]


@part
def add(x: Array, weight: Array, to: Array) -> None:
    """x [n] @ weight [n, m] is added to what is there [m]; four rows at a time, for memory is what it waits for."""
    n = len(x)
    for i in range(0, n - 3, 4):
        a, b, c, d = x[i], x[i + 1], x[i + 2], x[i + 3]
        for j in range(len(to)):
            to[j] += a * weight[i, j] + b * weight[i + 1, j] + c * weight[i + 2, j] + d * weight[i + 3, j]
    for i in range(n - n % 4, n):
        for j in range(len(to)):
            to[j] += x[i] * weight[i, j]


@compiled
def tanh(x: np.float32) -> np.float32:
    """To 1e-6 in single precision, by Lambert's continued fraction at a quarter of x and two doublings.

    >>> [round(float(tanh(np.float32(x))), 6) for x in (-30.0, 0.0, 0.5, 2.0)]
    [-1.0, 0.0, 0.462117, 0.964028]
    """
    y = min(max(x * QUARTER, -FAR_OUT), FAR_OUT)
    s = y * y
    up = LAMBERT[0] + s * (LAMBERT[1] + s * (LAMBERT[2] + s))
    t = y * up / (LAMBERT[0] + s * (LAMBERT[3] + s * (LAMBERT[4] + s * LAMBERT[5])))
    t = TWO * t / (ONE + t * t)
    return TWO * t / (ONE + t * t)


@part
def silu(x: Array) -> None:
    for j in range(len(x)):
        half = HALF * x[j]
        x[j] = half + half * tanh(half)


@part
def expect(
    net: Network, scales: Record, person: Record, past: Record, made: Made, given: Array, hidden: Array, cell: Array
) -> None:
    """What the network makes of speech and the past; layers of head and landing before they bend.

    Args:
        given: [7 hidden]; hidden, cell: [layers, hidden] of the LSTM, which changes them.
    """
    n = len(made.head)
    seen(past, person, scales, made.seen)
    put(net.state_bias, 0, made.state)
    add(made.seen, net.state_in, made.state)
    silu(made.state)
    put(given, 0, made.given)
    add(made.state, net.state_to, made.given)
    put(made.given, 0, made.gates)
    for k in range(len(net.hidden_to)):
        if k:
            put(net.deeper_bias[k - 1], 0, made.gates)
            add(hidden[k - 1], net.deeper[k - 1], made.gates)
        add(hidden[k], net.hidden_to[k], made.gates)
        gates = made.gates
        for j in range(n):
            entered, kept = HALF + HALF * tanh(HALF * gates[j]), HALF + HALF * tanh(HALF * gates[n + j])
            cell[k, j] = kept * cell[k, j] + entered * tanh(gates[2 * n + j])
            hidden[k, j] = (HALF + HALF * tanh(HALF * gates[3 * n + j])) * tanh(cell[k, j])
    add(hidden[len(hidden) - 1], net.branch, made.given[4 * n :])
    put(made.given, 4 * n, made.head)
    put(made.given, 5 * n, made.gaze)
    put(made.given, 6 * n, made.landing)
    silu(made.gaze)
    put(net.gaze_bias, 0, made.rest)
    add(made.gaze, net.gaze_out, made.rest)


@part
def begin_jump(
    net: Network, scales: Record, person: Record, asked: Asked, past: Record, made: Made, toward: float,
    normal: Array, uniform: Array,
) -> None:  # fmt: skip
    """If gaze leaves now, the jump goes on its way, and the head's layer is told of it."""
    rest = int(min(rested(past), LONG_AGO - 1))
    odds = made.rest[0] + scales.jump_odds[int(past.flying >= LONG_JUMP), rest] + person.often
    chance, look, homeward = wanted(odds, asked, past, person)
    past.since += 1
    for i in range(COMING + LED):
        made.coming[i] = 0
    if not uniform[0] < chance or past.flown < past.flying:
        return
    if look >= 0:
        goal = (person.partner[0] + asked.looks[look, 2] + normal[0],
                person.partner[1] + asked.looks[look, 3] + normal[1])  # fmt: skip
    else:
        silu(made.landing)
        put(net.landing_bias, 0, made.landings)
        add(made.landing, net.landing_out, made.landings)
        goal = goal_of(made.landings, asked, past, person, scales, homeward, toward, normal, uniform[2:])
    set_off(past, person, scales, goal, look >= 0, uniform[1])
    made.coming[0] = 1
    for i in range(3):
        to = min(i, 1)
        way = past.aim[to] - past.gaze[to]
        more = beyond_eyes(past.aim[to], to) - beyond_eyes(past.gaze[to], to)
        made.coming[1 + to], made.coming[3 + to] = way / GAZE_UNIT, clipped(way / 3, -1, 1)
        made.coming[COMING + i] = person.along[i] * way / HEAD_UNIT
        made.coming[COMING + 3 + i] = person.follows[i] * more / HEAD_UNIT
    add(made.coming, net.coming, made.head)


@part
def begin_turn(
    net: Network, scales: Record, person: Record, asked: Asked, past: Record, made: Made, normal: Array,
    uniform: Array,
) -> None:  # fmt: skip
    """If the head begins a movement now, its steps are under way."""
    silu(made.head)
    put(net.head_bias, 0, made.move)
    add(made.head, net.head_out, made.move)
    for j in range(LAST):
        past.ago[j] = min(past.ago[j] + 1, UNMOVED)
    if not uniform[0] < chance_of(made.move[0]):
        return
    length = choose(made.move, 1, 1, len(DURATIONS), uniform[1])
    put(net.length_bias[length], 0, made.turn)
    add(made.head, net.turn_hidden, made.turn)
    silu(made.turn)
    put(net.turn_bias, 0, made.turns)
    add(made.turn, net.turn_out, made.turns)
    density = made.turns[choose(made.turns, 0, TURN, TURNS, uniform[2]) * TURN :]
    before, size, leaning = made.answers, made.size, person.leaning
    for i in range(3):
        to = min(i, 1)
        aim, start = past.aim[to], past.landing[to] - past.jump[to]
        for j in range(LAST):
            before[j, i] = past.turns[j, i]
        before[LAST, i] = person.head[i] - past.head[i] - past.remaining[i]
        before[LAST + 1, i] = person.along[i] * (aim - person.gaze[to])
        before[LAST + 2, i] = person.along[i] * (aim - start)
        before[LAST + 3, i] = person.follows[i] * beyond_eyes(aim, to)
        before[LAST + 4, i] = person.follows[i] * (beyond_eyes(aim, to) - beyond_eyes(start, to))
    for i in range(3):
        answer = 0.0
        for j in range(ANSWERS):  # what a movement is drawn from counts roll beside yaw
            beside = before[j, 2] - leaning * before[j, 1] if i == 2 else before[j, i]
            answer += 0.5 * density[10 + 3 * j + i] * beside
        spread = math.exp(clipped(density[4 + i], TURN_SPREAD[0], TURN_SPREAD[1]))
        drawn = spread * normal[i] + density[7 + i] * normal[3]
        size[i] = (density[1 + i] + answer + person.turn_spread[i] * drawn) * person.turn[i] * asked.head_activity
    size[2] += leaning * size[1]
    for i in range(3):
        from_home = size[i] - before[LAST, i]  # where it would end
        over = max(abs(from_home) - person.stray[i], 0.0)  # beyond what this person does
        size[i] -= 0.75 * (over if from_home > 0 else -over)
    turned(past, scales.courses[length, int(uniform[3] * len(PHASES))], size, LOG_DURATIONS[length])


@part
def move_gaze(scales: Record, person: Record, past: Record, made: Made, normal: Array, uniform: float) -> None:
    """Gaze flies on, or rests and drifts."""
    chosen = made.rest[5 + DRIFT * choose(made.rest, 5, DRIFT, DRIFTS, uniform) :]
    gaze, steps, flying = (0.0, 0.0), (0.0, 0.0), past.flown < past.flying
    for i in range(2):
        spread = math.exp(clipped(chosen[3 + i], DRIFT_SPREAD[0], DRIFT_SPREAD[1]))
        step = (chosen[1 + i] + person.drift * spread * normal[i]) * scales.drift_std[i]
        off = clipped((past.gaze[i] - past.head[i] - past.carried[i]) / ASIDE, -1, 1)
        left = made.rest[1 + i] * scales.slip[i] + scales.reflex[0, i] + scales.reflex[1, i] * off * off
        step += left * past.turning[i]
        step += made.rest[3 + i] * scales.slip[2 + i] * past.drift[i]
        if past.since > HELD:
            step += HOLD * (past.landing[i] - past.gaze[i])
        step = clipped(step, -FASTEST, FASTEST)
        steps = (step, steps[1]) if i == 0 else (steps[0], step)
    if past.busy:  # it has just landed: a larger step on its way would have been of the jump
        pitch, yaw = pointing(past)
        more = max(steps[0] * pitch + steps[1] * yaw - scales.settled, 0)
        steps = steps[0] - more * pitch, steps[1] - more * yaw
    for i in range(2):
        past.drift[i] = 0.0 if flying else steps[i]
        at = past.gaze[i] + steps[i]
        short = ONE - scales.flights[past.flight, past.flown] if flying else 0.0
        at = past.landing[i] - short * past.jump[i] if flying else taken_along(at, past, scales, i)
        at = clipped(at, person.gaze[i] - FARTHEST[i], person.gaze[i] + FARTHEST[i])
        gaze = (at, gaze[1]) if i == 0 else (gaze[0], at)
    past.flown += flying
    past.busy = flying
    step_gaze(past, person, gaze)


@compiled
def run(
    net: Network, scales: Record, people: np.recarray, asked: Asked, past: np.recarray, made: Made, hidden: Array,
    cell: Array, given: Array, carried: Array, toward: Array, normal: Array, uniform: Array, rows: Array,
) -> None:  # fmt: skip
    """Frames of S people, one after another, into rows [S, m, 5]: gaze, and head with what is carried.

    Args:
        people, past: [S] of PERSON and PAST; hidden, cell: [S, layers, hidden] of the LSTM.
        given: [S, m, 7 hidden] what speech and person give to gates and branches; carried: [S, m, 3] degrees;
            toward: [S, m] log odds of landing on the partner; normal, uniform: [S, m, NORMALS or UNIFORMS] what is
            random: of drift, a head movement and a jump, or of a head movement, drift and a jump.
    """
    for s in range(len(given)):
        person, before = people[s], past[s]
        for t in range(given.shape[1]):
            expect(net, scales, person, before, made, given[s, t], hidden[s], cell[s])
            noise, luck = normal[s, t], uniform[s, t]
            begin_jump(net, scales, person, asked, before, made, toward[s, t], noise[6:], luck[5:])
            begin_turn(net, scales, person, asked, before, made, noise[2:], luck)
            step_head(before, person, carried[s, t], scales.pull)
            move_gaze(scales, person, before, made, noise[:2], luck[4])
            for i in range(2):
                rows[s, t, i] = before.gaze[i]
            for i in range(3):
                rows[s, t, 2 + i] = before.head[i] + before.carried[i]
