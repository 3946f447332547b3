"""What the controls on the page ask for, and the time line that shows what came of it."""

import json
from pathlib import Path

import numpy as np
import pytest

from stygaze.errors import StyGazeError
from stygaze.face.expression import Expression
from stygaze.gaze.event_files import with_lids
from stygaze.models.controls import Controls, Look
from stygaze.motion import Motion
from stygaze.speech import Speech
from stygaze.ui import controls, models, takes, timeline

LOOKS = '[{"at": 1, "seconds": 1.5, "yaw": -20, "pitch": 0}, {"at": 4.5, "seconds": 1, "yaw": 0, "pitch": 15}]'


@pytest.fixture
def events(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "has_events", lambda name: name == "events")


@pytest.mark.usefixtures("events")
def test_what_the_page_asks() -> None:
    assert controls.asked("events", True, 60, 1, 1, "[]").as_learned
    places = Look(1, 1.5, -20), Look(4.5, 1, 0, 15)
    assert controls.asked("events", False, 80, 0.5, 2, LOOKS) == Controls(0.8, 0.5, 2, places)
    # a model without events has these controls hidden, whatever they were left at
    assert controls.asked("other", False, 80, 0.5, 2, LOOKS) == Controls(None, 0.5, 2)


@pytest.mark.usefixtures("events")
@pytest.mark.parametrize(
    ("looks", "said"),
    [
        ('[{"at": 1, "seconds": null, "yaw": 0, "pitch": 0}]', "lacks a number"),
        ('[{"at": 1}]', "lacks a number"),
        ("{}}", "lacks a number"),
        (LOOKS.replace("-20", "-80"), "at most 35 degrees"),
        (json.dumps(json.loads(LOOKS) * 7), "At most 12"),
    ],
)
def test_looks_that_cannot_be(looks: str, said: str) -> None:
    with pytest.raises(StyGazeError, match=said):
        controls.asked("events", True, 60, 1, 1, looks)


def test_what_a_program_asks() -> None:
    assert controls.listed([[1, 1.5, -20], [4.5, 1, 0, 15]]) == (Look(1, 1.5, -20), Look(4.5, 1, 0, 15))
    assert controls.listed(None) == ()
    for wrong in (3, [3], [[1, 2]], [[1, 2, "left"]], {"at": 1}):
        with pytest.raises(StyGazeError, match=r"\[at, seconds, yaw\]"):
            controls.listed(wrong)


def test_the_time_line_says_what_happens() -> None:
    frames = np.zeros((75, 7))
    frames[25:50, [4, 6]] = 12  # to the left at 1 s, back at 2 s
    motion, lids = Motion(frames), np.zeros((75, 2))
    lids[60:64] = 1
    voicing = np.zeros((75, 3))
    voicing[10:20, 2] = voicing[24:40, 2] = voicing[60:, 2] = 1
    take = takes.Take(
        folder=Path(),
        motion=motion,
        speech=Speech(np.full(48_000, 0.1, np.float32), features=voicing, encoder="none"),
        expression=Expression(np.zeros(75), lids),
        events=with_lids(motion.events(), lids),
        controls=Controls(looks=(Look(1, 1, 12),)),
        seconds=0.1,
    )
    assert timeline.spoken(take.speech) == [(0.4, 1.6), (2.4, 3.0)]
    figure = json.loads(timeline.timeline(take))
    meta = figure["layout"]["meta"]
    assert meta["summary"] == "3 fixations, 2 saccades, 1 blink in 3.0 seconds"
    assert [event["kind"] for event in meta["events"]] == [
        *("fixation", "saccade", "fixation", "saccade", "fixation", "blink")
    ]
    assert meta["events"][1]["text"].startswith("saccade of 12° left")
    assert meta["events"][3]["text"].startswith("saccade of 12° right")
    assert [note["text"] for note in figure["layout"]["annotations"]] == ["→"]  # their left is on the viewer's right
