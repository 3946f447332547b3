"""How one person differs from another: the traits of a gaze style, ten named styles, and a continuous prior."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from typing import Any

import numpy as np


@dataclass(frozen=True)
class GazeStyle:
    """Traits of a speaker's eyes and head. Angles in degrees (yaw + left, pitch + up, roll + right), times in seconds.

    The partner's face is at the origin of the world. Aversion directions are angles in the visual field as the
    subject sees it: 0 = to the subject's left, 90 = up, 180 = right, -90 = down.
    """

    # where gaze goes
    fixation_face: float = 0.31  # median of a log-normal
    fixation_averted: float = 0.25
    fixation_sigma: float = 0.45  # of the logarithm
    face_spread: float = 2.6  # SD around the eyes and the mouth of the partner
    mouth_share: float = 0.4  # of the fixations on the face
    avert_rate_speaking: float = 0.30  # spontaneous aversions per second of looking
    avert_rate_listening: float = 0.28
    avert_seconds_speaking: float = 1.9  # medians
    avert_seconds_listening: float = 0.9
    avert_at_turn_onset: float = 0.65  # probabilities
    avert_at_pause: float = 0.65
    return_at_turn_end: float = 0.9
    contact_strength: float = 1.0  # accents at least this strong draw gaze to the partner
    release_strength: float = 0.55  # accents at most this strong release it
    direction: float = 30.0  # of thoughtful aversions
    direction_sd: float = 30.0
    second_share: float = 0.25  # of the other aversions go to the mirrored side
    eccentricity: float = 17.0
    eccentricity_sd: float = 6.0
    averted_spread: float = 8.0  # between fixations of one aversion
    # eyes and head together
    eye_only_range: float = 7.5  # half width within which the head does not follow (Stahl 1999)
    head_slope: float = 0.65  # head per degree of gaze beyond that range
    head_seconds: float = 0.34
    head_latency: float = 0.05
    coupled_roll: float = 0.12  # roll per degree of head yaw; the sign is a trait
    vor_gain: float = 0.97
    vergence: float = 2.8
    # head gestures
    nod_share: float = 0.55  # of accents
    nod_amplitude: float = 2.5
    nod_seconds: float = 0.42
    nod_lag: float = 0.04  # of the nod's apex after the accent
    nod_sigma: float = 0.40
    accent_yaw: float = 0.25  # turn per degree of nod
    listener_nod_rate: float = 0.12  # per second of listening
    f0_pitch: float = 0.5  # head pitch per semitone
    sway: float = 1.1
    sway_hz: float = 0.22
    shake: float = 0.0  # side-to-side beat while speaking
    turn_pitch: float = 2.0  # posture while speaking relative to listening
    turn_yaw: float = 2.5
    speaking_roll: float = 0.0
    posture_sd: float = 2.6
    posture_rate: float = 0.10  # posture changes per second
    head_pose: tuple[float, float, float] = (0.0, 0.0, 0.0)  # mean pitch, yaw, roll
    eye_rest: float = 0.0  # mean eye pitch

    @classmethod
    def from_dict(cls, traits: dict) -> GazeStyle:
        """From `asdict` or JSON; unknown traits are refused by the constructor."""
        kept: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in traits.items()}
        return cls(**kept)


@dataclass(frozen=True)
class NamedStyle:
    """A style with a name a person understands and one line on what it does."""

    name: str
    description: str
    style: GazeStyle = field(repr=False)


NAMED: dict[str, NamedStyle] = {
    "neutral": NamedStyle(
        "Neutral", "The middle of everything: calm looks, small nods, glances up and to their left.", GazeStyle()
    ),
    "steady-listener": NamedStyle(
        "Steady listener",
        "Long, calm looks at the partner, few and short glances down to their right, a quiet head.",
        GazeStyle(
            fixation_face=0.55, fixation_averted=0.42, avert_rate_speaking=0.15, avert_seconds_speaking=1.3,
            avert_seconds_listening=0.7, avert_at_pause=0.45, release_strength=0.45, contact_strength=0.9,
            eccentricity=12, direction=-120, nod_share=0.3, nod_amplitude=1.6, sway=0.7, head_pose=(-2, -1, 0),
        ),
    ),
    "restless-scanner": NamedStyle(
        "Restless scanner",
        "Many short fixations, wide and often away from the partner, mostly with the eyes.",
        GazeStyle(
            fixation_face=0.26, fixation_averted=0.22, avert_rate_speaking=0.7, avert_rate_listening=0.40,
            eccentricity=19, eccentricity_sd=7, averted_spread=11, direction_sd=70, second_share=0.5, head_slope=0.45,
            eye_only_range=13, nod_share=0.35, head_pose=(2, 3, 1),
        ),
    ),
    "head-mover": NamedStyle(
        "Head mover",
        "Turns the whole head to where they look, often to their right; the eyes stay near the middle.",
        GazeStyle(eye_only_range=3, head_slope=0.8, head_seconds=0.42, eccentricity=17, nod_amplitude=2.0,
                  direction=160, head_pose=(0, -4, -2)),
    ),
    "eye-mover": NamedStyle(
        "Eye mover",
        "Glances to their left with the eyes alone; the head hardly follows.",
        GazeStyle(eye_only_range=20, head_slope=0.3, eccentricity=17, nod_share=0.3, direction=10, sway=0.5,
                  head_pose=(-3, 2, 2)),
    ),
    "emphatic-nodder": NamedStyle(
        "Emphatic nodder",
        "Strong nods on most stressed words; short glances upward.",
        GazeStyle(nod_share=0.9, nod_amplitude=4.0, nod_seconds=0.36, eccentricity=13, f0_pitch=0.8, direction=80,
                  head_pose=(3, 0, 0)),
    ),
    "thinker": NamedStyle(
        "Thinker (looks up)",
        "Looks up to their right for a long while as they begin to speak and in almost every pause.",
        GazeStyle(direction=120, direction_sd=18, second_share=0.1, eccentricity=19, avert_seconds_speaking=2.6,
                  avert_at_turn_onset=0.9, avert_at_pause=0.85, fixation_averted=0.42, head_pose=(1, -3, 3)),
    ),
    "shy": NamedStyle(
        "Shy (looks down)",
        "Chin low, looks down often and long, also while listening, with small nods.",
        GazeStyle(direction=-90, direction_sd=22, eccentricity=17, avert_rate_speaking=0.5, avert_seconds_speaking=2.4,
                  avert_seconds_listening=1.4, avert_rate_listening=0.32, release_strength=0.7, contact_strength=1.15,
                  nod_amplitude=1.5, head_pose=(-6, 0, 0), eye_rest=-1.5),
    ),
    "tilter": NamedStyle(
        "Tilter",
        "Tilts the head to their right, more while speaking, and rolls it with every turn of the head.",
        GazeStyle(coupled_roll=0.35, speaking_roll=5.0, accent_yaw=0.6, nod_share=0.4, direction=-20,
                  head_pose=(0, 1, 6), eccentricity=15),
    ),
    "sweeper": NamedStyle(
        "Sweeper",
        "Sways and turns the head from side to side while speaking, glancing left and right.",
        GazeStyle(sway=1.7, sway_hz=0.35, accent_yaw=0.7, shake=0.5, direction=180, direction_sd=20, second_share=0.5,
                  eccentricity=18, fixation_face=0.3, fixation_averted=0.26, head_pose=(2, -2, -1)),
    ),
}  # fmt: skip

VARIATION = 0.15  # of each trait of a sampled style, in the logarithm
PROBABILITIES = (
    "mouth_share",
    "second_share",
    "avert_at_turn_onset",
    "avert_at_pause",
    "return_at_turn_end",
    "nod_share",
)


def sample_style(rng: np.random.Generator) -> GazeStyle:
    """A new person: between two named styles in every trait, then varied by 15 %, with habits of their own.

    Directions, signs and postures are habits that do not blend: the mean of looking left and looking right is not
    looking at the partner.
    """
    first, second = rng.choice(list(NAMED), 2, replace=False)
    share = rng.beta(0.6, 0.6)  # mostly near one of the two
    a, b = asdict(NAMED[first].style), asdict(NAMED[second].style)
    traits: dict = {}
    for trait in fields(GazeStyle):
        x, y = a[trait.name], b[trait.name]
        if trait.name == "head_pose":
            pose = share * np.array(x) + (1 - share) * np.array(y) + rng.normal(0, 2, 3)
            traits[trait.name] = tuple(map(float, pose))
        elif trait.name == "eye_rest":
            traits[trait.name] = float(share * x + (1 - share) * y + rng.normal(0, 0.7))
        elif trait.name == "direction":
            traits[trait.name] = float(x + rng.normal(0, 30))
        elif trait.name in ("contact_strength", "release_strength"):
            traits[trait.name] = float(share * x + (1 - share) * y + rng.normal(0, 0.07))
        else:
            traits[trait.name] = float((share * x + (1 - share) * y) * np.exp(rng.normal(0, VARIATION)))
    for name in PROBABILITIES:
        traits[name] = float(min(traits[name], 0.98))
    for name in ("coupled_roll", "speaking_roll", "turn_pitch", "turn_yaw"):
        traits[name] *= float(rng.choice([-1.0, 1.0]))
    traits["vor_gain"] = float(rng.uniform(0.94, 0.99))
    traits["head_slope"] = float(min(traits["head_slope"], 0.95))
    traits["vergence"] = float(np.clip(rng.normal(2.8, 0.15), 2.4, 3.0))
    return GazeStyle(**traits)
