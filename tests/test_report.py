"""Figures of an evaluation and its report, on made-up results and motions."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
import synthetic

from stygaze.errors import StyGazeError
from stygaze.evaluation import claims, paper
from stygaze.evaluation.figure_data import Transfer, dynamics_data, map_data, transfer_data
from stygaze.evaluation.figures import dynamics, session_map, strip, transfer_places, yaw_limits
from stygaze.evaluation.predictions import Prediction
from stygaze.evaluation.report import write_report
from stygaze.evaluation.results import Results
from stygaze.models.style_encoder import StyleEncoder, StyleEncoderConfig
from stygaze.motion import Motion


@pytest.fixture
def results(tmp_path: Path) -> Results:
    return Results.load(synthetic.write(tmp_path))


@pytest.fixture(scope="module")
def encoder() -> StyleEncoder:
    return StyleEncoder(StyleEncoderConfig(dim=8, width=16, layers=1, heads=2, dropout=0)).eval()


def wandering(seed: int, frames: int = 400, pose: float = 0.0) -> np.ndarray:
    """Gaze that jumps about a pose while the head turns slowly and the eyes take it back: [frames, 7]."""
    rng, t = np.random.default_rng(seed), np.arange(frames)
    head = 6 * np.sin(2 * np.pi * t / 90 + seed)
    gaze = pose + np.repeat(rng.normal(0, 7, frames // 20 + 1), 20)[:frames]
    motion = np.zeros((frames, 7))
    motion[:, 0], motion[:, 1] = pose, head
    motion[:, 4], motion[:, 6] = gaze - head - 1.5, gaze - head + 1.5
    return motion.astype(np.float32)


class Posture:
    """In the place of a style encoder: a window's style is its mean pitch of the head, as an angle."""

    config = StyleEncoderConfig()

    def embed(self, frames: np.ndarray, hop: int) -> np.ndarray:
        starts = range(0, len(frames) - self.config.window + 1, hop)
        angle = np.array([np.radians(frames[s : s + self.config.window, 0].mean()) for s in starts])
        return np.stack([np.cos(angle), np.sin(angle)], 1)


def cases(n: int) -> list[Prediction]:
    """Sessions of different postures; predictions keep theirs, and the last one takes that of the first."""
    pairs = [(wandering(k, 300, 25.0 * k), wandering(k + 50, 300, 25.0 * k)) for k in range(n)]
    pairs[-1] = (pairs[-1][0], pairs[0][1])
    return [Prediction(f"s{k}", made, true, np.zeros(1, int), made[:1]) for k, (true, made) in enumerate(pairs)]


def test_the_map_puts_windows_of_a_session_together() -> None:
    data = map_data(cases(4), Posture(), model="se-64", protocol="free")  # type: ignore[arg-type]
    assert data == map_data(cases(4), Posture(), model="se-64", protocol="free"), "the map is not repeatable"
    assert {p["kind"] for p in data["points"]} == {"true", "predicted"}
    assert (data["found"], data["found_true"], data["chance"]) == (0.75, 1.0, 0.25)
    places = {k: [(p["x"], p["y"]) for p in data["points"] if p["session"] == k] for k in ("s0", "s1", "s2")}
    middles = {k: np.mean(v, axis=0) for k, v in places.items()}
    nearest = [
        min(middles, key=lambda m, xy=xy: float(np.hypot(*(middles[m] - xy)))) == k
        for k, v in places.items()
        for xy in v
    ]
    assert np.mean(nearest) > 0.8
    with pytest.raises(StyGazeError, match="Session s9"):
        map_data(cases(4), Posture(), ["s0", "s9"])  # type: ignore[arg-type]
    traces = session_map(data).data
    assert min(t.marker.opacity for t in traces[4:]) > 0.9 > 0.5 > max(t.marker.opacity for t in traces[:4])


def test_dynamics_shade_what_the_eye_takes_back() -> None:
    t = np.arange(200)
    frames = np.zeros((200, 7))
    frames[:, 1] = np.clip(0.4 * (t - 50), 0, 40)  # from 2 s to 6 s the head turns by 10 degrees a second
    frames[:, [4, 6]] = -frames[:, [1]] + np.array([-1.5, 1.5]) + 8 * (t[:, None] >= 25)
    (panel,) = dynamics_data({"made": Motion(frames)})["panels"]
    ((on, off),) = panel["compensation"]
    assert (on, off) == pytest.approx((2.04, 6.04), abs=0.09)
    assert panel["saccades"] == [pytest.approx(0.98)]
    assert [round(end, 2) for span in panel["fixations"] for end in span] == [0.0, 1.0, 1.0, 8.0]
    figure = dynamics(panel, yaw_limits([panel]))
    assert {"head", "eye in head", "gaze"} <= {trace.name for trace in figure.data}


