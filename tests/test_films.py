"""Films side by side, and the report that holds them."""

import json
from base64 import b64encode
from pathlib import Path

import av
import numpy as np
import pytest
import synthetic

from stygaze import Motion, Speech, StyGazeError
from stygaze.evaluation.films import liveliest
from stygaze.evaluation.report import write_report
from stygaze.evaluation.results import Results
from stygaze.face.render import film_available
from stygaze.face.side_by_side import caption, film_side_by_side


@pytest.mark.skipif(film_available() is not None, reason="needs OpenGL")
def test_faces_stand_beside_each_other(tmp_path: Path) -> None:
    still, turned = np.zeros((14, 7)), np.zeros((20, 7))
    turned[:, 1] = np.linspace(0, 30, 20)
    motions = {"Still": Motion(still), "Turning": Motion(turned), "Still too": Motion(still)}
    sound = Speech(np.random.default_rng(0).normal(0, 0.05, 16000).astype(np.float32))
    path = film_side_by_side(motions, tmp_path / "three.mp4", sound, size=96)
    with av.open(str(path)) as file:
        assert [s.type for s in file.streams] == ["video", "audio"]
        frames = np.array([f.to_ndarray(format="rgb24").astype(float) for f in file.decode(video=0)])
    height, width = frames.shape[1:3]
    assert len(frames) == 14 and width % 3 == 0 and height > 100
    tiles = np.split(frames, 3, axis=2)
    faces = [tile[:, round(0.15 * height) :] for tile in tiles]
    alike, apart = (np.abs(faces[0][13] - faces[k][13]).mean() for k in (2, 1))
    assert 3 * alike < apart
    with pytest.raises(StyGazeError, match="at least one"):
        film_side_by_side({}, tmp_path / "none.mp4", sound)


def test_captions_fit() -> None:
    for text in ("Events", "A name that is much too long for the little room it has"):
        image = caption(text, 120)
        dark = image[..., 0] < 120
        columns = np.flatnonzero(dark.any(0))
        assert image.shape[1] == 120 and columns[0] >= 1 and columns[-1] <= 118
        assert abs(columns[0] + columns[-1] - 119) < 12


def test_the_stretch_with_the_most_sound_is_filmed() -> None:
    sound = np.random.default_rng(0).normal(0, 1e-4, 40 * 16000)
    sound[5 * 16000 : 9 * 16000] += 0.1
    sound[21 * 16000 : 33 * 16000] += 0.1
    assert liveliest(sound) in (21 * 25, 22 * 25, 23 * 25)
    assert liveliest(sound[: 3 * 16000]) == 0


def test_the_report_holds_its_films(tmp_path: Path) -> None:
    data, film = synthetic.results(), b"not really a film"
    entry = {"file": "films/one.mp4", "title": "shy", "text": "test-0001", "shown": ["True motion", "Events"]}
    (tmp_path / "films.json").write_text(json.dumps({"films": [entry]}))
    data.setdefault("figures", {})["films"] = "films.json"
    (tmp_path / "results.json").write_text(json.dumps(data))
    with pytest.raises(StyGazeError, match=r"one\.mp4"):
        write_report(Results.load(tmp_path), tmp_path)
    (tmp_path / "films").mkdir()
    (tmp_path / "films/one.mp4").write_bytes(film)
    text = write_report(Results.load(tmp_path), tmp_path).read_text(encoding="utf-8")
    assert f'src="data:video/mp4;base64,{b64encode(film).decode()}"' in text
    assert 'href="#films"' in text and "True motion, Events" in text
