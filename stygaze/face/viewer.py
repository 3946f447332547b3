"""What the browser's player needs: the head as a skinned GLB, once, and each motion as a small JSON, the clip."""

from __future__ import annotations

import atexit
import base64
import functools
import hashlib
import json
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from stygaze.assets import asset
from stygaze.face import scene
from stygaze.face.flame import JOINTS
from stygaze.face.glb import Glb
from stygaze.face.head import Head, fit
from stygaze.face.people import people
from stygaze.motion import COLUMNS, Motion
from stygaze.motion_files import replacing

if TYPE_CHECKING:
    from stygaze.face.expression import Expression

PARENTS = (-1, 0, 1, 1, 1)
DUST = 1e-6  # metres: deltas below it are not stored
STILL = 1e-3  # an expression that never passes this share is left out


def clip(motion: Motion, expression: Expression | None = None) -> dict[str, Any]:
    """A motion as the player's JSON: int16 tracks, one row a frame, packed in base64 (10 s are about 10 kB).

    Tracks are the seven motion columns (degrees), `jaw` (radians), named expressions (shares) and, where they do not go
    all the way, `lids` (the share of the eyes' way that the lids go with them); a value is the stored
    integer times the track's `scale`. The player is linear between frames: at t = i / fps it shows the film's frame i.
    """
    tracks = dict(zip(COLUMNS, motion.frames.T, strict=True))
    if expression is not None:
        blinks = {f"eyeBlink{side}": expression.blink[:, k] for k, side in enumerate(("Left", "Right"))}
        for name, values in {"jaw": expression.jaw, **expression.shapes, **blinks}.items():
            values = fit(values, len(motion))
            if np.abs(values).max() > STILL:
                tracks[name] = values
        if not expression.lids:
            tracks["lids"] = np.zeros(len(motion))
    table = np.stack(list(tracks.values()), 1).astype(float)
    scale = np.maximum(np.abs(table).max(0), 1e-3) / 32767
    return {
        "format": "stygaze-clip",
        "version": 1,
        "name": motion.name,
        "fps": motion.fps,
        "frames": len(motion),
        "tracks": [{"name": name, "scale": float(f"{step:.6g}")} for name, step in zip(tracks, scale, strict=True)],
        "data": base64.b64encode(np.round(table / scale).astype("<i2").tobytes()).decode(),
    }


def write_clip(motion: Motion, path: str | Path, expression: Expression | None = None) -> Path:
    """`clip` as a file. Returns its path."""
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(clip(motion, expression), separators=(",", ":")))
    return Path(path)


def write_head(path: str | Path, head: Head | None = None) -> Path:
    """`head_glb` as a file. Returns its path."""
    return head_glb(head).write(path)


def head_glb(head: Head | None = None) -> Glb:
    """The head as a skinned GLB: five joints (nodes 0 to 4), sparse morph targets, embedded textures.

    Morph targets are the named expressions at full strength and, as `pose_<joint>_<row><column>`, FLAME's pose
    correctives, each to be multiplied by that element of the joint's rotation matrix minus identity. Extras hold the
    camera, lights, materials and background of `stygaze.face.scene`, so that player and film look alike. The vertex
    attribute `_VERTEX` says which of the head's vertices a corner is; a primitive whose extras say `inside` is another
    one seen from behind, and its triangles do not count for normals.
    """
    head = head or Head.load()
    model = head.model
    template = np.asarray(model.v_template + model.shapedirs @ head.shape, np.float32)
    normals = head.normals(template).astype(np.float32)
    targets = morph_targets(head)
    glb = Glb()
    glb.tree["extras"] = {"scene": _scene(), "head": head.name, "fingerprint": fingerprint(head)}
    textures = {
        path: glb.image(path.read_bytes(), "image/png" if path.suffix == ".png" else "image/jpeg")
        for path in dict.fromkeys(mesh.texture for mesh in head.meshes.values() if mesh.texture)
    }
    primitives = []
    for name, mesh in head.meshes.items():
        at = mesh.vertex
        joints, weights = _strongest(model.weights[at])
        attributes = {
            "POSITION": glb.vertices(template[at], "VEC3", bounds=True),
            "NORMAL": glb.vertices(normals[at], "VEC3"),
            "TEXCOORD_0": glb.vertices(mesh.uv.astype(np.float32), "VEC2"),
            "JOINTS_0": glb.vertices(joints, "VEC4"),
            "WEIGHTS_0": glb.vertices(weights, "VEC4"),
            "_VERTEX": glb.vertices(at.astype(np.float32), "SCALAR"),
        }
        if (mesh.color != 255).any():
            # glTF's vertex colours are linear; the film's shader squares sRGB to get there
            linear = np.concatenate([mesh.color / 255.0, np.ones((len(at), 1))], 1) ** 2
            attributes["COLOR_0"] = glb.vertices(np.round(linear * 65535).astype(np.uint16), "VEC4", normalized=True)
        surface: dict[str, Any] = {"metallicFactor": 0.0, "roughnessFactor": scene.MATERIALS[name]["roughness"]}
        if mesh.texture:
            surface["baseColorTexture"] = {"index": textures[mesh.texture]}
        primitives.append(
            {
                "attributes": attributes,
                "indices": glb.triangles(mesh.faces),
                "material": glb.add("materials", {"name": name, "pbrMetallicRoughness": surface}),
                "targets": [{"POSITION": glb.sparse(delta[at], DUST, bounds=True)} for delta in targets.values()],
                **({"extras": {"inside": True}} if mesh.inside else {}),
            }
        )
    names = {"targetNames": list(targets)}
    glb.add("meshes", {"name": "head", "primitives": primitives, "weights": [0.0] * len(targets), "extras": names})
    _skeleton(glb, np.asarray(head.joints, float))
    return glb


