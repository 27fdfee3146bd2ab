"""A user's script of R is run as Rscript runs it, and every model that it fits is recorded as R prints it."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import numpy as np
import pytest

from crossframe.core.errors import CrossframeError, EngineMissing, ExitCode, NothingToDo
from crossframe.core.types import FloatArray
from crossframe.explain.scripts.record import ScriptFailed, record
from crossframe.frameworks.fitted import FittedModel, Recording

pytestmark = pytest.mark.skipif(shutil.which("Rscript") is None, reason="R is not installed")

DATA = """
set.seed(11)
n <- 60
x <- matrix(rnorm(3 * n), n, dimnames = list(NULL, c("a", "b", "c")))
z <- x[, "a"] + rnorm(n)
y <- as.integer(z > 0)
d <- data.frame(x, z, y, cl = factor(ifelse(y == 1, "yes", "no")), g = factor(rep(c("u", "v", "w"), n / 3)))
show <- function(name, values) cat(name, sprintf("%.17g", as.double(values)), "\\n")
"""


def written(tmp_path: Path, text: str, data: str = DATA) -> Path:
    script = tmp_path / "fits.R"
    script.write_text(data + dedent(text), encoding="utf-8")
    return script


def recorded(script: Path, time_limit: float = 120) -> tuple[Recording, tuple[FittedModel, ...], str]:
    output: list[str] = []
    recording, fits = record(script, time_limit=time_limit, on_output=output.append)
    return recording, fits, "".join(output)


def shown(output: str, name: str) -> FloatArray:
    """The numbers that the script shows under a name."""
    line = re.search(rf"^{re.escape(name)} (.*)$", output, re.MULTILINE)
    assert line is not None, output
    return np.array([float(value) for value in line[1].split()])


def same(value: FloatArray | None, output: str, name: str) -> None:
    """Bit for bit what the script shows, row by row."""
    assert value is not None
    np.testing.assert_array_equal(value.ravel(), shown(output, name), err_msg=name, strict=True)


def test_a_fit_is_recorded_as_r_prints_it(tmp_path: Path) -> None:
    script = written(
        tmp_path,
        """
        d$a[c(4, 9)] <- NA
        row.names(d) <- paste0("row", seq_len(n))
        fit_model <- function(data) {
          glm(cl ~ a + g, family = binomial(link = "probit"),
              data = data, maxit = 30)
        }
        chosen <- fit_model(d)
        show("coef", coef(chosen)); show("se", coef(summary(chosen))[, 2]); show("mean", chosen$fitted.values)
        show("X", t(model.matrix(chosen)[, -1]))
        suppressWarnings(glm(y ~ z, binomial, d, maxit = 2))
        second <- lm(z ~ a + I(2 * a) + b, d, weights = 1:60, offset = c)
        show("coef2", coef(second)[-1])
        """,
    )
    recording, fits, output = recorded(script)
    first, middle, last = fits
    assert recording.language == "r"
    assert {"R", "stats"} <= recording.versions.keys()
    assert (first.call, first.variable, first.line) == ("glm", "chosen", 13)
    assert first.columns == ("a", "gv", "gw")
    assert first.classes == ("no", "yes")
    same(first.X, output, "X")
    same(first.score, output, "mean")
    assert first.coefficients is not None
    same(np.array([first.intercept, *first.coefficients]), output, "coef")
    same(first.standard_errors, output, "se")
    assert "row4" not in first.rows
    assert len(first.rows) == 58
    settings = {"family": "binomial", "link": "probit", "epsilon": 1e-8, "maxit": 30, "na.action": "na.omit",
                "rows_left_out": 2, "rows_left_out_names": ["row4", "row9"],
                "contrasts": {"g": "contr.treatment"}}  # fmt: skip
    assert settings.items() <= dict(first.arguments).items()
    assert first.given == {
        "formula": "cl ~ a + g", "family": 'binomial(link = "probit")', "data": "data", "maxit": 30,
    }  # fmt: skip
    assert first.labels is None
    assert first.seeded is None
    # A suppressed warning is seen, and a fit without a name has none.
    assert any("did not converge" in message for message in middle.messages)
    assert (middle.variable, middle.line, middle.classes) == ("", 19, ("0", "1"))
    assert (last.classes, last.messages) == ((), ())
    assert last.offset is not None
    assert last.weights is not None
    # Rows 4 and 9 are missing.
    assert last.weights[:5].tolist() == [1, 2, 3, 5, 6]
    same(last.coefficients, output.replace("NA", "nan"), "coef2")
    assert np.isnan(last.coefficients if last.coefficients is not None else 0.0).tolist() == [
        False,
        True,
        False,
    ]


RUN = """
library(glmnet)
library(nnet)
fit <- glm(cl ~ a + g, binomial, d)
fit
summary(fit)
print(fit$call)
invisible(lm(z ~ a, d))
(lm(z ~ a, d))
plot(fit, which = 1)
path <- glmnet(x, z)
coef(path, s = 0.1)
set.seed(5)
crossed <- cv.glmnet(x, d$cl, family = "binomial")
crossed
predict(crossed, x[1:3, ], s = "lambda.min")
network <- nnet(cl ~ a + b, d, size = 2)
multinom(g ~ a, d)
step(lm(z ~ a + b + c, d))
do.call(lm, list(z ~ b, data = d))$coefficients
sapply(c("a", "b"), function(name) coef(lm(reformulate(name, "z"), d)))
f <- function(x) {
  # a comment that R does not keep
  sys.call()
}
f
f(1)
sys.nframe()
ls()
interactive()
commandArgs(trailingOnly = TRUE)
basename(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)))
log(-1)
warning("late")
tryCatch(lm(nothing ~ a, d), error = function(e) cat(conditionMessage(e), "\\n"))
Sys.getenv("R_PROFILE_USER")
sessionInfo()$loadedOnly |> names()
body(set.seed)[[1]] |> class()
glmnet |> args()
runif(2)
quit(status = 3)
"""


@pytest.mark.slow
def test_nothing_of_a_script_changes(tmp_path: Path) -> None:
    script = written(tmp_path, RUN)
    plain, seen = tmp_path / "plain", tmp_path / "seen"
    (plain / "recording").mkdir(parents=True)
    (seen / "recording").mkdir(parents=True)
    root = Path(__file__).parents[3]
    program = ["--no-init-file", str(root / "r_scripts" / "record.R"), str(seen / "recording")]
    (tmp_path / ".Rprofile").write_text('cat("the profile\\n"); options(digits = 5)\n', encoding="utf-8")
    runs = [
        subprocess.run(["Rscript", *before, script.name], cwd=folder, capture_output=True, check=False)
        for folder, before in ((plain, []), (seen, program))
        if shutil.copy(script, folder) and shutil.copy(tmp_path / ".Rprofile", folder)
    ]  # fmt: skip
    assert (runs[0].returncode, runs[0].stdout, runs[0].stderr) == (
        runs[1].returncode, runs[1].stdout, runs[1].stderr,
    )  # fmt: skip
    assert runs[0].returncode == 3, runs[0].stderr


@pytest.mark.slow
def test_models_of_other_packages_are_recorded_as_r_prints_them(tmp_path: Path) -> None:
    script = written(
        tmp_path,
        """
        library(glmnet)
        library(nnet)
        library(randomForest)
        library(MASS)
        ridge <- glmnet(x, y, family = "binomial", alpha = 0, lambda = 0.05, standardize = FALSE)
        show("ridge", as.matrix(coef(ridge))); show("ridge score", predict(ridge, x, type = "response"))
        path <- glmnet(x, z)
        show("path", as.matrix(coef(path, s = 0.1)))
        show("path score", predict(path, x, s = 0.1))
        invisible(coef(path))
        unread <- glmnet(x, z, alpha = 0.5)
        whole <- glmnet(x, z, alpha = 0.2)
        show("whole", as.matrix(coef(whole))[, length(whole$lambda)]); show("end", min(whole$lambda))
        later <- glmnet(x, z, alpha = 0.3)
        invisible(predict(later, x))
        show("later", as.matrix(coef(later, s = 0.2)))
        set.seed(3)
        crossed <- cv.glmnet(x, cl <- d$cl, family = "binomial")
        show("crossed", as.matrix(coef(crossed, s = "lambda.min")))
        set.seed(7)
        network <- nnet(cl ~ a + b, d, size = 2, trace = FALSE)
        show("network", network$fitted.values)
        wide <- nnet(x, class.ind(d$g), size = 2, softmax = TRUE, trace = FALSE)
        show("wide", t(wide$fitted.values))
        two <- multinom(cl ~ a + b, d, trace = FALSE)
        show("two", coef(two)); show("two se", summary(two)$standard.errors)
        three <- multinom(g ~ a + b, d, trace = FALSE)
        show("three", t(three$fitted.values))
        set.seed(9)
        forest <- randomForest(cl ~ a + b + g, d, ntree = 30)
        show("forest", predict(forest, d, type = "prob")[, 2])
        set.seed(9)
        trees <- randomForest(x, z, ntree = 20, maxnodes = 4)
        show("trees", predict(trees, x)); show("z", z)
        counts <- glm.nb(round(exp(z)) ~ a, d)
        show("counts", coef(counts))
        ordered <- polr(g ~ a, d)
        show("ordered", t(ordered$fitted.values))
        pairs <- glm(cbind(c(3, 4, 5), c(1, 2, 0)) ~ c(1, 2, 4), family = binomial)
        show("pairs", coef(pairs))
        """,
    )
    recording, fits, output = recorded(script)
    assert not recording.unreadable
    by = {fit.variable: fit for fit in fits}

    def linear(name: str) -> FloatArray:
        fit = by[name]
        assert fit.coefficients is not None
        return np.array([fit.intercept, *fit.coefficients])

    for name in ("ridge", "path", "whole", "later", "crossed", "two", "counts", "pairs"):
        same(linear(name), output, name)
    same(by["two"].standard_errors, output, "two se")
    for name in ("ridge", "path"):
        same(by[name].score, output, f"{name} score")
    for name in ("network", "wide", "three", "forest", "trees", "ordered"):
        same(by[name].score, output, name)
    same(by["trees"].y, output, "z")
    assert by["path"].arguments["s"] == 0.1
    same(np.array([by["whole"].arguments["s"]]), output, "end")
    assert {n for n, f in by.items() if "s.taken" in f.arguments} == {"whole"}
    assert by["unread"].score is None
    assert by["unread"].coefficients is None
    assert by["crossed"].arguments["s"] == by["crossed"].arguments["lambda.min"]
    assert {n: f.seeded for n, f in by.items() if f.seeded is not None} == dict.fromkeys(
        ("crossed", "network", "wide", "forest", "trees"), True
    )
    assert [by[n].arguments.get("seed") for n in ("network", "wide", "forest", "trees")] == [7, None, 9, 9]
    assert by["forest"].arguments["factors"] == ["g"]
    assert by["wide"].classes == by["three"].classes == by["ordered"].classes == ("u", "v", "w")
    assert by["pairs"].y.tolist() == [0, 1, 0, 1, 1]
    assert by["pairs"].weights is not None
    assert by["pairs"].weights.tolist() == [1, 3, 2, 4, 5]
    assert by["network"].labels is not None
    assert by["network"].score is not None
    np.testing.assert_array_equal(by["network"].labels, by["network"].score > 0.5)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "error", "words"),
    [
        ("fit <- lm(z ~ a, d)\nlm(z ~ none, d)\n", ScriptFailed,
         "fails on line 10.* object 'none' not found; 1 fit had ended"),
        ("f <- function() {\n  stop('as it is')\n}\nf()\n", ScriptFailed, "line 10.* as it is"),
        ("q <- missing_one + 1\n", ScriptFailed, "line 9.* object 'missing_one' not found"),
        ("if (TRUE) {\n  x <- 3 4\n}\n", ScriptFailed, "line 10.* unexpected numeric constant"),
        ("read.csv('none.csv')\n", ScriptFailed, "line 9.* cannot open file 'none.csv': No such file"),
        ("library(notthere)\n", EngineMissing, "needs the package notthere on line 9, which is not"),
        ("quit(status = 4)\n", ScriptFailed, "exits on line 9 with status 4 before it fits a model"),
        ("summary(z)\n", NothingToDo, "fits no model that is recorded"),
        ("lm(cbind(a, b) ~ c, d)\n", CrossframeError, r"lm\(\) on line 9: the target has several columns"),
        ("fit <- lm(z ~ a, d)\nwhile (TRUE) {}\n", ScriptFailed, "time limit of 9 s; 1 fit had ended"),
    ],
)  # fmt: skip
def test_a_script_that_cannot_be_compared_ends_with_a_sentence(
    tmp_path: Path, text: str, error: type[CrossframeError], words: str
) -> None:
    script = written(tmp_path, text, DATA[1:] + "\n")
    with pytest.raises(error, match=words) as raised:
        recorded(script, time_limit=9 if "while" in text else 120)
    assert raised.value.exit_code in (ExitCode.USAGE, ExitCode.ENGINE_MISSING, ExitCode.NOTHING_TO_DO,
                                      ExitCode.CELLS_FAILED)  # fmt: skip
    assert raised.value.hint


@pytest.mark.slow
def test_scripts_that_do_more_than_fit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "tables").mkdir()
    (tmp_path / "tables" / "größe.csv").write_text("größe,ü\n1,2.5\n2,3.5\n3,5.5\n4,5.0\n", encoding="utf-8")
    monkeypatch.setenv("LC_ALL", "C")
    script = written(
        tmp_path,
        """
        e <- read.csv("tables/größe.csv")
        plot(e)
        for (i in 1:3000) cat("a line of output\\n")
        für_alle <- lm(ü ~ größe, e)
        cat("größe", coef(für_alle), "\\n")
        models <- list()
        for (i in 1:120) models[[i]] <- lm(z ~ a, d[-(i %% 30 + 1), ])
        q()
        """,
    )
    recording, fits, output = recorded(script)
    assert len(fits) == 100
    assert recording.left_out == 21
    assert output.count("a line of output") == 3000
    assert "größe" in output
    assert {p.name for p in tmp_path.iterdir()} == {"fits.R", "tables"}
    assert fits[-1].line == 16
    text = script.read_text(encoding="utf-8").replace("1:120", "1:2")
    script.write_text(text, encoding="utf-8")
    first = recorded(script)[1][0]
    assert (first.variable, first.columns, first.rows) == ("für_alle", ("größe",), ("1", "2", "3", "4"))


@pytest.mark.slow
def test_fits_of_python_in_a_script_of_r_are_recorded_among_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("sklearn")
    if subprocess.run(["Rscript", "-e", "library(reticulate)"], capture_output=True, check=False).returncode:
        pytest.skip("reticulate is not installed")
    monkeypatch.setenv("RETICULATE_PYTHON", sys.executable)
    script = written(
        tmp_path,
        """
        first <- lm(z ~ a, d)
        models <- reticulate::import("sklearn.ensemble", convert = FALSE)
        np <- reticulate::import("numpy", convert = FALSE)
        X <- np$array(lapply(seq_len(n), function(i) as.list(unname(x[i, ]))))
        trees <- models$ExtraTreesRegressor(3L,
                                            random_state = 4L)
        invisible(trees$fit(X, np$array(as.list(z))))
        last <- lm(z ~ b, d)
        """,
    )
    recording, (first, trees, last), _ = recorded(script)
    assert recording.language == "r"
    assert (first.variable, trees.variable, last.variable) == ("first", "trees", "last")
    assert (trees.framework, trees.call, trees.line) == ("sklearn", "ExtraTreesRegressor", 16)
    assert trees.arguments["random_state"] == 4
    assert np.array_equal(trees.y, first.y)
    assert np.array_equal(trees.X[:, 0], first.X[:, 0])
    other = record(script, seed=100, on_output=lambda text: None)[1][1]
    assert other.arguments["random_state"] == 100
