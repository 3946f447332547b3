"""Tables of an evaluation and what is said of them, on made-up results of the shape that a real one has."""

import csv
import json
from pathlib import Path

import pytest
import synthetic

from stygaze.errors import StyGazeError
from stygaze.evaluation import claims, facts, orders
from stygaze.evaluation.results import Results, Score
from stygaze.evaluation.table import Cell, Column, Row, Table, finished
from stygaze.evaluation.table_files import comma_separated, markdown, write_tables
from stygaze.evaluation.tables import build, named


@pytest.fixture
def results(tmp_path: Path) -> Results:
    return Results.load(synthetic.write(tmp_path))


def row_of(table: Table, row: str) -> dict[str, str]:
    found = next(r for r in table.rows if r.id == row)
    return {c.key: table.shown(found, c)[0] for c in table.columns}


def test_every_table_is_there(results: Results) -> None:
    tables = {t.name: t for t in build(results)}
    protocols = ("windowed", "free", "own-past")
    assert {f"{kind}-{p}" for kind in ("table-2", "table-4", "events") for p in protocols} <= set(tables)
    assert {"paper-table-2", "paper-table-4", "orders", "style-encoders", "search", "training"} <= set(tables)
    assert {"two-sample-unseen", "two-sample-seen", "moments", "draws", "speech", "ten-minutes"} <= set(tables)
    measured = [t for t in tables.values() if t.section in ("errors", "patterns", "events") and t.source == "ours"]
    assert len(measured) == 9 and all("Simulated data" in t.caption for t in measured)


def test_a_model_with_fewer_training_seeds_is_named(results: Results) -> None:
    assert results.fewer == ""
    for row in results.data["rows"]:
        if row["row"] == "events":
            row["seeds"] = [0]
    assert results.seeds == 3 and results.fewer == " (Events: 1)"
    assert any("over 3 training seeds (Events: 1)." in table.caption for table in build(results))


def test_the_papers_numbers_never_share_a_table_with_ours(results: Results) -> None:
    tables = build(results)
    printed, ours = named(tables, "paper-table-2"), named(tables, "table-2-windowed")
    assert printed and ours and printed.source == "paper" and ours.source == "ours"
    assert row_of(printed, "se-64")["mae_all"] == "5.087"
    assert "never a value" in printed.caption
    for table in tables:
        shown = {v for r in table.rows for v in row_of(table, r.id).values()} if table.source == "ours" else set()
        assert not {"5.087", "56.411", "71.177"} & shown, f"{table.title} shows a number of the paper"


def test_misprints_are_marked(results: Results) -> None:
    tables = build(results)
    patterns, errors = named(tables, "paper-table-4"), named(tables, "paper-table-2")
    assert patterns and errors
    assert row_of(patterns, "pseudo-se-64")["sim_score"] == "0.7082*"
    assert row_of(errors, "pseudo-se-64")["mee_all"] == "58.023*"
    assert any(".8253" in note for note in patterns.notes)


def test_the_truth_stands_first_and_keeps_its_protocol(results: Results) -> None:
    for protocol in ("windowed", "free", "own-past"):
        table = named(build(results), f"table-4-{protocol}")
        assert table and table.rows[0].kind == "true"
        kinds = [r.kind for r in table.rows]
        assert kinds == sorted(kinds, key=["true", "model", "control", "reference", "oracle"].index)


def test_a_model_that_makes_draws_is_said_not_to_foresee(results: Results) -> None:
    tables = build(results)
    for protocol in ("windowed", "own-past"):
        table = named(tables, f"table-2-{protocol}")
        assert table and set(row_of(table, "events").values()) == {"–"}
        assert "runs freely only" in next(r.note for r in table.rows if r.id == "events")
        assert not any(r.id == "events-mean" for r in table.rows)
    free = named(tables, "table-2-free")
    assert free and row_of(free, "events")["mae_all"] != "–" and row_of(free, "events-mean")["mae_all"] != "–"


def test_bounds_hold_or_not_by_the_numbers(results: Results) -> None:
    table = named(build(results), "moments")
    assert table
    verdicts = {r.id: row_of(table, r.id)["holds"] for r in table.rows}
    assert verdicts.pop("head_energy") == "no" and verdicts.pop("mae_all") == "yes"
    assert verdicts["fixation_ratio"] == verdicts["gaze_energy"] == verdicts["recognised"] == "yes"
    assert row_of(table, "fixation_ratio")["true"] == "61.20"


def test_told_from_true_is_by_unseen_styles(results: Results) -> None:
    unseen, seen = (named(build(results), f"two-sample-{s}") for s in ("unseen", "seen"))
    assert unseen and seen
    assert row_of(unseen, "events")["all, 4 s"] != row_of(seen, "events")["all, 4 s"]
    assert f"{results.told()['events'].mean:.3f}" == row_of(unseen, "events")["all, 4 s"]
    assert any("24 takes of 240 s, 1 of them of people drawn anew" in note for note in unseen.notes)


