"""A page with nothing but a player, for the browser tests: its parts, and what a test asks of it."""

import base64
import functools
import http.server
import io
import shutil
import threading
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL import Image
from visiting import sync_api

from stygaze.assets import asset
from stygaze.face.expression import Expression
from stygaze.face.viewer import write_clip
from stygaze.motion import Motion

PAGE = """<!doctype html><meta name="viewport" content="width=device-width,initial-scale=1">
<link rel="icon" href="data:,"><style>body{margin:16px}</style><div id="place"></div><div id="other"></div>
<script src="player.bundle.js"></script>"""
MOUNT = """async (more) => {
  window.player = StyGaze.mount(document.getElementById('place'), {headUrl: 'head.glb', ...more});
  await player.ready;
}"""


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


def make_site(folder: Path) -> Path:
    """The page, the player, the head and two clips in a folder."""
    for path in (asset("viewer", "player.bundle.js"), asset("head", "head.glb")):
        shutil.copy(path, folder)
    (folder / "index.html").write_text(PAGE)
    motion, expression = take()
    write_clip(motion, folder / "take.json", expression)
    write_clip(Motion(np.zeros((1500, 7)), name="A minute"), folder / "minute.json")
    return folder


@contextmanager
def serve(folder: Path) -> Iterator[str]:
    """Address of a folder."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


def tone(seconds: float) -> str:
    """A quiet sound as a data URL, in which a browser can seek."""
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setparams((1, 2, 8000, 0, "NONE", ""))
        t = np.arange(int(8000 * seconds)) / 8000
        sound.writeframes((300 * np.sin(2 * np.pi * 220 * t)).astype("<i2").tobytes())
    return "data:audio/wav;base64," + base64.b64encode(file.getvalue()).decode()


def take() -> tuple[Motion, Expression]:
    """Four seconds in which the gaze leaps from side to side against a turning head."""
    t = np.arange(100) / 25
    gaze = np.where(t % 1 < 0.5, 16.0, -14.0)
    head = np.stack([4 * np.sin(3 * t), 15 * np.sin(2 * t), 6 * np.sin(t)], 1)
    eyes = np.stack([3 * np.cos(2 * t), gaze - head[:, 1] / 2 - 1.5, 3 * np.cos(2 * t), gaze - head[:, 1] / 2 + 1.5], 1)
    blink = np.zeros((100, 2))
    blink[60:65] = np.array([0.4, 1, 1, 0.6, 0.2])[:, None]
    smile = {f"mouthSmile{side}": 0.3 + 0.3 * np.sin(t) for side in ("Left", "Right")}
    return Motion(np.concatenate([head, eyes], 1), name="A take"), Expression(0.12 + 0.1 * np.sin(9 * t), blink, smile)


def picture(page: "sync_api.Page", seconds: float | None = None) -> np.ndarray:
    """What the canvas shows, RGBA [H, W, 4]; transparent where there is no head."""
    seek = "" if seconds is None else f"player.seek({seconds}),"
    data = page.evaluate(f"({seek} player.picture())").split(",")[1]
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(data))).convert("RGBA")).astype(int)


def square(page: "sync_api.Page", size: int = 512) -> None:
    """A canvas of that many pixels on either side, as the film's picture."""
    page.evaluate(f"""() => {{ const place = document.getElementById('place'); place.style.width = '{size + 2}px';
        place.style.setProperty('--sg-height', '{size}px'); }}""")
