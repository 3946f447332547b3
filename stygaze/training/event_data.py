"""Sessions taken apart into what the events generator learns: windows of its past and of what came next."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from scipy.signal import lfilter
from torch import Tensor

from stygaze.gaze.decomposition import decompose
from stygaze.gaze.movements import DURATIONS, LONGEST, courses, find_movements
from stygaze.gaze.ocular_range import RANGES, jumps_aim
from stygaze.models.accents import KNOWN, accents
from stygaze.models.event_moments import FAR, HOME_FRAMES, LAST, PLACES, Moments
from stygaze.models.event_places import CONTACT, OFF, coming_jump, partner_of
from stygaze.models.events import EventGenerator
from stygaze.models.voice import PROSODY, SILENT, Voice
from stygaze.motion import FPS, Motion
from stygaze.motion_files import replacing
from stygaze.training.data import SessionArrays
from stygaze.training.windows import HOP, Styles

RESTED = 99.0  # frames since a movement when there was none
BEFORE = -99  # frame of the last jump when there was none
FIRST = 3  # a window's first frame at least: what came before must exist


@dataclass(frozen=True, eq=False)
class EventArrays:
    """One session, arrays [T, .] float32 as in `Moments`, and what the decomposition found of the whole."""

    moments: dict[str, np.ndarray]
    onset: np.ndarray
    half_vergence: np.ndarray
    open: np.ndarray
    move: np.ndarray  # [T] 0, or 1 + index of the duration of the head movement that begins after each frame
    turn: np.ndarray  # [T, 3] its size
    flights: np.ndarray
    blinks: np.ndarray
    tracker: np.ndarray  # [3]

    def __len__(self) -> int:
        return len(self.onset)

    @cached_property
    def whole(self) -> np.ndarray:
        """`posture` in all frames."""
        return self.posture()

    def posture(self, frames: np.ndarray | slice = slice(None)) -> np.ndarray:
        """[8] habitual gaze (2) and head (3), and log spread of the head (3), in frames [n] or in all."""
        gaze, head = self.moments["gaze"][frames], self.moments["head"][frames]
        return np.concatenate([np.median(gaze, axis=0), head.mean(0), np.log(head.std(0) + 0.1)])


def event_arrays(
    motion: np.ndarray,
    carried: np.ndarray | None = None,
    ocular_range: np.ndarray | None = None,
    cache: Path | None = None,
) -> EventArrays:
    """A session's motion [T, 7] taken apart.

    Args:
        carried: [T, 3] of the head that comes with the voice, which its movements are beside (`training.carriage`).
        ocular_range: [2] degrees, as far as eyes turn (`gaze.ocular_range`); by default so far that they hardly fall
            behind.
        cache: folder that keeps the head's movements.
    """
    parts = decompose(Motion(motion))
    gaze, busy = parts.gaze, parts.busy
    frame = np.arange(len(parts))
    last = np.maximum.accumulate(np.where(parts.onset, frame, BEFORE))
    jump = np.zeros_like(gaze)
    onsets = np.flatnonzero(parts.onset)
    jump[onsets] = parts.landing[onsets] - gaze[onsets - 1]
    jump = jump[np.maximum(last, 0)] * (last >= 0)[:, None]
    aims = jumps_aim(parts, np.full(2, RANGES[1]) if ocular_range is None else ocular_range)
    which = np.cumsum(parts.onset) - 1  # of the jumps, the last begun
    known = (which >= 0) & (which < len(aims))  # the recording may end in a jump
    aim = parts.landing.copy()
    aim[known] = aims[which[known]]
    landed = np.maximum.accumulate(np.where(busy, frame, BEFORE))
    carried = np.zeros_like(parts.head) if carried is None else carried
    head = parts.head - carried
    when, size = _movements(head, cache)
    move, turn = np.zeros(len(parts), np.int64), np.zeros((len(parts), 3), np.float32)
    move[when[:, 0]], turn[when[:, 0]] = 1 + when[:, 1], size
    moments = head_moments(head, when, size) | dict(
        carried=carried, gaze=gaze, drift=np.diff(gaze, axis=0, prepend=gaze[:1]) * ~busy[:, None],
        landing=parts.landing, aim=aim, places=places(parts.landing, onsets), jump=jump,
        since=(frame - last)[:, None], rested=(frame - landed)[:, None], busy=busy[:, None], apart=apart(gaze),
    )  # fmt: skip
    return EventArrays(
        {k: v.astype(np.float32) for k, v in moments.items()},
        parts.onset, parts.half_vergence.astype(np.float32), parts.open, move, turn,
        parts.flights, parts.blinks,
        np.array([parts.eye_noise, parts.head_noise, parts.blink_count / len(parts) * FPS], np.float32),
    )  # fmt: skip


def apart(gaze: np.ndarray) -> np.ndarray:
    """[T, 2] frames since gaze [T, 2] was last on the partner, and since it was last off; from the start, many.

    >>> apart(np.array([[0, 0], [0, 1], [0, 20], [0, 20], [0, 7]])).tolist()
    [[0, 98], [0, 99], [1, 0], [2, 0], [3, 1]]
    """
    rows = torch.from_numpy(np.asarray(gaze, float))
    far = torch.linalg.vector_norm(rows - partner_of(rows.median(0).values), dim=1).numpy()
    frame = np.arange(len(gaze))
    last = [np.maximum.accumulate(np.where(there, frame, 1 - RESTED)) for there in (far < CONTACT, far > OFF)]
    return (frame - np.stack(last)).T.astype(int)


def places(landing: np.ndarray, onsets: np.ndarray) -> np.ndarray:
    """[T, PLACES * 2] where the jumps before the last one ended, latest first; `landing` [T, 2] is where that did."""
    ended = np.concatenate([np.repeat(landing[:1], PLACES + 1, axis=0), landing[onsets]])
    done = PLACES + np.searchsorted(onsets, np.arange(len(landing)), side="right")
    return np.concatenate([ended[done - k] for k in range(1, PLACES + 1)], axis=1)


def head_moments(head: np.ndarray, when: np.ndarray, size: np.ndarray) -> dict[str, np.ndarray]:
    """The head's part of `Moments` from its path [T, 3] and its movements."""
    total = len(head)
    course = courses()[when[:, 1], when[:, 2]]  # [n, LONGEST]
    velocity = np.zeros((total + LONGEST + 1, 3))
    far = np.zeros((total + LONGEST + 1, len(FAR), 3))
    for at, steps, whole in zip(when[:, 0], course, size, strict=True):
        velocity[at : at + LONGEST] += steps[:, None] * whole
        for k, ahead in enumerate(FAR):
            far[at + 1 : at + LONGEST - ahead, k] += steps[ahead + 1 :, None] * whole
    fresh = np.zeros((4, total + LONGEST, 3))  # what a movement that begins at a frame adds to the steps after it
    for k in range(4):
        fresh[k, when[:, 0]] = course[:, k, None] * size
    later = velocity[3 : total + 3] - sum(fresh[k, 3 - k : total + 3 - k] for k in range(4))
    begun, done = np.zeros((total, 3)), np.concatenate([np.zeros((1, 3)), np.cumsum(velocity[: total - 1], axis=0)])
    begun[when[:, 0]] = size
    begun = np.concatenate([np.zeros((1, 3)), np.cumsum(begun, axis=0)[:-1]])
    habitual, keep = head.mean(0), 1 - 1 / HOME_FRAMES
    home = lfilter([1 - keep], [1, -keep], head - habitual, axis=0) + habitual
    index = np.searchsorted(when[:, 0], np.arange(total))  # movements that began before each frame
    turns, lengths, ago = np.zeros((total, LAST, 3)), np.zeros((total, LAST)), np.full((total, LAST), RESTED)
    for k in range(LAST):
        known = index > k
        which = index[known] - 1 - k
        turns[known, k], lengths[known, k] = size[which], np.log(DURATIONS[when[which, 1]])
        ago[known, k] = np.minimum(np.arange(total)[known] - when[which, 0], RESTED)
    return dict(
        head=head, home=home, bound=head + begun - done,
        velocity=np.concatenate([np.zeros((1, 3)), velocity[: total - 1]]),
        soon=velocity[:total] - fresh[0, :total], later=later, far=far[:total].reshape(total, -1),
        turns=turns.reshape(total, -1), lengths=lengths, ago=ago,
    )  # fmt: skip


