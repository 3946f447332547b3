"""Head movements: a head's path as a sum of smooth steps, found one after another by how much they explain.

Each movement is a step on the minimum-jerk profile (Flash and Hogan 1985), the same course for pitch, yaw and roll, as
one plan moves all three. Movements overlap: a nod is one down and one up, a slow shift of posture lies under both.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.signal import fftconvolve

Array = NDArray[np.floating]
DURATIONS = 3.5 * 1.17 ** np.arange(24)  # frames, 0.14 s to 5.2 s
PHASES = (0.0, 0.33, 0.67)  # of a frame at which a movement may begin
LEAST = 0.06  # degrees: a movement with less energy than three frames at this speed is not looked for
WEIGHT = np.array([1.0, 1.0, 2.0])  # roll is smaller than pitch and yaw
LONGEST = int(np.ceil(DURATIONS[-1])) + 2  # frames


def minimum_jerk(u: Array) -> Array:
    """Share of the way at relative time u; 0 before, 1 after.

    >>> minimum_jerk(np.array([-1.0, 0.5, 2.0])).tolist()
    [0.0, 0.5, 1.0]
    """
    u = np.clip(u, 0, 1)
    return u**3 * (10 - 15 * u + 6 * u * u)


@lru_cache(maxsize=1)
def courses() -> Array:
    """[durations, phases, LONGEST] steps from frame to frame of a movement of size one; they sum to one."""
    frame = np.arange(LONGEST + 1)[None, None]
    begin = np.array(PHASES)[None, :, None]
    made = np.diff(minimum_jerk((frame - begin) / DURATIONS[:, None, None]), axis=-1)
    made.setflags(write=False)
    return made


def find_movements(head: Array, least: float = LEAST) -> tuple[NDArray[np.intp], Array]:
    """Movements of a head [T, 3] at 25 FPS, in the order of time, at most one beginning in a frame.

    Returns:
        [n, 3] frame after which it begins, index in DURATIONS, index in PHASES; and [n, 3] its size in degrees.

    >>> head = np.zeros((80, 3)); head[:, 1] = 8 * minimum_jerk((np.arange(80) - 20) / DURATIONS[8])
    >>> when, size = find_movements(head)
    >>> when.tolist(), size.round(3).tolist()
    ([[20, 8, 0]], [[0.0, 8.0, 0.0]])
    """
    left = np.diff(head, axis=0) * WEIGHT
    total = len(left)
    left = np.concatenate([left, np.zeros((LONGEST, 3))])
    shapes = [(k, p, _cut(courses()[k, p])) for k in range(len(DURATIONS)) for p in range(len(PHASES))]
    unit = [shape / np.linalg.norm(shape) for _, _, shape in shapes]
    match = np.stack([_correlate(left, u)[:total] for u in unit])  # [atoms, T, 3]
    energy = (match**2).sum(2)
    best, atom = energy.max(0), energy.argmax(0)
    found: dict[int, tuple[int, int, Array]] = {}
    while len(found) < total:
        s = int(best.argmax())
        if best[s] < 3 * least**2:
            break
        a = int(atom[s])
        k, p, shape = shapes[a]
        end = s + len(shape)
        left[s:end] -= unit[a][:, None] * match[a, s]
        found[s] = (k, p, match[a, s] / np.linalg.norm(shape) / WEIGHT)
        for j, u in enumerate(unit):  # only what overlaps has changed
            first, last = max(0, s - len(u) + 1), min(total, end)
            match[j, first:last] = _correlate(left[first : last + len(u) - 1], u)[: last - first]
            energy[j, first:last] = (match[j, first:last] ** 2).sum(1)
        energy[:, s] = 0
        first, last = max(0, s - LONGEST), min(total, end)
        for taken in found:
            if first <= taken < last:
                energy[:, taken] = 0
        best[first:last], atom[first:last] = energy[:, first:last].max(0), energy[:, first:last].argmax(0)
    order = sorted(found)
    when = np.array([(s, found[s][0], found[s][1]) for s in order], np.intp).reshape(-1, 3)
    return when, np.array([found[s][2] for s in order]).reshape(-1, 3)


def _cut(course: Array) -> Array:
    return course[: int(np.flatnonzero(course)[-1]) + 1]


def _correlate(x: Array, u: Array) -> Array:
    """[len(x) - len(u) + 1, 3] products of a course with the path from each frame on."""
    if len(x) > 1000:
        return fftconvolve(x, u[::-1, None], "valid", axes=0)
    return np.lib.stride_tricks.sliding_window_view(x, len(u), axis=0) @ u
