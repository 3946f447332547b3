"""Events of an hour of motion: our I-DT beside that of pymovements, and all events together."""

from __future__ import annotations

import numpy as np

from benchmarks.timing import Row, side_by_side
from stygaze.assets import asset
from stygaze.errors import StyGazeError
from stygaze.gaze.events import detect, idt
from stygaze.gaze.fixations import points
from stygaze.motion import FPS, Motion

LENGTH = 3600  # seconds
SAMPLE = 120  # seconds of it that the usual way gets


def rows() -> list[Row]:
    try:
        from pymovements.events import idt as theirs
    except ImportError:
        raise StyGazeError("I-DT is compared with pymovements; script/setup test installs it.") from None
    shipped = [Motion.load(path).frames for path in sorted(asset("styles").glob("*.csv"))]
    frames = np.concatenate(shipped)
    hour = Motion(np.resize(frames, (LENGTH * FPS, frames.shape[1])))
    eye = points(hour).astype(float)
    part = eye[: SAMPLE * FPS]
    taken, usual = side_by_side(
        lambda: idt(eye), lambda: theirs(part, dispersion_threshold=1.0, minimum_duration=3), runs=3
    )
    assert usual is not None
    everything, _ = side_by_side(lambda: detect(hour, frame="world"), runs=3)
    way, share = f"pymovements ({SAMPLE} s of it timed)", f"{idt(eye)[0].mean():.0%} of the frames in fixations"
    return [
        Row("fixations of an hour (I-DT)", taken, usual * LENGTH / SAMPLE, way, budget=1, note=share),
        Row("all events of an hour", everything, note=f"{len(detect(hour, frame='world').saccades)} saccades"),
    ]
