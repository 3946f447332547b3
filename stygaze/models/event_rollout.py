"""Free running of the events generator: each frame is drawn from what the network expects after the frames before.

Plain array products, one frame at a time, of any number of sequences side by side. What is random comes from generators
that give each frame the same numbers however the speech is cut, so a stream and one pass agree bit for bit.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import betainc, erf

from stygaze.gaze.decomposition import PROFILE_SHAPE
from stygaze.models.controls import Controls
from stygaze.models.event_output import Output, eye_in_head
from stygaze.models.events import (
    DRIFT,
    DRIFT_SPREAD,
    DRIFTS,
    EXPERT,
    EYE_UNIT,
    GAZE_UNIT,
    HEAD_SPREAD,
    HEAD_UNIT,
    HOME_FRAMES,
    KNOBS,
    LAGS,
    LANDING,
    LANDING_SPREAD,
    LANDINGS,
    SLIP,
    STATE,
    EventGenerator,
)

Array = NDArray[np.float32]
FLIGHT = 10  # frames of a jump at most
FARTHEST = np.array([45.0, 60.0], np.float32)  # degrees of pitch and yaw from the habitual gaze
STRAY = 3.0  # spreads of the head about its habit from which it is drawn back more than it would be
RESTED = 20.0  # frames since the last jump at the start


def silu(x: Array) -> Array:
    return x / (1 + np.exp(-x))


def gelu(x: Array) -> Array:
    return (0.5 * x * (1.0 + erf(x * np.float32(0.7071067811865476)))).astype(np.float32)


class EventWeights:
    """Arrays of a trained events generator as the rollout multiplies them; made once, read only."""

    def __init__(self, model: EventGenerator):
        self.config = c = model.config
        w = {k: v.detach().numpy().astype(np.float32) for k, v in model.state_dict().items()}

        def turned(name: str, part: slice = slice(None)) -> Array:
            return np.ascontiguousarray(w[name][:, part].T)

        hear, state = slice(0, c.width), slice(c.width, c.width + c.state_width)
        person, out = slice(state.stop, None), slice(0, c.hidden)
        self.audio_mean, self.audio_std = w["audio_mean"], w["audio_std"]
        self.audio_in = turned("audio_in.weight"), w["audio_in.bias"]
        conv = w["audio_context.weight"]
        self.context = np.ascontiguousarray(conv.transpose(2, 1, 0).reshape(-1, len(conv))), w["audio_context.bias"]
        self.state_in = turned("state_in.weight"), w["state_in.bias"]
        self.style_in = turned("style_in.weight"), w["style_in.bias"]
        self.knobs_in = turned("knobs_in.weight")
        # what does not depend on the past, for all three consumers of it in one product: gates | head | gaze
        first = w["lstm.weight_ih_l0"], w["lstm.bias_ih_l0"] + w["lstm.bias_hh_l0"]
        head, gaze = w["head_hidden.0.weight"], w["gaze_hidden.0.weight"]
        tail = head[:, c.hidden :], gaze[:, c.hidden :]
        seen = np.concatenate([first[0], *tail])  # rows: consumers; columns: heard, state, person
        self.heard_to = np.ascontiguousarray(seen[:, hear].T)
        self.person_to = np.ascontiguousarray(seen[:, person].T)
        self.bias = np.concatenate([first[1], w["head_hidden.0.bias"], w["gaze_hidden.0.bias"]])
        self.first = np.ascontiguousarray(np.hstack([first[0][:, state], w["lstm.weight_hh_l0"]]).T)
        self.deeper = [
            (
                np.ascontiguousarray(np.hstack([w[f"lstm.weight_ih_l{k}"], w[f"lstm.weight_hh_l{k}"]]).T),
                w[f"lstm.bias_ih_l{k}"] + w[f"lstm.bias_hh_l{k}"],
            )
            for k in range(1, c.layers)
        ]
        self.h0, self.c0 = w["h0"][:, 0], w["c0"][:, 0]
        here = slice(c.hidden + state.start, c.hidden + state.stop)
        self.hidden = np.ascontiguousarray(
            np.concatenate([np.hstack([m[:, here], m[:, out]]) for m in (head, gaze)]).T
        )  # [state | hidden] -> head, gaze
        self.head_second = turned("head_hidden.2.weight"), w["head_hidden.2.bias"]
        experts = w["head_out.weight"].reshape(c.experts, EXPERT, c.hidden), w["head_out.bias"].reshape(-1, EXPERT)
        self.expert_logit = np.ascontiguousarray(experts[0][:, 0].T), experts[1][:, 0]
        self.expert = np.ascontiguousarray(experts[0][:, 1:]), experts[1][:, 1:]
        spans = np.cumsum([1, LANDINGS * LANDING, 4, DRIFTS * DRIFT])
        small = np.r_[0:1, spans[1] : spans[3]]  # jump, slip, drift
        gaze_out, gaze_bias = w["gaze_out.weight"], w["gaze_out.bias"]
        self.small = np.ascontiguousarray(gaze_out[small].T), gaze_bias[small]
        self.land = np.ascontiguousarray(gaze_out[1 : spans[1]].T), gaze_bias[1 : spans[1]]
        self.posture = turned("posture.weight"), w["posture.bias"]
        self.vergence = [(turned(f"vergence.{k}.weight"), w[f"vergence.{k}.bias"]) for k in (0, 2)]
        for name in ("velocity_std", "acceleration_std", "drift_std", "knobs_mean", "knobs_std", "tracker", "blinks"):
            setattr(self, name, w[name])
        self.velocity_std: Array
        self.acceleration_std: Array
        self.drift_std: Array
        self.knobs_mean: Array
        self.knobs_std: Array
        self.tracker: Array
        self.blinks: Array
        self.slope, self.intercept, self.lean = (float(x) for x in w["saccade"])
        self.blank = gelu(np.zeros(c.audio_dim, np.float32) @ self.audio_in[0] + self.audio_in[1])


    def habits(self, styles: Array) -> Array:
        """[S, 8] habitual gaze (2) and head (3), and log spread of the head (3)."""
        return styles @ self.posture[0] + self.posture[1]

    def half_vergence(self, styles: Array, off: Array) -> Array:
        """[S, m] degrees for gaze [S, m, 2] about the habitual one."""
        x = np.concatenate([off, np.linalg.norm(off, axis=-1, keepdims=True)], -1) / 20
        style = np.broadcast_to(styles[:, None], (*off.shape[:2], styles.shape[1]))
        (w, b), (v, c) = self.vergence
        return (silu(np.concatenate([style, x], -1) @ w + b) @ v + c)[..., 0]

    def habitual_pose(self, style: Array) -> Array:
        """[7] degrees of a style [style_dim]: head at its habit, eyes where they mostly look."""
        habits = self.habits(style.astype(np.float32)[None])[0].astype(float)
        pitch, yaw = eye_in_head(habits[None, :2], habits[None, 2:5])[0]
        half = float(self.half_vergence(style.astype(np.float32)[None], np.zeros((1, 1, 2), np.float32))[0, 0])
        return np.array([*habits[2:5], pitch, yaw + half, pitch, yaw - half])


class EventRollout:
    """Drawn motion of S people for growing rows of speech features."""

    def __init__(
        self, weights: EventWeights, styles: Array, seeds: Sequence[int], controls: Controls | None = None
    ):
        """
        Args:
            styles: [S, style_dim].
            seeds: one a sequence; the same seed, style and speech give the same motion.
        """
        self._w, c = weights, weights.config
        self._controls = controls or Controls()
        styles = np.asarray(styles, np.float32)
        self._size = n = len(styles)
        fitted = weights.habits(styles)
        self._habitual_gaze, self._habitual_head = fitted[:, :2], fitted[:, 2:5]
        self._stray = STRAY * np.exp(np.clip(fitted[:, 5:8], -1, 2.5))
        self._normal = [np.random.default_rng([int(s), 1]) for s in seeds]
        self._uniform = [np.random.default_rng([int(s), 2]) for s in seeds]
        person = styles @ weights.style_in[0] + weights.style_in[1] + self._knobs(fitted) @ weights.knobs_in
        self._constant = person @ weights.person_to + weights.bias
        self._heard = np.tile(weights.blank, (n, c.look_back, 1))
        self._h = [np.tile(h, (n, 1)) for h in weights.h0]
        self._c = [np.tile(x, (n, 1)) for x in weights.c0]
        self._gaze, self._head = self._habitual_gaze.copy(), self._habitual_head.copy()
        self._home = self._head.copy()
        self._velocity = np.zeros((n, LAGS, 3), np.float32)
        self._drift, self._jump = np.zeros((n, 2), np.float32), np.zeros((n, 2), np.float32)
        self._landing = self._gaze.copy()
        self._since, self._busy = np.full((n, 1), RESTED, np.float32), np.zeros((n, 1), np.float32)
        self._flight: list[list[Array]] = [[] for _ in range(n)]
        self._seen = np.zeros((n, STATE), np.float32)
        self._frame = 0
        self._output = Output(weights, styles, self._habitual_gaze, seeds)

    @classmethod
    def of_one(cls, weights: EventWeights, style: Array, seed: int, controls: Controls | None) -> EventRollout:
        """For one person; `push` and `finish` give [m, 7]."""
        return _Alone(weights, style[None], [seed], controls)

    def _knobs(self, fitted: Array) -> Array:
        return np.zeros((self._size, 2 * KNOBS), np.float32)

    def push(self, features: Array) -> Array:
        """Speech features [S, n, D] (or [n, D] for one), next in time -> the frames [S, m, 7] known by now, degrees."""
        w = self._w
        x = (np.asarray(features, np.float32).reshape(self._size, -1, w.config.audio_dim) - w.audio_mean) / w.audio_std
        self._heard = np.concatenate([self._heard, gelu(x @ w.audio_in[0] + w.audio_in[1])], 1)
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
        normal = np.stack([g.standard_normal((ready, 8), np.float32) for g in self._normal])
        uniform = np.stack([g.random((ready, 5), np.float32) for g in self._uniform])
        rows = np.empty((self._size, ready, 5), np.float32)
        for t in range(ready):
            self._step(given[:, t], normal[:, t], uniform[:, t])
            rows[:, t, :2], rows[:, t, 2:] = self._gaze, self._head
            self._frame += 1
        return self._output(rows)

    def _state(self) -> Array:
        """As `EventGenerator.state_features`."""
        w, x = self._w, self._seen
        x[:, 0:2] = (self._gaze - self._habitual_gaze) * (1 / GAZE_UNIT)
        x[:, 2:5] = (self._head - self._habitual_head) * (1 / HEAD_UNIT)
        x[:, 5:8] = (self._head - self._home) * (1 / HEAD_UNIT)
        x[:, 8:10] = (self._gaze - self._head[:, :2]) * (1 / EYE_UNIT)
        v = self._velocity[:, :3]
        x[:, 10:19] = (v / w.velocity_std).reshape(-1, 9)
        x[:, 19:25] = ((v[:, :-1] - v[:, 1:]) / w.acceleration_std).reshape(-1, 6)
        x[:, 25:28], x[:, 28:31] = x[:, 10:13], x[:, 19:22]
        x[:, 25:31] = np.arcsinh(8 * x[:, 25:31]) * 0.5
        np.clip(x[:, 10:25], -6, 6, out=x[:, 10:25])
        x[:, 31:33] = np.clip(self._drift / w.drift_std, -5, 5)
        off = self._landing - self._gaze
        x[:, 33:35], x[:, 35:37] = off * (1 / GAZE_UNIT), np.clip(off, -1.5, 1.5)
        x[:, 37:39] = self._jump * (1 / GAZE_UNIT)
        x[:, 39:40] = np.log1p(self._since) * 0.5
        x[:, 40:41] = self._busy
        return x

    def _network(self, given: Array) -> tuple[Array, Array]:
        """Hidden layers of head and gaze, [S, hidden] each."""
        w, n = self._w, self._w.config.hidden
        state = silu(self._state() @ w.state_in[0] + w.state_in[1])
        x = self._cell(0, given[:, : 4 * n] + np.concatenate([state, self._h[0]], 1) @ w.first)
        for k, (weight, bias) in enumerate(w.deeper, 1):
            x = self._cell(k, np.concatenate([x, self._h[k]], 1) @ weight + bias)
        both = silu(given[:, 4 * n :] + np.concatenate([state, x], 1) @ w.hidden)
        return silu(both[:, :n] @ w.head_second[0] + w.head_second[1]), both[:, n:]

    def _cell(self, k: int, gates: Array) -> Array:
        n = self._w.config.hidden
        opened = 1 / (1 + np.exp(-np.clip(gates, -30, 30)))
        self._c[k] = opened[:, n : 2 * n] * self._c[k] + opened[:, :n] * np.tanh(gates[:, 2 * n : 3 * n])
        self._h[k] = opened[:, 3 * n :] * np.tanh(self._c[k])
        return self._h[k]

    def _step(self, given: Array, normal: Array, uniform: Array) -> None:
        w = self._w
        head, gaze = self._network(given)
        self._move_head(head, normal[:, :3], uniform[:, 0])
        small = gaze @ w.small[0] + w.small[1]
        drifts = small[:, 5:].reshape(-1, DRIFTS, DRIFT)
        chosen = drifts[np.arange(self._size), choose(drifts[:, :, 0], uniform[:, 1])]
        noise = np.exp(np.clip(chosen[:, 3:5], *DRIFT_SPREAD)) * normal[:, 3:5]
        slip = small[:, 1:5] * np.array(SLIP, np.float32)
        step = slip[:, :2] * self._velocity[:, 0, :2] + slip[:, 2:] * self._drift + (chosen[:, 1:3] + noise) * w.drift_std
        chance = 1 / (1 + np.exp(-small[:, 0]))
        self._since += 1
        self._drift, self._busy = step, np.zeros_like(self._busy)
        moved = self._gaze + step
        for s in np.flatnonzero((uniform[:, 2] < chance) | [bool(f) for f in self._flight]):
            if not self._flight[s]:
                self._launch(s, gaze[s], normal[s, 5:8], uniform[s, 3:5])
            moved[s] = self._flight[s].pop(0)
            self._drift[s], self._busy[s] = 0, 1
        low, high = self._habitual_gaze - FARTHEST, self._habitual_gaze + FARTHEST
        self._gaze = np.clip(moved, low, high)

    def _move_head(self, hidden: Array, normal: Array, uniform: Array) -> None:
        w = self._w
        k = choose(hidden @ w.expert_logit[0] + w.expert_logit[1], uniform)
        raw = np.einsum("skh,sh->sk", w.expert[0][k], hidden) + w.expert[1][k]
        v, unit = self._velocity, w.acceleration_std
        past = np.concatenate([v[:, :1], v[:, :-1] - v[:, 1:]], 1) / unit
        answer = (raw[:, 6:].reshape(-1, LAGS, 3) * past).sum(1) * 0.5
        push = raw[:, :3] + answer + np.exp(np.clip(raw[:, 3:6], *HEAD_SPREAD)) * normal
        latest = v[:, 0] + push * unit
        self._velocity = np.concatenate([latest[:, None], v[:, :-1]], 1)
        away = self._head - self._habitual_head
        pull = w.config.pull * (1 + (away / self._stray) ** 2)
        self._head = self._head + latest - np.minimum(pull, 0.5) * away
        self._home += (self._head - self._home) * np.float32(1 / HOME_FRAMES)

    def _launch(self, s: int, hidden: Array, normal: Array, uniform: Array) -> None:
        """Frames of a jump: duration by the main sequence, a skewed bell of speed, sampled at a random phase."""
        w = self._w
        raw = (hidden @ w.land[0] + w.land[1]).reshape(LANDINGS, LANDING)
        k = int(choose(raw[None, :, 0], uniform[:1])[0])
        about = self._habitual_gaze[s] if k < LANDINGS // 2 else self._gaze[s]
        spread = np.exp(np.clip(raw[k, 3:5], *LANDING_SPREAD))
        goal = about + GAZE_UNIT * (raw[k, 1:3] + spread * normal[:2])
        start = self._gaze[s].copy()
        size = float(np.hypot(*(goal - start)))
        frames = max((w.slope * min(size, 35.0) + w.intercept) * float(np.exp(0.05 * normal[2])), 0.2)
        share = betainc(PROFILE_SHAPE, w.lean, np.clip((np.arange(1, FLIGHT) - uniform[1]) / frames, 0, 1))
        if share[0] * size < 0.3:  # what could not be seen is not yet the jump
            share = share[1:]
        length = int(np.argmax((1 - share) * size < 0.4)) + 1
        share = share[:length].astype(np.float32)
        share[-1] = 1
        self._flight[s] = list(start + share[:, None] * (goal - start))
        self._landing[s], self._jump[s], self._since[s] = goal, goal - start, 0


class _Alone(EventRollout):
    def _advance(self) -> Array:
        return super()._advance()[0]


def choose(logit: Array, uniform: Array) -> NDArray[np.intp]:
    """Index of one of K by their weights exp(logit) [S, K], with a number [S] in [0, 1) each."""
    total = np.cumsum(np.exp(logit - logit.max(1, keepdims=True)), axis=1)
    return (total < uniform[:, None] * total[:, -1:]).sum(1)


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
        styles: [S, style_dim].

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
