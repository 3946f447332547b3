"""The page's public endpoints, called as a stranger's program would call them."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import numpy as np
import pytest
import soundfile
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError

from stygaze.gaze.event_files import read_events
from stygaze.motion import COLUMNS, Motion, frame_count
from stygaze.speech import Speech

SPEECH, MOTION = "Speech, 0.2 s to 10 min", "Motion (csv or npz)"
PROMISED = {
    "/styles": ({}, ["Styles"]),
    "/models": ({}, ["Models"]),
    "/generate": (
        {
            "speech": SPEECH,
            "style": "Style",
            "blend_with": "Blend with",
            "blend_share": "Share of the second style, 0 to 1",
            "style_recording": "Motion recording (csv or npz)",
            "fps": "Frames per second, where the file does not say",
            "unit": "Unit, where the file does not say",
            "seed": "Seed",
            "gaze_scale": "Gaze movement, 0 to 2",
            "head_scale": "Head movement, 0 to 2",
            "model": "Model",
            "eye_contact": "Eye contact, 0 to 1; empty for as learned",
            "gaze_activity": "Gaze activity, 0 to 2",
            "head_activity": "Head activity, 0 to 2",
            "looks": "Looks: [at, seconds, yaw, pitch] each",
        },
        ["Motion, CSV", "Motion, NPZ", "Statistics"],
    ),
    "/convert": ({"motion": MOTION, "kind": "Format", "speech": SPEECH, "seed": "Seed"}, ["Motion, in that format"]),
    "/film": (
        {
            "motion": MOTION,
            "speech": SPEECH,
            "seed": "Seed",
            "size": "Size in pixels, 256 to 1080",
            "background": "Background: studio, transparent or a colour",
            "kind": "Kind of film",
            "head": "Head",
            "mouth": "Mouth",
            "blinks": "Blinks",
            "lids": "Lids follow the eyes",
            "brows": "Brows",
            "emoca": "A face from EMOCA (zip of its output, or npz)",
        },
        ["Film"],
    ),
    "/events": ({"motion": MOTION, "speech": SPEECH, "seed": "Seed"}, ["Events, CSV"]),
    "/statistics": (
        {
            "motion": MOTION,
            "reference": "Reference motion (csv or npz)",
            "fps": "Frames per second, where the file does not say",
            "unit": "Unit, where the file does not say",
        },
        ["Statistics"],
    ),
}


def generate(client: Client, spoken: Path | None, **more: object) -> tuple[Motion, dict]:
    """Call /generate; the motion of the CSV, and the statistics."""
    csv, npz, figures = client.predict(spoken and handle_file(str(spoken)), api_name="/generate", **more)
    motion, same = Motion.load(csv), Motion.load(npz)
    assert np.abs(motion.frames - same.frames).max() < 1e-3
    return motion, figures


def test_the_api_is_as_promised(client: Client) -> None:
    found = client.view_api(return_format="dict", print_info=False)["named_endpoints"]
    shown = {
        name: (
            {p["parameter_name"]: p["label"] for p in endpoint["parameters"]},
            [r["label"] for r in endpoint["returns"]],
        )
        for name, endpoint in found.items()
    }
    assert shown == PROMISED
    assert all(endpoint["description"] for endpoint in found.values())


def test_styles_are_named_and_described(client: Client) -> None:
    styles = client.predict(api_name="/styles")
    assert len(styles) == 10
    assert styles[0]["key"] == "neutral"
    assert all(style["name"] and style["description"] for style in styles)


def test_models_are_named_and_the_default_is_first(client: Client) -> None:
    models = client.predict(api_name="/models")
    assert models[0]["key"] == "default" and all(m["name"] for m in models)


def test_every_model_moves_the_head(client: Client, spoken: Path) -> None:
    default, _ = generate(client, spoken, style="shy", seed=3)
    for model in [m["key"] for m in client.predict(api_name="/models")]:
        motion, figures = generate(client, spoken, style="shy", seed=3, model=model)
        assert len(motion) == figures["motion"]["frames"] == 50
        assert np.array_equal(motion.frames, default.frames) == (model == "default")
    with pytest.raises(AppError):
        generate(client, spoken, model="../styles")


def test_speech_becomes_motion(client: Client, spoken: Path) -> None:
    motion, figures = generate(client, spoken, style="shy", seed=3)
    assert len(motion) == frame_count(2.0) == figures["motion"]["frames"]
    assert figures["reference"]["frames"] > 1000
    again, _ = generate(client, spoken, style="shy", seed=3)
    other, _ = generate(client, spoken, style="shy", seed=4)
    assert np.array_equal(motion.frames, again.frames)
    assert not np.array_equal(motion.frames, other.frames)
    still, _ = generate(client, spoken, style="shy", seed=3, head_scale=0)
    assert np.ptp(still.head, axis=0).max() < 0.01 < np.ptp(still.eye, axis=0).max()


def test_activities_act_on_every_model_and_looks_need_events(client: Client, spoken: Path) -> None:
    for model in client.predict(api_name="/models"):
        if model["key"] not in ("default", "base"):
            continue
        still, _ = generate(client, spoken, style="shy", model=model["key"], head_activity=0)
        assert np.ptp(still.head, axis=0).max() < 1
        wishes = {"eye_contact": 0.9, "looks": [[0.4, 1.2, 25, 0]], "model": model["key"]}
        if not model["events"]:
            with pytest.raises(AppError, match="eye contact or looks"):
                generate(client, spoken, **wishes)
            continue
        looking, _ = generate(client, spoken, style="shy", **wishes)
        plain, _ = generate(client, spoken, style="shy", model=model["key"])
        aside = [motion.world_gaze[20:38, 1].mean() for motion in (looking, plain)]
        assert aside[0] > aside[1] + 10
    with pytest.raises(AppError, match="all of them numbers"):
        generate(client, spoken, looks=[[1, "soon", 3]])


def test_events_are_a_file(client: Client, spoken: Path, motion: Motion, tmp_path: Path) -> None:
    path = handle_file(str(motion.save(tmp_path / "waves.csv")))
    rows = read_events(client.predict(path, api_name="/events"))
    assert len(rows) == len(motion.events().rows())
    made = client.predict(handle_file(str(spoken)), style="shy", api_name="/generate")[0]
    kinds = {row["event"] for row in read_events(client.predict(handle_file(made), api_name="/events"))}
    assert kinds >= {"fixation", "saccade"}


def test_a_blend_lies_between(client: Client, spoken: Path) -> None:
    ends = [generate(client, spoken, style="neutral", blend_with="shy", blend_share=share)[0] for share in (0, 1)]
    for motion, style in zip(ends, ("neutral", "shy"), strict=True):
        assert np.allclose(motion.frames, generate(client, spoken, style=style)[0].frames, atol=0.05)
    middle, _ = generate(client, spoken, style="neutral", blend_with="shy", blend_share=0.5)
    assert not np.allclose(middle.frames, ends[0].frames, atol=0.5)


def broken(folder: Path, kind: str) -> Path | None:
    """A recording that cannot be used."""
    rate, path = 16_000, folder / f"{kind}.wav"
    voice = np.random.default_rng(0).normal(0, 0.1, rate)
    match kind:
        case "missing":
            return None
        case "empty":
            path.write_bytes(b"")
        case "text":
            path.write_text("this is not a sound")
        case "silent":
            soundfile.write(path, np.zeros(2 * rate), rate)
        case "short":
            soundfile.write(path, voice[: rate // 10], rate)
        case "long":
            soundfile.write(path, np.tile(voice, 601)[::4], rate // 4)
    return path


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("missing", "no speech yet"),
        ("empty", "empty"),
        ("text", "not a recording that can be read"),
        ("silent", "silent"),
        ("short", "0.2 s"),
        ("long", "10 min"),
    ],
)
def test_speech_that_cannot_be_used(client: Client, tmp_path: Path, kind: str, said: str) -> None:
    with pytest.raises(AppError, match=rf"^[A-Z\w].*{said}.*\.$") as told:
        generate(client, broken(tmp_path, kind))
    assert "\n" not in str(told.value)
    assert "Traceback" not in str(told.value)


def csv(path: Path, frames: np.ndarray, head: str = "", columns: tuple[str, ...] = COLUMNS) -> Path:
    """A motion file as another program might write it."""
    with open(path, "w") as file:
        file.write(head + ",".join(columns) + "\n")
        np.savetxt(file, frames, delimiter=",", fmt="%.5f")
    return path


def nan(frames: np.ndarray) -> np.ndarray:
    frames = frames.copy()
    frames[7, 3] = np.nan
    return frames


SAID = "# fps: 25\n# unit: degrees\n"


@pytest.mark.parametrize(
    ("write", "said"),
    [
        (lambda p, f: csv(p, f), "unit"),
        (lambda p, f: csv(p, f, "# unit: degrees\n"), "frame rate"),
        (lambda p, f: csv(p, f, SAID, ("a", *COLUMNS[1:])), "head_pitch"),
        (lambda p, f: csv(p, f[:, :6], SAID, COLUMNS[:6]), "right_eye_yaw"),
        (lambda p, f: csv(p, nan(f), SAID), "missing or infinite value"),
        (lambda p, f: csv(p, f[:50], SAID), "at least 4 s"),
    ],
    ids=["no unit", "no fps", "renamed", "column missing", "nan", "too short"],
)
def test_recordings_that_cannot_be_a_style(
    client: Client, spoken: Path, motion: Motion, tmp_path: Path, write: Callable, said: str
) -> None:
    path = write(tmp_path / "mine.csv", motion.frames)
    with pytest.raises(AppError, match=said):
        generate(client, spoken, style_recording=handle_file(str(path)))


def test_a_recording_in_radians_at_another_rate(client: Client, spoken: Path, motion: Motion, tmp_path: Path) -> None:
    silent = csv(tmp_path / "plain.csv", np.radians(motion.resampled(50).frames))
    speaking = csv(tmp_path / "declared.csv", np.radians(motion.resampled(50).frames), "# fps: 50\n# unit: radians\n")
    told, figures = generate(client, spoken, style_recording=handle_file(str(silent)), fps=50, unit="radians")
    declared, _ = generate(client, spoken, style_recording=handle_file(str(speaking)))
    assert np.array_equal(told.frames, declared.frames)
    assert figures["reference"]["frames"] == len(motion)


def test_statistics_of_files(client: Client, motion: Motion, tmp_path: Path) -> None:
    path = handle_file(str(motion.save(tmp_path / "waves.npz")))
    figures = client.predict(path, path, api_name="/statistics")
    assert figures["motion"] == figures["reference"]
    assert figures["motion"]["frames"] == 250
    json.dumps(figures, allow_nan=False)


def test_eight_users_get_their_own(app_url: str, example_speech: Path, tmp_path: Path) -> None:
    samples = Speech.load(example_speech).samples

    def visit(n: int) -> tuple[int, Motion]:
        path = tmp_path / str(n) / "speech.wav"  # one file name for all
        path.parent.mkdir()
        soundfile.write(path, samples[: 16_000 + n * 6_400], 16_000)
        return n, generate(Client(app_url, verbose=False), path, style="shy", seed=n)[0]

    with ThreadPoolExecutor(8) as users:
        for n, motion in users.map(visit, range(8)):
            assert len(motion) == 25 + n * 10


def test_only_what_the_page_needs_is_served(app_url: str) -> None:
    for path in ("/etc/passwd", "stygaze/__init__.py", "requirements.txt"):
        with pytest.raises(HTTPError):
            urlopen(f"{app_url}gradio_api/file={path}")
