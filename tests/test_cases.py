"""Known causes from the field (tests/cases/): each is proved without crossframe, and explained by it."""

from __future__ import annotations

import ast
import importlib
import json
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cases.proving import Evidence, write
from tests.command import in_process

FOLDER = Path(__file__).parent / "cases"
FAMILIES = sorted(f.stem for f in FOLDER.glob("*.toml") if f.stem not in ("known_failures", "scripts"))
VERDICTS = {
    "agree", "explained", "partly_explained", "implementation", "no_unique_optimum", "not_converged", "noise",
    "unexplained",
}  # fmt: skip
NAMED = 0.05
"""Share of the difference from which a setting counts as named."""
BLAMELESS = 0.01
"""Largest share that a proof may give to a decoy."""

Case = dict[str, Any]


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))


CASES: list[Case] = [case | {"family": family} for family in FAMILIES for case in _read(family)["case"]]
FAILURES: dict[str, dict[str, Any]] = _read("known_failures")


def alternatives(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def setting(name: str) -> str:
    """``solver.tolerance (left)`` without its side."""
    return name.partition(" (")[0]


def proof_of(case: Case) -> Evidence:
    module = importlib.import_module(f"tests.cases.{case['family']}")
    evidence = getattr(module, case["proof"])(getattr(module, case["data"])())
    assert isinstance(evidence, Evidence)
    return evidence


def words_of(case: Case, folder: Path) -> list[str]:
    """The command line after ``crossframe``; the case's data lie in ``folder`` then."""
    file = folder / f"{case['data']}.csv"
    write(file, getattr(importlib.import_module(f"tests.cases.{case['family']}"), case["data"])())
    data = ["--data", str(file), "--target", "y"]
    return ["explain", case["left"], case["right"], *data, *case.get("options", []), "--json"]


def faults(case: Case, answer: dict[str, Any]) -> list[str]:
    """What is wrong with crossframe's answer: the verdict, a cause not named, a setting that is blamed."""
    named = {c["setting"] for c in answer["causes"] if c["share"] is None or abs(c["share"]) >= NAMED}
    wrong = []
    if answer["verdict"] not in alternatives(case["verdict"]):
        wrong.append(f"verdict {answer['verdict']}, not {' or '.join(alternatives(case['verdict']))}")
    expected = set(case.get("also", []))
    for cause in case["causes"]:
        options = alternatives(cause)
        expected |= set(options)
        # A cause with its side has to be named with that side, one without with any.
        if not any(o in named or o in {setting(n) for n in named if "(" not in o} for o in options):
            wrong.append(f"cause not named: {' or '.join(options)}")
    blameless = {*case["decoys"], *case.get("inert", [])}
    for name in sorted(named):
        if name not in expected and setting(name) not in expected:
            wrong.append(f"{'decoy blamed' if setting(name) in blameless else 'blamed'}: {name}")
    return wrong


def _marked(case: Case) -> Any:
    failure = FAILURES.get(case["name"])
    marks = [pytest.mark.xfail(strict=True, reason="; ".join(failure["faults"]))] if failure else []
    return pytest.param(case, id=case["name"], marks=marks)


def test_the_cases_are_well_formed() -> None:
    names = [case["name"] for case in CASES]
    assert len(names) >= 40
    assert len(names) == len(set(names))
    assert set(FAILURES) <= {case["name"] for case in CASES if case.get("expressible", True)}
    required = {
        "name",
        "title",
        "source",
        "data",
        "left",
        "right",
        "verdict",
        "causes",
        "decoys",
        "proof",
        "family",
    }
    optional = {"options", "also", "inert", "digits", "expressible", "reason"}
    for case in CASES:
        assert required <= set(case) <= required | optional, case["name"]
        assert set(alternatives(case["verdict"])) <= VERDICTS, case["name"]
        assert case.get("expressible", True) == ("reason" not in case), case["name"]
        module = importlib.import_module(f"tests.cases.{case['family']}")
        assert callable(getattr(module, case["data"])), case["name"]
        assert callable(getattr(module, case["proof"])), case["name"]


def test_the_settings_of_the_cases_are_canonical() -> None:
    from crossframe.cli.main import main

    planned = {"class.order", "selection.ties", "missing", "decision.threshold", "loss"}
    known = _canonical(main) | planned
    for case in CASES:
        used = [s for cause in case["causes"] for s in alternatives(cause)]
        used += [*case["decoys"], *case.get("inert", []), *case.get("also", [])]
        assert {setting(s) for s in used} <= known, case["name"]


def _canonical(main: Callable[..., int]) -> set[str]:
    import contextlib
    import io

    with contextlib.redirect_stdout(io.StringIO()) as out:
        assert main(["list", "settings", "--json"]) == 0
    return {row["setting"] for row in json.loads(out.getvalue())["settings"]} | {"solver.tolerance"}


def test_no_proof_imports_crossframe() -> None:
    for file in FOLDER.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            modules = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            modules += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not [m for m in modules if m.split(".")[0] == "crossframe"], file.name


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_the_cause_is_proved(case: Case) -> None:
    evidence = proof_of(case)
    digits = 10.0 ** -case.get("digits", 6)
    verdicts = alternatives(case["verdict"])
    if evidence.exact is not None:
        assert evidence.exact is False, "there is a unique optimum"
    if "agree" in verdicts:
        assert evidence.gap <= digits
    elif verdicts == ["noise"]:
        assert 0 < evidence.gap <= 1.5 * evidence.spread
    elif verdicts == ["no_unique_optimum"]:
        assert evidence.exact is False
        assert evidence.gap > 0
    else:
        assert evidence.gap > 3 * digits or verdicts == ["implementation"]
        assert evidence.gap > 1e-3
        assert evidence.closed <= digits
        for cause in case["causes"]:
            assert any(evidence.shares.get(setting(s), 0) >= NAMED for s in alternatives(cause)), (
                evidence.shares
            )
        for decoy in case["decoys"]:
            assert abs(evidence.shares[decoy]) <= BLAMELESS, evidence.shares


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("case", [_marked(c) for c in CASES if c.get("expressible", True)])
def test_crossframe_names_the_cause(
    case: Case, home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CROSSFRAME_STORE", str(home / "store.sqlite"))
    done = in_process(capsys, *words_of(case, home), code=(0, 1))
    assert faults(case, json.loads(done.stdout)) == []


@pytest.mark.parametrize(
    "case", [c for c in CASES if not c.get("expressible", True)], ids=lambda case: case["name"]
)
def test_what_cannot_be_expressed_is_refused(
    case: Case, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Once this fails the case can be expressed: take ``expressible = false`` and its reason out."""
    in_process(capsys, *words_of(case, home), code=2)
