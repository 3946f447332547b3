"""Spoken texts with the encoder's features and the viseme shares of every frame."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.signal import fftconvolve

from stygaze.encoders import SpeechEncoder
from stygaze.speech import SAMPLE_RATE, Speech
from visemes.espeak import Espeak, Voice
from visemes.phonemes import shares, visemes_of

LANGUAGES = (*["gmw/en-US"] * 3, "gmw/en", "gmw/en-GB-x-rp", "gmw/en-GB-scotland", "gmw/en-US-nyc", "gmw/en-029")
HELD_OUT = ("m3", "f4", "klatt2", "Annie", "Michael", "f1")  # never trained on
VARIANTS = (
    *("m1", "m2", "m4", "m5", "m6", "m7", "m8", "f2", "f3", "f5", "klatt", "klatt3", "klatt4", "adam", "Alicia"),
    *("Andrea", "Andy", "antonio", "belinda", "caleb", "david", "Denis", "Diogo", "edward", "Gene", "Gustave"),
    *("Henrique", "Hugo", "john", "Lee", "linda", "marcelo", "Mario", "max", "mike", "Nguyen", "pablo", "paul"),
    *("pedro", "quincy", "rob", "robert", "steph", "travis", "victor", "zac", "grandpa", "croak"),
)
RATES, PITCHES, RANGES = (115, 235), (25, 75), (30, 75)
WORDS = Path("/usr/share/dict/american-english")  # Debian: wamerican


@dataclass(frozen=True)
class Utterance:
    """samples [N] at 16 kHz, features [T, D], target [T, VISEMES], and who said what."""

    samples: np.ndarray
    features: np.ndarray
    target: np.ndarray
    text: str
    voice: Voice


def split_words(rng: np.random.Generator) -> tuple[list[str], list[str], list[str], list[str]]:
    """Sentences and words to train on, sentences and words held out."""
    sentences = (Path(__file__).parent / "sentences.txt").read_text().split("\n")
    sentences = [line for line in sentences if line]
    words = [
        w for w in WORDS.read_text().split("\n") if 2 <= len(w) <= 11 and w.isascii() and w.isalpha() and w.islower()
    ]
    rng.shuffle(words)
    return sentences[:-12], words[:-3000], sentences[-12:], words[-3000:]


def text(sentences: list[str], words: list[str], rng: np.random.Generator) -> str:
    """A sentence, one in another order, or words by chance."""
    kind = rng.random()
    if kind < 0.35:
        return str(rng.choice(sentences))
    if kind < 0.6:
        chosen = " ".join(rng.choice(sentences, 2)).replace(",", "").replace(".", "").split()
        return " ".join(rng.permutation(chosen)[:14]) + "."
    return " ".join(rng.choice(words, int(rng.integers(4, 9)))) + "."


def voice(variants: tuple[str, ...], rng: np.random.Generator) -> Voice:
    """Somebody who speaks."""
    return Voice(
        str(rng.choice(LANGUAGES)),
        str(rng.choice(variants)),
        *(int(rng.integers(low, high)) for low, high in (RATES, PITCHES, RANGES)),
    )


def utterance(
    espeak: Espeak, encoder: SpeechEncoder, said: str, by: Voice, rng: np.random.Generator | None
) -> Utterance:
    """Say, spoil as rooms and microphones do (with a generator), encode, label."""
    spoken = espeak.speak(said, by)
    before = 0.15 if rng is None else float(rng.uniform(0.05, 0.6))
    samples = np.pad(spoken.samples, (round(before * SAMPLE_RATE), round(0.3 * SAMPLE_RATE)))
    if rng is not None:
        samples = _spoil(samples, rng)
    speech = Speech(samples / max(np.abs(samples).max(), 1e-6) * (0.5 if rng is None else rng.uniform(0.1, 0.9)))
    starts = [(0.0, ["sil"]), *((before + at, visemes_of(ipa)) for at, ipa in spoken.phones)]
    target = shares([*starts, (before + len(spoken.samples) / SAMPLE_RATE, ["sil"])], speech.n_frames)
    return Utterance(speech.samples, encoder.encode(speech), target.astype(np.float32), said, by)


def _spoil(samples: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A room's echo, a microphone's tilt, noise: each of them sometimes."""
    if rng.random() < 0.35:
        t = np.arange(int(0.35 * SAMPLE_RATE)) / SAMPLE_RATE
        echo = rng.normal(size=len(t)) * np.exp(-6.9 * t / rng.uniform(0.12, 0.4)) * rng.uniform(0.02, 0.08)
        echo[0] = 1.0
        samples = fftconvolve(samples, echo)[: len(samples)]
    if rng.random() < 0.5:
        tilt = rng.uniform(-0.6, 0.5)
        samples = samples - tilt * np.concatenate([[0], samples[:-1]])
    if rng.random() < 0.6:
        noise = rng.normal(size=len(samples))
        if rng.random() < 0.5:
            noise = np.cumsum(noise) - fftconvolve(np.cumsum(noise), np.full(400, 1 / 400), mode="same")
        level = np.sqrt((samples**2).mean()) * 10 ** (-rng.uniform(12, 40) / 20)
        samples = samples + noise / noise.std() * level
    return samples.astype(np.float32)
