"""The real command: what it prints and writes, and its exit code."""

from __future__ import annotations

import json

import pytest


@pytest.fixture
def table(home):
    from sklearn.datasets import load_breast_cancer

    X, y = load_breast_cancer(return_X_y=True, as_frame=True)
    X.iloc[:, :4].assign(benign=y).to_csv(home / "my table.csv", index=False)
    return ("--data", "my table.csv", "--target", "benign")


def test_an_explanation_with_its_programs(home, table, command):
    done = command("explain", "sklearn.logistic", "r.glm", *table, "--report", "why")
    assert "The difference is explained" in done.stdout
    assert "penalty.l2" in done.stdout
    said = [line for line in done.stderr.splitlines() if "agree in" in line]
    assert len(said) == 2
    assert all(float(line.rpartition("agree in ")[2].split()[0]) >= 8 for line in said)
    assert {"index.html", "README.md", "result.json", "left-as-right.py", "right.R"} <= {
        p.name for p in (home / "why").iterdir()
    }


def test_json_and_the_digits_asked_for(home, table, command):
    done = command("explain", "sklearn.logistic", "r.glm", *table, "--json", "--fail-over", "6", code=1)
    told = json.loads(done.stdout)
    assert (told["schema"], told["verdict"]) == (1, "explained")
    assert told["digits_before"] < 1 < 8 < told["digits_after"]


def test_sides_that_agree(home, command):
    done = command("explain", "r.glm", "r.glm", "--n", "40", "--json")
    assert json.loads(done.stdout)["verdict"] == "agree"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("sklearn.logistic", "r.glmm"), "did you mean r.glm"),
        (("sklearn.logistic", "h2o.mlp"), "not of the linear family"),
        (("sklearn.logistic", "r.glm", "--data", "nowhere.csv", "--target", "y"), "nowhere.csv"),
        (("sklearn.logistic",), "required"),
    ],
)
def test_bad_input(home, words, message, command):
    done = command("explain", *words, code=2)
    assert message in done.stderr
    assert not done.stdout
