"""Throw-away environments of other releases."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import pytest

from crossframe.audit import elsewhere, throwaway
from crossframe.audit.drift import ChangeKind
from crossframe.core.errors import EngineMissing, UsageError
from crossframe.experiment.record import Record
from crossframe.experiment.store import opened

LINES: list[str] = []


@pytest.fixture
def alone(empty_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A temporary folder of its own, which is returned."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def test_a_release_is_named_exactly() -> None:
    release = elsewhere.parse("Scikit_Learn==1.4.2")
    assert str(release) == "scikit-learn==1.4.2"
    assert release.file.parts[-2:] == ("sklearn", "capture.py")
    assert (
        str(elsewhere.parse("tensorflow-cpu==2.16.2 keras==3.3.3")) == "tensorflow-cpu==2.16.2 keras==3.3.3"
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "neither a release nor a file"),
        ("-r requirements.txt", "neither a release nor a file"),
        ("scikit-learn", "no single released version"),
        ("scikit-learn>=1.4", "no single released version"),
        ("scikit-learn==1.4.*", "no single released version"),
        ("scikit-learn==1.4,<2", "no single released version"),
        ("scikit-learn[a]==1.4.2", "no single released version"),
        ("scikit-learn@file:///etc/passwd", "no single released version"),
        ("h2o==3.42.0.4 numpy@file:///etc/passwd", "an address"),
        ("scikitlearn==1.4.2", "unknown package"),
        ("\x1b[2J==1", "\\x1b[2J"),
    ],
)
def test_what_names_no_release(text: str, words: str) -> None:
    with pytest.raises(UsageError) as caught:
        elsewhere.parse(text)
    assert words in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize(
    ("text", "beside"),
    [
        ("scikit-learn==1.3.2", ["numpy<2"]),
        ("scikit-learn==1.4.2", []),
        ("h2o==3.42.0.4", []),
        ("tensorflow-cpu==2.16.2 keras==3.3.3", ["keras==3.3.3"]),
        ("keras==3.5.0 tensorflow==2.18.1", ["tensorflow==2.18.1"]),
    ],
)
def test_what_old_releases_need_is_added(text: str, beside: list[str]) -> None:
    first, *others = elsewhere.parse(text).requirements()
    assert first == text.split()[0]
    assert others == beside


def test_keras_alone_runs_on_tensorflow() -> None:
    *_, old = elsewhere.parse("keras==2.15.0").requirements()
    *_, new = elsewhere.parse("keras==3.5.0").requirements()
    assert old.removeprefix("tensorflow-cpu") in ("==2.15.*", "tensorflow==2.15.*")
    assert new in ("tensorflow-cpu", "tensorflow")


def failure(*lines: str) -> throwaway.Done:
    return throwaway.Done(1, "", "\n".join(lines))


def test_failures_of_pip_are_explained() -> None:
    """What pip 23 and 26 say, word for word."""
    old = throwaway.explained(
        failure(
            "ERROR: Could not find a version that satisfies the requirement scikit-learn==0.21.3 "
            "(from versions: 1.1.3, 1.2.0)",
            "ERROR: No matching distribution found for scikit-learn==0.21.3",
        ),
        "scikit-learn==0.21.3",
    )
    assert isinstance(old, UsageError)
    assert "scikit-learn==0.21.3" in old.message
    assert "1.1.3, 1.2.0" in old.hint
    network = throwaway.explained(
        failure(
            "WARNING: Retrying (Retry(total=0, connect=None)) after connection broken by "
            "'NewConnectionError('Failed to establish a new connection: [Errno 111] Connection refused')'",
            "ERROR: Could not find a version that satisfies the requirement h2o==3.42.0.4 "
            "(from versions: 3.46.0.1)",
        ),
        "h2o==3.42.0.4",
    )
    assert isinstance(network, EngineMissing)
    assert "cannot reach its package index" in network.message
    space = throwaway.explained(failure("ERROR: [Errno 28] No space left on device"), "h2o==3.42.0.4")
    assert "disk is full" in space.message
    assert "TMPDIR" in space.hint
    other = throwaway.explained(failure("one", "ERROR: \x1b[31mResolutionImpossible"), "h2o==3.42.0.4")
    assert "\\x1b[31mResolutionImpossible" in other.message


def test_too_little_space_is_reported_before_anything_is_made(
    alone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(elsewhere._PACKAGES, "scikit-learn", elsewhere._Package("sklearn", 1e18))
    with pytest.raises(EngineMissing, match=r"needs 1000000000\.0 GB") as caught:
        elsewhere.capture("scikit-learn==1.4.2", on_progress=LINES.append)
    assert "TMPDIR" in caught.value.hint
    assert list(alone.iterdir()) == []


@pytest.mark.slow
def test_without_an_index(alone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A real environment, and a real pip that reaches nothing."""
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    for name in ("PIP_FIND_LINKS", "PIP_EXTRA_INDEX_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple/")
    monkeypatch.setenv("PIP_RETRIES", "0")
    with pytest.raises(EngineMissing) as caught:
        elsewhere.capture("scikit-learn==1.4.2", on_progress=LINES.append)
    assert "cannot reach its package index" in caught.value.message
    assert "scikit-learn==1.4.2" in caught.value.message
    assert list(alone.iterdir()) == []


