"""A face from EMOCA: folder, zip and npz alike; on a real FLAME whole, on ours the jaw; bad files in one sentence."""

import io
import zipfile

import numpy as np
import pytest

from stygaze.errors import StyGazeError
from stygaze.face import emoca_files
from stygaze.face.emoca import ONLY_JAW, EmocaFace
from stygaze.face.expression import Expression
from stygaze.face.head import Head
from stygaze.motion import Motion

N = 50  # two seconds at 25 frames a second


def codes(n: int = N) -> dict[str, np.ndarray]:
    t = np.arange(n)
    pose = np.zeros((n, 6))
    pose[:, 1], pose[:, 3] = 0.2, 0.1 + 0.1 * np.sin(t / 4)
    return {
        "shape": np.tile(np.linspace(-1, 1, 100), (n, 1)),
        "exp": np.sin(t[:, None] / 5 + np.arange(50)),
        "pose": pose,
    }


def as_folder(folder, arrays: dict, names) -> None:
    for row, name in enumerate(names):
        (folder / name).mkdir(parents=True)
        for key, values in arrays.items():
            np.save(folder / name / f"{key}.npy", values[row].astype(np.float32))
        np.save(folder / name / "detail.npy", np.zeros(128))


def rest(n: int = N) -> Expression:
    return Expression(np.full(n, 0.05), np.zeros((n, 2)), {"mouthClose": np.full(n, 0.05 / 0.311 / 2)})


