"""The command line, called as a user calls it."""

import json
import signal
import subprocess
import sys
import time

import av
import numpy as np
import pytest

from stygaze import Motion
from stygaze.cli import main
from stygaze.face.render import film_available
from stygaze.gaze.event_files import read_events
from stygaze.speech import Speech

needs_opengl = pytest.mark.skipif(film_available() is not None, reason="needs OpenGL")


@pytest.fixture
def run(monkeypatch, capsys):
    """Call `stygaze ARGS`; gives (exit code, stdout, stderr in one line)."""

    def call(*args):
        monkeypatch.setattr("sys.argv", ["stygaze", *map(str, args)])
        with pytest.raises(SystemExit) as ended:
            main()
        captured = capsys.readouterr()
        return ended.value.code or 0, captured.out, " ".join(captured.err.split())

    return call


def test_generate_writes_motion_and_statistics(run, example_speech, tmp_path):
    code, _, err = run(
        "generate", example_speech, "--style", "thinker", "--seed", 5, "--no-film", "--out", tmp_path / "a"
    )
    assert code == 0, err
    assert sorted(p.name for p in (tmp_path / "a").iterdir()) == [
        "events.csv",
        "motion.csv",
        "motion.npz",
        "stats.json",
    ]
    motion = Motion.load(tmp_path / "a" / "motion.csv")
    figures = json.loads((tmp_path / "a" / "stats.json").read_text())
    assert figures["frames"] == len(motion) and 0 < figures["fixation_share"] < 1
    kinds = [row["event"] for row in read_events(tmp_path / "a" / "events.csv")]
    assert set(kinds) == {"fixation", "saccade", "blink"}
    assert kinds.count("fixation") == len(motion.events().fixations)
    run("generate", example_speech, "--style", "thinker", "--seed", 5, "--no-film", "--out", tmp_path / "b")
    np.testing.assert_array_equal(
        Motion.load(tmp_path / "b" / "motion.npz").frames, Motion.load(tmp_path / "a" / "motion.npz").frames
    )


def test_a_face_of_emoca_and_switches_on_request(run, example_speech, tmp_path):
    n = Speech.load(example_speech).n_frames
    codes = {"shape": np.zeros((n, 100)), "exp": np.zeros((n, 50)), "pose": np.zeros((n, 6))}
    np.savez(tmp_path / "faces.npz", **codes)
    asked = ("generate", example_speech, "--no-film", "--out", tmp_path / "out")
    code, _, err = run(*asked, "--no-blinks", "--no-mouth", "--emoca", tmp_path / "faces.npz")
    assert code == 0 and "taken as 25 frames a second" in err and "only the jaw moves the embedded head" in err
    assert "blink" not in [row["event"] for row in read_events(tmp_path / "out" / "events.csv")]
    code, _, err = run(*asked, "--emoca", tmp_path / "absent")
    assert code == 2 and "There is nothing of EMOCA" in err and "Traceback" not in err


def test_a_calmer_head_on_request(run, example_speech, tmp_path):
    asked = ("generate", example_speech, "--model", "base", "--no-film", "--out", tmp_path)
    code, _, err = run(*asked, "--head-activity", 0, "--gaze-activity", 0.5)
    assert code == 0, err
    assert np.ptp(Motion.load(tmp_path / "motion.npz").head, axis=0).max() < 0.01
    code, _, err = run(*asked, "--look", "1:1.5:20", "--look", "4:1:-10:5")
    assert code == 2 and "eye contact or looks" in err
    for look in ("1:1", "1:1:soon", "1:1:80", "-1:1:5"):
        code, _, err = run(*asked, f"--look={look}")
        assert code == 2 and "look" in err.lower() and "Traceback" not in err


@needs_opengl
def test_films_of_one_motion_and_of_two(run, motion, example_speech, tmp_path):
    one, other = (motion[:n].save(tmp_path / name) for n, name in ((9, "one.csv"), (12, "other.npz")))
    code, _, err = run("film", one, "--speech", example_speech, "--size", 256, "--out", tmp_path / "a.mp4")
    assert code == 0 and "25 a second" in err, err
    code, _, err = run("film", one, other, "--size", 256, "--background", "transparent", "--out", tmp_path / "b.webm")
    assert code == 0, err
    for name, wide, tracks in (("a.mp4", 256, 2), ("b.webm", 512, 1)):
        with av.open(str(tmp_path / name)) as file:
            frames = list(file.decode(video=0))
            assert (len(frames), frames[0].width, len(file.streams)) == (9, wide, tracks)
    lines = one.read_text().splitlines()
    silent = tmp_path / "silent.csv"
    silent.write_text("\n".join(line for line in lines if not line.startswith(("# fps", "# unit"))))
    code, _, err = run("film", silent, "--out", tmp_path / "c.mp4")
    assert code == 2 and "--unit" in err
    code, _, err = run("film", one, other, "--caption", "Only one", "--out", tmp_path / "c.mp4")
    assert code == 2 and "one --caption each" in err
    assert not (tmp_path / "c.mp4").exists()


@needs_opengl
def test_an_interrupted_film_leaves_nothing(motion, tmp_path):
    long = Motion(np.tile(motion.frames, (12, 1)))  # two minutes: it will not be done before it is told to stop
    path, folder = long.save(tmp_path / "long.csv"), tmp_path / "out"
    asked = [sys.executable, "-m", "stygaze", "film", path, "--size", "1080", "--out", folder / "film.mp4"]
    heed = lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)  # noqa: E731  # a run in the background ignores it
    with subprocess.Popen([*map(str, asked)], stderr=subprocess.PIPE, text=True, preexec_fn=heed) as film:
        while not (folder.is_dir() and any(p.stat().st_size for p in folder.iterdir())):
            assert film.poll() is None
            time.sleep(0.05)
        film.send_signal(signal.SIGINT)
        _, told = film.communicate(timeout=60)
    assert film.returncode == 130 and "Traceback" not in told
    assert list(folder.iterdir()) == []


