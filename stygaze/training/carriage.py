"""What of head and eye contact comes with the voice (`models.carriage`), found in the training sessions."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV, GroupKFold

from stygaze.models.accents import KNOWN, accents
from stygaze.models.carriage import bumps, filtered, in_contact, padded, speaking
from stygaze.models.event_places import CONTACT, partner_of
from stygaze.models.events import EventGenerator
from stygaze.models.voice import PROSODY, SILENT, VOICE, Voice
from stygaze.motion import Motion
from stygaze.training.data import SessionArrays
from stygaze.training.event_data import EventArrays, event_arrays
from stygaze.training.event_statistics import clips, fix
from stygaze.training.windows import Styles

STEADY = 0.005  # variance of speaking at which half of a session's own degrees are believed
SHRINK = 0.01  # of the filter of contact, beside the voice's mean square
PENALTIES = np.logspace(0, 5, 11)
FOLDS = 5
BEGINNING = 1500  # frames of each session that tell what is usually heard


def heard(session: SessionArrays) -> np.ndarray:
    """[T, VOICE] the voice of a session beside itself."""
    assert session.features is not None
    return Voice(1)(np.asarray(session.features[None, :, PROSODY], np.float32))[0]


@torch.no_grad()
def usually_heard(model: EventGenerator, sessions: Sequence[SessionArrays]) -> torch.Tensor:
    """[width + voice_width] the mean of what a model hears (`EventGenerator.hear`), each session's beginning."""
    found = []
    for s in sessions:
        assert s.features is not None
        voice = heard(s)[:BEGINNING]
        own = np.concatenate([np.asarray(s.features[KNOWN : len(voice)]), voice[KNOWN:], accents(voice[None])[0]], -1)
        found.append(model.hear(torch.from_numpy(own.astype(np.float32))[None])[0].mean(0))
    return torch.stack(found).mean(0)


def taken_apart(
    model: EventGenerator, sessions: Sequence[SessionArrays], styles: Styles, cache: Path | None = None
) -> list[EventArrays]:
    """Sessions taken apart, the movements of the head beside what comes with the voice of somebody of such a style.

    Args:
        cache: see `event_arrays`.
    """
    found = []
    for i, s in enumerate(sessions):
        voice = torch.from_numpy(padded(heard(s), model.config.look_ahead))[None]
        with torch.no_grad():
            by_voice = model.carried(voice, torch.from_numpy(styles.of_clip(i, len(s)))[None])[0, : len(s)].numpy()
        carried = np.pad(by_voice, ((0, len(s) - len(by_voice)), (0, 0)))
        found.append(event_arrays(s.motion, carried, model.sight.ocular_range, cache))
    return found


def contact(motion: np.ndarray) -> np.ndarray:
    """[T] 1 where gaze of a motion [T, 7] is on the partner, else 0.

    >>> turned = np.zeros((4, 7), np.float32); turned[3, [4, 6]] = 9
    >>> contact(turned).tolist()
    [1.0, 1.0, 1.0, 0.0]
    """
    gaze = torch.from_numpy(Motion(motion).world_gaze)
    away = gaze - partner_of(gaze.median(0).values)
    return (torch.linalg.vector_norm(away, dim=1) < CONTACT).numpy().astype(float)


def contact_with_voice(model: EventGenerator, session: SessionArrays) -> np.ndarray:
    """[T] share of eye contact that comes with the voice of a session, beside the usual one."""
    voice = padded(heard(session), model.config.look_ahead)[None]
    return (in_contact(voice, model.contact.numpy())[0] - model.usual[1].item())[: len(session)]


def fit_carriage(model: EventGenerator, sessions: Sequence[SessionArrays], styles: Styles) -> None:
    """Degrees by which a person holds the head elsewhere while speaking, linear in a clip; the filter of contact."""
    look_ahead = model.config.look_ahead
    shapes = bumps(look_ahead)
    spread = np.einsum("bt,vw->tvbw", shapes, np.eye(VOICE)).reshape(shapes.shape[1], VOICE, -1)
    talk, own, means, squares, products = [], [], [], [], []
    for s in sessions:
        voice = padded(heard(s), look_ahead).astype(float)[None]
        rows, spoken = filtered(voice - SILENT, spread)[0], speaking(voice, look_ahead)[0]
        n = min(len(rows), len(s))
        talk.append(spoken[:n].mean())
        off = spoken[:n] - talk[-1]
        own.append(off @ s.motion[:n, :3] / n / (off @ off / n + STEADY))
        means.append(rows[:n].mean(0))
        rows = rows[:n] - means[-1]
        squares.append(rows.T @ rows / n)
        products.append(rows.T @ contact(s.motion[:n]) / n)
    known = list(clips(sessions))
    numbers = model.person(torch.from_numpy(np.stack([styles.of_clip(*clip) for clip in known]))).numpy()
    whose = [i for i, _, _ in known]
    ridge = Ridge(alpha=PENALTIES[-1])
    if len(sessions) >= FOLDS:
        search = GridSearchCV(ridge, {"alpha": PENALTIES}, cv=GroupKFold(FOLDS), scoring="neg_mean_squared_error")
        ridge = search.fit(numbers, np.stack(own)[whose], groups=whose).best_estimator_
    fix(model.carriage, ridge.fit(numbers, np.stack(own)[whose]))
    square = np.mean(squares, axis=0)
    weights = np.linalg.solve(square + SHRINK * np.diag(np.diag(square) + 1e-9), np.mean(products, axis=0))
    model.contact.copy_(torch.tensor(spread @ weights))
    model.usual.copy_(torch.tensor([np.mean(talk), np.mean(means, axis=0) @ weights]))
