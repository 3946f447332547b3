"""A style: what the style encoder says of a motion, the habits measured in it, and a name."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from stygaze.errors import StyGazeError


@dataclass(frozen=True, eq=False)
class Style:
    """A unit vector [d] float32, what to call it, and habits [HABITS] (`gaze.habits`) where they were measured."""

    vector: np.ndarray
    name: str = ""
    habits: np.ndarray = field(default_factory=lambda: np.zeros(0, np.float32))

    def __post_init__(self) -> None:
        vector = np.array(self.vector, dtype=np.float32).reshape(-1)
        length = float(np.linalg.norm(vector))
        if not np.isfinite(length) or length < 1e-6:
            raise StyGazeError("A style needs a direction: these two cancel each other; move the blend off the middle.")
        vector /= length
        for name, value in (("vector", vector), ("habits", np.array(self.habits, np.float32).reshape(-1))):
            value.setflags(write=False)
            object.__setattr__(self, name, value)

    @property
    def numbers(self) -> np.ndarray:
        """What a generator is given: vector and habits, [d + HABITS], or [d] where no habits are known."""
        return np.concatenate([self.vector, self.habits])

    def blend(self, other: Style, share: float) -> Style:
        """A style between: share 0 is this one, 1 the other, along the great circle between both; habits in proportion.

        >>> a, b = Style(np.eye(64)[0], "A"), Style(np.eye(64)[1], "B")
        >>> half = a.blend(b, 0.5); half.name, bool(np.allclose(half.vector[:3], [0.5**0.5, 0.5**0.5, 0]))
        ('A + 50% B', True)
        """
        if not 0 <= share <= 1:
            raise StyGazeError(f"A blend's share lies between 0 and 1, got {share}.")
        angle = np.arccos(np.clip(self.vector @ other.vector, -1, 1))
        known = len(self.habits) == len(other.habits)
        habits = (1 - share) * self.habits + share * other.habits if known else self.habits[:0]
        if angle < 1e-4:
            return Style(self.vector, self.name, habits)
        mixed = (np.sin((1 - share) * angle) * self.vector + np.sin(share * angle) * other.vector) / np.sin(angle)
        return Style(mixed, f"{self.name} + {share:.0%} {other.name}", habits)

    def distance(self, other: Style) -> float:
        """1 - cos, 0 for the same style (the paper's style error, section V.C)."""
        return float(1 - self.vector @ other.vector)
