"""Stretches of all sessions in one array, apart from each other, so that events can be looked for in one go.

No fixation, saccade or reflex may span two stretches: what lies between is not movement. Before each stretch stands the
frame before it, as the model saw it, because a saccade may begin there; between stretches stands a row that counts as
lost. The truth is laid out in the same way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from stygaze.evaluation.predictions import Prediction
from stygaze.gaze.blinks import find_blinks
from stygaze.gaze.saccades import Saccade, eye_noise, find_saccades
from stygaze.motion import Motion

LARGEST = 180.0  # degrees; a model that runs away is still to be measured


@dataclass(frozen=True, eq=False)
class Rows:
    """Frames with their seams.

    Attributes:
        motion: the rows.
        inside: [R] bool, a frame of a stretch.
        lead: [R] bool, the frame before a stretch. The rest are seams.
    """

    motion: Motion
    inside: np.ndarray
    lead: np.ndarray


def lay_out(predictions: Sequence[Prediction]) -> Rows:
    """The predicted motion of all sessions: a seam, the frame before, the stretch, and so on.

    >>> frames = np.arange(1.0, 5)[:, None] * np.ones(7)
    >>> windows = Prediction("a", frames, frames, np.array([0, 2]), np.array([[0.0] * 7, [2] * 7]))
    >>> rows = lay_out([windows])
    >>> rows.motion.head[:, 0].tolist(), rows.inside.astype(int).tolist(), rows.lead.astype(int).tolist()
    ([0.0, 0.0, 1.0, 2.0, 2.0, 2.0, 3.0, 4.0], [0, 0, 1, 1, 0, 0, 1, 1], [0, 1, 0, 0, 0, 1, 0, 0])
    """
    frames, inside, lead = [], [], []
    for p in predictions:
        at = np.repeat(p.starts, 2)  # a seam and the frame before go in front of each stretch
        frames.append(np.insert(p.predicted, at, np.repeat(p.before, 2, axis=0), axis=0))
        inside.append(np.insert(np.ones(len(p), bool), at, False))
        lead.append(np.insert(np.zeros(len(p), bool), at, np.tile([False, True], len(p.starts))))
    motion = Motion(np.clip(np.concatenate(frames), -LARGEST, LARGEST))
    return Rows(motion, np.concatenate(inside), np.concatenate(lead))


def saccades_of(prediction: Prediction) -> tuple[list[Saccade], float]:
    """Saccades of the predicted gaze in the world, and the seconds in which one could be seen.

    The threshold follows the noise of the true recording, so that truth and prediction are judged by one; blinks, each
    motion's own, are left out with their time.

    >>> true = np.zeros((50, 7)); true[30:, [4, 6]] = 10
    >>> windows = Prediction("a", true, true, np.array([0, 25]), true[[0, 24]])
    >>> found, seconds = saccades_of(windows)
    >>> [round(s.amplitude, 3) for s in found], seconds
    ([10.0], 2.0)
    """
    rows = lay_out([prediction])
    true = Motion(np.clip(prediction.true, -LARGEST, LARGEST))
    own = Motion(rows.motion.frames[rows.inside])
    seen = _without(find_blinks(own), len(own))
    valid = rows.lead.copy()
    valid[rows.inside] = seen
    if prediction.windowed:  # the frames before are the true ones, and in a true blink they say nothing
        open_eyes = _without(find_blinks(true), len(true))
        valid[rows.lead] = open_eyes[np.maximum(prediction.starts - 1, 0)]
    found = find_saccades(rows.motion, rows.motion.world_gaze, valid, noise=eye_noise(true))
    return found, float(seen.sum()) / own.fps


def _without(blinks: np.ndarray, frames: int) -> np.ndarray:
    """[frames] bool, False inside the blinks."""
    change = np.zeros(frames + 1, int)
    np.add.at(change, blinks[:, 0], 1)
    np.add.at(change, blinks[:, 1], -1)
    return np.cumsum(change)[:-1] == 0
