"""espeak-ng through its C library: text to sound, and every phoneme with its time."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass

import numpy as np
import soxr

from stygaze.speech import SAMPLE_RATE

SYNCHRONOUS, PHONEME_EVENTS, IPA = 2, 1, 2  # speak_lib.h
RATE, PITCH, RANGE = 1, 3, 4
END, PHONEME = 0, 7
UTF8 = 1


class _Id(ctypes.Union):
    _fields_ = (("number", ctypes.c_int), ("name", ctypes.c_char_p), ("string", ctypes.c_char * 8))


class _Event(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", _Id),
    )


_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event))


@dataclass(frozen=True)
class Voice:
    """How to speak: a voice of `espeak-ng --voices=en`, one of `--voices=variant`, words a minute, 0..99, 0..99."""

    language: str
    variant: str
    rate: int = 175
    pitch: int = 50
    range: int = 50


@dataclass(frozen=True)
class Spoken:
    """samples [N] float32 at 16 kHz; phones: (start in seconds, IPA), "" where nothing is said."""

    samples: np.ndarray
    phones: list[tuple[float, str]]


class Espeak:
    """One per process: the library has global state."""

    def __init__(self) -> None:
        self._library = ctypes.CDLL("libespeak-ng.so.1")
        self._rate = self._library.espeak_Initialize(SYNCHRONOUS, 0, None, PHONEME_EVENTS | IPA)
        self._sound: list[np.ndarray] = []
        self._phones: list[tuple[float, str]] = []
        self._callback = _Callback(self._take)  # kept: the library holds only its address
        self._library.espeak_SetSynthCallback(self._callback)

    def speak(self, text: str, voice: Voice) -> Spoken:
        """Say a text."""
        self._sound, self._phones = [], []
        if self._library.espeak_SetVoiceByName(f"{voice.language}+{voice.variant}".encode()) != 0:
            raise ValueError(f"espeak-ng has no voice {voice.language}+{voice.variant}")
        for parameter, value in ((RATE, voice.rate), (PITCH, voice.pitch), (RANGE, voice.range)):
            self._library.espeak_SetParameter(parameter, value, 0)
        said = text.encode()
        self._library.espeak_Synth(said, len(said) + 1, 0, 0, 0, UTF8, None, None)
        self._library.espeak_Synchronize()
        samples = np.concatenate(self._sound).astype(np.float32) / 32768
        return Spoken(soxr.resample(samples, self._rate, SAMPLE_RATE), self._phones)

    def _take(self, wave, count: int, events) -> int:
        if wave and count:
            self._sound.append(np.ctypeslib.as_array(wave, (count,)).copy())
        at = 0
        while events[at].type != END:
            if events[at].type == PHONEME:
                name = bytes(events[at].id.string).split(b"\0")[0].decode(errors="ignore")
                self._phones.append((events[at].sample / self._rate, name))
            at += 1
        return 0
