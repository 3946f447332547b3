"""The head shows what the Motion says: signs, world gaze, vergence, and smplx.FLAME behind it."""

import numpy as np
import pytest

from stygaze.errors import StyGazeError
from stygaze.face.expression import Expression
from stygaze.face.head import Head
from stygaze.motion import COLUMNS, Motion, angles, direction, rotation


@pytest.fixture(scope="module")
def head() -> Head:
    return Head.load()


def still(**columns: float) -> Motion:
    return Motion([[columns.get(name, 0.0) for name in COLUMNS]])


def sight_lines(head: Head, vertices: np.ndarray) -> np.ndarray:
    """Unit vectors [T, 2, 3] from the centre of each eyeball to its pupil, measured on the vertices alone."""
    lines = []
    for eye in head.eyes:
        ball = vertices[:, eye]
        pupil, back = ball[:, 0], ball[:, -1]  # an eyeball's first vertex is its front pole, its last the back pole
        lines.append((pupil - back) / np.linalg.norm(pupil - back, axis=1, keepdims=True))
    return np.stack(lines, 1)


@pytest.mark.parametrize(
    ("columns", "eye", "pitch_yaw"),
    [
        ({"left_eye_yaw": 20}, 0, (0, 20)),  # toward the subject's left, +x
        ({"right_eye_pitch": 15}, 1, (15, 0)),  # up, +y
        ({"head_yaw": 30, "left_eye_yaw": -30, "right_eye_yaw": -30}, 1, (0, 0)),  # straight ahead
        ({"head_pitch": -10, "left_eye_pitch": 4}, 0, (-6, 0)),
    ],
)
def test_angles_turn_the_eyes_the_way_they_say(head, columns, eye, pitch_yaw):
    line = sight_lines(head, head.vertices(still(**columns)))[0, eye]
    assert angles(line) == pytest.approx(pitch_yaw, abs=0.02)


def test_roll_leans_toward_the_right_shoulder(head):
    top = head.model.v_template[:, 1].argmax()
    upright, leaning = head.vertices(still())[0, top], head.vertices(still(head_roll=15))[0, top]
    assert leaning[0] < upright[0] - 0.02  # x is to the subject's left


def test_gaze_on_the_vertices_is_the_gaze_of_the_motion(head, rng):
    motion = Motion(rng.normal(size=(60, 7)) * [12, 25, 10, 8, 15, 8, 15])
    lines = sight_lines(head, head.vertices(motion))
    eyes = direction(motion.frames[:, [3, 5]], motion.frames[:, [4, 6]])
    expected = np.einsum("tij,tej->tei", rotation(*motion.head.T), eyes)
    error = np.degrees(np.arccos(np.clip((lines * expected).sum(-1), -1, 1)))
    assert error.max() < 0.1
    middle = angles(lines.mean(1))
    assert np.abs(middle - motion.world_gaze).max() < 0.1


def test_vergence_meets_in_front_of_the_face(head):
    motion = still(left_eye_yaw=-1.5, right_eye_yaw=1.5)
    vertices = head.vertices(motion)
    left, right = sight_lines(head, vertices)[0]
    centre = head.joints[3:]
    separation = centre[0, 0] - centre[1, 0]
    assert separation > 0.05  # the left eye is at +x
    assert left[0] < 0 < right[0]
    assert separation / (right[0] / right[2] - left[0] / left[2]) == pytest.approx(1.10, abs=0.1)  # metres


def test_vertices_are_those_of_linear_blend_skinning(head, rng):
    """smplx against the formula written out: shape, pose correctives, skinning about the joints."""
    motion = Motion(rng.normal(size=(3, 7)) * 10)
    expression = Expression(np.full(3, 0.15), np.full((3, 2), 0.4), {"mouthSmileLeft": np.array([0.0, 0.5, 1.0])})
    model = head.model
    found = head.vertices(motion, expression)
    from scipy.spatial.transform import Rotation

    for t in range(3):
        pose = {name: Rotation.from_rotvec(axis[t]).as_matrix() for name, axis in head.pose(motion, expression).items()}
        features = np.concatenate([(r - np.eye(3)).ravel() for r in pose.values()])
        shaped = model.v_template + model.expressions @ head.coefficients(motion, expression)[t]
        joints = model.J_regressor @ shaped
        bent = shaped + model.posedirs @ features
        world = {"global": (np.eye(3), joints[0]), "neck": (pose["neck"], joints[1])}
        for name, joint in (("jaw", 2), ("left_eye", 3), ("right_eye", 4)):
            at = joints[1] + pose["neck"] @ (joints[joint] - joints[1])
            world[name] = (pose["neck"] @ pose[name], at)
        expected = sum(
            model.weights[:, [j]] * ((bent - joints[j]) @ turn.T + at) for j, (turn, at) in enumerate(world.values())
        )
        assert np.abs(found[t] - expected).max() < 1e-5


def test_blinks_jaw_and_lids_move_what_they_should(head):
    rest = head.vertices(still())[0]
    blinked = head.vertices(still(), Expression(np.zeros(1), np.array([[1.0, 0.0]])))[0]
    moved = np.linalg.norm(blinked - rest, axis=1)
    lashes = np.flatnonzero(head.model.extra["part"] == 5)
    left = rest[lashes, 0] > 0
    assert np.median(moved[lashes][left]) > 0.003 and moved[lashes][~left].max() < 1e-4  # only the subject's left lid
    opened = head.vertices(still(), Expression(np.array([0.2]), np.zeros((1, 2))))[0]
    teeth = np.flatnonzero(head.model.extra["part"] == 1)
    drop = (rest - opened)[teeth, 1]
    assert drop.max() > 0.008 and drop.min() == pytest.approx(0, abs=1e-4)  # lower teeth drop, upper ones stay
    down = head.vertices(still(left_eye_pitch=-20, right_eye_pitch=-20))[0]
    assert (rest - down)[lashes, 1].mean() > 0.001  # upper lids follow the eyes


def test_lids_stay_where_they_are_when_told_to(head):
    down, rest = still(left_eye_pitch=-20, right_eye_pitch=-20), head.vertices(still())[0]
    held = head.vertices(down, Expression(np.zeros(1), np.zeros((1, 2)), lids=False))[0]
    lashes = np.flatnonzero(head.model.extra["part"] == 5)
    assert np.abs(held - rest)[lashes].max() < 1e-5
    eyes = np.concatenate(head.eyes)
    assert np.abs(held - head.vertices(down)[0])[eyes].max() < 1e-5  # while the eyes turn all the same


def test_an_unknown_expression_is_named(head):
    with pytest.raises(StyGazeError, match="earWiggle"):
        head.coefficients(still(), Expression(np.zeros(1), np.zeros((1, 2)), {"earWiggle": np.ones(1)}))
