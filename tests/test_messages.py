"""The messages that users read, word for word: help, errors, lists, doctor; `make snapshots` writes them."""

from __future__ import annotations

import re
import shlex
import sys
from pathlib import Path

import pytest

import crossframe
from crossframe.frameworks.pool import Pool, sharing
from tests.tables import BAD, table

COMMANDS = (
    "", "compare", "audit", "explain", "study", "report", "list", "store", "store list", "store merge",
    "store export", "store prune", "data", "demo", "doctor",
)  # fmt: skip

ERRORS = """
crossframe compar
crossframe compare --frobnicate
crossframe compare --dataset digits --n 0
crossframe compare --dataset digits --n 10,abc
crossframe compare --dataset digits --n 500
crossframe compare --dataset digits --draws 0
crossframe compare --dataset digits --seed -1
crossframe compare --dataset digits --digits 3,3
crossframe compare --dataset mnits
crossframe compare --dataset digits --design leak
crossframe compare --dataset digits --preset leek
crossframe compare --dataset digits --engines matlab
crossframe compare --dataset digits --contestants h2o.mpl,r.glmm
crossframe compare --dataset digits --contestant h2o.mlp:standardise=false
crossframe compare --dataset digits --contestant h2o.mlp:standardize=perhaps
crossframe compare --dataset digits --contestant keras.mlp:optimizer.rule=sdg
crossframe compare --dataset digits --contestant r.glm:penalty.l2=0.1
crossframe compare --dataset digits --target y
crossframe compare --dataset digits --contestants ,
crossframe compare --data nowhere.csv --target y
crossframe compare --data mine.csv --target yy
crossframe compare --data mine.csv --target y --positive maybe
crossframe compare --data mine.csv --target x --contestants sklearn.logistic
crossframe compare --data mine.csv --target x --contestants leekasso
crossframe compare --data mine.csv --target x --contestants r.lm --design stratified
crossframe compare --data noise.csv --target y
crossframe compare --config bad.toml
crossframe report nothing
crossframe list everything
crossframe list settings r.glmm
crossframe data verify mnits
crossframe audit sklearn.logistc
crossframe audit sklearn.logistic --setting nothing
crossframe audit --check --learning-rates
crossframe audit --against numpy==1.0
crossframe audit --engines spark
crossframe audit --n 1
crossframe explain sklearn.logistic
crossframe explain sklearn.logistic r.glmm
crossframe explain sklearn.logistic keras.mlp
crossframe explain sklearn.logistic:D=1 r.glm
crossframe explain sklearn.logistic:solver=lbfgs,penalty=l1 r.glm
crossframe explain sklearn.logistic:C=1,penalty.l2=0.1 r.glm
crossframe explain sklearn.logistic r.glm --fail-over many
crossframe explain sklearn.logistic r.glm --data nowhere.csv --target y
crossframe explain sklearn.logistic r.glm --data infinity.csv --target y
crossframe compare --dataset digits --shard 0/16
crossframe compare --dataset digits --shard 17/16
crossframe study pixels --shard x
crossframe store merge nowhere.sqlite --into merged.sqlite
crossframe store prune --store nowhere.sqlite
crossframe study nothing
crossframe study sgd --scale small
""".strip().splitlines()

needs_older_argparse = pytest.mark.skipif(
    sys.version_info >= (3, 13), reason="argparse writes options in another way from Python 3.13 on"
)


@pytest.fixture
def errors(home, command, capsys):
    """Runs a command that fails, and returns what it prints."""
    from crossframe.cli.main import main

    def printed(line: str) -> str:
        capsys.readouterr()
        code = main(shlex.split(line)[1:])
        out, err = capsys.readouterr()
        assert out == ""
        return f"$ {line}\n{err}exit code {code}\n"

    return printed


@needs_older_argparse
@pytest.mark.parametrize("name", COMMANDS)
def test_help(name, command, snapshot):
    snapshot(f"help-{name.replace(' ', '-') or 'crossframe'}", command(*name.split(), "--help").stdout)


@needs_older_argparse
def test_errors(home, errors, snapshot):
    table().to_csv("mine.csv", index=False)
    (home / "noise.csv").write_bytes(bytes(range(256)) * 50)
    (home / "bad.toml").write_text("darws = 1\nsede = 2\nn = 'abc'\n")
    for name, (make, _) in BAD.items():
        make().to_csv(f"{name.replace(' ', '-')}.csv", index=False)
    lines = [
        f"crossframe compare --data {name.replace(' ', '-')}.csv --target y --contestants r.glm"
        for name in BAD
    ]
    text = "\n".join(map(errors, [*ERRORS, *lines]))
    snapshot("errors", text.replace(str(home), "HOME"))


@pytest.mark.parametrize("what", ["models", "designs", "presets", "studies", "runs"])
def test_lists(what, command, snapshot):
    snapshot(f"list-{what}", _squeezed(command("list", what).stdout))


def test_the_settings_of_a_model(command, snapshot):
    snapshot("list-settings-r.glm", _squeezed(command("list", "settings", "r.glm").stdout))


@pytest.mark.slow
def test_demo(home, command, snapshot):
    snapshot("demo", command("demo").stdout.replace(str(Path(crossframe.__file__).parent), "CROSSFRAME"))


def test_doctor_without_r_and_java(home, command, snapshot, monkeypatch):
    monkeypatch.setenv("PATH", str(home))
    for variable in ("R_HOME", "JAVA_HOME", "H2O_JAVA_HOME"):
        monkeypatch.delenv(variable, raising=False)
    problems = re.split(r"\n(?=ok|warn|FAIL|\n)", command("doctor", "--quick", code=4).stdout)
    shown = "\n".join(row for row in problems if row.startswith("FAIL"))
    snapshot("doctor", _squeezed(re.sub(r"\d+(\.\d+)*", "N", shown)))


def test_a_missing_framework(home, errors, snapshot, monkeypatch):
    monkeypatch.setenv("PATH", str(home))
    for variable in ("R_HOME", "JAVA_HOME", "H2O_JAVA_HOME"):
        monkeypatch.delenv(variable, raising=False)
    lines = (
        "crossframe compare --dataset digits --contestants r.glm",
        "crossframe explain sklearn.logistic h2o.glm --n 20",
    )
    with Pool() as own, sharing(own):
        snapshot("missing", "\n".join(map(errors, lines)).replace(str(home), "HOME"))


def _squeezed(text: str) -> str:
    """A table without the width of its columns."""
    lines = (re.sub(r"─+", "──", re.sub(r" {2,}", "  ", line)).rstrip() for line in text.splitlines())
    return "".join(f"{line}\n" for line in lines)
