"""How far eyes turn in the head: toward the end of their range they fall behind, and gaze goes along with the head.

Who aims at something far aside before the head has come does not quite reach it; gaze gets there as the head does.
The simulated corpora have it so (`corpus.simulator`, whose law bends a little more beyond 30 degrees); of a recording,
how much of the head's turn is left to gaze tells it (`left_by_reflex`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from stygaze.gaze.decomposition import ASIDE, Decomposition, left_by_reflex

Array = NDArray[np.floating]
RANGES = 30.0, 200.0  # degrees that a range is taken for at least and at most; that of who never looks aside is unknown
TOLD = 0.9  # of its range, beyond which where an eye aims is mostly a tracker's noise
FIELD = 0.002, 0.998  # quantiles of what jumps aim at, beyond which none shall: a mixture's tails go farther than eyes
SCATTER = 0.7  # degrees by which these are found too far out where many aim at the same, as on `hage`
UNKNOWN = np.array([[-90.0, 90.0], [-180.0, 180.0]])  # the field of who never looked elsewhere


def held_back(aim: Array, ocular_range: Array) -> Array:
    """Where eyes are that aim at an angle [.., 2] in the head, degrees: range * tanh(aim / range).

    The share of the head's turn that is left to gaze is then (angle / range)^2, as `left_by_reflex` finds it.

    >>> held_back(np.array([[5.0, 40.0]]), np.array([40.0, 40.0])).round(2).tolist()
    [[4.97, 30.46]]
    """
    return ocular_range * np.tanh(aim / ocular_range)


def aimed_at(eye: Array, ocular_range: Array) -> Array:
    """What eyes at an angle [.., 2] in the head aim at, degrees: `held_back` the other way.

    >>> aimed_at(np.array([[4.97, 30.46]]), np.array([40.0, 40.0])).round(1).tolist()
    [[5.0, 40.0]]
    """
    return ocular_range * np.arctanh(np.clip(eye / ocular_range, -TOLD, TOLD))


class Sight(NamedTuple):
    """How far eyes of a corpus turn, and what they look at.

    Attributes:
        ocular_range: [2] degrees of pitch and yaw, as `held_back` has it.
        field: [2, 2] lowest and highest pitch, yaw in the world that jumps aim at.
    """

    ocular_range: Array
    field: Array

    @classmethod
    def of(cls, parts: Sequence[Decomposition]) -> Sight:
        """As their rest and their jumps tell."""
        ocular_range = range_of(reflex(parts))
        aims = np.concatenate([jumps_aim(p, ocular_range) for p in parts])
        return cls(ocular_range, field_of(aims) if len(aims) else UNKNOWN)


def field_of(aims: Array) -> Array:
    """[2, 2] lowest and highest pitch, yaw of aims [n, 2], but for a few and their scatter.

    >>> field_of(np.array([[0.0, -9.0], [0.4, 20.0], [0.0, 20.0], [0.4, -9.0]])).round(1).tolist()
    [[0.2, 0.2], [-8.3, 19.3]]
    """
    low, high = np.quantile(aims, FIELD, axis=0)
    within = np.minimum(SCATTER, (high - low) / 2)
    return np.stack([low + within, high - within], 1)


def jumps_aim(parts: Decomposition, ocular_range: Array) -> Array:
    """[jumps, 2] degrees in the world at which jumps aim, by where the head is when they end."""
    begun, ends = np.flatnonzero(parts.onset), np.flatnonzero(parts.busy[:-1] & (~parts.busy[1:] | parts.onset[1:]))
    which = np.searchsorted(ends, begun)
    begun, which = begun[which < len(ends)], which[which < len(ends)]
    head = parts.head[ends[which], :2]
    return head + aimed_at(parts.landing[begun] - head, ocular_range)


def reflex(parts: Sequence[Decomposition]) -> Array:
    """[2, 2] what the reflex leaves of the head's turn, of all together: `left_by_reflex`."""
    rest = np.concatenate([~p.busy[1:] for p in parts])
    turn = np.concatenate([np.diff(p.head[:, :2], axis=0) for p in parts])
    step = np.concatenate([np.diff(p.gaze, axis=0) for p in parts])
    eye = np.concatenate([(p.gaze - p.head[:, :2])[1:] for p in parts])
    return left_by_reflex(turn[rest], step[rest], eye[rest])


def range_of(left: Array) -> Array:
    """[2] degrees of pitch and yaw, from what is left by the reflex [2, 2]: see `left_by_reflex`.

    >>> range_of(np.array([[0.0, 0.0], [0.25, -0.1]])).tolist()
    [40.0, 200.0]
    """
    return np.clip(ASIDE / np.sqrt(np.maximum(left[1], 1e-6)), *RANGES)
