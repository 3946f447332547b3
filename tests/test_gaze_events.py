"""Saccades and blinks found in motions that were made from known ones."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from scipy.special import betainc

from stygaze.errors import StyGazeError
from stygaze.gaze.events import ROW_KEYS, detect
from stygaze.gaze.main_sequence import fit_main_sequence
from stygaze.motion import COLUMNS, Motion, angles, direction, rotation

pytestmark = pytest.mark.filterwarnings("error")


@dataclass
class Known:
    motion: Motion
    onsets: np.ndarray  # s
    ends: np.ndarray  # s
    amplitudes: np.ndarray  # deg
    blinks: np.ndarray  # s


def known(seed: int, seconds: float = 300, noise: float = 0.0, blinks: bool = False) -> Known:
    """Saccades of 2.2 ms/deg A + 21 ms between rests, a swaying head whose sway the eyes take back, at 25 FPS."""
    r = np.random.default_rng(seed)
    t = np.arange(int(seconds * 250)) / 250
    onsets = np.cumsum(0.16 + r.lognormal(np.log(0.3), 0.5, 3 * int(seconds)))
    onsets = onsets[onsets < seconds - 0.5]
    gaze, at = np.zeros((len(t), 2)), np.zeros(2)
    ends, amplitudes = [], []
    for onset in onsets:
        size = min(1 + r.exponential(7), 30)
        angle = r.uniform(-np.pi, np.pi)
        to = at + size * np.array([0.6 * np.sin(angle), np.cos(angle)])
        to = np.clip(to, [-15, -25], [15, 25])
        amplitude = np.degrees(np.arccos(direction(*at) @ direction(*to)))
        duration = (2.2 * amplitude + 21) / 1000
        start, stop = np.searchsorted(t, (onset, onset + duration))
        gaze[start:stop] += (to - at) * betainc(2.2, 2.6, (t[start:stop] - onset) / duration)[:, None]
        gaze[stop:] += to - at
        at = to
        ends.append(onset + duration)
        amplitudes.append(amplitude)
    sway = np.sin(2 * np.pi * np.outer(t, [0.3, 0.2, 0.15]) + r.uniform(0, 6.28, 3))
    head = sway * [1.5, 3, 1]
    eye = angles(np.einsum("tji,tj->ti", rotation(*head.T), direction(*gaze.T)))
    convergence = np.array([0, 1.4])
    left, right = eye - convergence, eye + convergence
    closings = np.arange(2.0, seconds - 1, 3.7) if blinks else np.array([])
    closings = closings + r.uniform(0, 1, len(closings))
    for start in closings:
        shut = np.sin(np.pi * np.clip((t - start) / 0.22, 0, 1))[:, None]
        left, right = left + shut * [-12, 0.7], right + shut * [-12, -0.7]
    frames = np.concatenate([head, left, right], 1)[::10]
    frames[:, 3:] += r.normal(0, noise, (len(frames), 4))
    return Known(Motion(frames), onsets, np.array(ends), np.array(amplitudes), closings)


def found(truth: Known, smallest: float) -> tuple[float, float]:
    """Recall of saccades of at least that size, precision of what was detected."""
    events = detect(truth.motion)
    starts = np.array([s.onset for s in events.saccades]) / 25
    stops = np.array([s.offset for s in events.saccades]) / 25
    meets = (starts[:, None] < truth.ends + 0.05) & (stops[:, None] > truth.onsets - 0.05)
    return float(meets[:, truth.amplitudes >= smallest].any(0).mean()), float(meets.any(1).mean())


def test_saccades_are_found_and_none_invented() -> None:
    truth = known(0)
    recall, precision = found(truth, 1.0)
    assert recall > 0.99 and precision > 0.99
    events = detect(truth.motion)
    assert abs(len(events.saccades) / np.sum(truth.amplitudes > 0.5) - 1) < 0.02
    assert events.blinks == ()
    # Where one known saccade meets one found, size and direction are right.
    pairs = [
        (s, truth.amplitudes[i])
        for s in events.saccades
        if len(i := np.flatnonzero((truth.onsets < s.offset / 25) & (truth.ends > s.onset / 25))) == 1
    ]
    error = np.array([s.amplitude - size for s, (size,) in pairs])
    assert len(pairs) > 400 and np.median(np.abs(error)) < 0.2


def test_a_noisy_tracker_with_blinks() -> None:
    truth = known(1, noise=0.12, blinks=True)
    recall, precision = found(truth, 2.0)
    assert recall > 0.97 and precision > 0.94
    spans = np.array([(b.onset, b.offset) for b in detect(truth.motion).blinks]) / 25
    meets = (spans[:, :1] < truth.blinks + 0.22) & (spans[:, 1:] > truth.blinks)
    assert meets.any(0).mean() > 0.95 and meets.any(1).all()


def test_noise_alone_and_slow_gaze_are_no_saccades() -> None:
    r = np.random.default_rng(0)
    frames = np.zeros((2000, 7))
    frames[:, 3:] = r.normal(0, 0.3, (2000, 4))
    assert len(detect(Motion(frames)).saccades) <= 2
    frames = np.zeros((2000, 7))
    frames[:, [4, 6]] = 20 * np.sin(np.arange(2000)[:, None] / 12)  # pursuit, up to 1.7 degrees a frame
    assert detect(Motion(frames)).saccades == ()
    frames[1000:, [4, 6]] += 9  # a jump in the middle of it
    (jump,) = detect(Motion(frames)).saccades
    assert abs(jump.onset - 999) <= 1 and 8 < jump.amplitude < 12


def jump(to_yaw: float = 0.0, to_pitch: float = 0.0, at: float = 0.0) -> Motion:
    frames = np.zeros((60, 7))
    frames[:, [3, 5]] = at
    frames[30:, [3, 5]] = at + to_pitch
    frames[30:, [4, 6]] = to_yaw
    return Motion(frames)


@pytest.mark.parametrize(("yaw", "pitch", "angle"), [(9, 0, 0), (0, 9, 90), (-9, 0, 180), (0, -9, -90), (5, 5, 45)])
def test_directions(yaw: float, pitch: float, angle: float) -> None:
    (saccade,) = detect(jump(yaw, pitch)).saccades
    assert (saccade.onset, saccade.offset, saccade.duration) == (29, 30, 0.04)
    assert abs((saccade.direction - angle + 180) % 360 - 180) < 0.5
    assert abs(saccade.amplitude - np.hypot(yaw, pitch)) < 0.05
    assert abs(saccade.peak_velocity - 25 * saccade.amplitude) < 1e-6


def test_amplitude_is_an_angle_on_the_sphere() -> None:
    (saccade,) = detect(jump(10, at=60)).saccades  # ten degrees of yaw are five up there
    assert abs(saccade.amplitude - 5) < 0.1
    frames = jump(10).frames.copy()
    frames[:, 1] = 175  # across the back of the head
    (saccade,) = detect(Motion(frames)).saccades
    assert abs(saccade.amplitude - 10) < 1e-3 and abs(saccade.direction) < 1e-3


def test_the_head_takes_part_or_not() -> None:
    frames = jump(25).frames.copy()
    head = 12 * np.clip((np.arange(60) - 30) / 8, 0, 1)
    frames[:, 1] += head
    frames[:, [4, 6]] -= head[:, None]
    (with_head,), (alone,) = detect(Motion(frames)).saccades, detect(jump(25)).saccades
    assert with_head.with_head and abs(with_head.head_turn - 12) < 0.1
    assert not alone.with_head and alone.head_turn == 0


def test_mirror_offset_and_reversal() -> None:
    truth = known(2, 60).motion
    mirrored = truth.frames[:, [0, 1, 2, 5, 6, 3, 4]] * [1, -1, -1, 1, -1, 1, -1]
    a, b = detect(truth), detect(Motion(mirrored))
    assert [(s.onset, s.offset) for s in a.saccades] == [(s.onset, s.offset) for s in b.saccades]
    assert [(f.onset, f.offset) for f in a.fixations] == [(f.onset, f.offset) for f in b.fixations]
    np.testing.assert_allclose([s.amplitude for s in a.saccades], [s.amplitude for s in b.saccades], atol=1e-4)
    turn = np.array([s.direction + t.direction - 180 for s, t in zip(a.saccades, b.saccades, strict=True)])
    np.testing.assert_allclose((turn + 180) % 360 - 180, 0, atol=1e-3)
    # The whole scene turned by 40 degrees of yaw: the same events.
    turned = truth.frames + np.array([0, 40, 0, 0, 0, 0, 0])
    assert [s.onset for s in detect(Motion(turned)).saccades] == [s.onset for s in a.saccades]
    back = detect(Motion(truth.frames[::-1])).saccades
    assert abs(len(back) / len(a.saccades) - 1) < 0.03
    assert abs(sum(s.amplitude for s in back) / sum(s.amplitude for s in a.saccades) - 1) < 0.01


def test_main_sequence_of_known_saccades() -> None:
    events = detect(known(3, 500).motion)
    fit = fit_main_sequence(events)
    assert abs(fit.slope - 2.2) < 0.6 and 10 < fit.intercept < 26  # ms; made with 2.2 A + 21
    amplitude = np.array([s.amplitude for s in events.saccades if s.amplitude > 4])
    peak = np.array([s.peak_velocity for s in events.saccades if s.amplitude > 4])
    error = np.abs(fit.vmax * (1 - np.exp(-amplitude / fit.c)) / peak - 1)
    assert np.median(error) < 0.15
    assert np.isnan(fit_main_sequence(detect(jump(10))).vmax)


def test_lost_frames_are_blinks_and_no_event_spans_them() -> None:
    motion = jump(12)
    valid = np.ones(60, bool)
    valid[28:32] = False
    events = detect(motion, valid=valid)
    assert [(b.onset, b.offset) for b in events.blinks] == [(28, 32)]
    assert events.saccades == ()
    assert [(f.onset, f.offset) for f in events.fixations] == [(0, 28), (32, 60)]
    with pytest.raises(StyGazeError, match="60 frames"):
        detect(motion, valid=valid[1:])


def test_rows_for_a_table() -> None:
    rows = detect(jump(12)).rows()
    assert [row["event"] for row in rows] == ["fixation", "saccade", "fixation"]
    assert all(tuple(row) == ROW_KEYS for row in rows)
    assert rows[1]["onset_s"] == 29 / 25 and rows[1]["eye_yaw_deg"] is None
    assert rows[2]["eye_yaw_deg"] == 12 and rows[2]["with_head"] is None
    assert rows[2]["duration_s"] == 30 / 25


@pytest.mark.parametrize("n", [1, 2, 3, 10])
def test_short_motions_have_events_too(n: int) -> None:
    frames = np.zeros((n, len(COLUMNS)))
    frames[-1:, [4, 6]] = 8
    events = detect(Motion(frames))
    assert len(events.saccades) == (n > 1) and events.blinks == ()
    assert len(events.fixations) == (n > 3)
    assert Motion(frames).events().n_frames == n


def test_another_frame_rate_is_brought_to_25() -> None:
    slow = known(4, 20).motion
    fast = slow.resampled(100)
    assert abs(len(detect(fast).saccades) / len(detect(slow).saccades) - 1) < 0.15
    assert detect(fast).n_frames == len(slow)
