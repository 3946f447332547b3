"""The table of the front page is what the results give."""

from pathlib import Path

import pytest
import synthetic

from stygaze.errors import StyGazeError
from stygaze.evaluation.readme import BEGIN, END, block, put, standing
from stygaze.evaluation.results import Results

ROOT = Path(__file__).resolve().parent.parent


def test_the_readme_holds_what_the_results_give() -> None:
    readme, results = (ROOT / "README.md").read_text(encoding="utf-8"), ROOT / "results" / "hage" / "results.json"
    if not results.is_file():
        assert standing(readme) == "", "README.md has a table, but there are no results that it could come from"
        pytest.skip("no results yet: results/hage/results.json is made by script/tables")
    assert standing(readme) == block(Results.load(results)), "run script/readme_table"


def test_a_block_names_its_data_and_marks_the_best_model(tmp_path: Path) -> None:
    text = block(Results.load(synthetic.write(tmp_path)))
    assert text.index("Simulated data") < text.index("|")
    rows = {line.split(" | ")[0].strip("| "): line for line in text.splitlines() if line.startswith("|")}
    assert {"True motion", "Base", "SE-32", "SE-64", "SE-64-VEL", "TFM-SE-64", "Pseudo-SE-64", "Constant"} <= set(rows)
    assert "**3.7" in rows["TFM-SE-64"], "the least MAE of the made-up numbers is the Transformer's"
    assert "**" not in rows["Mean of 40 draws (oracle)"], "an oracle is not in the race"


def test_the_markers_must_be_there_once() -> None:
    assert standing(f"x {BEGIN}\nold\n{END} y") == "old"
    for broken in ("no marker", f"{END} {BEGIN}", f"{BEGIN} {BEGIN} {END}"):
        with pytest.raises(StyGazeError, match="markers"):
            put(broken, "new")
