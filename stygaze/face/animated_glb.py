"""The head that moves, in one file for Blender, three.js and every other reader of glTF: mesh, skeleton, animation.

glTF 2.0, 3.11 (animations). Head, eyes and jaw are turns of the joints; lids, mouth, brows and the pose correctives are
weights of the morph targets. Everything is linear between frames. A GLB holds no sound.

No weight is negative: Blender's importer (5.0) holds a shape key at 0 that turns negative after the first frame, so a
corrective that does has a second target, `<name>_minus`, with the opposite offsets.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from scipy.spatial.transform import Rotation

from stygaze.face.flame import JOINTS
from stygaze.face.glb import Glb
from stygaze.face.head import Head
from stygaze.face.viewer import DUST, head_glb, morph_targets
from stygaze.motion import Motion

if TYPE_CHECKING:
    from stygaze.face.expression import Expression


def write_animated(
    motion: Motion, path: str | Path, expression: Expression | None = None, head: Head | None = None
) -> Path:
    """Write the head with a motion and, where given, its expression: about 1.8 MB for ten seconds, 8 kB for
    each further one. Returns the path.

    The film's frame i is the animation at i / fps seconds. Metres, y up, the face looking along z.
    """
    head = head or Head.load()
    glb = head_glb(head)
    times = (np.arange(len(motion)) / motion.fps).astype(np.float32)
    clock = glb.accessor(times, "SCALAR", bounds=True)
    pose = {name: Rotation.from_rotvec(vectors) for name, vectors in head.pose(motion, expression).items()}
    samplers, channels = [], []

    def animate(node: int, what: str, output: int) -> None:
        samplers.append({"input": clock, "output": output, "interpolation": "LINEAR"})
        channels.append({"sampler": len(samplers) - 1, "target": {"node": node, "path": what}})

    for name, turns in pose.items():
        animate(JOINTS.index(name), "rotation", glb.accessor(_continuous(turns.as_quat()), "VEC4"))
    body = next(k for k, node in enumerate(glb.tree["nodes"]) if "mesh" in node)
    names = glb.tree["meshes"][0]["extras"]["targetNames"]
    if names:
        shares = weights(names, pose, head, motion, expression)
        below = np.flatnonzero((shares < 0).any(0))
        _add_opposites(glb, head, [names[k] for k in below])
        shares = np.concatenate([np.maximum(shares, 0), np.maximum(-shares[:, below], 0)], 1)
        animate(body, "weights", glb.accessor(shares.ravel(), "SCALAR"))
    glb.add("animations", {"name": motion.name or "motion", "samplers": samplers, "channels": channels})
    return glb.write(path)


def weights(
    names: list[str], pose: dict[str, Rotation], head: Head, motion: Motion, expression: Expression | None = None
) -> np.ndarray:
    """Weights float32 [T, n] of morph targets as `viewer.head_glb` names them.

    `pose_<joint>_<row><column>` takes that element of the joint's rotation matrix minus identity; the others are the
    head's named expressions.
    """
    turned = {joint: turns.as_matrix() - np.eye(3) for joint, turns in pose.items()}
    if expression is not None and not expression.lids:
        turned |= {"left_eye": np.zeros((len(motion), 3, 3)), "right_eye": np.zeros((len(motion), 3, 3))}
    shares = dict(zip(head.expression_names, head.coefficients(motion, expression).T, strict=False))
    result = np.zeros((len(motion), len(names)), np.float32)
    for k, name in enumerate(names):
        if name.startswith("pose_"):
            joint, element = name.removeprefix("pose_").rsplit("_", 1)
            result[:, k] = turned[joint][:, int(element[0]), int(element[1])]
        else:
            result[:, k] = shares[name]
    return result


def _add_opposites(glb: Glb, head: Head, names: list[str]) -> None:
    """Add morph targets with the opposite offsets of those."""
    mesh, deltas = glb.tree["meshes"][0], morph_targets(head)
    for part, primitive in zip(head.meshes.values(), mesh["primitives"], strict=True):
        for name in names:
            primitive["targets"].append({"POSITION": glb.sparse(-deltas[name][part.vertex], DUST, bounds=True)})
    mesh["extras"]["targetNames"] += [f"{name}_minus" for name in names]
    mesh["weights"] += [0.0] * len(names)


def _continuous(quaternions: np.ndarray) -> np.ndarray:
    """The same turns, float32 [T, 4], each with the sign that is nearer to the one before it."""
    flips = np.cumprod(np.where((quaternions[1:] * quaternions[:-1]).sum(1) < 0, -1.0, 1.0))
    return (quaternions * np.concatenate([[1.0], flips])[:, None]).astype(np.float32)
