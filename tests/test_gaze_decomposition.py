"""What a motion is made of is found again: movements of the head, jumps of the gaze, blinks of a tracker."""

from dataclasses import replace

import numpy as np
import pytest

from stygaze.assets import asset
from stygaze.corpus.profiles import profile_named
from stygaze.corpus.sensor import record
from stygaze.corpus.simulator import Simulation, simulate
from stygaze.corpus.speech_events import speech_events
from stygaze.corpus.styles import NAMED
from stygaze.gaze.decomposition import FLIGHT, Decomposition, decompose
from stygaze.gaze.movements import (
    DURATIONS,
    LEAST,
    LONGEST,
    PHASES,
    WEIGHT,
    courses,
    find_movements,
    minimum_jerk,
)
from stygaze.models.event_moments import FAR
from stygaze.motion import Motion
from stygaze.speech import Speech
from stygaze.training.event_data import head_moments


@pytest.fixture(scope="module", params=["natural", "hage"])
def simulated(request) -> Simulation:
    """Sixteen seconds of a lively person, as recorded; without and with a tracker's noise and blinks."""
    sound = Speech.load(asset("speech") / "five-sentences.flac").samples
    speech = speech_events(np.resize(sound, 16 * 16000))
    return simulate(speech, NAMED["emphatic-nodder"].style, 5, request.param)


# ---- movements of the head


def replayed(frames: int, when: np.ndarray, size: np.ndarray) -> np.ndarray:
    """Steps [frames + LONGEST, 3] of movements, one after another."""
    steps = np.zeros((frames + LONGEST, 3))
    for (at, duration, phase), whole in zip(when, size, strict=True):
        steps[at : at + LONGEST] += courses()[duration, phase][:, None] * whole
    return steps


def test_movements_that_were_made_are_found() -> None:
    t = np.arange(400.0)[:, None]
    made = [  # begin in frames, index of the duration, degrees
        (20, 4, (-6.0, 0.5, 0.2)),
        (90 + PHASES[1], 10, (1.0, 12.0, -2.0)),
        (200 + PHASES[2], 15, (0.0, -9.0, 1.0)),
        (320, 2, (3.0, 0.0, 0.0)),
    ]
    head = sum(np.array(size) * minimum_jerk((t - at) / DURATIONS[k]) for at, k, size in made)
    when, size = find_movements(head + np.array([3, -40, 1]))
    large = np.abs(size).max(1) > 0.2
    assert when[large].tolist() == [[20, 4, 0], [90, 10, 1], [200, 15, 2], [320, 2, 0]]
    np.testing.assert_allclose(size[large], [m[2] for m in made], atol=0.05)


def test_movements_of_a_head_add_up_to_it(simulated: Simulation) -> None:
    head = decompose(simulated.motion).head
    when, size = find_movements(head)
    assert (np.diff(when[:, 0]) > 0).all() and 1 < 25 * len(when) / len(head) < 10
    steps, true = replayed(len(head), when, size)[: len(head) - 1], np.diff(head, axis=0)
    assert (steps - true).std() < 0.1 * true.std()
    apart = np.cumsum(steps - true, axis=0)
    assert np.abs(apart - np.median(apart, axis=0)).mean() < 0.2


def test_nothing_is_left_that_would_be_found(simulated: Simulation) -> None:
    head = decompose(simulated.motion).head[:600]
    when, size = find_movements(head)
    left = np.zeros((len(head) + LONGEST, 3))
    left[: len(head) - 1] = np.diff(head, axis=0)
    left -= replayed(len(left) - LONGEST, when, size)[: len(left)]
    free = np.setdiff1d(np.arange(len(head) - 1), when[:, 0])
    around = np.lib.stride_tricks.sliding_window_view(left * WEIGHT, LONGEST, axis=0)[free]  # [n, 3, LONGEST]
    shapes = courses().reshape(-1, LONGEST)
    match = around @ (shapes / np.linalg.norm(shapes, axis=1)[:, None]).T
    assert len(when) > 20 and (match**2).sum(1).max() < 3 * LEAST**2 * (1 + 1e-9)


def test_a_still_head_makes_no_movement() -> None:
    when, size = find_movements(np.full((200, 3), 7.0))
    assert when.shape == size.shape == (0, 3)


