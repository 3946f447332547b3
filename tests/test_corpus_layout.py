"""The HAGE layout: what is written comes back, and what is wrong with a corpus is said, naming the file."""

import json
import re
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as parquet
import pytest
import soundfile

from stygaze.corpus.build import plan_sessions, quantised, simulate_corpus, split_speakers
from stygaze.corpus.layout import SPLITS, Corpus, check, write_session
from stygaze.corpus.session_files import write_json
from stygaze.corpus.styles import NAMED, GazeStyle
from stygaze.errors import StyGazeError
from stygaze.motion import COLUMNS, FPS, Motion
from stygaze.speech import SAMPLE_RATE, Speech


def recording(seconds: float = 4.0, seed: int = 0) -> tuple[Motion, Speech]:
    rng = np.random.default_rng(seed)
    speech = Speech(quantised(rng.normal(0, 0.05, int(seconds * SAMPLE_RATE))))
    return Motion(rng.normal(0, 5, (speech.n_frames, 7))), speech


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """Three sessions, one a split."""
    about = {"name": "small", "version": 1, "fps": FPS, "columns": list(COLUMNS), "unit": "degrees"}
    write_json(tmp_path / "corpus.json", about)
    for k, split in enumerate(SPLITS):
        write_session(tmp_path, f"s{k}", *recording(seed=k), speaker=f"p{k}", split=split, style="shy")
    return tmp_path


def test_a_session_comes_back_as_it_was_written(corpus):
    assert check(corpus) == []
    motion, speech = recording(seed=2)
    (session,) = Corpus.open(corpus).sessions("test")
    assert (session.id, session.speaker, session.style, session.split) == ("s2", "p2", "shy", "test")
    assert np.array_equal(session.motion().frames, motion.frames)
    assert np.array_equal(session.speech().samples, speech.samples)


def test_the_digest_tells_corpora_apart(corpus):
    before = Corpus.open(corpus).digest()
    assert before == Corpus.open(corpus).digest()
    write_session(corpus, "s1", *recording(seed=9), speaker="p1", split="validation")
    assert before != Corpus.open(corpus).digest()


def test_sound_and_motion_of_different_length_are_refused(tmp_path):
    motion, speech = recording()
    with pytest.raises(StyGazeError, match=r"99 frames .* 100 frames"):
        write_session(tmp_path, "s", motion[1:], speech, speaker="p", split="train")
    with pytest.raises(StyGazeError, match="'dev'"):
        write_session(tmp_path, "s", motion, speech, speaker="p", split="dev")
    assert not (tmp_path / "sessions").exists()


def rewrite(path: Path, **columns: np.ndarray | None) -> None:
    """Replace or (None) drop columns of a motion file."""
    old = parquet.read_table(path)
    table = {name: old[name].to_numpy() for name in COLUMNS}
    table = {"t": np.arange(100) / FPS} | table | columns
    parquet.write_table(pa.table({name: column for name, column in table.items() if column is not None}), path)


def say(path: Path, **values: str) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


@pytest.mark.parametrize(
    ("spoil", "wanted"),
    [
        (lambda s: (s / "motion.parquet").unlink(), r"^sessions/s1/motion\.parquet is missing\.$"),
        (lambda s: (s / "audio.flac").unlink(), r"^sessions/s1/audio\.flac is missing\.$"),
        (lambda s: (s / "session.json").unlink(), r"^sessions/s1/session\.json is missing\.$"),
        (lambda s: (s / "session.json").write_text("{"), r"^sessions/s1/session\.json is not valid JSON\.$"),
        (lambda s: say(s / "session.json", speaker=""), r"^sessions/s1/session\.json does not say its speaker"),
        (lambda s: (s / "motion.parquet").write_text("x"), r"^sessions/s1/motion\.parquet cannot be read as Parquet"),
        (lambda s: (s / "audio.flac").write_text("x"), r"^sessions/s1/audio\.flac is not sound"),
        (
            lambda s: rewrite(s / "motion.parquet", head_roll=None),
            r"^sessions/s1/motion\.parquet lacks .* head_roll\.$",
        ),
        (lambda s: rewrite(s / "motion.parquet", head_roll=np.array(["a"] * 100)), r"motion\.parquet .* not numbers"),
        (
            lambda s: rewrite(s / "motion.parquet", head_yaw=np.full(100, np.nan)),
            r"motion\.parquet: .*head_yaw.*frame 0",
        ),
        (
            lambda s: rewrite(s / "motion.parquet", t=np.arange(100) / 30),
            r"^sessions/s1/motion\.parquet is not at 25 FPS",
        ),
        (
            lambda s: soundfile.write(s / "audio.flac", np.zeros(3 * 16000), 16000),
            r"^sessions/s1/motion\.parquet has 4\.00 s of motion, but audio\.flac has 3\.00 s of sound\.$",
        ),
        (
            lambda s: soundfile.write(s / "audio.flac", np.zeros((4 * 8000, 2)), 8000),
            r"audio\.flac has 8000 Hz, 2 channels",
        ),
        (lambda s: say(s / "session.json", split="dev"), r"^sessions/s1/session\.json has the split 'dev'"),
        (
            lambda s: say(s / "session.json", speaker="p0"),
            r"^Speaker p0 is in more than one split: train \(sessions/s0/",
        ),
        (
            lambda s: say(s / "session.json", id="s0"),
            r"^sessions/s1/session\.json: session s0 is also in the split train",
        ),
        (
            lambda s: (s / "motion.parquet").write_bytes((s.parent / "s0" / "motion.parquet").read_bytes()),
            r"^sessions/s1/motion\.parquet is the same recording as sessions/s0/motion\.parquet in the split train\.$",
        ),
    ],
)
def test_check_says_what_is_wrong_in_one_sentence_that_names_the_file(corpus, spoil, wanted):
    spoil(corpus / "sessions" / "s1")
    problems = check(corpus)
    assert len(problems) == 1 and re.search(wanted, problems[0]), problems


