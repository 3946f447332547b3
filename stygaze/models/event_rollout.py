"""Free running of the events generator: each frame is drawn from what the network expects after the frames before.

Plain array products, one frame at a time, of any number of sequences side by side. What is random comes from generators
that give each frame the same numbers however the speech is cut, so a stream and one pass agree bit for bit.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from stygaze.gaze.habits import beyond
from stygaze.gaze.movements import DURATIONS, LONGEST, PHASES, courses
from stygaze.models.controls import Controls
from stygaze.models.event_jumps import Jumps, choose
from stygaze.models.event_output import Output
from stygaze.models.event_people import YAWS, People
from stygaze.models.event_places import COMING, EYE_UNIT, GAZE_UNIT, HEAD_UNIT, NEAR_SPREADS
from stygaze.models.event_weights import Array, EventWeights, gelu, silu, within
from stygaze.models.events import (
    ANSWERS,
    DRIFT,
    DRIFT_SPREAD,
    DRIFTS,
    FAR,
    HOME_FRAMES,
    LAST,
    LONG_AGO,
    PLACES,
    STATE,
    TURN,
    TURN_SPREAD,
    TURNS,
    EventGenerator,
)
from stygaze.models.voice import PROSODY, Voice

FARTHEST = np.array([45.0, 60.0], np.float32)  # degrees of pitch and yaw from the habitual gaze
RESTED = 20.0  # frames since the last jump at the start
HELD, HOLD = 50, np.float32(0.1)  # frames at rest after which gaze is kept at its place, for nobody rested so long
AHEAD = np.array([0, 3, *FAR])  # frames after this one's at which movements under way are foreseen
BESIDE = -0.5 / np.array(NEAR_SPREADS, np.float32) ** 2
UNMOVED = 99.0  # frames since a head movement when there was none


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
        self._voice = Voice(n)
        self._h = [np.tile(h, (n, 1)) for h in weights.h0]
        self._c = [np.tile(x, (n, 1)) for x in weights.c0]
        self._gaze, self._head = people.gaze.copy(), people.head.copy()
        self._home = self._head.copy()
        self._velocity = np.zeros((n, 3), np.float32)
        self._under_way = np.zeros((n, LONGEST, 3), np.float32)  # steps to come, a ring that begins at `_frame`
        self._remaining = np.zeros((n, 3), np.float32)
        self._turns, self._lengths = np.zeros((n, LAST, 3), np.float32), np.zeros((n, LAST), np.float32)
        self._ago = np.full((n, LAST), UNMOVED, np.float32)
        self._drift, self._jump = np.zeros((n, 2), np.float32), np.zeros((n, 2), np.float32)
        self._landing, self._places = self._gaze.copy(), np.tile(self._gaze[:, None], (1, PLACES, 1))
        self._since, self._busy = np.full((n, 1), RESTED, np.float32), np.zeros((n, 1), np.float32)
        self._flight: list[list[Array]] = [[] for _ in range(n)]
        self._seen = np.zeros((n, STATE), np.float32)
        self._frame = 0
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
        heard = np.concatenate([gelu(x @ w.audio_in[0] + w.audio_in[1]), self._voice(features[..., PROSODY])], -1)
        self._heard = np.concatenate([self._heard, heard], 1)
        return self._advance()

    def finish(self) -> Array:
        """The last frames: after the end there is nothing to hear."""
        rest = np.tile(self._w.blank, (self._size, self._w.config.look_ahead, 1))
        self._heard = np.concatenate([self._heard, rest], 1)
        return self._advance()

    def _advance(self) -> Array:
        w, c = self._w, self._w.config
        span = c.look_back + 1 + c.look_ahead
        ready = self._heard.shape[1] - span + 1
        if ready <= 0:
            return np.zeros((self._size, 0, 7), np.float32)
        around = np.lib.stride_tricks.sliding_window_view(self._heard, span, axis=1)[:, :ready]  # [S, m, width, span]
        around = around.transpose(0, 1, 3, 2).reshape(self._size, ready, -1)
        given = gelu(around @ w.context[0] + w.context[1]) @ w.heard_to + self._constant[:, None]
        self._heard = self._heard[:, ready:]
        normal = np.stack([g.standard_normal((ready, 9), np.float32) for g in self._normal])
        uniform = np.stack([g.random((ready, 8), np.float32) for g in self._uniform])
        rows = np.empty((self._size, ready, 5), np.float32)
        for t in range(ready):
            self._step(given[:, t], normal[:, t], uniform[:, t])
            rows[:, t, :2], rows[:, t, 2:] = self._gaze, self._head
            self._frame += 1
        return self._output(rows)

    def _state(self) -> Array:
        """As `EventGenerator.state_features`."""
        w, x, people = self._w, self._seen, self._people
        x[:, 0:2] = (self._gaze - people.gaze) * (1 / GAZE_UNIT)
        x[:, 2:5] = (self._head - people.head) * (1 / HEAD_UNIT)
        x[:, 5:8] = (self._head - self._home) * (1 / HEAD_UNIT)
        x[:, 8:11] = self._remaining * (1 / HEAD_UNIT)
        x[:, 11:14] = x[:, 2:5] + x[:, 8:11]
        x[:, 14:16] = (self._gaze - self._head[:, :2]) * (1 / EYE_UNIT)
        x[:, 19:22] = self._velocity / w.velocity_std
        foreseen = self._under_way[:, (self._frame + AHEAD) % LONGEST] / w.velocity_std
        x[:, 22:28], x[:, 48:57] = foreseen[:, :2].reshape(-1, 6), foreseen[:, 2:].reshape(-1, 9)
        x[:, 16:19] = within(x[:, 19:22], -6, 6)
        x[:, 28:34] = self._turns.reshape(-1, 3 * LAST)
        x[:, 19:28] *= 8
        x[:, 19:34] = np.arcsinh(x[:, 19:34])
        x[:, 19:28] *= 0.5
        x[:, 48:57] = np.arcsinh(8 * x[:, 48:57]) * 0.5
        x[:, 34:36] = self._lengths * (1 / 3)
        x[:, 36:38] = self._ago
        x[:, 46:47] = np.minimum(self._since, LONG_AGO)
        x[:, 38:40] = within(self._drift / w.drift_std, -5, 5)
        off = self._landing - self._gaze
        x[:, 40:42], x[:, 42:44] = off * (1 / GAZE_UNIT), within(off, -1.5, 1.5)
        x[:, 44:46] = self._jump * (1 / GAZE_UNIT)
        x[:, -2 * PLACES - 14 : -14] = ((self._places - self._gaze[:, None]) * (1 / GAZE_UNIT)).reshape(-1, 2 * PLACES)
        aside = people.along * (self._landing - people.gaze)[:, YAWS]
        x[:, -14:-11] = aside * (1 / HEAD_UNIT) - x[:, 11:14]
        x[:, -11:-9] = (self._gaze - people.gaze) / people.reach
        x[:, -9:-7] = (self._landing - people.gaze) / people.reach
        from_partner = self._landing - people.partner
        x[:, -7:-4] = people.follows * beyond(self._landing)[:, YAWS] * (1 / HEAD_UNIT) - x[:, 11:14]
        x[:, -4:-2] = (self._gaze - people.partner) * (1 / GAZE_UNIT)
        x[:, -2:] = np.exp((from_partner * from_partner).sum(1, keepdims=True) * BESIDE)
        x[:, 36:38], x[:, 46] = np.log1p(x[:, 36:38]) * 0.5, np.log1p(x[:, 46]) * 0.5
        x[:, 47:48] = self._busy
        return x

    def _network(self, given: Array) -> tuple[Array, Array, Array]:
        """Hidden layers, [S, hidden] each: the head's before it knows of a jump and bends, gaze's, a landing's."""
        w, n = self._w, self._w.config.hidden
        state = silu(self._state() @ w.state_in[0] + w.state_in[1])
        x = self._cell(0, given[:, : 4 * n] + np.concatenate([state, self._h[0]], 1) @ w.first)
        for k, (weight, bias) in enumerate(w.deeper, 1):
            x = self._cell(k, np.concatenate([x, self._h[k]], 1) @ weight + bias)
        both = given[:, 4 * n :] + np.concatenate([state, x], 1) @ w.hidden
        return both[:, :n], silu(both[:, n : 2 * n]), silu(both[:, 2 * n :])

    def _cell(self, k: int, gates: Array) -> Array:
        n = self._w.config.hidden
        opened = expit(gates)
        self._c[k] = opened[:, n : 2 * n] * self._c[k] + opened[:, :n] * np.tanh(gates[:, 2 * n : 3 * n])
        self._h[k] = opened[:, 3 * n :] * np.tanh(self._c[k])
        return self._h[k]

    def _step(self, given: Array, normal: Array, uniform: Array) -> None:
        w = self._w
        head, gaze, landing = self._network(given)
        small = gaze @ w.gaze_out[0] + w.gaze_out[1]
        coming = self._begin_jumps(landing, small[:, 0] + (w.jump_bias + self._people.often), normal, uniform)
        if coming[:, 0].any():  # of what does not come, there is nothing to tell
            head = (
                head + np.concatenate([coming, self._people.led(self._gaze, coming[:, 1:3] * GAZE_UNIT)], 1) @ w.coming
            )
        self._move_head(silu(head), normal[:, 5:9], uniform[:, 3:7])
        drifts = small[:, 5:].reshape(-1, DRIFTS, DRIFT)
        chosen = drifts[np.arange(self._size), choose(drifts[:, :, 0], uniform[:, 1])]
        noise = w.drift_scale * np.exp(within(chosen[:, 3:5], *DRIFT_SPREAD)) * normal[:, 3:5]
        slip = small[:, 1:5] * w.slip
        step = slip[:, :2] * self._velocity[:, :2] + slip[:, 2:] * self._drift + (chosen[:, 1:3] + noise) * w.drift_std
        long_held = self._since > HELD
        step = step + np.where(long_held, HOLD * (self._landing - self._gaze), 0)
        self._drift, self._busy = step, np.zeros_like(self._busy)
        moved = self._gaze + step
        for s, flight in enumerate(self._flight):
            if flight:
                moved[s] = flight.pop(0)
                self._drift[s], self._busy[s] = 0, 1
        self._gaze = np.clip(moved, self._people.gaze - FARTHEST, self._people.gaze + FARTHEST)

    def _begin_jumps(self, landing: Array, logit: Array, normal: Array, uniform: Array) -> Array:
        """Jumps that leave now go on their way; [S, COMING] tells the head of them, as `coming_jump`."""
        jumps, coming = self._jumps, np.zeros((self._size, COMING), np.float32)
        chance, sent = jumps.wanted(logit, self._gaze, self._since[:, 0], self._frame)
        self._since += 1
        for s in map(int, np.flatnonzero((uniform[:, 2] < chance) & [not flight for flight in self._flight])):
            at = self._gaze[s].copy()
            if sent is not None:
                goal = sent[s] + normal[s, :2]
            else:
                goal = jumps.goal(s, landing[s], at, self._places[s, 0], normal[s], uniform[s])
            self._flight[s] = self._w.course(at, goal, float(uniform[s, 7]))
            self._places[s, 1:], self._places[s, 0] = self._places[s, :-1].copy(), self._landing[s]
            self._landing[s], self._jump[s], self._since[s] = goal, goal - at, 0
            coming[s, 0], coming[s, 1:3] = 1, (goal - at) * (1 / GAZE_UNIT)
            coming[s, 3:] = np.clip((goal - at) * (1 / 3), -1, 1)
        return coming

    def _move_head(self, plan: Array, normal: Array, uniform: Array) -> None:
        w, people = self._w, self._people
        out = plan @ w.head_out[0] + w.head_out[1]
        at = self._frame % LONGEST
        self._ago = np.minimum(self._ago + 1, UNMOVED)
        for s in map(int, np.flatnonzero(uniform[:, 0] < expit(out[:, 0]))):
            k = int(choose(out[s : s + 1, 1:], uniform[s, 1:2])[0])
            hidden = silu(plan[s] @ w.turn_hidden[0] + w.turn_hidden[1][k])
            raw = (hidden @ w.turn_out[0] + w.turn_out[1]).reshape(TURNS, TURN)
            part = raw[int(choose(raw[None, :, 0], uniform[s, 2:3])[0])]
            home = people.head[s] - self._head[s] - self._remaining[s]
            with_gaze = people.with_gaze(s, self._landing[s], self._jump[s])
            before = np.concatenate([self._turns[s], [home, people.carried[s]], with_gaze])
            before[:, 2] -= people.leaning[s] * before[:, 1]
            answer = (part[10:].reshape(ANSWERS, 3) * before).sum(0) * 0.5
            drawn = np.exp(within(part[4:7], *TURN_SPREAD)) * normal[s, :3] + part[7:10] * normal[s, 3]
            size = (part[1:4] + answer + w.turn_spread * drawn) * w.turn_scale * self._controls.head_activity
            size[2] += people.leaning[s, 0] * size[1]  # what a movement is drawn from counts roll beside yaw
            over = np.abs(size - home) - people.stray[s]  # where it would end, beyond what this person does
            size = size - np.sign(size - home) * np.maximum(over, 0) * 0.75
            course = courses()[k, int(uniform[s, 3] * len(PHASES))][:, None] * size
            self._under_way[s, at:] += course[: LONGEST - at]
            self._under_way[s, :at] += course[LONGEST - at :]
            self._remaining[s] += size
            self._turns[s, 1:], self._lengths[s, 1:] = self._turns[s, :-1].copy(), self._lengths[s, :-1].copy()
            self._ago[s, 1:] = self._ago[s, :-1].copy()
            self._turns[s, 0], self._lengths[s, 0], self._ago[s, 0] = size, np.log(DURATIONS[k]), 1
        self._velocity = self._under_way[:, at].copy()
        self._under_way[:, at] = 0
        self._remaining -= self._velocity
        away = self._head - people.head
        pull = w.config.pull * (1 + (away / people.stray) ** 2)
        self._head = self._head + self._velocity - np.minimum(pull, 0.5) * away
        self._home += (self._head - self._home) * np.float32(1 / HOME_FRAMES)


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
