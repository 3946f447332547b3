"""Search of training settings with one budget for every row: as many trials, as many steps, one score.

The first trial is the row's own YAML. The others are drawn from the space of its architecture, the same draws for every
row of that architecture: a recurrent network is tuned in learning rate, dropout, weight decay and the share of starts
from rest, a Transformer as Transformers are, with lower learning rates and a longer warm-up. The score is the mean of
windowed and free MAE on validation sessions, in degrees, whatever the row's own loss is.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any

import numpy as np

from stygaze.errors import StyGazeError
from stygaze.models.frames import FrameConfig
from stygaze.models.generator import GeneratorConfig
from stygaze.models.transformer import TransformerConfig
from stygaze.motion_files import replacing
from stygaze.training.generator import GeneratorTraining
from stygaze.training.loop import Progress, RunLog

TRIALS, STEPS, SEED = 4, 150, 0
# low, high; on a logarithmic scale where the two are more than a factor of five apart
SPACES: dict[type[FrameConfig], dict[str, tuple[float, float]]] = {
    GeneratorConfig: {
        "learning_rate": (6e-4, 4e-3),
        "model.dropout": (0.0, 0.3),
        "weight_decay": (1e-4, 3e-2),
        "from_rest": (0.15, 0.5),
    },
    TransformerConfig: {
        "learning_rate": (2e-4, 2e-3),
        "warm_up": (20, 100),
        "model.dropout": (0.0, 0.2),
        "weight_decay": (1e-3, 1e-1),
    },
}

Trial = Callable[[GeneratorTraining, RunLog], dict[str, Any]]


def draw(config: GeneratorTraining, number: int) -> dict[str, Any]:
    """Settings of a trial; those of trial 0 are the config's own.

    >>> draw(GeneratorTraining(), 0)["learning_rate"], draw(GeneratorTraining(), 1) == draw(GeneratorTraining(), 1)
    (0.001, True)
    """
    space = SPACES[type(config.model)]
    if number == 0:
        said = asdict(config) | {f"model.{k}": v for k, v in asdict(config.model).items()}
        return {name: said[name] for name in space}
    rng = np.random.default_rng(SEED)
    settings: dict[str, Any] = {}
    for name, (low, high) in space.items():
        # a Latin hypercube: each of the drawn trials has its own part of every range
        share = ((rng.permutation(TRIALS - 1) + rng.random(TRIALS - 1)) / (TRIALS - 1))[number - 1]
        value = low * (high / low) ** share if low and high / low > 5 else low + (high - low) * share
        settings[name] = round(value) if name == "warm_up" else float(f"{value:.2g}")
    return settings


def with_settings(config: GeneratorTraining, settings: dict[str, Any]) -> GeneratorTraining:
    """The config with settings replaced; names of the model's own begin with "model."."""
    top = {k: v for k, v in settings.items() if not k.startswith("model.")}
    inner = {k.removeprefix("model."): v for k, v in settings.items() if k.startswith("model.")}
    unknown = (set(top) - {f.name for f in fields(config)}) | (set(inner) - {f.name for f in fields(config.model)})
    if unknown:
        raise StyGazeError(f"{type(config.model).__name__} has no setting {sorted(unknown)[0]!r}.")
    return replace(config, model=replace(config.model, **inner), **top)


def apply(config: GeneratorTraining, search_json: Path) -> GeneratorTraining:
    """The config with what a search chose.

    Raises:
        StyGazeError: the file cannot be read, is no finished search, or is one of another kind of model.
    """
    try:
        chosen = json.loads(Path(search_json).read_text()).get("chosen")
    except (OSError, UnicodeDecodeError, json.JSONDecodeError, AttributeError):
        raise StyGazeError(f"{search_json} cannot be read as the result of `stygaze train search`.") from None
    if not chosen:
        raise StyGazeError(f"{search_json} has chosen nothing yet; run `stygaze train search` to its end.")
    try:
        return with_settings(config, chosen)
    except StyGazeError as error:
        raise StyGazeError(f"{search_json} does not fit this config: {error}") from None


def search(
    row: str, config: GeneratorTraining, trial: Trial, out: Path, identity: str, show: Progress | None = None
) -> dict[str, Any]:
    """Run the trials that `out` does not hold yet, and choose the one with the smallest score.

    Args:
        trial: trains with a config and returns `HeldOut.score` of the result.
        identity: what was searched on; a file of another identity is begun anew.
    """
    found = _kept(out, identity) or {"row": row, "run": identity, "steps": STEPS, "trials": [], "chosen": {}}
    for number in range(len(found["trials"]), TRIALS):
        settings = draw(config, number)
        short = replace(with_settings(config, settings), steps=STEPS, validate_every=STEPS)
        said = trial(short, RunLog(None, show, f"trial {number + 1} of {TRIALS}, "))
        protocols = {k: said[k]["degrees"] for k in ("windowed", "free")}
        found["trials"].append({"settings": settings, "score": said["degrees"], **protocols})
        if number == TRIALS - 1:
            found["chosen"] = min(found["trials"], key=lambda t: t["score"])["settings"]
        with replacing(out) as temporary:
            temporary.write_text(json.dumps(found, indent=2) + "\n")
    return found


def _kept(out: Path, identity: str) -> dict[str, Any] | None:
    try:
        found = json.loads(out.read_text())
    except (OSError, UnicodeDecodeError, json.JSONDecodeError):
        return None
    return found if isinstance(found, dict) and found.get("run") == identity else None
