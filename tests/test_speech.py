"""Speech from anything that a browser or a phone makes, and one sentence for what is not speech."""

from pathlib import Path

import av
import numpy as np
import pytest
import soundfile
import soxr

from stygaze.errors import StyGazeError
from stygaze.speech import MAX_SECONDS, SAMPLE_RATE, Speech

WAV = [("wav", kind, 48000) for kind in ("PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE", "ULAW")]
PLAIN = [
    ("flac", "PCM_16", 44100),
    ("ogg", "VORBIS", 22050),
    ("mp3", "MPEG_LAYER_III", 44100),
    ("aiff", "PCM_16", 8000),
]
RECORDERS = [  # file, codec, container, rate, options: Chrome, Safari, phones, a film
    ("chrome.webm", "libopus", "webm", 48000, {"live": "1"}),
    ("firefox.ogg", "libopus", "ogg", 48000, {}),
    ("safari.mp4", "aac", "mp4", 48000, {"movflags": "frag_keyframe+empty_moov"}),
    ("phone.m4a", "aac", "ipod", 44100, {}),
    ("lossless.m4a", "alac", "ipod", 44100, {}),
    ("old-phone.3gp", "aac", "3gp", 16000, {}),
]


@pytest.fixture(scope="module")
def spoken(example_speech: Path) -> np.ndarray:
    """Three seconds of speech at 16 kHz."""
    return Speech.load(example_speech).samples[: 3 * SAMPLE_RATE]


def encode(path: Path, spoken: np.ndarray, codec: str, container: str, rate: int, options: dict, picture=False) -> Path:
    """A file as a recorder writes it, stereo."""
    samples = soxr.resample(np.stack([spoken, spoken], 1), SAMPLE_RATE, rate).astype(np.float32)
    with av.open(str(path), "w", format=container, options=options) as file:
        video = file.add_stream("mpeg4", rate=25, width=32, height=32, pix_fmt="yuv420p") if picture else None
        audio = file.add_stream(codec, rate=rate, layout="stereo") if codec else None
        if video:
            still = av.VideoFrame.from_ndarray(np.zeros((32, 32, 3), np.uint8), format="rgb24")
            file.mux(video.encode(still))
            file.mux(video.encode(None))
        if audio:
            context = audio.codec_context
            frame = av.AudioFrame.from_ndarray(samples.reshape(1, -1), format="flt", layout="stereo")
            frame.sample_rate, frame.pts = rate, 0
            size = context.frame_size or 1024
            for part in av.AudioResampler(context.format.name, "stereo", rate, frame_size=size).resample(frame):
                file.mux(audio.encode(part))
            file.mux(audio.encode(None))
    return path


def likeness(heard: np.ndarray, spoken: np.ndarray) -> float:
    """Correlation at the best of a few shifts: some codecs put up to 25 ms before the sound."""
    n = min(len(heard), len(spoken)) - 400
    return max(np.corrcoef(heard[shift : shift + n], spoken[:n])[0, 1] for shift in range(0, 400, 4))


@pytest.mark.parametrize(("kind", "subtype", "rate"), WAV + PLAIN)
def test_sound_files(tmp_path, spoken, kind, subtype, rate):
    path = tmp_path / f"talk.{kind}"
    samples = soxr.resample(np.stack([spoken, spoken], 1), SAMPLE_RATE, rate)
    soundfile.write(path, samples, rate, subtype=subtype, format=kind)
    speech = Speech.load(path)
    assert speech.name == "talk"
    assert speech.samples.dtype == np.float32
    assert speech.n_frames == 75
    assert likeness(speech.samples, spoken) > 0.95
    assert np.array_equal(Speech.load(path.read_bytes()).samples, speech.samples)


@pytest.mark.parametrize(("name", "codec", "container", "rate", "options"), RECORDERS)
def test_recorders(tmp_path, spoken, name, codec, container, rate, options):
    path = encode(tmp_path / name, spoken, codec, container, rate, options)
    speech = Speech.load(path)
    assert speech.duration == pytest.approx(3, abs=0.1)
    assert likeness(speech.samples, spoken) > 0.9


def test_film_with_and_without_sound(tmp_path, spoken):
    film = encode(tmp_path / "film.mp4", spoken, "aac", "mp4", 48000, {}, picture=True)
    assert likeness(Speech.load(film).samples, spoken) > 0.9
    mute = encode(tmp_path / "mute.mp4", spoken, "", "mp4", 48000, {}, picture=True)
    with pytest.raises(StyGazeError, match=r"mute.mp4 has pictures but no sound"):
        Speech.load(mute)


def test_a_wav_whose_length_was_never_written(tmp_path, spoken):
    soundfile.write(tmp_path / "pipe.wav", spoken, SAMPLE_RATE, subtype="PCM_16")
    data = bytearray((tmp_path / "pipe.wav").read_bytes())
    for length in (b"\0\0\0\0", b"\xff\xff\xff\xff"):
        data[4:8] = data[40:44] = length
        assert Speech.load(bytes(data)).n_frames == 75


@pytest.mark.parametrize(
    ("dtype", "full", "middle"),
    [(np.uint8, 127, 128), (np.int16, 2**15 - 1, 0), (np.int32, 2**31 - 1, 0), (np.float32, 1, 0), (np.float64, 1, 0)],
)
def test_arrays_of_any_kind(spoken, dtype, full, middle):
    samples = (spoken * full + middle).astype(dtype)
    for source in ((samples, SAMPLE_RATE), (SAMPLE_RATE, np.stack([samples] * 2, 1)), (samples[None], 16000.0)):
        assert np.abs(Speech.load(source).samples - spoken).max() < (0.01 if dtype == np.uint8 else 1e-4)


