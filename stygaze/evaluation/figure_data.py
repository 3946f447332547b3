"""What figures show, computed from motions: the map of sessions (Figure 5), structured dynamics (3), transfer (6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.ndimage import gaussian_filter1d

from stygaze.errors import StyGazeError
from stygaze.evaluation.predictions import Prediction
from stygaze.gaze.coordination import HEAD_MOVES
from stygaze.models.style_encoder import StyleEncoder
from stygaze.motion import FPS, HEAD, Motion

SESSIONS = 10  # of the paper's Figure 5
WINDOWS = 40  # a session and kind; more would hide each other
SMOOTH = 12.5  # frames; half a second, slower than any saccade: what is left is the structure of the movement
DIGITS = 2


def map_data(
    predictions: Mapping[str, Prediction] | Sequence[Prediction],
    encoder: StyleEncoder,
    sessions: Sequence[str] | None = None,
    model: str = "",
    protocol: str = "",
    seed: int = 0,
) -> dict[str, Any]:
    """Figure 5: styles of true and predicted windows of ten sessions in one t-SNE.

    Args:
        predictions: of one model and protocol, a session each.
        encoder: gives the style of a window (4 s); the same for truth and prediction.
        sessions: which; the first ten with room for a window unless given.
        model, protocol: said beside the figure.
        seed: of the t-SNE.

    Returns:
        {"model", "protocol", "points": [{"x", "y", "session", "kind": "true" or "predicted"}], "found": share of
        predicted windows whose nearest true centre is their own session's, "found_true": the same of true windows
        with their own left out, "chance"}.

    Raises:
        StyGazeError: a session without a prediction, or too few windows to lay out.
    """
    by_session = predictions if isinstance(predictions, Mapping) else {p.session: p for p in predictions}
    window = encoder.config.window
    named = list(sessions or [k for k, p in by_session.items() if len(p) >= window][:SESSIONS])
    missing = [name for name in named if name not in by_session or len(by_session[name]) < window]
    if missing:
        raise StyGazeError(f"Session {missing[0]} has no prediction of at least {window} frames for the map.")
    true = [_styles(encoder, by_session[name].true) for name in named]
    predicted = [_styles(encoder, by_session[name].predicted) for name in named]
    vectors = np.concatenate([*true, *predicted])
    if len(vectors) < 8:
        raise StyGazeError(f"The map needs at least 8 windows of {window} frames, got {len(vectors)}.")
    owner = np.concatenate([np.full(len(v), k % len(named)) for k, v in enumerate([*true, *predicted])])
    kinds = np.repeat(["true", "predicted"], [sum(map(len, true)), sum(map(len, predicted))])
    xy = _laid_out(vectors, seed)
    return {
        "model": model,
        "protocol": protocol,
        "sessions": named,
        "points": [
            {"x": round(x, DIGITS), "y": round(y, DIGITS), "session": named[k], "kind": str(kind)}
            for (x, y), k, kind in zip(xy.tolist(), owner.tolist(), kinds, strict=True)
        ],
        "found": round(_found(true, predicted, leave_out=False), 4),
        "found_true": round(_found(true, true, leave_out=True), 4),
        "chance": round(1 / len(named), 4),
    }


def _styles(encoder: StyleEncoder, frames: np.ndarray) -> np.ndarray:
    """[n, d] styles of at most `WINDOWS` windows, spread over the whole stretch."""
    hop = max(encoder.config.window // 4, (len(frames) - encoder.config.window) // WINDOWS)
    return encoder.embed(frames, hop=hop)[:WINDOWS]


def _laid_out(vectors: np.ndarray, seed: int) -> np.ndarray:
    """[N, 2]: one t-SNE of all windows together."""
    from openTSNE import TSNE

    perplexity = min(30, (len(vectors) - 1) // 3)
    fit = TSNE(perplexity=perplexity, metric="cosine", initialization="pca", random_state=seed, n_jobs=1)
    return np.asarray(fit.fit(vectors.astype(float)))


def _found(true: Sequence[np.ndarray], asked: Sequence[np.ndarray], leave_out: bool) -> float:
    """Share of windows whose nearest session mean (cosine) is their own; `leave_out` takes each from its mean first."""
    sums = np.stack([v.sum(0) for v in true])
    right = total = 0
    for k, vectors in enumerate(asked):
        centres = np.repeat(sums[None], len(vectors), 0)
        if leave_out:
            centres[:, k] -= vectors
        centres /= np.maximum(np.linalg.norm(centres, axis=-1, keepdims=True), 1e-9)
        right += int((np.einsum("nsd,nd->ns", centres, vectors).argmax(1) == k).sum())
        total += len(vectors)
    return right / max(1, total)


def dynamics_data(motions: Mapping[str, Motion], speech: str = "") -> dict[str, Any]:
    """Figure 3: yaw of head, eye and gaze with fixations, saccades and where the eye compensates the head.

    Args:
        motions: by title, the true one first; 20 s each show well.
        speech: what is heard meanwhile, said beside the figure.

    Returns:
        {"speech", "panels": [{"title", "time" [T] s, "head_yaw", "eye_yaw", "gaze_yaw" [T] degrees, "fixations",
        "compensation": [[on, off], ...] s, "saccades": [t, ...] s}]}. Fixations are those of gaze in the world.
        Compensation: gaze rests, the head turns by more than 5 deg/s, and the eyes turn the other way.
    """
    return {"speech": speech, "panels": [_panel(title, motion.resampled(FPS)) for title, motion in motions.items()]}


def _panel(title: str, motion: Motion) -> dict[str, Any]:
    events, yaw = motion.events(), motion.eye[:, 1]
    head_step, eye_step = np.diff(motion.head[:, 1], prepend=motion.head[:1, 1]), np.diff(yaw, prepend=yaw[:1])
    resting = np.zeros(len(motion), bool)
    for fixation in events.fixations:
        resting[fixation.onset : fixation.offset] = True
    against = resting & (np.abs(head_step) > HEAD_MOVES / FPS) & (head_step * eye_step < 0)
    return {
        "title": title,
        "time": _rounded(np.arange(len(motion)) / FPS),
        "head_yaw": _rounded(motion.head[:, 1]),
        "eye_yaw": _rounded(yaw),
        "gaze_yaw": _rounded(motion.world_gaze[:, 1]),
        "fixations": [[f.onset / FPS, f.offset / FPS] for f in events.fixations],
        "compensation": [[on / FPS, off / FPS] for on, off in runs(against)],
        "saccades": [round((s.onset + s.offset) / 2 / FPS, 3) for s in events.saccades],
    }


def runs(mask: np.ndarray) -> list[tuple[int, int]]:
    """Where a mask [T] is True, as [onset, offset) pairs.

    >>> runs(np.array([False, True, True, False, True]))
    [(1, 3), (4, 5)]
    """
    edges = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]]).astype(int)))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


@dataclass(frozen=True, eq=False)
class Transfer:
    """One case of Figure 6: the style of `reference`, given to the speech of `target`, makes `transferred`.

    `own` is what the model makes of the same speech in the target's own style: what the transfer has to move away from.
    """

    title: str
    reference: Motion
    target: Motion
    transferred: Motion
    own: Motion | None = None


def transfer_data(
    cases: Sequence[Transfer], encoder: StyleEncoder, speech: str = "", model: str = ""
) -> dict[str, Any]:
    """Figure 6: does the reference's style arrive, and does the target's structure stay?

    Returns:
        {"speech", "model", "panels": [{"title", "time" [T] s, "reference", "target", "transferred" and, where given,
        "own": {"yaw", "pitch" of gaze in the world, "head_yaw", "head_pitch"} [T] degrees, "to_reference",
        "to_target": 1 - cos between the transferred motion's style and theirs; "before": reference to target;
        "own_to_reference": that of `own` to the reference; "structure": correlation of transferred and target yaw,
        smoothed over half a second}]}.

    Raises:
        StyGazeError: a motion shorter than a window of the style encoder (4 s).
    """
    return {"speech": speech, "model": model, "panels": [_transfer(case, encoder) for case in cases]}


def _transfer(case: Transfer, encoder: StyleEncoder) -> dict[str, Any]:
    parts = {"reference": case.reference, "target": case.target, "transferred": case.transferred}
    parts |= {"own": case.own} if case.own else {}
    style = {name: _style(encoder, motion, f"{name} of {case.title}") for name, motion in parts.items()}
    n = min(len(case.target), len(case.transferred))
    yaws = [gaussian_filter1d(m.world_gaze[:n, 1], SMOOTH) for m in (case.target, case.transferred)]
    own = {"own_to_reference": _distance(style["own"], style["reference"])} if case.own else {}
    return {
        "title": case.title,
        "time": _rounded(np.arange(max(map(len, parts.values()))) / FPS),
        **{name: _curves(motion) for name, motion in parts.items()},
        "to_reference": _distance(style["transferred"], style["reference"]),
        "to_target": _distance(style["transferred"], style["target"]),
        "before": _distance(style["reference"], style["target"]),
        **own,
        "structure": _correlation(*yaws),
    }


def _style(encoder: StyleEncoder, motion: Motion, what: str) -> np.ndarray:
    if len(motion) < encoder.config.window:
        raise StyGazeError(
            f"The {what} is {motion.duration:.1f} s long; a style needs {encoder.config.window / FPS:g} s."
        )
    mean = encoder.embed(motion.frames).mean(0)
    return mean / np.linalg.norm(mean)


def _distance(a: np.ndarray, b: np.ndarray) -> float:
    return round(float(1 - a @ b), 4)


def _correlation(a: np.ndarray, b: np.ndarray) -> float | None:
    """None where one of the two does not move."""
    if a.std() < 1e-6 or b.std() < 1e-6:
        return None
    return round(float(np.corrcoef(a, b)[0, 1]), 4) + 0.0  # no -0


def _curves(motion: Motion) -> dict[str, list[float]]:
    gaze, head = motion.world_gaze, motion.frames[:, HEAD]
    return {
        "yaw": _rounded(gaze[:, 1]),
        "pitch": _rounded(gaze[:, 0]),
        "head_yaw": _rounded(head[:, 1]),
        "head_pitch": _rounded(head[:, 0]),
    }


def _rounded(values: np.ndarray) -> list[float]:
    return np.round(np.asarray(values, float), DIGITS).tolist()
