"""The folder in which a script runs: what it writes there changes no file of the user's."""

from __future__ import annotations

from pathlib import Path

import pytest

from crossframe.explain.scripts import working_folder as module
from crossframe.explain.scripts.working_folder import working_folder


def _project(folder: Path) -> Path:
    """A script in a folder of a project, beside files of every place that it may write to."""
    for name in ("code/one.py", "code/own.csv", "code/results/deep/pred.csv", "out.csv", "data/table.csv"):
        file = folder / "project" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"the user's {name}")
    (folder / "project" / "code" / "empty").mkdir()
    (folder / "project" / "code" / ".venv").mkdir()
    (folder / "project" / "code" / "loop").symlink_to(folder / "project")
    return folder / "project" / "code" / "one.py"


def _texts(folder: Path) -> dict[str, str]:
    return {str(file): file.read_text() for file in sorted(folder.rglob("*")) if file.is_file()}


def test_what_a_run_writes_changes_no_file_around_the_script(tmp_path: Path) -> None:
    script = _project(tmp_path)
    before = _texts(tmp_path / "project")
    here = working_folder(tmp_path / "run", script, None)
    for name in ("own.csv", "results/deep/pred.csv", "../out.csv", "../data/table.csv"):
        assert (here / name).read_text() == (script.parent / name).read_text()
        (here / name).write_text("another")
    (here / "empty" / "new.csv").write_text("new")
    assert _texts(tmp_path / "project") == before
    # A folder of another kind is there as it is.
    assert (here / ".venv").resolve() == script.parent / ".venv"
    assert (here / "loop").resolve() == tmp_path / "project"


def test_what_is_too_large_to_be_copied_is_a_link(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = _project(tmp_path)
    large = script.parent / "large.bin"
    large.write_bytes(bytes(2000))
    monkeypatch.setattr(module, "COPIED", 1000)
    here = working_folder(tmp_path / "run", script, None)
    assert (here / "large.bin").is_symlink()
    assert not (here / "results" / "deep" / "pred.csv").is_symlink()
    # All beside the script and beside its folder, and the one entry of each of their folders.
    beside = [*script.parent.iterdir(), *script.parent.parent.iterdir()]
    monkeypatch.setattr(module, "ENTRIES", len(beside) + 2)
    here = working_folder(tmp_path / "again", script, None)
    assert (here / "results").is_dir()
    assert not (here / "results").is_symlink()
    assert (here / "results" / "deep").is_symlink()
