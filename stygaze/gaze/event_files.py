"""Events on disk: a CSV with one row a fixation, saccade or blink, for people, spreadsheets and pandas."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np

from stygaze.errors import StyGazeError
from stygaze.gaze.events import ROW_KEYS, Blink, Events
from stygaze.gaze.fixations import runs
from stygaze.motion import FPS
from stygaze.motion_files import replacing

OPEN, SHUT = 0.05, 0.5  # of a lid's way: it moves in between, and a blink goes beyond the second
EXPLAINED = (
    "# stygaze events",
    f"# fps: {FPS}",
    "# unit: degrees, seconds, degrees per second",
    "# frames: from onset to offset, the latter not included; the first frame is 0 and lies at 0 s",
    "# eye: in the head; gaze: in the world. pitch is positive up, yaw toward the subject's left",
    "# direction: of a saccade; 0 toward the subject's left, 90 up, 180 toward the right, -90 down",
)
WHOLE = ("onset_frame", "offset_frame")
YES = {"yes": True, "no": False}

Row = dict[str, str | float | bool | None]


def write_events(events: Events, path: str | Path, name: str = "") -> Path:
    """Write events as .csv, by onset; cells that do not apply are empty. Returns the path.

    Args:
        name: what the events are of, one line, for the head of the file.

    Raises:
        StyGazeError: another ending.
    """
    path = Path(path)
    if path.suffix != ".csv":
        raise StyGazeError(f"Events are written as .csv, not {path.suffix or 'a file without an ending'}.")
    lines = [
        *EXPLAINED,
        f"# length: {events.n_frames / FPS:g} s",
        *([f"# name: {' '.join(name.split())}"] * bool(name)),
    ]
    with replacing(path) as temporary, open(temporary, "w", encoding="utf-8", newline="") as file:
        file.write("\n".join(lines) + "\n")
        table = csv.DictWriter(file, ROW_KEYS, lineterminator="\n")
        table.writeheader()
        table.writerows({key: _cell(value) for key, value in row.items()} for row in events.rows())
    return path


def read_events(path: str | Path) -> list[Row]:
    """The rows of a file of events, as `Events.rows()` gives them, with two to four decimals.

    Raises:
        StyGazeError: no such file, or not one of events.
    """
    path = Path(path)
    try:
        lines = [line for line in path.read_text(encoding="utf-8-sig").splitlines() if not line.startswith("#")]
        found = list(csv.DictReader(lines, strict=True))
        if not lines or any(list(row) != list(ROW_KEYS) for row in found[:1]):
            raise ValueError
        return [{key: _value(key, text) for key, text in row.items()} for row in found]
    except FileNotFoundError:
        raise StyGazeError(f"There is no file of events {path.name}; check the path.") from None
    except (ValueError, TypeError, KeyError, csv.Error, OSError):
        raise StyGazeError(
            f"{path.name} is not a file of events; its columns would be {', '.join(ROW_KEYS)}."
        ) from None


def with_lids(events: Events, lids: np.ndarray) -> Events:
    """The events with the blinks of a face in place of those seen in the eyes; a generated motion has no lids itself.

    Args:
        lids: [T, 2] left and right lid at 25 FPS, 0 open to 1 closed. A blink lasts from open to open and is half
            closed in between, at least.

    Raises:
        StyGazeError: lids and events of different lengths.
    """
    if len(lids) != events.n_frames:
        raise StyGazeError(f"{len(lids)} frames of lids do not fit {events.n_frames} frames of events.")
    closed = np.max(lids, axis=1, initial=0)
    blinks = [(on, off) for on, off in runs(closed > OPEN).tolist() if closed[on:off].max() >= SHUT]
    return replace(events, blinks=tuple(Blink(on, off, (off - on) / FPS) for on, off in blinks))


def _cell(value: str | float | bool | None) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.4f}" if isinstance(value, float) else str(value)


def _value(key: str, text: str) -> str | float | bool | None:
    if key == "event" or not text:
        return text or None
    if key == "with_head":
        return YES[text]
    return int(text) if key in WHOLE else float(text)
