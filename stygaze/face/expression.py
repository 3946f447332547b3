"""What a talking face does besides head and eyes: a mouth in time with the sound, blinks, brows on accents."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from scipy.ndimage import gaussian_filter1d, uniform_filter1d

from stygaze.errors import StyGazeError
from stygaze.face.mouth import mouth
from stygaze.motion import FPS, Motion, direction, rotation
from stygaze.prosody import prosody
from stygaze.speech import Speech

# Bentivoglio et al., "Analysis of blink rate patterns in normal subjects" (1997): means a minute
RATE_SPEAKING, RATE_REST = 26.0, 17.0
SPREAD = 0.55  # log-normal deviation of the intervals about their mean
LEAST_GAP = 0.45  # s between blinks
SHIFT, SHIFT_FRAMES, SHIFT_SHARE = 20.0, 5, 0.6  # a gaze shift of so many degrees within so many frames often has one
NEAR_PAUSE = 0.35  # s: a blink this near to where speech stops is drawn to it
DURATION, DURATION_SPREAD = 0.20, 0.25  # s from lid start to lid back, log-normal
SHORTEST, LONGEST = 0.10, 0.35
LID_RANGE, LID_SHARE = 25.0, 0.45  # looking down so many degrees closes the lid by this share already
PAUSE = 0.24  # s without sound that is a pause
ACCENT_GAP, ACCENT_WIDTH, ACCENT_BROW = 1.4, 0.16, 0.34  # s, s, strength


@dataclass(frozen=True, eq=False)
class Expression:
    """A face at 25 FPS.

    Args:
        jaw: [T] radians, 0 closed.
        blink: [T, 2] left and right lid, 0 open to 1 closed.
        shapes: named face units of the embedded head -> [T], 0..1.

    Raises:
        StyGazeError: tracks of unequal length, or values that are not numbers.
    """

    jaw: np.ndarray
    blink: np.ndarray
    shapes: dict[str, np.ndarray] = field(default_factory=dict)

    def __post_init__(self) -> None:
        n = len(self.jaw)
        tracks = {"jaw": (self.jaw, (n,)), "blink": (self.blink, (n, 2))}
        tracks |= {name: (values, (n,)) for name, values in self.shapes.items()}
        for name, (values, shape) in tracks.items():
            if np.shape(values) != shape or not np.isfinite(values).all():
                raise StyGazeError(
                    f"The expression's {name} must be {shape} finite numbers, got shape {np.shape(values)}."
                )

    def __len__(self) -> int:
        return len(self.jaw)


def express(
    speech: Speech | None,
    motion: Motion,
    seed: int = 0,
    lips: bool = True,
    blinks: bool = True,
    brows: bool = True,
) -> Expression:
    """The expression [T] that goes with a speech and a motion of T frames. The same seed gives the same face.

    Args:
        speech: without it nobody speaks, and the face only blinks.
        motion: at 25 FPS.
        seed: of the blinks.
        lips, blinks, brows: switch each off.
    """
    n = len(motion)
    samples = np.zeros(0, np.float32) if speech is None or speech.is_silent else speech.samples
    voice = _voice(samples, n)
    jaw, shapes = mouth(samples, n) if lips and len(samples) else (np.zeros(n), {})
    blink = np.zeros(n)
    if blinks:
        at = blink_frames(motion, voice[:, 0] > 0, np.random.default_rng(seed))
        blink = _lid_track(at, n, np.random.default_rng([seed, 1]))
    if brows and len(samples):
        raised = _brow_track(voice)
        shapes |= {"browInnerUp": raised, "browOuterUpLeft": 0.7 * raised, "browOuterUpRight": 0.7 * raised}
    # where the eye looks down the lid hangs low already, and has less far to go
    pitch = motion.frames[:, [3, 5]]
    lids = blink[:, None] * (1 - LID_SHARE * np.clip(-pitch / LID_RANGE, 0, 1))
    return Expression(jaw, lids, shapes)


def blink_frames(motion: Motion, speaking: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Frames at which the lids are shut, ascending.

    A renewal process whose rate follows speaking [T] bool, drawn to pauses, plus blinks with large gaze shifts; the
    rate is lowered by what those add, so that the total stays natural.
    """
    n = len(motion)
    shifts = _gaze_shifts(motion)
    forced = shifts[rng.random(len(shifts)) < SHIFT_SHARE]
    rate = np.where(_bridged(speaking), RATE_SPEAKING, RATE_REST) / 60 / FPS
    rate *= max(0.25, 1 - len(forced) / max(rate.sum(), 1e-9))
    wanted = np.cumsum(rate)
    count = int(wanted[-1] * 3 + 20)
    steps = np.exp(rng.normal(-(SPREAD**2) / 2, SPREAD, count))
    steps[0] *= rng.random()  # the clip starts somewhere between two blinks
    free = np.searchsorted(wanted, np.cumsum(steps))
    free = free[free < n]
    stops = np.flatnonzero(np.diff(_bridged(speaking).astype(int)) < 0) + 2
    if len(stops) and len(free):
        nearest = stops[np.abs(free[:, None] - stops).argmin(1)]
        free = np.where(np.abs(nearest - free) <= NEAR_PAUSE * FPS, nearest, free)
    kept: list[int] = []
    for frame in sorted({*forced.tolist(), *(int(f) for f in free if f < n)}):
        if not kept or frame - kept[-1] >= LEAST_GAP * FPS:
            kept.append(frame)
    return np.array(kept, int)


