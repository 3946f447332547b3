"""Training of the motion generator with position and velocity loss (paper, section III.C)."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from accelerate import Accelerator
from sklearn.linear_model import Ridge
from torch import Tensor

from stygaze.models.generator import GeneratorConfig, MotionGenerator
from stygaze.models.style_encoder import StyleEncoder
from stygaze.training.data import (
    GeneratorBatch,
    SessionArrays,
    feature_statistics,
    generator_windows,
    motion_statistics,
)
from stygaze.training.losses import generator_loss, spread_loss
from stygaze.training.style import Log, cosine_rate


@dataclass(frozen=True)
class GeneratorTraining:
    model: GeneratorConfig = field(default_factory=GeneratorConfig)
    steps: int = 2400
    batch: int = 48
    known: int = 50  # M: frames with the true past at the start of a window
    rolled: int = 50  # frames after them with the model's own past, as in use
    position_share: float = 0.5  # lambda: 1 leaves only the position loss
    from_rest: float = 0.3  # share of steps that start without a past, as a new clip does
    learning_rate: float = 1e-3
    weight_decay: float = 1e-3
    style_noise: float = 0.05  # a reference is never seen twice the same
    seed: int = 0
    validate_every: int = 200


def fill(batch: GeneratorBatch, generator: MotionGenerator) -> GeneratorBatch:
    """Speech beyond the ends of a clip is the feature mean, in training as in use."""
    audio = torch.where(torch.isnan(batch.audio), generator.audio_mean, batch.audio)
    return GeneratorBatch(audio, batch.past, batch.target, batch.style)


def fit_habitual_pose(
    generator: MotionGenerator, sessions: Sequence[SessionArrays], styles: Sequence[np.ndarray]
) -> None:
    """The mean pose of a session as a linear function of its style, by ridge regression; fixed from then on.

    What moves about it (`OculomotorPlant`) must not also move it, so it is not left to the gradient.
    """
    inputs = np.concatenate(styles) if generator.config.style_dim else np.ones((sum(map(len, styles)), 1))
    means = np.repeat([s.motion.mean(0) for s in sessions], [len(e) for e in styles], axis=0)
    ridge = Ridge(alpha=1.0).fit(inputs, generator.normalise(torch.tensor(means)).numpy())
    generator.first_pose.weight.data.copy_(torch.tensor(ridge.coef_))
    generator.first_pose.bias.data.copy_(torch.tensor(ridge.intercept_))
    generator.first_pose.requires_grad_(False)


def losses(
    model: torch.nn.Module, generator: MotionGenerator, batch: GeneratorBatch, rest: bool, share: float
) -> tuple[Tensor, dict[str, float]]:
    """Loss of one batch in z-scored units, and its parts."""
    frames = batch.target.shape[1]
    predicted, log_sigma = model(batch.audio, None if rest else batch.past, batch.style, frames)
    target = generator.normalise(batch.target)
    loss, mse, vel = generator_loss(predicted, target, share)
    # what remains unknown, for the free-running half: head, and the mean of both eyes as world gaze
    left = ((target - predicted) * generator.std)[:, frames // 2 :].detach()
    gaze = torch.stack(
        [(left[..., 3] + left[..., 5]) / 2 + left[..., 0], (left[..., 4] + left[..., 6]) / 2 + left[..., 1]], -1
    )
    spread = spread_loss(log_sigma, torch.cat([left[..., :3], gaze], -1))
    return loss + 0.02 * spread, {"loss": loss.item(), "mse": mse.item(), "vel": vel.item(), "spread": spread.item()}


def train_generator(
    config: GeneratorTraining,
    train: Sequence[SessionArrays],
    validation: Sequence[SessionArrays],
    encoder: StyleEncoder,
    log: Log,
) -> MotionGenerator:
    """Teacher forcing over `known` frames, then the model's own past over `rolled`; best validation loss is returned.

    Args:
        encoder: the frozen style encoder; styles of the sessions' windows are computed once.
        log: gets a dict every 20 steps and at each validation.
    """
    torch.manual_seed(config.seed)
    rng = np.random.default_rng(config.seed)
    generator = MotionGenerator(config.model)
    for name, value in (motion_statistics(train) | feature_statistics(train)).items():
        if hasattr(generator, name):
            getattr(generator, name).copy_(value)
    styles = [encoder.embed(s.motion) for s in train]
    fit_habitual_pose(generator, train, styles)
    torch.nn.init.constant_(generator.spread.bias, 1.0)  # spreads start from a few degrees
    held_styles = [encoder.embed(s.motion) for s in validation]
    look = (config.model.look_back, config.model.look_ahead)
    frames = config.known + config.rolled

    def held_out() -> list[GeneratorBatch]:
        fixed = np.random.default_rng(12345)
        return [
            fill(generator_windows(validation, held_styles, 64, config.known, frames, look, fixed), generator)
            for _ in range(4)
        ]

    held = held_out()
    learned = [p for p in generator.parameters() if p.requires_grad]
    optimiser = torch.optim.AdamW(learned, config.learning_rate, weight_decay=config.weight_decay)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: cosine_rate(step, config.steps))
    accelerator = Accelerator()
    model, optimiser, schedule = accelerator.prepare(generator, optimiser, schedule)
    best, best_state, begun = np.inf, None, time.monotonic()
    for step in range(1, config.steps + 1):
        model.train()
        batch = fill(generator_windows(train, styles, config.batch, config.known, frames, look, rng), generator)
        batch = GeneratorBatch(*(x.to(accelerator.device) for x in vars(batch).values()))
        noisy = torch.nn.functional.normalize(batch.style + config.style_noise * torch.randn_like(batch.style), dim=-1)
        batch = GeneratorBatch(batch.audio, batch.past, batch.target, noisy)
        loss, parts = losses(model, generator, batch, rng.random() < config.from_rest, config.position_share)
        optimiser.zero_grad()
        accelerator.backward(loss)
        accelerator.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        if step % 20 == 0 or step == config.steps:
            seconds = time.monotonic() - begun
            log(
                {
                    "step": step,
                    "of": config.steps,
                    **{k: round(v, 4) for k, v in parts.items()},
                    "seconds": round(seconds, 1),
                }
            )
        if step % config.validate_every == 0 or step == config.steps:
            model.eval()
            with torch.no_grad():
                scored = [
                    losses(model, generator, b, rest, config.position_share)[1] for b in held for rest in (False, True)
                ]
            score = {f"validation_{k}": round(float(np.mean([s[k] for s in scored])), 4) for k in scored[0]}
            log({"step": step, **score})
            if score["validation_loss"] < best:
                best = score["validation_loss"]
                best_state = {k: v.detach().clone() for k, v in generator.state_dict().items()}
    generator = accelerator.unwrap_model(model).cpu()
    if best_state is not None:
        generator.load_state_dict(best_state)
    return generator.eval()
