"""What models are given: true past or not, and references that know nothing of the target."""

from pathlib import Path

import numpy as np
import pytest
import torch

from stygaze.corpus.layout import Session
from stygaze.errors import StyGazeError
from stygaze.evaluation import references
from stygaze.evaluation.evaluate import assemble, models_in
from stygaze.evaluation.protocols import AHEAD, REFERENCE, TARGET, TestSession, free, own_past, windowed, with_speech_of
from stygaze.models.generator import GeneratorConfig, MotionGenerator
from stygaze.models.style_encoder import StyleEncoder, StyleEncoderConfig

FRAMES = TARGET + 260


def session(seed: int, name: str = "one", style: str = "") -> TestSession:
    rng = np.random.default_rng(seed)
    motion = rng.normal(0, 0.3, (FRAMES, 7)).cumsum(0).astype(np.float32)
    features = rng.normal(size=(FRAMES, 12)).astype(np.float16)
    audio = rng.normal(0, 0.1, (FRAMES - TARGET) * 640).astype(np.float32)
    return TestSession(Session(Path("nowhere"), name, "somebody", "test", style), motion, features, audio)


@pytest.fixture(scope="module")
def encoder() -> StyleEncoder:
    torch.manual_seed(0)
    return StyleEncoder(StyleEncoderConfig(dim=8, width=16, layers=1, heads=2)).eval()


def generator(style_dim: int = 8) -> MotionGenerator:
    torch.manual_seed(1)
    return MotionGenerator(
        GeneratorConfig(audio_dim=12, style_dim=style_dim, width=16, hidden=16, layers=1, dropout=0)
    ).eval()


class Holding(MotionGenerator):
    """Keeps the frame before: what it predicts tells what it was given."""

    def step(self, heard, previous, style, state):
        return previous[:, -1:].expand(-1, heard.shape[1], -1) if heard.shape[1] == 1 else previous, state


def holding() -> Holding:
    return Holding(GeneratorConfig(audio_dim=12, style_dim=8, width=16, hidden=16, layers=1, dropout=0)).eval()


def test_each_window_starts_from_the_true_frame_before_it(encoder):
    one = session(0)
    made = windowed(holding(), encoder, one)
    assert len(made) == 250 and made.starts.tolist() == list(range(0, 250, AHEAD))
    np.testing.assert_allclose(made.before, one.motion[TARGET - 1 + made.starts], atol=1e-6)
    np.testing.assert_allclose(made.predicted, np.repeat(made.before, AHEAD, axis=0), atol=1e-5)
    np.testing.assert_array_equal(made.true, one.true[:250])
    assert not made.velocities()[0].any()  # it never moves: the seams are not motion


def test_free_and_own_past_never_see_the_target(encoder):
    one = session(0)
    changed = session(0)
    changed.motion[TARGET:] += np.random.default_rng(9).normal(0, 5, (FRAMES - TARGET, 7))
    for way in (free, own_past):
        first, second = (way(generator(), encoder, [s])[0] for s in (one, changed))
        np.testing.assert_array_equal(first.predicted, second.predicted)
        assert len(first) == FRAMES - TARGET and np.ptp(first.predicted, axis=0).min() > 0


def test_what_free_running_knows_of_the_person_is_the_reference_clip(encoder):
    one, other = session(0), session(0)
    other.motion[:REFERENCE] += 20
    first, second = (free(generator(), encoder, [s])[0].predicted for s in (one, other))
    assert np.abs(first - second).max() > 1e-3
    first, second = (free(generator(0), encoder, [s])[0].predicted for s in (one, other))
    np.testing.assert_array_equal(first, second)  # without a style there is nothing to know
    given = free(generator(), encoder, [one], styles=[other])[0].predicted
    np.testing.assert_array_equal(given, free(generator(), encoder, [other])[0].predicted)


def test_a_batch_of_sessions_is_each_of_them(encoder):
    sessions = [session(0, "one"), session(1, "two")]
    for way in (free, own_past):
        together = way(generator(), encoder, sessions)
        for made, alone in zip(together, sessions, strict=True):
            np.testing.assert_allclose(made.predicted, way(generator(), encoder, [alone])[0].predicted, atol=2e-4)


def test_speech_of_another_session_changes_speech_only():
    sessions = [session(0, "one"), session(1, "two")]
    swapped = with_speech_of(sessions)
    np.testing.assert_array_equal(swapped[0].features, sessions[1].features)
    np.testing.assert_array_equal(swapped[0].motion, sessions[0].motion)
    np.testing.assert_array_equal(swapped[0].audio, sessions[0].audio)


def test_references():
    one = session(0)
    np.testing.assert_allclose(references.constant(one).predicted[7], one.motion[:REFERENCE].mean(0), rtol=1e-5)
    np.testing.assert_allclose(references.session_mean(one).predicted[7], one.true.mean(0), rtol=1e-5)
    swapped = references.copy(one)
    np.testing.assert_array_equal(np.sort(swapped.predicted, axis=0), np.sort(one.true, axis=0))
    assert np.abs(swapped.predicted - one.true).mean() > 0.1
    np.testing.assert_array_equal(references.true(one).predicted, one.true)
    cut = references.true_in_windows(one)
    np.testing.assert_array_equal(cut.before, one.motion[TARGET - 1 + cut.starts])
    assert not references.can_be_drawn([one])


def test_seeds_become_mean_and_spread():
    rows = [
        {"row": "se-64", "protocol": "free", "seed": k, "metrics": {"mae_all": v, "ce": None}}
        for k, v in ((1, 3.0), (0, 1.0))
    ]
    (row,) = assemble([*rows])
    assert row["seeds"] == [0, 1] and row["kind"] == "model"
    assert row["metrics"]["mae_all"] == {"mean": 2.0, "sd": round(2**0.5, 6), "values": [1.0, 3.0]}
    assert row["metrics"]["ce"]["mean"] is None


def test_models_are_folders_or_shipped_names(tmp_path):
    assert models_in(["default"])[0].folder.name == "default"
    with pytest.raises(StyGazeError, match="not a checkpoint"):
        models_in([tmp_path])
    with pytest.raises(StyGazeError, match="shipped are base, default"):
        models_in(["nope"])
    with pytest.raises(StyGazeError, match="already"):
        models_in(["default", "default"])
