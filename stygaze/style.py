"""A style: what the style encoder says of a motion, with a name."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stygaze.errors import StyGazeError


@dataclass(frozen=True, eq=False)
class Style:
    """A unit vector [d] float32 and what to call it."""

    vector: np.ndarray
    name: str = ""

    def __post_init__(self) -> None:
        vector = np.array(self.vector, dtype=np.float32).reshape(-1)
        length = float(np.linalg.norm(vector))
        if not np.isfinite(length) or length < 1e-6:
            raise StyGazeError("A style needs a direction: these two cancel each other; move the blend off the middle.")
        vector /= length
        vector.setflags(write=False)
        object.__setattr__(self, "vector", vector)

    def blend(self, other: Style, share: float) -> Style:
        """A style between: share 0 is this one, 1 the other, along the great circle between both.

        >>> a, b = Style(np.eye(64)[0], "A"), Style(np.eye(64)[1], "B")
        >>> half = a.blend(b, 0.5); half.name, bool(np.allclose(half.vector[:3], [0.5**0.5, 0.5**0.5, 0]))
        ('A + 50% B', True)
        """
        if not 0 <= share <= 1:
            raise StyGazeError(f"A blend's share lies between 0 and 1, got {share}.")
        angle = np.arccos(np.clip(self.vector @ other.vector, -1, 1))
        if angle < 1e-4:
            return self
        mixed = (np.sin((1 - share) * angle) * self.vector + np.sin(share * angle) * other.vector) / np.sin(angle)
        return Style(mixed, f"{self.name} + {share:.0%} {other.name}")

    def distance(self, other: Style) -> float:
        """1 - cos, 0 for the same style (the paper's style error, section V.C)."""
        return float(1 - self.vector @ other.vector)
