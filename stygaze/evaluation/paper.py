"""The paper's own numbers (Tables II to V), as printed, for the column beside ours; its misprints, with the evidence.

Its data are not ours: the numbers say how large each error is on its recordings, no more.
"""

from __future__ import annotations

from dataclasses import dataclass

_GROUPS = ("all", "gaze", "head")


@dataclass(frozen=True)
class Misprint:
    """A number of the paper that its own other numbers rule out.

    Attributes:
        row, key: where. printed: what stands there.
        expected: what follows from the row's other numbers; None where only a bound does.
        note: one sentence for the report.
    """

    row: str
    key: str
    printed: float
    expected: float | None
    note: str


def _table_ii(mae: str, vel: str, mee: str, bas: str, ce: float) -> dict[str, float]:
    """One row of Table II, each cell group as all/gaze/head."""
    cells = {"mae": mae, "vel": vel, "mee": mee, "bas": bas}
    values = {
        f"{name}_{group}": float(value)
        for name, text in cells.items()
        for group, value in zip(_GROUPS, text.split("/"), strict=True)
    }
    return values | {"ce": ce}


# Table II: overall evaluation. Keys are those of our own tables; Vel is printed once and not said in which reading.
TABLE_II = {
    "base": _table_ii("5.149/6.616/3.193", "6.840/11.888/.108", "57.350/57.174/.398", ".219/.205/.211", 0.139),
    "se-32": _table_ii("5.097/6.527/3.189", "6.863/11.928/.109", "56.836/56.655/.403", ".221/.231/.207", 0.138),
    "se-64": _table_ii("5.087/6.535/3.156", "6.843/11.894/.107", "56.411/56.215/.390", ".236/.238/.205", 0.136),
    "se-64-vel": _table_ii("5.219/6.645/3.317", "6.715/11.668/.112", "56.616/56.445/.413", ".243/.240/.212", 0.152),
    "tfm-se-64": _table_ii("5.659/7.353/3.400", "7.852/13.618/.166", "71.177/70.938/.611", ".197/.199/.203", 0.137),
    "pseudo-se-64": _table_ii("6.004/7.601/3.873", "7.013/12.165/.114", "58.023/56.71/.421", ".203/.202/.201", 0.148),
}

# Table III: head alone, models that make no gaze. mae, vel, mee, bas.
_HEAD_ONLY = {
    "SadTalker": (3.935, 0.173, 0.618, 0.199),
    "DiffPoseTalk": (4.415, 0.093, 0.327, 0.199),
    "Audio2Head": (5.810, 0.175, 0.648, 0.193),
    "PC-AVS": (3.937, 0.199, 0.719, 0.197),
    "MakeItTalk": (3.939, 0.211, 0.766, 0.198),
}
TABLE_III = {
    name: dict(zip(("mae_head", "vel_head", "mee_head", "bas_head"), values, strict=True))
    for name, values in _HEAD_ONLY.items()
}

# Table IV: gaze patterns. saccade and fixation share (printed in %), CompScore, SimScore; GT is the row `true`.
_PATTERNS = {
    "true": (0.3887, 0.6113, -0.3366, 1.0),
    "base": (0.2583, 0.7417, -0.2890, 0.8220),
    "se-32": (0.2902, 0.7098, -0.3021, 0.8670),
    "se-64": (0.3078, 0.6922, -0.3054, 0.8879),
    "se-64-vel": (0.3267, 0.6733, -0.3100, 0.9114),
    "tfm-se-64": (0.1543, 0.8457, -0.2006, 0.6296),
    "pseudo-se-64": (0.2633, 0.7367, -0.2873, 0.7082),
}
TABLE_IV = {
    row: dict(zip(("saccade_ratio", "fixation_ratio", "comp_score", "sim_score"), values, strict=True))
    for row, values in _PATTERNS.items()
}

# Table V: 78 people's choices among three, %. naturalness, realism, style similarity.
TABLE_V = {"DiffPoseTalk": (24.5, 26.2, 24.4), "tfm-se-64": (27.2, 25.3, 27.6), "se-64": (48.3, 48.5, 47.9)}

MISPRINTS = (
    Misprint(
        "pseudo-se-64",
        "sim_score",
        0.7082,
        0.8253,
        "The paper prints SimScore .7082 for Pseudo-SE-64; its own fixation share and CompScore give .8253, as they"
        " give the printed value in the other five rows.",
    ),
    Misprint(
        "pseudo-se-64",
        "mee_all",
        58.023,
        None,
        "The paper's MEE All of Pseudo-SE-64 (58.023) is larger than its gaze and head parts together (56.71 + .421),"
        " which no definition over the same frames allows.",
    ),
    Misprint(
        "pseudo-se-64",
        "vel_all",
        7.013,
        7.0003,
        "The paper's Vel All of Pseudo-SE-64 (7.013) is .013 above (4 gaze + 3 head) / 7, which gives the printed value"
        " in the other five rows.",
    ),
)


def paper_value(row: str, key: str) -> float | None:
    """The paper's number for a row and a metric key of ours, None where it has none.

    Both readings of Vel get the printed Vel: the paper does not say which it is.

    >>> paper_value("se-64", "mae_all"), paper_value("se-64", "vel_speed_gaze"), paper_value("true", "comp_score")
    (5.087, 11.894, -0.3366)
    >>> paper_value("se-64", "vor_gain") is None
    True
    """
    key = key.replace("vel_speed_", "vel_")
    return (TABLE_II.get(row, {}) | TABLE_IV.get(row, {})).get(key)


def misprint(row: str, key: str) -> Misprint | None:
    """What is known to be wrong with the paper's number, if anything.

    >>> misprint("pseudo-se-64", "sim_score").expected, misprint("base", "sim_score")
    (0.8253, None)
    """
    return next((m for m in MISPRINTS if (m.row, m.key) == (row, key)), None)
