"""Fair timings: both sides warm, in turns, medians; the ratio means more than either, since machines differ."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One job, timed.

    Args:
        job: what is done.
        ours: median seconds.
        usual: median seconds of the usual way to do it; None where there is none.
        usual_way: what that is.
        budget: seconds that the job may take on two cores; None where nothing is promised.
        note: what else was seen, such as that both results agree.
    """

    job: str
    ours: float
    usual: float | None = None
    usual_way: str = ""
    budget: float | None = None
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """How many times longer the usual way takes."""
        return None if self.usual is None else self.usual / self.ours


def seconds(job: Callable[[], object]) -> float:
    """Wall-clock seconds of one run."""
    start = time.perf_counter()
    job()
    return time.perf_counter() - start


def side_by_side(
    ours: Callable[[], object], usual: Callable[[], object] | None = None, runs: int = 5
) -> tuple[float, float | None]:
    """Median seconds of both, after one run of each that does not count.

    They take turns, so that another program's load falls on both.
    """
    jobs = [ours] if usual is None else [ours, usual]
    for job in jobs:
        job()
    taken = [[seconds(job) for job in jobs] for _ in range(runs)]
    medians = [statistics.median(column) for column in zip(*taken, strict=True)]
    return medians[0], medians[1] if usual else None
