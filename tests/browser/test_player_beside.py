"""Faces beside each other: one sound, one time, one camera; and players in different places that share a clock."""

import numpy as np
import pytest
from showing import MOUNT, picture, take, tone
from visiting import needs_chromium

from stygaze.face.viewer import clip
from stygaze.motion import Motion

pytestmark = needs_chromium

SECONDS = 30


@pytest.fixture
def two() -> list[dict]:
    """Two clips of one length: eyes that go to their left and eyes that go to their right."""
    frames = np.zeros((2, 25 * SECONDS, 7))
    frames[0][:, [4, 6]], frames[1][:, [4, 6]] = 25, -25
    return [clip(Motion(one, name=name)) for one, name in zip(frames, ("Left", "Right"), strict=True)]


def test_each_face_shows_its_own_clip_under_its_name(opened, two: list[dict]) -> None:
    page = opened()
    page.evaluate(MOUNT, {"clip": two[0], "autoplay": False})
    page.evaluate("(clip) => player.setBeside([{clip, name: 'The other'}, {clip: player.clip}], 'This one')", two[1])
    names = page.locator(".sg-name").all_inner_texts()
    assert names == ["This one", "The other", "Left"]
    image = picture(page)
    cells = page.evaluate("player.stage.cells.map(({x, width}) => [x, x + width])")
    ratio = image.shape[1] / page.evaluate("player.stage.canvas.clientWidth")
    faces = [image[:, round(a * ratio) : round(b * ratio)][:, : int(200 * ratio)] for a, b in cells]
    apart = [np.abs(faces[0] - other).max(-1) > 60 for other in faces[1:]]
    assert apart[0].sum() > 30
    assert apart[1].sum() < 0.3 * apart[0].sum()
    gaze = page.evaluate("player.pose().gaze.left_eye.direction[0]")
    assert gaze > 0.4  # what is asked of the player is asked of its first face


def test_what_comes_beside_does_not_disturb_what_plays(opened, two: list[dict]) -> None:
    page = opened()
    page.evaluate("([clip, sound]) => { window.clip = clip; window.sound = sound; }", [two[0], tone(SECONDS)])
    page.evaluate("""async () => { window.player = StyGaze.mount(document.getElementById('place'),
        {headUrl: 'head.glb', clip, audio: sound}); await player.ready; }""")
    page.wait_for_function("player.time > 0.4")
    before = page.evaluate(
        "(clip) => { const was = player.time; player.setBeside([{clip, name: 'Other'}]); return was; }", two[1]
    )
    page.wait_for_function("player.faces.count === 2 && player.playing")
    assert page.evaluate("player.time") >= before
    assert page.evaluate("document.querySelectorAll('canvas').length") == 1
    page.evaluate("player.setBeside([])")
    page.wait_for_function("player.faces.count === 1 && player.playing")
    page.evaluate("player.setClip(null)")
    page.wait_for_function("player.faces.count === 1 && player.time === 0")


def test_players_that_share_a_clock_go_together(opened, two: list[dict]) -> None:
    page = opened()
    page.evaluate(
        """async ([one, other, sound]) => {
        const [place, elsewhere] = ['place', 'other'].map((id) => document.getElementById(id));
        const both = {headUrl: 'head.glb', autoplay: false};
        window.first = StyGaze.mount(place, {...both, clip: one, audio: sound});
        window.second = StyGaze.mount(elsewhere, {...both, clip: other, clock: first.clock});
        await Promise.all([first.ready, second.ready]); }""",
        [*two, tone(SECONDS)],
    )
    assert page.evaluate("first !== second && first.clock === second.clock")
    page.evaluate("second.seek(12.5)")
    page.wait_for_function("Math.abs(first.time - 12.5) < 1e-3")
    page.locator("#other .sg-play").click()
    page.wait_for_function("first.playing && second.playing && first.time > 12.6")
    page.locator("#place .sg-speed").select_option("0.5")
    assert page.evaluate("[second.speed, first.clock.audio.playbackRate]") == [0.5, 0.5]
    assert page.locator("#other .sg-speed").input_value() == "0.5"
    page.locator("#other .sg-loop").click()
    assert page.evaluate("first.loop") is True
    page.locator("#place .sg-play").click()
    page.wait_for_function("!second.playing")
    page.evaluate("second.dispose()")
    assert page.evaluate("(first.seek(3), first.time)") == 3  # the clock is that of the first, and stays


def test_half_speed_takes_twice_as_long(opened) -> None:
    page = opened()
    page.evaluate(MOUNT, {"clip": "minute.json", "autoplay": False})
    page.evaluate("player.speed = 0.25, player.play()")
    paces = page.evaluate("""async () => { const t = performance.now(), was = player.time;
        await new Promise((done) => setTimeout(done, 800));
        return [player.time - was, (performance.now() - t) / 1000]; }""")
    assert paces[0] == pytest.approx(paces[1] / 4, abs=0.05)
    page.evaluate("player.speed = 2")
    assert page.evaluate("player.time") < 2  # no leap when the pace changes


def test_a_phone_stacks_the_faces(opened, two: list[dict]) -> None:
    page = opened(viewport={"width": 390, "height": 800}, has_touch=True, device_scale_factor=3)
    page.evaluate(MOUNT, {"clip": two[0], "autoplay": False, "beside": [{"clip": two[1], "name": "Other"}]})
    cells = page.evaluate("player.stage.cells")
    assert cells[0]["x"] == cells[1]["x"] and cells[1]["y"] >= cells[0]["height"] > 200
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    for button in page.locator(".stygaze button:visible").all():
        box = button.bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= 390 and min(box["width"], box["height"]) >= 40


def test_a_thumb_scrolls_the_page_or_turns_the_head(opened) -> None:
    page = opened(viewport={"width": 390, "height": 500}, has_touch=True, is_mobile=True)
    page.evaluate("document.body.style.height = '3000px'")
    page.evaluate(MOUNT, {"clip": "minute.json", "autoplay": False})
    touch = page.context.new_cdp_session(page)

    def swipe(dx: int, dy: int) -> None:
        x, y = 190, 200
        touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
        for i in range(1, 11):
            at = {"x": x + dx * i / 10, "y": y + dy * i / 10}
            touch.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [at]})
        touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})

    swipe(-120, 4)
    page.wait_for_function("player.stage.camera.position.x > 0.2")
    assert page.evaluate("scrollY") == 0
    before = page.evaluate("player.stage.camera.position.y")
    swipe(4, -160)
    page.wait_for_function("scrollY > 40")
    assert page.evaluate("player.stage.camera.position.y") == pytest.approx(before, abs=0.02)
    assert page.evaluate("player.playing") is False


def test_a_head_that_is_paused_draws_nothing(opened) -> None:
    page = opened()
    page.evaluate(MOUNT, {"clip": clip(take()[0]), "autoplay": False, "trail": True})
    page.evaluate("player.seek(1)")
    page.wait_for_timeout(600)
    drawn = page.evaluate("player.stage.frames")
    page.wait_for_timeout(600)
    assert page.evaluate("player.stage.frames") == drawn
