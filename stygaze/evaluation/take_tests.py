"""The two-sample tests of an evaluation: every row on the takes, and what shows that the test is strong and fair."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from stygaze.evaluation.liveliness_rows import GLIDING
from stygaze.evaluation.model_rows import EVENTS, rows_made, take_name
from stygaze.evaluation.parts import Group, Model, Setting, arrays, kept
from stygaze.evaluation.plain_classifier import PLAIN
from stygaze.evaluation.two_sample import COLUMNS, FOLDS, cross_validated, positive_controls
from stygaze.motion import FPS

CONTROLS = ("saccades widened", "head smoothed", "eyes delayed")
CONTROL = "control: "
SHORT, LONG = 100, 500  # frames of a window
TWIN = "independent-draw"
FEWER = ("all", "seven columns", PLAIN)


def take_tests(
    setting: Setting, models: Sequence[Model], columns: Sequence[str] = COLUMNS, drawn: bool = True
) -> Iterator[tuple]:
    """Calls of `take_test` for every row.

    Args:
        columns: the sets of columns that events are tested by; what is told at once, or should not be, by fewer.
        drawn: whether the truth was drawn twice.
    """
    for group in setting.groups():
        rows = [
            (name, [m.seed for m in of], "".join(m.digest for m in of))
            for name, way, of in rows_made(models)
            if not way
        ]
        tests: list[tuple[str, list[str], str, str, int]] = []
        for name, seeds, told in rows:
            if group == "seen" and name != EVENTS:
                continue  # a regression is told at once, whoever's style it has
            files = [take_name(group, name, seed) for seed in seeds]
            wanted = columns if name == EVENTS and group != "seen" else FEWER if name in (EVENTS, GLIDING) else ("all",)
            tests += [(name, files, told, of, SHORT) for of in columns if of in wanted]
            if name == EVENTS and group != "seen":
                tests.append((name, files, told, "all", LONG))
        for name in ("constant", TWIN) if drawn else ("constant",):
            files = [take_name(group, name)]
            wanted = FEWER if name == TWIN and group != "seen" else ("all",)
            tests += [(name, files, "", of, SHORT) for of in columns if of in wanted]
            if name == TWIN and group != "seen":
                tests.append((name, files, "", "all", LONG))
        if group != "seen":
            judges = [of for of in ("all", PLAIN) if of == "all" or of in columns]
            tests += [
                (CONTROL + of, [take_name(group, "true")], "", judge, SHORT) for of in CONTROLS for judge in judges
            ]
        for test in tests:
            yield take_test, setting, group, *test


def tested(test: tuple, models: Sequence[Model], earlier: Mapping[str, Any]) -> bool:
    """Whether an earlier results.json has a call of `take_tests`; those of the models are made anew."""
    _, _, group, row, _, _, columns, window = test
    known = {(t["row"], t["styles"], t["columns"], float(t["window_s"])) for t in earlier.get("two_sample", ())}
    return row not in {m.row for m in models} and (row, group, columns, window / FPS) in known


def take_test(
    setting: Setting, group: Group, row: str, names: Sequence[str], told: str, columns: str = "all", window: int = SHORT
) -> dict[str, Any]:
    """The test of a row: fold k classifies the motions `names[k]` (the training seeds of a model) and the truth.

    A control is made of the truth and compared with the second truth, where there is one.
    """

    def make() -> dict[str, Any]:
        true = arrays(setting, take_name(group, "true"))
        if row.startswith(CONTROL):
            generated = [positive_controls(true)[row.removeprefix(CONTROL)]]
            twin = setting.out / "parts" / f"{take_name(group, TWIN)}.npz"
            true = arrays(setting, take_name(group, TWIN)) if twin.is_file() else true
        else:
            generated = [arrays(setting, name) for name in names]
        found = cross_validated(true, [generated[k % len(generated)] for k in range(FOLDS)], columns, window)
        values = [round(v, 4) for v in found.values]
        spread = round(float(np.std(values, ddof=1)), 4)
        return {
            "row": row,
            "protocol": "free",
            "styles": group,
            "columns": columns,
            "window_s": window / FPS,
            "accuracy": {"mean": round(found.accuracy, 4), "sd": spread, "values": values},
            "interval": [round(x, 4) for x in found.interval],
            "auc": round(found.auc, 4),
            "steps": list(found.steps),
        }

    name = f"two-sample-{group}-{row}-{columns}-{window}".replace(": ", "-").replace(" ", "-")
    return kept(setting, name, f"{setting.count}-{told}", make)
