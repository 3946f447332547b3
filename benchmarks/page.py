"""The page: from start to ready, and from a press of the button to a head that moves, in a browser."""

from __future__ import annotations

import os
import shutil
import socket
import statistics
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.timing import Row
from stygaze.errors import StyGazeError

ROOT = Path(__file__).resolve().parent.parent
PATIENCE = 90  # seconds until a start counts as failed
FLAGS = [
    "--no-sandbox",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--autoplay-policy=no-user-gesture-required",
]
MOVING = "before => StyGaze.players().some(p => p.clip && p.clip !== before.clip && p.playing && p.time > 0)"


def rows() -> Iterator[Row]:
    with served() as (address, first):
        yield Row("app.py from start to ready, nothing cached in memory", first, budget=20)
        yield pressed(address)


@contextmanager
def served() -> Iterator[tuple[str, float]]:
    """The app on a free port: its address, and the seconds until it answered."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address, begun = f"http://127.0.0.1:{port}/", time.perf_counter()
    environment = os.environ | {"GRADIO_SERVER_PORT": str(port), "GRADIO_SERVER_NAME": "127.0.0.1"}
    app = subprocess.Popen([sys.executable, "app.py"], cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
    try:
        while True:
            try:
                with urllib.request.urlopen(address, timeout=5) as answer:
                    answer.read()
                break
            except (urllib.error.URLError, OSError):
                if app.poll() is not None or time.perf_counter() - begun > PATIENCE:
                    raise StyGazeError("app.py did not start; run script/demo to see why.") from None
                time.sleep(0.05)
        yield address, time.perf_counter() - begun
    finally:
        app.terminate()
        app.wait(timeout=20)


def pressed(address: str) -> Row:
    """Median of five presses after two that do not count."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        raise StyGazeError("the button needs playwright; script/setup test installs it.") from None
    browser_path = shutil.which("chromium")
    if browser_path is None:
        raise StyGazeError("the button needs a browser; install Debian's chromium.")
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=browser_path, args=FLAGS)
        page = browser.new_page()
        page.goto(address)
        button = page.get_by_role("button", name="Generate", exact=True)
        button.wait_for()
        page.wait_for_function("window.StyGaze && StyGaze.players().length > 0")
        times = []
        for _ in range(7):
            page.wait_for_timeout(1500)  # what the last press started (curves, map, statistics) is done
            before = page.evaluate_handle("() => ({clip: StyGaze.players()[0].clip})")
            begun = time.perf_counter()
            button.click()
            page.wait_for_function(MOVING, arg=before, timeout=60_000)
            times.append(time.perf_counter() - begun)
        length = page.evaluate("() => StyGaze.players()[0].duration")
        browser.close()
    note = f"first press {times[0]:.1f} s"
    return Row(f"button to moving head, {length:.1f} s of speech", statistics.median(times[2:]), budget=3, note=note)
