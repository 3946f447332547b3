"""Takes of four minutes for the two-sample test: a style known from a reference clip only, speech that is new to all.

A corpus that was simulated can say what a person of a style does while hearing any speech. So the speech of test
sessions is joined to four minutes, and true motion is drawn for it twice: once as the truth, once as what the truth
itself scores against the truth. Styles are those of training sessions (seen) or of nobody in training (unseen).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

import numpy as np

from stygaze.corpus.layout import Corpus, Session
from stygaze.corpus.simulator import simulate
from stygaze.corpus.speech_events import SpeechEvents, speech_events
from stygaze.corpus.styles import GazeStyle, sample_style
from stygaze.encoders import SpeechEncoder
from stygaze.errors import StyGazeError
from stygaze.evaluation.protocols import REFERENCE, TARGET, WARM_UP, TestSession
from stygaze.motion import FPS
from stygaze.speech import SAMPLE_RATE, Speech
from stygaze.training.data import cached_features

COUNT = 24
FRAMES = 240 * FPS
Styles = Literal["seen", "unseen"]
SEED = {"validation": 4, "test": 5}  # beside those of the corpus (0 to 2) and of the draws (3)


@dataclass(frozen=True, eq=False)
class Take:
    """A style, what it is known by, four minutes of speech and two true motions for it.

    Attributes:
        id: the session whose style it is, or "stranger-K" for a person drawn anew.
        reference: [REFERENCE, 7] degrees, the clip a model may see.
        features: [WARM_UP + T, D] of the speech; what is made of the first WARM_UP frames is left out.
        events: of the speech, from its first frame on.
        true, again: [T, 7] degrees, independent draws; a recording has no second one.
    """

    id: str
    reference: np.ndarray
    features: np.ndarray
    events: SpeechEvents
    true: np.ndarray
    again: np.ndarray | None


@dataclass(frozen=True, eq=False)
class Person:
    """A style that the simulator knows and the clip that a model knows of it."""

    id: str
    style: GazeStyle
    reference: np.ndarray


def can_be_made(corpus: Corpus) -> bool:
    """Whether the sessions say what they were simulated from."""
    sessions = corpus.sessions()
    return bool(sessions) and all({"traits", "profile", "coupling"} <= set(s.details) for s in sessions)


def long_takes(
    corpus: Corpus,
    encoder: SpeechEncoder,
    styles: Styles = "unseen",
    split: str = "test",
    count: int = COUNT,
    frames: int = FRAMES,
    second: int = 2,
) -> list[Take]:
    """Takes with the speech of a split; the same corpus and arguments give the same takes.

    Args:
        styles: "seen": of training sessions, spread evenly over them. "unseen": of the split's sessions, as far as
            their style is in no training session, and of people drawn anew from the prior for the rest.
        split: "test", or "validation" for choosing.
        frames: of a take, or as many as the split has speech for.
        second: which of the simulator's draws `again` is; 1 is the truth.

    Raises:
        StyGazeError: the corpus was not simulated, or there are too few sessions to take speech from.
    """
    if not can_be_made(corpus):
        raise StyGazeError(f"The corpus {corpus.folder} was not simulated, so there is no true motion for new speech.")
    heard = corpus.sessions(split)
    known = corpus.sessions("train")
    if styles == "seen":
        people = _sessions_people(_spread(known, count))
    else:
        taught = {s.style for s in known}
        people = _sessions_people([s for s in heard if s.style not in taught][:count])
    sizes = sorted(len(_features(corpus, encoder, s)) for s in heard)
    frames = min(frames, sum(sizes[:-1]) - WARM_UP)  # without the longest: a session does not hear its own speech
    if frames < FPS:
        raise StyGazeError(f"{corpus.folder} has too few sessions in the split {split!r} for takes of new speech.")
    seed = [int(corpus.about.get("made", {}).get("seed", 0)), SEED[split], int(styles == "seen")]
    profile, coupling = heard[0].details["profile"], heard[0].details["coupling"]
    takes = []
    for k in range(count):
        order = _order(heard, k + 1, people[k].id if k < len(people) else "")
        if k == len(people):
            style = sample_style(np.random.default_rng([*seed, k]))
            clip = simulate(_events(order[-1]), style, [*seed, k, 0], profile, coupling).motion.frames[:REFERENCE]
            people.append(Person(f"stranger-{k}", style, clip))
        features, events = _speech(corpus, encoder, order, WARM_UP + frames)
        true, again = (
            simulate(events, people[k].style, [*seed, k, draw], profile, coupling).motion.frames for draw in (1, second)
        )
        part = slice(WARM_UP, WARM_UP + frames)
        takes.append(Take(people[k].id, people[k].reference, features, events, true[part], again[part]))
    return takes


def recorded_takes(sessions: Sequence[TestSession]) -> list[Take]:
    """The targets of recorded sessions in the place of takes: their own speech, and one true motion."""
    begin = (TARGET - WARM_UP) * SAMPLE_RATE // FPS
    return [
        Take(
            s.id,
            s.reference,
            s.features[TARGET - WARM_UP :],
            speech_events(s.session.speech().samples[begin:]),
            s.true,
            None,
        )
        for s in sessions
    ]


def _sessions_people(sessions: Sequence[Session]) -> list[Person]:
    return [Person(s.id, GazeStyle.from_dict(s.details["traits"]), s.motion().frames[:REFERENCE]) for s in sessions]


def _spread(sessions: Sequence[Session], count: int) -> list[Session]:
    """`count` sessions of different styles, evenly over all."""
    one_each = list({s.style: s for s in sessions}.values())
    return [one_each[i] for i in np.linspace(0, len(one_each) - 1, count).round().astype(int)]


def _order(sessions: Sequence[Session], first: int, own: str) -> list[Session]:
    """The sessions in the order in which they lend their speech: from `first` on, its speaker's before all others."""
    turned = [sessions[(first + i) % len(sessions)] for i in range(len(sessions))]
    others = [s for s in turned if s.id != own] or turned
    return sorted(others, key=lambda s: s.speaker != others[0].speaker)