def test_a_file_that_is_there_is_replaced_only_by_name(run, motion, tmp_path):
    path, made = motion.save(tmp_path / "m.csv"), tmp_path / "m.bvh"
    made.write_text("mine")
    code, _, told = run("convert", path, "--to", "bvh")
    assert code == 2 and "already" in told and made.read_text() == "mine"
    assert run("convert", path, "--to", "bvh", "--out", made)[0] == 0 and made.read_text().startswith("HIERARCHY")


def test_stats_beside_a_reference(run, motion, tmp_path):
    path = motion.save(tmp_path / "m.csv")
    code, out, _ = run("stats", path, "--reference", path, "--json")
    figures = json.loads(out)
    assert code == 0 and figures["similarity"]["simscore"] == 1
    assert run("stats", path)[0] == 0


def test_styles_are_listed(run):
    code, out, _ = run("styles")
    assert code == 0 and "thinker" in out and "neutral" in out


@pytest.mark.parametrize(
    ("speech", "style", "sentence"),
    [
        ("missing.wav", "neutral", "missing.wav"),
        ("text.wav", "neutral", "text.wav"),
        ("empty.wav", "neutral", "empty"),
        (None, "nobody", "gallery has"),
        (None, "undeclared.csv", "--unit"),
        (None, "short.csv", "at least 4 s"),
    ],
)
def test_bad_input_is_one_sentence_and_exit_code_2(
    run, example_speech, tmp_path, monkeypatch, motion, speech, style, sentence
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "text.wav").write_text("this is not sound, whatever its name says\n" * 50)
    (tmp_path / "empty.wav").touch()
    motion[:50].save(tmp_path / "short.csv")
    lines = motion.save(tmp_path / "undeclared.csv").read_text().splitlines()
    (tmp_path / "undeclared.csv").write_text("\n".join(line for line in lines if not line.startswith("#")))
    code, _, err = run("generate", speech or example_speech, "--style", style, "--no-film", "--out", tmp_path / "out")
    assert code == 2 and sentence in err and "Traceback" not in err
    assert not (tmp_path / "out").exists()


def test_a_corpus_is_made_checked_and_learned_from(run, data_dir, tmp_path):
    corpus, config = tmp_path / "corpus", tmp_path / "style.yaml"
    speech = data_dir / "speech" / "librispeech"
    assert run("corpus", "simulate", "--speech", speech, "--out", corpus, "--hours", 0.1)[0] == 0
    assert run("corpus", "check", corpus)[0] == 0
    config.write_text("model: {width: 16, layers: 1, heads: 2, dim: 8}\nsteps: 3\nbatch: 4\nvalidate_every: 3\n")
    code, _, err = run("train", "style", "--config", config, "--corpus", corpus, "--out", tmp_path / "style")
    assert code == 0, err
    assert (tmp_path / "style" / "model.safetensors").exists() and (tmp_path / "style" / "log.jsonl").exists()
    next(corpus.glob("sessions/*/audio.flac")).unlink()
    code, out, _ = run("corpus", "check", corpus)
    assert code == 1 and "audio.flac" in out


def test_convert_goes_round_all_formats(run, motion, example_speech, tmp_path):
    motion.save(tmp_path / "m.csv")
    last = tmp_path / "m.csv"
    for to, name in (("livelink", "m.livelink.csv"), ("bvh", "m.livelink.bvh"), ("flame", "m.livelink.flame.npz")):
        code, _, err = run("convert", last, "--to", to)
        assert code == 0 and "250 frames" in err, err
        last = tmp_path / name
    code, _, err = run("convert", last, "--to", "npz", "--out", tmp_path / "back.npz")
    assert code == 0, err
    np.testing.assert_allclose(Motion.load(tmp_path / "back.npz").frames, motion.frames, atol=2e-4)
    code, _, err = run("convert", last, "--to", "glb", "--speech", example_speech, "--out", tmp_path / "m.glb")
    assert code == 0 and (tmp_path / "m.glb").read_bytes()[:4] == b"glTF", err
    code, _, err = run("convert", last, "--to", "livelink", "--rate", 60, "--out", tmp_path / "60.csv")
    assert code == 0 and len((tmp_path / "60.csv").read_text().splitlines()) == 601, err


def test_what_convert_cannot_do_is_one_sentence(run, motion, tmp_path):
    path = motion.save(tmp_path / "m.csv")
    for args, told in (
        ((path, "--to", "fbx"), "no format 'fbx'"),
        ((path, "--to", "csv"), "write over"),
        ((path, "--to", "npz", "--rate", 60), "25 frames a second"),
        ((path, "--to", "bvh", "--rate", 0), "between 1 and 240"),
        ((tmp_path / "none.bvh", "--to", "csv"), "no motion file"),
    ):
        code, _, err = run("convert", *args)
        assert code == 2 and told in err and "Traceback" not in err
    assert path.read_text().startswith("# stygaze motion")


def test_a_live_link_recording_is_a_style(run, motion, example_speech, tmp_path):
    from stygaze.exports import export

    export(motion, "livelink", tmp_path / "take.csv")
    code, _, err = run(
        "generate", example_speech, "--style", tmp_path / "take.csv", "--no-film", "--out", tmp_path / "o"
    )
    assert code == 0 and "in the style take" in err, err
