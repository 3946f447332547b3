"""The whole page in a real browser: one press moves a head in time with its sound, and the tabs tell of it."""

import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
from visiting import DRAWN, IDLE, WIDTH, Visit, needs_chromium, sync_api

from stygaze.errors import StyGazeError
from stygaze.face import render
from stygaze.motion import COLUMNS, Motion
from stygaze.ui import films, models, scores, takes
from stygaze.ui.plots import MARGIN_LEFT

pytestmark = needs_chromium
A_POINT = """() => {
  const plot = document.querySelector('#sty-map .sty-chart'), at = plot.getBoundingClientRect();
  const {xaxis, yaxis} = plot._fullLayout;
  const isSweeper = (t) => t.name === 'Sweeper' && t.marker.opacity > 0.5;
  const places = (t) => Array.from(t.x, (x, i) => [xaxis.l2p(x), yaxis.l2p(t.y[i])]);
  const others = plot._fullData.filter((t) => t.x && !isSweeper(t)).flatMap(places);
  const room = ([x, y]) => Math.min(...others.map(([a, b]) => Math.hypot(a - x, b - y)));
  // the map is fitted anew with each checkpoint: take the point that nothing else covers
  const [x, y] = places(plot._fullData.find(isSweeper)).sort((p, q) => room(q) - room(p))[0];
  return [at.left + xaxis._offset + x, at.top + yaxis._offset + y];
}"""


@pytest.fixture(scope="module")
def visit(browser: "sync_api.Browser", app_url: str) -> Iterator[Visit]:
    """A visitor who has pressed the button once, with what the page offers. One for most tests: without a graphics
    card each page that draws a head is slow."""
    visit = Visit(browser, app_url)
    assert "Press Generate" in visit.page.locator("#sty-player").inner_text()
    assert visit.page.locator("#sty-curves .sty-empty").is_visible()
    visit.press()
    yield visit
    visit.context.close()


def test_one_press_moves_the_head_with_the_sound(visit: Visit) -> None:
    look = """() => {
      const player = StyGaze.players()[0], pose = player.pose();
      return {picture: player.picture(), eye: pose.joints.left_eye, time: player.time, playing: player.playing,
        sound: player.clock.audio.currentTime, cursor: document.querySelector('#sty-curves .cursor').style.transform};
    }"""
    visit.page.evaluate("StyGaze.players()[0].seek(1)")
    first = visit.page.evaluate(look)
    visit.page.evaluate("StyGaze.players()[0].play()")
    time.sleep(1.5)
    second = visit.page.evaluate(look)
    assert second["playing"]
    assert second["time"] > first["time"] + 0.5
    assert abs(second["time"] - second["sound"]) < 0.2
    assert len(second["picture"]) > 20_000, "the picture is blank"
    assert second["picture"] != first["picture"]
    assert not np.allclose(second["eye"], first["eye"], atol=1e-3)
    assert second["cursor"] != first["cursor"]
    assert "Neutral" in visit.page.locator("#sty-status").inner_text()
    assert not visit.wrong


def test_a_click_in_the_curves_seeks(visit: Visit) -> None:
    visit.page.evaluate("StyGaze.players()[0].pause()")
    visit.page.locator("#sty-curves").scroll_into_view_if_needed()
    box = visit.page.locator("#sty-curves .sty-chart").bounding_box()
    visit.page.mouse.click(box["x"] + (box["width"] + MARGIN_LEFT) / 2, box["y"] + 60)
    now, end = visit.page.evaluate("[StyGaze.players()[0].time, StyGaze.players()[0].duration]")
    assert now == pytest.approx(end / 2, rel=0.1)


def test_statistics_stand_beside_the_reference(visit: Visit) -> None:
    visit.page.get_by_role("tab", name="Statistics").click()
    visit.page.wait_for_function(DRAWN.format("#sty-sequence", 0))
    told = visit.page.locator("#sty-facts").inner_text()
    assert "Fixation share" in told
    assert "reference" in told
    assert "its reference, Neutral" in told
    assert not visit.wrong


def test_a_point_of_the_map_becomes_the_style(visit: Visit) -> None:
    visit.page.get_by_role("tab", name="Style map").click()
    visit.page.wait_for_function(DRAWN.format("#sty-map", 0))
    before = None
    while before != (place := visit.page.evaluate(A_POINT)):  # the map finds its size only when its tab is seen
        before = place
        time.sleep(1)
    visit.page.mouse.move(*place)
    time.sleep(0.5)  # what is under the pointer is found at the next frame, which a busy machine draws late
    visit.page.mouse.click(*place)
    visit.page.wait_for_function("document.querySelector('.sty-picked b').innerText.startsWith('Sweeper')")
    visit.press("#sty-use")
    assert "Sweeper" in visit.page.locator("#sty-status").inner_text()
    assert not visit.wrong


