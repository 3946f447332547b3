"""Motion: the one currency between speech and picture. Head in world and both eyes in the head, in degrees.

Axes are FLAME's: x to the subject's left, y up, z out of the face. A rotation is R = Ry(yaw) Rx(-pitch) Rz(roll), so
positive pitch looks up, positive yaw looks toward the subject's left, positive roll leans toward the right shoulder.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from scipy.signal import resample_poly

from stygaze.errors import StyGazeError

if TYPE_CHECKING:
    from stygaze.gaze.events import Events

FPS = 25
COLUMNS = (
    "head_pitch",
    "head_yaw",
    "head_roll",
    "left_eye_pitch",
    "left_eye_yaw",
    "right_eye_pitch",
    "right_eye_yaw",
)
HEAD = slice(0, 3)
EYES = slice(3, 7)


def frame_count(seconds: float, fps: float = FPS) -> int:
    """Frames of a speech of that length: floor(fps * seconds + 0.5).

    >>> frame_count(10.02)
    251
    """
    return int(np.floor(fps * seconds + 0.5))


def rotation(pitch: np.ndarray, yaw: np.ndarray, roll: np.ndarray | float = 0.0) -> np.ndarray:
    """Rotation matrices [..., 3, 3] of angles in degrees, R = Ry(yaw) Rx(-pitch) Rz(roll).

    >>> rotation(0.0, 90.0).dot([0, 0, 1]).round(6).tolist()   # looks to the subject's left
    [1.0, 0.0, 0.0]
    """
    p, y, r = np.broadcast_arrays(*(np.radians(np.asarray(a, float)) for a in (pitch, yaw, roll)))
    cp, sp, cy, sy, cr, sr = np.cos(p), np.sin(p), np.cos(y), np.sin(y), np.cos(r), np.sin(r)
    rows = [
        [cy * cr - sy * sp * sr, -cy * sr - sy * sp * cr, sy * cp],
        [cp * sr, cp * cr, sp],
        [-sy * cr - cy * sp * sr, sy * sr - cy * sp * cr, cy * cp],
    ]
    return np.stack([np.stack(row, -1) for row in rows], -2)


def direction(pitch: np.ndarray, yaw: np.ndarray) -> np.ndarray:
    """Unit vectors [..., 3] that look along angles in degrees."""
    p, y = np.radians(np.asarray(pitch, float)), np.radians(np.asarray(yaw, float))
    return np.stack([np.sin(y) * np.cos(p), np.sin(p), np.cos(y) * np.cos(p)], -1)


def angles(vectors: np.ndarray) -> np.ndarray:
    """Pitch and yaw [..., 2] in degrees of directions [..., 3] of any length."""
    x, y, z = np.moveaxis(np.asarray(vectors, float), -1, 0)
    return np.degrees(np.stack([np.arctan2(y, np.hypot(x, z)), np.arctan2(x, z)], -1))


@dataclass(frozen=True, eq=False)
class Motion:
    """Seven angles a frame, immutable.

    Args:
        frames: [T, 7] degrees, columns as in `COLUMNS`; copied to float32.
        fps: frames per second.
        name: what to call it on a page or in a plot.
        description: one line about it, shown beside the name.
        source: how it came to be ("recorded", "simulated", a model's name).

    Raises:
        StyGazeError: wrong shape, no frames, NaN or an angle beyond 180 degrees.
    """

    frames: np.ndarray
    fps: float = FPS
    name: str = ""
    description: str = ""
    source: str = ""

    def __repr__(self) -> str:
        return f"Motion({self.name!r}, {len(self.frames)} frames at {self.fps:g} a second)"

    def __post_init__(self) -> None:
        frames = np.array(self.frames, dtype=np.float32)
        if frames.ndim != 2 or frames.shape[1] != len(COLUMNS):
            raise StyGazeError(
                f"A motion has the {len(COLUMNS)} columns {', '.join(COLUMNS)}; got shape {frames.shape}."
            )
        if len(frames) == 0:
            raise StyGazeError("The motion has no frames; give a recording with at least one.")
        if not np.isfinite(frames).all():
            t, c = np.argwhere(~np.isfinite(frames))[0]
            raise StyGazeError(
                f"The motion has a missing or infinite value in {COLUMNS[c]} at frame {t}; fill or cut the gap first."
            )
        if np.abs(frames).max() > 180:
            t, c = np.argwhere(np.abs(frames) > 180)[0]
            raise StyGazeError(f"{COLUMNS[c]} is {frames[t, c]:.0f} degrees at frame {t}; angles lie within +-180.")
        if not (np.isfinite(self.fps) and 1 <= self.fps <= 2000):
            raise StyGazeError(f"fps must lie between 1 and 2000, got {self.fps}.")
        frames.setflags(write=False)
        object.__setattr__(self, "frames", frames)

    def __len__(self) -> int:
        return len(self.frames)

    def __getitem__(self, part: slice) -> Motion:
        """A stretch of frames as a Motion: `motion[100:350]`."""
        if not isinstance(part, slice):
            raise TypeError("index a Motion with a slice, as in motion[0:250]; single frames are motion.frames[t]")
        return replace(self, frames=self.frames[part])

    @property
    def duration(self) -> float:
        """Seconds."""
        return len(self) / self.fps

    @property
    def head(self) -> np.ndarray:
        """[T, 3] pitch, yaw, roll of the head in the world."""
        return self.frames[:, HEAD]

    @property
    def eye(self) -> np.ndarray:
        """[T, 2] pitch and yaw of the mean of both eyes, in the head."""
        return self.frames[:, EYES].reshape(-1, 2, 2).mean(1)

    @property
    def world_gaze(self) -> np.ndarray:
        """[T, 2] pitch and yaw in the world of the line between both eyes' lines of sight (head times eye)."""
        eyes = direction(self.frames[:, [3, 5]], self.frames[:, [4, 6]]).mean(1)
        return angles(np.einsum("tij,tj->ti", rotation(*self.head.T), eyes))

    @property
    def velocity(self) -> np.ndarray:
        """[T - 1, 7] degrees per frame, v_t = x_t - x_{t-1}."""
        return np.diff(self.frames, axis=0)

    def resampled(self, fps: float = FPS) -> Motion:
        """The same movement at another frame rate, low-passed before frames are dropped.

        Frame t of the result lies at t / fps seconds. Angles must not wrap at +-180.
        """
        if fps == self.fps:
            return self
        from fractions import Fraction

        ratio = Fraction(fps / self.fps).limit_denominator(2000)
        # about the first frame, so that the filter's zero padding does not pull the ends toward zero
        offset = np.linspace(self.frames[0], self.frames[-1], len(self), dtype=np.float64)
        bent = resample_poly(self.frames - offset, ratio.numerator, ratio.denominator, axis=0)
        n = max(1, frame_count(self.duration, fps))
        times = np.arange(n) / fps * self.fps
        line = np.stack([np.interp(times, np.arange(len(self)), column) for column in offset.T], 1)
        bent = np.concatenate([bent, np.zeros((max(0, n - len(bent)), 7))])[:n]
        return replace(self, frames=line + bent, fps=fps)

    def events(self) -> Events:
        """Fixations and saccades of gaze in the world, and blinks; recorded and generated motion are treated alike."""
        from stygaze.gaze.events import detect

        return detect(self, frame="world")

    @classmethod
    def load(cls, path: str | Path, fps: float | None = None, unit: str | None = None) -> Motion:
        """Read motion.csv or motion.npz, or what `stygaze.formats` reads: Live Link Face, BVH, FLAME. See
        `stygaze.motion_files.read`; `fps` and `unit` ("degrees" or "radians") serve only files that do not say."""
        from stygaze.motion_files import read

        return read(path, fps=fps, unit=unit)

    def save(self, path: str | Path) -> Path:
        """Write .csv or .npz by the ending; fps, columns and unit stand in the file. Returns the path."""
        from stygaze.motion_files import write

        return write(self, path)
