"""The player in a real browser: moves as the film does, follows the sound, obeys keys and plots, fits a phone."""

import json
import os

import numpy as np
import pytest
from showing import MOUNT, picture, square, take, tone
from visiting import needs_chromium

os.environ.setdefault("PYOPENGL_PLATFORM", "egl")

from stygaze.errors import StyGazeError
from stygaze.face.expression import Expression
from stygaze.face.head import Head
from stygaze.face.viewer import clip
from stygaze.motion import Motion, direction, rotation

pytestmark = needs_chromium


def test_eyes_and_vertices_are_those_of_the_motion(opened) -> None:
    page, (motion, expression), head = opened(), take(), Head.load()
    page.evaluate(MOUNT, {"clip": "take.json", "autoplay": False})
    chosen = [0, 31, 64, 99]
    some = list(range(0, len(head.model.v_template), 53))
    for frame, vertices in zip(chosen, head.vertices(motion, expression)[chosen], strict=True):
        seconds = frame / 25
        pose = page.evaluate(f"(player.seek({seconds}), player.pose())")
        turn = rotation(*motion.frames[frame, :3])
        for eye, columns in (("left_eye", slice(3, 5)), ("right_eye", slice(5, 7))):
            expected = turn @ direction(*motion.frames[frame, columns])
            seen = np.array(pose["gaze"][eye]["direction"])
            assert np.degrees(np.linalg.norm(np.cross(seen, expected))) < 0.02
        assert np.abs(np.array(page.evaluate(f"player.vertices({some})")) - vertices[some]).max() < 1e-4
    # lids that do not follow the eyes do not here either
    held = Expression(expression.jaw, expression.blink, expression.shapes, lids=False)
    page.evaluate("(clip) => player.setClip(clip, null, {autoplay: false})", clip(motion, held))
    for frame, vertices in zip(chosen, head.vertices(motion, held)[chosen], strict=True):
        seen = page.evaluate(f"(player.seek({frame / 25}), player.pose(), player.vertices({some}))")
        assert np.abs(np.array(seen) - vertices[some]).max() < 1e-4
    # between frames the angles run straight from one to the next
    half = page.evaluate("(player.seek(10.5 / 25), player.clip.now)")
    assert half["head_yaw"] == pytest.approx(motion.frames[10:12, 1].mean(), abs=1e-3)


def extremes() -> tuple[Motion, Expression]:
    """Gaze as far as eyes go, and heads turned far, with the mouth open and half a smile."""
    rows = [
        [0, 0, 0, 0, -1.5, 0, 1.5],
        [0, 0, 0, 0, 30, 0, 33],
        [0, 0, 0, 0, -33, 0, -30],
        [0, 0, 0, 22, -1.5, 22, 1.5],
        [0, 0, 0, -25, -1.5, -25, 1.5],
        [12, 30, 8, 10, -34, 10, -31],
        [-15, -30, -8, -12, 20, -12, 23],
    ]
    ramp = np.linspace(0, 0.25, len(rows))
    blink = np.zeros((len(rows), 2))
    blink[0] = 0.4, 0.15
    return Motion(np.array(rows, float)), Expression(ramp, blink, {"mouthSmileLeft": 2 * ramp})


def irises(image: np.ndarray) -> list[np.ndarray]:
    """Middles [x, y] in pixels of the blue that is seen in either half of a face whose picture is 512 wide; the shirt,
    which is blue too, lies below."""
    red, _, blue = np.moveaxis(image[:240, :, :3].astype(int), -1, 0)
    seen = np.argwhere((blue - red > 30) & (blue > 90))[:, ::-1]
    middle = seen[:, 0].mean() if len(seen) else 0
    return [half.mean(0) for half in (seen[seen[:, 0] < middle], seen[seen[:, 0] > middle]) if len(half) > 25]


