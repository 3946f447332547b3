"""Blinks of one person: the artists' closed lids belong to their own face, so each face closes its lids its own way."""

from __future__ import annotations

import numpy as np

from headparts.bust import Bust

CLEAR = 0.0006  # metres between a closed lid and the eyeball


def corrections(bust: Bust, average: Bust, units: dict[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Rows [L] of the vertices that a blink moves, and what to add to the left and the right blink [2, L, 3], metres.

    A lid that travels farther or less far than the average's is given the average's closed slit: displacements are
    scaled by the eye's opening, then kept off the eyeball.
    """
    blinks = np.stack([units["eyeBlinkLeft"], units["eyeBlinkRight"]])
    moved = np.linalg.norm(blinks, axis=2).max(0) > 2e-4
    rows = np.flatnonzero(moved)
    added = np.zeros((2, len(rows), 3))
    for side in (0, 1):
        lid = blinks[side, rows]
        touched = np.linalg.norm(lid, axis=1) > 2e-4
        ball, theirs = bust.eyeballs[side], average.eyeballs[side]
        rest, base = bust.template[rows], average.template[rows]
        # where the average's lid goes about its own ball, in ball radii; blended in as far as the lid travels
        closed = (base + lid - theirs.centre) / theirs.radius
        wanted = closed * ball.radius + ball.centre
        travel = np.linalg.norm(lid, axis=1)
        share = np.clip(travel / np.percentile(travel, 92), 0, 1)[:, None]
        target = (1 - share) * (rest + lid) + share * wanted
        out = target - ball.centre
        away = np.linalg.norm(out, axis=1, keepdims=True)
        near = (rest[:, 2:] > ball.centre[2] - 0.1 * ball.radius) & (share > 0.35)
        least = np.maximum(np.linalg.norm(closed, axis=1, keepdims=True), 1 + CLEAR / ball.radius) * ball.radius
        target = np.where(near & (away < least), ball.centre + out / away * least, target)
        added[side] = np.where(touched[:, None], target - rest - lid, 0)
    return rows, added
