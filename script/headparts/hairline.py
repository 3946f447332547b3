"""Where hair begins, in the average's space; ramps and bells that paint and hair share."""

from __future__ import annotations

import numpy as np
from scipy.interpolate import PchipInterpolator

# Hairline: angle about the vertical through the head, degrees from the front, against height in metres.
LINE_ANGLE = (0, 22, 38, 50, 60, 68, 76, 84, 95, 118, 130, 145, 160, 180)
LINE_HEIGHT = (0.091, 0.090, 0.086, 0.074, 0.060, 0.030, 0.010, 0.004, -0.006, -0.020, -0.028, -0.036, -0.042, -0.044)
EAR = ((0.012, -0.034), (0.035, 0.026))  # (y, z) of its middle and its half axes: hair leaves this free
AXIS_Z = -0.020  # the vertical runs through (0, y, AXIS_Z)
TEMPLES, FRONT = 40.0, 26.0  # degrees: where a line recedes first, and how wide the middle of the forehead is


def line_height(angle: np.ndarray, recede: float = 0.0, burns: float = 0.0) -> np.ndarray:
    """Height of the hairline at angles in degrees from the front, metres.

    Args:
        recede: metres that an older man's line has climbed at the temples; the middle follows by two thirds.
        burns: metres that the line before the ear stands higher, where nobody wears sideburns.
    """
    height = PchipInterpolator(LINE_ANGLE, LINE_HEIGHT)(angle)
    climbed = recede * (bell(angle - TEMPLES, 18) + 0.66 * bell(angle, FRONT))
    return height + climbed + burns * bell(angle - 74, 11)


def hairline(points: np.ndarray, recede: float = 0.0, burns: float = 0.0) -> np.ndarray:
    """Distance of points [n, 3] from the hairline, about metres; negative on bare skin."""
    angle = np.degrees(np.abs(np.arctan2(points[:, 0], points[:, 2] - AXIS_Z)))
    above = points[:, 1] - line_height(angle, recede, burns)
    from_ear = np.linalg.norm((points[:, 1:] - EAR[0]) / EAR[1], axis=1) - 1
    return np.where(np.abs(points[:, 0]) > 0.045, np.minimum(above, from_ear * min(EAR[1])), above)


def ramp(value: np.ndarray, low: float, high: float) -> np.ndarray:
    """0 below `low`, 1 above `high`, smooth between."""
    t = np.clip((value - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)


def bell(distance: np.ndarray, width: float) -> np.ndarray:
    """Bell of a distance, 1 at 0."""
    return np.exp(-((distance / width) ** 2))
