"""Motion in the files of other programs: one module a format, one registry. `Motion.load` reads what it knows."""

from stygaze.formats.recording import Recording
from stygaze.formats.registry import FORMATS, Format, format_of, read

__all__ = ["FORMATS", "Format", "Recording", "format_of", "read"]
