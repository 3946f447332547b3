"""Kinds of film, by a file's ending: how picture and sound are encoded, and whether the background can be left out."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.video.reformatter import ColorRange, Colorspace, VideoReformatter

from stygaze.errors import StyGazeError
from stygaze.motion import FPS


@dataclass(frozen=True)
class Format:
    """One kind of film.

    Attributes:
        codec, options: of the picture; {crf} stands for the constant rate factor.
        opaque, clear: pixel formats without and with alpha; clear is None where the format has none.
        sound, sample, chunk: the sound's codec, its sample format, and how many samples it takes at a time.
        container: options of the file.
    """

    codec: str
    options: dict[str, str]
    opaque: str
    clear: str | None
    sound: str
    sample: str
    chunk: int
    container: dict[str, str] = field(default_factory=dict)


_VP9 = {"deadline": "realtime", "cpu-used": "6", "row-mt": "1", "b": "0", "crf": "{crf}"}
_FAST_START = {"movflags": "faststart"}
FORMATS = {
    # plays in every browser, on every phone
    ".mp4": Format(
        "libx264", {"preset": "veryfast", "crf": "{crf}"}, "yuv420p", None, "aac", "fltp", 1024, _FAST_START
    ),
    # small, with alpha: browsers (but Safari), OBS, Godot
    ".webm": Format("libvpx-vp9", _VP9, "yuv420p", "yuva420p", "libopus", "s16", 960),
    # ProRes 4444, large and all but lossless, with alpha: After Effects, Premiere, Resolve, Blender
    ".mov": Format(
        "prores_ks",
        {"profile": "4444", "vendor": "apl0"},
        "yuv444p10le",
        "yuva444p10le",
        "pcm_s16le",
        "s16",
        1024,
        _FAST_START,
    ),
}


def format_of(path: Path, clear: bool = False) -> Format:
    """The kind of film that a path asks for.

    Args:
        clear: whether it must have alpha.

    Raises:
        StyGazeError: another ending, or one without alpha.
    """
    kind = FORMATS.get(path.suffix.lower())
    if kind is None:
        *others, last = FORMATS
        raise StyGazeError(
            f"Films are written as {', '.join(others)} or {last}, not {path.suffix or 'a file without an ending'}."
        )
    if clear and kind.clear is None:
        raise StyGazeError(
            f"{path.suffix} has no transparency; write a .webm (small) or a .mov (ProRes 4444), or choose a background."
        )
    return kind


class Picture:
    """The picture track of a film.

    Args:
        container: open for writing.
        size: width and height in pixels, even.
        quality: constant rate factor, where the codec has one.
        clear: keep alpha.
    """

    def __init__(
        self, container: av.container.OutputContainer, kind: Format, size: tuple[int, int], quality: int, clear: bool
    ) -> None:
        options = {key: value.format(crf=quality) for key, value in kind.options.items()}
        self._container, self._count, self._clear = container, 0, clear
        self._fill: np.ndarray | None = None
        codec: Any = kind.codec  # a name that the package's types do not know gives a stream of any kind
        self._stream: Any = container.add_stream(codec, rate=FPS, options=options)
        self._stream.width, self._stream.height = size
        self._stream.pix_fmt = self._pixels = (kind.clear if clear else kind.opaque) or kind.opaque
        context = self._stream.codec_context
        context.gop_size = 2 * FPS  # a player seeks to the nearest key frame
        context.color_primaries = context.color_trc = context.colorspace = 1  # BT.709, said aloud so that players agree
        context.color_range = 1
        self._reformatter = VideoReformatter()  # kept: to set one up for each frame takes eight times the conversion

    def add(self, image: np.ndarray) -> None:
        """Encode the next frame, uint8 [height, width, 4] with straight alpha."""
        if self._clear:
            image = self._filled(image)
        frame = self._reformatter.reformat(
            av.VideoFrame.from_numpy_buffer(np.ascontiguousarray(image), format="rgba"),
            format=self._pixels,
            dst_colorspace=Colorspace.ITU709,
            dst_color_range=ColorRange.MPEG,
            threads=1,
        )
        frame.pts, frame.time_base = self._count, Fraction(1, FPS)
        self._count += 1
        self._container.mux(self._stream.encode(frame))

    def _filled(self, image: np.ndarray) -> np.ndarray:
        """With the head's mean colour where nothing is: a lossy codec lets colours leak over the edge, black too."""
        alpha = image[..., 3]
        if self._fill is None and alpha.any():
            self._fill = np.r_[image[alpha == 255][:, :3].mean(0).round(), 0].astype(np.uint8)
        return image if self._fill is None else np.where(alpha[..., None] > 0, image, self._fill)

    def finish(self) -> None:
        """Encode what the codec still holds."""
        self._container.mux(self._stream.encode())