def _movements(head: np.ndarray, cache: Path | None) -> tuple[np.ndarray, np.ndarray]:
    told = hashlib.sha256(np.ascontiguousarray(head.astype(np.float32)).tobytes()).hexdigest()[:16]
    path = cache / f"{told}.npz" if cache else None
    if path and path.exists():
        with np.load(path, allow_pickle=False) as file:
            return file["when"], file["size"]
    when, size = find_movements(head)
    if path:
        with replacing(path) as temporary, open(temporary, "wb") as stream:
            np.savez(stream, when=when, size=size)
    return when, size


@dataclass
class EventBatch:
    """Windows of T frames: the past up to each, and what came next."""

    heard: Tensor  # [B, look_back + T + look_ahead, D + HEARD] around the frames to come, as `hear` takes it
    past: Moments
    next: Moments
    onset: Tensor  # [B, T] of the next frame
    half_vergence: Tensor
    open: Tensor
    style: Tensor
    move: Tensor  # [B, T] as in EventArrays
    turn: Tensor  # [B, T, 3]
    habitual_gaze: Tensor  # [B, 2] of the whole session
    habitual_head: Tensor  # [B, 3]

    @property
    def posture(self) -> tuple[Tensor, Tensor]:
        """Not the style's: how far a clip errs about somebody's posture is no reason to wander from it."""
        return self.habitual_gaze, self.habitual_head

    @property
    def coming(self) -> Tensor:
        """[B, T, COMING] what the head may know of the gaze in the next frame."""
        return coming_jump(self.onset, self.next.aim - self.past.gaze)


