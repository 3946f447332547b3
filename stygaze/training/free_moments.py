"""What motions add up to: by these a free run is compared with the truth (`training.calibrate`)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.stats import gmean

from stygaze.gaze.decomposition import Decomposition, decompose
from stygaze.gaze.ocular_range import Sight, jumps_aim
from stygaze.models.events import DIFFERING, LONG_JUMP, RESTS, SIZES
from stygaze.motion import FPS, Motion

# by frames of rest, after a quick jump and a long one
JUMPS = tuple(f"jumps_after_{jump}_{first}" for jump in ("quick", "long") for first in (0, *RESTS))
LONG = tuple(f"jumps_of_{least:g}" for least in (0, *SIZES))  # by degrees
ENDS = "jumps_down", "jumps_up", "jumps_right", "jumps_left"  # as far as anybody's
END = 1.0  # degrees of the field that are its end
START = 50  # frames left out
APART = 7  # frames over which drift is measured: a single step is mostly a tracker's noise
LONGEST_REST = 200  # frames
LEAST = 3  # people, to tell how they differ
LITTLE = 0.02  # degrees at least of the head's yaw with one of gaze, for its log


def parts_of(motions: Sequence[np.ndarray]) -> list[Decomposition]:
    """Motions [T, 7] in degrees, taken apart but for their first frames."""
    return [decompose(Motion(m[START:])) for m in motions]


def free_moments(parts: Sequence[Decomposition], sight: Sight) -> dict[str, float]:
    """What a free run adds up to.

    Jumps a second, and their chance in a frame by `JUMPS`; how many frames they take; drift (degrees in APART
    frames); energies of the head's angles (deg^2 / frame^2); how far gaze goes in pitch ("high") and yaw ("wide"),
    geometric mean of its SDs in the world and in the head (degrees), for a head that follows gaze too little leaves
    too much to the eyes; shares of jumps by their size (`LONG`), for a gaze as wide as it should be may land too near
    to where it was, and of those that aim at the ends of the field (`ENDS`); degrees of the head's yaw that come with
    one of gaze; SD of a tracker's noise in eyes and head (degrees); blinks a second.

    Args:
        sight: of those trained on, in the truth and in what was made.
    """
    each = np.array([energy(p) for p in parts])
    pitch, yaw, roll = np.sqrt(gmean(each) * each.mean(0)).tolist()
    high, wide = np.mean([reach(p) for p in parts], axis=0).tolist()
    sizes, between = (np.concatenate([of(p) for p in parts]) for of in (_sizes, _rests))
    return {
        "jumps": float(np.mean([p.onset.mean() * FPS for p in parts])),
        **dict(zip(JUMPS, _chances(between, len(parts)), strict=True)),
        "lasting": float(between[:, 0].mean()) if len(between) else 1.0,
        "drift": _drift(parts),
        "pitch": pitch,
        "yaw": yaw,
        "roll": roll,
        "high": high,
        "wide": wide,
        **dict(zip(LONG, _shares(np.searchsorted(SIZES, sizes, side="right"), len(LONG)), strict=True)),
        **dict(zip(ENDS, _at_ends(parts, sight), strict=True)),
        "along": float(np.mean([along(p) for p in parts])),
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
    each = [[*np.sqrt(energy(p)), *reach(p), max(along(p), LITTLE)] for p in parts]
    off = told - told.mean(0)
    return (off * np.log(np.array(each) + 1e-6)).sum(0) / np.maximum((off**2).sum(0), 1e-9)


def energy(parts: Decomposition) -> np.ndarray:
    """[3] of the head's angles, deg^2 / frame^2."""
    return (np.diff(parts.head, axis=0) ** 2).mean(0) + 1e-9


def reach(parts: Decomposition) -> np.ndarray:
    """[2] degrees, geometric mean of the gaze's SDs in the world and in the head."""
    return np.sqrt(parts.gaze.std(0) * (parts.gaze - parts.head[:, :2]).std(0))


def along(parts: Decomposition) -> float:
    """Degrees of the head's yaw with one of gaze."""
    (_, both), (_, gaze) = np.cov(parts.head[:, 1], parts.gaze[:, 1])
    return float(both / (gaze + 0.1))


def _drift(parts: Sequence[Decomposition]) -> float:
    """Median degrees of an angle in APART frames of rest."""
    moved = np.concatenate([(p.gaze[APART:] - p.gaze[:-APART])[_still(p.busy)] for p in parts])
    return float(np.median(np.abs(moved))) if len(moved) else 0.0


def _still(busy: np.ndarray) -> np.ndarray:
    """[T - APART] of frames from which gaze rests for APART more; `busy` [T] is where it does not."""
    jumping = np.concatenate([[0], np.cumsum(busy)])
    return jumping[APART + 1 :] == jumping[: -APART - 1]


def _sizes(parts: Decomposition) -> np.ndarray:
    """[jumps] degrees."""
    begun = np.flatnonzero(parts.onset)
    return np.linalg.norm(parts.landing[begun] - parts.gaze[begun - 1], axis=1)


def _rests(parts: Decomposition) -> np.ndarray:
    """[jumps - 1, 2] frames that each takes, frames of rest until the next one."""
    begun = np.flatnonzero(parts.onset)
    if len(begun) < 2:
        return np.zeros((0, 2), int)
    taken = np.add.reduceat(parts.busy.astype(int), begun)[:-1]
    return np.stack([taken, np.diff(begun) - taken], 1)


def _shares(which: np.ndarray, count: int) -> list[float]:
    """Of each of so many kinds; of what kind each is [n]."""
    counts = np.bincount(which, minlength=count) + 1.0  # none is certain
    return (counts / counts.sum()).tolist()


def _at_ends(parts: Sequence[Decomposition], sight: Sight) -> list[float]:
    """Shares of jumps by `ENDS`."""
    aims = np.concatenate([jumps_aim(p, sight.ocular_range) for p in parts])
    within = aims[:, :, None] - sight.field  # [jumps, axis, end]
    beyond = (within * [-1, 1] > -END).sum(0).ravel()
    return ((beyond + 1.0) / (len(aims) + 2)).tolist()


def _chances(between: np.ndarray, motions: int) -> list[float]:
    """Chance of a jump in a frame of rest, by `JUMPS`.

    Args:
        between: `_rests` of all motions.
    """
    edges, seldom, found = np.array([0, *RESTS, LONGEST_REST]), 0.1 * motions, []
    for which in (between[:, 0] < LONG_JUMP, between[:, 0] >= LONG_JUMP):
        rested = between[which, 1]
        frames = np.clip(rested[:, None] + 1 - edges[:-1], 0, np.diff(edges)).sum(0)  # in which one might have begun
        begun = np.histogram(rested, [*edges[:-1], LONGEST_REST + 0.5])[0]
        # so that nothing seen is no certainty, in however many motions
        found += ((begun + seldom) / (frames + 10 * seldom)).tolist()
    return found
