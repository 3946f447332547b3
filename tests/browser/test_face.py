"""The switches of the face on the page, and an uploaded face of EMOCA."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from visiting import Visit, needs_chromium

from stygaze.speech import Speech

pytestmark = needs_chromium
NAMES = "StyGaze.players()[0].clip.names"
HAS = NAMES + ".some((name) => name.startsWith('{}'))"


@pytest.fixture(scope="module")
def visit(browser, app_url: str) -> Iterator[Visit]:
    visit = Visit(browser, app_url)
    yield visit
    visit.context.close()


def test_switches_change_the_face_where_it_stands_and_the_film_is_made_anew(visit: Visit, short: Path) -> None:
    page = visit.page
    visit.speech(short)
    visit.press()
    page.wait_for_function("StyGaze.players()[0].clip")
    page.evaluate("StyGaze.players()[0].pause()")
    page.evaluate("StyGaze.players()[0].seek(1.5)")
    switches = page.locator("#sty-face")
    for label, track in (("Mouth", "mouth"), ("Blinks", "eyeBlink"), ("Brows", "brow")):
        assert page.evaluate(HAS.format(track))
        switches.get_by_label(label).uncheck()
        page.wait_for_function("!" + HAS.format(track))
    switches.get_by_label("Lids follow the eyes").uncheck()
    page.wait_for_function(HAS.format("lids"))
    assert page.evaluate("StyGaze.players()[0].time") == pytest.approx(1.5)
    assert not page.evaluate("StyGaze.players()[0].playing")
    visit.press()  # what is off stays off, and the events know
    assert not page.evaluate(HAS.format("eyeBlink"))
    for label in ("Mouth", "Blinks", "Brows", "Lids follow the eyes"):
        switches.get_by_label(label).check()
    page.wait_for_function(HAS.format("mouth") + " && !" + HAS.format("lids"))
    assert not visit.wrong


def test_a_face_of_emoca_moves_the_jaw_and_the_page_says_that_only_it_does(
    visit: Visit, short: Path, tmp_path: Path
) -> None:
    page, n = visit.page, Speech.load(short).n_frames
    pose = np.zeros((n, 6))
    pose[:, 3] = 0.123
    np.savez(tmp_path / "faces.npz", shape=np.zeros((n, 100)), exp=np.zeros((n, 50)), pose=pose)
    (tmp_path / "broken.npz").write_bytes(b"PK not a zip")
    page.get_by_text("Adjust", exact=True).click()
    page.set_input_files("#sty-emoca input[type=file]", tmp_path / "faces.npz")
    page.wait_for_selector("#sty-emoca :text('faces')")
    visit.press()
    assert "only the jaw moves the embedded head" in page.locator("#sty-status").inner_text()
    assert page.evaluate("StyGaze.players()[0].clip.at(2).jaw") == pytest.approx(0.123, abs=1e-4)
    page.locator("#sty-emoca").get_by_label("Clear").click()
    page.set_input_files("#sty-emoca input[type=file]", tmp_path / "broken.npz")
    page.wait_for_selector("#sty-emoca :text('broken')")
    page.click("#sty-go")
    page.locator(".toast-body").first.wait_for()
    assert "cannot be opened" in visit.complaint()
