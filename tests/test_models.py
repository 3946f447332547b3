"""Networks and the free run: shapes, agreement of the fast path with torch, the plant's promises."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from stygaze.checkpoints import load_checkpoint, save_checkpoint
from stygaze.errors import StyGazeError
from stygaze.gaze.statistics import statistics
from stygaze.models.generator import GeneratorConfig, MotionGenerator
from stygaze.models.oculomotor import NECK_RANGE, OCULAR_RANGE, OculomotorPlant, PlantConfig, Scaled
from stygaze.models.rollout import NetworkRollout, Rollout, RolloutWeights
from stygaze.models.style_encoder import StyleEncoder, StyleEncoderConfig, sinusoidal_positions
from stygaze.models.transformer import TransformerConfig, TransformerGenerator
from stygaze.motion import Motion

SMALL = GeneratorConfig(audio_dim=11, style_dim=8, width=16, hidden=24)
ATTENTION = TransformerConfig(
    audio_dim=11, style_dim=8, width=16, skip=True, model_width=24, layers=2, heads=2, context=20
)


def made(model):
    """With statistics that are not 0 and 1, so that a forgotten one is seen."""
    model.mean.copy_(torch.arange(7.0))
    model.std.copy_(torch.arange(7.0) + 1)
    return model.eval()


def lstm(skip):
    torch.manual_seed(0)
    model = MotionGenerator(replace(SMALL, skip=skip))
    torch.nn.init.normal_(model.h0)
    torch.nn.init.normal_(model.c0)
    return made(model)


@pytest.fixture
def generator():
    return lstm(skip=False)


@pytest.fixture
def skipping():
    return lstm(skip=True)


@pytest.fixture
def transformer():
    torch.manual_seed(0)
    model = TransformerGenerator(ATTENTION)
    for parameter in model.parameters():  # far from their careful start: every path counts
        torch.nn.init.normal_(parameter, std=0.3)
    return made(model)


@pytest.mark.parametrize("kind", ["generator", "skipping"])
def test_fast_rollout_equals_the_network(kind, rng, request):
    generator = request.getfixturevalue(kind)
    features = rng.normal(0, 1, (60, 11)).astype(np.float32)
    style = rng.normal(0, 1, 8).astype(np.float32)
    rollout = Rollout(RolloutWeights(generator), style)
    fast = np.concatenate([rollout.push(features), rollout.finish()])
    padded = np.pad(features, ((SMALL.look_back, SMALL.look_ahead), (0, 0)))
    with torch.no_grad():
        slow, _ = generator(torch.tensor(padded)[None], None, torch.tensor(style)[None], 60)
    expected = slow[0] * generator.std + generator.mean
    np.testing.assert_allclose(fast, expected.numpy(), atol=2e-4)


@pytest.mark.parametrize("kind", ["generator", "skipping", "transformer"])
def test_the_networks_own_rollout_equals_one_pass(kind, rng, request):
    model = request.getfixturevalue(kind)
    features, style = rng.normal(0, 1, (60, 11)).astype(np.float32), rng.normal(0, 1, 8).astype(np.float32)
    rollout = NetworkRollout(model, style)
    parts = [rollout.push(features[:3]), rollout.push(features[3:45]), rollout.push(features[45:]), rollout.finish()]
    assert [len(part) for part in parts] == [0, 35, 15, 10]
    around = np.tile(model.audio_mean.numpy(), (SMALL.look_back, 1))
    padded = np.concatenate([around, features, np.tile(model.audio_mean.numpy(), (SMALL.look_ahead, 1))])
    with torch.no_grad():
        whole, _ = model(torch.tensor(padded, dtype=torch.float32)[None], None, torch.tensor(style)[None], 60)
    expected = whole[0] * model.std + model.mean
    np.testing.assert_allclose(np.concatenate(parts), expected.numpy(), atol=2e-3, rtol=1e-4)


@pytest.mark.parametrize("kind", ["generator", "skipping", "transformer"])
def test_frame_by_frame_equals_all_frames_at_once(kind, request):
    model = request.getfixturevalue(kind)
    heard, previous, style = torch.randn(2, 50, 16), torch.randn(2, 50, 7), torch.randn(2, 8)
    with torch.no_grad():
        whole, _ = model.step(heard, previous, style, model.initial_state(2))
        state, parts = model.initial_state(2), []
        for t in [*range(30), slice(30, 50)]:  # single frames, then a portion after them
            rows = t if isinstance(t, slice) else slice(t, t + 1)
            part, state = model.step(heard[:, rows], previous[:, rows], style, state)
            parts.append(part)
    torch.testing.assert_close(torch.cat(parts, 1), whole, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("kind", ["generator", "skipping", "transformer"])
@pytest.mark.parametrize("rest", [True, False])
def test_training_sees_the_frames_that_a_rollout_makes(kind, rest, request, monkeypatch):
    """In training the own past is made first and then given in one pass; without dropout it must be the same."""
    monkeypatch.setattr("stygaze.models.transformer.PASSES", 30)  # as many as frames: no longer an approximation
    model = request.getfixturevalue(kind)
    audio, style = torch.randn(3, SMALL.look_back + 30 + SMALL.look_ahead, 11), torch.randn(3, 8)
    past = None if rest else torch.randn(3, 16, 7)
    with torch.no_grad():
        rolled, _ = model(audio, past, style, 30)
    for module in model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0
    if kind != "transformer":
        model.lstm.dropout = 0.0
    learned, _ = model.train()(audio, past, style, 30)
    torch.testing.assert_close(learned, rolled, atol=1e-4, rtol=1e-4)
    learned.sum().backward()
    assert model.motion_in.weight.grad.abs().sum() > 0


def test_attention_sees_its_context_the_past_only_and_the_order(transformer):
    model, style = transformer, torch.randn(1, 8)
    heard, previous = torch.randn(1, 60, 16), torch.randn(1, 60, 7)

    def out(h):
        with torch.no_grad():
            return model.step(h, previous, style, model.initial_state(1))[0][0]

    base, changed = out(heard), heard.clone()
    changed[:, 20] += 1
    moved = (out(changed) - base).abs().max(1).values > 1e-6
    reach = 20 + (ATTENTION.context - 1) * ATTENTION.layers  # each layer looks back by one context
    assert not moved[:20].any() and moved[20:40].all() and not moved[reach + 1 :].any()
    swapped = heard.clone()
    swapped[:, [50, 51]] = heard[:, [51, 50]]
    assert (out(swapped)[59] - base[59]).abs().max() > 1e-5  # a bag of frames would not see that


def test_initial_keys_and_values_are_learned(transformer):
    audio = torch.randn(2, SMALL.look_back + 5 + SMALL.look_ahead, 11)
    transformer(audio, None, torch.randn(2, 8), 5)[0].sum().backward()
    assert all(block.start.grad.abs().sum() > 0 for block in transformer.blocks)


def test_initial_states_are_learned(generator):
    audio = torch.randn(2, SMALL.look_back + 5 + SMALL.look_ahead, 11)
    generator(audio, None, torch.randn(2, 8), 5)[0].sum().backward()
    assert generator.h0.grad.abs().sum() > 0 and generator.c0.grad.abs().sum() > 0


def test_style_encoder_sees_order_and_has_distinct_positions():
    torch.manual_seed(0)
    encoder = StyleEncoder(StyleEncoderConfig(width=32, layers=1)).eval()
    window = torch.randn(1, 100, 7)
    assert encoder(window).norm(dim=-1).item() == pytest.approx(1, abs=1e-5)
    assert (encoder(window) - encoder(window.flip(1))).abs().max() > 1e-3
    table = sinusoidal_positions(25, 32)
    assert (torch.cdist(table, table) + torch.eye(25) * 9).min() > 0.1


def test_mean_free_encoder_is_blind_to_posture():
    encoder = StyleEncoder(StyleEncoderConfig(width=32, layers=1, absolute=False)).eval()
    window = torch.randn(1, 100, 7)
    torch.testing.assert_close(encoder(window), encoder(window + 9), atol=1e-5, rtol=0)


def test_a_transformer_is_known_by_its_kind(transformer, tmp_path):
    save_checkpoint(tmp_path, {"generator": transformer}, {})
    model = load_checkpoint(tmp_path)[0]["generator"]
    assert isinstance(model, TransformerGenerator) and model.config == ATTENTION
    config = tmp_path / "config.json"
    config.write_text(config.read_text().replace('"transformer"', '"mamba"'))
    with pytest.raises(StyGazeError, match="mamba"):
        load_checkpoint(tmp_path)


def test_checkpoint_round_trip(generator, tmp_path):
    save_checkpoint(tmp_path, {"generator": generator}, {"seed": 3})
    modules, record = load_checkpoint(tmp_path)
    assert record["seed"] == 3 and modules["generator"].config == SMALL
    torch.testing.assert_close(modules["generator"].out.weight, generator.out.weight, atol=1e-3, rtol=1e-3)
    torch.testing.assert_close(modules["generator"].mean, generator.mean)


@pytest.mark.parametrize("damage", ["no config", "no weights", "not json", "unknown setting", "other shape"])
def test_a_bad_checkpoint_is_one_sentence(generator, tmp_path, damage):
    save_checkpoint(tmp_path, {"generator": generator}, {})
    config = tmp_path / "config.json"
    if damage == "no config":
        config.unlink()
    elif damage == "no weights":
        (tmp_path / "model.safetensors").write_bytes(b"x" * 20)
    elif damage == "not json":
        config.write_text("{")
    elif damage == "unknown setting":
        config.write_text(config.read_text().replace('"hidden"', '"hiden"'))
    else:
        config.write_text(config.read_text().replace('"hidden": 24', '"hidden": 32'))
    with pytest.raises(StyGazeError) as caught:
        load_checkpoint(tmp_path)
    assert "\n" not in str(caught.value) and str(tmp_path) in str(caught.value)


def _intention(rng, seconds=120):
    """A gliding expectation: gaze wanders between points, head follows a little."""
    n = seconds * 25
    points = np.repeat(rng.normal(0, 10, (seconds, 2)), 25, axis=0)
    kernel = np.hanning(13) / np.hanning(13).sum()
    gaze = np.stack([np.convolve(p, kernel, "same") for p in points.T], 1)
    head = 0.3 * gaze
    eye = gaze - head
    return np.column_stack([head, np.zeros(n), eye, eye]) + CENTRE


CENTRE, SIGMAS = np.array([0, 0, 0, 0, -1.5, 0, 1.5]), np.array([2.0, 2, 1, 3, 4])


def _run(expected, **options):
    plant = OculomotorPlant(CENTRE, SIGMAS, PlantConfig(), **options)
    return Motion(np.concatenate([plant.push(expected), plant.finish()]))


def test_plant_makes_fixations_and_saccades_of_a_glide(rng):
    glide = _intention(rng)
    before, after = statistics(Motion(glide)), statistics(_run(glide))
    assert after.world_fixation_share > max(0.8, before.world_fixation_share + 0.1)
    assert 0.5 < after.saccade_rate_per_s < 4
    assert -1.1 < after.vor_gain < -0.85
    assert np.abs(_run(glide).world_gaze - Motion(glide).world_gaze).mean() < 6  # it still goes where it was meant to


def test_plant_keeps_to_the_body(rng):
    motion = _run(3 * _intention(rng))
    assert (np.abs(motion.head) <= NECK_RANGE).all() and (np.abs(motion.eye) <= OCULAR_RANGE + 1e-4).all()


def test_scales_without_a_plant(rng):
    glide = _intention(rng, 20)
    glide[:, 3] += 0.3  # one eye a little higher

    def scaled(*scales):
        return Motion(Scaled(CENTRE, *scales).push(glide))

    assert np.array_equal(scaled(1, 1).frames, glide.astype(np.float32))
    still, whole = scaled(1, 0), Motion(glide)
    assert still.head.std(0).max() < 1e-5
    assert np.abs(still.world_gaze - whole.world_gaze).mean() < 0.3  # the gaze in the world stays
    assert scaled(0, 0).frames.std(0).max() < 1e-5
    nearly = scaled(1, 0.9999)
    inside = (np.abs(whole.eye) < [19, 28]).all(1)  # of the eye's soft range
    assert np.abs(nearly.frames - whole.frames)[inside].max() < 0.02


def test_scales_of_the_plant(rng):
    glide = _intention(rng)
    whole = _run(glide, seed=4)
    still = _run(glide, seed=4, head_scale=0.0)
    assert still.head.std(0).max() < 1e-5
    assert np.abs(still.world_gaze - whole.world_gaze).mean() < 0.5  # the gaze in the world stays
    frozen = _run(glide, seed=4, head_scale=0.0, gaze_scale=0.0)
    assert frozen.frames.std(0).max() < 1e-4
    assert np.array_equal(_run(glide, seed=4).frames, whole.frames)
    assert not np.array_equal(_run(glide, seed=5).frames, whole.frames)
