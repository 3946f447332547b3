"""The models that a visitor may choose, and what the page shows of the tables."""

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import synthetic

from stygaze.assets import asset
from stygaze.errors import StyGazeError
from stygaze.motion import Motion
from stygaze.speech import Speech
from stygaze.style import Style
from stygaze.ui import models, scores, studio


@pytest.fixture
def assets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The shipped files, with six more models: copies of the default whose output is the network's own."""
    for path in asset("ui").parent.iterdir():
        if path.name not in ("checkpoints", "tables"):
            (tmp_path / path.name).symlink_to(path)
    for name in ("default", *models.LINES):
        folder = tmp_path / "checkpoints" / name
        if not folder.exists():
            shutil.copytree(asset("checkpoints", "default"), folder)
            record = json.loads((folder / "config.json").read_text())
            record |= {} if name == "default" else {"plant": None}
            (folder / "config.json").write_text(json.dumps(record))
    (tmp_path / "checkpoints" / "half").mkdir()
    (tmp_path / "checkpoints" / "half" / "config.json").write_text('{"models": {"style_encoder": {}}}')
    (tmp_path / "tables").mkdir()
    monkeypatch.setenv("STYGAZE_ASSETS", str(tmp_path))
    monkeypatch.setattr(models, "_loaded", type(models._loaded)())
    monkeypatch.setattr(scores, "results", scores.results.__wrapped__)  # as if nobody had asked yet
    monkeypatch.setattr(scores, "sessions", scores.sessions.__wrapped__)
    yield tmp_path


def test_only_whole_models_are_offered(assets: Path) -> None:
    assert models.shipped() == list(models.LINES)
    shutil.rmtree(assets / "checkpoints" / "se-32")
    assert [name for _, name in models.choices()] == [name for name in models.LINES if name != "se-32"]
    assert all(": " in text for text, _ in models.choices())
    for name in ("se-32", "half", "../styles", "someone/elsewhere"):
        with pytest.raises(StyGazeError, match=re.escape(repr(name))):
            models.pipeline(name)


def test_a_few_models_stay_and_share_one_ear(assets: Path) -> None:
    default = models.pipeline()
    for name in models.LINES:
        assert models.pipeline(name).encoder is default.encoder, "each model has loaded a speech encoder of its own"
    assert len(models._loaded) == models.KEPT + 1
    assert models.pipeline() is default, "the default was let go"
    assert models.pipeline("pseudo-se-64") is models.pipeline("pseudo-se-64")


def test_one_hearing_serves_all_models(assets: Path, example_speech: Path) -> None:
    heard = models.pipeline().listen(Speech(Speech.load(example_speech).samples[: 2 * 16_000]))
    other = models.pipeline("se-64")
    assert other.listen(heard) is heard
    made = other.generate(heard, studio.named("shy").known_to("se-64"))
    assert isinstance(made, Motion) and len(made) == 50


def test_a_style_is_seen_by_the_model_that_uses_it(assets: Path) -> None:
    blend = studio.blended("shy", "neutral", 0.25)
    same = blend.known_to("se-64")  # a copy of the default: it must see the same
    assert np.allclose(same.vector, blend.style.vector, atol=1e-6) and same.name == blend.style.name
    between = studio.Chosen(Style(np.eye(64)[0]), None, "In between")
    assert between.known_to("default") is between.style
    with pytest.raises(StyGazeError, match="only the default model knows it"):
        between.known_to("se-64")


def test_without_tables_nothing_is_shown(assets: Path) -> None:
    assert scores.table("se-64") == scores.session_figure() == scores.session_key() == ""


def test_a_models_row_stands_beside_still_and_true(assets: Path) -> None:
    synthetic.write(assets).rename(assets / "tables" / "hage.json")
    shown = scores.table("se-64")
    assert shown.index("Simulated data") < shown.index("<table") and "not on your motion" in shown
    found = scores.results()
    assert found
    for protocol in ("windowed", "free"):
        for row in ("se-64", "constant", "true"):
            assert f"{found.score(row, protocol, 'sim_score').mean:.4f}" in shown
    assert "not one of the paper’s rows" in scores.table("default")


def test_the_map_of_sessions_says_what_it_holds(assets: Path) -> None:
    data = synthetic.figure_files()["map"] | {"found": 0.82, "found_true": 0.97, "chance": 0.1}
    data["sessions"] = sorted({p["session"] for p in data["points"]})
    data["styles"] = {"session-0": "<shy>", "session-1": "prior-17"}
    (assets / "tables" / "map.json").write_text(json.dumps(data))
    key = scores.session_key()
    assert "82 %" in key and "&lt;shy&gt;, session-0" in key and "prior" not in key and "SE-64" in key
    traces = json.loads(scores.session_figure())["data"]
    assert len(traces) == 20 and {t["name"] for t in traces} == set(data["sessions"])
