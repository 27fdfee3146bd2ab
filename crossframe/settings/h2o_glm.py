"""H2O's GLM in the vocabulary (the parameter list of the server's own schema)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from crossframe.engines.base import Value
from crossframe.settings.base import Binding, When, flag, integer, number
from crossframe.settings.elastic import bind
from crossframe.settings.families import family
from crossframe.settings.h2o_values import FOLDS, METRICS, Both, assigned, enum, known, one, words

_NAIVE = "COORDINATE_DESCENT_NAIVE"
SOLVERS: dict[Value, Value] = {
    "auto": "AUTO",
    "irls": "IRLSM",
    "lbfgs": "L_BFGS",
    "coordinate_descent": "COORDINATE_DESCENT",
    "coordinate_descent_naive": _NAIVE,
}
_MISSING: dict[Value, Value] = {"mean": "MeanImputation", "drop": "Skip", "constant": "PlugValues"}

_SEARCH = When("lambda_search", (True,))
# The server takes the lambdas of a search from the data only where none is given.
_UNTOLD = When("lambda_", (None,))
_PENALISED = When("lambda_", above=0)
_NOT_NAIVE = When("solver", ("AUTO", "IRLSM", "L_BFGS", "COORDINATE_DESCENT"))
_IRLS = When("solver", ("AUTO", "IRLSM"))
_EARLY = When("stopping_rounds", above=0)
_SCORED = When("score_each_iteration", (True,), otherwise=When("score_iteration_interval", above=0))

_MIX, *_STRENGTHS = bind(
    # The objective is the mean loss with the elastic net beside it: no n. Untold, the server chooses.
    "lambda_",
    number(0),
    "alpha",
    number(0, 1),
    None,
    (lambda x, n: x, lambda x, n: x),
)

BINDINGS = (
    Binding("solver.algorithm", "solver", enum(*map(str, SOLVERS.values())), *words(SOLVERS)),
    replace(_MIX, active_if=(_PENALISED,)),
    *_STRENGTHS,
    Binding("path.search", "lambda_search", flag()),
    Binding(
        "path.length",
        "nlambdas",
        integer(-1),
        to_vocabulary=known,
        active_if=(_SEARCH, _UNTOLD),
        formula="-1: 100, with alpha=0 30; the lambdas fall from the largest in equal ratios",
    ),
    Binding(
        "path.ratio",
        "lambda_min_ratio",
        number(-1),
        to_vocabulary=known,
        active_if=(_UNTOLD,),
        formula="of a search the smallest lambda relative to the largest; without one lambda itself is "
        "10 * lambda_min_ratio * the largest, although the server calls the parameter unused. "
        "-1: 1e-4 with more than 16 rows to a column, else 1e-2; with alpha=0 a hundredth of that",
    ),
    Binding("path.cold_start", "cold_start", flag(), active_if=(_SEARCH, _UNTOLD)),
    Binding(
        "path.early_stopping",
        "early_stopping",
        flag(),
        active_if=(_SEARCH, _UNTOLD),
        formula="ends where five values in a row lower the deviance by less than 1e-4 of itself",
    ),
    Binding("intercept", "intercept", flag()),
    Binding("features.standardize", "standardize", flag(), *words({"sd_n-1": True, "none": False})),
    Binding("missing", "missing_values_handling", enum(*map(str, _MISSING.values())), *words(_MISSING)),
    Binding(
        "missing.value",
        "plug_values",
        number(),
        active_if=(When("missing_values_handling", ("PlugValues",)),),
        formula="one number for every column, sent as a row",
    ),
    Binding("features.drop_constant", "ignore_const_cols", flag()),
    Binding(
        "collinear",
        "remove_collinear_columns",
        flag(),
        *words({"drop": True, "none": False}),
        active_if=(_IRLS,),
        formula="beside it the steps of IRLS leave the lasso part out: what it screened stays out, the "
        "rest is not shrunk by it",
    ),
    Binding(
        "inference.p_values",
        "compute_p_values",
        flag(),
        active_if=(_IRLS,),
        formula="beside it the steps of IRLS leave the lasso part out, as with remove_collinear_columns",
    ),
    Binding("bounds.non_negative", "non_negative", flag(), active_if=(_NOT_NAIVE,)),
    *(
        Binding(
            f"bounds.{side}",
            f"{side}_bounds",
            number(),
            active_if=(_NOT_NAIVE,),
            formula="one number for every column, sent as a frame of beta_constraints",
            reads=("glm.beta_constraints",),
        )
        for side in ("lower", "upper")
    ),
    Binding(
        "objective.scale",
        "obj_reg",
        number(-1),
        formula="factor of the summed loss beside the penalty; -1: 1/n",
    ),
    Binding("class.prior", "prior", number(-1, 1), active_if=(When("family", ("binomial",)),)),
    replace(
        family(),
        kind=enum("AUTO", "binomial", "gaussian"),
        # AUTO: by the target, which is sent as classes.
        to_vocabulary=lambda value, context: "identity" if value == "gaussian" else "logit",
    ),
    Binding(
        "solver.start_value",
        "startval",
        number(),
        to_vocabulary=one,
        formula="on the scale of the standardised features; sent once for every column and the intercept",
    ),
    Binding("solver.max_iterations", "max_iterations", integer(-1), active_if=(_NOT_NAIVE,)),
    Binding(
        "solver.max_features",
        "max_active_predictors",
        integer(-1),
        active_if=(When("alpha", above=0), _PENALISED),
        formula="-1: 5000, with solver=L_BFGS none",
    ),
    Binding(
        "solver.tolerance_coefficients",
        "beta_epsilon",
        number(0),
        active_if=(
            # L-BFGS looks at it, whatever the documentation says, unless there is a lasso part.
            When(
                "solver",
                ("AUTO", "IRLSM", "COORDINATE_DESCENT", _NAIVE),
                otherwise=When("alpha", (0.0,), otherwise=When("lambda_", (0.0,))),
            ),
            When("stopping_rounds", (0,), otherwise=When("solver", ("COORDINATE_DESCENT", _NAIVE))),
        ),
    ),
    Binding(
        "solver.tolerance_objective",
        "objective_epsilon",
        number(-1),
        active_if=(When("stopping_rounds", (0,), otherwise=When("solver", ("L_BFGS", _NAIVE))),),
        formula="(old - obj) / old of the penalised mean loss; -1: 1e-6 with lambda=0, else 1e-4",
    ),
    Binding(
        "solver.tolerance_gradient",
        "gradient_epsilon",
        number(-1),
        active_if=(When("solver", ("AUTO", "L_BFGS")),),
        formula="-1: 1e-6 with lambda=0, else 1e-4; in a search a hundredth of that",
    ),
    Binding(
        "stopping.rounds",
        "stopping_rounds",
        integer(0),
        active_if=(Both("lambda_search", (False,), too=_NOT_NAIVE),),
        formula="above 0 it takes the place of the solver's own tolerances; without "
        "score_each_iteration or score_iteration_interval nothing is watched, and all the "
        "iterations are made",
    ),
    Binding(
        "stopping.metric",
        "stopping_metric",
        enum(*map(str, METRICS.values())),
        *words(METRICS),
        active_if=(_EARLY, _SCORED),
    ),
    Binding("stopping.tolerance_relative", "stopping_tolerance", number(0), active_if=(_EARLY, _SCORED)),
    Binding("scoring.each_iteration", "score_each_iteration", flag(), active_if=(_EARLY,)),
    Binding(
        "scoring.every",
        "score_iteration_interval",
        integer(-1),
        active_if=(_EARLY, When("score_each_iteration", (False,))),
        formula="-1: every 15 seconds",
    ),
    Binding(
        "validation.folds",
        "nfolds",
        integer(0),
        active_if=(replace(_SEARCH, otherwise=_EARLY), replace(_UNTOLD, otherwise=_EARLY)),
        formula="chooses the lambda of a search; beside stopping_rounds it makes further iterations",
    ),
    Binding(
        "validation.assignment",
        "fold_assignment",
        enum(*map(str, FOLDS.values())),
        words(FOLDS)[0],
        assigned,
        active_if=(Both("nfolds", above=0, too=Both("lambda_search", (True,), too=_UNTOLD)),),
    ),
    Binding(
        "seed",
        "seed",
        integer(-1),
        active_if=(
            When("nfolds", above=0),
            When("fold_assignment", ("AUTO", "Random", "Stratified")),
            _SEARCH,
            _UNTOLD,
        ),
        formula="draws the folds; the solvers draw nothing",
    ),
)

ALWAYS: dict[str, Value] = {
    "decision.threshold": "f1_optimal",
    "precision": "float64",
    "class_weight": "none",
    "penalty.intercept": 0.0,
}
"""Rules without a parameter."""


def implied(native: Mapping[str, Value]) -> dict[str, Value]:
    """The Gaussian family has no labels: those of two classes are cut by Leek's rule."""
    return {"decision.threshold": 0.5} if native.get("family") == "gaussian" else {}


def plugging(
    asked: Mapping[str, Value], native: Mapping[str, Value], arguments: dict[str, Value]
) -> dict[str, Value]:
    """The server takes a value for missing ones only where it is told to use it."""
    if "missing.value" not in asked or "missing_values_handling" in arguments:
        return arguments
    return {**arguments, "missing_values_handling": "PlugValues"}
