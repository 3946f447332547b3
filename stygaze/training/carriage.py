"""What of head and eye contact comes with the voice (`models.carriage`), found in the training sessions."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV, GroupKFold

from stygaze.models.carriage import DRIVES, bumps, driven, padded
from stygaze.models.event_places import CONTACT, partner_of
from stygaze.models.events import EventGenerator
from stygaze.models.voice import PROSODY, VOICE, Voice
from stygaze.motion import Motion
from stygaze.training.data import SessionArrays
from stygaze.training.event_data import EventArrays, event_arrays
from stygaze.training.event_statistics import clips, fix
from stygaze.training.windows import Styles

ROUNDS = 15  # of fitting drives and people in turn
SHRINK = 0.01  # of either, beside their own mean square
PENALTIES = np.logspace(0, 5, 11)
FOLDS = 5

Array = NDArray[np.floating]


def heard(session: SessionArrays) -> np.ndarray:
    """[T, VOICE] the voice of a session beside itself."""
    assert session.features is not None
    return Voice(1)(np.asarray(session.features[None, :, PROSODY], np.float32))[0]


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
            carried = model.carried(voice, torch.from_numpy(styles.of_clip(i, len(s)))[None])[0, : len(s)]
        found.append(event_arrays(s.motion, np.pad(carried.numpy(), ((0, len(s) - len(carried)), (0, 0))), cache))
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


def contact_driven(model: EventGenerator, session: SessionArrays) -> np.ndarray:
    """[T] share of eye contact that comes with the voice of a session, beside the usual one."""
    voice = padded(heard(session), model.config.look_ahead)[None]
    return (driven(voice, model.drives.numpy()) - model.drives_mean.numpy())[0, : len(session), -1]


def fit_carriage(model: EventGenerator, sessions: Sequence[SessionArrays], styles: Styles) -> None:
    """Drives that explain most of the sessions' heads; a person's degrees for each, linear in a clip; both fixed.

    And one that explains most of their eye contact, the same for all.
    """
    shapes = bumps(model.config.look_ahead)
    spread = np.einsum("bt,vw->tvbw", shapes, np.eye(VOICE)).reshape(shapes.shape[1], VOICE, -1)
    squares, products, means, with_contact = [], [], [], []
    for s in sessions:
        rows = driven(padded(heard(s), model.config.look_ahead).astype(float)[None], spread)[0]
        n = min(len(rows), len(s))
        means.append(rows[:n].mean(0))
        rows, head = rows[:n] - means[-1], s.motion[:n, :3] - s.motion[:n, :3].mean(0)
        squares.append(rows.T @ rows / n)
        products.append(rows.T @ head / n)
        with_contact.append(rows.T @ contact(s.motion[:n]) / n)
    drives = _drives(squares, products)
    own = np.stack([_people(drives, a, b) for a, b in zip(squares, products, strict=True)])
    known = list(clips(sessions))
    numbers = model.person(torch.from_numpy(np.stack([styles.of_clip(*clip) for clip in known]))).numpy()
    whose = [i for i, _, _ in known]
    wanted = np.stack([own[i].ravel() for i in whose])
    ridge = Ridge(alpha=PENALTIES[-1])
    if len(sessions) >= FOLDS:
        search = GridSearchCV(ridge, {"alpha": PENALTIES}, cv=GroupKFold(FOLDS), scoring="neg_mean_squared_error")
        ridge = search.fit(numbers, wanted, groups=whose).best_estimator_
    fix(model.carriage, ridge.fit(numbers, wanted))
    looks = np.linalg.solve(np.mean(squares, axis=0) + _penalty(squares), np.mean(with_contact, axis=0))
    drives = np.concatenate([drives, looks[:, None]], 1)
    model.drives.copy_(torch.tensor(spread @ drives))
    model.drives_mean.copy_(torch.tensor(np.mean(means, axis=0) @ drives))


def _people(drives: Array, square: Array, product: Array) -> Array:
    """[DRIVES, 3] degrees of one session's head for each drive, a little less than they are."""
    own = drives.T @ square @ drives
    return np.linalg.solve(own + SHRINK * np.eye(len(own)), drives.T @ product)


def _penalty(squares: Sequence[Array]) -> Array:
    return SHRINK * np.diag(np.diag(np.mean(squares, axis=0)) + 1e-9)


def _drives(squares: Sequence[Array], products: Sequence[Array]) -> Array:
    """[n, DRIVES] weights of the n voices, of unit mean square, best for all sessions' own degrees (fitted in turn).

    Args:
        squares: [n, n] of each session, mean products of the voices; products: [n, 3] of them and the head.
    """
    usual = np.mean(squares, axis=0)
    penalty = _penalty(squares)
    root = np.linalg.cholesky(usual + penalty)
    each = np.concatenate([np.linalg.solve(root, b) for b in products], axis=1)
    drives = np.linalg.solve(root.T, np.linalg.svd(each, full_matrices=False)[0][:, :DRIVES])
    for _ in range(ROUNDS):
        people = [_people(drives, a, b) for a, b in zip(squares, products, strict=True)]
        both = [p @ p.T for p in people]
        left = np.sum([np.kron(c, a + penalty) for c, a in zip(both, squares, strict=True)], axis=0)
        right = np.sum([b @ p.T for b, p in zip(products, people, strict=True)], axis=0)
        left += 1e-9 * np.trace(left) / len(left) * np.eye(len(left))
        drives = np.linalg.solve(left, right.T.ravel()).reshape(DRIVES, -1).T
        drives = drives / np.sqrt(np.diag(drives.T @ usual @ drives) + 1e-12)
    return drives