def simple(better: str, true: float = 0.5, **values: float) -> Table:
    rows = [Row(k, k, "model", (Cell(Score(v)),)) for k, v in values.items()]
    rows += [Row("oracle", "oracle", "oracle", (Cell(Score(0.0)),)), Row("true", "true", "true", (Cell(Score(true)),))]
    table = finished(Table("t", "t", "", (Column("x", "x", better=better, digits=2),), tuple(rows)))  # type: ignore[arg-type]
    assert table
    return table


@pytest.mark.parametrize(
    ("better", "values", "best"),
    [
        ("low", {"a": 1.0, "b": 2.0}, {"a"}),
        ("high", {"a": 1.0, "b": 2.0}, {"b"}),
        ("true", {"a": 0.1, "b": 0.7}, {"b"}),
        ("low", {"a": 1.001, "b": 1.004, "c": 2.0}, {"a", "b"}),
        ("low", {"a": 1.001, "b": 1.004}, set()),
        ("low", {"a": 1.0}, set()),
        ("", {"a": 1.0, "b": 2.0}, set()),
    ],
    ids=["low", "high", "nearest to the truth", "alike as shown", "all alike", "alone", "nothing is better"],
)
def test_the_best_is_marked_among_models_only(better: str, values: dict[str, float], best: set[str]) -> None:
    assert {r.id for r in simple(better, **values).rows if r.cells[0].best} == best


def test_what_nobody_measured_is_left_out(tmp_path: Path) -> None:
    data = synthetic.results()
    for row in data["rows"]:
        row["metrics"].pop("vor_gain", None)
        row["metrics"]["w1_speed"] = None
    (tmp_path / "results.json").write_text(json.dumps(data))
    table = named(build(Results.load(tmp_path)), "events-free")
    assert table and not {"vor_gain", "w1_speed"} & {c.key for c in table.columns}


def test_files_of_tables(results: Results, tmp_path: Path) -> None:
    tables = build(results)
    paths = {p.name: p for p in write_tables(tables, results, tmp_path / "out")}
    table = named(tables, "table-2-windowed")
    assert table
    with open(paths["table-2-windowed.csv"], newline="") as file:
        rows = {r["row"]: r for r in csv.DictReader(file)}
    score = results.score("se-64", "windowed", "mae_all")
    assert float(rows["se-64"]["mae_all"]) == pytest.approx(score.mean, rel=1e-5)
    assert float(rows["se-64"]["mae_all_sd"]) == pytest.approx(score.sd, rel=1e-5)
    assert rows["constant"]["bas_all"] == ""
    written = json.loads(paths["tables.json"].read_text())
    assert [t["name"] for t in written] == [t.name for t in tables]
    text = paths["tables.md"].read_text()
    widths = {line.count("|") for line in markdown(table).splitlines() if line.startswith("|")}
    assert len(widths) == 1, "rows of one Markdown table have different numbers of cells"
    assert f"| {score.mean:.3f} ± {score.sd:.3f} |" in text and "**" in text
    assert "NaN" not in paths["tables.json"].read_text() and "nan" not in comma_separated(table)


def test_orders_count_every_pair_once(results: Results) -> None:
    for found in orders.compare(results):
        assert len(found.agree) + len(found.unsure) + len(found.differ) == found.pairs == 15
    sim = next(o for o in orders.compare(results) if o.column.key == "sim_score")
    assert sim.paper.index("pseudo-se-64") < sim.paper.index("base"), "the misprint is put right first"
    assert sim.ours[0] == "se-64-vel" and ("pseudo-se-64", "se-64") in sim.differ


def test_claims_have_verdicts_from_the_numbers(results: Results) -> None:
    found = {c.id: c for c in claims.claims(results)}
    assert found["style"].verdict == "holds"
    assert found["transformer"].verdict == "holds in part" and "Made up" in found["transformer"].why
    assert [p.verdict for p in found["transformer"].comparisons] == ["does not hold", "holds", "holds"]


def test_facts_say_what_was_measured(results: Results) -> None:
    found = {f.id: f.text for f in facts.facts(results)}
    assert set(found) == {"stillness", "draws", "two-sample", "events", "listening", "beats", "free"}
    assert "All regressions score better" in found["draws"]
    results.data["rows"] = [r for r in results.data["rows"] if r["kind"] == "model"]
    results.data["two_sample"] = []
    assert "Head energy" in found["events"] and "outside" in found["events"]
    results.data["liveliness"] = []
    assert {f.id for f in facts.facts(results)} == {"free"}, "what was not measured is not said"


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda d: d.pop("rows"), "'rows'"),
        (lambda d: d["rows"][3].pop("kind"), "row 3 has no kind"),
        (lambda d: d["rows"][2].update(protocol="dreaming"), "row 2 .* 'dreaming'"),
    ],
    ids=["no rows", "no kind", "unknown protocol"],
)
def test_results_that_are_none(tmp_path: Path, spoil, said: str) -> None:
    data = synthetic.results()
    spoil(data)
    (tmp_path / "results.json").write_text(json.dumps(data))
    with pytest.raises(StyGazeError, match=rf"results\.json.*{said}"):
        Results.load(tmp_path)


def test_results_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(StyGazeError, match=r"no .*results\.json"):
        Results.load(tmp_path)
    (tmp_path / "results.json").write_text("{")
    with pytest.raises(StyGazeError, match=r"results\.json cannot be read"):
        Results.load(tmp_path)
