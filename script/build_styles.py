"""Build the style gallery that ships with the project: one minute of motion for each of the ten named styles.

    python script/build_styles.py --speech FOLDER [--out assets/styles]

FOLDER has a folder of recordings for each speaker (LibriSpeech). All ten move to the same minute of real speech of one
training speaker, so that they differ in style alone; the sound itself is not kept. Of twelve draws of a style the one
whose speeds and postures are nearest to the twelve's median is taken: a reference shall be typical.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np

from stygaze.corpus.build import split_speakers
from stygaze.corpus.sessions import converse, find_speakers, load_utterances, seconds_of
from stygaze.corpus.simulator import VERSION, simulate
from stygaze.corpus.speech_events import SpeechEvents, speech_events
from stygaze.corpus.styles import NAMED, GazeStyle
from stygaze.motion import Motion

SECONDS = 60.0
DRAWS = 12
SEED = 0
CONVERSATION = 6  # drawn so that the minute holds three turns, a dozen pauses and two listening stretches
PROFILE = "natural"


def typical(speech: SpeechEvents, style: GazeStyle) -> Motion:
    """The most typical of some draws, by medians of posture, spread and speed of the seven columns."""
    draws = [simulate(speech, style, [SEED, k], PROFILE).motion for k in range(DRAWS)]
    figures = np.array([np.r_[m.frames.mean(0), m.frames.std(0), np.abs(m.velocity).mean(0)] for m in draws])
    distance = np.abs(figures - np.median(figures, axis=0)) / (figures.std(0) + 1e-6)
    return draws[int(distance.mean(1).argmin())]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--speech", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=Path(__file__).parents[1] / "assets" / "styles")
    options = parser.parse_args()
    files = find_speakers(options.speech)
    minutes = {speaker: sum(map(seconds_of, paths)) / 60 for speaker, paths in files.items()}
    speaker = sorted(split_speakers(minutes, SEED)["train"])[0]
    utterances = [part for path in files[speaker] for part in load_utterances(path)]
    speech = speech_events(converse(SECONDS, utterances, np.random.default_rng(CONVERSATION)).samples)
    source = f"simulated (simulator {VERSION}, profile {PROFILE}) over the timing of LibriSpeech speaker {speaker}"
    for key, named in NAMED.items():
        motion = typical(speech, named.style)
        motion = replace(motion, name=named.name, description=named.description, source=source)
        motion.save(options.out / f"{key}.csv")


if __name__ == "__main__":
    main()
