"""The small pictures by which people choose a head on the page, and head.glb; run by script/build_viewer head."""

from __future__ import annotations

import argparse

import numpy as np
from PIL import Image

from stygaze.assets import asset
from stygaze.face.expression import Expression
from stygaze.face.head import Head
from stygaze.face.people import people
from stygaze.face.render import render_frames
from stygaze.face.viewer import write_head
from stygaze.motion import COLUMNS, Motion

SIZE, SHOWN = 1024, 128  # rendered and kept, pixels
LOOK = {"head_yaw": 14.0, "head_pitch": 1.0, "left_eye_yaw": -11.0, "right_eye_yaw": -9.0}
SMILE = {"mouthSmileLeft": 0.35, "mouthSmileRight": 0.35}


def portrait(head: Head) -> Image.Image:
    """Head and neck, turned a little, with the beginning of a smile."""
    motion = Motion([[LOOK.get(name, 0.0) for name in COLUMNS]])
    face = Expression(np.zeros(1), np.zeros((1, 2)), {name: np.array([share]) for name, share in SMILE.items()})
    (frame,) = render_frames(motion, face, SIZE, head)
    middle, top, side = SIZE // 2, int(0.04 * SIZE), int(0.74 * SIZE)
    face = Image.fromarray(frame[..., :3]).crop((middle - side // 2, top, middle + side // 2, top + side))
    return face.resize((SHOWN, SHOWN), Image.Resampling.LANCZOS)


def main() -> None:
    parser = argparse.ArgumentParser(description="Write assets/head/head.glb and the portraits; needs OpenGL.")
    parser.parse_args()
    for key, person in people().items():
        portrait(Head.load(key)).save(person.portrait, quality=88, optimize=True)
    print(write_head(asset("head") / "head.glb", Head.load(next(iter(people())))))


if __name__ == "__main__":
    main()
