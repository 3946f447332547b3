"""How figures look, on the page and in the report: names of colours that the reader's page resolves.

Colours live in assets/ui/colours.css as custom properties, so light and dark are decided in one place. Figures name
them as `var(--sty-...)`; the script beside them paints them when it draws, and again when light changes to dark.
"""

from __future__ import annotations

from typing import Any

INK, SOFT, LINE, SURFACE = (f"var(--sty-{name})" for name in ("ink", "soft", "line", "surface"))
ACCENT, YAW, PITCH, ROLL = (f"var(--sty-{name})" for name in ("accent", "yaw", "pitch", "roll"))
FIXATION, SACCADE, OTHER = (f"var(--sty-{name})" for name in ("fixation", "saccade", "other"))
COMPENSATION = "var(--sty-compensation)"
STYLE_COLOURS = tuple(f"var(--sty-style-{i})" for i in range(10))

AXIS: dict[str, Any] = {"gridcolor": LINE, "zerolinecolor": LINE, "linecolor": LINE, "ticks": "", "automargin": False}


def layout(**more: Any) -> dict[str, Any]:
    """What all figures share: no paper of their own, the page's type, no legend."""
    return {
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": "IBM Plex Sans, ui-sans-serif, system-ui, sans-serif", "size": 12, "color": SOFT},
        "hoverlabel": {"bgcolor": SURFACE, "bordercolor": LINE, "font": {"color": INK, "size": 12}},
        "margin": {"l": 44, "r": 12, "t": 10, "b": 36},
        "showlegend": False,
        **more,
    }
