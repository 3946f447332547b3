"""`stygaze evaluate` from a corpus and checkpoints to a report, and what it says when something is wrong."""

import json
import shutil
from functools import partial
from itertools import cycle
from pathlib import Path

import pytest
import torch
from typer.testing import CliRunner

from stygaze.assets import asset
from stygaze.checkpoints import save_checkpoint
from stygaze.cli import app
from stygaze.corpus import build
from stygaze.corpus.layout import Corpus, write_session
from stygaze.errors import StyGazeError
from stygaze.evaluation import liveliness_rows, model_rows, parts
from stygaze.evaluation.evaluate import prepare
from stygaze.evaluation.merge import beside
from stygaze.models.events import EventGenerator, EventsConfig
from stygaze.models.generator import GeneratorConfig, MotionGenerator
from stygaze.models.style_encoder import StyleEncoder, StyleEncoderConfig

pytest.importorskip("accelerate", reason="evaluation needs the extra `evaluate`")


@pytest.fixture(scope="module")
def corpus(tmp_path_factory) -> Path:
    """A simulated corpus of twenty sessions of 50 s, three of them to test on, from the shipped sentences."""
    top = tmp_path_factory.mktemp("evaluate")
    for number, file in zip(cycle(range(3)), sorted(asset("speech").glob("*.flac")), strict=False):
        (top / "speech" / f"speaker-{number}").mkdir(parents=True, exist_ok=True)
        shutil.copy(file, top / "speech" / f"speaker-{number}" / file.name)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(build, "SESSION_SECONDS", (50.0, 51.0))
        build.simulate_corpus(top / "speech", top / "corpus", "hage", hours=0.3)
    return top / "corpus"


def encoder(seed: int) -> StyleEncoder:
    torch.manual_seed(seed)
    return StyleEncoder(StyleEncoderConfig(dim=8, width=16, layers=1, heads=2))


def checkpoint(folder: Path, row: str, audio_dim: int = 387, seed: int = 0) -> Path:
    torch.manual_seed(seed)
    generator = MotionGenerator(GeneratorConfig(audio_dim, style_dim=8, width=16, hidden=16))
    record = {"row": row, "training": {"seed": seed, "steps": 0}, "parameters": generator.size, "plant": None}
    return save_checkpoint(folder, {"generator": generator, "style_encoder": encoder(0)}, record)


@torch.no_grad()
def events_checkpoint(folder: Path, seed: int = 0) -> Path:
    torch.manual_seed(seed)
    generator = EventGenerator(EventsConfig(387, style_dim=8, width=16, hidden=16, state_width=8, style_width=4))
    for layer in (generator.turn_out, generator.head_out):  # small movements, now and then
        layer.weight.zero_()
        layer.bias.zero_()
    generator.head_out.bias[0] = -2
    for name, scale in (("velocity_std", 0.1), ("drift_std", 0.02)):
        getattr(generator, name).fill_(scale)
    record = {"row": "events", "training": {"seed": seed, "steps": 0}, "parameters": generator.size}
    return save_checkpoint(folder, {"generator": generator, "style_encoder": encoder(0)}, record)


@pytest.fixture(scope="module")
def measure(tmp_path_factory) -> Path:
    return save_checkpoint(tmp_path_factory.mktemp("measure"), {"style_encoder": encoder(1)}, {})


@pytest.fixture
def short(monkeypatch):
    """Takes of 12 s in place of four minutes, two draws in place of twenty."""
    monkeypatch.setattr(parts, "long_takes", partial(parts.long_takes, frames=300))
    monkeypatch.setattr(model_rows, "DRAWS", 2)
    monkeypatch.setattr(liveliness_rows, "LONG", 300)


