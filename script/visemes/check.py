"""Figures of the mouth: the network against phonemes, and lips on the head, learned beside the rules."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from stygaze.face.articulation import articulate, loudness
from stygaze.face.expression import Expression
from stygaze.face.head import Head
from stygaze.face.mouth import mouth
from stygaze.face.visemes import VISEMES, Network
from stygaze.motion import FPS, Motion
from visemes.corpus import Utterance

CERTAIN = 0.7  # a frame belongs to a viseme that has so much of it
SHUT = 1.0  # mm between the lips, below which they look closed
Mouth = tuple[np.ndarray, dict[str, np.ndarray]]


def accuracy(network: Network, utterances: list[Utterance]) -> dict:
    """Share of frames whose likeliest viseme is right, in all and by class; and how many there are."""
    found = np.concatenate([network(u.features) for u in utterances]).argmax(1)
    target = np.concatenate([u.target for u in utterances])
    sure, true = target.max(1) > CERTAIN, target.argmax(1)
    classes = {
        name: {"frames": int(at.sum()), "recall": _round((found[at] == k).mean()) if at.any() else None}
        for k, name in enumerate(VISEMES)
        for at in [sure & (true == k)]
    }
    return {"frames": int(sure.sum()), "accuracy": _round((found == true)[sure].mean()), "classes": classes}


def mouths(network: Network, utterances: list[Utterance]) -> dict[str, dict]:
    """The same figures of the learned mouth and of the rules."""

    def learned(u: Utterance) -> Mouth:
        return articulate(network(u.features), u.samples)

    def rules(u: Utterance) -> Mouth:
        return mouth(u.samples, len(u.target))

    return {"learned": _figures(learned, utterances), "rules": _figures(rules, utterances)}


def _figures(move: Callable[[Utterance], Mouth], utterances: list[Utterance]) -> dict:
    head = Head.load()
    pair = lip_pair(head)
    gaps, rounds, spreads, louds = [], [], [], []
    met, when = [], []
    for u in utterances:
        jaw, shapes = move(u)
        gap = lip_gap(head, pair, jaw, shapes)
        rounds.append(shapes["mouthFunnel"] + shapes["mouthPucker"])
        spreads.append(shapes["mouthStretchLeft"])
        louds.append(loudness(u.samples, len(gap)))
        gaps.append(gap)
        for start, end in _runs(u.target[:, VISEMES.index("PP")] > 0.4):
            first, last = max(0, start - 1), min(len(gap), end + 1)
            met.append(gap[first:last].min() < SHUT)
            closed = np.flatnonzero(gap[max(0, start - 3) : end + 3] < SHUT) + max(0, start - 3)
            if len(closed):
                when.append(1000 * (closed.mean() - (start + end - 1) / 2) / FPS)
    gap, rounding, spread, loud = (np.concatenate(v) for v in (gaps, rounds, spreads, louds))
    target = np.concatenate([u.target for u in utterances])
    at = {name: target[:, k] > CERTAIN for k, name in enumerate(VISEMES)}
    vowel = at["aa"] | at["E"] | at["I"] | at["O"] | at["U"]
    speaking = ~at["sil"]
    return {
        "bilabials": len(met),
        "bilabials_with_closed_lips": _round(np.mean(met)),
        "closure_late_ms_median": _round(np.median(when)),
        "closure_late_ms_middle_half": _round(np.subtract(*np.percentile(when, [75, 25]))),
        "vowel_frames_with_closed_lips": _round((gap[vowel] < SHUT).mean()),
        "gap_mm": {name: _round(gap[where].mean()) for name, where in at.items() if where.any()},
        "rounding_O_U_over_other_vowels_auc": _round(_auc(rounding, at["O"] | at["U"], at["aa"] | at["E"] | at["I"])),
        "spread_I_over_other_vowels_auc": _round(_auc(spread, at["I"], at["aa"] | at["O"] | at["U"])),
        "gap_with_loudness_r": _round(np.corrcoef(gap, loud)[0, 1]),
        "gap_with_loudness_r_while_speaking": _round(np.corrcoef(gap[speaking], loud[speaking])[0, 1]),
    }


def lip_pair(head: Head) -> tuple[int, int]:
    """Two vertices that touch in the middle of the closed mouth: of the upper and of the lower lip."""
    model = head.model
    place, jaw = np.asarray(model.v_template, float), model.weights[:, 2]
    used = np.zeros(len(place), bool)
    used[np.unique(head.meshes["skin"].vertex)] = True
    middle = used & (np.abs(place[:, 0]) < 0.002)
    opened = head.vertices(Motion(np.zeros((1, 7))), Expression(np.array([0.2]), np.zeros((1, 2))))[0]
    drop = place[:, 1] - opened[:, 1]
    near = middle & (place[:, 1] < head.joints[3, 1]) & (place[:, 1] > head.joints[3, 1] - 0.11)
    upper, lower = np.flatnonzero(near & (drop < 0.002)), np.flatnonzero(near & (drop > 0.006) & (jaw > 0.1))
    apart = np.linalg.norm(place[upper][:, None] - place[lower][None], axis=2)
    touching = np.argwhere(apart < apart.min() + 0.0015)
    front = max(touching, key=lambda ij: place[upper[ij[0]], 2] + place[lower[ij[1]], 2])
    return int(upper[front[0]]), int(lower[front[1]])


def lip_gap(head: Head, pair: tuple[int, int], jaw: np.ndarray, shapes: dict[str, np.ndarray]) -> np.ndarray:
    """[T] mm by which these two are further apart than at rest, upward."""
    n = len(jaw)
    at_rest = head.model.v_template[pair[0], 1] - head.model.v_template[pair[1], 1]
    found = head.vertices(Motion(np.zeros((n, 7))), Expression(jaw, np.zeros((n, 2)), shapes))
    return 1000 * (found[:, pair[0], 1] - found[:, pair[1], 1] - at_rest)


def _auc(value: np.ndarray, yes: np.ndarray, no: np.ndarray) -> float:
    """Chance that a frame of the first kind has the greater value (0.5 is no better than guessing)."""
    rank = np.argsort(np.argsort(np.concatenate([value[yes], value[no]]))) + 1
    return (rank[: yes.sum()].sum() - yes.sum() * (yes.sum() + 1) / 2) / (yes.sum() * no.sum())


def _runs(yes: np.ndarray) -> list[tuple[int, int]]:
    edges = np.diff(np.concatenate([[0], yes.astype(int), [0]]))
    return list(zip(np.flatnonzero(edges > 0).tolist(), np.flatnonzero(edges < 0).tolist(), strict=True))


def _round(value: float) -> float:
    return round(float(value), 3)
