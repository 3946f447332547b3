"""Is the style seen? Of short stretches, generated or recorded, the nearest of the named reference styles."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from stygaze.motion import FPS, Motion
from stygaze.pipeline import StyGazeTalk
from stygaze.speech import Speech
from stygaze.style import Style

Embed = Callable[[Motion], Style]


@dataclass(frozen=True, eq=False)
class Recognition:
    """Counts [asked, nearest] over the named styles."""

    names: tuple[str, ...]
    counts: np.ndarray

    @property
    def accuracy(self) -> float:
        """Share of cases whose nearest reference is the style asked for; chance is 1 / len(names)."""
        return float(np.trace(self.counts) / max(1, self.counts.sum()))

    def rows(self) -> list[dict]:
        """One row a style: cases, share recognised, and what it was taken for most often when not."""
        rows = []
        for i, name in enumerate(self.names):
            wrong = self.counts[i].copy()
            wrong[i] = 0
            rows.append(
                {
                    "style": name,
                    "cases": int(self.counts[i].sum()),
                    "recognised": round(float(self.counts[i, i] / max(1, self.counts[i].sum())), 3),
                    "else taken for": self.names[int(wrong.argmax())] if wrong.any() else "",
                }
            )
        return rows


def recognise(cases: Sequence[tuple[str, Motion]], references: dict[str, Motion], embed: Embed) -> Recognition:
    """Nearest reference (cosine) of each case.

    Args:
        cases: (name of the style asked for, a stretch of motion of that style).
        references: name -> reference motion.
        embed: the style encoder to judge with.
    """
    names = tuple(references)
    centres = np.stack([embed(motion).vector for motion in references.values()])
    counts = np.zeros((len(names), len(names)), int)
    for asked, motion in cases:
        counts[names.index(asked), int(np.argmax(centres @ embed(motion).vector))] += 1
    return Recognition(names, counts)


def generated_cases(
    model: StyGazeTalk, speeches: Sequence[Speech], seconds: float = 10.0, seed: int = 0
) -> list[tuple[str, Motion]]:
    """One stretch a style and speech, from generated motion; the first two seconds are left out as a start."""
    frames, cases = round(seconds * FPS), []
    for name in model.gallery:
        style = model.style(name)
        for k, speech in enumerate(speeches):
            motion = model.generate(speech, style, seed=seed + k)
            assert isinstance(motion, Motion)
            cases.append((name, motion[2 * FPS : 2 * FPS + frames]))
    return cases
