"""The logistic and linear problems with one optimum, and the solvers that are given them."""

from __future__ import annotations

from dataclasses import dataclass, replace

from crossframe.experiment.contestants import Contestant
from crossframe.experiment.preparation import Selection
from crossframe.experiment.spec import parse

PAIR = (4, 9)
COUNT = 10
ROWS = 500
LAMBDA = 0.01
PROBLEMS = {
    "ridge": f"penalty.l2={LAMBDA}",
    "lasso": f"penalty.l1={LAMBDA}",
    "none": "",
    "linear": "link=identity",
}
"""Problem -> its settings; the intercept is free in each."""
WORDS = {
    "ridge": f"logistic ridge, lambda {LAMBDA}",
    "lasso": f"logistic lasso, lambda {LAMBDA}",
    "none": "logistic, no penalty",
    "linear": "linear regression",
}
COST = 0.1
"""C of the support vector machines."""

_SKLEARN = "max_iter=100000"
_H2O = "standardize=false,remove_collinear_columns=false"
_H2O_TIGHT = "beta_epsilon=1e-14,objective_epsilon=1e-16,gradient_epsilon=1e-14,max_iterations=100000"
_KERAS_TIGHT = (
    "optimizer=sgd,learning_rate=0.5,momentum=0.95,nesterov=true,batch_size=500,epochs=4000,floatx=float64"
)
_GLMNET = "standardize=false"


@dataclass(frozen=True)
class Solver:
    """A way to one of the problems.

    Attributes
    ----------
    given, tight
        Settings without the penalty: always, and in addition to go to the end.
    problems
        Those it can be given.
    own
        Whether it solves a problem of its own that only resembles the one asked for.
    """

    name: str
    title: str
    model: str
    given: str
    tight: str
    problems: tuple[str, ...]
    own: str = ""

    def contestant(self, problem: str, tight: bool) -> Contestant:
        """With its penalty; ``tight``: asked to go to the end."""
        penalty = PROBLEMS[problem]
        if problem in ("none", "linear"):
            penalty = {"sklearn.logistic": "C=inf", "h2o.glm": "lambda_=0"}.get(self.model, "")
        if problem == "linear" and self.model == "h2o.glm":
            penalty += ",family=gaussian"
        parts = (self.given, penalty, self.tight if tight else "")
        c = parse(f"{self.model}:{','.join(filter(None, parts))}")
        name = f"{self.name}.{problem}.{'tight' if tight else 'default'}"
        return replace(c, name=name, title=self.title, family="logistic", selection=Selection("welch", COUNT))


def _sklearn(
    name: str, tolerance: str, problems: tuple[str, ...] = ("ridge", "none"), own: str = ""
) -> Solver:
    tight = f"tol={tolerance},{_SKLEARN}"
    return Solver(name, f"scikit-learn {name}", "sklearn.logistic", f"solver={name}", tight, problems, own)


SOLVERS = (
    _sklearn("lbfgs", "1e-15"),
    _sklearn("newton-cg", "1e-14"),
    _sklearn("newton-cholesky", "1e-14"),
    _sklearn("sag", "1e-13"),
    _sklearn("saga", "1e-13", ("ridge", "lasso", "none")),
    _sklearn("liblinear", "1e-14", ("ridge", "lasso"), own="penalty.intercept=1"),
    Solver("glm", "R glm", "r.glm", "", "epsilon=1e-16,maxit=1000", ("none",)),
    Solver("glmnet", "R glmnet", "r.glmnet", _GLMNET, "thresh=1e-28,maxit=10000000", ("ridge", "lasso")),
    Solver("irlsm", "H2O GLM IRLSM", "h2o.glm", f"solver=IRLSM,{_H2O}", _H2O_TIGHT,
           ("ridge", "lasso", "none", "linear")),
    Solver("cod", "H2O GLM COORDINATE_DESCENT", "h2o.glm", f"solver=COORDINATE_DESCENT,{_H2O}", _H2O_TIGHT,
           ("ridge", "lasso", "none")),
    Solver("l-bfgs", "H2O GLM L_BFGS", "h2o.glm", f"solver=L_BFGS,{_H2O}", _H2O_TIGHT, ("ridge", "none")),
    Solver("ols", "scikit-learn LinearRegression", "sklearn.linear", "", "", ("linear",)),
    Solver("lm", "R lm", "r.lm", "", "", ("linear",)),
    Solver("keras", "Keras", "keras.logistic", "", _KERAS_TIGHT, ("ridge", "none")),
)  # fmt: skip

EXPLAIN = (
    ("sklearn.logistic:solver=liblinear,penalty.l2=0.01", "r.glmnet:penalty.l2=0.01,standardize=false"),
    (
        "h2o.glm:solver=IRLSM,penalty.l1=0.01,standardize=false",
        "r.glmnet:penalty.l1=0.01,standardize=false",
    ),
)
"""Pairs of solvers that end elsewhere."""
