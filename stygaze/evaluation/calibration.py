"""Simulated over recorded eyes as one figure, for the report and the results folder."""

from __future__ import annotations

from typing import Any

import numpy as np
import plotly.graph_objects as go

from stygaze.evaluation import look
from stygaze.evaluation.look import AXIS, layout

COLOURS = {"recorded": look.INK, "hage": look.SACCADE, "natural": look.ACCENT}
NAMES = {"recorded": "recorded", "hage": "simulated, profile hage", "natural": "simulated, profile natural"}
FAINT = 0.16
GAP_X, GAP_Y = 0.075, 0.19  # between panels, shares of the figure's width and height
ROW = 380  # px
SHORT = {
    "fixation_share": "fixation share",
    "compensation_score_deg_per_frame": "CompScore",
    "gaze_energy_deg2_per_frame2": "gaze energy",
    "head_energy_deg2_per_frame2": "head energy",
    "head_speed_mean_deg_per_frame": "head speed",
}
RATIO_TOP = 1.35


class _Grid:
    """Panels of one figure: each has its axes, a title and a line that says what it shows."""

    def __init__(self, panels: int, columns: int) -> None:
        self.columns, self.rows = columns, -(-panels // columns)
        self.figure, self.used = go.Figure(), 0
        self.left_shift = -84 if columns == 1 else 0  # px; on a phone a title needs the room above the labels too
        self.gap_y = GAP_Y if self.rows < 3 else 0.36 / self.rows

    def panel(self, title: str, says: str, x: dict[str, Any], y: dict[str, Any]) -> dict[str, str]:
        """Open the next panel; returns the axes for its traces."""
        row, column = divmod(self.used, self.columns)
        width = (1 - GAP_X * (self.columns - 1)) / self.columns
        height = (1 - self.gap_y * (self.rows - 1)) / self.rows
        left, top = column * (width + GAP_X), 1 - row * (height + self.gap_y)
        number = "" if self.used == 0 else str(self.used + 1)
        self.used += 1
        across = {**AXIS, "domain": [left, left + width], "anchor": f"y{number}", "zeroline": False, **x}
        up = {**AXIS, "domain": [max(top - height, 0), top], "anchor": f"x{number}", "zeroline": False, **y}
        for axis in (across, up):
            if "title" in axis:
                axis["title"] = {"text": axis["title"], "standoff": 6, "font": {"size": 12, "color": look.SOFT}}
        self.figure.update_layout({f"xaxis{number}": across, f"yaxis{number}": up})
        for text, shift, size, colour in ((f"<b>{title}</b>", 30, 14, look.INK), (says, 11, 11.5, look.SOFT)):
            self.figure.add_annotation(
                text=text, x=left, y=top, xref="paper", yref="paper", xanchor="left", yanchor="bottom", align="left",
                xshift=self.left_shift, yshift=shift - 6, showarrow=False, font={"size": size, "color": colour},
            )  # fmt: skip
        return {"xaxis": f"x{number}", "yaxis": f"y{number}"}


def calibration_figure(data: dict[str, Any], columns: int = 3) -> go.Figure:
    """What was measured (calibration.json) as six panels; colours are names that the page resolves.

    Args:
        columns: panels side by side: 3 on a wide page, 1 on a phone.
    """
    grid = _Grid(6, columns)
    for name, colour in COLOURS.items():
        grid.figure.add_scatter(
            x=[None],
            y=[None],
            mode="markers",
            marker={"color": colour, "size": 11, "symbol": "circle"},
            name=NAMES[name] if columns > 1 else name,
        )
    _paper(grid, data)
    for role in ("speaking", "listening"):
        _durations(grid, data, role)
    _main_sequence(grid, data)
    _spreads(grid, data)
    _alike(grid, data)
    grid.figure.update_layout(
        layout(
            height=ROW * grid.rows + 70,
            dragmode=False,
            hovermode="closest",
            showlegend=True,
            legend={
                "orientation": "h", "x": 0, "y": 1, "xanchor": "left", "yanchor": "top", "yref": "container",
                "bgcolor": "rgba(0,0,0,0)", "font": {"size": 13, "color": look.INK}, "itemclick": False,
                "itemdoubleclick": False,
            },
            margin={"l": 96, "r": 16, "t": 96, "b": 48},
        )
    )  # fmt: skip
    return grid.figure


def _paper(grid: _Grid, data: dict[str, Any]) -> None:
    """Both profiles relative to the paper's figures, with what the test allows."""
    labels = [SHORT[row["key"]] for row in data["paper"]]
    middle = [float(np.mean(row["paper"])) for row in data["paper"]]
    axes = grid.panel(
        "The paper's figures",
        "measured / paper; grey: what a test holds hage to",
        {"range": [0, RATIO_TOP], "nticks": 6},
        {
            "type": "category",
            "range": [len(labels) - 0.5, -0.5],
            "showgrid": False,
            "tickfont": {"color": look.INK, "size": 12},
        },
    )
    for label, row, at in zip(labels, data["paper"], middle, strict=True):
        low, high = sorted(bound / at for bound in row["held"])
        grid.figure.add_scatter(
            x=[low, high], y=[label, label], mode="lines", line={"color": look.OTHER, "width": 15}, opacity=0.55,
            hoverinfo="skip", showlegend=False, **axes,
        )  # fmt: skip
    grid.figure.add_scatter(
        x=[1.0] * len(labels), y=labels, mode="markers", showlegend=False, hoverinfo="skip",
        marker={"symbol": "line-ns", "size": 15, "line": {"color": look.INK, "width": 2}}, **axes,
    )  # fmt: skip
    for name in ("natural", "hage"):
        grid.figure.add_scatter(
            x=[row[name] / at for row, at in zip(data["paper"], middle, strict=True)],
            y=labels,
            mode="markers",
            marker={"color": COLOURS[name], "size": 11, "line": {"color": look.SURFACE, "width": 1.5}},
            customdata=[[row[name], _range(row["paper"])] for row in data["paper"]],
            hovertemplate="%{customdata[0]:.3g}, paper %{customdata[1]}<extra>" + NAMES[name] + "</extra>",
            showlegend=False,
            **axes,
        )


def _durations(grid: _Grid, data: dict[str, Any], role: str) -> None:
    medians = ", ".join(f"{1000 * data[name][role]['duration_median_s']:.0f} {name}" for name in COLOURS)
    axes = grid.panel(
        f"Fixations while {role}",
        f"median, ms: {medians}",
        {"title": "duration", "ticksuffix": " s", "range": [0.1, 1.0], "nticks": 6, "showgrid": False},
        {"range": [0, 0.275], "tickformat": ".0%", "nticks": 4},
    )
    edges = np.array(data["edges"]["duration_s"])
    x = np.repeat(edges, 2)
    for name in COLOURS:
        y = np.concatenate([[0], np.repeat(data[name][role]["duration_histogram"], 2), [0]])
        if name == "recorded":
            grid.figure.add_scatter(
                x=x, y=y, mode="lines", fill="tozeroy", fillcolor=look.OTHER, line={"width": 0}, opacity=0.5,
                hoverinfo="skip", showlegend=False, **axes,
            )  # fmt: skip
        grid.figure.add_scatter(
            x=x,
            y=y,
            mode="lines",
            line={"color": COLOURS[name], "width": 1.2 if name == "recorded" else 2},
            showlegend=False,
            hovertemplate="%{y:.1%} at %{x:.2f} s<extra>" + NAMES[name] + "</extra>",
            **axes,
        )


def _main_sequence(grid: _Grid, data: dict[str, Any]) -> None:
    number = data["recorded"]["main_sequence"]["120"]["saccades"]
    axes = grid.panel(
        "Main sequence at 120 Hz",
        f"{number} recorded saccades; simulated medians, 10 to 90 % of hage",
        {"title": "amplitude", "ticksuffix": "°", "range": [0, 25], "showgrid": False},
        {"range": [0, 560], "ticksuffix": "°/s", "nticks": 6},
    )
    line = data["hage"]["main_sequence"]["120"]
    known = [k for k, value in enumerate(line["median"]) if value is not None]
    x = [line["amplitude"][k] for k in known]
    low, high = ([line[side][k] for k in known] for side in ("low", "high"))
    grid.figure.add_scatter(
        x=[*x, *reversed(x)], y=[*high, *reversed(low)], mode="lines", fill="toself", fillcolor=COLOURS["hage"],
        line={"width": 0}, opacity=FAINT, hoverinfo="skip", showlegend=False, **axes,
    )  # fmt: skip
    for name, dash in (("hage", "solid"), ("natural", "dash")):
        line = data[name]["main_sequence"]["120"]
        grid.figure.add_scatter(
            x=line["amplitude"], y=line["median"], mode="lines", showlegend=False,
            line={"color": COLOURS[name], "width": 2.2, "dash": dash},
            hovertemplate="%{x:.0f}°: %{y:.0f}°/s<extra>" + NAMES[name] + "</extra>", **axes,
        )  # fmt: skip
    amplitude, peak = np.array(data["recorded"]["main_sequence"]["120"]["points"]).T
    grid.figure.add_scatter(
        x=amplitude.tolist(), y=peak.tolist(), mode="markers", showlegend=False,
        marker={"color": COLOURS["recorded"], "size": 6, "opacity": 0.75},
        hovertemplate="%{x:.1f}°: %{y:.0f}°/s<extra>recorded</extra>", **axes,
    )  # fmt: skip


def _spreads(grid: _Grid, data: dict[str, Any]) -> None:
    """Each person's spread of gaze in both roles."""
    wider = [
        float(np.median(np.divide(*(data[n][r]["spread_deg"] for r in ("speaking", "listening"))))) for n in COLOURS
    ]
    says = ", ".join(f"{ratio:.1f} {name}" for ratio, name in zip(wider, COLOURS, strict=True))
    ticks = [1, 2, 5, 10, 20, 40]
    scale = {"type": "log", "range": [0.0, 1.6], "tickvals": ticks, "ticksuffix": "°"}
    axes = grid.panel(
        "Spread of gaze, a dot a person",
        f"speaking / listening: {says}",
        {**scale, "title": "while listening", "showgrid": False},
        {**scale, "title": "while speaking"},
    )
    grid.figure.add_scatter(
        x=[1, 40], y=[1, 40], mode="lines", line={"color": look.SOFT, "width": 1, "dash": "dot"}, hoverinfo="skip",
        showlegend=False, **axes,
    )  # fmt: skip
    for name, size, opacity in (("natural", 6, 0.45), ("hage", 6, 0.45), ("recorded", 8, 0.9)):
        one = data[name]
        grid.figure.add_scatter(
            x=one["listening"]["spread_deg"], y=one["speaking"]["spread_deg"], mode="markers", showlegend=False,
            marker={"color": COLOURS[name], "size": size, "opacity": opacity},
            hovertemplate="listening %{x:.1f}°, speaking %{y:.1f}°<extra>" + NAMES[name] + "</extra>", **axes,
        )  # fmt: skip


def _alike(grid: _Grid, data: dict[str, Any]) -> None:
    """How alike both eyes move: a dot a take or session, yaw and pitch apart."""
    rows = {"recorded": 2.0, "hage": 1.0, "natural": 0.0}
    axes = grid.panel(
        "Left eye and right eye",
        "correlation; above the line yaw, below it pitch",
        {"range": [0.93, 1.004], "tickvals": [0.94, 0.96, 0.98, 1.0], "showgrid": True},
        {
            "range": [-0.55, 2.55], "tickvals": list(rows.values()), "ticktext": list(rows),
            "showgrid": True, "tickfont": {"color": look.INK, "size": 12},
        },
    )  # fmt: skip
    for name, at in rows.items():
        for axis, side in (("yaw", 1), ("pitch", -1)):
            values = data[name]["left_right"][axis]
            spread = 0.11 + 0.16 * (np.arange(len(values)) * 0.618 % 1)  # even, and the same each time
            grid.figure.add_scatter(
                x=values, y=(at + side * spread).round(3).tolist(), mode="markers", showlegend=False,
                marker={"color": COLOURS[name], "size": 8 if name == "recorded" else 5,
                        "opacity": 0.9 if name == "recorded" else 0.4},
                hovertemplate="%{x:.4f} in " + axis + "<extra>" + NAMES[name] + "</extra>", **axes,
            )  # fmt: skip


def _range(paper: list[float]) -> str:
    low, high = paper
    return f"{low:g}" if low == high else f"{low:g} to {high:g}"
