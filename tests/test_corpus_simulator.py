"""The simulator: what it finds in real speech, anatomy, the main sequence. Its calibration: test_corpus_targets."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from stygaze.corpus.gaze_process import plan_gaze
from stygaze.corpus.kinematics import RATE, path, saccade_duration, saccade_peak_velocity, saccade_profile
from stygaze.corpus.sessions import converse, find_speakers, load_utterances
from stygaze.corpus.simulator import assemble, simulate
from stygaze.corpus.speech_events import SpeechEvents, speech_events
from stygaze.corpus.styles import NAMED, GazeStyle
from stygaze.speech import SAMPLE_RATE


def tone(seconds: float, loud: bool = True, hertz: float = 120.0) -> np.ndarray:
    """A voice-like buzz in syllables of half a second, or a quiet room."""
    t = np.arange(int(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    room = np.random.default_rng(0).normal(0, 1e-4, len(t))
    if not loud:
        return room
    buzz = sum(np.sin(2 * np.pi * hertz * k * t) / k for k in range(1, 8))
    return 0.1 * buzz * (0.15 + np.sin(2 * np.pi * t) ** 2) + room


@pytest.fixture(scope="module")
def talks(data_dir: Path) -> list[SpeechEvents]:
    """Nine conversations of two minutes by three speakers."""
    found = []
    files = find_speakers(data_dir / "speech" / "librispeech")
    for speaker in sorted(files)[:6:2]:
        utterances = [part for file in files[speaker][:16] for part in load_utterances(file)]
        for k in range(3):
            talk = converse(120.0, utterances, np.random.default_rng([int(speaker), k]))
            found.append(speech_events(talk.samples))
    return found


def test_turns_and_pauses_are_found_where_they_are():
    sound = np.concatenate(
        [tone(1, False), tone(3), tone(0.5, False), tone(2), tone(3, False), tone(4), tone(1, False)]
    )
    speech = speech_events(sound)
    assert speech.turn_onsets == pytest.approx([1.0, 9.5], abs=0.1)
    assert speech.turn_offsets == pytest.approx([6.5, 13.5], abs=0.1)
    assert speech.pause_onsets == pytest.approx([4.0], abs=0.1)
    assert speech.phrase_onsets == pytest.approx([4.5], abs=0.1)
    syllables = np.r_[np.arange(1.25, 4, 0.5), np.arange(4.75, 6.5, 0.5), np.arange(9.75, 13.5, 0.5)]
    assert speech.accents == pytest.approx(syllables, abs=0.06)


def test_events_do_not_depend_on_the_recording_level():
    sound = np.concatenate([tone(2), tone(2, False), tone(3, hertz=200)])
    loud, quiet = speech_events(sound), speech_events(0.1 * sound)
    assert np.array_equal(loud.speaking, quiet.speaking)
    np.testing.assert_allclose(loud.accents, quiet.accents)
    np.testing.assert_allclose(loud.strength, quiet.strength, rtol=1e-3)


def test_pitch_is_in_semitones_about_the_speakers_median():
    speech = speech_events(np.concatenate([tone(2, hertz=100), tone(2, hertz=150)]))
    half = len(speech.f0) // 2
    low, high = (np.median(part[part != 0]) for part in (speech.f0[: half - 20], speech.f0[half + 20 :]))
    assert high - low == pytest.approx(12 * np.log2(1.5), abs=0.3)


def test_events_of_read_speech_are_sensible(talks):
    for speech in talks:
        talking = speech.speaking.sum() / 100
        assert 1.2 < len(speech.accents) / talking < 3.0  # stressed syllables per second of speech
        assert len(speech.turn_onsets) == len(speech.turn_offsets) >= 2
        assert len(speech.pause_onsets) == len(speech.phrase_onsets)
        assert 0.25 < speech.voiced[speech.speaking].mean() < 0.85
    assert 0.5 < np.mean([speech.speaking.mean() for speech in talks]) < 0.7


@pytest.mark.parametrize("amplitude", [1.0, 3.0, 8.0, 15.0, 30.0])
def test_saccades_are_on_the_main_sequence_at_250_hz(amplitude):
    """Duration 2.7 A + 23 ms, peak velocity 575 (1 - exp(-A / 11)), landing exactly."""
    size, duration = np.array([amplitude]), saccade_duration(np.array([amplitude]))
    fast = max(1, round(4000 / RATE))  # the profile itself, sampled finely enough to see its peak
    profile = saccade_profile(size)
    u = np.linspace(0, 1, 400 * fast)
    speed = np.diff(profile(u, np.zeros(len(u), int))) * amplitude / (duration * np.diff(u))
    assert speed.max() == pytest.approx(saccade_peak_velocity(amplitude), rel=0.02)
    assert u[speed.argmax()] <= 0.5  # the peak comes early
    steps = path(100, np.array([0.1]), duration, np.array([[amplitude, 0.0]]), profile)[:, 0]
    assert steps[0] == 0 and steps[-1] == pytest.approx(amplitude)
    moving = (np.abs(np.diff(steps)) > 1e-9).sum() / RATE
    assert moving == pytest.approx(0.023 + 0.0027 * amplitude, abs=1.01 / RATE)


def test_simulated_saccades_keep_the_main_sequence(talks):
    plan = simulate(talks[0], GazeStyle(), 1).plan
    size = np.linalg.norm(plan.steps, axis=1)
    slope, intercept = np.polyfit(np.minimum(size, 35), plan.duration * 1000, 1)
    assert slope == pytest.approx(2.7, abs=0.2) and intercept == pytest.approx(23, abs=1.5)


def test_eyes_converge():
    for style in (GazeStyle(), NAMED["sweeper"].style):
        frames = simulate(speech_events(tone(20)), style, 0).motion.frames
        vergence = frames[:, 4] - frames[:, 6]  # left minus right yaw: the left eye turns right, toward the nose
        assert vergence.min() >= -3.0 and vergence.max() < -2.0


def test_columns_are_assembled_in_the_products_signs():
    motion = assemble(np.array([[1.0, 2, 3]]), np.array([[4.0, 5]]), np.array([3.0]))
    assert motion.frames.tolist() == [[1, 2, 3, 4, 3.5, 4, 6.5]]


def test_accent_nods_go_down_first():
    sound = np.concatenate([tone(1, False), tone(20), tone(1, False)])
    speech = speech_events(sound * (1 + 0.5 * np.sin(np.arange(len(sound)) / SAMPLE_RATE)))  # stress varies
    still = replace(NAMED["emphatic-nodder"].style, sway=0, f0_pitch=0, posture_sd=0, head_slope=0, turn_pitch=0)
    pitch = simulate(speech, still, 0).head[:, 0]
    at = (speech.accents * RATE).astype(int)
    around = pitch[at[:, None] + np.arange(-RATE // 4, RATE // 2)].mean(0)
    assert around.argmin() / RATE - 0.25 == pytest.approx(still.nod_lag, abs=0.05)
    assert around[0] - around.min() > 1.0


def test_head_up_when_gaze_goes_up_and_left_when_left():
    """A head mover who looks away up to the left raises the head and turns it to the left (positive)."""
    speech = speech_events(np.concatenate([tone(6), tone(6, False)] * 5))
    still = dict(sway=0, nod_share=0.0, posture_sd=0, turn_pitch=0, turn_yaw=0, f0_pitch=0, second_share=0.0)
    mover = replace(NAMED["head-mover"].style, head_pose=(0, 0, 0), direction=45, listener_nod_rate=1e-6, **still)
    done = simulate(speech, mover, 0)
    assert done.motion.world_gaze[done.averted[::10]].mean(0).min() > 6
    assert done.head[done.averted].mean(0)[:2].min() > 2


def test_the_same_seed_gives_the_same_motion_and_another_another(talks):
    one, same, other = (simulate(talks[0], GazeStyle(), seed).motion.frames for seed in (3, 3, 4))
    assert np.array_equal(one, same) and not np.array_equal(one, other)


def test_silence_is_listening():
    speech = speech_events(np.zeros(10 * SAMPLE_RATE))
    assert not speech.speaking.any() and len(speech.accents) == 0
    done = simulate(speech, GazeStyle(), 0)
    assert len(done.motion) == 250 and done.averted.mean() < 0.6


def test_speech_coupling_is_a_knob(talks):
    """Two draws for the same speech agree more on looking away while speaking, the stronger the coupling."""

    def agreement(coupling: float) -> float:
        same = []
        for speech in talks[:3]:
            one, other = (simulate(speech, GazeStyle(), seed, coupling=coupling).averted[::10] for seed in (0, 1))
            same.append((one == other)[speech.speaking[:: len(speech.speaking) // len(one)][: len(one)]])
        return float(np.concatenate(same).mean())

    assert agreement(0.95) > agreement(0.1) + 0.08


def test_plans_are_ordered_and_within_the_field(talks):
    plan = plan_gaze(talks[0], NAMED["restless-scanner"].style, 0.0, np.random.default_rng(0))
    assert (np.diff(plan.onset) >= 0.05).all()
    assert np.abs(plan.target).max(0)[0] <= 24 and np.abs(plan.target).max(0)[1] <= 36


def test_named_styles_are_told_apart_in_ten_seconds(talks):
    """Nearest mean of simple statistics over other speech: far above the chance of a tenth."""

    def windows(style: GazeStyle, speeches: list[SpeechEvents], seed: int) -> np.ndarray:
        rows = []
        for k, speech in enumerate(speeches):
            x = simulate(speech, style, [seed, k]).motion.frames.astype(float)
            for part in np.array_split(x, len(x) // 250):
                v = np.abs(np.diff(part, axis=0))
                rows.append(np.concatenate([part.mean(0), part.std(0), v.mean(0), np.quantile(v, 0.95, axis=0)]))
        return np.array(rows)

    known = [windows(named.style, talks[:2], 1) for named in NAMED.values()]
    centre = np.array([rows.mean(0) for rows in known])
    within = np.sqrt(np.mean([rows.var(0) for rows in known], axis=0))
    right = []
    for k, named in enumerate(NAMED.values()):
        new = windows(named.style, talks[3:4], 2)
        right += list(np.abs((new[:, None] - centre) / within).mean(2).argmin(1) == k)
    assert np.mean(right) > 0.75
