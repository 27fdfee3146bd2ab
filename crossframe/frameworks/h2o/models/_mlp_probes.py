"""The probes of the parameters of H2O's deep learning."""

from __future__ import annotations

from dataclasses import replace

from crossframe.core.types import Value
from crossframe.settings.probe import Probe

BASE: dict[str, Value] = {
    "reproducible": True,
    "hidden": (8,),
    "activation": "Tanh",
    "epochs": 5.0,
    # An iteration is an epoch, and no rule ends training before the last one.
    "train_samples_per_iteration": 0,
    "classification_stop": -1.0,
    "stopping_rounds": 0,
}
"""Settings of every fit."""

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
_LONG: dict[str, Value] = {"epochs": 20.0}

_STILL: dict[str, Value] = {"momentum_start": 0.0, "momentum_stable": 0.0, "l1": 0.0, "l2": 0.0}
_MOVING: tuple[dict[str, Value], ...] = (
    {"momentum_start": 0.5}, {"momentum_stable": 0.5}, {"l1": 1e-3}, {"l2": 1e-3},
)  # fmt: skip
_BEST: dict[tuple[str, Value], dict[str, Value]] = {("overwrite_with_best_model", True): _ROUGH}

_GIVEN: dict[str, Value] = {"initial_weights": "given:1"}

_GAUSSIAN: dict[str, Value] = {"distribution": "gaussian"}

_PROBES = {
    "distribution": Probe(("bernoulli", "gaussian")),
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
    "initial_weights": Probe((None, "given:1")),
    "initial_weight_distribution": Probe(("UniformAdaptive", "Normal"), broken=(_GIVEN,)),
    "initial_weight_scale": Probe(
        (1.0, 0.5),
        {"initial_weight_distribution": "Normal"},
        ({"initial_weight_distribution": "UniformAdaptive"}, _GIVEN),
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
    "classification_stop": Probe((-1.0, 0.5), broken=(_GAUSSIAN,)),
    "regression_stop": Probe((-1.0, 10.0), _GAUSSIAN, ({"distribution": "bernoulli"},)),
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
    "score_training_samples": Probe((0, 10), of_three={**_SGD, "rate": 1.0}),
    "overwrite_with_best_model": Probe((True, False), {**_ROUGH, "nfolds": 0}, ({"nfolds": 2},),
                                       of_three=_LONG),
    "nfolds": Probe((0, 2), {**_ROUGH, "overwrite_with_best_model": True},
                    ({"overwrite_with_best_model": False},), of_three=_LONG),
    "fold_assignment": Probe(
        ("Random", "Modulo"), {**_STOPPING, "nfolds": 3}, ({"nfolds": 0},), refused=True,
        of_three={**_SGD, "rate": 0.1},
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

_OPTIONS: dict[str, tuple[Value, ...]] = {
    "fold_assignment": ("AUTO", "Random", "Modulo", "Stratified"),
    "activation": ("Tanh", "TanhWithDropout", "Rectifier", "RectifierWithDropout", "Maxout",
                   "MaxoutWithDropout"),
    "initial_weight_distribution": ("UniformAdaptive", "Uniform", "Normal"),
    "missing_values_handling": ("MeanImputation", "Skip", "PlugValues"),
}  # fmt: skip
"""Parameter -> all the values that the server knows."""

PROBES = {param: replace(probe, tried={**_OPTIONS, **probe.tried}) for param, probe in _PROBES.items()}
"""One for every parameter that has a binding."""
