"""BVH, the motion file of animation programs: a skeleton of a head and two eyes, then one row of channels a frame.

Written in centimetres and degrees, y up, the face looking along z, its left at +x. Every joint turns by
R = R_y R_x R_z (channels Yrotation Xrotation Zrotation), which is our R = Ry(yaw) Rx(-pitch) Rz(roll).
"""

from __future__ import annotations

import io
import math
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from stygaze.errors import StyGazeError
from stygaze.formats.recording import Recording, beginning, existing, eye_angles, head_angles, text_of, unwrapped
from stygaze.motion import Motion
from stygaze.motion_files import MAX_FRAMES, replacing

# centimetres, of the embedded head: it turns about the neck joint, the eyes stand as far apart as 5.8
HEAD_AT, LEFT_EYE_AT, RIGHT_EYE_AT = (0.0, -6.41, -5.49), (2.89, 9.12, 9.69), (-2.89, 9.12, 9.69)
PUPIL = (0.0, 0.0, 1.2)
POSITIONS, TURNS = "Xposition Yposition Zposition", "Yrotation Xrotation Zrotation"
NAMES = {
    "head": ("head",),
    "left eye": ("lefteye", "eyeleft", "leye", "eyel"),
    "right eye": ("righteye", "eyeright", "reye", "eyer"),
}
MAX_JOINTS = 1000
MAX_TEXT = 100_000_000  # bytes; read as words, which take several times that


@dataclass
class Joint:
    """A joint of a skeleton: its parent's index (-1 for a root), and its channels with their first column."""

    name: str
    parent: int
    first: int = 0
    channels: list[str] = field(default_factory=list)


def knows(path: Path) -> bool:
    """Whether a file begins as a BVH."""
    return path.suffix.lower() == ".bvh" or beginning(path).lstrip()[:9].upper() == "HIERARCHY"


def write(recording: Recording, path: str | Path) -> Path:
    """Write a root, the head on its neck joint and both eyes; angles with six decimals. Returns the path.

    BVH holds joints only: no jaw, no lids.
    """
    motion = recording.motion
    pitch, yaw, roll, left_pitch, left_yaw, right_pitch, right_yaw = motion.frames.T.astype(float)
    still = np.zeros(len(motion))
    head = [yaw, -pitch, roll]
    eyes = [left_yaw, -left_pitch, still, right_yaw, -right_pitch, still]
    rows = io.StringIO()
    np.savetxt(rows, np.column_stack([still] * 6 + head + eyes) + 0.0, fmt="%.6f")
    text = ["HIERARCHY", "ROOT root", "{", f"\tOFFSET {_three((0, 0, 0))}", f"\tCHANNELS 6 {POSITIONS} {TURNS}"]
    text += ["\tJOINT head", "\t{", f"\t\tOFFSET {_three(HEAD_AT)}", f"\t\tCHANNELS 3 {TURNS}"]
    for name, at in (("left_eye", LEFT_EYE_AT), ("right_eye", RIGHT_EYE_AT)):
        text += [f"\t\tJOINT {name}", "\t\t{", f"\t\t\tOFFSET {_three(at)}", f"\t\t\tCHANNELS 3 {TURNS}"]
        text += ["\t\t\tEnd Site", "\t\t\t{", f"\t\t\t\tOFFSET {_three(PUPIL)}", "\t\t\t}", "\t\t}"]
    text += ["\t}", "}", "MOTION", f"Frames: {len(motion)}", f"Frame Time: {1 / motion.fps:.8f}"]
    with replacing(path) as temporary, open(temporary, "w", encoding="ascii", newline="\n") as file:
        file.write("\n".join(text) + "\n" + rows.getvalue())
    return Path(path)


def _three(values: tuple[float, ...]) -> str:
    return " ".join(f"{value:.4f}" for value in values)


def read(path: str | Path, fps: float | None = None) -> Recording:
    """Read head and eyes of a skeleton that looks along z at rest; other joints move the head along, or are read over.

    Args:
        path: the .bvh. The joints are found by name, whatever their case: head; left_eye, LeftEye, eye.L and the like.
            Rotation channels may come in any order.
        fps: not needed; the frame time says it.

    Raises:
        StyGazeError: not a BVH, cut short, no such joints, values that are not numbers.
    """
    path = existing(path, MAX_TEXT)
    head, _, rest = text_of(path).partition("MOTION")
    if not head.lstrip().upper().startswith("HIERARCHY") or not rest:
        raise StyGazeError(f"{path.name} is not a whole BVH file: it needs HIERARCHY and MOTION; export it again.")
    joints = _skeleton(path, head.split()[1:])
    rate, table = _frames(path, rest.split(), sum(len(joint.channels) for joint in joints))
    at = {part: _find(path, joints, part) for part in NAMES}
    skull = at["head"]
    eyes = [_turn(joints, at[part], table, above=skull) for part in ("left eye", "right eye")]
    angles = [head_angles(_turn(joints, skull, table)), *(eye_angles(turn) for turn in eyes)]
    return Recording(Motion(unwrapped(np.concatenate(angles, 1)), fps=rate, name=path.stem, source="BVH"))


