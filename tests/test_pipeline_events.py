"""The pipeline with an events generator: its public promises, and what it does when it is asked for something."""

from itertools import pairwise

import numpy as np
import pytest
import torch

from stygaze import Motion, StyGazeError, StyGazeTalk
from stygaze.assets import asset
from stygaze.gaze.decomposition import decompose
from stygaze.models.controls import Controls, Look
from stygaze.models.event_people import People
from stygaze.models.event_places import CONTACT
from stygaze.models.event_rollout import draw
from stygaze.models.event_weights import EventWeights
from stygaze.models.events import EventGenerator, EventsConfig
from stygaze.models.style_encoder import StyleEncoder, StyleEncoderConfig
from stygaze.speech import Speech

CHUNK = 3200  # samples: 200 ms
NAMES = ("neutral", "shy", "restless-scanner", "thinker")


@pytest.fixture(scope="module")
def model() -> StyGazeTalk:
    return StyGazeTalk.from_pretrained()


@pytest.fixture(scope="module")
def speech(model, example_speech) -> Speech:
    return model.listen(example_speech)


@pytest.fixture(scope="module")
def tiny(model) -> StyGazeTalk:
    """Untrained, but alive."""
    torch.manual_seed(0)
    generator = EventGenerator(EventsConfig(style_dim=8, width=8, hidden=16, state_width=8, style_width=8, segment=10))
    for parameter in generator.turn_out.parameters():
        parameter.data.mul_(0.2)
    generator.gaze_out.bias.data[0] = -2.0
    for name in ("velocity_std", "drift_std"):
        getattr(generator, name).fill_(0.1)
    encoder = StyleEncoder(StyleEncoderConfig(dim=8, width=16, layers=1, heads=2))
    record = {"encoder": model.record["encoder"], "plant": None}
    return StyGazeTalk(generator.eval(), encoder.eval(), record, model.encoder)


# ---- promises


def test_a_stream_equals_one_pass_bit_for_bit(tiny, speech, motion):
    style, controls = tiny.style_of(motion), Controls(0.5, 1.2, 0.8, (Look(1, 2, 20, 5),))
    pieces = [speech.samples[k : k + CHUNK] for k in range(0, len(speech.samples), CHUNK)]
    for asked in (None, controls):
        parts = list(tiny.stream(pieces, style, seed=4, controls=asked))
        whole = tiny.generate(speech, style, seed=4, controls=asked)
        assert len(parts) > 5 and len(whole) == speech.n_frames
        assert np.array_equal(np.concatenate([part.frames for part in parts]), whole.frames)


def test_variants_are_seeds_and_each_is_another_draw(model, speech):
    style = model.style("neutral")
    variants = model.generate(speech, style, seed=2, variants=3)
    assert np.array_equal(variants[1].frames, model.generate(speech, style, seed=3).frames)
    assert min(np.abs(a.frames - b.frames).mean() for a, b in pairwise(variants)) > 0.5
    assert model.has_events and model.plant is None


def test_it_is_saved_and_loaded(tiny, speech, motion, tmp_path):
    tiny.save_pretrained(tmp_path / "tiny")
    again = StyGazeTalk.from_pretrained(tmp_path / "tiny", encoder=tiny.encoder)
    assert again.has_events and again.generator.config == tiny.generator.config
    assert again.generator.state_dict().keys() == tiny.generator.state_dict().keys()
    again.save_pretrained(tmp_path / "copy")  # weights are kept as float16: what was loaded is saved as it is
    once_more = StyGazeTalk.from_pretrained(tmp_path / "copy", encoder=tiny.encoder)
    made, wanted = (m.generate(speech, m.style_of(motion), seed=1).frames for m in (once_more, again))
    assert np.array_equal(made, wanted)


# ---- what one may ask for


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: Controls(eye_contact=1.2), "eye_contact is a share"),
        (lambda: Controls(gaze_activity=-0.1), "gaze_activity lies between"),
        (lambda: Controls(head_activity=2.5), "head_activity lies between"),
        (lambda: Look(-1, 1, 0), "begins at 0 s or later"),
        (lambda: Look(0, 0, 0), "lasts up to 60 s"),
        (lambda: Look(0, 1, 60), "35 degrees aside"),
        (lambda: Look(0, 1, 0, -40), "25 up or down"),
    ],
)
def test_what_cannot_be_asked_for_is_said(call, sentence):
    with pytest.raises(StyGazeError, match=sentence):
        call()


