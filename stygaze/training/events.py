"""Training of the events generator by likelihood, with the true past; and how well it foresees, with what speech."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from sklearn.metrics import roc_auc_score
from torch import Tensor, nn
from torch.nn import functional as F

from stygaze.checkpoints import round_weights
from stygaze.errors import StyGazeError
from stygaze.models.event_densities import drifts, gaussian, landings, turn_likelihood
from stygaze.models.event_places import GAZE_UNIT, answered
from stygaze.models.events import DRIFT, DRIFTS, HEARD, SLIP, EventGenerator, EventsConfig
from stygaze.models.style_encoder import StyleEncoder
from stygaze.training.calibrate import calibrate
from stygaze.training.carriage import fit_carriage, taken_apart
from stygaze.training.data import SessionArrays, feature_statistics
from stygaze.training.event_data import (
    FIRST,
    EventArrays,
    EventBatch,
    batch_of,
    perturbed,
    random_places,
)
from stygaze.training.event_statistics import fit_posture, fit_rest, set_habits, set_sight, set_statistics
from stygaze.training.loop import RunLog, fit
from stygaze.training.windows import HOP, Styles, measured_styles

HELD_OUT_FRAMES = 500
# sessions of those learned from in which it is calibrated, beside all that are held out: those are few; and frames
# whose style a session is drawn with then
LEARNED, CLIP = 48, 1000
DRIFT_SCALES = (-0.7, 0.0, 1.0)  # log spread of the parts of drift before training, beside that of a linear fit


@dataclass(frozen=True)
class EventsTraining:
    model: EventsConfig = field(default_factory=EventsConfig)
    steps: int = 2000
    batch: int = 16
    frames: int = 250  # of a window
    move_weight: float = 2.0
    turn_weight: float = 0.7  # of a head movement's length and size
    jump_weight: float = 2.0
    landing_weight: float = 2.0
    style_noise: float = 0.02  # of the style encoder's numbers
    habit_noise: float = 0.1  # of the habits, in their spread over people
    hearing_dropout: float = 0.0  # of what is heard of words, so that where gaze landed is not learnt by heart
    words_dropped: float = 0.0  # share of the windows in which only the voice is heard: words tell who trained
    learning_rate: float = 2.5e-3
    weight_decay: float = 1e-3
    warm_up: int = 50
    chosen_by: str = "weights"  # best on validation: by the weighted sum that is trained, or by "likelihood" of a frame
    gaze: str = "measured"
    seed: int = 0
    validate_every: int = 250


def event_losses(model: EventGenerator, heard: Tensor, batch: EventBatch, out: Any) -> dict[str, Tensor]:
    """Mean negative log likelihoods: nats a frame (landing: a jump; drift: a resting frame), and vergence's error."""
    past, following = batch.past, batch.next
    moves = batch.move > 0
    move = F.binary_cross_entropy_with_logits(out.move, moves.float())
    index = batch.move[moves] - 1
    length = F.cross_entropy(out.length[moves], index)
    person = model.known(batch.style, batch.posture)
    before = answered(past.turns, past.bound, following.aim, following.landing - following.jump, person)
    leaning = person.leaning.expand(-1, moves.shape[1], -1)[moves]
    turn = -turn_likelihood(batch.turn[moves], model.turns(out.plan[moves], index), before[moves], leaning).mean()
    head = move + moves.float().mean() * (length + turn)
    flying = following.busy[..., 0] * (1 - batch.onset)  # a jump that goes on is no choice
    jump = F.binary_cross_entropy_with_logits(out.jump, batch.onset, reduction="none")
    jump = (jump * (1 - flying)).sum() / (1 - flying).sum()
    lands = batch.onset > 0
    start = following.landing - following.jump  # where gaze leaves, not where it is taken to be, a little off
    raw = landings(out.landing, start, past.places[..., :2], past.jump, person)
    landing = -gaussian(following.landing[lands] / GAZE_UNIT, *(x[lands] for x in raw)).mean()
    resting = following.busy[..., 0] == 0
    turning = following.velocity + following.carried - past.carried
    slip = out.slip[..., :2] * turning[..., :2] + out.slip[..., 2:] * past.drift
    rest = (following.drift - slip) / model.drift_std  # not from where gaze is taken to be, which is a little off
    drift = -gaussian(rest[resting], *(x[resting] for x in drifts(out.drift))).mean()
    vergence = model.half_vergence(batch.style, following.gaze - person.gaze)
    apart = ((vergence - batch.half_vergence).abs() * batch.open).mean()
    frame = head + (1 - flying).mean() * jump + lands.float().mean() * landing + resting.float().mean() * drift
    return {
        "frame": frame, "head": head, "move": move, "length": length, "turn": turn, "jump": jump, "landing": landing,
        "drift": drift, "vergence": apart,
    }  # fmt: skip