def _speech(
    corpus: Corpus, encoder: SpeechEncoder, sessions: Sequence[Session], frames: int
) -> tuple[np.ndarray, SpeechEvents]:
    """Features [frames, D] and events of as many whole sessions, one behind the other, as these frames need.

    Events are found in each session by itself: loudness is relative to a recording, and theirs differ.
    """
    features: list[np.ndarray] = []
    while sum(map(len, features)) < frames:
        features.append(_features(corpus, encoder, sessions[len(features)]))
    events = [_events(session) for session in sessions[: len(features)]]
    return np.concatenate(features)[:frames], joined(events)


def _features(corpus: Corpus, encoder: SpeechEncoder, session: Session) -> np.ndarray:
    return cached_features(corpus, session, encoder, corpus.folder / "features")


def _events(session: Session) -> SpeechEvents:
    return _events_in(session.folder / "audio.flac")


@lru_cache(maxsize=64)
def _events_in(sound: Path) -> SpeechEvents:
    return speech_events(Speech.load(sound).samples)


def joined(parts: Sequence[SpeechEvents]) -> SpeechEvents:
    """Recordings one behind the other.

    >>> quiet = speech_events(np.zeros(32000, np.float32))
    >>> both = joined([quiet, quiet])
    >>> both.duration, len(both.speaking)
    (4.0, 400)
    """
    begins = np.cumsum([0.0, *(p.duration for p in parts)])
    times = ("turn_onsets", "turn_offsets", "pause_onsets", "phrase_onsets", "accents")
    contours = ("speaking", "envelope", "f0", "voiced", "strength")
    return SpeechEvents(
        duration=float(begins[-1]),
        **{k: np.concatenate([getattr(p, k) + b for p, b in zip(parts, begins, strict=False)]) for k in times},
        **{k: np.concatenate([getattr(p, k) for p in parts]) for k in contours},
    )
