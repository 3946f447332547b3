"""How the head moves: with gaze (Stahl 1999), on stressed words, as a listener, with the voice, and on its own."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter1d

from stygaze.corpus.gaze_process import GazePlan
from stygaze.corpus.kinematics import RATE, path
from stygaze.corpus.speech_events import RATE as SPEECH_RATE
from stygaze.corpus.speech_events import SpeechEvents
from stygaze.corpus.styles import GazeStyle

HYSTERESIS = 2.0  # degrees of wanted head change below which the head stays
LIMIT = np.array([24.0, 30.0, 20.0])  # pitch, yaw, roll: comfortable, never reached
NOD_DISTANCE = 0.30  # s between nods on accents
LISTENER_NOD_HZ = 2.8
SHAKE_HZ = 1.6
SWAY_SHARE = np.array([0.9, 1.3, 0.7])
SWAY_RATE = 25  # Hz; sway is slow


def head_path(
    n: int, speech: SpeechEvents, plan: GazePlan, style: GazeStyle, coupling: float, rng: np.random.Generator
) -> np.ndarray:
    """[n, 3] pitch, yaw, roll of the head at 250 Hz. `style` is already coupled."""
    head = np.asarray(style.head_pose, float) + with_gaze(n, plan, style, rng)
    head += accent_nods(n, speech, style, coupling, rng)
    head += listener_nods(n, speech, style, rng)
    head += with_voice(n, speech, style, coupling)
    head += sway(n, speech, style, rng)
    head += postures(n, speech.duration, style, rng)
    return LIMIT * np.tanh(head / LIMIT * (1 + 0.15 * (head / LIMIT) ** 2))


def upsample(contour: np.ndarray, n: int) -> np.ndarray:
    """[n] at 250 Hz of a contour at the speech events' rate."""
    return np.interp(np.arange(n) / RATE, np.arange(len(contour)) / SPEECH_RATE, contour)


def with_gaze(n: int, plan: GazePlan, style: GazeStyle, rng: np.random.Generator) -> np.ndarray:
    """[n, 3]: the head follows targets beyond the eye-only range, shortly after the eyes, with its coupled roll."""
    only = style.eye_only_range * np.array([0.8, 1.0])  # pitch, yaw
    slope = style.head_slope * np.array([0.7, 1.0])
    wanted = slope * np.sign(plan.target) * np.maximum(np.abs(plan.target) - only, 0)
    held, current = np.zeros_like(wanted), np.zeros(2)
    for k, place in enumerate(wanted):
        if np.abs(place - current).max() > HYSTERESIS:
            current = place
        held[k] = current
    steps = np.diff(held, axis=0, prepend=np.zeros((1, 2)))
    size = np.linalg.norm(steps, axis=1)
    moves = np.flatnonzero(size > 0)
    onset = plan.onset[moves] + style.head_latency + rng.normal(0, 0.03, len(moves))
    duration = (style.head_seconds + 0.012 * size[moves]) * np.exp(rng.normal(0, 0.1, len(moves)))
    roll = -style.coupled_roll * steps[moves, 1:]  # a turn to the left leans left
    return path(n, onset, duration, np.concatenate([steps[moves], roll], 1))


def accent_nods(
    n: int, speech: SpeechEvents, style: GazeStyle, coupling: float, rng: np.random.Generator
) -> np.ndarray:
    """[n, 3]: down to an apex just after a stressed word's peak, then up again; stronger words get larger nods."""
    ranked = speech.strength.argsort().argsort() / max(len(speech.strength) - 1, 1)
    share = np.clip(style.nod_share * (0.25 + 0.75 * speech.strength), 0, 1)
    decided = ranked > 1 - style.nod_share  # the strongest accents, exactly the style's share of them
    nods = np.where(rng.random(len(share)) < coupling, decided, rng.random(len(share)) < share)
    chosen, last = [], -np.inf
    for k in np.flatnonzero(nods):
        if speech.accents[k] - last > NOD_DISTANCE:
            chosen.append(k)
            last = speech.accents[k]
    at = np.array(chosen, int)
    loose = 1 - 0.8 * coupling
    apex = speech.accents[at] + style.nod_lag + rng.normal(0, 0.03 * loose, len(at))
    down = 0.45 * style.nod_seconds * np.exp(rng.normal(0, 0.1, len(at)))
    up = 0.75 * style.nod_seconds * np.exp(rng.normal(0, 0.1, len(at)))
    size = style.nod_amplitude * (0.4 + 0.6 * speech.strength[at]) * np.exp(rng.normal(0, style.nod_sigma, len(at)))
    by_strength = np.where(ranked[at] > 1 - style.nod_share / 2, 1.0, -1.0)
    side = np.where(rng.random(len(at)) < coupling, by_strength, rng.choice([-1.0, 1.0], len(at)))
    step = size[:, None] * np.stack([-np.ones(len(at)), style.accent_yaw * side, -style.coupled_roll * side], 1)
    return path(n, np.r_[apex - down, apex], np.r_[down, up], np.r_[step, -step])


