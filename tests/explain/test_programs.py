"""Stand-alone scripts: written, run in both languages, and held against each other and the engines."""

from __future__ import annotations

import ast
import math
import re
import sys
import time
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import psutil
import pytest
from scipy.stats import norm
from sklearn.datasets import load_breast_cancer

from crossframe.core.errors import CrossframeError, EngineMissing, UsageError
from crossframe.core.types import FloatArray, Value
from crossframe.explain.programs import ProgramFailed, Script, agreement, run, script
from crossframe.frameworks import registry
from crossframe.frameworks.contract import EngineConfig, EvalRows, FitRequest
from crossframe.frameworks.registry import versions
from crossframe.frameworks.sklearn.engine import Sklearn

NEWTON: dict[str, Value] = {"solver": "newton-cholesky", "tol": 1e-14, "max_iter": 10000}
UNPENALISED: dict[str, Value] = {**NEWTON, "C": math.inf}
N = 569


@cache
def cancer() -> tuple[FloatArray, FloatArray]:
    data = load_breast_cancer()
    return np.asarray(data.data[:, :4]), np.asarray(data.target)


def table(
    file: Path, names: tuple[str, ...] = ("radius", "texture", "perimeter", "area", "diagnosis")
) -> Path:
    """Four features and the diagnosis, M or B; the last name is the target's, which is the third column."""
    X, y = cancer()
    frame = pd.DataFrame(X, columns=list(names[:4]))
    frame.insert(2, names[4], np.where(y == 1, "B", "M"))
    frame.to_csv(file, index=False)
    return file


def program(
    model: str,
    arguments: Mapping[str, Value],
    *,
    data: str = "table.csv",
    target: str = "diagnosis",
    positive: str = "M",
    scores: str = "scores.txt",
    purpose: str = "One side of an explanation.",
) -> Script:
    known = versions(model.partition(".")[0])
    return script(model, arguments, data, target, positive, scores, known, purpose=purpose)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("scripts")
    table(made / "table.csv")
    return made


@pytest.fixture(scope="module")
def glm(folder: Path) -> FloatArray:
    """Plain glm, by Rscript."""
    return run(folder, "glm", program("r.glm", {}, scores="glm.txt"))


@pytest.mark.slow
def test_unpenalised_scikit_learn_is_glm(folder: Path, glm: FloatArray) -> None:
    ours = run(folder, "logistic", program("sklearn.logistic", UNPENALISED, scores="logistic.txt"))
    assert ours.shape == glm.shape == (N,)
    assert agreement(ours, glm) >= 8
    # The probability is that of the class asked for: malignant cells are the larger ones.
    assert np.corrcoef(ours, cancer()[0][:, 0])[0, 1] > 0.5
    assert (folder / "logistic.py").is_file()
    assert len((folder / "glm.txt").read_text().splitlines()) == N


@pytest.mark.slow
def test_glmnet_is_scikit_learn_at_its_default_penalty(folder: Path) -> None:
    ridge: dict[str, Value] = {
        "alpha": 0.0,
        "lambda": 0.0017574692442882249,
        "standardize": False,
        "thresh": 1e-20,
        "maxit": 10000000,
    }
    theirs = run(folder, "ridge", program("r.glmnet", ridge, scores="a.txt"))
    ours = run(folder, "penalised", program("sklearn.logistic", {**NEWTON, "C": 1.0}, scores="b.txt"))
    assert agreement(ours, theirs) >= 8


@pytest.mark.slow
def test_h2o_is_glm(folder: Path, tmp_path: Path, glm: FloatArray, monkeypatch: pytest.MonkeyPatch) -> None:
    exact: dict[str, Value] = {
        "lambda_": 0.0,
        "alpha": 0.0,
        "standardize": False,
        "beta_epsilon": 1e-14,
        "objective_epsilon": 1e-16,
        "gradient_epsilon": 1e-14,
        "max_iterations": 1000,
    }
    # The server names its folder on its command line.
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    theirs = run(folder, "h2o", program("h2o.glm", exact, scores="h2o.txt"), limit=200)
    assert agreement(theirs, glm) >= 8
    commands = [" ".join(p.info["cmdline"] or ()) for p in psutil.process_iter(["cmdline"])]
    assert not [command for command in commands if str(tmp_path) in command]


@pytest.mark.slow
def test_fits_that_the_engine_makes_too(folder: Path) -> None:
    X, y = cancer()
    malignant = (y == 0).astype(np.int64)
    for model, native in (
        ("mlp", {"hidden_layer_sizes": (5,), "max_iter": 3, "random_state": 7, "early_stopping": True}),
        ("sgd", {"random_state": 7, "max_iter": 3, "tol": 0.0}),
        ("sgd", {"random_state": 7, "loss": "hinge", "penalty": "none"}),
    ):
        script_says = run(folder, model, program(f"sklearn.{model}", native))
        names = ("radius", "texture", "perimeter", "area")
        rows = np.ascontiguousarray(X)
        request = FitRequest(
            model=model, X_train=rows, y_train=malignant, evaluation=EvalRows("", rows, names),
            names=names, settings={}, native=native, seed=7,
        )  # fmt: skip
        engine_says = Sklearn(EngineConfig(folder, threads=1)).fit(request).score
        assert engine_says is not None
        np.testing.assert_allclose(script_says, engine_says, rtol=1e-12)


