"""Sessions taken apart into what the events generator learns: windows of its past and of what came next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
import torch
from scipy.signal import lfilter
from torch import Tensor

from stygaze.gaze.decomposition import BLINK_FRAMES, decompose, saccade_profile
from stygaze.models.events import CONTACT, HOME_FRAMES, KNOBS, LAGS, EventGenerator, Moments
from stygaze.motion import FPS, Motion
from stygaze.training.data import SessionArrays
from stygaze.training.windows import HOP, Styles

LEAST = 0.002  # the smallest perturbation of the head's velocities, in shares of the largest
TEMPLATES = 64  # blinks that are kept
KNOB_FRAMES = 250  # over which the knobs of a window are measured
FIRST = LAGS + 1  # a window's first frame at least: its velocities must exist


@dataclass(frozen=True, eq=False)
class EventArrays:
    """One session, arrays [T, .] float32 as in `Moments`, and what the decomposition found of the whole."""

    moments: dict[str, np.ndarray]
    onset: np.ndarray
    half_vergence: np.ndarray
    open: np.ndarray
    knobs: np.ndarray  # [T, KNOBS] over KNOB_FRAMES about each frame, not z-scored
    habits: np.ndarray  # [8] habitual gaze (2), head (3), log spread of the head (3)
    ways: np.ndarray
    blinks: np.ndarray
    tracker: np.ndarray  # [3]

    def __len__(self) -> int:
        return len(self.onset)


def event_arrays(motion: np.ndarray) -> EventArrays:
    """A session's motion [T, 7] taken apart."""
    parts = decompose(Motion(motion))
    head, gaze, busy = parts.head, parts.gaze, parts.busy
    velocity = np.diff(head, axis=0, prepend=head[:1])
    earlier = np.concatenate([np.zeros((LAGS - 1, 3)), velocity])
    habitual_head = head.mean(0)
    keep = 1 - 1 / HOME_FRAMES
    home = lfilter([1 - keep], [1, -keep], head - habitual_head, axis=0) + habitual_head
    frame = np.arange(len(parts))
    last = np.maximum.accumulate(np.where(parts.onset, frame, -99))
    jump = np.zeros_like(gaze)
    onsets = np.flatnonzero(parts.onset)
    jump[onsets] = parts.landing[onsets] - gaze[onsets - 1]
    jump = jump[np.maximum(last, 0)] * (last >= 0)[:, None]
    moments = dict(
        gaze=gaze, head=head, home=home,
        velocity=np.stack([earlier[LAGS - 1 - k : len(earlier) - k] for k in range(LAGS)], 1),
        drift=np.diff(gaze, axis=0, prepend=gaze[:1]) * ~busy[:, None],
        landing=parts.landing, jump=jump, since=(frame - last)[:, None], busy=busy[:, None],
    )  # fmt: skip
    habitual = np.median(gaze, axis=0)
    near = np.hypot(*(gaze - habitual).T) < CONTACT
    rate, speed = _around(parts.onset * float(FPS)), _around(np.linalg.norm(velocity, axis=1))
    knobs = np.stack([_around(near), np.log(rate + 0.2), np.log(speed + 0.02)], 1)
    spread = np.log(head.std(0) + 0.1)
    return EventArrays(
        {k: v.astype(np.float32) for k, v in moments.items()},
        parts.onset, parts.half_vergence.astype(np.float32), parts.open, knobs.astype(np.float32),
        np.concatenate([habitual, habitual_head, spread]).astype(np.float32), parts.ways, parts.blinks,
        np.array([parts.eye_noise, parts.head_noise, len(parts.blinks) / len(parts) * FPS], np.float32),
    )  # fmt: skip


