"""`stygaze evaluate`: all rows of the tables for a set of checkpoints, in parallel, into one results.json."""

from __future__ import annotations

import hashlib
import json
import subprocess
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from joblib import Parallel, delayed

from stygaze.corpus.layout import Corpus, check
from stygaze.errors import StyGazeError
from stygaze.evaluation import liveliness, liveliness_rows, parts
from stygaze.evaluation.long_takes import COUNT
from stygaze.evaluation.merge import same_corpus
from stygaze.evaluation.model_rows import DRAWS, SHUFFLED, model_rows, model_takes, take_truth
from stygaze.evaluation.parts import Model, Setting, style_encoder_of
from stygaze.evaluation.patterns import FORMULAS
from stygaze.evaluation.results import NO_PROTOCOL, ORDER, PROTOCOLS
from stygaze.evaluation.take_tests import take_tests, tested
from stygaze.evaluation.two_sample import COLUMNS, FEWEST
from stygaze.motion_files import replacing

Show = Callable[[str, int, int], None]
LABELS = {
    "true": ("True motion", "true", "the simulated recording itself"),
    "independent-draw": ("Independent draw", "reference", "the simulator again: same speech and style, another draw"),
    "base": ("Base", "model", "LSTM without style"),
    "se-32": ("SE-32", "model", "LSTM, style of 32 numbers"),
    "se-64": ("SE-64", "model", "LSTM, style of 64 numbers"),
    "se-64-vel": ("SE-64-VEL", "model", "SE-64 with the velocity loss"),
    "tfm-se-64": ("TFM-SE-64", "model", "Transformer of the same size"),
    "pseudo-se-64": ("Pseudo-SE-64", "model", "SE-64 trained on simulated webcam estimates of gaze"),
    "events": ("Events", "model", "gaze as events: a draw, not an expectation"),
    "events-mean": (
        f"Events, mean of {DRAWS} draws",
        "control",
        "what the events model expects, as a regression says it",
    ),
    "events-shuffled-speech": ("Events, other speech", "control", "Events hearing another session"),
    "events-no-speech": ("Events, no speech", "control", "Events hearing nothing but the mean of all speech"),
    "events-other-style": ("Events, other style", "control", "Events with the reference clip of another person"),
    SHUFFLED: ("SE-64, other speech", "control", "SE-64 hearing another session"),
    "constant": ("Constant", "reference", "mean of the reference clip, held still"),
    "copy": ("Copy", "reference", "another clip of the same session"),
    "session-mean": ("Session mean (oracle)", "oracle", "mean of the target itself, held still"),
    "oracle-mean": ("Mean of 40 draws (oracle)", "oracle", "the best squared error that speech and style alone allow"),
}


def models_in(folders: Iterable[str | Path]) -> list[Model]:
    """Checkpoint folders, or shipped checkpoints by name, as rows and seeds.

    Raises:
        StyGazeError: not a checkpoint, or the same row and seed twice.
    """
    from stygaze.assets import asset

    found: list[Model] = []
    for folder in map(Path, folders):
        if not folder.is_dir():
            shipped = {path.name: path for path in sorted(asset("checkpoints").iterdir()) if path.is_dir()}
            if str(folder) not in shipped:
                raise StyGazeError(f"There is no model {folder}, no such folder; shipped are {', '.join(shipped)}.")
            folder = shipped[str(folder)]
        try:
            record = json.loads((folder / "config.json").read_text())
        except (OSError, json.JSONDecodeError):
            raise StyGazeError(f"{folder} is not a checkpoint: it has no readable config.json.") from None
        if "generator" not in record.get("models", {}):
            raise StyGazeError(
                f"{folder} holds no motion generator; give folders that `stygaze train generator` wrote."
            )
        model = Model(record.get("row", folder.name), int(record.get("training", {}).get("seed", 0)), folder)
        if any(m.id == model.id for m in found):
            raise StyGazeError(f"{folder} is {model.row} with seed {model.seed}, which was given already.")
        found.append(model)
    return found


def prepare(
    corpus_path: str | Path, measure: str | Path, out: str | Path, encoder: str = "whisper-tiny.en", takes: int = COUNT
) -> Setting:
    """Look at the corpus before anything is computed.

    Args:
        measure: checkpoint of the style encoder that measures CE for every row; not one a model was trained with.
        takes: how many takes of new speech the two-sample test has.

    Raises:
        StyGazeError: the first problem of the corpus, naming the file; or `measure` is no style encoder.
    """
    corpus = Corpus.open(corpus_path)
    problems = check(corpus.folder)
    if problems:
        more = f" (and {len(problems) - 1} more; see `stygaze corpus check`)" if problems[1:] else ""
        raise StyGazeError(f"The corpus {corpus.folder} cannot be used: {problems[0]}{more}")
    style_encoder_of(Path(measure))
    by = hashlib.sha256((Path(measure) / "model.safetensors").read_bytes()).hexdigest()[:8]
    return Setting(corpus.folder, Path(measure), encoder, Path(out), f"{corpus.digest()}-{by}", takes)


