"""What simulated and recorded eyes are compared by, measured alike on both, as numbers, histograms and curves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from stygaze.corpus.kinematics import RATE
from stygaze.corpus.layout import Corpus, Session
from stygaze.corpus.simulator import Simulation, simulate
from stygaze.corpus.speech_events import RATE as SPEECH_RATE
from stygaze.corpus.speech_events import speech_events
from stygaze.corpus.styles import GazeStyle
from stygaze.errors import StyGazeError
from stygaze.evaluation.recorded import ROLES, VIVE_RATE, Looks, Take, conversations, takes
from stygaze.gaze.coordination import vor
from stygaze.gaze.events import detect
from stygaze.gaze.fixations import runs
from stygaze.gaze.statistics import GazeStatistics, statistics
from stygaze.motion import Motion

PIXELS_A_DEGREE = 50.0  # a 27 inch screen of 2560 pixels at 65 cm; the recordings do not say
SHORTEST = 0.111  # s, the shortest fixation in the recordings
DURATIONS = np.arange(0.1, 1.0001, 0.04)  # s, edges of the histogram
FAST, SLOW = 60.0, 25.0  # deg/s at 120 Hz: a saccade's peak exceeds the first and its ends lie below the second
LONGEST = 0.15  # s; what is fast for longer is no saccade
SMALLEST = 2.0  # degrees
AMPLITUDES = np.array([2, 3, 4, 6, 8, 11, 15, 20, 27, 35.0])  # degrees, edges of the main sequence's bins
SIMULATED_ROWS = 600  # simulated saccades kept as points

Progress = Callable[[int, int], None] | None
Compared = dict[str, dict[str, Any]]
Saccades = np.ndarray  # [n, 2] amplitude (degrees), peak velocity (deg/s)


def compare(
    corpora: dict[str, Corpus], recordings: Path, sessions: int = 96, progress: Progress = None
) -> dict[str, Any]:
    """All that the comparison shows, ready for JSON.

    Args:
        corpora: simulated corpora by the name they shall have.
        recordings: folder with conversation-fixations and htc-vive-pro.
        sessions: of each corpus that are simulated once more to see them before the sensor; evenly chosen.
        progress: called with (sessions done, sessions in all).

    Raises:
        StyGazeError: recordings are missing, or a corpus was made by another simulator than this one.
    """
    people, recorded = conversations(recordings / "conversation-fixations"), takes(recordings / "htc-vive-pro")
    total, done = sum(len(corpus.sessions()) for corpus in corpora.values()), 0
    found: dict[str, dict[str, Any]] = {"recorded": of_recordings(people, recorded)}
    for name, corpus in corpora.items():
        every = corpus.sessions()
        again = set(np.linspace(0, len(every) - 1, min(sessions, len(every))).round().astype(int).tolist())
        looked: list[dict[str, Looks]] = []
        rows: list[GazeStatistics] = []
        fine, coarse, alike = [], [], []
        for k, session in enumerate(every):
            motion = session.motion()
            rows.append(statistics(motion))
            alike.append(left_right(motion))
            if k in again:
                simulation, talking = repeat(session, motion)
                looked.append(planned_looks(simulation, talking))
                fine.append(saccades_of(simulation.eye, RATE))
                coarse.append(saccades_at_25(motion))
            done += 1
            if progress is not None:
                progress(done, total)
        found[name] = {
            "sessions": len(every),
            "sessions_repeated": len(again),
            **of_looks(looked),
            "main_sequence": {"120": curve(np.concatenate(fine)), "25": curve(np.concatenate(coarse))},
            "left_right": dict(zip(("pitch", "yaw"), np.array(alike).T.round(4).tolist(), strict=True)),
            "vor_gain": _numbers([row.vor_gain for row in rows]),
            "rows": rows,
            "averted": _averted(every, rows),
        }
    return found


def of_recordings(people: dict[str, dict[str, Looks]], recorded: Sequence[Take]) -> dict[str, Any]:
    """The recordings' side of the comparison."""
    degrees = [
        {r: Looks(one.durations, one.intervals, one.places / PIXELS_A_DEGREE) for r, one in roles.items()}
        for roles in people.values()
    ]
    motions = [take.motion() for take in recorded]
    fine = [saccades_of(take.eye, VIVE_RATE, take.valid) for take in recorded]
    coarse = [saccades_at_25(*take.sampled()) for take in recorded]
    alike = [left_right(motion, valid) for motion, valid in motions]
    return {
        "people": len(people),
        "takes": [take.name for take in recorded],
        **of_looks(degrees),
        "main_sequence": {"120": curve(np.concatenate(fine)), "25": curve(np.concatenate(coarse))},
        "left_right": dict(zip(("pitch", "yaw"), np.array(alike).T.round(4).tolist(), strict=True)),
        "vor_gain": _numbers([vor(motion, valid).gain for motion, valid in motions]),
    }


def repeat(session: Session, motion: Motion) -> tuple[Simulation, np.ndarray]:
    """A session's simulation once more, for what its files do not keep, and where its person speaks (bool, 100 Hz).

    Raises:
        StyGazeError: it comes out otherwise than it was written.
    """
    said = session.details
    events = speech_events(session.speech().samples)
    style = GazeStyle.from_dict(said["traits"])
    simulation = simulate(events, style, said["seed"], said["profile"], said["coupling"])
    if not np.array_equal(simulation.motion.frames, motion.frames):
        raise StyGazeError(
            f"Session {session.id} was made by another simulator than this one; simulate the corpus anew."
        )
    return simulation, events.speaking


