"""The two-sample test tells what differs and does not tell what does not; its answers are known from the data made."""

import numpy as np
import pytest
import torch

from stygaze.errors import StyGazeError
from stygaze.evaluation.two_sample import COLUMNS, cross_validated, positive_controls, two_sample
from stygaze.evaluation.window_classifier import LEAD, SLOW, features
from stygaze.motion import Motion

QUICK = {"window": 30, "steps": 30}


def people(seed: int, count: int = 6, frames: int = 300) -> list[np.ndarray]:
    """Sessions of one process: smooth sway of the head, eyes that turn against it and jump every second or so."""
    rng = np.random.default_rng(seed)
    made = []
    for k in range(count):
        n = frames + 20 * k  # of different lengths
        head = np.sin(np.arange(n)[:, None] / rng.uniform(5, 15, 3) + rng.uniform(0, 6, 3)) * 3
        place = np.repeat(rng.normal(0, 6, (n // 20 + 1, 2)), 20, 0)[:n]
        eye = place - head[:, :2] + rng.normal(0, 0.05, (n, 2))
        made.append(np.concatenate([head, eye, eye], 1).astype(np.float32))
    return made


def test_what_differs_is_told_apart_in_every_set_of_columns() -> None:
    true = people(0)
    shaken = [f + np.random.default_rng(k).normal(0, 1, f.shape) for k, f in enumerate(people(1))]
    for columns in COLUMNS:
        found = two_sample(true, shaken, columns, **QUICK)
        assert found.accuracy > 0.95 and found.auc > 0.97, columns


def test_a_fault_of_the_eyes_is_no_fault_of_the_head() -> None:
    true, other = people(0), people(1)
    for frames in other:
        frames[:, 3:] += np.random.default_rng(0).normal(0, 1, frames[:, 3:].shape)
    assert two_sample(true, other, "eyes", **QUICK).accuracy > 0.95
    assert two_sample(true, other, "head differences", **QUICK).accuracy < 0.75


def test_the_same_process_is_not_told_apart_and_every_session_is_tested_once() -> None:
    found = cross_validated(people(0, 9), people(1, 9), **QUICK)
    assert abs(found.accuracy - 0.5) < 0.12 and abs(found.auc - 0.5) < 0.15
    assert list(found.by_session) == list(range(9))
    assert found.interval[0] < found.accuracy < found.interval[1]
    assert len(found.values) == len(found.steps) == 3
    assert found.accuracy == pytest.approx(np.mean(list(found.by_session.values())))


def test_a_motion_against_itself_scores_one_half_exactly() -> None:
    true = people(0)
    found = two_sample(true, [frames.copy() for frames in true], **QUICK)
    assert found.accuracy == 0.5 and found.auc == 0.5  # one verdict for both, right for one of them


def test_same_seed_same_result_and_the_program_s_own_chance_is_left_alone() -> None:
    true, other = people(0), people(1)
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    first = two_sample(true, other, seed=1, **QUICK)
    assert torch.equal(torch.rand(3), expected)
    second = two_sample(true, other, seed=1, **QUICK)
    assert first == second
    assert set(first.by_session) == {1, 4}  # every third session, from the seed on


def test_separable_motion_ends_training_early_by_the_fixed_rule() -> None:
    true = people(0)
    still = [np.zeros_like(frames) for frames in true]
    found = two_sample(true, still, window=20, steps=400)
    assert found.accuracy == 1.0 and found.steps[0] in (100, 200)


def test_three_lists_are_three_training_seeds() -> None:
    true = people(0)
    still = [np.zeros_like(frames) for frames in true]
    found = cross_validated(true, [still, still, [frames.copy() for frames in true]], window=20, steps=30)
    assert min(found.values[:2]) > 0.9 and found.values[2] == 0.5


def test_long_windows_see_what_is_slow() -> None:
    """A posture that drifts by some degrees within twenty seconds, seen in blocks."""
    true, drifting = people(0, 6, 900), people(1, 6, 900)
    for frames in drifting:
        frames[:, 1] += 30 * np.sin(np.arange(len(frames)) / 60)
    assert two_sample(true, drifting, window=SLOW, steps=40).accuracy > 0.9


def test_world_gaze_and_head_features_are_blind_to_what_they_leave_out() -> None:
    frames = people(0)[0]
    moved = frames.copy()
    moved[:, :3] += 5.0
    assert np.allclose(
        features(frames, "head differences").values, features(moved, "head differences").values, atol=1e-3
    )
    everything = features(frames, "all")
    assert everything.places == 9 and np.allclose(
        everything.values[:, 7:9], Motion(frames).world_gaze[LEAD:], atol=1e-5
    )


def test_controls_have_the_fault_that_they_name() -> None:
    frames = people(0)[0].astype(float)
    made = {name: found[0] for name, found in positive_controls([frames]).items()}
    gaze = Motion(frames).world_gaze
    wide, smooth, late = made["saccades widened"], made["head smoothed"], made["eyes delayed"]
    jump = np.linalg.norm(np.diff(gaze, axis=0), axis=1) > 3
    ratio = (
        np.linalg.norm(np.diff(Motion(wide).world_gaze, axis=0), axis=1)[jump]
        / np.linalg.norm(np.diff(gaze, axis=0), axis=1)[jump]
    )
    assert np.median(ratio) == pytest.approx(1.15, abs=0.03)
    assert np.array_equal(wide[:, :3], frames[:, :3])
    assert np.abs(np.diff(smooth[:, :3], 2, axis=0)).mean() < np.abs(np.diff(frames[:, :3], 2, axis=0)).mean()
    assert np.allclose(Motion(smooth).world_gaze, gaze, atol=0.02)
    assert np.array_equal(late[:, :3], frames[2:, :3]) and np.array_equal(late[:, 3:], frames[:-2, 3:])


def test_bad_input_is_one_clear_sentence() -> None:
    true = people(0)
    for args, message in (
        ((true[:5], true[:5]), "needs 6 sessions or more, 5 were given"),
        ((true, true[:5]), "6 true and 5 generated"),
        ((true, true, "hands"), "no columns 'hands'; choose one of all, seven columns, eyes"),
        ((true, [*true[:5], true[5][:50]], "all", 100), "Session 5 has 50 frames; .* windows of 100 needs 102"),
        ((true, [*true[:5], true[5] * np.nan], "all", 40), "missing or infinite"),
        ((true, [frames[:, :3] for frames in true], "all", 40), "7 columns"),
    ):
        with pytest.raises(StyGazeError, match=message):
            two_sample(*args)
