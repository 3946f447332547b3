"""What a trained events generator multiplies in its rollout, made once from the network and shared by all rollouts."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import erf

from stygaze.gaze.habits import HABITS
from stygaze.models.event_moments import LONG_AGO
from stygaze.models.event_places import COMING, LED
from stygaze.models.events import CALIBRATED, HABIT_RANGE, RESTS, SLIP, EventGenerator
from stygaze.models.oculomotor import eye_in_head

Array = NDArray[np.float32]
ALIKE = 12  # courses to either side of a size that a jump may take


def silu(x: Array) -> Array:
    half = x * np.float32(0.5)
    return half + half * np.tanh(half)


def within(x: Array, low: float, high: float) -> Array:
    """`np.clip` in half the time: a frame's arrays are so small that the call is what costs."""
    return np.minimum(np.maximum(x, np.float32(low)), np.float32(high))


def gelu(x: Array) -> Array:
    return (0.5 * x * (1.0 + erf(x * np.float32(0.7071067811865476)))).astype(np.float32)


class EventWeights:
    """Arrays of a trained events generator as the rollout multiplies them; made once, read only."""

    def __init__(self, model: EventGenerator):
        self.config = c = model.config
        w = {k: v.detach().numpy().astype(np.float32) for k, v in model.state_dict().items()}

        def turned(name: str) -> Array:
            return np.ascontiguousarray(w[name].T)

        # a gate is (1 + tanh(x / 2)) / 2: halved here, so that one tanh bends gates and candidate
        halved = np.repeat(np.array([0.5, 0.5, 1, 0.5], np.float32), c.hidden)
        w |= {k: (v.T * halved).T for k, v in w.items() if k.startswith("lstm.")}
        self.audio_mean, self.audio_std = w["audio_mean"], w["audio_std"]
        self.audio_in = turned("audio_in.weight"), w["audio_in.bias"]
        self.words, self.voice_in, self.voice = (
            (np.ascontiguousarray(w[f"{name}.weight"].transpose(2, 1, 0)), w[f"{name}.bias"])
            for name in ("audio_context", "voice_in", "voice_context")
        )  # [span, from, to]
        self.state_in = turned("state_in.weight"), w["state_in.bias"]
        self.person_in = [(turned(f"person_in.{k}.weight"), w[f"person_in.{k}.bias"]) for k in (0, 2)]
        self.habit_mean, self.habit_std = w["habit_mean"], w["habit_std"]
        # what does not depend on the past, for all its consumers in one product: gates | head | gaze | landing
        gates = w["lstm.weight_ih_l0"]
        branches = [w[f"{name}_hidden.0.weight"] for name in ("head", "gaze", "landing")]
        told = COMING + LED
        self.coming = np.ascontiguousarray(branches[0][:, -told:].T)
        branches[0] = branches[0][:, :-told]
        seen = np.concatenate([gates, *(m[:, c.hidden :] for m in branches)])  # columns: heard, state, person
        heard = c.width + c.voice_width
        self.heard_to = np.ascontiguousarray(seen[:, :heard].T)
        self.person_to = np.ascontiguousarray(seen[:, heard + c.state_width :].T)
        cell = [w[f"lstm.bias_ih_l{k}"] + w[f"lstm.bias_hh_l{k}"] for k in range(c.layers)]
        self.bias = np.concatenate([cell[0], *(w[f"{name}_hidden.0.bias"] for name in ("head", "gaze", "landing"))])
        state = slice(heard, heard + c.state_width)
        self.first = np.ascontiguousarray(np.hstack([gates[:, state], w["lstm.weight_hh_l0"]]).T)
        self.deeper = [
            (np.ascontiguousarray(np.hstack([w[f"lstm.weight_ih_l{k}"], w[f"lstm.weight_hh_l{k}"]]).T), cell[k])
            for k in range(1, c.layers)
        ]
        self.h0, self.c0 = w["h0"][:, 0], w["c0"][:, 0]
        here = slice(c.hidden + state.start, c.hidden + state.stop)
        self.hidden = np.ascontiguousarray(
            np.concatenate([np.hstack([m[:, here], m[:, : c.hidden]]) for m in branches]).T
        )  # [state | hidden] -> head, gaze, landing
        self.head_out = turned("head_out.weight"), w["head_out.bias"]
        self.turn_hidden = turned("turn_hidden.weight"), w["turn_hidden.bias"] + w["length_in.weight"]
        self.turn_out = turned("turn_out.weight"), w["turn_out.bias"]
        self.gaze_out = turned("gaze_out.weight"), w["gaze_out.bias"]  # jump, slip, drift
        self.landing_out = turned("landing_out.weight"), w["landing_out.bias"]
        self.slip = np.array(SLIP, np.float32)
        self.rate = w["rate"]
        self.posture = turned("posture.weight"), w["posture.bias"]
        self.carriage = turned("carriage.weight"), w["carriage.bias"]
        self.contact, self.usual, self.contact_odds = w["contact"], w["usual"], w["contact_odds"]
        self.vergence = [(turned(f"vergence.{k}.weight"), w[f"vergence.{k}.bias"]) for k in (0, 2)]
        self.velocity_std, self.drift_std = w["velocity_std"], w["drift_std"]
        self.tracker, self.blinks = w["tracker"], w["blinks"]
        scale = dict(zip(CALIBRATED, w["calibration"], strict=True))
        self.drift_scale, self.along_scale = scale["drift"], scale["along"]
        self.jump_odds = w["jump_odds"][np.searchsorted(RESTS, np.arange(LONG_AGO) + 1, side="right")]
        self.landing_scale = np.array([scale["high"], scale["wide"]], np.float32)
        self.turn_scale = np.array([scale["pitch"], 1, 1], np.float32)
        self.turn_spread = np.array([1, scale["yaw"], scale["roll"]], np.float32)
        self.flights = w["flights"]
        self.blank = gelu(np.zeros(c.audio_dim, np.float32) @ self.audio_in[0] + self.audio_in[1])

    def people(self, styles: Array) -> Array:
        """[S, person] from styles [S, style_dim + HABITS] or [S, style_dim], as `EventGenerator.person`."""
        styles = np.asarray(styles, np.float32)
        vector, habits = styles[:, : self.config.style_dim], styles[:, self.config.style_dim :]
        if not habits.shape[1]:
            return np.pad(vector, ((0, 0), (0, HABITS)))
        return np.concatenate(
            [vector, np.clip((habits - self.habit_mean) / self.habit_std, -HABIT_RANGE, HABIT_RANGE)], 1
        )

    def habits(self, people: Array) -> Array:
        """[S, 8] habitual gaze (2) and head (3), and log spread of the head (3)."""
        return people @ self.posture[0] + self.posture[1]

    def course(self, start: Array, goal: Array, uniform: float) -> list[Array]:
        """Gaze [2] in the frames of a jump, the last one at its goal: one of the corpus's own of about its size.

        Duration, lean and how it falls between frames are those of people (the main sequence), and so is the glide at
        the end of a large shift, where the head brings what the eye could not.
        """
        known = self.flights
        nearest = np.searchsorted(known[:, 0], np.hypot(*(goal - start))) + (2 * uniform - 1) * ALIKE
        share = known[int(np.clip(nearest, 0, len(known) - 1)), 1:]
        frames = int(np.flatnonzero(np.append(True, share != 1))[-1]) + 1
        return list(start + share[:frames, None] * (goal - start))

    def half_vergence(self, people: Array, off: Array) -> Array:
        """[S, m] degrees for gaze [S, m, 2] about the habitual one."""
        x = np.concatenate([off, np.linalg.norm(off, axis=-1, keepdims=True)], -1) / 20
        style = np.broadcast_to(people[:, None], (*off.shape[:2], people.shape[1]))
        (w, b), (v, c) = self.vergence
        return (silu(np.concatenate([style, x], -1) @ w + b) @ v + c)[..., 0]

    def habitual_pose(self, style: Array) -> Array:
        """[7] degrees of a style: head at its habit, eyes where they mostly look."""
        person = self.people(style[None])
        habits = self.habits(person)[0].astype(float)
        pitch, yaw = eye_in_head(habits[None, :2], habits[None, 2:5])[0]
        half = float(self.half_vergence(person, np.zeros((1, 1, 2), np.float32))[0, 0])
        return np.array([*habits[2:5], pitch, yaw + half, pitch, yaw - half])
