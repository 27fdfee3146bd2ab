"""H2O's GLM and deep learning in the vocabulary (the parameter lists of the server's own schemas)."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

from crossframe.engines.base import Value
from crossframe.errors import UsageError
from crossframe.settings.base import (
    Binding,
    Context,
    Convert,
    Kind,
    Outside,
    When,
    flag,
    integer,
    integers,
    number,
)
from crossframe.settings.elastic import bind


def _enum(*options: str) -> Kind:
    """One of the server's words, as R (``TanhWithDropout``) or Python (``tanh_with_dropout``) spells them."""
    table = {option.replace("_", "").lower(): option for option in options}

    def parse(value: Value) -> Value:
        key = str(value).replace("_", "").lower()
        if key not in table:
            raise UsageError.unknown("value", str(value), options)
        return table[key]

    return Kind("one of " + ", ".join(options), parse)


def _words(table: Mapping[Value, Value]) -> tuple[Convert, Convert]:
    """Encode and decode by a table of canonical value -> H2O's; what has no counterpart is refused."""
    back = {native: canonical for canonical, native in table.items()}

    def encode(value: Value, context: Context) -> Value:
        if value not in table:
            raise UsageError(f"H2O has no counterpart of {value}", f"it has: {', '.join(map(str, table))}")
        return table[value]

    return encode, lambda value, context: back.get(value, str(value).lower())


def _row_by_row(value: Value, context: Context) -> Value:
    """H2O takes ``mini_batch_size`` and sets it back to 1, so that no other batch can be expressed."""
    if value != 1:
        raise UsageError("H2O trains row by row, whatever mini_batch_size says", "batch.size=1 is all it has")
    return value


def _ratio(value: Value, context: Context) -> Value:
    """One ratio where the layers have the same; ratios that differ stay the server's list, as text."""
    ratios = json.loads(value) if isinstance(value, str) else value
    if not isinstance(ratios, (list, tuple)):
        return value
    return float(ratios[0]) if len(set(ratios)) == 1 else str(value)


_STANDARDIZE = Binding(
    "features.standardize", "standardize", flag(), *_words({"sd_n-1": True, "none": False})
)
_MISSING = Binding(
    "missing",
    "missing_values_handling",
    _enum("MeanImputation", "Skip"),
    *_words({"mean": "MeanImputation", "drop": "Skip"}),
)
_CONSTANT = Binding("features.drop_constant", "ignore_const_cols", flag())

_SOLVERS: dict[Value, Value] = {
    "auto": "AUTO",
    "irls": "IRLSM",
    "lbfgs": "L_BFGS",
    "coordinate_descent": "COORDINATE_DESCENT",
}

_GLM = (
    Binding("solver.algorithm", "solver", _enum(*map(str, _SOLVERS.values())), *_words(_SOLVERS)),
    # The objective is the mean loss with the elastic net beside it: no n. Untold, the server chooses.
    *bind("lambda_", number(0), "alpha", number(0, 1), None, (lambda x, n: x, lambda x, n: x)),
    Binding("intercept", "intercept", flag()),
    _STANDARDIZE,
    _MISSING,
    _CONSTANT,
    Binding("collinear", "remove_collinear_columns", flag(), *_words({"drop": True, "none": False})),
    Binding("solver.max_iterations", "max_iterations", integer(-1)),
    Binding(
        "solver.tolerance_coefficients",
        "beta_epsilon",
        number(0),
        active_if=(When("solver", ("AUTO", "IRLSM", "COORDINATE_DESCENT")),),
    ),
    Binding("solver.tolerance_objective", "objective_epsilon", number(-1)),
    Binding(
        "solver.tolerance_gradient",
        "gradient_epsilon",
        number(-1),
        active_if=(When("solver", ("AUTO", "L_BFGS")),),
    ),
)

_ACTIVATIONS: dict[Value, Value] = {"tanh": "Tanh", "relu": "Rectifier", "maxout": "Maxout"}
_WITH_DROPOUT = tuple(f"{word}WithDropout" for word in _ACTIVATIONS.values())
_INIT: dict[Value, Value] = {"glorot_uniform": "UniformAdaptive", "uniform": "Uniform", "normal": "Normal"}
_METRICS: dict[Value, Value] = {
    "auto": "AUTO",
    "logloss": "logloss",
    "misclassification": "misclassification",
    "auc": "AUC",
}
_SGD = (When("adaptive_rate", (False,)),)
_ADADELTA = (When("adaptive_rate", (True,)),)
_ELASTIC = (When("elastic_averaging", (True,)),)

_activation_encode, _activation_decode = _words(_ACTIVATIONS)

