"""The shipped heads: each looks where the motion says, closes its eyes, and reaches player, film and command line."""

import itertools

import numpy as np
import pytest
from PIL import Image

from stygaze.cli import app
from stygaze.errors import StyGazeError
from stygaze.face.expression import Expression
from stygaze.face.head import EYE_TEXTURE_ANGLE, Head
from stygaze.face.people import people
from stygaze.face.viewer import head_file
from stygaze.motion import Motion, direction, rotation

IRIS = np.radians(26.5)  # half angle of the iris in eye.jpg
GRID = list(itertools.product((-15, -7.5, 0, 7.5, 15), (-25, -12.5, 0, 12.5, 25)))  # pitch, yaw
every_head = pytest.mark.parametrize("key", list(people()))


def fit_centre(points: np.ndarray) -> np.ndarray:
    """Centre of the sphere through points [n, 3]."""
    return np.linalg.lstsq(np.c_[2 * points, np.ones(len(points))], (points**2).sum(1), rcond=None)[0][:3]


def hidden(points: np.ndarray, vertices: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """Which points [n, 3] a viewer in front does not see behind triangles."""
    a, b, c = (vertices[faces[:, k]] for k in range(3))
    facing = np.cross(b - a, c - a)[:, 2] > 0
    a, b, c = a[facing], b[facing], c[facing]
    area = (b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0]
    p = points[:, None]
    v = ((p - a)[..., 0] * (c - a)[:, 1] - (p - a)[..., 1] * (c - a)[:, 0]) / area
    w = ((b - a)[:, 0] * (p - a)[..., 1] - (b - a)[:, 1] * (p - a)[..., 0]) / area
    depth = a[:, 2] + v * (b - a)[:, 2] + w * (c - a)[:, 2]
    return ((v >= 0) & (w >= 0) & (v + w <= 1) & (depth > points[:, None, 2])).any(1)


@every_head
def test_the_iris_stands_where_the_motion_says(key: str) -> None:
    """The iris's centre about the eyeball's, both measured on the vertices, over the range of gaze, the head turned."""
    head, eyes = Head.load(key), Head.load(key).meshes["eyes"]
    frames = np.zeros((len(GRID), 7))
    frames[:, :3] = np.random.default_rng(0).normal(0, [8, 15, 6], (len(GRID), 3))
    frames[:, 3:5] = frames[:, 5:7] = GRID
    motion = Motion(frames)
    vertices = head.vertices(motion)
    expected = np.einsum("tij,tj->ti", rotation(*motion.head.T), direction(*motion.frames[:, 3:5].T))
    polar = np.linalg.norm(eyes.uv - 0.5, axis=1) * 2 * EYE_TEXTURE_ANGLE
    for ball in head.eyes:
        mine = np.isin(eyes.vertex, ball)
        rim, white = (np.unique(eyes.vertex[mine & chosen]) for chosen in (abs(polar - IRIS) < 0.01, polar > 0.7))
        for t in range(len(GRID)):
            line = vertices[t, rim].mean(0) - fit_centre(vertices[t, white])
            error = np.degrees(np.arccos(line @ expected[t] / np.linalg.norm(line)))
            assert error < 0.2, (GRID[t], error)


@every_head
def test_eyes_are_open_and_lids_close_over_them(key: str) -> None:
    head = Head.load(key)
    model, eyes = head.model, head.meshes["eyes"]
    skin = np.isin(model.faces, np.flatnonzero(model.extra["part"] == 0)).all(1)
    polar = np.linalg.norm(eyes.uv - 0.5, axis=1) * 2 * EYE_TEXTURE_ANGLE
    front, pupil = (np.unique(eyes.vertex[polar < limit]) for limit in (1.3, 0.1))
    rest = Motion(np.zeros((1, 7)))
    for blink, seen, least, most in ((0.0, pupil, 0.9, 1.0), (1.0, front, 0.0, 0.01)):
        vertices = head.vertices(rest, Expression(np.zeros(1), np.full((1, 2), blink)))[0]
        near = np.linalg.norm(vertices[model.faces].mean(1) - head.joints[3:].mean(0), axis=1) < 0.075
        open_to_view = 1 - hidden(vertices[seen], vertices, model.faces[skin & near]).mean()
        assert least <= open_to_view <= most, (blink, open_to_view)


def test_people_differ_and_are_told_apart() -> None:
    assert len(people()) >= 6
    body = slice(0, np.flatnonzero(Head.load("alex").model.extra["part"] == 6)[0])
    for one, other in itertools.combinations(people(), 2):
        apart = Head.load(one).model.v_template[body] - Head.load(other).model.v_template[body]
        assert np.linalg.norm(apart, axis=1).max() > 0.003, (one, other)
    for person in people().values():
        assert person.name and person.about
        with Image.open(person.portrait) as image:
            assert image.size == (128, 128)
            assert np.asarray(image).std() > 20


def test_each_head_is_written_for_the_player_once() -> None:
    first, second = head_file(Head.load("mei")), head_file(Head.load("kofi"))
    assert first != second
    assert head_file(Head.load("mei")) == first
    assert max(first.stat().st_size, second.stat().st_size) < 3_000_000
    assert head_file(Head.load()).name == "head.glb"


def test_the_command_line_knows_the_heads(capsys: pytest.CaptureFixture) -> None:
    app(["head", "list"], standalone_mode=False)
    shown = capsys.readouterr().out
    assert all(key in shown for key in people())
    with pytest.raises(StyGazeError, match="no head 'nobody'"):
        app(["generate", "speech.wav", "--head", "nobody"], standalone_mode=False)
