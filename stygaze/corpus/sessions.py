"""Utterances of one speaker become that speaker's side of a conversation: turns, pauses, and listening in silence."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
from scipy.signal import lfilter

from stygaze.corpus.speech_events import RATE, active, level
from stygaze.errors import StyGazeError
from stygaze.speech import SAMPLE_RATE, Speech

SPEAKING_SHARE = 0.6
UTTERANCES_A_TURN = (0.45, 0.33, 0.22)  # probability of one, two, three
LONGEST_TURN = 28.0  # s; a further utterance is not begun beyond it
PAUSE_MEDIAN, PAUSE_SIGMA, PAUSE_RANGE = 0.45, 0.4, (0.15, 0.9)  # between utterances of a turn, log-normal
LISTEN_SIGMA, LISTEN_RANGE = 0.5, (1.3, 20.0)  # relative to the turn before it
LONGEST_UTTERANCE = 26.0  # s; a longer recording is cut at a pause before it grows beyond this
MARGIN = 0.06  # s of recording kept before and after an utterance
FADE = 0.02
LOUD_DB = -20.0  # dBFS of an utterance's loud frames before the session's gain
GAIN_DB = (-10.0, 6.0)
ROOM_DB = (-60.0, -50.0)  # room noise below the loud frames
AUDIO = (".flac", ".mp3", ".wav", ".ogg", ".m4a")


@dataclass(frozen=True)
class Utterance:
    """A stretch of one speaker's speech: where it comes from, and its sound trimmed to the speech, float32 [N]."""

    name: str
    samples: np.ndarray

    @property
    def seconds(self) -> float:
        return len(self.samples) / SAMPLE_RATE


@dataclass(frozen=True)
class Conversation:
    """One speaker's side: samples float32 [N] at 16 kHz, and which utterance begins when (seconds)."""

    samples: np.ndarray
    utterances: list[tuple[float, str]]
    gain_db: float


def find_speakers(folder: str | Path) -> dict[str, list[Path]]:
    """Sound files by speaker: each folder inside `folder` is one speaker.

    Raises:
        StyGazeError: no such folder, or fewer than three speakers in it (one each to train, validate and test).
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise StyGazeError(f"There is no speech folder {folder}; give one with a folder for each speaker.")
    speakers = {}
    for inner in sorted(path for path in folder.iterdir() if path.is_dir()):
        files = sorted(path for path in inner.rglob("*") if path.suffix.lower() in AUDIO)
        if files:
            speakers[inner.name] = files
    if len(speakers) < 3:
        raise StyGazeError(
            f"{folder} has folders of {len(speakers)} speaker{'s' * (len(speakers) != 1)} with recordings; "
            "three are needed, so that nobody is in both training and test."
        )
    return speakers


def seconds_of(path: Path) -> float:
    """Length of a recording, from its header where it has one."""
    try:
        return float(soundfile.info(path).duration)
    except soundfile.LibsndfileError:
        return Speech.load(path).duration


def load_utterances(path: Path) -> list[Utterance]:
    """Decode, trim the silent ends, bring to the common level; a long recording is cut at its pauses.

    Empty when there is no speech in it.
    """
    recording = np.asarray(Speech.load(path).samples, np.float32)
    decibels = level(recording)
    edges = np.diff(np.concatenate([[0], active(decibels).astype(int), [0]]))
    begins, ends = np.flatnonzero(edges == 1) / RATE, np.flatnonzero(edges == -1) / RATE
    if len(begins) == 0:
        return []
    gain = 10 ** ((LOUD_DB - np.percentile(decibels, 95)) / 20)
    found, first = [], 0
    for k in range(len(begins)):
        last = k + 1 == len(begins)
        if last or (ends[k + 1] - begins[first] > LONGEST_UTTERANCE and begins[k + 1] - ends[k] > 2 * MARGIN):
            start = max(int((begins[first] - MARGIN) * SAMPLE_RATE), 0)
            samples = recording[start : int((ends[k] + MARGIN) * SAMPLE_RATE)] * gain
            ramp = np.linspace(0, 1, int(FADE * SAMPLE_RATE), dtype=np.float32)
            samples[: len(ramp)] *= ramp
            samples[-len(ramp) :] *= ramp[::-1]
            found.append(Utterance(path.stem if last and first == 0 else f"{path.stem}@{begins[first]:.2f}", samples))
            first = k + 1
    return found


def converse(seconds: float, utterances: list[Utterance], rng: np.random.Generator) -> Conversation:
    """Lay out one session of this length from a speaker's utterances in random order, none twice while others are left.

    Turns of one to three utterances, then listening for about as long as a speaking share of .6 asks for.
    """
    order = itertools.chain.from_iterable(rng.permutation(len(utterances)) for _ in itertools.count())

    def draw() -> Utterance:
        return utterances[next(order)]

    total = int(seconds * SAMPLE_RATE)
    placed: list[tuple[float, Utterance]] = []
    now = float(rng.uniform(0.4, 1.2)) if rng.random() < 0.5 else float(rng.uniform(1.5, 6.0))
    upcoming = draw()
    while now + upcoming.seconds < seconds - 0.4:
        begin, count = now, 1 + rng.choice(len(UTTERANCES_A_TURN), p=UTTERANCES_A_TURN)
        for _ in range(count):
            placed.append((now, upcoming))
            now += upcoming.seconds
            upcoming = draw()
            pause = float(np.clip(rng.lognormal(np.log(PAUSE_MEDIAN), PAUSE_SIGMA), *PAUSE_RANGE))
            if now + pause + upcoming.seconds - begin > LONGEST_TURN or now + pause + upcoming.seconds > seconds - 0.4:
                break
            now += pause
        ratio = (1 - SPEAKING_SHARE) / SPEAKING_SHARE
        listening = (now - begin) * ratio * rng.lognormal(-(LISTEN_SIGMA**2) / 2, LISTEN_SIGMA)
        now += float(np.clip(listening, *LISTEN_RANGE))

    sound = room_noise(total, rng)
    for begin, utterance in placed:
        at = int(begin * SAMPLE_RATE)
        sound[at : at + len(utterance.samples)] += utterance.samples
    gain = float(rng.uniform(*GAIN_DB))
    sound *= 10 ** (gain / 20)
    sound *= min(1.0, 0.98 / float(np.abs(sound).max()))
    return Conversation(sound.astype(np.float32), [(begin, utterance.name) for begin, utterance in placed], gain)


def room_noise(n: int, rng: np.random.Generator) -> np.ndarray:
    """[n] faint low-passed noise, so that a pause is a quiet room and not digital nothing."""
    noise = lfilter([0.1], [1, -0.9], rng.standard_normal(n))
    return noise / noise.std() * 10 ** ((LOUD_DB + rng.uniform(*ROOM_DB)) / 20)
