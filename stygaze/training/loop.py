"""The one training loop: AdamW, warm-up and cosine, best weights kept, and a run that a kill does not lose.

What is random in a step is seeded by the run's seed and the step's number, so that a run which goes on from its last
save does what an unbroken one would have done, to the bit on one machine.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from accelerate import Accelerator
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from stygaze.motion_files import replacing

Progress = Callable[[str, int, int], None]
SAVE_EVERY_S = 25.0


class Settings(Protocol):
    """What a training config says about the loop."""

    @property
    def steps(self) -> int: ...
    @property
    def learning_rate(self) -> float: ...
    @property
    def weight_decay(self) -> float: ...
    @property
    def warm_up(self) -> int: ...
    @property
    def validate_every(self) -> int: ...
    @property
    def seed(self) -> int: ...


# a batch's loss and what the log shall say about it; draws only from the generator it is given and from torch
StepLoss = Callable[[nn.Module, np.random.Generator], tuple[Tensor, dict[str, float]]]
# what the log shall say about the module as it is, and a figure that shall be small
Validate = Callable[[], tuple[dict[str, Any], float]]


class RunLog:
    """Lines of JSON in a file (or in memory only), and the latest of them to whoever shows progress."""

    def __init__(self, path: Path | None = None, show: Progress | None = None, label: str = ""):
        self.path, self.entries = path, list[dict]()
        self._show, self._label = show, label

    def __call__(self, entry: dict) -> None:
        self.entries.append(entry)
        if self.path is not None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with open(self.path, "a") as file:
                file.write(json.dumps(entry) + "\n")
        if self._show and "of" in entry:
            told = f"{self._label}loss {entry['loss']:.3f}, {entry['remaining']:.0f} s left"
            self._show(told.strip(), entry["step"], entry["of"])

    def cut(self, length: int) -> None:
        """Forget what was written after the first `length` bytes."""
        self.entries.clear()
        if self.path is not None and self.path.exists():
            with open(self.path, "rb+") as file:
                file.truncate(length)

    @property
    def length(self) -> int:
        return self.path.stat().st_size if self.path is not None and self.path.exists() else 0


def rate(step: int, steps: int, warm_up: int) -> float:
    """Share of the learning rate at a step, counted from 0: linear warm-up, then a cosine down to 2 %.

    >>> [round(rate(k, 100, 10), 2) for k in (0, 9, 50, 100)]
    [0.1, 0.98, 0.51, 0.02]
    """
    return min(1.0, (step + 1) / max(1, warm_up)) * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * min(1, step / steps))))


class _State:
    """A run on disk: weights, optimiser, best weights so far, and where it stood. One safetensors file, no pickle."""

    def __init__(self, path: Path | None, identity: str):
        self.path, self.identity, self.saved = path, identity, time.monotonic()

    def save(self, module: nn.Module, optimiser: torch.optim.Optimizer, best: dict[str, Tensor], told: dict) -> None:
        self.saved = time.monotonic()
        if self.path is None:
            return
        tensors = {f"model.{k}": v for k, v in module.state_dict().items()} | {f"best.{k}": v for k, v in best.items()}
        for i, values in optimiser.state_dict()["state"].items():
            tensors |= {f"optimiser.{i}.{k}": v for k, v in values.items()}
        metadata = {"run": json.dumps({**told, "identity": self.identity})}
        with replacing(self.path) as temporary:
            save_file({k: v.detach().cpu().contiguous().clone() for k, v in tensors.items()}, temporary, metadata)

    def load(self, module: nn.Module, optimiser: torch.optim.Optimizer) -> tuple[dict[str, Tensor], dict] | None:
        """Best weights and what was told, after module and optimiser were set; None when there is nothing to go on."""
        if self.path is None or not self.path.exists():
            return None
        try:
            with safe_open(self.path, framework="pt") as file:
                told = json.loads(file.metadata()["run"])
                if told["identity"] != self.identity:
                    return None  # another run stood here
                tensors = {k: file.get_tensor(k) for k in file.keys()}  # noqa: SIM118  # not a dict
        except (SafetensorError, OSError, KeyError, TypeError, json.JSONDecodeError):
            return None
        parts: dict[str, dict[str, Tensor]] = {"model": {}, "best": {}, "optimiser": {}}
        for key, value in tensors.items():
            part, name = key.split(".", 1)
            parts[part][name] = value
        module.load_state_dict(parts["model"])
        state: dict[int, dict[str, Tensor]] = {}
        for key, value in parts["optimiser"].items():
            i, name = key.split(".")
            state.setdefault(int(i), {})[name] = value
        optimiser.load_state_dict({**optimiser.state_dict(), "state": state})
        return parts["best"], told


def fit(
    module: nn.Module,
    settings: Settings,
    step_loss: StepLoss,
    validate: Validate,
    log: RunLog,
    state: Path | None = None,
    identity: str = "",
) -> dict[str, Any]:
    """Train a module in place; it ends with the weights that were best on validation, in evaluation mode.

    Args:
        module: its parameters that require a gradient are trained.
        step_loss, validate: see their types; both are called with the module in the right mode.
        log: gets {"step", "of", "loss", ..., "seconds", "remaining"} every 20 steps, and each validation.
        state: file that keeps the run; a run of the same `identity` goes on from there. None: not kept.

    Returns:
        What the best validation said, with "step", and "seconds" of the whole run.
    """
    accelerator = Accelerator()
    learned = [p for p in module.parameters() if p.requires_grad]
    optimiser = torch.optim.AdamW(learned, settings.learning_rate, weight_decay=settings.weight_decay)
    model, prepared = accelerator.prepare(module, optimiser)
    keep = _State(state, identity)
    best: dict[str, Tensor] = {}
    done, spent, best_score, found = 0, 0.0, math.inf, dict[str, Any]()
    if (resumed := keep.load(module, optimiser)) is not None:
        best, told = resumed
        done, spent, best_score, found = told["step"], told["seconds"], told["best_score"], told["best"]
        log.cut(told["log"])
    else:
        log.cut(0)
    begun, begun_at = time.monotonic() - spent, done
    for step in range(done + 1, settings.steps + 1):
        draw = np.random.default_rng([settings.seed, step, accelerator.process_index])
        torch.manual_seed(int(draw.integers(2**62)))  # dropout and noise
        for group in optimiser.param_groups:
            group["lr"] = settings.learning_rate * rate(step - 1, settings.steps, settings.warm_up)
        model.train()
        loss, parts = step_loss(model, draw)
        prepared.zero_grad()
        accelerator.backward(loss)
        accelerator.clip_grad_norm_(learned, 1.0)
        prepared.step()
        seconds = time.monotonic() - begun
        if step % 20 == 0 or step == settings.steps:
            left = (seconds - spent) / (step - begun_at) * (settings.steps - step)
            entry = {"step": step, "of": settings.steps} | {k: round(v, 4) for k, v in parts.items()}
            log(entry | {"seconds": round(seconds, 1), "remaining": round(left, 1)})
        if step % settings.validate_every == 0 or step == settings.steps:
            model.eval()
            with torch.no_grad():
                said, score = validate()
            log({"step": step, **said})
            if score <= best_score or not best:
                best_score, found = score, {"step": step, **said}
                best = {k: v.detach().clone() for k, v in module.state_dict().items()}
        if time.monotonic() - keep.saved > SAVE_EVERY_S or step == settings.steps:
            keep.save(module, optimiser, best, {
                "step": step, "seconds": seconds, "best_score": best_score, "best": found, "log": log.length,
            })  # fmt: skip
    module.cpu().load_state_dict(best)
    module.eval()
    return found | {"seconds": round(time.monotonic() - begun, 1)}
