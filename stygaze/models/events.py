"""Gaze and head as events: the density of what they do next, given speech, a style and what they did so far.

A regression answers with the mean of all that might happen, and the mean of many saccades is not a saccade. Here motion
is factored as people make it. Gaze rests on a place in the world, slips a little as the reflex leaves something of the
head's turn uncompensated, and jumps. The head makes movements, smooth steps that overlap (`gaze.movements`). An LSTM
with learned initial states tells, frame by frame, how likely a jump is and where it would land (a mixture), how gaze
drifts (a mixture), how likely a head movement begins, how long it takes, and where it goes (a mixture whose parts
answer to the movements before: what went down comes up). It is trained by likelihood (`training.events`) and sampled
(`models.event_rollout`).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from stygaze.gaze.movements import DURATIONS
from stygaze.models.frames import Listener, ListenerConfig

LANDINGS, DRIFTS, TURNS = 12, 3, 8  # parts of the mixtures: where gaze lands, how it drifts, where the head goes
LAST = 2  # head movements that are remembered
STATE = 48  # numbers of `state_features`
FAR = (7, 15, 31)  # frames after the next one at which movements under way are foreseen, with `foresight`
LANDING = 1 + 2 + 2  # logit, mean, log spread
DRIFT = 1 + 2 + 2
TURN = 1 + 3 + 3 + 3 + 3 * (LAST + 1)  # also common spread, answers to LAST movements and the way home
LANDING_SPREAD, DRIFT_SPREAD, TURN_SPREAD = (-4.0, 1.5), (-4.0, 2.0), (-5.0, 2.5)  # log, in the part's own unit
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
    gaze_dropout: float = 0.0  # of what decides on jumps and landings, in training
    foresight: bool = False  # sees how movements under way go on for a second and more
    pull: float = 0.002  # of the head to the habitual posture, per frame and degree; chosen on validation

    @property
    def state(self) -> int:
        """How many numbers `state_features` has."""
        return STATE + 3 * len(FAR) * self.foresight


@dataclass
class Moments:
    """What is known of frames 0..T-1, each [B, T, .], degrees; `state_features` says how it is seen.

    Attributes:
        gaze [2], head [3], home [3]: the head's mean over the last seconds.
        bound [3]: where the head will be when the movements under way are done.
        velocity [3]: of the head at this frame; soon, later [3], far [len(FAR) * 3]: at the next one, the fourth and
            those of FAR, of movements under way.
        turns [LAST * 3], lengths [LAST], ago [LAST]: last head movements, latest first: size, log frames, frames ago.
        landing [2], jump [2]: where the last jump ended, and the jump as a vector; since [1]: frames since its onset.
        drift [2]: step of the gaze where it rests, else 0. busy [1]: 1 in a jump.
    """

    gaze: Tensor
    head: Tensor
    home: Tensor
    bound: Tensor
    velocity: Tensor
    soon: Tensor
    later: Tensor
    far: Tensor
    turns: Tensor
    lengths: Tensor
    ago: Tensor
    drift: Tensor
    landing: Tensor
    jump: Tensor
    since: Tensor
    busy: Tensor


@dataclass
class Densities:
    """Raw outputs for the next frame, [B, T, .]."""

    jump: Tensor  # [..] logit
    landing: Tensor  # [.., LANDINGS, LANDING]
    slip: Tensor  # [.., 4] answer of the resting gaze to the head's velocity (2) and to its own last step (2)
    drift: Tensor  # [.., DRIFTS, DRIFT]
    move: Tensor  # [..] logit
    length: Tensor  # [.., durations] logits
    plan: Tensor  # [.., hidden] what a movement's size is drawn from, once its length is known


class EventGenerator(Listener):
    """Speech, style and the past in; densities of the next frame's events out."""

    config: EventsConfig
    velocity_std: Tensor
    drift_std: Tensor

    def __init__(self, config: EventsConfig | None = None):
        super().__init__(config or EventsConfig())
        c = self.config
        self.state_in = nn.Linear(c.state, c.state_width)
        self.style_in = nn.Linear(c.style_dim, c.style_width)
        seen = c.width + c.state_width + c.style_width
        self.lstm = nn.LSTM(seen, c.hidden, c.layers, batch_first=True)
        self.h0 = nn.Parameter(torch.zeros(c.layers, 1, c.hidden))
        self.c0 = nn.Parameter(torch.zeros(c.layers, 1, c.hidden))
        self.head_hidden = nn.Sequential(nn.Linear(c.hidden + seen, c.hidden), nn.SiLU())
        self.head_out = nn.Linear(c.hidden, 1 + len(DURATIONS))
        self.length_in = nn.Embedding(len(DURATIONS), c.hidden)
        self.turn_hidden = nn.Linear(c.hidden, c.hidden)
        self.turn_out = nn.Linear(c.hidden, TURNS * TURN)
        self.gaze_hidden = nn.Sequential(nn.Linear(c.hidden + seen, c.hidden), nn.SiLU())
        self.gaze_out = nn.Linear(c.hidden, 1 + LANDINGS * LANDING + 4 + DRIFTS * DRIFT)
        self.vergence = nn.Sequential(nn.Linear(c.style_dim + 3, 32), nn.SiLU(), nn.Linear(32, 1))
        # habitual gaze (2) and head (3), then log spread of the head (3); fitted in closed form, then fixed
        self.posture = nn.Linear(c.style_dim, 8)
        for name, length in (("velocity_std", 3), ("drift_std", 2)):
            self.register_buffer(name, torch.ones(length))
        # the saccade's way (slope, intercept in frames, lean) and the tracker: eye and head noise, blinks a second
        self.register_buffer("saccade", torch.tensor([0.0675, 0.575, 2.5]))
        self.register_buffer("tracker", torch.zeros(3))
        self.register_buffer("blinks", torch.zeros(64, 11, 2))
        # free running beside the truth (`training.calibrate`): added to the jump's logit, times drift, times turns
        self.register_buffer("calibration", torch.tensor([0.0, 1.0, 1.0]))

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

    def forward(self, heard: Tensor, moments: Moments, style: Tensor) -> Densities:
        """Densities of the frame after each, over windows that begin anywhere.

        Args:
            heard: [B, T, width] from `hear`, of the frames to come.
            style: [B, style_dim].
        """
        c, habits = self.config, self.habits(style)
        state = F.silu(self.state_in(self.state_features(moments, *(x[:, None] for x in habits))))
        seen = torch.cat([heard, state, self.style_in(style)[:, None].expand(-1, heard.shape[1], -1)], -1)
        start = [x.expand(-1, len(heard), -1).contiguous() for x in (self.h0, self.c0)]
        hidden, _ = self.lstm(seen, start)
        both = torch.cat([hidden, seen], -1)
        plan = self.head_hidden(both)
        move, length = self.head_out(plan).split([1, len(DURATIONS)], -1)
        out = self.gaze_out(self.gaze_hidden(F.dropout(both, c.gaze_dropout, self.training)))
        jump, landing, slip, drift = out.split([1, LANDINGS * LANDING, 4, DRIFTS * DRIFT], -1)
        return Densities(
            jump[..., 0], landing.unflatten(-1, (LANDINGS, LANDING)), slip * slip.new_tensor(SLIP),
            drift.unflatten(-1, (DRIFTS, DRIFT)), move[..., 0], length, plan,
        )  # fmt: skip

    def turns(self, plan: Tensor, length: Tensor) -> Tensor:
        """Raw density [.., TURNS, TURN] of a movement's size from the plan [.., hidden] and its length's index [..]."""
        return self.turn_out(F.silu(self.turn_hidden(plan) + self.length_in(length))).unflatten(-1, (TURNS, TURN))

    def state_features(self, m: Moments, habitual_gaze: Tensor, habitual_head: Tensor) -> Tensor:
        """[B, T, config.state]: the past in numbers of about one. `EventRollout` has the same in numpy."""
        moving = torch.cat([m.velocity, m.soon, m.later], -1) / self.velocity_std.repeat(3)
        off = m.landing - m.gaze
        far = [torch.asinh(8 * m.far / self.velocity_std.repeat(len(FAR))) / 2] if self.config.foresight else []
        return torch.cat([
            (m.gaze - habitual_gaze) / GAZE_UNIT, (m.head - habitual_head) / HEAD_UNIT, (m.head - m.home) / HEAD_UNIT,
            (m.bound - m.head) / HEAD_UNIT, (m.bound - habitual_head) / HEAD_UNIT,
            (m.gaze - m.head[..., :2]) / EYE_UNIT, moving[..., :3].clamp(-6, 6), torch.asinh(8 * moving) / 2,
            torch.asinh(m.turns), m.lengths / 3,
            torch.log1p(m.ago) / 2, (m.drift / self.drift_std).clamp(-5, 5), off / GAZE_UNIT, off.clamp(-1.5, 1.5),
            m.jump / GAZE_UNIT, torch.log1p(m.since) / 2, m.busy, *far,
        ], -1)  # fmt: skip


