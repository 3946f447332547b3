"""The events generator: motion from features, a minute of speech in parts, the chunks of a stream."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from unittest import mock

import numpy as np
import soundfile
import torch
from torch import Tensor
from torch.nn import functional as F

from benchmarks import material
from benchmarks.timing import Row, side_by_side
from stygaze import encoders
from stygaze.errors import StyGazeError
from stygaze.models.accents import ACCENT, KNOWN, accents
from stygaze.models.event_moments import Moments, state_features
from stygaze.models.event_places import COMING, led
from stygaze.models.event_rollout import draw
from stygaze.models.events import EventGenerator
from stygaze.models.voice import PROSODY, SILENT, Voice
from stygaze.motion import FPS
from stygaze.speech import SAMPLE_RATE, Speech
from stygaze.training.event_data import event_arrays

LENGTH, MINUTE, STREAMED = 120, 60, 30  # seconds
CHUNK = SAMPLE_RATE // 5  # 200 ms


def rows() -> Iterator[Row]:
    generator = material.model().generator
    if not isinstance(generator, EventGenerator):
        raise StyGazeError("the default checkpoint makes no events.")
    yield _generation(generator)
    yield _minute()
    yield _stream()


def _generation(generator: EventGenerator) -> Row:
    rng, frames = np.random.default_rng(0), LENGTH * FPS
    scale = generator.audio_mean.numpy(), generator.audio_std.numpy()
    features = rng.normal(*scale, (frames, len(scale[0]))).astype(np.float32)
    style = material.style().numbers[None].astype(np.float32)
    voice = Voice(1)(features[None, :, PROSODY])
    stressed = accents(np.concatenate([np.tile(SILENT, (1, KNOWN, 1)), voice], 1))
    heard, person = torch.from_numpy(np.concatenate([features[None], voice, stressed], 2)), torch.from_numpy(style)
    moments = event_arrays(draw(generator, [features[: MINUTE * FPS]], style, [0])[0]).moments
    past = Moments(**{name: torch.from_numpy(each[-1:])[None] for name, each in moments.items()})
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        taken, stepped = side_by_side(
            lambda: draw(generator, [features], style, [0]), lambda: _stepped(generator, heard, past, person), runs=3
        )
    finally:
        torch.set_num_threads(threads)
    note = f"{LENGTH / taken:.0f} times real time on one core"
    way = "the same network through torch modules frame by frame, nothing drawn"
    return Row(f"{LENGTH} s of events from features", taken, stepped, way, budget=LENGTH / 100, note=note)


@torch.inference_mode()
def _stepped(model: EventGenerator, heard: Tensor, past: Moments, style: Tensor) -> None:
    """What `EventGenerator.forward` computes, one frame at a time with its state carried along."""
    c = model.config
    blank = torch.cat([model.audio_mean, torch.from_numpy(SILENT), torch.zeros(ACCENT)])[None, None]
    blanks = [blank.expand(1, frames, -1) for frames in (c.look_back, c.look_ahead)]
    heard, known = model.hear(torch.cat([blanks[0], heard, blanks[1]], 1)), model.known(style)
    state = model.h0.contiguous(), model.c0.contiguous()
    person, coming = model.person_in(model.person(style))[:, None], torch.zeros(1, 1, COMING)
    for t in range(heard.shape[1]):
        seen = F.silu(model.state_in(state_features(past, known, model.velocity_std, model.drift_std)))
        seen = torch.cat([heard[:, t : t + 1], seen, person], -1)
        hidden, state = model.lstm(seen, state)
        both = torch.cat([hidden, seen], -1)
        model.head_out(model.head_hidden(torch.cat([both, coming, led(past.gaze, coming, known)], -1)))
        model.gaze_out(model.gaze_hidden(both))
        model.landing_out(model.landing_hidden(both))


def _minute() -> Row:
    """CPU seconds from a file to its motion."""
    model, style, spent = (
        material.model(),
        material.style(),
        dict.fromkeys(("decode", "encode", "prosody", "draw"), 0.0),
    )

    def timed(name: str, job: Callable[[], object]) -> object:
        start = time.process_time()
        made = job()
        spent[name] += time.process_time() - start
        return made

    real = encoders.prosody  # type: ignore[attr-defined]  # not a name it gives away, but the one it calls
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "minute.flac"
        soundfile.write(path, material.samples(MINUTE), SAMPLE_RATE)
        model.generate(model.listen(path), style)
        spent.update(dict.fromkeys(spent, 0.0))
        with mock.patch.object(encoders, "prosody", lambda x: timed("prosody", lambda: real(x))):
            speech = timed("decode", lambda: Speech.load(path))
            assert isinstance(speech, Speech)
            heard = timed("encode", lambda: model.listen(speech))
        assert isinstance(heard, Speech)
        timed("draw", lambda: model.generate(heard, style))
    spent["encode"] -= spent["prosody"]
    parts = ", ".join(f"{name} {value:.2f}" for name, value in spent.items())
    return Row(f"{MINUTE} s of speech to events, CPU seconds", sum(spent.values()), budget=1.3, note=parts)


def _stream() -> Row:
    """Time from a chunk's arrival to the call for the next one."""
    model, sound, taken = material.model(), material.samples(STREAMED), list[float]()

    def chunks() -> Iterator[np.ndarray]:
        for begin in range(0, len(sound), CHUNK):
            start = time.perf_counter()
            yield sound[begin : begin + CHUNK]
            taken.append(time.perf_counter() - start)

    for _ in range(2):  # the first is to get warm
        taken.clear()
        made = sum(len(part) for part in model.stream(chunks(), material.style()))
    assert made == STREAMED * FPS
    mean = statistics.mean(taken)
    note = f"median {1000 * statistics.median(taken):.0f} ms, worst {1000 * max(taken):.0f} ms: work comes in blocks"
    return Row("a chunk of 0.2 s in a stream, mean", mean, budget=0.02, note=note)
