"""A training run: config in, checkpoint folder with its record out."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable
from dataclasses import asdict, fields, is_dataclass
from pathlib import Path
from typing import Any, TypeVar

import yaml

from stygaze.checkpoints import load_checkpoint, save_checkpoint
from stygaze.corpus.layout import Corpus
from stygaze.encoders import load_encoder
from stygaze.errors import StyGazeError
from stygaze.models.generator import MotionGenerator
from stygaze.models.style_encoder import StyleEncoder
from stygaze.motion import COLUMNS, FPS
from stygaze.training.data import load_sessions
from stygaze.training.generator import GeneratorTraining, train_generator
from stygaze.training.plant import choose_plant
from stygaze.training.style import StyleTraining, style_scores, train_style

Config = TypeVar("Config", StyleTraining, GeneratorTraining)
Progress = Callable[[str, int, int], None]


def read_config(path: str | Path, kind: type[Config]) -> Config:
    """A YAML file as a config dataclass; every key must be one it knows.

    Raises:
        StyGazeError: not YAML, or a key that is misspelt.
    """
    try:
        said = yaml.safe_load(Path(path).read_text()) or {}
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise StyGazeError(f"The config {path} cannot be read: {str(error).splitlines()[0]}") from None
    return _fill(kind, said, str(path))


def _fill(kind: type, said: Any, where: str) -> Any:
    known = {f.name: f for f in fields(kind)}
    if not isinstance(said, dict) or set(said) - set(known):
        odd = sorted(set(said) - set(known))[0] if isinstance(said, dict) else said
        raise StyGazeError(f"{where} has {odd!r}; {kind.__name__} knows {', '.join(known)}.")
    default = kind()
    values = {}
    for name, value in said.items():
        nested = getattr(default, name)
        values[name] = _fill(type(nested), value, f"{where}: {name}") if is_dataclass(nested) else value
    return kind(**values)


class RunLog:
    """Lines of JSON in a file, and the latest of them to whoever shows progress."""

    def __init__(self, path: Path, show: Progress | None = None):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("")
        self._path, self._show = path, show

    def __call__(self, entry: dict) -> None:
        with open(self._path, "a") as file:
            file.write(json.dumps(entry) + "\n")
        if self._show and "of" in entry:
            self._show(f"loss {entry['loss']:.3f}", entry["step"], entry["of"])


def _commit() -> str:
    result = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, cwd=Path(__file__).parent
    )
    return result.stdout.strip() or "unknown"


def run_style(config_path: Path, corpus_path: Path, out: Path, show: Progress | None = None) -> dict:
    """Train a style encoder; the checkpoint, its config, log and test scores go to `out`. Returns the scores."""
    config, corpus = read_config(config_path, StyleTraining), Corpus.open(corpus_path)
    train, validation, test = (load_sessions(corpus, split) for split in ("train", "validation", "test"))
    begun = time.monotonic()
    encoder = train_style(config, train, validation, RunLog(out / "log.jsonl", show))
    scores = {"validation": style_scores(encoder, validation), "test": style_scores(encoder, test)}
    record = _record(config, corpus, begun, scores)
    save_checkpoint(out, {"style_encoder": encoder}, record)
    return scores


def run_generator(
    config_path: Path,
    corpus_path: Path,
    style_checkpoint: Path,
    out: Path,
    encoder_name: str = "whisper-tiny.en",
    show: Progress | None = None,
) -> dict:
    """Train a motion generator on a frozen style encoder; the folder written to `out` is a whole pipeline."""
    config, corpus = read_config(config_path, GeneratorTraining), Corpus.open(corpus_path)
    modules, _ = load_checkpoint(style_checkpoint)
    style_encoder = modules.get("style_encoder")
    if not isinstance(style_encoder, StyleEncoder):
        raise StyGazeError(f"{style_checkpoint} holds no style encoder; train one with `stygaze train style` first.")
    encoder = load_encoder(encoder_name)
    if encoder.feature_dim != config.model.audio_dim:
        raise StyGazeError(
            f"{config_path} has audio_dim {config.model.audio_dim}, {encoder.id} gives {encoder.feature_dim}; "
            "set model.audio_dim."
        )

    def shown(split: str) -> Callable[[int, int], None] | None:
        return None if show is None else lambda done, of: show(f"speech features, {split}", done, of)

    train, validation = (load_sessions(corpus, split, encoder, None, shown(split)) for split in ("train", "validation"))
    begun, log = time.monotonic(), RunLog(out / "log.jsonl", show)
    best: dict[str, float] = {}

    def logged(entry: dict) -> None:
        if "validation_loss" in entry and entry["validation_loss"] < best.get("validation_loss", float("inf")):
            best.update(entry)
        log(entry)

    generator = train_generator(config, train, validation, style_encoder, logged)
    record = _record(config, corpus, begun, best) | {
        "encoder": {"id": encoder.id, "feature_dim": encoder.feature_dim, "windowing": asdict(encoder.windowing)}
    }
    save_checkpoint(out, {"generator": generator, "style_encoder": style_encoder}, record)
    return best


def _record(config: Any, corpus: Corpus, begun: float, scores: dict) -> dict:
    training = {k: v for k, v in asdict(config).items() if k != "model"}
    return {
        "fps": FPS,
        "columns": list(COLUMNS),
        "unit": "degrees",
        "training": training,
        "seconds": round(time.monotonic() - begun),
        "corpus": {"name": corpus.name, "hash": corpus.digest()},
        "commit": _commit(),
        "scores": scores,
    }


def run_plant(checkpoint: Path, corpus_path: Path, show: Progress | None = None) -> dict:
    """Choose the oculomotor plant of a trained pipeline on validation sessions and write it into its config."""
    modules, record = load_checkpoint(checkpoint)
    generator, style_encoder = modules.get("generator"), modules.get("style_encoder")
    if not isinstance(generator, MotionGenerator) or not isinstance(style_encoder, StyleEncoder):
        raise StyGazeError(f"{checkpoint} is not a whole pipeline; train a generator first.")
    encoder = load_encoder(record["encoder"]["id"])
    sessions = load_sessions(Corpus.open(corpus_path), "validation", encoder)

    def log(entry: dict) -> None:
        if show:
            show(f"plant {entry['score']:.3f}", entry["trial"], entry["of"])

    plant, table = choose_plant(generator, style_encoder, sessions, log=log)
    record = {k: v for k, v in record.items() if k != "models"} | {"plant": asdict(plant), "plant_moments": table}
    save_checkpoint(checkpoint, {"generator": generator, "style_encoder": style_encoder}, record)
    return {"plant": asdict(plant), "moments": table}
