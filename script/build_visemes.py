#!/usr/bin/env python3
"""Make assets/visemes: espeak-ng speaks, the encoder listens, a small network learns which viseme each frame is.

    sudo apt-get install espeak-ng wamerican
    python script/build_visemes.py          # about five minutes on one core

Writes assets/visemes/model.safetensors and results/visemes/record.json: settings, loss, accuracy on held-out voices and
texts by class, the mouth beside the rules of stygaze/face/mouth.py, and both on the two people whose phonemes stand in
results/visemes/people.json (script/visemes/align.py).
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "script")]

from visemes import check, training  # noqa: E402
from visemes.corpus import HELD_OUT, VARIANTS, Utterance, split_words, text, utterance, voice  # noqa: E402
from visemes.espeak import Espeak, Voice  # noqa: E402
from visemes.phonemes import ARPABET, shares  # noqa: E402

from stygaze.encoders import SpeechEncoder, load_encoder  # noqa: E402
from stygaze.motion import FPS  # noqa: E402
from stygaze.motion_files import replacing  # noqa: E402
from stygaze.speech import Speech  # noqa: E402

PEOPLE = ROOT / "results" / "visemes" / "people.json"


def people(encoder: SpeechEncoder) -> list[Utterance]:
    """The aligned recordings of people."""
    found = []
    for name, phones in json.loads(PEOPLE.read_text()).items():
        speech = Speech.load(ROOT / "assets" / "speech" / f"{name}.flac")
        starts = [(0.0, ["sil"]), *((at, ARPABET.get(phone, ["sil"])) for at, phone in phones)]
        target = shares(starts, speech.n_frames)
        found.append(Utterance(speech.samples, encoder.encode(speech), target, name, Voice("a person", "")))
    return found


def main() -> None:
    """Speak, learn, check, write."""
    config = training.Config()
    rng, espeak, encoder = np.random.default_rng(config.seed), Espeak(), load_encoder()
    sentences, words, other_sentences, other_words = split_words(rng)
    learnt_from = [
        utterance(espeak, encoder, text(sentences, words, rng), voice(VARIANTS, rng), rng)
        for _ in range(config.train_utterances)
    ]
    held_out = [
        utterance(espeak, encoder, text(other_sentences, other_words, rng), voice(HELD_OUT, rng), None)
        for _ in range(config.held_out_utterances)
    ]
    log: list[dict] = []

    def say(entry: dict) -> None:
        log.append(entry)
        print(entry, flush=True)

    arrays = training.train(learnt_from, config, say)
    network, spoken_by_people = training.network(arrays), people(encoder)
    version = subprocess.run(["espeak-ng", "--version"], capture_output=True, text=True, check=True).stdout.split("  ")[
        0
    ]
    record = {
        "config": asdict(config),
        "encoder": encoder.id,
        "espeak": version,
        "minutes": {
            key: round(sum(len(u.target) for u in part) / FPS / 60, 1)
            for key, part in {"trained": learnt_from, "held_out": held_out, "people": spoken_by_people}.items()
        },
        "held_out_voices": HELD_OUT,
        "log": log,
        "held_out": {"visemes": check.accuracy(network, held_out), "mouth": check.mouths(network, held_out)},
        "people": {
            "visemes": check.accuracy(network, spoken_by_people),
            "mouth": check.mouths(network, spoken_by_people),
        },
    }
    with replacing(ROOT / "assets" / "visemes" / "model.safetensors") as temporary:
        save_file({name: np.ascontiguousarray(value) for name, value in arrays.items()}, temporary)
    with replacing(PEOPLE.with_name("record.json")) as temporary:
        temporary.write_text(json.dumps(record, indent=1) + "\n")
    print(json.dumps(record["held_out"], indent=1))


if __name__ == "__main__":
    main()
