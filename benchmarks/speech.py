"""Speech to motion with its encoder, a stream beside one pass, and our fixed blocks beside padding to 30 s."""

from __future__ import annotations

import numpy as np
import torch
from transformers import WhisperConfig, WhisperFeatureExtractor
from transformers.models.whisper.modeling_whisper import WhisperEncoder

from benchmarks import material
from benchmarks.timing import Row, side_by_side
from stygaze.encoders import load_encoder
from stygaze.motion import Motion
from stygaze.speech import SAMPLE_RATE, Speech

CHUNK = 4000  # samples: a quarter of a second, about what a browser sends


def rows() -> list[Row]:
    model = material.model()
    style = material.style()
    found = []
    for seconds, budget in ((10, 1.0), (60, None)):
        sound = material.samples(seconds)

        def whole(sound: np.ndarray = sound) -> Motion:
            return model.generate(model.listen((sound, SAMPLE_RATE)), style, seed=1)

        taken, _ = side_by_side(whole, runs=5 if seconds == 10 else 3)
        found.append(Row(f"{seconds} s of speech to motion, encoder included", taken, budget=budget))

    sound = material.samples(10)
    chunks = [sound[i : i + CHUNK] for i in range(0, len(sound), CHUNK)]

    def streamed() -> np.ndarray:
        return np.concatenate([part.frames for part in model.stream(iter(chunks), style, seed=1)])

    one_pass = model.generate(model.listen((sound, SAMPLE_RATE)), style, seed=1)
    same = "bit for bit the same" if np.array_equal(streamed(), one_pass.frames) else "NOT the same motion"
    taken, usual = side_by_side(streamed, lambda: model.generate(model.listen((sound, SAMPLE_RATE)), style, seed=1))
    found.append(Row("10 s streamed in chunks of 0.25 s", taken, usual, "our own one pass", note=same))
    found.append(_encoder(sound))
    return found


def _encoder(sound: np.ndarray) -> Row:
    """The usual Whisper front end pads every clip to 30 s. Same size of network; random weights cost the same time."""
    encoder, speech = load_encoder(), Speech(sound)
    extract = WhisperFeatureExtractor()
    tiny = WhisperConfig(d_model=384, encoder_layers=4, encoder_attention_heads=6, encoder_ffn_dim=1536)
    network = WhisperEncoder(tiny).eval()

    @torch.inference_mode()
    def padded() -> torch.Tensor:
        mel = extract(sound, sampling_rate=SAMPLE_RATE, return_tensors="pt").input_features
        return network(mel).last_hidden_state

    taken, usual = side_by_side(lambda: encoder.encode(speech), padded)
    return Row(
        "10 s through the speech encoder, prosody included", taken, usual, "Whisper tiny padded to 30 s, no prosody"
    )