def _around(x: np.ndarray) -> np.ndarray:
    """Mean over KNOB_FRAMES frames about each; fewer at the ends."""
    total = np.concatenate([[0.0], np.cumsum(x)])
    frame = np.arange(len(x))
    first, end = np.maximum(frame - KNOB_FRAMES // 2, 0), np.minimum(frame + KNOB_FRAMES // 2, len(x))
    return (total[end] - total[first]) / (end - first)


def masked_knobs(knobs: Tensor, known: Tensor) -> Tensor:
    """[B, KNOBS] z-scored, and which are known [B, KNOBS] bool -> [B, 2 KNOBS] as the network has them."""
    return torch.cat([knobs * known, known.to(knobs.dtype)], -1)


@dataclass
class EventBatch:
    """Windows of T frames: the past up to each, and what came next."""

    heard: Tensor  # [B, look_back + T + look_ahead, D] around the frames to come; NaN beyond a session's ends
    past: Moments
    next: Moments
    onset: Tensor  # [B, T] of the next frame
    half_vergence: Tensor
    open: Tensor
    style: Tensor
    knobs: Tensor  # [B, 2 KNOBS]


def batch_of(
    model: EventGenerator,
    sessions: Sequence[SessionArrays],
    arrays: Sequence[EventArrays],
    places: Sequence[tuple[int, int]],
    styles: Sequence[np.ndarray],
    frames: int,
    known: np.ndarray | None = None,
) -> EventBatch:
    """Windows of `frames` frames from places (session, first frame of the past).

    Args:
        styles: [d] of each.
        known: [B, KNOBS] bool, which knobs the model is told; None: none.
    """
    c = model.config
    heard = np.full((len(places), c.look_back + frames + c.look_ahead, c.audio_dim), np.nan, np.float16)
    for row, (i, first) in zip(heard, places, strict=True):
        features, at = sessions[i].features, first + 1 - c.look_back
        assert features is not None
        begin, end = max(0, at), min(len(features), at + len(row))
        row[begin - at : end - at] = features[begin:end]

    def moments(shift: int) -> Moments:
        def stacked(name: str) -> Tensor:
            return torch.from_numpy(
                np.stack([arrays[i].moments[name][t + shift : t + shift + frames] for i, t in places])
            )

        return Moments(**{f.name: stacked(f.name) for f in fields(Moments)})

    def coming(name: str) -> Tensor:
        return torch.from_numpy(np.stack([getattr(arrays[i], name)[t + 1 : t + 1 + frames] for i, t in places]))

    knobs = torch.from_numpy(np.stack([arrays[i].knobs[t + frames // 2] for i, t in places]))
    told = torch.zeros(len(places), KNOBS, dtype=torch.bool) if known is None else torch.from_numpy(known)
    speech = torch.from_numpy(heard).float()
    return EventBatch(
        torch.where(torch.isnan(speech), model.audio_mean, speech), moments(0), moments(1),
        coming("onset").float(), coming("half_vergence"), coming("open").float(),
        torch.from_numpy(np.stack(styles)).float(),
        masked_knobs((knobs - model.knobs_mean) / model.knobs_std, told),
    )  # fmt: skip


def random_places(
    arrays: Sequence[EventArrays], styles: Styles, batch: int, frames: int, rng: np.random.Generator
) -> tuple[list[tuple[int, int]], list[np.ndarray]]:
    """Windows anywhere, each session as likely as it is long, and the style of a reference clip elsewhere."""
    length = np.array([len(a) for a in arrays], float)
    places, chosen = [], []
    for i in rng.choice(len(arrays), batch, p=length / length.sum()):
        first = int(rng.integers(FIRST, len(arrays[i]) - frames - 1))
        places.append((int(i), first))
        chosen.append(styles.reference(i, min(first // HOP, len(styles.vectors[i]) - 1), rng))
    return places, chosen


def perturbed(batch: EventBatch, model: EventGenerator, strength: float) -> EventBatch:
    """The past with errors like the model's own in free running, and a way back.

    The head's velocities are off by slowly varying noise of a random level, and the acceleration asked for leads back
    to the TRUE next velocity (`head_loss` takes it from there). Places are a little off too.
    """
    p = batch.past
    b, t, lags, _ = p.velocity.shape
    noise = torch.randn(b, t + lags + 11, 3)
    slow = sum(0.8**j * noise[:, 11 - j : 11 - j + t + lags] for j in range(12)) * 0.6 * model.velocity_std
    level = strength * LEAST ** torch.rand(b, 1, 1)  # as many windows with little as with much: stillness is exact
    slow = (slow * level).unfold(1, lags, 1)[:, :t].flip(-1).transpose(-1, -2)  # [B, T, LAGS, 3], the latest first
    past = replace(
        p,
        gaze=p.gaze + 0.1 * torch.randn_like(p.gaze),
        head=p.head + 0.05 * torch.randn_like(p.head),
        home=p.home + 0.5 * torch.randn(b, 1, 3),
        velocity=p.velocity + slow,
        since=(p.since * (1 + 0.1 * torch.randn_like(p.since))).clamp(min=0),
    )
    return replace(batch, past=past)


def set_statistics(model: EventGenerator, arrays: Sequence[EventArrays]) -> None:
    """What the model knows of its training sessions as a whole."""

    def joined(name: str) -> np.ndarray:
        return np.concatenate([a.moments[name] for a in arrays])

    velocity = joined("velocity")
    resting = joined("busy")[:, 0] == 0
    push = np.concatenate([np.diff(a.moments["velocity"][:, 0], axis=0) for a in arrays])
    knobs = np.concatenate([a.knobs for a in arrays])
    blinks = np.concatenate([a.blinks for a in arrays])
    chosen = np.random.default_rng(0).permutation(len(blinks))[:TEMPLATES]
    templates = np.zeros((TEMPLATES, BLINK_FRAMES, 2))
    if len(chosen):
        templates[:] = blinks[np.resize(chosen, TEMPLATES)]
    for name, value in {
        "velocity_std": velocity[:, 0].std(0) + 1e-3,
        "acceleration_std": push.std(0) + 1e-3,
        "drift_std": joined("drift")[resting].std(0) + 1e-3,
        "knobs_mean": knobs.mean(0),
        "knobs_std": knobs.std(0) + 1e-3,
        "saccade": saccade_profile(np.concatenate([a.ways for a in arrays])),
        "tracker": np.mean([a.tracker for a in arrays], axis=0),
        "blinks": templates,
    }.items():
        getattr(model, name).copy_(torch.tensor(np.asarray(value), dtype=torch.float32))
