"""Who ships with the project: for each person a mix of MakeHuman's targets, colours, and a way to wear the hair."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from headparts.looks import Paint, Style
from headparts.source import Source

FRIENDLY = {"mouth/mouth-angles-up": 0.4, "eyebrows/eyebrows-angle-up": 0.15}  # a face at rest need not look stern


@dataclass(frozen=True)
class Person:
    """origin: shares of MakeHuman's origins; female, old: shares; weight: -1 thin to 1 heavy; muscle: the same.

    details: single features of the face (see `Source.detail`) and their strength. awake: how far the upper lids are
    lifted off the pupils, as a share of the artists' wide eyes; many of their men look drowsy.
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
    awake: float = 0.0

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
        for side in ("Left", "Right"):
            vertices += self.awake * source.target(f"faceunits01/targets/faceunits/eyeWide{side}.target")
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
        origin={"african": 0.15, "asian": 0.2, "caucasian": 0.65},
        female=0.35,
        old=0.0,
        paint=Paint(
            skin=(228, 180, 153),
            blush=(216, 126, 112),
            lips=(192, 108, 102),
            iris=(78, 112, 130),
            brow=(70, 50, 38),
            shirt=(58, 84, 108),
        ),
        hair=Style((74, 52, 38), top=0.017, side=0.005, quiff=0.008, parting=0.026),
        awake=0.3,
    ),
    Person(
        "elena",
        "Elena",
        "a young woman of European origin, chestnut hair to the neck",
        origin={"caucasian": 1.0},
        female=1.0,
        old=0.02,
        paint=Paint(
            skin=(236, 192, 168),
            blush=(222, 128, 118),
            lips=(198, 98, 98),
            iris=(86, 104, 74),
            brow=(92, 62, 44),
            shirt=(128, 62, 72),
            lip_share=0.78,
            liner=0.6,
            brow_thick=0.72,
            brow_lift=0.001,
            freckles=0.25,
        ),
        hair=Style((96, 64, 46), top=0.012, hem=-0.112, frame=52.0, burns=0.02, wave=0.0025),
        details={"eyes/eye-scale-incr": 0.25, "mouth/mouth-upperlip-volume-incr": 0.25},
    ),
    Person(
        "kofi",
        "Kofi",
        "a young man of African origin, hair cut short",
        origin={"african": 1.0},
        female=0.0,
        old=0.06,
        paint=Paint(
            skin=(142, 96, 72),
            blush=(150, 82, 66),
            lips=(146, 84, 78),
            iris=(62, 38, 26),
            brow=(34, 25, 22),
            shirt=(196, 160, 84),
            lip_share=0.5,
            blush_share=0.18,
            brow_thick=1.05,
            stubble=0.35,
        ),
        hair=Style((24, 19, 18), "stubble", top=0.0045, side=0.002, feather=0.012, rough=0.0003),
        details={"nose/nose-scale-horiz-decr": 0.25, "mouth/mouth-angles-up": 0.6},
        awake=0.6,
    ),
    Person(
        "mei",
        "Mei",
        "a young woman of Asian origin, black bob with a fringe",
        origin={"asian": 1.0},
        female=1.0,
        old=0.03,
        paint=Paint(
            skin=(238, 200, 172),
            blush=(226, 138, 124),
            lips=(200, 98, 96),
            iris=(62, 40, 28),
            brow=(44, 33, 30),
            shirt=(196, 190, 180),
            lip_share=0.72,
            liner=0.55,
            brow_thick=0.75,
        ),
        hair=Style((30, 25, 26), top=0.012, fringe=0.056, hem=-0.060, frame=54.0, burns=0.02, wave=0.0008),
        details={"eyes/eye-height2-incr": 0.3, "mouth/mouth-upperlip-volume-incr": 0.15},
    ),
    Person(
        "amara",
        "Amara",
        "a young woman of African origin, short natural curls",
        origin={"african": 1.0},
        female=1.0,
        old=0.02,
        paint=Paint(
            skin=(166, 114, 84),
            blush=(178, 92, 74),
            lips=(164, 76, 76),
            iris=(68, 42, 28),
            brow=(40, 28, 24),
            shirt=(40, 124, 118),
            lip_share=0.7,
            blush_share=0.2,
            liner=0.6,
            brow_thick=0.75,
            brow_lift=0.001,
        ),
        hair=Style((34, 26, 24), "curls", top=0.036, side=0.028, feather=0.034, rough=0.0018, burns=0.035),
    ),
    Person(
        "hiro",
        "Hiro",
        "a man of Asian origin in his forties, black hair",
        origin={"asian": 1.0},
        female=0.0,
        old=0.28,
        paint=Paint(
            skin=(222, 176, 140),
            blush=(206, 124, 100),
            lips=(180, 104, 94),
            iris=(52, 34, 26),
            brow=(34, 28, 27),
            shirt=(70, 74, 82),
            lip_share=0.5,
            stubble=0.25,
            lines=0.35,
        ),
        hair=Style((32, 28, 29), top=0.018, side=0.006, quiff=0.008, parting=-0.028),
        details={"eyes/eye-height2-incr": 0.4, "eyes/eye-height1-incr": 0.25, "mouth/mouth-angles-up": 0.6},
        awake=0.2,
    ),
    Person(
        "ingrid",
        "Ingrid",
        "a woman of European origin in her sixties, silver hair pinned up",
        origin={"caucasian": 1.0},
        female=1.0,
        old=0.50,
        paint=Paint(
            skin=(232, 190, 170),
            blush=(214, 124, 116),
            lips=(182, 94, 96),
            iris=(104, 136, 160),
            brow=(138, 122, 112),
            shirt=(88, 78, 116),
            lip_share=0.7,
            liner=0.4,
            brow_thick=0.65,
            lines=0.8,
        ),
        hair=Style((196, 192, 188), top=0.013, side=0.010, burns=0.02, bun=0.031, rough=0.0008),
        awake=0.15,
    ),
    Person(
        "samuel",
        "Samuel",
        "a man of African origin in his sixties, grey hair and beard",
        origin={"african": 0.9, "caucasian": 0.1},
        female=0.0,
        old=0.46,
        paint=Paint(
            skin=(152, 106, 80),
            blush=(158, 88, 72),
            lips=(142, 86, 80),
            iris=(64, 42, 32),
            brow=(104, 96, 92),
            shirt=(122, 60, 52),
            lip_share=0.45,
            blush_share=0.18,
            stubble=0.8,
            lines=0.8,
        ),
        hair=Style((120, 114, 110), "stubble", top=0.0055, side=0.0035, feather=0.012, rough=0.0004, recede=0.020),
        details={"mouth/mouth-angles-up": 0.9, "eyebrows/eyebrows-angle-up": 0.4, "eyes/eye-height2-incr": 0.3},
        awake=0.6,
    ),
    Person(
        "lukas",
        "Lukas",
        "a man of European origin in his thirties, fair hair and a short beard",
        origin={"caucasian": 1.0},
        female=0.0,
        old=0.14,
        paint=Paint(
            skin=(230, 184, 160),
            blush=(216, 122, 108),
            lips=(188, 106, 102),
            iris=(86, 128, 158),
            brow=(122, 88, 56),
            shirt=(62, 92, 76),
            lip_share=0.5,
            stubble=0.7,
            lines=0.15,
            freckles=0.12,
        ),
        hair=Style((142, 108, 74), top=0.019, side=0.006, quiff=0.010, parting=0.030),
        awake=0.55,
    ),
)
