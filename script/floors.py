"""How far second truths are from the truth: what a bound of three times that is worth that one of them sets.

python script/floors.py CORPUS [--split test] [--seen] [--draws 10]

Draw 2 is the one of the tables.
"""

import argparse
from pathlib import Path

import numpy as np

from stygaze.corpus.layout import Corpus
from stygaze.encoders import load_encoder
from stygaze.evaluation.liveliness import moments_of
from stygaze.evaluation.long_takes import long_takes

MEASURED = "w1_speed", "w1_amplitude", "w1_fixation", "mae_all"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--split", choices=("validation", "test"), default="test")
    parser.add_argument("--seen", action="store_true", help="styles of training sessions")
    parser.add_argument("--draws", type=int, default=10)
    options = parser.parse_args()
    corpus, encoder, rows = Corpus.open(options.corpus), load_encoder(), []
    print(f"{'draw':>6}" + "".join(f"{key:>14}" for key in MEASURED))
    for draw in range(2, 2 + options.draws):
        takes = long_takes(corpus, encoder, "seen" if options.seen else "unseen", options.split, second=draw)
        found = moments_of([t.true for t in takes], [t.again for t in takes])
        rows.append([found[key] for key in MEASURED])
        print(f"{draw:6}" + "".join(f"{value:14.5f}" for value in rows[-1]), flush=True)
    for name, of_all in (("mean", np.mean(rows, axis=0)), ("SD", np.std(rows, axis=0, ddof=1))):
        print(f"{name:>6}" + "".join(f"{value:14.5f}" for value in of_all))


if __name__ == "__main__":
    main()
