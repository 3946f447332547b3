"""Which takes a visitor may see beside the present one."""

from pathlib import Path

import numpy as np

from stygaze.face.expression import Expression
from stygaze.motion import Motion
from stygaze.speech import Speech
from stygaze.ui import face
from stygaze.ui.compare import KEPT, MOST, Takes
from stygaze.ui.takes import FACE


def heard(seed: int) -> Speech:
    return Speech(np.random.default_rng(seed).normal(0, 0.1, 16_000).astype(np.float32))


def pressed(takes: Takes, folder: Path, title: str = "Neutral, seed 0", speech: int = 0) -> Takes:
    place = folder / str(len(list(folder.iterdir())))
    place.mkdir()
    Motion(np.zeros((5, 7))).save(place / "motion.npz")
    Expression(np.full(5, 0.1), np.zeros((5, 2))).save(place / FACE)
    return takes.and_then(title, place, heard(speech))


def test_takes_of_one_speech_may_be_compared(tmp_path: Path) -> None:
    takes = pressed(Takes(), tmp_path)
    assert not takes.earlier and not takes.names
    takes = pressed(pressed(takes, tmp_path), tmp_path, "Thinker, seed 3")
    assert [take.name for take in takes.earlier] == ["1 · Neutral, seed 0", "2 · Neutral, seed 0"]
    chosen = takes.compared(["2 · Neutral, seed 0", "never made"])
    assert [clip.parent for clip in chosen.names.values()] == [takes.earlier[1].folder]
    shown = chosen.value()
    assert shown["name"] == "3 · Thinker, seed 3"
    assert [face["name"] for face in shown["beside"]] == ["2 · Neutral, seed 0"]
    assert takes.value()["beside"] == [] and takes.value()["name"] is None


def test_what_is_beside_stays_while_older_ones_go(tmp_path: Path) -> None:
    takes = pressed(pressed(Takes(), tmp_path), tmp_path).compared(["1 · Neutral, seed 0"])
    for _ in range(KEPT + 3):
        takes = pressed(takes, tmp_path)
        assert list(takes.names) == ["1 · Neutral, seed 0"]
    assert len(takes.earlier) == KEPT
    assert len(takes.compared([take.name for take in takes.earlier]).names) == MOST
    (takes.earlier[0].folder / FACE).unlink()  # removed after a while
    assert not takes.names and len(takes.earlier) == KEPT - 1


def test_another_speech_begins_anew(tmp_path: Path) -> None:
    takes = pressed(pressed(Takes(), tmp_path), tmp_path).compared(["1 · Neutral, seed 0"])
    takes = pressed(takes, tmp_path, speech=1)
    assert not takes.earlier and not takes.names and takes.shown[-1].number == 3


def test_what_the_face_does_is_the_same_in_all(tmp_path: Path) -> None:
    takes = pressed(pressed(Takes(), tmp_path), tmp_path).compared(["1 · Neutral, seed 0"])
    still = takes.wearing(face.worn(["Blinks"]))

    def moving(takes: Takes) -> list[bool]:
        shown = takes.value()
        paths = [shown["clip"]["path"], *(other["clip"]["path"] for other in shown["beside"])]
        return ["jaw" in Path(path).read_text() for path in paths]

    assert moving(takes) == [True, True] and moving(still) == [False, False] and moving(takes) == [True, True]
