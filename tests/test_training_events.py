"""Training of the events generator: it must learn what there is to learn, survive a kill, and end as a pipeline."""

import json
from dataclasses import replace
from itertools import count
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from stygaze import Motion, Speech, StyGazeError, StyGazeTalk
from stygaze.checkpoints import save_checkpoint
from stygaze.corpus.layout import write_session
from stygaze.corpus.session_files import write_json
from stygaze.gaze.habits import HABITS, habits, moments
from stygaze.gaze.movements import DURATIONS, minimum_jerk
from stygaze.gaze.ocular_range import SCATTER
from stygaze.models.events import EventGenerator, EventsConfig
from stygaze.models.style_encoder import StyleEncoder, StyleEncoderConfig
from stygaze.training import events, loop
from stygaze.training.carriage import taken_apart
from stygaze.training.config import read_generator_config
from stygaze.training.data import SessionArrays
from stygaze.training.event_statistics import fit_rest, kept_courses
from stygaze.training.events import EventsTraining, likelihoods, train_events
from stygaze.training.generator import GeneratorTraining
from stygaze.training.loop import RunLog
from stygaze.training.run import run_calibration, run_generator
from stygaze.training.windows import APART, HOP, Styles, measured_styles

FRAMES = 640


@pytest.fixture(autouse=True)
def few_free_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """They take longest, and what they lead to is for the test of calibration."""
    monkeypatch.setattr("stygaze.training.calibrate.DRAWN", 2)


def person(rng: np.random.Generator, frames: int = FRAMES) -> tuple[np.ndarray, np.ndarray]:
    """Motion [T, 7] and loudness [T]: gaze jumps aside or back whenever a sound begins, now and then the head nods."""
    loud, gaze, head = np.zeros(frames), np.zeros((frames, 2)), np.zeros((frames, 3))
    t, aside = 12, False
    while t < frames - 20:
        loud[t : t + 4], aside = 1, not aside
        gaze[t + 1 :] = rng.normal([0, 12] if aside else [0, 0], 1.0)
        t += int(rng.integers(10, 30))
    for at in np.arange(20, frames - 30, 40):
        nod = minimum_jerk((np.arange(frames) - at) / DURATIONS[4])
        head[:, 0] += rng.choice([-4, 4]) * (nod - np.roll(nod, 9) * (np.arange(frames) > at + 8))
    eye = gaze + rng.normal(0, 0.01, (frames, 2)) - head[:, :2]
    motion = np.concatenate([head, eye[:, :1], eye[:, 1:] - 1.5, eye[:, :1], eye[:, 1:] + 1.5], 1)
    return motion.astype(np.float32), loud