@pytest.mark.slow
def test_r_models_with_their_other_arguments(folder: Path, glm: FloatArray) -> None:
    X, y = cancer()
    fitted = run(folder, "lm", program("r.lm", {"tol": 1e-9, "singular.ok": True, "na.action": "na.omit"}))
    A = np.column_stack([np.ones(N), X])
    np.testing.assert_allclose(fitted, A @ np.linalg.lstsq(A, y == 0, rcond=None)[0], atol=1e-9)
    given: dict[str, Value] = {"epsilon": 1e-15, "maxit": 1000, "start": "zeros", "etastart": None}
    assert agreement(run(folder, "glm2", program("r.glm", given)), glm) >= 8
    probit = run(folder, "probit", program("r.glm", {"link": "probit", "mustart": "half"}))
    assert agreement(probit, glm) < 2
    # Its inverse normal distribution function is linear in the features, which the logit of it is not.
    inside = np.abs(probit - 0.5) < 0.49
    eta = norm.ppf(probit[inside])
    for values, linear in ((eta, True), (np.log(probit[inside] / (1 - probit[inside])), False)):
        beta = np.linalg.lstsq(A[inside], values, rcond=None)[0]
        assert (np.abs(values - A[inside] @ beta).max() < 1e-8) == linear
    with pytest.raises(UsageError, match="start=ones"):
        program("r.glm", {"start": "ones"})


@pytest.mark.slow
def test_glmnet_with_a_path_is_read_at_its_end(folder: Path, glm: FloatArray) -> None:
    path: dict[str, Value] = {"nlambda": 100, "lambda.min.ratio": 1e-9, "fdev": 0.0, "eps": 1e-12}
    path |= {"lambda": None, "penalty.factor": (1, 1, 1, 1), "thresh": 1e-14, "maxit": 10000000}
    at_the_end = run(folder, "path", program("r.glmnet", path))
    assert at_the_end.shape == (N,)
    # The last penalty is next to none: 4e-10. By glmnet.control's own eps it is 4e-7.
    assert agreement(at_the_end, glm) > 5
    assert 3 < agreement(run(folder, "floor", program("r.glmnet", {**path, "eps": 1e-6})), glm) < 4
    # A refit at s is a fit at s.
    at: dict[str, Value] = {
        "penalty.factor": (1, 0, 1, 1),
        "upper.limits": 5.0,
        "thresh": 1e-14,
        "maxit": 10000000,
    }
    refitted = run(folder, "exact", program("r.glmnet", {**at, "s": 1e-3, "exact": True}))
    assert agreement(refitted, run(folder, "at", program("r.glmnet", {**at, "lambda": 1e-3}))) > 6
    assert agreement(refitted, glm) < 3


NASTY = ("a b", "it's; stop('x')", 'quo"te', "back`tick \\ größe $HOME", "the `tar\\get\" '''#{0}%s ☃")


