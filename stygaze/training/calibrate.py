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
from scipy.stats import gmean

from stygaze.gaze.decomposition import Decomposition, decompose, left_by_reflex
from stygaze.models.event_rollout import draw
from stygaze.models.events import CALIBRATED, DIFFERING, RESTS, SIZES, TOLD_BY, EventGenerator
from stygaze.motion import FPS, Motion
from stygaze.training.carriage import contact, contact_with_voice
from stygaze.training.data import SessionArrays

GAINS = (1.0, 1.0, 0.8, 0.6, 0.4, 0.3)  # share of what is missing that each round makes up: a free run is a sample
NOISES = ("eye_noise", "head_noise")  # what the model's `tracker` begins with
# of what each scale is changed by: the exponent
STEP = {"drift": 0.4, "pitch": 0.4, "yaw": 0.6, "roll": 0.6, "high": 1.0, "wide": 1.0, "along": 1.2}
JUMPS = tuple(f"jumps_from_{first}" for first in (1, *RESTS))  # by frames since the last one
LONG = tuple(f"jumps_of_{least:g}" for least in (0, *SIZES))  # by degrees
FURTHEST = 1.1  # times as far along as learned: beyond, made motion is told more, though its head follows as it should
ALONG = CALIBRATED.index("along")
CHANGE = (0.6, 1.6)  # of a scale, or of odds, in a round at most
START = 50  # frames left out
APART = 7  # frames over which drift is measured: a single step is mostly a tracker's noise
TOGETHER = 16  # motions drawn side by side, as memory allows
DRAWN = 64  # motions in each round: of few sessions there are several draws, for a free run is a sample
LONGEST_REST = 200  # frames
PER_SHARE = 4.0  # log odds that move a share of about a half by one
SHARES = (-0.5, 0.5)  # that are made up for in a round at most
SLIPPED = (-0.1, 0.1)  # of the head's turn, in a round at most
STEEPER = (-0.3, 0.3)  # of a slope over people, in a round at most
LEAST = 3  # people, to tell how they differ
LITTLE = 0.02  # degrees at least of the head's yaw with one of gaze, for its log


class Total(NamedTuple):
    """What motions add up to: `free_moments` with contact, `across`, `reflex`."""

    moments: dict[str, float]
    across: np.ndarray
    reflex: np.ndarray

    def record(self) -> dict[str, float]:
        slopes = {f"{name}_across": slope for name, slope in zip(DIFFERING, self.across.tolist(), strict=True)}
        shares = zip(("ahead", "aside"), self.reflex.mean(1).tolist(), strict=True)
        return self.moments | slopes | {f"reflex_{where}": share for where, share in shares}


def parts_of(motions: Sequence[np.ndarray]) -> list[Decomposition]:
    """Motions [T, 7] in degrees, taken apart but for their first frames."""
    return [decompose(Motion(m[START:])) for m in motions]


def free_moments(parts: Sequence[Decomposition]) -> dict[str, float]:
    """What a free run adds up to.

    Jumps a second, and their chance in a frame by `JUMPS`; drift (degrees in APART frames); energies of the head's
    angles (deg^2 / frame^2); how far gaze goes in pitch ("high") and yaw ("wide"), geometric mean of its SDs in the
    world and in the head (degrees), for a head that follows gaze too little leaves too much to the eyes; shares of
    jumps by their size (`LONG`), for a gaze as wide as it should be may land too near to where it was; degrees of
    the head's yaw that come with one of gaze; SD of a tracker's noise in eyes and head (degrees); blinks a second.
    """
    energy = np.array([_energy(p) for p in parts])
    pitch, yaw, roll = np.sqrt(gmean(energy) * energy.mean(0)).tolist()
    high, wide = np.mean([_reach(p) for p in parts], axis=0).tolist()
    sizes = np.concatenate([_sizes(p) for p in parts])
    return {
        "jumps": float(np.mean([p.onset.mean() * FPS for p in parts])),
        **dict(zip(JUMPS, _chances([np.flatnonzero(p.onset) for p in parts]), strict=True)),
        "drift": _drift(parts),
        "pitch": pitch,
        "yaw": yaw,
        "roll": roll,
        "high": high,
        "wide": wide,
        **dict(zip(LONG, _shares(sizes), strict=True)),
        "along": float(np.mean([_along(p) for p in parts])),
        "eye_noise": float(np.mean([p.eye_noise for p in parts])),
        "head_noise": float(np.mean([p.head_noise for p in parts])),
        "blinks": float(np.mean([p.blink_count / len(p) * FPS for p in parts])),
    }


