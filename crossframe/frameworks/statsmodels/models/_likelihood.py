"""Logit and Probit: maximum likelihood by an optimiser of choice, or with a lasso penalty by SLSQP."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from crossframe.core.types import Value, as_float
from crossframe.frameworks.statsmodels._model import StatsmodelsModel
from crossframe.frameworks.statsmodels.models import _parts as parts
from crossframe.settings.binding import Binding, Outside, When, choice, integer, number, renamed
from crossframe.settings.probe import Probe

_SLSQP = When("method", ("l1",))
_OPTIMISERS = ("newton", "bfgs", "lbfgs", "cg", "ncg")
_EPS = float(np.finfo(np.float64).eps)


def by(*methods: str) -> tuple[When, ...]:
    """The condition of an option that these methods alone take."""
    return (When("method", methods),)


RIDGE_FACTOR = Binding("solver.hessian_ridge", "ridge_factor", number(0), active_if=by("newton"))
LBFGS = (
    Binding(
        "solver.tolerance_objective",
        "factr",
        number(0),
        lambda v, c: as_float(v) / _EPS,
        lambda v, c: as_float(v) * _EPS,
        active_if=by("lbfgs"),
        formula="(old - obj) / max(|old|, |obj|, 1) <= factr * 2.2e-16",
    ),
    Binding("solver.max_evaluations", "maxfun", integer(1), active_if=by("lbfgs")),
    Binding("solver.tolerance_gradient", "pgtol", number(0), active_if=by("lbfgs")),
)
"""Options of lbfgs."""


def gtol(*methods: str) -> Binding:
    """The tolerance on the gradient of these methods."""
    return Binding("solver.tolerance_gradient", "gtol", number(0), active_if=by(*methods))


BINDINGS = (
    parts.INTERCEPT,
    parts.MISSING,
    Binding(
        "solver.algorithm",
        "method",
        choice(*_OPTIMISERS, "l1"),
        *renamed({"newton-cg": "ncg", "slsqp": "l1"}),
        formula="l1: fit_regularized, the others: fit",
    ),
    Binding(
        "penalty.l1",
        "alpha",
        number(0),
        lambda v, c: as_float(v) * c.n,
        lambda v, c: as_float(v) / c.n,
        active_if=(_SLSQP,),
        formula="sum of the losses + alpha |beta|_1: l1 = alpha / n",
    ),
    parts.of_constant("l1"),
    Binding("solver.max_iterations", "maxiter", integer(0)),
    Binding("solver.tolerance_coefficients", "tol", number(0), active_if=by("newton")),
    RIDGE_FACTOR,
    *LBFGS,
    gtol("bfgs", "cg"),
    Binding(
        "solver.tolerance",
        "avextol",
        number(0),
        active_if=by("ncg"),
        formula="ncg: mean change of the coefficients from one iteration to the next",
    ),
    Binding(
        "solver.tolerance",
        "acc",
        number(0),
        active_if=(_SLSQP,),
        formula="SLSQP: change of the penalised objective, and violation of its constraints",
    ),
    Binding(
        "penalty.trim",
        "trim_mode",
        choice("auto", "size", "off"),
        *renamed({"gradient": "auto", "none": "off"}),
        active_if=(_SLSQP,),
    ),
    Binding(
        "penalty.trim_size",
        "size_trim_tol",
        number(0),
        active_if=(_SLSQP, When("trim_mode", ("size",))),
    ),
    Binding(
        "penalty.trim_gradient",
        "auto_trim_tol",
        number(0),
        active_if=(_SLSQP, When("trim_mode", ("auto",))),
    ),
    Binding(
        "penalty.trim_check",
        "qc_tol",
        number(0),
        active_if=(_SLSQP, When("trim_mode", ("auto",))),
    ),
    *parts.inference(*_OPTIMISERS, t=False),
)

_LASSO: dict[str, Value] = {"method": "l1", "alpha": 2.0}
_NEWTON = {"method": "newton"}
PROBES = {
    **parts.PROBES,
    **parts.INFERENCE_PROBES,
    "method": Probe(("newton", "bfgs")),
    "alpha": Probe((0.5, 2.0), _LASSO, (_NEWTON,)),
    "alpha_const": Probe(
        (1.0, 0.0),
        {**_LASSO, "add_constant": True},
        (_NEWTON, {"add_constant": False}, {"alpha": 0.0}),
    ),
    "maxiter": Probe((1, 3)),
    "tol": Probe((1e-1, 1e-8), _NEWTON, ({"method": "bfgs"},)),
    "ridge_factor": Probe((1e-10, 0.1), {**_NEWTON, "maxiter": 2}, ({"method": "bfgs"},)),
    "factr": Probe((1e7, 1e13), {"method": "lbfgs"}, (_NEWTON,)),
    "maxfun": Probe((2, 15000), {"method": "lbfgs"}, (_NEWTON,)),
    "pgtol": Probe((1e-5, 1e-1), {"method": "lbfgs"}, (_NEWTON,)),
    "gtol": Probe((1e-5, 1e-1), {"method": "bfgs"}, (_NEWTON,)),
    "avextol": Probe((1e-5, 1e-1), {"method": "ncg"}, (_NEWTON,)),
    "acc": Probe((1e-10, 1e-2), _LASSO, (_NEWTON,)),
    "trim_mode": Probe(("auto", "off"), {**_LASSO, "alpha": 5.0}, (_NEWTON,)),
    "size_trim_tol": Probe((1e-4, 0.3), {**_LASSO, "trim_mode": "size"}, (_NEWTON, {"trim_mode": "auto"})),
    "auto_trim_tol": Probe(
        (0.01, 1.0), {**_LASSO, "alpha": 5.0, "trim_mode": "auto"}, (_NEWTON, {"trim_mode": "off"})
    ),
    "qc_tol": Probe(
        (0.03, 0.0), {**_LASSO, "alpha": 5.0, "trim_mode": "auto"}, (_NEWTON, {"trim_mode": "off"})
    ),
}

OUTSIDE = {
    **parts.OUTSIDE,
    **parts.OPTIMISER_OUTSIDE,
    "*.start_params": Outside("other", "coefficients to start from; they start at 0 here"),
}


def _implied(native: Mapping[str, Value]) -> dict[str, Value]:
    return {"penalty.l2": 0.0} if native.get("method") == "l1" else dict(parts.UNPENALISED)


def _limits(
    native: Mapping[str, Value], effective: Mapping[str, Value], rows: int
) -> tuple[dict[str, Value], ...]:
    if effective.get("solver.algorithm") == "slsqp":
        return ({"acc": 1e-16, "maxiter": 10_000},)
    return ({"method": "newton", "tol": 1e-13, "ridge_factor": 0.0, "maxiter": 1000},)


def model(name: str, title: str, order: int, link: str) -> StatsmodelsModel:
    """The record of a model of two classes by maximum likelihood, with the canonical ``link``."""
    return StatsmodelsModel(
        name=name,
        title=title,
        order=order,
        callables=(f"statsmodels.discrete.discrete_model:{title}", parts.ADD_CONSTANT),
        quiet={"disp": 0},
        bindings=BINDINGS,
        always={**parts.ALWAYS, "link": link, "solver.start": "zeros", "collinear": "none"},
        implied=_implied,
        outside=OUTSIDE,
        probes=PROBES,
        complete=lambda settings, native, arguments: parts.by_method(
            BINDINGS, native, parts.completed("l1", settings, native, arguments)
        ),
        adapt=lambda native, effective, asked: parts.adapted("l1", "newton", effective, asked),
        convex=True,
        by_row=frozenset({"offset"}),
        limits=_limits,
        relatives=("statsmodels.glm",),
        seconds=0.02,
    )
