"""Gaze as events: the density of what head and gaze do next, given speech, a style and what they did so far.

A regression answers with the mean of all that might happen, and the mean of many saccades is not a saccade. Here motion
is factored as people make it: gaze rests on a place in the world, slips a little as the reflex leaves something of the
head's turn uncompensated, and jumps; the head moves smoothly. An LSTM with learned initial states tells, frame by
frame, how likely a jump is and where it would land (a mixture), how gaze drifts (a mixture), and how the head
accelerates (a mixture of linear autoregressive experts: a resting head, a nod under way, a turn that begins, ...). It is
trained by likelihood (`training.events`) and sampled (`models.event_rollout`).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from stygaze.models.frames import Listener, ListenerConfig

LANDINGS, DRIFTS = 12, 3
LAGS = 5  # velocities of the head that an expert answers to
STATE = 41  # numbers of `state_features`
KNOBS = 3  # what a moment is like: share of contact, saccade rate, head speed
EXPERT = 1 + 3 + 3 + 3 * LAGS  # an expert's logit, mean, log spread, and its answer to what the head just did
LANDING = 1 + 2 + 2
DRIFT = 1 + 2 + 2
HEAD_SPREAD, LANDING_SPREAD, DRIFT_SPREAD = (-7.0, 2.5), (-4.0, 1.5), (-4.0, 2.0)  # log, in the part's own unit
SLIP = (0.1, 0.1, 0.5, 0.5)  # scale of the answers to the head's velocity and to the gaze's own last step
GAZE_UNIT, HEAD_UNIT, EYE_UNIT = 10.0, 5.0, 20.0  # degrees
HOME_FRAMES = 200  # of the leaky mean that is the head's home
CONTACT = 6.0  # degrees about the habitual gaze: the partner


@dataclass(frozen=True)
class EventsConfig(ListenerConfig):
    hidden: int = 128
    layers: int = 2
    state_width: int = 64
    style_width: int = 32
    experts: int = 10
    pull: float = 0.004  # of the head to the habitual posture, per frame and degree; chosen on validation


@dataclass
class Moments:
    """What is known of frames 0..T-1, each [B, T, .], degrees; `state_features` says how it is seen.

    Attributes:
        gaze [2], head [3], home [3]: the head's mean over the last seconds.
        velocity [LAGS, 3]: of the head at this frame and before it, the latest first.
        landing [2], jump [2]: where the last jump ended, and the jump as a vector; since [1]: frames since its onset.
        drift [2]: step of the gaze where it rests, else 0. busy [1]: 1 in a jump.
    """

    gaze: Tensor
    head: Tensor
    home: Tensor
    velocity: Tensor
    drift: Tensor
    landing: Tensor
    jump: Tensor
    since: Tensor
    busy: Tensor


@dataclass
class Densities:
    """Raw outputs for the next frame, [B, T, .]."""

    head: Tensor  # [.., experts, EXPERT]
    jump: Tensor  # [..] logit
    landing: Tensor  # [.., LANDINGS, LANDING]
    slip: Tensor  # [.., 4] answer of the resting gaze to the head's velocity (2) and to its own last step (2)
    drift: Tensor  # [.., DRIFTS, DRIFT]


class EventGenerator(Listener):
    """Speech, style and the past in; densities of the next frame's events out."""

    config: EventsConfig

    def __init__(self, config: EventsConfig | None = None):
        super().__init__(config or EventsConfig())
        c = self.config
        self.state_in = nn.Linear(STATE, c.state_width)
        self.style_in = nn.Linear(c.style_dim, c.style_width)
        self.knobs_in = nn.Linear(2 * KNOBS, c.style_width, bias=False)
        seen = c.width + c.state_width + c.style_width
        self.lstm = nn.LSTM(seen, c.hidden, c.layers, batch_first=True)
        self.h0 = nn.Parameter(torch.zeros(c.layers, 1, c.hidden))
        self.c0 = nn.Parameter(torch.zeros(c.layers, 1, c.hidden))
        self.head_hidden = nn.Sequential(
            nn.Linear(c.hidden + seen, c.hidden), nn.SiLU(), nn.Linear(c.hidden, c.hidden), nn.SiLU()
        )
        self.head_out = nn.Linear(c.hidden, c.experts * EXPERT)
        self.gaze_hidden = nn.Sequential(nn.Linear(c.hidden + seen, c.hidden), nn.SiLU())
        self.gaze_out = nn.Linear(c.hidden, 1 + LANDINGS * LANDING + 4 + DRIFTS * DRIFT)
        self.vergence = nn.Sequential(nn.Linear(c.style_dim + 3, 32), nn.SiLU(), nn.Linear(32, 1))
        # habitual gaze (2) and head (3), then log spread of the head (3); fitted in closed form, then fixed
        self.posture = nn.Linear(c.style_dim, 8)
        for name, length in (
            ("velocity_std", 3), ("acceleration_std", 3), ("drift_std", 2),
            ("knobs_mean", KNOBS), ("knobs_std", KNOBS),
        ):  # fmt: skip
            self.register_buffer(name, torch.ones(length))
        # the saccade's way (slope, intercept in frames, lean) and the tracker: eye and head noise, blinks a second
        self.register_buffer("saccade", torch.tensor([0.0675, 0.575, 2.5]))
        self.register_buffer("tracker", torch.zeros(3))
        self.register_buffer("blinks", torch.zeros(64, 11, 2))

    @property
    def size(self) -> int:
        """Parameters that are learned or fitted."""
        return sum(p.numel() for p in self.parameters())

    def habits(self, style: Tensor) -> tuple[Tensor, Tensor]:
        """Habitual gaze [B, 2] and head [B, 3], degrees."""
        fitted = self.posture(style)
        return fitted[:, :2], fitted[:, 2:5]

    def half_vergence(self, style: Tensor, gaze: Tensor) -> Tensor:
        """[B, T] degrees for gaze [B, T, 2] about the habitual one."""
        x = torch.cat([gaze, torch.linalg.vector_norm(gaze, dim=-1, keepdim=True)], -1) / 20
        return self.vergence(torch.cat([style[:, None].expand(-1, gaze.shape[1], -1), x], -1))[..., 0]

    def forward(self, heard: Tensor, moments: Moments, style: Tensor, knobs: Tensor) -> Densities:
        """Densities of the frame after each, over windows that begin anywhere.

        Args:
            heard: [B, T, width] from `hear`, of the frames to come.
            style: [B, style_dim].
            knobs: [B, 2 KNOBS] z-scored and masked, from `masked_knobs`.
        """
        c = self.config
        habits = self.habits(style)
        state = F.silu(self.state_in(self.state_features(moments, *(x[:, None] for x in habits))))
        person = self.style_in(style) + self.knobs_in(knobs)
        seen = torch.cat([heard, state, person[:, None].expand(-1, heard.shape[1], -1)], -1)
        start = [x.expand(-1, len(heard), -1).contiguous() for x in (self.h0, self.c0)]
        hidden, _ = self.lstm(seen, start)
        both = torch.cat([hidden, seen], -1)
        head = self.head_out(self.head_hidden(both)).unflatten(-1, (c.experts, EXPERT))
        out = self.gaze_out(self.gaze_hidden(both))
        jump, landing, slip, drift = out.split([1, LANDINGS * LANDING, 4, DRIFTS * DRIFT], -1)
        return Densities(
            head, jump[..., 0], landing.unflatten(-1, (LANDINGS, LANDING)), slip * slip.new_tensor(SLIP),
            drift.unflatten(-1, (DRIFTS, DRIFT)),
        )  # fmt: skip

    def state_features(self, m: Moments, habitual_gaze: Tensor, habitual_head: Tensor) -> Tensor:
        """[B, T, STATE]: the past in numbers of about one. `EventRollout` has the same in numpy."""
        speed = m.velocity[..., :3, :] / self.velocity_std
        push = -m.velocity[..., :3, :].diff(dim=-2) / self.acceleration_std
        off = m.landing - m.gaze
        return torch.cat([
            (m.gaze - habitual_gaze) / GAZE_UNIT, (m.head - habitual_head) / HEAD_UNIT, (m.head - m.home) / HEAD_UNIT,
            (m.gaze - m.head[..., :2]) / EYE_UNIT, speed.flatten(-2).clamp(-6, 6), push.flatten(-2).clamp(-6, 6),
            torch.asinh(8 * speed[..., 0, :]) / 2, torch.asinh(8 * push[..., 0, :]) / 2,
            (m.drift / self.drift_std).clamp(-5, 5), off / GAZE_UNIT, off.clamp(-1.5, 1.5), m.jump / GAZE_UNIT,
            torch.log1p(m.since) / 2, m.busy,
        ], -1)  # fmt: skip


