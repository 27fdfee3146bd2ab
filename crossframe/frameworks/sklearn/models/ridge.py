"""Ridge: least squares with an l2 penalty, with each of its solvers."""

from __future__ import annotations

from collections.abc import Mapping

from crossframe.core.types import Value, as_float
from crossframe.frameworks.sklearn._model import WEIGHTED, SklearnModel
from crossframe.frameworks.sklearn.models import _least_squares as least_squares
from crossframe.settings.binding import Binding, Context, When, choice, integer, number
from crossframe.settings.probe import Probe

_ITERATIVE = When(
    "solver", ("lsqr", "sparse_cg", "sag", "saga", "lbfgs"), otherwise=When("positive", (True,))
)


def _alpha(l2: Value, context: Context) -> Value:
    return as_float(l2) * context.n


def _l2(alpha: Value, context: Context) -> Value:
    return as_float(alpha) / context.n


def _limits(
    native: Mapping[str, Value], effective: Mapping[str, Value], rows: int
) -> tuple[dict[str, Value], ...]:
    if native.get("solver", effective.get("solver.algorithm")) in ("cholesky", "svd"):
        return ()
    return {"tol": 1e-14, "max_iter": 100_000}, {"solver": "svd"}


_SAG: dict[str, Value] = {"solver": "sag", "positive": False}
_CHOLESKY: tuple[dict[str, Value], ...] = ({"solver": "cholesky", "positive": False},)
# lbfgs needs positive=True, which no other solver but auto takes.
_SIGNED: dict[tuple[str, Value], dict[str, Value]] = {
    ("solver", "lbfgs"): {"positive": True},
    ("positive", True): {"solver": "auto"},
}

MODEL = SklearnModel(
    name="sklearn.ridge",
    title="Ridge",
    family="linear",
    order=50,
    tasks=least_squares.TASKS,
    callables=("sklearn.linear_model:Ridge",),
    bindings=(
        Binding(
            "solver.algorithm",
            "solver",
            choice("auto", "svd", "cholesky", "lsqr", "sparse_cg", "sag", "saga", "lbfgs"),
            formula="auto: cholesky, with positive lbfgs",
        ),
        Binding(
            "penalty.l2", "alpha", number(0), _alpha, _l2, formula="RSS + alpha |beta|^2: l2 = alpha / n"
        ),
        *least_squares.BINDINGS,
        Binding("seed", "random_state", integer(0), active_if=(When("solver", ("sag", "saga")),)),
        Binding("solver.tolerance", "tol", number(0), active_if=(_ITERATIVE,)),
        Binding("solver.max_iterations", "max_iter", integer(1), active_if=(_ITERATIVE,)),
    ),
    always={**least_squares.ALWAYS, "penalty.l1": 0.0},
    outside=least_squares.OUTSIDE,
    probes={
        "solver": Probe(("cholesky", "sag")),
        "alpha": Probe((0.5, 2.0)),
        **least_squares.PROBES,
        "random_state": Probe((1, 2), {"solver": "sag"}, ({"solver": "lsqr"},), beside=_SIGNED),
        "tol": Probe((1e-1, 1e-8), _SAG, _CHOLESKY, beside=_SIGNED),
        "max_iter": Probe((1, 3), _SAG, _CHOLESKY, beside=_SIGNED),
    },
    convex=True,
    by_row=WEIGHTED,
    limits=_limits,
    relatives=("sklearn.linear", "sklearn.lasso", "sklearn.elasticnet"),
    describe=least_squares.describe,
    decided=lambda estimator: {"solver": estimator.solver_},
    method=least_squares.method,
)
