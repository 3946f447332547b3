"""Gaze and head as events: the density of what they do next, given speech, a style and what they did so far.

A regression answers with the mean of all that might happen, and the mean of many saccades is not a saccade. Here motion
is factored as people make it. Gaze rests on a place in the world, slips a little as the reflex leaves something of the
head's turn uncompensated, and jumps. The head makes movements, smooth steps that overlap (`gaze.movements`). An LSTM
with learned initial states tells, frame by frame, how likely a jump is and where it would land (a mixture), how gaze
drifts (a mixture), then, knowing whether gaze jumps now, how likely a head movement begins, how long it takes, and
where it goes (a mixture whose parts answer to the movements before: what went down comes up). A person is known by the
style encoder's numbers and by measured habits (`gaze.habits`). It is trained by likelihood (`training.events`) and
sampled (`models.event_rollout`).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from stygaze.gaze.decomposition import FLIGHT
from stygaze.gaze.habits import HABITS
from stygaze.gaze.movements import DURATIONS
from stygaze.gaze.ocular_range import RANGES, UNKNOWN, Sight
from stygaze.models.accents import ACCENT
from stygaze.models.carriage import BACK, speaking
from stygaze.models.event_moments import LAST, STATE, Moments, state_features
from stygaze.models.event_places import COMING, LED, Person, led
from stygaze.models.frames import Listener, ListenerConfig
from stygaze.models.voice import VOICE

LANDINGS, DRIFTS, TURNS = 24, 3, 16  # parts of the mixtures: where gaze lands, how it drifts, where the head goes
PLACED = 6  # places about which gaze lands, in the order of `event_densities.landings`, with equally many parts each
HEARD, VOICE_SPAN = VOICE + ACCENT, 5  # numbers of a voice with its accents; frames of it that its first layer hears
LANDING = DRIFT = 1 + 2 + 2  # logit, mean, log spread
ANSWERS = LAST + 5  # of a head movement, see `answered`
TURN = 1 + 3 + 3 + 3 + 3 * ANSWERS  # also common spread
LANDING_SPREAD, DRIFT_SPREAD, TURN_SPREAD = (-4.0, 1.5), (-4.0, 2.0), (-5.0, 2.5)  # log, in the part's own unit
SLIP = (0.1, 0.1, 0.5, 0.5)  # scale of the answers to the head's velocity and to the gaze's own last step
FLIGHTS = 1024  # courses of jumps that are kept
# scaled after training: drift, how long jumps take (as those of so many times their size), pitch of head movements,
# what is drawn by chance of their yaw and roll, how far up and aside jumps land, how far the head goes along with gaze.
# How much they differ between people, but for the first two, habits tell: log speeds of the head, log spreads of gaze,
# how far the head goes along with its yaw
CALIBRATED = "drift", "lasting", "pitch", "yaw", "roll", "high", "wide", "along"
DIFFERING, TOLD_BY = CALIBRATED[2:], (18, 19, 20, 11, 12, 16)
# odds of a jump, by frames of rest after a quick one or one as long as LONG_JUMP, and by its degrees: where each
# stretch begins but the first
RESTS, LONG_JUMP = (1, 2, 3, 4, 5, 6, 7, 9, 12, 17, 27), 3
SIZES = (1.0, 2.0, 4.0, 6.0, 8.0, 10.0, 15.0, 20.0, 25.0, 30.0)
HABIT_RANGE = 3.0  # standard deviations at which a habit is cut: beyond, nobody was trained
# habits: log spread of gaze, how far the head goes along with it, log speed of the head's yaw and roll, their
# correlation, log jumps a frame, how far the head goes along beyond what the eyes do alone, where averted gaze is
YAW_SPEED, ROLL_SPEED, ROLL_WITH_YAW, RATE = 19, 20, 21, 25
REACH, ALONG, FOLLOWS, AVERTED = slice(11, 13), slice(15, 17), slice(46, 48), slice(51, 53)
REACHES = (2.0, 25.0)  # degrees that a person's gaze may vary by
SIDE = 4.0  # degrees of averted gaze from which on it is clear which side somebody prefers


@dataclass(frozen=True)
class EventsConfig(ListenerConfig):
    hidden: int = 128
    layers: int = 2
    state_width: int = 64
    style_width: int = 32
    voice_width: int = 64
    gaze_dropout: float = 0.0  # in training, of what decides when gaze jumps and how it rests
    landing_dropout: float = 0.0  # and where jumps land: it is soon learnt by heart
    pull: float = 0.002  # of the head to the habitual posture, per frame and degree; chosen on validation
    # in free running what is heard is taken so many times as far from its mean: what it has learnt to go by is a past
    # that had heard the same
    hearing: float = 1.0

    @property
    def person(self) -> int:
        """How many numbers a person is known by."""
        return self.style_dim + HABITS


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
    habit_mean: Tensor
    habit_std: Tensor
    velocity_std: Tensor
    drift_std: Tensor
    flights: Tensor
    contact: Tensor
    usual: Tensor

    def __init__(self, config: EventsConfig | None = None):
        super().__init__(config or EventsConfig())
        c = self.config
        self.state_in = nn.Linear(STATE, c.state_width)
        self.person_in = nn.Sequential(nn.Linear(c.person, 64), nn.SiLU(), nn.Linear(64, c.style_width))
        span = c.look_back + 1 + c.look_ahead - (VOICE_SPAN - 1)
        self.voice_in = nn.Conv1d(HEARD, c.voice_width, VOICE_SPAN)
        self.voice_context = nn.Conv1d(c.voice_width, c.voice_width, span)
        seen = c.width + c.voice_width + c.state_width + c.style_width
        self.lstm = nn.LSTM(seen, c.hidden, c.layers, batch_first=True)
        self.h0 = nn.Parameter(torch.zeros(c.layers, 1, c.hidden))
        self.c0 = nn.Parameter(torch.zeros(c.layers, 1, c.hidden))
        self.head_hidden = nn.Sequential(nn.Linear(c.hidden + seen + COMING + LED, c.hidden), nn.SiLU())
        self.head_out = nn.Linear(c.hidden, 1 + len(DURATIONS))
        self.length_in = nn.Embedding(len(DURATIONS), c.hidden)
        self.turn_hidden = nn.Linear(c.hidden, c.hidden)
        self.turn_out = nn.Linear(c.hidden, TURNS * TURN)
        for parameter in self.turn_out.parameters():  # a movement answers to nothing before it has learnt to
            parameter.data.unflatten(0, (TURNS, TURN))[:, 10:] = 0
        self.gaze_hidden = nn.Sequential(nn.Linear(c.hidden + seen, c.hidden), nn.SiLU())
        self.gaze_out = nn.Linear(c.hidden, 1 + 4 + DRIFTS * DRIFT)
        self.rate = nn.Parameter(torch.ones(1))  # of the odds of a jump with how often this person's gaze jumps
        self.landing_hidden = nn.Sequential(nn.Linear(c.hidden + seen, c.hidden), nn.SiLU())
        self.landing_out = nn.Linear(c.hidden, LANDINGS * LANDING)
        self.vergence = nn.Sequential(nn.Linear(c.person + 3, 32), nn.SiLU(), nn.Linear(32, 1))
        # habitual gaze (2) and head (3), then log spread of the head (3); fitted in closed form, then fixed
        self.posture = nn.Linear(c.person, 8)
        # what comes with the voice: degrees of the head in a person's turn, a filter of eye contact; fitted, then fixed
        self.carriage = nn.Linear(c.person, 3)
        for parameter in self.carriage.parameters():
            parameter.data.zero_()
        self.register_buffer("contact", torch.zeros(BACK + 1 + c.look_ahead, VOICE))
        # `usual`: means of `speaking` and `in_contact`. For free running beside the truth (`training.calibrate`):
        # scales as in CALIBRATED, slopes of their logs over TOLD_BY; log odds of a jump by RESTS (after quick ones,
        # after long ones) and SIZES, to the ends of the field (down, up, right, left), of landing on the partner for
        # each share of such contact; `reflex`, added to what it leaves of the head's turn, as
        # `gaze.decomposition.left_by_reflex` has it
        for name, length in dict(habit_std=HABITS, velocity_std=3, drift_std=2, calibration=len(CALIBRATED)).items():
            self.register_buffer(name, torch.ones(length))
        odds = dict(contact_odds=1, end_odds=4, jump_odds=2 * (len(RESTS) + 1), size_odds=len(SIZES) + 1)
        for name, length in dict(habit_mean=HABITS, usual=2, slopes=len(DIFFERING), **odds).items():
            self.register_buffer(name, torch.zeros(length))
        self.register_buffer("reflex", torch.zeros(2, 2))
        self.register_buffer("usually_heard", torch.zeros(c.width + c.voice_width))  # mean of `hear`
        # how far eyes turn, and lowest and highest pitch, yaw that jumps aim at: `gaze.ocular_range.Sight`
        self.register_buffer("ocular_range", torch.full((2,), RANGES[1]))
        self.register_buffer("field", torch.tensor(UNKNOWN, dtype=torch.float32))
        # courses of jumps by amplitude (`Decomposition.flights`); the tracker: eye and head noise, blinks a second
        self.register_buffer("flights", torch.ones(FLIGHTS, 1 + FLIGHT))
        self.register_buffer("tracker", torch.zeros(3))
        self.register_buffer("blinks", torch.zeros(64, 11, 2))

    @property
    def size(self) -> int:
        """Parameters that are learned or fitted."""
        return sum(p.numel() for p in self.parameters())

    @property
    def sight(self) -> Sight:
        """How far the eyes of its corpus turn, and what they look at."""
        return Sight(self.get_buffer("ocular_range").numpy(), self.get_buffer("field").numpy())

    def uncalibrated(self) -> None:
        """Nothing is scaled and no odds are changed, as before `training.calibrate`.

        The tracker is left, and `usually_heard`, which follows from the network.
        """
        self.get_buffer("calibration").fill_(1)
        for name in ("jump_odds", "size_odds", "end_odds", "contact_odds", "slopes", "reflex"):
            self.get_buffer(name).zero_()

    def hear(self, audio: Tensor, whole: float = 0.0, each: float = 0.0) -> Tensor:
        """[B, look_back + T + look_ahead, audio_dim + HEARD] -> [B, T, width + voice_width].

        Args:
            audio: the encoder's features, the voice beside itself (`models.voice`), its accents.
            whole, each: in training, share of the windows in which only the voice is heard, and of words dropped.
        """
        words = super().hear(audio[..., :-HEARD])
        voice = self.voice_context(F.gelu(self.voice_in(audio[..., -HEARD:].transpose(1, 2))))
        if self.training and whole:
            words = words * (torch.rand(len(words), 1, 1) >= whole)
        words = F.dropout(words, each, self.training)
        return torch.cat([words, F.gelu(voice).transpose(1, 2)], -1)

    def person(self, style: Tensor) -> Tensor:
        """[B, person] from styles [B, style_dim + HABITS]; those of style_dim numbers only get average habits."""
        vector, habits = style[:, : self.config.style_dim], style[:, self.config.style_dim :]
        if not habits.shape[1]:
            return F.pad(vector, (0, HABITS))
        return torch.cat([vector, ((habits - self.habit_mean) / self.habit_std).clamp(-HABIT_RANGE, HABIT_RANGE)], -1)

    def habits(self, style: Tensor) -> tuple[Tensor, Tensor]:
        """Habitual gaze [B, 2] and head [B, 3], degrees."""
        fitted = self.posture(self.person(style))
        return fitted[:, :2], fitted[:, 2:5]

    def carried(self, voice: Tensor, style: Tensor) -> Tensor:
        """[B, T, 3] degrees of the head that come with the voice [B, BACK + T + look_ahead, VOICE]."""
        spoken = torch.from_numpy(speaking(voice.numpy(), self.config.look_ahead)) - self.usual[0]
        return spoken[..., None] * self.carriage(self.person(style))[:, None]

    def known(self, style: Tensor, posture: tuple[Tensor, Tensor] | None = None) -> Person:
        """What is used directly of styles [B, style_dim + HABITS], or [B, style_dim].

        Args:
            posture: habitual gaze [B, 2] and head [B, 3]; by default `habits` of the style.
        """
        gaze, head = posture or self.habits(style)
        measured = self.person(style)[:, self.config.style_dim :] * self.habit_std + self.habit_mean
        slope = measured[:, ROLL_WITH_YAW] * torch.exp(measured[:, ROLL_SPEED] - measured[:, YAW_SPEED])
        leaning = slope.clamp(-1, 1)[:, None]
        along, follows = (torch.cat([m, m[:, 1:] * leaning], -1) for m in (measured[:, ALONG], measured[:, FOLLOWS]))
        reach, often = measured[:, REACH].exp().clamp(*REACHES), measured[:, RATE, None] - self.habit_mean[RATE]
        averted = measured[:, AVERTED]
        aside = reach * torch.tanh(averted / SIDE)
        each = gaze, head, reach, leaning, along, follows, often, averted, aside
        return Person(*(x[:, None] for x in each))

    def half_vergence(self, style: Tensor, gaze: Tensor) -> Tensor:
        """[B, T] degrees for gaze [B, T, 2] about the habitual one."""
        x = torch.cat([gaze, torch.linalg.vector_norm(gaze, dim=-1, keepdim=True)], -1) / 20
        person = self.person(style)[:, None].expand(-1, gaze.shape[1], -1)
        return self.vergence(torch.cat([person, x], -1))[..., 0]

    def forward(
        self, heard: Tensor, moments: Moments, style: Tensor, coming: Tensor, posture: tuple[Tensor, Tensor]
    ) -> Densities:
        """Densities of the frame after each, over windows that begin anywhere.

        Args:
            heard: [B, T, width + voice_width] from `hear`, of the frames to come.
            style: [B, style_dim + HABITS], or [B, style_dim].
            coming: [B, T, COMING] from `coming_jump`, of the same frames: what the head may answer to.
            posture: habitual gaze [B, 2] and head [B, 3]: `habits` of the style, in training what they were.
        """
        c = self.config
        known = self.known(style, posture)
        state = F.silu(self.state_in(state_features(moments, known, self.velocity_std, self.drift_std)))
        person = self.person_in(self.person(style))[:, None].expand(-1, heard.shape[1], -1)
        seen = torch.cat([heard, state, person], -1)
        start = [x.expand(-1, len(heard), -1).contiguous() for x in (self.h0, self.c0)]
        hidden, _ = self.lstm(seen, start)
        both = torch.cat([hidden, seen], -1)
        plan = self.head_hidden(torch.cat([both, coming, led(moments.gaze, coming, known)], -1))
        move, length = self.head_out(plan).split([1, len(DURATIONS)], -1)
        gaze = self.gaze_hidden(self._dropped(both, c.gaze_dropout))
        jump, slip, drift = self.gaze_out(gaze).split([1, 4, DRIFTS * DRIFT], -1)
        landing = self.landing_out(self.landing_hidden(self._dropped(both, c.landing_dropout)))
        jump = (jump + self.rate * known.often)[..., 0]
        return Densities(
            jump, landing.unflatten(-1, (LANDINGS, LANDING)), slip * slip.new_tensor(SLIP),
            drift.unflatten(-1, (DRIFTS, DRIFT)), move[..., 0], length, plan,
        )  # fmt: skip

    def _dropped(self, both: Tensor, share: float) -> Tensor:
        """A share of what is known dropped in training, but not who it is: a person is known by few numbers."""
        known, person = both[..., : -self.config.style_width], both[..., -self.config.style_width :]
        return torch.cat([F.dropout(known, share, self.training), person], -1)

    def turns(self, plan: Tensor, length: Tensor) -> Tensor:
        """Raw density [.., TURNS, TURN] of a movement's size from the plan [.., hidden] and its length's index [..]."""
        return self.turn_out(F.silu(self.turn_hidden(plan) + self.length_in(length))).unflatten(-1, (TURNS, TURN))
