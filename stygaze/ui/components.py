"""What the tabs share: plotly figures that follow the theme, the style gallery, and small pieces of text as HTML."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from html import escape
from importlib.util import find_spec
from logging import getLogger
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np

from stygaze.assets import asset
from stygaze.errors import StyGazeError
from stygaze.evaluation.look import STYLE_COLOURS
from stygaze.motion import Motion
from stygaze.ui.theme import file_url

log = getLogger(__name__)

GAZE_RANGE = 28.0  # degrees from the middle to the rim of a gallery picture, the same for all so that they compare


@contextmanager
def told() -> Iterator[None]:
    """Turn what goes wrong inside into one sentence on the page: the error's own where the visitor can do something."""
    try:
        yield
    except StyGazeError as error:
        raise gr.Error(str(error), title="Please check", duration=None, print_exception=False) from None
    except gr.Error:
        raise
    except Exception:
        log.exception("a request failed")
        raise gr.Error(
            "Something went wrong on our side; try again, and report it if it stays.",
            title="Sorry",
            duration=None,
            print_exception=False,
        ) from None


def plotly_folder() -> Path:
    """Where the installed plotly package keeps plotly.min.js; served as it is, so that the page needs no network."""
    spec = find_spec("plotly")
    assert spec is not None and spec.origin is not None
    return Path(spec.origin).parent / "package_data"


def head() -> str:
    """Scripts that the page loads, all from this server."""
    return (
        f'<script src="{file_url("ui", "page.js")}"></script>'
        f'<script src="{file_url("ui", "looks.js")}"></script>'
        f'<script src="{file_url("ui", "faces.js")}"></script>'
        f'<script defer src="gradio_api/file={(plotly_folder() / "plotly.min.js").as_posix()}"></script>'
        '<meta name="color-scheme" content="light dark">'
    )


def chart(label: str, height: int, kind: str = "chart", value: str = "", waiting: str = "", **options: Any) -> gr.HTML:
    """A plotly figure drawn by the page's own script. Its value is the figure as JSON text, or "" for none.

    Args:
        waiting: what stands there while there is no figure.
        kind: "chart"; "curves", which follows the player; "timeline", which also steps from event to event by key; or
            "map", whose `select` event carries a point's `index`.
    """
    arguments = "element, props, watch, trigger" if kind == "map" else "element, props, watch"
    return gr.HTML(
        value=value,
        label=label,
        html_template=f'<div class="sty-plot" style="min-height:{height}px"><div class="cursor"></div>'
        f'<div class="sty-empty">{escape(waiting)}</div>'
        f'<div class="sty-chart" role="img" aria-label="{escape(label)}"></div></div>',
        js_on_load=f"StyPage.{kind}({arguments})  // may trigger 'select'",
        apply_default_css=False,
        **options,
    )


def gallery(styles: dict[str, Motion], traits: dict[str, Sequence[dict]], value: str, **options: Any) -> gr.HTML:
    """Cards, one a style, of which one is chosen; its value is a key of `styles`.

    A card shows the gaze's path, the name, a line and bars, from `traits`: dicts with share (0 to 1), colour and text.
    """
    cards = [
        {
            "key": key,
            "name": motion.name,
            "description": motion.description,
            "path": gaze_path(motion),
            "colour": STYLE_COLOURS[i % len(STYLE_COLOURS)],
            "traits": list(traits[key]),
        }
        for i, (key, motion) in enumerate(styles.items())
    ]
    return gr.HTML(
        value=value,
        label="Style",
        html_template='<div class="sty-gallery" role="radiogroup" aria-label="Style"></div>',
        js_on_load="StyPage.gallery(element, props, watch, trigger)  // 'input'",
        styles=json.dumps(cards),
        apply_default_css=False,
        **options,
    )


def gaze_path(motion: Motion, points: int = 320) -> str:
    """Where the gaze goes in the world, as an SVG path in a circle of radius 1; as seen by who faces the head."""
    pitch, yaw = motion.world_gaze[: points * 2 : 2].T
    x, y = (np.clip(angle / GAZE_RANGE, -0.9, 0.9) for angle in (yaw, -pitch))
    return "M" + "L".join(f"{a:.3f} {b:.3f}" for a, b in zip(x, y, strict=True))


def text(name: str) -> str:
    """A longer text of the page, kept in assets/ui/texts."""
    return asset("ui", "texts", name).read_text(encoding="utf-8")


def html(markup: str, **options: Any) -> gr.HTML:
    """Trusted markup, in the page's own look."""
    return gr.HTML(markup, apply_default_css=False, **options)


def step(number: int, title: str, note: str = "") -> gr.HTML:
    """The heading of one step."""
    return html(f'<div class="sty-step"><i>{number}</i><b>{escape(title)}</b><span>{escape(note)}</span></div>')


def note(markup: str, **options: Any) -> gr.HTML:
    """A line of small text as a component."""
    return html(note_html(markup), **options)


def note_html(markup: str) -> str:
    """A line of small text; the markup is trusted, escape what a visitor wrote."""
    return f'<div class="sty-note">{markup}</div>'


def empty(sentence: str) -> str:
    """What stands where something will appear."""
    return f'<div class="sty-empty">{escape(sentence)}</div>'
