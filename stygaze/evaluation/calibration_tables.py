"""The comparison of simulated and recorded eyes as tables: the paper's figures, every target, and the recordings'."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from stygaze.corpus.layout import Corpus
from stygaze.corpus.simulator import VERSION
from stygaze.corpus.targets import (
    PAPER_COMPENSATION,
    PAPER_FIXATION,
    PAPER_GAZE_ENERGY,
    PAPER_HEAD_ENERGY,
    PAPER_HEAD_SPEED,
    TARGETS,
    Target,
    pooled,
)
from stygaze.evaluation.calibration_data import DURATIONS, Progress, compare
from stygaze.evaluation.calibration_notes import ASSUMPTIONS, notes
from stygaze.evaluation.recorded import ROLES

Source = dict[str, Any]  # what `compare` measured in one of recorded, hage, natural

LABELS = {  # of the figures with a target: name, unit, factor, decimals
    "fixation_share": ("fixation share, eye in head", "%", 100, 1),
    "world_fixation_share": ("fixation share, gaze in the world", "%", 100, 1),
    "compensation_score_deg_per_frame": ("CompScore", "", 1, 3),
    "gaze_energy_deg2_per_frame2": ("gaze energy", "deg²/frame²", 1, 1),
    "head_energy_deg2_per_frame2": ("head energy", "deg²/frame²", 1, 3),
    "head_speed_mean_deg_per_frame": ("head speed", "deg/frame", 1, 3),
    "saccade_amplitude_mean_deg": ("saccade amplitude", "deg", 1, 2),
    "saccades_under_15_deg_share": ("saccades under 15 degrees", "%", 100, 1),
    "vor_gain": ("VOR gain", "", 1, 2),
    "averted_speaking": ("gaze averted while speaking", "%", 100, 1),
    "averted_listening": ("gaze averted while listening", "%", 100, 1),
}
PAPERS = {  # figure: the paper's value, or the range that it leaves open
    "fixation_share": (PAPER_FIXATION, PAPER_FIXATION),
    "compensation_score_deg_per_frame": (PAPER_COMPENSATION, PAPER_COMPENSATION),
    "gaze_energy_deg2_per_frame2": PAPER_GAZE_ENERGY,
    "head_energy_deg2_per_frame2": PAPER_HEAD_ENERGY,
    "head_speed_mean_deg_per_frame": (PAPER_HEAD_SPEED, PAPER_HEAD_SPEED),
}


def calibrate(hage: Corpus, natural: Corpus, recordings: Path, sessions: int = 96, progress: Progress = None) -> Source:
    """Everything about the calibration that is written or drawn; `recordings`, `sessions`, `progress` as of `compare`.

    Returns:
        sources, corpora: what was compared.  assumptions: what was taken for granted.  edges: of the histograms.
        paper: the paper's figures beside those of both corpora.  targets: every target and whether it is held.
        table: figures that the recordings have too.  notes: what agrees and what does not, and why.
        recorded, hage, natural: histograms, spreads, main sequence, correlations (see `calibration_data`).
    """
    corpora = {"hage": hage, "natural": natural}
    found = compare(corpora, recordings, sessions, progress)
    rows = {name: found[name].pop("rows") for name in corpora}
    averted = {name: found[name].pop("averted") for name in corpora}

    def figure(name: str, key: str) -> float:
        role = key.removeprefix("averted_")
        return float(averted[name][role]) if role in ROLES else pooled(rows[name], key)

    table = beside_recordings(found)
    return {
        "simulator": VERSION,
        "sources": {"recorded": "conversations of 19 people and four takes with a headset"}
        | {name: f"simulated, profile {name}" for name in corpora},
        "corpora": {
            name: {
                "name": corpus.name,
                "recipe": corpus.about["recipe"],
                "hours": round(sum(row.duration_s for row in rows[name]) / 3600, 2),
                "sessions": len(rows[name]),
            }
            for name, corpus in corpora.items()
        },
        "assumptions": list(ASSUMPTIONS),
        "edges": {"duration_s": DURATIONS.round(3).tolist()},
        "paper": [_paper_row(key, {name: figure(name, key) for name in corpora}) for key in PAPERS],
        "targets": [_target_row(n, target, figure(n, target.key)) for n in corpora for target in TARGETS[n]],
        "table": table,
        "notes": notes(table),
        **found,
    }


def _paper_row(key: str, measured: dict[str, float]) -> dict[str, Any]:
    label, unit, _, _ = LABELS[key]
    held = next(target for target in TARGETS["hage"] if target.key == key)
    values = {name: round(value, 4) for name, value in measured.items()}
    return {
        "key": key,
        "label": label,
        "unit": unit,
        "paper": list(PAPERS[key]),
        "held": [held.low, held.high],
        **values,
    }


def _target_row(name: str, target: Target, value: float) -> dict[str, Any]:
    label, unit, factor, decimals = LABELS[target.key]
    return {
        "corpus": name,
        "key": target.key,
        "label": label,
        "unit": unit,
        "value": round(value, 4),
        "shown": f"{value * factor:.{decimals}f}",
        "aim": target.aim,
        "low": target.low,
        "high": target.high,
        "source": target.source,
        "held": target.held(value),
    }


def beside_recordings(found: dict[str, Source]) -> list[dict[str, Any]]:
    """Figures that the recordings have too: a row each with key, label, unit, and a number a source (null if none)."""
    rows = []

    def row(key: str, label: str, unit: str, decimals: int, of: Callable[[Source], float | None]) -> None:
        values = {name: of(one) for name, one in found.items()}
        shown = {name: None if value is None else round(value, decimals) for name, value in values.items()}
        rows.append({"key": key, "label": label, "unit": unit, "decimals": decimals, **shown})

    def of_role(role: str, name: str) -> Callable[[Source], float]:
        return lambda one: _median(one[role][name])

    def peak_of(rate: str, size: float) -> Callable[[Source], float | None]:
        return lambda one: peak(one, rate, size)

    for role in ROLES:
        row(f"duration_{role}", f"fixation, median, {role}", "s", 3, of_role(role, "duration_median_s"))
    for role in ROLES:
        label = f"onset to onset of fixations, median, {role}"
        row(f"interval_{role}", label, "s", 3, of_role(role, "interval_median_s"))
    row("shorter", "fixation speaking / listening, ratio of medians", "", 2, _role_ratio)
    for role in ROLES:
        row(f"spread_{role}", f"spread of gaze, median person, {role}", "deg", 1, of_role(role, "spread_deg"))
    row("wider", "spread speaking / listening, median person", "", 2, lambda one: _median(ratios(one)))
    row(
        "wider_people",
        "people who look wider while speaking",
        "%",
        0,
        lambda one: 100 * float((ratios(one) > 1).mean()),
    )
    label = "difference between people: SD of the logarithm of their spread while speaking"
    row("between", label, "", 2, lambda one: float(np.log(one["speaking"]["spread_deg"]).std()))
    for size in (3, 5, 10):
        row(f"peak_{size}_120", f"peak velocity of {size} degrees at 120 Hz", "deg/s", 0, peak_of("120", size))
    row("peak_10_25", "peak velocity of 10 degrees at 25 FPS", "deg/s", 0, peak_of("25", 10))
    for axis in ("yaw", "pitch"):
        label = f"left and right eye, correlation in {axis}, median"
        row(f"alike_{axis}", label, "", 4, of_role("left_right", axis))
    row("vor", "VOR gain at 25 FPS, median", "", 2, lambda one: _median(one["vor_gain"]))
    return rows


def ratios(one: Source) -> np.ndarray:
    """[people] spread of gaze while speaking over that while listening."""
    speaking, listening = (np.array(one[role]["spread_deg"]) for role in ROLES)
    return speaking / listening


def peak(one: Source, rate: str, amplitude: float) -> float | None:
    """Median peak velocity at an amplitude, between the neighbouring bins' medians; None outside of them."""
    line = one["main_sequence"][rate]
    known = [(a, v) for a, v in zip(line["amplitude"], line["median"], strict=True) if a is not None]
    at, value = np.array(known).T
    return float(np.interp(amplitude, at, value)) if at[0] <= amplitude <= at[-1] else None


