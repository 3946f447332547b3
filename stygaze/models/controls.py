"""What a user may ask of a generator beside a style: how much eye contact, how lively, where to look for a moment."""

from __future__ import annotations

from dataclasses import dataclass

from stygaze.errors import StyGazeError

LIVELIEST = 2.0  # times what was learned
FIELD = 35.0, 25.0  # degrees of yaw and pitch to either side that a look may be sent to


@dataclass(frozen=True)
class Look:
    """Look there for a moment: gaze jumps to a place in the world and stays about it, and the head follows as it would.

    Args:
        at, seconds: when the look begins, and how long it lasts.
        yaw, pitch: degrees in the world, from the partner's face (the origin of the world, or for a style that mostly
            looks elsewhere, there): positive to the subject's left, and up.

    Raises:
        StyGazeError: before the beginning, no time at all, or out of sight.
    """

    at: float
    seconds: float
    yaw: float
    pitch: float = 0.0

    def __post_init__(self) -> None:
        if not (self.at >= 0 and 0 < self.seconds <= 60):
            raise StyGazeError(f"A look begins at 0 s or later and lasts up to 60 s, got {self.at} and {self.seconds}.")
        if not (abs(self.yaw) <= FIELD[0] and abs(self.pitch) <= FIELD[1]):
            raise StyGazeError(
                f"A look goes at most {FIELD[0]:g} degrees aside and {FIELD[1]:g} up or down, "
                f"got yaw {self.yaw} and pitch {self.pitch}."
            )


@dataclass(frozen=True)
class Controls:
    """Asked of the model while it generates, not done to its output afterwards.

    Args:
        eye_contact: share of the time that gaze rests on the partner, 0 to 1; None leaves it to style and speech.
        gaze_activity: how often gaze jumps, and below 1 how far, 0 (it rests) to 2; 1 is as learned.
        head_activity: the same of the head; the eyes keep looking where they would.
        looks: moments at which gaze goes somewhere.

    Raises:
        StyGazeError: a value outside its range.

    >>> Controls(eye_contact=0.8).as_learned, Controls().as_learned
    (False, True)
    """

    eye_contact: float | None = None
    gaze_activity: float = 1.0
    head_activity: float = 1.0
    looks: tuple[Look, ...] = ()

    def __post_init__(self) -> None:
        if self.eye_contact is not None and not 0 <= self.eye_contact <= 1:
            raise StyGazeError(f"eye_contact is a share from 0 to 1, or None for as learned; got {self.eye_contact}.")
        for label in ("gaze_activity", "head_activity"):
            if not 0 <= getattr(self, label) <= LIVELIEST:
                raise StyGazeError(f"{label} lies between 0 (still) and {LIVELIEST:g}, got {getattr(self, label)}.")

    @property
    def as_learned(self) -> bool:
        """Whether nothing is asked for."""
        return self == Controls()
