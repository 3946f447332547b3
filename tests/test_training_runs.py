"""Whole training runs on a tiny corpus: their record, that none is done twice, what they say when they cannot be."""

import json

import numpy as np
import pytest

from stygaze import Motion, Speech, StyGazeTalk
from stygaze.corpus.layout import write_session
from stygaze.corpus.session_files import write_json
from stygaze.errors import StyGazeError
from stygaze.training.run import run_generator, run_search, run_style
from stygaze.training.search import TRIALS


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    """Seven half-minute sessions of noise on disk."""
    folder, rng = tmp_path_factory.mktemp("corpus"), np.random.default_rng(0)
    write_json(folder / "corpus.json", {"name": "noise", "fps": 25, "unit": "degrees"})
    splits = ["train"] * 3 + ["validation"] * 2 + ["test"] * 2
    for k, split in enumerate(splits):
        motion = Motion(rng.normal(k, 1, (30, 7)).repeat(25, 0) + rng.normal(0, 0.1, (750, 7)))
        sound = Speech(rng.normal(0, 0.05, 30 * 16000).astype(np.float32))
        write_session(folder, f"s{k}", motion, sound, speaker=f"p{k}", split=split)
    return folder


@pytest.fixture(scope="module")
def trained_style(corpus, tmp_path_factory):
    folder = tmp_path_factory.mktemp("style")
    config = folder / "style-8.yaml"
    config.write_text("model: {dim: 8, width: 16, layers: 1, heads: 2}\nsteps: 4\nbatch: 3\n")
    run_style(config, corpus, folder / "run", seed=7)
    return folder / "run"


ROW = """
model: {{audio_dim: 387, style_dim: {dim}, width: 8, hidden: 8, layers: 2, skip: true}}
steps: 6
batch: 4
rest_frames: 10
validate_every: 3
gaze: estimated
"""


def test_a_run_writes_a_pipeline_with_its_record_and_is_not_done_twice(corpus, trained_style, tmp_path, monkeypatch):
    config, out = tmp_path / "tiny.yaml", tmp_path / "run"
    config.write_text(ROW.format(dim=8))
    said = run_generator(config, corpus, trained_style, out, seed=3)
    record = json.loads((out / "config.json").read_text())
    assert record["row"] == "tiny" and record["seed"] == 3 and record["steps"] == 6 and record["plant"] is None
    assert record["corpus"]["name"] == "noise" and record["commit"] and record["scores"] == said
    assert record["training"]["gaze"] == "estimated" and record["encoder"]["id"] == "whisper-tiny.en"
    model = StyGazeTalk.from_pretrained(out)
    assert record["parameters"] == sum(p.numel() for p in model.generator.parameters())
    assert not (out / "state.safetensors").exists()
    lines = [json.loads(line) for line in (out / "log.jsonl").read_text().splitlines()]
    assert [line["step"] for line in lines if "validation" in line] == [3, 6]

    def again(*_, **__):
        raise AssertionError("trained again")

    with monkeypatch.context() as patched:
        patched.setattr("stygaze.training.run.train_generator", again)
        assert run_generator(config, corpus, trained_style, out, seed=3) == said
        with pytest.raises(AssertionError, match="again"):  # another seed is another run
            run_generator(config, corpus, trained_style, out, seed=4)
    assert json.loads((trained_style / "config.json").read_text())["seed"] == 7


def test_search_of_a_row_is_applied(corpus, trained_style, tmp_path, monkeypatch):
    monkeypatch.setattr("stygaze.training.search.STEPS", 2)
    config, out = tmp_path / "tiny.yaml", tmp_path / "tiny.search.json"
    config.write_text(ROW.format(dim=0))
    found = run_search(config, corpus, trained_style, out)
    assert found["row"] == "tiny" and len(found["trials"]) == TRIALS
    assert all(t["score"] == pytest.approx((t["windowed"] + t["free"]) / 2, abs=1e-3) for t in found["trials"])
    run_generator(config, corpus, trained_style, tmp_path / "run", search=out)
    record = json.loads((tmp_path / "run/config.json").read_text())
    assert record["training"]["learning_rate"] == found["chosen"]["learning_rate"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (ROW.format(dim=16), "style_dim 16.* 8 numbers"),
        (ROW.format(dim=8).replace("387", "771"), "audio_dim 771.*gives 387"),
        (ROW.format(dim=8).replace("estimated", "guessed"), "gaze 'guessed'"),
        (ROW.format(dim=8).replace("model: {", "model: {kind: mamba, "), "kind 'mamba'"),
        (ROW.format(dim=8).replace("steps: 6", "steps: six"), "steps: 'six'"),
    ],
)
def test_a_run_that_cannot_be_is_one_sentence(corpus, trained_style, tmp_path, text, sentence):
    config = tmp_path / "tiny.yaml"
    config.write_text(text)
    with pytest.raises(StyGazeError, match=sentence) as caught:
        run_generator(config, corpus, trained_style, tmp_path / "run")
    assert "\n" not in str(caught.value) and "tiny.yaml" in str(caught.value)
