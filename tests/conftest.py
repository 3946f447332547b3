"""What many tests share."""

import logging
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
import soundfile

from stygaze.assets import asset
from stygaze.motion import Motion
from stygaze.speech import Speech

if TYPE_CHECKING:
    from gradio_client import Client
    from playwright.sync_api import Browser, Page
    from xdist.remote import Producer
    from xdist.scheduler import LoadScopeScheduling


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: "Producer") -> "LoadScopeScheduling":
    """Where tests run in several processes, a file's share one, and so do all that visit a page: it is served once."""
    from xdist.scheduler import LoadScopeScheduling

    class ByFile(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = nodeid.split("::")[0]
            return "pages" if file.startswith(("tests/browser/", "tests/test_ui_api")) else file

    return ByFile(config, log)


@pytest.fixture(scope="session")
def root() -> Path:
    """The top of the repository."""
    return Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """The development recordings."""
    folder = os.environ.get("STYGAZE_DATA", "")
    if not folder or not Path(folder).is_dir():
        pytest.skip("needs the development recordings: set STYGAZE_DATA to their folder")
    return Path(folder)


@pytest.fixture(scope="session")
def example_speech() -> Path:
    """A shipped recording of about ten seconds."""
    return sorted(asset("speech").glob("*.flac"))[0]


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


@pytest.fixture
def motion() -> Motion:
    """Ten seconds of smooth movement with converging eyes."""
    t = np.arange(250)[:, None] / 25
    wave = 5 * np.sin(2 * np.pi * np.arange(1, 8) * 0.1 * t + np.arange(7)) + [0, 0, 0, 0, -1.5, 0, 1.5]
    return Motion(wave, name="waves", description="seven sines")


@pytest.fixture(scope="session")
def app_url() -> Iterator[str]:
    """The web page, served once for all tests that visit it."""
    from stygaze.ui import build_page, launch_options, warm_up

    page = build_page()
    warm_up().join()
    _, url, _ = page.launch(prevent_thread_lock=True, quiet=True, **launch_options())
    yield url
    page.close()


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    from visiting import CHROMIUM, FLAGS, sync_api

    with sync_api.sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def short(example_speech: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four seconds of speech."""
    path = tmp_path_factory.mktemp("speech") / "four.wav"
    soundfile.write(path, Speech.load(example_speech).samples[: 4 * 16_000], 16_000)
    return path


@pytest.fixture(scope="module")
def player_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a page with nothing but a player, and two clips."""
    from showing import make_site, serve

    with serve(make_site(tmp_path_factory.mktemp("site"))) as url:
        yield url


@pytest.fixture
def opened(player_site: str, browser: "Browser") -> Iterator[Callable[..., "Page"]]:
    """Opens that page; in the end none may have complained or asked for anything from elsewhere."""
    contexts, complaints = [], []

    def visit(**options: object) -> "Page":
        context = browser.new_context(**{"viewport": {"width": 700, "height": 720}, **options})
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda m: m.type in ("error", "warning") and complaints.append(m.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        known = (player_site, "data:", "blob:")
        page.on("request", lambda r: r.url.startswith(known) or complaints.append(f"asked for {r.url}"))
        page.goto(player_site)
        return page

    yield visit
    for context in contexts:
        context.close()
    assert not complaints


@pytest.fixture(scope="session")
def client(app_url: str) -> "Client":
    """A program that calls the page."""
    from gradio_client import Client

    logging.getLogger("httpx").setLevel(logging.WARNING)
    return Client(app_url, verbose=False)


@pytest.fixture(scope="session")
def spoken(example_speech: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two seconds of the example, as a phone might send them: 48 kHz, stereo."""
    samples = Speech.load(example_speech).samples[: 2 * 16_000].repeat(3)
    path = tmp_path_factory.mktemp("speech") / "two seconds.wav"
    soundfile.write(path, np.stack([samples, samples], 1), 48_000)
    return path
