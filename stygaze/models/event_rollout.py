"""Free running of the events generator: each frame is drawn from what the network expects after the frames before.

Plain array products, one frame at a time, of any number of sequences side by side. What is random comes from generators
that give each frame the same numbers however the speech is cut, so a stream and one pass agree bit for bit.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from stygaze.gaze.movements import PHASES, courses
from stygaze.models.accents import KNOWN, accents
from stygaze.models.carriage import BACK, filtered, in_contact, speaking
from stygaze.models.controls import Controls
from stygaze.models.event_jumps import Jumps, choose
from stygaze.models.event_moments import LONG_AGO
from stygaze.models.event_output import Output
from stygaze.models.event_past import UNMOVED, Past
from stygaze.models.event_people import People
from stygaze.models.event_places import COMING, GAZE_UNIT
from stygaze.models.event_weights import Array, EventWeights, gelu, silu, within
from stygaze.models.events import (
    ANSWERS,
    DRIFT,
    DRIFT_SPREAD,
    DRIFTS,
    TURN,
    TURN_SPREAD,
    TURNS,
    EventGenerator,
)
from stygaze.models.voice import PROSODY, SILENT, Voice

FARTHEST = np.array([45.0, 60.0], np.float32)  # degrees of pitch and yaw from the habitual gaze
FASTEST = 5.0  # degrees a frame of a gaze that rests, which answers to its own last step and must not run away
HELD, HOLD = 50, np.float32(0.1)  # frames at rest after which gaze is kept at its place, for nobody rested so long


class EventRollout:
    """Drawn motion of S people for growing rows of speech features."""

    def __init__(self, weights: EventWeights, styles: Array, seeds: Sequence[int], controls: Controls | None = None):
        """
        Args:
            styles: [S, style_dim + HABITS], or [S, style_dim].
            seeds: one a sequence; the same seed, style and speech give the same motion.
        """
        self._w, c = weights, weights.config
        self._controls = controls or Controls()
        self._people = people = People(weights, styles)
        self._size = n = len(people)
        self._normal = [np.random.default_rng([int(s), 1]) for s in seeds]
        self._uniform = [np.random.default_rng([int(s), 2]) for s in seeds]
        (first, bias), (second, last) = weights.person_in
        self._constant = (silu(people.numbers @ first + bias) @ second + last) @ weights.person_to + weights.bias
        self._heard = np.tile(weights.blank, (n, c.look_back, 1))
        self._voice, self._spoken = Voice(n), np.tile(SILENT, (n, BACK, 1))
        self._h = [np.tile(h, (n, 1)) for h in weights.h0]
        self._c = [np.tile(x, (n, 1)) for x in weights.c0]
        self._past = Past(weights, people)
        self._flight: list[list[Array]] = [[] for _ in range(n)]
        self._nearest, self._farthest = people.gaze - FARTHEST, people.gaze + FARTHEST
        self._each = np.arange(n)
        self._jumps = Jumps(weights, people, self._controls)
        self._output = Output(weights, people.numbers, people.gaze, seeds)

    @classmethod
    def of_one(cls, weights: EventWeights, style: Array, seed: int, controls: Controls | None) -> EventRollout:
        """For one person; `push` and `finish` give [m, 7]."""
        return _Alone(weights, style[None], [seed], controls)

    def push(self, features: Array) -> Array:
        """Speech features [S, n, D] (or [n, D] for one), next in time -> the frames [S, m, 7] known by now, degrees."""
        w = self._w
        features = np.asarray(features, np.float32).reshape(self._size, -1, w.config.audio_dim)
        x = (features - w.audio_mean) / w.audio_std
        self._heard = np.concatenate([self._heard, gelu(x @ w.audio_in[0] + w.audio_in[1])], 1)
        self._spoken = np.concatenate([self._spoken, self._voice(features[..., PROSODY])], 1)
        return self._advance()

    def finish(self) -> Array:
        """The last frames: after the end there is nothing to hear."""
        rest = self._size, self._w.config.look_ahead, 1
        self._heard = np.concatenate([self._heard, np.tile(self._w.blank, rest)], 1)
        self._spoken = np.concatenate([self._spoken, np.tile(SILENT, rest)], 1)
        return self._advance()

    def _advance(self) -> Array:
        w, c = self._w, self._w.config
        span = c.look_back + 1 + c.look_ahead
        ready = self._heard.shape[1] - span + 1
        if ready <= 0:
            return np.zeros((self._size, 0, 7), np.float32)
        voice = self._spoken[:, BACK - c.look_back - KNOWN :]
        voice = np.concatenate([voice[:, KNOWN:], accents(voice)], -1)
        for kernel, bias in (w.voice_in, w.voice):
            voice = gelu(filtered(voice, kernel) + bias)
        words = gelu(filtered(self._heard, w.words[0]) + w.words[1])
        given = np.concatenate([words, voice], -1) @ w.heard_to + self._constant[:, None]
        spoken = (speaking(self._spoken, c.look_ahead) - w.usual[0]) * np.float32(self._controls.head_activity)
        carried = spoken[..., None] * self._people.carriage[:, None]
        contact = (in_contact(self._spoken, w.contact) - w.usual[1]) * w.contact_odds
        if not self._past.frame:  # it is held so from the start
            self._past.carried[:] = carried[:, 0]
        self._heard, self._spoken = self._heard[:, ready:], self._spoken[:, ready:]
        normal = np.stack([g.standard_normal((ready, 9), np.float32) for g in self._normal])
        uniform = np.stack([g.random((ready, 8), np.float32) for g in self._uniform])
        rows = np.empty((self._size, ready, 5), np.float32)
        for t in range(ready):
            self._jumps.toward = contact[:, t]
            self._step(given[:, t], carried[:, t], normal[:, t], uniform[:, t])
            rows[:, t, :2], rows[:, t, 2:] = self._past.gaze, self._past.head + self._past.carried
        return self._output(rows)

    def _network(self, given: Array) -> tuple[Array, Array, Array]:
        """Hidden layers, [S, hidden] each: the head's and a landing's before they bend, gaze's."""
        w, n = self._w, self._w.config.hidden
        state = silu(self._past.seen())
        x = self._cell(0, given[:, : 4 * n] + np.concatenate([state, self._h[0]], 1) @ w.first)
        for k, (weight, bias) in enumerate(w.deeper, 1):
            x = self._cell(k, np.concatenate([x, self._h[k]], 1) @ weight + bias)
        both = given[:, 4 * n :] + np.concatenate([state, x], 1) @ w.hidden
        return both[:, :n], silu(both[:, n : 2 * n]), both[:, 2 * n :]

    def _cell(self, k: int, gates: Array) -> Array:
        n, half = self._w.config.hidden, np.float32(0.5)
        bent = np.tanh(gates)  # of gates halved in `EventWeights`, all but the candidate
        opened = bent * half + half
        self._c[k] = opened[:, n : 2 * n] * self._c[k] + opened[:, :n] * bent[:, 2 * n : 3 * n]
        self._h[k] = opened[:, 3 * n :] * np.tanh(self._c[k])
        return self._h[k]

    def _step(self, given: Array, carried: Array, normal: Array, uniform: Array) -> None:
        w, past = self._w, self._past
        head, gaze, landing = self._network(given)
        small = gaze @ w.gaze_out[0] + w.gaze_out[1]
        rested = np.minimum(past.since[:, 0], LONG_AGO - 1).astype(int)
        odds = small[:, 0] + (w.jump_odds[rested] + self._people.often)
        coming = self._begin_jumps(landing, odds, normal, uniform)
        if coming is not None:  # of what does not come, there is nothing to tell
            led = self._people.led(past.gaze, coming[:, 1:3] * GAZE_UNIT)
            head = head + np.concatenate([coming, led], 1) @ w.coming
        self._move_head(silu(head), normal[:, 5:9], uniform[:, 3:7])
        past.step_head(carried)
        drifts = small[:, 5:].reshape(-1, DRIFTS, DRIFT)
        chosen = drifts[self._each, choose(drifts[:, :, 0], uniform[:, 1])]
        noise = w.drift_scale * np.exp(within(chosen[:, 3:5], *DRIFT_SPREAD)) * normal[:, 3:5]
        slip = small[:, 1:5] * w.slip
        step = slip[:, :2] * past.turning[:, :2] + slip[:, 2:] * past.drift + (chosen[:, 1:3] + noise) * w.drift_std
        if past.since.max() > HELD:
            step = step + np.where(past.since > HELD, HOLD * (past.landing - past.gaze), 0)
        step = within(step, -FASTEST, FASTEST)
        past.drift[:], past.busy[:] = step, 0
        moved = past.gaze + step
        for s, flight in enumerate(self._flight):
            if flight:
                moved[s] = flight.pop(0)
                past.drift[s], past.busy[s] = 0, 1
        past.step_gaze(np.minimum(np.maximum(moved, self._nearest), self._farthest))

    def _begin_jumps(self, landing: Array, logit: Array, normal: Array, uniform: Array) -> Array | None:
        """Jumps that leave now go on their way; [S, COMING] tells the head of them, as `coming_jump`."""
        jumps, past = self._jumps, self._past
        chance, sent = jumps.wanted(logit, past.gaze, past.since[:, 0], past.frame)
        past.since += 1
        leaving = [s for s in below(uniform[:, 2], chance) if not self._flight[s]]
        if not leaving:
            return None
        coming = np.zeros((self._size, COMING), np.float32)
        for s in leaving:
            at = past.gaze[s].copy()
            if sent is not None:
                goal = sent[s] + normal[s, :2]
            else:
                goal = jumps.goal(s, silu(landing[s]), at, past.places[s, 0], normal[s], uniform[s])
            self._flight[s] = self._w.course(at, goal, float(uniform[s, 7]))
            past.jumped(s, goal)
            coming[s, 0], coming[s, 1:3] = 1, (goal - at) * (1 / GAZE_UNIT)
            coming[s, 3:] = within((goal - at) * (1 / 3), -1, 1)
        return coming

    def _move_head(self, plan: Array, normal: Array, uniform: Array) -> None:
        w, people, past = self._w, self._people, self._past
        out = plan @ w.head_out[0] + w.head_out[1]
        past.ago[:] = np.minimum(past.ago + 1, UNMOVED)
        for s in below(uniform[:, 0], expit(out[:, 0])):
            k = int(choose(out[s : s + 1, 1:], uniform[s, 1:2])[0])
            hidden = silu(plan[s] @ w.turn_hidden[0] + w.turn_hidden[1][k])
            raw = (hidden @ w.turn_out[0] + w.turn_out[1]).reshape(TURNS, TURN)
            part = raw[int(choose(raw[None, :, 0], uniform[s, 2:3])[0])]
            home = people.head[s] - past.head[s] - past.remaining[s]
            with_gaze = people.with_gaze(s, past.landing[s], past.jump[s])
            before = np.concatenate([past.turns[s], home[None], with_gaze])
            before[:, 2] -= people.leaning[s] * before[:, 1]
            answer = (part[10:].reshape(ANSWERS, 3) * before).sum(0) * 0.5
            drawn = np.exp(within(part[4:7], *TURN_SPREAD)) * normal[s, :3] + part[7:10] * normal[s, 3]
            size = (part[1:4] + answer + w.turn_spread * drawn) * w.turn_scale * self._controls.head_activity
            size[2] += people.leaning[s, 0] * size[1]  # what a movement is drawn from counts roll beside yaw
            over = np.abs(size - home) - people.stray[s]  # where it would end, beyond what this person does
            size = size - np.sign(size - home) * np.maximum(over, 0) * 0.75
            past.turned(s, courses()[k, int(uniform[s, 3] * len(PHASES))][:, None] * size, size, k)


