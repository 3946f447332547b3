"""What a talking face does besides head and eyes: a mouth in time with the sound, blinks, brows on accents."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True, eq=False)
class Expression:
    """Per frame at 25 FPS: jaw [T] radians (0 closed), blink [T, 2] left and right lid 0 open..1 closed,
    shapes name -> [T] strength of further named face units of the embedded head."""

    jaw: np.ndarray
    blink: np.ndarray
    shapes: dict[str, np.ndarray] = field(default_factory=dict)
