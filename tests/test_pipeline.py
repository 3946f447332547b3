"""StyGazeTalk from the shipped checkpoint: the promises of its public API, on real speech."""

import numpy as np
import pytest
import torch

from stygaze import Motion, Speech, StyGazeError, StyGazeTalk, Style
from stygaze.gaze.habits import HABITS
from stygaze.gaze.statistics import statistics
from stygaze.models.generator import GeneratorConfig, MotionGenerator
from stygaze.models.style_encoder import StyleEncoder, StyleEncoderConfig
from stygaze.models.transformer import TransformerConfig, TransformerGenerator
from stygaze.pipeline import gallery


@pytest.fixture(scope="module")
def model():
    return StyGazeTalk.from_pretrained()


@pytest.fixture(scope="module")
def speech(model, example_speech):
    return model.listen(example_speech)


def test_frames_follow_the_speech(model, speech):
    motion = model.generate(speech, model.style("neutral"))
    assert len(motion) == int(np.floor(25 * speech.duration + 0.5)) and motion.fps == 25


def test_same_seed_same_motion_and_variants_are_seeds(model, speech):
    style = model.style("thinker")
    first = model.generate(speech, style, seed=3)
    variants = model.generate(speech, style, seed=2, variants=3)
    assert np.array_equal(model.generate(speech, style, seed=3).frames, first.frames)
    assert np.array_equal(variants[1].frames, first.frames)
    assert not np.array_equal(variants[0].frames, first.frames)


@pytest.mark.parametrize("chunk", [160, 3217, 16000, 10**9])
def test_stream_equals_one_pass_bit_for_bit(model, speech, chunk):
    style = model.style("sweeper")
    whole = model.generate(speech, style, seed=1).frames
    pieces = [speech.samples[k : k + chunk] for k in range(0, len(speech.samples), chunk)]
    parts = list(model.stream(pieces, style, seed=1))
    assert np.array_equal(np.concatenate([part.frames for part in parts]), whole)
    if chunk < 16000:
        assert len(parts) > 1  # it really comes in parts


def test_stream_of_random_chunks(model, speech, rng):
    style = model.style("shy")
    cuts = np.sort(rng.integers(0, len(speech.samples), 12))
    parts = model.stream(np.split(speech.samples, cuts), style, seed=0)
    joined = np.concatenate([part.frames for part in parts])
    assert np.array_equal(joined, model.generate(speech, style, seed=0).frames)


def test_eyes_and_head_are_alive_and_within_the_body(model, speech):
    for name in ("neutral", "restless-scanner", "head-mover"):
        motion = model.generate(speech, model.style(name))
        figures = statistics(motion)
        assert 0.6 < figures.saccade_rate_per_s < 5
        assert 0.75 < figures.world_fixation_share < 0.99
        assert 0.03 < figures.head_speed_mean_deg_per_frame < 1
        assert np.abs(motion.head).max() < 45 and np.abs(motion.eye).max() < 40
        vergence = motion.frames[:, 4] - motion.frames[:, 6]
        assert -6 < vergence.mean() < -0.5  # the eyes converge


def test_a_style_is_seen_in_what_it_generates(model, speech):
    centres = {name: model.style(name) for name in gallery()}
    near = 0
    for name, style in centres.items():
        made = model.style_of(model.generate(speech, style))
        near += min(centres, key=lambda other: centres[other].distance(made)) == name
    assert near >= 6  # chance is 1; results/style-recognition.md has the full table


def test_scales(model, speech):
    style = model.style("neutral")
    still = model.generate(speech, style, gaze_scale=0, head_scale=0)
    assert still.frames.std(0).max() < 1e-3
    usual, calm = model.generate(speech, style), model.generate(speech, style, head_scale=0.3)
    assert calm.head.std(0).sum() < 0.5 * usual.head.std(0).sum()
    assert np.abs(calm.world_gaze - usual.world_gaze).mean() < 1  # the gaze stays, the eyes do more


def test_blends_lie_between(model):
    a, b = model.style("shy"), model.style("thinker")
    half = a.blend(b, 0.5)
    assert half.distance(a) < a.distance(b) > half.distance(b)
    np.testing.assert_allclose(a.blend(b, 0).vector, a.vector, atol=1e-6)
    np.testing.assert_allclose(a.blend(b, 1).vector, b.vector, atol=1e-6)
    np.testing.assert_allclose(half.habits, (a.habits + b.habits) / 2, atol=1e-5)


def test_habits_are_heard_of(model, speech, example_speech):
    """A style without them is of somebody average; a head that is held lower by habit is held lower in every draw."""
    style = model.style("neutral")
    plain, lower = Style(style.vector), Style(style.vector, habits=style.habits - 5 * np.eye(HABITS)[0])
    assert np.isfinite(model.generate(speech, plain).frames).all()
    long = model.listen(Speech(np.tile(Speech.load(example_speech).samples, 4)))
    usual, made = (
        np.array([model.generate(long, s, seed=seed).head[:, 0] for seed in range(6)]) for s in (style, lower)
    )
    assert (made[:, 0] < usual[:, 0] - 2).all()  # where a take begins: the habitual pose
    assert (made.mean(1) < usual.mean(1)).all() and made.mean() < usual.mean() - 2


