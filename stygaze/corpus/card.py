"""The data card of a corpus: what it is, how it was made, what was measured in it, what it must not be taken for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np

from stygaze.corpus.layout import SPLITS, Corpus, Session
from stygaze.corpus.styles import NAMED
from stygaze.corpus.targets import TARGETS
from stygaze.gaze.statistics import statistics
from stygaze.motion_files import replacing

FIGURES = (  # name in GazeStatistics, what the card calls it, factor, decimals
    ("world_fixation_share", "time in fixations of gaze in the world, %", 100, 1),
    ("fixation_share", "time in fixations of the eye in the head, %", 100, 1),
    ("fixation_duration_median_s", "fixation duration (in the world), median, s", 1, 2),
    ("saccade_rate_per_s", "saccades per second", 1, 2),
    ("saccade_amplitude_mean_deg", "saccade amplitude, mean, degrees", 1, 2),
    ("saccades_under_15_deg_share", "saccades under 15 degrees, %", 100, 1),
    ("vor_gain", "VOR gain", 1, 2),
    ("head_speed_mean_deg_per_frame", "head speed, mean, degrees a frame", 1, 3),
    ("head_energy_deg2_per_frame2", "head energy, squared degrees a frame", 1, 3),
    ("gaze_energy_deg2_per_frame2", "gaze energy (four eye columns), squared degrees a frame", 1, 1),
    ("compensation_score_deg_per_frame", "CompScore", 1, 3),
    ("blink_rate_per_min", "traces of blinks per minute", 1, 1),
)
PER_PROFILE = {  # what cards of one profile say and others do not
    "natural": {"blinks": "", "aims": "", "more": ""},
    "hage": {
        "blinks": "; what the columns show of blinks is the tracker's artefact",
        "aims": """ The aims are the paper's statistics of its recordings with the tolerance that tests hold; what the
paper does not tell was aimed at the first simulator that was fitted to it.""",
        "more": """
* The paper's gaze energy is about four times that of real saccades. This profile reaches it with wider gaze, blinks as
  a tracker shows them (26 a minute) and noise of 0.15 degrees an eye. It feeds the tables beside the paper's; for a
  face that is looked at there is the profile `natural`.
* Pooled statistics of the paper's recordings are not the recordings: nothing else of them was known.""",
    },
}
SPEECH = {  # corpora of speech that are known by their folder's name
    "librispeech": "LibriSpeech dev-clean as MP3 (Panayotov and others, ICASSP 2015; openslr.org/12; CC BY 4.0)",
}

ROLES = ("speaking", "listening")

TEXT = """---
license: cc-by-4.0
pretty_name: {name}
language: en
annotations_creators: [machine-generated]
size_categories: [n<1K]
task_categories: [audio-to-audio]
tags: [gaze, head-motion, speech, simulated]
---
# Data card: {name}

**Simulated.** Nobody's eyes or head were recorded for this corpus. A model of how people look about in a conversation
was run over real speech. It stands in for recordings until there are some, and is only as true as the literature and
the few statistics it was calibrated to.

| | |
|---|---|
| what | one side of conversations: speech, head and both eyes at 25 FPS |
| how much | {hours:.1f} h in {sessions} sessions of two to three minutes |
| motion | seven angles in degrees: {columns} |
| profile | `{profile}`: {about} |
| speech coupling | {coupling} on a scale from 0 (speech tells almost nothing of gaze) to 1 (almost all that it can) |
| simulator, seed | version {simulator}, seed {seed} |
| speech | {speech}: {minutes} min by {speakers} speakers, read English |
| licence | {licence} |
| recipe, digest | {recipe}, {digest} |
| made again by | `stygaze corpus simulate --speech FOLDER {options} --out DIR` |

## Sessions
{splits}

Splits are by speaker: nobody is in two of them. An utterance may occur in several sessions of its split, with another
style, in another order and at another level; never in another split. Each session has one style: that of a person drawn
from the continuous prior (`prior-0000` and on), who occurs in one session only, or one of the ten named ones:
{named}.

## How a session is made
1. Utterances of one speaker, trimmed and brought to a common level, are laid out as turns of one to three utterances
   with log-normal pauses, and as listening stretches in which only the quiet room is heard: the partner is not in the
   sound. Speech fills about 60 % of the time. The level of a session is drawn between -10 and +6 dB; room noise lies
   50 to 60 dB below the speech.
2. Turns (gaps of 1 s and more), pauses (0.2 to 1 s) and accents (peaks of voiced loudness and pitch) are found in that
   sound.
3. Gaze alternates between the partner's face and aversions. Speakers look away as a turn begins and in pauses, and back
   before it ends; strong accents draw gaze to the partner, weak ones release it. Where, how far and how long
   people look away is their style.
4. Saccades follow the main sequence (2.7 ms a degree and 23 ms; 575 deg/s at most). The head follows gaze beyond the
   eye-only range of the style, nods on accents, nods while listening, sways, settles. The eyes do what is left for gaze
   to stay on its target, but for a few percent of slip and a slow drift.

## Measured
Pooled over all sessions by their length, by `stygaze.gaze.statistics`; in brackets the standard deviation between
sessions.{aims}

| figure | all sessions | test split | aim |
|---|---|---|---|
{figures}

How these figures compare with recorded eyes: [results/calibration.md](../results/calibration.md).

## What it is not
* Not a recording. Results on it say how well a model learns this simulator, not how well it imitates people.
* Read speech is not spontaneous speech: no hesitations, no laughter, no overlap. Pauses between utterances are drawn.
* The partner never moves, is always straight ahead, and reacts to nothing.
* Blinks, lids and pupils are not simulated{blinks}. There are no smooth pursuits.
* With this coupling speech tells more of gaze than it does in life; at 0.5 and less hardly any of it can be predicted.
* Simulated listeners look about more widely than recorded ones in video calls, people differ less from each other than
  recorded ones, and both eyes are too alike.{more}
"""


