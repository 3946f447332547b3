"""Who ships with the project: for each person a mix of MakeHuman's targets, colours, and a way to wear the hair."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from headparts.source import Source

Color = tuple[int, int, int]  # sRGB
FRIENDLY = {"mouth/mouth-angles-up": 0.4, "eyebrows/eyebrows-angle-up": 0.15}  # a face at rest need not look stern


@dataclass(frozen=True)
class Style:
    """Hair. Lengths in metres.

    kind: "strands", "curls" or "stubble". top, side: how far it stands off the scalp. feather: distance from the hairline
    at which it is full. rough: depth of its unevenness. quiff: added over the forehead. parting: x of a parting, or None.
    recede, burns: see `hairline`. fringe: height at which a fringe ends, or None. hem: height at which hanging hair
    ends, or None for short hair. frame: degrees from the front at which hanging hair begins. wave: depth of its waves.
    bun: radius of a bun, 0 for none.
    """

    color: Color
    kind: str = "strands"
    top: float = 0.013
    side: float = 0.006
    feather: float = 0.022
    rough: float = 0.0006
    quiff: float = 0.0
    parting: float | None = None
    recede: float = 0.0
    burns: float = 0.0
    fringe: float | None = None
    hem: float | None = None
    frame: float = 62.0
    wave: float = 0.0015
    bun: float = 0.0


@dataclass(frozen=True)
class Paint:
    """Colours of the skin, and what is drawn on it; shares 0..1."""

    skin: Color
    blush: Color
    lips: Color
    iris: Color
    brow: Color
    shirt: Color
    lip_share: float = 0.6
    blush_share: float = 0.28
    lid_share: float = 0.22  # of the lids' darker colour
    liner: float = 0.0  # a line along the upper lashes
    brow_thick: float = 1.0
    brow_lift: float = 0.0  # metres
    stubble: float = 0.0
    lines: float = 0.0  # of age
    freckles: float = 0.0


@dataclass(frozen=True)
class Person:
    """origin: shares of MakeHuman's origins; female, old: shares; weight: -1 thin to 1 heavy; muscle: the same.

    details: single features of the face (see `Source.detail`) and their strength.
    """

    key: str
    name: str
    about: str
    origin: dict[str, float]
    female: float
    old: float
    paint: Paint
    hair: Style
    weight: float = 0.0
    muscle: float = 0.0
    details: dict[str, float] = field(default_factory=dict)

    def neutral(self, source: Source) -> np.ndarray:
        """This person's base mesh [N, 3] in decimetres."""
        vertices = source.vertices.copy()
        for sex, of_sex in (("female", self.female), ("male", 1 - self.female)):
            for age, of_age in (("young", 1 - self.old), ("old", self.old)):
                share = of_sex * of_age
                if share == 0:
                    continue
                for origin, amount in self.origin.items():
                    vertices += share * amount * source.person(origin, sex, age)
                for muscle, of_muscle in _ends(self.muscle):
                    for weight, of_weight in _ends(self.weight):
                        vertices += share * of_muscle * of_weight * source.build(sex, muscle, weight, age)
        for name, amount in (FRIENDLY | self.details).items():
            vertices += amount * source.detail(name)
        return vertices


def _ends(value: float) -> list[tuple[str, float]]:
    """Shares of "average" and of the end that a value from -1 to 1 leans to."""
    end = "max" if value > 0 else "min"
    return [(name, share) for name, share in (("average", 1 - abs(value)), (end, abs(value))) if share > 0]


