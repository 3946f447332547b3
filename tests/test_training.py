"""Losses, windows, search, and tiny training runs that must learn and survive a kill."""

import json
from itertools import count

import numpy as np
import pytest
import torch

from stygaze.errors import StyGazeError
from stygaze.models.generator import GeneratorConfig
from stygaze.models.style_encoder import StyleEncoder, StyleEncoderConfig
from stygaze.models.transformer import TransformerConfig
from stygaze.training import generator, loop
from stygaze.training.config import read_config
from stygaze.training.data import SessionArrays, style_pairs
from stygaze.training.estimator import Estimator, estimated
from stygaze.training.generator import MODELS, GeneratorTraining, train_generator
from stygaze.training.held_out import HeldOut
from stygaze.training.loop import RunLog
from stygaze.training.losses import generator_loss
from stygaze.training.search import STEPS, TRIALS, apply, draw, search
from stygaze.training.style import StyleTraining, style_scores, train_style
from stygaze.training.windows import HOP, Styles, after_a_past, embed_styles, from_rest


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
        noisy = (motion + rng.normal(0, 0.05, (600, 7))).astype(np.float32)
        made.append(SessionArrays(f"s{k}", f"p{k}", "", noisy, features.astype(np.float16)))
    return made


STYLE = StyleEncoderConfig(dim=8, width=16, layers=1, heads=2, window=40)


def test_style_training_lowers_the_loss_and_tells_sessions_apart(sessions):
    log = RunLog()
    config = StyleTraining(model=STYLE, steps=200, batch=6, validate_every=200, learning_rate=3e-3)
    encoder, found = train_style(config, sessions, sessions, log)
    losses = [entry["loss"] for entry in log.entries if "loss" in entry]
    assert losses[-1] < 0.8 * losses[0]
    scores = style_scores(encoder, sessions)
    assert scores["accuracy_4s"] > 0.6  # chance .17
    assert scores["accuracy_4s"] == found["accuracy_4s"] and scores["order_blind"] > 0.01


def test_an_encoder_without_positions_and_patches_is_order_blind(sessions):
    """With frames as tokens and without their velocities it can only see a bag; order_blind must say so."""

    class Bag(StyleEncoder):
        def forward(self, motion):
            return torch.nn.functional.normalize(motion.mean(1) @ torch.eye(7, 8), dim=-1)

    assert style_scores(Bag(STYLE), sessions)["order_blind"] < 1e-5


LSTM = GeneratorConfig(audio_dim=3, style_dim=8, width=16, hidden=32, layers=1, dropout=0.0)
ATTENTION = TransformerConfig(audio_dim=3, style_dim=8, width=16, model_width=32, layers=1, heads=2, dropout=0.1)


@pytest.mark.parametrize(("model", "rate"), [(LSTM, 5e-3), (ATTENTION, 3e-3)])
def test_generator_training_lowers_the_loss_and_uses_speech(sessions, model, rate):
    torch.manual_seed(0)
    log, encoder = RunLog(), StyleEncoder(STYLE)
    config = GeneratorTraining(
        model=model, steps=120, batch=12, known=20, rolled=20, rest_frames=40, learning_rate=rate, warm_up=10,
        validate_every=60,
    )  # fmt: skip
    _, found = train_generator(config, sessions, sessions, encoder, log)
    said = found["validation"]
    assert said["free"]["mse"] < 0.7 and said["windowed"]["mse"] < 0.7  # 1 is the mean of the data
    assert said["free"]["degrees"] < said["free"]["constant"]
    assert {"step", "of", "loss", "seconds", "remaining"} <= set(log.entries[0])


@pytest.fixture
def styles(sessions):
    return embed_styles(StyleEncoder(STYLE), sessions, 8, None)


def test_windows_line_up(sessions, styles, rng):
    batch = after_a_past(sessions, styles, 16, 10, 20, (6, 10), 1.0, rng)
    assert batch.audio.shape == (16, 46, 3) and batch.past.shape == (16, 11, 7) and batch.target.shape == (16, 30, 7)
    torch.testing.assert_close(batch.past[:, 1:], batch.target[:, :10])  # the known past is the target, one frame on
    rest = from_rest(sessions, styles, 16, 30, (6, 10), rng)
    assert rest.past is None and rest.target.shape == (16, 30, 7)
    for drawn in (batch, rest):
        for audio, target in zip(drawn.audio, drawn.target, strict=True):  # features lie with their frames
            home = next(s for s in sessions if (s.motion[:, None] == target[:1].numpy()).all(-1).any())
            first = int(np.flatnonzero((home.motion == target[0].numpy()).all(1))[0])
            np.testing.assert_array_equal(audio[6:36].numpy(), home.features[first : first + 30].astype(np.float32))