def test_a_regression_has_only_the_activities(speech, model):
    row = StyGazeTalk.from_pretrained("se-64", encoder=model.encoder)
    style = row.style("neutral")
    assert not row.has_events
    for asked in (Controls(eye_contact=0.5), Controls(looks=(Look(0, 1, 10),))):
        with pytest.raises(StyGazeError, match="choose one that makes events"):
            row.generate(speech, style, controls=asked)
    scaled = row.generate(speech, style, gaze_scale=0.5, head_scale=0.2)
    asked = row.generate(speech, style, controls=Controls(gaze_activity=0.5, head_activity=0.2))
    assert np.array_equal(asked.frames, scaled.frames)


@pytest.fixture(scope="module")
def free(model):
    """Forty seconds of four people side by side, under controls; and where their partners are."""
    sounds = [Speech.load(path).samples for path in sorted(asset("speech").glob("*.flac"))]
    features = model.listen(Speech(np.resize(np.concatenate(sounds), 40 * 16000))).features.astype(np.float32)
    styles = np.stack([model.style(name).numbers for name in NAMES])
    partners = People(EventWeights(model.generator), styles).each.partner

    def run(controls: Controls | None = None, takes: int = 1) -> list[Motion]:
        people, seeds = np.tile(styles, (takes, 1)), range(1, 4 * takes + 1)
        return [Motion(x) for x in draw(model.generator, [features] * len(seeds), people, seeds, controls)]

    return run, partners


def jump_sizes(motion: Motion) -> np.ndarray:
    parts = decompose(motion)
    begin = np.flatnonzero(parts.onset)
    return np.hypot(*(parts.landing[begin] - parts.gaze[begin - 1]).T)


def test_eye_contact(free):
    run, partners = free

    def share(asked: float | None) -> np.ndarray:
        made = run(Controls(eye_contact=asked))
        off = [np.hypot(*(m.world_gaze - p).T) for m, p in zip(made, partners, strict=True)]
        return np.array([(x < CONTACT).mean() for x in off])

    little, much = share(0.1), share(0.9)
    assert (much > little + 0.3).all()
    assert little.mean() < 0.3 and much.mean() > 0.7


def test_gaze_activity(free):
    run, _ = free
    usual, still, lively = (run(Controls(gaze_activity=a), takes=4) for a in (1, 0, 2))
    jumps = [np.mean([(jump_sizes(m) > 2).sum() / 40 for m in made]) for made in (usual, still, lively)]
    assert jumps[1] == 0 and 1 < jumps[0] < 5 and jumps[2] > 1.2 * jumps[0]
    assert all(m.world_gaze.std(0).max() < 1.5 for m in still)
    assert np.mean([np.abs(np.diff(m.head, axis=0)).sum() for m in still]) > 100  # the head goes on


def test_head_activity(free):
    run, _ = free
    usual, still, lively = (run(Controls(head_activity=a)) for a in (1, 0, 2))
    assert all(np.ptp(m.head, axis=0).max() < 1 for m in still)
    energy = [np.mean([np.abs(np.diff(m.head, axis=0)).mean() for m in made]) for made in (usual, lively)]
    assert energy[1] > 1.4 * energy[0]
    assert np.mean([(jump_sizes(m) > 2).sum() / 40 for m in still]) > 1  # the eyes look as they would


def test_a_look(free):
    """Everyone looks 28 degrees aside at 10 s, for 3 s, and comes back."""
    run, partners = free
    aside = Controls(looks=(Look(10, 3, -28, 8),))
    for made, partner in zip(run(aside), partners, strict=True):
        there = np.hypot(*(made.world_gaze - partner - [8, -28]).T)
        assert there[249] > 8 and (there[250:258] < 4).any()  # within .3 s
        assert (there[258:325] < 6).mean() > 0.9
        back = np.hypot(*(made.world_gaze - partner).T)
        assert (there[325:350] > 5).any() and (back[325:425] < 10).any()  # leaves within 1 s, is home within 4
    alone = run()[0].frames
    assert np.array_equal(alone[:250], run(aside)[0].frames[:250])  # not before
