"""Saving a motion for other programs: the motion formats and the animated head, in one table.

`formats` knows files but no face, `face` knows the head; this module stands above both, for command line, page and API.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from stygaze.errors import StyGazeError
from stygaze.face.animated_glb import write_animated
from stygaze.face.expression import Expression
from stygaze.face.head import Head
from stygaze.formats import FORMATS, Format, Recording
from stygaze.motion import Motion


def _write_glb(recording: Recording, path: Path) -> Path:
    return write_animated(recording.motion, path, expression_of(recording))


GLB = Format("glb", "Animated head (GLB)", ".glb", "Blender, three.js, Unity, Unreal", _write_glb)
EXPORTS: dict[str, Format] = {GLB.key: GLB, **FORMATS}
FIXED_RATE = ("glb", "csv", "npz")  # read by time, or always brought to 25


def export(
    motion: Motion | Recording,
    kind: str,
    path: str | Path,
    expression: Expression | None = None,
    fps: float | None = None,
    head: Head | None = None,
) -> Path:
    """Write a motion as a format of `EXPORTS`. Returns the path.

    Args:
        motion: with the face that belongs to it where it is a `Recording`.
        kind: "glb", "livelink", "bvh", "flame", "csv" or "npz". A CSV or NPZ and a BVH hold no face.
        path: its ending must be that format's.
        expression: the face at the motion's rate, in place of the recording's.
        fps: frames a second of the file, the motion's own without it; not for those in `FIXED_RATE`.
        head: whose head a GLB shows; the default one without it.

    Raises:
        StyGazeError: no such format, another ending, a frame rate that cannot be.
    """
    form, path = format_named(kind), Path(path)
    if path.suffix.lower() != form.suffix:
        raise StyGazeError(f"{form.title} is written as {form.suffix}, not {path.suffix or 'without an ending'}.")
    if fps is not None and (kind in FIXED_RATE or not 1 <= fps <= 240):
        raise StyGazeError(
            f"A {kind} has the motion's 25 frames a second; leave the rate out, or choose another format."
            if kind in FIXED_RATE
            else f"A rate lies between 1 and 240 frames a second, got {fps:g}."
        )
    recording = motion if isinstance(motion, Recording) else Recording(motion)
    if form is GLB:
        face = expression if expression is not None else expression_of(recording, head)
        return write_animated(recording.motion, path, face, head)
    if expression is not None:
        recording = replace(recording, face=face_of(expression, len(recording.motion)))
    return form.write(recording.resampled(fps) if fps else recording, path)


def format_named(kind: str) -> Format:
    """One of `EXPORTS`.

    Raises:
        StyGazeError: there is none of that name.
    """
    if kind not in EXPORTS:
        raise StyGazeError(f"There is no format {kind!r}; choose one of {', '.join(EXPORTS)}.")
    return EXPORTS[kind]


def file_name(stem: str, kind: str) -> str:
    """What a motion's file of that format is called, apart from a plain motion with the same ending.

    >>> file_name("talk", "bvh"), file_name("talk", "livelink")
    ('talk.bvh', 'talk.livelink.csv')
    """
    return f"{stem}{f'.{kind}' if kind in ('livelink', 'flame') else ''}{format_named(kind).suffix}"


def face_of(expression: Expression, n: int) -> dict[str, np.ndarray]:
    """An expression as a recording's face tracks [n], cut or held to that length."""
    tracks = {"jaw": expression.jaw, "eyeBlinkLeft": expression.blink[:, 0], "eyeBlinkRight": expression.blink[:, 1]}
    at = np.minimum(np.arange(n), len(expression) - 1)
    return {name: np.asarray(values, float)[at] for name, values in (tracks | expression.shapes).items()}


def expression_of(recording: Recording, head: Head | None = None) -> Expression | None:
    """A recording's face as an expression of the head, without what the head cannot do; None where there is none."""
    names, n = (head or Head.load()).expression_names, len(recording.motion)
    known = {name: values for name, values in recording.face.items() if name in names}
    jaw = recording.face.get("jaw")
    if not known and jaw is None:
        return None
    blink = np.stack([known.pop(f"eyeBlink{side}", np.zeros(n)) for side in ("Left", "Right")], 1)
    return Expression(np.zeros(n) if jaw is None else jaw, blink, known)