def test_another_model_moves_the_head_and_shows_its_row(visit: Visit) -> None:
    if len(models.shipped()) == 1:
        pytest.skip("only the default model is shipped: script/tables makes the others")
    visit.generate_tab()
    visit.page.locator(".sty-plain > button", has_text="Adjust").click()
    visit.page.locator("#sty-model input").click()
    visit.page.get_by_role("option", name="SE-64-VEL").click()
    visit.press()
    assert "model SE-64-VEL" in visit.page.locator("#sty-status").inner_text().replace("\n", " ")
    visit.page.get_by_role("tab", name="Statistics").click()
    if scores.results():
        visit.page.wait_for_function("document.querySelector('#sty-scores')?.innerText.includes('SE-64-VEL')")
        told = visit.page.locator("#sty-scores").inner_text()
        assert "Simulated data" in told and "held still" in told and "SimScore" in told
    visit.generate_tab()
    visit.page.locator("#sty-model input").click()
    visit.page.get_by_role("option", name="Default").click()
    assert not visit.wrong


def test_the_map_has_another_side(visit: Visit) -> None:
    if scores.sessions() is None:
        pytest.skip("no map of sessions is shipped: script/tables makes it")
    visit.page.get_by_role("tab", name="Style map").click()
    visit.page.get_by_text("True and predicted sessions").click()
    visit.page.wait_for_function(DRAWN.format("#sty-sessions", 0))
    opacity = "document.querySelector('#sty-sessions .sty-chart')._fullData.map((t) => t.marker.opacity)"
    assert {round(o, 1) for o in visit.page.evaluate(opacity)} == {0.3, 0.9}
    assert not visit.page.locator("#sty-use").is_visible()
    visit.page.get_by_text("Styles", exact=True).click()
    visit.page.wait_for_selector("#sty-use")
    assert not visit.wrong


def test_light_and_dark(visit: Visit) -> None:
    ink = "getComputedStyle(document.querySelector('.sty-header h1')).color"
    light = visit.page.evaluate(ink)
    visit.page.click(".sty-mode")
    assert visit.page.evaluate(ink) != light
    visit.page.click(".sty-mode")


def test_one_clear_sentence_and_nothing_lost(visit: Visit, short: Path) -> None:
    visit.generate_tab()
    visit.speech(short)
    visit.press()
    visit.forget_speech()
    visit.page.click("#sty-go")
    visit.page.wait_for_selector(".toast-body")
    assert "There is no speech yet" in visit.complaint()
    visit.page.wait_for_function(IDLE)
    assert "100 frames" in visit.page.locator("#sty-status").inner_text()
    visit.speech(short)
    visit.press()
    visit.page.wait_for_selector(".toast-body", state="detached")  # the old complaint is gone


def test_the_page_asks_what_a_recording_does_not_say(visit: Visit, short: Path, tmp_path: Path, motion: Motion) -> None:
    name = "<img src=x onerror=window.harmed=1>"
    path = tmp_path / "mine.csv"
    lines = [",".join(COLUMNS), *(",".join(f"{v:.4f}" for v in row) for row in motion.frames)]
    path.write_text(f"# name: {name}\n" + "\n".join(lines))
    visit.generate_tab()
    visit.speech(short)
    visit.page.get_by_text("My motion").click()
    visit.page.set_input_files("input[type=file][accept*='.csv']", path)
    visit.page.wait_for_selector("text=does not say its frame rate or its unit")
    visit.page.get_by_label("Frames per second").and_(visit.page.locator("input")).fill("25")
    visit.page.keyboard.press("Enter")
    visit.page.get_by_role("radio", name="degrees").check()
    visit.press()
    assert name in visit.page.locator("#sty-status").inner_text()
    assert visit.page.evaluate("window.harmed") is None


def test_the_film_is_a_second_step(visit: Visit, tmp_path: Path) -> None:
    path = tmp_path / "half.wav"
    soundfile.write(path, np.random.default_rng(0).normal(0, 0.1, 8000) * np.hanning(8000), 16_000)
    visit.generate_tab()
    visit.speech(path)
    visit.press()
    for size, behind, name, begin in (
        (256, "As shown", "stygaze-256.mp4", b"ftyp"),
        (512, "Transparent, WebM", "stygaze-512.webm", b"\x1a\x45\xdf\xa3"),
    ):
        visit.page.locator("#sty-film-size").get_by_text(str(size)).click()
        visit.page.locator("#sty-film-behind input").click()
        visit.page.get_by_role("option", name=behind).click()
        visit.page.click("#sty-make-film")
        visit.page.wait_for_selector("#sty-stop-film")
        visit.page.wait_for_selector("#sty-film", timeout=60_000)
        with visit.page.expect_download() as download:
            visit.page.click("#sty-film")
        assert download.value.suggested_filename == name
        assert begin in Path(download.value.path()).read_bytes()[:12]
    assert not visit.wrong


