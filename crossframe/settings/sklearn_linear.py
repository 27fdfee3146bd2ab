"""scikit-learn's least squares in the vocabulary: LinearRegression, Ridge, Lasso and ElasticNet.

The vocabulary's mean loss is (y - x b)^2 / 2, so that Ridge's RSS + alpha |b|^2 is 2n times the
mean loss + alpha/(2n) |b|^2; Lasso and ElasticNet write the mean loss as it is.
"""

from __future__ import annotations

from crossframe.engines.base import Value
from crossframe.settings.base import Binding, Context, Outside, When, choice, flag, integer, number
from crossframe.settings.elastic import bind

_ITERATIVE = When(
    "solver", ("lsqr", "sparse_cg", "sag", "saga", "lbfgs"), otherwise=When("positive", (True,))
)
_INTERCEPT = Binding("intercept", "fit_intercept", flag())
_NON_NEGATIVE = Binding("bounds.non_negative", "positive", flag())


def _alpha(l2: Value, context: Context) -> Value:
    return float(l2) * context.n  # type: ignore[arg-type]


def _l2(alpha: Value, context: Context) -> Value:
    return float(alpha) / context.n  # type: ignore[arg-type]


_DESCENT = (
    _INTERCEPT,
    _NON_NEGATIVE,
    Binding("solver.selection", "selection", choice("cyclic", "random")),
    Binding("seed", "random_state", integer(0), active_if=(When("selection", ("random",)),)),
    Binding(
        "solver.tolerance",
        "tol",
        number(0),
        formula="looked at once no coefficient changes by more than tol of the largest: the duality gap "
        "of the summed loss is then at most tol * |y|^2, y centred",
    ),
    Binding("solver.max_iterations", "max_iter", integer(1), formula="passes over the features"),
)

BINDINGS: dict[str, tuple[Binding, ...]] = {
    "sklearn.linear": (
        _INTERCEPT,
        _NON_NEGATIVE,
        Binding(
            "solver.rank_tolerance",
            "tol",
            number(0),
            active_if=(When("positive", (False,)),),
            formula="singular values of the centred features below tol * the largest count as 0, whatever "
            "the features' units; before 1.9 it was for sparse features, and the bound max(n, k) 2.2e-16",
        ),
    ),
    "sklearn.ridge": (
        Binding(
            "solver.algorithm",
            "solver",
            choice("auto", "svd", "cholesky", "lsqr", "sparse_cg", "sag", "saga", "lbfgs"),
            formula="auto: cholesky, with positive lbfgs",
        ),
        Binding(
            "penalty.l2",
            "alpha",
            number(0),
            _alpha,
            _l2,
            formula="RSS + alpha |beta|^2: l2 = alpha / n",
        ),
        _INTERCEPT,
        _NON_NEGATIVE,
        Binding(
            "seed",
            "random_state",
            integer(0),
            active_if=(When("solver", ("sag", "saga")),),
        ),
        Binding("solver.tolerance", "tol", number(0), active_if=(_ITERATIVE,)),
        Binding("solver.max_iterations", "max_iter", integer(1), active_if=(_ITERATIVE,)),
    ),
    "sklearn.lasso": (
        Binding("penalty.l1", "alpha", number(0), formula="RSS / (2n) + alpha |beta|_1: l1 = alpha"),
        *_DESCENT,
    ),
    "sklearn.elasticnet": (
        *bind("alpha", number(0), "l1_ratio", number(0, 1), 0.5, (lambda x, n: x, lambda x, n: x)),
        *_DESCENT,
    ),
}

_ALL: dict[str, Value] = {
    "decision.threshold": 0.5,
    "precision": "float64",
    "missing": "error",
    "features.standardize": "none",
    "link": "identity",
    "class_weight": "none",
    "penalty.intercept": 0.0,
}

ALWAYS: dict[str, dict[str, Value]] = {
    "sklearn.linear": {
        **_ALL,
        "penalty.l2": 0.0,
        "penalty.l1": 0.0,
        "solver.algorithm": "svd",
        "collinear": "minimum_norm",
    },
    "sklearn.ridge": {**_ALL, "penalty.l1": 0.0},
    "sklearn.lasso": {**_ALL, "penalty.l2": 0.0, "solver.algorithm": "coordinate_descent"},
    "sklearn.elasticnet": {**_ALL, "solver.algorithm": "coordinate_descent"},
}
"""Rules without a parameter. The threshold is Leek's, for two classes that are taken as 0 and 1."""

_COMMON = {
    "*.fit.X": Outside("data", "the features"),
    "*.fit.y": Outside("data", "the target"),
    "*.fit.sample_weight": Outside("data", "weights of single rows; every row counts once here"),
    "*.copy_X": Outside("running", "whether the features may be overwritten"),
}
_PATHS = {
    **_COMMON,
    "*.fit.check_input": Outside("running", "whether the arrays are looked through first"),
    "*.precompute": Outside("running", "whether the products of the features are kept"),
    "*.warm_start": Outside("other", "goes on from an earlier fit of one object; each fit here has its own"),
}

OUTSIDE: dict[str, dict[str, Outside]] = {
    "sklearn.linear": {
        **_COMMON,
        "*.n_jobs": Outside("running", "threads for several targets"),
    },
    "sklearn.ridge": _COMMON,
    "sklearn.lasso": _PATHS,
    "sklearn.elasticnet": _PATHS,
}
"""Pattern of ``callable.parameter`` -> why it is no setting."""
