"""A checkpoint is a folder: config.json and model.safetensors (float16 weights, float32 statistics). Never a pickle."""

from __future__ import annotations

import json
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import nn

from stygaze.errors import StyGazeError
from stygaze.models.events import EventGenerator, EventsConfig
from stygaze.models.generator import GeneratorConfig, MotionGenerator
from stygaze.models.style_encoder import StyleEncoder, StyleEncoderConfig
from stygaze.models.transformer import TransformerConfig, TransformerGenerator
from stygaze.motion_files import replacing

KEPT = torch.float16  # of weights
KINDS: dict[str, tuple[type, type]] = {
    "style_encoder": (StyleEncoderConfig, StyleEncoder),
    "generator": (GeneratorConfig, MotionGenerator),  # the LSTM
    "events": (EventsConfig, EventGenerator),
    "transformer": (TransformerConfig, TransformerGenerator),
}  # a module of another kind than its name says so by "kind" in its config: {"generator": {"kind": "transformer", ...}}


def save_checkpoint(folder: str | Path, modules: dict[str, nn.Module], record: dict[str, Any]) -> Path:
    """Write modules (names as in `KINDS`) with their configs and a record (encoder, fps, corpus, seed, scores).

    Weights are stored as float16; buffers (normalisation statistics) keep float32.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    tensors, configs = {}, {}
    for name, module in modules.items():
        kind = next(kind for kind, (_, made) in KINDS.items() if type(module) is made)
        configs[name] = ({} if kind == name else {"kind": kind}) | asdict(module.config)  # type: ignore[call-overload]
        buffers = {key for key, _ in module.named_buffers()}
        for key, value in module.state_dict().items():
            tensors[f"{name}.{key}"] = value.to(torch.float32 if key in buffers else KEPT).contiguous().cpu()
    with replacing(folder / "model.safetensors") as temporary:
        save_file(tensors, temporary)
    with replacing(folder / "config.json") as temporary:
        temporary.write_text(json.dumps({"models": configs, **record}, indent=2) + "\n")
    return folder


def round_weights(module: nn.Module) -> None:
    """Weights become what `save_checkpoint` keeps of them."""
    for parameter in module.parameters():
        parameter.data = parameter.data.to(KEPT).float()


def load_checkpoint(folder: str | Path) -> tuple[dict[str, nn.Module], dict[str, Any]]:
    """Modules in evaluation mode, frozen, and the whole config.

    Raises:
        StyGazeError: not a checkpoint folder, an unknown kind of model, or weights that do not fit the config.
    """
    folder = Path(folder)
    try:
        config = json.loads((folder / "config.json").read_text())
        tensors = load_file(folder / "model.safetensors")
    except FileNotFoundError as error:
        raise StyGazeError(f"{folder} is not a checkpoint: it has no {Path(error.filename or '').name}.") from None
    except (json.JSONDecodeError, UnicodeDecodeError, SafetensorError, OSError) as error:
        raise StyGazeError(f"The checkpoint {folder} cannot be read: {error}.") from None
    modules = {}
    for name, settings in config.get("models", {}).items():
        kind = settings.get("kind", name)
        if kind not in KINDS:
            raise StyGazeError(
                f"The checkpoint {folder} holds a {kind!r}, which this version does not know; update stygaze."
            )
        config_class, module_class = KINDS[kind]
        settings = {key: value for key, value in settings.items() if key != "kind"}
        unknown = set(settings) - {f.name for f in fields(config_class)}
        if unknown:
            raise StyGazeError(f"The checkpoint {folder} has the unknown setting {sorted(unknown)[0]!r} for {name}.")
        module = module_class(config_class(**settings))
        state = {k.removeprefix(f"{name}."): v.float() for k, v in tensors.items() if k.startswith(f"{name}.")}
        try:
            module.load_state_dict(state)
        except RuntimeError as error:
            raise StyGazeError(
                f"The weights in {folder} do not fit its config: {str(error).splitlines()[1].strip()}"
            ) from None
        modules[name] = module.eval().requires_grad_(False)
    if not modules:
        raise StyGazeError(f"{folder}/config.json names no models; it is not a StyGazeTalk checkpoint.")
    return modules, config
