"""The parts of an evaluation that `liveliness` measures: one a row and training seed, on the takes of unseen styles."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from stygaze.corpus.layout import Corpus
from stygaze.encoders import load_encoder
from stygaze.evaluation.liveliness import moments_of, recognised, sequence_of, ten_minutes, timing_of
from stygaze.evaluation.long_takes import Take, long_takes
from stygaze.evaluation.model_rows import Way, rows_made, seeds_of, take_name
from stygaze.evaluation.parts import Model, Setting, arrays, kept, pipeline_of, row_of
from stygaze.evaluation.protocols import WARM_UP
from stygaze.evaluation.running import clip_styles, run_freely
from stygaze.models.events import EventGenerator
from stygaze.motion import FPS
from stygaze.training.carriage import taken_apart
from stygaze.training.data import SessionArrays
from stygaze.training.events import likelihoods
from stygaze.training.windows import measured_styles

PEOPLE, LONG = 6, 600 * FPS
SPEECH = {"": "true", "shuffled-speech": "shuffled", "no-speech": "none"}
GLIDING = "se-64-vel"  # the regression that stands beside the events
TRUTHS = ("true", "independent-draw", "constant")


def calls(setting: Setting, models: Sequence[Model], drawn: bool) -> Iterator[tuple]:
    """Calls of `liveliness_row` for the truth, what stands beside it, and what makes events."""
    for name in TRUTHS:
        if drawn or name != "independent-draw":
            yield liveliness_row, setting, name
    for row, way, trained in rows_made(models):
        shown = trained[:1] if way else trained  # without its speech or style one seed says it
        for model in shown if trained[0].draws or row == GLIDING else ():
            yield liveliness_row, setting, row, model, way


def liveliness_row(setting: Setting, row: str, model: Model | None = None, way: Way = "") -> dict[str, Any]:
    """All figures of one seed of a row."""

    def make() -> dict[str, Any]:
        group = setting.groups()[0]
        takes = setting.takes(group)
        seed = model.seed if model else 0
        motions = arrays(setting, take_name(group, row, model.seed if model else None))
        figures = moments_of([t.true for t in takes], motions) | sequence_of(motions)
        figures |= timing_of(motions, [t.events for t in takes], WARM_UP)
        figures["recognised"] = recognised(motions, [t.reference for t in takes], setting.style_encoder())
        figures |= _long_run(setting, row, model, way) if group == "unseen" else {}
        figures |= _likelihoods(setting, model, way) if model else {}
        return {"rows": [row_of(row, "free", seed, figures)]}

    name, told = (f"{row}-{model.seed}", model.digest) if model else (row, "")
    return kept(setting, f"liveliness-{name}", f"{setting.count}-{told}", make)


def _long_run(setting: Setting, row: str, model: Model | None, way: Way) -> dict[str, float]:
    """Ten minutes of the truth, of a second truth, or of a generator that makes draws."""
    if (model is None and row == "constant") or way:
        return {}
    if model and not model.draws:
        return {}
    takes: list[Take] = long_takes(
        Corpus.open(setting.corpus),
        load_encoder(setting.encoder),
        "unseen",
        count=min(PEOPLE, setting.count),
        frames=LONG,
    )
    true, references = [t.true for t in takes], [t.reference for t in takes]
    if len(true[0]) < 2 * 60 * FPS:
        return {}
    made, segment = true if row == "true" else [t.again for t in takes], FPS
    if model:
        generator, encoder = pipeline_of(model)
        segment = generator.config.segment
        styles = clip_styles(encoder, references)
        ran = run_freely(generator, [t.features for t in takes], styles, seeds_of(model.seed, len(takes), 99))
        made = [m[WARM_UP:] for m in ran]
    return ten_minutes([np.asarray(m) for m in made], true, references, segment)


def _likelihoods(setting: Setting, model: Model, way: Way) -> dict[str, float]:
    """How well an events generator foresees the next true frame when it hears this speech."""
    generator, encoder = pipeline_of(model)
    if not isinstance(generator, EventGenerator) or way not in SPEECH:
        return {}
    sessions = [
        SessionArrays(s.id, s.session.speaker, s.session.style, s.motion, s.features) for s in setting.sessions()
    ]
    styles = measured_styles(encoder, sessions, generator.config.style_dim, None)
    parts = taken_apart(generator, sessions, styles, setting.corpus / "features" / "movements")
    said = likelihoods(generator, sessions, parts, styles, SPEECH[way])
    return {"jump_auc": said["jump_auc"]} | {f"nats_{part}": said[part] for part in ("head", "jump", "landing")}
