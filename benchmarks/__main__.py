"""Print the table. `python -m benchmarks speech` times one group; without a name all of them run."""

from __future__ import annotations

import importlib
import os
import platform
import sys

import torch
from rich.console import Console
from rich.table import Table

from benchmarks.timing import Row
from stygaze.errors import StyGazeError

GROUPS = ("gaze", "speech", "rollout", "events", "film", "page")


def text(value: float | None, form: str = "{:.2f}") -> str:
    return "" if value is None else form.format(value)


def table(rows: list[Row]) -> Table:
    result = Table(title="Seconds, warm, medians. Ratio: how many times longer the usual way takes.")
    for name in ("job", "ours", "budget", "usual way", "its time", "ratio", "note"):
        result.add_column(name, justify="right" if name in ("ours", "budget", "its time", "ratio") else "left")
    for row in rows:
        colour = "red" if row.budget is not None and row.ours > row.budget else ""
        ours, usual = text(row.ours, "{:.3f}"), text(row.usual, "{:.3f}")
        cells = (row.job, ours, text(row.budget, "{:g}"), row.usual_way, usual, text(row.ratio, "{:.1f}x"), row.note)
        result.add_row(*cells, style=colour)
    return result


def main() -> int:
    console = Console()
    if not console.is_terminal:
        console = Console(width=170)  # in a log, lines need not fit a window
    unknown = set(sys.argv[1:]) - set(GROUPS)
    if unknown:
        console.print(f"There is no group {', '.join(sorted(unknown))}; there are {', '.join(GROUPS)}.")
        return 2
    rows: list[Row] = []
    for group in sys.argv[1:] or GROUPS:
        with console.status(f"{group} ..."):
            try:
                for row in importlib.import_module(f"benchmarks.{group}").rows():
                    rows.append(row)  # one by one: what was timed stays when the next cannot be
            except StyGazeError as error:
                console.print(f"[yellow]{group} was left out: {error}")
    console.print(table(rows))
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    console.print(
        f"{cores} cores, {torch.get_num_threads()} torch threads, {platform.machine()}, torch {torch.__version__}"
    )
    return int(any(row.budget is not None and row.ours > row.budget for row in rows))


if __name__ == "__main__":
    sys.exit(main())
