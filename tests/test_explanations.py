"""An explanation is given only where the figures show it."""

from stygaze.evaluation.explanations import explanations


def results(**rows: dict[str, float]) -> dict:
    return {
        "rows": [
            {"row": name.replace("_", "-"), "protocol": "windowed", "metrics": {k: {"mean": v} for k, v in row.items()}}
            for name, row in rows.items()
        ]
    }


def model(mae: float, rmse: float, moved: float, energy: float = 2.0) -> dict[str, float]:
    return {"mae_all": mae, "rmse_all": rmse, "moved": moved, "error_at_50": mae + 0.1, "gaze_energy": energy}


TRUE = {"mae_all": 0.0, "moved": 4.7, "gaze_energy": 53.0}


def test_daring_is_the_reason_only_where_squared_error_says_so():
    bold = explanations(results(true=TRUE, base=model(4.0, 9.2, 2.5), se_64=model(4.06, 9.1, 3.1)))
    assert "3.10°" in bold["style"] and "4.70°" in bold["style"]
    assert "style" not in explanations(results(true=TRUE, base=model(4.0, 9.0, 2.5), se_64=model(4.06, 9.1, 3.1)))
    assert "style" not in explanations(results(true=TRUE, base=model(4.1, 9.2, 2.5), se_64=model(4.06, 9.1, 3.1)))


def test_the_velocity_loss_is_explained_only_where_it_stills_gaze():
    still = results(true=TRUE, se_64=model(4, 9, 3, 2.0), se_64_vel=model(4, 9, 3, 1.8))
    assert "1.80 against 2.00" in explanations(still)["velocity"]
    lively = results(true=TRUE, se_64=model(4, 9, 3, 2.0), se_64_vel=model(4, 9, 3, 5.0))
    assert "velocity" not in explanations(lively)
    assert explanations(results(true=TRUE)) == {}


def test_more_of_the_loss_is_told_where_it_takes_more_away():
    still = results(true=TRUE, se_64=model(4, 9, 3, 2.0), se_64_vel=model(4, 9, 3, 1.8))
    said = (("true motion", 1), ("1", 0.8), ("0.5", 0.7), ("0.1", 0.6))
    tried = [{"position share": s, "sim_score": v} for s, v in said]
    assert "0: 0.800, 0.5: 0.700, 0.9: 0.600" in explanations(still, more_loss=tried)["velocity"]
    tried[-1]["sim_score"] = 0.9
    assert "share" not in explanations(still, more_loss=tried)["velocity"]