@pytest.mark.parametrize(
    ("model", "arguments"),
    [
        pytest.param("sklearn.logistic", UNPENALISED, marks=pytest.mark.slow),
        ("r.glm", {}),
        pytest.param("r.glmnet", {}, marks=pytest.mark.slow),
    ],
)
def test_names_that_need_quotes(
    tmp_path: Path,
    glm: FloatArray,
    model: str,
    arguments: Mapping[str, Value],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Without a locale R would take the bytes of such a name for something else.
    monkeypatch.setenv("LC_ALL", "C")
    here = tmp_path / 'my réport\'s "folder"'
    here.mkdir()
    table(here / "daten – \"1\" 'ü'.csv", NASTY)
    made = program(
        model, arguments, data="daten – \"1\" 'ü'.csv", target=NASTY[-1], scores="a \"b\" 'ñ'.txt",
        purpose='x\nimport os\rstop("no")\u2028"""\n/// script',
    )  # fmt: skip
    scores = run(here, "it's", made)
    assert agreement(scores, glm) >= (8 if model != "r.glmnet" else 1)


def test_a_python_script_carries_its_dependencies() -> None:
    text = program("sklearn.logistic", UNPENALISED, purpose="word " * 60).text
    block = re.findall(r"(?m)^# /// script$\n((?:^#(?:| .*)$\n)+?)^# ///$", text)
    assert len(block) == 1
    found = tomllib.loads("".join(line[2:] + "\n" for line in block[0].splitlines()))
    known = versions("sklearn")
    assert f"scikit-learn=={known['scikit-learn']}" in found["dependencies"]
    assert f"scipy=={known['scipy']}" in found["dependencies"]
    assert {name.partition("==")[0] for name in found["dependencies"]} >= {"numpy", "pandas"}
    assert all("==" in name for name in found["dependencies"])
    assert found["requires-python"] == f">={sys.version_info.major}.{sys.version_info.minor}"
    assert max(map(len, text.splitlines())) <= 100
    assert 'C=float("inf")' in text
    assert "crossframe" not in text


def test_an_r_script_tells_its_versions_and_is_what_a_statistician_writes() -> None:
    known = versions("r")
    text = program("r.glm", {"epsilon": 1e-15, "maxit": 1000}).text
    assert text.startswith("#!/usr/bin/env Rscript\n")
    assert f"R {known['R']}" in text
    assert "diagnosis ~ .," in text
    assert "glm.control(epsilon = 1e-15, maxit = 1000)" in text
    net = program("r.glmnet", {"lower.limits": -math.inf, "upper.limits": math.inf, "intercept": False}).text
    assert f"glmnet {known['R.glmnet']}" in net
    assert "lower.limits = -Inf" in net
    assert "upper.limits = Inf" in net
    assert "intercept = FALSE" in net


@pytest.mark.parametrize("name", ["if", "NA", "NA_integer_", ".1x", "1x", "...", "_x", "é", "x y"])
def test_a_target_that_is_no_plain_name_of_r_is_quoted(name: str) -> None:
    assert f'as.name("{name}")' in program("r.glm", {}, target=name).text


def test_none_and_words_for_none_are_spelled_as_the_framework_takes_them() -> None:
    text = program("sklearn.logistic", {"class_weight": "none", "penalty": "none", "l1_ratio": None}).text
    (call,) = (
        n for n in ast.walk(ast.parse(text)) if isinstance(n, ast.Call) and _named(n, "LogisticRegression")
    )
    assert {k.arg: ast.literal_eval(k.value) for k in call.keywords} == dict.fromkeys(
        ("class_weight", "penalty", "l1_ratio")
    )


def _named(call: ast.Call, name: str) -> bool:
    return isinstance(call.func, ast.Name) and call.func.id == name


def test_what_has_no_script() -> None:
    with pytest.raises(UsageError, match="nothing but crossframe has it"):
        program("reference.optimum", {})
    with pytest.raises(UsageError, match=r"unknown model with a script 'r\.gml'"):
        script("r.gml", {}, "t", "y", "1", "s", {}, purpose="")
    with pytest.raises(UsageError, match=r"no program can be written for keras\.logistic"):
        program("keras.logistic", {})
    with pytest.raises(UsageError, match="lower_bounds"):
        program("h2o.glm", {"lower_bounds": 0.0})
    assert registry.model("reference.optimum").program is None


@pytest.mark.slow
def test_a_script_that_fails_has_a_log(folder: Path) -> None:
    for model, file in (("r.glm", "bad.R"), ("sklearn.logistic", "bad.py")):
        with pytest.raises(ProgramFailed) as caught:
            run(folder, "bad", program(model, {"no_such_argument": 1}))
        assert caught.value.message == f"{file} failed with exit status 1; its output is in bad.log"
        assert "no_such_argument" in (folder / "bad.log").read_text()
    run(folder, "bad", program("sklearn.logistic", {"max_iter": 2}))
    assert not (folder / "bad.log").exists()
    # Scores of an earlier run do not count as this one's.
    (folder / "old.txt").write_text("0.5\n")
    with pytest.raises(CrossframeError, match="left no scores"):
        run(folder, "idle", Script(".py", "pass\n", "sklearn.logistic", "old.txt"))


def test_missing_scores_are_not_numbers(folder: Path) -> None:
    made = Script(".R", 'writeLines(sprintf("%.17g", c(0.1, NA, 1/3)), "na.txt")\n', "r.glm", "na.txt")
    np.testing.assert_array_equal(run(folder, "na", made), [0.1, math.nan, 1 / 3])


@pytest.mark.slow
def test_a_time_limit_ends_all_that_a_script_started(folder: Path) -> None:
    source = (
        "import subprocess, sys, time\n"
        "p = subprocess.Popen(['sleep', '100'], start_new_session=True)\n"
        "open('pid', 'w').write(str(p.pid))\n"
        "time.sleep(100)\n"
    )
    begin = time.monotonic()
    with pytest.raises(CrossframeError, match="after its time limit of 3 s"):
        run(folder, "slow", Script(".py", source, "sklearn.logistic", "none.txt"), limit=3)
    assert time.monotonic() - begin < 30
    child = int((folder / "pid").read_text())
    assert not psutil.pid_exists(child) or psutil.Process(child).status() == psutil.STATUS_ZOMBIE


def test_a_missing_engine_is_told(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("R_HOME", str(tmp_path))
    with pytest.raises(EngineMissing, match="R is not installed"):
        run(folder, "none", program("r.glm", {}))
    assert not (folder / "none.R").exists()
