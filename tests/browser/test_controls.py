"""The controls and the time line in a real browser: what is asked is done, and what is done can be walked through."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from visiting import DRAWN, WIDTH, Visit, needs_chromium, sync_api

from stygaze.gaze.event_files import read_events
from stygaze.pipeline import DEFAULT
from stygaze.ui import models

pytestmark = needs_chromium
TIME = "StyGaze.players()[0].time"
LINE = "#sty-timeline .sty-chart"
ASKED = (
    "document.querySelector('#sty-timeline .sty-chart').layout.annotations?.map((note) => [note.x, note.text]) ?? []"
)


def choose(visit: Visit, model: str) -> None:
    visit.page.locator("#sty-model input").click()
    visit.page.get_by_role("option", name=model).click()


def at(visit: Visit, seconds: float) -> None:
    """Let the player rest there; a new clip starts by itself, so wait for that first."""
    visit.page.wait_for_function("StyGaze.players()[0].clip")
    time.sleep(0.5)
    visit.page.evaluate(f"(StyGaze.players()[0].pause(), StyGaze.players()[0].seek({seconds}))")
    time.sleep(0.2)


@pytest.fixture(scope="module")
def visit(browser: "sync_api.Browser", app_url: str, short: Path) -> Iterator[Visit]:
    """A visitor who has opened Adjust and pressed the button once, with four seconds of speech."""
    visit = Visit(browser, app_url)
    visit.speech(short)
    visit.page.locator(".sty-plain > button", has_text="Adjust").click()
    visit.press()
    yield visit
    visit.context.close()


def test_a_click_and_the_keys_walk_through_the_events(visit: Visit) -> None:
    at(visit, 0)
    line = visit.page.locator(LINE)
    assert line.get_attribute("role") == "slider" and "saccade" in line.get_attribute("aria-label")
    line.scroll_into_view_if_needed()
    box = line.bounding_box()
    visit.page.mouse.click(box["x"] + 0.6 * box["width"], box["y"] + 40)
    now = visit.page.evaluate(TIME)
    assert 1.5 < now < 2.8
    starts = visit.page.evaluate(f"document.querySelector('{LINE}').layout.meta.events.map((event) => event.from)")
    line.focus()
    visit.page.keyboard.press("ArrowRight")
    assert visit.page.evaluate(TIME) == pytest.approx(min(s for s in starts if s > now), abs=0.01)
    visit.page.keyboard.press("Home")
    visit.page.keyboard.press("ArrowRight")
    assert visit.page.evaluate(TIME) == pytest.approx(min(s for s in starts if s > 0), abs=0.01)
    assert "seconds: " in line.get_attribute("aria-valuetext")
    cursors = visit.page.evaluate("[...document.querySelectorAll('.cursor')].slice(0, 2).map((c) => c.style.transform)")
    assert len({cursor.split(",")[0] for cursor in cursors}) == 1, "time line and curves are apart"
    assert not visit.wrong


def test_the_events_can_be_saved(visit: Visit) -> None:
    with visit.page.expect_download() as download:
        visit.page.click("#sty-events")
    rows = read_events(download.value.path())
    shown = visit.page.evaluate(f"document.querySelector('{LINE}').layout.meta.events.length")
    assert len(rows) == shown > 5
    assert download.value.suggested_filename == "events.csv"


def test_another_take_is_the_next_seed(visit: Visit) -> None:
    visit.press("#sty-another")
    assert "seed 1" in visit.page.locator("#sty-status").inner_text().replace("\n", " ")
    assert visit.page.get_by_label("Seed", exact=True).input_value() == "1"
    assert not visit.wrong


def test_a_look_is_added_moved_and_asked_for(visit: Visit) -> None:
    if not models.has_events(DEFAULT):
        pytest.skip("the default model makes no events")
    at(visit, 1.2)
    visit.page.get_by_role("button", name="Add a look right").click()
    look = visit.page.get_by_role("group", name="Look 1")
    box = look.locator("svg").bounding_box()
    visit.page.mouse.click(box["x"] + 0.1 * box["width"], box["y"] + 0.5 * box["height"])
    assert float(look.get_by_label("left/right").input_value()) == pytest.approx(-28, abs=1)
    look.get_by_label("lasts").fill("1")
    visit.press()
    assert visit.page.evaluate(ASKED) == [[1.2, "←"]]
    look.get_by_label("down/up").fill("")
    visit.page.click("#sty-go")
    visit.page.wait_for_selector(".toast-body")
    assert "lacks a number" in visit.complaint()
    visit.page.get_by_role("button", name="Remove look 1").click()
    visit.press()
    assert visit.page.evaluate(ASKED) == []
    assert not visit.wrong


def test_moving_the_eye_contact_decides_it(visit: Visit) -> None:
    if not models.has_events(DEFAULT):
        pytest.skip("the default model makes no events")
    learned = visit.page.get_by_label("Eye contact as learned")
    assert learned.is_checked()
    visit.page.locator("#sty-contact input[type=number]").fill("90")
    visit.page.keyboard.press("Tab")
    visit.page.wait_for_function("!document.querySelector('#sty-contact input[type=checkbox]').checked")
    visit.press()
    learned.check()
    assert not visit.wrong


def test_a_model_without_events_says_what_it_cannot_do(visit: Visit) -> None:
    if len(models.shipped()) == 1:
        pytest.skip("only the default model is shipped: script/tables makes the others")
    choose(visit, "SE-64-VEL")
    visit.page.wait_for_selector("#sty-no-events")
    assert not visit.page.locator("#sty-contact").is_visible() and not visit.page.locator("#sty-looks").is_visible()
    assert visit.page.get_by_label("Head activity").first.is_visible()
    visit.press()
    choose(visit, "Default")
    if models.has_events(DEFAULT):
        visit.page.wait_for_selector("#sty-looks")
    assert not visit.wrong


def test_on_a_phone_in_the_dark(browser: "sync_api.Browser", app_url: str) -> None:
    visit = Visit(browser, app_url, viewport={"width": 390, "height": 844}, is_mobile=True, has_touch=True)
    visit.page.locator(".sty-plain > button", has_text="Adjust").click()
    if models.has_events(DEFAULT):
        visit.page.get_by_role("button", name="Add a look up").click()
    visit.press()
    seen = "getComputedStyle(document.querySelector('#sty-timeline .scatterlayer .js-fill')).fill"
    light = visit.page.evaluate(seen)
    before = visit.page.evaluate(f"Number(document.querySelector('{LINE}').dataset.drawn)")
    visit.page.click(".sty-mode")
    visit.page.wait_for_function(DRAWN.format("#sty-timeline", before))
    assert visit.page.evaluate(seen) != light
    assert visit.page.evaluate(WIDTH) == [390, 390]
    box = visit.page.locator(LINE).bounding_box()
    assert box["x"] >= 0 and box["x"] + box["width"] <= 390
    assert not visit.wrong
    visit.context.close()
