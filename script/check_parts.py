"""Which part of how motion is put together gives it away? True motion with one part drawn anew, told from itself.

python script/check_parts.py CHECKPOINT CORPUS [--parts tracker,courses] [--split test] [--columns "plain world gaze"]

tracker: noise and blinks drawn anew. courses: also every jump of gaze takes the course that the generator would give
it, from where it began to where it landed. What is told then is not when and where gaze jumps or how the head moves,
for that is the truth's.
"""

import argparse
from pathlib import Path

import numpy as np

from stygaze.checkpoints import load_checkpoint
from stygaze.corpus.layout import Corpus
from stygaze.encoders import load_encoder
from stygaze.evaluation.check_events import two_sample_of
from stygaze.evaluation.long_takes import long_takes
from stygaze.gaze.decomposition import decompose
from stygaze.models.event_jumps import course_of
from stygaze.models.event_weights import EventWeights
from stygaze.models.oculomotor import eye_in_head
from stygaze.motion import FPS, Motion

PARTS = ("tracker", "courses")


def anew(true: np.ndarray, weights: EventWeights, part: str, rng: np.random.Generator) -> np.ndarray:
    """The motion [T, 7] put together again from its parts, one of them (see above) drawn anew."""
    parts = decompose(Motion(true))
    gaze = parts.gaze.copy()
    if part == "courses":
        onsets = np.flatnonzero(parts.onset)
        for at, until in zip(onsets, [*onsets[1:], len(gaze)], strict=True):
            flying = int(np.argmin(np.append(parts.busy[at:until], False)))
            jump, known = parts.landing[at] - gaze[at - 1], weights.scales
            row = course_of(known.amplitudes, float(np.hypot(*jump)), rng.random())
            course = parts.landing[at] - (1 - known.flights[row, : known.flying[row], None]) * jump
            rest = np.repeat(parts.landing[at][None], max(flying - len(course), 0), axis=0)
            gaze[at:until][: max(flying, len(course))] = np.concatenate([course, rest])[: until - at]
    eye = eye_in_head(gaze, parts.head)
    lid = np.zeros((len(gaze), 2))
    for begin in rng.choice(len(gaze) - 20, parts.blink_count, replace=False):
        template = weights.blinks[rng.integers(len(weights.blinks))]
        lid[begin : begin + len(template)] += template
    half = np.where(parts.open, parts.half_vergence, np.median(parts.half_vergence)) + lid[:, 1]
    pitch = eye[:, 0] + lid[:, 0]
    frames = np.concatenate([parts.head, np.stack([pitch, eye[:, 1] + half, pitch, eye[:, 1] - half], 1)], 1)
    if parts.eye_noise:
        frames += rng.standard_normal(frames.shape) * np.r_[np.full(3, parts.head_noise), np.full(4, parts.eye_noise)]
    return frames.astype(np.float32)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--parts", default=",".join(PARTS))
    parser.add_argument("--split", choices=("validation", "test"), default="test")
    parser.add_argument("--columns", default="plain world gaze")
    parser.add_argument("--folds", type=int, default=1, help="classifiers, 1 to 3")
    options = parser.parse_args()
    weights = EventWeights(load_checkpoint(options.checkpoint)[0]["generator"])
    takes = long_takes(Corpus.open(options.corpus), load_encoder(), "unseen", options.split, 24, 240 * FPS)
    true = [t.true for t in takes]
    for part in options.parts.split(","):
        made = [anew(frames, weights, part, np.random.default_rng(k)) for k, frames in enumerate(true)]
        for columns, found in two_sample_of(true, made, options.columns.split(","), options.folds).items():
            print(f"{part}, {columns}: {np.mean([f.accuracy for f in found]):.3f}", flush=True)


if __name__ == "__main__":
    main()
