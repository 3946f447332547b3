"""Every figure of the tables against known answers, and that seams between windows are neither motion nor error."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.ndimage import gaussian_filter1d

from stygaze.assets import asset
from stygaze.corpus.profiles import profile_named
from stygaze.corpus.simulator import simulate
from stygaze.corpus.speech_events import speech_events
from stygaze.corpus.styles import sample_style
from stygaze.errors import StyGazeError
from stygaze.evaluation import boldness
from stygaze.evaluation.accuracy import accuracy, mae, mee, vel, vel_speed
from stygaze.evaluation.beats import (
    beat_alignment,
)
from stygaze.evaluation.patterns import FORMULAS, metrics_of, patterns_of, true_metrics
from stygaze.evaluation.predictions import Prediction
from stygaze.evaluation.seams import saccades_of
from stygaze.gaze.coordination import compensation_score, vor
from stygaze.gaze.fixations import fixation_ratio
from stygaze.gaze.statistics import statistics
from stygaze.models.style_encoder import StyleEncoder
from stygaze.motion import Motion
from stygaze.speech import SAMPLE_RATE, Speech

pytestmark = pytest.mark.filterwarnings("error")

GROUPED = ("mae", "rmse", "vel", "vel_speed", "mee", "bas", "bas_chance")
KEYS = {
    *("moved", "error_at_80", "error_at_50"),
    *(f"{name}_{part}" for name in GROUPED for part in ("all", "gaze", "head")),
    *("ce", "fixation_ratio", "saccade_ratio", "comp_score", "sim_score", "world_fixation_ratio", "gaze_energy"),
    *("head_energy", "head_speed", "fast_share", "vor_gain", "vor_correlation", "opposite_share", "saccade_rate"),
    *("saccade_amplitude", "saccades_under_15", "fixation_duration", "w1_speed", "w1_amplitude", "w1_fixation"),
}  # fmt: skip


@pytest.fixture(scope="module")
def true() -> np.ndarray:
    """A natural motion."""
    return Motion.load(asset("styles", "restless-scanner.csv")).frames


@pytest.fixture(scope="module")
def sound() -> np.ndarray:
    """The shipped recordings, a minute of them."""
    clips = [Speech.load(path).samples for path in sorted(asset("speech").glob("*.flac"))]
    return np.resize(np.concatenate(clips), 60 * SAMPLE_RATE)


def windows(true: np.ndarray, made: np.ndarray, name: str = "a", sound: np.ndarray | None = None) -> Prediction:
    """In windows of 25 frames after the first 25, as the windowed protocol cuts them."""
    end = len(true) // 25 * 25
    audio = None if sound is None else sound[SAMPLE_RATE : end * SAMPLE_RATE // 25]
    return Prediction(name, made[25:end], true[25:end], np.arange(0, end - 25, 25), true[24 : end - 1 : 25], audio)


def free(true: np.ndarray, made: np.ndarray, name: str = "a", sound: np.ndarray | None = None) -> Prediction:
    return Prediction(name, made, true, np.array([0]), made[:1], sound)


# What a prediction is


def test_a_bad_prediction_is_refused_by_name() -> None:
    good = np.zeros((10, 7))
    with pytest.raises(StyGazeError, match=r"session s7.*9, 7.*10, 7"):
        Prediction("s7", good[:9], good, np.array([0]), good[:1])
    for starts, before in (([1], good[:1]), ([0, 0], good[:2]), ([0, 10], good[:2]), ([0], good[:2]), ([], good[:0])):
        with pytest.raises(StyGazeError, match="session s7"):
            Prediction("s7", good, good, np.array(starts, int), before)
    lost = good.copy()
    lost[3, 1] = np.nan
    with pytest.raises(StyGazeError, match=r"session s7.*head_yaw at row 3"):
        Prediction("s7", lost, good, np.array([0]), good[:1])
    with pytest.raises(StyGazeError, match="truth"):
        Prediction("s7", good, lost, np.array([0]), good[:1])
    for measure in (mae, vel, mee, patterns_of, beat_alignment, metrics_of, true_metrics):
        with pytest.raises(StyGazeError, match="nothing to measure"):
            measure([])


# Accuracy


def test_seams_are_neither_motion_nor_error() -> None:
    """The first window runs off at three times the speed, the second begins where the truth was and goes on with it."""
    true = np.arange(1.0, 51)[:, None] * np.ones(7)
    made = np.concatenate([3 * true[:25], true[25:]])
    cut = Prediction("a", made, true, np.array([0, 25]), np.stack([0 * true[0], true[24]]))
    assert vel([cut]) == vel_speed([cut]) == (2, 2, 2)  # (3 - 1)^2 in half of the frames
    assert mee([cut]) == (7 * 8 / 2, 4 * 8 / 2, 3 * 8 / 2)
    assert vel([free(true, made)]).all == pytest.approx((24 * 4 + 50**2) / 50)  # as one stretch it would fall back


def test_errors_of_offsets_and_directions() -> None:
    t = np.arange(101.0)[:, None] * np.ones(7)
    made = t + np.array([3, 3, 3, -1, -1, -1, -1])
    assert mae([free(t, made)]) == pytest.approx(((4 * 1 + 3 * 3) / 7, 1, 3))
    assert vel([free(t, made)]) == vel_speed([free(t, made)]) == mee([free(t, made)]) == (0, 0, 0)
    back = [free(t, -t)]
    assert vel(back).all == pytest.approx(4 * 100 / 101) and vel_speed(back).all == 0 and mee(back).all == 0
    # 7 columns at 1 deg/frame against none: the energies 4 and 3 add up
    assert mee([free(t, 0 * t)]) == pytest.approx((7 * 100 / 101, 4 * 100 / 101, 3 * 100 / 101))


def test_sessions_are_pooled_by_frames() -> None:
    short, long = np.zeros((10, 7)), np.zeros((30, 7))
    assert mae([free(short, short + 4), free(long, long)]).all == 1
    assert patterns_of([free(short, short), free(long, np.cumsum(long + 1, 0))]).figures["head_speed"] == pytest.approx(
        np.sqrt(3) * 29 / 40
    )


def test_accuracy_against_plain_sums(rng: np.random.Generator) -> None:
    true, made = rng.normal(size=(2, 40, 7)).astype(np.float32).astype(float)
    found = accuracy([free(true, made)])
    v, u = (np.diff(x, axis=0) for x in (made, true))
    gaze = [abs(made[t, d] - true[t, d]) for t in range(40) for d in range(3, 7)]
    assert found["mae_gaze"] == pytest.approx(sum(gaze) / 160)
    assert found["vel_head"] == pytest.approx(sum((v[t, d] - u[t, d]) ** 2 for t in range(39) for d in range(3)) / 120)
    energies = [abs(sum(v[t, d] ** 2 for d in range(7)) - sum(u[t, d] ** 2 for d in range(7))) for t in range(39)]
    assert found["mee_all"] == pytest.approx(sum(energies) / 40)
    for name in ("mae", "vel", "vel_speed"):
        assert found[f"{name}_all"] == pytest.approx((4 * found[f"{name}_gaze"] + 3 * found[f"{name}_head"]) / 7)


# Patterns


def test_one_free_stretch_has_the_figures_of_the_motion(true: np.ndarray) -> None:
    """The statistics of the page, computed by another path, agree."""
    motion, found = Motion(true), patterns_of([free(true, true)]).figures
    stats = statistics(motion)
    steps = (len(true) - 1) / len(true)  # a free prediction's first frame counts as at rest
    assert found["fixation_ratio"] == fixation_ratio(motion) and found["saccade_ratio"] == 1 - fixation_ratio(motion)
    assert found["comp_score"] == pytest.approx(compensation_score(motion) * steps)
    assert found["vor_gain"] == pytest.approx(vor(motion).gain)
    assert found["opposite_share"] == vor(motion).opposite
    for key, name, factor in (
        ("world_fixation_ratio", "world_fixation_share", 1),
        ("fixation_duration", "fixation_duration_median_s", 1),
        ("saccade_rate", "saccade_rate_per_s", 1),
        ("saccade_amplitude", "saccade_amplitude_mean_deg", 1),
        ("saccades_under_15", "saccades_under_15_deg_share", 1),
        ("fast_share", "fast_frames_share", steps),
        ("head_speed", "head_speed_mean_deg_per_frame", steps),
        ("gaze_energy", "gaze_energy_deg2_per_frame2", steps),
        ("head_energy", "head_energy_deg2_per_frame2", steps),
    ):
        assert found[key] == pytest.approx(getattr(stats, name) * factor, rel=1e-5), key


def test_no_event_spans_a_seam() -> None:
    """Each window rests where it is; between windows gaze lies 20 degrees apart, which nobody moved."""
    made = np.repeat(np.arange(8)[:, None] * 20.0 * [0, 0, 0, 0, 1, 0, 1], 25, axis=0)
    cut = Prediction("a", made, made, np.arange(0, 200, 25), made[::25])
    found = patterns_of([cut])
    assert found.durations.tolist() == [1.0] * 8 and len(found.amplitudes) == 0
    assert found.figures["fixation_ratio"] == found.figures["world_fixation_ratio"] == 1
    assert found.figures["gaze_energy"] == found.figures["fast_share"] == found.figures["comp_score"] == 0
    # as one stretch it is eight fixations and seven saccades
    whole = patterns_of([free(made, made)])
    assert whole.durations.tolist() == [1.0] * 8
    assert whole.amplitudes == pytest.approx([20] * 7, abs=1e-3)


def test_a_saccade_may_begin_at_a_window_s_first_step() -> None:
    made = np.zeros((50, 7))
    made[25:, [4, 6]] = 8
    cut = Prediction("a", made, made, np.array([0, 25]), made[[0, 24]])
    assert [s.amplitude for s in saccades_of(cut)[0]] == pytest.approx([8], abs=1e-3)


def test_blinks_are_no_saccades(sound: np.ndarray) -> None:
    """The same session recorded with a lid that disturbs the tracker, and without."""
    hage, style = profile_named("hage"), sample_style(np.random.default_rng(7))
    events = speech_events(sound)
    seen = simulate(events, style, 1, hage).motion.frames
    clean = simulate(events, style, 1, replace(hage, blink_rate=0.0)).motion.frames
    for cut in (free, windows):
        (with_lids, seconds), (without, whole) = (saccades_of(cut(x, x)) for x in (seen, clean))
        assert whole * 0.75 < seconds < whole
        rates = len(with_lids) / seconds, len(without) / whole
        assert rates[0] == pytest.approx(rates[1], rel=0.15)


def test_truth_and_prediction_are_judged_by_one_threshold() -> None:
    """A tracker's noise lies on the truth only; the prediction's small step counts only above what noise allows."""
    noise = np.random.default_rng(0).normal(0, 0.2, (200, 7)) * [0, 0, 0, 1, 1, 1, 1]
    made = np.zeros((200, 7))
    made[100:, [4, 6]] = 0.8
    assert len(saccades_of(free(made, made))[0]) == 1
    assert len(saccades_of(free(noise, made))[0]) == 0


def test_distances_to_the_truth() -> None:
    true = np.repeat([[0.0], [10], [0], [10]], 25, axis=0) * [0, 0, 0, 0, 1, 0, 1]
    figures = metrics_of([free(true, 1.6 * true)])
    assert figures["w1_amplitude"] == pytest.approx(6, abs=1e-3) and figures["w1_fixation"] == 0
    assert figures["w1_speed"] == pytest.approx(3 * 6 / 100)  # three jumps, 6 degrees larger
    assert figures["saccades_under_15"] == 0.0 and figures["fixation_ratio"] == 1
    still = metrics_of([free(true, 0 * true)])
    assert np.isnan(still["w1_amplitude"]) and np.isnan(still["saccade_amplitude"]) and still["saccade_rate"] == 0
    assert still["w1_fixation"] == pytest.approx(3.0)


def test_a_model_that_runs_away_is_measured() -> None:
    wild = np.linspace(0, 5000, 100)[:, None] * np.ones(7)
    figures = metrics_of([free(np.zeros((100, 7)), wild)])
    assert figures["mae_all"] == pytest.approx(2500) and np.isfinite(figures["fixation_ratio"])


def test_a_row_has_every_key_and_every_key_a_formula(true: np.ndarray, sound: np.ndarray) -> None:
    torch.manual_seed(0)
    made = gaussian_filter1d(true, 3, axis=0)
    for cut in (free, windows):
        predictions = [cut(true, made, "a", sound)]
        figures, own = metrics_of(predictions, StyleEncoder()), true_metrics(predictions, StyleEncoder())
        assert set(figures) == set(own) == KEYS
        unknown = set() if cut is windows else set(boldness.FORMULAS)  # a free motion starts nowhere
        assert all(isinstance(v, float) and np.isfinite(v) != (k in unknown) for k, v in figures.items())
        for key, value in own.items():
            if key.startswith(("mae", "vel", "mee", "w1")) or key == "ce":
                assert value == pytest.approx(0, abs=1e-6), key
        assert own["sim_score"] == 1 and figures["mae_all"] > 0
        assert figures["sim_score"] == pytest.approx(
            1 - abs(own["fixation_ratio"] - figures["fixation_ratio"]) - abs(own["comp_score"] - figures["comp_score"])
        )
    bases = {k: k.rsplit("_", 1)[0] for k in KEYS}
    assert set(FORMULAS) == {base if base in GROUPED else k for k, base in bases.items()}
    assert all(FORMULAS.values())
