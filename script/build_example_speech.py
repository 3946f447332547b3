#!/usr/bin/env python3
"""Make the example recordings in assets/speech from two Debian packages (their licences: assets/speech/ATTRIBUTION.md).

    python script/build_example_speech.py [--packages FOLDER]

Without --packages, `apt-get download` fetches pocketsphinx-testdata and asterisk-core-sounds-en-g722 (on a Debian that
has them). Sentences are trimmed, joined with pauses as a reader makes them, and brought to one level.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from stygaze.motion_files import replacing  # noqa: E402
from stygaze.speech import SAMPLE_RATE, Speech  # noqa: E402

PACKAGES = ("pocketsphinx-testdata", "asterisk-core-sounds-en-g722")
NOVEL = "usr/share/pocketsphinx/test/data/librivox/sense_and_sensibility_01_austen_64kb-{}.wav"
PROMPT = "usr/share/asterisk/sounds/en_US_f_Allison/{}.g722"
LEVEL_DB = -24.0  # dBFS over the loudest quarter of the frames
ENDS = 0.15  # seconds kept before the first and after the last sound


@dataclass(frozen=True)
class Example:
    """One recording: its file, what a page calls it, its parts and the pauses between them in seconds."""

    file: str
    title: str
    package: str
    pattern: str
    parts: tuple[str, ...]
    pauses: tuple[float, ...] = ()


READER, PROMPTS = PACKAGES
EXAMPLES = (
    Example("amiable-woman.flac", "Reading aloud, 10 s", READER, NOVEL, ("0920", "0930"), (0.5,)),
    Example("could-not-connect.flac", "A telephone voice, 10 s", PROMPTS, PROMPT, ("demo-nogo",)),
    Example("echo-test.flac", "A telephone voice explains, 22 s", PROMPTS, PROMPT, ("demo-echotest",)),
    Example(
        "five-sentences.flac",
        "Reading a novel, 25 s",
        READER,
        NOVEL,
        ("0870", "0880", "0890", "0920", "0930"),
        (0.65, 0.35, 0.6, 0.5),
    ),
)


def fetch(folder: Path) -> None:
    """Download the packages and unpack them into folder/NAME."""
    subprocess.run(["apt-get", "download", *PACKAGES], cwd=folder, check=True)
    for name in PACKAGES:
        (package,) = folder.glob(f"{name}_*.deb")
        subprocess.run(["dpkg", "-x", str(package), str(folder / name)], check=True)


def trimmed(samples: np.ndarray) -> np.ndarray:
    """Without the silence around it, with ends that fade."""
    size = SAMPLE_RATE // 100
    level = np.square(samples[: len(samples) // size * size].reshape(-1, size)).mean(1)
    loud = np.flatnonzero(level > 1e-3 * np.quantile(level, 0.95))
    start = max(0, loud[0] * size - int(ENDS * SAMPLE_RATE))
    stop = min(len(samples), (loud[-1] + 1) * size + int(ENDS * SAMPLE_RATE))
    part = samples[start:stop].copy()
    fade = np.linspace(0, 1, int(0.03 * SAMPLE_RATE), dtype=np.float32)
    part[: len(fade)] *= fade
    part[-len(fade) :] *= fade[::-1]
    return part


def levelled(samples: np.ndarray) -> np.ndarray:
    """At `LEVEL_DB`, and never clipped."""
    size = SAMPLE_RATE // 25
    level = np.square(samples[: len(samples) // size * size].reshape(-1, size)).mean(1)
    loud = np.sort(level)[-len(level) // 4 :].mean()
    return samples * min(10 ** (LEVEL_DB / 20) / np.sqrt(loud), 0.9 / np.abs(samples).max())


def build(example: Example, folder: Path) -> np.ndarray:
    """Samples of an example; the pauses count from sound to sound."""
    parts = []
    for name, pause in zip(example.parts, (*example.pauses, 0.0), strict=True):
        parts.append(trimmed(Speech.load(folder / example.package / example.pattern.format(name)).samples))
        parts.append(np.zeros(int(max(0.0, pause - 2 * ENDS) * SAMPLE_RATE), np.float32))
    return levelled(np.concatenate(parts))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--packages", type=Path, help="folder that holds both packages, unpacked, under their names")
    parser.add_argument("--out", type=Path, default=ROOT / "assets" / "speech")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.packages or Path(temporary)
        if options.packages is None:
            fetch(folder)
        for example in EXAMPLES:
            samples = build(example, folder)
            with replacing(options.out / example.file) as path:
                soundfile.write(path, samples, SAMPLE_RATE, subtype="PCM_16", format="FLAC")
            print(f"{example.file}: {len(samples) / SAMPLE_RATE:.1f} s, peak {np.abs(samples).max():.2f}")
    index = [{"file": example.file, "title": example.title} for example in EXAMPLES]
    with replacing(options.out / "examples.json") as path:
        path.write_text(json.dumps(index, indent=2) + "\n")


if __name__ == "__main__":
    main()