def test_from_corpus_to_report(corpus, measure, tmp_path, short):
    models = [checkpoint(tmp_path / f"se-64-{seed}", "se-64", seed=seed) for seed in (0, 1)]
    models.append(events_checkpoint(tmp_path / "events"))
    out = tmp_path / "results"
    words = ["evaluate", "--corpus", str(corpus), "--measure", str(measure), "--out", str(out), "--jobs", "1"]
    words += ["--takes", "3", "--models", ",".join(map(str, models))]
    run = CliRunner().invoke(app, words, catch_exceptions=False)
    assert run.exit_code == 0
    results = json.loads((out / "results.json").read_text())
    found = {(row["row"], row["protocol"]): row for row in results["rows"]}
    assert {row for row, _ in found} == {
        "true", "se-64", "shuffled-speech", "constant", "copy", "session-mean", "independent-draw", "oracle-mean",
        "events", "events-mean", "events-shuffled-speech", "events-no-speech", "events-other-style",
    }  # fmt: skip
    assert ("events", "windowed") not in found and ("events", "own-past") not in found
    alive = {row["row"]: row["metrics"] for row in results["liveliness"]}
    assert {"true", "independent-draw", "constant", "events", "events-no-speech"} <= set(alive)
    assert alive["true"]["mae_all"]["mean"] == 0 and alive["true"]["sim_score"]["mean"] == 1
    assert 0 <= alive["events"]["jump_auc"]["mean"] <= 1 and "se-64" not in alive
    assert [t["group"] for t in results["takes"]] == ["unseen", "seen"] and results["two_sample"] == []
    assert found["se-64", "free"]["seeds"] == [0, 1] and found["se-64", "free"]["metrics"]["mae_all"]["sd"] > 0
    assert found["true", "free"]["metrics"]["sim_score"]["mean"] == 1
    # what nobody can beat: in squared error the mean of draws; here at least better than one draw
    errors = {row: found[row, "-"]["metrics"]["mae_all"]["mean"] for row in ("oracle-mean", "independent-draw")}
    assert errors["oracle-mean"] < errors["independent-draw"]
    assert all((out / name).is_file() for name in ("map.json", "dynamics.json", "transfer.json", "report.html"))
    assert "<script src=" not in (out / "report.html").read_text()

    parts = {path: path.stat().st_mtime_ns for path in (out / "parts").glob("*.json")}
    (out / "parts" / "se-64-1.json").unlink()  # as if it had been stopped before this part
    again = CliRunner().invoke(app, words, catch_exceptions=False)
    assert again.exit_code == 0 and json.loads((out / "results.json").read_text())["rows"] == results["rows"]
    assert sum(path.stat().st_mtime_ns != when for path, when in parts.items()) == 1

    # a new model beside the old ones: theirs are kept, with all their seeds, and stand where they stood
    words[words.index("--models") + 1] = ",".join([str(models[0]), str(events_checkpoint(tmp_path / "new", seed=5))])
    earlier, words[words.index("--out") + 1] = out, str(tmp_path / "beside")
    run = CliRunner().invoke(app, [*words, "--beside", str(earlier)], catch_exceptions=False)
    assert run.exit_code == 0
    merged = json.loads((tmp_path / "beside/results.json").read_text())
    assert [(r["row"], r["protocol"]) for r in merged["rows"]] == [(r["row"], r["protocol"]) for r in results["rows"]]
    now = {(row["row"], row["protocol"]): row for row in merged["rows"]}
    assert now["se-64", "free"] == found["se-64", "free"] and now["events", "free"]["seeds"] == [5]
    assert {(t["row"], t["seed"]) for t in merged["training"]} == {("se-64", 0), ("se-64", 1), ("events", 5)}
    assert merged["made"]["beside"]["rows"] == ["SE-64"]
    assert "stand beside" in (tmp_path / "beside/report.html").read_text()


@pytest.mark.parametrize("change, said", [("hash", "another corpus"), ("mae", "measured otherwise")])
def test_results_that_cannot_stand_beside_each_other_are_refused(change, said):
    def results(mae: float) -> dict:
        row = {"row": "constant", "label": "Constant", "kind": "reference", "protocol": "-", "seeds": [0]}
        rows = [row | {"metrics": {"mae_all": {"mean": mae}}}]
        return {"corpus": {"hash": "a"}, "rows": rows, "liveliness": [], "training": [], "made": {}}

    earlier = results(5.0)
    beside(results(5.001), earlier)
    if change == "hash":
        earlier["corpus"]["hash"] = "b"
    with pytest.raises(StyGazeError, match=said):
        beside(results(5.0 if change == "hash" else 5.1), earlier)


def test_a_corpus_that_is_not_in_order_is_named_by_file(corpus, measure, tmp_path):
    broken = shutil.copytree(corpus, tmp_path / "corpus", ignore=shutil.ignore_patterns("features"))
    (broken / "sessions" / "test-0000" / "motion.parquet").unlink()
    with pytest.raises(StyGazeError, match=r"sessions/test-0000/motion.parquet is missing"):
        prepare(broken, measure, tmp_path / "out")


def test_a_speaker_in_two_splits_is_named(corpus, measure, tmp_path):
    broken = shutil.copytree(corpus, tmp_path / "corpus", ignore=shutil.ignore_patterns("features"))
    one = Corpus.open(broken).sessions("train")[0]
    write_session(broken, "test-9999", one.motion(), one.speech(), speaker=one.speaker, split="test")
    with pytest.raises(StyGazeError, match="test-9999"):
        prepare(broken, measure, tmp_path / "out")


def test_a_checkpoint_of_another_encoder_is_refused(corpus, measure, tmp_path):
    model = checkpoint(tmp_path / "other", "se-64", audio_dim=768)
    words = ["evaluate", "--corpus", str(corpus), "--measure", str(measure), "--out", str(tmp_path / "results")]
    run = CliRunner().invoke(app, [*words, "--jobs", "1", "--models", str(model)])
    assert isinstance(run.exception, StyGazeError)
    assert "768" in str(run.exception) and "387" in str(run.exception)


def test_a_corpus_that_is_not_there_is_said(measure, tmp_path):
    with pytest.raises(StyGazeError, match=r"There is no corpus .*nowhere"):
        prepare(tmp_path / "nowhere", measure, tmp_path / "out")


def test_the_encoder_that_measures_ce_is_shipped(corpus, tmp_path):
    assert prepare(corpus, asset("tables", "measure"), tmp_path / "out").style_encoder().config.dim == 64


def test_what_measures_ce_must_be_a_style_encoder(corpus, tmp_path):
    with pytest.raises(StyGazeError, match="not a checkpoint"):
        prepare(corpus, tmp_path, tmp_path / "out")
