"""Where the parameters of scikit-learn's estimators show an effect, and where they must not."""

from __future__ import annotations

from typing import TypeAlias

from crossframe.auditing.probe import Probe
from crossframe.engines.base import Value

BASE: dict[str, dict[str, Value]] = {
    "sklearn.logistic": {},
    "sklearn.mlp": {"hidden_layer_sizes": (4,), "batch_size": 16, "max_iter": 12},
    "sklearn.sgd": {"max_iter": 12},
    "sklearn.linear": {},
    "sklearn.ridge": {},
    "sklearn.lasso": {"alpha": 0.01},
    "sklearn.elasticnet": {"alpha": 0.01},
}
"""Settings of every fit."""

_SAGA: dict[str, Value] = {"solver": "saga", "penalty": "deprecated", "C": 0.5}
_LASSO: dict[str, Value] = {
    "solver": "liblinear", "l1_ratio": 1.0, "penalty": "deprecated", "dual": False, "tol": 0.1, "C": 0.5,
}  # fmt: skip
_LIBLINEAR: dict[str, Value] = {"solver": "liblinear", "fit_intercept": True}
_ADAM: dict[str, Value] = {"solver": "adam"}
_LBFGS: dict[str, Value] = {"solver": "lbfgs"}
_SGD: dict[str, Value] = {"solver": "sgd", "momentum": 0.9, "learning_rate": "invscaling"}
_PLAIN_SGD: dict[str, Value] = {"solver": "sgd"}
_RATE: dict[str, Value] = {"learning_rate": "constant"}
_EARLY: dict[str, Value] = {"early_stopping": True}

Beside: TypeAlias = dict[tuple[str, Value], dict[str, Value]]

# Which penalties a solver takes, and which losses a schedule.
_MIXED: Beside = {
    ("penalty", "l1"): {"solver": "saga"},
    ("penalty", "elasticnet"): {"solver": "saga", "l1_ratio": 0.5},
}
_RIDGE: Beside = {
    **{("solver", name): {"l1_ratio": 0.0} for name in ("sag", "lbfgs", "newton-cg", "newton-cholesky")},
    ("dual", True): {"l1_ratio": 0.0},
}
_NOT_LIBLINEAR: dict[tuple[str, Value], str] = {
    ("penalty", "none"): "refused by liblinear, the solver that the penalty decides for",
    ("penalty", "elasticnet"): "refused by liblinear, the solver that the penalty decides for",
}
_HINGE: Beside = {("learning_rate", name): {"loss": "hinge"} for name in ("pa1", "pa2")}

_LOGISTIC = {
    "solver": Probe(("lbfgs", "newton-cholesky")),
    "C": Probe((0.5, 2.0), {"penalty": "l2"}, ({"penalty": "none"},), beside=_MIXED),
    "l1_ratio": Probe((0.25, 0.75), _SAGA, ({"penalty": "l2"}, {"C": float("inf")})),
    "penalty": Probe(("l2", "l1"), {"solver": "saga"}),
    "fit_intercept": Probe((True, False)),
    "intercept_scaling": Probe((1.0, 5.0), _LIBLINEAR, ({"solver": "lbfgs"}, {"fit_intercept": False})),
    "class_weight": Probe((None, "balanced")),
    "random_state": Probe(
        (1, 2),
        _LASSO,
        # liblinear's Newton method, and the same chosen by a penalty that overrules the mix
        ({"l1_ratio": 0.0}, {"penalty": "l2"}),
        beside=_RIDGE,
        skip=_NOT_LIBLINEAR,
    ),
    "dual": Probe((False, True), {"solver": "liblinear"}, ({"solver": "lbfgs"},), refused=True),
    "tol": Probe((1e-1, 1e-6)),
    "max_iter": Probe((2, 5)),
}

_MLP = {
    "hidden_layer_sizes": Probe(((4,), (5,))),
    "activation": Probe(("relu", "tanh")),
    "random_state": Probe((1, 2)),
    "solver": Probe(("adam", "sgd")),
    "batch_size": Probe((16, 8), _ADAM, (_LBFGS,)),
    "learning_rate_init": Probe((0.001, 0.01), _ADAM, (_LBFGS,)),
    "learning_rate": Probe(("constant", "invscaling"), _PLAIN_SGD, (_ADAM,)),
    "power_t": Probe((0.5, 0.25), _SGD, (_ADAM, {"learning_rate": "constant"})),
    "momentum": Probe((0.9, 0.5), _PLAIN_SGD, (_ADAM,)),
    "nesterovs_momentum": Probe((True, False), _SGD, (_ADAM, {"momentum": 0.0})),
    "beta_1": Probe((0.9, 0.5), _ADAM, (_PLAIN_SGD,)),
    "beta_2": Probe((0.999, 0.9), _ADAM, (_PLAIN_SGD,)),
    "epsilon": Probe((1e-8, 1e-2), _ADAM, (_PLAIN_SGD,)),
    "shuffle": Probe((True, False), _ADAM, (_LBFGS,)),
    "max_iter": Probe((4, 12)),
    "max_fun": Probe((3, 12), _LBFGS, (_ADAM,)),
    "early_stopping": Probe((False, True), _ADAM, (_LBFGS,)),
    "validation_fraction": Probe(
        (0.1, 0.3), {**_ADAM, **_EARLY}, (_LBFGS, {"early_stopping": False})
    ),
    "alpha": Probe((1e-4, 1.0)),
    # a tolerance that no epoch meets: the patience alone decides
    "n_iter_no_change": Probe((1, 3), {**_ADAM, "tol": 10.0}, (_LBFGS,)),
    "tol": Probe((1e-4, 10.0), {"n_iter_no_change": 2}),
}  # fmt: skip

