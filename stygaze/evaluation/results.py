"""What an evaluation wrote: results.json, read back and asked for one figure at a time (schema: docs/formats.md)."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from stygaze.errors import StyGazeError

MODELS = ("base", "se-32", "se-64", "se-64-vel", "tfm-se-64", "pseudo-se-64", "events")  # the paper's, and ours
PROTOCOLS = ("windowed", "free", "own-past")
NO_PROTOCOL = "-"  # of a reference that is the same under each
KINDS = ("true", "model", "control", "reference", "oracle")
ORDER = (
    "true",
    *MODELS,
    *("shuffled-speech", "events-mean", "events-shuffled-speech", "events-no-speech", "events-other-style"),
    *("constant", "copy", "independent-draw", "session-mean", "oracle-mean"),
)


class Score(NamedTuple):
    """A figure over the seeds: mean, spread (sample standard deviation; NaN for one seed), and each seed's value."""

    mean: float = math.nan
    sd: float = math.nan
    values: tuple[float, ...] = ()

    @property
    def known(self) -> bool:
        return not math.isnan(self.mean)


@dataclass(frozen=True, eq=False)
class Results:
    """results.json of one corpus, and the folder it lies in (the figures' data lie beside it)."""

    data: dict[str, Any]
    folder: Path

    @classmethod
    def load(cls, path: str | Path) -> Results:
        """Read a results.json, or the one in a folder.

        Raises:
            StyGazeError: not there, not JSON, or not written by an evaluation.
        """
        path = Path(path)
        path = path / "results.json" if path.is_dir() else path
        data = read_json(path)
        if not isinstance(data, dict):
            raise StyGazeError(f"{path} is not what an evaluation writes: it holds no object.")
        for key, kind in (("corpus", dict), ("rows", list)):
            if not isinstance(data.get(key), kind):
                raise StyGazeError(f"{path} is not what an evaluation writes: it has no {key!r}.")
        for number, row in enumerate(data["rows"]):
            missing = [k for k in ("row", "label", "kind", "protocol", "metrics") if k not in row]
            if missing:
                raise StyGazeError(f"{path}: row {number} has no {', '.join(missing)}.")
            if row["kind"] not in KINDS or row["protocol"] not in (*PROTOCOLS, NO_PROTOCOL):
                raise StyGazeError(
                    f"{path}: row {number} is of kind {row['kind']!r} under protocol {row['protocol']!r}; kinds are "
                    f"{', '.join(KINDS)}, protocols {', '.join(PROTOCOLS)} or {NO_PROTOCOL}."
                )
        return cls(data, path.parent)

    def section(self, name: str) -> list[dict[str, Any]]:
        """A list of the file, such as "two_sample"; empty where it has none."""
        return list(self.data.get(name) or [])

    @property
    def protocols(self) -> list[str]:
        """The protocols under which a model was scored."""
        scored = {row["protocol"] for row in self.data["rows"] if row["kind"] == "model"}
        return [p for p in PROTOCOLS if p in scored]

    @property
    def seeds(self) -> int:
        """The most seeds that a model was trained with."""
        return max((len(r.get("seeds") or ()) for r in self.data["rows"] if r["kind"] == "model"), default=0)

    @property
    def fewer(self) -> str:
        """Which models were trained with fewer seeds than `seeds`, as words to put behind it: " (Events: 1)"."""
        trained = {r["label"]: len(r.get("seeds") or ()) for r in self.data["rows"] if r["kind"] == "model"}
        told = ", ".join(f"{label}: {n}" for label, n in trained.items() if n < self.seeds)
        return f" ({told})" if told else ""

    def rows(self, protocol: str) -> list[dict[str, Any]]:
        """All rows of a protocol in the order of the tables, with the references that are the same under each.

        Own-past runs freely, so the truth it is held against is that of `free`.
        """
        found: dict[str, dict[str, Any]] = {}
        for of in (protocol, *(["free"] if protocol == "own-past" else []), NO_PROTOCOL):
            for row in self.data["rows"]:
                if row["protocol"] == of and (of in (protocol, NO_PROTOCOL) or row["kind"] == "true"):
                    found.setdefault(row["row"], row)
        return sorted(found.values(), key=lambda r: (KINDS.index(r["kind"]), place(r["row"])))

    def row(self, row: str, protocol: str) -> dict[str, Any] | None:
        """One row of a protocol, or None."""
        return next((r for r in self.rows(protocol) if r["row"] == row), None)

    def score(self, row: str, protocol: str, key: str) -> Score:
        """A figure of a row; unknown (NaN) where it was not measured."""
        found = self.row(row, protocol)
        return score_of((found or {}).get("metrics", {}).get(key))

    @property
    def drawing(self) -> set[str]:
        """Models that make draws: scored when running freely and under no other protocol."""
        of: dict[str, set[str]] = {}
        for row in self.data["rows"]:
            if row["kind"] == "model":
                of.setdefault(row["row"], set()).add(row["protocol"])
        return {row for row, protocols in of.items() if protocols == {"free"}} if len(self.protocols) > 1 else set()

    def told(self) -> dict[str, Score]:
        """How often each row is told from the truth, by all columns of 4 s and with styles unseen in training."""
        tests = [t for t in self.section("two_sample") if t["columns"] == "all" and float(t["window_s"]) == 4]
        return {t["row"]: score_of(t["accuracy"]) for t in tests if t.get("styles") != "seen"}

    def label(self, row: str) -> str:
        """What a row is called in the tables."""
        return next((r["label"] for r in self.data["rows"] if r["row"] == row), row)

    def formula(self, key: str) -> str:
        """How a figure is computed, in short; "" where the file does not say. "mae" serves mae_all, mae_gaze, ..."""
        formulas = self.data.get("formulas") or {}
        return str(formulas.get(key) or formulas.get(re.sub("_(all|gaze|head)$", "", key), ""))

    def figure(self, name: str) -> dict[str, Any] | None:
        """The data of a figure, from the file beside results.json that it names; None where there is none.

        Raises:
            StyGazeError: named, but not there or not JSON.
        """
        named = (self.data.get("figures") or {}).get(name)
        return read_json(self.folder / named) if named else None


