"""Joints, weights and pose correctives in FLAME's order: global, neck, jaw, left_eye, right_eye."""

from __future__ import annotations

import numpy as np

from headparts.bust import TEETH, Bust
from headparts.source import Source

NECK02, NECK03 = (659, 18889), (226, 17824)  # base-mesh vertices whose mean is the start of these neck bones
JAW_BONES = ("jaw", "special04", "oris05", "oris06", "oris07", "tongue")
FACE_BONES = ("head", "levator", "orbicularis", "oris", "risorius", "special", "temporalis", "eye", "oculi")
LID_ANGLE = np.radians(25.0)  # the artists' eyeLook shapes belong to about this turn of the eye


def joints(source: Source, bust: Bust) -> np.ndarray:
    """Positions [5, 3]; the head turns about the middle of the neck, the jaw about its hinge below the ear."""
    at = {name: bust.neutral[source.members(f"joint-{name}")].mean(0) for name in ("neck", "mouth")}
    neck = bust.neutral[list(NECK02 + NECK03)].mean(0)
    hinge = at["mouth"]
    body = [bust.place(p) for p in (at["neck"], neck, hinge)]
    middle = np.array([0.0, 1.0, 1.0])  # on the plane of symmetry
    return np.stack([p * middle for p in body] + [eye.centre for eye in bust.eyeballs])


def weights(source: Source, bust: Bust) -> np.ndarray:
    """[V, 5], each row sums to 1."""
    bones = source.weights
    jaw = sum(w for bone, w in bones.items() if bone.startswith(JAW_BONES))
    face = [bone for bone in bones if bone.startswith(FACE_BONES) and not bone.startswith(JAW_BONES)]
    necks = ("neck01", "neck02", "neck03")
    trunk = sum(
        w for bone, w in bones.items() if bone not in face and bone not in necks and not bone.startswith(JAW_BONES)
    )
    hinge_height = bust.neutral[source.members("joint-mouth"), 1].mean()
    trunk = np.where(bust.neutral[:, 1] > hinge_height, 0, trunk)
    head = np.clip(1 - jaw - trunk - sum(bones[b] for b in necks), 0, 1)
    neck = 0.25 * bones["neck01"] + 0.65 * bones["neck02"] + 0.95 * bones["neck03"] + head

    upper, lower = (source.members(group) for group in TEETH)
    tongue = source.members("helper-tongue")
    neck[upper], jaw[upper] = 1, 0
    for rigid in (lower, tongue):
        neck[rigid], jaw[rigid] = 0, 1
    result = np.zeros((len(bust.part), 5))
    result[:, 1], result[:, 2] = bust.carry @ neck, bust.carry @ jaw
    result[:, 0] = np.clip(1 - result[:, 1] - result[:, 2], 0, 1)
    for joint, part in ((3, "left_eye"), (4, "right_eye")):
        result[bust.members(part)] = np.eye(5)[joint]
    return result / result.sum(1, keepdims=True)


def regressor(bust: Bust, at: np.ndarray) -> np.ndarray:
    """J_regressor [5, V]: each joint as the least-norm mix of the vertices around it that is exact on the template."""
    template = bust.template
    skin = bust.members("skin")
    height = lambda joint: skin[np.abs(template[skin, 1] - at[joint, 1]) < 0.02]  # noqa: E731
    hinge = skin[np.argsort(np.linalg.norm(template[skin] - at[2], axis=1))[:200]]
    around = [height(0), height(1), hinge, bust.members("left_eye"), bust.members("right_eye")]
    result = np.zeros((5, len(template)))
    for joint, members in enumerate(around):
        system = np.c_[template[members], np.ones(len(members))].T
        result[joint, members] = np.linalg.lstsq(system, np.r_[at[joint], 1], rcond=None)[0]
    return result


def posedirs(bust: Bust, at: np.ndarray, skin: np.ndarray, units: dict[str, np.ndarray]) -> tuple[np.ndarray, float]:
    """Pose correctives [V, 3, 36] on the features vec(R - I) of neck, jaw, left and right eye (9 each, row by row).

    Turning the jaw by the returned angle about x gives exactly the artists' open mouth, linear blend skinning
    included; lids follow the eyes. R[2, 1] is the sine of a turn about x, R[0, 2] about y; the diagonal is cosine - 1.

    Args:
        at: joints [5, 3]. skin: weights [V, 5]. units: face unit name -> displacement [V, 3], metres.
    """
    template = bust.template
    result = np.zeros((*template.shape, 36))
    opened = template + units["jawOpen"]
    chin = bust.members("teeth")
    chin = chin[np.abs(units["jawOpen"][chin]).max(1) > 1e-4]
    turn = [np.arctan2(*(points[chin] - at[2])[:, [2, 1]].T) for points in (template, opened)]
    angle = float(np.median((turn[1] - turn[0] + np.pi) % (2 * np.pi) - np.pi))
    c, s = np.cos(angle), np.sin(angle)
    jaw = np.array([[1, 0, 0], [0, c, -s], [0, s, c]])
    share = skin[:, 2, None]
    blend = np.eye(3) + share[:, :, None] * (jaw - np.eye(3))
    wanted = np.linalg.solve(blend, (opened - share * (at[2] - jaw @ at[2]))[..., None])[..., 0]
    correction = wanted - template
    correction[bust.members("left_eye", "right_eye")] = 0
    result[:, :, 9 + 7] = correction / s

    sine, cosine = np.sin(LID_ANGLE), np.cos(LID_ANGLE) - 1
    for joint, side in ((2, "Left"), (3, "Right")):
        down, up = units["eyeLookDown" + side], units["eyeLookUp" + side]
        left, right = (units["eyeLook" + way + side] for way in (("Out", "In") if side == "Left" else ("In", "Out")))
        for feature, (plus, minus) in ((7, (down, up)), (2, (left, right))):
            result[:, :, 9 * joint + feature] = (plus - minus) / 2 / sine
            diagonal = 4 if feature == 7 else 0
            result[:, :, 9 * joint + diagonal] = (plus + minus) / 2 / cosine
    return result, angle
