"""crossframe doctor: what it sees, what it says when something is missing, and that it is quick to ask."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from importlib.abc import MetaPathFinder
from pathlib import Path
from typing import Any

import pytest

from crossframe.cli import checks
from crossframe.core import environment
from crossframe.core.errors import CrossframeError, ExitCode, UsageError
from crossframe.frameworks import registry
from crossframe.frameworks.framework import Check, CheckState, Framework
from crossframe.frameworks.h2o import runtime as java_runtime
from crossframe.frameworks.r import renv, runtime

HOME = runtime.home()
needs_r = pytest.mark.skipif(HOME is None, reason="no R here")
needs_java = pytest.mark.skipif(java_runtime.java() is None, reason="no Java here")


@pytest.fixture
def bare_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without R and Java."""
    monkeypatch.setenv("PATH", str(tmp_path))
    for variable in ("R_HOME", "JAVA_HOME", "H2O_JAVA_HOME"):
        monkeypatch.delenv(variable, raising=False)


def by_name(found: Any) -> dict[str, Check]:
    return {check.name: check for check in found}


def rscript(code: str) -> str:
    assert HOME is not None
    words = [str(runtime.rscript(HOME)), "--vanilla", "-e", code]
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout.strip()


def test_quick_report_is_complete_and_every_problem_has_a_remedy() -> None:
    report = checks.diagnose(quick=True)
    names = [check.name for check in report.checks]
    assert len(names) == len(set(names))
    assert {"Python", "numpy", "rpy2-rinterface", "h2o", "tensorflow", "R", "Java", "data digits"} <= set(
        names
    )
    for check in report.checks:
        assert check.ok or check.remedy or check.detail, check


def test_json_has_a_schema_and_every_check() -> None:
    report = checks.diagnose(quick=True)
    record = json.loads(report.to_json())
    assert record["schema"] == 1
    assert record["exit_code"] == report.exit_code
    assert [c["name"] for c in record["checks"]] == [c.name for c in report.checks]
    assert set(record["checks"][0]) == {"name", "state", "ok", "found", "wanted", "detail", "remedy"}


@pytest.mark.usefixtures("bare_path")
def test_without_r_and_java_both_are_named_with_the_remedy() -> None:
    report = checks.diagnose(quick=True)
    failed = by_name(report.failures)
    assert {"R", "Java"} <= set(failed)
    assert failed["R"].remedy
    assert failed["Java"].remedy
    assert report.exit_code is ExitCode.ENGINE_MISSING


@pytest.mark.usefixtures("bare_path")
@pytest.mark.parametrize(("engine", "what"), [("r", "R "), ("rkeras", "R "), ("h2o", "Java ")])
def test_an_engine_without_its_runtime_is_not_available(engine: str, what: str) -> None:
    found = registry.available(engine)
    assert not found.available
    assert found.reason.startswith(what)
    assert found.remedy


@pytest.mark.usefixtures("bare_path")
@pytest.mark.parametrize("engine", ["sklearn", "reference"])
def test_engines_in_pure_python_need_neither(engine: str) -> None:
    assert registry.available(engine).available


class Blocker(MetaPathFinder):
    def find_spec(self, name: str, path: Any = None, target: Any = None) -> None:
        if name.split(".")[0] == "tensorflow":
            raise ImportError(f"{name} is blocked", name=name)


