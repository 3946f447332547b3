"""StyGazeTalk: speech that moves a head and two living eyes, in a person's own style."""

from typing import TYPE_CHECKING, Any

import stygaze.formats  # noqa: F401 teaches Motion.load to read other programs' files
from stygaze.errors import StyGazeError
from stygaze.models.controls import Controls, Look
from stygaze.motion import Motion
from stygaze.speech import Speech
from stygaze.style import Style

if TYPE_CHECKING:
    from stygaze.pipeline import StyGazeTalk

__version__ = "0.1.0"
__all__ = ["Controls", "Look", "Motion", "Speech", "StyGazeError", "StyGazeTalk", "Style"]


def __getattr__(name: str) -> Any:
    """`StyGazeTalk` on first use: it brings torch, which reading a motion file does not need."""
    if name == "StyGazeTalk":
        from stygaze.pipeline import StyGazeTalk

        return StyGazeTalk
    raise AttributeError(f"module 'stygaze' has no attribute {name!r}")
