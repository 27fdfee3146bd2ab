"""A framework in a package of its own takes part in everything, and crossframe has no line about it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.command import ROOT, environment

TOY = ROOT / "tests" / "toy"
pytestmark = [
    pytest.mark.skipif(not (TOY / "pyproject.toml").exists(), reason="not run in a checkout"),
    pytest.mark.slow,
]

COMMANDS = {
    "models": "list models --json",
    "engines": "list engines --json",
    "compare": "compare --dataset digits --n 30 --draws 2 --contestants mine.ridge,sklearn.ridge --json",
    "report": "report digits-leek --report page",
    "audit": "audit mine.ridge --check --json",
    "defaults": "audit mine.ridge --json",
    "explain": "explain mine.ridge:alpha=3 sklearn.ridge --data numbers.csv --target y --json --report why",
}
CODE = """
import contextlib, io, json, shlex, sys
from crossframe.cli.main import main
from crossframe.frameworks.pool import Pool, sharing
answers = {}
with Pool() as pool, sharing(pool):
    for name, words in json.loads(sys.argv[1]).items():
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            code = main(shlex.split(words))
        answers[name] = code, out.getvalue()
from crossframe.cli.checks import starts
from crossframe.frameworks.registry import framework
answers["starts"] = [check.ok for check in starts(framework("mine"))]
print(json.dumps(answers))
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Path:
    """A folder with the toy's package, installed, and a table whose target is a number."""
    folder = tmp_path_factory.mktemp("toy")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", "install", "--no-deps"]
    words = ["--no-build-isolation", "--no-index", "--target", str(folder / "site"), str(TOY)]
    subprocess.run([*pip, *words], check=True)
    rng = np.random.default_rng(0)
    X = rng.normal(size=(50, 3))
    y = X @ [1.0, -2.0, 0.5] + rng.normal(size=50)
    pd.DataFrame(X, columns=["a", "b", "c"]).assign(y=y).to_csv(folder / "numbers.csv", index=False)
    return folder


def run(place: Path, *words: str) -> str:
    path = os.pathsep.join([str(place / "site"), str(ROOT)])
    done = subprocess.run(
        [sys.executable, *words], cwd=place, env=environment(place, PYTHONPATH=path),
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def answers(place) -> dict[str, tuple[int, str]]:
    """Exit code and standard output of each of `COMMANDS`, all in one process."""
    return json.loads(run(place, "-c", CODE, json.dumps(COMMANDS)).splitlines()[-1])


def shown(answers, name, code=0):
    assert answers[name][0] == code, answers[name][1]
    return json.loads(answers[name][1])


def test_it_is_listed(answers):
    assert "mine" in {row["engine"] for row in shown(answers, "engines")["engines"]}
    assert "mine.ridge" in {row["name"] for row in shown(answers, "models")["contestants"]}


def test_doctor_starts_it(answers):
    assert answers["starts"] == [True]


def test_it_is_compared_and_reported(answers, place):
    result = shown(answers, "compare")
    cells = [c for c in result["cells"] if c["contestant"] == "mine.ridge"]
    assert len(cells) == 2
    assert all(c["fingerprint_ok"] for c in cells)
    assert "crossframe-toy" in result["run"]["versions"]["mine"]
    assert answers["report"][0] == 0
    assert "mine.ridge" in (place / "page" / "index.html").read_text(encoding="utf-8")


def test_its_defaults_and_its_rules_are_audited(answers):
    (model,) = shown(answers, "defaults")["models"]
    assert {p["name"]: p["declared"] for p in model["parameters"]} == {"alpha": 0.0, "intercept": True}
    checked = shown(answers, "audit")
    assert "mine.ridge" in json.dumps(checked)


def test_its_gap_is_explained(answers, place):
    explained = shown(answers, "explain")
    assert explained["verdict"] == "explained"
    assert explained["digits_before"] < 4 < 8 < explained["digits_after"]
    assert "penalty.l2" in json.dumps(explained)
    assert (place / "why" / "index.html").is_file()


def test_it_passes_the_conformance_kit(place):
    kit = str(TOY / "check_mine.py")
    words = ("-q", "-p", "no:cacheprovider", "--rootdir", str(place), "-c", os.devnull, kit)
    shown = run(place, "-m", "pytest", *words)
    assert " passed" in shown
