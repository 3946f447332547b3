"""Similarity, the set of figures, and the sentences that explain them."""

from __future__ import annotations

import dataclasses
import json
import math
from pathlib import Path

import numpy as np
import pytest

from stygaze.gaze.explanations import explain, sentences
from stygaze.gaze.metrics import METRICS
from stygaze.gaze.similarity import distances, similarity, similarity_score
from stygaze.gaze.statistics import GazeStatistics, statistics
from stygaze.motion import Motion

pytestmark = pytest.mark.filterwarnings("error")
PAGE = Path(__file__).resolve().parent.parent / "docs" / "metrics.md"

# Table IV of the paper: fixation share, compensation score, SimScore against the first row.
GROUND_TRUTH = (0.6113, -0.3366)
TABLE_IV = {
    "Base": (0.7417, -0.2890, 0.8220),
    "SE-32": (0.7098, -0.3021, 0.8670),
    "SE-64": (0.6922, -0.3054, 0.8879),
    "SE-64-vel": (0.6733, -0.3100, 0.9114),
    "TFM-SE-64": (0.8457, -0.2006, 0.6296),
}


def lively(seed: int, seconds: int = 60) -> Motion:
    """Saccades, a swaying head, eyes that take the sway back, a little noise."""
    r = np.random.default_rng(seed)
    n = 25 * seconds
    look = np.cumsum((r.random((n, 1)) < 0.1) * r.normal(0, 8, (n, 2)), 0)
    look = 25 * np.sin(look / 25)
    head = 6 * np.sin(np.arange(n)[:, None] / [17, 11, 29] + r.uniform(0, 6, 3))
    eye = look - head[:, :2] * [1, 0.95]
    converged = np.array([0, 1.5])
    return Motion(np.concatenate([head, eye - converged, eye + converged], 1) + r.normal(0, 0.03, (n, 7)))


@pytest.mark.parametrize("row", TABLE_IV)
def test_similarity_reproduces_table_iv(row: str) -> None:
    fixation, compensation, printed = TABLE_IV[row]
    assert round(similarity_score(*GROUND_TRUTH, fixation, compensation), 4) == pytest.approx(printed, abs=1e-9)


def test_the_misprinted_row_of_table_iv() -> None:
    """Pseudo-SE-64 stands as .7082, but its own fixation share and compensation score give .8253."""
    assert round(similarity_score(*GROUND_TRUTH, 0.7367, -0.2873), 4) == 0.8253


def test_similarity_and_distances_of_motions() -> None:
    a, b = lively(0), lively(1)
    assert similarity(a, a) == 1 and similarity(a, b) == similarity(b, a) < 1
    assert set(distances(a, a).values()) == {0.0}
    assert distances(a, b) == distances(b, a)
    still = Motion(np.zeros((100, 7)))
    assert similarity(a, still) < 0.8
    far = distances(a, still)
    speed = np.linalg.norm(a.velocity[:, :3], axis=1).mean()
    assert far["head_speed_deg_per_frame"] == pytest.approx(speed, rel=1e-5)  # all of it must go
    assert math.isnan(far["saccade_amplitude_deg"])
    assert math.isnan(similarity(a, still[:2]))


@pytest.mark.parametrize("n", [1, 2, 3, 4, 25])
@pytest.mark.parametrize("kind", ["still", "glide", "jitter"])
def test_poor_motions_have_figures_without_a_warning(n: int, kind: str) -> None:
    frames = np.zeros((n, 7))
    if kind == "glide":
        frames += np.arange(n)[:, None]
    elif kind == "jitter":
        frames += np.random.default_rng(0).normal(0, 3, frames.shape)
    stats = statistics(Motion(frames))
    json.dumps(stats.to_dict(), allow_nan=False)
    assert stats.frames == n
    assert math.isnan(stats.fixation_share) == (n < 3)
    for sentence in sentences(stats, stats):
        assert "nan" not in sentence and "{" not in sentence and sentence.endswith(".")


def test_constant_motion_is_one_long_fixation() -> None:
    stats = statistics(Motion(np.full((250, 7), 3.0)))
    assert (stats.fixation_share, stats.world_fixation_share, stats.saccade_share) == (1, 1, 0)
    assert stats.fixation_duration_median_s == 10
    assert stats.saccade_rate_per_s == stats.head_speed_mean_deg_per_frame == stats.blink_rate_per_min == 0
    assert stats.to_dict()["saccade_amplitude_mean_deg"] is None


def test_figures_do_not_see_the_side() -> None:
    some = lively(2)
    mirrored = Motion(some.frames[:, [0, 1, 2, 5, 6, 3, 4]] * [1, -1, -1, 1, -1, 1, -1])
    a, b = statistics(some).to_dict(), statistics(mirrored).to_dict()
    assert {key for key in a if a[key] is None} == {key for key in b if b[key] is None}
    for key, value in a.items():
        assert value is None or b[key] == pytest.approx(value, rel=1e-3, abs=1e-4), key


def test_lost_frames_are_left_out() -> None:
    some = lively(3)
    valid = np.ones(len(some), bool)
    valid[300:600] = False
    frames = some.frames.copy()
    frames[300:600, 3:] = 0  # what a tracker writes when it has lost the eyes
    whole, holed = statistics(some), statistics(Motion(frames), valid=valid)
    assert holed.fixation_share == pytest.approx(whole.fixation_share, abs=0.05)
    assert holed.saccade_rate_per_s == pytest.approx(whole.saccade_rate_per_s, rel=0.1)
    assert holed.saccade_amplitude_mean_deg == pytest.approx(whole.saccade_amplitude_mean_deg, rel=0.1)


def test_every_figure_is_explained_on_the_page_and_in_the_docs() -> None:
    fields = {field.name for field in dataclasses.fields(GazeStatistics)}
    shown = [metric.key for metric in METRICS]
    assert len(set(shown)) == len(shown)
    assert fields - set(shown) == {"frames", "duration_s", "vor_frames", "large_shifts"}
    page = PAGE.read_text(encoding="utf-8")
    assert [name for name in sorted(fields) if f"`{name}`" not in page] == []


def test_rows_stand_beside_the_reference() -> None:
    calm = lively(4).frames.copy()
    calm[:, :3] *= 0.2
    rows = {row.metric.key: row for row in explain(statistics(lively(4)), statistics(Motion(calm)))}
    head = rows["head_speed_mean_deg_per_frame"]
    assert "more than the reference's" in head.sentence and head.value.endswith(" deg/frame") and head.reference
    assert "further from 0" in rows["compensation_score_deg_per_frame"].sentence
    assert "about as in the reference" in rows["gaze_energy_deg2_per_frame2"].sentence
    share = rows["fixation_share"]
    assert share.value.endswith(" %") and share.value in share.sentence
    alone = explain(statistics(lively(4)))
    assert all(row.reference == "" and "reference" not in row.sentence for row in alone)
    assert all(row.metric.formula for row in alone)
