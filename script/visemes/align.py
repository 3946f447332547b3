#!/usr/bin/env python3
"""Phonemes of two of the example recordings with their times: what these people read is known, pocketsphinx places it.

    pip install pocketsphinx==5.1.1
    python script/visemes/align.py        # writes results/visemes/people.json; the build reads that file

Each phoneme is given to the decoder as a word of its own: its alignment of words then is one of phonemes.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import soundfile
from pocketsphinx import Decoder, get_model_path

ROOT = Path(__file__).resolve().parents[2]
READ = {
    "five-sentences": "and mister john dashwood had then leisure to consider how much there might be "
    "prudently in his power to do for them he was not an ill disposed young man unless to be rather cold "
    "hearted and rather selfish is to be ill disposed had he married a more amiable woman he "
    "might have been made still more respectable than he was he might even have been made amiable himself",
    "echo-test": "you are about to enter an echo test in this mode everything you say will be repeated back to you as "
    "soon as it is received the purpose of this test is to give you an audible sense of the latency "
    "between you and the machine that is running the echo test application you may end the test by "
    "hanging up or by pressing the pound key",
}
WIDE = {"beam": 1e-200, "wbeam": 1e-200, "pbeam": 1e-200, "silprob": 1e-6, "fillprob": 1e-12}


def main() -> None:
    """Align both and write."""
    lexicon: dict[str, list[str]] = {}
    for line in Path(get_model_path("en-us/cmudict-en-us.dict")).read_text().splitlines():
        word, *phones = line.split()
        lexicon.setdefault(word, phones)
    names = sorted({phone for phones in lexicon.values() for phone in phones})
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        single = Path(folder) / "phones.dict"
        single.write_text("".join(f"x{name.lower()} {name}\n" for name in names))
        for recording, text in READ.items():
            samples, _ = soundfile.read(ROOT / "assets" / "speech" / f"{recording}.flac", dtype="int16")
            decoder = Decoder(lm=None, dict=str(single), loglevel="FATAL", **WIDE)
            decoder.set_align_text(" ".join(f"x{phone.lower()}" for word in text.split() for phone in lexicon[word]))
            decoder.start_utt()
            decoder.process_raw(samples.tobytes(), full_utt=True)
            decoder.end_utt()
            pieces = [(piece.start_frame / 100, piece.word) for piece in decoder.seg() if piece.word != "(NULL)"]
            found[recording] = [[at, word[1:].upper() if word[0] == "x" else "SIL"] for at, word in pieces]
    (ROOT / "results" / "visemes" / "people.json").write_text(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