def _voice(samples: np.ndarray, n: int) -> np.ndarray:
    """Loudness above the pauses (0 in them), pitch and voicing [n, 3] of the speech."""
    voice = np.zeros((n, 3))
    if len(samples):
        found = prosody(samples)[:n]
        level = found[:, 0] * 10
        floor = max(np.percentile(level, 95) - 28, -55.0)  # dB
        voice[: len(found)] = np.c_[np.maximum(level - floor, 0), found[:, 1:]]
    return voice


def _bridged(speaking: np.ndarray) -> np.ndarray:
    """Speaking [T] with gaps shorter than a pause filled."""
    width = int(PAUSE * FPS) | 1
    return uniform_filter1d(speaking.astype(float), width, mode="constant") > 1e-6


def _gaze_shifts(motion: Motion) -> np.ndarray:
    """Frames in the middle of gaze shifts larger than SHIFT."""
    n = len(motion)
    if n <= SHIFT_FRAMES:
        return np.zeros(0, int)
    eye = direction(*motion.eye.T)
    gaze = np.einsum("tij,tj->ti", rotation(*motion.head.T), eye)
    turned = np.degrees(np.arccos(np.clip((gaze[SHIFT_FRAMES:] * gaze[:-SHIFT_FRAMES]).sum(1), -1, 1)))
    large = np.concatenate([[False], turned > SHIFT, [False]])
    first, after = np.flatnonzero(np.diff(large.astype(int)) > 0), np.flatnonzero(np.diff(large.astype(int)) < 0)
    peaks = [a + int(turned[a:b].argmax()) for a, b in zip(first, after, strict=True)]
    return np.array(peaks, int) + SHIFT_FRAMES // 2


def _lid_track(at: np.ndarray, n: int, rng: np.random.Generator) -> np.ndarray:
    """Closure [n]: lids fall in a third of a blink and rise, slowing down, in the rest."""
    track = np.zeros(n)
    durations = np.clip(DURATION * np.exp(rng.normal(0, DURATION_SPREAD, len(at))), SHORTEST, LONGEST)
    for frame, duration in zip(at, durations, strict=True):
        closing, opening = duration / 3, duration * 2 / 3
        frames = np.arange(max(0, frame - 5), min(n, frame + 9))
        t = (frames - frame) / FPS
        fall = np.clip(1 + t / closing, 0, 1)
        rise = np.clip(1 - t / opening, 0, 1)
        shape = np.where(t < 0, fall * fall * (3 - 2 * fall), rise * rise)
        track[frames] = np.maximum(track[frames], shape)
    return track


def _brow_track(voice: np.ndarray) -> np.ndarray:
    """Brows [n] rise a little where voice is both louder and higher than around it, at most every ACCENT_GAP."""
    loud, pitch, voicing = voice.T
    voiced = (voicing > 0.5) & (loud > 0)
    if voiced.sum() < FPS:
        return np.zeros(len(voice))
    stand_out = np.zeros(len(voice))
    for values in (loud, pitch):
        z = (values - values[voiced].mean()) / (values[voiced].std() + 1e-6)
        stand_out += np.where(voiced, z, 0)
    stand_out = gaussian_filter1d(stand_out, 2)
    raised = np.zeros(len(voice))
    t = np.arange(len(voice)) / FPS
    taken: list[float] = []
    for frame in np.argsort(-stand_out):
        if stand_out[frame] < 1.3:
            break
        if all(abs(t[frame] - other) > ACCENT_GAP for other in taken):
            taken.append(t[frame])
            strength = ACCENT_BROW * min(1.0, stand_out[frame] / 2.5)
            raised = np.maximum(raised, strength * np.exp(-0.5 * ((t - t[frame] - 0.04) / ACCENT_WIDTH) ** 2))
    return raised
