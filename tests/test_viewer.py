"""What the browser's player is fed: clips and head.glb, read back and compared with what the film is made of."""

import base64
import hashlib
import json
import struct
from pathlib import Path

import numpy as np
import pytest

from stygaze.assets import asset
from stygaze.face.expression import Expression
from stygaze.face.head import Head
from stygaze.face.viewer import clip, fingerprint, write_clip, write_head
from stygaze.motion import COLUMNS, Motion, rotation

ROOT = Path(__file__).resolve().parent.parent
COMPONENTS = {5120: np.int8, 5121: np.uint8, 5123: np.uint16, 5125: np.uint32, 5126: np.float32}
WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT4": 16}


def lively(frames: int, seed: int = 0) -> tuple[Motion, Expression]:
    rng = np.random.default_rng(seed)
    angles = np.cumsum(rng.normal(0, 2, (frames, 7)), 0)
    names = ("mouthSmileLeft", "mouthFunnel", "browInnerUp", "mouthPucker", "mouthStretchRight")
    shapes = {name: rng.uniform(0, 1, frames) for name in names}
    return (
        Motion(angles - angles.mean(0), name="lively"),
        Expression(jaw=rng.uniform(0, 0.3, frames), blink=rng.uniform(0, 1, (frames, 2)), shapes=shapes),
    )


def unpack(packed: dict) -> dict[str, np.ndarray]:
    table = np.frombuffer(base64.b64decode(packed["data"]), "<i2").reshape(packed["frames"], -1)
    return {track["name"]: table[:, i] * track["scale"] for i, track in enumerate(packed["tracks"])}


class Glb:
    """A reader of its own, so that the writer is not its own witness."""

    def __init__(self, path: Path) -> None:
        data = path.read_bytes()
        magic, version, total = struct.unpack_from("<4sII", data)
        assert (magic, version, total) == (b"glTF", 2, len(data))
        length = struct.unpack_from("<I", data, 12)[0]
        self.tree = json.loads(data[20 : 20 + length])
        self.body = data[28 + length :]

    def view(self, index: int, kind: int, count: int) -> np.ndarray:
        return np.frombuffer(self.body, COMPONENTS[kind], count, self.tree["bufferViews"][index]["byteOffset"])

    def array(self, index: int) -> np.ndarray:
        a = self.tree["accessors"][index]
        width = WIDTHS[a["type"]]
        if "bufferView" in a:
            return self.view(a["bufferView"], a["componentType"], a["count"] * width).reshape(-1, width)
        dense = np.zeros((a["count"], width))
        if s := a.get("sparse"):
            rows = self.view(s["indices"]["bufferView"], s["indices"]["componentType"], s["count"])
            values = self.view(s["values"]["bufferView"], a["componentType"], s["count"] * width)
            dense[rows] = values.reshape(-1, width)
        return dense

    def posed(self, turns: dict[str, np.ndarray], shares: dict[str, float]) -> dict[int, np.ndarray]:
        """Head vertex -> position by glTF's own skinning, for joint rotation matrices and morph shares."""
        joints = self.tree["skins"][0]["joints"]
        back = self.array(self.tree["skins"][0]["inverseBindMatrices"]).reshape(-1, 4, 4).transpose(0, 2, 1)
        world = {}

        def walk(node: int, above: np.ndarray) -> None:
            item = self.tree["nodes"][node]
            matrix = np.eye(4)
            matrix[:3, :3] = turns.get(item["name"], np.eye(3))
            matrix[:3, 3] = item.get("translation", (0, 0, 0))
            world[node] = above @ matrix
            for child in item.get("children", ()):
                walk(child, world[node])

        walk(joints[0], np.eye(4))
        matrices = np.stack([world[node] @ back[i] for i, node in enumerate(joints)])
        mesh, result = self.tree["meshes"][0], {}
        for primitive in mesh["primitives"]:
            a = primitive["attributes"]
            place = self.array(a["POSITION"]).astype(float)
            for name, target in zip(mesh["extras"]["targetNames"], primitive["targets"], strict=True):
                if shares.get(name):
                    place = place + shares[name] * self.array(target["POSITION"])
            blend = np.einsum("nk,nkij->nij", self.array(a["WEIGHTS_0"]), matrices[self.array(a["JOINTS_0"])])
            place = np.einsum("nij,nj->ni", blend[:, :3, :3], place) + blend[:, :3, 3]
            result |= dict(zip(self.array(a["_VERTEX"])[:, 0].astype(int).tolist(), place, strict=True))
        return result


def distance(glb: Glb, head: Head, motion: Motion, expression: Expression, frame: int) -> float:
    """Metres between glTF's skinning of the file and the vertices that the film draws, at the worst vertex."""
    pose = motion.frames[frame]
    jaw = float(expression.jaw[frame])
    turns = {
        "neck": rotation(*pose[:3]),
        "jaw": rotation(-np.degrees(jaw), 0.0),
        "left_eye": rotation(*pose[3:5]),
        "right_eye": rotation(*pose[5:7]),
    }
    shares = {
        f"pose_{joint}_{row}{column}": turn[row, column] - (row == column)
        for joint, turn in turns.items()
        for row in range(3)
        for column in range(3)
    }
    shares |= {name: float(values[frame]) for name, values in expression.shapes.items()}
    shares |= {f"eyeBlink{side}": float(expression.blink[frame, k]) for k, side in enumerate(("Left", "Right"))}
    expected = head.vertices(motion, expression)[frame]
    found = glb.posed(turns, shares)
    return float(np.abs(np.stack(list(found.values())) - expected[list(found)]).max())