def test_channels_that_cancel_do_not_vanish(spoken):
    heard = Speech.load((np.stack([spoken, -spoken], 1), SAMPLE_RATE))
    assert likeness(heard.samples, spoken) > 0.99


@pytest.mark.parametrize("rate", [8000, 11025, 44100, 48000, 96000])
def test_resampling_keeps_time_and_level(rate):
    """A tone of 440 Hz keeps its phase, and a length of d seconds gives floor(25 d + 0.5) frames."""
    n = int(10.02 * rate)
    speech = Speech.load((0.5 * np.sin(2 * np.pi * 440 * np.arange(n) / rate), rate))
    t = np.arange(len(speech.samples)) / SAMPLE_RATE
    inner = slice(1600, -1600)
    assert np.abs(speech.samples - 0.5 * np.sin(2 * np.pi * 440 * t))[inner].max() < 2e-3
    assert speech.n_frames == int(25 * n / rate + 0.5)


def written(folder: Path, name: str, content: bytes | str) -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def test_bad_files_each_get_one_sentence(tmp_path, spoken, monkeypatch):
    soundfile.write(tmp_path / "nan.wav", np.where(np.arange(32000) == 8000, np.nan, 0.1), 16000, subtype="FLOAT")
    soundfile.write(tmp_path / "short.wav", np.zeros(1600), 16000)
    soundfile.write(tmp_path / "long.wav", np.zeros(8000 * (MAX_SECONDS + 2), np.int16), 8000)
    soundfile.write(tmp_path / "whole.flac", spoken, 16000)
    phone = encode(tmp_path / "phone.m4a", spoken, "aac", "ipod", 44100, {"movflags": "faststart"})
    flac = (tmp_path / "whole.flac").read_bytes()
    playlist = f"#EXTM3U\n#EXTINF:3,\n{phone}\n#EXT-X-ENDLIST\n"
    cases = {
        tmp_path / "none.wav": "does not exist",
        tmp_path: "is a folder",
        written(tmp_path, "empty.wav", ""): "empty.wav is empty",
        written(tmp_path, "notes.wav", "Dear diary,\n" * 200): "notes.wav is not a recording",
        written(
            tmp_path, "noise.mp3", bytes(np.random.default_rng(0).integers(0, 256, 9000, np.uint8))
        ): "noise.mp3 is",
        written(tmp_path, "cut.flac", flac[: len(flac) // 2]): "damaged or cut off",
        written(tmp_path, "cut.m4a", phone.read_bytes()[: phone.stat().st_size // 2]): "damaged or cut off",
        written(tmp_path, "list.m3u8", playlist): "list.m3u8 is not a recording",
        tmp_path / "nan.wav": "not a number at 0.50 s",
        tmp_path / "short.wav": r"lasts 0.10 s; speech must last between 0.2 s and 10 minutes",
        tmp_path / "long.wav": "10.0 minutes; speech may last at most 10 minutes",
    }
    for path, sentence in cases.items():
        with pytest.raises(StyGazeError, match=sentence) as caught:
            Speech.load(path)
        assert str(tmp_path.parent) not in str(caught.value)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("source", [None, 3, (), (np.zeros(9),), (np.zeros(99999), 0), (np.zeros(99999), "fast")])
@pytest.mark.parametrize("more", [(np.zeros((0,)), 16000), (np.full(9999, 20000.0), 16000), (16000, None), b""])
def test_bad_arguments(source, more):
    for bad in (source, more):
        with pytest.raises(StyGazeError):
            Speech.load(bad)


def test_length_is_limited_while_decoding(tmp_path):
    """An mp3 without a length in its header must not be decoded to its end first."""
    soundfile.write(tmp_path / "hours.mp3", np.zeros(8000 * (MAX_SECONDS + 3), np.float32), 8000)
    with pytest.raises(StyGazeError, match="more than 10 minutes"):
        Speech.load(tmp_path / "hours.mp3")


def test_silence(rng, spoken):
    t = np.arange(5 * SAMPLE_RATE) / SAMPLE_RATE
    hum = sum(np.sin(2 * np.pi * 50 * k * t) / k**2 for k in (1, 2, 3))
    for quiet in (0 * t, 0 * t + 0.3, 0.02 * rng.normal(size=len(t)), 0.03 * hum + 0.001 * rng.normal(size=len(t))):
        assert Speech(quiet).is_silent
    for loudness in (1, 0.1, 0.01):
        assert not Speech(loudness * spoken).is_silent
    assert not Speech(np.concatenate([0 * t, 0 * t, 0.05 * spoken[: SAMPLE_RATE // 2]])).is_silent


def test_immutable_and_checked(spoken):
    speech = Speech(spoken, name="x", features=np.zeros((75, 3)))
    with pytest.raises(ValueError, match="read-only"):
        speech.samples[0] = 1
    with pytest.raises(StyGazeError, match="features"):
        Speech(spoken, features=np.zeros((74, 3)))
    with pytest.raises(StyGazeError, match="not a number"):
        Speech(np.array([0.0, np.inf]))


def test_real_recordings(data_dir):
    paths = [*sorted(data_dir.glob("speech/librispeech/*/*.mp3"))[::150], *data_dir.glob("speech/conversation/*.flac")]
    assert len(paths) > 10
    for path in paths:
        speech = Speech.load(path)
        assert 1 < speech.duration < 60
        assert not speech.is_silent, path.name
