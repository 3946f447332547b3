"""From expected motion to living motion: the eyes fixate and jump, the head sways, as a body would carry it out.

A regression predicts where gaze is expected to be, which glides: the mean of many possible saccades is not a saccade.
Here the expectation is the intention of an oculomotor plant. Gaze rests on a point in the world (the vestibulo-ocular
reflex turns the eyes against the head) until the intention has moved away, then jumps to it on the main sequence; it
lands with the scatter, and the head strays with the amplitude, that the generator learned for the style.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter
from scipy.special import betainc

from stygaze.motion import EYES, FPS, HEAD, angles, direction, rotation

Array = NDArray[np.floating]
OCULAR_RANGE = np.array([28.0, 40.0])  # degrees, pitch and yaw: eyes in the head go hardly further
NECK_RANGE = np.array([35.0, 60.0, 25.0])  # pitch, yaw, roll
SACCADE_MS = (2.7, 23.0)  # duration = 2.7 ms/deg * amplitude + 23 ms (simulator.md: published main sequence)


@dataclass(frozen=True)
class PlantConfig:
    """Chosen on validation sessions so that the moments of generated motion are those of recorded motion."""

    gaze_gain: float = 1.0  # a regression shrinks toward the mean: its departures times this
    head_gain: float = 1.0
    scatter: float = 0.5  # share of the style's unpredictable gaze that goes into where a saccade lands
    sway: float = 0.5  # share of the style's unpredictable head that goes into slow sway
    sway_s: float = 0.8  # time constant of sway
    threshold: float = 2.0  # degrees the intention moves before the eyes follow
    restless: float = 0.6  # small refixations a second without a new intention
    refractory: int = 5  # frames between saccades at least (200 ms)
    lead: int = 4  # frames: a saccade goes where the intention will be
    vor_gain: float = 0.97


def soft_limit(x: Array, limit: Array) -> Array:
    """Identity well inside the limit, never beyond it, smooth between.

    >>> soft_limit(np.array([10.0, 90.0]), np.array([40.0, 40.0])).round(1).tolist()
    [10.0, 40.0]
    """
    knee = 0.7 * limit
    over = np.maximum(np.abs(x) - knee, 0)
    return np.sign(x) * np.where(np.abs(x) <= knee, np.abs(x), knee + (limit - knee) * np.tanh(over / (limit - knee)))


class Scaled:
    """No plant: the expected motion itself, scaled about the style's habitual pose as `OculomotorPlant` would."""

    def __init__(self, centre: Array, gaze_scale: float = 1.0, head_scale: float = 1.0):
        """
        Args:
            centre: [7] degrees, the style's habitual pose.
            gaze_scale, head_scale: 0 still, 1 as it is; the gaze in the world stays when the head is scaled.
        """
        self._centre, self._scale = np.asarray(centre, float), (gaze_scale, head_scale)

    def push(self, expected: Array) -> Array:
        """[n, 7] degrees -> the same frames, scaled."""
        if self._scale == (1, 1) or not len(expected):
            return expected
        frames, centre, (gaze_scale, head_scale) = np.asarray(expected, float), self._centre, self._scale
        middle = world_gaze(centre[None])
        gaze = middle + gaze_scale * (world_gaze(frames) - middle)
        head = centre[HEAD] + head_scale * (frames[:, HEAD] - centre[HEAD])
        eye = soft_limit(eye_in_head(gaze, head), OCULAR_RANGE)
        apart, apart_middle = (x - x.mean(1, keepdims=True) for x in (_eyes(frames), _eyes(centre[None])))
        apart = apart_middle + gaze_scale * (apart - apart_middle)
        return np.column_stack([head, (eye[:, None] + apart).reshape(-1, 4)])

    def finish(self) -> Array:
        return np.zeros((0, 7))


def _eyes(frames: Array) -> Array:
    """[T, 7] -> [T, 2, 2]: eye (left, right), axis (pitch, yaw)."""
    return frames[:, EYES].reshape(-1, 2, 2)


def world_gaze(frames: Array) -> Array:
    """[T, 7] -> pitch and yaw [T, 2] of both eyes' mean direction in the world, degrees."""
    return angles(np.einsum("tij,tj->ti", rotation(*frames[:, HEAD].T), direction(*_eyes(frames).mean(1).T)))


def eye_in_head(gaze: Array, head: Array) -> Array:
    """Gaze in the world [T, 2] and head [T, 3] -> eye in the head [T, 2], degrees."""
    return angles(np.einsum("tji,tj->ti", rotation(*head.T), direction(*gaze.T)))


