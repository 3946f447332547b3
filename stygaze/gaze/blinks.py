"""Blinks, seen through what a lid does to tracked eyes: for a moment both seem to diverge and to look down."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import median_filter

from stygaze.gaze.fixations import runs
from stygaze.motion import FPS, Motion

LONGEST = 12  # frames, 480 ms; a longer dip is the eyes looking further away
VERGENCE_DIP = 0.6  # degrees, at least
PITCH_DIP = 0.2  # degrees, at least
FAR_DIP = 3.0  # degrees of pitch by which a blink is known that hardly shows in vergence
TRACE = 0.5  # degrees of pitch from one frame to the next that may still be the lid's, where yaw stays
SIGMAS = 5.0  # the vergence dip must stand out this much from the vergence's own noise
MAD_TO_SIGMA = 1.4826
EYE_YAWS = [4, 6]
KNOTS = np.arange(-40, 41, 10.0)  # degrees of yaw, of the table of vergence over the direction of gaze


def find_blinks(motion: Motion, valid: np.ndarray | None = None, closely: bool = False) -> np.ndarray:
    """Blinks of a motion at 25 FPS as [n, 2] frames, first frame and the frame after the last.

    A blink is a dip of vergence (right yaw - left yaw) of at most half a second during which the eyes also go down: a
    closing lid hides the pupil from above. A motion without this artefact (a model's, a cleaned recording's) has no
    blinks here, for lids are not among the seven angles.

    Args:
        valid: [T] bool, False where the tracker lost the eyes. Where it is given, the losses of 80 to 480 ms are the
            blinks, and nothing else is looked for: whoever filled the gaps took the dips away.
        closely: also take blinks that hardly show in vergence but drop far, and the first and last trace of a lid in
            pitch. For taking motion apart: what is left of a blink would be two jumps of gaze.

    >>> frames = np.random.default_rng(0).normal(0, 0.01, (100, 7))
    >>> frames[40:44] += [0, 0, 0, -10, 0.8, -10, -0.8]  # for four frames both eyes drop and diverge
    >>> find_blinks(Motion(frames)).tolist()             # a frame more on either side
    [[39, 45]]
    """
    if valid is not None:
        lost = runs(~valid)
        length = lost[:, 1] - lost[:, 0]
        # A blink has open eyes before and after.
        return lost[(length >= 2) & (length <= LONGEST) & (lost[:, 0] > 0) & (lost[:, 1] < len(valid))]
    dip = _vergence_residual(motion)
    pitch = motion.eye[:, 0].astype(float)
    noise = MAD_TO_SIGMA * float(np.median(np.abs(dip)))
    found: list[tuple[int, int]] = []
    deep = dip < -max(VERGENCE_DIP, SIGMAS * noise)
    far = dip < -max(0.75 * VERGENCE_DIP, 0.6 * SIGMAS * noise)
    for first, end in runs(dip < -max(0.25 * VERGENCE_DIP, noise)).tolist():
        # The lid begins to close and ends to open up to a frame outside of where the dip is seen.
        start, stop = max(first - 1, found[-1][1] if found else 0), min(end + 1, len(pitch) - 1)
        sure = bool(deep[first:end].any())
        if start < 1 or end - first > LONGEST or not (sure or (closely and far[first:end].any())):
            continue
        if closely:
            start, stop = _with_traces(motion, start, stop, found[-1][1] if found else 0)
        line = np.linspace(pitch[start - 1], pitch[stop], stop - start + 2)[1:-1]
        if (pitch[start:stop] - line).min(initial=0) < -(PITCH_DIP if sure else FAR_DIP):
            found.append((start, stop))
    return np.array(found, int).reshape(-1, 2)


def _with_traces(motion: Motion, start: int, stop: int, earliest: int) -> tuple[int, int]:
    """A blink's frames with one more on either side where pitch, but not yaw, is already or still on its way."""
    pitch, yaw = motion.eye.astype(float).T
    for _ in range(2):
        if start - 2 >= earliest and start >= 3 and _falls(pitch, yaw, start - 2, start - 1):
            start -= 1
        if stop + 1 < len(pitch) and _falls(pitch, yaw, stop + 1, stop):
            stop += 1
    return start, stop


def _falls(pitch: np.ndarray, yaw: np.ndarray, before: int, after: int) -> bool:
    fall = pitch[before] - pitch[after]
    return bool(fall > TRACE and abs(yaw[after] - yaw[before]) < 0.5 * fall)


def without_blinks(gaze: np.ndarray, blinks: np.ndarray) -> np.ndarray:
    """Gaze in the world [T, 2], pitch and yaw, with the dips of blinks taken out.

    Yaw stays as it is: a lid hardly changes the mean of both eyes' yaw. Pitch in a blink goes as yaw goes where a
    saccade took place behind the lid, in one step halfway where it only went up or down, else along a line.

    >>> without_blinks(np.array([[1.0, 0], [-9, 0], [-9, 0], [1.3, 0]]), np.array([[1, 3]]))[:, 0].round(3).tolist()
    [1.0, 1.1, 1.2, 1.3]
    """
    gaze = gaze.copy()
    for start, stop in blinks.tolist():
        pitch, yaw = gaze[start - 1 : stop + 1].T
        rise, turn = pitch[-1] - pitch[0], yaw[-1] - yaw[0]
        if abs(turn) > 1.5:
            way = np.clip((yaw - yaw[0]) / turn, 0, 1)
        elif abs(rise) > 0.5:
            way = (np.arange(len(yaw)) >= len(yaw) / 2).astype(float)
        else:
            way = np.linspace(0, 1, len(yaw))
        gaze[start:stop, 0] = (pitch[0] + way * rise)[1:-1]
    return gaze


def _vergence_residual(motion: Motion) -> np.ndarray:
    """[T] degrees, vergence less what it usually is in that direction and less its slow course.

    Vergence depends on where the eyes look (the distance of what is there, and the tracker's calibration), so a quick
    look aside and back changes it like a blink. A table over yaw in the head and yaw in the world takes that away.
    """
    eyes = motion.frames[:, EYE_YAWS].astype(float)
    vergence = eyes[:, 1] - eyes[:, 0]
    yaws = np.stack([eyes.mean(1), motion.world_gaze[:, 1]], 1)
    weights = np.maximum(0, 1 - np.abs(np.clip(yaws, KNOTS[0], KNOTS[-1])[:, :, None] - KNOTS) / 10)
    table = weights.reshape(len(yaws), -1)
    centred = vergence - np.median(vergence)
    residual = np.zeros(len(centred))
    for _ in range(4):  # each round leaves out what the last one found far off: the blinks
        far = max(0.5 * VERGENCE_DIP, 3 * MAD_TO_SIGMA * float(np.median(np.abs(residual))))
        usual = table * (np.abs(residual) < far)[:, None]
        ridge = 0.5 * np.eye(table.shape[1])  # half a frame's worth of evidence against any dependence
        residual = centred - table @ np.linalg.solve(usual.T @ table + ridge, usual.T @ centred)
    return residual - median_filter(residual, 2 * FPS + 1, mode="nearest")
