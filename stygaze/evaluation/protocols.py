"""What a model is given before it predicts: the true past (windowed), a reference clip only (free), its own past.

A test session is cut once and for all rows alike: its first 40 s are the reference clip, 4 s are left out, the rest is
the target. The reference never overlaps the target.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from stygaze.corpus.layout import Corpus, Session
from stygaze.encoders import SpeechEncoder
from stygaze.errors import StyGazeError
from stygaze.evaluation.predictions import Prediction
from stygaze.evaluation.running import clip_styles, degrees, exchanged, heard, run_freely
from stygaze.models.frames import FrameGenerator, Listener
from stygaze.models.style_encoder import StyleEncoder
from stygaze.motion import FPS
from stygaze.speech import SAMPLE_RATE
from stygaze.training.data import cached_features

REFERENCE = 1000  # frames of the reference clip
TARGET = 1100  # first frame of the target; the style window before it lies behind the reference clip
KNOWN = 50  # M: frames of true past before a window
AHEAD = 25  # N: frames predicted from there
WARM_UP = 50  # free running starts this much before the target, so that its first frames are no start
SHORTEST = TARGET + 100


@dataclass(frozen=True, eq=False)
class TestSession:
    """A session of the test split in memory.

    Attributes:
        session: the files on disk.
        motion: [T, 7] degrees.
        features: [T, D] of the speech encoder, float16.
        audio: samples of the target, 16 kHz mono.
    """

    __test__ = False  # not a test case, whatever pytest thinks of its name

    session: Session
    motion: np.ndarray
    features: np.ndarray
    audio: np.ndarray

    @property
    def id(self) -> str:
        return self.session.id

    @property
    def true(self) -> np.ndarray:
        """[T - TARGET, 7] the target."""
        return self.motion[TARGET:]

    @property
    def reference(self) -> np.ndarray:
        """[REFERENCE, 7] what a model may know of the person."""
        return self.motion[:REFERENCE]

    def given(self, predicted: np.ndarray) -> Prediction:
        """`predicted` [T - TARGET, 7] as one stretch that started by itself."""
        predicted = predicted.astype(np.float32)
        return Prediction(self.id, predicted, self.true, np.zeros(1, int), predicted[:1], self.audio)


def test_sessions(corpus: Corpus, encoder: SpeechEncoder, split: str = "test") -> list[TestSession]:
    """The sessions of a split that are long enough for a reference clip and a target.

    Raises:
        StyGazeError: none is, or one has no features and cannot be encoded.
    """
    cache, found = corpus.folder / "features", []
    for session in corpus.sessions(split):
        motion, features = session.motion().frames, cached_features(corpus, session, encoder, cache)
        length = min(len(motion), len(features))
        if length >= SHORTEST:
            audio = session.speech().samples[TARGET * SAMPLE_RATE // FPS : length * SAMPLE_RATE // FPS]
            found.append(TestSession(session, motion[:length], features[:length], audio))
    if not found:
        raise StyGazeError(
            f"No session of the split {split!r} of {corpus.folder} is at least {SHORTEST / FPS:g} s long: "
            "40 s of reference, 4 s between and 4 s to predict."
        )
    return found


test_sessions.__test__ = False  # type: ignore[attr-defined]


def with_speech_of(sessions: Sequence[TestSession]) -> list[TestSession]:
    """Each session with the speech of the next one: what is left of a model that does not listen."""
    swapped = exchanged([s.features for s in sessions])
    return [replace(s, features=f) for s, f in zip(sessions, swapped, strict=True)]


def windowed(generator: FrameGenerator, encoder: StyleEncoder, session: TestSession) -> Prediction:
    """The next N frames again and again, each time from the true past and the style of the true window before."""
    length, window = len(session.motion), encoder.config.window
    starts = np.arange(TARGET, length - AHEAD + 1, AHEAD)
    cut = np.stack([session.motion[s - window : s] for s in starts])
    past = np.stack([session.motion[s - KNOWN - 1 : s] for s in starts])
    with torch.inference_mode():
        style = encoder(torch.from_numpy(cut))
        audio = torch.stack([heard(generator, session.features, int(s) - KNOWN, KNOWN + AHEAD) for s in starts])
        predicted, _ = generator(audio, torch.from_numpy(past), _style(generator, style), KNOWN + AHEAD)
        frames = degrees(generator, predicted[:, KNOWN:]).reshape(-1, 7)
    end = TARGET + len(frames)
    audio_end = len(frames) * SAMPLE_RATE // FPS
    return Prediction(
        session.id, frames, session.motion[TARGET:end], starts - TARGET, session.motion[starts - 1],
        session.audio[:audio_end],
    )  # fmt: skip


def free(
    generator: Listener,
    encoder: StyleEncoder,
    sessions: Sequence[TestSession],
    styles: Sequence[TestSession] | None = None,
    seeds: Sequence[int] | None = None,
) -> list[Prediction]:
    """From rest, with speech and the style of the reference clip only; all sessions in one batch.

    Args:
        styles: whose reference clips give the style; each session's own unless given.
        seeds: of the draws of a generator that makes draws, one a session.
    """
    style = clip_styles(encoder, [s.reference for s in styles or sessions])
    made = run_freely(generator, [s.features for s in sessions], style, seeds, TARGET - WARM_UP)
    return [s.given(m[WARM_UP:]) for s, m in zip(sessions, made, strict=True)]


def own_past(generator: FrameGenerator, encoder: StyleEncoder, sessions: Sequence[TestSession]) -> list[Prediction]:
    """Free running whose style comes from what it generated in the last 4 s, anew every N frames (the paper's s_{t-1}).

    The first style is that of the true window before the target, which is also the past it starts from.
    """
    window = encoder.config.window
    frames = max(len(s.motion) for s in sessions) - TARGET
    made = torch.from_numpy(np.stack([s.motion[TARGET - window : TARGET] for s in sessions]))
    with torch.inference_mode():
        audio = torch.stack([heard(generator, s.features, TARGET - KNOWN, KNOWN + frames) for s in sessions])
        sound, state = generator.hear(audio), generator.initial_state(len(sessions))
        past = generator.normalise(made[:, -KNOWN - 1 :])
        style, pieces, previous = _style(generator, encoder(made)), [made], past[:, -1:]
        _, state = generator.step(sound[:, :KNOWN], past[:, :KNOWN], style, state)
        for t in range(frames):
            if t and t % AHEAD == 0:
                recent = torch.cat(pieces[-(window // AHEAD + 1) :], 1)[:, -window:]
                style = _style(generator, encoder(recent))
            if t % AHEAD == 0:
                pieces.append(made.new_empty(len(sessions), 0, 7))
            previous, state = generator.step(sound[:, KNOWN + t : KNOWN + t + 1], previous, style, state)
            pieces[-1] = torch.cat([pieces[-1], previous * generator.std + generator.mean], 1)
        motion = torch.cat(pieces[1:], 1).numpy()
    return [s.given(m[: len(s.true)]) for s, m in zip(sessions, motion, strict=True)]


def _style(generator: FrameGenerator, style: Tensor) -> Tensor:
    return style[:, : generator.config.style_dim] if generator.config.style_dim else style[:, :0]
