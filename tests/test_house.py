"""The house itself: versions agree, imports run downward, the front page is true, nothing grows too large."""

from __future__ import annotations

import ast
import importlib.metadata
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

import stygaze

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def pins(name: str) -> dict[str, str]:
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    return dict(line.split("==") for line in lines if line and line[0] not in "#-")


def plain(name: str) -> str:
    """A distribution's name as PyPI compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def tracked() -> list[Path]:
    """Files that are, or are about to be, part of the repository."""
    if not (ROOT / ".git").exists() or shutil.which("git") is None:
        pytest.skip("not a git checkout: what belongs to the repository cannot be told")
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [path for name in listed.split("\0") if name and (path := ROOT / name).is_file()]


def front_matter() -> dict:
    return yaml.safe_load(README.split("---\n")[1])


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def test_versions_agree() -> None:
    run_time = pins("requirements.txt")
    assert front_matter()["sdk_version"] == run_time["gradio"]
    assert pins("pre-requirements.txt") == {"torch": run_time["torch"]}
    assert PROJECT["project"]["version"] == stygaze.__version__
    asked = front_matter()["python_version"]
    assert PROJECT["project"]["requires-python"] == f">={asked}"
    assert PROJECT["tool"]["ruff"]["target-version"] == "py" + asked.replace(".", "")
    for name, version in run_time.items():
        installed = importlib.metadata.version(name).split("+")[0]
        assert installed == version, f"tests run with {name} {installed}, requirements.txt says {version}"


def imported(files: list[Path]) -> set[str]:
    """Distributions whose modules the files import, directly, anywhere in them."""
    modules: set[str] = set()
    for path in files:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                modules |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                modules.add(node.module.split(".")[0])
    modules -= set(sys.stdlib_module_names) | {"stygaze"}
    owners = importlib.metadata.packages_distributions()
    return {plain(owner) for module in modules for owner in owners.get(module, [module])}


def test_requirements_are_what_the_program_imports() -> None:
    found = imported([ROOT / "app.py", *(ROOT / "stygaze").rglob("*.py")])
    extras = PROJECT["project"]["optional-dependencies"]
    optional = {plain(line.split("==")[0]) for extra in ("train", "evaluate") for line in extras[extra]}
    assert found - optional == {plain(name) for name in pins("requirements.txt")}


def test_every_direct_dependency_has_its_licence_named() -> None:
    named = {plain(word) for word in re.findall(r"[\w.-]+", (ROOT / "docs/licences.md").read_text(encoding="utf-8"))}
    extras = [line.split("==")[0] for extra in PROJECT["project"]["optional-dependencies"].values() for line in extra]
    assert {plain(name) for name in [*pins("requirements.txt"), *extras]} <= named


def test_imports_run_downward() -> None:
    linter = pytest.importorskip("importlinter.cli", reason="import-linter is not installed (script/setup dev)")
    assert linter.lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True) == 0


def test_readme_is_a_valid_space_card() -> None:
    card = front_matter()
    assert {"title", "emoji", "sdk", "app_file", "license", "tags"} <= set(card)
    colours = {"red", "yellow", "green", "blue", "indigo", "purple", "pink", "gray"}
    assert {card["colorFrom"], card["colorTo"]} <= colours
    assert card["sdk"] == "gradio" and card["license"] == PROJECT["project"]["license"].lower()
    assert isinstance(card["python_version"], str)  # unquoted, 3.10 would be the number 3.1
    assert len(card["short_description"]) <= 60
    assert (ROOT / card["app_file"]).is_file() and (ROOT / card["thumbnail"]).is_file()


def test_links_in_documents_lead_somewhere() -> None:
    for document in [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]:
        text = document.read_text(encoding="utf-8")
        for target in re.findall(r"\]\(([^)#]+)[^)]*\)", text):
            if not target.startswith(("http://", "https://")):
                assert (document.parent / target).exists(), f"{document.name} points to {target}"


def test_the_python_example_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import soundfile

    from stygaze import Motion, StyGazeTalk
    from stygaze.speech import SAMPLE_RATE, Speech

    recording = next(p for p in sorted((ROOT / "assets/speech").rglob("*")) if p.suffix in (".flac", ".wav", ".ogg"))
    speech = Speech.load(recording).samples[: 4 * SAMPLE_RATE]
    soundfile.write(tmp_path / "talk.wav", speech, SAMPLE_RATE)
    next(iter(StyGazeTalk.from_pretrained().gallery.values())).save(tmp_path / "reference.csv")
    monkeypatch.chdir(tmp_path)
    (example,) = blocks("python")
    exec(compile(example, "README.md", "exec"), {})
    assert len(Motion.load("motion.csv")) == 25 * len(speech) // SAMPLE_RATE


def test_the_commands_exist() -> None:
    import typer

    from stygaze.cli import app

    lines = [line.split("#")[0].split() for block in blocks("bash") for line in block.splitlines()]
    for words in (line[1:] for line in lines if line[:1] == ["stygaze"]):
        command, place = typer.main.get_command(app), "stygaze"
        while words and words[0] in getattr(command, "commands", {}):
            place += " " + words[0]
            command = command.commands[words.pop(0)]  # type: ignore[attr-defined]
        assert not hasattr(command, "commands"), f"{place} is not a whole command"
        known = {option for parameter in command.params for option in parameter.opts}
        for option in (word for word in words if word.startswith("--")):
            assert option in known, f"{place} has no {option}"
        for file in (word for word in words if word.startswith("configs/")):
            assert (ROOT / file).is_file(), f"there is no {file}"


def test_nothing_is_too_large() -> None:
    sizes = {path.relative_to(ROOT): path.stat().st_size for path in tracked()}
    assert {str(path): size for path, size in sizes.items() if size > 10_000_000} == {}
    assert sum(sizes.values()) < 60_000_000
    lines = {path: (ROOT / path).read_bytes().count(b"\n") for path in sizes if path.suffix == ".py"}
    assert {str(path): n for path, n in lines.items() if n > 300} == {}