@pytest.mark.parametrize("frames", ["of a take", "extreme"])
def test_picture_agrees_with_the_film(opened, frames: str) -> None:
    from stygaze.face.render import render_frames

    page, (motion, expression) = opened(), extremes() if frames == "extreme" else take()
    chosen = list(range(len(motion))) if frames == "extreme" else [5, 40, 62]
    shapes = {name: values[chosen] for name, values in expression.shapes.items()}
    shorter = Motion(motion.frames[chosen]), Expression(expression.jaw[chosen], expression.blink[chosen], shapes)
    try:
        film = list(render_frames(*shorter, 512, background=None))
    except StyGazeError as error:
        pytest.skip(str(error))
    square(page)
    page.evaluate(MOUNT, {"clip": clip(motion, expression), "autoplay": False})
    compared = 0
    for frame, theirs in zip(chosen, film, strict=True):
        mine = picture(page, frame / 25)
        inside, outside = (mine[..., 3] > 127) & (theirs[..., 3] > 127), (mine[..., 3] > 127) | (theirs[..., 3] > 127)
        assert inside.sum() > 0.98 * outside.sum()
        apart = np.abs(mine - theirs.astype(int))[inside][:, :3]
        assert apart.mean() < 1  # of 255: the same light and paint
        assert (apart.max(-1) > 60).mean() < 5e-4  # lashes and catchlights too
        for a, b in zip(irises(mine), irises(theirs), strict=True):
            assert np.linalg.norm(a - b) < 2
            compared += 1
    assert compared >= 2 * len(chosen) - 3  # shut lids and the nose hide some


def test_eyes_are_seen_to_move_and_lids_to_close(opened) -> None:
    page = opened()
    square(page)
    page.evaluate(MOUNT, {"clip": "take.json", "autoplay": False})
    frames = np.zeros((100, 7))  # the head held, so that only the eyes differ
    frames[:, 4], frames[:, 6] = np.linspace(-20, 20, 100), np.linspace(-20, 20, 100)
    blink = np.zeros((100, 2))
    blink[50:] = 1
    packed = json.dumps(clip(Motion(frames), Expression(np.zeros(100), blink)))
    page.evaluate(f"player.setClip({packed}, null, {{autoplay: false}})")
    left, right, shut = (picture(page, seconds)[..., :3] for seconds in (0, 1.8, 3.0))
    assert left.std() > 20  # not blank
    moved = np.argwhere(np.abs(left - right).max(-1) > 60)
    assert len(moved) > 100
    (top, west), (bottom, east) = moved.min(0), moved.max(0)
    assert bottom - top < 80 and west > 100 and east < 412  # the eyes, and nothing else
    eyes = np.s_[top : bottom + 1, west : east + 1]
    white = [(image[eyes].min(-1) > 190).sum() for image in (left, shut)]
    assert white[1] < 0.3 * white[0]


def test_rest_play_pause_seek_loop_and_events(opened) -> None:
    page = opened()
    page.evaluate("() => { window.told = []; addEventListener('stygaze:time', (event) => told.push(event.detail)); }")
    page.evaluate(MOUNT, {})
    assert page.locator(".sg-caption").inner_text() == "Press Generate"
    assert page.get_by_role("button", name="Play", exact=True).first.is_disabled()
    gaze = page.evaluate("player.pose().gaze.left_eye.direction")
    assert gaze[2] > 0.99  # looks at the viewer

    page.evaluate("(sound) => player.setClip('minute.json', sound)", tone(60))
    page.wait_for_function("player.time > 0.5")
    assert page.evaluate("Math.abs(player.time - player.clock.audio.currentTime)") < 0.1
    page.get_by_role("button", name="Pause").click()
    page.wait_for_function("!player.playing")
    told = page.evaluate("told")
    assert {event["duration"] for event in told} == {60} and any(event["playing"] for event in told)
    paces = np.diff([event["seconds"] for event in told if event["playing"]])
    assert (paces >= -1e-6).all()

    page.evaluate("dispatchEvent(new CustomEvent('stygaze:seek', {detail: {seconds: 2.4}}))")
    page.wait_for_function("Math.abs(player.time - 2.4) < 1e-3 && Math.abs(told.at(-1).seconds - 2.4) < 1e-3")
    assert page.get_by_label("Position in the clip").get_attribute("aria-valuetext") == "2.4 of 60.0 seconds"

    page.locator(".stygaze").focus()
    page.keyboard.press("ArrowLeft")
    page.wait_for_function("Math.abs(player.time - 1.4) < 1e-3")
    page.keyboard.press(".")
    page.wait_for_function("Math.abs(player.time - 1.44) < 1e-3")
    page.keyboard.press("Shift+ArrowLeft")
    page.wait_for_function("Math.abs(player.time - 1.4) < 1e-3")
    for key, state in zip("lmgpt", ("loop", "muted", "rays", "target", "trail"), strict=True):
        page.keyboard.press(key)
        assert page.evaluate(f"player.{state}") is True
    page.keyboard.press("?")
    assert page.get_by_text("lines of sight").is_visible()
    page.keyboard.press("Escape")
    assert page.get_by_text("lines of sight").is_hidden()
    page.evaluate("player.seek(59.7)")
    page.keyboard.press(" ")
    page.wait_for_function("player.playing && player.time < 50")  # round the loop
    page.mouse.click(200, 300)  # a press on the picture
    page.wait_for_function("!player.playing")


