"""The models that a visitor may choose: the shipped checkpoints, each with a plain line; a few are kept loaded."""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from functools import cache
from typing import Any

from stygaze.assets import asset
from stygaze.errors import StyGazeError
from stygaze.pipeline import DEFAULT, StyGazeTalk

KEPT = 3  # beside the default; each is some 10 MB
LINES = {  # in the order of the paper's tables
    DEFAULT: ("Default", "gaze and head as events"),
    "events": ("Events", "the same, on the tables’ corpus"),
    "oculomotor": ("Oculomotor", "a regression with a physiology"),
    "base": ("Base", "knows no style"),
    "se-32": ("SE-32", "a style of 32 numbers"),
    "se-64": ("SE-64", "a style of 64 numbers"),
    "se-64-vel": ("SE-64-VEL", "also learned from velocities"),
    "tfm-se-64": ("TFM-SE-64", "a Transformer, no LSTM"),
    "pseudo-se-64": ("Pseudo-SE-64", "gaze guessed from video"),
}
INFO = "The first three are ours; the others are the paper’s: a network’s own output, which glides where eyes jump."

_making = threading.RLock()
_loaded: OrderedDict[str, StyGazeTalk] = OrderedDict()


def shipped() -> list[str]:
    """Names of the checkpoints that hold a whole pipeline, the default first, then as the paper's tables have them."""
    folders = [path for path in asset("checkpoints").iterdir() if (path / "config.json").is_file()]
    known = list(LINES)
    names = [path.name for path in folders]
    whole = [name for name in names if {"generator", "style_encoder"} <= set(_record(name).get("models", {}))]
    return sorted(whole, key=lambda name: (known.index(name) if name in known else len(known), name))


def _record(name: str) -> dict[str, Any]:
    return json.loads((asset("checkpoints", name) / "config.json").read_text(encoding="utf-8"))


def label(name: str) -> str:
    """What a model is called."""
    return LINES.get(name, (name, ""))[0]


def line(name: str) -> str:
    """What is particular about a model, in one line."""
    return LINES.get(name, ("", ""))[1]


def choices() -> list[tuple[str, str]]:
    """What a visitor reads, and the name behind it."""
    return [(f"{label(name)}: {line(name)}" if line(name) else label(name), name) for name in shipped()]


def pipeline(name: str = DEFAULT) -> StyGazeTalk:
    """A shipped model, loaded once; the default's speech encoder serves all that were trained on the same.

    Raises:
        StyGazeError: no such model is shipped.
    """
    with _making:
        if name not in _loaded:
            if name not in (names := shipped()):
                raise StyGazeError(f"There is no model {name!r} here; choose one of {', '.join(names)}.")
            loaded = StyGazeTalk.from_pretrained(asset("checkpoints", name))
            _loaded[name] = loaded if name == DEFAULT else _sharing(loaded, pipeline())
        _loaded.move_to_end(name)
        others = [other for other in _loaded if other != DEFAULT]
        for old in others[: max(0, len(others) - KEPT)]:
            del _loaded[old]
        return _loaded[name]


@cache
def has_events(name: str) -> bool:
    """Whether a model decides where to look, jump by jump, and so can be asked for eye contact and looks."""
    return pipeline(name).has_events


def _sharing(model: StyGazeTalk, default: StyGazeTalk) -> StyGazeTalk:
    """The model with the default's speech encoder, where it was trained on the same."""
    if model.record.get("encoder") != default.record.get("encoder"):
        return model
    return StyGazeTalk(model.generator, model.style_encoder, model.record, default.encoder)
