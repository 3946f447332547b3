"""What the browser tests share: a browser and a short recording."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import soundfile

from stygaze.speech import Speech

if TYPE_CHECKING:
    from playwright.sync_api import Browser


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