def _skeleton(path: Path, words: list[str]) -> list[Joint]:
    """Joints of a hierarchy's words, parents first."""
    joints: list[Joint] = []
    open_joints: list[int] = []  # from the root to where the words are; -1 for an end site
    width, k = 0, 0
    try:
        while k < len(words):
            word = words[k].upper()
            if word in ("ROOT", "JOINT", "END"):
                brace = words.index("{", k, k + 12)
                if word == "END":
                    open_joints.append(-1)
                else:
                    parent = open_joints[-1] if open_joints else -1
                    joints.append(Joint(" ".join(words[k + 1 : brace]), parent))
                    open_joints.append(len(joints) - 1)
                k = brace + 1
            elif word == "OFFSET":
                k += 4
            elif word == "CHANNELS":
                count, joint = int(words[k + 1]), joints[open_joints[-1]]
                if not 0 <= count <= 6:
                    raise ValueError("channels")
                joint.first, joint.channels = width, [name.lower() for name in words[k + 2 : k + 2 + count]]
                width, k = width + count, k + 2 + count
            elif word == "}":
                open_joints.pop()
                k += 1
            else:
                raise ValueError(word)
            if len(joints) > MAX_JOINTS:
                raise ValueError("joints")
    except (ValueError, IndexError):
        raise StyGazeError(f"The skeleton in {path.name} cannot be read; export the BVH again.") from None
    if open_joints:
        raise StyGazeError(f"The skeleton in {path.name} is cut short; export the BVH again.")
    return joints


def _frames(path: Path, words: list[str], width: int) -> tuple[float, np.ndarray]:
    """Frames a second and the channels [T, width] of what follows MOTION."""
    try:
        if words[0].lower() != "frames:" or [word.lower() for word in words[2:4]] != ["frame", "time:"]:
            raise ValueError("header")
        count, step = int(words[1]), float(words[4])
        if not (0 < count <= MAX_FRAMES and math.isfinite(step) and step > 0):
            raise ValueError("counts")
        values = np.array(words[5:], float)
    except (ValueError, IndexError):
        raise StyGazeError(
            f"The motion in {path.name} cannot be read: it needs Frames, Frame Time and one row of numbers a frame."
        ) from None
    if not width or len(values) != count * width:
        raise StyGazeError(
            f"{path.name} has {len(values)} values, where {count} frames of {width} channels are {count * width}; it "
            "may be cut short."
        )
    if not np.isfinite(values).all():
        raise StyGazeError(f"{path.name} has a missing or infinite value; fill or cut the gap first.")
    rate = 1 / step
    # frame times have few decimals: 0.0333333 is 30
    return (round(rate, 2) if abs(rate - round(rate, 2)) < 1e-4 * rate else rate), values.reshape(count, width)


def _find(path: Path, joints: list[Joint], part: str) -> int:
    """The joint of that part of the body, by its name without prefix, case and marks."""
    plain = ["".join(c for c in joint.name.rpartition(":")[2].lower() if c.isalnum()) for joint in joints]
    for name in NAMES[part]:
        if name in plain:
            return plain.index(name)
    have = ", ".join(joint.name for joint in joints[:12])
    raise StyGazeError(f"{path.name} has no joint for the {part}; it has {have}. Name it {NAMES[part][0]}.")


def _turn(joints: list[Joint], joint: int, table: np.ndarray, above: int = -1) -> np.ndarray:
    """Rotation [T, 3, 3] of a joint against another above it, or against the world."""
    total = np.broadcast_to(np.eye(3), (len(table), 3, 3))
    while joint not in (-1, above):
        for k in reversed(range(len(joints[joint].channels))):
            axis, kind = joints[joint].channels[k][:1], joints[joint].channels[k][1:]
            if kind == "rotation" and axis in "xyz":
                total = _about("xyz".index(axis), table[:, joints[joint].first + k]) @ total
        joint = joints[joint].parent
    return total


def _about(axis: int, degrees: np.ndarray) -> np.ndarray:
    """Rotations [T, 3, 3] about x, y or z."""
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    turn = np.zeros((len(degrees), 3, 3))
    a, b = (axis + 1) % 3, (axis + 2) % 3
    turn[:, axis, axis] = 1
    turn[:, a, a] = turn[:, b, b] = c
    turn[:, a, b], turn[:, b, a] = -s, s
    return turn
