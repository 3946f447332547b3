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
    steps = np.diff(head, axis=0) * WEIGHT
    total = len(steps)
    unit, norm, overlap = _atoms()
    path = np.concatenate([steps, np.zeros((LONGEST, 3))])
    match = fftconvolve(path[:, :, None], unit.T[::-1, None], "valid", axes=0)[:total]  # [T, 3, atoms]
    energy = (match**2).sum(1)
    best, atom, free = energy.max(1), energy.argmax(1), np.ones((total, 1))
    found: dict[int, tuple[int, Array]] = {}
    while len(found) < total:
        s = int(best.argmax())
        if best[s] < 3 * least**2:
            break
        a, much = int(atom[s]), match[s, :, atom[s]].copy()
        found[s] = a, much / norm[a] / WEIGHT
        free[s] = 0
        first, last = max(0, s - LONGEST + 1), min(total, s + LONGEST)  # only what overlaps has changed
        near = slice(first, last)
        products = overlap[a, first - s + LONGEST - 1 : last - s + LONGEST - 1]
        match[near] -= products[:, None] * much[:, None]
        energy = np.einsum("tca,tca->ta", match[near], match[near]) * free[near]
        best[near], atom[near] = energy.max(1), energy.argmax(1)
    order = sorted(found)
    when = np.array([(s, *divmod(found[s][0], len(PHASES))) for s in order], np.intp).reshape(-1, 3)
    return when, np.array([found[s][1] for s in order]).reshape(-1, 3)


@lru_cache(maxsize=1)
def _atoms() -> tuple[Array, Array, Array]:
    """Courses of energy one [atoms, LONGEST], how large they were, and their products [atoms, 2 LONGEST - 1, atoms].

    [a, LONGEST - 1 + d, b] is the product of atom a with atom b that begins d frames later: what a movement taken out
    of the path takes from the match of another, so that no match is ever computed again (Mallat and Zhang 1993,
    "Matching pursuits with time-frequency dictionaries").
    """
    course = courses().reshape(-1, LONGEST)
    norm = np.linalg.norm(course, axis=1)
    unit = course / norm[:, None]
    spectrum = np.fft.rfft(unit, 2 * LONGEST, axis=1)
    overlap = np.fft.irfft(spectrum[:, None] * spectrum.conj(), 2 * LONGEST, axis=2)
    overlap = np.roll(overlap, LONGEST - 1, axis=2)[..., :-1]
    found = unit, norm, np.ascontiguousarray(overlap.transpose(0, 2, 1))
    for array in found:
        array.setflags(write=False)
    return found
