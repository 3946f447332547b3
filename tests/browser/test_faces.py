"""Choosing a face on the page, in a real browser."""

from collections.abc import Iterator

import pytest
from visiting import Visit, needs_chromium, sync_api

from stygaze.face.people import people

pytestmark = needs_chromium
HEAD = "StyGaze.players()[0].headUrl"


@pytest.fixture(scope="module")
def visit(browser: "sync_api.Browser", app_url: str) -> Iterator[Visit]:
    visit = Visit(browser, app_url)
    visit.page.set_default_timeout(120_000)  # a head without a graphics card, on a busy machine
    yield visit
    visit.context.close()


def test_a_portrait_changes_the_head_and_keeps_the_clip(visit: Visit) -> None:
    page = visit.page
    row = page.locator("#sty-faces")
    assert row.locator("label").count() == len(people())
    assert row.locator("input").first.is_checked()
    visit.press()
    page.wait_for_function("StyGaze.players()[0].duration > 0")
    page.evaluate("StyGaze.players()[0].pause(); StyGaze.players()[0].seek(1.0)")
    before = page.evaluate("[StyGaze.players()[0].picture(), StyGaze.players()[0].duration]")

    row.get_by_text("Kofi").click()
    page.wait_for_function(f"{HEAD}.includes('kofi') && !document.querySelector('.stygaze').hasAttribute('aria-busy')")
    after = page.evaluate("[StyGaze.players()[0].picture(), StyGaze.players()[0].duration]")
    assert after[0] != before[0]
    assert after[1] == before[1] > 0
    assert page.evaluate("StyGaze.players()[0].time") == pytest.approx(1.0, abs=0.05)

    visit.press("#sty-another")  # another clip leaves the chosen head
    assert "kofi" in page.evaluate(HEAD)
    assert row.get_by_role("radio", name="Kofi").is_checked()
    pictures = page.locator("#sty-faces img").evaluate_all("all => all.map((one) => one.naturalWidth)")
    assert pictures == [128] * len(people())
    assert visit.wrong == []
