"""One scene for film and browser player: camera, lights, materials and background as plain data.

Units are metres in FLAME's axes. Colours of lights are linear RGB, those of the background sRGB 0..1. A light of
intensity 1 makes a white matte surface that faces it white (three.js: multiply directional intensities by pi).
"""

from __future__ import annotations

from typing import Any

CAMERA: dict[str, Any] = {
    "fov": 20.0,  # vertical, degrees: a portrait lens, which does not swell the nose
    "position": (0.0, 0.0, 1.06),
    "target": (0.0, -0.008, 0.04),
    "near": 0.3,
    "far": 3.0,
}

# "toward" points from the head to the light
LIGHTS: tuple[dict[str, Any], ...] = (
    {"name": "key", "toward": (0.48, 0.46, 0.78), "color": (1.00, 0.96, 0.91), "intensity": 0.72},
    {"name": "fill", "toward": (-0.75, 0.10, 0.60), "color": (0.90, 0.95, 1.00), "intensity": 0.30},
    {"name": "rim", "toward": (-0.25, 0.55, -0.80), "color": (1.00, 1.00, 1.00), "intensity": 0.50},
)
# In the eyes the key light's highlight stands where the light were here, so that the upper lid does not hide it.
CATCHLIGHT = {"toward": (0.30, 0.20, 0.93)}
AMBIENT = {"sky": (0.34, 0.35, 0.37), "ground": (0.20, 0.18, 0.17)}  # linear; mixed by the normal's height

# roughness 0..1 as in glTF; specular 0..1: strength of the highlight; soften: how far light creeps past the terminator
# (skin scatters it, red farthest)
MATERIALS = {
    "skin": {"roughness": 0.52, "specular": 0.10, "soften": 0.22},
    "eyes": {"roughness": 0.28, "specular": 1.00, "soften": 0.05},
    "mouth": {"roughness": 0.35, "specular": 0.30, "soften": 0.10},
    "lashes": {"roughness": 0.80, "specular": 0.05, "soften": 0.00},
    "hair": {"roughness": 0.50, "specular": 0.10, "soften": 0.05},
}

# from the middle of the picture to its corners; a plain colour is a gradient between equal ends
BACKGROUND = {"centre": (0.925, 0.937, 0.950), "edge": (0.800, 0.825, 0.855)}
