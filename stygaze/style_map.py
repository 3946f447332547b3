"""The style map: where styles lie beside each other, by t-SNE; new motions take a place without moving the others.

Paper, Figure 5: embeddings of recorded stretches solid, of generated ones transparent.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from stygaze.assets import asset
from stygaze.errors import StyGazeError
from stygaze.motion_files import replacing
from stygaze.style import Style

PERPLEXITY = 30
FIELDS = ("vectors", "xy", "style", "session", "generated", "habits")


@dataclass(eq=False)
class StyleMap:
    """Points of a fitted map.

    Args:
        vectors: [N, d] style embeddings.
        xy: [N, 2] their places.
        style: [N] key of the named style (a file in assets/styles), or "" for a style of the continuous prior.
        session: [N] id of the session a point comes from.
        generated: [N] True where the motion was generated, not recorded.
        habits: [N, HABITS] what was measured beside the embedding.
    """

    vectors: np.ndarray
    xy: np.ndarray
    style: np.ndarray
    session: np.ndarray
    generated: np.ndarray
    habits: np.ndarray
    _embedding: Any = field(default=None, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @classmethod
    def fit(
        cls,
        vectors: np.ndarray,
        style: np.ndarray,
        session: np.ndarray,
        generated: np.ndarray,
        habits: np.ndarray,
        seed: int = 0,
    ) -> StyleMap:
        """t-SNE of the recorded points; generated ones are placed afterwards, so that they cannot shape the map."""
        from openTSNE import TSNE

        recorded = ~generated
        fitted = TSNE(perplexity=PERPLEXITY, metric="cosine", initialization="pca", random_state=seed, n_jobs=2).fit(
            vectors[recorded]
        )
        xy = np.zeros((len(vectors), 2), np.float32)
        xy[recorded] = np.asarray(fitted)
        this = cls(vectors.astype(np.float32), xy, style, session, generated, habits)
        if generated.any():
            this.xy[generated] = this.place(vectors[generated])
        return this

    @classmethod
    def load(cls, path: Path | None = None) -> StyleMap:
        """The shipped map, or another file.

        Raises:
            StyGazeError: not there.
        """
        with np.load(path or asset("style_map", "map.npz"), allow_pickle=False) as file:
            return cls(*(file[key] for key in FIELDS))

    def save(self, path: Path) -> None:
        with replacing(path) as temporary:
            np.savez_compressed(
                temporary,
                vectors=self.vectors.astype(np.float16),
                xy=self.xy.astype(np.float32),
                style=self.style,
                session=self.session,
                generated=self.generated,
                habits=self.habits.astype(np.float32),
            )

    def style_at(self, index: int, name: str) -> Style:
        """The style of a point, called `name`."""
        return Style(self.vectors[index], name, self.habits[index])

    def place(self, vectors: np.ndarray) -> np.ndarray:
        """Where new styles lie: [n, d] -> [n, 2], by their neighbours among the recorded points; nothing is refitted.

        Raises:
            StyGazeError: styles of another model.
        """
        vectors = np.atleast_2d(np.asarray(vectors, float))
        if vectors.shape[1] != self.vectors.shape[1]:
            raise StyGazeError(f"The map holds styles of {self.vectors.shape[1]} numbers, got {vectors.shape[1]}.")
        with self._lock:
            if self._embedding is None:
                self._embedding = self._rebuild()
            placed = self._embedding.prepare_partial(vectors, initialization="median", k=15, perplexity=5)
            # a short run with strong attraction: a new point settles among its neighbours
            placed.optimize(n_iter=100, learning_rate=0.1, exaggeration=1.5, momentum=0.8, inplace=True)
        return np.asarray(placed, dtype=np.float32)

    def _rebuild(self) -> Any:
        """openTSNE's embedding from the stored places: only the neighbour index is made anew, without a pickle."""
        from openTSNE import TSNEEmbedding
        from openTSNE.affinity import PerplexityBasedNN

        recorded = ~self.generated
        affinities = PerplexityBasedNN(
            self.vectors[recorded].astype(float), perplexity=PERPLEXITY, metric="cosine", method="exact", n_jobs=1
        )
        return TSNEEmbedding(self.xy[recorded].astype(float), affinities, n_jobs=1)