def batch_of(
    model: EventGenerator,
    sessions: Sequence[SessionArrays],
    arrays: Sequence[EventArrays],
    places: Sequence[tuple[int, int]],
    styles: Sequence[np.ndarray],
    frames: int,
) -> EventBatch:
    """Windows of `frames` frames from places (session, first frame of the past).

    Args:
        styles: [d] of each.
    """
    c = model.config
    heard = np.full((len(places), c.look_back + frames + c.look_ahead, c.audio_dim), np.nan, np.float16)
    voice = np.tile(SILENT, (len(places), KNOWN + heard.shape[1], 1))
    for row, own, (i, first) in zip(heard, voice, places, strict=True):
        features, at = sessions[i].features, first + 1 - c.look_back
        assert features is not None
        begin, end = max(0, at), min(len(features), at + len(row))
        row[begin - at : end - at] = features[begin:end]
        begin = max(0, at - KNOWN)
        own[KNOWN + begin - at : KNOWN + end - at] = Voice(1)(features[None, :end, PROSODY])[0, begin:]

    def moments(shift: int) -> Moments:
        def stacked(name: str) -> Tensor:
            return torch.from_numpy(
                np.stack([arrays[i].moments[name][t + shift : t + shift + frames] for i, t in places])
            )

        return Moments(**{f.name: stacked(f.name) for f in fields(Moments)})

    def these(name: str, shift: int) -> Tensor:
        return torch.from_numpy(np.stack([getattr(arrays[i], name)[t + shift : t + shift + frames] for i, t in places]))

    posture = torch.from_numpy(np.stack([arrays[i].whole for i, _ in places])).float()
    speech = torch.from_numpy(heard).float()
    own = torch.from_numpy(np.concatenate([voice[:, KNOWN:], accents(voice)], -1))
    speech = torch.cat([torch.where(torch.isnan(speech), model.audio_mean, speech), own], -1)
    return EventBatch(
        speech, moments(0), moments(1),
        these("onset", 1).float(), these("half_vergence", 1), these("open", 1).float(),
        torch.from_numpy(np.stack(styles)).float(), these("move", 0), these("turn", 0),
        posture[:, :2], posture[:, 2:5],
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
        chosen.append(styles.clip(i, min(first // HOP, len(styles.vectors[i]) - 1), frames, rng))
    return places, chosen


def perturbed(batch: EventBatch) -> EventBatch:
    """The past a little off, as the model's own will be: it shall not rely on what only the truth has exactly."""
    p = batch.past
    b = len(p.head)
    away = 0.5 * torch.randn(b, 1, 3)
    past = replace(
        p,
        gaze=p.gaze + 0.1 * torch.randn(b, 1, 2) + 0.02 * torch.randn_like(p.gaze),
        head=p.head + away + 0.05 * torch.randn_like(p.head),
        bound=p.bound + away + 0.05 * torch.randn_like(p.head),
        home=p.home + 0.5 * torch.randn(b, 1, 3),
        turns=p.turns * (1 + 0.05 * torch.randn_like(p.turns)) + 0.02 * torch.randn_like(p.turns),
    )
    gaze = batch.habitual_gaze + 0.5 * torch.randn(b, 2)
    return replace(batch, past=past, habitual_gaze=gaze)
