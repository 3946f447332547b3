"""Choosing the oculomotor plant: on validation sessions, so that generated moments are those of recorded motion."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from typing import Any

import numpy as np

from stygaze.gaze.statistics import statistics
from stygaze.models.generator import MotionGenerator
from stygaze.models.oculomotor import OculomotorPlant, PlantConfig
from stygaze.models.rollout import Rollout, RolloutWeights
from stygaze.models.style_encoder import StyleEncoder
from stygaze.motion import Motion
from stygaze.training.data import SessionArrays

SEARCH = {
    "gaze_gain": (0.9, 2.4),
    "head_gain": (0.9, 3.5),
    "scatter": (0.1, 1.0),
    "sway": (0.1, 1.2),
    "sway_s": (0.4, 2.5),
    "threshold": (1.0, 5.0),
    "restless": (0.2, 6.0),
}


def moments(motion: Motion) -> dict[str, float]:
    """What generated motion shall share with recorded: amounts as logarithms, so that differences are ratios."""
    s = statistics(motion)
    gaze = motion.world_gaze
    return {
        "gaze spread": float(np.log(gaze.std(0).mean() + 0.1)),
        "head spread": float(np.log(motion.head.std(0).mean() + 0.1)),
        "gaze energy": float(np.log(s.gaze_energy_deg2_per_frame2 + 0.1)),
        "head energy": float(np.log(s.head_energy_deg2_per_frame2 + 0.01)),
        "head speed": float(np.log(s.head_speed_mean_deg_per_frame + 0.01)),
        "saccade rate": float(np.log(s.saccade_rate_per_s + 0.1)),
        "saccade amplitude": float(np.log(max(s.saccade_amplitude_mean_deg, 0.1) if s.saccade_rate_per_s else 0.1)),
        "fixation share": 4 * s.fixation_share,
        "world fixation share": 4 * s.world_fixation_share,
    }


def choose_plant(
    generator: MotionGenerator,
    encoder: StyleEncoder,
    sessions: Sequence[SessionArrays],
    trials: int = 240,
    frames: int = 750,
    seed: int = 0,
    log: Callable[[dict], None] | None = None,
) -> tuple[PlantConfig, dict[str, dict[str, float]]]:
    """Random search, then narrowing about the best; the score is the mean squared difference of `moments` by session.

    Args:
        sessions: held out from training; style comes from each session's other end, speech from its first `frames`.

    Returns:
        The plant, and the moments {"recorded", "generated"} averaged over sessions.
    """
    weights, rng = RolloutWeights(generator), np.random.default_rng(seed)
    prepared, true = [], []
    for s in sessions:
        style = encoder.embed(s.motion[-min(1500, len(s) - frames) :]).mean(0)
        style /= np.linalg.norm(style)
        assert s.features is not None
        rollout = Rollout(weights, style)
        expected = np.concatenate([rollout.push(s.features[:frames].astype(np.float32)), rollout.finish()])
        prepared.append((expected, weights.habitual_pose(style), weights.sigmas(style)))
        true.append(moments(Motion(s.motion[:frames])))

    def generated(config: PlantConfig) -> list[dict[str, float]]:
        out = []
        for k, (expected, centre, sigmas) in enumerate(prepared):
            plant = OculomotorPlant(centre, sigmas, config, seed=k)
            out.append(moments(Motion(np.concatenate([plant.push(expected), plant.finish()]))))
        return out

    def score(made: list[dict[str, float]]) -> float:
        by_session = np.mean([[(m[k] - t[k]) ** 2 for k in t] for m, t in zip(made, true, strict=True)])
        pooled = np.mean([(np.mean([m[k] for m in made]) - np.mean([t[k] for t in true])) ** 2 for k in true[0]])
        return float(by_session + 4 * pooled)

    best = PlantConfig()
    best_score = score(generated(best))
    for trial in range(trials):
        if trial < trials // 3:
            draw: dict[str, Any] = {k: float(rng.uniform(*span)) for k, span in SEARCH.items()}
        else:  # near the best so far, a few settings at a time
            chosen = rng.choice(list(SEARCH), 3, replace=False)
            draw = {k: float(np.clip(getattr(best, k) * np.exp(rng.normal(0, 0.15)), *SEARCH[k])) for k in chosen}
        candidate = replace(best, **{k: round(v, 3) for k, v in draw.items()})
        found = score(generated(candidate))
        if found < best_score:
            best, best_score = candidate, found
        if log:
            log({"trial": trial + 1, "of": trials, "score": round(best_score, 4), "plant": asdict(best)})
    made = generated(best)
    table = {
        "recorded": {k: round(float(np.mean([t[k] for t in true])), 4) for k in true[0]},
        "generated": {k: round(float(np.mean([m[k] for m in made])), 4) for k in true[0]},
    }
    return best, table