def test_silence_is_said_and_can_be_allowed(model):
    quiet = Speech(np.zeros(32000, np.float32))
    with pytest.raises(StyGazeError, match="silent"):
        model.listen(quiet)
    motion = model.generate(model.listen(quiet, allow_silence=True), model.style("neutral"))
    assert len(motion) == 50


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda m, s: m.style_of(Motion(np.zeros((99, 7)))), "at least 4 s"),
        (lambda m, s: m.style("nobody"), "gallery has"),
        (lambda m, s: m.generate(s, Style(np.ones(32))), "64 numbers"),
        (lambda m, s: m.generate(s, Style(np.ones(64), habits=np.ones(3))), f"{HABITS} habits"),
        (lambda m, s: m.generate(s, m.style("shy"), gaze_scale=-1), "gaze_scale"),
        (lambda m, s: StyGazeTalk.from_pretrained("no-such-model"), "shipped are"),
    ],
)
def test_misuse_is_one_sentence(model, speech, call, sentence):
    with pytest.raises(StyGazeError, match=sentence) as caught:
        call(model, speech)
    assert "\n" not in str(caught.value)


def test_another_encoder_is_refused(model):
    class Other:
        id, feature_dim = "other", 771

    with pytest.raises(StyGazeError, match=r"whisper-tiny\.en.*other"):
        StyGazeTalk.from_pretrained(encoder=Other())


def test_save_and_load(model, speech, tmp_path):
    model.save_pretrained(tmp_path / "mine")
    again = StyGazeTalk.from_pretrained(tmp_path / "mine", encoder=model.encoder)
    made, wanted = again.generate(speech, again.style("tilter")), model.generate(speech, model.style("tilter"))
    assert np.array_equal(made.frames, wanted.frames)
    assert {p.name for p in (tmp_path / "mine").iterdir()} >= {"config.json", "model.safetensors"}


@pytest.fixture(params=["lstm", "transformer", "no style"])
def row(request, model):
    """A tiny untrained pipeline as the rows of the tables are: the network's own output."""
    torch.manual_seed(0)
    shared = {"width": 16, "segment": 10}
    generator = {
        "lstm": lambda: MotionGenerator(GeneratorConfig(style_dim=8, hidden=24, **shared)),
        "transformer": lambda: TransformerGenerator(
            TransformerConfig(style_dim=8, model_width=24, layers=2, heads=2, context=20, **shared)
        ),
        "no style": lambda: MotionGenerator(GeneratorConfig(style_dim=0, hidden=24, **shared)),
    }[request.param]()
    generator.std.fill_(5.0)
    encoder = StyleEncoder(StyleEncoderConfig(dim=8, width=16, layers=1, heads=2))
    record = {"encoder": model.record["encoder"], "plant": None}
    return StyGazeTalk(generator.eval(), encoder.eval(), record, model.encoder)


def test_rows_give_the_networks_own_output(row, speech, motion):
    style = row.style_of(motion)
    made = row.generate(speech, style, seed=1)
    assert len(made) == speech.n_frames and np.array_equal(row.generate(speech, style, seed=2).frames, made.frames)
    c = row.generator.config
    blank = row.generator.audio_mean.numpy()
    heard = np.concatenate([np.tile(blank, (c.look_back, 1)), speech.features, np.tile(blank, (c.look_ahead, 1))])
    with torch.no_grad():
        vector = torch.tensor(style.vector)[None, : c.style_dim]
        whole, _ = row.generator(torch.from_numpy(heard)[None], None, vector, speech.n_frames)
    expected = whole[0] * row.generator.std + row.generator.mean
    np.testing.assert_allclose(made.frames, expected.numpy(), atol=1e-3)
    still = row.generate(speech, style, head_scale=0)
    assert still.head.std(0).max() < 1e-3
    assert row.look_ahead < StyGazeTalk.from_pretrained("oculomotor").look_ahead  # no plant to wait for


@pytest.mark.parametrize("chunk", [3217, 16000, 10**9])
def test_rows_stream_bit_for_bit(row, speech, motion, chunk):
    style = row.style_of(motion)
    pieces = [speech.samples[k : k + chunk] for k in range(0, len(speech.samples), chunk)]
    parts = [part.frames for part in row.stream(pieces, style, head_scale=0.5)]
    assert np.array_equal(np.concatenate(parts), row.generate(speech, style, head_scale=0.5).frames)


def test_rows_are_saved_and_loaded(row, speech, motion, tmp_path):
    row.save_pretrained(tmp_path / "row")
    again = StyGazeTalk.from_pretrained(tmp_path / "row", encoder=row.encoder)
    assert type(again.generator) is type(row.generator) and again.generator.config == row.generator.config
    assert again.plant is None
    made, wanted = (m.generate(speech, m.style_of(motion)).frames for m in (again, row))
    np.testing.assert_allclose(made, wanted, atol=0.05)  # weights are kept as float16
    again.save_pretrained(tmp_path / "copy")
    assert (tmp_path / "copy/model.safetensors").read_bytes() == (tmp_path / "row/model.safetensors").read_bytes()
    assert (tmp_path / "copy/config.json").read_text() == (tmp_path / "row/config.json").read_text()
