"""An evaluation beside an earlier one: what the earlier has and the new one has not, or with fewer seeds, is kept.

So a researcher's new model stands in the table of all others without theirs being made again.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Sequence
from typing import Any

from stygaze.errors import StyGazeError
from stygaze.evaluation.results import place

SAME = ("true", "constant", "session-mean")  # rows that depend on nothing but corpus, measure and protocol
CLOSE = 1e-3
KEYS: dict[str, Callable[[dict[str, Any]], Hashable]] = {
    "rows": lambda x: (x["row"], x["protocol"]),
    "liveliness": lambda x: (x["row"], x["protocol"]),
    "two_sample": lambda x: (x["row"], x["styles"], x["columns"], x["window_s"]),
    "training": lambda x: (x["row"], x["seed"]),
    "style_encoders": lambda x: (x["name"], x["seed"]),
    "search": lambda x: x["row"],
}


def beside(results: dict[str, Any], earlier: dict[str, Any]) -> None:
    """Take over into `results` (both as in results.json).

    Raises:
        StyGazeError: the earlier one is of another corpus, or measured otherwise.
    """
    same_corpus(results["corpus"]["hash"], earlier)
    _check(results["rows"], earlier["rows"])
    now = {KEYS["rows"](row): row for row in results["rows"]}
    richer = {row["row"] for row in earlier["rows"] if _more(row, now.get(KEYS["rows"](row), row))}
    made = {entry["row"] for entry in results["training"]} - richer  # nothing of an earlier model of this name stays
    for section, key in KEYS.items():
        new = {key(entry): entry for entry in results.get(section) or []}
        for entry in earlier.get(section) or []:
            row = entry.get("row")
            if row in richer or (key(entry) not in new and not (row in made and section in ("training", "two_sample"))):
                new[key(entry)] = entry
        results[section] = list(new.values())
    kept = [row["label"] for row in results["rows"] if row["kind"] == "model" and row["row"] not in made]
    before = {k: earlier.get("made", {}).get(k, "") for k in ("command", "commit", "date")}
    results["made"]["beside"] = before | {"rows": list(dict.fromkeys(kept))}
    protocols = {row["protocol"]: k for k, row in reversed(list(enumerate(earlier["rows"])))}
    results["rows"].sort(key=lambda r: (protocols.get(r["protocol"], math.inf), place(r["row"]), r["row"]))
    results["liveliness"].sort(key=lambda r: place(r["row"]))


def same_corpus(ours: str, earlier: dict[str, Any]) -> None:
    """Cheap, so it can be asked before an evaluation.

    Raises:
        StyGazeError: the earlier results are of a corpus with another hash.
    """
    theirs = earlier["corpus"].get("hash")
    if ours != theirs:
        raise StyGazeError(f"The earlier results are of another corpus ({theirs}, this one is {ours}).")


def _more(entry: dict[str, Any], mine: dict[str, Any]) -> bool:
    """Whether the earlier entry has the same training seeds and further ones."""
    return set(entry.get("seeds") or ()) > set(mine.get("seeds") or ())


def _check(new: Sequence[dict[str, Any]], earlier: Sequence[dict[str, Any]]) -> None:
    """What does not depend on a model must have come out alike, figure by figure."""
    old = {KEYS["rows"](row): row for row in earlier}
    for row in new:
        known = old.get(KEYS["rows"](row))
        if row["row"] not in SAME or known is None:
            continue
        for name, figure in row["metrics"].items():
            a, b = (m.get("mean") if m else None for m in (figure, known["metrics"].get(name)))
            if a is not None and b is not None and abs(a - b) > CLOSE * max(1.0, abs(b)):
                raise StyGazeError(
                    f"The earlier results were measured otherwise: {name} of {row['label']} was {b:g}, it is {a:g} now."
                )
