"""Why our order differs from the paper's where it does, said only where the figures beside it show it."""

from __future__ import annotations

from typing import Any

Rows = dict[str, dict[str, float]]


def explanations(
    results: dict[str, Any], protocol: str = "windowed", more_loss: list[dict[str, Any]] | None = None
) -> dict[str, str]:
    """Sentences by the id of a claim (`evaluation.claims`), from the means of one protocol; only those that hold.

    Args:
        more_loss: rows of velocity-loss.json (`script/velocity_loss`), where that was made.
    """
    rows: Rows = {
        r["row"]: {k: v["mean"] for k, v in r["metrics"].items() if v["mean"] is not None}
        for r in results["rows"]
        if r["protocol"] == protocol
    }
    found = {"style": _bold(rows), "velocity": _velocity(rows, more_loss or []), "pseudo": _estimated(rows)}
    return {name: text for name, text in found.items() if text}


def _bold(rows: Rows) -> str:
    """Better in what it was trained for, worse in MAE: because it moves more."""
    style, base, true = (rows.get(name, {}) for name in ("se-64", "base", "true"))
    if not {"moved", "rmse_all", "mae_all"} <= set(style) & set(base) or "moved" not in true:
        return ""
    if not (style["mae_all"] > base["mae_all"] and style["rmse_all"] < base["rmse_all"]):
        return ""
    return (
        f"In squared error, which both were trained on, the style helps: RMSE {style['rmse_all']:.3f}° against "
        f"{base['rmse_all']:.3f}°. MAE charges for daring: SE-64 leaves the last true frame by {style['moved']:.2f}° "
        f"on average, Base by {base['moved']:.2f}°, the truth by {true['moved']:.2f}°. With half of their movement "
        f"taken back MAE is {style['error_at_50']:.3f}° and {base['error_at_50']:.3f}° (table Bold or timid)."
    )


def _velocity(rows: Rows, more_loss: list[dict[str, Any]]) -> str:
    """The velocity loss asks for the mean velocity, and that of jumps at unforeseen times is nearly none."""
    with_loss, without, true = (rows.get(name, {}) for name in ("se-64-vel", "se-64", "true"))
    if not all("gaze_energy" in row for row in (with_loss, without, true)):
        return ""
    if with_loss["gaze_energy"] > without["gaze_energy"]:
        return ""
    said = (
        "What makes the squared velocity error small is the mean of all velocities that might come, and where nobody "
        "can foretell the frame of a saccade that mean is nearly zero: with the loss, gaze moves not more but less "
        f"(energy {with_loss['gaze_energy']:.2f} against {without['gaze_energy']:.2f} deg²/frame² without it; the "
        f"truth has {true['gaze_energy']:.0f})."
    )
    tried = [row for row in more_loss if row["position share"].replace(".", "").isdigit()]
    scores = [row["sim_score"] for row in tried]
    if len(tried) > 2 and scores == sorted(scores, reverse=True):
        steps = ", ".join(f"{1 - float(row['position share']):.2g}: {row['sim_score']:.3f}" for row in tried)
        said += f" More of it takes more away: SimScore on validation by the velocity loss's share, {steps}."
    return said


def _estimated(rows: Rows) -> str:
    """Noise in what a model learned from makes it cautious, and caution is cheap in MAE."""
    pseudo, style = rows.get("pseudo-se-64", {}), rows.get("se-64", {})
    if not {"moved", "mae_gaze", "rmse_gaze"} <= set(pseudo) & set(style):
        return ""
    if not (pseudo["mae_gaze"] < style["mae_gaze"] and pseudo["moved"] < style["moved"]):
        return ""
    return (
        f"Trained on shrunken, noisy estimates it moves less ({pseudo['moved']:.2f}° from the last true frame against "
        f"{style['moved']:.2f}°), which MAE rewards; RMSE of gaze is {pseudo['rmse_gaze']:.3f}° against "
        f"{style['rmse_gaze']:.3f}°."
    )
