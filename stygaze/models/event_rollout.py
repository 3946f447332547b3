"""Free running of the events generator: each frame is drawn from what the network expects after the frames before.

Of any number of sequences side by side. What is random comes from generators that give each frame the same numbers
however the speech is cut, so a stream and one pass agree bit for bit.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from stygaze.models.accents import KNOWN, accents
from stygaze.models.carriage import BACK, filtered, in_contact, speaking
from stygaze.models.controls import Controls
from stygaze.models.event_jumps import Asked
from stygaze.models.event_output import Output
from stygaze.models.event_past import at_rest
from stygaze.models.event_people import People
from stygaze.models.event_steps import NORMALS, UNIFORMS, Made, run
from stygaze.models.event_weights import Array, EventWeights, gelu, silu
from stygaze.models.events import EventGenerator
from stygaze.models.voice import PROSODY, SILENT, Voice


class EventRollout:
    """Drawn motion of S people for growing rows of speech features."""

    def __init__(self, weights: EventWeights, styles: Array, seeds: Sequence[int], controls: Controls | None = None):
        """
        Args:
            styles: [S, style_dim + HABITS], or [S, style_dim].
            seeds: one a sequence; the same seed, style and speech give the same motion.
        """
        self._w, c = weights, weights.config
        people = People(weights, styles)
        self._people, self._carriage, self._asked = people.each, people.carriage, Asked.of(controls or Controls())
        self._size = n = len(styles)
        self._normal = [np.random.default_rng([int(s), 1]) for s in seeds]
        self._uniform = [np.random.default_rng([int(s), 2]) for s in seeds]
        (first, bias), (second, last) = weights.person_in
        self._constant = (silu(people.numbers @ first + bias) @ second + last) @ weights.person_to + weights.bias
        self._heard = np.tile(weights.blank, (n, c.look_back, 1))
        self._voice, self._spoken = Voice(n), np.tile(SILENT, (n, BACK, 1))
        self._past, self._made = at_rest(people.each, self._asked.eye_contact), Made.room(weights)
        self._hidden, self._cell = (np.tile(x, (n, 1, 1)) for x in (weights.h0, weights.c0))
        self._output = Output(weights, people.numbers, people.each["gaze"], seeds)

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
        spoken = (speaking(self._spoken, c.look_ahead) - w.usual[0]) * np.float32(self._asked.head_activity)
        carried = spoken[..., None] * self._carriage[:, None]
        toward = (in_contact(self._spoken, w.contact) - w.usual[1]) * w.contact_odds
        if not self._past["frame"][0]:  # it is held so from the start
            self._past["carried"] = carried[:, 0]
        self._heard, self._spoken = self._heard[:, ready:], self._spoken[:, ready:]
        normal = np.stack([g.standard_normal((ready, NORMALS), np.float32) for g in self._normal])
        uniform = np.stack([g.random((ready, UNIFORMS), np.float32) for g in self._uniform])
        rows = np.empty((self._size, ready, 5), np.float32)
        given, carried, toward = (np.ascontiguousarray(x, np.float32) for x in (given, carried, toward))
        run(
            w.network, w.scales, self._people, self._asked, self._past, self._made, self._hidden, self._cell,
            given, carried, toward, normal, uniform, rows,
        )  # fmt: skip
        return self._output(rows)


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
