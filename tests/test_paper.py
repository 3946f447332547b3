"""What the paper's printed numbers say about its formulas: totals from their parts, and what cannot be."""

from __future__ import annotations

import numpy as np
import pytest

from stygaze.evaluation.accuracy import mae
from stygaze.evaluation.paper import MISPRINTS, TABLE_II, TABLE_III, TABLE_IV, TABLE_V, misprint, paper_value
from stygaze.evaluation.predictions import Prediction
from stygaze.gaze.similarity import similarity_score

ROWS = ("base", "se-32", "se-64", "se-64-vel", "tfm-se-64", "pseudo-se-64")
HALF = 0.0005  # three printed decimals


def parts(row: str, name: str) -> tuple[float, float, float]:
    return TABLE_II[row][f"{name}_all"], TABLE_II[row][f"{name}_gaze"], TABLE_II[row][f"{name}_head"]


def test_the_tables_are_whole() -> None:
    assert tuple(TABLE_II) == ROWS and tuple(TABLE_IV) == ("true", *ROWS) and len(TABLE_III) == 5
    for row in ROWS:
        assert len(TABLE_II[row]) == 13 and len(TABLE_IV[row]) == 4
    for values in TABLE_IV.values():
        assert values["saccade_ratio"] + values["fixation_ratio"] == pytest.approx(1, abs=1e-9)
    assert sum(np.array(v) for v in TABLE_V.values()) == pytest.approx([100, 100, 100], abs=0.11)


@pytest.mark.parametrize("row", ROWS)
def test_mae_of_all_columns_from_its_parts(row: str) -> None:
    """Through our own MAE: a prediction whose eyes and head are off by the printed amounts."""
    everything, gaze, head = parts(row, "mae")
    made = np.array([[head] * 3 + [gaze] * 4])
    assert mae([Prediction(row, made, np.zeros((1, 7)), np.array([0]), made)]).all == pytest.approx(
        everything, abs=2 * HALF
    )


@pytest.mark.parametrize("row", ROWS)
def test_vel_of_all_columns_from_its_parts(row: str) -> None:
    everything, gaze, head = parts(row, "vel")
    follows = (4 * gaze + 3 * head) / 7
    if found := misprint(row, "vel_all"):
        assert found.printed == everything and found.expected == pytest.approx(follows, abs=5e-5)
        assert everything - follows > 0.012
    else:
        assert everything == pytest.approx(follows, abs=2 * HALF)


@pytest.mark.parametrize("row", ROWS)
def test_mee_of_all_columns_is_at_most_its_parts_together(row: str) -> None:
    everything, gaze, head = parts(row, "mee")
    if misprint(row, "mee_all"):
        assert everything > gaze + head + 0.8
    else:
        assert gaze - head - 3 * HALF <= everything <= gaze + head + 3 * HALF


@pytest.mark.parametrize("row", ROWS)
def test_similarity_from_fixations_and_compensation(row: str) -> None:
    true, made = TABLE_IV["true"], TABLE_IV[row]
    follows = similarity_score(true["fixation_ratio"], true["comp_score"], made["fixation_ratio"], made["comp_score"])
    if found := misprint(row, "sim_score"):
        assert found.printed == made["sim_score"] == 0.7082
        assert found.expected == pytest.approx(follows, abs=5e-5)
    else:
        assert made["sim_score"] == pytest.approx(follows, abs=5e-5)


def test_mee_over_vel_fits_sums_over_columns() -> None:
    """With MEE summed and Vel averaged over columns, MEE / (D Vel) is alike in both groups; without, it is not."""
    for row in ROWS:
        gaze = TABLE_II[row]["mee_gaze"] / (4 * TABLE_II[row]["vel_gaze"])
        head = TABLE_II[row]["mee_head"] / (3 * TABLE_II[row]["vel_head"])
        assert 1.15 < gaze < 1.31 and 1.15 < head < 1.31


def test_misprints_stand_where_they_say() -> None:
    assert {m.row for m in MISPRINTS} == {"pseudo-se-64"}
    for found in MISPRINTS:
        assert paper_value(found.row, found.key) == found.printed
        assert f"{found.printed:g}".lstrip("0") in found.note