def across(parts: Sequence[Decomposition], told: np.ndarray) -> np.ndarray:
    """[len(DIFFERING)] by how much the log of each moment grows from person to person with the habit that tells it.

    Args:
        told: [sessions, len(DIFFERING)] that habit; where all are alike the slope is 0.
    """
    if len(parts) < LEAST:
        return np.zeros(len(DIFFERING))
    each = [[*np.sqrt(_energy(p)), *_reach(p), max(_along(p), LITTLE)] for p in parts]
    off = told - told.mean(0)
    return (off * np.log(np.array(each) + 1e-6)).sum(0) / np.maximum((off**2).sum(0), 1e-9)


def reflex(parts: Sequence[Decomposition]) -> np.ndarray:
    """[2, 2] what the reflex leaves of the head's turn, of all together: `left_by_reflex`."""
    rest = np.concatenate([~p.busy[1:] for p in parts])
    turn = np.concatenate([np.diff(p.head[:, :2], axis=0) for p in parts])
    step = np.concatenate([np.diff(p.gaze, axis=0) for p in parts])
    eye = np.concatenate([(p.gaze - p.head[:, :2])[1:] for p in parts])
    return left_by_reflex(turn[rest], step[rest], eye[rest])


def _drift(parts: Sequence[Decomposition]) -> float:
    """Median degrees of an angle in APART frames of rest."""
    moved = np.concatenate([(p.gaze[APART:] - p.gaze[:-APART])[_still(p.busy)] for p in parts])
    return float(np.median(np.abs(moved))) if len(moved) else 0.0


def _energy(parts: Decomposition) -> np.ndarray:
    """[3] deg^2 / frame^2."""
    return (np.diff(parts.head, axis=0) ** 2).mean(0) + 1e-9


def _reach(parts: Decomposition) -> np.ndarray:
    """[2] degrees, geometric mean of the gaze's SDs in the world and in the head."""
    return np.sqrt(parts.gaze.std(0) * (parts.gaze - parts.head[:, :2]).std(0))


def _along(parts: Decomposition) -> float:
    (_, both), (_, gaze) = np.cov(parts.head[:, 1], parts.gaze[:, 1])
    return float(both / (gaze + 0.1))


def _sizes(parts: Decomposition) -> np.ndarray:
    """[jumps] degrees."""
    begun = np.flatnonzero(parts.onset)
    return np.linalg.norm(parts.landing[begun] - parts.gaze[begun - 1], axis=1)


def _shares(sizes: np.ndarray) -> list[float]:
    """Of jumps, by `LONG`; sizes: [jumps] degrees."""
    counts = np.bincount(np.searchsorted(SIZES, sizes, side="right"), minlength=len(LONG)) + 1.0  # none is certain
    return (counts / counts.sum()).tolist()


def _chances(onsets: Sequence[np.ndarray]) -> list[float]:
    """Chance of a jump in a frame, by `JUMPS`, from the frames in which jumps began."""
    rested = np.concatenate([np.diff(o) for o in onsets])
    edges = np.array([0, *(first - 1 for first in RESTS), LONGEST_REST])
    frames = np.clip(rested[:, None] - edges[:-1], 0, np.diff(edges)).sum(0)  # in which one might have begun
    begun = np.histogram(rested, [1, *RESTS, LONGEST_REST + 0.5])[0]
    seldom = 0.1 * len(onsets)  # so that nothing seen is no certainty, in however many motions
    return ((begun + seldom) / (frames + 10 * seldom)).tolist()


def _still(busy: np.ndarray) -> np.ndarray:
    """[T - APART] of frames from which gaze rests for APART more; `busy` [T] is where it does not."""
    jumping = np.concatenate([[0], np.cumsum(busy)])
    return jumping[APART + 1 :] == jumping[: -APART - 1]


