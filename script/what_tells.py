"""What tells made gaze from true? Boosted trees on figures of four seconds of gaze in the world, and what they go by.

python script/what_tells.py CHECKPOINT CORPUS [--styles unseen] [--split validation]

Where the classifiers of the two-sample test say how often motion is told, this says by what. For each figure: by how
much the held-out log loss rises without it (nats; the trees go by it), and how far its mean is off, in spreads of the
truth. A second draw of the truth stands beside.
"""

import argparse
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.inspection import permutation_importance
from sklearn.model_selection import GroupKFold

from stygaze.corpus.layout import Corpus
from stygaze.encoders import load_encoder
from stygaze.evaluation.check_events import generate
from stygaze.evaluation.long_takes import long_takes
from stygaze.gaze.decomposition import Decomposition, decompose
from stygaze.gaze.fixations import runs
from stygaze.motion import Motion

WINDOW, HOP, FOLDS = 100, 50, 4  # frames, frames, of the takes
NEAR, FAR = (3.0, 6.0), 25.0  # degrees from the partner
SMALL, MIDDLE = 1.5, (3.0, 8.0)  # degrees of jumps
SOON = 9  # frames in which a jump may correct another, of less than CORRECTION of it
CORRECTION = 0.2
SPEEDS = (0.1, 0.25, 0.5, 0.75, 0.9, 0.97)  # quantiles
SHOWN = 12


def figures(motion: np.ndarray) -> pd.DataFrame:
    """A row for each window of a motion [T, 7]; NaN where there is too little to tell."""
    whole = Motion(motion)
    parts, gaze = decompose(whole), whole.world_gaze.astype(float)
    step = np.diff(gaze, axis=0, prepend=gaze[:1])
    begun = np.flatnonzero(parts.onset)
    rows = []
    for t in range(0, len(gaze) - WINDOW + 1, HOP):
        w = slice(t, t + WINDOW)
        inside = (begun > t) & (begun < t + WINDOW - 1)
        rows.append(of_places(gaze[w]) | of_rest(step[w], parts, w) | of_jumps(parts, begun, np.flatnonzero(inside)))
    return pd.DataFrame(rows)


def of_places(gaze: np.ndarray) -> dict[str, float]:
    """Where gaze [T, 2] is."""
    away = np.hypot(*gaze.T)
    on = away < NEAR[1]
    longest = {name: max([int(b - a) for a, b in runs(mask)], default=0) for name, mask in (("on", on), ("off", ~on))}
    return {
        "yaw": gaze[:, 1].mean(), "pitch": gaze[:, 0].mean(), "SD of yaw": gaze[:, 1].std(),
        "SD of pitch": gaze[:, 0].std(), "farthest yaw": np.abs(gaze[:, 1]).max(), "lowest": gaze[:, 0].min(),
        "highest": gaze[:, 0].max(), "on the partner": on.mean(), "well on the partner": (away < NEAR[0]).mean(),
        "far": (away > FAR).mean(), "longest on": longest["on"], "longest off": longest["off"],
        "times on or off": np.abs(np.diff(on.astype(int))).sum(),
    }  # fmt: skip


def of_rest(step: np.ndarray, parts: Decomposition, window: slice) -> dict[str, float]:
    """How gaze moves from frame to frame, and how it rests."""
    speed, rest = np.hypot(*step.T), ~parts.busy[window]
    both = rest[1:] & rest[:-1]
    after = {"pitch": step[1:, 0] * step[:-1, 0], "yaw": step[1:, 1] * step[:-1, 1]}
    return (
        {f"speed, {q:.0%}": np.quantile(speed, q) for q in SPEEDS}
        | {"resting speed": np.median(speed[rest]) if rest.any() else np.nan}
        | {f"rest goes on in {k}": v[both].mean() if both.any() else np.nan for k, v in after.items()}
    )


def of_jumps(parts: Decomposition, begun: np.ndarray, which: np.ndarray) -> dict[str, float]:
    """Jumps of a window, of all that have begun in these frames."""
    if not len(which):
        return {"jumps": 0}
    at = begun[which]
    jump = parts.landing[at] - parts.gaze[at - 1]
    size, until = np.hypot(*jump.T), np.append(begun, len(parts))[which + 1] - at
    flight = np.array([np.argmin(np.append(parts.busy[t : t + 12], False)) for t in at])
    said = {
        "jumps": len(at), "size": size.mean(), "median size": np.median(size), "largest": size.max(),
        "smallest": size.min(), "small": (size < SMALL).mean(), "share of pitch": np.abs(jump[:, 0]).sum() / size.sum(),
        "middle": ((size > MIDDLE[0]) & (size < MIDDLE[1])).mean(), "frames": flight.mean(),
        "frames by size": (flight / (size + 2)).mean(), "until the next": np.median(until), "at least": until.min(),
        "at most": until.max(),
    }  # fmt: skip
    if len(at) > 1:
        cosine = (jump[1:] * jump[:-1]).sum(1) / (size[1:] * size[:-1] + 1e-6)
        corrects = (size[1:] < CORRECTION * size[:-1]) & (until[:-1] < SOON)
        said |= {
            "turns": cosine.mean(), "most in line": cosine.max(), "most back": cosine.min(),
            "correct another": corrects.mean(), "sizes differ": np.abs(np.diff(np.log(size + 1e-6))).mean(),
        }  # fmt: skip
    if len(at) > 2:
        said["way to the place before"] = np.hypot(*(parts.landing[at[2:]] - parts.landing[at[:-2]]).T).mean()
    return said


def told(true: list[pd.DataFrame], made: list[pd.DataFrame]) -> tuple[float, pd.DataFrame]:
    """Accuracy over held-out takes, and the figures gone by: "loss" (nats), "off" (spreads), the first most."""
    rows, label = pd.concat([*true, *made]), np.repeat([0, 1], [sum(map(len, x)) for x in (true, made)])
    take = np.concatenate([np.repeat(k, len(x)) for side in (true, made) for k, x in enumerate(side)])
    right, loss = [], np.zeros(rows.shape[1])
    for known, held in GroupKFold(FOLDS).split(rows, label, take):
        trees = HistGradientBoostingClassifier(max_iter=120, learning_rate=0.05, max_leaf_nodes=12, min_samples_leaf=60)
        trees.fit(rows.iloc[known], label[known])
        right.append((trees.predict(rows.iloc[held]) == label[held]).mean())
        found = permutation_importance(
            trees, rows.iloc[held], label[held], n_repeats=3, random_state=0, scoring="neg_log_loss"
        )
        loss += found.importances_mean / FOLDS
    first, second = pd.concat(true), pd.concat(made)
    table = pd.DataFrame({"loss": loss, "off": (second.mean() - first.mean()) / first.std()}, index=rows.columns)
    return float(np.mean(right)), table.sort_values("loss", ascending=False)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--styles", choices=("seen", "unseen"), default="unseen")
    parser.add_argument("--split", choices=("validation", "test"), default="validation")
    options = parser.parse_args()
    takes = long_takes(Corpus.open(options.corpus), load_encoder(), options.styles, options.split)
    true = [figures(t.true) for t in takes]
    again = [figures(t.again) for t in takes if t.again is not None]
    made = [figures(m) for m in generate(options.checkpoint, takes)]
    for name, other in (("second truth", again), ("made", made)):
        accuracy, table = told(true, other)
        print(f"{name}: told with {accuracy:.3f} (.5 cannot be told)", flush=True)
        print(table.head(SHOWN).round(3).to_string() + "\n")


if __name__ == "__main__":
    main()
