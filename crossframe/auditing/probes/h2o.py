"""Where the parameters of H2O's algorithms show an effect, and where they must not."""

from __future__ import annotations

from dataclasses import replace

from crossframe.auditing.probe import Probe
from crossframe.engines.base import Value

BASE: dict[str, dict[str, Value]] = {
    "h2o.glm": {},
    "h2o.mlp": {
        "reproducible": True,
        "hidden": (8,),
        "activation": "Tanh",
        "epochs": 5.0,
        # An iteration is an epoch, and no rule ends training before the last one.
        "train_samples_per_iteration": 0,
        "classification_stop": -1.0,
        "stopping_rounds": 0,
    },
}
"""Settings of every fit."""

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
_FOLDS: dict[str, Value] = {**_PATH, "nfolds": 3, "stopping_rounds": 0}

_GLM = {
    "solver": Probe(("IRLSM", "COORDINATE_DESCENT")),
    "alpha": Probe((0.0, 1.0), {"lambda_": 0.1}, ({"lambda_": 0.0},)),
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
    "ignore_const_cols": Probe((True, False), sample="constant"),
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
    "family": Probe(("binomial", "gaussian")),
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
    "stopping_tolerance": Probe((0.001, 0.5), _EARLY, _EARLY_BROKEN),
    "score_each_iteration": Probe((False, True), {"stopping_rounds": 1}, ({"stopping_rounds": 0},)),
    "score_iteration_interval": Probe(
        (-1, 2),
        {"stopping_rounds": 1, "score_each_iteration": False},
        ({"stopping_rounds": 0}, {"score_each_iteration": True}),
    ),
    "nfolds": Probe((0, 3), {**_PATH, "stopping_rounds": 0}, _PATH_BROKEN),
    "fold_assignment": Probe(("Random", "Modulo"), _FOLDS, ({"nfolds": 0},), refused=True),
    "seed": Probe(
        (1, 2),
        {**_FOLDS, "fold_assignment": "AUTO"},
        ({"nfolds": 0}, {"fold_assignment": "Modulo"}, *_PATH_BROKEN),
    ),
}  # fmt: skip

_SGD: dict[str, Value] = {"adaptive_rate": False}
_ADADELTA: dict[str, Value] = {"adaptive_rate": True}
_MOMENTUM: dict[str, Value] = {**_SGD, "momentum_start": 0.5, "momentum_stable": 0.9}
# Scored often or hardly ever, training stops early or not at all.
_STOPPING: dict[str, Value] = {"stopping_rounds": 1, "stopping_tolerance": 0.05, "epochs": 20.0}
_CLOCK: dict[str, Value] = {
    **_STOPPING,
    "reproducible": False,
    "score_each_iteration": False,
    "overwrite_with_best_model": False,
    "score_interval": 0.0,
    "score_duty_cycle": 1.0,
}
_NOT_STOPPING: dict[str, Value] = {"stopping_rounds": 0}
_CLOCK_BROKEN = ({"reproducible": True}, {"score_each_iteration": True}, _NOT_STOPPING)
# At a high rate the last state of the network is not the best.
_ROUGH: dict[str, Value] = {**_SGD, "rate": 0.5}

_STILL: dict[str, Value] = {"momentum_start": 0.0, "momentum_stable": 0.0, "l1": 0.0, "l2": 0.0}
_MOVING: tuple[dict[str, Value], ...] = (
    {"momentum_start": 0.5}, {"momentum_stable": 0.5}, {"l1": 1e-3}, {"l2": 1e-3},
)  # fmt: skip
_BEST: dict[tuple[str, Value], dict[str, Value]] = {("overwrite_with_best_model", True): _ROUGH}

