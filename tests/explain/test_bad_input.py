"""Bad input to explain: exit code 2, a message that names the culprit, and nothing on stdout."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from crossframe.core.errors import UsageError
from crossframe.explain.api import explain
from tests.command import files
from tests.tables import BAD, table

PAIR = ("sklearn.logistic", "r.glm")


def refused(command, *words):
    done = command("explain", *words, code=2)
    assert done.stdout == ""
    return done.stderr


@pytest.mark.parametrize("kind", BAD)
def test_bad_tables(home, kind, command):
    make, words = BAD[kind]
    make().to_csv("bad.csv", index=False)
    told = refused(command, *PAIR, "--data", "bad.csv", "--target", "y")
    for word in ("bad.csv", *words):
        assert word in told
    assert [name for name in files(home) if not name.endswith((".sqlite", "-shm", "-wal"))] == ["bad.csv"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--n", "0"], ["--n 0"]),
        (["--n", "10,abc"], ["'abc'"]),
        (["--n", "500"], ["--n 500", "use at most"]),
        (["--design", "leak", "--draws", "2"], ["unknown design 'leak'", "did you mean leek"]),
        (["--dataset", "mnits"], ["unknown data set 'mnits'", "did you mean mnist"]),
        (["--draws", "0"], ["--draws"]),
        (["--target", "y"], ["--data FILE"]),
        (["--data", "nowhere.csv", "--target", "y"], ["nowhere.csv"]),
        (["--data", "mine.csv", "--target", "yy"], ["'yy'", "did you mean y"]),
        (["--frobnicate"], ["--frobnicate", "--help"]),
        (["--missing", "ignore"], ["--missing"]),
        (["--fail-over", "many"], ["--fail-over", "many"]),
        (["--json", "--markdown"], ["--markdown"]),
    ],
)
def test_bad_options(home, words, told, command):
    table().to_csv("mine.csv", index=False)
    said = refused(command, *PAIR, *words)
    for word in told:
        assert word in said


@pytest.mark.parametrize(
    ("left", "right", "told"),
    [
        ("sklearn.logistic", "r.glmm", ["unknown model 'r.glmm'", "did you mean r.glm"]),
        ("sklearn.logistc", "r.glm", ["unknown model", "did you mean sklearn.logistic"]),
        ("torch.logistic", "r.glm", ["unknown model 'torch.logistic'"]),
        ("sklearn.logistic", "keras.mlp", ["different families", "keras.mlp"]),
        ("sklearn.logistic:D=1", "r.glm", ["unknown setting of sklearn.logistic 'D'"]),
        ("sklearn.logistic:C=zero", "r.glm", ["C=zero", "a number"]),
        ("sklearn.logistic:C", "r.glm", ["'C' is not a setting", "NAME=VALUE"]),
        ("sklearn.logistic:solver=lbfsg", "r.glm", ["'lbfsg'", "did you mean lbfgs"]),
        ("sklearn.logistic:link=identity", "r.glm", ["sklearn.logistic cannot express link"]),
        ("r.glm:link=logid", "r.glm", ["'logid'", "logit"]),
        ("r.glm:penalty.l2=0.1", "r.glm", ["r.glm cannot express penalty.l2"]),
        # Settings that contradict each other.
        ("sklearn.logistic:solver=lbfgs,penalty=l1", "r.glm", ["lbfgs takes no lasso", "solver=saga"]),
        ("sklearn.logistic:penalty.l1=0.1", "r.glm", ["lbfgs takes no lasso", "solver=saga"]),
        ("sklearn.logistic:solver=liblinear,C=inf", "r.glm", ["liblinear always takes a penalty"]),
        ("sklearn.logistic:solver=liblinear,l1_ratio=0.5", "r.glm", ["liblinear takes no mixture"]),
        ("sklearn.logistic:solver=liblinear,penalty.intercept=0", "r.glm", ["liblinear always penalises"]),
        ("sklearn.logistic:C=1,penalty.l2=0.1", "r.glm", ["penalty.l2 and C are two spellings"]),
        ("h2o.glm:lambda_=0.1,penalty.strength=0.2", "r.glm", ["penalty.strength and lambda_ are two"]),
        ("r.glmnet:intercept=true,intercept=false", "r.glm", ["intercept is given more than once"]),
        ("sklearn.logistic:penalty.l2=1,penalty.strength=2", "r.glm", ["two spellings of one penalty"]),
    ],
)
def test_bad_sides(tmp_path, left, right, told):
    with pytest.raises(UsageError) as caught:
        explain(left, right, store=tmp_path / "store.sqlite")
    assert caught.value.exit_code == 2
    for word in told:
        assert word in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_a_target_of_numbers_is_not_one_of_classes(home, command):
    numbers = table()
    numbers["y"] = np.linspace(0, 1, len(numbers))
    numbers.to_csv("numbers.csv", index=False)
    said = refused(command, *PAIR, "--data", "numbers.csv", "--target", "y")
    assert "sklearn.logistic" in said
    assert "number" in said


def test_a_right_side_is_needed(home, command):
    assert "RIGHT is required" in refused(command, "sklearn.logistic")


def test_unreadable_files(home, command):
    Path("noise.csv").write_bytes(bytes(range(256)) * 50)
    assert "noise.csv" in refused(command, *PAIR, "--data", "noise.csv", "--target", "y")
