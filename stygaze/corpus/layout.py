"""The HAGE layout: a corpus of sessions on disk, each with sound, motion and a description, split by speaker.

* corpus.json: name, version, licence, fps, columns, unit, how it was made
* sessions/<id>/audio.flac: the speaker's side of the sound, 16 kHz mono
* sessions/<id>/motion.parquet: t (s), the seven columns (degrees), valid_head, valid_left, valid_right
* sessions/<id>/session.json: id, speaker, style, split, source, and what else is known
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import soundfile

from stygaze.corpus.session_files import read_json, read_motion, short, write_json, write_motion
from stygaze.errors import StyGazeError
from stygaze.motion import COLUMNS, FPS, Motion, frame_count
from stygaze.motion_files import replacing
from stygaze.speech import SAMPLE_RATE, Speech

SPLITS = ("train", "validation", "test")
VERSION = 1  # of the layout


@dataclass(frozen=True)
class Session:
    """One session of a corpus; its files are read when asked for.

    Attributes:
        id: the folder's name.  speaker: who speaks.  split: "train", "validation" or "test".
        style: id of the gaze style where known, else "".
        details: everything else that session.json says.
    """

    folder: Path
    id: str
    speaker: str
    split: str
    style: str = ""
    details: dict = field(default_factory=dict, repr=False)

    def motion(self) -> Motion:
        """The seven angles at 25 FPS. Raises StyGazeError naming the file if it is missing or not as it should be."""
        return read_motion(self.folder / "motion.parquet", self.id)

    def speech(self) -> Speech:
        """The speaker's side of the sound. Raises StyGazeError if it is missing or not sound."""
        return Speech.load(self.folder / "audio.flac", name=self.id)


@dataclass(frozen=True)
class Corpus:
    """A corpus on disk. `about` is corpus.json."""

    folder: Path
    about: dict = field(repr=False)

    @classmethod
    def open(cls, folder: str | Path) -> Corpus:
        """Raises StyGazeError when corpus.json is missing or unreadable."""
        folder = Path(folder)
        if not folder.is_dir():
            raise StyGazeError(f"There is no corpus {folder}; `stygaze corpus simulate` makes one.")
        about = read_json(folder / "corpus.json")
        return cls(folder, about)

    @property
    def name(self) -> str:
        return str(self.about.get("name", self.folder.name))

    def sessions(self, split: str | None = None) -> list[Session]:
        """All sessions in order of their ids, or those of one split.

        Raises:
            StyGazeError: no such split, or a session.json that is missing or says too little.
        """
        if split is not None and split not in SPLITS:
            raise StyGazeError(f"There is no split {split!r}; choose one of {', '.join(SPLITS)}.")
        folders = sorted(path for path in (self.folder / "sessions").glob("*") if path.is_dir())
        sessions = [open_session(path) for path in folders]
        return [session for session in sessions if split in (None, session.split)]

    def digest(self) -> str:
        """Sixteen hex digits that change with any session's motion, sound or split; a checkpoint keeps them."""
        total = hashlib.sha256()
        for session in self.sessions():
            total.update(f"{session.id} {session.speaker} {session.split}\n".encode())
            for name in ("motion.parquet", "audio.flac"):
                total.update(hashlib.sha256((session.folder / name).read_bytes()).digest())
        return total.hexdigest()[:16]


def open_session(folder: Path) -> Session:
    """Raises StyGazeError when session.json is missing, unreadable or lacks speaker or split."""
    said = read_json(folder / "session.json")
    for key in ("speaker", "split"):
        if not said.get(key):
            raise StyGazeError(f"{short(folder / 'session.json')} does not say its {key}; add it.")
    if said["split"] not in SPLITS:
        raise StyGazeError(
            f"{short(folder / 'session.json')} has the split {said['split']!r}; it must be one of {', '.join(SPLITS)}."
        )
    rest = {key: value for key, value in said.items() if key not in ("id", "speaker", "split", "style")}
    return Session(folder, folder.name, str(said["speaker"]), said["split"], str(said.get("style") or ""), rest)