_writing = threading.Lock()


@functools.cache
def _folder() -> Path:
    """Where this process keeps the heads it wrote; gone when the process ends."""
    folder = tempfile.TemporaryDirectory(prefix="stygaze-heads-")
    atexit.register(folder.cleanup)
    return Path(folder.name)


def head_file(head: Head) -> Path:
    """Path of the .glb of a head: the shipped one of the default head, else one that is written at first need."""
    if head is Head.load(next(iter(people()))):
        return asset("head", "head.glb")
    with _writing:
        path = _folder() / f"{head.name}-{fingerprint(head)}.glb"
        return path if path.exists() else write_head(path, head)


def fingerprint(head: Head) -> str:
    """Changes whenever what `write_head` would write changes: a test compares it with the shipped head.glb's."""
    digest = hashlib.sha256(json.dumps(_scene(), sort_keys=True).encode())
    model = head.model
    for array in (model.v_template, model.shapedirs @ head.shape, model.posedirs, model.expressions, model.weights):
        digest.update(np.ascontiguousarray(array, np.float32).tobytes())
    for name, mesh in head.meshes.items():
        digest.update(name.encode() + mesh.vertex.tobytes() + mesh.faces.tobytes() + mesh.color.tobytes())
        digest.update(np.asarray(mesh.uv, np.float32).tobytes() + (mesh.texture.read_bytes() if mesh.texture else b""))
    return digest.hexdigest()[:16]


def _scene() -> dict[str, Any]:
    parts = {
        name: getattr(scene, name.upper())
        for name in ("camera", "lights", "catchlight", "ambient", "materials", "background")
    }
    return json.loads(json.dumps(parts))  # tuples become lists, as they do in the file


def morph_targets(head: Head) -> dict[str, np.ndarray]:
    """Morph targets [V, 3] by name: pose correctives, then named expressions."""
    model = head.model
    targets = {}
    for feature in np.flatnonzero(np.abs(model.posedirs).max((0, 1)) > DUST):
        joint, element = divmod(int(feature), 9)  # posedirs follow vec(R - I) of neck, jaw and eyes, row by row
        targets[f"pose_{JOINTS[joint + 1]}_{element // 3}{element % 3}"] = model.posedirs[:, :, feature]
    return targets | {name: model.expressions[:, :, i] for i, name in enumerate(head.expression_names)}


def _strongest(weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Joints uint8 [n, 4] and shares float32 [n, 4] of the joints that move a vertex most; glTF has room for four."""
    joints = np.argsort(-weights, axis=1, kind="stable")[:, :4]
    shares = np.take_along_axis(weights, joints, 1).astype(np.float32)
    shares /= shares.sum(1, keepdims=True)
    return np.where(shares > 0, joints, 0).astype(np.uint8), shares


def _skeleton(glb: Glb, joints: np.ndarray) -> None:
    """Joint nodes, the skin and the scene around mesh 0; joints [5, 3] are rest positions in the world."""
    for k, name in enumerate(JOINTS):
        offset = joints[k] - (joints[PARENTS[k]] if PARENTS[k] >= 0 else 0)
        node = {"name": name, "translation": offset.tolist()}
        if children := [i for i, parent in enumerate(PARENTS) if parent == k]:
            node["children"] = children
        glb.add("nodes", node)
    body = glb.add("nodes", {"name": "head", "mesh": 0, "skin": 0})
    back = np.tile(np.eye(4, dtype=np.float32), (len(JOINTS), 1, 1))
    back[:, :3, 3] = -joints
    matrices = glb.accessor(back.transpose(0, 2, 1).reshape(-1, 16), "MAT4")  # glTF stores columns first
    glb.add("skins", {"joints": list(range(len(JOINTS))), "skeleton": 0, "inverseBindMatrices": matrices})
    glb.add("scenes", {"nodes": [0, body]})
    glb.tree["scene"] = 0