def test_clip_keeps_angles_within_a_thousandth_of_a_degree_and_stays_small(tmp_path: Path) -> None:
    motion, expression = lively(250)
    packed = json.loads(write_clip(motion, tmp_path / "clip.json", expression).read_text())
    assert (packed["fps"], packed["frames"], packed["name"]) == (25, 250, "lively")
    tracks = unpack(packed)
    angles = np.stack([tracks[name] for name in COLUMNS], 1)
    assert np.abs(angles - motion.frames).max() <= np.abs(motion.frames).max() / 32767
    assert np.allclose(tracks["jaw"], expression.jaw, atol=1e-5)
    assert np.allclose(tracks["eyeBlinkRight"], expression.blink[:, 1], atol=2e-5)
    assert np.allclose(tracks["mouthFunnel"], expression.shapes["mouthFunnel"], atol=2e-5)
    assert (tmp_path / "clip.json").stat().st_size < 30_000  # for 10 s


def test_clip_fits_expressions_to_the_motion_and_leaves_out_what_never_moves() -> None:
    motion = Motion(np.zeros((10, 7)))
    short = Expression(jaw=np.full(4, 0.2), blink=np.zeros((4, 2)), shapes={"browInnerUp": np.zeros(4)})
    tracks = unpack(clip(motion, short))
    assert set(tracks) == {*COLUMNS, "jaw"}
    assert np.allclose(tracks["jaw"], 0.2, atol=1e-5)  # the last value is held, as in the film


@pytest.mark.parametrize("degrees", [180.0, -180.0, 1e-5])
def test_clip_holds_every_angle_a_motion_may_have(degrees: float) -> None:
    motion = Motion(np.full((3, 7), degrees))
    tracks = unpack(clip(motion))
    assert all(np.abs(values - degrees).max() < 0.003 for values in tracks.values())


def test_shipped_head_moves_as_the_films_head() -> None:
    motion, expression = lively(12)
    glb, head = Glb(asset("head", "head.glb")), Head.load()
    plain = Expression(expression.jaw, 0 * expression.blink)
    assert distance(glb, head, motion, plain, 11) < 1e-5
    # with expressions a little more: smplx lets its joints follow them, which glTF's cannot
    assert distance(glb, head, motion, expression, 11) < 1e-4
    # every vertex that the film draws is there
    drawn = np.unique(np.concatenate([mesh.vertex for mesh in head.meshes.values()]))
    assert np.array_equal(np.unique(list(glb.posed({}, {}))), drawn)


def test_shipped_files_are_not_older_than_what_they_are_made_of() -> None:
    extras = Glb(asset("head", "head.glb")).tree["extras"]
    assert extras["fingerprint"] == fingerprint(Head.load()), "run script/build_viewer head"
    digest = hashlib.sha256((ROOT / "viewer" / "package-lock.json").read_bytes())
    for source in sorted((ROOT / "viewer" / "src").iterdir()):
        digest.update(source.read_bytes())
    bundle = asset("viewer", "player.bundle.js").read_text(encoding="utf-8")
    assert f"source:{digest.hexdigest()[:16]} " in bundle[:300], "run script/build_viewer bundle"
    assert "Permission is hereby granted" in asset("viewer", "THREE-LICENSE.txt").read_text()


def test_a_users_flame_becomes_a_head_for_the_player(tmp_path: Path) -> None:
    # FLAME's file has 400 shape columns, no textures, no named expressions, and correctives in every pose feature
    model, rng = Head.load().model, np.random.default_rng(1)
    in_eyes = (model.weights[:, 3:].max(1) > 0.9)[model.faces].all(1)
    some = model.faces[in_eyes | (np.arange(len(model.faces)) < 400)]
    used, faces = np.unique(some, return_inverse=True)
    eyes = np.stack([model.J_regressor[k] @ model.v_template for k in range(5)])
    regressor = np.linalg.lstsq(np.c_[model.v_template[used], np.ones(len(used))].T, np.c_[eyes, np.ones(5)].T)[0].T
    np.savez(
        tmp_path / "flame.npz",
        v_template=model.v_template[used],
        f=faces.reshape(-1, 3),
        shapedirs=rng.normal(0, 1e-3, (len(used), 3, 400)),
        posedirs=rng.normal(0, 1e-3, (len(used), 3, 36)),
        J_regressor=regressor,
        weights=model.weights[used],
    )
    head = Head.load(tmp_path / "flame.npz")
    glb = Glb(write_head(tmp_path / "head.glb", head))
    motion, expression = lively(3)
    assert distance(glb, head, motion, Expression(expression.jaw, 0 * expression.blink), 2) < 1e-5
    assert clip(motion, expression)["frames"] == 3