def planned_looks(simulation: Simulation, talking: np.ndarray) -> dict[str, Looks]:
    """Fixations of the line of sight by role, those that the recordings' shortest is not longer than."""
    plan = simulation.plan
    onset = (plan.onset + plan.duration)[:-1]
    lasted = plan.onset[1:] - onset
    before = np.diff(onset, prepend=np.nan)
    speaks = talking[np.clip((onset * SPEECH_RATE).astype(int), 0, len(talking) - 1)]
    found = {}
    for role, part in zip(ROLES, (speaks, ~speaks), strict=True):
        kept = part & (lasted >= SHORTEST) & np.isfinite(before)
        if kept.sum() > 1:
            found[role] = Looks(lasted[kept], before[kept], plan.target[:-1][kept])
    return found


def of_looks(people: Sequence[dict[str, Looks]]) -> dict[str, Any]:
    """Histograms of durations, medians, and each person's spread of gaze, by role."""
    both = [roles for roles in people if len(roles) == len(ROLES)]
    result: dict[str, Any] = {}
    for role in ROLES:
        durations = np.concatenate([roles[role].durations for roles in people if role in roles])
        intervals = np.concatenate([roles[role].intervals for roles in people if role in roles])
        share = np.histogram(np.minimum(durations, DURATIONS[-1] - 1e-6), DURATIONS)[0] / len(durations)
        result[role] = {
            "fixations": len(durations),
            "duration_histogram": share.round(5).tolist(),
            "duration_median_s": round(float(np.median(durations)), 4),
            "duration_sigma_log": round(float(np.log(durations).std()), 3),
            "interval_median_s": round(float(np.median(intervals)), 4),
            "spread_deg": [round(spread(roles[role].places), 2) for roles in both],
        }
    return result


def spread(places: np.ndarray) -> float:
    """Root mean square distance of fixations [n, 2] from their mean."""
    return float(np.hypot(*places.std(0)))


def left_right(motion: Motion, valid: np.ndarray | None = None) -> tuple[float, float]:
    """Correlation of the left and the right eye in pitch and in yaw."""
    x = motion.frames if valid is None else motion.frames[valid]
    return float(np.corrcoef(x[:, 3], x[:, 5])[0, 1]), float(np.corrcoef(x[:, 4], x[:, 6])[0, 1])


def saccades_of(eye: np.ndarray, rate: int, valid: np.ndarray | None = None) -> Saccades:
    """Saccades of the eye in the head, seen as the headset sees them, at 120 Hz.

    Velocity is the slope over two samples. Where it exceeds 60 deg/s, the stretch above 25 deg/s around is the saccade.

    Args:
        eye: [n, 2] degrees at `rate` Hz; it is brought to 120 Hz first.
        valid: [n] bool at 120 Hz; a saccade needs valid samples only.
    """
    n = int(len(eye) * VIVE_RATE / rate)
    if rate != VIVE_RATE:
        eye = np.stack([np.interp(np.arange(n) / VIVE_RATE, np.arange(len(eye)) / rate, x) for x in eye.T], 1)
    speed = np.zeros(n)
    speed[1:-1] = np.linalg.norm(eye[2:] - eye[:-2], axis=1) * VIVE_RATE / 2
    found = []
    for first, end in runs(speed > SLOW).tolist():
        around = slice(max(first - 1, 0), end + 1)
        seen = valid is None or valid[around].all()
        size = float(np.linalg.norm(eye[min(end, n - 1)] - eye[max(first - 1, 0)]))
        if seen and speed[first:end].max() > FAST and end - first <= LONGEST * VIVE_RATE and size >= SMALLEST:
            found.append((size, speed[first:end].max()))
    return np.array(found).reshape(-1, 2)


def saccades_at_25(motion: Motion, valid: np.ndarray | None = None) -> Saccades:
    """Saccades of gaze in the world at 25 FPS, as `stygaze.gaze` finds them."""
    found = [(s.amplitude, s.peak_velocity) for s in detect(motion, valid=valid).saccades if s.amplitude >= SMALLEST]
    return np.array(found).reshape(-1, 2)


def curve(saccades: Saccades) -> dict[str, Any]:
    """Peak velocity over amplitude: median and tenths by bin (null under 5 saccades), and single saccades."""
    amplitude, peak = saccades.T
    bins = np.digitize(amplitude, AMPLITUDES) - 1
    rows: dict[str, list[float | None]] = {"amplitude": [], "low": [], "median": [], "high": []}
    for k in range(len(AMPLITUDES) - 1):
        inside = bins == k
        enough = inside.sum() >= 5
        low, middle, high = np.percentile(peak[inside], [10, 50, 90]).round(1).tolist() if enough else [None] * 3
        rows["amplitude"].append(round(float(np.median(amplitude[inside])), 2) if enough else None)
        for name, value in (("low", low), ("median", middle), ("high", high)):
            rows[name].append(value)
    step = max(1, len(saccades) // SIMULATED_ROWS)
    return {"saccades": len(saccades), **rows, "points": saccades[::step].round(1).tolist()}


def _numbers(values: Sequence[float]) -> list[float]:
    return [round(float(value), 4) for value in values if np.isfinite(value)]


def _averted(sessions: Sequence[Session], rows: Sequence[GazeStatistics]) -> dict[str, float]:
    """Shares of the time looked away by role, weighted by the sessions' length."""
    found = {}
    for role in ROLES:
        known = [(s.details["averted"][role], row.frames) for s, row in zip(sessions, rows, strict=True)]
        shares, frames = np.array([(share, n) for share, n in known if share is not None], float).T
        found[role] = float(np.average(shares, weights=frames))
    return found