def test_the_store_answers_at_once(alone: Path) -> None:
    release = elsewhere.parse("scikit-learn==1.4.2")
    known = {"framework": "scikit-learn", "versions": {"scikit-learn": "1.4.2"},
             "callables": {"LogisticRegression": {"call": "", "parameters": {"C": 1.0}}}}  # fmt: skip
    lines: list[str] = []
    with opened(alone / "store.sqlite") as kept:
        kept.put(elsewhere.key(release), Record({"failed": False, "answer": known}))
        assert elsewhere.capture("scikit-learn==1.4.2", on_progress=lines.append, store=kept) == known
    assert lines == ["scikit-learn==1.4.2: its defaults are stored"]


@pytest.mark.slow
def test_what_is_installed_is_read_by_the_same_file(alone: Path) -> None:
    lines: list[str] = []
    here = elsewhere.live("scikit-learn==1.4.2", on_progress=lines.append)
    from sklearn import __version__
    from sklearn.linear_model import LogisticRegression

    assert here["versions"]["scikit-learn"] == __version__
    assert (
        here["callables"]["LogisticRegression"]["parameters"].keys()
        == LogisticRegression().get_params().keys()
    )
    assert lines == [f"scikit-learn {__version__}, as installed: reading its defaults"]
    assert list(alone.iterdir()) == []


def test_a_capture_that_fails_is_named(alone: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "sklearn.py").write_text("raise SystemExit('this release\\nwants Java 8')")
    monkeypatch.setattr(elsewhere.Release, "file", property(lambda release: tmp_path / "sklearn.py"))
    with pytest.raises(EngineMissing, match="this release / wants Java 8"):
        elsewhere.live("scikit-learn==1.4.2", on_progress=LINES.append)
    (tmp_path / "sklearn.py").write_text("print('[1]')")
    with pytest.raises(EngineMissing, match="cannot be read"):
        elsewhere.live("scikit-learn==1.4.2", on_progress=LINES.append)


@pytest.mark.slow
def test_a_command_that_hangs_is_killed_with_its_children(tmp_path: Path) -> None:
    (tmp_path / "tmp").mkdir()
    start = time.perf_counter()
    for call in ("run", "Popen"):  # it waits for its child, or ends before it
        child = "[sys.executable, '-c', 'import time; time.sleep(3600)']"
        code = f"import subprocess, sys; subprocess.{call}({child})"
        assert throwaway.run([sys.executable, "-c", code], tmp_path, {}, limit=1.0).code is None
    assert time.perf_counter() - start < 240  # the grandchild's end of the pipe is closed too


def test_ctrl_c_removes_everything(alone: Path, tmp_path: Path) -> None:
    up = tmp_path / "up"
    (tmp_path / "sklearn.py").write_text(
        f"import pathlib, time; pathlib.Path({str(up)!r}).touch(); time.sleep(3600)"
    )
    code = (
        "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "from pathlib import Path; from crossframe.audit import elsewhere\n"
        f"elsewhere.Release.file = property(lambda release: Path({str(tmp_path / 'sklearn.py')!r}))\n"
        "elsewhere.live('scikit-learn==1.4.2')\n"
    )
    process = subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE, text=True)
    try:
        deadline = time.monotonic() + 240
        while not up.exists():
            assert time.monotonic() < deadline
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=240)
    finally:
        process.kill()
    assert "KeyboardInterrupt" in err
    assert list(alone.iterdir()) == []


@pytest.mark.slow
def test_another_release(alone: Path, tmp_path: Path) -> None:
    """scikit-learn 1.7 had eta0=0 for SGDClassifier, 1.8 has 0.01."""
    lines: list[str] = []
    store = tmp_path / "store.sqlite"
    try:
        here = elsewhere.live("scikit-learn==1.7.2", on_progress=lines.append)
        there = elsewhere.capture("scikit-learn==1.7.2", on_progress=lines.append, store=store)
    except EngineMissing as error:
        if "package index" not in error.message:
            raise
        pytest.skip(error.message)
    assert there["versions"]["scikit-learn"] == "1.7.2"
    assert here["versions"] != there["versions"]
    changes = elsewhere.changes(there, here)
    values: dict[str, Any] = {c.parameter: (c.before, c.after) for c in changes if c.kind == ChangeKind.VALUE}
    assert values["SGDClassifier.eta0"] == (0.0, 0.01)
    assert [line.partition(": ")[2] for line in lines[1:]] == [
        "making a throw-away environment", "installing", "reading its defaults", "removing the environment",
    ]  # fmt: skip
    assert list(alone.iterdir()) == []
    start = time.perf_counter()
    assert json.dumps(
        elsewhere.capture("scikit-learn==1.7.2", on_progress=lines.append, store=store)
    ) == json.dumps(there)
    assert time.perf_counter() - start < 1
