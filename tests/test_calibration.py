"""Simulated against recorded eyes: recordings are read as they are, both are measured alike, the result is shown."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest

from stygaze.corpus.build import simulate_corpus
from stygaze.corpus.card import data_card
from stygaze.corpus.kinematics import path, saccade_duration, saccade_profile
from stygaze.corpus.layout import Corpus
from stygaze.corpus.targets import TARGETS
from stygaze.errors import StyGazeError
from stygaze.evaluation.calibration import calibration_figure
from stygaze.evaluation.calibration_data import curve, repeat, saccades_of, spread
from stygaze.evaluation.calibration_tables import calibrate, markdown
from stygaze.evaluation.recorded import conversations, read_take, takes
from stygaze.gaze.coordination import vor


@pytest.fixture(scope="module")
def published(root: Path) -> dict:
    """What the committed results say."""
    return json.loads((root / "results" / "calibration.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def corpora(data_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Corpus]:
    """Three sessions of each profile, from a few utterances of three speakers."""
    folder = tmp_path_factory.mktemp("calibration")
    for speaker in ("1272", "174", "777"):
        (folder / "speech" / speaker).mkdir(parents=True)
        for file in sorted((data_dir / "speech" / "librispeech" / speaker).glob("*.mp3"))[:6]:
            (folder / "speech" / speaker / file.name).symlink_to(file)
    return {name: simulate_corpus(folder / "speech", folder / name, name, 0.1, 3) for name in ("hage", "natural")}


def test_the_recorded_conversations_are_whole(data_dir: Path) -> None:
    """19 people, most of whom look wider while they speak; their fixations last 0.1 s and more."""
    people = conversations(data_dir / "gaze" / "conversation-fixations")
    assert len(people) == 19 and all(set(roles) == {"speaking", "listening"} for roles in people.values())
    wider = [spread(roles["speaking"].places) > spread(roles["listening"].places) for roles in people.values()]
    assert sum(wider) == 18
    durations = np.concatenate([looks.durations for roles in people.values() for looks in roles.values()])
    assert len(durations) == 15209 + 17717 and durations.min() == pytest.approx(0.111, abs=0.001)


def test_the_good_takes_are_kept_and_the_bad_ones_are_not(data_dir: Path) -> None:
    found = takes(data_dir / "gaze" / "htc-vive-pro")
    assert [take.name.split("_")[0] for take in found] == ["TESTNA01", "TESTNA05", "TESTNA05", "TESTNA15"]
    for take in found:
        assert take.valid.mean() > 0.8 and 9 < len(take.valid) / 120 < 14
        assert np.corrcoef(take.left[take.valid, 1], take.right[take.valid, 1])[0, 1] > 0.98
        for motion, valid in (take.motion(), take.sampled()):
            assert abs(motion.duration - len(take.valid) / 120) <= 0.08 and len(valid) == len(motion)
            assert vor(motion, valid).gain < -0.4  # the eyes turn against the head


def test_what_is_no_recording_is_said_to_be_none(tmp_path: Path) -> None:
    (tmp_path / "03.json").write_text('{"SPEAK": [{"Start": [1]}]}')
    (tmp_path / "take.csv").write_text("a;b\n1;2\n")
    for read in (conversations, takes):
        with pytest.raises(StyGazeError):
            read(tmp_path / "nowhere")
        with pytest.raises(StyGazeError, match=r"03\.json|take\.csv"):
            read(tmp_path)
    with pytest.raises(StyGazeError, match=r"take\.csv"):
        read_take(tmp_path / "take.csv")


def test_saccades_at_120_hz_have_their_size_and_speed() -> None:
    """Saccades of 5, 12 and 20 degrees: found, as large as they are, as fast as the law says less the sampling."""
    size = np.array([5.0, 12.0, 20.0])
    onset = np.array([0.503, 1.201, 2.112])
    law = 575 * -np.expm1(-size / 11)
    eye = path(750, onset, saccade_duration(size), np.stack([0 * size, size], 1), saccade_profile(size))
    found = saccades_of(eye, 250)
    assert found[:, 0] == pytest.approx(size, rel=0.02)
    assert (found[:, 1] < law).all() and found[:, 1] == pytest.approx(law, rel=0.16)
    lost = np.ones(360, bool)
    lost[int(1.22 * 120)] = False
    assert saccades_of(eye, 250, lost)[:, 0] == pytest.approx(size[[0, 2]], rel=0.02)
    slow = np.stack([np.zeros(750), np.linspace(0, 60, 750)], 1)  # 20 deg/s for 3 s is no saccade
    assert len(saccades_of(slow, 250)) == 0


def test_the_curve_says_nothing_where_there_is_too_little() -> None:
    line = curve(np.array([[5.0, 200.0 + k] for k in range(9)] + [[30.0, 500.0]]))
    known = [k for k, value in enumerate(line["median"]) if value is not None]
    assert len(known) == 1 and line["median"][known[0]] == 204 and line["amplitude"][known[0]] == 5


def test_sessions_come_out_once_more_as_they_were(corpora: dict[str, Corpus]) -> None:
    for corpus in corpora.values():
        session = corpus.sessions()[0]
        simulation, talking = repeat(session, session.motion())
        assert len(simulation.motion) * 4 == pytest.approx(len(talking), abs=4)
    other = corpora["natural"].sessions()[0]
    with pytest.raises(StyGazeError, match=other.id):
        repeat(other, corpora["hage"].sessions()[0].motion())


def test_everything_is_compared_and_shown(corpora: dict[str, Corpus], data_dir: Path) -> None:
    seen: list[tuple[int, int]] = []
    data = calibrate(**corpora, recordings=data_dir / "gaze", sessions=2, progress=lambda *now: seen.append(now))
    data = json.loads(json.dumps(data))
    assert seen[-1] == (sum(len(c.sessions()) for c in corpora.values()),) * 2
    assert {row["key"] for row in data["paper"]} >= {"fixation_share", "compensation_score_deg_per_frame"}
    assert {(row["corpus"], row["held"]) for row in data["targets"]} >= {("natural", True)}
    for source in ("recorded", "hage", "natural"):
        for role in ("speaking", "listening"):
            assert sum(data[source][role]["duration_histogram"]) == pytest.approx(1, abs=0.01)
    text = markdown(data, "script/calibration A B")
    assert "{" not in text and "nan" not in text and text.count("\n| hage |") == 8
    assert len(calibration_figure(data).data) > 15


def test_the_published_calibration_holds_its_targets(published: dict) -> None:
    """All targets held; recordings and simulation agree in what the notes say they agree in."""
    assert all(row["held"] for row in published["targets"])
    table = {row["key"]: row for row in published["table"]}
    for name in ("hage", "natural"):
        assert published["corpora"][name]["hours"] > 2
        for key, most in (("interval_speaking", 0.1), ("shorter", 0.1), ("peak_5_120", 0.2), ("peak_10_120", 0.2)):
            assert table[key][name] == pytest.approx(table[key]["recorded"], rel=most)
        assert table["vor"][name] < 0 and table["wider"][name] > 1 and table["wider_people"][name] > 80
    assert table["vor"]["recorded"] < 0 and table["wider_people"]["recorded"] == 95


@pytest.mark.parametrize("columns", [1, 2, 3])
def test_the_figure_has_six_panels_in_the_pages_own_colours(published: dict, columns: int) -> None:
    figure = calibration_figure(published, columns)
    drawn = json.loads(figure.to_json())
    axes = [key for key in drawn["layout"] if re.fullmatch(r"xaxis\d*", key)]
    assert len(axes) == 6
    for key in axes:
        low, high = drawn["layout"][key]["domain"]
        assert 0 <= low < high <= 1.0001
    named = [trace["name"].split()[-1] for trace in drawn["data"] if "name" in trace]
    assert named == ["recorded", "hage", "natural"]
    assert not re.search(r"#[0-9a-f]{6}", json.dumps(drawn["data"]))


def test_a_data_card_says_what_was_measured_and_aimed_at(corpora: dict[str, Corpus]) -> None:
    for name, corpus in corpora.items():
        card = data_card(corpus)
        assert card.startswith("---\nlicense: cc-by-4.0\n") and "{" not in card and " nan " not in card
        assert "**Simulated.**" in card and f"--profile {name} --hours" in card
        for target in TARGETS[name]:
            assert target.aim in card
        assert corpus.digest() in card
        assert ("four times that of real saccades" in card) == (name == "hage")
