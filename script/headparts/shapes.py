"""Who the head is (shape components) and what its face does (named expressions), both from MakeHuman's targets."""

from __future__ import annotations

import numpy as np

from headparts.bust import Bust
from headparts.source import Source

COMPONENTS = 20
ORIGINS, REGIONS = (
    ("african", "asian", "caucasian"),
    ("head", "forehead", "eyebrows", "eyes", "nose", "cheek", "mouth", "chin", "ears", "neck"),
)
FIRST = [
    "eyeBlinkLeft",
    "eyeBlinkRight",
    "mouthSmileLeft",
    "mouthSmileRight",
    "browInnerUp",
    "browOuterUpLeft",
    "browOuterUpRight",
    "browDownLeft",
    "browDownRight",
    "mouthPucker",
    "mouthFunnel",
    "mouthClose",
    "mouthPressLeft",
    "mouthPressRight",
    "mouthStretchLeft",
    "mouthStretchRight",
]


def face_units(source: Source, bust: Bust) -> dict[str, np.ndarray]:
    """All 52 face units on the head [V, 3], metres; eyeballs stay, they have joints."""
    units = {}
    eyes = bust.members("left_eye", "right_eye")
    for name, displacement in source.targets("faceunits01/targets/faceunits").items():
        units[name] = bust.spread(displacement)
        units[name][eyes] = 0
    return units


def expressions(units: dict[str, np.ndarray]) -> tuple[list[str], np.ndarray]:
    """Names and directions [V, 3, E] of what neither jaw nor eye joints do; the most used come first."""
    names = [n for n in units if not n.startswith("eyeLook") and n != "jawOpen"]
    names = FIRST + [n for n in names if n not in FIRST]
    return names, np.stack([units[n] for n in names], -1)


def identities(source: Source, bust: Bust) -> tuple[np.ndarray, np.ndarray]:
    """Shape directions [V, 3, COMPONENTS], one standard deviation each, and the share of variance they keep (scalar).

    Principal components over people of three origins, both sexes, young and old, thin and heavy, and over every
    single-feature target of the face. The point between the eyes stays where it is, so that heads are comparable.
    """
    people = [source.person(o, sex, age) for sex in ("female", "male") for o in ORIGINS for age in ("young", "old")]
    mean = np.mean(people, axis=0)
    samples = [person - mean for person in people]
    for sex in ("female", "male"):
        average = source.build(sex, "average", "average")
        samples += [0.7 * (source.build(sex, "average", weight) - average) for weight in ("min", "max")]
    for region in REGIONS:
        samples += [0.45 * target for target in source.targets(f"mpfb2/targets/{region}").values()]
    eyes = [source.members("helper-l-eye"), source.members("helper-r-eye")]
    rows = [bust.spread(d - np.mean([d[eye].mean(0) for eye in eyes], axis=0)).ravel() for d in samples]
    _, spread, directions = np.linalg.svd(np.array(rows), full_matrices=False)
    deviation = spread[:COMPONENTS] / np.sqrt(len(rows))
    kept = (spread[:COMPONENTS] ** 2).sum() / (spread**2).sum()
    return np.moveaxis((directions[:COMPONENTS] * deviation[:, None]).reshape(COMPONENTS, -1, 3), 0, -1), kept
