"""The generator frame by frame: our array stepper beside the same network called through nn.LSTM for every frame."""

from __future__ import annotations

import numpy as np
import torch

from benchmarks.timing import Row, side_by_side
from stygaze.assets import asset
from stygaze.checkpoints import load_checkpoint
from stygaze.models.generator import MotionGenerator
from stygaze.models.rollout import Rollout, RolloutWeights


def rows() -> list[Row]:
    generator = load_checkpoint(asset("checkpoints", "oculomotor"))[0]["generator"]
    assert isinstance(generator, MotionGenerator)
    config, weights = generator.config, RolloutWeights(generator)
    rng = np.random.default_rng(0)
    style = rng.normal(size=config.style_dim).astype(np.float32)
    style /= np.linalg.norm(style)
    found = []
    for seconds in (10, 60):
        frames = 25 * seconds
        # speech-like in scale; beyond the clip's ends both sides hear the feature mean
        rest = generator.audio_mean.numpy()
        heard = rng.normal(rest, generator.audio_std.numpy(), (frames, len(rest))).astype(np.float32)
        audio = np.concatenate([np.tile(rest, (config.look_back, 1)), heard, np.tile(rest, (config.look_ahead, 1))])
        tensors = torch.from_numpy(audio)[None], torch.from_numpy(style)[None]

        def ours(heard: np.ndarray = heard) -> np.ndarray:
            rollout = Rollout(weights, style)
            return np.concatenate([rollout.push(heard), rollout.finish()])

        @torch.inference_mode()
        def usual(tensors: tuple[torch.Tensor, torch.Tensor] = tensors, frames: int = frames) -> np.ndarray:
            out = generator(tensors[0], None, tensors[1], frames)[0][0]
            return (out * generator.std + generator.mean).numpy()

        apart = np.abs(ours() - usual()).max()
        taken, stepped = side_by_side(ours, usual)
        note = f"results differ by at most {apart:.1e} deg"
        found.append(
            Row(f"{seconds} s of motion from features", taken, stepped, "nn.LSTM called frame by frame", note=note)
        )
    return found
