"""What a motion is made of: a head, fixations and jumps of gaze in the world, vergence, a tracker's noise and blinks.

The events generator (`models.events`) learns from these parts and puts them together again.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.signal import savgol_filter

from stygaze.gaze.blinks import find_blinks, without_blinks
from stygaze.gaze.saccades import eye_noise, find_saccades
from stygaze.motion import Motion

Array = NDArray[np.floating]
STILL, NOISY = 0.1, 3.0  # degrees a frame at most of drift and slip, and of a tracker's noise in its SD
JERK = 1.0  # degrees a frame, beyond which a gaze taken to rest did not
AUDIBLE = 0.02  # degrees of tracker noise below which nothing is smoothed
BLINK_FRAMES = 11  # of a blink's template
OPEN_FRAMES = 4  # about a blink, at least, to tell what it adds
EYE_PITCHES = [3, 5]
RECENT = 7  # frames of a fixation over whose mean a tracker's noise is quieted
ASIDE = 20.0  # degrees of the eye in the head, about where the reflex begins to leave more of the head's turn
FLIGHT = 10  # frames of a jump at most
# of a saccade that no single frame shows under a tracker's noise: degrees between the means of the frames before and
# after it, how many each at most and at least, in how many errors of them, and the share of it in one frame
HIDDEN, MEANS, FEWEST, ERRORS, AT_ONCE = 0.4, 4, 3, 5.0, 0.5


@dataclass(frozen=True, eq=False)
class Decomposition:
    """Parts of a motion of T frames, degrees.

    Attributes:
        head: [T, 3] pitch, yaw, roll without the tracker's noise.
        gaze: [T, 2] pitch, yaw in the world, without blinks and noise.
        onset: [T] bool, the first frame of a jump that has left its start.
        busy: [T] bool, frames of jumps, the landing one included.
        landing: [T, 2] where the latest jump ended (in its busy frames: where it will); before the first, the gaze.
        half_vergence: [T] half of left yaw - right yaw.
        open: [T] bool, no blink.
        flights: [n, 1 + FLIGHT] amplitude of each jump, and the share of its way that is covered in each of its frames.
        blinks: [b, BLINK_FRAMES, 2] what those blinks that hide no jump add to both eyes' pitch, and to half the
            vergence.
        blink_count: of all.
        eye_noise, head_noise: standard deviation.
    """

    head: Array
    gaze: Array
    onset: NDArray[np.bool_]
    busy: NDArray[np.bool_]
    landing: Array
    half_vergence: Array
    open: NDArray[np.bool_]
    flights: Array
    blinks: Array
    blink_count: int
    eye_noise: float
    head_noise: float

    def __len__(self) -> int:
        return len(self.head)


def decompose(motion: Motion) -> Decomposition:
    """Take a motion at 25 FPS apart.

    >>> frames = np.zeros((40, 7)); frames[20:, [4, 6]] = 12  # both eyes jump 12 degrees to the left
    >>> parts = decompose(Motion(frames))
    >>> np.flatnonzero(parts.onset).tolist(), parts.landing[[19, 20, 39], 1].round(6).tolist()
    ([20], [0.0, 12.0, 12.0])
    """
    frames = motion.frames.astype(float)
    noise = eye_noise(motion)
    tracked = noise > AUDIBLE
    blinks = find_blinks(motion, closely=True) if tracked else np.zeros((0, 2), int)
    # First in the head, for under a rolled head a lid's dip is also a turn of gaze in the world; then in the world, for
    # a head that nods meanwhile turns the eyes.
    dip = motion.eye[:, 0].astype(float) - without_blinks(motion.eye.astype(float), blinks)[:, 0]
    lifted = frames.copy()
    lifted[:, EYE_PITCHES] -= dip[:, None]
    opened = Motion(lifted)
    clean = without_blinks(opened.world_gaze, blinks)
    head, head_noise = _quiet(frames[:, :3]) if tracked else (frames[:, :3], 0.0)
    spans = _whole(clean, [(s.onset, s.offset) for s in find_saccades(motion, clean, noise=noise)], noise)
    gaze = clean
    if tracked:
        slip = _slip(clean, head, opened.eye, _marked(spans, len(frames))[1])
        spans = sorted([*spans, *_hidden(clean - slip, spans, noise)])
        gaze = _rested(clean, slip, spans)
    onset, busy = _marked(spans, len(frames))
    flights, landing = [], np.empty_like(gaze)
    landing[:] = gaze[0]
    for s, t in spans:
        landing[s + 1 :] = gaze[t]
        step = gaze[t] - gaze[s]
        if t - s <= FLIGHT and (size := float(np.hypot(*step))) > 2 * noise:
            share = np.ones(FLIGHT)
            share[: t - s - 1] = (gaze[s + 1 : t] - gaze[s]) @ step / size**2
            flights.append(np.r_[size, share])
    half = (frames[:, 4] - frames[:, 6]) / 2
    closed = np.zeros(len(frames), bool)
    for start, stop in blinks:
        closed[max(0, start - 1) : stop + 1] = True
    still = blinks[[not busy[start - 1 : stop + 1].any() for start, stop in blinks]]
    return Decomposition(
        head, gaze, onset, busy, landing, half, ~closed, np.array(flights).reshape(-1, 1 + FLIGHT),
        _templates(dip, half, ~closed & ~busy, np.cumsum(onset), still),
        len(blinks), noise if tracked else 0.0, head_noise,
    )  # fmt: skip


def _whole(gaze: Array, spans: list[tuple[int, int]], noise: float) -> list[tuple[int, int]]:
    """Spans of saccades with the frames in which gaze had just left, or not quite arrived: what speed alone misses."""
    found: list[tuple[int, int]] = []
    least = on_its_way(noise)
    for i, (s, t) in enumerate(spans):
        way = gaze[t] - gaze[s]
        way = way / max(float(np.hypot(*way)), 1e-9)
        if s - 1 > (found[-1][1] if found else 0) and (gaze[s] - gaze[s - 1]) @ way > least:
            s -= 1
        if t + 1 < (spans[i + 1][0] if i + 1 < len(spans) else len(gaze) - 1) and (gaze[t + 1] - gaze[t]) @ way > least:
            t += 1
        found.append((s, t))
    return found


def on_its_way(noise: float) -> float:
    """Degrees a frame that gaze must go along with a jump to be of it, under a tracker's noise of that SD."""
    return max(STILL, NOISY * noise)


