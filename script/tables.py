"""The paper's tables and figures from a folder of recordings: corpus, style encoders, seven models, evaluation, report.

    script/tables SPEECH [--work runs/tables] [--hours 11] [--seeds 3] [--jobs 2] [--publish]

SPEECH has one folder a speaker. Two jobs on two cores take some hours. Stopped at any moment, it goes on where
it was when started again: every step is a command of `stygaze`, and each of them takes up what it finds. With --publish
the checkpoints, results and README of this checkout are replaced by what was made.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from joblib import Parallel, delayed

from stygaze.model_card import model_card

ROWS = {  # row: style encoder
    "base": "style-64",  # it has no style; the encoder only makes its folder a whole pipeline
    "se-32": "style-32",
    "se-64": "style-64",
    "se-64-vel": "style-64",
    "tfm-se-64": "style-64",
    "pseudo-se-64": "style-64",
    "events": "style-64",
}
SEARCHED = [row for row in ROWS if row != "events"]  # ours is set by hand, on validation: its config says how
STYLES = ("style-64", "style-32", "style-measure")
TAKES = 4  # people who move to each training session's speech, for `events`: of one alone it knows too few
COLUMNS = "all,seven columns,plain,plain eyes,plain world gaze"  # of the two-sample test
ABLATIONS = ("style-64-no-position", "style-64-mean-free")
STYGAZE = [sys.executable, "-m", "stygaze"]


class Steps:
    """Commands in stages; within a stage several at a time, each with its own log."""

    def __init__(self, work: Path, jobs: int):
        self.work, self.jobs, self.record = work, jobs, work / "seconds.json"
        self.seconds: dict[str, float] = json.loads(self.record.read_text()) if self.record.is_file() else {}
        self.begun = time.monotonic()

    def run(self, stage: str, commands: dict[str, list[str]]) -> None:
        """Run what is new; a command that fails ends the script with the last lines of its log."""
        todo = {name: command for name, command in commands.items() if not self.finished(name, command)}
        begun = time.monotonic()
        results = Parallel(n_jobs=self.jobs, return_as="generator_unordered", backend="threading")(
            delayed(self.one)(name, command) for name, command in todo.items()
        )
        for done, (name, seconds) in enumerate(results, 1):
            self.seconds[name] = self.seconds.get(name, 0) + seconds
            self.record.write_text(json.dumps(self.seconds, indent=1) + "\n")
            left = (time.monotonic() - begun) / done * (len(todo) - done)
            total = (time.monotonic() - self.begun) / 60
            print(f"{total:6.1f} min  {stage}: {name} in {seconds:.0f} s; {done} of {len(todo)}, "
                  f"about {left / 60:.0f} min left of this stage", flush=True)  # fmt: skip

    def mark(self, name: str) -> Path:
        return self.work / "logs" / f"{name.replace('/', '-')}.done"

    def finished(self, name: str, command: list[str]) -> bool:
        """Whether this very command has run to its end, with the same settings."""
        mark = self.mark(name)
        return mark.is_file() and mark.read_text() == told(command)

    def one(self, name: str, command: list[str]) -> tuple[str, float]:
        begun, log = time.monotonic(), self.work / "logs" / f"{name.replace('/', '-')}.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        with open(log, "a") as file:
            code = subprocess.run(command, stdout=file, stderr=subprocess.STDOUT, env=ENVIRONMENT).returncode
        if code:
            print(f"{name} failed; {log} ends with:\n" + "\n".join(log.read_text().splitlines()[-15:]), file=sys.stderr)
            os._exit(code)  # the other thread's command is left to the shell's group; a new start takes it up
        self.mark(name).write_text(told(command))
        return name, time.monotonic() - begun


ENVIRONMENT = os.environ | {"OMP_NUM_THREADS": "1", "COLUMNS": "120"}


def told(command: list[str]) -> str:
    """A command with the contents of the configs it reads: what a finished step was made from."""
    configs = [Path(word).read_text() for word in command if word.startswith("configs/")]
    return "\n".join([" ".join(command[3:]), *configs])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("speech", type=Path)
    parser.add_argument("--work", type=Path, default=Path("runs/tables"))
    parser.add_argument("--hours", type=float, default=11)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--publish", action="store_true")
    options = parser.parse_args()
    speech, work = options.speech.resolve(), options.work.resolve()
    os.chdir(Path(__file__).resolve().parent.parent)
    steps = Steps(work, options.jobs)
    hage, natural, runs, out = work / "hage", work / "natural", work / "runs", work / "results"
    people = work / f"hage-{TAKES}-takes"

    def corpus(folder: Path, profile: str, hours: float, takes: int = 1) -> list[str]:
        return [*STYGAZE, "corpus", "simulate", "--speech", str(speech), "--out", str(folder), "--profile", profile,
                "--hours", f"{hours:g}", "--seed", "0", *(["--takes", str(takes)] if takes > 1 else [])]  # fmt: skip

    steps.run("corpora", {
        "hage": corpus(hage, "hage", options.hours),
        "natural": corpus(natural, "natural", min(8, options.hours)),
        people.name: corpus(people, "hage", options.hours, TAKES),
    })  # fmt: skip
    (hage / "features").mkdir(exist_ok=True)
    if not (people / "features").exists():  # the same sound: encoded once
        (people / "features").symlink_to(Path("..") / hage.name / "features")
    parts = [f"{k + 1}/{options.jobs}" for k in range(options.jobs)]
    encode = [*STYGAZE, "corpus", "encode", str(hage), "--part"]
    steps.run("speech features", {f"features-{p}": [*encode, p] for p in parts})

    def style(name: str) -> list[str]:
        return [*STYGAZE, "train", "style", "--config", f"configs/{name}.yaml", "--corpus", str(hage),
                "--out", str(runs / name)]  # fmt: skip

    steps.run("style encoders", {name: style(name) for name in STYLES})

    def generator(verb: str, row: str, target: Path, *more: str) -> list[str]:
        trained_on = people if row == "events" else hage
        return [*STYGAZE, "train", verb, "--config", f"configs/{row}.yaml", "--corpus", str(trained_on),
                "--style", str(runs / ROWS[row]), "--out", str(target), *more]  # fmt: skip

    steps.run("search", {f"search-{row}": generator("search", row, runs / f"{row}.search.json") for row in SEARCHED})
    steps.run("generators", {
        f"{row}-{seed}": generator("generator", row, runs / row / str(seed), "--seed", str(seed),
                                   *(["--search", str(runs / f"{row}.search.json")] if row in SEARCHED else []))
        for seed in range(options.seeds) for row in ROWS
    })  # fmt: skip
    models = ",".join(str(runs / row / str(seed)) for row in ROWS for seed in range(options.seeds))
    last = {name: style(name) for name in ABLATIONS}
    last["velocity-loss"] = [sys.executable, "script/velocity_loss", str(hage), str(runs), "--shares", "0.1",
                             "--out", str(out)]  # fmt: skip
    if os.environ.get("STYGAZE_DATA"):
        last["calibration"] = [sys.executable, "script/calibration", str(hage), str(natural), "--out", str(out)]
    else:
        print("No recordings of eyes (STYGAZE_DATA is not set): the report will be without simulated against recorded.")
    steps.run("experiments", last)
    steps.jobs = 1  # the command itself has the processes
    steps.run("evaluation", {"evaluation": [
        *STYGAZE, "evaluate", "--corpus", str(hage), "--models", models, "--measure", str(runs / "style-measure"),
        "--runs", str(runs), "--out", str(out), "--columns", COLUMNS, "--jobs", str(options.jobs),
        "--command", "script/tables SPEECH",
    ]})  # fmt: skip
    if options.publish:
        publish(runs, out, steps.seconds)
    print(f"{out / 'report.html'}; steps took {sum(steps.seconds.values()) / 60:.0f} min of one process in all")


def publish(runs: Path, out: Path, seconds: dict[str, float]) -> None:
    """Put what was made where the project keeps it: checkpoints of seed 0, results with configs and logs, README."""
    results, rows = Path("results/hage"), json.loads((out / "results.json").read_text())["rows"]
    shutil.copytree(
        out, results, dirs_exist_ok=True, ignore=shutil.ignore_patterns("parts", "calibration.[mp]*", "velocity-loss.*")
    )
    for file in [*out.glob("calibration.*"), *out.glob("velocity-loss.*")]:
        shutil.copyfile(file, results.parent / file.name)
    shown = Path("assets/tables")  # what the page reads
    shown.mkdir(exist_ok=True)
    shutil.copyfile(out / "results.json", shown / "hage.json")
    shutil.copyfile(out / "map.json", shown / "map.json")
    for name in ("config.json", "model.safetensors"):
        (shown / "measure").mkdir(exist_ok=True)
        shutil.copyfile(runs / "style-measure" / name, shown / "measure" / name)
    for row in ROWS:
        shipped = Path("assets/checkpoints") / row
        shipped.mkdir(parents=True, exist_ok=True)
        for name in ("config.json", "model.safetensors"):
            shutil.copyfile(runs / row / "0" / name, shipped / name)
        record = json.loads((shipped / "config.json").read_text())
        scored = [r for r in rows if (r["row"], r["protocol"]) == (row, "free")]
        model_card(record, scored[0] if scored else None).save(shipped / "README.md")
        for seed in (runs / row).iterdir():
            kept = results / "runs" / row / seed.name
            kept.mkdir(parents=True, exist_ok=True)
            for name in ("config.json", "log.jsonl"):
                shutil.copyfile(seed / name, kept / name)
        shutil.copyfile(f"configs/{row}.yaml", results / "runs" / row / "config.yaml")
        if row in SEARCHED:
            shutil.copyfile(runs / f"{row}.search.json", results / "runs" / row / "search.json")
    for name in STYLES + ABLATIONS:
        kept = results / "runs" / name
        kept.mkdir(parents=True, exist_ok=True)
        for file in ("config.json", "log.jsonl"):
            shutil.copyfile(runs / name / file, kept / file)
        shutil.copyfile(f"configs/{name}.yaml", kept / "config.yaml")
    (results / "seconds.json").write_text(json.dumps({k: round(v) for k, v in seconds.items()}, indent=1) + "\n")
    subprocess.run([sys.executable, "script/readme_table"], check=True)


if __name__ == "__main__":
    main()
