"""Does it move as people do? What free-running motion is on the long takes, beside the truth and a second truth.

Moments and distances of gaze and head; whether head and eyes answer to speech when people's do; whether a person is
told by ten seconds; the main sequence; and ten minutes without drift, seams or impossible angles.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from stygaze.corpus.speech_events import SpeechEvents
from stygaze.corpus.targets import pooled
from stygaze.evaluation.patterns import metrics_of
from stygaze.evaluation.predictions import Prediction
from stygaze.evaluation.recognition import recognise
from stygaze.gaze.statistics import statistics
from stygaze.models.style_encoder import StyleEncoder
from stygaze.motion import FPS, HEAD, Motion
from stygaze.style import Style

MOMENTS = (
    *("sim_score", "fixation_ratio", "world_fixation_ratio", "gaze_energy", "head_energy", "fast_share"),
    *("vor_gain", "vor_correlation", "head_speed", "saccade_rate", "saccade_amplitude", "fixation_duration"),
    *("w1_speed", "w1_amplitude", "w1_fixation", "mae_all", "mae_gaze", "mae_head"),
)
SEQUENCE = {
    "saccade_velocity": "main_sequence_velocity_of_10_deg_deg_per_s",
    "saccade_slope": "saccade_duration_slope_ms_per_deg",
    "saccade_intercept": "saccade_duration_intercept_ms",
}
CONTACT = 8.0  # degrees about the partner's face, which is at the origin of the world
BEFORE, AFTER = (-38, -12), (8, 33)  # frames about a turn's beginning or end: 1.5 to .5 s before, .3 to 1.3 s after
APEX, AROUND = (0, 4), ((-11, -7), (9, 13))  # frames about an accent: of a nod, and of rest
STRONG = 0.7  # the median accent of a recording
STRETCH = 10 * FPS
MINUTE = 60 * FPS

FORMULAS = {
    "saccade_velocity": "peak velocity of a saccade of 10 deg by the main sequence fit at 25 FPS, deg/s",
    "saccade_slope": "duration of saccades: slope on amplitude, ms/deg; eyes have 2.2 to 2.7",
    "saccade_intercept": "duration of saccades: intercept, ms; eyes have about 20",
    "turn_aversion": "share of frames with gaze more than 8 deg from the partner, .3 to 1.3 s after the speaker's turn"
    " begins, minus 1.5 to .5 s before",
    "turn_return": "the same share, 1.5 to .5 s before the turn ends, minus .3 to 1.3 s after",
    "nod_depth": "head pitch around accents (.3 to .5 s to either side) minus in them (0 to .12 s), deg; the stronger"
    " half of the accents",
    "recognised": "share of stretches of 10 s whose style is nearest, by the encoder that measures CE, to that of their"
    " own person's reference clip among all people of the takes",
    "nats_head": "negative log likelihood of the head's next acceleration given the true past, nats a frame",
    "nats_jump": "of whether gaze jumps in the next frame, nats a frame",
    "nats_landing": "of where it lands, nats a frame",
    "jump_auc": "area under the ROC curve of the jump's probability, given the true past",
    "minute_means": "ten minutes: share of minutes and columns whose mean lies within the range of true minutes",
    "minute_spreads": "ten minutes: the same of standard deviations",
    "minute_drift": "ten minutes: |mean of the last minute - mean of the first|, mean over people and columns, deg",
    "seam": "ten minutes: mean |second difference| where two segments meet / elsewhere, median over columns",
    **{f"largest_{part}": f"ten minutes: largest |{part.replace('_', ' ')}|, deg" for part in
       ("eye_pitch", "eye_yaw", "head_pitch", "head_yaw", "head_roll")},
}  # fmt: skip


def moments_of(true: Sequence[np.ndarray], generated: Sequence[np.ndarray]) -> dict[str, float]:
    """Figures of generated motions [T, 7] beside their truth, by the keys of `MOMENTS`."""
    made = [
        Prediction(str(k), g, t, np.zeros(1, int), np.asarray(g[:1]))
        for k, (t, g) in enumerate(zip(true, generated, strict=True))
    ]
    figures = metrics_of(made)
    return {key: figures[key] for key in MOMENTS}


def sequence_of(motions: Sequence[np.ndarray]) -> dict[str, float]:
    """Speed and duration of saccades by their size, over all motions."""
    rows = [statistics(Motion(np.clip(m, -180, 180))) for m in motions]
    return {key: pooled(rows, field) for key, field in SEQUENCE.items()}


def timing_of(motions: Sequence[np.ndarray], speeches: Sequence[SpeechEvents], lead: int = 0) -> dict[str, float]:
    """What gaze and head do when a turn begins or ends and on accents; NaN where there is none.

    Args:
        motions: [T, 7] in a world whose origin is the partner.
        speeches: of each, which begin `lead` frames before it.

    >>> from stygaze.corpus.speech_events import speech_events
    >>> from dataclasses import replace
    >>> silence = speech_events(np.zeros(320000, np.float32))
    >>> talk = replace(silence, turn_onsets=np.array([8.0]), turn_offsets=np.array([14.0]))
    >>> frames = np.zeros((500, 7)); frames[200:350, [4, 6]] = 20        # looks away while it talks
    >>> {k: round(v, 2) for k, v in timing_of([frames], [talk]).items()}
    {'turn_aversion': 1.0, 'turn_return': 1.0, 'nod_depth': nan}
    """
    begun, ended, nods = [], [], []
    for frames, speech in zip(motions, speeches, strict=True):
        away = np.linalg.norm(Motion(np.clip(frames, -180, 180)).world_gaze, axis=1) > CONTACT
        begun += _change(away, speech.turn_onsets * FPS - lead)
        ended += _change(away, speech.turn_offsets * FPS - lead)
        strong = speech.accents[speech.strength >= STRONG] * FPS - lead
        apex, *rest = (_means(frames[:, HEAD][:, 0], strong, part) for part in (APEX, *AROUND))
        nods += (np.mean(rest, axis=0) - apex).tolist()
    return {"turn_aversion": _mean(begun), "turn_return": -_mean(ended), "nod_depth": _mean(nods)}


def _change(values: np.ndarray, at: np.ndarray) -> list[float]:
    return (_means(values, at, AFTER) - _means(values, at, BEFORE)).tolist()


def _means(values: np.ndarray, at: np.ndarray, part: tuple[int, int]) -> np.ndarray:
    """Mean of values [T] over the frames `part` about each moment; moments near an end are left out alike for all."""
    at = np.round(at).astype(int)
    at = at[(at + BEFORE[0] >= 0) & (at + AFTER[1] <= len(values))]
    return values[at[:, None] + np.arange(*part)].mean(1) if len(at) else np.zeros(0)


def recognised(motions: Sequence[np.ndarray], references: Sequence[np.ndarray], encoder: StyleEncoder) -> float:
    """Share of stretches of 10 s that are nearest to their own person's reference clip; chance is 1 / people."""
    cases = [
        (str(k), Motion(m[t : t + STRETCH]))
        for k, m in enumerate(motions)
        for t in range(0, len(m) - STRETCH + 1, STRETCH)
    ]
    named = {str(k): Motion(r) for k, r in enumerate(references)}
    return recognise(cases, named, lambda motion: Style(encoder.embed(motion.frames).mean(0))).accuracy


