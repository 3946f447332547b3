"""Sound from files of any usual kind, from bytes and from arrays, as 16 kHz mono, in bounded memory.

soundfile reads wav, flac, mp3, ogg; PyAV reads the rest (m4a, webm, the sound of a film). Both decode in short
stretches that are resampled as they come and stop at the length limit, so that neither a long file nor one of many
channels fills the memory.
"""

from __future__ import annotations

import io
import os
from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from stygaze.errors import StyGazeError
from stygaze.speech import MAX_SECONDS, MIN_SECONDS, SAMPLE_RATE

KINDS = "wav, flac, mp3, ogg, m4a or webm"
MIN_RATE, MAX_RATE = 1000, 1_000_000  # Hz, beyond which a header is nonsense
STRETCH = 1 << 16  # samples decoded at a time
# A playlist would have FFmpeg open other files and addresses: only plain containers of sound and film are opened.
CONTAINERS = "aac,ac3,aiff,amr,ape,asf,au,avi,caf,flac,flv,g722,matroska,webm,mov,mp3,mp4,mpeg,mpegts,ogg,w64,wav,wv"


class _Unreadable(Exception):
    """This decoder does not know the file; the next one may."""


@dataclass
class _Sound:
    """A decoded stream: its rate, the seconds that its header declares (None if not), and its stretches [n, C]."""

    rate: int
    declared: float | None
    stretches: Generator[np.ndarray]


def read(source: str | Path | bytes | tuple, name: str = "") -> tuple[np.ndarray, str]:
    """Samples float32 [N] at 16 kHz mono, and a name.

    Raises:
        StyGazeError: see `Speech.load`.
    """
    if isinstance(source, tuple | list):
        name = name or "The recording"
        return _collect(_from_array(source, name), name), ""
    if isinstance(source, bytes | bytearray | memoryview):
        label, stem, size = name or "The recording", "", len(source)
    elif isinstance(source, str | os.PathLike):
        source = Path(source)
        label, stem = source.name, source.stem
        if not source.is_file():
            what = "is a folder, not a recording" if source.is_dir() else "does not exist"
            raise StyGazeError(f"The speech file {label} {what}; check the path.")
        size = source.stat().st_size
    else:
        raise StyGazeError(f"Speech is given as a file, its bytes or (samples, rate), not as {type(source).__name__}.")
    if size == 0:
        raise StyGazeError(f"{label} is empty; record or export it again as {KINDS}.")
    for decoder in (_from_soundfile, _from_av):
        with source.open("rb") if isinstance(source, Path) else io.BytesIO(source) as handle:
            try:
                return _collect(decoder(handle, label), label), stem
            except _Unreadable:
                continue
    raise StyGazeError(f"{label} is not a recording that can be read, or it is damaged; give {KINDS}.")


def _collect(sound: _Sound, label: str) -> np.ndarray:
    """Resample and join the stretches, checking them as they come."""
    import soxr

    with closing(sound.stretches):
        if sound.declared is not None and sound.declared > MAX_SECONDS + 0.5:
            raise _too_long(label, sound.declared)
        if not MIN_RATE <= sound.rate <= MAX_RATE:
            raise _bad_rate(label, sound.rate)
        parts, n, resampler = [], 0, None
        for stretch in sound.stretches:
            if stretch.shape[1] > 2:
                stretch = stretch.mean(1, keepdims=True)
            bad = ~np.isfinite(stretch).all(1)
            if bad.any():
                at = (n + int(bad.argmax())) / sound.rate
                raise StyGazeError(f"{label} has a sample that is not a number at {at:.2f} s; export it again.")
            n += len(stretch)
            if n > (MAX_SECONDS + 0.5) * sound.rate:
                raise _too_long(label, None)
            if sound.rate != SAMPLE_RATE:
                resampler = resampler or soxr.ResampleStream(
                    sound.rate, SAMPLE_RATE, stretch.shape[1], dtype="float32", quality="HQ"
                )
                stretch = resampler.resample_chunk(np.ascontiguousarray(stretch))
            parts.append(stretch)
    if n == 0:
        raise StyGazeError(f"{label} holds no sound; record or export it again as {KINDS}.")
    if resampler is not None:
        parts.append(resampler.resample_chunk(np.zeros((0, parts[0].shape[1]), np.float32), last=True))
    seconds = n / sound.rate
    if sound.declared is not None and sound.declared - seconds > max(1.0, 0.1 * sound.declared):
        raise StyGazeError(
            f"{label} is damaged or cut off: it should last {sound.declared:.1f} s but only {seconds:.1f} s can be "
            "read; export or upload it again."
        )
    if seconds < MIN_SECONDS:
        raise StyGazeError(
            f"{label} lasts {seconds:.2f} s; speech must last between {MIN_SECONDS} s and {MAX_SECONDS // 60} minutes."
        )
    exact = np.zeros((round(seconds * SAMPLE_RATE), parts[0].shape[1]), np.float32)
    joined = np.concatenate(parts)[: len(exact)]
    exact[: len(joined)] = joined
    return _mono(exact)


