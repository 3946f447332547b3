"""Wav2Vec 2.0 (Baevski et al. 2020) and its relatives HuBERT and WavLM: a folder of transformers or a hub id."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np

from stygaze.errors import StyGazeError
from stygaze.speech import SAMPLES_PER_FRAME

KINDS = ("wav2vec2", "hubert", "wavlm")
HOP, REACH = 320, 400  # samples from one vector to the next, and those that a vector's convolutions see
QUIET = 1e-3  # -60 dBFS: a window's level is brought to 1, but silence is not blown up to noise


class Wav2VecWindow:
    """Window of samples -> features at 25 FPS, for windows of one fixed length.

    Args:
        name: folder or hub id of a model in KINDS, with its weights as safetensors.
        frames: the length of a window in frames of 40 ms.

    Raises:
        StyGazeError: no such model, something else, pickled weights only, or the hub cannot be reached.
    """

    def __init__(self, name: str | os.PathLike, frames: int) -> None:
        from safetensors import SafetensorError
        from transformers import AutoModel

        self.frames = frames
        self.id = _identity(name)
        config, self._normalise = _config(name)
        try:
            model, report = AutoModel.from_pretrained(
                name, config=config, use_safetensors=True, attn_implementation="sdpa", output_loading_info=True
            )
        except (OSError, ValueError, RuntimeError, KeyError, SafetensorError) as error:
            raise _no_weights(self.id, _first_line(error)) from error
        if missing := set(report["missing_keys"]) - {"masked_spec_embed"}:  # used in pretraining alone
            raise _no_weights(self.id, f"{len(missing)} tensors are missing, {min(missing)} for one")
        self._model = model.eval().requires_grad_(False)
        self.dim = config.hidden_size

    def __call__(self, window: np.ndarray) -> np.ndarray:
        """Samples [frames * 640] -> [frames, dim]: the model's 50 vectors a second, averaged in pairs.

        The mean and deviation that the model expects at 0 and 1 are the window's: the recording's are not known while
        it still arrives.
        """
        import torch

        if self._normalise:
            window = (window - window.mean()) / max(float(window.std()), QUIET)
        padded = np.zeros(len(window) + REACH - HOP, np.float32)  # so that n samples give n / 320 vectors
        edge = (REACH - HOP) // 2
        padded[edge : edge + len(window)] = window
        with torch.inference_mode():
            hidden = self._model(torch.from_numpy(padded)[None]).last_hidden_state[0]
            return hidden.reshape(self.frames, SAMPLES_PER_FRAME // HOP, self.dim).mean(1).numpy()


def _identity(name: str | os.PathLike) -> str:
    """A folder's own name, because a checkpoint must not remember a path of this machine; else the hub id."""
    return Path(name).resolve().name if Path(name).is_dir() else str(name)


def _config(name: str | os.PathLike) -> tuple[Any, bool]:
    """The model's config, and whether its input is brought to mean 0 and deviation 1."""
    from huggingface_hub.errors import HFValidationError
    from transformers import AutoConfig
    from transformers.utils.hub import cached_file

    if Path(name).is_dir() and not (Path(name) / "config.json").is_file():
        raise StyGazeError(f"The folder {Path(name).name} holds no config.json, so it is not a speech encoder.")
    try:
        config = AutoConfig.from_pretrained(name)
        said = cached_file(name, "preprocessor_config.json", _raise_exceptions_for_missing_entries=False)
    except (OSError, ValueError, HFValidationError) as error:
        if Path(name).is_dir():
            raise StyGazeError(f"The config.json in {Path(name).name} is not a speech encoder's.") from error
        raise StyGazeError(
            f"The encoder {name} is neither a folder here nor reachable on the Hugging Face hub; check the name and "
            "the connection, or download the model elsewhere and give its folder."
        ) from error
    if config.model_type not in KINDS:
        raise StyGazeError(
            f"{_identity(name)} is a {config.model_type} model; a speech encoder is one of {', '.join(KINDS)}."
        )
    if (int(np.prod(config.conv_stride)), _reach(config.conv_kernel, config.conv_stride)) != (HOP, REACH):
        raise StyGazeError(
            f"{_identity(name)} does not give 50 vectors a second, as a Wav2Vec 2.0 speech encoder does."
        )
    return config, bool(json.loads(Path(said).read_text()).get("do_normalize", True)) if said else True


def _reach(kernels: list[int], strides: list[int]) -> int:
    """Samples that one vector of stacked convolutions sees."""
    reach = 1
    for kernel, stride in zip(reversed(kernels), reversed(strides), strict=True):
        reach = (reach - 1) * stride + kernel
    return reach


def _no_weights(name: str, why: str) -> StyGazeError:
    return StyGazeError(
        f"The weights of {name} cannot be loaded ({why}); they must be a complete model.safetensors, as "
        "save_pretrained writes it."
    )


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return (lines[0] if lines else type(error).__name__)[:200].rstrip(".")
