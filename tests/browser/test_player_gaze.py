"""What the player shows of gaze: where it goes on a pane before the face, and the way it took there."""

import io

import numpy as np
import pytest
from PIL import Image
from showing import MOUNT, picture, square, take
from visiting import needs_chromium

from stygaze.face.head import Head
from stygaze.face.viewer import clip
from stygaze.motion import Motion, direction, rotation

pytestmark = needs_chromium

PANE = 0.25  # metres before the eyes
STILL = {"clip": "take.json", "autoplay": False}


def looked_at(motion: Motion, frame: int) -> np.ndarray:
    """Where a line from between both eyes, along their mean direction, goes through the pane; [x, y, z] in metres."""
    joints = np.asarray(Head.load().joints, float)
    neck, eyes = joints[1], joints[3:5]
    turn = rotation(*motion.frames[frame, :3])
    origin = (neck + (eyes - neck) @ turn.T).mean(0)
    heading = turn @ sum(direction(*motion.frames[frame, at : at + 2]) for at in (3, 5))
    return origin + heading * (eyes[:, 2].mean() + PANE - origin[2]) / heading[2]


def test_the_target_is_where_gaze_meets_the_pane(opened) -> None:
    page, (motion, _) = opened(), take()
    page.evaluate(MOUNT, STILL)
    assert page.evaluate("player.pose().target") is None
    page.get_by_role("button", name="Show the point looked at (P)").click()
    for frame in (0, 12, 13, 77):
        seen = page.evaluate(f"(player.seek({frame / 25}), player.pose().target)")
        assert seen == pytest.approx(looked_at(motion, frame), abs=1e-3)


def test_lines_of_sight_meet_where_converging_eyes_look(opened) -> None:
    page = opened()
    page.evaluate(MOUNT, STILL | {"rays": True})
    left, right = Head.load().joints[3:5, 0]
    depth = 0.8
    turns = np.degrees(np.arctan2([-left, -right], depth))  # both at the same point straight ahead
    packed = clip(Motion(np.tile([0, 0, 0, 0, turns[0], 0, turns[1]], (10, 1))))
    page.evaluate("(packed) => player.setClip(packed, null, {autoplay: false})", packed)
    met = page.evaluate("(player.seek(0), player.pose().meeting)")
    assert met[0] == pytest.approx(0, abs=2e-3)
    assert met[2] - Head.load().joints[3, 2] == pytest.approx(depth, rel=0.01)


def test_the_trail_is_the_last_second_and_no_more(opened) -> None:
    page = opened()
    square(page)
    frames = np.zeros((100, 7))
    frames[:, 4] = frames[:, 6] = np.linspace(-22, 22, 100)
    page.evaluate(MOUNT, {"clip": clip(Motion(frames)), "autoplay": False})

    def drawn(seconds: float) -> np.ndarray:
        """Columns of the picture that the trail, and nothing else, has changed."""
        plain = (page.evaluate("player.trail = false"), picture(page, seconds))[1]
        marked = (page.evaluate("player.trail = true"), picture(page, seconds))[1]
        changed = np.abs(marked - plain).max(-1) > 40
        return np.flatnonzero(changed.any(0))

    early, late = drawn(1.5), drawn(3.5)
    # eyes that turn to their own left take the gaze to the right of the picture, at the same pace
    assert late.mean() - early.mean() > 100
    assert 40 < np.ptp(early) < 150
    assert np.ptp(drawn(0.2)) < 0.4 * np.ptp(early)  # nothing stands for a time before the first frame
    pieces = page.evaluate("player.seek(3.5), player.pane.trail.filled")
    assert pieces == 26 + 25  # frames of a second, both ends counted, and the lines between them
    page.keyboard.press("Tab")
    page.locator(".stygaze").focus()
    page.keyboard.press("t")
    assert page.evaluate("player.trail") is False


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_picture_of_this_moment_can_be_saved(opened, theme: str) -> None:
    page = opened(color_scheme=theme)
    square(page)
    page.evaluate(MOUNT, STILL)
    page.evaluate("player.seek(1.24)")
    with page.expect_download() as waited:
        page.get_by_role("button", name="Save a picture (S)").click()
    assert waited.value.suggested_filename == "stygaze-1.24s.png"
    image = np.asarray(Image.open(io.BytesIO(waited.value.path().read_bytes())).convert("RGBA"))
    assert image.shape[0] >= 512 and (image[..., 3] == 255).all()
    assert (image[2, 2, :3].mean() > 150) == (theme == "light")  # the background came along
    assert image[..., :3].std() > 20
