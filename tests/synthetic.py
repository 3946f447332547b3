"""A made-up evaluation, in the shape that a real one has; for the tests of tables, report and page only."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

LABELS = {
    "true": ("True motion", "true"),
    "base": ("Base", "model"),
    "se-32": ("SE-32", "model"),
    "se-64": ("SE-64", "model"),
    "se-64-vel": ("SE-64-VEL", "model"),
    "tfm-se-64": ("TFM-SE-64", "model"),
    "pseudo-se-64": ("Pseudo-SE-64", "model"),
    "events": ("Events", "model"),
    "events-mean": ("Events, mean of 20 draws", "control"),
    "shuffled-speech": ("SE-64, other speech", "control"),
    "constant": ("Constant", "reference"),
    "copy": ("Copy", "reference"),
    "independent-draw": ("Independent draw", "reference"),
    "session-mean": ("Session mean (oracle)", "oracle"),
    "oracle-mean": ("Mean of 40 draws (oracle)", "oracle"),
}
# MAE all, Vel gaze, MEE gaze, CE, BAS, fixation share, CompScore, gaze energy
FIGURES = {
    "true": (0.0, 0.0, 0.0, 0.0, 0.262, 0.612, -0.337, 52.1),
    "base": (3.92, 12.50, 50.1, 0.214, 0.221, 0.741, -0.232, 2.9),
    "se-32": (3.81, 12.47, 49.9, 0.158, 0.223, 0.722, -0.251, 3.1),
    "se-64": (3.78, 12.46, 49.8, 0.142, 0.222, 0.718, -0.254, 3.2),
    "se-64-vel": (3.88, 12.21, 48.7, 0.151, 0.231, 0.679, -0.301, 4.4),
    "tfm-se-64": (3.74, 12.58, 50.3, 0.149, 0.214, 0.762, -0.205, 2.2),
    "pseudo-se-64": (4.31, 12.93, 51.0, 0.262, 0.219, 0.655, -0.249, 5.8),
    "events": (5.36, 24.70, 77.0, 0.083, 0.230, 0.604, -0.329, 50.9),
    "events-mean": (3.80, 12.40, 50.0, 0.412, 0.270, 0.880, -0.120, 1.3),
    "shuffled-speech": (3.86, 12.49, 49.9, 0.147, 0.205, 0.716, -0.255, 3.2),
    "constant": (4.55, 12.60, 52.1, 0.641, float("nan"), 1.0, 0.0, 0.0),
    "copy": (6.62, 25.10, 78.3, 0.081, 0.207, 0.608, -0.341, 52.6),
    "independent-draw": (5.31, 24.90, 77.2, 0.079, 0.231, 0.611, -0.338, 52.0),
    "session-mean": (4.31, 12.60, 52.1, 0.622, float("nan"), 1.0, 0.0, 0.0),
    "oracle-mean": (3.51, 12.01, 49.2, 0.402, 0.288, 0.901, -0.112, 1.1),
}
SHIFT = {"windowed": 1.0, "free": 1.12, "own-past": 1.2, "-": 1.12}


def results(seed: int = 0) -> dict[str, Any]:
    """results.json as a dict: six models under three protocols with three seeds, and what stands beside them."""
    rng = np.random.default_rng(seed)
    rows = []
    for row, (label, kind) in LABELS.items():
        trained = kind in ("model", "control")
        protocols = ["windowed", "free"] if kind in ("true", "control") else list(SHIFT)[:3] if trained else ["-"]
        protocols = ["free"] if row.startswith("events") else protocols
        for protocol in protocols:
            rows.append(
                {"row": row, "label": label, "kind": kind, "protocol": protocol, "note": ""}
                | {"seeds": [0, 1, 2] if trained else [0], "metrics": _metrics(row, protocol, trained, rng)}
            )
    return {
        "corpus": {
            "name": "made-up",
            "profile": "hage",
            "hash": "0" * 12,
            "hours": 10.2,
            "sessions": {"train": 150, "validation": 20, "test": 24},
            "speakers": {"train": 11, "validation": 3, "test": 3},
            "coupling": 0.7,
            "seed": 0,
        },
        "made": {
            "command": "script/tables speech",
            "commit": "0000000",
            "date": "2000-01-01",
            "seconds": {"corpus": 310, "style encoders": 820, "generators": 4100, "evaluation": 900},
        },
        "formulas": {
            "mae": "mean over frames and columns of |x_pred - x_true|; all = (4 gaze + 3 head) / 7",
            "vel": "mean over frames and columns of (v_pred - v_true)^2",
            "vel_speed": "mean over frames and columns of (|v_pred| - |v_true|)^2",
            "mee": "mean over frames of |sum v_pred^2 - sum v_true^2|",
            "ce": "1 - cos(style of the true window, style of the predicted window)",
            "bas": "mean over kinematic beats of exp(-d^2 / 2 sigma^2), sigma = 50 ms",
            "sim_score": "1 - (|FixRatio_true - FixRatio_pred| + |CompScore_true - CompScore_pred|)",
        },
        "rows": rows,
        "two_sample": _two_sample(rng),
        "takes": [{"group": g, "takes": 24, "frames": 6000, "strangers": 1} for g in ("unseen", "seen")],
        "liveliness": _liveliness(rng),
        "style_encoders": _style_encoders(rng),
        "search": [
            {
                "row": row,
                "trials": [{"settings": {"lr": 1e-3}, "score": float(s)} for s in rng.uniform(0.4, 0.6, 6)],
                "chosen": {"learning_rate": 0.001, "layers": 2, "width": 256},
            }
            for row, (_, kind) in LABELS.items()
            if kind == "model"
        ],
        "training": [
            {"row": row, "seed": s, "steps": 1500, "parameters": 912_345, "seconds": 300.0 + s, "validation": {}}
            for row, (_, kind) in LABELS.items()
            if kind == "model"
            for s in range(3)
        ],
        "explanations": {"transformer": "Made up: the Transformer sees the whole past at once."},
        "figures": {},
    }


def _metrics(row: str, protocol: str, trained: bool, rng: np.random.Generator) -> dict[str, Any]:
    mae, vel, mee, ce, bas, fix, comp, energy = FIGURES[row]
    off = SHIFT[protocol]
    mae, ce = mae * off, min(ce * off, 1.0)
    figures = {
        **{"mae_all": mae, "mae_gaze": 1.3 * mae, "mae_head": 0.6 * mae},
        **{"vel_all": 0.58 * vel, "vel_gaze": vel, "vel_head": 0.009 * vel},
        **{"vel_speed_all": 0.5 * vel, "vel_speed_gaze": 0.9 * vel, "vel_speed_head": 0.007 * vel},
        **{"mee_all": 1.004 * mee, "mee_gaze": mee, "mee_head": 0.007 * mee},
        "ce": ce,
        **{f"bas_{part}": bas + k for part, k in (("all", 0.0), ("gaze", 0.004), ("head", -0.006))},
        **dict.fromkeys(("bas_chance_all", "bas_chance_gaze", "bas_chance_head"), 0.208),
        **{"fixation_ratio": fix, "saccade_ratio": 1 - fix, "comp_score": comp},
        "sim_score": 1 - abs(fix - FIGURES["true"][5]) - abs(comp - FIGURES["true"][6]),
        **{"world_fixation_ratio": min(1, fix + 0.18), "fixation_duration": 0.31, "saccade_rate": 0.05 * energy},
        **{"saccade_amplitude": 6.1, "saccades_under_15": 0.93, "fast_share": 0.0036 * energy},
        **{
            "gaze_energy": energy,
            "head_energy": -comp,
            "head_speed": -comp,
            "vor_gain": -0.9,
            "vor_correlation": -0.93,
        },
        **{"opposite_share": 0.97, "w1_speed": 0.02 * mae, "w1_amplitude": 0.4 * mae, "w1_fixation": 0.03 * mae},
    }
    return {key: _spread(value, 0.006 if trained else 0.0, 3 if trained else 1, rng) for key, value in figures.items()}


def _spread(value: float, share: float, n: int, rng: np.random.Generator) -> dict[str, Any]:
    if np.isnan(value):
        return {"mean": None, "sd": None, "values": [None] * n}
    values = value * (1 + share * rng.standard_normal(n))
    sd = round(float(np.std(values, ddof=1)), 6) if n > 1 else None
    return {"mean": round(float(values.mean()), 6), "sd": sd, "values": [round(float(v), 6) for v in values]}


def _two_sample(rng: np.random.Generator) -> list[dict[str, Any]]:
    shares = {
        "independent-draw": 0.51,
        **dict.fromkeys(("base", "se-32", "se-64", "se-64-vel", "pseudo-se-64", "constant"), 0.995),
        **{"tfm-se-64": 0.999, "events": 0.58},
        **{"control: saccades widened": 0.81, "control: head smoothed": 0.97, "control: eyes delayed": 0.99},
    }
    tests = [(row, "all", 4.0, share) for row, share in shares.items()]
    tests += [("independent-draw", of, 4.0, 0.5) for of in ("eyes", "world gaze", "head differences")]
    tests.append(("independent-draw", "all", 20.0, 0.49))
    return [
        {"row": row, "protocol": "free", "styles": styles, "columns": of, "window_s": window}
        | {"accuracy": _spread(off * share, 0.004, 3, rng), "interval": [share - 0.02, min(1.0, share + 0.02)]}
        for styles, off in (("unseen", 1.0), ("seen", 0.97))
        for row, of, window, share in tests
        if styles == "unseen" or not row.startswith("control")
    ]


def _liveliness(rng: np.random.Generator) -> list[dict[str, Any]]:
    """Events within every bound but one: its head's energy is too high."""
    rows = []
    for row in ("true", "events", "se-64-vel", "constant", "independent-draw"):
        figures = _metrics(row, "free", row in ("events", "se-64-vel"), rng)
        figures["head_energy"] = _spread(0.3 if row == "events" else 0.2, 0.0, 1, rng)
        figures |= {key: _spread(value, 0.0, 1, rng) for key, value in (("recognised", 0.8), ("turn_aversion", 0.4))}
        figures |= (
            {"jump_auc": _spread(0.78, 0.0, 1, rng), "minute_means": _spread(1.0, 0.0, 1, rng)}
            if row == "events"
            else {}
        )
        label, kind = LABELS[row]
        rows.append(
            {"row": row, "label": label, "kind": kind, "protocol": "free", "note": "", "seeds": [0], "metrics": figures}
        )
    return rows


