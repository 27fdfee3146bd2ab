"""Scripts whose penalty is chosen by cross-validation: cv.glmnet and LassoCV, with their folds and rules."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from crossframe.core.errors import UsageError
from crossframe.explain.fitted.result import FittedExplanation
from crossframe.explain.public import explain
from crossframe.explain.scripts.edit import diff, edited
from crossframe.explain.scripts.record import record
from crossframe.frameworks.folds import RULES, fold_numbers, rule_of
from crossframe.frameworks.r.adopt import searched

R = """library(glmnet)
d <- read.csv("d.csv")
x <- as.matrix(d[, 1:5])
{before}
cv <- cv.glmnet(x, d$y, {folds}, standardize = FALSE, thresh = 1e-12)
print(coef(cv{rule}))
"""
PYTHON = """import numpy as np
import pandas as pd
from sklearn.linear_model import LassoCV
from sklearn.model_selection import KFold, PredefinedSplit

d = pd.read_csv("d.csv")
fit = LassoCV(cv={cv}, tol=1e-10, max_iter=100000).fit(d.iloc[:, :5], d["y"])
"""
SCRIPT = "cv <- cv.glmnet(x, d$y, nfolds = 10)\nprint(coef(cv))\np <- predict(cv, x, s = 'lambda.1se')\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    rng = np.random.default_rng(3)
    X = rng.normal(size=(60, 5))
    y = X @ [1.0, 0.5, 0.2, 0.0, 0.0] + rng.normal(size=60)
    header = "a,b,c,d,e,y"
    np.savetxt(tmp_path / "d.csv", np.column_stack([X, y]), delimiter=",", header=header, comments="")
    return tmp_path


def written(folder: Path, name: str, text: str, **parts: str) -> Path:
    file = folder / name
    file.write_text(text.format(**parts), encoding="utf-8")
    return file


@pytest.mark.parametrize("rule", RULES)
def test_the_rule_of_given_folds(rule: str) -> None:
    y = np.random.default_rng(1).integers(0, 3, 21)
    folds = fold_numbers(rule, 4, y)
    count = 21 if rule == "leave_one_out" else 4
    assert rule_of(folds.tolist(), y) == (rule, count)
    assert rule_of((7 - folds).tolist(), y) == (rule, count)
    folds[[0, 3, 20]] = folds[[20, 0, 0]]
    assert rule_of(folds.tolist(), y) is None
    assert rule_of(folds[:20].tolist(), y) is None


def test_other_folds_and_another_rule_in_a_script_of_r() -> None:
    made = edited(SCRIPT, "r", "cv.glmnet", 1, 0, {"foldid": "modulo", "nfolds": 6, "s": "lambda.min"})
    assert diff(SCRIPT, made, "a.R").splitlines()[3:] == [
        "-cv <- cv.glmnet(x, d$y, nfolds = 10)",
        "-print(coef(cv))",
        "-p <- predict(cv, x, s = 'lambda.1se')",
        "+cv <- cv.glmnet(x, d$y, nfolds = 10, foldid = (seq_along(d$y) - 1) %% 6 + 1)",
        '+print(coef(cv, s = "lambda.min"))',
        '+p <- predict(cv, x, s = "lambda.min")',
    ]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"foldid": "stratified"}, "takes the folds as a vector"),
        ({"grid": "all_rows"}, "no argument of cv.glmnet sets grid"),
    ],
)
def test_what_no_argument_says_is_left_to_the_user(arguments: dict[str, str], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        edited(SCRIPT, "r", "cv.glmnet", 1, 0, arguments)
    text = SCRIPT.replace("cv <- ", "take(").replace("nfolds = 10)", "nfolds = 10))")
    with pytest.raises(UsageError, match="s is an argument of predict"):
        edited(text, "r", "cv.glmnet", 1, 0, {"s": "lambda.min"})


@pytest.mark.slow
@pytest.mark.xdist_group("r")
def test_the_folds_of_a_script_of_r(folder: Path) -> None:
    """Drawn, given by a rule, and given by none; a penalty that neither rule chooses is a number."""
    own = {
        "drawn": ("set.seed(4)", "nfolds = 5", ""),
        "unseeded": ("", "nfolds = 5", ""),
        "modulo": ("", "foldid = rep_len(1:5, nrow(x))", ', s = "lambda.min"'),
        "sorted": ("", "foldid = as.integer(cut(rank(d$y), 5))", ""),
        "number": ("", "foldid = rep_len(1:5, nrow(x))", ", s = 0.2"),
    }
    found = {}
    for name, (before, folds, rule) in own.items():
        file = written(folder, f"{name}.R", R, before=before, folds=folds, rule=rule)
        found[name] = searched(record(file, on_output=lambda text: None)[1][-1])
    assert found["drawn"] is not None
    assert found["drawn"].native["seed"] == 4
    assert (found["drawn"].native["foldid"], found["drawn"].native["s"]) == ("random", "lambda.1se")
    assert found["modulo"] is not None
    assert (found["modulo"].native["foldid"], found["modulo"].native["nfolds"]) == ("modulo", 5)
    assert found["modulo"].native["s"] == "lambda.min"
    assert found["unseeded"] is found["sorted"] is found["number"] is None


@pytest.mark.slow
@pytest.mark.xdist_group("r")
@pytest.mark.parametrize(
    ("left", "cv", "cause"),
    [
        (("", "foldid = rep_len(1:5, nrow(x))", ""), "PredefinedSplit(np.arange(60) % 5)", "validation.rule"),
        (("set.seed(4)", "nfolds = 5", ', s = "lambda.min"'), "KFold(5)", "validation.assignment"),
    ],
)  # fmt: skip
def test_a_search_in_r_and_one_in_python(
    folder: Path, left: tuple[str, str, str], cv: str, cause: str
) -> None:
    """The copy of the R script with the settings named is run, and agrees with scikit-learn."""
    before, folds, rule = left
    one = written(folder, "left.R", R, before=before, folds=folds, rule=rule)
    other = written(folder, "right.py", PYTHON, cv=cv)
    made = explain(str(one), str(other))
    assert isinstance(made, FittedExplanation)
    assert [side.recognised.model for side in (made.left, made.right) if side.recognised] == [
        "r.cv_glmnet", "sklearn.lasso_cv",
    ]  # fmt: skip
    assert made.verdict == "explained"
    assert cause in made.causes
    assert not {"penalty.l1", "penalty.strength"} & set(made.causes)
    best = min(recipe.after for recipe in made.recipes)
    assert best < 1e-8
