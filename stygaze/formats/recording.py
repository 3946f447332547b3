"""What a motion file may hold: a Motion, and beside it a jaw and face units; and the arithmetic that readers share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from stygaze.errors import StyGazeError
from stygaze.motion import FPS, Motion, angles
from stygaze.motion_files import MAX_BYTES

JAW_OPEN = 0.311  # radians: the embedded head's jaw at ARKit's jawOpen = 1 (script/headparts/rig.py finds it)
GAP = 0.5  # seconds without frames that are bridged


@dataclass(frozen=True, eq=False)
class Recording:
    """A motion at its own frame rate with the face that goes with it.

    Args:
        motion: [T, 7] degrees.
        face: tracks [T] by name: "jaw" in radians, 0 closed, and ARKit's face units ("mouthPucker", "eyeBlinkLeft"), 0
            to 1. Empty where a file has none.

    Raises:
        StyGazeError: a track of another length, or with values that are not numbers.
    """

    motion: Motion
    face: Mapping[str, np.ndarray] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, values in self.face.items():
            if np.shape(values) != (len(self.motion),) or not np.isfinite(values).all():
                raise StyGazeError(
                    f"The face track {name} must be {len(self.motion)} finite numbers, got shape {np.shape(values)}."
                )

    def resampled(self, fps: float = FPS) -> Recording:
        """The same at another frame rate: the motion as `Motion.resampled`, the face linear between frames."""
        if fps == self.motion.fps:
            return self
        motion = self.motion.resampled(fps)
        at = np.arange(len(motion)) / fps * self.motion.fps
        frames = np.arange(len(self.motion))
        return replace(self, motion=motion, face={name: np.interp(at, frames, v) for name, v in self.face.items()})


def existing(path: str | Path, limit: int | None = None) -> Path:
    """The path of a file that is there and not too large: `limit` bytes, MAX_BYTES without it.

    Raises:
        StyGazeError: it is not.
    """
    path = Path(path)
    if not path.is_file():
        raise StyGazeError(f"There is no motion file {path.name}; check the path.")
    limit = limit or MAX_BYTES
    if path.stat().st_size > limit:
        raise StyGazeError(f"{path.name} is larger than {limit // 1_000_000} MB; cut the recording into parts.")
    return path


def text_of(path: Path) -> str:
    """A text file's content.

    Raises:
        StyGazeError: it is not text.
    """
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise StyGazeError(f"{path.name} is not a text file; export it again from the program it comes from.") from None


def beginning(path: Path, size: int = 4096) -> str:
    """The first characters of a file, for telling what it is; empty where there is none."""
    try:
        with open(path, encoding="utf-8-sig", errors="replace") as file:
            return file.read(size)
    except OSError:
        return ""


def head_angles(turn: np.ndarray) -> np.ndarray:
    """Pitch, yaw and roll [..., 3] in degrees of rotation matrices [..., 3, 3]; undoes `motion.rotation`.

    Pitch lies within +-90, as in every such decomposition.
    """
    pitch = np.arcsin(np.clip(turn[..., 1, 2], -1, 1))
    yaw = np.arctan2(turn[..., 0, 2], turn[..., 2, 2])
    roll = np.arctan2(turn[..., 1, 0], turn[..., 1, 1])
    return np.degrees(np.stack([pitch, yaw, roll], -1))


def eye_angles(turn: np.ndarray) -> np.ndarray:
    """Pitch and yaw [..., 2] in degrees of where eyes look that matrices [..., 3, 3] turn; torsion is not kept."""
    return angles(turn[..., :, 2])


def unwrapped(table: np.ndarray) -> np.ndarray:
    """Degrees [T, n] without jumps of a full turn, each column about its own middle; what is not finite is left."""
    if not np.isfinite(table).all():
        return table
    smooth = np.degrees(np.unwrap(np.radians(table), axis=0))
    return smooth - 360 * np.round(np.median(smooth, axis=0) / 360)


def evenly(path: Path, times: np.ndarray, table: np.ndarray) -> tuple[float, np.ndarray]:
    """Frame rate and rows [T, n] on an even grid, from rows at ascending times [N] in seconds; short gaps are bridged.

    Raises:
        StyGazeError: a gap longer than GAP.
    """
    forward = np.concatenate([[True], np.diff(np.maximum.accumulate(times)) > 0])
    times, table = times[forward], table[forward]
    steps = np.diff(times)
    step = float(np.median(steps))
    if steps.max() > max(GAP, 1.5 * step):
        at = int(steps.argmax())
        raise StyGazeError(
            f"{path.name} has no frames for {steps[at]:.1f} s from {times[at] - times[0]:.1f} s on; cut it there."
        )
    n = round((times[-1] - times[0]) / step) + 1
    rate = (n - 1) / (times[-1] - times[0])
    rate = float(round(rate, 2)) if abs(rate - round(rate, 2)) < 1e-4 * rate else float(rate)
    if np.abs(steps - step).max() < 0.1 * step:
        return rate, table
    grid = np.linspace(times[0], times[-1], n)
    return rate, np.stack([np.interp(grid, times, column) for column in table.T], 1)
