"""What free running adds up to beside the truth, and the scales that bring it there; on validation sessions.

Likelihood is learned with the true past. Left to itself a generator answers to its own, and small errors add up: a few
percent more jumps, a livelier drift, a stiller head that goes along with gaze less than it should.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from scipy.stats import gmean

from stygaze.gaze.decomposition import decompose
from stygaze.models.event_rollout import draw
from stygaze.models.events import CALIBRATED, EventGenerator
from stygaze.motion import FPS, Motion
from stygaze.training.data import SessionArrays
from stygaze.training.windows import Styles

ROUNDS = 6
NOISES = ("eye_noise", "head_noise")  # what the model's `tracker` begins with
# of what each scale is changed by: the exponent
STEP = {"jumps": 1.0, "drift": 1.0, "pitch": 0.4, "yaw": 0.6, "roll": 0.6, "along": 1.2}
FURTHEST = 1.1  # times as far along as learned: beyond, made motion is told more, though its head follows as it should
CHANGE = (0.6, 1.6)  # of a scale in a round at most
CLIP = 1000  # frames whose style a session is drawn with
START = 50  # frames left out


def free_moments(motions: Sequence[np.ndarray]) -> dict[str, float]:
    """Jumps a second, median drift (degrees a frame), energies of the head's angles (deg^2 / frame^2), degrees of the
    head's yaw that come with one of gaze; SD of a tracker's noise in eyes and head (degrees), blinks a second.

    Args:
        motions: [T, 7] degrees each.
    """
    parts = [decompose(Motion(m[START:])) for m in motions]
    drift = np.concatenate([np.diff(p.gaze, axis=0)[~p.busy[1:]] for p in parts])
    energy = np.array([(np.diff(p.head, axis=0) ** 2).mean(0) for p in parts]) + 1e-9
    pitch, yaw, roll = np.sqrt(gmean(energy) * energy.mean(0)).tolist()
    yaws = [np.cov(p.head[:, 1], p.gaze[:, 1]) for p in parts]
    return {
        "jumps": float(np.mean([p.onset.mean() * FPS for p in parts])),
        "drift": float(np.median(np.abs(drift))),
        "pitch": pitch,
        "yaw": yaw,
        "roll": roll,
        "along": float(np.mean([both / (gaze + 0.1) for (_, both), (_, gaze) in yaws])),
        "eye_noise": float(np.mean([p.eye_noise for p in parts])),
        "head_noise": float(np.mean([p.head_noise for p in parts])),
        "blinks": float(np.mean([p.blink_count / len(p) * FPS for p in parts])),
    }


def calibrate(model: EventGenerator, sessions: Sequence[SessionArrays], styles: Styles) -> dict[str, dict[str, float]]:
    """Set the model's calibration, and a tracker's noise, which seems more than it is where it is measured in movement.

    Returns:
        The moments of the truth and of the free run that came nearest to them.
    """
    true = free_moments([s.motion for s in sessions])
    vectors = np.stack([styles.of_clip(i, CLIP) for i in range(len(sessions))])
    features = [s.features for s in sessions if s.features is not None]
    calibration, tracker = model.get_buffer("calibration"), model.get_buffer("tracker")
    tried: list[tuple[float, torch.Tensor, torch.Tensor, dict[str, float]]] = []
    for turn in range(ROUNDS):
        seeds = [1000 * turn + k for k in range(len(sessions))]
        made = free_moments(draw(model, features, vectors, seeds))
        ratio = {k: _ratio(true[k], made[k]) for k in (*STEP, *NOISES)}
        away = sum(np.log(r) ** 2 for r in ratio.values())
        tried.append((away, calibration.clone(), tracker.clone(), made))
        ratio = {k: float(np.clip(r, *CHANGE)) for k, r in ratio.items()}
        change = torch.tensor([ratio[k] ** STEP[k] for k in CALIBRATED])
        calibration[0] += torch.log(change[0])
        calibration[1:] *= change[1:]
        calibration[-1] = calibration[-1].clamp(max=FURTHEST)
        tracker[:2] *= torch.tensor([ratio[k] for k in NOISES])
    _, best, added, made = min(tried, key=lambda x: x[0])
    calibration.copy_(best)
    tracker.copy_(added)
    return {"true": true, "free": made}


def _ratio(true: float, made: float) -> float:
    """How many times the truth is what was made; 1 where neither is, many where only the truth is."""
    return float(np.clip(true / made, 1e-2, 1e2)) if made > 0 < true else 1e2 if true > 0 else 1.0
