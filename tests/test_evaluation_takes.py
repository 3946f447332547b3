"""Takes of new speech for the two-sample test: who is in them, what they hear, and that they come out the same."""

import json
import shutil
from functools import partial
from itertools import cycle
from pathlib import Path

import numpy as np
import pytest

from stygaze.assets import asset
from stygaze.corpus import build
from stygaze.corpus.layout import Corpus
from stygaze.errors import StyGazeError
from stygaze.evaluation.long_takes import long_takes
from stygaze.evaluation.model_rows import take_name
from stygaze.evaluation.parts import Model, Setting, keep_arrays
from stygaze.evaluation.protocols import REFERENCE, WARM_UP
from stygaze.evaluation.running import exchanged, silenced
from stygaze.evaluation.take_tests import take_test, take_tests
from stygaze.evaluation.two_sample import COLUMNS, cross_validated
from stygaze.models.generator import GeneratorConfig, MotionGenerator
from stygaze.speech import Speech


class Loudness:
    """In the place of a speech encoder: one feature a frame."""

    id = "loudness"

    def encode(self, speech: Speech) -> np.ndarray:
        n = speech.n_frames
        return np.abs(np.asarray(speech.samples)[: n * 640].reshape(n, 640)).mean(1, keepdims=True)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory) -> Path:
    """Twenty simulated sessions of 50 s, three of them to test on."""
    top = tmp_path_factory.mktemp("takes")
    for number, file in zip(cycle(range(3)), sorted(asset("speech").glob("*.flac")), strict=False):
        (top / "speech" / f"speaker-{number}").mkdir(parents=True, exist_ok=True)
        shutil.copy(file, top / "speech" / f"speaker-{number}" / file.name)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(build, "SESSION_SECONDS", (50.0, 51.0))
        build.simulate_corpus(top / "speech", top / "corpus", "natural", hours=0.3)
    return top / "corpus"


def test_the_same_takes_again_and_two_truths_that_differ(corpus: Path) -> None:
    first, second = (long_takes(Corpus.open(corpus), Loudness(), "unseen", count=3, frames=500) for _ in range(2))
    for a, b in zip(first, second, strict=True):
        assert a.id == b.id and np.array_equal(a.true, b.true) and np.array_equal(a.features, b.features)
        assert a.again is not None and a.true.shape == a.again.shape == (500, 7)
        assert not np.allclose(a.true, a.again, atol=1)
        assert a.features.shape == (500 + WARM_UP, 1) and a.reference.shape == (REFERENCE, 7)
        assert a.events.duration >= len(a.features) / 25
        # the voice that is heard is the one that the motion answers to
        envelope = a.events.envelope[: 4 * len(a.features)].reshape(-1, 4).mean(1)
        assert np.corrcoef(envelope, a.features[:, 0])[0, 1] > 0.5
    [other, *_] = long_takes(Corpus.open(corpus), Loudness(), "unseen", count=3, frames=500, second=3)
    assert np.array_equal(other.true, first[0].true) and not np.allclose(other.again, first[0].again, atol=1)


def test_unseen_styles_are_in_no_training_session_and_seen_ones_are(corpus: Path) -> None:
    opened = Corpus.open(corpus)
    sessions = {s.id: s for s in opened.sessions()}
    taught = {s.style for s in sessions.values() if s.split == "train"}
    unseen = long_takes(opened, Loudness(), "unseen", count=4, frames=100)
    assert all(t.id.startswith("stranger-") or sessions[t.id].style not in taught for t in unseen)
    assert len({t.reference[:, 0].mean() for t in unseen}) == 4
    seen = [sessions[t.id] for t in long_takes(opened, Loudness(), "seen", count=4, frames=100)]
    assert all(s.split == "train" for s in seen) and len({s.style for s in seen}) == 4


