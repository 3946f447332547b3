"""The data card of a corpus: what it is, how it was made, what was measured in it, what it must not be taken for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np

from stygaze.corpus.layout import SPLITS, Corpus, Session
from stygaze.corpus.styles import NAMED
from stygaze.gaze.statistics import statistics
from stygaze.motion_files import replacing

FIGURES = (  # name in GazeStatistics, what the card calls it, factor, decimals, target of the natural profile
    ("world_fixation_share", "time in fixations of gaze in the world, %", 100, 1, "88 to 94"),
    ("fixation_share", "time in fixations of the eye in the head, %", 100, 1, ""),
    ("fixation_duration_median_s", "fixation duration (in the world), median, s", 1, 2, ""),
    ("saccade_rate_per_s", "saccades per second", 1, 2, ""),
    ("saccade_amplitude_mean_deg", "saccade amplitude, mean, degrees", 1, 2, "6 to 8"),
    ("saccades_under_15_deg_share", "saccades under 15 degrees, %", 100, 1, "at least 80"),
    ("vor_gain", "VOR gain", 1, 2, "-1 to -0.9"),
    ("head_speed_mean_deg_per_frame", "head speed, mean, degrees a frame", 1, 3, ""),
    ("head_energy_deg2_per_frame2", "head energy, squared degrees a frame", 1, 3, ""),
    (
        "gaze_energy_deg2_per_frame2",
        "gaze energy (four eye columns), squared degrees a frame",
        1,
        1,
        "about 14 to 24 in real eyes",
    ),
    ("compensation_score_deg_per_frame", "CompScore", 1, 3, ""),
)

TEXT = """---
license: cc-by-4.0
language: en
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
Means over all sessions, standard deviation between sessions in brackets, by `stygaze.gaze.statistics`.

| figure | measured | aim |
|---|---|---|
{figures}

## What it is not
* Not a recording. Results on it say how well a model learns this simulator, not how well it imitates people.
* Read speech is not spontaneous speech: no hesitations, no laughter, no overlap. Pauses between utterances are drawn.
* The partner never moves, is always straight ahead, and reacts to nothing.
* Blinks, lids and pupils are not simulated{blinks}. There are no smooth pursuits.
* With this coupling speech tells more of gaze than it does in life; at 0.5 and less hardly any of it can be predicted.
"""


def data_card(corpus: Corpus, progress: Callable[[int, int], None] | None = None) -> str:
    """The card of a simulated corpus as Markdown with the Hub's front matter.

    Args:
        progress: called with (sessions measured, sessions in all).
    """
    sessions = corpus.sessions()
    rows, seconds = [], 0.0
    for k, session in enumerate(sessions):
        motion = session.motion()
        seconds += motion.duration
        rows.append(statistics(motion))
        if progress is not None:
            progress(k + 1, len(sessions))
    made = corpus.about["made"]
    lines = []
    for field, called, factor, decimals, target in FIGURES:
        values = np.array([getattr(row, field) for row in rows], float) * factor
        mean, spread = np.nanmean(values), np.nanstd(values)
        target = target if made["profile"] == "natural" else ""
        lines.append(f"| {called} | {mean:.{decimals}f} ({spread:.{decimals}f}) | {target} |")
    for role, target in (("speaking", "45 to 60"), ("listening", "20 to 30")):
        shares = 100 * np.array(
            [s.details["averted"][role] for s in sessions if s.details["averted"][role] is not None]
        )
        lines.append(f"| gaze averted while {role}, % | {shares.mean():.1f} ({shares.std():.1f}) | {target} |")
    return TEXT.format(
        name=corpus.name,
        hours=seconds / 3600,
        sessions=len(sessions),
        columns=", ".join(corpus.about["columns"]),
        licence=corpus.about["licence"],
        minutes=round(sum(made["speech_minutes"].values())),
        options=f"--profile {made['profile']} --hours {made['hours']:g} --seed {made['seed']}",
        splits=_splits(sessions),
        named=", ".join(named.name for named in NAMED.values()),
        figures="\n".join(lines),
        blinks="" if made["profile"] == "natural" else "; what the columns show of blinks is the tracker's artefact",
        **{key: made[key] for key in ("profile", "about", "coupling", "simulator", "seed", "speech")},
        speakers=sum(len(names) for names in made["speakers"].values()),
    )


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