def listener_nods(n: int, speech: SpeechEvents, style: GazeStyle, rng: np.random.Generator) -> np.ndarray:
    """[n, 3]: one to three quick nods that say "I follow", at random times while the partner speaks."""
    onset, steps = [], []
    half = 0.5 / LISTENER_NOD_HZ
    now = rng.exponential(1 / style.listener_nod_rate)
    while now < speech.duration - 2:
        if not speech.speaking[min(int(now * SPEECH_RATE), len(speech.speaking) - 1)]:
            size = style.nod_amplitude * np.exp(rng.normal(0, 0.25))
            for _ in range(rng.integers(1, 4)):
                onset += [now, now + half]
                steps += [-size, size]
                now += 2 * half
                size *= 0.7
        now += rng.exponential(1 / style.listener_nod_rate)
    pitch = path(n, np.array(onset), np.full(len(onset), half), np.array(steps).reshape(-1, 1))
    return pitch * np.array([1.0, 0.0, 0.0])


def with_voice(n: int, speech: SpeechEvents, style: GazeStyle, coupling: float) -> np.ndarray:
    """[n, 3]: pitch follows F0; another posture while speaking than while listening; a side-to-side beat."""
    talking = gaussian_filter1d(speech.speaking.astype(float), 0.5 * SPEECH_RATE)
    posture = upsample(talking - talking.mean(), n)
    melody = upsample(gaussian_filter1d(speech.f0, 0.12 * SPEECH_RATE), n)
    loud = upsample(gaussian_filter1d((speech.envelope > 0.3).astype(float), 0.3 * SPEECH_RATE), n)
    beat = style.shake * np.sin(2 * np.pi * SHAKE_HZ * np.arange(n) / RATE) * loud
    pitch = style.f0_pitch * melody + coupling * style.turn_pitch * posture
    return np.stack([pitch, coupling * style.turn_yaw * posture + beat, style.speaking_roll * posture], 1)


def sway(n: int, speech: SpeechEvents, style: GazeStyle, rng: np.random.Generator) -> np.ndarray:
    """[n, 3]: slow wandering of the head, about twice as large while speaking."""
    slow = max(int(n / RATE * SWAY_RATE) + 2, 8)
    noise = gaussian_filter1d(rng.standard_normal((slow, 3)), SWAY_RATE / (2 * np.pi * style.sway_hz), axis=0)
    noise /= np.maximum(noise.std(0), 1e-6)
    t = np.arange(n) / RATE
    wander = np.stack([np.interp(t, np.arange(slow) / SWAY_RATE, column) for column in noise.T], 1)
    gate = 0.45 + 0.55 * upsample(gaussian_filter1d(speech.speaking.astype(float), 0.5 * SPEECH_RATE), n)
    return wander * gate[:, None] * style.sway * SWAY_SHARE


def postures(n: int, seconds: float, style: GazeStyle, rng: np.random.Generator) -> np.ndarray:
    """[n, 3]: now and then the head settles in another place; the eyes stay on what they look at."""
    onset, now = [], rng.exponential(1 / style.posture_rate)
    while now < seconds:
        onset.append(now)
        now += 0.8 + rng.exponential(1 / style.posture_rate)
    place = rng.normal(0, style.posture_sd, (len(onset) + 1, 3)) * (0.9, 1.2, 0.7)
    duration = np.clip(rng.normal(0.9, 0.25, len(onset)), 0.45, 1.8)
    return place[0] + path(n, np.array(onset), duration, np.diff(place, axis=0))