def test_a_short_split_gives_short_takes(corpus: Path) -> None:
    takes = long_takes(Corpus.open(corpus), Loudness(), count=2)
    assert 2000 < len(takes[0].true) == len(takes[1].true) < 2600  # two of three sessions of 50 s


def test_recordings_have_no_takes_of_new_speech(corpus: Path, tmp_path: Path) -> None:
    recorded = shutil.copytree(corpus, tmp_path / "corpus")
    for path in recorded.glob("sessions/*/session.json"):
        said = json.loads(path.read_text())
        path.write_text(json.dumps({k: said[k] for k in ("id", "speaker", "style", "split")}))
    with pytest.raises(StyGazeError, match="was not simulated"):
        long_takes(Corpus.open(recorded), Loudness())
    setting = Setting(recorded, Path("measure"), "whisper-tiny.en", tmp_path, "")
    assert setting.groups() == ("targets",)


def test_speech_is_exchanged_or_silenced_at_its_length() -> None:
    features = [np.full((n, 2), n, np.float16) for n in (3, 5, 4)]
    assert [f.shape[0] for f in exchanged(features)] == [3, 5, 4]
    assert [f[0, 0] for f in exchanged(features)] == [5, 4, 3]
    generator = MotionGenerator(GeneratorConfig(audio_dim=2, style_dim=8, width=16, hidden=16))
    generator.audio_mean.fill_(7)
    assert all((f == 7).all() for f in silenced(generator, features))


def model(folder: Path, row: str, kind: str, seed: int = 0) -> Model:
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps({"models": {"generator": {"kind": kind}}}))
    (folder / "model.safetensors").write_bytes(bytes([seed]))
    return Model(row, seed, folder)


def test_every_row_is_tested_and_what_shows_that_the_test_is_fair(corpus: Path, tmp_path: Path) -> None:
    setting = Setting(corpus, Path("measure"), "whisper-tiny.en", tmp_path, "")
    models = [model(tmp_path / f"events-{k}", "events", "events", k) for k in range(2)]
    models.append(model(tmp_path / "base", "base", "lstm"))
    calls = [(call[2], call[3], call[6], (*call[7:], 100)[0]) for call in take_tests(setting, models)]
    assert len(calls) == len(set(calls))

    def tested(group: str, row: str) -> set[tuple[str, int]]:
        return {(of, window) for g, name, of, window in calls if (g, name) == (group, row)}

    both = {("all", 100), ("seven columns", 100)}
    assert tested("unseen", "events") == {*((of, 100) for of in COLUMNS), ("all", 500)}
    assert tested("seen", "events") == both and tested("unseen", "independent-draw") == {*both, ("all", 500)}
    assert tested("unseen", "base") == tested("seen", "independent-draw") == {("all", 100)}
    assert not tested("seen", "base")  # what glides is told at once, whoever's style it has
    assert sum(name.startswith("control: ") for _, name, _, _ in calls) == 3
    files = next(call[4] for call in take_tests(setting, models) if call[3] == "events")
    assert files == ["takes-unseen-events-0-motion", "takes-unseen-events-1-motion"]


def test_a_test_is_kept_and_not_done_again(corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stygaze.evaluation.take_tests.cross_validated", partial(cross_validated, steps=20))
    setting = Setting(corpus, Path("measure"), "whisper-tiny.en", tmp_path, "")
    rng = np.random.default_rng(0)
    moving = {str(k): rng.normal(size=(150, 7)) for k in range(6)}
    keep_arrays(setting, take_name("unseen", "true"), moving)
    keep_arrays(setting, take_name("unseen", "constant"), {k: 0 * v for k, v in moving.items()})
    first = take_test(setting, "unseen", "constant", [take_name("unseen", "constant")], "")
    assert first["accuracy"]["mean"] > 0.9 and first["styles"] == "unseen" and first["window_s"] == 4
    (tmp_path / "parts" / "takes-unseen-true-motion.npz").unlink()
    assert take_test(setting, "unseen", "constant", [take_name("unseen", "constant")], "") == first
