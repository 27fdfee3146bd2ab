"""Fits of a user's script of R are recognised, and what is recognised gives the same numbers."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from crossframe.core.types import FloatArray
from crossframe.explain.scripts.record import record
from crossframe.frameworks.conformance import request
from crossframe.frameworks.contract import EvalRows, FitResult
from crossframe.frameworks.fitted import FittedModel, Recognised
from crossframe.frameworks.host import EngineProcess
from crossframe.frameworks.r.adopt import recognised
from tests.running import Engines

X = np.arange(12.0).reshape(6, 2)
Y = np.array([0.0, 1.0, 0.0, 1.0, 1.0, 0.0])
TWO = ("no", "yes")
GAUSSIAN = {"family": "gaussian", "link": "identity", "epsilon": 1e-8, "maxit": 25, "intercept": True}
GLM = {"family": "binomial", "link": "logit", "epsilon": 1e-8, "maxit": 25, "intercept": True}


def fit(call: str, arguments: dict[str, Any], given: tuple[str, ...] = (), **fields: Any) -> FittedModel:
    """A fit whose script passes the arguments that are ``given``."""
    passed = {name: arguments[name] for name in given}
    return FittedModel(
        framework="r", call=call, arguments=arguments, given={"data": "d", **passed}, X=X, columns=("a", "b"),
        y=Y, **{"score": Y, "classes": TWO, **fields},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("recorded", "model", "native"),
    [
        (fit("glm", GLM, ("family",)), "r.glm", {"family": "binomial"}),
        # Its control's values stand under no name of the call.
        (fit("glm", {**GLM, "link": "probit", "epsilon": 1e-12}), "r.glm",
         {"family": "binomial", "link": "probit", "epsilon": 1e-12}),
        (fit("glm", GAUSSIAN, classes=()), "r.glm", {"family": "gaussian"}),
        (fit("lm", {"tol": 1e-9, "method": "qr"}, ("tol",), classes=()), "r.lm", {"tol": 1e-9}),
        (fit("glmnet", {"family": "binomial", "alpha": 0, "lambda": 0.1, "thresh": 1e-7, "eps": 1e-6},
             ("alpha", "lambda")), "r.glmnet", {"family": "binomial", "alpha": 0.0, "lambda": 0.1}),
        (fit("cv.glmnet", {"family": "binomial", "s": 0.2, "exact": False}), "r.glmnet",
         {"family": "binomial", "s": 0.2}),
        (fit("glmnet", {"family": "gaussian", "lambda": [0.3, 0.2], "s": 0.2, "exact": False}, ("lambda",),
             classes=()), "r.glmnet", {"family": "gaussian", "lambda": 0.2}),
        (fit("nnet", {"size": 3, "entropy": False, "linout": False}, classes=()),
         "r.nnet", {"size": 3, "entropy": False, "linout": False}),
        (fit("nnet", {"size": 3, "entropy": True, "decay": 0.1, "seed": 7, "kind": "Mersenne-Twister"},
             ("size", "decay"), seeded=True),
         "r.nnet", {"size": 3, "entropy": True, "decay": 0.1, "seed": 7}),
        (fit("randomForest", {"ntree": 50, "mtry": 2, "seed": 1, "kind": "Wichmann-Hill"}, ("ntree",),
             seeded=True), "r.forest", {"ntree": 50, "seed": 1, "kind": "Wichmann-Hill"}),
    ],
)  # fmt: skip
def test_the_settings_of_a_call_are_those_that_are_not_the_defaults(
    recorded: FittedModel, model: str, native: dict[str, Any]
) -> None:
    assert recognised(recorded) == Recognised(model, native)


def test_the_families_of_numbers_are_recognised() -> None:
    counts = recognised(fit("glm", {**GLM, "family": "poisson", "link": "log"}, classes=()))
    assert counts is not None
    assert (counts.model, counts.native, counts.rest) == ("r.glm", {"family": "poisson"}, ())
    positive = recognised(fit("glm", {**GLM, "family": "Gamma", "link": "log"}, classes=()))
    assert positive is not None
    assert positive.native == {"family": "Gamma", "link": "log"}


@pytest.mark.parametrize(
    "recorded",
    [
        fit("glm", {**GLM, "family": "quasipoisson", "link": "log"}, classes=()),
        fit("glm", {**GLM, "family": "quasibinomial"}),
        fit("glm", {**GLM, "family": "gaussian", "link": "log"}, classes=()),
        fit("nnet", {"size": 2, "softmax": True}, classes=("a", "b", "c")),
        fit("multinom", {}),
        fit("polr", {}, classes=("a", "b", "c")),
    ],
)
def test_another_loss_is_no_model_of_crossframe(recorded: FittedModel) -> None:
    assert recognised(recorded) is None


@pytest.mark.parametrize(
    ("recorded", "rest"),
    [
        (fit("glm", GLM, weights=Y + 1), "weights of single rows"),
        (fit("glm", GLM, offset=Y), "an offset"),
        (fit("glm", {**GLM, "intercept": False}), "no intercept"),
        (fit("glm", {**GLM, "start": "c(0, 1, 2)"}, ("start",)), "start = c(0, 1, 2)"),
        (fit("glmnet", {"family": "binomial", "exclude": [1, 2]}, ("exclude",)), "exclude = 1, 2"),
        (fit("glmnet", {"family": "binomial"}, score=None),
         "a path of penalties, of which the script takes none"),
        (fit("glmnet", {"family": "binomial", "link": "logit"}),
         "a family that is an object, which another solver fits"),
        (fit("randomForest", {"sampsize": [9, 3]}, ("sampsize",)), "sampsize = 9, 3"),
        (fit("randomForest", {"factors": ["b"]}), "features that are factors"),
        (fit("randomForest", {}, seeded=True), "random numbers that are used between set.seed() and the fit"),
        (fit("nnet", {"size": 2, "entropy": True, "mask": "c(TRUE, FALSE)"}, ("mask",)),
         "mask = c(TRUE, FALSE)"),
    ],
)  # fmt: skip
def test_what_no_setting_expresses_is_listed(recorded: FittedModel, rest: str) -> None:
    made = recognised(recorded)
    assert made is not None
    assert made.rest == (rest,)


SCRIPT = """
library(glmnet)
library(nnet)
library(randomForest)
n <- 80
set.seed(2)
x <- matrix(rnorm(4 * n), n, dimnames = list(NULL, c("a", "b", "c", "e")))
z <- x[, 1] + rnorm(n)
y <- as.integer(z > 0)
d <- data.frame(x, z, cl = factor(ifelse(y == 1, "yes", "no")))
lm(z ~ a + b, d)
glm(cl ~ a + b + e, family = binomial(link = "cloglog"), data = d)
glm(z ~ a + b, data = d, epsilon = 1e-4)
glmnet(x, y, family = "binomial", alpha = 0.5, lambda = 0.05, standardize = FALSE)
path <- glmnet(x, z, alpha = 0, nlambda = 40)
predict(path, x, s = 0.3)
refitted <- glmnet(x, z)
predict(refitted, x, s = 0.123, exact = TRUE, x = x, y = z)
crossed <- cv.glmnet(x, y, family = "binomial", foldid = rep(1:4, n / 4))
coef(crossed)
set.seed(3)
nnet(cl ~ a + b, d, size = 3, decay = 0.01, maxit = 40, trace = FALSE)
set.seed(4)
nnet(x, y, size = 2, entropy = TRUE, rang = 0.3, trace = FALSE)
set.seed(5)
randomForest(cl ~ a + b + e, d, ntree = 40, nodesize = 5)
set.seed(6, kind = "Wichmann-Hill")
randomForest(x, z, ntree = 30, mtry = 2)
"""


def again(r: EngineProcess, recorded: FittedModel, made: Recognised) -> FitResult:
    rows = EvalRows(recorded.title, recorded.X, recorded.columns)
    return r.fit(replace(
        request(made.model.partition(".")[2]), settings={}, native=dict(made.native), X_train=recorded.X,
        y_train=recorded.y.astype(np.int64) if recorded.classes else recorded.y, names=recorded.columns,
        task=recorded.task, image_shape=None, evaluation=rows,
    ))  # fmt: skip


@pytest.mark.slow
@pytest.mark.xdist_group("r")
@pytest.mark.skipif(shutil.which("Rscript") is None, reason="R is not installed")
def test_what_is_recognised_gives_the_numbers_of_the_script(tmp_path: Path, engines: Engines) -> None:
    script = tmp_path / "fits.R"
    script.write_text(SCRIPT, encoding="utf-8")
    fits = record(script, on_output=lambda text: None)[1]
    assert len(fits) == 11
    for recorded in fits:
        made = recognised(recorded)
        assert made is not None, recorded.title
        assert not made.rest, (recorded.title, made)
        score: FloatArray | None = again(engines["r"], recorded, made).train_score
        assert score is not None, recorded.title
        assert recorded.score is not None, recorded.title
        # lm's own are the target less the residuals, not the features times the coefficients.
        most = 1e-14 if recorded.call == "lm" else 0.0
        np.testing.assert_allclose(score, recorded.score, rtol=0, atol=most, err_msg=recorded.title)
