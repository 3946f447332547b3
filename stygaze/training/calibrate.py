"""What free running adds up to beside the truth, and the scales that bring it there.

Likelihood is learned with the true past. Left to itself a generator answers to its own, and small errors add up: a few
percent more jumps, a livelier drift, gaze farther aside, a stiller head that goes along with it less than it should;
and people who differ less than people do.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from scipy.special import logit

from stygaze.gaze.decomposition import Decomposition
from stygaze.gaze.ocular_range import Sight, reflex
from stygaze.models.event_rollout import draw
from stygaze.models.events import CALIBRATED, DIFFERING, TOLD_BY, EventGenerator
from stygaze.training.carriage import contact, contact_with_voice, usually_heard
from stygaze.training.data import SessionArrays
from stygaze.training.free_moments import ENDS, JUMPS, LONG, START, across, free_moments, parts_of

GAINS = (1.0, 1.0, 0.8, 0.6, 0.4, 0.3)  # share of what is missing that each round makes up: a free run is a sample
NOISES = ("eye_noise", "head_noise")  # what the model's `tracker` begins with
# of what each scale is changed by: the exponent
STEP = {"drift": 0.4, "lasting": 2.0, "pitch": 0.4, "yaw": 1.2, "roll": 0.6, "high": 1.0, "wide": 1.0, "along": 1.2}
FURTHEST = 1.1  # times as far along as learned: beyond, made motion is told more, though its head follows as it should
ALONG = CALIBRATED.index("along")
CHANGE = (0.6, 1.6)  # of a scale, or of odds, in a round at most
SOONER = (-0.8, 0.8)  # of the log odds of a jump
TOGETHER = 16  # motions drawn side by side, as memory allows
DRAWN = 64  # motions in each round: of few sessions there are several draws, for a free run is a sample
PER_SHARE = 4.0  # log odds that move a share of about a half by one
SHARES = (-0.5, 0.5)  # that are made up for in a round at most
SLIPPED = (-0.1, 0.1)  # of the head's turn, in a round at most
STEEPER = (-0.3, 0.3)  # of a slope over people, in a round at most


class Total(NamedTuple):
    """What motions add up to: `free_moments` with contact, `across`, `reflex`."""

    moments: dict[str, float]
    across: np.ndarray
    reflex: np.ndarray

    def record(self) -> dict[str, float]:
        slopes = {f"{name}_across": slope for name, slope in zip(DIFFERING, self.across.tolist(), strict=True)}
        shares = zip(("ahead", "aside"), self.reflex.mean(1).tolist(), strict=True)
        return self.moments | slopes | {f"reflex_{where}": share for where, share in shares}


def calibrate(
    model: EventGenerator, sessions: Sequence[SessionArrays], styles: np.ndarray, clip: int = 0, anew: bool = False
) -> dict[str, dict[str, float]]:
    """Set the model's calibration and odds, and a tracker's noise, which seems more where gaze moves.

    And the mean of what it hears, from which that is taken farther in free running (`EventsConfig.hearing`).

    Args:
        styles: [sessions, style_dim + HABITS] that they are drawn with.
        clip: first frames of each session that its style is of: how people differ is measured beyond, as far as half
            of it is left.
        anew: from the start, else from where it is.

    Returns:
        The moments of the truth, and of a free run at the end.
    """
    model.get_buffer("usually_heard").copy_(usually_heard(model, sessions))
    with_voice = [contact_with_voice(model, s) for s in sessions]
    habits = model.person(torch.from_numpy(styles)).numpy()[:, model.config.style_dim :] * model.habit_std.numpy()
    told = habits[:, TOLD_BY]
    motions = [s.motion for s in sessions]
    parts = parts_of(motions)
    beyond = parts_of([m[min(clip, len(m) // 2) :] for m in motions])
    true = Total(_moments(motions, parts, with_voice, model.sight), across(beyond, told), reflex(parts))
    features, draws = [np.asarray(s.features) for s in sessions], max(1, DRAWN // len(sessions))

    def free(turn: int) -> Total:
        seeds = range(1000 * turn, 1000 * turn + draws * len(features))
        heard, people, made = features * draws, np.tile(styles, (draws, 1)), []
        for few in (slice(k, k + TOGETHER) for k in range(0, len(heard), TOGETHER)):
            made += draw(model, heard[few], people[few], seeds[few])
        parts = parts_of(made)
        moments = _moments(made, parts, with_voice * draws, model.sight)
        return Total(moments, across(parts, np.tile(told, (draws, 1))), reflex(parts))

    if anew:
        model.uncalibrated()
        model.get_buffer("tracker")[:2] = torch.tensor([true.moments[name] for name in NOISES])
    jump_odds, size_odds, end_odds, contact_odds = (
        model.get_buffer(f"{name}_odds") for name in ("jump", "size", "end", "contact")
    )
    calibration, slopes, more_left, tracker = (
        model.get_buffer(name) for name in ("calibration", "slopes", "reflex", "tracker")
    )
    for turn, gain in enumerate(GAINS):
        made = free(turn)
        wanted, got = true.moments, made.moments
        ratio = {k: float(np.clip(_ratio(wanted[k], got[k]), *CHANGE)) ** gain for k in (*STEP, *NOISES)}
        missing = np.array([logit(wanted[k]) - logit(got[k]) for k in JUMPS])
        jump_odds += gain * torch.from_numpy(np.clip(missing, *SOONER))
        for odds, shares in ((size_odds, LONG), (end_odds, ENDS)):
            fewer = np.log([wanted[k] / got[k] for k in shares])
            odds += gain * torch.from_numpy(np.clip(fewer, *np.log(CHANGE)))
        contact_odds += gain * PER_SHARE * float(np.clip(wanted["contact"] - got["contact"], *SHARES))
        calibration *= torch.tensor([ratio[k] ** STEP[k] for k in CALIBRATED])
        calibration[ALONG] = calibration[ALONG].clamp(max=FURTHEST)
        slopes += gain * torch.from_numpy(np.clip(true.across - made.across, *STEEPER) * [STEP[k] for k in DIFFERING])
        more_left += gain * torch.from_numpy(np.clip(true.reflex - made.reflex, *SLIPPED))
        tracker[:2] *= torch.tensor([ratio[k] for k in NOISES])
    return {"true": true.record(), "free": free(len(GAINS)).record()}


def _moments(
    motions: Sequence[np.ndarray], parts: Sequence[Decomposition], with_voice: Sequence[np.ndarray], sight: Sight
) -> dict[str, float]:
    """`free_moments`, and "contact": gaze on the partner for each share of it that comes with the voice [T]."""
    both, own = 0.0, 0.0
    for motion, by_voice in zip(motions, with_voice, strict=True):
        n = min(len(motion), len(by_voice))
        off = by_voice[START:n] - by_voice[START:n].mean(dtype=float)
        both, own = both + float(off @ contact(motion[START:n])), own + float(off @ off)
    return free_moments(parts, sight) | {"contact": both / max(own, 1e-9)}


def _ratio(true: float, made: float) -> float:
    """How many times the truth is what was made; 1 where neither is, many where only the truth is."""
    return float(np.clip(true / made, 1e-2, 1e2)) if made > 0 < true else 1e2 if true > 0 else 1.0
