"""Training of the motion generators with position and velocity loss (paper, section III.C).

In training the frames after the known ones are fed with the model's own (`FrameGenerator.forward`). What was tried, and
what it gave on validation sessions, stands in configs/se-64.yaml.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from sklearn.linear_model import Ridge
from torch import Tensor, nn

from stygaze.models.frames import FrameConfig, FrameGenerator
from stygaze.models.generator import GeneratorConfig, MotionGenerator
from stygaze.models.style_encoder import StyleEncoder
from stygaze.models.transformer import TransformerConfig, TransformerGenerator
from stygaze.training.data import SessionArrays, feature_statistics, motion_statistics
from stygaze.training.held_out import HeldOut
from stygaze.training.loop import RunLog, fit
from stygaze.training.losses import generator_loss, spread_loss
from stygaze.training.windows import GeneratorBatch, Styles, after_a_past, embed_styles, from_rest

MODELS: dict[type[FrameConfig], type[MotionGenerator] | type[TransformerGenerator]] = {
    GeneratorConfig: MotionGenerator,
    TransformerConfig: TransformerGenerator,
}


@dataclass(frozen=True)
class GeneratorTraining:
    model: GeneratorConfig | TransformerConfig = field(default_factory=GeneratorConfig)
    steps: int = 1000
    batch: int = 32
    known: int = 50  # M: frames with the true past at the start of a window
    rolled: int = 25  # N: frames after them with the model's own past, as in use
    known_weight: float = 1.0  # of the frames with the true past in the loss, which are easy; the others have 1
    position_share: float = 1.0  # lambda: 1 leaves only the position loss
    from_rest: float = 0.3  # share of steps that start without a past, as a new clip does,
    rest_frames: int = 75  # and run for so long
    own_style: float = 0.7  # share of windows after a past whose style is that of the 4 s before; else of a reference
    learning_rate: float = 1e-3
    weight_decay: float = 1e-3
    warm_up: int = 50
    style_noise: float = 0.02  # a reference is never seen twice the same
    gaze: str = "measured"  # "estimated": as a webcam would have it (`training.estimator`)
    seed: int = 0
    validate_every: int = 200


def fit_habitual_pose(generator: FrameGenerator, sessions: Sequence[SessionArrays], styles: Styles) -> None:
    """The mean pose of a session as a linear function of its style, by ridge regression; fixed from then on.

    What moves about it (`OculomotorPlant`) must not also move it, so it is not left to the gradient.
    """
    rng = np.random.default_rng(0)
    inputs = [np.stack([styles.reference(i, g, rng) for g in range(len(v))]) for i, v in enumerate(styles.vectors)]
    rows = np.concatenate(inputs) if generator.config.style_dim else np.ones((sum(map(len, inputs)), 1))
    means = np.repeat([s.motion.mean(0) for s in sessions], [len(x) for x in inputs], axis=0)
    ridge = Ridge(alpha=1.0).fit(rows, generator.normalise(torch.tensor(means)).numpy())
    generator.first_pose.weight.data.copy_(torch.tensor(ridge.coef_))
    generator.first_pose.bias.data.copy_(torch.tensor(ridge.intercept_))
    generator.first_pose.requires_grad_(False)


def losses(
    model: nn.Module, generator: FrameGenerator, batch: GeneratorBatch, config: GeneratorTraining
) -> tuple[Tensor, dict[str, float]]:
    """Loss of one batch in z-scored units, and its parts."""
    frames = batch.target.shape[1]
    predicted, log_sigma = model(batch.audio, batch.past, batch.style, frames)
    target = generator.normalise(batch.target)
    known = 0 if batch.past is None else config.known
    weight = torch.ones(frames, device=target.device)
    weight[:known] = config.known_weight
    loss, mse, vel = generator_loss(predicted, target, config.position_share, weight)
    # what remains unknown, where the model runs free: head, and the mean of both eyes as world gaze
    left = ((target - predicted) * generator.std)[:, max(known, frames // 2) :].detach()
    gaze = torch.stack(
        [(left[..., 3] + left[..., 5]) / 2 + left[..., 0], (left[..., 4] + left[..., 6]) / 2 + left[..., 1]], -1
    )
    spread = spread_loss(log_sigma, torch.cat([left[..., :3], gaze], -1))
    return loss + 0.02 * spread, {"loss": loss.item(), "mse": mse.item(), "vel": vel.item(), "spread": spread.item()}


def new_generator(config: GeneratorTraining, train: Sequence[SessionArrays], styles: Styles) -> FrameGenerator:
    """A generator with the statistics of the training sessions, before its first step."""
    torch.manual_seed(config.seed)
    generator: FrameGenerator = MODELS[type(config.model)](config.model)  # type: ignore[arg-type]
    for name, value in (motion_statistics(train) | feature_statistics(train)).items():
        if hasattr(generator, name):
            getattr(generator, name).copy_(value)
    fit_habitual_pose(generator, train, styles)
    nn.init.constant_(generator.spread.bias, 1.0)  # spreads start from a few degrees
    return generator


def train_generator(
    config: GeneratorTraining,
    train: Sequence[SessionArrays],
    validation: Sequence[SessionArrays],
    encoder: StyleEncoder,
    log: RunLog,
    state: Path | None = None,
    identity: str = "",
    cache: Path | None = None,
) -> tuple[FrameGenerator, dict[str, Any]]:
    """Teacher forcing over `known` frames, then the model's own past over `rolled`; best on validation is returned.

    Args:
        encoder: the frozen style encoder; styles of the sessions' windows are computed once.
        log, state, identity: see `loop.fit`.
        cache: folder that keeps the styles' embeddings.

    Returns:
        The generator, and what the best validation said (`HeldOut.score`).
    """
    styles = embed_styles(encoder, train, config.model.style_dim, cache)
    held = embed_styles(encoder, validation, config.model.style_dim, cache)
    generator = new_generator(config, train, styles)
    look = (config.model.look_back, config.model.look_ahead)
    held_out = HeldOut.of(validation, held, look)

    def step_loss(model: nn.Module, rng: np.random.Generator) -> tuple[Tensor, dict[str, float]]:
        if rng.random() < config.from_rest:
            batch = from_rest(train, styles, config.batch, config.rest_frames, look, rng)
        else:
            batch = after_a_past(train, styles, config.batch, config.known, config.rolled, look, config.own_style, rng)
        batch = batch.filled(generator.audio_mean.cpu()).to(generator.mean.device)
        noisy = nn.functional.normalize(batch.style + config.style_noise * torch.randn_like(batch.style), dim=-1)
        return losses(model, generator, GeneratorBatch(batch.audio, batch.past, batch.target, noisy), config)

    def validate() -> tuple[dict[str, Any], float]:
        said = held_out.score(generator, config.position_share)
        return {"validation": said}, said["loss"]

    found = fit(generator, config, step_loss, validate, log, state, identity)
    return generator, found