def new_events(
    config: EventsTraining, sessions: Sequence[SessionArrays], styles: Styles, cache: Path | None = None
) -> tuple[EventGenerator, list[EventArrays]]:
    """A generator with the statistics of the training sessions, before its first step, and the sessions taken apart."""
    torch.manual_seed(config.seed)
    model = EventGenerator(config.model)
    for name, value in feature_statistics(sessions).items():
        getattr(model, name).copy_(value)
    set_habits(model, sessions, styles)
    fit_carriage(model, sessions, styles)
    set_sight(model, sessions)
    arrays = taken_apart(model, sessions, styles, cache)
    set_statistics(model, arrays)
    fit_posture(model, arrays, styles)
    rate = float(np.mean(np.concatenate([a.onset for a in arrays])))
    apart = float(np.mean([a.half_vergence.mean() for a in arrays]))
    nn.init.constant_(model.get_parameter("vergence.2.bias"), apart)
    model.gaze_out.bias.data[0] = float(np.log(rate / (1 - rate)))
    answers, spread = fit_rest(arrays)
    model.gaze_out.bias.data[1:5] = torch.from_numpy(answers / np.array(SLIP)).flatten()
    each = model.gaze_out.bias.data[5:].unflatten(0, (DRIFTS, DRIFT))
    each[:, 3:] = torch.log(torch.from_numpy(spread) / model.drift_std) + torch.tensor(DRIFT_SCALES)[:, None]
    moves = float(np.mean(np.concatenate([a.move > 0 for a in arrays])))
    model.head_out.bias.data[0] = float(np.log(moves / (1 - moves)))
    return model, arrays


def train_events(
    config: EventsTraining,
    train: Sequence[SessionArrays],
    validation: Sequence[SessionArrays],
    encoder: StyleEncoder,
    log: RunLog,
    state: Path | None = None,
    identity: str = "",
    cache: Path | None = None,
) -> tuple[EventGenerator, dict[str, Any]]:
    """Teacher forcing with a perturbed past; best likelihood on validation is returned. See `loop.fit`."""
    if config.chosen_by not in ("weights", "likelihood"):
        raise StyGazeError(f"chosen_by is weights or likelihood, not {config.chosen_by!r}.")
    styles = measured_styles(encoder, train, config.model.style_dim, cache)
    held = measured_styles(encoder, validation, config.model.style_dim, cache)
    kept = cache.parent / "movements" if cache else None
    model, arrays = new_events(config, train, styles, kept)
    held_arrays = taken_apart(model, validation, held, kept)

    def step_loss(module: nn.Module, rng: np.random.Generator) -> tuple[Tensor, dict[str, float]]:
        places, chosen = random_places(arrays, styles, config.batch, config.frames, rng)
        spread = np.r_[np.full(config.model.style_dim, config.style_noise), config.habit_noise * model.habit_std]
        noisy = [(s + spread * rng.standard_normal(len(s))).astype(np.float32) for s in chosen]
        batch = perturbed(batch_of(model, train, arrays, places, noisy, config.frames))
        heard = model.hear(batch.heard, config.words_dropped, config.hearing_dropout)
        parts = event_losses(model, heard, batch, module(heard, batch.past, batch.style, batch.coming, batch.posture))
        loss = weighted(config, parts)
        return loss, {"loss": loss.item()} | {k: v.item() for k, v in parts.items()}

    def validate() -> tuple[dict[str, Any], float]:
        said = likelihoods(model, validation, held_arrays, held)
        score = said["frame"] if config.chosen_by == "likelihood" else weighted(config, said)
        return {"validation": {k: round(v, 4) for k, v in said.items()} | {"score": round(score, 4)}}, score

    found = fit(model, config, step_loss, validate, log, state, identity)
    round_weights(model)  # calibrated as it is kept
    found["calibration"] = calibrated(model, train, styles, validation, held)
    return model, found