_MLP = (
    _STANDARDIZE,
    _MISSING,
    _CONSTANT,
    Binding("architecture.hidden", "hidden", integers()),
    Binding(
        "architecture.activation",
        "activation",
        _enum(*map(str, _ACTIVATIONS.values()), *_WITH_DROPOUT),
        _activation_encode,
        lambda v, c: _activation_decode(str(v).removesuffix("WithDropout"), c),
    ),
    Binding("dropout.input", "input_dropout_ratio", number(0, 1)),
    Binding(
        "dropout.hidden",
        "hidden_dropout_ratios",
        number(0, 1),
        to_vocabulary=_ratio,
        active_if=(When("activation", _WITH_DROPOUT),),
    ),
    # For classification the weights of the output layer are drawn four times as wide as Glorot's.
    Binding("init.weights", "initial_weight_distribution", _enum(*map(str, _INIT.values())), *_words(_INIT)),
    Binding(
        "init.scale",
        "initial_weight_scale",
        number(0, open_low=True),
        active_if=(When("initial_weight_distribution", ("Uniform", "Normal")),),
    ),
    Binding("optimizer.rule", "adaptive_rate", flag(), *_words({"adadelta": True, "sgd": False})),
    Binding("optimizer.rho", "rho", number(0, 1), active_if=_ADADELTA),
    Binding("optimizer.epsilon", "epsilon", number(0), active_if=_ADADELTA),
    Binding("optimizer.learning_rate", "rate", number(0), active_if=_SGD),
    Binding("schedule.decay", "rate_annealing", number(0), active_if=_SGD),
    Binding("schedule.layer_decay", "rate_decay", number(0), active_if=_SGD),
    Binding("optimizer.momentum", "momentum_start", number(0, 1), active_if=_SGD),
    Binding("optimizer.momentum_ramp", "momentum_ramp", number(0, open_low=True), active_if=_SGD),
    Binding("optimizer.momentum_final", "momentum_stable", number(0, 1), active_if=_SGD),
    Binding("optimizer.nesterov", "nesterov_accelerated_gradient", flag(), active_if=_SGD),
    Binding("optimizer.skip_zero_inputs", "fast_mode", flag()),
    Binding("penalty.l1", "l1", number(0)),
    Binding("penalty.l2", "l2", number(0)),
    Binding("penalty.max_norm", "max_w2", number(0, open_low=True)),
    Binding("batch.size", "mini_batch_size", integer(1), _row_by_row, lambda v, c: 1),
    Binding("batch.order", "shuffle_training_data", flag()),
    Binding("batch.per_iteration", "train_samples_per_iteration", integer(-2)),
    Binding("epochs", "epochs", number(0, open_low=True)),
    Binding("stopping.train_error", "classification_stop", number(-1)),
    Binding("stopping.rounds", "stopping_rounds", integer(0)),
    Binding("stopping.metric", "stopping_metric", _enum(*map(str, _METRICS.values())), *_words(_METRICS)),
    Binding("stopping.tolerance", "stopping_tolerance", number(0)),
    Binding("scoring.each_iteration", "score_each_iteration", flag()),
    Binding("scoring.interval", "score_interval", number(0)),
    Binding("scoring.duty_cycle", "score_duty_cycle", number(0, 1)),
    Binding("scoring.rows", "score_training_samples", integer(0)),
    Binding("model.kept", "overwrite_with_best_model", flag(), *_words({"best": True, "last": False})),
    Binding("averaging", "elastic_averaging", flag()),
    Binding("averaging.rate", "elastic_averaging_moving_rate", number(0, 1), active_if=_ELASTIC),
    Binding("averaging.penalty", "elastic_averaging_regularization", number(0), active_if=_ELASTIC),
    Binding("parallel.split_rows", "force_load_balance", flag()),
    Binding("reproducible", "reproducible", flag()),
)

BINDINGS: dict[str, tuple[Binding, ...]] = {"h2o.glm": _GLM, "h2o.mlp": _MLP}

ALWAYS: dict[str, dict[str, Value]] = {
    "h2o.glm": {
        "decision.threshold": "f1_optimal",
        "precision": "float64",
        "link": "logit",
        "class_weight": "none",
        "penalty.intercept": 0.0,
    },
    "h2o.mlp": {
        "decision.threshold": "f1_optimal",
        "precision": "float32",
        "architecture.head": "softmax2",
        "batch.size": 1,
    },
}
"""Rules without a parameter, or with one that the server sets back."""


def _no_dropout(native: Mapping[str, Value]) -> dict[str, Value]:
    """An activation without the suffix drops nothing, whatever the ratios say."""
    activation = native.get("activation")
    return {} if activation is None or activation in _WITH_DROPOUT else {"dropout.hidden": 0.0}


IMPLIED: dict[str, Callable[[Mapping[str, Value]], dict[str, Value]]] = {"h2o.mlp": _no_dropout}


def _dropping(
    asked: Mapping[str, Value], native: Mapping[str, Value], arguments: dict[str, Value]
) -> dict[str, Value]:
    """The server takes ratios only with an activation that is named for them.

    What was given in its own spelling throughout is left to it, to be refused in its own words.
    """
    ratio = arguments.get("hidden_dropout_ratios")
    ours = "hidden_dropout_ratios" not in native or (
        "architecture.activation" in asked and "activation" not in native
    )
    activation = str(arguments.get("activation", "Rectifier"))
    if ratio is None or not ours or activation in _WITH_DROPOUT:
        return arguments
    if ratio == 0:
        return {name: value for name, value in arguments.items() if name != "hidden_dropout_ratios"}
    return {**arguments, "activation": f"{activation}WithDropout"}


COMPLETE: dict[
    str, Callable[[Mapping[str, Value], Mapping[str, Value], dict[str, Value]], dict[str, Value]]
] = {"h2o.mlp": _dropping}

OUTSIDE: dict[str, dict[str, Outside]] = {}
"""Pattern of ``callable.parameter`` -> why it is no setting."""