def calibrate(
    model: EventGenerator, sessions: Sequence[SessionArrays], styles: np.ndarray, clip: int = 0
) -> dict[str, dict[str, float]]:
    """Set the model's calibration and odds, and a tracker's noise, which seems more where it is measured in movement.

    Args:
        styles: [sessions, style_dim + HABITS] that they are drawn with.
        clip: first frames of each session that its style is of: how people differ is measured beyond, as far as half
            of it is left.

    Returns:
        The moments of the truth, and of a free run at the end.
    """
    with_voice = [contact_with_voice(model, s) for s in sessions]
    habits = model.person(torch.from_numpy(styles)).numpy()[:, model.config.style_dim :] * model.habit_std.numpy()
    told = habits[:, TOLD_BY]
    motions = [s.motion for s in sessions]
    parts = parts_of(motions)
    beyond = parts_of([m[min(clip, len(m) // 2) :] for m in motions])
    true = Total(_moments(motions, parts, with_voice), across(beyond, told), reflex(parts))
    features, draws = [np.asarray(s.features) for s in sessions], max(1, DRAWN // len(sessions))

    def free(turn: int) -> Total:
        seeds = range(1000 * turn, 1000 * turn + draws * len(features))
        heard, people, made = features * draws, np.tile(styles, (draws, 1)), []
        for few in (slice(k, k + TOGETHER) for k in range(0, len(heard), TOGETHER)):
            made += draw(model, heard[few], people[few], seeds[few])
        parts = parts_of(made)
        return Total(_moments(made, parts, with_voice * draws), across(parts, np.tile(told, (draws, 1))), reflex(parts))

    jump_odds, size_odds, contact_odds, calibration, slopes, more_left, tracker = (
        model.get_buffer(name)
        for name in ("jump_odds", "size_odds", "contact_odds", "calibration", "slopes", "reflex", "tracker")
    )
    for turn, gain in enumerate(GAINS):
        made = free(turn)
        wanted, got = true.moments, made.moments
        ratio = {k: float(np.clip(_ratio(wanted[k], got[k]), *CHANGE)) ** gain for k in (*STEP, *NOISES)}
        missing = np.array([logit(wanted[k]) - logit(got[k]) for k in JUMPS])
        jump_odds += gain * torch.from_numpy(np.clip(missing, *np.log(CHANGE)))
        longer = np.log([wanted[k] / got[k] for k in LONG])
        size_odds += gain * torch.from_numpy(np.clip(longer, *np.log(CHANGE)))
        contact_odds += gain * PER_SHARE * float(np.clip(wanted["contact"] - got["contact"], *SHARES))
        calibration *= torch.tensor([ratio[k] ** STEP[k] for k in CALIBRATED])
        calibration[ALONG] = calibration[ALONG].clamp(max=FURTHEST)
        slopes += gain * torch.from_numpy(np.clip(true.across - made.across, *STEEPER) * [STEP[k] for k in DIFFERING])
        more_left += gain * torch.from_numpy(np.clip(true.reflex - made.reflex, *SLIPPED))
        tracker[:2] *= torch.tensor([ratio[k] for k in NOISES])
    return {"true": true.record(), "free": free(len(GAINS)).record()}


def _moments(
    motions: Sequence[np.ndarray], parts: Sequence[Decomposition], with_voice: Sequence[np.ndarray]
) -> dict[str, float]:
    """`free_moments`, and "contact": gaze on the partner for each share of it that comes with the voice [T]."""
    both, own = 0.0, 0.0
    for motion, by_voice in zip(motions, with_voice, strict=True):
        n = min(len(motion), len(by_voice))
        off = by_voice[START:n] - by_voice[START:n].mean(dtype=float)
        both, own = both + float(off @ contact(motion[START:n])), own + float(off @ off)
    return free_moments(parts) | {"contact": both / max(own, 1e-9)}


def _ratio(true: float, made: float) -> float:
    """How many times the truth is what was made; 1 where neither is, many where only the truth is."""
    return float(np.clip(true / made, 1e-2, 1e2)) if made > 0 < true else 1e2 if true > 0 else 1.0
