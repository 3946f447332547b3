"""The columns of each table: what is shown of a row, in which direction it is good, how many digits mean something."""

from __future__ import annotations

from stygaze.evaluation.table import Column

PARTS = (("all", "All"), ("gaze", "Gaze"), ("head", "Head"))


def _errors(part: str, name: str) -> tuple[Column, ...]:
    """The paper's measures of one group of columns, Vel in both readings, beats with their chance level."""
    shared = (Column("ce", "CE", name, "low", 3),) if part == "all" else ()
    return (
        Column(f"mae_{part}", "MAE", name, "low", 3, "deg"),
        Column(f"rmse_{part}", "RMSE", name, "low", 3, "deg"),
        Column(f"vel_{part}", "Vel", name, "low", 3, "deg²/frame²"),
        Column(f"vel_speed_{part}", "Vel (speed)", name, "low", 3, "deg²/frame²"),
        Column(f"mee_{part}", "MEE", name, "low", 3, "deg²/frame²"),
        *shared,
        Column(f"bas_{part}", "BAS", name, "high", 3),
        Column(f"bas_chance_{part}", "chance", name, "", 3),
    )


ERRORS = tuple(column for part, name in PARTS for column in _errors(part, name))

PATTERNS = (
    Column("saccade_ratio", "Saccades", better="true", digits=2, unit="%"),
    Column("fixation_ratio", "Fixations", better="true", digits=2, unit="%"),
    Column("comp_score", "CompScore", better="true", digits=4, unit="deg/frame"),
    Column("sim_score", "SimScore", better="high", digits=4),
)

EVENTS = (
    Column("world_fixation_ratio", "At rest", "Events", "true", 1, "%"),
    Column("fixation_duration", "Fixation", "Events", "true", 2, "s"),
    Column("saccade_rate", "Saccades", "Events", "true", 2, "per s"),
    Column("saccade_amplitude", "Amplitude", "Events", "true", 1, "deg"),
    Column("saccades_under_15", "Under 15°", "Events", "true", 1, "%"),
    Column("fast_share", "Fast frames", "Events", "true", 1, "%"),
    Column("gaze_energy", "Gaze energy", "Movement", "true", 2, "deg²/frame²"),
    Column("head_energy", "Head energy", "Movement", "true", 3, "deg²/frame²"),
    Column("head_speed", "Head speed", "Movement", "true", 3, "deg/frame"),
    Column("vor_gain", "VOR gain", "Eye and head", "true", 2),
    Column("vor_correlation", "Correlation", "Eye and head", "true", 2),
    Column("opposite_share", "Opposite", "Eye and head", "true", 1, "%"),
    Column("w1_speed", "Speed", "Distance to the truth (W1)", "low", 3, "deg/frame"),
    Column("w1_amplitude", "Amplitude", "Distance to the truth (W1)", "low", 3, "deg"),
    Column("w1_fixation", "Fixation", "Distance to the truth (W1)", "low", 4, "s"),
)

BOLDNESS = (
    Column("moved", "Moved", "How far", "true", 3, "deg"),
    Column("mae_all", "MAE", "Error", "low", 3, "deg"),
    Column("error_at_80", "at .8", "Error", "low", 3, "deg"),
    Column("error_at_50", "at .5", "Error", "low", 3, "deg"),
    Column("rmse_all", "RMSE", "Error", "low", 3, "deg"),
)

STYLE = (
    Column("dim", "Numbers", digits=0, formula="length of a style"),
    Column(
        "positional", "Positions", formula="whether frames carry their place in the window (sinusoids, one a place)"
    ),
    Column(
        "absolute", "Posture", formula="whether it sees angles as they are; without, each window's mean is taken out"
    ),
    Column(
        "accuracy_4s",
        "4 s",
        "Finds its own session",
        "high",
        1,
        "%",
        "share of windows of test sessions whose nearest other windows (cosine, kNN) are of the same session",
    ),
    Column(
        "accuracy_10s",
        "10 s",
        "Finds its own session",
        "high",
        1,
        "%",
        "the same with the mean style of 10 s",
    ),
    Column("chance", "chance", "Finds its own session", "", 1, "%", "1 / number of sessions"),
    Column(
        "silhouette",
        "Silhouette",
        "",
        "high",
        3,
        "",
        "mean of (b - a) / max(a, b): a mean cosine distance within the session, b to the nearest other session",
    ),
    Column("ce_floor", "floor", "CE", "", 3, "", "1 - cos(style of a true window, style of another session's)"),
    Column("ce_ceiling", "ceiling", "CE", "", 3, "", "1 - cos(style of a true window, style of the next true window)"),
    Column(
        "order_blind",
        "Frames shuffled",
        "CE",
        "",
        3,
        "",
        "1 - cos(style of a window, style of the same frames in random order); 0 is blind to order",
    ),
    Column("sessions", "Sessions", digits=0, formula="test sessions"),
)

# The page shows these of the chosen model's row.
PAGE = (*(column for column in ERRORS if column.group == "All"), *PATTERNS)
