"""Figures as plotly JSON. They only arrange what the packages measured; colours are names that the page resolves."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np
import plotly.graph_objects as go

from stygaze.evaluation import look
from stygaze.evaluation.look import AXIS, layout
from stygaze.gaze.events import Events
from stygaze.motion import COLUMNS, Motion
from stygaze.ui.takes import Measured

CALM = {"autorangeoptions": {"include": [-5, 5]}}  # a still head must not look like a storm
LONGEST_SHOWN = 2.4  # seconds; longer fixations share the last bar
MARGIN_LEFT = 72  # pixels, of what stands above each other in time
ANGLE = {"yaw": look.YAW, "pitch": look.PITCH, "roll": look.ROLL}


def curves(motion: Motion, events: Events) -> str:
    """Head and eyes over time, fixations shaded."""
    t = np.arange(len(motion)) / motion.fps
    figure = go.Figure()
    # to the last frame within, so that a jump of one frame still parts two fixations
    rests = [(f.onset / motion.fps, (f.offset - 1) / motion.fps) for f in events.fixations]
    for band in ("y3", "y4"):
        figure.add_scatter(
            x=[x for on, off in rests for x in (on, on, off, off, None)],
            y=[0, 1, 1, 0, None] * len(rests),
            fill="toself",
            fillcolor=look.FIXATION,
            line_width=0,
            mode="lines",
            yaxis=band,
            hoverinfo="skip",
        )
    for column, (name, values) in enumerate(zip(COLUMNS, motion.frames.T, strict=True)):
        part, _, angle = name.rpartition("_")
        figure.add_scatter(
            x=t,
            y=values,
            name=name.replace("_", " "),
            yaxis="y" if column < 3 else "y2",
            mode="lines",
            line={"color": ANGLE[angle], "width": 1.7 if part != "right_eye" else 1.0},
            opacity=1 if part != "right_eye" else 0.55,
            hovertemplate="%{y:.1f}°<extra>" + name.replace("_", " ") + "</extra>",
        )
    end = motion.duration
    figure.update_layout(
        layout(
            height=300,
            hovermode="x",
            dragmode=False,
            meta={"seconds": end},
            margin={"l": MARGIN_LEFT, "r": 8, "t": 8, "b": 34},
            xaxis={**AXIS, "range": [0, min(end, 20.0)], "anchor": "y2", "ticksuffix": " s", "showgrid": False},
            yaxis={
                **AXIS,
                "domain": [0.53, 1],
                "title": {"text": "head", "standoff": 2},
                "ticksuffix": "°",
                "nticks": 5,
                **CALM,
            },
            yaxis2={
                **AXIS,
                "domain": [0, 0.47],
                "title": {"text": "eyes", "standoff": 2},
                "ticksuffix": "°",
                "nticks": 5,
                **CALM,
            },
            yaxis3={"range": [0, 1], "overlaying": "y", "visible": False, "fixedrange": True},
            yaxis4={"range": [0, 1], "overlaying": "y2", "visible": False, "fixedrange": True},
        )
    )
    return figure.to_json()


def main_sequence(series: Sequence[tuple[Measured, str, str, str]], height: int = 320) -> str:
    """Amplitude against peak velocity of saccades with the fitted curve.

    Args:
        series: a row each of measured motion, colour, symbol and name.
    """
    figure = go.Figure()
    for one, colour, symbol, name in reversed(series):
        amplitude = [s.amplitude for s in one.events.saccades]
        figure.add_scatter(
            x=amplitude,
            y=[s.peak_velocity for s in one.events.saccades],
            mode="markers",
            marker={"color": colour, "size": 7, "opacity": 0.5, "symbol": symbol},
            name=name,
            hovertemplate="%{x:.1f}°, %{y:.0f}°/s<extra>" + escape(name) + "</extra>",
        )
        if amplitude and not np.isnan(one.sequence.vmax):
            x = np.linspace(0, max(amplitude), 60)
            curve = one.sequence.vmax * (1 - np.exp(-x / one.sequence.c))
            figure.add_scatter(x=x, y=curve, mode="lines", line={"color": colour, "width": 2.2}, hoverinfo="skip")
    figure.update_layout(
        layout(
            height=height,
            dragmode=False,
            margin={"l": 56, "r": 12, "t": 8, "b": 44},
            xaxis={**AXIS, "title": "amplitude", "ticksuffix": "°", "rangemode": "tozero"},
            yaxis={**AXIS, "title": {"text": "peak velocity (°/s)", "standoff": 6}, "rangemode": "tozero"},
        )
    )
    return figure.to_json()


def durations(series: Sequence[tuple[Measured, str, str, str]], height: int = 320) -> str:
    """Histograms of fixation durations; `series` as in `main_sequence`."""
    figure = go.Figure()
    for one, colour, _, name in series:
        figure.add_histogram(
            x=[min(f.duration, LONGEST_SHOWN) for f in one.events.fixations],
            histnorm="percent",
            xbins={"start": 0, "end": LONGEST_SHOWN + 0.16, "size": 0.16},
            marker={"color": colour},
            name=name,
            hovertemplate="%{y:.0f} % last %{x} s<extra>" + escape(name) + "</extra>",
        )
    figure.update_layout(
        layout(
            height=height,
            barmode="group",
            bargap=0.25,
            bargroupgap=0.05,
            dragmode=False,
            margin={"l": 48, "r": 12, "t": 8, "b": 44},
            xaxis={
                **AXIS,
                "title": f"seconds ({LONGEST_SHOWN:g} s and longer together)",
                "showgrid": False,
                "tick0": 0,
                "dtick": 0.4,
            },
            yaxis={**AXIS, "ticksuffix": " %"},
        )
    )
    return figure.to_json()


def style_map(
    xy: np.ndarray, groups: list[str], labels: list[str], generated: np.ndarray, named: list[str], marks: list[dict]
) -> str:
    """All known styles in two dimensions: recorded solid, generated transparent; marks on top.

    Args:
        xy: [N, 2] from the t-SNE; groups: a style's name a point; labels: what to say on hover.
        generated: [N] bool.
        named: the styles in the order of their colours; what is not among them is grey.
        marks: dicts with xy [2], text, kind "reference" or "new" or "earlier".
    """
    figure = go.Figure()
    group = np.array(groups)
    for made in (True, False):
        for name in [*named, None]:
            chosen = np.flatnonzero((group == name if name else ~np.isin(group, named)) & (generated == made))
            if not len(chosen):
                continue
            colour = look.STYLE_COLOURS[named.index(name) % 10] if name else look.OTHER
            figure.add_scatter(
                x=xy[chosen, 0],
                y=xy[chosen, 1],
                mode="markers",
                customdata=chosen,
                text=[labels[i] for i in chosen],
                hovertemplate="%{text}<extra></extra>",
                marker={"color": colour, "size": 9, "opacity": 0.28 if made else 0.9, "line": {"width": 0}},
                name=name or "other",
            )
    for name in named:  # each style's name stands above the middle of its recorded points
        chosen = xy[(group == name) & ~generated]
        if len(chosen):
            figure.add_annotation(
                x=float(np.median(chosen[:, 0])),
                y=float(np.quantile(chosen[:, 1], 0.95)),
                text=escape(name),
                yshift=13,
                showarrow=False,
                font={"size": 12.5, "color": look.INK},
                bgcolor=look.SURFACE,
                borderpad=1,
                opacity=0.85,
                captureevents=False,
            )
    looks = {
        "earlier": {"size": 11, "color": look.INK, "opacity": 0.35, "symbol": "circle"},
        "reference": {"size": 19, "color": look.INK, "symbol": "circle-open", "line": {"width": 2.4}},
        "new": {"size": 18, "color": look.INK, "symbol": "star", "line": {"width": 1.5, "color": look.SURFACE}},
    }
    for mark in marks:
        figure.add_scatter(
            x=[mark["xy"][0]],
            y=[mark["xy"][1]],
            mode="markers+text",
            text=[mark.get("label", "")],
            textposition="bottom center",
            textfont={"color": look.INK, "size": 13, "weight": 600},
            marker=looks[mark["kind"]],
            # the ring leaves hovering and clicking to the point within
            **(
                {"hoverinfo": "skip"}
                if mark["kind"] == "reference"
                else {"hovertemplate": f"{mark['text']}<extra></extra>"}
            ),
        )
        if mark["kind"] == "new":  # once more above the styles' names, which lie above all points
            figure.add_annotation(
                x=mark["xy"][0], y=mark["xy"][1], text="★", showarrow=False, captureevents=False,
                font={"size": 23, "color": look.INK},
            )  # fmt: skip
    blank = {"visible": False, "fixedrange": False}
    figure.update_layout(
        layout(
            height=560,
            dragmode="zoom",
            hovermode="closest",
            margin={"l": 6, "r": 6, "t": 6, "b": 6},
            xaxis=blank,
            yaxis={**blank, "scaleanchor": "x"},
            meta={"narrow": {"height": 380, "dragmode": False, "annotations": []}},
        )
    )
    return figure.to_json()