PEOPLE = (
    Person(
        "alex",
        "Alex",
        "a young adult, brown hair",
        {"african": 0.15, "asian": 0.2, "caucasian": 0.65},
        0.35,
        0.0,
        Paint((228, 180, 153), (216, 126, 112), (192, 108, 102), (78, 112, 130), (70, 50, 38), (58, 84, 108)),
        Style((74, 52, 38), top=0.017, side=0.005, quiff=0.008, parting=0.026),
    ),
    Person(
        "elena",
        "Elena",
        "a young woman of European origin, chestnut hair to the neck",
        {"caucasian": 1.0},
        1.0,
        0.02,
        Paint(
            (236, 192, 168),
            (222, 128, 118),
            (198, 98, 98), (86, 104, 74), (92, 62, 44),
            (128, 62, 72),
            lip_share=0.78,
            liner=0.6,
            brow_thick=0.72,
            brow_lift=0.001,
            freckles=0.25,
        ),
        Style((96, 64, 46), top=0.012, hem=-0.112, frame=52.0, burns=0.02, wave=0.0025),
        details={"eyes/eye-scale-incr": 0.25, "mouth/mouth-upperlip-volume-incr": 0.25},
    ),
    Person(
        "kofi",
        "Kofi",
        "a young man of African origin, hair cut short",
        {"african": 1.0},
        0.0,
        0.06,
        Paint(
            (142, 96, 72), (150, 82, 66), (146, 84, 78), (62, 38, 26), (34, 25, 22),
            (196, 160, 84),
            lip_share=0.5,
            blush_share=0.18,
            brow_thick=1.05,
            stubble=0.35,
        ),
        Style((24, 19, 18), "stubble", top=0.0045, side=0.002, feather=0.012, rough=0.0003),
        details={"nose/nose-scale-horiz-decr": 0.25, "mouth/mouth-angles-up": 0.6},
    ),
    Person(
        "mei",
        "Mei",
        "a young woman of Asian origin, black bob with a fringe",
        {"asian": 1.0},
        1.0,
        0.03,
        Paint(
            (238, 200, 172),
            (226, 138, 124),
            (200, 98, 96),
            (62, 40, 28),
            (44, 33, 30),
            (232, 226, 214),
            lip_share=0.72,
            liner=0.55,
            brow_thick=0.75,
        ),
        Style((30, 25, 26), top=0.012, fringe=0.056, hem=-0.060, frame=54.0, burns=0.02, wave=0.0008),
        details={"eyes/eye-height2-incr": 0.3, "mouth/mouth-upperlip-volume-incr": 0.15},
    ),
    Person(
        "amara",
        "Amara",
        "a young woman of African origin, short natural curls",
        {"african": 1.0},
        1.0,
        0.02,
        Paint(
            (166, 114, 84), (178, 92, 74), (164, 76, 76), (68, 42, 28), (40, 28, 24),
            (40, 124, 118),
            lip_share=0.7,
            blush_share=0.2,
            liner=0.6,
            brow_thick=0.75,
            brow_lift=0.001,
        ),
        Style((34, 26, 24), "curls", top=0.036, side=0.028, feather=0.034, rough=0.0018, burns=0.035),
    ),
    Person(
        "hiro",
        "Hiro",
        "a man of Asian origin in his forties, black hair",
        {"asian": 1.0},
        0.0,
        0.28,
        Paint(
            (222, 176, 140),
            (206, 124, 100),
            (180, 104, 94),
            (52, 34, 26),
            (34, 28, 27),
            (70, 74, 82),
            lip_share=0.5,
            stubble=0.25,
            lines=0.35,
        ),
        Style((32, 28, 29), top=0.018, side=0.006, quiff=0.008, parting=-0.028),
        details={"eyes/eye-height2-incr": 0.4, "eyes/eye-height1-incr": 0.25, "mouth/mouth-angles-up": 0.6},
    ),
    Person(
        "ingrid",
        "Ingrid",
        "a woman of European origin in her sixties, silver hair pinned up",
        {"caucasian": 1.0},
        1.0,
        0.50,
        Paint(
            (232, 190, 170),
            (214, 124, 116),
            (182, 94, 96),
            (104, 136, 160),
            (138, 122, 112),
            (88, 78, 116),
            lip_share=0.7,
            liner=0.4,
            brow_thick=0.65,
            lines=0.8,
        ),
        Style((196, 192, 188), top=0.013, side=0.010, burns=0.02, bun=0.031, rough=0.0008),
    ),
    Person(
        "samuel",
        "Samuel",
        "a man of African origin in his sixties, grey hair and beard",
        {"african": 0.9, "caucasian": 0.1},
        0.0,
        0.46,
        Paint(
            (152, 106, 80), (158, 88, 72), (142, 86, 80), (64, 42, 32), (104, 96, 92),
            (122, 60, 52),
            lip_share=0.45,
            blush_share=0.18,
            stubble=0.8,
            lines=0.8,
        ),
        Style((120, 114, 110), "stubble", top=0.0055, side=0.0035, feather=0.012, rough=0.0004, recede=0.020),
        details={"mouth/mouth-angles-up": 0.9, "eyebrows/eyebrows-angle-up": 0.4, "eyes/eye-height2-incr": 0.3},
    ),
    Person(
        "lukas",
        "Lukas",
        "a man of European origin in his thirties, fair hair and a short beard",
        {"caucasian": 1.0},
        0.0,
        0.14,
        Paint(
            (230, 184, 160),
            (216, 122, 108),
            (188, 106, 102),
            (86, 128, 158),
            (122, 88, 56),
            (62, 92, 76),
            lip_share=0.5,
            stubble=0.7,
            lines=0.15,
            freckles=0.12,
        ),
        Style((142, 108, 74), top=0.019, side=0.006, quiff=0.010, parting=0.030),
    ),
)
