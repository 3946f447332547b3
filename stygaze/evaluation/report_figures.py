"""The figures of the report, each as what the template shows of it: JSON for plotly, a label, words beside it."""

from __future__ import annotations

import re
from base64 import b64encode
from html import escape
from typing import Any

import plotly.graph_objects as go

from stygaze.errors import StyGazeError
from stygaze.evaluation import figures
from stygaze.evaluation.calibration import calibration_figure
from stygaze.evaluation.claims import COLUMNS
from stygaze.evaluation.results import Results
from stygaze.evaluation.table import Column

STRIPS = ("mae_all", "vel_gaze", "ce", "bas_all", "fixation_ratio", "sim_score")


def chart(figure: go.Figure, label: str) -> dict[str, Any]:
    """A figure for the template; its JSON cannot end the script element that holds it."""
    return {"json": figure.to_json().replace("</", "<\\/"), "label": label, "height": int(figure.layout.height)}


def strips(results: Results) -> list[tuple[Column, dict[str, Any]]]:
    """The models side by side in six measures."""
    columns = [COLUMNS[key] for key in STRIPS]
    made = [(column, figures.strip(results, column)) for column in columns]
    return [(column, chart(figure, f"{column.title} of all models")) for column, figure in made if figure]


def films(results: Results) -> list[dict[str, Any]]:
    """Films side by side, each whole as an address that needs no request.

    Raises:
        StyGazeError: a film that is named is not there.
    """
    found = []
    for film in (results.figure("films") or {"films": []})["films"]:
        path = results.folder / film["file"]
        if not path.is_file():
            raise StyGazeError(f"There is no {path}; run script/compare_films, which makes it.")
        address = "data:video/mp4;base64," + b64encode(path.read_bytes()).decode()
        found.append({"address": address, "title": film["title"], "text": film["text"], "shown": film["shown"]})
    return found


def dynamics(results: Results) -> dict[str, Any] | None:
    """Figure 3: true motion and models."""
    data = results.figure("dynamics")
    if not data:
        return None
    limits, time = figures.yaw_limits(data["panels"]), data["panels"][0]["time"]
    panels = [(p["title"], chart(figures.dynamics(p, limits), f"Yaw over time: {p['title']}")) for p in data["panels"]]
    return {"panels": panels, "seconds": round(time[-1] - time[0]), "speech": data.get("speech", "")}


def session_map(results: Results) -> dict[str, Any] | None:
    """Figure 5, with a key of its sessions."""
    data = results.figure("map")
    if not data:
        return None
    sessions = figures.sessions_of(data)
    shares = {key: _percent(data.get(key)) for key in ("found", "found_true", "chance")}
    return {
        "figure": chart(figures.session_map(data), "Map of sessions: true and predicted styles"),
        "key": [("dot", figures.session_colour(k), _session(name, data)) for k, name in enumerate(sessions)],
        "sessions": sessions,
        "model": results.label(data.get("model", "")) or "predicted motion",
        "protocol": data.get("protocol", ""),
        **shares,
    }


def _session(name: str, data: dict[str, Any]) -> str:
    """A session with its style, where it has a named one."""
    style = (data.get("styles") or {}).get(name) or ""
    return f"{name}, {style}" if style and not style.startswith("prior") else name


def _percent(share: float | None) -> str | None:
    return None if share is None else f"{100 * share:.0f} %"


def transfer(results: Results) -> dict[str, Any] | None:
    """Figure 6, a case a panel."""
    data = results.figure("transfer")
    if not data:
        return None
    reach = figures.reach_of(data["panels"])
    panels = [
        {
            "title": p["title"],
            "text": transfer_text(p),
            "places": chart(figures.transfer_places(p, reach), f"Where gaze goes: {p['title']}"),
            "times": chart(figures.transfer_times(p, reach), f"Yaw of gaze over time: {p['title']}"),
        }
        for p in data["panels"]
    ]
    return {"panels": panels, "model": results.label(data.get("model", ""))}


def transfer_text(panel: dict[str, Any]) -> str:
    """How far the style went and what stayed, in a sentence."""
    if panel.get("to_reference") is None:
        return ""
    text = f"Distance of style (1 − cos) to the reference {panel['to_reference']:.2f}"
    if panel.get("own_to_reference") is not None:
        text += f" (with the target's own style {panel['own_to_reference']:.2f})"
    text += f", to the target {panel['to_target']:.2f}."
    if panel.get("structure") is not None:
        text += f" Correlation of slow yaw with the target's {round(panel['structure'], 2) + 0:.2f}."
    return text


def calibration(results: Results) -> dict[str, Any] | None:
    """Simulated beside recorded distributions, once for a wide page and once for a narrow one, and what they say."""
    data = results.figure("calibration")
    if not data:
        return None
    label = "Simulated beside recorded eyes"
    return {
        "wide": chart(calibration_figure(data), label),
        "narrow": chart(calibration_figure(data, columns=1), label),
        "recorded": (data.get("sources") or {}).get("recorded", "recorded eyes"),
        "notes": [emphasised(note) for note in data.get("notes") or ()],
        "assumptions": data.get("assumptions") or [],
    }


def emphasised(text: str) -> str:
    """Plain text as markup, with **what stands between stars** bold.

    >>> emphasised("**1 < 2.** So")
    '<b>1 &lt; 2.</b> So'
    """
    return re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", escape(text))
