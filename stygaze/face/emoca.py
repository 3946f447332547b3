"""A face from EMOCA (Danecek et al. 2022) with our head and eyes: its FLAME shape, expression and jaw.

Shape and expression are coefficients of FLAME's own basis, which a user's licensed FLAME has and the embedded head has
not: there only the jaw carries over, and the lips go on following the speech.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from stygaze.errors import StyGazeError
from stygaze.face.articulation import JAW_OPEN
from stygaze.face.emoca_files import Recording, read
from stygaze.face.expression import Expression, FlameFace
from stygaze.face.head import Head
from stygaze.motion import FPS

WIDTHS = {"shape": (100, 300), "expression": (50, 100), "pose": (6, 6), "jaw": (3, 3)}
WIDEST_JAW = 1.0  # radians; a jaw opens by about half of it, so more means degrees or another order of columns
USUAL_RATES = (12.5, 15, 23.976, 24, 25, 29.97, 30, 48, 50, 59.94, 60)
LEEWAY = 0.03  # of a rate, when frames and speech are compared
ONLY_JAW = (
    "Of EMOCA's face only the jaw moves the embedded head: shape and expression belong to FLAME's own basis, "
    "so give a FLAME model to see them."
)


@dataclass(frozen=True, eq=False)
class EmocaFace:
    """EMOCA's face at 25 FPS, and what was done to it on the way, a sentence each."""

    face: FlameFace
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.face.jaw)

    @classmethod
    def load(cls, path: str | Path, seconds: float, fps: float | None = None) -> EmocaFace:
        """Read EMOCA's output for a speech.

        Args:
            path: its output folder, a zip of that, or an .npz with shape [T, S], exp [T, E], pose [T, 6] (head, jaw).
            seconds: how long the speech is; where neither file nor `fps` say a rate, the frames must span it.
            fps: frames a second of the video; what a file says comes first.

        Raises:
            StyGazeError: as `emoca_files.read`; wrong widths, no rate.
        """
        found, name = read(path), Path(path).name
        _check(found, name)
        notes: list[str] = []
        if found.crowded:
            notes.append(f"{found.crowded} frames showed several faces; the first of each is used.")
        first = 0 if found.numbers[0] == 0 else 1  # pictures are counted from 0 or, as ffmpeg does, from 1
        at = found.numbers - first
        total = int(at[-1]) + 1
        rate, said = _rate(found, fps, total, seconds, name)
        notes += said
        if missing := total - len(at):
            notes.append(f"{missing} of {total} frames had no face; they are interpolated.")
        n = max(1, int(np.floor(total * FPS / rate + 0.5)))
        if abs(rate - FPS) > 1e-6:
            notes.append(f"EMOCA's {rate:g} frames a second were resampled to {FPS}.")
        jaw = found.rows["jaw"] if "jaw" in found.rows else found.rows["pose"][:, 3:]
        times, wanted = at / rate, np.arange(n) / FPS

        def over(values: np.ndarray) -> np.ndarray:
            return np.stack([np.interp(wanted, times, column) for column in values.T], 1)

        # one person has one shape; the median forgets frames where the fit went astray
        shape = np.median(found.rows["shape"], axis=0)
        length = n / FPS
        if abs(length - seconds) > 0.1:
            rest = "the last frame is held" if length < seconds else "the rest is left out"
            notes.append(f"EMOCA's face lasts {length:.2f} s and the speech {seconds:.2f} s; {rest}.")
        return cls(FlameFace(shape, over(found.rows["expression"]), over(jaw)), tuple(notes))

    def fused(self, expression: Expression, head: Head | None = None) -> tuple[Expression, tuple[str, ...]]:
        """Their face with our blinks, for our motion of head and eyes; and notes, a sentence each.

        The jaw carries over to every head. What only the embedded head has (lips, brows) stays ours.
        """
        n = len(expression)
        row = np.minimum(np.arange(n), len(self) - 1)
        face = replace(self.face, expression=self.face.expression[row], jaw=self.face.jaw[row])
        jaw = face.jaw[:, 0]
        shapes = dict(expression.shapes)
        if "mouthClose" in shapes:  # as far shut as before, over another jaw
            shut = shapes["mouthClose"] * JAW_OPEN / np.maximum(expression.jaw, 1e-4)
            shapes["mouthClose"] = np.clip(np.clip(shut, 0, 1) * np.maximum(jaw, 0) / JAW_OPEN, 0, 1)
        embedded = bool((head or Head.load()).expression_names)
        fused = replace(expression, jaw=jaw, shapes=shapes, flame=face)
        return fused, (*self.notes, *([ONLY_JAW] if embedded else []))


def _check(found: Recording, name: str) -> None:
    for key, array in found.rows.items():
        if array.shape[1] not in WIDTHS[key]:
            wanted = " or ".join(str(width) for width in dict.fromkeys(WIDTHS[key]))
            raise StyGazeError(f"{key} in {name} has {array.shape[1]} numbers a frame; EMOCA's has {wanted}.")
    jaw = found.rows["jaw"] if "jaw" in found.rows else found.rows["pose"][:, 3:]
    if np.abs(jaw).max() > WIDEST_JAW:
        raise StyGazeError(
            f"The jaw in {name} turns by {np.abs(jaw).max():.2f} rad; pose is head then jaw, axis-angle in radians."
        )


def _rate(found: Recording, fps: float | None, total: int, seconds: float, name: str) -> tuple[float, list[str]]:
    """Frames a second: as the file or the caller says, else the usual rate at which the frames span the speech."""
    said = found.fps or fps
    if said is not None:
        if not 1 <= said <= 240:
            raise StyGazeError(f"EMOCA's frame rate must lie between 1 and 240, not {said:g}.")
        return float(said), []
    rate = total / seconds
    nearest = min(USUAL_RATES, key=lambda usual: abs(usual - rate))
    if abs(nearest - rate) > LEEWAY * nearest:
        raise StyGazeError(
            f"{name} does not say its frame rate, and {total} frames do not span the {seconds:.2f} s of speech at a "
            "usual one; say it (--emoca-fps, or fps in the npz)."
        )
    return float(nearest), [f"{total} frames span {seconds:.2f} s of speech: taken as {nearest:g} frames a second."]
