"""Two-sample test: can a small classifier tell generated motion from true motion in sessions it has not seen?

Accuracy .5 means that it cannot, 1 that it always can (C2ST; Lopez-Paz and Oquab, ICLR 2017). What the truth itself
scores, an independent draw of it against it, belongs beside every figure; so do the positive controls, truth with one
small fault, for a test that misses those says nothing. Motion must run freely: joints between windows of a prediction
are told at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter1d
from scipy.signal import lfilter
from scipy.stats import rankdata

from stygaze.errors import StyGazeError
from stygaze.evaluation import plain_classifier
from stygaze.evaluation.window_classifier import LEAD, classify
from stygaze.motion import FPS, HEAD, Motion, angles, direction, rotation

COLUMNS = ("all", "seven columns", "eyes", "world gaze", "head differences")
FOLDS = 3
FEWEST = 2 * FOLDS  # sessions
RESAMPLES = 2000

WIDER = 0.15  # of a saccade's size
GLIDE_BACK = 0.4  # s, time constant in which gaze returns from where it should not have gone
SMOOTHING = 2.0  # frames, SD
DELAY = 2  # frames

FORMULA = (
    "held-out accuracy of a GRU (64 x 2, mean and max pooled, 800 steps of 64 windows, see window_classifier.py) on"
    " windows of true against generated motion; sessions in thirds, one tests; mean over sessions, chance .5"
)


@dataclass(frozen=True)
class TwoSample:
    """What one classifier, or several, made of sessions it was not trained on.

    Attributes:
        accuracy: mean over tested sessions of the share of windows told rightly, as many true as generated ones.
        auc: area under the ROC curve over all windows of a classifier, mean over classifiers.
        interval: 95 % of the accuracy by bootstrap over sessions: windows of one session are not independent.
        by_session: accuracy of each tested session, by its place in the lists given.
        values: accuracy of each classifier.
        steps: training steps each took; fewer than asked for where everything was told apart.
    """

    accuracy: float
    auc: float
    interval: tuple[float, float]
    by_session: Mapping[int, float]
    values: tuple[float, ...]
    steps: tuple[int, ...]


def two_sample(
    true: Sequence[np.ndarray],
    generated: Sequence[np.ndarray],
    columns: str = "all",
    window: int = 100,
    seed: int = 0,
    steps: int = 800,
) -> TwoSample:
    """One classifier, trained on two thirds of the sessions and judged by the rest: every third one from seed % 3 on.

    A session is in one of the two with its true and its generated motion. Seeds 0, 1, 2 together test each session
    once: see `cross_validated`.

    Args:
        true: [T, 7] degrees at 25 FPS, one a session; lengths may differ.
        generated: in the same order; where a pair differs in length, both end with the shorter one.
        columns: "all", or a part of the motion: "eyes" (in the head), "world gaze" (mean eye and head), "head
            differences" (how the head moves, not where it is); "seven columns" sees all of it, but coarsely. "plain",
            "plain eyes", "plain world gaze": by the plain classifier.
        window: frames; 100 (4 s) sees how motion moves. From 250 on windows are seen in blocks of 5 frames, by mean and
            spread: 500 (20 s) looks for what only shows slowly.
        seed: of batches and network, and which third is tested.
        steps: of training, fixed; no validation chooses among them.

    Raises:
        StyGazeError: fewer than 6 sessions, lists of different lengths, a session shorter than the window, unknown
            columns, not seven of them, missing values.

    >>> rng = np.random.default_rng(0)
    >>> alive = [rng.normal(size=(60, 7)) for _ in range(6)]
    >>> found = two_sample(alive, [0 * session for session in alive], window=20, steps=30)
    >>> found.accuracy, found.interval, dict(found.by_session)
    (1.0, (1.0, 1.0), {0: 1.0, 3: 1.0})
    """
    pairs = _pairs(true, generated, columns, window)
    tested = [k for k in range(len(pairs)) if k % FOLDS == seed % FOLDS]
    trained = [pair for k, pair in enumerate(pairs) if k % FOLDS != seed % FOLDS]
    judge = plain_classifier.classify_plainly if columns in plain_classifier.COLUMNS else classify
    verdict = judge(trained, [pairs[k] for k in tested], columns, window, seed, steps)
    right = [float(((a <= 0).mean() + (b > 0).mean()) / 2) for a, b in verdict.logits]
    auc = _auc(np.concatenate([a for a, _ in verdict.logits]), np.concatenate([b for _, b in verdict.logits]))
    return _result(dict(zip(tested, right, strict=True)), [auc], [float(np.mean(right))], [verdict.steps])


def cross_validated(
    true: Sequence[np.ndarray],
    generated: Sequence[np.ndarray] | Sequence[Sequence[np.ndarray]],
    columns: str = "all",
    window: int = 100,
    steps: int = 800,
) -> TwoSample:
    """Three classifiers of seeds 0, 1, 2, each tested on another third, so that every session is tested once.

    Args:
        generated: as in `two_sample`, or three such lists, one a classifier: the training seeds of a model.

    Raises:
        StyGazeError: as `two_sample`.
    """
    several = len(generated) == FOLDS and not isinstance(generated[0], np.ndarray)
    made = [generated[k] if several else generated for k in range(FOLDS)]
    folds = [two_sample(true, made[k], columns, window, k, steps) for k in range(FOLDS)]  # type: ignore[arg-type]
    by_session = {k: right for fold in folds for k, right in fold.by_session.items()}
    return _result(
        dict(sorted(by_session.items())),
        [fold.auc for fold in folds],
        [fold.accuracy for fold in folds],
        [fold.steps[0] for fold in folds],
    )


def positive_controls(true: Sequence[np.ndarray]) -> dict[str, list[np.ndarray]]:
    """The sessions [T, 7] with one small fault each, which a test of any use must tell from an independent truth.

    "saccades widened": each goes 15 % too far, and gaze glides back within .4 s; the head is kept. (A whole field of
    gaze that is 15 % wider is no fault but another person, people differ by more; 4 s hardly show it: accuracy .59.)
    "head smoothed": by a Gaussian of 2 frames; the eyes make up for it, so gaze in the world is kept.
    "eyes delayed": by two frames against the head, which breaks the vestibulo-ocular reflex; two frames shorter.

    >>> still = np.zeros((50, 7)); look = still.copy(); look[20:, [4, 6]] = 10
    >>> found = positive_controls([look])
    >>> found["saccades widened"][0][[19, 20, 30, 49], 4].round(2).tolist()
    [0.0, 11.5, 10.55, 10.08]
    >>> found["eyes delayed"][0][[21, 22], 4].tolist(), len(found["eyes delayed"][0])
    ([10.0, 10.0], 48)
    """
    return {
        "saccades widened": [_widened(np.asarray(frames, float)) for frames in true],
        "head smoothed": [_smoothed(np.asarray(frames, float)) for frames in true],
        "eyes delayed": [np.concatenate([f[DELAY:, HEAD], f[:-DELAY, HEAD.stop :]], 1) for f in true],
    }


def _widened(frames: np.ndarray) -> np.ndarray:
    events = Motion(frames).events()
    gaze = events.gaze.astype(float)
    jump = np.zeros_like(gaze)
    for saccade in events.saccades:
        part = slice(saccade.onset + 1, saccade.offset + 1)
        jump[part] = np.diff(gaze[saccade.onset : saccade.offset + 1], axis=0)
    excess = WIDER * lfilter([1], [1, -np.exp(-1 / (GLIDE_BACK * FPS))], jump, axis=0)
    return _looking(frames, Motion(frames).world_gaze + excess)


def _smoothed(frames: np.ndarray) -> np.ndarray:
    smooth = frames.copy()
    smooth[:, HEAD] = gaussian_filter1d(frames[:, HEAD], SMOOTHING, axis=0)
    return _looking(smooth, Motion(frames).world_gaze)


def _looking(frames: np.ndarray, gaze: np.ndarray) -> np.ndarray:
    """The motion with both eyes turned alike so that they look along `gaze` [T, 2] in the world; the head is kept."""
    motion = Motion(frames)
    eye = angles(np.einsum("tji,tj->ti", rotation(*motion.head.T), direction(*gaze.T)))
    return frames + np.pad(np.tile(eye - motion.eye, 2), ((0, 0), (HEAD.stop, 0)))


def _pairs(
    true: Sequence[np.ndarray], generated: Sequence[np.ndarray], columns: str, window: int
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Sessions as (true, generated) of one length."""
    known = (*COLUMNS, *plain_classifier.COLUMNS)
    if columns not in known:
        raise StyGazeError(f"The two-sample test knows no columns {columns!r}; choose one of {', '.join(known)}.")
    if len(true) != len(generated):
        raise StyGazeError(
            f"The two-sample test compares session with session: {len(true)} true and {len(generated)} generated ones"
            " were given."
        )
    if len(true) < FEWEST:
        raise StyGazeError(f"The two-sample test needs {FEWEST} sessions or more, {len(true)} were given.")
    pairs = []
    for k, (a, b) in enumerate(zip(true, generated, strict=True)):
        n = min(len(a), len(b))
        if n < window + LEAD:
            raise StyGazeError(
                f"Session {k} has {n} frames; the two-sample test with windows of {window} needs {window + LEAD}."
            )
        pairs.append((np.asarray(a, float)[:n], np.asarray(b, float)[:n]))
    return pairs


def _auc(true: np.ndarray, generated: np.ndarray) -> float:
    """Probability that a generated window has the higher logit; ties count half (Mann and Whitney 1947)."""
    ranks = rankdata(np.concatenate([true, generated]))[len(true) :]
    n = len(generated)
    return float((ranks.sum() - n * (n + 1) / 2) / (n * len(true)))


def _result(by_session: dict[int, float], auc: list[float], values: list[float], steps: list[int]) -> TwoSample:
    right = np.array(list(by_session.values()))
    drawn = np.random.default_rng(0).integers(len(right), size=(RESAMPLES, len(right)))
    low, high = np.quantile(right[drawn].mean(1), [0.025, 0.975])
    interval = (float(low), float(high))
    return TwoSample(float(right.mean()), float(np.mean(auc)), interval, by_session, tuple(values), tuple(steps))
