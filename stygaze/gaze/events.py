"""Events of a motion: fixations, saccades and blinks, found the same way in recorded and generated motion."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stygaze.errors import StyGazeError
from stygaze.gaze.blinks import find_blinks, without_blinks
from stygaze.gaze.fixations import DISPERSION, MIN_FRAMES, Frame, fixation_ratio, idt, points
from stygaze.gaze.saccades import Saccade, find_saccades
from stygaze.motion import FPS, Motion

__all__ = ["ROW_KEYS", "Blink", "Events", "Fixation", "Saccade", "detect", "fixation_ratio", "idt"]


ROW_KEYS = (
    *("event", "onset_s", "offset_s", "duration_s", "onset_frame", "offset_frame"),
    *("eye_pitch_deg", "eye_yaw_deg", "gaze_pitch_deg", "gaze_yaw_deg"),
    *("amplitude_deg", "direction_deg", "peak_velocity_deg_per_s", "head_turn_deg", "with_head"),
)


@dataclass(frozen=True)
class Fixation:
    """Frames onset to offset (not included) in which gaze rests; `duration` in seconds.

    `eye` is the mean (pitch, yaw) of the eyes in the head, `gaze` that in the world, degrees.
    """

    onset: int
    offset: int
    duration: float
    eye: tuple[float, float]
    gaze: tuple[float, float]


@dataclass(frozen=True)
class Blink:
    """Frames onset to offset (not included) in which a lid disturbs the eyes; `duration` in seconds."""

    onset: int
    offset: int
    duration: float


@dataclass(frozen=True, eq=False)
class Events:
    """What happens in a motion, in the order of time. Frames are at 25 FPS.

    Attributes:
        n_frames: length of the motion.
        frame: "head" or "world": where the fixations were looked for. Saccades are always those of gaze in the world.
        gaze: [T, 2] pitch and yaw in the world, degrees, with the dips of blinks taken out.
    """

    n_frames: int
    frame: Frame
    fixations: tuple[Fixation, ...]
    saccades: tuple[Saccade, ...]
    blinks: tuple[Blink, ...]
    gaze: np.ndarray

    def __repr__(self) -> str:
        found = f"{len(self.fixations)} fixations, {len(self.saccades)} saccades, {len(self.blinks)} blinks"
        return f"Events({found} in {self.n_frames / FPS:.1f} s)"

    def rows(self) -> list[dict[str, str | float | bool | None]]:
        """One row an event, by onset, each with the keys `ROW_KEYS` and None where a key does not apply.

        `event` is fixation, saccade or blink. Eyes are in the head, gaze is in the world; a saccade's direction is 0
        toward the subject's left and 90 up.
        """
        rows = []
        events: list[Fixation | Saccade | Blink] = [*self.fixations, *self.saccades, *self.blinks]
        for event in sorted(events, key=lambda event: event.onset):
            row: dict[str, str | float | bool | None] = dict.fromkeys(ROW_KEYS)
            row["event"] = type(event).__name__.lower()
            row["onset_s"], row["offset_s"] = event.onset / FPS, event.offset / FPS
            row["onset_frame"], row["offset_frame"] = event.onset, event.offset
            row["duration_s"] = event.duration
            if isinstance(event, Fixation):
                row["eye_pitch_deg"], row["eye_yaw_deg"] = event.eye
                row["gaze_pitch_deg"], row["gaze_yaw_deg"] = event.gaze
            elif isinstance(event, Saccade):
                row["amplitude_deg"], row["direction_deg"] = event.amplitude, event.direction
                row["peak_velocity_deg_per_s"] = event.peak_velocity
                row["head_turn_deg"], row["with_head"] = event.head_turn, event.with_head
            rows.append(row)
        return rows


def detect(
    motion: Motion,
    frame: Frame = "head",
    valid: np.ndarray | None = None,
    dispersion: float = DISPERSION,
    min_frames: int = MIN_FRAMES,
) -> Events:
    """Find the events of a motion.

    Args:
        motion: any frame rate; it is brought to 25 FPS first and frames are counted there.
        frame: "head" looks for fixations of the mean eye in the head (what FixRatio counts), "world" for those of gaze.
        valid: [T] bool at 25 FPS, False where the tracker lost the eyes. No event spans such a frame; the lost
            stretches stand in for blinks when they last 80 to 480 ms.
        dispersion, min_frames: thresholds of I-DT.

    Raises:
        StyGazeError: `valid` has another length than the motion.

    >>> frames = np.zeros((50, 7)); frames[20:, [4, 6]] = 12  # both eyes jump 12 degrees to the left
    >>> events = detect(Motion(frames))
    >>> [(f.onset, f.offset, f.eye) for f in events.fixations]
    [(0, 20, (0.0, 0.0)), (20, 50, (0.0, 12.0))]
    >>> [(s.onset, s.offset, round(s.amplitude, 3), s.direction, s.with_head) for s in events.saccades]
    [(19, 20, 12.0, 0.0, False)]
    """
    motion = motion.resampled(FPS)
    if valid is not None:
        valid = np.asarray(valid, bool)
        if valid.shape != (len(motion),):
            raise StyGazeError(f"valid has shape {valid.shape}, but the motion has {len(motion)} frames at 25 FPS.")
    _, spans = idt(points(motion, frame), dispersion, min_frames, valid)
    blinks = find_blinks(motion, valid)
    gaze = without_blinks(motion.world_gaze, blinks)
    return Events(
        n_frames=len(motion),
        frame=frame,
        fixations=tuple(
            Fixation(onset, offset, (offset - onset) / FPS, eye, look)
            for (onset, offset), eye, look in zip(
                spans.tolist(), _means(motion.eye, spans), _means(gaze, spans), strict=True
            )
        ),
        saccades=tuple(find_saccades(motion, gaze, valid)),
        blinks=tuple(Blink(onset, offset, (offset - onset) / FPS) for onset, offset in blinks.tolist()),
        gaze=gaze,
    )


def _means(values: np.ndarray, spans: np.ndarray) -> list[tuple[float, float]]:
    """Means of [T, 2] over each span."""
    total = np.concatenate([np.zeros((1, 2)), np.cumsum(values, axis=0, dtype=float)])
    means = (total[spans[:, 1]] - total[spans[:, 0]]) / np.diff(spans, axis=1)
    return [(pitch, yaw) for pitch, yaw in means.tolist()]