def evaluate(
    setting: Setting,
    models: Sequence[Model],
    jobs: int = 1,
    columns: Sequence[str] = COLUMNS,
    command: str = "stygaze evaluate",
    show: Show | None = None,
    earlier: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Metrics, reference rows and two-sample tests; setting.out/results.json holds them (docs/formats.md).

    Args:
        jobs: processes.
        columns: of the two-sample test.
        command: what the report says to repeat it by.
        earlier: results.json of an evaluation to stand `beside`: what it tested of references is not tested again.

    Raises:
        StyGazeError: `earlier` is of another corpus.
        StyGazeError: a checkpoint that does not fit the speech encoder.
    """
    begun, corpus = time.monotonic(), Corpus.open(setting.corpus)
    if earlier is not None:
        same_corpus(setting.told.partition("-")[0], earlier)
    groups = setting.groups()
    truths = [(take_truth, setting, group) for group in groups]
    first = [*truths, (parts.reference_rows, setting), (parts.draw_rows, setting)]
    first += [(model_rows, setting, model) for model in models]  # type: ignore[misc]
    shown = [(m, group) for group in groups for m in models if group != "seen" or m.draws]
    first += [(model_takes, setting, m, group) for m, group in shown]  # type: ignore[misc]
    made = _parallel(first, jobs, "rows", show)
    drawn, enough = made[0]["again"], made[0]["takes"] >= FEWEST
    tests = list(take_tests(setting, models, columns, drawn)) if enough else []
    tests = [test for test in tests if not tested(test, models, earlier or {})]
    told = _parallel(tests, jobs, "two-sample tests", show)
    alive = _parallel(list(liveliness_rows.calls(setting, models, drawn)), jobs, "liveliness", show)
    rows = assemble([row for part in made for row in part["rows"]])
    results = {
        "corpus": about(corpus, setting.told.partition("-")[0]),
        "made": {
            "command": command,
            "commit": _commit(),
            "date": time.strftime("%Y-%m-%d"),
            "seconds": {
                "evaluation": round(sum(p["seconds"] for p in [*made, *told, *alive])),
                "wall": round(time.monotonic() - begun),
            },
        },
        "formulas": FORMULAS | liveliness.FORMULAS,
        "rows": rows,
        "takes": [{k: part[k] for k in ("group", "takes", "frames", "strangers")} for part in made[: len(groups)]],
        "liveliness": assemble([row for part in alive for row in part["rows"]]),
        "two_sample": [{k: v for k, v in t.items() if k not in ("told", "seconds")} for t in told],
        "training": [training_of(m) for m in models],
        "style_encoders": [],
        "search": [],
        "figures": {},
    }  # fmt: skip
    write(setting.out / "results.json", results)
    return results


def write(path: Path, value: dict[str, Any]) -> None:
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(value, indent=1) + "\n")


def _parallel(calls: list[tuple], jobs: int, what: str, show: Show | None) -> list[dict[str, Any]]:
    """Results in the order of the calls; parts already kept cost nothing."""
    numbered = (delayed(_numbered)(k, *call) for k, call in enumerate(calls))
    done: dict[int, dict[str, Any]] = {}
    for k, part in Parallel(n_jobs=jobs, return_as="generator_unordered")(numbered):
        done[k] = part
        if show:
            show(what, len(done), len(calls))
    return [done[k] for k in range(len(calls))]


def _numbered(k: int, function: Callable[..., dict], *args: Any) -> tuple[int, dict]:
    return k, function(*args)


def assemble(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows of single seeds -> one entry a row and protocol with mean, spread and values of each figure."""
    groups: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in rows:
        groups.setdefault((row["row"], row["protocol"]), []).append(row)

    def place(key: tuple[str, str]) -> tuple[int, int, str]:
        return (*PROTOCOLS, NO_PROTOCOL).index(key[1]), ORDER.index(key[0]) if key[0] in ORDER else len(ORDER), key[0]

    out = []
    for name, protocol in sorted(groups, key=place):
        seeds = sorted(groups[name, protocol], key=lambda r: r["seed"])
        label, kind, note = LABELS.get(name, (name, "model", ""))
        figures = {key: _spread([s["metrics"][key] for s in seeds]) for key in seeds[0]["metrics"]}
        out.append(
            {"row": name, "label": label, "kind": kind, "protocol": protocol, "note": note}
            | {"seeds": [s["seed"] for s in seeds], "metrics": figures}
        )
    return out


def _spread(values: list[float | None]) -> dict[str, Any]:
    known = [v for v in values if v is not None]
    if not known:
        return {"mean": None, "sd": None, "values": values}
    sd = round(float(np.std(known, ddof=1)), 6) if len(known) > 1 else None
    return {"mean": round(float(np.mean(known)), 6), "sd": sd, "values": values}


def about(corpus: Corpus, digest: str) -> dict[str, Any]:
    """What a reader must know of the corpus."""
    sessions = corpus.sessions()
    made = corpus.about.get("made", {})
    splits = {split: [s for s in sessions if s.split == split] for split in ("train", "validation", "test")}
    return {
        "name": corpus.name,
        "profile": made.get("profile", ""),
        "hash": digest,
        "hours": round(sum(len(s.motion()) for s in sessions) / 25 / 3600, 2),
        "sessions": {split: len(found) for split, found in splits.items()},
        "speakers": {split: len({s.speaker for s in found}) for split, found in splits.items()},
        "coupling": made.get("coupling"),
        "seed": made.get("seed"),
        "how": made.get("how", ""),
    }


def training_of(model: Model) -> dict[str, Any]:
    record = json.loads((model.folder / "config.json").read_text())
    return {
        "row": model.row,
        "seed": model.seed,
        "steps": record.get("training", {}).get("steps"),
        "parameters": record.get("parameters"),
        "seconds": record.get("seconds"),
        "validation": record.get("scores", {}),
    }


def _commit() -> str:
    run = ["git", "rev-parse", "--short", "HEAD"]
    result = subprocess.run(run, capture_output=True, text=True, cwd=Path(__file__).parent)
    return result.stdout.strip() or "unknown"
