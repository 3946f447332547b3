"""What an eye tracker adds to the truth: white noise, and gaze that seems to drop when the lids close."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from stygaze.corpus.profiles import Profile
from stygaze.motion import EYES, FPS, HEAD, Motion

BLINK_SECONDS, BLINK_SD = 0.20, 0.05
BLINK_REFRACTORY = 0.3  # s between blinks
DIVERGENCE = 0.7  # degrees by which each eye seems to turn outward behind a half-closed lid


def record(motion: Motion, profile: Profile, rng: np.random.Generator) -> Motion:
    """The motion as a tracker of this profile would have recorded it."""
    frames = motion.frames.astype(float)
    onset, now = [], rng.exponential(1 / profile.blink_rate) if profile.blink_rate else np.inf
    while now < motion.duration:
        onset.append(now)
        now += BLINK_REFRACTORY + rng.exponential(1 / profile.blink_rate)
    length = np.clip(rng.normal(BLINK_SECONDS, BLINK_SD, len(onset)), 0.1, 0.35)
    depth = profile.blink_artefact * np.exp(rng.normal(-0.08, 0.4, len(onset)))
    t = np.arange(len(motion)) / FPS
    for begin, seconds, drop in zip(onset, length, depth, strict=True):
        inside = np.flatnonzero((t > begin) & (t < begin + seconds))
        closed = np.sin(np.pi * (t[inside] - begin) / seconds) ** 1.2
        frames[inside, 3] -= drop * closed
        frames[inside, 5] -= drop * closed
        frames[inside, 4] += DIVERGENCE * closed
        frames[inside, 6] -= DIVERGENCE * closed
    frames[:, EYES] += rng.normal(0, profile.noise_eye, (len(t), 4))
    frames[:, HEAD] += rng.normal(0, profile.noise_head, (len(t), 3))
    return replace(motion, frames=np.clip(frames, -179, 179))
