"""What EMOCA writes, as arrays: a folder or zip with one folder a frame, or one .npz. Uploads are not trusted.

EMOCA's test scripts save, for each face they find, a folder such as `000012_000` or `frame_0012_000` (the picture's
number, the face's number in it) with shape.npy, exp.npy, pose.npy and others that are not needed here.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np

from stygaze.errors import StyGazeError

NAMES = {  # ours -> what files call it
    "shape": ("shape", "shapecode", "betas"),
    "expression": ("exp", "expcode", "expression"),
    "pose": ("pose", "posecode"),
    "jaw": ("jaw", "jaw_pose"),
}
WANTED = {alias: name for name, aliases in NAMES.items() for alias in aliases}
NUMBERS = re.compile(r"(\d+)(?:_(\d+))?$")
MAX_FRAMES = 40_000  # 10 minutes at 60 frames a second, and some
MAX_ENTRIES = 20 * MAX_FRAMES  # of a zip; EMOCA writes about ten files a frame
MAX_BYTES = 400_000_000  # of all that is read, unpacked
MAX_RATIO = 200  # unpacked size over packed: more is a bomb, numbers do not pack so well
MAX_FILE = 64_000_000
HINT = "it needs shape, exp and pose, as EMOCA writes them"

Rows = dict[str, np.ndarray]


@dataclass(frozen=True)
class Recording:
    """rows {"shape" [n, S], "expression" [n, E], "pose" [n, 6] or "jaw" [n, 3]}, the pictures' numbers [n], ascending;
    fps where the file says it; how many pictures showed more than one face."""

    rows: Rows
    numbers: np.ndarray
    fps: float | None = None
    crowded: int = 0


def read(path: str | Path) -> Recording:
    """Read a folder, a .zip of one, or an .npz.

    Raises:
        StyGazeError: nothing there, another kind of file, nothing of EMOCA in it, too large, damaged.
    """
    path = Path(path)
    if not path.exists():
        raise StyGazeError(f"There is nothing of EMOCA at {path.name}; give its output folder, a zip of it, or an npz.")
    try:
        if path.is_dir():
            names = (file.relative_to(path).as_posix() for file in path.rglob("*.np[yz]") if file.is_file())
            return _frames(path.name, names, lambda name: _from_disk(path / name))
        with zipfile.ZipFile(path) as archive:
            if path.suffix.lower() == ".npz":
                return _single(path.name, _members(path.name, archive))
            _check(path.name, archive)
            return _frames(path.name, (entry.filename for entry in archive.infolist()), archive.read)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError, zlib.error):
        # NotImplementedError: a packing that Python lacks; RuntimeError: a password
        raise StyGazeError(
            f"{path.name} cannot be opened; give EMOCA's output folder, a zip of it without a password, or an npz."
        ) from None


def _from_disk(path: Path) -> bytes:
    if path.stat().st_size > MAX_FILE:
        raise StyGazeError(f"{path.name} is larger than {MAX_FILE // 1_000_000} MB; it is not one of EMOCA's frames.")
    return path.read_bytes()


def _check(name: str, archive: zipfile.ZipFile) -> None:
    """Refuse an archive that would lead out of its place or fill the memory, before anything is unpacked."""
    entries = archive.infolist()
    for entry in entries:
        place = PurePosixPath(entry.filename.replace("\\", "/"))
        if place.is_absolute() or ".." in place.parts or ":" in (place.parts or ("",))[0]:
            raise StyGazeError(f"{name} holds a path that leads out of it ({entry.filename[:60]!r}); pack it anew.")
    total, packed = sum(e.file_size for e in entries), sum(e.compress_size for e in entries)
    if len(entries) > MAX_ENTRIES or total > MAX_BYTES:
        raise StyGazeError(
            f"{name} unpacks to {len(entries)} files of {total / 1e6:.0f} MB; at most {MAX_BYTES // 1_000_000} MB: "
            "pack only shape.npy, exp.npy and pose.npy, or a shorter recording."
        )
    if total > 1_000_000 and total > MAX_RATIO * max(packed, 1):
        raise StyGazeError(
            f"{name} is packed {total // max(packed, 1)} times over; measured faces are not, pack it anew."
        )


def _members(name: str, archive: zipfile.ZipFile) -> Rows:
    """The wanted arrays of an .npz, which is a zip of .npy files."""
    _check(name, archive)
    stems = {PurePosixPath(entry).stem: entry for entry in archive.namelist() if entry.endswith(".npy")}
    return {s: _array(f"{s} in {name}", archive.read(e)) for s, e in stems.items() if s in WANTED or s == "fps"}


def _array(name: str, data: bytes) -> np.ndarray:
    """An .npy of numbers. Its header is read first: it may claim any size, and objects would need pickle."""
    try:
        file = io.BytesIO(data)
        version = np.lib.format.read_magic(file)
        header = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, _, kind = header(file)
        if kind.kind not in "fiu" or int(np.prod(shape, dtype=object)) * kind.itemsize != len(data) - file.tell():
            raise ValueError
        array = np.load(io.BytesIO(data), allow_pickle=False).astype(np.float64)
    except (ValueError, TypeError, EOFError, OverflowError):
        raise StyGazeError(f"{name} is not an array of numbers; export it again.") from None
    if not np.isfinite(array).all():
        raise StyGazeError(f"{name} has values that are not numbers (NaN or infinite); leave that frame out.")
    return array


def _single(name: str, arrays: Rows) -> Recording:
    """Arrays [T, ...] of a whole recording."""
    fps = arrays.pop("fps", None)
    rows = {WANTED[alias]: array for alias, array in arrays.items()}
    _complete(name, rows)
    lengths = {key: len(array) for key, array in rows.items() if array.ndim == 2}
    n = max(lengths.values(), default=0)
    if rows["shape"].ndim == 1 and n:  # one for the person
        rows["shape"], lengths["shape"] = np.tile(rows["shape"], (n, 1)), n
    for key, array in rows.items():
        if array.ndim != 2:
            raise StyGazeError(f"{key} in {name} has shape {array.shape}; it must have one row a frame.")
    if len(set(lengths.values())) != 1:
        told = ", ".join(f"{key} {count}" for key, count in lengths.items())
        raise StyGazeError(f"The arrays in {name} have different numbers of frames ({told}); export them together.")
    if n == 0 or n > MAX_FRAMES:
        raise StyGazeError(f"{name} has {n} frames; it needs 1 to {MAX_FRAMES}.")
    rate = None
    if fps is not None:
        rate = float(fps.ravel()[0]) if fps.size == 1 else 0.0
        if not 1 <= rate <= 240:
            raise StyGazeError(f"{name} says fps {fps.tolist()}; it must be one number from 1 to 240.")
    return Recording(rows, np.arange(n), rate)


def _frames(name: str, paths: Iterable[str], read_bytes: Callable[[str], bytes]) -> Recording:
    """One folder (shape.npy, ...) or one .npz a frame, or these files once for all frames."""
    folders: dict[PurePosixPath, dict[str, str]] = {}
    packed: dict[PurePosixPath, str] = {}
    for path in paths:
        place = PurePosixPath(path)
        if place.suffix == ".npy" and place.stem in WANTED | {"fps": ""}:
            folders.setdefault(place.parent, {})[place.stem] = path
        elif place.suffix == ".npz":
            packed[place.with_suffix("")] = path
    folders = {
        place: files for place, files in folders.items() if {"shape", "expression"} & {WANTED.get(f) for f in files}
    }
    if len(folders) == 1 and not NUMBERS.search(next(iter(folders)).name):
        files = next(iter(folders.values()))
        return _single(name, {stem: _array(f"{stem}.npy in {name}", read_bytes(path)) for stem, path in files.items()})
    if not folders and len(packed) == 1 and not NUMBERS.search(next(iter(packed)).name):
        with zipfile.ZipFile(io.BytesIO(read_bytes(next(iter(packed.values()))))) as archive:
            return _single(name, _members(name, archive))
    chosen: dict[int, tuple[int, PurePosixPath]] = {}
    crowded = set()
    for place in folders or packed:
        if not (found := NUMBERS.search(place.name)):
            continue
        picture, face = int(found[1]), int(found[2] or 0)
        if picture in chosen:
            crowded.add(picture)
        chosen[picture] = min(chosen.get(picture, (face, place)), (face, place))
    if not chosen:
        raise StyGazeError(f"{name} holds no frames of EMOCA; {HINT}, in one folder a frame such as 000001_000.")
    if max(chosen) > MAX_FRAMES:
        raise StyGazeError(f"{name} counts to frame {max(chosen)}; at most {MAX_FRAMES} at a time.")
    frames = []
    for picture in sorted(chosen):
        place = chosen[picture][1]
        if folders:
            arrays = {s: _array(f"{s}.npy in {place.name}", read_bytes(p)) for s, p in folders[place].items()}
        else:
            with zipfile.ZipFile(io.BytesIO(read_bytes(packed[place]))) as archive:
                arrays = _members(place.name, archive)
        frame = {WANTED[alias]: array.ravel() for alias, array in arrays.items() if alias != "fps"}
        _complete(place.name, frame)
        frames.append((place.name, frame))
    first_name, first = frames[0]
    for this, frame in frames:
        for key in first:
            if key not in frame or frame[key].shape != first[key].shape:
                got = frame[key].size if key in frame else "no"
                raise StyGazeError(
                    f"{key} in {this} has {got} numbers, in {first_name} {first[key].size}; export them alike."
                )
    rows = {key: np.stack([frame[key] for _, frame in frames]) for key in first}
    return Recording(rows, np.array(sorted(chosen)), None, len(crowded))


def _complete(name: str, rows: Rows) -> None:
    lacking = [key for key in ("shape", "expression") if key not in rows]
    lacking += ["pose"] if not {"pose", "jaw"} & set(rows) else []
    if lacking:
        raise StyGazeError(f"{name} lacks {', '.join(lacking)}; {HINT}.")
