"""Speech encoders: exact lengths, streams equal to one pass to the bit, known answers, and what is not an encoder."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict

import numpy as np
import pytest
import torch

from stygaze.encoders import PROSODY, SpeechEncoder, Windowing, load_encoder
from stygaze.errors import StyGazeError
from stygaze.prosody import prosody
from stygaze.speech import SAMPLE_RATE, Speech

LIVE = Windowing(block_s=0.2, left_s=1.2, right_s=0.2)


@pytest.fixture(scope="module")
def whisper() -> SpeechEncoder:
    return load_encoder()


@pytest.fixture(scope="module")
def spoken(example_speech) -> Speech:
    return Speech.load(example_speech)


@pytest.fixture(scope="module")
def wav2vec_folder(tmp_path_factory):
    """A Wav2Vec 2.0 of the true shape in time, tiny in width, with random weights."""
    from transformers import Wav2Vec2Config, Wav2Vec2Model

    torch.manual_seed(0)
    config = Wav2Vec2Config(
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        conv_dim=(16,) * 7,
        num_conv_pos_embeddings=16,
        num_conv_pos_embedding_groups=2,
    )
    folder = tmp_path_factory.mktemp("encoders") / "tiny-wav2vec"
    Wav2Vec2Model(config).save_pretrained(folder)
    return folder


def streamed(encoder: SpeechEncoder, samples: np.ndarray, sizes: list[int]) -> np.ndarray:
    stream, rows, at, turn = encoder.stream(), [], 0, 0
    while at < len(samples):
        rows.append(stream.push(samples[at : at + sizes[turn % len(sizes)]]))
        at, turn = at + sizes[turn % len(sizes)], turn + 1
    return np.concatenate([*rows, stream.finish()])


def test_shape_and_prosody(whisper, spoken):
    features = whisper.encode(spoken)
    assert features.shape == (spoken.n_frames, whisper.feature_dim) == (spoken.n_frames, 387)
    assert features.dtype == np.float32
    block = slice(0, whisper.windowing.block)
    window = np.zeros(whisper.windowing.frames * 640, np.float32)
    before = whisper.windowing.left * 640
    window[before:] = spoken.samples[: len(window) - before]
    assert np.array_equal(features[block, -PROSODY:], prosody(window)[whisper.windowing.left :][block])


@pytest.mark.parametrize("windowing", [Windowing(), LIVE, Windowing(1.0, 0.0, 0.0)])
@pytest.mark.parametrize("sizes", [[10**9], [16000], [317, 1, 640, 90000]])
def test_streaming_equals_one_pass(spoken, windowing, sizes):
    encoder = load_encoder(windowing=windowing)
    part = Speech(spoken.samples[: int((2.3 if windowing == LIVE else 7.3) * SAMPLE_RATE)])
    assert np.array_equal(streamed(encoder, part.samples, sizes), encoder.encode(part))


def test_rows_come_as_soon_as_the_look_ahead_is_there(spoken):
    encoder = load_encoder(windowing=LIVE)
    stream = encoder.stream()
    need = round((LIVE.block_s + encoder.look_ahead) * SAMPLE_RATE)
    assert len(stream.push(spoken.samples[: need - 1])) == 0
    assert len(stream.push(spoken.samples[need - 1 : need])) == LIVE.block
    stream.finish()
    with pytest.raises(StyGazeError, match="ended"):
        stream.push(spoken.samples[:9])


@pytest.mark.parametrize("n", [3200, 3519, 3520, 80_000, 86_400, 160_319, 160_320])
def test_exactly_the_frames_of_the_motion(whisper, n, rng):
    speech = Speech(0.1 * rng.normal(size=n))
    features = whisper.encode(speech)
    assert len(features) == int(25 * n / SAMPLE_RATE + 0.5)
    assert np.isfinite(features).all()


def test_the_future_beyond_the_look_ahead_changes_nothing(whisper, spoken):
    end = round((whisper.windowing.block_s + whisper.look_ahead) * SAMPLE_RATE)
    changed = spoken.samples.copy()
    changed[end:] *= -0.5
    block = slice(0, whisper.windowing.block)
    assert np.array_equal(whisper.encode(Speech(changed))[block], whisper.encode(spoken)[block])


def test_known_answers(whisper, example_speech):
    """What the unrounded weights give for the shipped recording: int8 stays within 1 %, measured over all columns."""
    assert example_speech.name == "amiable-woman.flac"
    expected = np.array(
        [
            [-1.776, -0.119, 0.604, 0.906, -0.048, 0.938, -0.244, 0.514],
            [-0.438, -0.278, 0.023, -0.026, 0.026, -1.138, 0.67, 0.734],
            [0.097, 1.139, -0.152, 0.314, -0.416, -0.302, 0.632, -0.45],
            [-0.128, -1.015, -0.685, -0.678, 0.086, 0.629, 1.133, 0.938],
            [-0.826, 0.184, -0.912, -1.261, 0.647, 0.01, -1.836, -0.484],
        ]
    )
    found = whisper.encode(Speech.load(example_speech))[20:200:40, 0:384:48]
    assert np.linalg.norm(found - expected) < 0.015 * np.linalg.norm(expected)


def test_log_mel_is_whispers_but_for_the_floor(whisper, spoken):
    from transformers import WhisperFeatureExtractor

    window = spoken.samples[: whisper.windowing.frames * 640].copy()
    theirs = WhisperFeatureExtractor(feature_size=80)(window, sampling_rate=SAMPLE_RATE, return_tensors="np")
    ours = whisper._window_features.log_mel(torch.from_numpy(window)).numpy()
    theirs = theirs.input_features[0][:, : ours.shape[1] - 2]
    ours = ours[:, : theirs.shape[1]]
    loud = (theirs > theirs.min() + 0.01) & (ours > ours.min() + 0.01)
    assert loud.mean() > 0.5
    assert np.abs(ours - theirs)[loud].max() < 1e-3


def test_features_do_not_tell_the_place_in_the_window(whisper, spoken):
    """The same sound at another place in its window: the outputs that would tell are silent, the rest agree."""
    shift = 60
    late = whisper.encode(Speech(np.concatenate([np.zeros(shift * 640), spoken.samples])))[shift:][:200, :-PROSODY]
    early = whisper.encode(spoken)[:200, :-PROSODY]
    alive = early.std(0) > 0
    assert (~alive).sum() == 10
    likeness = [np.corrcoef(a, b)[0, 1] for a, b in zip(early.T[alive], late.T[alive], strict=True)]
    assert np.median(likeness) > 0.9


def test_threads_do_not_disturb_each_other(whisper, spoken):
    speeches = [Speech(spoken.samples[i * 8000 :][:64_000]) for i in range(8)]
    alone = [whisper.encode(speech) for speech in speeches]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(whisper.encode, speeches))
    assert all(np.array_equal(a, b) for a, b in zip(alone, together, strict=True))


def test_wav2vec_folder(wav2vec_folder, spoken):
    encoder = load_encoder(wav2vec_folder)
    features = encoder.encode(spoken)
    assert encoder.id == "tiny-wav2vec"
    assert features.shape == (spoken.n_frames, 32 + PROSODY) == (spoken.n_frames, encoder.feature_dim)
    assert np.array_equal(streamed(encoder, spoken.samples, [7001, 64_000]), features)
    later = spoken.samples.copy()
    later[130_000:] *= 0.1  # loudness at the end is no business of the beginning
    assert np.array_equal(encoder.encode(Speech(later))[:120], features[:120])


def test_wav2vec_level_is_brought_to_one_unless_the_model_says_otherwise(wav2vec_folder, spoken, tmp_path):
    quiet = Speech(0.1 * spoken.samples)
    encoder = load_encoder(wav2vec_folder)
    assert np.abs(encoder.encode(quiet) - encoder.encode(spoken))[:, :-PROSODY].max() < 0.05
    for name in ("config.json", "model.safetensors"):
        (tmp_path / name).write_bytes((wav2vec_folder / name).read_bytes())
    (tmp_path / "preprocessor_config.json").write_text(json.dumps({"do_normalize": False}))
    window = spoken.samples[: encoder.windowing.frames * 640]
    plain = load_encoder(tmp_path)
    assert not np.allclose(plain._window_features(window), encoder._window_features(window), atol=1e-4)


def test_what_is_not_an_encoder(wav2vec_folder, tmp_path, monkeypatch):
    from huggingface_hub import constants
    from safetensors.torch import save_file
    from transformers import BertConfig, Wav2Vec2Config

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    (tmp_path / "empty").mkdir()
    BertConfig().save_pretrained(tmp_path / "bert")
    Wav2Vec2Config(conv_stride=(5, 2, 2, 2, 2, 2, 1)).save_pretrained(tmp_path / "other-rate")
    config = Wav2Vec2Config.from_pretrained(wav2vec_folder)
    for name in ("pickled", "foreign", "broken"):
        config.save_pretrained(tmp_path / name)
    torch.save({}, tmp_path / "pickled" / "pytorch_model.bin")
    save_file({"weight": torch.zeros(3)}, tmp_path / "foreign" / "model.safetensors", metadata={"format": "pt"})
    (tmp_path / "broken" / "model.safetensors").write_bytes(b"nothing")
    cases = {
        "empty": "holds no config.json",
        "bert": "is a bert model",
        "other-rate": "50 vectors a second",
        "pickled": "model.safetensors",
        "foreign": "tensors are missing",
        "broken": "cannot be loaded",
    }
    for name, sentence in cases.items():
        with pytest.raises(StyGazeError, match=sentence):
            load_encoder(tmp_path / name)
    for name in ("facebook/wav2vec2-base-960h", "no such encoder", str(tmp_path / "absent")):
        with pytest.raises(StyGazeError, match="neither a folder here nor reachable"):
            load_encoder(name)


def test_windowing():
    windowing = Windowing(block_s=0.2, left_s=1.2, right_s=0.2)
    assert (windowing.left, windowing.block, windowing.right, windowing.frames) == (30, 5, 5, 40)
    assert Windowing(**asdict(windowing)) == windowing
    for bad in ({"block_s": 0.0}, {"block_s": 0.21}, {"left_s": -0.04}, {"right_s": 31}):
        with pytest.raises(StyGazeError):
            Windowing(**bad)


def test_real_recordings(whisper, data_dir):
    """Ordinary features for people, microphones and levels of every kind."""
    for path in [
        *sorted(data_dir.glob("speech/librispeech/*/*-0003.mp3"))[::8],
        *data_dir.glob("speech/conversation/trn0[15]*"),
    ]:
        features = whisper.encode(Speech(Speech.load(path).samples[:160_000]))[:, :-PROSODY]
        assert 0.3 < features.std(0).mean() < 1.5
        assert np.abs(features).max() < 30