def test_the_style_after_a_past_is_that_of_the_window_before(sessions, rng):
    encoder = StyleEncoder(STYLE).eval()
    styles = embed_styles(encoder, sessions, 8, None)
    batch = after_a_past(sessions, styles, 12, 20, 10, (6, 10), 1.0, rng)
    for target, style in zip(batch.target, batch.style, strict=True):
        home = next(s for s in sessions if (s.motion[:, None] == target[:1].numpy()).all(-1).any())
        first = int(np.flatnonzero((home.motion == target[20].numpy()).all(1))[0])  # of what is predicted
        assert (first - STYLE.window) % HOP == 0
        with torch.no_grad():
            wanted = encoder(torch.from_numpy(home.motion[first - STYLE.window : first])[None])[0]
        torch.testing.assert_close(style, wanted, atol=1e-5, rtol=0)


def test_a_reference_is_never_near_its_target(sessions, rng):
    table = Styles([np.eye(60, dtype=np.float32)], 100)
    drawn = [np.flatnonzero(table.reference(0, 30, rng)) for _ in range(200)]
    apart = np.abs(np.concatenate(drawn) - 30)
    assert apart.min() == 8 and apart.max() > 25


def test_styles_are_kept_on_disk(sessions, tmp_path):
    encoder = StyleEncoder(STYLE)
    first = embed_styles(encoder, sessions, 8, tmp_path)
    assert len(list(tmp_path.glob("*.npy"))) == 1
    again = embed_styles(encoder, sessions, 8, tmp_path)
    for a, b in zip(first.vectors, again.vectors, strict=True):
        np.testing.assert_array_equal(a, b)
    embed_styles(StyleEncoder(STYLE), sessions, 8, tmp_path)  # other weights
    assert len(list(tmp_path.glob("*.npy"))) == 2
    assert embed_styles(encoder, sessions, 0, tmp_path).vectors[0].shape == (first.vectors[0].shape[0], 0)


def test_validation_by_both_protocols_knows_the_constant(sessions, styles):
    held = HeldOut.of(sessions, styles, (6, 10))
    assert held.windowed.past.shape[1:] == (51, 7) and held.free.past is None
    clip = sessions[2].motion[:300].mean(0)
    own = np.abs(held.free.target[2, 50:].numpy() - clip).mean()  # 600 frames: a reference of 300
    everybody = [
        np.abs(held.free.target[i, 50:].numpy() - s.motion[:300].mean(0)).mean() for i, s in enumerate(sessions)
    ]
    assert everybody[2] == own and held.constant["free"] == pytest.approx(np.mean(everybody), rel=1e-4)


class Killed(Exception):
    pass


@pytest.mark.parametrize("model", [LSTM, ATTENTION])
def test_a_killed_run_goes_on_as_if_nothing_had_been(sessions, tmp_path, monkeypatch, model):
    torch.manual_seed(0)
    encoder = StyleEncoder(STYLE)
    config = GeneratorTraining(
        model=model, steps=30, batch=4, known=10, rolled=5, rest_frames=10, validate_every=10, warm_up=5
    )

    def run(folder, state=True):
        log = RunLog(folder / "log.jsonl")
        kept = folder / "state.safetensors" if state else None
        trained, found = train_generator(config, sessions, sessions, encoder, log, kept, "me")
        return trained.state_dict(), {k: v for k, v in found.items() if k != "seconds"}

    whole, found = run(tmp_path / "whole", state=False)
    save = loop._State.save

    def seldom(self, module, optimiser, best, told):
        if told["step"] in (5, 15, 16, 30):  # so that steps, log lines and a validation are lost with each kill
            save(self, module, optimiser, best, told)

    monkeypatch.setattr(loop, "SAVE_EVERY_S", -1)
    monkeypatch.setattr(loop._State, "save", seldom)
    real = generator.losses
    for limit in (7, 17, 6):  # dies in step 8; goes on from 5, dies in step 23; goes on from 16, dies in step 23
        calls = count(1)

        def dying(*args, calls=calls, limit=limit):
            if next(calls) > limit:
                raise Killed
            return real(*args)

        monkeypatch.setattr(generator, "losses", dying)
        with pytest.raises(Killed):
            run(tmp_path / "killed")
    monkeypatch.setattr(generator, "losses", real)
    parts, said = run(tmp_path / "killed")
    assert said == found
    for name, value in whole.items():
        assert torch.equal(value, parts[name]), name

    def told(folder):
        lines = [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]
        return [{k: v for k, v in line.items() if k not in ("seconds", "remaining")} for line in lines]

    assert told(tmp_path / "killed") == told(tmp_path / "whole")


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


