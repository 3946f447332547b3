"""Films of test sessions: the truth, draws, a regression and a pose held still, side by side with their sound."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from stygaze.evaluation.model_rows import EVENTS
from stygaze.evaluation.parts import Model, Setting, arrays
from stygaze.evaluation.protocols import TestSession
from stygaze.evaluation.references import constant
from stygaze.face.render import film_available
from stygaze.face.side_by_side import film_side_by_side
from stygaze.motion import FPS, Motion
from stygaze.speech import SAMPLE_RATE, Speech

SECONDS = 10
COUNT = 3
SAMPLES = SAMPLE_RATE // FPS  # a frame
FILMED = (EVENTS, "se-64-vel")


def films(setting: Setting, models: Sequence[Model], results: Mapping[str, Any]) -> dict[str, Any] | None:
    """Films in setting.out/films of the kept free-running motions, and what they show; a film that is there is kept.

    None where the models have no such rows, or on a machine that cannot render.

    Args:
        results: whose rows tell what each is called.
    """
    labels = {row["row"]: row["label"] for row in results["rows"]}
    first = {m.row: m for m in sorted(models, key=lambda m: -m.seed)}
    shown = [row for row in FILMED if row in first]
    if not shown or film_available() is not None:
        return None
    made = {row: arrays(setting, first[row].id) for row in shown}
    sessions = setting.sessions()
    before = {film["file"]: film["told"] for film in _known(setting)}
    found = []
    for k in _chosen(sessions):
        session = sessions[k]
        begin = liveliest(session.audio)
        cut = slice(begin, begin + SECONDS * FPS)
        motions = {labels.get("true", "True motion"): Motion(session.true[cut])}
        motions |= {labels.get(row, row): Motion(made[row][k][cut]) for row in shown}
        motions[labels.get("constant", "constant")] = Motion(constant(session).predicted[cut])
        file = f"films/{session.id.replace('/', '-')}.mp4"
        told = _digest(motions)
        if before.get(file) != told or not (setting.out / file).is_file():
            sound = session.audio[begin * SAMPLES : (begin + SECONDS * FPS) * SAMPLES]
            film_side_by_side(motions, setting.out / file, Speech(np.asarray(sound, np.float32)))
        title = session.session.style or session.id
        at = f"{session.id}, from {begin / FPS:.0f} s of the target"
        found.append({"file": file, "title": title, "text": at, "shown": list(motions), "told": told})
    return {"films": found} if found else None


def liveliest(audio: np.ndarray, seconds: int = SECONDS) -> int:
    """First frame of the stretch with the most sound in it, on a grid of one second; 0 of a short recording.

    >>> sound = np.zeros(30 * SAMPLE_RATE); sound[12 * SAMPLE_RATE : 25 * SAMPLE_RATE] = 0.1
    >>> liveliest(sound) // FPS
    12
    """
    whole = len(audio) // SAMPLE_RATE
    power = (np.asarray(audio[: whole * SAMPLE_RATE], float).reshape(whole, FPS, -1) ** 2).mean(2)
    loud = (power > 0.01 * power.max(initial=0)).mean(1)
    stretch = np.convolve(loud, np.ones(seconds), "valid") if whole >= seconds else np.zeros(1)
    return int(stretch.argmax()) * FPS


def _chosen(sessions: Sequence[TestSession]) -> list[int]:
    """The first session of each style, named ones before people drawn from the prior."""
    order = sorted(range(len(sessions)), key=lambda k: (_unnamed(sessions[k]), sessions[k].id))
    of_style: dict[str, int] = {}
    for k in order:
        if len(sessions[k].true) >= SECONDS * FPS:
            of_style.setdefault(sessions[k].session.style or sessions[k].id, k)
    return list(of_style.values())[:COUNT]


def _unnamed(session: TestSession) -> bool:
    return not session.session.style or session.session.style.startswith("prior")


def _known(setting: Setting) -> list[dict[str, Any]]:
    path = setting.out / "films.json"
    return json.loads(path.read_text())["films"] if path.is_file() else []


def _digest(motions: Mapping[str, Motion]) -> str:
    told = hashlib.sha256()
    for name, motion in motions.items():
        told.update(name.encode() + np.round(motion.frames, 2).astype(np.float32).tobytes())
    return told.hexdigest()[:12]