def test_check_of_what_is_no_corpus(tmp_path):
    assert check(tmp_path) == ["corpus.json is missing."]
    write_json(tmp_path / "corpus.json", {"fps": 30})
    assert len(check(tmp_path)) == 4  # fps, columns, unit, no sessions


def test_nobody_is_in_two_splits_and_every_style_is_in_each():
    splits = split_speakers({str(k): 8.0 for k in range(17)}, seed=0)
    assert [len(splits[split]) for split in SPLITS] == [11, 3, 3]
    assert len({speaker for names in splits.values() for speaker in names}) == 17
    plan = plan_sessions(8.0, 0, splits)
    sizes = [sum(one.split == split for one in plan) for split in SPLITS]
    assert sizes[0] >= 150 and sizes[1:] == [16, 24]
    for split in SPLITS:
        assert {one.style_id for one in plan if one.split == split} >= set(NAMED)
        assert {one.speaker for one in plan if one.split == split} == set(splits[split])
    strangers = [one.style_id for one in plan if one.style_id.startswith("prior-")]
    assert len(set(strangers)) == len(strangers) > 100
    assert GazeStyle.from_dict(json.loads(json.dumps(plan[0].style.__dict__))) == plan[0].style


@pytest.fixture(scope="module")
def voices(data_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small speech folder: three real speakers."""
    folder = tmp_path_factory.mktemp("speech")
    for speaker in ("1272", "174", "777"):
        (folder / speaker).mkdir()
        for file in sorted((data_dir / "speech" / "librispeech" / speaker).glob("*.mp3"))[:8]:
            (folder / speaker / file.name).symlink_to(file)
    return folder


def test_a_simulated_corpus_is_whole_repeatable_and_goes_on_after_a_kill(voices, tmp_path):
    seen: list[tuple[int, int]] = []
    corpus = simulate_corpus(voices, tmp_path / "a", hours=0.13, seed=1, progress=lambda *now: seen.append(now))
    assert check(tmp_path / "a") == []
    sessions = corpus.sessions()
    assert seen == [(k + 1, len(sessions)) for k in range(len(sessions))] and len(sessions) >= 3
    assert all(120 <= one.motion().duration <= 180 for one in sessions)
    assert all(
        np.abs(one.speech().samples).max() < 1 and np.abs(one.speech().samples[:1000]).max() > 0 for one in sessions
    )

    class Killed(Exception):
        pass

    def kill(done: int, of: int) -> None:
        raise Killed

    with pytest.raises(Killed):
        simulate_corpus(voices, tmp_path / "b", hours=0.13, seed=1, progress=kill)
    assert check(tmp_path / "b") == ["corpus.json is missing."]
    again = simulate_corpus(voices, tmp_path / "b", hours=0.13, seed=1)
    assert again.digest() == corpus.digest()
    for one, other in zip(sessions, again.sessions(), strict=True):
        assert (one.folder / "motion.parquet").read_bytes() == (other.folder / "motion.parquet").read_bytes()
    with pytest.raises(StyGazeError, match="already holds"):
        simulate_corpus(voices, tmp_path / "b", hours=0.13, seed=2)


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        ({"profile": "nature"}, "natural, hage"),
        ({"hours": 0}, "hours must lie"),
        ({"coupling": 1.5}, "coupling must lie"),
        ({"takes": 0}, "takes must lie"),
    ],
)
def test_bad_arguments_are_answered(tmp_path, arguments, wanted):
    with pytest.raises(StyGazeError, match=wanted):
        simulate_corpus(tmp_path, tmp_path / "out", **arguments)


def test_takes_are_other_people_who_move_to_the_same_speech_in_training_alone(voices, tmp_path):
    alone = simulate_corpus(voices, tmp_path / "alone", hours=0.13, seed=1)
    both = simulate_corpus(voices, tmp_path / "both", hours=0.13, seed=1, takes=2)
    assert check(tmp_path / "both") == [] and both.digest() != alone.digest()
    by_id = {one.id: one for one in both.sessions()}
    for one in alone.sessions():  # nothing of the first take is changed
        assert (one.folder / "motion.parquet").read_bytes() == (
            by_id.pop(one.id).folder / "motion.parquet"
        ).read_bytes()
    assert len(by_id) == len(alone.sessions("train"))
    for one in alone.sessions("train"):
        other = by_id[f"{one.id}-take-1"]
        assert other.split == "train" and other.style != one.style
        assert (other.folder / "audio.flac").read_bytes() == (one.folder / "audio.flac").read_bytes()
        assert np.abs(other.motion().frames - one.motion().frames).mean() > 1


def test_too_few_speakers_are_answered(tmp_path):
    (tmp_path / "anna").mkdir()
    soundfile.write(tmp_path / "anna" / "a.wav", np.zeros(16000), 16000)
    with pytest.raises(StyGazeError, match=r"1 speakers? .*three are needed"):
        simulate_corpus(tmp_path, tmp_path / "out")
    with pytest.raises(StyGazeError, match="no speech folder"):
        simulate_corpus(tmp_path / "nowhere", tmp_path / "out")
