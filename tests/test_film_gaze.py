"""Where the eyes look in a rendered picture: read back from its pixels by the geometry of eyeball and camera."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from PIL import Image
from scipy.optimize import least_squares

from stygaze.face import scene
from stygaze.face.head import EYE_TEXTURE_ANGLE, Head
from stygaze.face.render import film_available, render_frames
from stygaze.motion import Motion, angles, direction, rotation

SIZE = 1080
IRIS = np.radians(26.5)  # half angle at the eyeball's centre that the test paints blue; the shipped iris is that large


@pytest.fixture(scope="module")
def painted(tmp_path_factory: pytest.TempPathFactory) -> Head:
    """The embedded head with eyes of two colours, blue and white, and all else red."""
    axis = (np.arange(512) + 0.5) / 256 - 1
    inside = np.hypot(axis[:, None], axis[None]) * EYE_TEXTURE_ANGLE < IRIS
    texture = tmp_path_factory.mktemp("eye") / "eye.png"
    Image.fromarray(np.where(inside[..., None], (0, 0, 255), (255, 255, 255)).astype(np.uint8)).save(texture)
    head = Head.load()
    red = {name: replace(m, texture=None, color=m.color * 0 + np.uint8([255, 0, 0])) for name, m in head.meshes.items()}
    eyes = replace(head.meshes["eyes"], texture=texture, color=head.meshes["eyes"].color * 0 + np.uint8(255))
    return Head(head.model, {**red, "eyes": eyes}, "painted")


def rim(image: np.ndarray) -> np.ndarray:
    """Points (x, y) in pixels [n, 2] where blue meets white."""
    r, g, b = (image[..., i].astype(float) for i in range(3))
    share = np.where((b > 40) & (np.abs(r - g) < 12), r / np.maximum(b, 1), np.nan)  # of white; nothing where red is
    points = []
    for turned in (False, True):
        s = share.T if turned else share
        rows, columns = np.nonzero((s[:, :-1] - 0.5) * (s[:, 1:] - 0.5) < 0)
        before, after = s[rows, columns], s[rows, columns + 1]
        at = np.stack([columns + 0.5 + (0.5 - before) / (after - before), rows + 0.5], 1)
        points.append(at[:, ::-1] if turned else at)
    return np.concatenate(points)


def looks(points: np.ndarray, centre: np.ndarray, radius: float) -> np.ndarray:
    """Pitch and yaw in degrees of what has the angle IRIS to the points of the rim that lie on this eyeball."""
    camera = np.array(scene.CAMERA["position"])
    back = camera - scene.CAMERA["target"]
    back /= np.linalg.norm(back)
    side = np.cross([0, 1, 0], back)
    side /= np.linalg.norm(side)
    up = np.cross(back, side)
    reach = np.tan(np.radians(scene.CAMERA["fov"] / 2))
    x, y = (points / SIZE * 2 - 1).T * reach
    rays = x[:, None] * side - y[:, None] * up - back
    rays /= np.linalg.norm(rays, axis=1, keepdims=True)
    from_centre = camera - centre
    half = rays @ from_centre
    depth = half**2 - from_centre @ from_centre + radius**2
    hit = depth > 0  # the others are the other eye's
    on = from_centre + (-half - np.sqrt(np.maximum(depth, 0)))[:, None] * rays
    rim_of = on[hit] / radius
    first = angles(np.linalg.lstsq(rim_of, np.ones(len(rim_of)), rcond=None)[0])  # the normal of a plane through them
    # a robust loss: where lashes cross the rim it is not where it seems
    return least_squares(lambda a: direction(*a) @ rim_of.T - np.cos(IRIS), first, loss="soft_l1", f_scale=0.005).x


@pytest.mark.skipif(film_available() is not None, reason="needs OpenGL")
@pytest.mark.parametrize("head_pose", [(0.0, 0.0, 0.0), (8.0, -18.0, 5.0)])
def test_eyes_look_where_the_motion_says(painted: Head, monkeypatch: pytest.MonkeyPatch, head_pose: tuple) -> None:
    """Within 1 degree over 50 x 30 degrees, for both eyes."""
    matte = {**scene.MATERIALS["eyes"], "specular": 0.0}
    monkeypatch.setitem(scene.MATERIALS, "eyes", matte)  # a highlight would be a white spot in the iris
    grid = list(product((-15, -7.5, 0, 7.5, 15), (-25, -12.5, 0, 12.5, 25)))
    motion = Motion([[*head_pose, pitch, yaw, pitch, yaw] for pitch, yaw in grid])
    turned = rotation(*head_pose)
    neck, joints = painted.joints[1], painted.joints
    worst = 0.0
    for (pitch, yaw), image in zip(grid, render_frames(motion, size=SIZE, head=painted), strict=True):
        points = rim(image)
        for joint, vertices in zip((3, 4), painted.eyes, strict=True):
            ball = painted.model.v_template[vertices] - joints[joint]
            polar = np.arctan2(np.hypot(ball[:, 0], ball[:, 1]), ball[:, 2])
            radius = np.linalg.norm(ball[np.abs(polar - IRIS) < 0.03], axis=1).mean()
            centre = neck + turned @ (joints[joint] - neck)
            found = looks(points, centre, radius)
            truth = angles(turned @ rotation(pitch, yaw) @ [0, 0, 1])
            worst = max(worst, np.abs(found - truth).max())
    assert worst < 1
