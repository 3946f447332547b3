"""What a model or a reference made of one session beside the truth, and where it started anew.

Every figure of the tables is computed from lists of these, so the seam rule stands here once.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from stygaze.errors import StyGazeError
from stygaze.motion import COLUMNS


@dataclass(frozen=True, eq=False)
class Prediction:
    """Predicted and true motion of the test target of one session, frame by frame, at 25 FPS.

    A stretch runs on its own: in the windowed protocol each window of 25 frames does, after a true past; a free
    prediction is one stretch.

    Args:
        session: its id, for messages.
        predicted: [T, 7] degrees, kept as float32.
        true: [T, 7] degrees, the same frames.
        starts: [W] int, first frame of every stretch, rising from 0 (windowed: 0, 25, 50, ...; free: 0 alone).
        before: [W, 7] the frame before each stretch as the model saw it (windowed: the true one; free: the first
            predicted frame itself, for there was none).
        audio: [samples] sound of the target at 16 kHz, for the beats; None where there is none.

    Raises:
        StyGazeError: shapes that do not fit each other, a missing value, or stretches out of order.

    >>> windows = Prediction("a", np.zeros((50, 7)), np.ones((50, 7)), np.array([0, 25]), np.ones((2, 7)))
    >>> windows.stretches().tolist(), windows.windowed
    ([[0, 25], [25, 50]], True)
    """

    session: str
    predicted: np.ndarray
    true: np.ndarray
    starts: np.ndarray
    before: np.ndarray
    audio: np.ndarray | None = None

    def __post_init__(self) -> None:
        predicted, true = np.asarray(self.predicted, np.float32), np.asarray(self.true, np.float32)
        starts, before = np.asarray(self.starts, int), np.asarray(self.before, np.float32)
        where = f"The prediction of session {self.session}"
        if true.ndim != 2 or true.shape[1] != len(COLUMNS) or len(true) == 0 or predicted.shape != true.shape:
            raise StyGazeError(
                f"{where} has shape {predicted.shape} and its truth {true.shape}; both are [T, {len(COLUMNS)}]."
            )
        if starts.ndim != 1 or len(starts) == 0 or starts[0] != 0 or (np.diff(starts) < 1).any():
            raise StyGazeError(f"{where} needs stretches that start at frame 0 and then later and later.")
        if starts[-1] >= len(true) or before.shape != (len(starts), len(COLUMNS)):
            raise StyGazeError(
                f"{where} has {len(true)} frames, {len(starts)} stretches, the last from frame {starts[-1]}, and"
                f" frames before them of shape {before.shape}; these do not fit."
            )
        for name, values in (("", predicted), (" (its truth)", true), (" (frames before)", before)):
            if not np.isfinite(values).all():
                t, c = np.argwhere(~np.isfinite(values))[0]
                raise StyGazeError(f"{where}{name} has a missing or infinite value in {COLUMNS[c]} at row {t}.")
        for name, value in (("predicted", predicted), ("true", true), ("starts", starts), ("before", before)):
            object.__setattr__(self, name, value)

    def __len__(self) -> int:
        return len(self.true)

    @property
    def windowed(self) -> bool:
        """Whether the stretches follow a true past; False for a free prediction, one stretch from its own frame."""
        return len(self.starts) > 1 or not np.array_equal(self.before[0], self.predicted[0])

    def stretches(self) -> np.ndarray:
        """[W, 2] first frame of each stretch and the frame after its last."""
        return np.column_stack([self.starts, [*self.starts[1:], len(self)]])

    def velocities(self) -> tuple[np.ndarray, np.ndarray]:
        """Predicted and true velocity, each [T, 7] degrees per frame, v_t = x_t - x_{t-1}, float64.

        At a stretch's first frame both are taken from the frame before it as the model saw it, so what lies between
        two windows is neither motion nor error. A free prediction has no frame before it: both are 0 at frame 0.

        >>> true = np.arange(1.0, 5)[:, None] * np.ones(7)             # 1, 2, 3, 4 in each column
        >>> held = np.array([0, 0, 2, 2.5])[:, None] * np.ones(7)      # two windows of two frames
        >>> windows = Prediction("a", held, true, np.array([0, 2]), np.array([[0.0] * 7, [2] * 7]))
        >>> [v[:, 0].tolist() for v in windows.velocities()]
        [[0.0, 0.0, 0.0, 0.5], [1.0, 1.0, 1.0, 1.0]]
        >>> free = Prediction("a", held, true, np.array([0]), held[:1])
        >>> [v[:, 0].tolist() for v in free.velocities()]
        [[0.0, 0.0, 2.0, 0.5], [0.0, 1.0, 1.0, 1.0]]
        """
        return self._velocity(self.predicted), self._velocity(self.true)

    def _velocity(self, frames: np.ndarray) -> np.ndarray:
        frames = frames.astype(float)
        velocity = np.diff(frames, axis=0, prepend=frames[:1])
        if self.windowed:
            velocity[self.starts] = frames[self.starts] - self.before
        return velocity

    def truth(self) -> Prediction:
        """The true motion in the place of the predicted one, with the same seams: the row `true` of a protocol."""
        return replace(self, predicted=self.true, before=self.before if self.windowed else self.true[:1])
