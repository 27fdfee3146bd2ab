"""A user's table with text, truth values, gaps and columns to leave out: explained, and in the programs."""

from __future__ import annotations

import math
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from crossframe.core.errors import DataError, ExitCode
from crossframe.data import load
from crossframe.data.table import missing_words
from crossframe.explain import programs
from crossframe.explain.api import explain
from crossframe.explain.columns import check_sizes
from crossframe.explain.programs import script, write_programs
from crossframe.explain.report import document

TARGET = "ill \"today\" 'ü'"
REGION = 'a `re,gion"'


def mixed(rows: int = 60) -> pd.DataFrame:
    """Numbers, text of nasty names and levels, truth values, an identifier, and gaps."""
    rng = np.random.default_rng(5)
    frame = pd.DataFrame(
        {
            "id": np.arange(rows) + 1000,
            "age": rng.normal(50, 10, rows).round(1),
            "smoker": rng.choice(["TRUE", "False", "FALSE"], rows),
            REGION: rng.choice(["no\\rth", 'so"uth', "west, 'é'", "10"], rows),
            "clinic": "A",
            "sex": rng.choice(["m", "f"], rows),
        }
    )
    frame[TARGET] = np.where(frame["age"] + rng.normal(0, 15, rows) > 50, "True", "false")
    frame.loc[3, "age"] = math.nan
    frame.loc[[3, 9], REGION] = ["null", "N/A"]
    return frame


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("columns")
    mixed().to_csv(made / "mixed.csv", index=False, encoding="utf-8-sig")
    return made


def program(name: str, path: Path, **arguments):
    columns = load(path, target=TARGET, missing="drop", drop=["id"], numbers=True).file
    assert columns is not None
    return script(
        name, arguments, path.name, TARGET, columns.positive, "s.txt", {}, purpose="Its matrix.",
        columns=columns, missing_words=missing_words(path, list(columns.missing)),
    )  # fmt: skip


@pytest.mark.parametrize("name", ["mixed.csv", "mixed.tsv.gz"])
def test_a_python_program_has_the_same_matrix(place, name, monkeypatch):
    path = place / name
    if name != "mixed.csv":
        mixed().to_csv(path, index=False, sep="\t")
    data = load(path, target=TARGET, missing="drop", drop=["id"])
    assert data.X.shape == (58, 6)
    text = program("sklearn.logistic", path).text
    monkeypatch.chdir(place)
    made: dict = {}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        exec(text.partition("model = ")[0], made)
    np.testing.assert_array_equal(made["X"], data.X)
    np.testing.assert_array_equal(made["y"], data.y)


@pytest.mark.xdist_group("r")
def test_an_r_program_has_the_same_matrix(place):
    data = load(place / "mixed.csv", target=TARGET, missing="drop", drop=["id"])
    made = program("r.glmnet", place / "mixed.csv")
    start = made.text.partition("fit <- ")[0].replace("library(glmnet)", "")
    ended = replace(made, text=start + 'writeLines(sprintf("%.17g", c(t(x), y)), "s.txt")\n')
    values = programs.run(place, "matrix", ended)
    np.testing.assert_array_equal(values, np.concatenate([data.X.ravel(), data.y]))


@pytest.fixture(scope="module")
def explained(place):
    return explain(
        "sklearn.linear", "sklearn.ridge", data=place / "mixed.csv", target="id", missing="drop",
        features=["smoker", REGION, "sex"], store=place / "store.sqlite",
    )  # fmt: skip


def with_recipe(explained, arguments):
    """The explanation with other arguments in the left side's recipe, and none towards the left side."""
    one, other = explained.directions
    wrong = replace(one, recipe=replace(one.recipe, arguments=arguments))
    return replace(explained, directions=(wrong, replace(other, closing=None)))


@pytest.mark.slow
def test_a_program_that_fails_is_a_fault_in_one_sentence(explained, tmp_path):
    broken = with_recipe(explained, {"no_such_argument": 1})
    (failed,) = write_programs(broken, tmp_path)
    assert failed.exit_code is ExitCode.CELLS_FAILED
    assert failed.words == "left-as-right.py failed with exit status 1; its output is in left-as-right.log"
    assert "no_such_argument" in (tmp_path / "left-as-right.log").read_text()
    page = document(explained, (failed,))
    assert page.headlines[-1] == f"{failed.words[:1].upper()}{failed.words[1:]}."
    assert "Traceback" not in page.html() + page.markdown()


@pytest.mark.slow
def test_programs_that_do_not_agree_are_a_fault(explained, tmp_path):
    (pair,) = write_programs(with_recipe(explained, {"fit_intercept": False}), tmp_path)
    assert pair.exit_code is ExitCode.DIFFERS
    assert "do not confirm the recipe" in pair.words


@pytest.mark.parametrize("size", [1e308, 1e160, 1e-300])
def test_numbers_whose_products_are_out_of_range(home, command, size):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"a": rng.normal(size=60), "b": rng.uniform(-1, 1, 60) * size})
    frame.assign(y=rng.choice(["u", "v"], 60)).to_csv("wild.csv", index=False)
    for more in ((), ("--draws", "2")):
        done = command("explain", "sklearn.logistic", "r.glm", "--data", "wild.csv", "--target", "y", *more,
                       code=2)  # fmt: skip
        assert "wild.csv" in done.stderr
        assert "column 'b'" in done.stderr
        assert "Traceback" not in done.stderr


def test_zeros_and_usual_numbers_can_be_explained(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("zero,a,y\n0,1e-60,1e60\n0,3,2\n0,5,1\n")
    check_sizes(load(path, target="y", numbers=True))
    path.write_text("a,y\n1,1e300\n2,3\n3,4\n")
    with pytest.raises(DataError, match="the target"):
        check_sizes(load(path, target="y", numbers=True))


def test_a_file_that_no_program_reads_has_none(explained, tmp_path):
    elsewhere = replace(explained, file=replace(explained.file, path="rows.parquet"))
    assert write_programs(elsewhere, tmp_path) == []
