"""Seven angles from speech and a style: gaze, the head, and eyes that keep gaze while the head moves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter1d
from scipy.signal import lfilter

from stygaze.corpus.gaze_process import GazePlan, couple, plan_gaze
from stygaze.corpus.head_process import head_path
from stygaze.corpus.kinematics import RATE
from stygaze.corpus.profiles import Profile, profile_named
from stygaze.corpus.speech_events import RATE as SPEECH_RATE
from stygaze.corpus.speech_events import SpeechEvents
from stygaze.corpus.styles import GazeStyle
from stygaze.motion import FPS, Motion, angles, direction, frame_count, rotation

VERSION = "1"
COUPLING = 0.88
OCULAR_RANGE = np.array([30.0, 38.0])  # pitch, yaw of the eye in the head; approached, never passed
SLIP_SECONDS = 0.4  # within which gaze recovers from what the vestibulo-ocular reflex left uncompensated
DRIFT_SD, DRIFT_SECONDS = 0.12, 0.25  # slow fixational drift, degrees
TREMOR_SD = 0.01  # degrees
FAR_ECCENTRICITY, FAR_SHARE = 20.0, 0.25  # what one looks at beside the partner is farther: a quarter less vergence


@dataclass(frozen=True, eq=False)
class Simulation:
    """One simulated session and what it was made of; the arrays are at 250 Hz.

    Attributes:
        motion: at 25 FPS, frame t at t / 25 seconds.
        plan: fixations in the world.
        gaze: [n, 2] pitch, yaw of the line of sight as planned.
        eye: [n, 2] pitch, yaw of the mean eye in the head.
        head: [n, 3] pitch, yaw, roll.
        averted: [n] bool.
    """

    motion: Motion
    plan: GazePlan
    gaze: np.ndarray
    eye: np.ndarray
    head: np.ndarray
    averted: np.ndarray

    def averted_share(self, speech: SpeechEvents) -> tuple[float, float]:
        """Share of the time looked away from the partner, while speaking and while listening (NaN where never)."""
        at = np.arange(len(self.averted)) * SPEECH_RATE // RATE
        talking = speech.speaking[np.minimum(at, len(speech.speaking) - 1)]
        speaking, listening = (self.averted[part] for part in (talking, ~talking))
        return _mean(speaking), _mean(listening)


def simulate(
    speech: SpeechEvents,
    style: GazeStyle,
    seed: int | list[int],
    profile: str | Profile = "natural",
    coupling: float = COUPLING,
) -> Simulation:
    """Head and eyes of a person of this style who says this.

    Args:
        seed: the same seed, speech and style give the same motion.
        coupling: 0 (speech tells little of gaze) to 1 (nearly everything).
    """
    profile = profile_named(profile) if isinstance(profile, str) else profile
    rng = np.random.default_rng(seed)
    style = couple(profile.apply(style), coupling)
    frames = frame_count(speech.duration)
    n = frames * RATE // FPS
    plan = plan_gaze(speech, style, coupling, rng)
    gaze = plan.gaze(n)
    head = head_path(n, speech, plan, style, coupling, rng)
    eye = eye_in_head(gaze, head, style, rng)
    part = slice(None, None, RATE // FPS)
    vergence = style.vergence * (1 - FAR_SHARE * np.clip(np.linalg.norm(gaze[part], axis=1) / FAR_ECCENTRICITY, 0, 1))
    motion = assemble(head[part], eye[part], vergence)
    if profile.noise_eye or profile.blink_rate:
        from stygaze.corpus.sensor import record

        motion = record(motion, profile, rng)
    return Simulation(motion, plan, gaze, eye, head, plan.averted_at(n))


def _mean(values: np.ndarray) -> float:
    return float(values.mean()) if len(values) else float("nan")


def eye_in_head(gaze: np.ndarray, head: np.ndarray, style: GazeStyle, rng: np.random.Generator) -> np.ndarray:
    """[n, 2] pitch, yaw of the mean eye: the line of sight seen from the head, with what living eyes leave undone.

    The reflex compensates all but a few percent of the head's turn; the rest slips and is won back within .4 s. Gaze
    drifts slowly in fixations. Beyond the ocular range the eye stays behind and gaze moves with the head.
    """
    inside = np.einsum("tji,tj->ti", rotation(*head.T), direction(*gaze.T))  # inverse head rotation
    forget = np.exp(-1 / (RATE * SLIP_SECONDS))
    turn = np.diff(head[:, :2], axis=0, prepend=head[:1, :2])
    slip = lfilter([1], [1, -forget], (1 - style.vor_gain) * turn, axis=0)
    n = len(gaze)
    drift = gaussian_filter1d(rng.standard_normal((n, 2)), DRIFT_SECONDS * RATE, axis=0)
    drift *= DRIFT_SD * np.sqrt(2 * np.sqrt(np.pi) * DRIFT_SECONDS * RATE)  # the filter's gain, so that the SD holds
    eye = angles(inside) + slip + drift + rng.normal(0, TREMOR_SD, (n, 2)) + [style.eye_rest, 0.0]
    return OCULAR_RANGE * np.tanh(eye / OCULAR_RANGE * (1 + 0.15 * (eye / OCULAR_RANGE) ** 2))


def assemble(head: np.ndarray, eye: np.ndarray, vergence: np.ndarray) -> Motion:
    """The one place where head [T, 3], mean eye [T, 2] and vergence [T] become a Motion's columns.

    Yaw is positive to the subject's left, so converging eyes have the left one turned to the right: left minus right
    yaw is minus the vergence.
    """
    half = vergence / 2
    columns = [head, eye[:, :1], eye[:, 1:] - half[:, None], eye[:, :1], eye[:, 1:] + half[:, None]]
    return Motion(np.concatenate(columns, 1), source="simulated")
