"""A film of a Motion with its speech: H.264 and AAC in an MP4 that a browser plays untouched.

Picture t stands at t / 25 s and sample n of the sound at n / 16000 s, both from 0; sound is cut or padded to the
picture.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import av
import numpy as np
from av.video.reformatter import ColorRange, Colorspace
from scipy.signal import resample_poly

from stygaze.errors import StyGazeError
from stygaze.face import scene
from stygaze.face.expression import Expression
from stygaze.face.head import Head
from stygaze.face.render import render_vertices
from stygaze.motion import FPS, Motion
from stygaze.motion_files import replacing

if TYPE_CHECKING:
    from stygaze.speech import Speech

SIZES = (64, 2160)
AUDIO_RATE = 48_000  # AAC opens with 1024 samples of priming; at this rate even a player that shows them is 21 ms late
UPSAMPLE = 3  # from the 16 kHz of Speech
AUDIO_CHUNK = 1024


class FilmCancelled(StyGazeError):
    """The caller's `cancel` event was set; no file was left behind."""


def render_film(
    motion: Motion,
    out: str | Path,
    speech: Speech | None = None,
    expression: Expression | None = None,
    size: int = 512,
    progress: Callable[[float], None] | None = None,
    background: dict | None = None,
    head: Head | None = None,
    cancel: threading.Event | None = None,
) -> Path:
    """Film a motion; returns the path of the .mp4, which appears only when it is whole.

    Args:
        motion: brought to 25 frames a second if it has another rate.
        speech: the sound; without it the film is silent and has no sound track.
        expression: mouth and blinks, see `expression.express`; without it the face is at rest.
        size: width and height in pixels, even.
        progress: called with the share done, 0..1, about three times a second of film.
        background: {"centre", "edge"} sRGB 0..1; the scene's own by default.
        head: the embedded head by default.
        cancel: set it from another thread to stop.

    Raises:
        StyGazeError: odd or absurd size, another ending, no OpenGL on this machine, the file cannot be written.
        FilmCancelled: `cancel` was set.
    """
    if size % 2 or not SIZES[0] <= size <= SIZES[1]:
        raise StyGazeError(f"The size of a film is an even number of pixels from {SIZES[0]} to {SIZES[1]}, not {size}.")
    motion, head = motion.resampled(FPS), head or Head.load()
    images = render_vertices(head.batches(motion, expression), head, size, background or scene.BACKGROUND)
    return write_film(images, out, len(motion), (size, size), speech, progress=progress, cancel=cancel)


def write_film(
    batches: Iterable[Iterable[np.ndarray]],
    out: str | Path,
    total: int,
    size: tuple[int, int],
    speech: Speech | None = None,
    quality: int = 20,
    progress: Callable[[float], None] | None = None,
    cancel: threading.Event | None = None,
) -> Path:
    """Pictures as a film; returns the path of the .mp4, which appears only when it is whole.

    Args:
        batches: uint8 [height, width, 4], a few at a time, 25 a second.
        total: how many there are in all.
        size: width and height in pixels, even.
        quality: the encoder's constant rate factor; a higher one makes a smaller file.
        speech, progress, cancel: as in `render_film`.

    Raises:
        StyGazeError: another ending, the file cannot be written.
        FilmCancelled: `cancel` was set.
    """
    out, done = Path(out), 0
    if out.suffix.lower() != ".mp4":
        raise StyGazeError(f"Films are written as .mp4, not {out.suffix or 'a file without an ending'}.")
    try:
        with replacing(out) as path, av.open(str(path), "w", options={"movflags": "faststart"}) as container:
            video = _video_stream(container, size, quality)
            sound = _Sound(container, speech, total) if speech is not None else None
            for batch in batches:
                if cancel is not None and cancel.is_set():
                    raise FilmCancelled("The film was cancelled.")
                for image in batch:
                    frame = av.VideoFrame.from_ndarray(image, format="rgba")
                    frame = frame.reformat(
                        format="yuv420p", dst_colorspace=Colorspace.ITU709, dst_color_range=ColorRange.MPEG
                    )
                    frame.pts, frame.time_base = done, Fraction(1, FPS)
                    container.mux(video.encode(frame))
                    done += 1
                if sound is not None:
                    sound.write_until(done / FPS)
                if progress is not None:
                    progress(done / total)
            container.mux(video.encode())
            if sound is not None:
                sound.finish()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise StyGazeError(
            f"The film {out.name} could not be written ({reason}); free space or choose another folder."
        ) from error
    return out


def _video_stream(container: av.container.OutputContainer, size: tuple[int, int], quality: int) -> av.VideoStream:
    stream = container.add_stream("libx264", rate=FPS, options={"preset": "veryfast", "crf": str(quality)})
    stream.width, stream.height = size
    stream.pix_fmt = "yuv420p"
    context = stream.codec_context
    context.gop_size = 2 * FPS  # a player seeks to the nearest key frame
    context.color_primaries = context.color_trc = context.colorspace = 1  # BT.709, said aloud so that players agree
    context.color_range = 1
    return stream


class _Sound:
    """The sound track, written along with the picture so that the file interleaves well."""

    def __init__(self, container: av.container.OutputContainer, speech: Speech, frames: int) -> None:
        self._container = container
        self._stream = container.add_stream("aac", rate=AUDIO_RATE, layout="mono")
        self._stream.bit_rate = 96_000
        samples = resample_poly(speech.samples, UPSAMPLE, 1).astype(np.float32)
        length = frames * AUDIO_RATE // FPS
        self._samples = np.pad(samples[:length], (0, max(0, length - len(samples))))
        self._at = 0

    def write_until(self, seconds: float) -> None:
        """Encode whole chunks that end before a time."""
        while self._at + AUDIO_CHUNK <= min(seconds * AUDIO_RATE, len(self._samples)):
            self._encode(AUDIO_CHUNK)

    def finish(self) -> None:
        """Encode the rest."""
        self.write_until(np.inf)
        if self._at < len(self._samples):
            self._encode(len(self._samples) - self._at)
        self._container.mux(self._stream.encode())

    def _encode(self, count: int) -> None:
        chunk = np.clip(self._samples[None, self._at : self._at + count], -1, 1)
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(chunk), format="fltp", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = AUDIO_RATE, self._at, Fraction(1, AUDIO_RATE)
        self._container.mux(self._stream.encode(frame))
        self._at += count
