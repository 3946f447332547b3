"""Motion on disk: a CSV a person can read and an NPZ. Both say fps, columns and unit, and what they say is obeyed."""

from __future__ import annotations

import csv
import io
import os
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from stygaze.errors import StyGazeError
from stygaze.motion import COLUMNS, FPS, Motion

MAX_FRAMES = 2_000_000  # more than two hours at 250 Hz; a larger file is refused before it fills the memory
MAX_BYTES = 400_000_000
UNITS = {"degrees": 1.0, "deg": 1.0, "radians": 180 / np.pi, "rad": 180 / np.pi}
TEXTS = ("name", "description", "source")
# (path, fps) -> the motion in another program's file, None for what is not one. `stygaze.formats` adds its reader, so
# that `Motion.load` reads what the registry knows without an import upward
foreign: list[Callable[[Path, float | None], Motion | None]] = []


@contextmanager
def replacing(path: str | Path) -> Iterator[Path]:
    """A temporary path beside `path` that takes its place when the block ends well, and vanishes when it does not."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem}-", suffix=path.suffix)
    os.close(handle)
    try:
        yield Path(name)
        os.chmod(name, 0o644)
        os.replace(name, path)
    finally:
        Path(name).unlink(missing_ok=True)


def write(motion: Motion, path: str | Path) -> Path:
    """Write .csv (degrees with 4 decimals) or .npz (float32) by the ending.

    Raises:
        StyGazeError: another ending.
    """
    path = Path(path)
    texts = {key: getattr(motion, key) for key in TEXTS}
    if path.suffix == ".csv":
        lines = ["# stygaze motion", f"# fps: {motion.fps:g}", "# unit: degrees"]
        lines += [f"# {key}: {' '.join(value.split())}" for key, value in texts.items() if value]
        lines.append(",".join(("t", *COLUMNS)))
        t = np.arange(len(motion)) / motion.fps
        with replacing(path) as temporary, open(temporary, "w") as file:
            file.write("\n".join(lines) + "\n")
            np.savetxt(file, np.column_stack([t, motion.frames]), fmt=["%.4f"] + ["%.4f"] * 7, delimiter=",")
    elif path.suffix == ".npz":
        with replacing(path) as temporary:
            np.savez_compressed(
                temporary,
                frames=motion.frames,
                fps=float(motion.fps),
                unit="degrees",
                columns=np.array(COLUMNS),
                **texts,
            )
    else:
        raise StyGazeError(f"Motion is written as .csv or .npz, not {path.suffix or 'a file without an ending'}.")
    return path


def read(path: str | Path, fps: float | None = None, unit: str | None = None) -> Motion:
    """Read a motion file and bring it to degrees at 25 FPS.

    Args:
        path: a .csv or .npz. CSV: lines `# key: value`, a header row, one row a frame. Columns may stand in any order.
            Or a file of another program that `stygaze.formats` knows.
        fps, unit: for files that do not say; a file's own word wins.

    Raises:
        StyGazeError: not such a file; columns missing; NaN; fps or unit known neither from the file nor the caller.
    """
    path = Path(path)
    if not path.is_file():
        raise StyGazeError(f"There is no motion file {path.name}; check the path.")
    if path.stat().st_size > MAX_BYTES:
        raise StyGazeError(f"{path.name} is larger than {MAX_BYTES // 1_000_000} MB; cut the recording into parts.")
    for reader in foreign:
        if (other := reader(path, fps)) is not None:
            return other.resampled(FPS)
    if path.suffix.lower() == ".csv":
        table, said = _read_csv(path)
    elif path.suffix.lower() == ".npz":
        table, said = _read_npz(path)
    else:
        raise StyGazeError(
            f"{path.name} is not a motion file; give a .csv or .npz with the columns {', '.join(COLUMNS)}, or a file "
            "of Live Link Face, BVH or FLAME."
        )

    unit = said.get("unit") or unit
    if unit is None:
        raise StyGazeError(
            f"{path.name} does not say its unit; give unit=degrees or unit=radians (--unit), or add '# unit: degrees'."
        )
    if unit.lower() not in UNITS:
        raise StyGazeError(f"{path.name} has the unit {unit!r}; it must be degrees or radians.")
    rate = _rate(path, said, table.get("t"), fps)
    frames = np.stack([table[name] for name in COLUMNS], 1) * UNITS[unit.lower()]
    frames = np.degrees(np.unwrap(np.radians(frames), axis=0)) if np.isfinite(frames).all() else frames
    texts = {key: str(said[key]) for key in TEXTS if said.get(key)}
    return Motion(frames, fps=rate, **{"name": path.stem, **texts}).resampled(FPS)


def _rate(path: Path, said: dict, t: np.ndarray | None, fps: float | None) -> float:
    """The file's fps, else that of its own time column (seconds), else the caller's."""
    rate = said.get("fps")
    if rate is None and t is not None and len(t) > 1:
        step = np.diff(t)
        if not (np.median(step) > 0 and np.abs(step - np.median(step)).max() < 0.5 * np.median(step)):
            raise StyGazeError(f"The times in {path.name} are not evenly spaced; resample it to a constant frame rate.")
        rate = 1 / np.mean(step)
    if rate is None:
        rate = fps
    if rate is None:
        raise StyGazeError(f"{path.name} does not say its frame rate; give fps (--fps), or add the line '# fps: 25'.")
    try:
        rate = float(rate)
    except ValueError:
        raise StyGazeError(f"{path.name} says fps {rate!r}, which is not a number.") from None
    if not (np.isfinite(rate) and 1 <= rate <= 2000):
        raise StyGazeError(f"{path.name} says fps {rate:g}; a frame rate lies between 1 and 2000.")
    return rate


def _missing(path: Path, names: list[str]) -> StyGazeError:
    absent = [c for c in COLUMNS if c not in names]
    return StyGazeError(
        f"{path.name} lacks the column{'s' * (len(absent) > 1)} {', '.join(absent)}; "
        f"it has {', '.join(names[:12]) or 'none'}. Rename or add them."
    )


def _read_csv(path: Path) -> tuple[dict[str, np.ndarray], dict]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise StyGazeError(
            f"{path.name} is not a text file; a motion CSV has a header row and one row a frame."
        ) from None
    said: dict[str, str] = {}
    rows = []
    for line in text.splitlines():
        if line.startswith("#"):
            key, colon, value = line[1:].partition(":")
            if colon and value.strip():
                said[key.strip().lower()] = value.strip()
        elif line.strip():
            rows.append(line)
    if not rows:
        raise StyGazeError(f"{path.name} is empty; a motion CSV has a header row and one row a frame.")
    names = [name.strip() for name in next(csv.reader(rows[:1]))]
    if any(column not in names for column in COLUMNS):
        raise _missing(path, names)
    if len(rows) == 1:
        raise StyGazeError(f"{path.name} has a header but no frames; a motion CSV has one row a frame.")
    if len(rows) - 1 > MAX_FRAMES:
        raise StyGazeError(f"{path.name} has more than {MAX_FRAMES} rows; cut the recording into parts.")
    try:
        values = np.loadtxt(io.StringIO("\n".join(rows[1:])), delimiter=",", ndmin=2, usecols=range(len(names)))
    except ValueError as error:
        raise StyGazeError(
            f"{path.name} has a row that is not {len(names)} numbers: {str(error).splitlines()[0]}"
        ) from None
    return {name: values[:, i] for i, name in enumerate(names)}, said


def _read_npz(path: Path) -> tuple[dict[str, np.ndarray], dict]:
    try:
        with np.load(path, allow_pickle=False) as file:
            if "frames" not in file.files:
                raise StyGazeError(
                    f"{path.name} has no array 'frames' [T, 7]; it has {', '.join(file.files[:12]) or 'none'}."
                )
            size = file.zip.getinfo("frames.npy").file_size
            if size > MAX_BYTES:
                raise StyGazeError(f"{path.name} unpacks to more than {MAX_BYTES // 1_000_000} MB; cut it into parts.")
            frames = np.asarray(file["frames"], dtype=float)
            said = {
                key: file[key].item() for key in ("fps", "unit", *TEXTS) if key in file.files and file[key].size == 1
            }
            names = [str(c) for c in file["columns"].ravel()[:64]] if "columns" in file.files else list(COLUMNS)
    except (ValueError, OSError, KeyError, EOFError, zlib.error, zipfile.BadZipFile) as error:
        if isinstance(error, StyGazeError):
            raise
        raise StyGazeError(
            f"{path.name} cannot be read as NPZ ({type(error).__name__}); save it again with numpy.savez."
        ) from None
    if any(column not in names for column in COLUMNS):
        raise _missing(path, names)
    if frames.ndim != 2 or frames.shape[1] != len(names):
        raise StyGazeError(f"{path.name} has frames of shape {frames.shape}; expected [T, {len(names)}].")
    return {name: frames[:, i] for i, name in enumerate(names)}, said