class OculomotorPlant:
    """Carries out expected motion, frame by frame; same seed, same result, over any chunking."""

    def __init__(
        self,
        centre: Array,
        sigmas: Array,
        config: PlantConfig,
        seed: int = 0,
        gaze_scale: float = 1.0,
        head_scale: float = 1.0,
    ):
        """
        Args:
            centre: [7] degrees, the style's habitual pose; scales and gains work about it.
            sigmas: [5] degrees, spread of head (pitch, yaw, roll) and world gaze (pitch, yaw) about the expectation.
            gaze_scale: 0 holds the gaze in the world still, 1 is as learned.
            head_scale: 0 holds the head still; the gaze in the world stays, the eyes do more.
        """
        self.config, self._rng = config, np.random.default_rng(seed)
        self._scale = gaze_scale, head_scale
        self._head_centre = np.asarray(centre[HEAD], float)
        self._gaze_centre = world_gaze(np.asarray(centre, float)[None])[0]
        self._vergence_centre = float(centre[4] - centre[6]) / 2
        self._sigma_head, self._sigma_gaze = np.asarray(sigmas[:3], float), np.asarray(sigmas[3:], float)
        self._waiting: list[Array] = []  # expected (gaze 2, head 3, half vergence 1), not yet carried out
        self._sway = np.zeros((3, 3))  # stages, columns
        self._leak = float(np.exp(-1 / (FPS * config.sway_s)))
        impulse = np.eye(1, int(20 * FPS * config.sway_s) + 1)[0]
        for _ in range(len(self._sway)):
            impulse = lfilter([1], [1, -self._leak], impulse)
        self._sway_size = 1 / np.sqrt((impulse**2).sum())
        self._intended: Array | None = None
        self._point: Array = np.zeros(2)
        self._drift: Array = np.zeros(2)
        self._flight: list[Array] = []
        self._rested = 99
        self._head_before: Array | None = None

    def push(self, expected: Array) -> Array:
        """[n, 7] degrees, next in time -> the carried out frames [m, 7] known by now (`lead` frames behind)."""
        expected = np.asarray(expected, float)
        vergence = (expected[:, 4] - expected[:, 6]) / 2
        self._waiting.extend(np.column_stack([world_gaze(expected), expected[:, HEAD], vergence]))
        return self._advance(self.config.lead)

    def finish(self) -> Array:
        """The last frames; the intention stays where it was."""
        if not self._waiting:
            return np.zeros((0, 7))
        self._waiting.extend([self._waiting[-1]] * self.config.lead)
        return self._advance(self.config.lead)

    def _advance(self, lead: int) -> Array:
        rows = []
        while len(self._waiting) > lead:
            rows.append(self._step(self._waiting[1 if lead else 0], self._waiting[lead], self._waiting[0]))
            self._waiting.pop(0)
        return self._compose(np.array(rows).reshape(-1, 6))

    def _step(self, soon: Array, later: Array, now: Array) -> Array:
        """World gaze (2), head (3), half vergence (1) of one frame."""
        c, noise, chance = self.config, self._rng.standard_normal(8), self._rng.random(3)
        # head: the expectation, plus slow sway (three leaky integrators of white noise: smooth to the acceleration)
        drive = noise[:3]
        for stage in self._sway:
            stage *= self._leak
            stage += drive
            drive = stage
        sway = drive * self._sway_size
        head = self._head_centre + c.head_gain * (now[2:5] - self._head_centre) + c.sway * self._sigma_head * sway
        head = soft_limit(head, NECK_RANGE)
        # gaze: rest, or jump to where the intention leads
        if self._intended is None:
            self._intended = later[:2]
            self._point = self._aim(later[:2], np.zeros(2))
        self._rested += 1
        away = float(np.hypot(*(soon[:2] - self._intended)))
        threshold = c.threshold * np.exp(0.3 * noise[3])
        moved = away > threshold or chance[0] < c.restless / FPS
        if moved and not self._flight and self._rested >= c.refractory:
            self._launch(later[:2], noise[4:6], noise[6], chance[1])
        if self._flight:
            self._point = self._flight.pop(0)
            self._drift = np.zeros(2)
            self._rested = 0
        elif self._head_before is not None:  # an imperfect reflex lets the world slip a little
            self._drift = 0.98 * self._drift + (1 - c.vor_gain) * (head - self._head_before)[:2] + 0.012 * noise[6:8]
        self._head_before = head
        return np.concatenate([self._point + self._drift, head, now[5:6]])

    def _aim(self, intention: Array, scatter: Array) -> Array:
        c = self.config
        return (
            self._gaze_centre + c.gaze_gain * (intention - self._gaze_centre) + c.scatter * self._sigma_gaze * scatter
        )

    def _launch(self, intention: Array, scatter: Array, jitter: float, phase: float) -> None:
        """Frames of a saccade: duration by the main sequence, a skewed bell of speed, sampled at a random phase."""
        start, goal = self._point + self._drift, self._aim(intention, scatter)
        amplitude = float(np.hypot(*(goal - start)))
        self._intended = intention
        if amplitude < 0.5:
            return
        duration = (SACCADE_MS[0] * amplitude + SACCADE_MS[1]) * np.exp(0.08 * jitter) / 1000 * FPS  # frames
        times = np.arange(1, int(np.ceil(duration)) + 2) - phase
        share = betainc(2.2, 2.4 + 0.05 * amplitude, np.clip(times / duration, 0, 1))
        share = share[: int(np.argmax(share > 0.98)) + 1]
        share[-1] = 1.0
        self._flight = [start + s * (goal - start) for s in share]

    def _compose(self, rows: Array) -> Array:
        """World gaze and head -> seven angles, scaled about the habitual pose."""
        gaze_scale, head_scale = self._scale
        gaze = self._gaze_centre + gaze_scale * (rows[:, :2] - self._gaze_centre)
        head = self._head_centre + head_scale * (rows[:, 2:5] - self._head_centre)
        eye = soft_limit(eye_in_head(gaze, head), OCULAR_RANGE)
        half = self._vergence_centre + gaze_scale * (rows[:, 5:] - self._vergence_centre)
        left, right = eye + half * [0, 1], eye - half * [0, 1]
        return np.column_stack([head, left, right])
