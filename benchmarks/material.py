"""What all groups work on: the shipped speech, cut or repeated to a length, and a motion made from it."""

from __future__ import annotations

from functools import cache

import numpy as np

from stygaze.assets import asset
from stygaze.motion import Motion
from stygaze.pipeline import StyGazeTalk
from stygaze.speech import SAMPLE_RATE, Speech
from stygaze.style import Style


@cache
def model() -> StyGazeTalk:
    return StyGazeTalk.from_pretrained()


@cache
def samples(seconds: float) -> np.ndarray:
    """[N] float32 at 16 kHz: real speech of just that length."""
    clips = [
        Speech.load(path).samples
        for path in sorted(asset("speech").rglob("*"))
        if path.suffix in (".flac", ".wav", ".ogg")
    ]
    return np.resize(np.concatenate(clips), round(seconds * SAMPLE_RATE))


@cache
def style() -> Style:
    """The first named style."""
    return model().style(next(iter(model().gallery)))


@cache
def motion(seconds: float) -> Motion:
    made = model().generate(model().listen((samples(seconds), SAMPLE_RATE)), style())
    assert isinstance(made, Motion)
    return made
