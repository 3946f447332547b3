"""One report.html that holds everything it shows: what was done, what came out, tables, figures, how to repeat it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined

from stygaze.assets import asset
from stygaze.evaluation import paper, report_figures
from stygaze.evaluation.claims import claims
from stygaze.evaluation.facts import facts
from stygaze.evaluation.results import Results
from stygaze.evaluation.table import Column, Table
from stygaze.evaluation.table_files import units
from stygaze.evaluation.tables import PROTOCOL, build
from stygaze.motion_files import replacing

NAME = re.compile(r"\b(TFM-|Pseudo-)?SE-(32|64)(-VEL)?\b")
SECTIONS = (
    (
        "errors",
        "Errors frame by frame",
        "How far from what this person did in this very moment. The paper's Table II, under each protocol.",
    ),
    (
        "patterns",
        "Gaze patterns",
        "How often the eyes rest and how much the head moves, whatever the moment. The paper's Table IV.",
    ),
    (
        "events",
        "Events and coordination",
        "What eye-movement research would ask: how gaze rests and jumps, whether the eyes take back the head's turn.",
    ),
    (
        "liveliness",
        "Does it move as people do",
        "Free-running motion beside the truth, beside a second truth for the same speech and style, and beside a pose "
        "held still; whether it answers to speech when people do; and ten minutes of it.",
    ),
    ("two-sample", "Told from the truth", "What means hide: a classifier looks at whole windows of motion."),
    ("order", "Our order and the paper's", "Where the models stand to each other, measure by measure."),
    ("style", "Style encoders", "Do they know a person again, and by what?"),
    ("cost", "Search and training", "What was tried, and what it took."),
)
TITLES = {
    "short": "In short",
    "films": "Films",
    "rows": "How to read",
    "dynamics": "Dynamics (Fig. 3)",
    "map": "Map (Fig. 5)",
    "transfer": "Transfer (Fig. 6)",
    "calibration": "Simulated, recorded",
    "misprints": "Misprints",
    "repeat": "Repeat it",
}


def write_report(results: Results, path: str | Path) -> Path:
    """Write the report; `path` is the file, or a folder that gets report.html.

    Raises:
        StyGazeError: a figure's file that the results name is missing or broken.
    """
    path = Path(path)
    path = path / "report.html" if path.is_dir() else path
    with replacing(path) as temporary:
        temporary.write_text(render(results), encoding="utf-8")
    return path


def render(results: Results) -> str:
    """The report as HTML."""
    tables = build(results)
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, finalize=_unbroken)
    template = environment.from_string(asset("report", "report.html").read_text(encoding="utf-8"))
    made, corpus = dict(results.data.get("made") or {}), results.data["corpus"]
    shown = {
        "claims": claims(results),
        "facts": facts(results),
        "films": report_figures.films(results),
        "strips": report_figures.strips(results),
        "dynamics": report_figures.dynamics(results),
        "map": report_figures.session_map(results),
        "transfer": report_figures.transfer(results),
        "calibration": report_figures.calibration(results),
    }
    return template.render(
        corpus={"name": "", "profile": "", "hash": "", "seed": None, **corpus},
        made={"command": "", "commit": "", "date": "", "beside": None, **made},
        sizes=_sizes(results),
        contents=_contents(tables, shown),
        protocols=[(p.capitalize(), _sentence(PROTOCOL[p].partition(": ")[2])) for p in results.protocols],
        glossary=_glossary(results),
        sections=SECTIONS,
        misprints=paper.MISPRINTS,
        stages=_stages(made.get("seconds") or {}),
        tables_of=lambda section, source: [t for t in tables if t.section == section and t.source == source],
        units=units,
        starts=_starts,
        head_of=_head,
        formulas_of=_formulas,
        tab_of=_tab,
        css=asset("ui", "colours.css").read_text() + asset("report", "report.css").read_text(),
        plotly=_plotly(),
        page_js=asset("ui", "page.js").read_text(),
        **shown,
    )


def _unbroken(value: Any) -> Any:
    """Names of models never break at their hyphens; what is markup already stays as it is."""
    return NAME.sub(lambda m: m[0].replace("-", "\N{NON-BREAKING HYPHEN}"), value) if type(value) is str else value


def _plotly() -> str:
    """plotly.min.js of the installed package, once, safe inside a script element."""
    spec = find_spec("plotly")
    assert spec is not None and spec.origin is not None
    text = (Path(spec.origin).parent / "package_data" / "plotly.min.js").read_text(encoding="utf-8")
    return text.replace("</script", "<\\/script")


def _sizes(results: Results) -> list[tuple[str, str]]:
    """What a reader must know of the corpus, as pairs of name and value."""
    corpus = results.data["corpus"]
    found = []
    if corpus.get("hours"):
        found.append(("Simulated motion", f"{corpus['hours']:.1f} h"))
    for key, name in (("sessions", "Sessions"), ("speakers", "Speakers")):
        split = corpus.get(key) or {}
        if split:
            found.append((f"{name}: {', '.join(split)}", " · ".join(str(n) for n in split.values())))
    if corpus.get("coupling") is not None:
        found.append(("Coupling of motion to speech", f"{corpus['coupling']:g}"))
    if results.seeds:
        found.append(("Training seeds a model", f"{results.seeds}{results.fewer}"))
    return found


def _contents(tables: Sequence[Table], shown: dict[str, Any]) -> list[tuple[str, str]]:
    """Links to what the report has, in its order."""
    having = {t.section for t in tables}
    found = [(name, TITLES[name]) for name in ("short", "films", "rows") if name != "films" or shown[name]]
    for section, title, _ in SECTIONS:
        found += [(section, title)] if section in having else []
        after = {"events": ("dynamics",), "style": ("map", "transfer")}.get(section, ())
        found += [(name, TITLES[name]) for name in after if shown[name]]
    found += [("calibration", TITLES["calibration"])] if shown["calibration"] else []
    return [*found, ("misprints", TITLES["misprints"]), ("repeat", TITLES["repeat"])]


def _glossary(results: Results) -> list[dict[str, Any]]:
    """Every row once, with what it is."""
    protocols = results.protocols or ["windowed"]
    rows = {r["row"]: r for protocol in protocols for r in results.rows(protocol)}
    return [{"label": r["label"], "note": _sentence(r.get("note") or "")} for r in rows.values()]


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _starts(table: Table) -> list[Column]:
    """The first column of each group, which a line parts from the one before."""
    return [c for i, c in enumerate(table.columns) if i and c.group != table.columns[i - 1].group]


def _tab(table: Table) -> str:
    """What a table is called among those of its section: its protocol, where each protocol has one like it."""
    of_protocol = re.fullmatch(r"(?:table-\d|events)-(.+)", table.name)
    return of_protocol[1] if of_protocol else table.title.partition(",")[0]


def _head(column: Column) -> str:
    """A column's head; its arrow stays with the last word."""
    label, space, arrow = column.head.rpartition(" ")
    return f"{label}\N{NO-BREAK SPACE}{arrow}" if space and column.better else column.head


def _formulas(table: Table) -> dict[str, str]:
    """Formulas by label; columns of several groups share one."""
    return {c.label: c.formula for c in table.columns if c.formula}


def _stages(seconds: dict[str, float]) -> list[tuple[str, str, int]]:
    """Name, time and share of the longest, of each stage that was timed."""
    most = max(seconds.values(), default=0)
    return [(name, _duration(s), round(100 * s / most)) for name, s in seconds.items() if s and most]


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"
