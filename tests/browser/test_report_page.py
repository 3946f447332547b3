"""The report of an evaluation as a reader opens it: from a file, without a network, light or dark, wide or narrow."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import synthetic

from stygaze.evaluation.report import write_report
from stygaze.evaluation.results import Results

sync_api = pytest.importorskip("playwright.sync_api", reason="browser tests need playwright (extra `test`)")
CHROMIUM = shutil.which("chromium")
pytestmark = pytest.mark.skipif(not CHROMIUM, reason="browser tests need Debian's chromium: apt-get install chromium")

DRAWN = "[...document.querySelectorAll('.plot .sty-chart')].every((p) => !p.offsetWidth || p.dataset.drawn > 0)"
WIDTH = "[document.documentElement.scrollWidth, innerWidth]"
PAPER = "getComputedStyle(document.body).backgroundColor"
INK = "document.querySelector('.strips .sty-chart')._fullLayout.yaxis.tickfont.color"


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report")
    return write_report(Results.load(synthetic.write(folder, figures=True)), folder)


@pytest.fixture(scope="module")
def browser() -> Iterator["sync_api.Browser"]:
    with sync_api.sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_a_reader_opens_it(browser: "sync_api.Browser", report: Path, width: int, scheme: str) -> None:
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]
    page, wrong = context.new_page(), list[str]()
    page.on("console", lambda m: wrong.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("request", lambda r: None if r.url.startswith(("file:", "data:", "blob:")) else wrong.append(r.url))
    page.goto(report.as_uri(), timeout=120_000)
    page.wait_for_function(DRAWN, timeout=120_000)
    assert page.evaluate(WIDTH) == [width, width], "it is wider than the window"
    paper, ink = page.evaluate(PAPER), page.evaluate(INK)
    assert (sum(json.loads(paper.replace("rgb(", "[").replace(")", "]"))) > 384) == (scheme == "light")
    page.click(".sty-mode")
    assert page.evaluate(PAPER) != paper
    page.wait_for_function(f"{INK} !== {json.dumps(ink)}")  # figures follow
    assert page.locator("#table-of-table-2-windowed").is_visible()
    assert not page.locator("#table-of-table-2-free").is_visible()
    page.locator("#errors").get_by_role("tab", name="free").click()
    assert page.locator("#table-of-table-2-free").is_visible()
    assert not page.locator("#table-of-table-2-windowed").is_visible()
    assert page.locator("#table-of-paper-table-2").is_visible(), "the paper's numbers stand beside each protocol"
    assert not wrong
    context.close()
