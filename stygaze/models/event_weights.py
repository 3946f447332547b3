"""What a trained events generator multiplies in its rollout, made once from the network and shared by all rollouts."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import erf

from stygaze.compiled import layout
from stygaze.gaze.decomposition import FLIGHT, on_its_way
from stygaze.gaze.habits import HABITS
from stygaze.gaze.movements import DURATIONS, LONGEST, PHASES, courses
from stygaze.models.event_moments import LONG_AGO
from stygaze.models.event_places import COMING, LED
from stygaze.models.events import FLIGHTS, HABIT_RANGE, RESTS, SIZES, SLIP, TOLD_BY, EventGenerator
from stygaze.models.oculomotor import eye_in_head

Array = NDArray[np.float32]


def silu(x: Array) -> Array:
    half = x * np.float32(0.5)
    return half + half * np.tanh(half)


def gelu(x: Array) -> Array:
    return (0.5 * x * (1.0 + erf(x * np.float32(0.7071067811865476)))).astype(np.float32)


class Network(NamedTuple):
    """What each frame multiplies, [from, to], and biases; `seen` goes to the gates and three branches in one product.

    Attributes:
        state_in, state_bias: of what the past looks like. state_to: [state, gates | head | gaze | landing].
        hidden_to: [layers, hidden, gates]. deeper, deeper_bias: [layers - 1, ..] of layers on layers.
        branch: [hidden, head | gaze | landing]. coming: of a jump that comes, to the head. length_bias: [durations, .].
    """

    state_in: Array
    state_bias: Array
    state_to: Array
    hidden_to: Array
    deeper: Array
    deeper_bias: Array
    branch: Array
    coming: Array
    head_out: Array
    head_bias: Array
    turn_hidden: Array
    length_bias: Array
    turn_out: Array
    turn_bias: Array
    gaze_out: Array
    gaze_bias: Array
    landing_out: Array
    landing_bias: Array


# what drawn numbers are multiplied by, beside each person's own; how far eyes turn; odds of a jump by frames of rest
# after a quick and a long one, by its size, to each end of the field; lowest and highest pitch, yaw that jumps aim at;
# degrees a frame along its way that tell a jump from rest; known jumps from small to large: degrees, share of the way
# in each frame, frames that they take; steps of head movements, by duration and phase
SCALES = layout(
    velocity_std=3, drift_std=2, slip=4, reflex=(2, 2), ocular_range=2, jump_odds=(2, int(LONG_AGO)),
    size_odds=len(SIZES) + 1, end_odds=(2, 2), field=(2, 2), settled=(), amplitudes=FLIGHTS,
    flights=(FLIGHTS, FLIGHT), flying=(int, FLIGHTS), courses=(len(DURATIONS), len(PHASES), LONGEST), pull=(),
)  # fmt: skip


class EventWeights:
    """Arrays of a trained events generator as the rollout multiplies them; made once, read only."""

    def __init__(self, model: EventGenerator):
        self.config = c = model.config
        w = {k: v.detach().numpy().astype(np.float32) for k, v in model.state_dict().items()}

        def turned(name: str) -> Array:
            return np.ascontiguousarray(w[name].T)

        self.audio_mean, self.audio_std = w["audio_mean"], w["audio_std"]
        self.audio_in = turned("audio_in.weight"), w["audio_in.bias"]
        self.words, self.voice_in, self.voice = (
            (np.ascontiguousarray(w[f"{name}.weight"].transpose(2, 1, 0)), w[f"{name}.bias"])
            for name in ("audio_context", "voice_in", "voice_context")
        )  # [span, from, to]
        self.person_in = [(turned(f"person_in.{k}.weight"), w[f"person_in.{k}.bias"]) for k in (0, 2)]
        self.habit_mean, self.habit_std = w["habit_mean"], w["habit_std"]
        # what does not depend on the past, for all its consumers in one product: gates | head | gaze | landing
        hidden, heard, told = c.hidden, c.width + c.voice_width, COMING + LED
        branches = [w[f"{name}_hidden.0.weight"] for name in ("head", "gaze", "landing")]
        coming, branches[0] = branches[0][:, -told:], branches[0][:, :-told]
        seen = np.concatenate([w["lstm.weight_ih_l0"], *(m[:, hidden:] for m in branches)])
        self.heard_to, state_to, self.person_to = (
            np.ascontiguousarray(m.T) for m in np.split(seen, [heard, heard + c.state_width], axis=1)
        )
        cells = [w[f"lstm.bias_ih_l{k}"] + w[f"lstm.bias_hh_l{k}"] for k in range(c.layers)]
        self.bias = np.concatenate([cells[0], *(w[f"{name}_hidden.0.bias"] for name in ("head", "gaze", "landing"))])
        # so that what is heard is as far from the usual as the config says
        self.bias -= (c.hearing - 1) * w["usually_heard"] @ self.heard_to
        self.heard_to *= np.float32(c.hearing)
        self.h0, self.c0 = w["h0"][:, 0], w["c0"][:, 0]
        deeper = [turned(f"lstm.weight_ih_l{k}") for k in range(1, c.layers)]
        self.network = Network(
            state_in=turned("state_in.weight"), state_bias=w["state_in.bias"], state_to=state_to,
            hidden_to=np.stack([turned(f"lstm.weight_hh_l{k}") for k in range(c.layers)]),
            deeper=np.array(deeper, np.float32).reshape(-1, hidden, 4 * hidden),
            deeper_bias=np.array(cells[1:], np.float32).reshape(-1, 4 * hidden),
            branch=np.ascontiguousarray(np.concatenate([m[:, :hidden] for m in branches]).T),
            coming=np.ascontiguousarray(coming.T), head_out=turned("head_out.weight"), head_bias=w["head_out.bias"],
            turn_hidden=turned("turn_hidden.weight"), length_bias=w["turn_hidden.bias"] + w["length_in.weight"],
            turn_out=turned("turn_out.weight"), turn_bias=w["turn_out.bias"],
            gaze_out=turned("gaze_out.weight"), gaze_bias=w["gaze_out.bias"],
            landing_out=turned("landing_out.weight"), landing_bias=w["landing_out.bias"],
        )  # fmt: skip
        self.rate = w["rate"]
        self.posture = turned("posture.weight"), w["posture.bias"]
        self.carriage = turned("carriage.weight"), w["carriage.bias"]
        self.contact, self.usual, self.contact_odds = w["contact"], w["usual"], w["contact_odds"]
        self.vergence = [(turned(f"vergence.{k}.weight"), w[f"vergence.{k}.bias"]) for k in (0, 2)]
        self.tracker, self.blinks = w["tracker"], w["blinks"]
        self.calibration, self.slopes = w["calibration"], w["slopes"]
        known = w["flights"]
        flying = (known[:, 1:] != 1).cumsum(1).argmax(1) + 2  # the last frame is at the goal
        flying[(known[:, 1:] == 1).all(1)] = 1
        self.scales = np.zeros(1, SCALES).view(np.recarray)[0]
        for name, numbers in dict(
            velocity_std=w["velocity_std"], drift_std=w["drift_std"], slip=SLIP, reflex=w["reflex"],
            ocular_range=w["ocular_range"], amplitudes=known[:, 0], flights=known[:, 1:],
            jump_odds=w["jump_odds"].reshape(2, -1)[:, np.searchsorted(RESTS, np.arange(LONG_AGO), side="right")],
            size_odds=w["size_odds"], end_odds=w["end_odds"].reshape(2, 2), field=w["field"],
            flying=np.minimum(flying, FLIGHT), courses=courses(), pull=c.pull,
            settled=on_its_way(float(w["tracker"][0])),
        ).items():  # fmt: skip
            self.scales[name] = numbers
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

    def scales_of(self, people: Array) -> Array:
        """[S, len(CALIBRATED)] of each person, by how far from the usual the habits are that tell them."""
        habits = people[:, self.config.style_dim :] * self.habit_std
        scales = np.tile(self.calibration, (len(people), 1))
        scales[:, -len(self.slopes) :] *= np.exp(self.slopes * habits[:, TOLD_BY])
        return scales

    def habits(self, people: Array) -> Array:
        """[S, 8] habitual gaze (2) and head (3), and log spread of the head (3)."""
        return people @ self.posture[0] + self.posture[1]

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
