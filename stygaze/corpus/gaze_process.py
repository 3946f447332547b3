"""Where gaze goes: looks at the partner and aversions, triggered by speech, as a sequence of fixations."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from stygaze.corpus.kinematics import RATE, path, saccade_duration, saccade_profile
from stygaze.corpus.speech_events import RATE as SPEECH_RATE
from stygaze.corpus.speech_events import SpeechEvents
from stygaze.corpus.styles import GazeStyle

EYES_OF_PARTNER = np.array([[1.0, 1.7], [1.0, -1.7]])  # pitch, yaw; a face at about 1.2 m
MOUTH_OF_PARTNER = np.array([-3.5, 0.0])
FIELD = np.array([[-24.0, -36.0], [22.0, 36.0]])  # lowest and highest pitch, yaw that gaze visits
SHORTEST_FIXATION = 0.08
CORRECTION_FROM = 8.0  # degrees; smaller saccades land where they should
CORRECTION_DELAY = 0.17  # s from the end of the primary saccade


def couple(style: GazeStyle, coupling: float) -> GazeStyle:
    """The style with less of the variability that speech does not explain: at 0 all of it, at 1 a small rest."""
    return replace(
        style,
        direction_sd=style.direction_sd * (1 - 0.8 * coupling),
        eccentricity_sd=style.eccentricity_sd * (1 - 0.7 * coupling),
        averted_spread=style.averted_spread * (1 - 0.65 * coupling),
        face_spread=style.face_spread * (1 - 0.5 * coupling),
        avert_rate_speaking=style.avert_rate_speaking * (1 - 0.7 * coupling),
        avert_at_turn_onset=style.avert_at_turn_onset + 0.8 * coupling * (1 - style.avert_at_turn_onset),
        avert_at_pause=style.avert_at_pause + 0.8 * coupling * (1 - style.avert_at_pause),
        nod_sigma=style.nod_sigma * (1 - 0.6 * coupling),
        posture_sd=style.posture_sd * (1 - 0.5 * coupling),
    )


@dataclass(frozen=True)
class Trigger:
    """Something in speech that moves gaze to the partner or away; thoughtful aversions go in the main direction."""

    time: float
    averted: bool
    thoughtful: bool = False


@dataclass(frozen=True, eq=False)
class GazePlan:
    """Fixations of the line of sight in the world. The saccade to target k starts at onset[k] and lasts duration[k].

    Attributes:
        onset, duration: [K] seconds.
        target: [K, 2] pitch, yaw.
        averted: [K] bool, false while looking at the partner.
    """

    onset: np.ndarray
    duration: np.ndarray
    target: np.ndarray
    averted: np.ndarray

    @property
    def steps(self) -> np.ndarray:
        """[K, 2] the saccades as vectors; the first starts at the partner."""
        return np.diff(self.target, axis=0, prepend=np.zeros((1, 2)))

    def gaze(self, n: int) -> np.ndarray:
        """[n, 2] pitch, yaw of the line of sight at `RATE` Hz: saccades on the main sequence, still fixations."""
        steps = self.steps
        return path(n, self.onset, self.duration, steps, saccade_profile(np.linalg.norm(steps, axis=1)))

    def averted_at(self, n: int) -> np.ndarray:
        """[n] bool at `RATE` Hz, from the saccade away to the saccade back."""
        index = np.searchsorted(self.onset, np.arange(n) / RATE, side="right") - 1
        return np.where(index >= 0, self.averted[np.maximum(index, 0)], False)


def triggers(speech: SpeechEvents, style: GazeStyle, coupling: float, rng: np.random.Generator) -> list[Trigger]:
    """Speech events that this person's gaze answers, in time order.

    Speakers look away as a turn begins and in pauses, and back before it ends (Kendon 1967); stressed words draw gaze
    to the partner, weak ones release it.
    """
    loose = 1 - 0.8 * coupling
    found: list[Trigger] = []
    sources = (  # onsets, probability, delay, its SD, averted, thoughtful
        (speech.turn_onsets, style.avert_at_turn_onset, -0.10, 0.12 * loose, True, True),
        (speech.pause_onsets, style.avert_at_pause, 0.05, 0.10 * loose, True, True),
        (speech.phrase_onsets, 0.45 * (1 - coupling), 0.35, 0.15 * loose, False, False),
        (speech.turn_offsets, style.return_at_turn_end, -0.25, 0.20 * loose, False, False),
    )
    for onsets, probability, delay, sd, averted, thoughtful in sources:
        kept = onsets[rng.random(len(onsets)) < probability]
        found += [Trigger(t, averted, thoughtful) for t in kept + rng.normal(delay, sd, len(kept))]
    answered = rng.random(len(speech.accents)) < 0.8 * coupling
    times = speech.accents + rng.normal(-0.03, 0.10 * loose, len(speech.accents))
    found += [Trigger(t, False) for t in times[answered & (speech.strength >= style.contact_strength)]]
    found += [Trigger(t, True) for t in times[answered & (speech.strength <= style.release_strength)]]
    return sorted(found, key=lambda trigger: trigger.time)


def plan_gaze(speech: SpeechEvents, style: GazeStyle, coupling: float, rng: np.random.Generator) -> GazePlan:
    """Draw the fixations of one session. `style` is already coupled (see `couple`)."""
    pending = triggers(speech, style, coupling, rng)
    pending.append(Trigger(np.inf, False))
    following = 0
    onset, target, averted = [], [], []
    now, away, centre, away_until, fixated = 0.0, False, np.zeros(2), 0.0, 0.3
    previous = np.zeros(2)
    while now < speech.duration:
        talking = bool(speech.speaking[min(int(now * SPEECH_RATE), len(speech.speaking) - 1)])
        forced = None
        while pending[following].time <= now + 1e-9:
            forced = pending[following]
            following += 1
        was_away = away
        if forced is not None and forced.averted != away:
            away = forced.averted
        elif not away:
            rate = style.avert_rate_speaking if talking else style.avert_rate_listening
            away = rng.random() < -np.expm1(-rate * fixated)
        elif now > away_until:
            away = False
        if away and not was_away:
            centre = _aversion(style, forced is not None and forced.thoughtful, rng)
            middle = style.avert_seconds_speaking if talking else style.avert_seconds_listening
            away_until = now + middle * np.exp(rng.normal(0, 0.5))

        if away:
            place = centre + rng.normal(0, style.averted_spread, 2) * (0.8, 1.0)
        else:
            place = _on_face(style, talking, coupling, rng)
        place = np.clip(place, *FIELD)
        size = float(np.linalg.norm(place - previous))
        middle = style.fixation_averted if away else style.fixation_face
        fixated = max(float(rng.lognormal(np.log(middle), style.fixation_sigma)), 0.1)
        onset.append(now)
        target.append(place)
        averted.append(away)
        landed = now + float(saccade_duration(size))
        now, previous = landed + fixated, place
        if pending[following].time < now and pending[following].averted != away:
            now = max(pending[following].time, landed + SHORTEST_FIXATION)
    return _corrected(np.array(onset), np.array(target), np.array(averted), rng)


def _aversion(style: GazeStyle, thoughtful: bool, rng: np.random.Generator) -> np.ndarray:
    """Pitch, yaw of an aversion's centre. Thoughtful ones take the main direction, some others its mirror image."""
    mirrored = not thoughtful and rng.random() < style.second_share
    angle = np.radians((180 - style.direction if mirrored else style.direction) + rng.normal(0, style.direction_sd))
    size = max(abs(rng.normal(style.eccentricity, style.eccentricity_sd)), 4.0)
    return size * np.array([0.85 * np.sin(angle), np.cos(angle)])  # the field of gaze is wider than high


