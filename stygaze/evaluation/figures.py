"""Figures of an evaluation as plotly figures: they only arrange what was computed; colours are names (`look`).

One small figure a panel, so that a page can set them beside or beneath each other. Schemas: docs/formats.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

import numpy as np
import plotly.graph_objects as go

from stygaze.evaluation import look
from stygaze.evaluation.look import AXIS, layout
from stygaze.evaluation.results import Results, Score
from stygaze.evaluation.table import Column

HEAD, EYE, GAZE = look.ROLL, look.PITCH, look.ACCENT
REFERENCE, TARGET, TRANSFERRED = look.PITCH, look.SOFT, look.ACCENT


def session_map(data: dict[str, Any], height: int = 560) -> go.Figure:
    """Figure 5: a colour a session, true windows solid, predicted ones transparent."""
    figure, points = go.Figure(), data["points"]
    sessions = sessions_of(data)
    for kind in ("predicted", "true"):
        for k, session in enumerate(sessions):
            chosen = [p for p in points if p["session"] == session and p["kind"] == kind]
            figure.add_scatter(
                x=[p["x"] for p in chosen],
                y=[p["y"] for p in chosen],
                mode="markers",
                name=session,
                marker={
                    "color": session_colour(k),
                    "size": 8.5 if kind == "true" else 10,
                    "opacity": 0.92 if kind == "true" else 0.3,
                    "line": {"width": 0},
                },
                hovertemplate=f"{escape(session)}, {kind}<extra></extra>",
            )
    blank = {"visible": False}
    figure.update_layout(
        layout(
            height=height,
            hovermode="closest",
            dragmode=False,
            margin={"l": 6, "r": 6, "t": 6, "b": 6},
            xaxis=blank,
            yaxis={**blank, "scaleanchor": "x"},
            meta={"narrow": {"height": 360}},
        )
    )
    return figure


def sessions_of(data: dict[str, Any]) -> list[str]:
    """The sessions of a map, in the order of their colours."""
    return list(data.get("sessions") or dict.fromkeys(p["session"] for p in data["points"]))


def session_colour(index: int) -> str:
    return look.STYLE_COLOURS[index % len(look.STYLE_COLOURS)]


def dynamics(panel: dict[str, Any], limits: tuple[float, float]) -> go.Figure:
    """Figure 3, one motion: yaw of head, eye and gaze; fixations and compensation shaded, saccades as ticks on top.

    Args:
        limits: of yaw in degrees, one for all panels so that they compare (`yaw_limits`).
    """
    figure, (low, high) = go.Figure(), limits
    room = 0.10 * (high - low)
    bottom, top = low - room, high + 2 * room
    for spans, colour in ((panel["fixations"], look.FIXATION), (panel.get("compensation", []), look.COMPENSATION)):
        figure.add_scatter(
            x=[x for on, off in spans for x in (on, on, off, off, None)],
            y=[bottom, top, top, bottom, None] * len(spans),
            fill="toself",
            fillcolor=colour,
            line_width=0,
            mode="lines",
            hoverinfo="skip",
        )
    looks = (("head_yaw", "head", HEAD, 1.7), ("eye_yaw", "eye in head", EYE, 1.2), ("gaze_yaw", "gaze", GAZE, 2.0))
    for key, name, colour, width in looks:
        figure.add_scatter(
            x=panel["time"],
            y=panel[key],
            mode="lines",
            name=name,
            line={"color": colour, "width": width},
            hovertemplate="%{y:.1f}°<extra>" + name + "</extra>",
        )
    figure.add_scatter(
        x=panel["saccades"],
        y=[high + 1.3 * room] * len(panel["saccades"]),
        mode="markers",
        marker={"symbol": "line-ns", "size": 8, "line": {"color": look.SACCADE, "width": 1.6}},
        hovertemplate="saccade at %{x:.2f} s<extra></extra>",
    )
    figure.update_layout(
        layout(
            height=200,
            hovermode="x",
            dragmode=False,
            margin={"l": 40, "r": 8, "t": 4, "b": 24},
            **_seconds(panel["time"]),
            yaxis={**AXIS, "ticksuffix": "°", "nticks": 5, "range": [bottom, top], "zeroline": False},
        )
    )
    return figure


def yaw_limits(panels: Sequence[dict[str, Any]]) -> tuple[float, float]:
    """Lowest and highest yaw of the panels, without the last outliers."""
    angles = [v for panel in panels for key in ("head_yaw", "eye_yaw", "gaze_yaw") for v in panel[key]]
    low, high = np.quantile(angles, [0.001, 0.999])
    return float(low), float(high)


def transfer_places(panel: dict[str, Any], reach: float) -> go.Figure:
    """Figure 6, left: where gaze goes in the target, the reference and the transfer, as one sees the person."""
    figure = go.Figure()
    for name, colour in (("target", TARGET), ("reference", REFERENCE), ("transferred", TRANSFERRED)):
        figure.add_scatter(
            x=panel[name]["yaw"],
            y=panel[name]["pitch"],
            mode="markers",
            name=name,
            marker={"color": colour, "size": 4, "opacity": 0.35, "line": {"width": 0}},
            hoverinfo="skip",
        )
        figure.add_scatter(  # the middle, where the eye finds it
            x=[float(np.median(panel[name]["yaw"]))],
            y=[float(np.median(panel[name]["pitch"]))],
            mode="markers",
            name=name,
            marker={"color": colour, "size": 13, "line": {"width": 2, "color": look.SURFACE}},
            hovertemplate=f"middle of the {name}: %{{x:.1f}}°, %{{y:.1f}}°<extra></extra>",
        )
    square = {**AXIS, "range": [-reach, reach], "ticksuffix": "°", "nticks": 5}
    figure.update_layout(
        layout(
            height=250,
            dragmode=False,
            margin={"l": 38, "r": 8, "t": 6, "b": 28},
            xaxis=square,
            yaxis={**square, "scaleanchor": "x", "constrain": "domain"},
        )
    )
    return figure


def transfer_times(panel: dict[str, Any], reach: float) -> go.Figure:
    """Figure 6, right: yaw of gaze over time, the target's and what the transfer makes of it."""
    figure = go.Figure()
    for name, colour, width in (("target", TARGET, 1.3), ("transferred", TRANSFERRED, 2.0)):
        yaw = panel[name]["yaw"]
        figure.add_scatter(
            x=panel["time"][: len(yaw)],
            y=yaw,
            mode="lines",
            name=name,
            line={"color": colour, "width": width},
            hovertemplate="%{y:.1f}°<extra>" + name + "</extra>",
        )
    figure.update_layout(
        layout(
            height=250,
            hovermode="x",
            dragmode=False,
            margin={"l": 40, "r": 8, "t": 6, "b": 28},
            **_seconds(panel["time"]),
            yaxis={**AXIS, "ticksuffix": "°", "nticks": 5, "range": [-reach, reach]},
        )
    )
    return figure


