"""Phonemes to visemes, and their times to a share of each frame."""

from __future__ import annotations

import numpy as np

from stygaze.face.visemes import VISEMES
from stygaze.motion import FPS

_IPA = {
    "PP": "pbm",
    "FF": "fv",
    "TH": "θð",
    "DD": "tdɾ",
    "kk": "kɡghŋxʔ",
    "CH": "ʃʒC",
    "SS": "sz",
    "nn": "nlɫ",
    "RR": "ɹrɚɜɝ",
    "aa": "ɑaæʌɐ",
    "E": "ɛeə",
    "I": "iɪjᵻ",
    "O": "ɔoɒ",
    "U": "uʊw",
}
CLASS = {symbol: viseme for viseme, symbols in _IPA.items() for symbol in symbols}
_ARPABET = {
    "PP": "P B M",
    "FF": "F V",
    "TH": "TH DH",
    "DD": "T D DX",
    "kk": "K G HH NG",
    "CH": "CH JH SH ZH",
    "SS": "S Z",
    "nn": "N L",
    "RR": "R ER",
    "aa": "AA AE AH",
    "E": "EH",
    "I": "IY IH Y",
    "O": "AO",
    "U": "UW UH W",
    "aa>I": "AY",
    "aa>U": "AW",
    "E>I": "EY",
    "O>U": "OW",
    "O>I": "OY",
}
ARPABET = {phone: viseme.split(">") for viseme, phones in _ARPABET.items() for phone in phones.split()}


def visemes_of(ipa: str) -> list[str]:
    """The visemes of a phoneme in turn: two for a diphthong, ["sil"] for nothing.

    >>> visemes_of("aɪ"), visemes_of("tʃ"), visemes_of("iː"), visemes_of("")
    (['aa', 'I'], ['CH'], ['I'], ['sil'])
    """
    symbols = ipa.replace("tʃ", "C").replace("dʒ", "C")
    return [CLASS[symbol] for symbol in symbols if symbol in CLASS] or ["sil"]


def shares(starts: list[tuple[float, list[str]]], n: int) -> np.ndarray:
    """[n, visemes] how much of each frame's 40 ms is which viseme; rows sum to 1.

    Args:
        starts: (seconds, visemes in turn), ascending; each lasts until the next, the last to the end.
    """
    pieces: list[tuple[float, float, str]] = []
    ends = [start for start, _ in starts[1:]] + [n / FPS]
    for (start, names), end in zip(starts, ends, strict=True):
        edges = np.linspace(start, end, len(names) + 1)
        pieces += [(a, b, name) for a, b, name in zip(edges[:-1], edges[1:], names, strict=True)]
    result = np.zeros((n, len(VISEMES)))
    grid = np.arange(n)
    for a, b, name in pieces:
        overlap = np.clip(np.minimum(b * FPS, grid + 1) - np.maximum(a * FPS, grid), 0, 1)
        result[:, VISEMES.index(name)] += overlap
    result[:, 0] += np.clip(1 - result.sum(1), 0, 1)
    return result / result.sum(1, keepdims=True)