def markdown(data: Source, command: str) -> str:
    """The tables and notes for a reader."""
    names = list(data["corpora"])
    hours = ", ".join(f"{name} {c['hours']:.1f} h in {c['sessions']} sessions" for name, c in data["corpora"].items())
    lines = ["# Is the simulator calibrated?", ""]
    lines += [f"Made by `{command}`. Corpora: {hours}. Recordings: {data['sources']['recorded']}.", ""]
    lines += ["![Simulated and recorded eyes](calibration.png)", "", "## Targets", ""]
    lines += ["Pooled over all sessions. A test holds each of them on two hours.", ""]
    lines += ["| corpus | figure | measured | aim | from | held |", "|---|---|---|---|---|---|"]
    for t in data["targets"]:
        cells = (t["corpus"], t["label"], f"{t['shown']} {t['unit']}".strip(), t["aim"], t["source"])
        lines.append(f"| {' | '.join(cells)} | {'yes' if t['held'] else '**no**'} |")
    lines += ["", "## Beside recordings", "", f"| figure | unit | recorded | {' | '.join(names)} |"]
    lines += ["|---" * (3 + len(names)) + "|"]
    for row in data["table"]:
        values = ["–" if row[n] is None else f"{row[n]:.{row['decimals']}f}" for n in ("recorded", *names)]
        lines.append(f"| {row['label']} | {row['unit']} | {' | '.join(values)} |")
    lines += ["", "## What agrees, what does not", "", *(f"* {note}" for note in data["notes"])]
    lines += ["", "## Taken for granted", "", *(f"* {one}" for one in data["assumptions"])]
    return "\n".join(lines) + "\n"


def _median(values: Sequence[float] | np.ndarray | float) -> float:
    return float(np.median(values))


def _role_ratio(one: Source) -> float:
    return float(one["speaking"]["duration_median_s"] / one["listening"]["duration_median_s"])