@pytest.fixture(scope="module")
def sessions() -> list[SessionArrays]:
    rng, made = np.random.default_rng(0), []
    for k in range(4):
        motion, loud = person(rng)
        features = np.stack([loud, *rng.normal(0, 1, (2, FRAMES))], 1).astype(np.float16)
        made.append(SessionArrays(f"s{k}", f"p{k}", "", motion, features))
    return made


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Beside it the movements are kept, whose search takes longest."""
    return tmp_path_factory.mktemp("features") / "styles"


STYLE = StyleEncoderConfig(dim=8, width=16, layers=1, heads=2)
TINY = EventsConfig(audio_dim=3, style_dim=8, width=16, hidden=32, state_width=16, style_width=8, look_ahead=4)
TRAINING = EventsTraining(
    model=TINY, steps=160, batch=8, frames=100, jump_weight=100, learning_rate=1e-2, warm_up=10, validate_every=80
)


@pytest.fixture
def encoder() -> StyleEncoder:
    torch.manual_seed(0)
    return StyleEncoder(STYLE)


def test_training_lowers_the_loss_and_hears_when_gaze_jumps(sessions, encoder, cache):
    log = RunLog()
    model, found = train_events(TRAINING, sessions[:3], sessions[3:], encoder, log, cache=cache)
    losses = [entry["loss"] for entry in log.entries if "loss" in entry]
    assert losses[-1] < losses[0] - 1  # nats
    styles = measured_styles(encoder, sessions, 8, cache)
    arrays = taken_apart(model, sessions, styles, cache.parent / "movements")
    said = {speech: likelihoods(model, sessions, arrays, styles, speech) for speech in ("true", "shuffled", "none")}
    assert said["true"]["jump_auc"] > 0.9 and said["true"]["jump_auc"] > said["shuffled"]["jump_auc"] + 0.1
    assert said["true"]["jump"] < 0.7 * said["none"]["jump"]
    assert found["validation"]["score"] == pytest.approx(found["validation"]["score"]) and found["step"] in (80, 160)
    assert {"head", "jump", "landing", "drift", "vergence"} <= set(said["true"])


def test_what_a_model_knows_of_its_sessions_as_a_whole(sessions, encoder, cache):
    styles = measured_styles(encoder, sessions, 8, cache)
    model, arrays = events.new_events(TRAINING, sessions, styles, cache.parent / "movements")
    jumps = np.mean(np.concatenate([a.onset for a in arrays]))
    assert torch.sigmoid(model.gaze_out.bias[0]).item() == pytest.approx(jumps, rel=1e-4)
    assert (model.flights[:, 1:] > 0.99).all() and model.tracker[2] == 0  # jumps take no time, and nobody blinks
    gaze = model.habits(torch.from_numpy(measured_styles(encoder, sessions, 8, cache).vectors[0][:1]))[0][0]
    assert -1 < gaze[0] < 1 and -2 < gaze[1] < 14  # between the two places
    ends = np.array([[0, 0], [0, 12]]) + (2.9 - SCATTER) * np.array([-1, 1])  # the outermost of a normal scatter of 1
    np.testing.assert_allclose(model.sight.field, ends, atol=1.5)
    assert model.sight.ocular_range.min() > 60  # these eyes never fall behind


def test_the_linear_fit_of_the_resting_gaze_finds_what_was_put_in():
    rng = np.random.default_rng(0)
    velocity, carried, drift = rng.normal(size=(4000, 2)), np.cumsum(rng.normal(size=(4000, 2)), 0), np.zeros((4000, 2))
    for t in range(1, len(drift)):  # it answers to the whole head, with what comes with the voice
        turning = velocity[t] + carried[t] - carried[t - 1]
        drift[t] = [0.04, 0.07] * turning + 0.3 * drift[t - 1] + 0.02 * rng.normal(size=2)
    moments = {"velocity": velocity, "carried": carried, "drift": drift, "gaze": np.cumsum(drift, axis=0)}
    moments["busy"] = np.zeros((4000, 1))
    answers, spread = fit_rest([SimpleNamespace(moments=moments)])
    np.testing.assert_allclose(answers, [0.04, 0.07, 0.3, 0.3], atol=0.02)
    np.testing.assert_allclose(spread, 0.02, rtol=0.05)


def test_a_reference_clip_lies_outside_of_its_window():
    rng = np.random.default_rng(0)
    table = Styles([np.eye(147, dtype=np.float32)], 100)
    clips = [np.flatnonzero(table.clip(0, 30, 250, rng)) for _ in range(200)]
    hops = np.concatenate(clips)
    assert not ((hops > 30 - APART) & (hops < 30 + 250 // HOP + APART)).any()
    assert min(map(len, clips)) == 4 and sorted(map(len, clips))[100] == 19  # 10 s at least, mostly 40 s


def test_measured_styles_have_the_habits_of_their_clip(sessions):
    styles = measured_styles(StyleEncoder(STYLE), sessions, 8, None)
    style, each = styles.of_clip(0, 150), moments(sessions[0].motion)  # two windows, overlapping by half
    assert style.shape == (8 + HABITS,) and np.linalg.norm(style[:8]) == pytest.approx(1, abs=1e-5)
    wanted = habits((each[:100].mean(0) + each[50:150].mean(0)) / 2)
    np.testing.assert_allclose(style[8:], wanted, atol=1e-4)


class Killed(Exception):
    pass


def test_a_killed_run_goes_on_as_if_nothing_had_been(sessions, encoder, cache, tmp_path, monkeypatch):
    config = replace(TRAINING, steps=12, validate_every=6)

    def run(state: Path | None):
        model, found = train_events(config, sessions[:2], sessions[2:3], encoder, RunLog(), state, "me", cache)
        return model.state_dict(), found["validation"]

    whole, wanted = run(None)
    monkeypatch.setattr(loop, "SAVE_EVERY_S", -1)
    real, calls = events.batch_of, count(1)

    def dying(*args):
        if next(calls) == 9:
            raise Killed
        return real(*args)

    with monkeypatch.context() as patched:
        patched.setattr(events, "batch_of", dying)
        with pytest.raises(Killed):
            run(tmp_path / "state.safetensors")
    parts, said = run(tmp_path / "state.safetensors")
    assert said == wanted
    for name, value in whole.items():
        assert torch.equal(value, parts[name]), name


def test_the_config_tells_how_a_generator_is_trained(root, tmp_path):
    shipped = read_generator_config(root / "configs/events.yaml")
    assert isinstance(shipped, EventsTraining) and isinstance(shipped.model, EventsConfig)
    assert isinstance(read_generator_config(root / "configs/se-64.yaml"), GeneratorTraining)
    path = tmp_path / "mine.yaml"
    path.write_text("model: {kind: events, hidden: 32, pull: 0}\nsteps: 7\njump_weight: 3\n")
    mine = read_generator_config(path)
    assert isinstance(mine, EventsTraining) and mine.model.hidden == 32 and mine.jump_weight == 3.0 and mine.steps == 7
    for wrong, said in (
        ("model: {kind: events, dropout: 0.1}", "dropout"),  # of the regressions
        ("model: {kind: events}\nrest_frames: 10", "rest_frames"),
        ("model: {kind: events, hidden: many}", "many"),
    ):
        path.write_text(wrong)
        with pytest.raises(StyGazeError, match=said):
            read_generator_config(path)


def test_a_run_ends_as_a_pipeline(tmp_path):
    rng, corpus = np.random.default_rng(0), tmp_path / "corpus"
    write_json(corpus / "corpus.json", {"name": "jumps", "fps": 25, "unit": "degrees"})
    for k, split in enumerate(["train", "validation"]):
        motion, loud = person(rng, 550)
        sound = np.repeat(loud, 640) * rng.normal(0, 0.1, 550 * 640)
        write_session(corpus, f"s{k}", Motion(motion), Speech(sound.astype(np.float32)), speaker=f"p{k}", split=split)
    save_checkpoint(tmp_path / "style", {"style_encoder": StyleEncoder(STYLE)}, {})
    config = tmp_path / "mine.yaml"
    config.write_text(
        "model: {kind: events, style_dim: 8, width: 8, hidden: 8}\nsteps: 4\nbatch: 2\nframes: 50\nvalidate_every: 2\n"
    )
    said = run_generator(config, corpus, tmp_path / "style", tmp_path / "run", seed=3)
    record = json.loads((tmp_path / "run/config.json").read_text())
    assert record["scores"] == said and record["plant"] is None and record["seed"] == 3
    assert record["models"]["generator"]["kind"] == "events" and 0 <= said["jump_auc"] <= 1
    model = StyGazeTalk.from_pretrained(tmp_path / "run")
    assert isinstance(model.generator, EventGenerator) and model.has_events
    assert record["parameters"] == model.generator.size
    found = run_calibration(tmp_path / "run", corpus)  # once more, from where it is
    again = StyGazeTalk.from_pretrained(tmp_path / "run")
    assert (
        again.record
        == record | {"calibration": found, "calibrated_on": record["corpus"] | {"commit": record["commit"]}}
        and found["true"] == record["calibration"]["true"]
    )
    then, now = model.generator.state_dict(), again.generator.state_dict()
    changed = {name for name in then if not torch.equal(then[name], now[name])}
    assert (
        {"calibration"}
        <= changed
        <= {f"{kind}_odds" for kind in ("jump", "size", "end", "contact")}
        | {"calibration", "reflex", "slopes", "tracker"}
    )
    one, other = (run_calibration(tmp_path / "run", corpus, anew=True) for _ in range(2))
    assert one == other == record["calibration"] != found  # as training ended, wherever it was
    with pytest.raises(StyGazeError, match="makes no events"):
        run_calibration(tmp_path / "style", corpus)
    with pytest.raises(StyGazeError, match="no search"):
        run_generator(config, corpus, tmp_path / "style", tmp_path / "run", search=tmp_path / "any.json")


def test_courses_that_are_kept_take_as_long_as_all_of_their_size() -> None:
    rng = np.random.default_rng(0)
    sizes = rng.lognormal(1.5, 0.9, 50_003)
    frames = np.clip(1 + rng.poisson(0.3 + 0.05 * sizes), 1, 9)
    course = np.minimum((np.arange(10) + 1) / frames[:, None], 1)
    kept = kept_courses(np.column_stack([sizes, course]), 1024)
    assert kept.shape == (1024, 11) and (np.diff(kept[:, 0]) >= 0).all()
    taken = 1 + (kept[:, 1:] < 1).sum(1)
    for low, high in ((0, 2), (2, 4), (4, 8), (8, 15), (15, 60)):
        alike = (low <= sizes) & (sizes < high)
        few = (low <= kept[:, 0]) & (kept[:, 0] < high)
        assert abs(few.mean() - alike.mean()) < 0.003
        assert abs(taken[few].mean() - frames[alike].mean()) < 0.05  # a plain sample is .1 off
    assert kept_courses(kept[:3], 1024).shape == (1024, 11)
