#!/usr/bin/env python3
"""Make assets/visemes: espeak-ng speaks, the encoder listens, a small network learns which viseme each frame is.

    sudo apt-get install espeak-ng wamerican
    python script/build_visemes.py          # about eight minutes on one core
    python script/build_visemes.py --check  # the figures anew, of the network that is there

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
from stygaze.face.visemes import Network  # noqa: E402
from stygaze.motion import FPS  # noqa: E402
from stygaze.motion_files import replacing  # noqa: E402
from stygaze.speech import Speech  # noqa: E402

PEOPLE = ROOT / "results" / "visemes" / "people.json"
RECORD = PEOPLE.with_name("record.json")
MODEL = ROOT / "assets" / "visemes" / "model.safetensors"


def people(encoder: SpeechEncoder) -> list[Utterance]:
    """The aligned recordings of people."""
    found = []
    for name, phones in json.loads(PEOPLE.read_text()).items():
        speech = Speech.load(ROOT / "assets" / "speech" / f"{name}.flac")
        starts = [(0.0, ["sil"]), *((at, ARPABET.get(phone, ["sil"])) for at, phone in phones)]
        target = shares(starts, speech.n_frames)
        found.append(Utterance(speech.samples, encoder.encode(speech), target, name, Voice("a person", "")))
    return found


def _minutes(utterances: list[Utterance]) -> float:
    return round(sum(len(u.target) for u in utterances) / FPS / 60, 1)


def main() -> None:
    """Speak, learn, check, write."""
    config = training.Config()
    rng, espeak, encoder = np.random.default_rng(config.seed), Espeak(), load_encoder()
    sentences, words, other_sentences, other_words = split_words(rng)
    checking, log = "--check" in sys.argv[1:], list[dict]()
    record = json.loads(RECORD.read_text()) if checking else {}
    minutes = record.get("minutes", {})
    if not checking:
        learnt_from = [
            utterance(espeak, encoder, text(sentences, words, rng), voice(VARIANTS, rng), rng)
            for _ in range(config.train_utterances)
        ]
        minutes["trained"] = _minutes(learnt_from)

        def say(entry: dict) -> None:
            log.append(entry)
            print(entry, flush=True)

        arrays = training.train(learnt_from, config, say)
        with replacing(MODEL) as temporary:
            save_file({name: np.ascontiguousarray(value) for name, value in arrays.items()}, temporary)
    rng, network, spoken_by_people = np.random.default_rng([config.seed, 1]), Network.load(MODEL), people(encoder)
    held_out = [
        utterance(espeak, encoder, text(other_sentences, other_words, rng), voice(HELD_OUT, rng), None)
        for _ in range(config.held_out_utterances)
    ]
    minutes |= {"held_out": _minutes(held_out), "people": _minutes(spoken_by_people)}
    version = subprocess.run(["espeak-ng", "--version"], capture_output=True, text=True, check=True).stdout.split("  ")[
        0
    ]
    record = {
        "config": asdict(config),
        "encoder": encoder.id,
        "espeak": version,
        "minutes": minutes,
        "held_out_voices": HELD_OUT,
        "log": log or record["log"],
        "held_out": {"visemes": check.accuracy(network, held_out), "mouth": check.mouths(network, held_out)},
        "people": {
            "visemes": check.accuracy(network, spoken_by_people),
            "mouth": check.mouths(network, spoken_by_people),
        },
    }
    with replacing(RECORD) as temporary:
        temporary.write_text(json.dumps(record, indent=1) + "\n")
    print(json.dumps(record["held_out"], indent=1))


if __name__ == "__main__":
    main()
