"""The real command: what it prints and writes, and its exit code."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.command import Done


@pytest.fixture
def table(home):
    from sklearn.datasets import load_breast_cancer

    X, y = load_breast_cancer(return_X_y=True, as_frame=True)
    X, y = X.iloc[:200, :5], y[:200]
    texts = {
        "row": range(1000, 1200),
        "size": np.resize(["small", "large", "no\\ne"], 200),
        "smooth": np.where(X["mean smoothness"] < 0.1, "TRUE", np.resize(["False", "FALSE"], 200)),
        "from": "here",
        "benign": np.where(y == 1, "TRUE", "False"),
    }
    rows = X.iloc[:, :3].assign(**texts)
    rows.loc[[3, 9], "size"] = ["N/A", ""]
    rows.loc[3, "mean radius"] = np.nan
    rows.to_csv(home / "my table.csv", index=False)
    return ("--data", "my table.csv", "--target", "benign", "--missing", "drop", "--drop", "row")


@pytest.mark.slow
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
    _columns_come_first(done, home / "why")


def _columns_come_first(done: Done, folder: Path) -> None:
    """On the progress, the terminal and both pages; with their coding, and the rows that are left out."""
    assert "not used: row (left out by --drop); from (it has one level only)" in done.stderr
    assert "against large" in done.stderr
    for text in (done.stdout, *((folder / name).read_text() for name in ("index.html", "README.md"))):
        first = text.partition("shares of the difference,")[0]
        for words in (
            "198 of 200",
            "mean radius 1, size 2",
            "False is 0, True is 1",
            "reference level large",
        ):
            assert words in first
        assert "Traceback" not in text
    columns = json.loads((folder / "result.json").read_text())["data"]["columns"]
    assert columns["rows_dropped"] == 2
    assert columns["features"][-2:] == [
        {"column": "size", "kind": "text", "reference": "large", "coded": ["size=no\\ne", "size=small"]},
        {"column": "smooth", "kind": "truth", "reference": "False", "coded": ["smooth=True"]},
    ]


@pytest.mark.slow
def test_json_and_the_digits_asked_for(home, table, command):
    done = command("explain", "sklearn.logistic", "r.glm", *table, "--json", "--fail-over", "6", code=1)
    told = json.loads(done.stdout)
    assert (told["schema"], told["verdict"]) == (1, "explained")
    assert told["digits_before"] < 1 < 8 < told["digits_after"]


def test_sides_that_agree(home, command):
    done = command("explain", "r.glm", "r.glm", "--n", "40", "--json")
    assert json.loads(done.stdout)["verdict"] == "agree"


OWN = ("sklearn.logistic", "r.glm", "--data", "t.csv", "--target", "y")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("sklearn.logistic", "r.glmm"), "did you mean r.glm"),
        (("sklearn.logistic", "h2o.mlp"), "not of the linear family"),
        (("sklearn.logistic", "r.glm", "--data", "nowhere.csv", "--target", "y"), "nowhere.csv"),
        (("sklearn.logistic",), "required"),
        (("sklearn.mlp", "keras.mlp", "--seed", "7", "--top", "1"), "--seed has no use with two models"),
        ((*OWN, "--data-dir", "."), "--data-dir has no use with two models on --data"),
        (("--run", "latest", "--n", "40"), "--n has no use with the gaps of a compare run"),
        ((*OWN, "--run", "latest"), "--data has no use with two contestants of a compare run"),
        (("t.txt", *OWN[1:], "--fail-over", "6"), "--fail-over has no use with a table of coefficients"),
        (("--self-test", "--classes"), "--classes has no use with --self-test"),
    ],
)
def test_bad_input(home, words, message, command):
    done = command("explain", *words, code=2)
    assert message in done.stderr
    assert not done.stdout


def test_a_program_that_fails_decides_the_exit_code(home, command, monkeypatch):
    from crossframe.explain import programs

    def failing(*given, **named):
        return replace(written(*given, **named), text='raise SystemExit("no room")\n')

    written = programs.script
    monkeypatch.setattr(programs, "script", failing)
    Path("t.csv").write_text("a,b,y\n" + "".join(f"{i},{i * i % 7},{i * i % 5}\n" for i in range(20)))
    words = ("sklearn.linear", "sklearn.ridge", "--data", "t.csv", "--target", "y", "--report", "why")
    done = command("explain", *words, code=6)
    assert "left-as-right.py failed with exit status 1; its output is in left-as-right.log" in done.stderr
    assert "no room" not in done.stdout + done.stderr
    assert "no room" in Path("why/left-as-right.log").read_text()
    assert json.loads(Path("why/result.json").read_text())["programs"][0]["failed"] is True