def _on_face(style: GazeStyle, talking: bool, coupling: float, rng: np.random.Generator) -> np.ndarray:
    """Pitch, yaw of a fixation on the partner: the eyes while speaking, also the mouth while listening to it."""
    share = style.mouth_share * (1 - coupling) if talking else style.mouth_share
    place = MOUTH_OF_PARTNER if rng.random() < share else EYES_OF_PARTNER[rng.integers(2)]
    return place + rng.normal(0, style.face_spread, 2) * (0.8, 1.0)


def _corrected(onset: np.ndarray, target: np.ndarray, averted: np.ndarray, rng: np.random.Generator) -> GazePlan:
    """Let large saccades fall short by some percent and a corrective one follow, where the fixation is long enough."""
    steps = np.diff(target, axis=0, prepend=np.zeros((1, 2)))
    size = np.linalg.norm(steps, axis=1)
    landed = onset + saccade_duration(size)
    until = np.concatenate([onset[1:], [np.inf]])
    second = landed + np.maximum(rng.normal(CORRECTION_DELAY, 0.03, len(onset)), SHORTEST_FIXATION)
    short = (size > CORRECTION_FROM) & (rng.random(len(onset)) < 0.5) & (until - second > 0.15)
    share = np.clip(rng.normal(0.92, 0.03, len(onset)), 0.82, 0.97)
    first_target = np.where(short[:, None], target - (1 - share[:, None]) * steps, target)
    all_onset = np.concatenate([onset, second[short]])
    order = np.argsort(all_onset, kind="stable")
    all_target = np.concatenate([first_target, target[short]])[order]
    sizes = np.linalg.norm(np.diff(all_target, axis=0, prepend=np.zeros((1, 2))), axis=1)
    duration = saccade_duration(sizes) * np.exp(rng.normal(0, 0.06, len(sizes)))
    return GazePlan(all_onset[order], duration, all_target, np.concatenate([averted, averted[short]])[order])