def reach_of(panels: Sequence[dict[str, Any]]) -> float:
    """How far gaze goes from straight ahead in all panels, degrees."""
    parts = [p[k][a] for p in panels for k in ("reference", "target", "transferred") for a in ("yaw", "pitch")]
    return 1.1 * max(float(np.quantile(np.abs(part), 0.995)) for part in parts)


def strip(results: Results, column: Column, protocols: Sequence[str] = ("windowed", "free")) -> go.Figure | None:
    """One measure of all models: a dot a protocol with its spread; the constant and the truth as lines.

    None where no model was scored.
    """
    shown = [p for p in protocols if p in results.protocols]
    models = [r["row"] for r in results.rows(shown[0]) if r["kind"] == "model"] if shown else []
    models = [m for m in models if any(results.score(m, p, column.key).known for p in shown)]
    if not models:
        return None
    figure, labels = go.Figure(), [results.label(m) for m in models]
    for k, protocol in enumerate(shown):
        scores = [results.score(m, protocol, column.key) for m in models]
        figure.add_scatter(
            x=[s.mean for s in scores],
            y=labels,
            mode="markers",
            name=protocol,
            error_x={
                "type": "data",
                "array": [0 if s.sd != s.sd else s.sd for s in scores],
                "color": look.SOFT,
                "thickness": 1.2,
                "width": 0,
            },
            marker={
                "color": look.ACCENT if k == 0 else look.SURFACE,
                "size": 10,
                "line": {"color": look.ACCENT if k == 0 else look.PITCH, "width": 2},
            },
            customdata=[column.number(s.mean) for s in scores],
            hovertemplate="%{y}, " + protocol + ": %{customdata}<extra></extra>",
        )
    lines = {"constant": (look.SOFT, "dot"), "true": (look.INK, "solid")}
    for row, (colour, dash) in lines.items():
        score = results.score(row, shown[0], column.key)
        if score.known and not (row == "true" and column.better == "low"):  # an error of 0 is no news
            _line(figure, score, results.label(row), column, colour, dash)
    percent = {"tickformat": ".0%"} if column.unit == "%" else {}
    figure.update_layout(
        layout(
            height=34 * len(models) + 58,
            dragmode=False,
            hovermode="closest",
            margin={"l": 96, "r": 14, "t": 22, "b": 26},
            xaxis={**AXIS, "nticks": 5, "zeroline": False, **percent},
            yaxis={**AXIS, "autorange": "reversed", "tickfont": {"color": look.INK}},
        )
    )
    return figure


def _line(figure: go.Figure, score: Score, label: str, column: Column, colour: str, dash: str) -> None:
    figure.add_vline(x=score.mean, line={"color": colour, "width": 1.4, "dash": dash})
    figure.add_annotation(
        x=score.mean,
        y=1,
        yref="paper",
        text=escape(f"{label.split(' ')[0].lower()} {column.number(score.mean)}"),
        showarrow=False,
        yanchor="bottom",
        font={"size": 11, "color": colour},
    )


def _seconds(time: Sequence[float]) -> dict[str, Any]:
    """The axis of time, with fewer ticks where there is little room."""
    axis = {**AXIS, "showgrid": False, "ticksuffix": " s", "range": [float(time[0]), float(time[-1])], "nticks": 12}
    return {"xaxis": axis, "meta": {"narrow": {"xaxis": {**axis, "nticks": 5}}}}