def ten_minutes(
    motions: Sequence[np.ndarray], true: Sequence[np.ndarray], references: Sequence[np.ndarray], segment: int
) -> dict[str, float]:
    """Whether long motions stay as they should.

    Args:
        motions, true: [T, 7] of whole minutes, of the same people.
        references: their clips, whose mean is where a person is at home.
        segment: frames that the generator hands on at once.
    """
    home = [r.mean(0) for r in references]
    means, spreads = _minutes(motions, home)
    true_means, true_spreads = _minutes(true, home)

    def inside(values: np.ndarray, of: np.ndarray) -> float:
        flat = of.reshape(-1, of.shape[-1])
        return float(((values >= flat.min(0)) & (values <= flat.max(0))).mean())

    bend = np.abs(np.concatenate([np.diff(m, 2, axis=0) for m in motions]))
    at = np.concatenate([np.arange(2, len(m)) for m in motions]) % segment
    seam = np.median(bend[at <= 1].mean(0) / np.maximum(bend[at > 1].mean(0), 1e-9))
    eyes = np.abs(np.concatenate([Motion(np.clip(m, -180, 180)).eye for m in motions])).max(0)
    head = np.abs(np.concatenate([m[:, HEAD] for m in motions])).max(0)
    return {
        "minute_means": inside(means, true_means),
        "minute_spreads": inside(spreads, true_spreads),
        "minute_drift": float(np.abs(means[:, -1] - means[:, 0]).mean()),
        "seam": float(seam),
        **dict(zip(("largest_eye_pitch", "largest_eye_yaw"), map(float, eyes), strict=True)),
        **dict(zip(("largest_head_pitch", "largest_head_yaw", "largest_head_roll"), map(float, head), strict=True)),
    }


def _minutes(motions: Sequence[np.ndarray], home: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """[people, minutes, 7] means from home, and spreads."""
    cut = np.stack(
        [(m - h)[: len(m) // MINUTE * MINUTE].reshape(-1, MINUTE, 7) for m, h in zip(motions, home, strict=True)]
    )
    return cut.mean(2), cut.std(2)


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values)) if len(values) else float("nan")
