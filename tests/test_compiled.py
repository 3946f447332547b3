"""Where compiled code is kept."""

from pathlib import Path

import pytest

from stygaze import compiled


def test_it_is_kept_where_it_may_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked, blocked, home = tmp_path / "asked", tmp_path / "a file", tmp_path / "home"
    blocked.touch()
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(asked))
    assert Path(compiled._folder()).parent == asked
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(blocked))
    assert Path(compiled._folder()).parent == compiled.PACKAGE / "__pycache__"
    monkeypatch.setattr(compiled, "PACKAGE", blocked)
    monkeypatch.setenv("HOME", str(home))
    assert Path(compiled._folder()).parent == home / ".cache/stygaze"
    monkeypatch.setenv("HOME", str(blocked))
    assert compiled._folder() == ""


def test_other_code_is_kept_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiled, "PACKAGE", tmp_path)
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    (tmp_path / "models").mkdir()
    names = set()
    for text in ("LONGEST = 1", "LONGEST = 2"):
        (tmp_path / "models/constants.py").write_text(text)
        names.add(compiled._folder())
    assert len(names) == 2