_SGD_CLASSIFIER = {
    "loss": Probe(("log_loss", "hinge")),
    "epsilon": Probe((0.1, 0.5), {"loss": "huber"}, ({"loss": "log_loss"},)),
    "penalty": Probe(("l2", "l1")),
    "l1_ratio": Probe((0.15, 0.8), {"penalty": "elasticnet"}, ({"penalty": "l2"},)),
    "alpha": Probe(
        (1e-3, 1e-2),
        {"penalty": "l2", "learning_rate": "constant"},
        ({"penalty": "none"},),
        beside=_HINGE,
        also=({"penalty": "none", "learning_rate": "optimal"},),
    ),
    "fit_intercept": Probe((True, False)),
    "class_weight": Probe((None, "balanced")),
    "random_state": Probe(
        (1, 2),
        {"shuffle": True, "early_stopping": False},
        ({"shuffle": False},),
        also=({"shuffle": False, "early_stopping": True},),
    ),
    "learning_rate": Probe(("optimal", "constant")),
    "eta0": Probe((0.01, 0.1), _RATE, ({"learning_rate": "optimal"},), beside=_HINGE),
    "power_t": Probe((0.5, 0.25), {"learning_rate": "invscaling"}, (_RATE,), beside=_HINGE),
    "average": Probe((False, True)),
    "shuffle": Probe((True, False)),
    "max_iter": Probe((2, 4)),
    "early_stopping": Probe((False, True)),
    "validation_fraction": Probe((0.1, 0.3), _EARLY, ({"early_stopping": False},)),
    "n_iter_no_change": Probe((1, 3), {"tol": 10.0}),
    "tol": Probe((1e-4, 10.0), {"n_iter_no_change": 2}),
}

_LINEAR = {
    "fit_intercept": Probe((True, False)),
    # pixels have coefficients below 0, the plain features none
    "positive": Probe((False, True), sample="image"),
}

_CHOLESKY: tuple[dict[str, Value], ...] = ({"solver": "cholesky", "positive": False},)
# Which solvers take the sign: lbfgs alone, which takes nothing else; and auto with it.
_SIGNED: Beside = {("solver", "lbfgs"): {"positive": True}, ("positive", True): {"solver": "auto"}}

_RIDGE_REGRESSION = {
    "solver": Probe(("cholesky", "sag")),
    "alpha": Probe((0.5, 2.0)),
    **_LINEAR,
    "random_state": Probe((1, 2), {"solver": "sag"}, ({"solver": "lsqr"},), beside=_SIGNED),
    "tol": Probe((1e-1, 1e-8), {"solver": "sag", "positive": False}, _CHOLESKY, beside=_SIGNED),
    "max_iter": Probe((1, 3), {"solver": "sag", "positive": False}, _CHOLESKY, beside=_SIGNED),
}

_DESCENT = {
    **_LINEAR,
    "selection": Probe(("cyclic", "random"), {"max_iter": 2}),
    "random_state": Probe((1, 2), {"selection": "random", "max_iter": 2}, ({"selection": "cyclic"},)),
    "tol": Probe((0.5, 1e-8)),
    "max_iter": Probe((1, 2)),
}

PROBES: dict[str, dict[str, Probe]] = {
    "sklearn.logistic": _LOGISTIC,
    "sklearn.mlp": _MLP,
    "sklearn.sgd": _SGD_CLASSIFIER,
    "sklearn.linear": {
        **_LINEAR,
        "tol": Probe((1e-6, 0.5), {"positive": False}, ({"positive": True},)),
    },
    "sklearn.ridge": _RIDGE_REGRESSION,
    "sklearn.lasso": {"alpha": Probe((0.01, 0.1)), **_DESCENT},
    "sklearn.elasticnet": {"alpha": Probe((0.01, 0.1)), "l1_ratio": Probe((0.2, 0.8)), **_DESCENT},
}
"""Framework's parameter -> its probe, by model."""
