"""How much should count in free running what is heard? MAE, CRPS, and what is in common with the truth.

python script/hearing.py CHECKPOINT CORPUS [--hearing 1,1.15,1.3,1.5,2] [--split validation] [--draws 2]

The checkpoint's own calibration is kept, for whichever factor that was. In common: correlations of a draw and the truth
for the same speech, their sum over six bands up to 12.5 Hz, over that of a second truth.
"""

import argparse
from pathlib import Path

import numpy as np

from stygaze.corpus.layout import Corpus
from stygaze.encoders import load_encoder
from stygaze.evaluation.hearing import COLUMNS, apart, crps, in_common, with_hearing
from stygaze.evaluation.long_takes import long_takes
from stygaze.evaluation.model_rows import seeds_of
from stygaze.evaluation.parts import Model, pipeline_of
from stygaze.evaluation.protocols import WARM_UP
from stygaze.evaluation.running import clip_styles, run_freely
from stygaze.models.events import EventGenerator


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--hearing", default="1,1.15,1.3,1.5,2")
    parser.add_argument("--split", choices=("validation", "test"), default="validation")
    parser.add_argument("--draws", type=int, default=2, help="of each factor, at least 2")
    options = parser.parse_args()
    generator, encoder = pipeline_of(Model("", 0, options.checkpoint))
    if not isinstance(generator, EventGenerator) or options.draws < 2:
        parser.error("give a checkpoint of events, and two draws or more")
    takes = long_takes(Corpus.open(options.corpus), load_encoder(), "unseen", options.split)
    true, again = [t.true for t in takes], [t.again for t in takes]
    styles, most = clip_styles(encoder, [t.reference for t in takes]), in_common(true, again).sum(0)
    print(f"{'hearing':>13} {'MAE':>7} {'CRPS':>7}   in common: {', '.join(COLUMNS)}")
    print(f"{'second truth':>13} {apart(true, again):7.3f} {apart(true, again) / 2:7.3f}")
    for hearing in map(float, options.hearing.split(",")):
        changed = with_hearing(generator, hearing)
        features = [t.features for t in takes]
        made = [
            [m[WARM_UP:] for m in run_freely(changed, features, styles, seeds_of(k, len(takes)))]
            for k in range(options.draws)
        ]
        mae = np.mean([apart(true, m) for m in made])
        common = np.mean([in_common(true, m).sum(0) for m in made], axis=0) / most
        print(f"{hearing:13g} {mae:7.3f} {crps(true, made):7.3f}   {'  '.join(f'{c:.2f}' for c in common)}", flush=True)


if __name__ == "__main__":
    main()
