"""Losses, and tiny training runs that must learn."""

import numpy as np
import pytest
import torch

from stygaze.errors import StyGazeError
from stygaze.models.generator import GeneratorConfig
from stygaze.models.style_encoder import StyleEncoder, StyleEncoderConfig
from stygaze.training.data import SessionArrays, generator_windows, style_pairs
from stygaze.training.generator import GeneratorTraining, train_generator
from stygaze.training.losses import generator_loss
from stygaze.training.run import read_config
from stygaze.training.style import StyleTraining, style_scores, train_style


@pytest.fixture
def sessions(rng):
    """Six people who differ in posture and tempo, and look aside whenever their one feature of speech is loud."""
    made = []
    for k in range(6):
        loud = np.repeat(rng.random(40) < 0.5, 15).astype(float)
        sway = (0.5 + k) * np.sin(2 * np.pi * (0.2 + 0.1 * k) * np.arange(600) / 25)
        aside = 10 * np.convolve(loud, np.ones(5) / 5, "same")
        motion = np.stack([sway + k, aside * 0.2, sway * 0, sway * 0, aside, sway * 0, aside], 1)
        features = np.stack([loud, rng.normal(0, 1, 600), rng.normal(0, 1, 600)], 1)
        made.append(
            SessionArrays(
                f"s{k}",
                f"p{k}",
                "",
                motion.astype(np.float32) + rng.normal(0, 0.05, (600, 7)).astype(np.float32),
                features.astype(np.float16),
            )
        )
    return made


STYLE = StyleEncoderConfig(dim=8, width=16, layers=1, heads=2, window=40)


def test_style_training_lowers_the_loss_and_tells_sessions_apart(sessions):
    log = []
    encoder = train_style(
        StyleTraining(model=STYLE, steps=200, batch=6, validate_every=200, learning_rate=3e-3),
        sessions,
        sessions,
        log.append,
    )
    losses = [entry["loss"] for entry in log if "loss" in entry]
    assert losses[-1] < 0.8 * losses[0]
    assert style_scores(encoder, sessions)["accuracy_4s"] > 0.6  # chance .17


def test_generator_training_lowers_the_loss_and_uses_speech(sessions):
    torch.manual_seed(0)
    log, encoder = [], StyleEncoder(STYLE)
    config = GeneratorTraining(
        model=GeneratorConfig(audio_dim=3, style_dim=8, width=16, hidden=32, layers=1, dropout=0.0),
        steps=120, batch=12, known=20, rolled=20, learning_rate=5e-3, validate_every=60,
    )  # fmt: skip
    train_generator(config, sessions, sessions, encoder, log.append)
    validation = [entry["validation_mse"] for entry in log if "validation_mse" in entry]
    assert validation[-1] < 0.7  # 1 is the mean of the data
    losses = [entry["mse"] for entry in log if "mse" in entry]
    assert losses[-1] < 0.6 * losses[0]


def test_windows_line_up(sessions, rng):
    styles = [np.eye(8, dtype=np.float32)[:3] for _ in sessions]
    batch = generator_windows(sessions, styles, 16, 10, 30, (6, 10), rng)
    assert batch.audio.shape == (16, 46, 3) and batch.past.shape == (16, 11, 7) and batch.target.shape == (16, 30, 7)
    torch.testing.assert_close(batch.past[:, 1:], batch.target[:, :10])  # the known past is the target, one frame on


def test_style_pairs_come_from_one_session(sessions, rng):
    first, second = style_pairs(sessions, 6, 40, rng)
    own = [s.motion for s in sessions]
    for window, partner in zip(first, second, strict=True):
        homes = [any((m[k : k + 40] == w.numpy()).all() for k in range(561)) for m in own for w in (window, partner)]
        assert sum(homes) == 2 and homes.index(True) % 2 == 0  # both in the same session


def test_losses_are_the_papers():
    true, predicted = torch.randn(3, 20, 7), torch.randn(3, 20, 7)
    loss, mse, vel = generator_loss(predicted, true, 0.3)
    v = (predicted[:, 1:] - predicted[:, :-1]) - (true[:, 1:] - true[:, :-1])
    assert mse.item() == pytest.approx(((predicted - true) ** 2).mean().item(), rel=1e-5)
    assert vel.item() == pytest.approx((v**2).mean().item(), rel=1e-5)
    assert loss.item() == pytest.approx(0.3 * mse.item() + 0.7 * vel.item(), rel=1e-5)


def test_a_misspelt_config_is_refused(tmp_path):
    path = tmp_path / "c.yaml"
    path.write_text("model:\n  hiden: 3\n")
    with pytest.raises(StyGazeError, match="hiden"):
        read_config(path, GeneratorTraining)


@pytest.mark.parametrize(("name", "kind"), [("style-64", StyleTraining), ("se-64-vel", GeneratorTraining)])
def test_shipped_configs_are_read(name, kind, root):
    assert read_config(root / "configs" / f"{name}.yaml", kind).seed == 0
