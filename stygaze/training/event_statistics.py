"""What the events generator is given of its training sessions as a whole, before its first step."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Sized

import numpy as np
import torch
from sklearn.linear_model import Ridge
from torch import nn

from stygaze.gaze.blinks import PITCH_DIP
from stygaze.gaze.decomposition import BLINK_FRAMES, FLIGHT, decompose
from stygaze.gaze.ocular_range import Sight
from stygaze.models.events import EventGenerator
from stygaze.motion import Motion
from stygaze.training.data import SessionArrays
from stygaze.training.event_data import EventArrays
from stygaze.training.windows import Styles

TEMPLATES = 64  # blinks that are kept
CLIP = 1000  # frames of a reference clip
ALIKE = 16  # courses of about one size that are kept, from the slowest to the quickest


def clips(sessions: Sequence[Sized]) -> Iterator[tuple[int, int, int]]:
    """Reference clips of sessions, half of a session at most: its number, frames of the clip, its first frame."""
    for i, s in enumerate(sessions):
        size = min(CLIP, len(s) // 2)
        for begin in range(0, len(s) - size + 1, CLIP // 4):
            yield i, size, begin


def set_habits(model: EventGenerator, sessions: Sequence[Sized], styles: Styles) -> None:
    """How habits vary."""
    known = torch.from_numpy(np.stack([styles.of_clip(*clip) for clip in clips(sessions)]))
    d = model.config.style_dim
    if known.shape[1] > d:
        model.habit_mean.copy_(known[:, d:].mean(0))
        model.habit_std.copy_(known[:, d:].std(0) + 1e-3)


def set_sight(model: EventGenerator, sessions: Sequence[SessionArrays]) -> None:
    """How far eyes turn, and what they look at."""
    sight = Sight.of([decompose(Motion(s.motion)) for s in sessions])
    model.get_buffer("ocular_range").copy_(torch.from_numpy(sight.ocular_range))
    model.get_buffer("field").copy_(torch.from_numpy(sight.field))


def fit_posture(model: EventGenerator, arrays: Sequence[EventArrays], styles: Styles) -> None:
    """A person's posture: a linear function of a clip, of what is outside of the clip; fixed."""
    rows, wanted = [], []
    for i, size, begin in clips(arrays):
        frames = np.arange(len(arrays[i]))
        rows.append(styles.of_clip(i, size, begin))
        wanted.append(arrays[i].posture(frames[(frames < begin) | (frames >= begin + size)]))
    ridge = Ridge(alpha=10.0).fit(model.person(torch.from_numpy(np.stack(rows))).numpy(), np.stack(wanted))
    fix(model.posture, ridge)


def fix(layer: nn.Linear, ridge: Ridge) -> None:
    """A layer set to a fit, which training leaves as it is."""
    layer.weight.data.copy_(torch.tensor(ridge.coef_))
    layer.bias.data.copy_(torch.tensor(ridge.intercept_))
    layer.requires_grad_(False)


def fit_rest(arrays: Sequence[EventArrays]) -> tuple[np.ndarray, np.ndarray]:
    """How the resting gaze answers to the head's velocity [2] and to its own last step [2], and the spread of the rest.

    A linear fit, from which training begins: it finds these numbers late, and sometimes not at all.
    """
    answers, spread = np.zeros((2, 2)), np.ones(2)
    for k in range(2):
        turning = [a.moments["velocity"][1:, k] + np.diff(a.moments["carried"][:, k]) for a in arrays]
        known = [np.stack([t, a.moments["drift"][:-1, k]], 1) for t, a in zip(turning, arrays, strict=True)]
        step = [np.diff(a.moments["gaze"][:, k]) for a in arrays]
        rest = np.concatenate([a.moments["busy"][1:, 0] == 0 for a in arrays])
        x, y = np.concatenate(known)[rest], np.concatenate(step)[rest]
        usual = np.abs(y) <= np.quantile(np.abs(y), 0.99)
        answers[:, k] = np.linalg.lstsq(x[usual], y[usual], rcond=None)[0]
        spread[k] = np.std((y - x @ answers[:, k])[usual]) + 1e-4
    return answers.ravel(), spread


def set_statistics(model: EventGenerator, arrays: Sequence[EventArrays]) -> None:
    """What the model knows of its training sessions as a whole."""

    def joined(name: str) -> np.ndarray:
        return np.concatenate([a.moments[name] for a in arrays])

    velocity = joined("velocity")
    resting = joined("busy")[:, 0] == 0
    blinks = np.concatenate([a.blinks for a in arrays])
    templates = np.zeros((TEMPLATES, BLINK_FRAMES, 2))
    if len(blinks):  # from the faintest to the strongest, each as likely as in the corpus
        templates[:] = _evenly(_alike(blinks), (np.diff(blinks[:, :, 0], axis=1, prepend=0) ** 2).sum(1), TEMPLATES)
    flights = np.concatenate([a.flights for a in arrays])
    if not len(flights):
        flights = np.ones((1, 1 + FLIGHT))
    for name, value in {
        "velocity_std": velocity.std(0) + 1e-3,
        "drift_std": joined("drift")[resting].std(0) + 1e-3,
        "flights": kept_courses(flights, len(model.flights)),
        "tracker": np.mean([a.tracker for a in arrays], axis=0),
        "blinks": templates,
    }.items():
        getattr(model, name).copy_(torch.tensor(np.asarray(value), dtype=torch.float32))


def _alike(blinks: np.ndarray) -> np.ndarray:
    """Blinks [n, BLINK_FRAMES, 2] whose vergence goes as far as that of all on average, in each as pitch goes.

    How far one blink's own seems to go is mostly a tracker's noise, which is added to what is drawn anyway.
    """
    deepest = blinks[:, :, 0].min(1)
    closed = blinks[:, :, 0] / np.minimum(deepest, -PITCH_DIP)[:, None]
    told, lids = blinks[deepest < -PITCH_DIP, :, 1], closed[deepest < -PITCH_DIP]
    far = (told * lids).sum() / max(float((lids**2).sum()), 1e-6)
    return np.stack([blinks[:, :, 0], closed * far], -1)


def kept_courses(flights: np.ndarray, count: int) -> np.ndarray:
    """`count` of the courses of jumps [n, 1 + FLIGHT], from small to large, in each stretch of sizes evenly by length.

    Of a plain sample, the few of one size take longer or shorter than people's do.
    """
    by_size = _evenly(flights, flights[:, 0], max(count, len(flights) - len(flights) % count))
    stretches = np.split(by_size, count // ALIKE)
    kept = np.concatenate([_evenly(s, s[:, 1:].sum(1), ALIKE) for s in stretches])
    return kept[np.argsort(kept[:, 0], kind="stable")]


def _evenly(examples: np.ndarray, order: np.ndarray, count: int) -> np.ndarray:
    """`count` of the examples [n, ..], in their order [n], each part of it as often as in all."""
    share = (np.arange(count) + 0.5) / count
    return examples[np.argsort(order, kind="stable")[(share * len(examples)).astype(int)]]
