"""What the paper's tables do not show and a reader must know, as sentences computed from the results."""

from __future__ import annotations

from dataclasses import dataclass

from stygaze.evaluation.claims import COLUMNS, shown
from stygaze.evaluation.liveliness_tables import kept_bounds
from stygaze.evaluation.orders import noise
from stygaze.evaluation.results import Results, Score

ALIKE = 0.9  # a share of the constant's velocity error above which a model is no livelier than a held pose
BY_CHANCE = 0.02  # of BAS: less than this above the chance level is little


@dataclass(frozen=True)
class Fact:
    """A finding: id, a title and a sentence or two."""

    id: str
    title: str
    text: str


def facts(results: Results) -> list[Fact]:
    """All for which the figures were measured."""
    makers = (_stillness, _draws, _two_sample, _events, _listening, _beats, _free)
    return [fact for make in makers if (fact := make(results))]


def _stillness(results: Results) -> Fact | None:
    still, model = (_scores(results, row, "windowed", "mae_all", "vel_gaze") for row in ("constant", "se-64"))
    if not (still and model):
        return None
    share = model[1].mean / still[1].mean
    rest = (
        " Nearly all of that error are saccades, which come when they come: who foresees none of them loses little."
        if share > ALIKE
        else ""
    )
    return Fact(
        "stillness",
        "Beside a face that never moves",
        f"The mean pose of the reference clip, held still, has a gaze Vel of {still[1].mean:.2f} and an MAE of "
        f"{still[0].mean:.2f}°. SE-64, which is shown the true motion before each second, has {model[1].mean:.2f} "
        f"({_change(share)}) and {model[0].mean:.2f}° ({_change(model[0].mean / still[0].mean)}).{rest}",
    )


def _draws(results: Results) -> Fact | None:
    draw, best = (_scores(results, row, "free", "mae_all") for row in ("independent-draw", "oracle-mean"))
    names = [r["row"] for r in results.rows("free") if r["kind"] == "model" and r["row"] not in results.drawing]
    models = [s for name in names if (s := results.score(name, "free", "mae_all").mean) == s]
    if not (draw and best and models):
        return None
    better = sum(m < draw[0].mean for m in models)
    who = "All regressions score" if better == len(models) else f"{better} of {len(models)} regressions score"
    moral = " A small MAE is the mark of an average, not of life." if better > len(models) / 2 else ""
    return Fact(
        "draws",
        "What a second truth would score",
        f"The simulator run once more, with the same speech and style, is {draw[0].mean:.2f}° (MAE) from its first "
        f"run. {who} better, running freely. The mean of 40 such runs is the best that a prediction of one pose can "
        f"do: {best[0].mean:.2f}°.{moral}",
    )


def _two_sample(results: Results) -> Fact | None:
    scores = {row: score.mean for row, score in results.told().items()}
    kinds = {r["row"]: r["kind"] for r in results.data["rows"]}
    models = {row: s for row, s in scores.items() if kinds.get(row) == "model" and s == s}
    if not models:
        return None
    hardest = min(models, key=lambda row: models[row])
    text = f"From 4 s of free-running motion a small classifier tells {results.label(hardest)} from the truth in "
    text += f"{models[hardest]:.1%} of cases, the others in no fewer."
    if (twin := scores.get("independent-draw")) is not None:
        text += f" Two runs of the truth it tells apart in {twin:.1%}; chance is 50 %."
    flaws = {row.removeprefix("control: "): s for row, s in scores.items() if row.startswith("control: ")}
    if flaws:
        found = ", ".join(f"{name} {s:.0%}" for name, s in flaws.items())
        text += f" It sees the flaws that were planted in true motion: {found}."
    return Fact("two-sample", "Told from the truth", text.replace("%", " %").replace("  %", " %"))


def _events(results: Results) -> Fact | None:
    kept, missed = kept_bounds(results)
    if not kept and not missed:
        return None
    text = f"Running freely, in styles and with speech that nobody trained on, events keep {len(kept)} of "
    text += f"{len(kept) + len(missed)} bounds set to true motion"
    text += f"; outside are {', '.join(missed)}." if missed else "."
    draw, mean = (_scores(results, row, "free", "mae_all") for row in ("events", "events-mean"))
    twin, still = (_scores(results, row, "free", "mae_all") for row in ("independent-draw", "constant"))
    if draw and mean and twin and still:
        text += (
            f" One draw is {draw[0].mean:.2f}° from the truth, where a second truth is {twin[0].mean:.2f}°; the mean "
            f"of its draws {mean[0].mean:.2f}°, where a pose held still is {still[0].mean:.2f}°."
        )
    return Fact("events", "A generator that makes draws", text)


def _listening(results: Results) -> Fact | None:
    told = []
    for key in ("mae_all", "ce", "bas_all"):
        own, other = (results.score(row, "windowed", key) for row in ("se-64", "shuffled-speech"))
        if own.known and other.known:
            close = ", within the spread of the seeds" if abs(own.mean - other.mean) <= noise(own, other) else ""
            column = COLUMNS[key]
            told.append(f"{column.label} {shown(column, own.mean)} becomes {shown(column, other.mean)}{close}")
    if not told:
        return None
    return Fact(
        "listening",
        "What speech adds",
        f"SE-64 given the speech of another session: {'; '.join(told)}. The difference is what it takes from speech; "
        "the rest comes from past motion and style.",
    )


def _beats(results: Results) -> Fact | None:
    names = [r["row"] for r in results.rows("windowed") if r["kind"] == "model"]
    pairs = [p for name in names if (p := _scores(results, name, "windowed", "bas_all", "bas_chance_all"))]
    true = _scores(results, "true", "windowed", "bas_all")
    if not (pairs and true):
        return None
    most = max(bas.mean - chance.mean for bas, chance in pairs)
    low, high = (f(bas.mean for bas, _ in pairs) for f in (min, max))
    moral = " Here BAS says next to nothing about hearing speech." if most < BY_CHANCE else ""
    if true[0].mean < low:
        moral += " True motion keeps to the beat less than any of them: here a higher BAS is not more life."
    return Fact(
        "beats",
        "Beat alignment and chance",
        f"The models' BAS lies between {low:.3f} and {high:.3f}, that of the true motion is {true[0].mean:.3f}. The "
        f"same motion against shifted sound already has {min(c.mean for _, c in pairs):.3f} to "
        f"{max(c.mean for _, c in pairs):.3f}; no model is more than {max(most, 0):.3f} above its own chance.{moral}",
    )


def _free(results: Results) -> Fact | None:
    told = []
    for key in ("mae_all", "ce", "sim_score"):
        given, alone = (results.score("se-64", p, key) for p in ("windowed", "free"))
        if given.known and alone.known:
            told.append(
                f"{COLUMNS[key].label} {shown(COLUMNS[key], given.mean)} becomes {shown(COLUMNS[key], alone.mean)}"
            )
    if not told:
        return None
    return Fact(
        "free",
        "Without the true past",
        f"From windowed to free, for SE-64: {'; '.join(told)}. Only the second is what a user gets, who has speech and "
        "a style but no true past.",
    )


def _scores(results: Results, row: str, protocol: str, *keys: str) -> list[Score]:
    """The figures of a row; empty where one of them is missing."""
    scores = [results.score(row, protocol, key) for key in keys]
    return scores if all(s.known for s in scores) else []


def _change(share: float) -> str:
    """A ratio in words: 0.97 is "3 % less"."""
    percent = round(100 * abs(share - 1))
    return "the same" if percent == 0 else f"{percent} % {'less' if share < 1 else 'more'}"
