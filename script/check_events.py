"""Is a checkpoint told from the truth, and do its moments hold? For choosing among checkpoints, on validation.

python script/check_events.py CHECKPOINT CORPUS [--split validation] [--columns all] [--seen] [--folds 1]
python script/check_events.py SEED0,SEED1,SEED2 CORPUS --split test --columns plain    # a third of the takes by each
"""

import argparse
import time
from pathlib import Path

import numpy as np

from stygaze.corpus.layout import Corpus
from stygaze.encoders import load_encoder
from stygaze.evaluation.check_events import generate, two_sample_of
from stygaze.evaluation.liveliness import MOMENTS, moments_of
from stygaze.evaluation.long_takes import long_takes
from stygaze.evaluation.two_sample import COLUMNS, FOLDS, cross_validated
from stygaze.motion import FPS


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "checkpoint", help="folder (or three, with commas), or 'true' for an independent draw of the simulator"
    )
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--split", choices=("validation", "test"), default="validation")
    parser.add_argument("--seen", action="store_true", help="styles of training sessions")
    parser.add_argument("--columns", default=",".join(COLUMNS), help="with commas; empty for moments only")
    parser.add_argument("--folds", type=int, default=FOLDS, help="classifiers a column set, 1 to 3")
    parser.add_argument("--window", type=int, default=100)
    parser.add_argument("--count", type=int, default=24, help="takes")
    parser.add_argument("--seconds", type=int, default=240, help="of a take")
    parser.add_argument("--seed", type=int, default=0, help="of the draws")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--encoder", default="whisper-tiny.en")
    options = parser.parse_args()
    begun = time.monotonic()

    def say(text: str) -> None:
        print(f"{time.monotonic() - begun:6.0f} s  {text}", flush=True)

    corpus = Corpus.open(options.corpus)
    styles = "seen" if options.seen else "unseen"
    takes = long_takes(
        corpus, load_encoder(options.encoder), styles, options.split, options.count, options.seconds * FPS
    )
    say(f"{len(takes)} takes of {options.seconds} s, styles {styles}, speech of {options.split}")
    true, again = [t.true for t in takes], [t.again for t in takes]
    folders = options.checkpoint.split(",")
    if len(folders) not in (1, FOLDS):
        parser.error(f"give one checkpoint, or {FOLDS} of them")
    made = [
        again if folder == "true" else generate(Path(folder), takes, options.seed + k)
        for k, folder in enumerate(folders)
    ]
    say("generated")
    rows = {"truth": moments_of(true, true), "again": moments_of(true, again)}
    rows |= {f"made {k}": moments_of(true, m) for k, m in enumerate(made)}
    print(f"{'':22}" + "".join(f"{name:>10}" for name in rows))
    for key in MOMENTS:
        print(f"{key:22}" + "".join(f"{row[key]:10.3f}" for row in rows.values()))
    for of in [c.strip() for c in options.columns.split(",") if c.strip()]:
        if len(made) == FOLDS:
            whole = cross_validated(true, made, of, options.window)
            low, high = whole.interval
            say(f"{of}: {whole.accuracy:.3f} [{low:.3f}, {high:.3f}] (folds {whole.values})")
            continue
        found = two_sample_of(true, made[0], [of], options.folds, options.jobs, options.window)[of]
        each = " ".join(f"{f.accuracy:.3f}" for f in found)
        accuracy, auc = (np.mean([getattr(f, name) for f in found]) for name in ("accuracy", "auc"))
        say(f"{of}: {accuracy:.3f} (folds {each}; AUC {auc:.3f})")


if __name__ == "__main__":
    main()
