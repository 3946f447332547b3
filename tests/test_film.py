"""Films: what is in the file, sound in time with the picture, and what the frames show."""

import resource
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import av
import numpy as np
import pytest

from stygaze.errors import StyGazeError
from stygaze.face import render, scene
from stygaze.face.antialias import smooth_edges
from stygaze.face.backgrounds import background
from stygaze.face.film import FilmCancelled, render_film
from stygaze.face.render import film_available, render_frames
from stygaze.motion import COLUMNS, Motion
from stygaze.speech import Speech

SIZE = 160


NO_MESA = """
import ctypes, ctypes.util
load, find = ctypes.CDLL.__init__, ctypes.util.find_library
gone = ("EGL", "GL", "OpenGL")
def refuse(self, name, *rest, **more):
    if name and any(part in str(name) for part in gone):
        raise OSError(f"{name}: cannot open shared object file")
    load(self, name, *rest, **more)
ctypes.CDLL.__init__ = refuse
ctypes.util.find_library = lambda name: None if name in gone else find(name)
from stygaze.face.render import film_available
print(film_available())
"""


@pytest.fixture(scope="module", autouse=True)
def opengl() -> None:
    reason = film_available()
    if reason:
        pytest.skip(reason)


def test_without_mesa_it_says_what_to_install():
    said = subprocess.run([sys.executable, "-c", NO_MESA], capture_output=True, text=True, check=True).stdout
    assert "apt-get install -y libegl1 libgl1 libgl1-mesa-dri" in said and len(said.splitlines()) == 1


def poses(n: int, **columns: float) -> Motion:
    return Motion([[columns.get(name, 0.0) for name in COLUMNS]] * n)


def clicks(seconds: float, at: list[float]) -> Speech:
    samples = np.zeros(int(seconds * 16000), np.float32)
    for time in at:
        start = round(time * 16000)
        samples[start : start + 16] = 0.9
    return Speech(samples)


def decoded_sound(path) -> tuple[np.ndarray, float]:
    """Samples at 48 kHz and the time of the first."""
    with av.open(str(path)) as file:
        frames = list(file.decode(audio=0))
    return np.concatenate([frame.to_ndarray()[0] for frame in frames]), float(frames[0].pts * frames[0].time_base)


def test_a_film_is_what_browsers_play(tmp_path):
    heard: list[float] = []
    motion = Motion(poses(33).frames, name="x")
    path = render_film(motion, tmp_path / "new" / "clip.mp4", clicks(2.0, [0.5]), size=256, progress=heard.append)
    data = path.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")  # starts before it is all there
    with av.open(str(path)) as file:
        video, audio = file.streams.video[0], file.streams.audio[0]
        assert (video.codec_context.name, video.codec_context.pix_fmt) == ("h264", "yuv420p")
        assert (video.width, video.height, video.average_rate, video.frames) == (256, 256, 25, 33)
        assert audio.codec_context.name == "aac"
        frames = list(file.decode(video=0))
    assert [float(f.time) for f in frames] == pytest.approx([t / 25 for t in range(33)])
    samples, start = decoded_sound(path)
    assert start + len(samples) / 48000 == pytest.approx(33 / 25, abs=0.022)  # 2 s of sound cut to the picture
    assert heard == sorted(heard) and heard[-1] == 1
    assert [p.name for p in path.parent.iterdir()] == ["clip.mp4"]


@pytest.mark.parametrize("ending", [".mp4", ".webm", ".mov"])
def test_clicks_are_heard_with_the_frame_that_shows_them(tmp_path, ending):
    """The eyes jump at frame t, a click sounds at t / 25 s: the file has the frame and the click at the same time."""
    at = [7, 20, 31]
    frames = poses(40).frames.copy()
    frames[:, [4, 6]] = np.where(np.searchsorted(at, np.arange(40), "right") % 2, 22, -22)[:, None]
    path = render_film(Motion(frames), tmp_path / f"sync{ending}", clicks(1.6, [t / 25 for t in at]), size=256)
    samples, start = decoded_sound(path)
    with av.open(str(path)) as file:
        shown = [(float(f.time), f.to_ndarray(format="rgb24").astype(float)) for f in file.decode(video=0)]
    eyes = np.array([image[88:116, 90:166] for _, image in shown])
    jumped = sorted(np.argsort(-np.abs(np.diff(eyes, axis=0)).mean((1, 2, 3)))[: len(at)] + 1)
    assert jumped == at
    for t in jumped:
        seen = shown[t][0]
        window = np.abs(samples[int((seen - 0.1 - start) * 48000) : int((seen + 0.1 - start) * 48000)])
        heard = seen - 0.1 + window.argmax() / 48000
        assert heard == pytest.approx(seen + 0.0005, abs=0.002)  # the click lasts 1 ms; a frame 40


def test_transparency_reads_back(tmp_path):
    """What animators get: alpha as it was drawn, in both formats that have it."""
    drawn = next(render_frames(poses(1), size=256, background=None))
    for ending, decoder, off in ((".webm", "libvpx-vp9", 40), (".mov", "prores", 2)):
        path = render_film(poses(3), tmp_path / f"clear{ending}", clicks(0.2, [0.1]), size=256, background=None)
        with av.open(str(path)) as file:
            codec = av.CodecContext.create(decoder, "r")
            codec.extradata = file.streams.video[0].codec_context.extradata
            codec.width, codec.height = 256, 256
            if decoder == "prores":
                frames = list(file.decode(video=0))
            else:
                frames = [f for p in file.demux(video=0) for f in codec.decode(p if p.size else None)]
        seen = frames[0].to_ndarray(format="rgba").astype(int)
        assert len(frames) == 3
        assert np.abs(seen[..., 3] - drawn[..., 3]).max() <= off
        solid = drawn[..., 3] == 255
        assert np.abs(seen - drawn)[solid].mean() < 4
    with pytest.raises(StyGazeError, match=r"\.mp4 has no transparency"):
        render_film(poses(2), tmp_path / "a.mp4", background=None)


