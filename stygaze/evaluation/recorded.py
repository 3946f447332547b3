"""Recordings of real eyes that the simulator is held against: who looked where in conversations, and a headset's takes.

* conversation-fixations: 19 people in remote conversations, fixations by role (Dembinsky, Watanabe, Dengel and
  Ishimaru, ETRA 2024; github.com/psyberlab/eye-gaze-during-conversation-dataset, Apache-2.0)
* htc-vive-pro: takes of some 12 s with an HTC Vive Pro Eye (github.com/EveCharbie/EyeDentify3d, MIT)
"""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from stygaze.errors import StyGazeError
from stygaze.motion import FPS, Motion, angles

ROLES = {"speaking": "SPEAK", "listening": "LISTEN"}
VIVE_RATE = 120  # Hz
BOTH_VALID = 31  # all five validity bits of SRanipal
SAMPLES_A_FRAME = 3  # valid ones, for a frame of 40 ms to count
TAKE_VALID = 0.5  # of a take, at least, for it to be of use


@dataclass(frozen=True, eq=False)
class Looks:
    """One person's fixations in one role.

    Attributes:
        durations: [n] seconds.
        intervals: [n] seconds from the onset of the fixation before.
        places: [n, 2] x, y on the screen, pixels.
    """

    durations: np.ndarray
    intervals: np.ndarray
    places: np.ndarray


@dataclass(frozen=True, eq=False)
class Take:
    """A recording of head and both eyes on an even grid of 120 Hz.

    Attributes:
        head: [n, 3], left, right: [n, 2] degrees in the project's axes; where not `valid` the eyes are interpolated.
        valid: [n] bool, both eyes truly seen.
    """

    name: str
    head: np.ndarray
    left: np.ndarray
    right: np.ndarray
    valid: np.ndarray

    @property
    def eye(self) -> np.ndarray:
        """[n, 2] the mean of both eyes, degrees in the head."""
        return (self.left + self.right) / 2

    def motion(self) -> tuple[Motion, np.ndarray]:
        """At 25 FPS, each frame the mean of the valid samples in its 40 ms, and which frames have three of them."""
        frame = np.arange(len(self.valid)) * FPS // VIVE_RATE
        n = int(frame[-1])
        inside = frame < n
        seen = np.bincount(frame[inside & self.valid], minlength=n)
        columns = []
        for values, used in ((self.head, inside), (np.c_[self.left, self.right], inside & self.valid)):
            total = np.zeros((n, values.shape[1]))
            np.add.at(total, frame[used], values[used])
            count = np.bincount(frame[used], minlength=n)
            known = np.flatnonzero(count)
            columns += [np.interp(np.arange(n), known, x[known] / count[known]) for x in total.T]
        return Motion(np.stack(columns, 1), name=self.name), seen >= SAMPLES_A_FRAME

    def sampled(self) -> tuple[Motion, np.ndarray]:
        """At 25 FPS, each frame the instant t / 25 s, as a simulation has it; velocities compare with that only."""
        at = np.arange(len(self.valid) * FPS // VIVE_RATE) / FPS * VIVE_RATE
        columns = np.concatenate([self.head, self.left, self.right], 1)
        frames = np.stack([np.interp(at, np.arange(len(columns)), x) for x in columns.T], 1)
        before = at.astype(int)
        after = np.minimum(before + 1, len(self.valid) - 1)
        return Motion(frames, name=self.name), self.valid[before] & self.valid[after]


def conversations(folder: str | Path) -> dict[str, dict[str, Looks]]:
    """Fixations by person and role ("speaking", "listening"); a role in which nothing was recorded is absent.

    Raises:
        StyGazeError: no such recordings in the folder, or one that is not as it should be.
    """
    people: dict[str, dict[str, Looks]] = {}
    for path in sorted(Path(folder).glob("*.json")):
        try:
            stretches = json.loads(path.read_text(encoding="utf-8"))
            people[path.stem] = {
                role: Looks(
                    np.concatenate([one["Duration"] for one in stretches[key]]) / 1000,
                    np.concatenate([one["Pause"] for one in stretches[key]]) / 1000,
                    np.concatenate([np.stack([one["Center_X"], one["Center_Y"]], 1) for one in stretches[key]]),
                )
                for role, key in ROLES.items()
                if stretches[key]
            }
        except (KeyError, TypeError, ValueError) as error:
            raise StyGazeError(f"{path.name} is no list of conversation fixations ({type(error).__name__}).") from None
    if not people:
        raise StyGazeError(f"There are no conversation fixations (NN.json) in {folder}.")
    return people


def takes(folder: str | Path) -> list[Take]:
    """The takes in which both eyes were seen for at least half of the time.

    Raises:
        StyGazeError: no such take in the folder, or a file that is none.
    """
    found = [read_take(path) for path in sorted(Path(folder).glob("*.csv"))]
    kept = [take for take in found if take is not None and take.valid.mean() >= TAKE_VALID]
    if not kept:
        raise StyGazeError(f"There are no usable takes of an HTC Vive Pro Eye (*.csv) in {folder}.")
    return kept


def read_take(path: Path) -> Take | None:
    """One take, or None if it holds less than a second.

    The eyes' axes are x to the subject's left, y up, z ahead; the helmet's angles turn right and look down (Unity).
    """
    with open(path, encoding="utf-8", newline="") as file:
        rows = [row for row in csv.reader(file, delimiter=";") if len(row) > 1 and any(row)]
    try:
        at = {name: k for k, name in enumerate(rows[0])}
        ticks = np.array([int(row[at["time(100ns)"]]) for row in rows[1:]], int)
        if len(ticks) < VIVE_RATE:
            return None
        kept = np.flatnonzero(np.diff(ticks, prepend=-1) > 0)  # some samples were written twice

        def column(name: str) -> np.ndarray:
            return np.array([float(rows[1 + k][at[name]]) for k in kept])

        seconds = (ticks[kept] - ticks[0]) / 1e7
        good = (column("eye_valid_L") == BOTH_VALID) & (column("eye_valid_R") == BOTH_VALID)
        turned = -np.stack([column(f"helmet_rot_{axis}") for axis in "xyz"], 1)
        eyes = [np.stack([column(f"gaze_direct_{side}.{axis}") for axis in "xyz"], 1) for side in "LR"]
    except (KeyError, ValueError, IndexError) as error:
        raise StyGazeError(f"{path.name} is no take of an HTC Vive Pro Eye ({type(error).__name__}).") from None
    grid = np.arange(int(seconds[-1] * VIVE_RATE)) / VIVE_RATE
    head = np.degrees(np.unwrap(np.radians((turned + 180) % 360 - 180), axis=0))
    head[:, 1] -= np.median(head[:, 1])  # the room has no front
    nearest = np.clip(np.searchsorted(seconds, grid), 1, len(seconds) - 1)
    valid = good[nearest] & good[nearest - 1]

    def even(values: np.ndarray, known: np.ndarray) -> np.ndarray:
        if not known.any():
            return np.zeros((len(grid), values.shape[1]))
        return np.stack([np.interp(grid, seconds[known], values[known, i]) for i in range(values.shape[1])], 1)

    left, right = (even(angles(np.where(good[:, None], eye, [0.0, 0.0, 1.0])), good) for eye in eyes)
    return Take(path.stem, even(head, np.ones(len(good), bool)), left, right, valid)
