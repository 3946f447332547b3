"""A training run: config in, checkpoint folder with its record out.

A run that was stopped goes on from its last save (`state.safetensors` beside its log) when it is started again with the
same config, corpus, seed and parts; one that is finished is not done again.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from stygaze.checkpoints import load_checkpoint, save_checkpoint
from stygaze.corpus.layout import Corpus
from stygaze.encoders import SpeechEncoder, load_encoder
from stygaze.errors import StyGazeError
from stygaze.models.events import EventGenerator
from stygaze.models.frames import FrameGenerator
from stygaze.models.generator import MotionGenerator
from stygaze.models.style_encoder import StyleEncoder
from stygaze.motion import COLUMNS, FPS
from stygaze.training.config import read_config, read_generator_config
from stygaze.training.data import SessionArrays, fingerprint, load_sessions
from stygaze.training.estimator import estimated
from stygaze.training.events import EventsTraining, calibrated, train_events
from stygaze.training.generator import GeneratorTraining, train_generator
from stygaze.training.loop import Progress, RunLog
from stygaze.training.plant import choose_plant
from stygaze.training.search import apply, search
from stygaze.training.style import StyleTraining, style_scores, train_style
from stygaze.training.windows import measured_styles

STATE = "state.safetensors"


def run_style(
    config_path: Path, corpus_path: Path, out: Path, show: Progress | None = None, seed: int | None = None
) -> dict:
    """Train a style encoder; the checkpoint, its config, log and scores go to `out`. Returns the scores.

    Args:
        seed: in place of the config's.
    """
    config, corpus = _seeded(read_config(config_path, StyleTraining), seed), Corpus.open(corpus_path)
    out, digest = Path(out), corpus.digest()
    identity = _digest("style", asdict(config), digest)
    if (done := _finished(out, identity)) is not None:
        return done["scores"]
    train, validation, test = (load_sessions(corpus, split) for split in ("train", "validation", "test"))
    log = RunLog(out / "log.jsonl", show)
    encoder, found = train_style(config, train, validation, log, out / STATE, identity)
    scores = {"validation": style_scores(encoder, validation), "test": style_scores(encoder, test)}
    size = sum(p.numel() for p in encoder.parameters())
    record = _record(config_path, config, corpus, digest, identity, size, found["seconds"])
    save_checkpoint(out, {"style_encoder": encoder}, record | {"scores": scores})
    (out / STATE).unlink(missing_ok=True)
    return scores


@dataclass(frozen=True, eq=False)
class Material:
    """All that a generator is trained with."""

    corpus: Corpus
    digest: str
    speech_encoder: SpeechEncoder
    style_encoder: StyleEncoder
    train: list[SessionArrays]
    validation: list[SessionArrays]

    @property
    def cache(self) -> Path:
        return self.corpus.folder / "features" / "styles"


def _material(
    config: GeneratorTraining | EventsTraining,
    where: Path,
    corpus: Corpus,
    digest: str,
    style: Path,
    encoder: SpeechEncoder,
    show: Progress | None,
) -> Material:
    style_encoder = _style_encoder(style)
    if config.model.style_dim not in (0, style_encoder.config.dim):
        raise StyGazeError(
            f"{where} has style_dim {config.model.style_dim}, the style encoder {style} makes "
            f"{style_encoder.config.dim} numbers; they must agree."
        )
    if encoder.feature_dim != config.model.audio_dim:
        raise StyGazeError(
            f"{where} has audio_dim {config.model.audio_dim}, {encoder.id} gives {encoder.feature_dim}; "
            "set model.audio_dim."
        )

    def shown(split: str) -> Callable[[int, int], None] | None:
        return None if show is None else lambda done, of: show(f"speech features, {split}", done, of)

    train, validation = (load_sessions(corpus, split, encoder, None, shown(split)) for split in ("train", "validation"))
    if config.gaze == "estimated":
        train, validation = estimated(train), estimated(validation)
    elif config.gaze != "measured":
        raise StyGazeError(f"{where} has gaze {config.gaze!r}; it is measured or estimated.")
    return Material(corpus, digest, encoder, style_encoder, train, validation)


def run_generator(
    config_path: Path,
    corpus_path: Path,
    style_checkpoint: Path,
    out: Path,
    encoder_name: str = "whisper-tiny.en",
    show: Progress | None = None,
    seed: int | None = None,
    search: Path | None = None,
) -> dict:
    """Train a motion generator on a frozen style encoder; the folder written to `out` is a whole pipeline.

    Args:
        seed: in place of the config's.
        search: JSON of `run_search`, whose chosen settings replace the config's.

    Returns:
        What the best validation said.
    """
    config, out = _seeded(read_generator_config(config_path), seed), Path(out)
    if search is not None:
        if not isinstance(config, GeneratorTraining):
            raise StyGazeError(f"{config_path} is trained by likelihood; there is no search of its settings.")
        config = apply(config, search)
    corpus, encoder = Corpus.open(corpus_path), load_encoder(encoder_name)
    digest = corpus.digest()
    parts = (asdict(config), digest, _weights(style_checkpoint), encoder.id, fingerprint(encoder))
    identity = _digest("generator", *parts)
    if (done := _finished(out, identity)) is not None:
        return done["scores"]
    material = _material(config, config_path, corpus, digest, style_checkpoint, encoder, show)
    log = RunLog(out / "log.jsonl", show)
    given = material.train, material.validation, material.style_encoder, log, out / STATE, identity, material.cache
    generator: EventGenerator | FrameGenerator
    if isinstance(config, EventsTraining):
        generator, found = train_events(config, *given)
    else:
        generator, found = train_generator(config, *given)
    scores = {"step": found["step"]} | found["validation"]
    free = {"calibration": found["calibration"]} if "calibration" in found else {}
    record = _record(config_path, config, corpus, digest, identity, generator.size, found["seconds"]) | {
        "encoder": {"id": encoder.id, "feature_dim": encoder.feature_dim, "windowing": asdict(encoder.windowing)},
        "plant": None,  # the network's own output, until `run_plant` chooses one
        "scores": scores,
        **free,
    }
    save_checkpoint(out, {"generator": generator, "style_encoder": material.style_encoder}, record)
    (out / STATE).unlink(missing_ok=True)
    return scores


def run_search(
    config_path: Path,
    corpus_path: Path,
    style_checkpoint: Path,
    out_json: Path,
    encoder_name: str = "whisper-tiny.en",
    show: Progress | None = None,
) -> dict:
    """Choose a row's settings on validation by a few short runs; trials that stand in `out_json` are not done again.

    Returns:
        {"row", "trials": [{"settings", "score", ...}], "chosen"}, as written to `out_json`.
    """
    config, out_json = read_config(config_path, GeneratorTraining), Path(out_json)
    corpus, encoder = Corpus.open(corpus_path), load_encoder(encoder_name)
    digest = corpus.digest()
    parts = (asdict(config), digest, _weights(style_checkpoint), encoder.id, fingerprint(encoder))
    identity = _digest("search", *parts)
    material = _material(config, config_path, corpus, digest, style_checkpoint, encoder, show)

    def trial(settings: GeneratorTraining, log: RunLog) -> dict[str, Any]:
        return train_generator(
            settings, material.train, material.validation, material.style_encoder, log, cache=material.cache
        )[1]["validation"]

    return search(Path(config_path).stem, config, trial, out_json, identity, show)


def _seeded(config: Any, seed: int | None) -> Any:
    return config if seed is None else replace(config, seed=seed)


def _style_encoder(checkpoint: Path) -> StyleEncoder:
    encoder = load_checkpoint(checkpoint)[0].get("style_encoder")
    if not isinstance(encoder, StyleEncoder):
        raise StyGazeError(f"{checkpoint} holds no style encoder; train one with `stygaze train style` first.")
    return encoder


def _weights(checkpoint: Path) -> str:
    path = Path(checkpoint) / "model.safetensors"
    if not path.is_file():
        raise StyGazeError(f"{checkpoint} is not a checkpoint: it has no {path.name}.")
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _digest(*parts: Any) -> str:
    """Sixteen hex digits of what a run is made of: the same for the same command on the same material."""
    told = [part.hex() if isinstance(part, bytes) else part for part in parts]
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:16]


def _finished(out: Path, identity: str) -> dict | None:
    """The record of a run of that identity which is complete in `out`."""
    try:
        record = json.loads((out / "config.json").read_text())
    except (OSError, json.JSONDecodeError):
        return None
    return record if record.get("run") == identity and (out / "model.safetensors").is_file() else None


def _record(
    config_path: Path, config: Any, corpus: Corpus, digest: str, identity: str, size: int, seconds: float
) -> dict[str, Any]:
    return {
        "row": Path(config_path).stem,
        "seed": config.seed,
        "steps": config.steps,
        "parameters": size,
        "seconds": round(seconds),
        "fps": FPS,
        "columns": list(COLUMNS),
        "unit": "degrees",
        "training": {k: v for k, v in asdict(config).items() if k != "model"},
        "corpus": {"name": corpus.name, "hash": digest},
        "commit": _commit(),
        "run": identity,
    }


def _commit() -> str:
    """Of this code, where it is known."""
    git = ["git", "rev-parse", "--short", "HEAD"]
    found = subprocess.run(git, capture_output=True, text=True, cwd=Path(__file__).parent).stdout.strip()
    return found or "unknown"


def run_calibration(checkpoint: Path, corpus_path: Path, show: Progress | None = None, anew: bool = False) -> dict:
    """Bring the free run of a trained events generator to a corpus once more; see `calibrate`.

    How far its eyes turn and what they look at stay those of the people it learned from.

    Args:
        anew: from the start, as training ends; else from where it is.

    Returns:
        Moments of the truth and of the free run then.

    Raises:
        StyGazeError: the checkpoint makes no events.
    """
    modules, record = load_checkpoint(checkpoint)
    generator, style_encoder = modules.get("generator"), modules.get("style_encoder")
    if not isinstance(generator, EventGenerator) or not isinstance(style_encoder, StyleEncoder):
        raise StyGazeError(f"{checkpoint} makes no events; only such a model is calibrated.")
    corpus, encoder = Corpus.open(corpus_path), load_encoder(record["encoder"]["id"])
    given: list[Any] = []
    for split in ("train", "validation"):
        sessions = load_sessions(corpus, split, encoder, progress=show and partial(show, f"speech features, {split}"))
        if record.get("training", {}).get("gaze") == "estimated":
            sessions = estimated(sessions)
        cache = corpus.folder / "features" / "styles"
        given += [sessions, measured_styles(style_encoder, sessions, generator.config.style_dim, cache)]
    record["calibration"] = calibrated(generator, *given, anew=anew)
    record["calibrated_on"] = {"name": corpus.name, "hash": corpus.digest(), "commit": _commit()}
    record = {k: v for k, v in record.items() if k != "models"}
    save_checkpoint(checkpoint, {"generator": generator, "style_encoder": style_encoder}, record)
    return record["calibration"]


def run_plant(checkpoint: Path, corpus_path: Path, show: Progress | None = None) -> dict:
    """Choose the oculomotor plant of a trained pipeline on validation sessions and write it into its config."""
    modules, record = load_checkpoint(checkpoint)
    generator, style_encoder = modules.get("generator"), modules.get("style_encoder")
    if not isinstance(generator, MotionGenerator) or not isinstance(style_encoder, StyleEncoder):
        raise StyGazeError(f"{checkpoint} is not a whole LSTM pipeline; train a generator first.")
    encoder = load_encoder(record["encoder"]["id"])
    sessions = load_sessions(Corpus.open(corpus_path), "validation", encoder)

    def log(entry: dict) -> None:
        if show:
            show(f"plant {entry['score']:.3f}", entry["trial"], entry["of"])

    plant, table = choose_plant(generator, style_encoder, sessions, log=log)
    record = {k: v for k, v in record.items() if k != "models"} | {"plant": asdict(plant), "plant_moments": table}
    save_checkpoint(checkpoint, {"generator": generator, "style_encoder": style_encoder}, record)
    return {"plant": asdict(plant), "moments": table}
