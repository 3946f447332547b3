"""Training configs: a YAML file to a dataclass, every key known."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, TypeVar

import yaml

from stygaze.checkpoints import KINDS
from stygaze.errors import StyGazeError
from stygaze.training.events import EventsTraining
from stygaze.training.generator import GeneratorTraining
from stygaze.training.style import StyleTraining

Config = TypeVar("Config", StyleTraining, GeneratorTraining, EventsTraining)


def read_config(path: str | Path, kind: type[Config]) -> Config:
    """A YAML file as a config dataclass; every key must be one it knows.

    `model: {kind: transformer}` chooses another network than the default one.

    Raises:
        StyGazeError: not YAML, a key that is misspelt, or a value that is not of its kind.
    """
    return _fill(kind, _said(path), str(path))


def read_generator_config(path: str | Path) -> GeneratorTraining | EventsTraining:
    """The config of a generator of either way of training; `model: {kind: events}` is trained by likelihood.

    Raises:
        StyGazeError: as `read_config`.
    """
    said = _said(path)
    model = said.get("model") if isinstance(said, dict) else None
    events = isinstance(model, dict) and model.get("kind") == "events"
    return _fill(EventsTraining if events else GeneratorTraining, said, str(path))


def _said(path: str | Path) -> Any:
    try:
        return yaml.safe_load(Path(path).read_text()) or {}
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise StyGazeError(f"The config {path} cannot be read: {str(error).splitlines()[0]}") from None


def _fill(kind: type, said: Any, where: str) -> Any:
    known = {f.name: f for f in fields(kind)}
    if not isinstance(said, dict) or set(said) - set(known):
        odd = sorted(set(said) - set(known), key=str)[0] if isinstance(said, dict) else said
        raise StyGazeError(f"{where} has {odd!r}; {kind.__name__} knows {', '.join(known)}.")
    default = kind()
    values = {}
    for name, value in said.items():
        now = getattr(default, name)
        if is_dataclass(now):
            values[name] = _model(type(now), value, f"{where}: {name}")
            continue
        wanted = (int, float) if isinstance(now, float) else type(now)
        if not isinstance(value, wanted) or (isinstance(value, bool) and not isinstance(now, bool)):
            raise StyGazeError(f"{where} has {name}: {value!r}; it must be like {now!r}.")
        values[name] = float(value) if isinstance(now, float) else value
    return kind(**values)


def _model(default: type, said: Any, where: str) -> Any:
    if isinstance(said, dict) and "kind" in said:
        said, alike = dict(said), {k: c for k, (c, _) in KINDS.items() if c.__base__ is default.__base__}
        if (chosen := said.pop("kind")) not in alike:
            raise StyGazeError(f"{where} has the kind {chosen!r}; there are {', '.join(alike)}.")
        default = alike[chosen]
    return _fill(default, said, where)