def _marked(spans: list[tuple[int, int]], frames: int) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """[frames] where jumps begin, and where they are under way."""
    onset, busy = np.zeros(frames, bool), np.zeros(frames, bool)
    for s, t in spans:
        onset[s + 1], busy[s + 1 : t + 1] = True, True
    return onset, busy


def _hidden(gaze: Array, spans: list[tuple[int, int]], noise: float) -> list[tuple[int, int]]:
    """Saccades between others that only the mean of several frames shows: most that correct a large one are such.

    Args:
        gaze: [T, 2] beside what slipped, for that moves the mean as well.
    """
    frame, flying = np.arange(len(gaze)), np.zeros(len(gaze), bool)
    for s, t in spans:
        flying[s + 1 : t] = True
    starts, ends = ([0, *(t for _, t in spans)], [*(s for s, _ in spans), len(gaze) - 1])
    # of the rest that each frame is in
    rest = np.clip(np.searchsorted(starts, frame, side="right") - 1, 0, len(ends) - 1)
    first, last = np.array(starts)[rest], np.array(ends)[rest] + 1
    before, after = np.minimum(frame - first, MEANS), np.minimum(last - frame, MEANS)
    known = np.flatnonzero(~flying & (before >= FEWEST) & (after >= FEWEST))
    before, after = before[known, None], after[known, None]
    total = np.concatenate([np.zeros((1, 2)), np.cumsum(gaze, axis=0)])
    step = (total[known + after[:, 0]] - total[known]) / after - (total[known] - total[known - before[:, 0]]) / before
    size = np.hypot(*step.T)
    error = noise / np.sqrt(2) * np.sqrt(1 / before + 1 / after)[:, 0]  # of each eye's mean; `noise` is that of a step
    at_once = ((gaze[known] - gaze[known - 1]) * step).sum(1)
    seen = (size > HIDDEN) & (size > ERRORS * error) & (at_once > AT_ONCE * size**2)
    found: list[int] = []
    for i in np.flatnonzero(seen)[np.argsort(-(size / error)[seen])]:
        if all(abs(known[i] - other) >= FEWEST for other in found):
            found.append(int(known[i]))
    return [(t - 1, t) for t in found]


