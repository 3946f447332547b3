"""A visitor of the page, for the browser tests."""

import shutil
from pathlib import Path

import pytest

sync_api = pytest.importorskip("playwright.sync_api", reason="browser tests need playwright (extra `test`)")
CHROMIUM = shutil.which("chromium")
needs_chromium = pytest.mark.skipif(
    not CHROMIUM, reason="browser tests need Debian's chromium: apt-get install chromium"
)

FLAGS = ["--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--mute-audio"]
DRAWN = "document.querySelector('{} .sty-chart')?.dataset.drawn > {}"
IDLE = "!document.getElementById('sty-go').disabled"
WIDTH = "[document.documentElement.scrollWidth, innerWidth]"


class Visit:
    """One browser page, with everything that went wrong in it."""

    def __init__(self, browser: "sync_api.Browser", url: str, **options: object) -> None:
        self.context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})
        self.page = self.context.new_page()
        self.wrong: list[str] = []
        self.page.on("console", lambda m: self.wrong.append(m.text) if m.type == "error" else None)
        self.page.on("pageerror", lambda error: self.wrong.append(str(error)))
        self.page.on("response", lambda r: self.wrong.append(f"{r.status} {r.url}") if r.status >= 400 else None)
        self.page.on("request", self._request)
        self.page.goto(url)
        self.page.wait_for_selector("#sty-go", timeout=60_000)
        self.page.wait_for_function("window.StyGaze?.players()[0]?.head")

    def _request(self, request: "sync_api.Request") -> None:
        if not request.url.startswith(("http://127.0.0.1", "data:", "blob:http://127.0.0.1")):
            self.wrong.append(f"a request left this machine: {request.url}")

    def forget_speech(self) -> None:
        self.page.locator("#sty-audio").get_by_label("Clear").click()

    def speech(self, path: Path) -> None:
        if self.page.locator("#sty-audio .waveform-container").count():
            self.forget_speech()
        self.page.set_input_files("#sty-audio input[type=file]", path)
        self.page.wait_for_selector("#sty-audio .waveform-container")

    def press(self, button: str = "#sty-go") -> None:
        """Press a button that generates, and wait until all is there."""
        before = self.page.evaluate("Number(document.querySelector('#sty-curves .sty-chart').dataset.drawn || 0)")
        self.page.click(button)
        self.page.wait_for_function(DRAWN.format("#sty-curves", before), timeout=60_000)
        self.page.wait_for_function(IDLE, timeout=60_000)

    def generate_tab(self) -> None:
        self.page.get_by_role("tab", name="Generate").click()

    def complaint(self) -> str:
        return self.page.locator(".toast-body").first.inner_text()