def gaussian(y: Tensor, logit: Tensor, mean: Tensor, log_spread: Tensor) -> Tensor:
    """Log density of y [.., D] under mixtures [.., K] with means and spreads [.., K, D]; without the constant."""
    z = (y[..., None, :] - mean) * torch.exp(-log_spread)
    return torch.logsumexp(F.log_softmax(logit, -1) - (log_spread + 0.5 * z * z).sum(-1), -1)


def head_experts(raw: Tensor, velocity: Tensor, unit: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Logit, mean and log spread of the next acceleration, all in units of the acceleration's spread.

    Args:
        raw: [.., K, EXPERT].
        velocity: [.., LAGS, 3] of the head, the latest first. unit: [3] that spread.
    """
    past = torch.cat([velocity[..., :1, :], -velocity.diff(dim=-2)], -2)[..., None, :, :] / unit
    answer = (raw[..., 7:].unflatten(-1, (LAGS, 3)) * past).sum(-2) * 0.5
    return raw[..., 0], raw[..., 1:4] + answer, raw[..., 4:7].clamp(*HEAD_SPREAD)


def landings(raw: Tensor, gaze: Tensor, habitual_gaze: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Logit, mean and log spread of where a jump lands, in GAZE_UNIT; half of them about the habitual gaze."""
    first = torch.arange(LANDINGS, device=raw.device)[:, None] < LANDINGS // 2
    about = torch.where(first, habitual_gaze[..., None, :], gaze[..., None, :]) / GAZE_UNIT
    return raw[..., 0], raw[..., 1:3] + about, raw[..., 3:5].clamp(*LANDING_SPREAD)


def drifts(raw: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Logit, mean and log spread of the resting gaze's step beside slip, in units of its spread."""
    return raw[..., 0], raw[..., 1:3], raw[..., 3:5].clamp(*DRIFT_SPREAD)
