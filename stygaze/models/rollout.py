"""Free running of the motion generator, frame by frame, on one fixed grid.

A stream and one pass are the same code, so they agree bit for bit over any chunking. One frame at a time through plain
array products is faster on a CPU than calling a network layer per frame.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import erf

from stygaze.models.frames import FrameGenerator
from stygaze.models.generator import MotionGenerator

Array = NDArray[np.float32]


def _gelu(x: Array) -> Array:
    return (0.5 * x * (1.0 + erf(x * np.float32(0.7071067811865476)))).astype(np.float32)


def _sigmoid(x: Array) -> Array:
    return (1 / (1 + np.exp(-np.clip(x, -30, 30)))).astype(np.float32)


class StyleHeads:
    """What a generator of any kind says of a style before it hears anything."""

    def __init__(self, model: FrameGenerator):
        weights = {k: v.detach().numpy() for k, v in model.state_dict().items()}
        self.style_dim = model.config.style_dim
        self.mean, self.std = weights["mean"], weights["std"]
        self.first_pose = weights["first_pose.weight"], weights["first_pose.bias"]
        self.spread = weights["spread.weight"], weights["spread.bias"]

    def style_input(self, style: Array) -> Array:
        return style[: self.style_dim].astype(np.float32) if self.style_dim else np.ones(1, np.float32)

    def habitual_pose(self, style: Array) -> Array:
        """[7] degrees: where a motion of this style starts from, and what it moves about."""
        w, b = self.first_pose
        return (w @ self.style_input(style) + b) * self.std + self.mean

    def sigmas(self, style: Array) -> Array:
        """[5] degrees: how far head (pitch, yaw, roll) and world gaze (pitch, yaw) stray from what is expected."""
        w, b = self.spread
        return np.exp(np.clip(w @ self.style_input(style) + b, -5, 4))


class RolloutWeights(StyleHeads):
    """Contiguous arrays of a trained LSTM generator, made once and shared by all its rollouts (read only)."""

    def __init__(self, model: MotionGenerator):
        super().__init__(model)
        weights = {k: np.ascontiguousarray(v.detach().numpy()) for k, v in model.state_dict().items()}
        self.config = model.config
        self.audio_mean, self.audio_std = weights["audio_mean"], weights["audio_std"]
        self.audio_in = weights["audio_in.weight"], weights["audio_in.bias"]
        conv = weights["audio_context.weight"]  # [width, width / 2, frames]
        self.context = (
            np.ascontiguousarray(conv.transpose(0, 2, 1).reshape(len(conv), -1)),
            weights["audio_context.bias"],
        )
        self.motion_in = weights["motion_in.weight"], weights["motion_in.bias"]
        self.out = weights["out.weight"], weights["out.bias"]
        self.skip = weights.get("skip.weight")
        self.cells = [
            (
                np.ascontiguousarray(np.hstack([weights[f"lstm.weight_ih_l{k}"], weights[f"lstm.weight_hh_l{k}"]])),
                weights[f"lstm.bias_ih_l{k}"] + weights[f"lstm.bias_hh_l{k}"],
            )
            for k in range(model.config.layers)
        ]
        self.h0, self.c0 = weights["h0"][:, 0], weights["c0"][:, 0]


class Rollout:
    """Expected motion for a growing row of speech features."""

    def __init__(self, weights: RolloutWeights, style: Array):
        self._w, self._style = weights, style.astype(np.float32)
        c = weights.config
        self._previous = ((weights.habitual_pose(style) - weights.mean) / weights.std).astype(np.float32)
        self._h, self._c = weights.h0.copy(), weights.c0.copy()
        blank = _gelu(np.zeros(c.audio_dim, np.float32) @ weights.audio_in[0].T + weights.audio_in[1])
        self._blank = blank  # speech beyond the ends of the clip: the feature mean
        self._heard: list[Array] = [blank] * c.look_back

    def push(self, features: Array) -> Array:
        """Speech features [n, D], next in time -> the frames [m, 7] in degrees that are known by now."""
        for row in features.astype(np.float32):
            x = (row - self._w.audio_mean) / self._w.audio_std
            self._heard.append(_gelu(self._w.audio_in[0] @ x + self._w.audio_in[1]))
        return self._advance()

    def finish(self) -> Array:
        """The last frames: after the end there is nothing to hear."""
        self._heard.extend([self._blank] * self._w.config.look_ahead)
        return self._advance()

    def _advance(self) -> Array:
        span = self._w.config.look_back + 1 + self._w.config.look_ahead
        frames = []
        while len(self._heard) >= span:
            frames.append(self._step(np.concatenate(self._heard[:span])))
            self._heard.pop(0)
        return np.array(frames, np.float32).reshape(-1, 7) * self._w.std + self._w.mean

    def _step(self, surroundings: Array) -> Array:
        w = self._w
        x = np.concatenate(
            [
                _gelu(w.context[0] @ surroundings + w.context[1]),
                w.motion_in[0] @ self._previous + w.motion_in[1],
                self._style[: w.style_dim],
            ]
        )
        for k, (weight, bias) in enumerate(w.cells):
            gates = weight @ np.concatenate([x, self._h[k]]) + bias
            i, f, g, o = np.split(gates, 4)
            self._c[k] = _sigmoid(f) * self._c[k] + _sigmoid(i) * np.tanh(g)
            x = self._h[k] = _sigmoid(o) * np.tanh(self._c[k])
        out = w.out[0] @ x + w.out[1]
        self._previous = (out if w.skip is None else out + w.skip @ self._previous).astype(np.float32)
        return self._previous


class NetworkRollout:
    """The same for a generator of any kind, by the network itself: slower, but needs no second implementation.

    It hears and steps in the portions it is handed, so it must be handed the same ones each time (`Blocks`).
    """

    def __init__(self, model: FrameGenerator, style: Array):
        self._model, c = model, model.config
        self._style = torch.from_numpy(style.astype(np.float32)[None, : c.style_dim])
        with torch.inference_mode():
            self._previous, self._state = model.rest(self._style), model.initial_state(1)
        # speech beyond the ends of the clip: the feature mean
        self._blank = model.audio_mean.numpy()
        self._waiting: Array = np.tile(self._blank, (c.look_back, 1))

    def push(self, features: Array) -> Array:
        """Speech features [n, D], next in time -> the frames [m, 7] in degrees that are known by now."""
        self._waiting = np.concatenate([self._waiting, features.astype(np.float32)])
        return self._advance()

    def finish(self) -> Array:
        """The last frames: after the end there is nothing to hear."""
        self._waiting = np.concatenate([self._waiting, np.tile(self._blank, (self._model.config.look_ahead, 1))])
        return self._advance()

    def _advance(self) -> Array:
        model, c = self._model, self._model.config
        ready = len(self._waiting) - c.look_back - c.look_ahead
        if ready <= 0:
            return np.zeros((0, 7), np.float32)
        frames = []
        with torch.inference_mode():
            heard = model.hear(torch.from_numpy(self._waiting)[None])
            for t in range(ready):
                self._previous, self._state = model.step(heard[:, t : t + 1], self._previous, self._style, self._state)
                frames.append(self._previous[0])
            made = torch.cat(frames) * model.std + model.mean
        self._waiting = self._waiting[ready:]
        return made.numpy()


class Blocks:
    """Rows arrive in any portions and leave in portions of one size: arithmetic then never depends on chunking."""

    def __init__(self, size: int):
        self._size, self._rows = size, np.zeros((0, 0), np.float32)

    def push(self, rows: Array) -> Iterator[Array]:
        self._rows = np.concatenate([self._rows.reshape(len(self._rows), rows.shape[1]), rows])
        while len(self._rows) >= self._size:
            block, self._rows = self._rows[: self._size], self._rows[self._size :]
            yield block

    def rest(self) -> list[Array]:
        rows, self._rows = self._rows, self._rows[:0]
        return [rows] if len(rows) else []