@pytest.mark.parametrize("names", ["{:06d}_000", "frame_{:04d}_000"])
def test_folder_zip_and_npz_tell_the_same(tmp_path, names):
    arrays = codes()
    as_folder(tmp_path / "EMOCA_v2_lr", arrays, [names.format(k + 1) for k in range(N)])
    with zipfile.ZipFile(tmp_path / "faces.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for file in (tmp_path / "EMOCA_v2_lr").rglob("*.npy"):
            archive.write(file, file.relative_to(tmp_path))
    np.savez(tmp_path / "faces.npz", **arrays, fps=25)
    found = [EmocaFace.load(tmp_path / name, 2.0) for name in ("EMOCA_v2_lr", "faces.zip", "faces.npz")]
    for face in found:
        assert np.abs(face.face.jaw - arrays["pose"][:, 3:]).max() < 1e-6
        assert np.abs(face.face.expression - arrays["exp"]).max() < 1e-6
        assert np.abs(face.face.shape - arrays["shape"][0]).max() < 1e-6
    assert "25 frames a second" in found[0].notes[0] and not found[2].notes


def test_other_rates_are_resampled_and_missing_frames_filled_and_both_said(tmp_path):
    arrays = codes(60)
    there = [k for k in range(60) if k not in (0, 20, 21)]
    as_folder(tmp_path / "x", {key: a[there] for key, a in arrays.items()}, [f"{k + 1:06d}_000" for k in there])
    (tmp_path / "x" / "000005_001").mkdir()
    for key, values in arrays.items():
        np.save(tmp_path / "x" / "000005_001" / f"{key}.npy", values[0] * 0)  # a second face in the picture
    face = EmocaFace.load(tmp_path / "x", 2.0)
    said = " ".join(face.notes)
    assert len(face) == 50
    for part in ("3 of 60 frames had no face", "30 frames a second were resampled to 25", "several faces"):
        assert part in said
    at = np.arange(50) / 25 * 30
    expected = np.interp(at, there, arrays["pose"][there, 3])
    assert np.abs(face.face.jaw[:, 0] - expected).max() < 1e-6
    longer, _ = face.fused(rest(75))
    assert len(longer) == 75 and longer.jaw[-1] == pytest.approx(face.face.jaw[-1, 0])
    assert EmocaFace.load(tmp_path / "x", 2.0, fps=60).notes[-1].startswith("EMOCA's face lasts 1.00 s")
    with pytest.raises(StyGazeError, match="does not say its frame rate"):
        EmocaFace.load(tmp_path / "x", 3.1)


def test_the_jaw_moves_our_head_and_a_real_flame_wears_the_whole_face(tmp_path, monkeypatch):
    np.savez(tmp_path / "faces.npz", **codes(), fps=25)
    face = EmocaFace.load(tmp_path / "faces.npz", 2.0)
    ours = Head.load()
    motion = Motion(np.tile([3.0, 10, 0, -5, 4, -5, 7], (N, 1)))
    fused, notes = face.fused(rest(), ours)
    assert notes[-1] == ONLY_JAW
    assert np.allclose(ours.pose(motion, fused)["jaw"], codes()["pose"][:, 3:])
    plain = Expression(fused.jaw, fused.blink, fused.shapes)
    assert np.abs(ours.vertices(motion, fused) - ours.vertices(motion, plain)).max() < 1e-6
    for joint in ("neck", "left_eye", "right_eye"):  # head and eyes stay ours
        assert np.array_equal(ours.pose(motion, fused)[joint], ours.pose(motion)[joint])
    half = fused.shapes["mouthClose"] * 0.311 / np.maximum(fused.jaw, 1e-9)
    assert half[fused.jaw > 0.01] == pytest.approx(0.5)  # as far shut as before

    model, rng = ours.model, np.random.default_rng(0)
    shapedirs = rng.normal(size=(len(model.v_template), 3, 400)).astype(np.float32) * 1e-3
    arrays = {"v_template": model.v_template, "f": model.faces, "shapedirs": shapedirs, "posedirs": model.posedirs}
    arrays |= {"J_regressor": model.J_regressor, "weights": model.weights}
    np.savez(tmp_path / "flame2023.npz", **arrays)
    theirs = Head.load(tmp_path / "flame2023.npz")
    fused, notes = face.fused(rest(), theirs)
    assert ONLY_JAW not in notes
    still = Motion(np.zeros((N, 7)))
    unturned = Expression(
        np.zeros(N),
        fused.blink,
        {},
        flame=type(fused.flame)(fused.flame.shape, fused.flame.expression, 0 * fused.flame.jaw),
    )
    moved = theirs.vertices(still, unturned)[[0, 30]]
    wanted = model.v_template + shapedirs[:, :, :100] @ fused.flame.shape
    wanted = wanted + np.einsum("vce,te->tvc", shapedirs[:, :, 300:350], fused.flame.expression[[0, 30]])
    assert np.abs(moved - wanted).max() < 1e-4


def test_a_face_survives_its_file_and_its_switches(tmp_path):
    np.savez(tmp_path / "faces.npz", **codes(), fps=25)
    fused, _ = EmocaFace.load(tmp_path / "faces.npz", 2.0).fused(rest())
    again = Expression.load(fused.save(tmp_path / "face.npz"))
    assert np.array_equal(again.flame.expression, fused.flame.expression) and np.array_equal(again.jaw, fused.jaw)
    assert set(again.shapes) == set(fused.shapes) and again.lids
    off = again.only(mouth=False)
    assert off.flame is None and not off.jaw.any() and not off.shapes


def bad(**changes):
    arrays = codes() | {"fps": 25} | changes
    return {key: value for key, value in arrays.items() if value is not None}


@pytest.mark.parametrize(
    ("arrays", "sentence"),
    [
        (bad(exp=codes(40)["exp"]), "different numbers of frames"),
        (bad(exp=np.full((N, 50), np.nan)), "not numbers"),
        (bad(exp=np.zeros((N, 47))), "47 numbers a frame"),
        (bad(shape=np.zeros((N, 12))), "12 numbers a frame"),
        (bad(pose=np.zeros((N, 3))), "3 numbers a frame"),
        (bad(pose=None), "lacks pose"),
        (bad(exp=None, shape=None), "lacks shape, expression"),
        (bad(pose=np.full((N, 6), 20.0)), "radians"),
        (bad(fps=0), "from 1 to 240"),
        (bad(exp=np.array(["a"] * N)), "not an array of numbers"),
        (bad(exp=np.zeros(N)), "one row a frame"),
    ],
)
def test_bad_arrays_are_told_in_one_sentence(tmp_path, arrays, sentence):
    np.savez(tmp_path / "faces.npz", **arrays)
    with pytest.raises(StyGazeError, match=sentence) as told:
        EmocaFace.load(tmp_path / "faces.npz", 2.0)
    assert "\n" not in str(told.value)


def array(values: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.save(file, values, allow_pickle=True)
    return file.getvalue()


def test_bad_files_are_refused(tmp_path, monkeypatch):
    def zipped(entries: dict[str, bytes], name: str = "faces.zip"):
        with zipfile.ZipFile(tmp_path / name, "w", zipfile.ZIP_DEFLATED) as archive:
            for path, data in entries.items():
                archive.writestr(path, data)
        return tmp_path / name

    def refused(path, sentence: str) -> None:
        with pytest.raises(StyGazeError, match=sentence):
            EmocaFace.load(path, 2.0)

    frame = {f"000001_000/{key}.npy": array(values[0]) for key, values in codes().items()}
    (tmp_path / "empty").mkdir()
    refused(tmp_path / "empty", "holds no frames")
    refused(tmp_path / "absent", "There is nothing")
    (tmp_path / "text.zip").write_text("not a zip")
    refused(tmp_path / "text.zip", "cannot be opened")
    refused(zipped({"readme.txt": b"hello"}), "holds no frames")
    refused(zipped({"../../000001_000/exp.npy": b""}), "leads out of it")
    refused(zipped({"/etc/000001_000/exp.npy": b""}), "leads out of it")
    refused(zipped({"000001_000/zeros.npy": bytes(30_000_000)}), "packed")  # a bomb, small on disk
    refused(zipped(frame | {"000001_000/exp.npy": array(np.array([{"a": 1}], object))}), "not an array of numbers")
    claims = array(np.zeros(50)).replace(b"(50,)", b"(5000000000,)")
    refused(zipped(frame | {"000001_000/exp.npy": claims}), "not an array of numbers")
    refused(zipped({k.replace("000001", "999999999"): v for k, v in frame.items()}), "counts to frame")
    refused(zipped(frame | {"000002_000/exp.npy": array(np.zeros(50))}), "000002_000 lacks shape, pose")
    other = {k.replace("000001", "000002"): v for k, v in frame.items()} | {"000002_000/exp.npy": array(np.zeros(100))}
    refused(zipped(frame | other), "has 100 numbers, in 000001_000 50")
    monkeypatch.setattr(emoca_files, "MAX_BYTES", 1000)
    refused(zipped(frame), "unpacks to 3 files")