def write_session(
    corpus: str | Path,
    session_id: str,
    motion: Motion,
    speech: Speech,
    *,
    speaker: str,
    split: str,
    style: str = "",
    valid: np.ndarray | None = None,
    details: dict | None = None,
) -> Session:
    """Write the three files of a session, each whole or not at all.

    Args:
        valid: bool [T, 3], frames where head, left and right eye were truly measured; all when None.
        details: what else session.json shall say (source, seed, ...).

    Raises:
        StyGazeError: motion and sound of different length, another frame rate, an unknown split.
    """
    if split not in SPLITS:
        raise StyGazeError(f"There is no split {split!r}; choose one of {', '.join(SPLITS)}.")
    if motion.fps != FPS or len(motion) != speech.n_frames:
        raise StyGazeError(
            f"Session {session_id}: {len(motion)} frames at {motion.fps:g} FPS do not fit {speech.duration:.2f} s of "
            f"sound, which have {speech.n_frames} frames at {FPS} FPS; cut or resample one of them."
        )
    folder = Path(corpus) / "sessions" / session_id
    valid = np.ones((len(motion), 3), bool) if valid is None else np.asarray(valid, bool)
    write_motion(folder / "motion.parquet", motion, valid)
    with replacing(folder / "audio.flac") as temporary:
        soundfile.write(temporary, speech.samples, SAMPLE_RATE, format="FLAC", subtype="PCM_16")
    said = {"id": session_id, "speaker": speaker, "style": style, "split": split, **(details or {})}
    write_json(folder / "session.json", said)  # last: a session with a description is complete
    return Session(folder, session_id, speaker, split, style, details or {})


def check(folder: str | Path) -> list[str]:
    """What is wrong with a corpus: one sentence a problem, naming the file. Empty when all is well."""
    folder = Path(folder)
    try:
        about = Corpus.open(folder).about
    except StyGazeError as error:
        return [str(error)]
    problems = [
        f"corpus.json says {key} {about.get(key)!r}; it must be {wanted!r}."
        for key, wanted in (("fps", FPS), ("columns", list(COLUMNS)), ("unit", "degrees"))
        if about.get(key) != wanted
    ]
    inner = sorted(path for path in (folder / "sessions").glob("*") if path.is_dir())
    if not inner:
        problems.append("sessions/ has no sessions.")
    sessions = []
    for path in inner:
        problems += check_session(path)
        try:
            sessions.append(open_session(path))
        except StyGazeError as error:
            problems.append(str(error))
    return problems + check_splits(sessions)


def check_splits(sessions: list[Session]) -> list[str]:
    """Speakers and sessions that are in more than one split, by name and by content."""
    problems: list[str] = []
    speakers: dict[str, dict[str, Session]] = {}
    named: dict[str, Session] = {}
    moved: dict[bytes, Session] = {}
    for session in sessions:
        speakers.setdefault(session.speaker, {}).setdefault(session.split, session)
        said = str(read_json(session.folder / "session.json").get("id", session.id))
        other = named.setdefault(said, session)
        if other.split != session.split:
            where = short(session.folder / "session.json")
            problems.append(f"{where}: session {said} is also in the split {other.split} ({other.id}).")
        motion = session.folder / "motion.parquet"
        if motion.is_file():
            twin = moved.setdefault(hashlib.sha256(motion.read_bytes()).digest(), session)
            if twin.split != session.split:
                whose = f"{short(twin.folder / 'motion.parquet')} in the split {twin.split}"
                problems.append(f"{short(motion)} is the same recording as {whose}.")
    for speaker, where_in in speakers.items():
        if len(where_in) > 1:
            places = " and ".join(f"{split} (sessions/{one.id}/session.json)" for split, one in where_in.items())
            problems.append(f"Speaker {speaker} is in more than one split: {places}.")
    return problems


def check_session(folder: Path) -> list[str]:
    """Problems of one session's motion and sound."""
    problems: list[str] = []
    motion = None
    try:
        motion = read_motion(folder / "motion.parquet")
    except StyGazeError as error:
        problems.append(str(error))
    audio = folder / "audio.flac"
    if not audio.is_file():
        return [*problems, f"{short(audio)} is missing."]
    try:
        info = soundfile.info(audio)
    except soundfile.LibsndfileError:
        return [*problems, f"{short(audio)} is not sound that can be read."]
    if info.samplerate != SAMPLE_RATE or info.channels != 1:
        problems.append(f"{short(audio)} has {info.samplerate} Hz, {info.channels} channels; it must be 16000 Hz mono.")
    if motion is not None and abs(len(motion) - frame_count(info.frames / info.samplerate)) > 1:
        problems.append(
            f"{short(folder / 'motion.parquet')} has {motion.duration:.2f} s of motion, "
            f"but {audio.name} has {info.frames / info.samplerate:.2f} s of sound."
        )
    return problems