def test_two_films_at_once_do_not_disturb_each_other(tmp_path):
    motions = [poses(18, head_yaw=25), poses(18, head_yaw=-25)]
    alone = [next(render_frames(m, size=SIZE)) for m in motions]
    with ThreadPoolExecutor(2) as pool:
        together = list(pool.map(lambda m: list(render_frames(m, size=SIZE)), motions))
    for frames, expected in zip(together, alone, strict=True):
        assert len(frames) == 18 and all(np.array_equal(frame, expected) for frame in frames)


def test_renderers_come_and_go():
    first = next(render_frames(poses(1), size=96))
    for size in range(100, 100 + 2 * render.KEPT + 2, 2):
        next(render_frames(poses(1), size=size))
    assert np.array_equal(next(render_frames(poses(1), size=96)), first)


def test_backgrounds():
    clear = next(render_frames(poses(1), size=SIZE, background=None))
    assert clear.shape == (SIZE, SIZE, 4) and clear[2, 2, 3] == 0 and clear[SIZE // 2, SIZE // 2, 3] == 255
    partly = (clear[..., 3] > 0) & (clear[..., 3] < 255)
    assert partly.sum() > SIZE / 2  # smooth edges
    plain = next(render_frames(poses(1), size=SIZE, background={"centre": (0, 1, 0), "edge": (0, 1, 0)}))
    assert (plain[2, 2] == (0, 255, 0)).all()
    corner, middle = (np.array(scene.BACKGROUND[key]) * 255 for key in ("edge", "centre"))
    frame = next(render_frames(poses(1), size=SIZE)).astype(int)
    assert (
        np.abs(frame[1, 1] - corner).max() < 6
        and np.abs(frame[1, SIZE // 2] - corner).max() < np.abs(middle - corner).max()
    )


def test_outlines_are_as_smooth_as_many_samples_make_them():
    """The share of each pixel that the head covers, against 16 samples a pixel; 4 samples are off by 16 on average."""
    motion = Motion([[0] * 7, [5, 30, -8, 0, 0, 0, 0], [-20, -15, 12, 0, 0, 0, 0]])
    covered = np.array([f[..., 3] for f in render_frames(motion, size=200, background=None)], float)
    fine = np.array([f[..., 3] for f in render_frames(motion, size=800, background=None)], float)
    truth = (fine.reshape(3, 200, 4, 200, 4) > 127).mean((2, 4)) * 255
    partly = (truth > 0) & (truth < 255)
    partly[:, :2] = partly[:, -2:] = partly[..., :2] = partly[..., -2:] = False  # the rim stays hard
    assert partly.sum() > 1000
    assert np.abs(covered - truth)[partly].mean() < 16


def test_smoothing_touches_edges_only():
    rows, columns = np.mgrid[:64, :64]
    image = np.where((rows > columns * 0.2 + 20)[..., None], np.uint8(220), np.uint8(30)).repeat(4, -1)
    smooth = smooth_edges(image.copy())
    exact = np.clip(rows - columns * 0.2 - 20 + 0.5, 0, 1) * 190 + 30
    changed = (smooth != image).any(-1)
    assert changed.sum() > 30 and (np.abs(rows - columns * 0.2 - 20)[changed] < 2).all()
    inner = np.s_[4:-4, 4:-4]
    assert np.abs(smooth[..., 0] - exact)[inner].mean() < 0.7 * np.abs(image[..., 0] - exact)[inner].mean()


@pytest.mark.parametrize("room", [0, 6_000])
def test_a_full_disk_is_told_and_leaves_nothing(tmp_path, room):
    """No file may grow past `room` bytes: the system refuses to write, as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, hard))
    try:
        with pytest.raises(StyGazeError, match=r"clip\.mp4 could not be written .* free space"):
            render_film(poses(30), tmp_path / "clip.mp4", clicks(1.2, [0.5]), size=256)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert list(tmp_path.iterdir()) == []


def test_what_a_user_may_get_wrong(tmp_path):
    for size in (255, 254, 1082):
        with pytest.raises(StyGazeError, match="even number of pixels from 256 to 1080"):
            render_film(poses(2), tmp_path / "a.mp4", size=size)
    with pytest.raises(StyGazeError, match=r"\.mp4, \.webm or \.mov"):
        render_film(poses(2), tmp_path / "a.avi")
    with pytest.raises(StyGazeError, match="missing or infinite value in head_yaw"):
        render_film(poses(2, head_yaw=np.nan), tmp_path / "a.mp4")
    with pytest.raises(StyGazeError, match="not 'bleu'"):
        background("bleu")
    stop = threading.Event()
    with pytest.raises(FilmCancelled):
        render_film(poses(200), tmp_path / "b.mp4", size=256, progress=lambda share: stop.set(), cancel=stop)
    assert list(tmp_path.iterdir()) == []