def data_card(corpus: Corpus, progress: Callable[[int, int], None] | None = None) -> str:
    """The card of a simulated corpus as Markdown with the Hub's front matter.

    Args:
        progress: called with (sessions measured, sessions in all).
    """
    sessions = corpus.sessions()
    rows, tested = [], np.array([session.split == "test" for session in sessions])
    for k, session in enumerate(sessions):
        rows.append(statistics(session.motion()))
        if progress is not None:
            progress(k + 1, len(sessions))
    made = corpus.about["made"]
    profile = PER_PROFILE[made["profile"]]
    aims = {target.key: target.aim for target in TARGETS[made["profile"]]}
    frames = np.array([row.frames for row in rows])
    lines = []
    for field, called, factor, decimals in FIGURES:
        values = np.array([getattr(row, field) for row in rows], float) * factor
        lines.append(_line(called, values, frames, tested, decimals, aims.get(field, "")))
    for role in ROLES:
        shares = np.array([session.details["averted"][role] for session in sessions], float)
        aim = aims.get(f"averted_{role}", "")
        lines.append(_line(f"gaze averted while {role}, %", 100 * shares, frames, tested, 1, aim))
    return TEXT.format(
        name=corpus.name,
        hours=sum(row.duration_s for row in rows) / 3600,
        sessions=len(sessions),
        columns=", ".join(corpus.about["columns"]),
        licence=corpus.about["licence"],
        recipe=corpus.about["recipe"],
        digest=corpus.digest(),
        minutes=round(sum(made["speech_minutes"].values())),
        options=f"--profile {made['profile']} --hours {made['hours']:g} --seed {made['seed']}"
        + (f" --takes {made['takes']}" if "takes" in made else ""),
        splits=_splits(sessions),
        named=", ".join(named.name for named in NAMED.values()),
        figures="\n".join(lines),
        speech=SPEECH.get(made["speech"], made["speech"]),
        **profile,
        **{key: made[key] for key in ("profile", "about", "coupling", "simulator", "seed")},
        speakers=sum(len(names) for names in made["speakers"].values()),
    )


def _line(called: str, values: np.ndarray, frames: np.ndarray, tested: np.ndarray, decimals: int, aim: str) -> str:
    """One figure: pooled over all sessions and over those of the test split, without sessions that lack it."""
    cells = []
    for part in (np.ones(len(values), bool), tested):
        known = part & np.isfinite(values)
        mean = np.average(values[known], weights=frames[known])
        cells.append(f"{mean:.{decimals}f} ({values[known].std():.{decimals}f})")
    return f"| {called} | {' | '.join(cells)} | {aim} |"


def _splits(sessions: list[Session]) -> str:
    """A table of sessions, speakers and styles by split."""
    lines = ["| split | sessions | speakers | sessions of named styles | of the prior |", "|---|---|---|---|---|"]
    for split in SPLITS:
        inside = [session for session in sessions if session.split == split]
        count = Counter(session.style in NAMED for session in inside)
        speakers = sorted({session.speaker for session in inside})
        lines.append(f"| {split} | {len(inside)} | {', '.join(speakers)} | {count[True]} | {count[False]} |")
    return "\n".join(lines)


def write_card(corpus: Corpus, path: str | Path, progress: Callable[[int, int], None] | None = None) -> Path:
    """Write `data_card` to a file and return its path."""
    path = Path(path)
    with replacing(path) as temporary:
        temporary.write_text(data_card(corpus, progress), encoding="utf-8")
    return path