def _slip(gaze: Array, head: Array, eye: Array, busy: NDArray[np.bool_]) -> Array:
    """[T, 2] how far a resting gaze has been taken along by the head, summed from the first frame.

    How much, this recording's rest tells.
    """
    turn, step = (np.diff(x[:, :2], axis=0, prepend=x[:1, :2]) for x in (head, gaze))
    share = left_by_reflex(turn[~busy], step[~busy], eye[~busy])
    return np.cumsum(turn * (share[0] + share[1] * (eye / ASIDE) ** 2), axis=0)


def left_by_reflex(turn: Array, step: Array, eye: Array) -> Array:
    """Shares of the head's turn that the reflex does not make up for, for pitch and yaw.

    The further out the eye stands, the less it does: the share is linear in the square of the eye's angle.

    Args:
        turn, step, eye: [n, 2] of frames at rest: degrees a frame of head and gaze, degrees of the eye in the head.

    Returns:
        [2, 2] share of an eye straight ahead, and how much more it is at ASIDE degrees; columns are pitch and yaw.

    >>> turn, eye = np.array([[0.2, 1], [0.4, 2], [0.3, -1]]), np.array([[0.0, 0], [10, 20], [20, 10]])
    >>> left_by_reflex(turn, turn * (0.1 + 0.4 * (eye / 20) ** 2), eye).round(6).tolist()
    [[0.1, 0.1], [0.4, 0.4]]
    """
    known = turn[:, None] * np.stack([np.ones_like(eye), (eye / ASIDE) ** 2], 1)  # [n, 2, axis]
    resting = (np.abs(step) < JERK).all(1)
    fits = [np.linalg.lstsq(known[resting, :, k], step[resting, k], rcond=None)[0] for k in range(2)]
    return np.stack(fits, 1)


def _rested(gaze: Array, slip: Array, spans: list[tuple[int, int]]) -> Array:
    """Gaze [T, 2] without a tracker's noise in its fixations: beside slip [T, 2], the mean of the last frames.

    In its first frames a fixation is at the mean of them all. Beyond, nothing looks ahead: that would betray, in
    training, when the fixation ends.
    """
    quiet, last = gaze.copy(), 0
    still = gaze - slip
    for s, t in [*spans, (len(gaze) - 1, len(gaze))]:
        if s >= last:
            total = np.cumsum(still[last : s + 1], axis=0)
            total[RECENT:] -= total[:-RECENT].copy()
            first = min(RECENT, s + 1 - last)
            total[:first] = total[first - 1] * RECENT / first
            quiet[last : s + 1] = total / RECENT + slip[last : s + 1]
        last = t
    return quiet


def _quiet(head: Array) -> tuple[Array, float]:
    """Head without noise where what a smooth curve leaves is noise; sharp movements stay as they are."""
    noise = float(np.min(np.median(np.abs(np.diff(head, 3, axis=0)), axis=0)) / 0.6745 / np.sqrt(20))
    smooth = savgol_filter(head, 5, 3, axis=0)
    left = head - smooth
    local = np.sqrt(np.stack([np.convolve(x**2, np.ones(5) / 5, "same") for x in left.T], 1))
    return smooth + left * (1 - np.minimum(1, (noise / (local + 1e-9)) ** 2)), noise


def _templates(
    dip: Array, half: Array, resting: NDArray[np.bool_], fixation: NDArray[np.int_], blinks: NDArray[np.int_]
) -> Array:
    """What blinks of a recording add to pitch and half vergence, each from its first frame on.

    Vergence is counted from that of the same fixation's open eyes, for elsewhere it is another, and goes as far as
    pitch in each frame of a blink, for both are the lid's: by itself it would be mostly noise, which the one who puts
    motion together adds anyway.
    """
    found = []
    for start, stop in blinks:
        around = np.r_[max(0, start - 25) : start, stop : min(stop + 25, len(half))]
        around = around[resting[around] & (fixation[around] == fixation[start])]
        if stop - start > BLINK_FRAMES or len(around) < OPEN_FRAMES:
            continue
        template = np.zeros((BLINK_FRAMES, 2))
        template[: stop - start, 0] = dip[start:stop]
        apart = half[start:stop] - np.median(half[around])
        template[:, 1] = template[:, 0] * (apart @ dip[start:stop]) / (dip[start:stop] @ dip[start:stop] + 1e-9)
        found.append(template)
    return np.array(found).reshape(-1, BLINK_FRAMES, 2)