def test_a_film_can_be_cancelled_and_made_again(visit: Visit, example_speech: Path) -> None:
    visit.generate_tab()
    visit.speech(example_speech)
    visit.press()
    visit.page.locator("#sty-film-size").get_by_text("1080").click()
    visit.page.click("#sty-make-film")
    visit.page.wait_for_function("/%/.test(document.querySelector('#sty-film-progress').innerText)")
    visit.page.click("#sty-stop-film")
    visit.page.wait_for_selector("#sty-make-film")
    assert not visit.page.locator("#sty-film").is_visible()
    left = [p.name for p in takes.work().rglob("*stygaze-1080*")]
    for _ in range(100):  # the film's thread hears of it at its next frames
        if not left:
            break
        time.sleep(0.1)
        left = [p.name for p in takes.work().rglob("*stygaze-1080*")]
    assert not left and not films._filming
    visit.page.click("#sty-make-film")
    visit.page.wait_for_selector("#sty-stop-film")
    visit.press()  # a new take: its film is not that of the take before
    visit.page.wait_for_selector("#sty-make-film")
    time.sleep(1)
    assert not films._filming and not visit.page.locator("#sty-film").is_visible()
    assert not visit.wrong


def test_the_motion_is_saved_for_other_programs_and_a_recording_of_one_is_a_style(
    browser: "sync_api.Browser", app_url: str, short: Path, tmp_path: Path
) -> None:
    visit = Visit(browser, app_url)
    visit.speech(short)
    visit.press()
    for name, suffix, beginning in (("Live Link", ".livelink.csv", b"Timecode,"), ("Animated head", ".glb", b"glTF")):
        visit.page.locator("#sty-kind input").click()
        visit.page.get_by_role("option", name=name).click()
        with visit.page.expect_download() as download:
            visit.page.click("#sty-save")
        assert download.value.suggested_filename == "stygaze" + suffix
        download.value.save_as(tmp_path / f"taken{Path(suffix).suffix}")
        assert (tmp_path / f"taken{Path(suffix).suffix}").read_bytes().startswith(beginning)
    visit.page.get_by_text("My motion").click()
    visit.page.set_input_files("input[type=file][accept*='.bvh']", tmp_path / "taken.csv")
    visit.press()
    assert "style taken" in visit.page.locator("#sty-status").inner_text().replace("\n", " ")
    assert not visit.wrong
    visit.context.close()


def test_earlier_takes_stand_beside_the_present_one(visit: Visit, short: Path) -> None:
    visit.generate_tab()
    visit.speech(short)
    visit.press()
    assert not visit.page.locator("#sty-compare").is_visible()  # a new speech
    names = "StyGaze.players()[0].faces.list.map((face) => face.name)"
    visit.press("#sty-another")
    visit.page.locator("#sty-compare label").click()
    visit.page.wait_for_function(f"{names}.length === 2")
    present, earlier = visit.page.evaluate(names)
    assert present != earlier and "seed" in present
    visit.press("#sty-another")
    visit.page.wait_for_function(f"{names}.length === 2 && {names}[0] !== {present!r}")
    assert visit.page.evaluate(names)[1] == earlier  # stays for the next take
    assert visit.page.locator("#sty-compare label").count() == 2
    visit.page.locator("#sty-compare label", has_text=earlier).click()
    visit.page.wait_for_function(f"{names}.length === 1")
    assert not visit.wrong


def test_without_opengl_the_page_says_what_to_install(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(*_: object) -> None:
        raise StyGazeError(f"Films need OpenGL, which this machine lacks; install it with: {render.INSTALL}")

    monkeypatch.setattr(render, "_renderer_of", absent)
    visit.generate_tab()
    visit.page.click("#sty-make-film")
    visit.page.wait_for_selector(".toast-body")
    assert "apt-get install -y libegl1" in visit.complaint()
    visit.page.wait_for_selector("#sty-make-film")
    assert visit.page.evaluate("StyGaze.players()[0].picture().length") > 20_000  # the player needs none
    visit.press()


def test_a_phone(browser: "sync_api.Browser", app_url: str) -> None:
    visit = Visit(browser, app_url, viewport={"width": 390, "height": 844}, is_mobile=True, has_touch=True)
    button = visit.page.locator("#sty-go").bounding_box()
    assert button["y"] + button["height"] <= 844, "the button is not in sight"
    for tab in ("Style map", "Statistics", "Generate"):
        visit.page.get_by_role("tab", name=tab).click()
        time.sleep(0.3)
        assert visit.page.evaluate(WIDTH) == [390, 390], f"{tab} is wider than the phone"
    assert not visit.wrong
    visit.context.close()
