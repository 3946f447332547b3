"""From results to what people read: figures' data, tables and the report, beside results.json."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from stygaze.evaluation.evaluate import write
from stygaze.evaluation.explanations import explanations
from stygaze.evaluation.figure_data import Transfer, dynamics_data, map_data, transfer_data
from stygaze.evaluation.films import films
from stygaze.evaluation.merge import beside
from stygaze.evaluation.model_rows import EVENTS, LISTENER
from stygaze.evaluation.parts import Model, Setting, arrays, pipeline_of
from stygaze.evaluation.protocols import TestSession, free
from stygaze.evaluation.report import write_report
from stygaze.evaluation.results import Results
from stygaze.evaluation.table_files import write_tables
from stygaze.evaluation.tables import build
from stygaze.motion import FPS, Motion

SHOWN = 20 * FPS  # frames of a target whose curves are drawn
DYNAMICS = (EVENTS, "se-64-vel", "se-64", "base", "tfm-se-64")
TRANSFERS = 2


def publish(
    results: dict[str, Any],
    setting: Setting,
    models: Sequence[Model],
    runs: Path | None = None,
    show: Callable[[str, int, int], None] | None = None,
    earlier: dict[str, Any] | None = None,
) -> None:
    """Complete results.json with the training runs' records and the figures, then write tables and report.html.

    Args:
        results: from `evaluate`, whose kept motions lie in setting.out/parts.
        runs: folder of training runs: style encoders and searches are read from it.
        earlier: results.json of an evaluation whose other rows stand beside these.

    Raises:
        StyGazeError: `earlier` is of another corpus, or measured otherwise.
    """
    out = setting.out
    if runs is not None:
        results["style_encoders"], results["search"] = style_encoders(runs), searches(runs)
    if earlier is not None:
        beside(results, earlier)
    made = {
        "map": lambda: style_map(setting, models),
        "dynamics": lambda: dynamics(setting, models),
        "transfer": lambda: transfer(setting, models),
        "films": lambda: films(setting, models, results),
    }
    for k, (name, make) in enumerate(made.items()):
        data = make()
        if data:
            write(out / f"{name}.json", data)
            results["figures"][name] = f"{name}.json"
        if show:
            show("figures", k + 1, len(made))
    if (out / "calibration.json").is_file():
        results["figures"]["calibration"] = "calibration.json"
    tried = out / "velocity-loss.json"
    more_loss = json.loads(tried.read_text())["rows"] if tried.is_file() else None
    results["explanations"] = explanations(results, more_loss=more_loss)
    write(out / "results.json", results)
    loaded = Results.load(out)
    write_tables(build(loaded), loaded, out / "tables")
    write_report(loaded, out / "report.html")


def style_encoders(runs: Path) -> list[dict[str, Any]]:
    """Test scores of the style encoders among the runs."""
    found = []
    for path in sorted(runs.glob("*/config.json")):
        record = json.loads(path.read_text())
        settings = record.get("models", {}).get("style_encoder")
        if settings and "generator" not in record["models"]:
            told = {key: settings[key] for key in ("dim", "positional", "absolute")}
            seed = record["training"]["seed"]
            found.append({"name": path.parent.name, "seed": seed, **told, **record["scores"]["test"]})
    return found


def searches(runs: Path) -> list[dict[str, Any]]:
    """What `stygaze train search` wrote, one file a row."""
    return [json.loads(path.read_text()) for path in sorted(runs.glob("*.search.json"))]


def first_of(models: Sequence[Model], row: str) -> Model | None:
    """The model of this row with the lowest seed."""
    found = sorted((m for m in models if m.row == row), key=lambda m: m.seed)
    return found[0] if found else None


def named_first(sessions: Sequence[TestSession]) -> list[TestSession]:
    """Sessions of named styles before those of people drawn from the prior: a reader knows what to look for."""
    return sorted(sessions, key=lambda s: (not s.session.style or s.session.style.startswith("prior"), s.id))


def part(frames: np.ndarray) -> np.ndarray:
    """The frames that are drawn: from 10 s on where there are enough."""
    begin = max(0, min(10 * FPS, len(frames) - SHOWN))
    return frames[begin : begin + SHOWN]


def style_map(setting: Setting, models: Sequence[Model]) -> dict[str, Any] | None:
    """Figure 5 for the model that the paper shows, running freely."""
    model = first_of(models, LISTENER) or models[0]
    sessions = setting.sessions()
    made = {s.id: s.given(m) for s, m in zip(sessions, arrays(setting, model.id), strict=True)}
    ten = [s.id for s in named_first(sessions)[:10]]
    data = map_data(made, setting.style_encoder(), ten, model.row, "free")
    return data | {"styles": {s.id: s.session.style for s in sessions if s.id in ten}}


def dynamics(setting: Setting, models: Sequence[Model]) -> dict[str, Any]:
    """Figure 3: the same 20 s, true and by each model running freely."""
    sessions = setting.sessions()
    k = sessions.index(named_first(sessions)[0])
    shown = {"True motion": Motion(part(sessions[k].true))}
    for row in DYNAMICS:
        if model := first_of(models, row):
            shown[row.upper()] = Motion(part(arrays(setting, model.id)[k]))
    return dynamics_data(shown, sessions[k].id)


def transfer(setting: Setting, models: Sequence[Model]) -> dict[str, Any] | None:
    """Figure 6: the speech of one session in the style of another."""
    model = first_of(models, "se-64-vel") or first_of(models, LISTENER)
    if model is None:
        return None
    generator, encoder = pipeline_of(model)
    sessions, cases = named_first(setting.sessions()), []
    for target, reference in zip(sessions[:TRANSFERS], sessions[TRANSFERS : 2 * TRANSFERS], strict=False):
        own, transferred = free(generator, encoder, [target, target], styles=[target, reference], seeds=[0, 0])
        title = f"{target.session.style or target.id} in the style of {reference.session.style or reference.id}"
        shown = (reference.true, target.true, transferred.predicted, own.predicted)
        cases.append(Transfer(title, *(Motion(part(frames)) for frames in shown)))
    return transfer_data(cases, setting.style_encoder(), model=model.row) if cases else None