def below(uniform: NDArray[np.floating], chance: NDArray[np.floating]) -> list[int]:
    """For whom it happens, of chances [S]; mostly for nobody, which lists find sooner than arrays."""
    return [s for s, (drawn, c) in enumerate(zip(uniform.tolist(), chance.tolist(), strict=True)) if drawn < c]


class _Alone(EventRollout):
    def _advance(self) -> Array:
        return super()._advance()[0]


def draw(
    model: EventGenerator,
    features: Sequence[NDArray[np.floating]],
    styles: NDArray[np.floating],
    seeds: Sequence[int],
    controls: Controls | None = None,
) -> list[Array]:
    """Motions of several people side by side, each from the habitual pose of its style.

    Args:
        features: [T_i, D] of each.
        styles: [S, style_dim + HABITS], or [S, style_dim].

    Returns:
        [T_i, 7] degrees of each.
    """
    longest = max(len(f) for f in features)
    heard = np.tile(model.audio_mean.numpy(), (len(features), longest, 1))
    for row, f in zip(heard, features, strict=True):
        row[: len(f)] = f
    rollout = EventRollout(EventWeights(model), np.asarray(styles, np.float32), seeds, controls)
    block = model.config.segment
    parts = [rollout.push(heard[:, t : t + block]) for t in range(0, longest, block)]
    frames = np.concatenate([*parts, rollout.finish()], 1)
    return [row[: len(f)] for row, f in zip(frames, features, strict=True)]
