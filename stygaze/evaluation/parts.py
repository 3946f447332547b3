"""The parts of an evaluation: each is computed by itself, kept as a file, and not computed again while it is true."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from stygaze.checkpoints import load_checkpoint
from stygaze.corpus.layout import Corpus
from stygaze.encoders import load_encoder
from stygaze.errors import StyGazeError
from stygaze.evaluation import references
from stygaze.evaluation.beats import beats_of
from stygaze.evaluation.patterns import metrics_of
from stygaze.evaluation.predictions import Prediction
from stygaze.evaluation.protocols import TestSession, free, own_past, test_sessions, windowed, with_speech_of
from stygaze.evaluation.two_sample import FOLDS, cross_validated, positive_controls
from stygaze.models.frames import FrameGenerator
from stygaze.models.style_encoder import StyleEncoder
from stygaze.motion import FPS
from stygaze.motion_files import replacing

LISTENER = "se-64"  # the row whose speech is exchanged for the row `shuffled-speech`
SHUFFLED = "shuffled-speech"
CONTROL = "control:"


@dataclass(frozen=True)
class Model:
    """A trained generator to evaluate: the row it belongs to, its seed, its checkpoint."""

    row: str
    seed: int
    folder: Path

    @property
    def id(self) -> str:
        return f"{self.row}-{self.seed}"

    @property
    def digest(self) -> str:
        return hashlib.sha256((self.folder / "model.safetensors").read_bytes()).hexdigest()[:12]


@dataclass(frozen=True)
class Setting:
    """What all parts share; small, so that it travels to other processes.

    Attributes:
        corpus, measure: folders of the corpus and of the fixed style encoder that measures CE.
        encoder: the speech encoder's name.
        out: where parts and results go.
        told: digest of corpus and measure; a part made from others is made anew.
    """

    corpus: Path
    measure: Path
    encoder: str
    out: Path
    told: str

    def sessions(self) -> list[TestSession]:
        return _sessions(self.corpus, self.encoder)

    def style_encoder(self) -> StyleEncoder:
        return style_encoder_of(self.measure)

    def figures(self, predictions: Sequence[Prediction]) -> dict[str, float]:
        """All figures of a row; the beats of the sound are found once for all rows."""
        return metrics_of(predictions, self.style_encoder(), _beats(self.corpus, self.encoder))


@lru_cache(maxsize=1)
def _sessions(corpus: Path, encoder: str) -> list[TestSession]:
    return test_sessions(Corpus.open(corpus), load_encoder(encoder))


@lru_cache(maxsize=1)
def _beats(corpus: Path, encoder: str) -> dict[str, np.ndarray]:
    return beats_of([references.true(s) for s in _sessions(corpus, encoder)])


@lru_cache(maxsize=2)
def style_encoder_of(folder: Path) -> StyleEncoder:
    """Raises StyGazeError when the folder has no style encoder."""
    module = load_checkpoint(folder)[0].get("style_encoder")
    if not isinstance(module, StyleEncoder):
        raise StyGazeError(f"{folder} holds no style encoder; train one with `stygaze train style` first.")
    return module


def pipeline_of(model: Model) -> tuple[FrameGenerator, StyleEncoder]:
    """Generator and style encoder of a checkpoint."""
    modules, _ = load_checkpoint(model.folder)
    generator, encoder = modules.get("generator"), modules.get("style_encoder")
    if not isinstance(generator, FrameGenerator) or not isinstance(encoder, StyleEncoder):
        raise StyGazeError(f"{model.folder} is not a whole pipeline: it needs a generator and a style encoder.")
    return generator, encoder


def kept(setting: Setting, name: str, told: str, make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """The part of this name if it was made from the same things, else made now and kept."""
    path, told = setting.out / "parts" / f"{name}.json", f"{setting.told}-{told}"
    if path.is_file():
        part = json.loads(path.read_text())
        if part.get("told") == told:
            return part
    begun = time.monotonic()
    part = make() | {"told": told}
    part["seconds"] = round(time.monotonic() - begun, 1)
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(part, indent=1) + "\n")
    return part


def keep_motions(setting: Setting, name: str, predictions: Sequence[Prediction]) -> None:
    """Free-running motions for the two-sample test and the figures."""
    with replacing(setting.out / "parts" / f"{name}.npz") as temporary, open(temporary, "wb") as file:
        np.savez_compressed(file, **{p.session: p.predicted for p in predictions})  # type: ignore[arg-type]


def motions(setting: Setting, name: str) -> list[np.ndarray]:
    """What `keep_motions` kept, in the order of the test sessions."""
    with np.load(setting.out / "parts" / f"{name}.npz", allow_pickle=False) as file:
        return [file[s.id] for s in setting.sessions()]


def _row(row: str, protocol: str, seed: int, figures: dict[str, float]) -> dict[str, Any]:
    clean = {k: (round(float(v), 6) if v is not None and np.isfinite(v) else None) for k, v in figures.items()}
    return {"row": row, "protocol": protocol, "seed": seed, "metrics": clean}


def reference_rows(setting: Setting) -> dict[str, Any]:
    """constant, copy, session-mean, and the truth itself under either protocol."""

    def make() -> dict[str, Any]:
        sessions = setting.sessions()
        rows = []
        for name, of in (
            ("constant", references.constant),
            ("copy", references.copy),
            ("session-mean", references.session_mean),
        ):
            made = [of(s) for s in sessions]
            rows.append(_row(name, "-", 0, setting.figures(made)))
            keep_motions(setting, name, made)
        truth = [references.true(s) for s in sessions]
        keep_motions(setting, "true", truth)
        rows.append(_row("true", "free", 0, setting.figures(truth)))
        cut = [references.true_in_windows(s) for s in sessions]
        rows.append(_row("true", "windowed", 0, setting.figures(cut)))
        return {"rows": rows}

    return kept(setting, "references", "", make)


def draw_rows(setting: Setting) -> dict[str, Any]:
    """An independent draw of the simulator, and the mean of many; empty for a corpus that was not simulated."""

    def make() -> dict[str, Any]:
        sessions = setting.sessions()
        if not references.can_be_drawn(sessions):
            return {"rows": []}
        single, mean = references.draws(sessions)
        keep_motions(setting, "independent-draw", single)
        keep_motions(setting, "oracle-mean", mean)
        made = {"independent-draw": single, "oracle-mean": mean}
        return {"rows": [_row(name, "-", 0, setting.figures(p)) for name, p in made.items()]}

    return kept(setting, "draws", "", make)


def model_rows(setting: Setting, model: Model) -> dict[str, Any]:
    """One trained generator under the three protocols; the listener also with the speech of another session."""

    def make() -> dict[str, Any]:
        sessions = setting.sessions()
        generator, encoder = pipeline_of(model)
        dims = generator.config.audio_dim, sessions[0].features.shape[1]
        if dims[0] != dims[1]:
            raise StyGazeError(
                f"{model.folder} was trained on {dims[0]} speech features a frame, {setting.encoder} gives {dims[1]}; "
                "evaluate it with the speech encoder it was trained on."
            )
        rows = []
        ways = [(model.row, sessions)]
        if model.row == LISTENER:
            ways.append((SHUFFLED, with_speech_of(sessions)))
        for row, heard in ways:
            ran = free(generator, encoder, heard)
            keep_motions(setting, f"{row}-{model.seed}", ran)
            rows.append(_row(row, "free", model.seed, setting.figures(ran)))
            cut = [windowed(generator, encoder, s) for s in heard]
            rows.append(_row(row, "windowed", model.seed, setting.figures(cut)))
        rows.append(_row(model.row, "own-past", model.seed, setting.figures(own_past(generator, encoder, sessions))))
        return {"rows": rows}

    return kept(setting, model.id, model.digest, make)


def two_sample_row(
    setting: Setting, row: str, names: Sequence[str], told: str, columns: str = "all", window: int = 100
) -> dict[str, Any]:
    """The two-sample test of a row: fold k classifies motions `names[k]` (the training seeds of a model) and the truth.

    Args:
        names: of kept motions, one a fold or the same for all; CONTROL and a name is a positive control.
    """

    def make() -> dict[str, Any]:
        true, drawn = motions(setting, "true"), (setting.out / "parts" / "independent-draw.npz").is_file()
        if names[0].startswith(CONTROL):
            generated = [positive_controls(true)[names[0].removeprefix(CONTROL)]]
            true = motions(setting, "independent-draw") if drawn else true
        else:
            generated = [motions(setting, name) for name in names]
        found = cross_validated(true, [generated[k % len(generated)] for k in range(FOLDS)], columns, window)
        values = [round(v, 4) for v in found.values]
        return {
            "row": row,
            "protocol": "free" if names[0][-1].isdigit() else "-",
            "kind": "control" if names[0].startswith(CONTROL) else "true" if row == "independent-draw" else "model",
            "columns": columns,
            "window_s": window / FPS,
            "accuracy": {
                "mean": round(found.accuracy, 4),
                "sd": round(float(np.std(values, ddof=1)), 4),
                "values": values,
            },
            "interval": [round(x, 4) for x in found.interval],
        }

    return kept(setting, f"two-sample-{row.replace(' ', '-')}-{columns.replace(' ', '-')}-{window}", told, make)
