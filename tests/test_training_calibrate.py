"""The moments by which free running is brought to the truth."""

import numpy as np
import pytest
import torch

from stygaze.gaze.ocular_range import Sight, reflex
from stygaze.models.event_rollout import draw
from stygaze.models.events import CALIBRATED, DIFFERING, EventGenerator, EventsConfig
from stygaze.training.calibrate import calibrate
from stygaze.training.data import SessionArrays
from stygaze.training.event_data import event_arrays
from stygaze.training.event_statistics import set_statistics
from stygaze.training.free_moments import across, free_moments, parts_of


def test_moments_of_a_motion_with_a_known_answer() -> None:
    frames = np.zeros((1050, 7), np.float32)
    frames[:, [4, 6]] = 10.0 * (np.arange(1050)[:, None] // 25 % 2)  # a jump of 10 degrees each second
    frames[:, 1] = 3 * np.sin(2 * np.pi * np.arange(1050) / 100)
    frames[:, [4, 6]] -= frames[:, 1:2]  # the eyes make up for the head
    parts = parts_of([frames])
    sight = Sight.of(parts)
    said = free_moments(parts, sight)
    assert said["jumps"] == pytest.approx(1.0, abs=0.03) and said["lasting"] == 1
    assert said["jumps_after_quick_12"] < 0.01
    assert said["jumps_after_quick_17"] == pytest.approx(1 / 8, rel=0.1)  # the last of frames 17 to 24
    assert said["jumps_left"] == pytest.approx(0.5, abs=0.02) and said["jumps_up"] > 0.9  # none looks higher than this
    assert said["yaw"] == pytest.approx((3 * 2 * np.pi / 100) ** 2 / 2, rel=0.02)
    assert said["drift"] < 0.01 and said["blinks"] == 0
    wide = (25 * (25 + 3**2 / 2)) ** 0.25  # 5 degrees in the world, more in the head, which the eyes make up for
    assert said["wide"] == pytest.approx(wide, rel=0.02) and said["high"] < 0.1
    assert said["jumps_of_8"] + said["jumps_of_10"] > 0.7  # of 40; each share has one more, for none is certain
    assert abs(said["along"]) < 0.05  # this head does not go along
    turned = 0.2 * (frames[:, 1:2] + frames[:, [4]])
    frames[:, 1:2] += turned
    frames[:, [4, 6]] -= turned
    assert free_moments(parts_of([frames]), sight)["along"] == pytest.approx(0.2, abs=0.05)


def test_how_people_differ_is_a_slope_over_what_is_told_of_them() -> None:
    told = np.linspace(-1, 1, 5)
    motions = []
    for off in told:  # gaze goes twice as far to the sides for each unit, the head nods alike
        frames = np.zeros((1050, 7), np.float32)
        frames[:, [4, 6]] = 5 * 2**off * (1 - 2 * (np.arange(1050)[:, None] // 25 % 2))
        frames[:, 0] = np.sin(np.arange(1050) / 5)
        motions.append(frames)
    slopes = dict(zip(DIFFERING, across(parts_of(motions), np.tile(told[:, None], len(DIFFERING))), strict=True))
    assert slopes["wide"] == pytest.approx(np.log(2), abs=0.03) and abs(slopes["pitch"]) < 0.01
    assert not across(parts_of(motions), np.zeros((5, len(DIFFERING)))).any()  # nothing is told of them
    assert not across(parts_of(motions[:2]), np.eye(2, len(DIFFERING))).any()  # two are too few to tell


def test_blinks_are_kept_without_the_noise_they_were_measured_in(rng) -> None:
    closed = np.sin(np.pi * np.arange(1, 6) / 6)
    frames = np.zeros((3000, 7))
    for at in range(30, 2950, 60):
        frames[at : at + 5, [3, 5]] -= rng.uniform(10, 30) * closed[:, None]
        frames[at : at + 5, [4, 6]] += np.outer(closed, [0.7, -0.7])
    frames[:, 3:] += rng.normal(0, 0.1, (3000, 4))
    frames[:, :3] += rng.normal(0, 0.01, (3000, 3))
    parts = parts_of([frames.astype(np.float32)])
    said = free_moments(parts, Sight.of(parts))
    assert said["eye_noise"] == pytest.approx(0.1, rel=0.1) and said["head_noise"] == pytest.approx(0.01, rel=0.1)
    assert said["blinks"] == pytest.approx(25 / 60, rel=0.05)
    model = EventGenerator(EventsConfig(audio_dim=3, style_dim=8, width=8, hidden=8, state_width=8, style_width=8))
    set_statistics(model, [event_arrays(frames.astype(np.float32))])
    pitch, half = model.blinks.numpy().transpose(2, 0, 1)
    np.testing.assert_allclose(half.max(1), 0.7, atol=0.05)
    assert half.max(1).std() < 0.01 and np.ptp(pitch.min(1)) > 10


def test_a_free_run_is_brought_to_what_it_was_made_with(monkeypatch) -> None:
    monkeypatch.setattr("stygaze.training.calibrate.DRAWN", 8)
    torch.manual_seed(0)
    model = EventGenerator(
        EventsConfig(audio_dim=3, style_dim=8, width=8, hidden=8, state_width=8, style_width=8)
    ).eval()
    for parameter in model.turn_out.parameters():
        parameter.data.mul_(0.2)
    model.landing_out.bias.data.mul_(3)
    model.gaze_out.bias.data[0] = -2  # it rests for some frames
    model.drift_std.fill_(0.02)
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(2, 8)).astype(np.float32)
    styles = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    features = [rng.normal(size=(6000, 3)).astype(np.float32) for _ in vectors]
    wide, longer = CALIBRATED.index("wide"), [0.0] * 5 + [1.0] * 6
    stretches = np.repeat([0, 1, 2, 3, 4], [1, 2, 3, 2, 4])  # of the odds by rest: few rests are longest
    odds = [*np.array([-1.0, -1.0, -0.5, 0.0, 0.5])[stretches].tolist(), *[0.0] * 12]  # here all jumps are quick
    model.calibration[wide], model.jump_odds[:], model.size_odds[:] = 0.5, torch.tensor(odds), torch.tensor(longer)
    made = draw(model, features, styles, [90, 91])
    model.calibration[:], model.jump_odds[:], model.size_odds[:] = 1.0, 0.0, 0.0
    sessions = [SessionArrays(str(k), str(k), "", m, f) for k, (m, f) in enumerate(zip(made, features, strict=True))]
    said = calibrate(model, sessions, styles)
    assert model.calibration[wide].item() == pytest.approx(0.5, rel=0.15)
    size_odds = model.size_odds.numpy()
    assert size_odds[5:8].mean() - size_odds[2:5].mean() == pytest.approx(1.0, abs=0.35)
    found = np.bincount(stretches, model.jump_odds.numpy()[:12]) / np.bincount(stretches)
    np.testing.assert_allclose(found, [-1, -1, -0.5, 0, 0.5], atol=0.4)
    assert said["free"]["wide"] == pytest.approx(said["true"]["wide"], rel=0.15)


def test_what_the_reflex_leaves_is_told_of_all_together() -> None:
    motions = []
    for aside in (0.0, 20.0):  # the eyes straight ahead or far out, and then they leave more
        turn = 0.5 * np.sin(np.arange(1050) / 4)
        head = np.cumsum(turn) - np.cumsum(turn).mean()
        gaze = np.cumsum((0.02 + 0.2 * (aside > 0)) * turn)
        frames = np.zeros((1050, 7), np.float32)
        frames[:, 1] = head
        frames[:, [4, 6]] = (aside + gaze - head)[:, None]
        motions.append(frames)
    np.testing.assert_allclose(reflex(parts_of(motions))[:, 1], [0.02, 0.2], atol=0.03)