_MLP = {
    "seed": Probe((1, 2)),
    "standardize": Probe((True, False)),
    "missing_values_handling": Probe(("MeanImputation", "Skip"), sample="missing"),
    "ignore_const_cols": Probe((True, False), sample="constant"),
    "sparse": Probe((False, True)),
    "balance_classes": Probe((False, True)),
    "class_sampling_factors": Probe(
        (0.5, 2.0), {"balance_classes": True}, ({"balance_classes": False},), refused=True
    ),
    "max_after_balance_size": Probe((5.0, 0.5), {"balance_classes": True}, ({"balance_classes": False},)),
    "hidden": Probe(((8,), (9,))),
    "activation": Probe(("Tanh", "Rectifier")),
    "input_dropout_ratio": Probe((0.0, 0.3)),
    "hidden_dropout_ratios": Probe(
        (0.3, 0.6), {"activation": "TanhWithDropout"}, ({"activation": "Tanh"},), refused=True
    ),
    "initial_weight_distribution": Probe(("UniformAdaptive", "Normal")),
    "initial_weight_scale": Probe(
        (1.0, 0.5),
        {"initial_weight_distribution": "Normal"},
        ({"initial_weight_distribution": "UniformAdaptive"},),
    ),
    "loss": Probe(("CrossEntropy", "Quadratic")),
    "adaptive_rate": Probe((True, False)),
    "rho": Probe((0.99, 0.9), _ADADELTA, (_SGD,)),
    "epsilon": Probe((1e-8, 1e-6), _ADADELTA, (_SGD,)),
    "rate": Probe((0.005, 0.5), _SGD, (_ADADELTA,)),
    "rate_annealing": Probe((1e-6, 0.1), _SGD, (_ADADELTA,)),
    "rate_decay": Probe((1.0, 0.5), _SGD, (_ADADELTA,)),
    "momentum_start": Probe((0.0, 0.5), _SGD, (_ADADELTA,)),
    "momentum_ramp": Probe((1e6, 100.0), _MOMENTUM, (_ADADELTA, {"momentum_stable": 0.5})),
    "momentum_stable": Probe((0.0, 0.9), _SGD, (_ADADELTA,)),
    "nesterov_accelerated_gradient": Probe(
        (True, False), _MOMENTUM, (_ADADELTA, {"momentum_start": 0.0, "momentum_stable": 0.0})
    ),
    "fast_mode": Probe(
        (True, False),
        {"activation": "Rectifier", **_ADADELTA, **_STILL},
        (_SGD,),
        also=tuple({**_SGD, **change} for change in _MOVING),
    ),
    "l1": Probe((0.0, 1e-3)),
    "l2": Probe((0.0, 1e-3)),
    "max_w2": Probe((3.4028235e38, 1.0)),
    "mini_batch_size": Probe((1, 8)),
    "reproducible": Probe((True, False)),
    "shuffle_training_data": Probe((False, True), {"reproducible": False}, ({"reproducible": True},)),
    "train_samples_per_iteration": Probe((0, 20)),
    "epochs": Probe((5.0, 2.0)),
    "classification_stop": Probe((-1.0, 0.5)),
    "stopping_rounds": Probe((0, 1), {"stopping_tolerance": 0.05, "epochs": 20.0}),
    "stopping_metric": Probe(("logloss", "AUC"), {**_STOPPING, "stopping_tolerance": 0.01}, (_NOT_STOPPING,)),
    "stopping_tolerance": Probe((0.05, 0.5), _STOPPING, (_NOT_STOPPING,)),
    "score_each_iteration": Probe(
        (False, True),
        {**_CLOCK, "score_interval": 1e6},
        ({"reproducible": True}, _NOT_STOPPING),
        beside=_BEST,
    ),
    "score_interval": Probe((1e6, 0.0), _CLOCK, _CLOCK_BROKEN, beside=_BEST),
    "score_duty_cycle": Probe((0.0, 1.0), _CLOCK, _CLOCK_BROKEN, beside=_BEST),
    "score_training_samples": Probe((0, 10)),
    "overwrite_with_best_model": Probe((True, False), {**_ROUGH, "nfolds": 0}, ({"nfolds": 2},)),
    "nfolds": Probe((0, 2), {**_ROUGH, "overwrite_with_best_model": True},
                    ({"overwrite_with_best_model": False},)),
    "fold_assignment": Probe(
        ("Random", "Modulo"), {**_STOPPING, "nfolds": 3}, ({"nfolds": 0},), refused=True
    ),
    "elastic_averaging": Probe((False, True)),
    "elastic_averaging_moving_rate": Probe(
        (0.9, 0.1), {"elastic_averaging": True}, ({"elastic_averaging": False},)
    ),
    "elastic_averaging_regularization": Probe(
        (1e-3, 0.1), {"elastic_averaging": True}, ({"elastic_averaging": False},)
    ),
    "force_load_balance": Probe((True, False), {"reproducible": False}, ({"reproducible": True},)),
}  # fmt: skip

_WORDS: dict[str, tuple[Value, ...]] = {
    "solver": ("AUTO", "IRLSM", "L_BFGS", "COORDINATE_DESCENT", "COORDINATE_DESCENT_NAIVE"),
    "missing_values_handling": ("MeanImputation", "Skip", "PlugValues"),
    "fold_assignment": ("AUTO", "Random", "Modulo", "Stratified"),
    "activation": ("Tanh", "TanhWithDropout", "Rectifier", "RectifierWithDropout", "Maxout",
                   "MaxoutWithDropout"),
    "initial_weight_distribution": ("UniformAdaptive", "Uniform", "Normal"),
}  # fmt: skip
"""What the server's words may be."""

PROBES: dict[str, dict[str, Probe]] = {
    model: {param: replace(probe, tried={**_WORDS, **probe.tried}) for param, probe in found.items()}
    for model, found in (("h2o.glm", _GLM), ("h2o.mlp", _MLP))
}
"""One for every parameter that has a binding."""
