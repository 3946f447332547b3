"""Events in a file: they come back as they went, and a file of something else is refused in one sentence."""

from pathlib import Path

import numpy as np
import pytest

from stygaze.errors import StyGazeError
from stygaze.gaze.event_files import read_events, with_lids, write_events
from stygaze.gaze.events import ROW_KEYS, Events
from stygaze.motion import Motion


@pytest.fixture
def events() -> Events:
    """Two fixations with a jump of 12 degrees to the left between them, and a blink of the lids in the first."""
    frames = np.zeros((60, 7))
    frames[30:, [4, 6]] = 12
    lids = np.zeros((60, 2))
    lids[10:15] = np.array([0.4, 1, 0.7, 0.3, 0.02])[:, None]
    lids[40:44] = 0.3  # a squint
    return with_lids(Motion(frames).events(), lids)


def test_what_is_written_is_read(events: Events, tmp_path: Path) -> None:
    path = write_events(events, tmp_path / "new" / "events.csv", name="a look,\nto the left")
    rows = read_events(path)
    assert [row["event"] for row in rows] == ["fixation", "blink", "saccade", "fixation"]
    for row, written in zip(rows, events.rows(), strict=True):
        assert tuple(row) == ROW_KEYS
        for key, value in written.items():
            close = isinstance(value, float) and not isinstance(value, bool)
            assert row[key] == (pytest.approx(value, abs=1e-4) if close else value), key
    assert (rows[1]["onset_s"], rows[1]["offset_s"]) == (0.4, 0.56)
    assert rows[2]["amplitude_deg"] == pytest.approx(12) and rows[2]["with_head"] is False
    head = [line for line in path.read_text().splitlines() if line.startswith("#")]
    assert "# length: 2.4 s" in head and "# name: a look, to the left" in head
    assert [p.name for p in path.parent.iterdir()] == ["events.csv"]


def test_a_motion_in_which_nothing_happens(tmp_path: Path) -> None:
    assert read_events(write_events(Motion(np.zeros((2, 7))).events(), tmp_path / "none.csv")) == []


def test_what_is_no_file_of_events(events: Events, tmp_path: Path, motion: Motion) -> None:
    with pytest.raises(StyGazeError, match=r"as \.csv"):
        write_events(events, tmp_path / "events.json")
    with pytest.raises(StyGazeError, match="no file of events"):
        read_events(tmp_path / "missing.csv")
    text = write_events(events, tmp_path / "events.csv").read_text()
    (tmp_path / "broken.csv").write_text(text.replace("saccade,", "saccade,soon,"))
    (tmp_path / "binary.csv").write_bytes(b"\xff\xfe\x00\x01")
    (tmp_path / "empty.csv").touch()
    for path in (motion.save(tmp_path / "motion.csv"), *(tmp_path / f"{n}.csv" for n in ("broken", "binary", "empty"))):
        with pytest.raises(StyGazeError, match="not a file of events"):
            read_events(path)


def test_lids_must_fit(events: Events) -> None:
    with pytest.raises(StyGazeError, match="59 frames of lids"):
        with_lids(events, np.zeros((59, 2)))
