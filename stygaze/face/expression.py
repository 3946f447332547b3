"""What a talking face does besides head and eyes: a mouth in time with the sound, blinks, lids, brows on accents."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from stygaze.errors import StyGazeError
from stygaze.face.articulation import articulate
from stygaze.face.blinks import LID_RANGE, LID_SHARE, blink_frames, lid_track
from stygaze.face.brows import brow_track
from stygaze.face.mouth import mouth as mouth_by_rules
from stygaze.face.visemes import visemes
from stygaze.motion import Motion
from stygaze.motion_files import replacing
from stygaze.prosody import prosody
from stygaze.speech import Speech


@dataclass(frozen=True, eq=False)
class FlameFace:
    """A face in FLAME's own basis, which only a real FLAME can wear.

    shape [S] of the person, expression [T, E], jaw [T, 3] axis-angle in radians; 25 FPS.
    """

    shape: np.ndarray
    expression: np.ndarray
    jaw: np.ndarray


@dataclass(frozen=True, eq=False)
class Expression:
    """A face at 25 FPS.

    Args:
        jaw: [T] radians, 0 closed.
        blink: [T, 2] left and right lid, 0 open to 1 closed.
        shapes: named face units of the embedded head -> [T], 0..1.
        lids: whether the lids follow the eyes.
        lowered: [T, 2] share of a blink's way that the lids have already gone with the gaze; `blink` goes the rest.
        flame: what a real FLAME wears in place of jaw and shapes.

    Raises:
        StyGazeError: tracks of unequal length, or values that are not numbers.
    """

    jaw: np.ndarray
    blink: np.ndarray
    shapes: dict[str, np.ndarray] = field(default_factory=dict)
    lids: bool = True
    lowered: np.ndarray | None = None
    flame: FlameFace | None = None

    def __post_init__(self) -> None:
        n = len(self.jaw)
        tracks = {"jaw": (self.jaw, (n,)), "blink": (self.blink, (n, 2))}
        tracks |= {name: (values, (n,)) for name, values in self.shapes.items()}
        if self.flame is not None:
            tracks["FLAME jaw"] = (self.flame.jaw, (n, 3))
            tracks["FLAME expression"] = (self.flame.expression, (n, *np.shape(self.flame.expression)[1:]))
        for name, (values, shape) in tracks.items():
            if np.shape(values) != shape or not np.isfinite(values).all():
                raise StyGazeError(
                    f"The expression's {name} must be {shape} finite numbers, got shape {np.shape(values)}."
                )

    def __len__(self) -> int:
        return len(self.jaw)

    def only(self, mouth: bool = True, blinks: bool = True, lids: bool = True, brows: bool = True) -> Expression:
        """The same face without what is switched off: mouth (jaw, lips and another system's face), blinks, lids that
        follow the eyes, brows."""
        face = self
        if not mouth:
            shapes = {name: values for name, values in face.shapes.items() if not name.startswith(("mouth", "jaw"))}
            face = replace(face, jaw=np.zeros(len(face)), shapes=shapes, flame=None)
        if not brows:
            face = replace(face, shapes={n: values for n, values in face.shapes.items() if not n.startswith("brow")})
        if not lids and face.lids:  # a blink then goes all the way by itself
            whole = face.blink if face.lowered is None else np.clip(face.blink / (1 - face.lowered), 0, 1)
            face = replace(face, blink=whole, lids=False, lowered=None)
        return face if blinks else replace(face, blink=np.zeros((len(face), 2)))

    def save(self, path: str | Path) -> Path:
        """Write as .npz (no pickle). Returns the path."""
        arrays = {"jaw": self.jaw, "blink": self.blink, "lids": np.array(self.lids)}
        arrays |= {f"shape_{name}": values for name, values in self.shapes.items()}
        if self.lowered is not None:
            arrays["lowered"] = self.lowered
        if self.flame is not None:
            arrays |= {f"flame_{name}": getattr(self.flame, name) for name in ("shape", "expression", "jaw")}
        with replacing(path) as temporary, open(temporary, "wb") as file:
            np.savez(file, **arrays)  # type: ignore[arg-type]
        return Path(path)

    @classmethod
    def load(cls, path: str | Path) -> Expression:
        """Read what `save` wrote."""
        with np.load(path, allow_pickle=False) as file:
            shapes = {name.removeprefix("shape_"): file[name] for name in file.files if name.startswith("shape_")}
            flame = None
            if "flame_jaw" in file.files:
                flame = FlameFace(*(file[f"flame_{name}"] for name in ("shape", "expression", "jaw")))
            lowered = file["lowered"] if "lowered" in file.files else None
            return cls(file["jaw"], file["blink"], shapes, bool(file["lids"]), lowered, flame)


def express(
    speech: Speech | None,
    motion: Motion,
    seed: int = 0,
    mouth: bool = True,
    blinks: bool = True,
    lids: bool = True,
    brows: bool = True,
) -> Expression:
    """The expression [T] that goes with a speech and a motion of T frames. The same seed gives the same face.

    Args:
        speech: without it nobody speaks, and the face only blinks. If the default encoder has heard it
            (`StyGazeTalk.listen`), the mouth makes the visemes that a network finds in its features; otherwise simple
            rules on the sound move it.
        motion: at 25 FPS.
        seed: of the blinks.
        mouth, blinks, lids, brows: switch each off (`Expression.only`).
    """
    n = len(motion)
    samples = np.zeros(0, np.float32) if speech is None or speech.is_silent else speech.samples
    voice = _voice(samples, n)
    jaw, shapes = np.zeros(n), dict[str, np.ndarray]()
    if mouth and speech is not None and len(samples):
        jaw, shapes = _mouth(speech, n)
    blink = lid_track(
        blink_frames(motion, voice[:, 0] > 0, np.random.default_rng(seed)), n, np.random.default_rng([seed, 1])
    )
    if brows and len(samples):
        raised = brow_track(voice)
        shapes |= {"browInnerUp": raised, "browOuterUpLeft": 0.7 * raised, "browOuterUpRight": 0.7 * raised}
    # where the eye looks down the lid hangs low already, and has less far to go
    lowered = LID_SHARE * np.clip(-motion.frames[:, [3, 5]].astype(float) / LID_RANGE, 0, 1)
    whole = Expression(jaw, blink[:, None] * (1 - lowered), shapes, lowered=lowered)
    return whole.only(blinks=blinks, lids=lids)


def _mouth(speech: Speech, n: int) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Jaw and lips for n frames; a mouth that is not heard any more is shut."""
    shares = visemes(speech)
    if shares is None:
        return mouth_by_rules(speech.samples, n)
    jaw, shapes = articulate(shares, speech.samples)

    def fitted(track: np.ndarray) -> np.ndarray:
        return np.pad(track[:n], (0, max(0, n - len(track))))

    return fitted(jaw), {name: fitted(track) for name, track in shapes.items()}


def _voice(samples: np.ndarray, n: int) -> np.ndarray:
    """Loudness above the pauses (0 in them), pitch and voicing [n, 3] of the speech."""
    voice = np.zeros((n, 3))
    if len(samples):
        found = prosody(samples)[:n]
        level = found[:, 0] * 10
        floor = max(np.percentile(level, 95) - 28, -55.0)  # dB
        voice[: len(found)] = np.c_[np.maximum(level - floor, 0), found[:, 1:]]
    return voice