@pytest.mark.parametrize("how", ["none", "raises"])
def test_blocked_tensorflow_is_named_with_its_range(how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if how == "none":
        monkeypatch.setitem(sys.modules, "tensorflow", None)
    else:
        monkeypatch.delitem(sys.modules, "tensorflow", raising=False)
        monkeypatch.setattr(sys, "meta_path", [Blocker(), *sys.meta_path])
    found = registry.available("keras")
    assert not found.available
    assert "tensorflow" in found.reason
    assert re.search(r"pip install 'tensorflow[<>=]", found.remedy)


def test_an_extra_that_is_not_installed_is_no_failure(
    bare_path: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = environment.package_version
    monkeypatch.setattr(environment, "package_version", lambda name: "" if name == "h2o" else known(name))
    report = checks.diagnose(quick=True)
    found = by_name(report.checks)
    assert found["h2o"].state is found["Java"].state is CheckState.WARN
    assert found["h2o"].detail == "only for crossframe[h2o]"
    assert found["h2o"].remedy.endswith("-m pip install 'crossframe[h2o]'")
    # Its packages are here, so that R is wanted.
    assert found["R"].state is CheckState.FAIL
    monkeypatch.setitem(sys.modules, "h2o", None)
    there = registry.available("h2o")
    assert there.reason.endswith("; the Python module h2o is not installed")
    assert there.remedy.endswith("-m pip install 'crossframe[h2o]'")


def test_unknown_engine_is_a_usage_error_with_the_nearest_name() -> None:
    with pytest.raises(UsageError, match="did you mean keras"):
        registry.versions("kera")


def test_versions_start_nothing_and_import_nothing_heavy() -> None:
    code = (
        "import subprocess, sys\n"
        "def refuse(*a, **k): raise AssertionError(f'started {a}')\n"
        "subprocess.Popen.__init__ = refuse\n"
        "from crossframe.frameworks.registry import frameworks, versions\n"
        "for name in frameworks(): assert versions(name)\n"
        "heavy = {'pandas', 'scipy', 'tensorflow', 'keras', 'h2o', 'rpy2', 'sklearn'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@needs_r
def test_what_is_read_from_files_is_what_r_says() -> None:
    assert HOME is not None
    found = registry.versions("rkeras")
    assert found["R"] == rscript("cat(as.character(getRversion()))")
    blas = Path(rscript("cat(extSoftVersion()[['BLAS']])")).resolve()
    assert found["R.blas"].startswith(f"{blas.parent.name}/{blas.name},")
    live = rscript("p <- installed.packages(); cat(rownames(p), p[, 'Version'])").split()
    live = dict(zip(live[: len(live) // 2], live[len(live) // 2 :], strict=True))
    for name in sorted(set(renv.packages()) & set(live)):
        assert runtime.package_version(name, HOME) == live[name]


@needs_java
def test_java_version_is_what_java_says() -> None:
    program = java_runtime.java()
    assert program is not None
    said = subprocess.run([str(program), "-version"], capture_output=True, text=True, check=True).stderr
    assert f'version "{java_runtime.java_version(program)}' in said


def pretend_installed(folder: Path, name: str, version: str) -> None:
    metadata = folder / f"{name.replace('-', '_')}-{version}.dist-info" / "METADATA"
    metadata.parent.mkdir()
    metadata.write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n", encoding="utf-8")


def test_an_rpy2_too_new_for_this_r_is_named_with_the_pins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("rpy2", "rpy2-rinterface", "rpy2-robjects"):
        pretend_installed(tmp_path, name, "3.6.9")
    monkeypatch.syspath_prepend(str(tmp_path))
    home = fake_r(tmp_path, "4.2.2")
    monkeypatch.setenv("R_HOME", str(home))
    check = by_name(registry.framework("r").checks())["rpy2 for R 4.2.2"]
    assert check.state is CheckState.FAIL
    assert "R_getVar" in check.detail
    assert "'rpy2==3.6.4' 'rpy2-rinterface==3.6.5' 'rpy2-robjects==3.6.4'" in check.remedy


def fake_r(folder: Path, version: str, **packages: str) -> Path:
    """The files of an R that holds these packages; nothing in it can be started."""
    for name, number in {"base": version, **packages}.items():
        description = folder / "library" / name / "DESCRIPTION"
        description.parent.mkdir(parents=True)
        description.write_text(f"Package: {name}\nVersion: {number}\n", encoding="utf-8")
    return folder


def test_r_packages_are_held_against_the_lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lock = {
        "R": {"Version": "4.4.0"},
        "Packages": {n: {"Version": "1.0"} for n in ("inner", "other", "absentee")},
    }
    (tmp_path / "renv.lock").write_text(json.dumps(lock), encoding="utf-8")
    monkeypatch.setattr(renv, "path", lambda: tmp_path / "renv.lock")
    monkeypatch.setenv("R_HOME", str(fake_r(tmp_path / "R", "4.3.1", inner="1.0", other="2.0")))
    found = by_name(registry.framework("r").checks())
    assert found["R against renv.lock"].state is CheckState.WARN
    assert found["R package absentee"].state is CheckState.WARN
    assert "absentee" in found["R package absentee"].remedy
    assert found["R packages"].detail == "other 2.0 (locked 1.0)"


@pytest.mark.parametrize("text", ["", "[]", '{"R": {}}', '{"Packages": {"a": 1}}'])
def test_an_unreadable_lock_names_the_command_that_writes_it(text: str, tmp_path: Path) -> None:
    file = tmp_path / "renv.lock"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(CrossframeError, match=r"crossframe\.frameworks\.r\.renv --write"):
        renv.read(file)


@needs_r
def test_the_written_lock_is_what_r_has(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert HOME is not None
    renv.main([])
    file = tmp_path / "renv.lock"
    file.write_text(capsys.readouterr().out, encoding="utf-8")
    r_version, packages = renv.read(file)
    assert r_version == runtime.package_version("base", HOME)
    assert set(renv.packages()) < set(packages)
    assert "base" not in packages
    assert [row for row in renv.compare(file, HOME) if row.installed != row.wanted] == []


@pytest.mark.parametrize(
    ("version", "state"), [("1.8.0_412", "ok"), ("17.0.1", "ok"), ("21.0.3", "fail"), ("", "fail")]
)
def test_java_is_held_against_what_h2o_takes(
    version: str, state: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "bin" / "java"
    program.parent.mkdir()
    program.write_text("#!/bin/false\n", encoding="utf-8")
    program.chmod(0o755)
    (tmp_path / "release").write_text(f'JAVA_VERSION="{version}"\n', encoding="utf-8")
    monkeypatch.setenv("H2O_JAVA_HOME", str(tmp_path))
    assert by_name(registry.framework("h2o").checks())["Java"].state == state


def test_a_framework_that_does_not_start_shows_its_last_word() -> None:
    code = "raise OSError('libsomething.so is not there')"
    (bad,) = checks.starts(Framework(name="it", title="It", engine="", models=(), start_code=code))
    assert (bad.state, bad.detail) == (CheckState.FAIL, "OSError: libsomething.so is not there")
    code = "print('it 1.0')"
    (good,) = checks.starts(Framework(name="it", title="It", engine="", models=(), start_code=code))
    assert (good.state, good.found) == (CheckState.OK, "it 1.0")


def test_rendering() -> None:
    report = checks.DoctorReport(
        (
            Check("R", CheckState.OK, "4.2.2"),
            Check("data mnist", CheckState.WARN, "not here", "", "looked nowhere", "fetch it"),
            Check("Java", CheckState.FAIL, "21.0.3", "8 to 17", "", "install it"),
        )
    )
    assert checks.render(report) == (
        "ok    R           4.2.2\n"
        "warn  data mnist  not here\n"
        "                  looked nowhere\n"
        "                  remedy: fetch it\n"
        "FAIL  Java        21.0.3  (wanted 8 to 17)\n"
        "                  remedy: install it\n"
        "\n"
        "1 ok, 1 warning, 1 failure"
    )


@pytest.mark.slow
def test_the_full_report_starts_every_framework_that_is_here() -> None:
    found = by_name(checks.diagnose().checks)
    started = {name: check.found for name, check in found.items() if name.endswith("starts")}
    assert re.search(r"tensorflow [\d.]+, keras [\d.]+", started["Keras starts"])
    assert started["scikit-learn starts"].startswith("scikit-learn ")
    if HOME is not None:
        assert runtime.package_version("base", HOME) in started["R starts"]
