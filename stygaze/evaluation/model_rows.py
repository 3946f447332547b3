"""The rows of a trained generator: under each protocol that applies, and with its speech or style taken away."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, Literal

import numpy as np

from stygaze.errors import StyGazeError
from stygaze.evaluation.parts import Group, Model, Setting, keep_arrays, keep_motions, kept, pipeline_of, row_of
from stygaze.evaluation.predictions import Prediction
from stygaze.evaluation.protocols import WARM_UP, TestSession, free, own_past, windowed
from stygaze.evaluation.running import clip_styles, exchanged, run_freely, silenced
from stygaze.models.frames import FrameGenerator, Listener
from stygaze.models.style_encoder import StyleEncoder

LISTENER = "se-64"  # the regression whose speech is exchanged for the row `shuffled-speech`
SHUFFLED = "shuffled-speech"
EVENTS = "events"
DRAWS, AT_ONCE = 20, 4
Way = Literal["", "shuffled-speech", "no-speech", "other-style"]
WAYS: tuple[Way, ...] = ("shuffled-speech", "no-speech", "other-style")


def ways_of(model: Model) -> dict[str, Way]:
    """The rows that a model gives when it runs freely, and what is changed for each."""
    if model.draws:
        return {model.row: "", **{f"{model.row}-{way}": way for way in WAYS}}
    return {model.row: "", SHUFFLED: "shuffled-speech"} if model.row == LISTENER else {model.row: ""}


def heard_in(way: Way, generator: Listener, features: Sequence[np.ndarray]) -> Sequence[np.ndarray]:
    """The speech that a generator hears instead of its own."""
    if way == "shuffled-speech":
        return exchanged(features)
    return silenced(generator, features) if way == "no-speech" else features


def seeds_of(seed: int, number: int, draw: int = 0) -> list[int]:
    """One seed a sequence: of this training seed's model, and for this one of several draws."""
    return [(100 * seed + draw) * 1000 + k for k in range(number)]


def model_rows(setting: Setting, model: Model) -> dict[str, Any]:
    """One trained generator on the test sessions.

    A regression under the three protocols. A generator that makes draws runs freely only: one draw, the mean of twenty,
    and a draw without its speech or style; what its next second would be on average is another model's question.
    """

    def make() -> dict[str, Any]:
        sessions = setting.sessions()
        generator, encoder = pipeline_of(model)
        dims = generator.config.audio_dim, sessions[0].features.shape[1]
        if dims[0] != dims[1]:
            raise StyGazeError(
                f"{model.folder} was trained on {dims[0]} speech features a frame, {setting.encoder} gives {dims[1]}; "
                "evaluate it with the speech encoder it was trained on."
            )
        rows = []
        for row, way in ways_of(model).items():
            features = heard_in(way, generator, [s.features for s in sessions])
            heard = [replace(s, features=f) for s, f in zip(sessions, features, strict=True)]
            styles = [*sessions[1:], sessions[0]] if way == "other-style" else sessions
            ran = free(generator, encoder, heard, styles, seeds_of(model.seed, len(sessions)))
            keep_motions(setting, f"{row}-{model.seed}", ran)
            rows.append(row_of(row, "free", model.seed, setting.figures(ran)))
            if isinstance(generator, FrameGenerator):
                cut = [windowed(generator, encoder, s) for s in heard]
                rows.append(row_of(row, "windowed", model.seed, setting.figures(cut)))
        if isinstance(generator, FrameGenerator):
            alone = own_past(generator, encoder, sessions)
            rows.append(row_of(model.row, "own-past", model.seed, setting.figures(alone)))
        else:
            mean = mean_of_draws(generator, encoder, sessions, model.seed)
            rows.append(row_of(f"{model.row}-mean", "free", model.seed, setting.figures(mean)))
        return {"rows": rows}

    return kept(setting, model.id, model.digest, make)


def mean_of_draws(
    generator: Listener, encoder: StyleEncoder, sessions: Sequence[TestSession], seed: int
) -> list[Prediction]:
    """The mean of many draws: what the generator expects, as a regression says it at once."""
    total = [np.zeros(s.true.shape) for s in sessions]
    for first in range(0, DRAWS, AT_ONCE):
        draws = range(first, min(first + AT_ONCE, DRAWS))
        seeds = [k for draw in draws for k in seeds_of(seed, len(sessions), draw)]
        ran = free(generator, encoder, list(sessions) * len(draws), seeds=seeds)
        for k, prediction in enumerate(ran):
            total[k % len(sessions)] += prediction.predicted
    return [s.given(t / DRAWS) for s, t in zip(sessions, total, strict=True)]


def model_takes(setting: Setting, model: Model, group: Group) -> dict[str, Any]:
    """What a generator makes of the takes, kept by `take_name`; without its speech or style on unseen styles only."""

    def make() -> dict[str, Any]:
        takes = setting.takes(group)
        generator, encoder = pipeline_of(model)
        styles = clip_styles(encoder, [t.reference for t in takes])
        made = []
        for row, way in ways_of(model).items():
            if way and group == "seen":
                continue
            features = heard_in(way, generator, [t.features for t in takes])
            turned = np.roll(styles, -1, axis=0) if way == "other-style" else styles
            ran = run_freely(generator, features, turned, seeds_of(model.seed, len(takes)))
            keep_arrays(
                setting, take_name(group, row, model.seed), {t.id: m[WARM_UP:] for t, m in zip(takes, ran, strict=True)}
            )
            made.append(row)
        return {"rows": [], "made": made}

    return kept(setting, f"takes-{group}-{model.id}", f"{setting.count}-{model.digest}", make)


def take_truth(setting: Setting, group: Group) -> dict[str, Any]:
    """The true motions of the takes, the second ones, and each person's mean pose held still."""

    def make() -> dict[str, Any]:
        takes = setting.takes(group)
        keep_arrays(setting, take_name(group, "true"), {t.id: t.true for t in takes})
        still = {t.id: np.tile(t.reference.mean(0), (len(t.true), 1)) for t in takes}
        keep_arrays(setting, take_name(group, "constant"), still)
        again = {t.id: t.again for t in takes if t.again is not None}
        if again:
            keep_arrays(setting, take_name(group, "independent-draw"), again)
        strangers = sum(t.id.startswith("stranger-") for t in takes)
        return {"rows": [], "group": group, "takes": len(takes), "frames": len(takes[0].true), "strangers": strangers,
                "again": bool(again)}  # fmt: skip

    return kept(setting, f"takes-{group}", str(setting.count), make)


def take_name(group: Group, row: str, seed: int | None = None) -> str:
    """Of a file of kept motions."""
    return f"takes-{group}-{row}" + ("" if seed is None else f"-{seed}") + "-motion"


def rows_made(models: Sequence[Model]) -> Iterator[tuple[str, Way, list[Model]]]:
    """Every row that these models give on the takes, what was changed, and its models, one a training seed."""
    by_row: dict[str, list[Model]] = {}
    for model in models:
        by_row.setdefault(model.row, []).append(model)
    for trained in by_row.values():
        for name, way in ways_of(trained[0]).items():
            yield name, way, trained
