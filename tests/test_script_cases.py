"""Pairs as a person brings them (tests/cases/): each is proved without crossframe, and explained by it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cases import scripts, scripts_data
from tests.cases.scripts_run import FOLDER, Evidence, run
from tests.command import in_process
from tests.script_cases import CASES, FAILURES, Case, check_proof, faults, words_of
from tests.test_cases import VERDICTS, _canonical, alternatives, setting

RUNGS = {"rows", "target", "columns", "weights", "predictions", "labels", "objective", "rerun"}
OF_SCRIPTS = {"other_data", "other_columns", "reparametrised"}
"""Verdicts that only scripts and tables can have."""


def test_the_cases_are_well_formed() -> None:
    names = [case["name"] for case in CASES]
    assert len(names) >= 26
    assert len(names) == len(set(names))
    assert set(names) == {f.name for f in FOLDER.iterdir() if f.is_dir()}
    assert set(FAILURES) <= set(names)
    assert sum("decoys" in case for case in CASES) >= len(CASES) / 3
    required = {"name", "title", "source", "left", "right", "verdict", "causes", "digits", "words"}
    optional = {"data", "target", "options", "rung", "also", "decoys"}
    for case in CASES:
        name = case["name"]
        assert required <= set(case) <= required | optional, name
        assert set(alternatives(case["verdict"])) <= VERDICTS | OF_SCRIPTS, name
        assert set(alternatives(case.get("rung", []))) <= RUNGS, name
        assert ("data" in case) == ("target" in case) == (not case["left"].endswith((".py", ".R"))), name
        assert case["words"], name
        assert callable(getattr(scripts, name.replace("-", "_"))), name
        for key in ("left", "right", "data"):
            assert key not in case or (FOLDER / name / case[key]).is_file(), f"{name}: {key}"


def test_the_settings_of_the_cases_are_canonical() -> None:
    from crossframe.cli.main import main

    known = _canonical(main)
    for case in CASES:
        used = [s for cause in case["causes"] for s in alternatives(cause)]
        used += [*case.get("decoys", []), *case.get("also", [])]
        assert {setting(s) for s in used} <= known, case["name"]


@pytest.mark.parametrize("name", scripts_data.TABLES)
def test_the_tables_are_those_of_their_makers(name: str) -> None:
    file = FOLDER / name / scripts_data.TABLES[name][0]
    text = file.read_text(encoding="utf-8")
    assert text == scripts_data.text_of(name)
    assert 20 <= text.count("\n") <= 401


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_the_scripts_run_to_their_end(case: Case) -> None:
    for side in ("left", "right"):
        if case[side].endswith((".py", ".R")):
            run(case["name"], side)


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_the_cause_is_proved(case: Case) -> None:
    evidence = getattr(scripts, case["name"].replace("-", "_"))()
    assert isinstance(evidence, Evidence)
    check_proof(case, evidence)


def _marked(case: Case) -> Any:
    failure = FAILURES.get(case["name"])
    marks = [pytest.mark.xfail(strict=True, reason="; ".join(failure["faults"]))] if failure else []
    return pytest.param(case, id=case["name"], marks=marks)


@pytest.mark.slow
@pytest.mark.parametrize("case", [_marked(case) for case in CASES])
def test_crossframe_names_the_cause(
    case: Case, home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CROSSFRAME_STORE", str(home / "store.sqlite"))
    done = in_process(capsys, *words_of(case), code=(0, 1))
    assert faults(case, json.loads(done.stdout)) == []