def gaussian(y: Tensor, logit: Tensor, mean: Tensor, log_spread: Tensor) -> Tensor:
    """Log density of y [.., D] under mixtures [.., K] with means and spreads [.., K, D]; without the constant."""
    z = (y[..., None, :] - mean) * torch.exp(-log_spread)
    return torch.logsumexp(F.log_softmax(logit, -1) - (log_spread + 0.5 * z * z).sum(-1), -1)


def turn_likelihood(y: Tensor, raw: Tensor, before: Tensor) -> Tensor:
    """Log density of head movements y [.., 3] (degrees), without the constant.

    Each part has spreads of its own in the three angles and a common one along a direction, for most movements turn all
    three together; its mean answers to what was before.

    Args:
        raw: [.., TURNS, TURN] of `EventGenerator.turns`.
        before: [.., LAST + 1, 3] last movements and the way home.
    """
    logit, mean, spread, along = raw[..., 0], raw[..., 1:4], raw[..., 4:7].clamp(*TURN_SPREAD), raw[..., 7:10]
    mean = mean + (raw[..., 10:].unflatten(-1, (LAST + 1, 3)) * before[..., None, :, :]).sum(-2) * 0.5
    z, u = (y[..., None, :] - mean) * torch.exp(-spread), along * torch.exp(-spread)
    common = 1 + (u * u).sum(-1)
    square = (z * z).sum(-1) - (z * u).sum(-1) ** 2 / common
    return torch.logsumexp(F.log_softmax(logit, -1) - spread.sum(-1) - 0.5 * (torch.log(common) + square), -1)


def landings(raw: Tensor, gaze: Tensor, habitual_gaze: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Logit, mean and log spread of where a jump lands, in GAZE_UNIT; half of them about the habitual gaze."""
    first = torch.arange(LANDINGS, device=raw.device)[:, None] < LANDINGS // 2
    about = torch.where(first, habitual_gaze[..., None, :], gaze[..., None, :]) / GAZE_UNIT
    return raw[..., 0], raw[..., 1:3] + about, raw[..., 3:5].clamp(*LANDING_SPREAD)


def drifts(raw: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Logit, mean and log spread of the resting gaze's step beside slip, in units of its spread."""
    return raw[..., 0], raw[..., 1:3], raw[..., 3:5].clamp(*DRIFT_SPREAD)