def calibrated(
    model: EventGenerator, train: Sequence[SessionArrays], styles: Styles, validation: Sequence[SessionArrays],
    held: Styles, *, anew: bool = True,
) -> dict[str, dict[str, float]]:  # fmt: skip
    """`calibrate`, from the start or not, on sessions held out, whose styles are `held`, and some of those learned."""
    some = range(0, len(train), max(1, -(-len(train) // LEARNED)))
    known = [*(held.of_clip(i, CLIP) for i in range(len(validation))), *(styles.of_clip(i, CLIP) for i in some)]
    return calibrate(model, [*validation, *(train[i] for i in some)], np.stack(known), CLIP, anew)


def weighted(config: EventsTraining, parts: dict[str, Any]) -> Any:
    return (
        config.move_weight * parts["move"] + config.turn_weight * (parts["length"] + parts["turn"])
        + config.jump_weight * parts["jump"] + config.landing_weight * parts["landing"] + parts["drift"]
        + parts["vergence"]
    )  # fmt: skip


@torch.no_grad()
def likelihoods(
    model: EventGenerator,
    sessions: Sequence[SessionArrays],
    arrays: Sequence[EventArrays],
    styles: Styles,
    speech: str = "true",
    frames: int = HELD_OUT_FRAMES,
) -> dict[str, float]:
    """How well the next frame is foreseen from the true past: mean nats of it and of each part, and the jump's AUC.

    Args:
        speech: "true", "shuffled" (that of the next session) or "none" (the feature mean). The past is always that of
            the true speech, with how the head was held in it.
    """
    if speech == "shuffled":
        others = [*sessions[1:], sessions[0]]
        sessions = [
            SessionArrays(s.id, s.speaker, s.style, s.motion, o.features[np.arange(len(s)) % len(o)])  # type: ignore[index]
            for s, o in zip(sessions, others, strict=True)
        ]
    rng = np.random.default_rng(0)
    totals: list[dict[str, float]] = []
    truth, chance = [], []
    for i, a in enumerate(arrays):
        starts = range(FIRST, len(a) - frames - 1, frames)
        style = [styles.clip(i, min(t // HOP, len(styles.vectors[i]) - 1), frames, rng) for t in starts]
        batch = batch_of(model, sessions, arrays, [(i, t) for t in starts], style, frames)
        if speech == "none":
            batch.heard = F.pad(model.audio_mean, (0, HEARD)).expand_as(batch.heard)
        heard = model.hear(batch.heard)
        out = model(heard, batch.past, batch.style, batch.coming, batch.posture)
        totals.append({k: v.item() for k, v in event_losses(model, heard, batch, out).items()})
        free = (batch.next.busy[..., 0] * (1 - batch.onset)) == 0
        truth.append(batch.onset[free].numpy())
        chance.append(out.jump[free].numpy())
    said = {k: float(np.mean([t[k] for t in totals])) for k in totals[0]}
    return said | {"jump_auc": float(roc_auc_score(np.concatenate(truth), np.concatenate(chance)))}
