"""The time line beneath the player: where the voice speaks, where gaze rests, where and how far it jumps, blinks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from stygaze.evaluation import look
from stygaze.evaluation.look import AXIS, layout
from stygaze.gaze.events import Events, Fixation
from stygaze.gaze.fixations import runs
from stygaze.gaze.saccades import Saccade
from stygaze.models.controls import Look
from stygaze.motion import FPS
from stygaze.speech import Speech
from stygaze.ui.plots import MARGIN_LEFT
from stygaze.ui.takes import Take

HEIGHT = 196  # pixels
REST, BLINK, VOICE, ASKED = (f"var(--sty-{name})" for name in ("rest", "blink", "voice", "asked"))
LANES = {"voice": (-0.86, -0.62), "blinks": (-0.5, -0.26), "fixations": (-0.14, 0.1)}  # of the jumps' height
BASE, TOP = 0.2, 1.2  # between which a jump stands, the largest reaching the top
LEAST_TOP = 20.0  # degrees: a calm gaze must not look like a wild one
PAUSE_FRAMES = 6  # 0.24 s; the voice goes on across shorter gaps
SIDES = ("left", "up and left", "up", "up and right", "right", "down and right", "down", "down and left")
ARROWS = "→↗↑↖←↙↓↘"  # as one sees the head from the front: the subject's left is on the right


def spoken(speech: Speech) -> list[tuple[float, float]]:
    """Stretches in seconds in which there is voice."""
    voiced = speech.features[:, -1] > 0.5 if speech.features is not None else np.zeros(0, bool)
    stretches: list[tuple[int, int]] = []
    for on, off in runs(voiced).tolist():
        if stretches and on - stretches[-1][1] < PAUSE_FRAMES:
            on = stretches.pop()[0]
        stretches.append((on, off))
    return [(on / FPS, off / FPS) for on, off in stretches]


def side(direction: float) -> str:
    """A saccade's direction in words, as the subject has it.

    >>> side(0), side(92), side(-170)
    ('left', 'up', 'right')
    """
    return SIDES[round(direction / 45) % 8]


def told(events: Events) -> list[dict[str, Any]]:
    """Each event, in the order of time: from, to (s) and what to say of it."""
    rows = []
    for row in events.rows():
        if row["event"] == "saccade":
            text = f"saccade of {row['amplitude_deg']:.0f}° {side(float(row['direction_deg'] or 0))}"
            text += f", up to {row['peak_velocity_deg_per_s']:.0f}°/s" + ", with the head" * bool(row["with_head"])
        elif row["event"] == "fixation":
            text = f"fixation of {row['duration_s']:.2f} s at yaw {row['gaze_yaw_deg']:.0f}°"
            text += f", pitch {row['gaze_pitch_deg']:.0f}°"
        else:
            text = f"blink of {row['duration_s']:.2f} s"
        rows.append({"from": row["onset_s"], "to": row["offset_s"], "text": text, "kind": row["event"]})
    return rows


def summary(take: Take) -> str:
    """The time line in one sentence, for who cannot see it."""
    events = take.events
    counts = [(len(events.fixations), "fixation"), (len(events.saccades), "saccade"), (len(events.blinks), "blink")]
    return ", ".join(f"{n} {word}{'s' * (n != 1)}" for n, word in counts) + f" in {take.motion.duration:.1f} seconds"


def timeline(take: Take) -> str:
    """The figure as plotly JSON; its meta holds `events` (`told`), `seconds` and `summary` for the page's script."""
    events, end = take.events, take.motion.duration
    entries = told(events)
    largest = max([LEAST_TOP, *(s.amplitude for s in events.saccades)])
    figure = go.Figure()
    _looks(figure, take.controls.looks)
    _bars(figure, "voice", spoken(take.speech), VOICE)
    _bars(figure, "fixations", [_rest(f) for f in events.fixations], REST)
    _bars(figure, "blinks", [(b.onset / FPS, b.offset / FPS) for b in events.blinks], BLINK)
    tops = [BASE + (TOP - BASE) * s.amplitude / largest for s in events.saccades]
    figure.add_scatter(
        x=[x for s in events.saccades for x in (_middle(s), _middle(s), None)],
        y=[y for top in tops for y in (BASE, top, None)],
        mode="lines",
        line={"color": look.SACCADE, "width": 1.8},
        hoverinfo="skip",
    )
    for kind, height in (("saccade", tops), ("fixation", -0.02), ("blink", -0.38)):  # what the pointer finds
        chosen = [entry for entry in entries if entry["kind"] == kind]
        figure.add_scatter(
            x=[(entry["from"] + entry["to"]) / 2 for entry in chosen],
            y=height if isinstance(height, list) else [height] * len(chosen),
            mode="markers",
            marker={"size": 5 if kind == "saccade" else 12, "opacity": float(kind == "saccade"), "color": look.SACCADE},
            text=[entry["text"] for entry in chosen],
            hovertemplate="%{text}<extra></extra>",
        )
    heights = [BASE + (TOP - BASE) * degrees / largest for degrees in (0, 10, 20)]
    figure.update_layout(
        layout(
            height=HEIGHT,
            hovermode="closest",
            hoverdistance=14,
            dragmode=False,
            margin={"l": MARGIN_LEFT, "r": 8, "t": 8, "b": 28},
            meta={"seconds": end, "events": entries, "summary": summary(take)},
            xaxis={**AXIS, "range": [0, min(end, 20.0)], "ticksuffix": " s", "showgrid": False, "zeroline": False},
            yaxis={
                **AXIS,
                "range": [-0.9, TOP + 0.06],
                "fixedrange": True,
                "zeroline": False,
                "showgrid": False,
                "tickvals": [*(sum(LANES[name]) / 2 for name in LANES), *heights],
                "ticktext": [*LANES, "0°", "10°", "20°"],
            },
        )
    )
    return figure.to_json()


def _rest(fixation: Fixation) -> tuple[float, float]:
    # to the last frame within, so that a jump of one frame still parts two fixations
    return fixation.onset / FPS, (fixation.offset - 1) / FPS


def _middle(saccade: Saccade) -> float:
    return (saccade.onset + saccade.offset) / 2 / FPS


def _bars(figure: go.Figure, lane: str, stretches: list[tuple[float, float]], colour: str) -> None:
    low, high = LANES[lane]
    _areas(figure, stretches, low, high, colour, lane)


def _looks(figure: go.Figure, looks: Sequence[Look]) -> None:
    _areas(figure, [(one.at, one.at + one.seconds) for one in looks], -0.9, TOP + 0.06, ASKED, "asked for")
    for one in looks:
        arrow = ARROWS[round(np.degrees(np.arctan2(one.pitch, one.yaw)) / 45) % 8] if one.yaw or one.pitch else "●"
        place = {"x": one.at, "y": TOP + 0.06, "xanchor": "left", "yanchor": "top", "xshift": 2}
        figure.add_annotation(text=arrow, showarrow=False, font={"size": 13, "color": look.PITCH}, **place)


def _areas(
    figure: go.Figure, stretches: list[tuple[float, float]], low: float, high: float, colour: str, name: str
) -> None:
    figure.add_scatter(
        x=[x for on, off in stretches for x in (on, on, off, off, None)],
        y=[low, high, high, low, None] * len(stretches),
        fill="toself",
        fillcolor=colour,
        line_width=0,
        mode="lines",
        name=name,
        hoverinfo="skip",
    )