def test_moments_are_those_of_a_replay(simulated: Simulation) -> None:
    """What is known at each frame, counted out with the movements that have begun before it."""
    head = simulated.motion.head[:200].astype(float)
    when, size = find_movements(head)
    said = head_moments(head, when, size)
    for t in (0, 1, 57, 123, 168):
        begun = when[:, 0] < t
        steps = replayed(200, when[begun], size[begun])
        wanted = {
            "velocity": steps[t - 1] if t else np.zeros(3),
            "soon": steps[t],
            "later": steps[t + 3],
            "far": np.concatenate([steps[t + k] for k in FAR]),
            "bound": head[t] + steps[t:].sum(0),
        }
        for name, value in wanted.items():
            np.testing.assert_allclose(said[name][t], value, atol=1e-9, err_msg=f"{name} at {t}")
        last = np.flatnonzero(begun)[::-1][:2]
        np.testing.assert_allclose(said["turns"][t].reshape(-1, 3)[: len(last)], size[last])
        assert said["ago"][t][: len(last)].tolist() == [min(t - when[k, 0], 99) for k in last]


# ---- jumps of the gaze


def test_jumps_that_were_made_are_found() -> None:
    """Three jumps over two to four frames while the head turns and the eyes take that back."""
    gaze = np.zeros((200, 2))
    gaze[40:] += [0, 15]
    gaze[39] = [0, 6]
    gaze[100:] += [-8, -20]
    gaze[98:100] = [[-2, 10], [-6, 0]]
    gaze[160:] += [3, 2]
    head = np.zeros((200, 3))
    head[:, 1] = 10 * minimum_jerk((np.arange(200) - 60) / 80)
    frames = np.zeros((200, 7))
    frames[:, :3], frames[:, [3, 5]] = head, gaze[:, :1]
    frames[:, 4], frames[:, 6] = gaze[:, 1] - head[:, 1] - 1.5, gaze[:, 1] - head[:, 1] + 1.5
    parts = decompose(Motion(frames))
    assert np.flatnonzero(parts.onset).tolist() == [39, 98, 160]
    assert np.flatnonzero(parts.busy).tolist() == [39, 40, 98, 99, 100, 160]
    places = parts.landing[[20, 39, 99, 199]]
    np.testing.assert_allclose(places, [[0, 0], [0, 15], [-8, -5], [-5, -3]], atol=0.1)
    np.testing.assert_allclose(parts.half_vergence, -1.5, atol=1e-5)
    assert parts.open.all() and parts.eye_noise == 0 and not len(parts.blinks)


def test_gaze_is_what_it_was_before_the_tracker(simulated: Simulation) -> None:
    parts, true = decompose(simulated.motion), simulated.gaze[::10]
    raw = np.abs(simulated.motion.world_gaze - true)[~parts.busy]
    off = np.abs(parts.gaze - true)[~parts.busy]
    assert np.median(off) < 0.35 and (off.max(1) > 5).mean() < 0.04
    noisy = bool(parts.eye_noise)
    assert noisy == bool(len(parts.blinks))
    if noisy:
        assert parts.eye_noise == pytest.approx(0.15, abs=0.04) and parts.head_noise == pytest.approx(0.012, abs=0.006)
        assert (raw[:, 0] > 10).sum() > (off[:, 0] > 10).sum()  # blinks throw the pitch down by 27 degrees
        assert 2 <= parts.blink_count <= 15 and parts.blinks[:, :, 0].min(1).max() < -3  # .43 a second
        assert 0.8 < parts.open.mean() < 0.98


def test_the_courses_of_jumps_are_those_that_were_made() -> None:
    """Also the frames in which gaze has just left or not quite arrived, which are slower than a saccade is told by."""
    made = {20: (12.0, [0.02, 0.5, 1]), 40: (-6.0, [0.7, 0.97, 1]), 60: (3.0, [1]), 80: (-20.0, [0.3, 0.8, 0.99, 1])}
    yaw = np.zeros(100)
    for at, (size, shares) in made.items():
        yaw[at:] += size * np.array(shares + [1] * (100 - at - len(shares)))
    frames = np.zeros((100, 7))
    frames[:, [4, 6]] = yaw[:, None]
    parts = decompose(Motion(frames))
    assert np.flatnonzero(parts.onset).tolist() == list(made)
    for course, (size, shares) in zip(parts.flights, made.values(), strict=True):
        np.testing.assert_allclose(course, [abs(size), *shares, *[1] * (FLIGHT - len(shares))], atol=1e-4)


def large_jumps(parts: Decomposition) -> np.ndarray:
    """Their first frames. Of less than a degree more are found under noise, by means of several frames."""
    begun = np.flatnonzero(parts.onset)
    return begun[np.linalg.norm(parts.landing[begun] - parts.gaze[begun - 1], axis=1) > 1]


