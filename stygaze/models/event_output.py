"""From drawn gaze and head to seven angles: eyes in the head, vergence, and what a tracker would have added."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from stygaze.models.oculomotor import NECK_RANGE, OCULAR_RANGE, eye_in_head, soft_limit

if TYPE_CHECKING:
    from stygaze.models.event_weights import EventWeights

Array = NDArray[np.float32]
BLINK_APART = 0.3  # s between blinks at least


class Output:
    """Gaze and head [S, m, 5] -> frames [S, m, 7], block after block."""

    def __init__(self, weights: EventWeights, people: Array, habitual_gaze: Array, seeds: Sequence[int]):
        self._w, self._people, self._centre = weights, people, habitual_gaze
        self._eye_noise, self._head_noise, rate = (float(x) for x in weights.tracker)
        self._noise = [np.random.default_rng([int(s), 3]) for s in seeds]
        self._lids = [np.random.default_rng([int(s), 4]) for s in seeds]
        self._mean_apart = max(1 / rate - BLINK_APART, 0.1) if rate else 0.0
        self._next = [g.exponential(self._mean_apart) if rate else np.inf for g in self._lids]
        self._blink: list[Array] = [np.zeros((0, 2), np.float32) for _ in seeds]
        self._frame = 0

    def __call__(self, rows: Array) -> Array:
        gaze, head = rows[..., :2], soft_limit(rows[..., 2:], NECK_RANGE)
        people, n = gaze.shape[:2]
        flat = eye_in_head(gaze.reshape(-1, 2).astype(float), head.reshape(-1, 3).astype(float))
        eye = soft_limit(flat, OCULAR_RANGE).reshape(people, n, 2)
        half = self._w.half_vergence(self._people, gaze - self._centre[:, None]).astype(float)
        if self._mean_apart:
            for s in range(people):
                lid = self._lid(s, n)
                eye[s, :, 0] += lid[:, 0]
                half[s] += lid[:, 1]
        frames = np.concatenate(
            [head, eye[..., :1], eye[..., 1:] + half[..., None], eye[..., :1], eye[..., 1:] - half[..., None]], -1
        )
        if self._eye_noise:
            noise = np.stack([g.standard_normal((n, 7)) for g in self._noise])
            frames[..., 3:] += self._eye_noise * noise[..., 3:]
            frames[..., :3] += self._head_noise * noise[..., :3]
        self._frame += n
        return frames.astype(np.float32)

    def _lid(self, s: int, n: int) -> Array:
        """[n, 2] what blinks add to pitch and half vergence in the coming frames of person s."""
        added = np.zeros((n + self._w.blinks.shape[1], 2), np.float32)
        added[: len(self._blink[s])] = self._blink[s]
        while (at := int(self._next[s] * 25) - self._frame) < n:
            template = self._w.blinks[self._lids[s].integers(len(self._w.blinks))]
            at = max(at, 0)
            added[at : at + len(template)] += template
            self._next[s] += BLINK_APART + self._lids[s].exponential(self._mean_apart)
        self._blink[s] = added[n:]
        return added[:n]