def _style_encoders(rng: np.random.Generator) -> list[dict[str, Any]]:
    shapes = [("style-64", 64, True, True, 0.84), ("style-32", 32, True, True, 0.83)]
    shapes += [("style-64-no-position", 64, False, True, 0.81), ("style-64-mean-free", 64, True, False, 0.52)]
    return [
        {"name": name, "dim": dim, "positional": positional, "absolute": absolute, "seed": seed, "sessions": 24}
        | {"accuracy_4s": share + 0.01 * rng.standard_normal(), "accuracy_10s": share + 0.06, "silhouette": share - 0.5}
        | {"ce_floor": 0.91, "ce_ceiling": 0.11, "order_blind": 0.12 if positional else 0.0}
        for name, dim, positional, absolute, share in shapes
        for seed in range(2)
    ]


def write(folder: Path, figures: bool = False) -> Path:
    """The made-up evaluation as files; with `figures`, those of the map, transfer and dynamics too."""
    data = results()
    if figures:
        for name, content in figure_files().items():
            (folder / f"{name}.json").write_text(json.dumps(content))
            data["figures"][name] = f"{name}.json"
    (folder / "results.json").write_text(json.dumps(data))
    return folder / "results.json"


def figure_files() -> dict[str, Any]:
    """The data of Figures 5, 6 and 3, from made-up motion."""
    rng = np.random.default_rng(1)
    points = [
        {"x": float(cx + dx), "y": float(cy + dy), "session": f"session-{s}", "kind": kind}
        for s, (cx, cy) in enumerate(rng.normal(0, 20, (10, 2)))
        for kind in ("true", "predicted")
        for dx, dy in rng.normal(0, 2, (8, 2))
    ]
    return {"map": {"model": "se-64", "protocol": "windowed", "points": points}}