def test_transfer_measures_both_distances(encoder: StyleEncoder) -> None:
    reference, target = Motion(wandering(1, pose=20)), Motion(wandering(2, pose=-20))
    data = transfer_data([Transfer("a", reference, target, reference, target)], encoder)
    (panel,) = data["panels"]
    assert panel["to_reference"] == pytest.approx(0, abs=1e-4)
    assert panel["to_target"] == panel["before"] == panel["own_to_reference"] > 0.01
    assert json.loads(json.dumps(data, allow_nan=False)) == data
    assert transfer_places(panel, 30).layout.height
    with pytest.raises(StyGazeError, match="target of short"):
        transfer_data([Transfer("short", reference, target[:50], reference)], encoder)


def test_a_strip_shows_spread_and_lines(results: Results) -> None:
    figure = strip(results, claims.COLUMNS["sim_score"])
    assert figure and [t.name for t in figure.data] == ["windowed", "free"]
    assert {a.text.split()[0] for a in figure.layout.annotations} == {"constant", "true"}
    assert max(figure.data[0].error_x.array) > 0


# ---- the report


class Reader(HTMLParser):
    """What a page loads from elsewhere, its ids, its links within, and whether its elements are closed in order."""

    VOID = ("meta", "link", "br", "hr", "img", "input")

    def __init__(self) -> None:
        super().__init__()
        self.outside: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attributes: list) -> None:
        found = dict(attributes)
        self.outside += [v for k, v in found.items() if k in ("src", "href") and v and not v.startswith(("#", "data:"))]
        self.ids += [found["id"]] if "id" in found else []
        self.links += [found["href"][1:]] if (found.get("href") or "").startswith("#") else []
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open and self.open.pop() == tag, f"<{tag}> closes what is not open"


def test_the_report_holds_everything_it_shows(tmp_path: Path, encoder: StyleEncoder) -> None:
    data = synthetic.results()
    data["rows"][1]["note"] = "<b>bold</b> & </script>"
    motions = {"True </script>": Motion(wandering(0)), "SE-64": Motion(wandering(1))}
    case = Transfer("a to b", *(Motion(wandering(k)) for k in (1, 2, 3)))
    files = {
        "map": map_data(cases(3), Posture(), model="se-64", protocol="free"),  # type: ignore[arg-type]
        "dynamics": dynamics_data(motions, "a speech"),
        "transfer": transfer_data([case], encoder, model="se-64"),
    }
    for name, content in files.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(content))
        data["figures"][name] = f"{name}.json"
    (tmp_path / "results.json").write_text(json.dumps(data))
    text = write_report(Results.load(tmp_path), tmp_path).read_text(encoding="utf-8")
    reader = Reader()
    reader.feed(text)
    assert not reader.open and not reader.outside, "the report asks for something outside it"
    assert len(reader.ids) == len(set(reader.ids)) and set(reader.links) <= set(reader.ids)
    assert {"map", "dynamics", "transfer", "errors", "patterns", "style", "misprints", "repeat"} <= set(reader.links)
    assert text.index("Simulated data: read this first") < text.index('id="short"') < text.index("<table")
    assert "<b>bold</b>" not in text and "&lt;b&gt;bold" in text
    assert text.count("plotly.js v") == 1
    figures = re.findall(r'<script type="application/json">(.*?)</script>', text, re.DOTALL)
    assert len(figures) == 6 + 2 + 1 + 2
    assert all({"data", "layout"} <= set(json.loads(figure)) for figure in figures)
    for misprint in paper.MISPRINTS:
        assert misprint.note.split(";")[0].replace("'", "&#39;")[:30] in text.replace("\N{NON-BREAKING HYPHEN}", "-")


def test_a_report_of_little_is_still_one(tmp_path: Path) -> None:
    data = synthetic.results()
    few = {k: data[k] for k in ("corpus",)} | {"rows": [r for r in data["rows"] if r["row"] in ("se-64", "true")]}
    (tmp_path / "results.json").write_text(json.dumps(few))
    text = write_report(Results.load(tmp_path), tmp_path / "mine.html").read_text(encoding="utf-8")
    assert "Table II, free" in text and 'id="map"' not in text


def test_a_figure_that_is_named_must_be_there(tmp_path: Path) -> None:
    data = synthetic.results() | {"figures": {"map": "map.json"}}
    (tmp_path / "results.json").write_text(json.dumps(data))
    with pytest.raises(StyGazeError, match=r"map\.json"):
        write_report(Results.load(tmp_path), tmp_path)
