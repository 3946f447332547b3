"""Make a corpus: real speech laid out as conversations, a style for each session, and the motion that goes with it."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from stygaze.corpus.layout import SPLITS, Corpus, write_session
from stygaze.corpus.layout import VERSION as LAYOUT_VERSION
from stygaze.corpus.profiles import profile_named
from stygaze.corpus.session_files import write_json
from stygaze.corpus.sessions import Conversation, Utterance, converse, find_speakers, load_utterances, seconds_of
from stygaze.corpus.simulator import COUPLING, simulate
from stygaze.corpus.simulator import VERSION as SIMULATOR_VERSION
from stygaze.corpus.speech_events import speech_events
from stygaze.corpus.styles import NAMED, GazeStyle, sample_style
from stygaze.errors import StyGazeError
from stygaze.motion import COLUMNS, FPS
from stygaze.speech import SAMPLE_RATE, Speech

SESSION_SECONDS = (120.0, 180.0)
SPEAKER_SHARES = {"train": 0.65, "validation": 0.175, "test": 0.175}  # of the minutes of speech
SESSION_SHARES = {"train": 0.79, "validation": 0.084, "test": 0.126}
SESSIONS_A_ROUND = 50  # train sessions for each round of the named styles; people from the prior have the rest


@dataclass(frozen=True)
class PlannedSession:
    """What a session will be: its number in the corpus seeds everything in it.

    Several takes of a number have the same sound, each with other people and other motion.
    """

    number: int
    id: str
    split: str
    speaker: str
    style_id: str
    style: GazeStyle
    take: int = 0


def simulate_corpus(
    speech_dir: str | Path,
    out: str | Path,
    profile: str = "natural",
    hours: float = 8.0,
    seed: int = 0,
    coupling: float = COUPLING,
    takes: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> Corpus:
    """Simulate a corpus in the HAGE layout.

    A run that was interrupted goes on where it stopped when it is started again with the same arguments; corpus.json is
    written last, so that half a corpus is never taken for a whole one.

    Args:
        speech_dir: a folder with a folder of recordings for each speaker.
        out: a new or empty folder, or one that a run with the same arguments left.
        profile: "natural" or "hage".
        hours: of sessions, all splits together; a session lasts two to three minutes.
        seed: the same seed gives the same corpus.
        coupling: how much of gaze the speech explains, 0 to 1.
        takes: people who move to the speech of each training session; validation and test have one whatever is asked.
        progress: called with (sessions done, sessions in all).

    Raises:
        StyGazeError: too few speakers, an unknown profile, hours, takes or coupling out of range, a folder with another
            corpus or other things in it.
    """
    profile_named(profile)
    if not 0 < hours <= 1000:
        raise StyGazeError(f"hours must lie between 0 and 1000, got {hours:g}.")
    if not 0 <= coupling <= 1:
        raise StyGazeError(f"The speech coupling must lie between 0 and 1, got {coupling:g}.")
    if not 1 <= takes <= 100:
        raise StyGazeError(f"takes must lie between 1 and 100, got {takes}.")
    out, speech_dir = Path(out), Path(speech_dir)
    files = find_speakers(speech_dir)
    minutes = minutes_of(files)
    splits = split_speakers(minutes, seed)
    plan = plan_sessions(hours, seed, splits)
    plan += [another_take(session, k, seed) for k in range(1, takes) for session in plan if session.split == "train"]
    made = {
        "how": "simulated from real speech; nobody's gaze was recorded",
        "about": profile_named(profile).about,
        "simulator": SIMULATOR_VERSION,
        "profile": profile,
        "coupling": coupling,
        "seed": seed,
        "hours": hours,
        "speech": speech_dir.resolve().name,
        "speakers": splits,
        "speech_minutes": {split: round(sum(minutes[s] for s in names), 1) for split, names in splits.items()},
    }
    if takes > 1:
        made["takes"] = takes
    if settings := profile_named(profile).settings():  # in the recipe, so that another calibration is another corpus
        made["settings"] = settings
    recipe = hashlib.sha256(json.dumps(made, sort_keys=True).encode()).hexdigest()[:12]
    finished = _finished(out, recipe)

    done = len(finished)
    for speaker in sorted(files):  # one speaker's recordings in memory at a time
        todo = [session for session in plan if session.speaker == speaker and session.id not in finished]
        utterances = [part for path in files[speaker] for part in load_utterances(path)] if todo else []
        for session in todo:
            write_simulated(out, session, utterances, made, recipe)
            done += 1
            if progress is not None:
                progress(done, len(plan))
    for notice in speech_dir.glob("LICEN[CS]E*"):
        shutil.copyfile(notice, out / f"speech-{notice.name}")
    write_json(
        out / "corpus.json",
        {
            "name": f"simulated-{profile}" + f"-{takes}-takes" * (takes > 1),
            "version": LAYOUT_VERSION,
            "licence": "motion: CC0 1.0; sound: the licence of the speech it was made from, which asks for attribution",
            "fps": FPS,
            "columns": list(COLUMNS),
            "unit": "degrees",
            "sample_rate": SAMPLE_RATE,
            "recipe": recipe,
            "made": made,
        },
    )
    return Corpus.open(out)


def write_simulated(out: Path, session: PlannedSession, utterances: list[Utterance], made: dict, recipe: str) -> None:
    """Lay out the conversation, simulate its motion and write the session."""
    talk = lay_out(session, utterances, made["seed"])
    speech = Speech(talk.samples, name=session.id)
    seed = motion_seed(session, made["seed"])
    events = speech_events(speech.samples)
    simulation = simulate(events, session.style, seed, made["profile"], made["coupling"])
    averted = simulation.averted_share(events)
    details = {
        "source": f"simulated from speech of {made['speech']}/{session.speaker}",
        "simulator": SIMULATOR_VERSION,
        "profile": made["profile"],
        "coupling": made["coupling"],
        "seed": seed,
        "recipe": recipe,
        "speaking": round(float(events.speaking.mean()), 4),
        "averted": {role: _number(share) for role, share in zip(("speaking", "listening"), averted, strict=True)},
        "gain_db": round(talk.gain_db, 2),
        "utterances": [[round(begin, 3), name] for begin, name in talk.utterances],
        "traits": asdict(session.style),
    }
    write_session(
        out,
        session.id,
        simulation.motion,
        speech,
        speaker=session.speaker,
        split=session.split,
        style=session.style_id,
        details=details,
    )


def lay_out(session: PlannedSession, utterances: list[Utterance], seed: int) -> Conversation:
    """The sound of a planned session as its file will have it: the same for every profile.

    Args:
        utterances: all that the session's speaker said.
        seed: of the corpus.
    """
    rng = np.random.default_rng([seed, 1, session.number])
    seconds = round(rng.uniform(*SESSION_SECONDS) * FPS) / FPS
    talk = converse(seconds, utterances, rng)
    return replace(talk, samples=quantised(talk.samples))


def motion_seed(session: PlannedSession, seed: int) -> list[int]:
    """What seeds the motion of a planned session in a corpus of this seed."""
    return [seed, 2, session.number] + [session.take] * (session.take > 0)


def minutes_of(files: dict[str, list[Path]]) -> dict[str, float]:
    """Minutes of recordings of each speaker."""
    return {speaker: sum(map(seconds_of, paths)) / 60 for speaker, paths in files.items()}


def split_speakers(minutes: dict[str, float], seed: int) -> dict[str, list[str]]:
    """Speakers of each split, drawn by the seed, minutes of speech as near to the shares as whole speakers allow."""
    order = np.random.default_rng(seed).permutation(sorted(minutes))
    total = sum(minutes.values())
    missing = {split: share * total for split, share in SPEAKER_SHARES.items()}
    chosen: dict[str, list[str]] = {split: [] for split in SPLITS}
    for speaker in map(str, order):
        empty = [split for split in SPLITS if not chosen[split]]
        split = empty[0] if empty else max(missing, key=lambda name: missing[name])
        chosen[split].append(speaker)
        missing[split] -= minutes[speaker]
    return chosen


def plan_sessions(hours: float, seed: int, splits: dict[str, list[str]]) -> list[PlannedSession]:
    """The sessions of a corpus, at least one a split.

    Validation and test hold each named style once as far as they are large enough, train a round of the ten for every
    50 sessions; all other sessions are of people drawn from the prior, one session each.
    """
    count = hours * 3600 / np.mean(SESSION_SECONDS)
    rng = np.random.default_rng([seed, 0])
    plan: list[PlannedSession] = []
    strangers = 0
    for split in SPLITS:
        n = max(1, round(count * SESSION_SHARES[split]))
        rounds = max(1, round(n / SESSIONS_A_ROUND))
        named = (list(NAMED) * rounds)[:n]
        order = rng.permutation(named + [""] * (n - len(named)))
        for k, name in enumerate(map(str, order)):
            style = NAMED[name].style if name else sample_style(rng)
            style_id = name or f"prior-{strangers:04d}"
            strangers += not name
            speaker = splits[split][k % len(splits[split])]
            plan.append(PlannedSession(len(plan), f"{split}-{k:04d}", split, speaker, style_id, style))
    return plan


def another_take(session: PlannedSession, take: int, seed: int) -> PlannedSession:
    """The same speech and somebody else from the prior who moves to it."""
    style = sample_style(np.random.default_rng([seed, 3, session.number, take]))
    who = f"prior-{session.number:04d}-take-{take}"
    return replace(session, id=f"{session.id}-take-{take}", style=style, style_id=who, take=take)


def quantised(samples: np.ndarray) -> np.ndarray:
    """The samples as 16-bit FLAC gives them back, so that motion is made from exactly the sound that is kept."""
    return (np.clip(np.round(samples * 32768), -32768, 32767) / 32768).astype(np.float32)


def _number(value: float) -> float | None:
    """For JSON, which knows no NaN."""
    return round(value, 4) if np.isfinite(value) else None


def _finished(out: Path, recipe: str) -> set[str]:
    """Ids of the sessions that a run with the same recipe has already written."""
    taken = StyGazeError(f"{out} already holds something else than this corpus; give a new folder.")
    if (out / "corpus.json").is_file() and Corpus.open(out).about.get("recipe") != recipe:
        raise taken
    if out.exists() and any(out.iterdir()) and not (out / "sessions").is_dir():
        raise taken
    finished = set()
    for path in (out / "sessions").glob("*/session.json"):
        if json.loads(path.read_text(encoding="utf-8")).get("recipe") != recipe:
            raise taken
        finished.add(path.parent.name)
    return finished
