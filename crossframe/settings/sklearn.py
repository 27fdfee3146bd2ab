"""scikit-learn's estimators in the vocabulary (the parameter lists of their documentation)."""

from __future__ import annotations

from crossframe.engines.base import Value
from crossframe.settings.base import Binding, choice, flag, integer, integers, number

_INF = float("inf")


def _c_from_l2(l2: Value, n: int) -> Value:
    """C multiplies the SUM of the losses: sum + |b|^2/(2C) = n * (mean + l2/2 |b|^2), C = 1/(n l2)."""
    return _INF if l2 == 0 else 1.0 / (n * float(l2))  # type: ignore[arg-type]


def _l2_from_c(c: Value, n: int) -> Value:
    return 1.0 / (n * float(c))  # type: ignore[arg-type]


def _batch(n: int) -> int:
    """MLPClassifier's batch_size="auto"."""
    return min(200, n)


def _alpha_from_l2(l2: Value, n: int) -> Value:
    """alpha/2 |W|^2 is divided by the rows of a batch; exact for the default batch size only."""
    return float(l2) * _batch(n)  # type: ignore[arg-type]


def _l2_from_alpha(alpha: Value, n: int) -> Value:
    return float(alpha) / _batch(n)  # type: ignore[arg-type]


_BALANCED = Binding(
    "class_weight",
    "class_weight",
    choice("none", "balanced"),
    encode=lambda v, n: v,
    decode=lambda v, n: "none" if v is None else v,
)

_LOGISTIC = (
    Binding(
        "solver.algorithm",
        "solver",
        choice("lbfgs", "liblinear", "newton-cg", "newton-cholesky", "sag", "saga"),
    ),
    Binding("penalty.l2", "C", number(0, open_low=True), encode=_c_from_l2, decode=_l2_from_c),
    Binding("penalty.mix", "l1_ratio", number(0, 1)),
    Binding("intercept", "fit_intercept", flag()),
    Binding(
        "penalty.intercept",
        "intercept_scaling",
        number(0, open_low=True),
        active_if=("solver", ("liblinear",)),
        encode=lambda v, n: 1.0 if v else 1e4,
        decode=lambda v, n: True,
    ),
    _BALANCED,
    Binding("solver.tolerance", "tol", number(0)),
    Binding("solver.max_iterations", "max_iter", integer(1)),
)

_MLP = (
    Binding("architecture.hidden", "hidden_layer_sizes", integers()),
    Binding(
        "architecture.activation",
        "activation",
        choice("relu", "tanh", "logistic", "identity"),
        encode=lambda v, n: "logistic" if v == "sigmoid" else v,
        decode=lambda v, n: "sigmoid" if v == "logistic" else v,
    ),
    Binding("optimizer.rule", "solver", choice("adam", "sgd", "lbfgs")),
    Binding("penalty.l2", "alpha", number(0), encode=_alpha_from_l2, decode=_l2_from_alpha),
    Binding(
        "batch.size",
        "batch_size",
        integer(1),
        active_if=("solver", ("adam", "sgd")),
        decode=lambda v, n: _batch(n) if v == "auto" else v,
    ),
    Binding(
        "optimizer.learning_rate",
        "learning_rate_init",
        number(0, open_low=True),
        active_if=("solver", ("adam", "sgd")),
    ),
    Binding("optimizer.momentum", "momentum", number(0, 1), active_if=("solver", ("sgd",))),
    Binding("optimizer.nesterov", "nesterovs_momentum", flag(), active_if=("solver", ("sgd",))),
    Binding("optimizer.beta1", "beta_1", number(0, 1), active_if=("solver", ("adam",))),
    Binding("optimizer.beta2", "beta_2", number(0, 1), active_if=("solver", ("adam",))),
    Binding("optimizer.epsilon", "epsilon", number(0, open_low=True), active_if=("solver", ("adam",))),
    Binding("batch.order", "shuffle", flag(), active_if=("solver", ("adam", "sgd"))),
    Binding("epochs", "max_iter", integer(1)),
    Binding(
        "stopping.rule",
        "early_stopping",
        flag(),
        encode=lambda v, n: v == "early_stopping",
        decode=lambda v, n: "early_stopping" if v else "tolerance",
    ),
    Binding("stopping.rounds", "n_iter_no_change", integer(1), active_if=("solver", ("adam", "sgd"))),
    Binding("stopping.tolerance", "tol", number(0)),
)

BINDINGS: dict[str, tuple[Binding, ...]] = {
    "sklearn.logistic": _LOGISTIC,
    "sklearn.mlp": _MLP,
}
