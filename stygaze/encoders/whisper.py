"""The encoder of Whisper (Radford et al. 2022, section 2), run over short windows in place of padded 30 s.

Its input is the log-mel spectrogram of that paper with one change: the floor, there 8 decades below the clip's maximum,
is fixed, because a clip's maximum is not known while it still arrives.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from stygaze.errors import StyGazeError
from stygaze.speech import SAMPLE_RATE

if TYPE_CHECKING:
    import torch

FFT, HOP = 400, 160
FLOOR = -7.5  # log10 of mel power


class WhisperWindow:
    """Window of samples -> features at 25 FPS, for windows of one fixed length.

    Args:
        folder: config.json and model.safetensors, whose int8 matrices carry a scale a row (script/build_encoder.py).
        frames: the length of a window in frames of 40 ms, at most 750.

    Raises:
        StyGazeError: the folder does not hold such an encoder.
    """

    def __init__(self, folder: Path, frames: int) -> None:
        import torch
        from transformers import WhisperConfig
        from transformers.audio_utils import mel_filter_bank
        from transformers.models.whisper.modeling_whisper import WhisperEncoder

        self.frames = frames
        said = json.loads((folder / "config.json").read_text())
        clock = said.pop("clock_columns", [])
        config = WhisperConfig(**{**said, "max_source_positions": 2 * frames, "attn_implementation": "sdpa"})
        self.dim = config.d_model
        self._model = WhisperEncoder(config).eval().requires_grad_(False)
        missing, unknown = self._model.load_state_dict(_weights(folder / "model.safetensors"), strict=False)
        if unknown or set(missing) - {"embed_positions.weight"}:
            raise StyGazeError(f"{folder.name} does not hold a Whisper encoder; build it with script/build_encoder.py.")
        mel = mel_filter_bank(
            FFT // 2 + 1, config.num_mel_bins, 0, 8000, SAMPLE_RATE, norm="slaney", mel_scale="slaney"
        )
        self._mel = torch.from_numpy(mel.T.astype(np.float32)).contiguous()
        self._hann = torch.hann_window(FFT)
        self._said = torch.ones(self.dim)
        self._said[clock] = 0.0

    def log_mel(self, window: torch.Tensor) -> torch.Tensor:
        """Log-mel spectrogram [bands, 100 a second] of samples [n], about -1 to 1.5."""
        import torch

        spectrum = torch.stft(window, FFT, HOP, window=self._hann, center=True, pad_mode="reflect", return_complex=True)
        power = spectrum[:, :-1].abs() ** 2
        return ((self._mel @ power).clamp(min=10.0**FLOOR).log10() + 4) / 4

    def __call__(self, window: np.ndarray) -> np.ndarray:
        """Samples [frames * 640] -> [frames, dim]: the encoder's 50 vectors a second, averaged in pairs."""
        import torch

        with torch.inference_mode():
            mel = self.log_mel(torch.from_numpy(window))
            hidden = self._model(mel[None]).last_hidden_state[0]
            return (hidden.reshape(self.frames, 2, self.dim).mean(1) * self._said).numpy()


def _weights(path: Path) -> dict[str, torch.Tensor]:
    """float32 weights of a file whose int8 matrices [out, in] carry `NAME_scale` [out, groups of a row]."""
    from safetensors.torch import load_file

    stored = load_file(path)
    scales = {name: stored.pop(name + "_scale").float() for name in list(stored) if name + "_scale" in stored}
    weights = {name: value.float() for name, value in stored.items()}
    for name, scale in scales.items():
        weights[name] = (weights[name].view(*scale.shape, -1) * scale[..., None]).view_as(weights[name])
    return weights
