"""Eyeballs: spheres with a corneal bulge that look along +z, with a polar texture layout."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

IRIS, PUPIL = np.radians(26.5), np.radians(10.5)  # half angles seen from the centre: 13.8 mm iris on a 31 mm ball
TEXTURE_ANGLE = np.radians(80.0)  # polar angle at the rim of eye.jpg; what lies behind has the rim's colour
SPOKES = 36
RINGS = np.concatenate(
    [
        PUPIL * np.array([0.5, 1.0]),
        np.linspace(PUPIL * 1.3, IRIS, 5),
        np.radians([31, 36, 43, 52, 62, 74, 88, 108, 135]),
    ]
)
BULGE, BULGE_ANGLE = 0.035, np.radians(33.0)  # the cornea stands 3.5 % of the radius proud of the sphere


@dataclass
class Eyeball:
    """vertices [n, 3]; triangles [m, 3]; uv [n, 2]; polar [n] angle from the forward axis in radians."""

    centre: np.ndarray
    radius: float
    vertices: np.ndarray
    triangles: np.ndarray
    uv: np.ndarray
    polar: np.ndarray


def fit_sphere(points: np.ndarray) -> tuple[np.ndarray, float]:
    """Least-squares centre and radius of points on a sphere."""
    solution = np.linalg.lstsq(np.c_[2 * points, np.ones(len(points))], (points**2).sum(1), rcond=None)[0]
    return solution[:3], float(np.sqrt(solution[3] + solution[:3] @ solution[:3]))


def eyeball(centre: np.ndarray, radius: float) -> Eyeball:
    """The eyeball around a centre: front pole first, then rings outward, back pole last."""
    azimuth = 2 * np.pi * np.arange(SPOKES) / SPOKES
    polar = np.concatenate([[0.0], np.repeat(RINGS, SPOKES), [np.pi]])
    around = np.concatenate([[0.0], np.tile(azimuth, len(RINGS)), [0.0]])
    unit = np.stack([np.sin(polar) * np.cos(around), np.sin(polar) * np.sin(around), np.cos(polar)], 1)
    bulge = 1 + BULGE * np.clip(1 - (polar / BULGE_ANGLE) ** 2, 0, None)
    reach = np.minimum(polar / TEXTURE_ANGLE, 1.0) / 2
    uv = 0.5 + np.stack([reach * np.cos(around), -reach * np.sin(around)], 1)

    ring = lambda r: 1 + r * SPOKES + np.arange(SPOKES)  # noqa: E731
    following = np.roll(np.arange(SPOKES), -1)
    back = len(polar) - 1
    faces = [np.stack([np.zeros(SPOKES, int), ring(0), ring(0)[following]], 1)]
    for r in range(len(RINGS) - 1):
        inner, outer = ring(r), ring(r + 1)
        faces.append(np.stack([inner, outer, outer[following]], 1))
        faces.append(np.stack([inner, outer[following], inner[following]], 1))
    last = ring(len(RINGS) - 1)
    faces.append(np.stack([last, np.full(SPOKES, back), last[following]], 1))
    return Eyeball(centre, radius, centre + radius * bulge[:, None] * unit, np.concatenate(faces), uv, polar)
