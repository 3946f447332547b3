"""How far a prediction is from the truth, frame by frame: MAE, Vel in both readings, MEE (paper, section V.A).

Each takes predictions of all sessions and pools their frames; velocities follow `Prediction.velocities`, so that what
lies between two windows is no error. What "All" means differs and stands with each; it is never a mean of two groups
unless it says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from stygaze.errors import StyGazeError
from stygaze.evaluation.predictions import Prediction
from stygaze.motion import EYES, HEAD

FORMULAS = {
    "mae": "mean over frames and columns of |x_pred - x_true|, degrees; all = (4 gaze + 3 head) / 7",
    "rmse": "root of the mean over frames and columns of (x_pred - x_true)^2, degrees: what the position loss sees",
    "vel": "mean over frames and columns of (v_pred - v_true)^2, deg^2/frame^2; all = (4 gaze + 3 head) / 7",
    "vel_speed": "mean over frames and columns of (|v_pred| - |v_true|)^2, deg^2/frame^2; all = (4 gaze + 3 head) / 7",
    "mee": "mean over frames of |sum_d v_pred^2 - sum_d v_true^2|, deg^2/frame^2, d over the group's columns;"
    " all: over all seven columns inside the bars, at most gaze + head",
}


class Groups(NamedTuple):
    """One measure over all seven columns, the four of the eyes, the three of the head."""

    all: float
    gaze: float
    head: float


def mae(predictions: Sequence[Prediction]) -> Groups:
    """Mean absolute error, degrees. All is the mean over seven columns, (4 MAE_G + 3 MAE_H) / 7.

    Raises:
        StyGazeError: there are no predictions (so too of the other measures here).

    >>> true = np.zeros((4, 7)); made = true + [1, 1, 1, 8, 8, 8, 8]         # head 1 degree off, eyes 8
    >>> mae([Prediction("a", made, true, np.array([0]), made[:1])])
    Groups(all=5.0, gaze=8.0, head=1.0)
    """
    return _by_column([np.abs(p.predicted.astype(float) - p.true) for p in some(predictions)])


def rmse(predictions: Sequence[Prediction]) -> Groups:
    """Root of the mean squared error, degrees; not in the paper, but what its position loss makes small.

    >>> true = np.zeros((4, 7)); made = true + [1, 1, 1, 8, 8, 8, 8]
    >>> made[2:, :3] = 0                                                     # half of the time the head is right
    >>> rmse([Prediction("a", made, true, np.array([0]), made[:1])]).gaze
    8.0
    >>> round(rmse([Prediction("a", made, true, np.array([0]), made[:1])]).head, 3)   # MAE .5
    0.707
    """
    squares = _by_column([(p.predicted.astype(float) - p.true) ** 2 for p in some(predictions)])
    return Groups(*(value**0.5 for value in squares))


def vel(predictions: Sequence[Prediction]) -> Groups:
    """Velocity error as the velocity loss has it: mean of (v_pred - v_true)^2 over frames and columns, deg²/frame².

    >>> steps = np.arange(4.0)[:, None] * np.ones(7)                        # everything moves 1 degree a frame
    >>> vel([Prediction("a", -steps, steps, np.array([0]), -steps[:1])])    # the other way: 2^2, not in frame 0
    Groups(all=3.0, gaze=3.0, head=3.0)
    """
    return _by_column([(made - true) ** 2 for made, true in velocities(predictions)])


def vel_speed(predictions: Sequence[Prediction]) -> Groups:
    """The other reading of Vel: mean of (|v_pred| - |v_true|)^2, column by column, deg²/frame². Blind to direction.

    The paper does not say which it means; the ratio of its MEE to its Vel fits this one (docs/metrics.md).

    >>> steps = np.arange(4.0)[:, None] * np.ones(7)
    >>> vel_speed([Prediction("a", -steps, steps, np.array([0]), -steps[:1])])
    Groups(all=0.0, gaze=0.0, head=0.0)
    >>> vel_speed([Prediction("a", 3 * steps, steps, np.array([0]), steps[:1])]).head
    3.0
    """
    return _by_column([(np.abs(made) - np.abs(true)) ** 2 for made, true in velocities(predictions)])


def mee(predictions: Sequence[Prediction]) -> Groups:
    """Motion energy error: mean over frames of |sum of v_pred^2 - sum of v_true^2|, deg²/frame².

    The sums run over the columns of the group. All sums seven columns before the bars, so too much energy in the eyes
    and too little in the head cancel, and All is at most gaze + head.

    >>> t = np.arange(2.0)[:, None]
    >>> true = t * [1, 1, 1, 0, 0, 0, 0]; made = t * [0, 0, 0, 1, 1, 1, 1]  # energy 3 of the head made 4 of the eyes
    >>> mee([Prediction("a", made, true, np.array([0]), made[:1])])         # over two frames, of which the first rests
    Groups(all=0.5, gaze=2.0, head=1.5)
    """
    energy = np.concatenate([made**2 - true**2 for made, true in velocities(predictions)])
    return Groups(*(float(np.abs(energy[:, part].sum(1)).mean()) for part in (slice(None), EYES, HEAD)))


def accuracy(predictions: Sequence[Prediction]) -> dict[str, float]:
    """All of them by key: mae_all, mae_gaze, mae_head, rmse_all, ..., mee_head."""
    return {
        f"{name}_{group}": value
        for name, measure in {"mae": mae, "rmse": rmse, "vel": vel, "vel_speed": vel_speed, "mee": mee}.items()
        for group, value in measure(predictions)._asdict().items()
    }


def some(predictions: Sequence[Prediction]) -> Sequence[Prediction]:
    """The predictions, of which there must be at least one."""
    if not predictions:
        raise StyGazeError("There is nothing to measure: no prediction was given.")
    return predictions


def velocities(predictions: Sequence[Prediction]) -> list[tuple[np.ndarray, np.ndarray]]:
    """Predicted and true velocity of each, [T, 7] degrees per frame."""
    return [p.velocities() for p in some(predictions)]


def _by_column(errors: Sequence[np.ndarray]) -> Groups:
    """Means over frames and the columns of each group of errors [T, 7] of all sessions."""
    column = np.concatenate(errors).mean(0)
    return Groups(float(column.mean()), float(column[EYES].mean()), float(column[HEAD].mean()))
