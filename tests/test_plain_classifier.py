"""The plain classifier of the two-sample test: it tells what differs, and not what does not."""

import numpy as np
import pytest

from stygaze.errors import StyGazeError
from stygaze.evaluation.plain_classifier import COLUMNS
from stygaze.evaluation.two_sample import two_sample


def wandering(seed: int, jump: float) -> np.ndarray:
    """A smooth head and eyes that jump together: [T, 7] degrees."""
    rng = np.random.default_rng(seed)
    head = np.cumsum(rng.normal(0, 0.1, (220, 3)), axis=0)
    gaze = np.repeat(rng.normal(0, jump, (22, 2)), 10, axis=0)
    return np.concatenate([head, gaze, gaze], axis=1)


@pytest.mark.parametrize("columns", COLUMNS)
def test_wider_jumps_are_told_and_another_draw_is_not(columns: str) -> None:
    true = [wandering(seed, 5) for seed in range(6)]
    again = two_sample(true, [wandering(seed, 5) for seed in range(10, 16)], columns, window=40, steps=150)
    wider = two_sample(true, [wandering(seed, 25) for seed in range(10, 16)], columns, window=40, steps=150)
    assert wider.accuracy > 0.9 > 0.7 > again.accuracy


def test_the_same_seed_gives_the_same_verdict_and_unknown_columns_are_named() -> None:
    true, made = [wandering(seed, 5) for seed in range(6)], [wandering(seed, 6) for seed in range(10, 16)]
    first, second = (two_sample(true, made, "plain", window=40, steps=20) for _ in range(2))
    assert first.by_session == second.by_session
    with pytest.raises(StyGazeError, match="plain eyes"):
        two_sample(true, made, "plain head")
