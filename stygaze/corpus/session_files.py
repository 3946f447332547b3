"""The single files of a session: motion as Parquet, descriptions as JSON, and errors that name the file."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as parquet

from stygaze.errors import StyGazeError
from stygaze.motion import COLUMNS, FPS, Motion
from stygaze.motion_files import replacing

VALID = ("valid_head", "valid_left", "valid_right")


def write_motion(path: Path, motion: Motion, valid: np.ndarray) -> None:
    """motion.parquet: t (s), the seven columns (degrees), and `valid` [T, 3]: head, left, right eye measured."""
    table = {"t": np.arange(len(motion)) / motion.fps}
    table |= {name: motion.frames[:, i] for i, name in enumerate(COLUMNS)}
    table |= {name: valid[:, i] for i, name in enumerate(VALID)}
    with replacing(path) as temporary:
        parquet.write_table(pa.table(table), temporary, compression="zstd")


def write_json(path: Path, value: dict) -> None:
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def read_motion(path: Path, name: str = "") -> Motion:
    """Read motion.parquet.

    Raises:
        StyGazeError: naming the file, when it is missing or damaged, lacks a column, has another rate, NaN or text.
    """
    if not path.is_file():
        raise StyGazeError(f"{short(path)} is missing.")
    try:
        table = parquet.read_table(path)
    except (pa.ArrowException, OSError) as error:
        raise StyGazeError(f"{short(path)} cannot be read as Parquet ({type(error).__name__}).") from None
    absent = [column for column in ("t", *COLUMNS) if column not in table.column_names]
    if absent:
        raise StyGazeError(f"{short(path)} lacks the column{'s' * (len(absent) > 1)} {', '.join(absent)}.")
    try:
        t, *columns = (table[column].to_numpy().astype(float) for column in ("t", *COLUMNS))
    except (ValueError, TypeError, pa.ArrowException):
        raise StyGazeError(f"{short(path)} has a column that is not numbers.") from None
    if len(t) > 1 and not np.allclose(np.diff(t), 1 / FPS, atol=2e-3):
        raise StyGazeError(
            f"{short(path)} is not at {FPS} FPS: its times step by {np.diff(t).max():.4f} s, not {1 / FPS:g}."
        )
    try:
        return Motion(np.stack(columns, 1), name=name)
    except StyGazeError as error:
        raise StyGazeError(f"{short(path)}: {error}") from None


def read_json(path: Path) -> dict:
    if not path.is_file():
        raise StyGazeError(f"{short(path)} is missing.")
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError):
        raise StyGazeError(f"{short(path)} is not valid JSON.") from None
    if not isinstance(said, dict):
        raise StyGazeError(f"{short(path)} must hold one JSON object.")
    return said


def short(path: Path) -> str:
    """The path from the corpus folder on: what a person needs to find the file."""
    return "/".join(path.parts[-3:]) if path.parent.parent.name == "sessions" else path.name