def test_every_row_of_the_paper_has_its_config(root):
    read = {name: read_config(root / "configs" / f"{name}.yaml", GeneratorTraining) for name in ROWS}
    assert [c.model.style_dim for c in read.values()] == [0, 32, 64, 64, 64, 64, 64]
    assert [name for name, c in read.items() if c.position_share < 1] == ["se-64-vel", "oculomotor"]
    assert [name for name, c in read.items() if c.gaze == "estimated"] == ["pseudo-se-64"]
    lstm, attention = (new_size(read[name]) for name in ("se-64", "tfm-se-64"))
    assert attention == pytest.approx(lstm, rel=0.1)  # matched
    for setting in ("steps", "batch", "known", "rolled", "rest_frames", "own_style", "style_noise"):
        assert len({getattr(c, setting) for name, c in read.items() if name != "oculomotor"}) == 1


ROWS = ("base", "se-32", "se-64", "se-64-vel", "tfm-se-64", "pseudo-se-64", "oculomotor")


def new_size(config):
    return MODELS[type(config.model)](config.model).size


def test_style_encoders_differ_in_what_their_names_say(root):
    names = ("style-32", "style-64", "style-64-no-position", "style-64-mean-free", "style-measure")
    read = {name: read_config(root / "configs" / f"{name}.yaml", StyleTraining) for name in names}
    assert [c.model.dim for c in read.values()] == [32, 64, 64, 64, 64]
    assert [name for name, c in read.items() if not c.model.positional] == ["style-64-no-position"]
    assert [name for name, c in read.items() if not c.model.absolute] == ["style-64-mean-free"]
    assert [name for name, c in read.items() if c.seed != 0] == ["style-measure"]
    assert len({(c.steps, c.batch, c.learning_rate) for c in read.values()}) == 1


def test_search_has_one_budget_and_goes_on(tmp_path):
    seen, out = [], tmp_path / "search.json"

    def trial(config, log):
        if len(seen) == 2 and not out.with_suffix(".stop").exists():
            out.with_suffix(".stop").touch()
            raise Killed
        seen.append(config)
        score = abs(config.learning_rate - 2e-3)
        return {"degrees": score, "windowed": {"degrees": 1.0}, "free": {"degrees": 1.0}}

    config = GeneratorTraining(model=ATTENTION, learning_rate=7e-4)
    with pytest.raises(Killed):
        search("tfm-se-64", config, trial, out, "me")
    found = search("tfm-se-64", config, trial, out, "me")
    assert len(seen) == TRIALS == len(found["trials"]) and {c.steps for c in seen} == {STEPS}
    assert seen[0].learning_rate == 7e-4  # the YAML's own come first
    assert len({c.learning_rate for c in seen}) == TRIALS
    best = min(found["trials"], key=lambda t: t["score"])
    assert found["chosen"] == best["settings"] and json.loads(out.read_text()) == found
    assert apply(config, out).learning_rate == best["settings"]["learning_rate"]
    assert apply(config, out).steps == config.steps
    assert draw(GeneratorTraining(), 3) == draw(GeneratorTraining(position_share=0.5), 3)  # the same for every row
    with pytest.raises(StyGazeError, match=r"search\.json.*warm_up|fit"):
        out.write_text(json.dumps({"chosen": {"model.hiden": 3}}))
        apply(config, out)


def test_estimated_gaze_errs_as_published(rng):
    """About 4 degrees of mean angular error; the head and the order of frames stay; the same for a session always."""
    t = np.arange(3000) / 25
    people = []
    for k in range(40):
        jumps = np.repeat(rng.normal(0, 8, (200, 2)), 15, axis=0)
        motion = np.concatenate([np.sin(t)[:, None] * [5, 8, 2], jumps - [0, 1.5], jumps - [0, -1.5]], 1)
        people.append(SessionArrays(f"s{k}", "p", "", motion.astype(np.float32)))
    made = estimated(people)
    error = [np.linalg.norm((m.motion - s.motion)[:, 3:5], axis=1).mean() for m, s in zip(made, people, strict=True)]
    assert 3.2 < np.mean(error) < 5
    for m, s in zip(made, people, strict=True):
        assert np.array_equal(m.motion[:, :3], s.motion[:, :3]) and np.isfinite(m.motion).all()
        correlation = np.corrcoef(m.motion[:, 4], s.motion[:, 4])[0, 1]
        assert 0.85 < correlation < 0.999
    assert np.array_equal(estimated(people[:1])[0].motion, made[0].motion)
    assert not np.array_equal(Estimator()(people[0].motion, rng), made[0].motion)