def test_a_new_clip_or_place_takes_the_same_canvas(opened) -> None:
    page = opened()
    page.evaluate(MOUNT, {"clip": "take.json"})
    page.evaluate("window.context = player.stage.renderer.getContext()")
    page.evaluate(MOUNT, {"clip": "minute.json"})
    assert page.locator(".sg-name").inner_text() == "A minute"
    page.evaluate("""async () => { document.getElementById('place').replaceChildren();
        window.again = StyGaze.mount(document.getElementById('other'), {headUrl: 'head.glb', clip: 'take.json'});
        await again.ready; }""")
    same = "[again === player, player.stage.renderer.getContext() === context, StyGaze.players().length]"
    assert page.evaluate(same) == [True, True, 1]
    assert page.locator("canvas").count() == 1
    # of two clips asked for at once the later one stays
    page.evaluate("Promise.all([player.setClip('take.json'), player.setClip('minute.json')])")
    assert page.evaluate("player.clip.name") == "A minute"
    page.evaluate("player.dispose()")
    assert page.evaluate("[context.isContextLost(), StyGaze.players().length]") == [True, 0]


def test_out_of_sight_nothing_is_drawn_and_calm_people_get_no_motion(opened) -> None:
    page = opened(reduced_motion="reduce")
    page.evaluate(MOUNT, {"clip": "minute.json"})
    assert page.evaluate("player.playing") is False
    assert page.locator(".sg-begin").is_visible()
    page.evaluate("player.play()")
    page.wait_for_function("player.time > 0.2")
    page.evaluate("document.getElementById('place').style.display = 'none'")
    page.wait_for_function("!player.stage.visible")
    drawn, seconds = page.evaluate("[player.stage.frames, player.time]")
    page.wait_for_function(f"player.time > {seconds} + 0.3")
    assert page.evaluate("player.stage.frames") == drawn


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_is_wide_enough(opened, scheme: str) -> None:
    phone = {"viewport": {"width": 360, "height": 640}, "has_touch": True, "device_scale_factor": 3}
    page = opened(color_scheme=scheme, **phone)
    page.evaluate(MOUNT, {"clip": "take.json"})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    for button in page.locator(".stygaze button:visible").all():
        box = button.bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= 360 and min(box["width"], box["height"]) >= 40
    assert page.evaluate("player.root.dataset.theme") == scheme
    assert page.evaluate("player.stage.canvas.width") <= 2 * 328  # sharper than two pixels a point is not drawn
    page.get_by_role("button", name="Three-quarter view (2)").tap()
    page.wait_for_function("player.view === 'three-quarter' && !player.stage.flight")
    assert page.evaluate("player.stage.camera.position.x") > 0.3


def test_a_missing_sound_or_clip_is_said(opened, browser) -> None:
    page = browser.new_context().new_page()  # complaints in the console are right here
    other = opened()
    page.goto(other.url)
    page.evaluate(MOUNT, {"clip": "take.json", "audio": "no-such.wav"})
    page.get_by_text("the head moves in silence").wait_for()
    page.wait_for_function("player.time > 0.2")
    page.evaluate("player.setClip('no-such.json').catch(() => {})")
    page.wait_for_function("document.querySelector('.sg-caption').textContent.includes('could not be loaded')")
    page.context.close()
