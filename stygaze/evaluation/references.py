"""Rows that keep a reader honest: what can be had without any model, and what the best possible model could have."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from stygaze.corpus.simulator import simulate
from stygaze.corpus.speech_events import speech_events
from stygaze.corpus.styles import GazeStyle
from stygaze.evaluation.predictions import Prediction
from stygaze.evaluation.protocols import AHEAD, TARGET, TestSession
from stygaze.motion import FPS
from stygaze.speech import SAMPLE_RATE

DRAWS = 40


def constant(session: TestSession) -> Prediction:
    """The mean of the reference clip: what a model may know of the person, held still."""
    return session.given(np.tile(session.reference.mean(0), (len(session.true), 1)))


def session_mean(session: TestSession) -> Prediction:
    """The mean of the target itself, held still. An oracle: nobody knows it beforehand."""
    return session.given(np.tile(session.true.mean(0), (len(session.true), 1)))


def copy(session: TestSession) -> Prediction:
    """Another clip of the same session: the target with its halves exchanged. Right in style, wrong in time."""
    return session.given(np.roll(session.true, len(session.true) // 2, axis=0))


def true(session: TestSession) -> Prediction:
    """The truth in the place of a prediction."""
    return session.given(session.true)


def true_in_windows(session: TestSession) -> Prediction:
    """The truth cut into the stretches of the windowed protocol, so that statistics see the same seams."""
    starts = np.arange(TARGET, len(session.motion) - AHEAD + 1, AHEAD)
    cut = session.motion[TARGET : TARGET + AHEAD * len(starts)]
    audio = session.audio[: len(cut) * SAMPLE_RATE // FPS]
    return Prediction(session.id, cut, cut, starts - TARGET, session.motion[starts - 1], audio)


def draws(
    sessions: Sequence[TestSession], count: int = DRAWS, progress: Callable[[int, int], None] | None = None
) -> tuple[list[Prediction], list[Prediction]]:
    """The simulator again with the same speech and style: one independent draw, and the mean of `count` of them.

    The mean of many draws is the expectation given speech and style: no predictor can have a smaller squared error.
    Only a simulated corpus has them: a session must carry its traits.
    """
    single, mean = [], []
    for i, s in enumerate(sessions):
        said = s.session.details
        events = speech_events(s.session.speech().samples)
        style, seed = GazeStyle(**said["traits"]), [*said["seed"][:1], 3, *said["seed"][2:]]
        made = np.stack(
            [
                simulate(events, style, [*seed, k], said["profile"], said["coupling"]).motion.frames[: len(s.motion)]
                for k in range(count)
            ]
        )[:, TARGET:]
        single.append(s.given(made[0]))
        mean.append(s.given(made.mean(0)))
        if progress:
            progress(i + 1, len(sessions))
    return single, mean


def can_be_drawn(sessions: Sequence[TestSession]) -> bool:
    """Whether these sessions were simulated and say from what."""
    wanted = {"traits", "seed", "profile", "coupling"}
    return all(wanted <= set(s.session.details) for s in sessions)
