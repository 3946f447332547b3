"""The parts of an evaluation: each is computed by itself, kept as a file, and not computed again while it is true."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import numpy as np

from stygaze.checkpoints import load_checkpoint
from stygaze.corpus.layout import Corpus
from stygaze.encoders import load_encoder
from stygaze.errors import StyGazeError
from stygaze.evaluation import references
from stygaze.evaluation.beats import beats_of
from stygaze.evaluation.long_takes import COUNT, Take, can_be_made, long_takes, recorded_takes
from stygaze.evaluation.patterns import metrics_of
from stygaze.evaluation.predictions import Prediction
from stygaze.evaluation.protocols import TestSession, test_sessions
from stygaze.models.frames import Listener
from stygaze.models.style_encoder import StyleEncoder
from stygaze.motion_files import replacing

Group = Literal["unseen", "seen", "targets"]


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
    def draws(self) -> bool:
        """Whether it makes draws, and not an expectation."""
        record = json.loads((self.folder / "config.json").read_text())
        return record["models"]["generator"].get("kind") == "events"

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
        count: of takes in the two-sample test.
    """

    corpus: Path
    measure: Path
    encoder: str
    out: Path
    told: str
    count: int = COUNT

    def sessions(self) -> list[TestSession]:
        return _sessions(self.corpus, self.encoder)

    def groups(self) -> tuple[Group, ...]:
        """What the two-sample test is made on: takes of new speech, or the targets of a corpus of recordings."""
        return ("unseen", "seen") if can_be_made(Corpus.open(self.corpus)) else ("targets",)

    def takes(self, group: Group) -> list[Take]:
        return _takes(self.corpus, self.encoder, group, self.count)

    def style_encoder(self) -> StyleEncoder:
        return style_encoder_of(self.measure)

    def figures(self, predictions: Sequence[Prediction]) -> dict[str, float]:
        """All figures of a row; the beats of the sound are found once for all rows."""
        return metrics_of(predictions, self.style_encoder(), _beats(self.corpus, self.encoder))


@lru_cache(maxsize=1)
def _sessions(corpus: Path, encoder: str) -> list[TestSession]:
    return test_sessions(Corpus.open(corpus), load_encoder(encoder))


@lru_cache(maxsize=1)
def _takes(corpus: Path, encoder: str, group: Group, count: int) -> list[Take]:
    if group == "targets":
        return recorded_takes(_sessions(corpus, encoder))
    return long_takes(Corpus.open(corpus), load_encoder(encoder), group, count=count)


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


def pipeline_of(model: Model) -> tuple[Listener, StyleEncoder]:
    """Generator and style encoder of a checkpoint."""
    modules, _ = load_checkpoint(model.folder)
    generator, encoder = modules.get("generator"), modules.get("style_encoder")
    if not isinstance(generator, Listener) or not isinstance(encoder, StyleEncoder):
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


def keep_arrays(setting: Setting, name: str, arrays: Mapping[str, np.ndarray]) -> None:
    """Motions beside the parts, as parts/NAME.npz, by session or take."""
    with replacing(setting.out / "parts" / f"{name}.npz") as temporary, open(temporary, "wb") as file:
        np.savez_compressed(file, **{k: v.astype(np.float32) for k, v in arrays.items()})  # type: ignore[arg-type]


def arrays(setting: Setting, name: str) -> list[np.ndarray]:
    """What `keep_arrays` kept, in its order."""
    with np.load(setting.out / "parts" / f"{name}.npz", allow_pickle=False) as file:
        return [file[key] for key in file.files]


def keep_motions(setting: Setting, name: str, predictions: Sequence[Prediction]) -> None:
    """Free-running motions of the test sessions, for the figures."""
    keep_arrays(setting, name, {p.session: p.predicted for p in predictions})


def row_of(row: str, protocol: str, seed: int, figures: Mapping[str, float]) -> dict[str, Any]:
    """The figures of one seed of a row, for JSON."""
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
            rows.append(row_of(name, "-", 0, setting.figures(made)))
            keep_motions(setting, name, made)
        truth = [references.true(s) for s in sessions]
        keep_motions(setting, "true", truth)
        rows.append(row_of("true", "free", 0, setting.figures(truth)))
        cut = [references.true_in_windows(s) for s in sessions]
        rows.append(row_of("true", "windowed", 0, setting.figures(cut)))
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
        return {"rows": [row_of(name, "-", 0, setting.figures(p)) for name, p in made.items()]}

    return kept(setting, "draws", "", make)
