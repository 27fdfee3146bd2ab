"""The probes of the parameters of H2O's GLM."""

from __future__ import annotations

from dataclasses import replace

from crossframe.core.types import Value
from crossframe.frameworks.h2o.models._family import PROBES as _FAMILY
from crossframe.settings.probe import Probe

_NAIVE: dict[str, Value] = {"solver": "COORDINATE_DESCENT_NAIVE"}
_IRLS: dict[str, Value] = {"solver": "IRLSM", "lambda_": 0.01, "alpha": 0.5, "stopping_rounds": 0}
_PATH: dict[str, Value] = {"lambda_search": True, "lambda_": None, "nlambdas": 20}
_PATH_BROKEN: tuple[dict[str, Value], ...] = ({"lambda_search": False}, {"lambda_": 0.01})
_EARLY: dict[str, Value] = {
    "stopping_rounds": 1, "score_each_iteration": True, "score_iteration_interval": -1,
}  # fmt: skip
_EARLY_BROKEN: tuple[dict[str, Value], ...] = (
    {"stopping_rounds": 0},
    {"score_each_iteration": False, "score_iteration_interval": -1},
)
_TWO: dict[str, tuple[Value, ...]] = {"family": ("binomial",)}
"""The values of a condition that are tried: of the family that of two classes, or what takes its place."""
_FOLDS: dict[str, Value] = {**_PATH, "nfolds": 3, "stopping_rounds": 0}

_PROBES = {
    "solver": Probe(("IRLSM", "COORDINATE_DESCENT")),
    # AUTO takes L-BFGS for several classes without a lasso part, which is that of alpha=0 whatever lambda is.
    "alpha": Probe((0.0, 1.0), {"lambda_": 0.1, "solver": "IRLSM"}, ({"lambda_": 0.0},)),
    "lambda_": Probe((0.01, 0.1)),
    "lambda_search": Probe((False, True)),
    "nlambdas": Probe((5, 20), _PATH, _PATH_BROKEN),
    # Without a search, too: the one lambda is ten times this share of the largest.
    "lambda_min_ratio": Probe((0.01, 0.02), {"lambda_": None}, ({"lambda_": 0.01},)),
    "cold_start": Probe((False, True), _PATH, _PATH_BROKEN),
    "early_stopping": Probe(
        (True, False), {**_PATH, "lambda_min_ratio": 1e-8, "nlambdas": 100}, _PATH_BROKEN
    ),
    "intercept": Probe((True, False)),
    "standardize": Probe((True, False)),
    "missing_values_handling": Probe(("MeanImputation", "Skip"), sample="missing"),
    "plug_values": Probe(
        (0.25, 4.0),
        {"missing_values_handling": "PlugValues"},
        ({"missing_values_handling": "MeanImputation"},),
        sample="missing",
        refused=True,
    ),
    "ignore_const_cols": Probe((True, False), sample="constant", of_three={"solver": "L_BFGS"}),
    "remove_collinear_columns": Probe(
        (False, True), {"solver": "IRLSM", "lambda_": 0.0}, ({"solver": "L_BFGS"},), sample="collinear"
    ),
    "compute_p_values": Probe((False, True), _IRLS, ({"solver": "COORDINATE_DESCENT"},), refused=True),
    "non_negative": Probe((False, True), {"solver": "L_BFGS", "lambda_": 0.01}, (_NAIVE,), sample="image"),
    "lower_bounds": Probe((0.0, 1.5), {"solver": "IRLSM", "lambda_": 0.0}, (_NAIVE,)),
    "upper_bounds": Probe(
        (0.25, 1.5),
        {"solver": "IRLSM", "lambda_": 0.0},
        (_NAIVE,),
        skip={("solver", "L_BFGS"): "a bound that cuts ends in an error: it is met only roughly"},
    ),
    "obj_reg": Probe((0.01, 0.1), {"lambda_": 0.1}),
    **_FAMILY,
    "prior": Probe((-1.0, 0.2), {"family": "binomial"}, ({"family": "gaussian"},), refused=True),
    "startval": Probe((0.5, 1.0), {"lambda_": 0.01}),
    "max_iterations": Probe((1, 3), {"solver": "IRLSM"}, (_NAIVE,)),
    "max_active_predictors": Probe(
        (-1, 1), {**_IRLS, "lambda_": 0.05}, ({"alpha": 0.0}, {"lambda_": 0.0})
    ),
    "beta_epsilon": Probe((1e-4, 0.5), _IRLS, ({"solver": "L_BFGS"}, {"stopping_rounds": 1})),
    "objective_epsilon": Probe((1e-4, 0.1), _IRLS, ({"stopping_rounds": 1},)),
    "gradient_epsilon": Probe(
        (1e-4, 0.1),
        {"solver": "L_BFGS"},
        ({"solver": "IRLSM"},),
        skip={("solver", "AUTO"): "it stands for L_BFGS only where there are thousands of columns"},
    ),
    "stopping_rounds": Probe(
        (0, 1), {"lambda_search": False, "solver": "IRLSM"}, ({"lambda_search": True},), refused=True
    ),
    "stopping_metric": Probe(
        ("logloss", "AUC"), {**_EARLY, "stopping_tolerance": 0.002}, _EARLY_BROKEN
    ),
    "stopping_tolerance": Probe((0.001, 0.5), {**_EARLY, "stopping_rounds": 2}, _EARLY_BROKEN),
    "score_each_iteration": Probe((False, True), {"stopping_rounds": 1}, ({"stopping_rounds": 0},)),
    "score_iteration_interval": Probe(
        (-1, 2),
        {"stopping_rounds": 1, "score_each_iteration": False},
        ({"stopping_rounds": 0}, {"score_each_iteration": True}),
    ),
    # With this seed the folds end a fit of several classes at one lambda early.
    "nfolds": Probe(
        (0, 3), {**_PATH, "stopping_rounds": 0}, _PATH_BROKEN, tried=_TWO, of_three={"seed": 2}
    ),
    "fold_assignment": Probe(("Random", "Modulo"), _FOLDS, ({"nfolds": 0},), refused=True),
    "seed": Probe(
        (1, 2),
        {**_FOLDS, "fold_assignment": "AUTO"},
        ({"nfolds": 0}, {"fold_assignment": "Modulo"}, *_PATH_BROKEN),
        tried=_TWO,
    ),
}  # fmt: skip

_OPTIONS: dict[str, tuple[Value, ...]] = {
    "solver": ("AUTO", "IRLSM", "L_BFGS", "COORDINATE_DESCENT", "COORDINATE_DESCENT_NAIVE"),
    "missing_values_handling": ("MeanImputation", "Skip", "PlugValues"),
    "fold_assignment": ("AUTO", "Random", "Modulo", "Stratified"),
}
"""Parameter -> all the values that the server knows."""

PROBES = {param: replace(probe, tried={**_OPTIONS, **probe.tried}) for param, probe in _PROBES.items()}
"""One for every parameter that has a binding."""