def _too_long(label: str, seconds: float | None) -> StyGazeError:
    limit = f"{MAX_SECONDS // 60} minutes"
    lasts = f"more than {limit}" if seconds is None else f"{seconds / 60:.1f} minutes"
    return StyGazeError(f"{label} lasts {lasts}; speech may last at most {limit}, so cut it into parts.")


def _bad_rate(label: str, rate: object) -> StyGazeError:
    return StyGazeError(f"{label} has a sample rate of {rate} Hz; usual ones lie between 8000 and 192000.")


def _mono(samples: np.ndarray) -> np.ndarray:
    """Mean of the channels, or the louder one where they cancel (a balanced microphone in a stereo socket)."""
    mono = samples.mean(1)
    power = np.square(samples, dtype=np.float64).mean(0)
    if np.square(mono, dtype=np.float64).mean() < 0.01 * power.max():
        return samples[:, int(power.argmax())].copy()
    return mono


def _from_array(source: tuple, label: str) -> _Sound:
    if (
        len(source) != 2
        or np.ndim(source[0]) == np.ndim(source[1])
        or 0 not in (np.ndim(source[0]), np.ndim(source[1]))
    ):
        raise StyGazeError("Sound as numbers is given as (samples, rate), for example (array, 16000).")
    rate, samples = source if np.ndim(source[0]) == 0 else source[::-1]
    if not (isinstance(rate, int | float | np.integer | np.floating) and MIN_RATE <= rate <= MAX_RATE):
        raise _bad_rate(label, rate)
    samples = np.asarray(samples)
    if samples.ndim == 2 and samples.shape[0] <= 8 < samples.shape[1]:
        samples = samples.T
    if samples.ndim not in (1, 2) or samples.dtype.kind not in "iuf" or samples.size == 0:
        raise StyGazeError(f"Samples are numbers [N] or [N, channels]; got {samples.dtype} of shape {samples.shape}.")
    if samples.dtype.kind == "f" and np.isfinite(samples).all() and np.abs(samples).max() > 8:
        raise StyGazeError("Samples as floats lie within -1 to 1; scale them, or give them as 16-bit integers.")
    samples = samples.reshape(len(samples), -1)

    def stretches() -> Generator[np.ndarray]:
        for start in range(0, len(samples), STRETCH):
            part = samples[start : start + STRETCH]
            if part.dtype.kind != "f":
                info = np.iinfo(part.dtype)
                middle = 0.0 if info.min else (info.max + 1) / 2
                part = (part - middle) / ((info.max + 1) / (1 if info.min else 2))
            yield part.astype(np.float32)

    return _Sound(int(rate), len(samples) / int(rate), stretches())


def _from_soundfile(handle: io.IOBase, label: str) -> _Sound:
    import soundfile

    try:
        file = soundfile.SoundFile(handle)
    except (soundfile.LibsndfileError, ValueError, TypeError, RuntimeError):
        raise _Unreadable from None

    if file.frames == 0:  # a recorder that never wrote the length: FFmpeg reads to the end
        file.close()
        raise _Unreadable

    # libsndfile seeks between two reads of an MP3, which makes its decoder stumble: one read for what is allowed at all
    stretch = (MAX_SECONDS + 1) * file.samplerate if file.format == "MP3" else STRETCH

    def stretches() -> Generator[np.ndarray]:
        with file:
            try:
                while len(block := file.read(stretch, dtype="float32", always_2d=True)):
                    yield block
            except soundfile.LibsndfileError:
                raise _damaged(label) from None

    # A stream's header may hold no length (ogg, wav from a pipe) or an estimate (mp3): then only decoding tells.
    known = file.format in ("FLAC", "WAV", "AIFF", "CAF", "W64", "RF64", "OGG") and 0 < file.frames < 1 << 46
    return _Sound(file.samplerate, file.frames / file.samplerate if known else None, stretches())


def _from_av(handle: io.IOBase, label: str) -> _Sound:
    import av

    try:
        container = av.open(
            handle,
            mode="r",
            metadata_errors="ignore",
            options={"format_whitelist": CONTAINERS, "protocol_whitelist": "file"},
        )
    except (av.FFmpegError, ValueError):
        raise _Unreadable from None
    if not container.streams.audio:
        container.close()
        raise StyGazeError(f"{label} has pictures but no sound; give a recording of speech.")
    stream = container.streams.audio[0]
    length = container.duration / av.time_base if container.duration else None

    def stretches() -> Generator[np.ndarray]:
        good = bad = 0
        converter = av.AudioResampler(format="flt", layout=stream.layout, rate=stream.rate)
        with container:
            try:
                for packet in container.demux(stream):
                    try:
                        frames = packet.decode()
                        good += 1
                    except av.FFmpegError:  # a damaged packet or a last one cut off: players skip it, and so do we
                        bad += 1
                        if bad > 10 and bad > good:
                            raise _damaged(label) from None
                        continue
                    for frame in frames:
                        for same in converter.resample(frame):
                            yield same.to_ndarray().reshape(-1, same.layout.nb_channels)
            except av.FFmpegError:
                raise _damaged(label) from None

    return _Sound(stream.rate, length, stretches())


def _damaged(label: str) -> StyGazeError:
    return StyGazeError(f"{label} is damaged or cut off; export or upload it again as {KINDS}.")
