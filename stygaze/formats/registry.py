"""Every motion format by its name, and what a file is. Importing this package teaches `Motion.load` to read them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from stygaze import motion_files
from stygaze.formats import bvh, flame, livelink
from stygaze.formats.recording import Recording
from stygaze.motion import Motion


@dataclass(frozen=True)
class Format:
    """One kind of file.

    Attributes:
        key: its name on the command line and in the API.
        title: its name on the page, with the ending of its files.
        suffix: the ending of its files.
        about: who reads it, one line.
        write: (recording, path) -> path.
        read: (path, fps of a file that does not say) -> Recording; None for what is only written.
        knows: whether a file is one; None for what `motion_files` reads.
    """

    key: str
    title: str
    suffix: str
    about: str
    write: Callable[[Recording, Path], Path]
    read: Callable[[Path, float | None], Recording] | None = None
    knows: Callable[[Path], bool] | None = None


def _write_table(recording: Recording, path: Path) -> Path:
    return motion_files.write(recording.motion, path)


FORMATS = {
    form.key: form
    for form in (
        Format("csv", "Motion (CSV)", ".csv", "spreadsheets and this program", _write_table),
        Format("npz", "Motion (NPZ)", ".npz", "NumPy and this program", _write_table),
        Format(
            *("livelink", "Live Link Face (CSV)", ".csv", "Unreal, MetaHuman and what reads ARKit"),
            *(livelink.write, livelink.read, livelink.knows),
        ),
        Format("bvh", "Skeleton (BVH)", ".bvh", "Blender, Maya, MotionBuilder", bvh.write, bvh.read, bvh.knows),
        Format("flame", "FLAME poses (NPZ)", ".npz", "FLAME and smplx", flame.write, flame.read, flame.knows),
    )
}


def format_of(path: str | Path) -> Format | None:
    """Which of these a file is, by its ending and its first lines; None for a motion CSV or NPZ and what is unknown."""
    path = Path(path)
    for form in FORMATS.values():
        if form.knows and path.suffix.lower() == form.suffix and form.knows(path):
            return form
    return None


def read(path: str | Path, fps: float | None = None, unit: str | None = None) -> Recording:
    """A motion file of any kind with the face that it holds, at 25 frames a second.

    Args:
        fps, unit: of files that do not say.

    Raises:
        StyGazeError: no such file, or one that cannot be used.
    """
    form = format_of(path)
    if form is None or form.read is None:
        return Recording(motion_files.read(path, fps=fps, unit=unit))
    return form.read(Path(path), fps).resampled()


def _foreign(path: Path, fps: float | None) -> Motion | None:
    form = format_of(path)
    return form.read(path, fps).motion if form and form.read else None


motion_files.foreign.append(_foreign)