def place(row: str) -> int:
    """Where a row stands in the tables; what is not known stands last."""
    return ORDER.index(row) if row in ORDER else len(ORDER)


def score_of(entry: Any) -> Score:
    """A figure as the file has it: {"mean", "sd", "values"}, a plain number, or null."""
    if isinstance(entry, dict):
        values = tuple(float(v) for v in entry.get("values") or () if v is not None)
        return Score(_number(entry.get("mean")), _number(entry.get("sd")), values)
    return Score(_number(entry))


def spread(values: Sequence[float | None]) -> Score:
    """Mean and sample standard deviation of what is known among the values.

    >>> spread([1.0, None, 3.0])
    Score(mean=2.0, sd=1.4142135623730951, values=(1.0, 3.0))
    """
    known = tuple(float(v) for v in values if v is not None and not math.isnan(v))
    if not known:
        return Score()
    mean = sum(known) / len(known)
    if len(known) == 1:
        return Score(mean, math.nan, known)
    return Score(mean, math.sqrt(sum((v - mean) ** 2 for v in known) / (len(known) - 1)), known)


def read_json(path: Path) -> Any:
    """The contents of a JSON file.

    Raises:
        StyGazeError: not there, or not JSON.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise StyGazeError(f"There is no {path}; run the evaluation that writes it first.") from None
    except (json.JSONDecodeError, UnicodeDecodeError, OSError) as error:
        raise StyGazeError(f"{path} cannot be read: {error}.") from None


def _number(value: Any) -> float:
    return math.nan if value is None or isinstance(value, str) else float(value)
