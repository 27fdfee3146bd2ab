"""GeneralizedLinearRegressor: each of its families, and an elastic net."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

from crossframe.core.errors import UsageError
from crossframe.core.types import Value
from crossframe.frameworks.glum._model import COUNTS, START, TWEEDIE, GlumModel
from crossframe.settings.binding import (
    Binding,
    Context,
    Outside,
    When,
    choice,
    flag,
    integer,
    number,
    renamed,
)
from crossframe.settings.elastic import bind
from crossframe.settings.family import distribution, family, size
from crossframe.settings.probe import Probe

_LINKS = ("logit", "cloglog", "identity", "log")
_FAMILIES = {
    "negative_binomial": COUNTS, "poisson": "poisson", "gamma": "gamma",
    "inverse_gaussian": "inverse.gaussian", "tweedie": TWEEDIE,
}  # fmt: skip
"""Canonical family -> its name in glum, beside binomial and gaussian; each has the log link by default."""
_IRLS = ("irls-ls", "irls-cd")
_SOLVERS = {"cholesky": "closed-form", "irls": "irls-ls", "coordinate_descent": "irls-cd"}
_PENALISED = When("alpha", above=0.0)
_DESCENT = When("solver", ("irls-cd",))
_ITERATIVE = When("solver", (*_IRLS, "lbfgs"))


@dataclass(frozen=True)
class _Repeated(When):
    """IRLS takes more than one step, as it does not for the Gaussian family with the identity link."""

    def _holds(self, native: Mapping[str, Value]) -> bool | None:
        linear = native.get("family") == "gaussian" and native.get("link") in (None, "identity")
        return native.get("solver") == "lbfgs" or not linear

    def __str__(self) -> str:
        return "solver=lbfgs, or another family or link than gaussian and identity"


_REPEATED = _Repeated("family", ("binomial",))
_FORMULA = "deviance / (2n) + alpha ((1 - l1_ratio)/2 |beta|^2 + l1_ratio |beta|_1), without the intercept"
_LEFT = "; crossframe leaves it at its default"

_MIX, *_STRENGTHS = bind("alpha", number(0), "l1_ratio", number(0, 1), 0.0)


def _bound(setting: str, param: str, none: float) -> Binding:
    """The binding of a bound of all coefficients; infinite: none, for which glum has None."""
    return Binding(setting, param, number(), to_vocabulary=lambda v, c: none if v is None else v)


def _robust(covariance: Value, context: Context) -> Value:
    if covariance not in ("model", "HC1"):
        raise UsageError(f"glum has no covariance {covariance}", "give inference.covariance=model or HC1")
    return covariance == "HC1"


_BINDINGS: tuple[Binding, ...] = (
    family(link_parameter=True, links=dict.fromkeys(_FAMILIES.values(), "log")),
    distribution(_FAMILIES, dict.fromkeys(_FAMILIES, "log")),
    Binding("link", "link", choice(*_LINKS)),
    Binding(
        "family.power",
        "power",
        number(1, 2),
        active_if=(When("family", (TWEEDIE,)),),
        formula="the number in family='tweedie (1.5)', which glum holds in single precision",
    ),
    replace(
        size("theta", COUNTS, inverse=True, reads=()),
        formula="1 / theta, the number in family='negative.binomial (0.5)', held in single precision",
    ),
    Binding("intercept", "fit_intercept", flag()),
    Binding(
        "inference.covariance",
        "robust",
        flag(),
        _robust,
        lambda v, c: "HC1" if v else "model",
        formula="of std_errors and coef_table; without it times Pearson's dispersion and n/(n-p)",
    ),
    Binding(
        "solver.algorithm",
        "solver",
        choice("auto", *_SOLVERS.values(), "lbfgs"),
        *renamed(_SOLVERS),
        formula="auto: irls-cd with a lasso or bounds; closed-form, the normal equations, for the Gaussian "
        "family with the identity link; else irls-ls",
    ),
    replace(_MIX, active_if=(_PENALISED,)),
    *(replace(b, formula=_FORMULA) for b in _STRENGTHS),
    Binding(
        "features.standardize",
        "scale_predictors",
        flag(),
        lambda v, c: {"sd_n": True, "none": False}.get(str(v), v),
        lambda v, c: "sd_n" if v else "none",
        active_if=(_PENALISED,),
        formula="sd with 1/n, for the penalty; inside they are scaled always, and the coefficients are given "
        "on the original scale",
    ),
    _bound("bounds.lower", "lower_bounds", -math.inf),
    _bound("bounds.upper", "upper_bounds", math.inf),
    Binding(
        "solver.tolerance_gradient",
        "gradient_tol",
        number(0, open_low=True),
        active_if=(_ITERATIVE,),
        formula="of the mean loss and penalty, by features of mean 0 and variance 1 (1/n); irls: the sum of "
        "its components in size, lbfgs: the largest; 1e-4 by default",
    ),
    Binding(
        "solver.tolerance_coefficients",
        "step_size_tol",
        number(0, open_low=True),
        active_if=(When("solver", _IRLS), _REPEATED),
        formula="Euclidean length of the step, of features of variance 1; None: not looked at",
    ),
    Binding("solver.max_iterations", "max_iter", integer(1), active_if=(_REPEATED,)),
    Binding(
        "solver.start",
        START,
        choice("zeros"),
        to_vocabulary=lambda v, c: "framework" if v is None else v,
        active_if=(_ITERATIVE,),
        formula="by default the intercept starts at the link of the mean of y, the coefficients at 0",
    ),
    Binding("solver.selection", "selection", choice("cyclic", "random"), active_if=(_DESCENT,)),
    Binding("seed", "random_state", integer(0), active_if=(_DESCENT, When("selection", ("random",)))),
)


def _complete(
    settings: Mapping[str, Value], native: Mapping[str, Value], arguments: dict[str, Value]
) -> dict[str, Value]:
    """Without bounds that are infinite: glum would take them for bounds, and choose another solver."""
    bounds = ("lower_bounds", "upper_bounds")
    return {k: v for k, v in arguments.items() if k not in bounds or abs(float(str(v))) != math.inf}


def _adapt(
    native: Mapping[str, Value], effective: Mapping[str, Value], asked: Mapping[str, Value]
) -> dict[str, Value]:
    """The solver that takes the penalty or the bounds ``asked`` for, where the present one does not."""
    now = native.get("solver", "auto")
    lasso = {**effective, **asked}.get("penalty.l1")
    bounded = any(name.startswith("bounds.") and abs(float(str(v))) != math.inf for name, v in asked.items())
    return {"solver": "irls-cd"} if now not in ("auto", "irls-cd") and (lasso or bounded) else {}


def _contradictions(arguments: Mapping[str, Value], native: Mapping[str, Value]) -> tuple[str, str] | None:
    solver = arguments.get("solver", "auto")
    if arguments.get("scale_predictors") and arguments.get("fit_intercept") is False:
        return "glum scales no features without an intercept", "give features scaled beforehand"
    if solver in ("auto", "irls-cd"):
        return None
    if arguments.get("alpha") and arguments.get("l1_ratio"):
        return f"the solver {solver} takes no lasso penalty", "give solver=irls-cd"
    if arguments.get("lower_bounds") is not None or arguments.get("upper_bounds") is not None:
        return f"the solver {solver} takes no bounds", "give solver=irls-cd"
    return None


_TIGHT: dict[str, Value] = {"gradient_tol": 1e-13, "max_iter": 1000}
_LASSO: dict[str, Value] = {"alpha": 0.05, "l1_ratio": 0.5, "solver": "irls-cd"}
_IRLS_FIT: dict[str, Value] = {"family": "binomial", "solver": "irls-ls"}
_ONE_STEP: dict[str, Value] = {"family": "gaussian", "link": "identity"}
_RIDGE: dict[str, Value] = {"l1_ratio": 0.0}
_AT_ONCE: dict[str, Value] = {**_ONE_STEP, "solver": "closed-form"}
_LASSO_FIT: dict[str, Value] = {**_LASSO, "family": "binomial"}
_BESIDE: dict[tuple[str, Value], dict[str, Value]] = {
    ("solver", "irls-ls"): _RIDGE,
    ("solver", "lbfgs"): _RIDGE,
    ("solver", "closed-form"): {**_ONE_STEP, **_RIDGE},
}
_CHOSEN: dict[tuple[str, Value], str] = {
    ("solver", "auto"): "one of the others",
    **{("family", name): "takes no target of 0" for name in ("gamma", "inverse.gaussian")},
}

_TABLES = "of features given as a data frame"
_PATH = Outside("other", "a path of penalties, of which the last is taken" + _LEFT)
_CONSTRAINTS = Outside("other", "linear inequalities between coefficients" + _LEFT)

MODEL = GlumModel(
    name="glum.glm",
    title="GeneralizedLinearRegressor",
    order=10,
    tasks=frozenset({"classes", "numbers"}),
    numbers_by=("family", "gaussian"),
    callables=("glum:GeneralizedLinearRegressor",),
    bindings=_BINDINGS,
    always={
        "decision.threshold": 0.5,
        "precision": "float64",
        "missing": "error",
        "class_weight": "none",
        "collinear": "none",
        "penalty.intercept": 0.0,
    },
    outside={
        "*.P1": Outside("other", "factors of the lasso penalty, by feature" + _LEFT),
        "*.P2": Outside("other", "factors of the ridge penalty, or its matrix" + _LEFT),
        "*.alpha_search": _PATH,
        "*.alphas": _PATH,
        "*.n_alphas": _PATH,
        "*.min_alpha_ratio": _PATH,
        "*.min_alpha": _PATH,
        "*.max_inner_iter": Outside("other", "passes over the features within one iteration" + _LEFT),
        "*.hessian_approx": Outside("other", "rows that are left out of an update of the Hessian" + _LEFT),
        "*.A_ineq": _CONSTRAINTS,
        "*.b_ineq": _CONSTRAINTS,
        "*.monotonic_constraints": _CONSTRAINTS,
        "*.warm_start": Outside("other", "starts a second fit from the first; there is one fit here"),
        "*.copy_X": Outside("running", "whether the features are copied"),
        "*.check_input": Outside("running", "whether the target and the penalties are checked"),
        "*.force_all_finite": Outside("other", "whether missing values are refused" + _LEFT),
        "*.verbose": Outside("output", "progress on the terminal"),
        "*.drop_first": Outside("data", _TABLES),
        "*.formula": Outside("data", _TABLES),
        "*.interaction_separator": Outside("data", _TABLES),
        "*.categorical_format": Outside("data", _TABLES),
        "*.cat_missing_method": Outside("data", _TABLES),
        "*.cat_missing_name": Outside("data", _TABLES),
        "*.context": Outside("data", _TABLES),
        "*.expected_information": Outside("output", "which covariance of the coefficients is computed"),
        "*.clusters": Outside("output", "which covariance of the coefficients is computed"),
        "*.store_covariance_matrix": Outside("output", "which covariance of the coefficients is computed"),
        "*.X": Outside("data", "the features"),
        "*.y": Outside("data", "the target"),
        "*.sample_weight": Outside("data", "weights of single rows"),
        "*.weights_sum": Outside("data", "weights of single rows"),
        "*.offset": Outside("data", "a known part of the linear predictor, row by row"),
    },
    probes={
        "family": Probe(("binomial", "gaussian"), {"link": "logit"}),
        "link": Probe(("logit", "cloglog"), {"family": "binomial"}),
        "fit_intercept": Probe((True, False)),
        "robust": Probe(why_not="it changes standard errors and tests, no prediction"),
        "solver": Probe(("irls-ls", "lbfgs")),
        "l1_ratio": Probe((0.2, 0.8), _LASSO, ({"alpha": 0.0},)),
        "alpha": Probe((0.01, 0.1)),
        "scale_predictors": Probe((False, True), {"alpha": 0.05}, ({"alpha": 0.0},)),
        "lower_bounds": Probe((None, 0.1)),
        "upper_bounds": Probe((None, 0.1)),
        "gradient_tol": Probe((1e-4, 1e-1), _IRLS_FIT, (_AT_ONCE,), beside=_BESIDE, skip=_CHOSEN),
        "step_size_tol": Probe(
            (1e-6, 10.0), _IRLS_FIT, ({"solver": "lbfgs"}, _ONE_STEP), beside=_BESIDE, skip=_CHOSEN
        ),
        "max_iter": Probe((1, 3), _IRLS_FIT, (_ONE_STEP,), skip=_CHOSEN),
        "theta": Probe((0.5, 2.0), {"family": COUNTS}, ({"family": "poisson"},), skip=_CHOSEN),
        "power": Probe((1.2, 1.8), {"family": TWEEDIE}, ({"family": "poisson"},), skip=_CHOSEN),
        # two iterations: at the optimum the start is forgotten, to rounding
        START: Probe(
            (None, "zeros"), {**_IRLS_FIT, "max_iter": 2}, (_AT_ONCE,), beside=_BESIDE, skip=_CHOSEN
        ),
        "selection": Probe(
            ("cyclic", "random"), _LASSO_FIT, ({"solver": "irls-ls", **_RIDGE},), beside=_BESIDE, skip=_CHOSEN
        ),
        "random_state": Probe(
            (1, 2),
            {**_LASSO_FIT, "selection": "random"},
            ({"solver": "irls-ls", **_RIDGE}, {"selection": "cyclic"}),
            beside=_BESIDE,
            skip=_CHOSEN,
        ),
    },
    complete=_complete,
    convex=True,
    by_row=frozenset({"weights", "offset"}),
    limits=lambda native, effective, rows: (
        _TIGHT if native.get("solver") != "lbfgs" else {**_TIGHT, "solver": "auto"},
    ),
    adapt=_adapt,
    contradictions=_contradictions,
    seconds=0.02,
)