def test_a_blink_under_a_rolled_head_is_no_jump() -> None:
    """A lid drops what the tracker sees by 27 degrees in the head; rolled by 8, that is also 4 of yaw in the world."""
    sound = Speech.load(asset("speech") / "five-sentences.flac").samples
    style = replace(NAMED["emphatic-nodder"].style, head_pose=(2.0, 4.0, 8.0))
    clean = simulate(speech_events(np.resize(sound, 90 * 16000)), style, 5, "natural").motion
    seen = decompose(record(clean, profile_named("hage"), np.random.default_rng(1)))
    jumps, wanted = (large_jumps(parts) for parts in (seen, decompose(clean)))
    assert len(jumps) == pytest.approx(len(wanted), rel=0.05)
    assert (np.diff(jumps) <= 2).mean() < (np.diff(wanted) <= 2).mean() + 0.04
    small = np.setdiff1d(np.flatnonzero(seen.onset), jumps)
    assert (~seen.open[small]).sum() <= 4  # of 39 blinks


def test_a_fixation_does_not_betray_when_it_ends() -> None:
    rng = np.random.default_rng(0)
    frames = np.zeros((120, 7))
    frames[:, 3:] = rng.normal(0, 0.15, (120, 4))
    early, late = frames.copy(), frames.copy()
    early[60:, [4, 6]] += 12
    late[64:, [4, 6]] += 12
    early, late = decompose(Motion(early)), decompose(Motion(late))
    assert np.flatnonzero(early.onset).tolist() == [60] and np.flatnonzero(late.onset).tolist() == [64]
    np.testing.assert_allclose(early.gaze[:60], late.gaze[:60], atol=1e-5)
    assert np.abs(early.gaze[10:60]).mean() < 0.6 * np.abs(frames[10:60, 3:5]).mean()  # and yet it is quieter


def test_what_an_eye_far_out_does_not_make_up_for_stays_in_a_fixation() -> None:
    """Under a tracker's noise: an average of what slipped is not slipping, and a jump does not end where gaze is."""
    rng = np.random.default_rng(0)
    head = 2 * np.sin(np.arange(1500) / 12)
    aside = np.repeat(np.tile([3.0, 28.0], 15), 50)
    slip = np.where(aside > 20, 0.4, 0.02) * head
    frames = np.zeros((1500, 7))
    frames[:, 1] = head
    frames[:, [4, 6]] = (aside + slip - head)[:, None]
    frames[:, 3:] += rng.normal(0, 0.15, (1500, 4))
    parts = decompose(Motion(frames))
    rest = ~parts.busy[1:] & ~parts.busy[:-1]
    for place, share in ((3.0, 0.02), (28.0, 0.4)):
        there = rest & (aside[1:] == place)
        turned = np.diff(head)[there]
        assert np.diff(parts.gaze[:, 1])[there] @ turned / (turned @ turned) == pytest.approx(share, abs=0.06)
    landed = np.flatnonzero(parts.onset)
    np.testing.assert_allclose(parts.gaze[landed, 1], (aside + slip)[landed], atol=0.25)


def test_a_saccade_that_corrects_another_is_found_under_a_trackers_noise() -> None:
    """Its half degree hides among frames of .15; the mean of some frames before and after shows it."""
    rng, large, small = np.random.default_rng(0), np.arange(40, 4000, 40), np.arange(46, 4000, 40)
    frames = np.zeros((4000, 7))
    for k, (at, corrected) in enumerate(zip(large, small, strict=True)):
        way = 12.0 * (-1) ** k
        frames[at:, [4, 6]] += 0.95 * way
        frames[corrected:, [4, 6]] += 0.05 * way
    frames[:, 3:] += rng.normal(0, 0.15, (4000, 4))
    onsets = np.flatnonzero(decompose(Motion(frames)).onset)
    assert np.isin(large, onsets).all()
    assert (np.abs(small[:, None] - onsets).min(1) <= 1).mean() > 0.85
    others = np.setdiff1d(onsets, np.concatenate([large, *(small + k for k in (-1, 0, 1))]))
    assert len(others) < 0.05 * len(large)


def test_an_eye_that_slips_makes_no_saccades() -> None:
    """It leaves a tenth of a large turn undone, which moves the means that small saccades are sought in."""
    rng = np.random.default_rng(0)
    head = 15 * np.sin(2 * np.pi * 0.3 * np.arange(4000) / 25)
    frames = np.zeros((4000, 7))
    frames[:, 1], frames[:, [4, 6]] = head, -0.9 * head[:, None]
    frames[:, 3:] += rng.normal(0, 0.15, (4000, 4))
    assert decompose(Motion(frames)).onset.sum() < 5
