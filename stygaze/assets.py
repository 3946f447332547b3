"""Where the files that ship with the project lie: `assets/` beside the package, or `STYGAZE_ASSETS`."""

import os
from pathlib import Path

from stygaze.errors import StyGazeError


def asset(*parts: str) -> Path:
    """Path of a shipped file or folder, e.g. `asset("speech", "five-sentences.flac")`.

    Raises:
        StyGazeError: if it is not there.
    """
    root = Path(os.environ.get("STYGAZE_ASSETS") or Path(__file__).resolve().parent.parent / "assets")
    path = root.joinpath(*parts)
    if not path.exists():
        raise StyGazeError(
            f"The shipped file {'/'.join(parts)} is missing; clone the whole repository or set STYGAZE_ASSETS."
        )
    return path
