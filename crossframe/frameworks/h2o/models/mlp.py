"""H2O's deep learning: a network of fully connected layers, trained row by row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from crossframe.core.errors import UsageError
from crossframe.core.text import plural
from crossframe.core.types import FloatArray, Value, as_float
from crossframe.frameworks.contract import Status
from crossframe.frameworks.h2o._model import Call, H2OModel, TrainedModel
from crossframe.frameworks.h2o.models import _initial_weights as initial
from crossframe.frameworks.h2o.models import _momentum as momentum
from crossframe.frameworks.h2o.models import _target as target
from crossframe.frameworks.h2o.models._mlp_probes import BASE, PROBES
from crossframe.frameworks.h2o.models._outside import COMPUTED, FITTED_MODEL, outside
from crossframe.frameworks.h2o.models._values import FOLDS, METRICS, Both, assigned, by_table, enum, last, one
from crossframe.frameworks.h2o.rest import table
from crossframe.settings.binding import Binding, Context, Outside, When, flag, integer, integers, number
from crossframe.settings.vocabulary_networks import given_rules

_ACTIVATIONS: dict[Value, Value] = {"tanh": "Tanh", "relu": "Rectifier", "maxout": "Maxout"}
_WITH_DROPOUT = tuple(f"{name}WithDropout" for name in _ACTIVATIONS.values())
_MISSING: dict[Value, Value] = {"mean": "MeanImputation", "drop": "Skip"}

_SGD = When("adaptive_rate", (False,))
_ADADELTA = (When("adaptive_rate", (True,)),)
_ELASTIC = (When("elastic_averaging", (True,)),)
_BALANCED = When("balance_classes", (True,))
_RACING = When("reproducible", (False,))
_EARLY = When("stopping_rounds", above=0)
# What may happen at a scoring: early stopping, the end at a training error, a new best state.
_WATCHED = When(
    "stopping_rounds",
    above=0,
    otherwise=When("classification_stop", above=-1, otherwise=When("overwrite_with_best_model", (True,))),
)
_BY_THE_CLOCK = (_RACING, When("score_each_iteration", (False,)), _WATCHED)

_activation_encode, _activation_decode = by_table(_ACTIVATIONS)


def _row_by_row(value: Value, context: Context) -> Value:
    """H2O accepts any ``mini_batch_size`` and sets it to 1, so that no other batch can be expressed."""
    if value != 1:
        raise UsageError("H2O trains row by row, whatever mini_batch_size says", "batch.size=1 is all it has")
    return value


def _dropped(ratios: Value, context: Context) -> Value:
    """One ratio where the layers have the same; where none is given an activation with dropout drops half."""
    if ratios is None and context.native.get("activation") in _WITH_DROPOUT:
        return 0.5
    return one(ratios, context)


_BINDINGS = (
    target.DISTRIBUTION,
    Binding("seed", "seed", integer(-1)),
    Binding(
        "features.standardize",
        "standardize",
        flag(),
        *by_table({"sd_n-1": True, "none": False}),
        formula="a target of numbers is standardised as well: (y - mean) / sd, sd with 1/(n-1)",
    ),
    Binding("missing", "missing_values_handling", enum(*map(str, _MISSING.values())), *by_table(_MISSING)),
    Binding("features.drop_constant", "ignore_const_cols", flag()),
    Binding(
        "features.sparse",
        "sparse",
        flag(),
        formula="with standardize the features are divided by their sd and not centred",
    ),
    Binding("sampling.balance", "balance_classes", flag()),
    Binding(
        "sampling.factor",
        "class_sampling_factors",
        number(0, open_low=True),
        to_vocabulary=last,
        active_if=(_BALANCED,),
        formula="sent as 1 for class 0 and this for class 1; none: from the sizes of the classes",
    ),
    Binding("sampling.limit", "max_after_balance_size", number(0, open_low=True), active_if=(_BALANCED,)),
    Binding(
        "architecture.hidden",
        "hidden",
        integers(),
        # The engine reports a list of one number as that number.
        to_vocabulary=lambda v, c: (v,) if isinstance(v, int) else v,
    ),
    Binding(
        "architecture.activation",
        "activation",
        enum(*map(str, _ACTIVATIONS.values()), *_WITH_DROPOUT),
        _activation_encode,
        lambda v, c: _activation_decode(str(v).removesuffix("WithDropout"), c),
        formula="with an activation named for it hidden units are dropped",
    ),
    Binding("dropout.input", "input_dropout_ratio", number(0, 1)),
    Binding(
        "dropout.hidden",
        "hidden_dropout_ratios",
        number(0, 1),
        to_vocabulary=_dropped,
        active_if=(When("activation", _WITH_DROPOUT),),
        formula="one ratio for every hidden layer; 0.5 where none is given",
    ),
    initial.BINDING,
    Binding(
        "init.weights",
        "initial_weight_distribution",
        enum(*map(str, target.STARTS.values())),
        target.start,
        target.start_of,
        active_if=(initial.DRAWN,),
        formula="UniformAdaptive is Glorot's uniform, for classes four times as wide in the output layer",
    ),
    Binding(
        "init.scale",
        "initial_weight_scale",
        number(0, open_low=True),
        active_if=(When("initial_weight_distribution", ("Uniform", "Normal")), initial.DRAWN),
    ),
    Binding(
        "loss",
        "loss",
        enum("Automatic", *map(str, target.LOSSES.values())),
        by_table(target.LOSSES)[0],
        target.loss_of,
        formula="Automatic: CrossEntropy, for numbers Quadratic, (y - f)^2",
    ),
    Binding("optimizer.rule", "adaptive_rate", flag(), *by_table({"adadelta": True, "sgd": False})),
    Binding("optimizer.rho", "rho", number(0, 1), active_if=_ADADELTA),
    Binding(
        "optimizer.epsilon_inside",
        "epsilon",
        number(0),
        active_if=_ADADELTA,
        formula="step = sqrt((mean squared step + epsilon) / (mean squared gradient + epsilon)) * gradient",
    ),
    *momentum.BINDINGS,
    Binding(
        "schedule.decay",
        "rate_annealing",
        number(0),
        active_if=(_SGD,),
        formula="learning_rate / (1 + rate_annealing * rows trained before the present iteration)",
    ),
    Binding(
        "schedule.layer_decay",
        "rate_decay",
        number(0),
        active_if=(_SGD,),
        formula="layer k has learning_rate * rate_decay^(k-1), the output layer counted",
    ),
    Binding(
        "optimizer.skip_zero_inputs",
        "fast_mode",
        flag(),
        active_if=(
            # Plain SGD adds 0 for an input of 0; what has a memory or decays does not.
            When(
                "adaptive_rate",
                (True,),
                otherwise=When(
                    "momentum_start",
                    above=0,
                    otherwise=When(
                        "momentum_stable",
                        above=0,
                        otherwise=When("l1", above=0, otherwise=When("l2", above=0)),
                    ),
                ),
            ),
        ),
    ),
    *(
        Binding(
            f"penalty.{name}",
            name,
            number(0),
            lambda v, c: as_float(v) / target.half(c),
            lambda v, c: as_float(v) * target.half(c),
            formula=f"biases are penalised as well; beside (y - f)^2 of numbers it is {name} / 2",
        )
        for name in ("l1", "l2")
    ),
    Binding("penalty.max_norm", "max_w2", number(0, open_low=True)),
    Binding(
        "batch.size",
        "mini_batch_size",
        integer(1),
        _row_by_row,
        lambda v, c: 1,
        never="the server sets it back to 1",
    ),
    Binding("reproducible", "reproducible", flag()),
    Binding(
        "batch.order",
        "shuffle_training_data",
        flag(),
        active_if=(When("reproducible", (False,), otherwise=When("train_samples_per_iteration", above=0)),),
        formula="switched on by itself where the rows are one chunk and an iteration is one epoch",
    ),
    Binding(
        "batch.per_iteration",
        "train_samples_per_iteration",
        integer(-2),
        formula="-2: by the measured speed, with reproducible as -1",
    ),
    Binding("epochs", "epochs", number(0, open_low=True), formula="training may end before, see stopping"),
    Binding("stopping.train_error", "classification_stop", number(-1), active_if=(target.CLASSES,)),
    Binding("stopping.train_mse", "regression_stop", number(-1), active_if=(target.NUMBERS,)),
    Binding(
        "stopping.rounds",
        "stopping_rounds",
        integer(0),
        formula="of the metric's moving average over as many scorings; 0: never",
    ),
    Binding(
        "stopping.metric",
        "stopping_metric",
        enum(*map(str, METRICS.values())),
        by_table(METRICS)[0],
        lambda v, c: None if v is None else by_table(METRICS)[1](v, c),
        active_if=(_EARLY,),
    ),
    Binding("stopping.tolerance_relative", "stopping_tolerance", number(0), active_if=(_EARLY,)),
    Binding("scoring.each_iteration", "score_each_iteration", flag(), active_if=(_RACING, _WATCHED)),
    Binding("scoring.interval", "score_interval", number(0), active_if=_BY_THE_CLOCK),
    Binding("scoring.duty_cycle", "score_duty_cycle", number(0, 1), active_if=_BY_THE_CLOCK),
    Binding(
        "scoring.rows",
        "score_training_samples",
        integer(0),
        formula="0: all; by these rows training is stopped and the threshold of the labels chosen",
    ),
    Binding(
        "model.kept",
        "overwrite_with_best_model",
        flag(),
        *by_table({"best": True, "last": False}),
        active_if=(When("nfolds", (0,)),),
    ),
    Binding(
        "validation.folds",
        "nfolds",
        integer(0),
        active_if=(When("stopping_rounds", above=0, otherwise=When("overwrite_with_best_model", (True,))),),
        formula="the epochs after which the folds stopped are run; the last state is kept",
    ),
    Binding(
        "validation.assignment",
        "fold_assignment",
        enum(*map(str, FOLDS.values())),
        by_table(FOLDS)[0],
        assigned,
        active_if=(Both("nfolds", above=0, too=_EARLY),),
    ),
    Binding(
        "averaging",
        "elastic_averaging",
        flag(),
        formula="acts on a single node too, from the second iteration on: what is returned is the "
        "moving average of its weights over the iterations, to which they are pulled",
    ),
    Binding("averaging.rate", "elastic_averaging_moving_rate", number(0, 1), active_if=_ELASTIC),
    Binding("averaging.penalty", "elastic_averaging_regularization", number(0), active_if=_ELASTIC),
    Binding("parallel.split_rows", "force_load_balance", flag(), active_if=(_RACING,)),
)

_OUTSIDE = outside(
    "deeplearning",
    {
        ("pretrained_autoencoder",): FITTED_MODEL,
        ("export_weights_and_biases",): Outside("output", "where the model is kept"),
        ("diagnostics", "variable_importances", "quiet_mode"): COMPUTED,
        ("replicate_training_data", "single_node_mode", "target_ratio_comm_to_comp"): Outside(
            "running", "clusters of several nodes only, which have H2O's own values"
        ),
        ("use_all_factor_levels", "categorical_encoding", "max_categorical_features"): Outside(
            "other", "categorical features only; here every feature is a number"
        ),
        ("autoencoder", "average_activation", "sparsity_beta"): Outside(
            "other", "autoencoders only, which have no classes"
        ),
        ("quantile_alpha", "tweedie_power", "huber_alpha"): Outside(
            "other", "other distributions only: here the target is classes, or numbers with the Gaussian one"
        ),
        ("score_validation_samples", "score_validation_sampling"): Outside(
            "other", "validation rows only, and none are handed over"
        ),
        ("col_major",): Outside("other", "refused by this release"),
    },
)


def _implied(native: Mapping[str, Value]) -> dict[str, Value]:
    """What follows from momentum, given weights, the activation, the target, and the rows of an iteration."""
    settings = {**momentum.implied(native), **given_rules(native.get(initial.PARAMETER))}
    # Without the suffix nothing is dropped, with any ratios.
    if native.get("activation", _WITH_DROPOUT[0]) not in _WITH_DROPOUT:
        settings["dropout.hidden"] = 0.0
    settings |= target.implied(native)
    if native.get("reproducible") is True and native.get("train_samples_per_iteration") in (-2, -1, 0):
        settings["batch.order"] = True
    return settings


def _complete(
    asked: Mapping[str, Value], native: Mapping[str, Value], arguments: dict[str, Value]
) -> dict[str, Value]:
    """The server takes dropout ratios only with an activation ``...WithDropout``.

    Arguments that were all given in native spelling stay as they are, so that the server refuses them.
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


def ended(reply: Mapping[str, Any], effective: Mapping[str, Value]) -> dict[str, Any]:
    """The rule that ended the training, from the scoring history of the model's record ``reply``.

    Fields of `FitResult`. ``epochs`` and ``updates`` (training rows processed, one update each) are the
    most of all lines of the history, whose last line is that of the best state where it is restored.
    """
    history = table(reply, "scoring_history")
    numbers = target.of_numbers(effective)
    rule, column, error_words = (
        ("regression_stop", "training_rmse", "training mean squared error")
        if numbers
        else ("classification_stop", "training_classification_error", "training error")
    )
    epochs, samples, errors = (_numbers(history[name]) for name in ("epochs", "samples", column))
    if numbers:
        errors = errors**2
    asked, done = as_float(effective["epochs"]), float(np.nanmax(epochs))
    last_scored = int(np.nanargmax(epochs))
    reached = f"after {done:.4g} of {asked:g} epochs"
    stop_at = as_float(effective[rule])
    status = Status.STOPPED_EARLY
    if done >= asked:
        status, message = Status.COMPLETED, f"all epochs: {done:.4g} of {asked:g}"
    elif stop_at >= 0 and errors[last_scored] <= stop_at:
        scoring = {1: "first", 2: "second", 3: "third"}.get(last_scored, f"{last_scored}th")
        error = f"{error_words} {errors[last_scored]:g}"
        message = f"{rule}: {error} at the {scoring} scoring, {reached}"
    elif effective["stopping_rounds"]:
        message = (
            f"early stopping: {effective['stopping_metric']} no better by {effective['stopping_tolerance']} "
            f"in {effective['stopping_rounds']} scorings, {reached}"
        )
    else:
        message = f"no rule that is known here, {reached}"
    if epochs[-1] < done:
        message += f"; the best state, of epoch {epochs[-1]:.4g}, was put back"
    return {
        "status": status,
        "convergence": message,
        "updates": int(np.nanmax(samples)),
        "epochs": done,
        "epochs_asked": asked,
    }


def _numbers(column: list[Any]) -> FloatArray:
    return np.array([np.nan if v is None else float(v) for v in column])


def _for_every_layer(ratio: Value, call: Call) -> list[Value]:
    hidden = call.native.get("hidden", (200, 200))
    assert isinstance(hidden, tuple)
    return [ratio] * len(hidden)


def _on_nodes(fit: TrainedModel, nodes: int) -> str:
    """What several nodes did: each trains weights of its own, and iterations end with their average.

    ``reproducible`` has one node do all of it, and so has ``single_node_mode``.
    """
    replicated = bool(fit.effective.get("replicate_training_data", True))
    if fit.effective["reproducible"] or (replicated and fit.effective.get("single_node_mode")):
        return ""
    history = table(fit.reply, "scoring_history")
    iterations, samples = (np.nanmax(_numbers(history[name])) for name in ("iterations", "samples"))
    rows = "all rows" if replicated else "its own rows"
    return (
        f"on {nodes} nodes with {rows} each, whose weights were averaged {plural(int(iterations), 'time')}, "
        f"each time after {samples / max(iterations, 1):.0f} rows on all nodes together"
    )


def _describe(fit: TrainedModel) -> dict[str, Any]:
    return {**ended(fit.reply, fit.effective), "deterministic": bool(fit.effective["reproducible"])}


MODEL = H2OModel(
    name="h2o.mlp",
    title="h2o.deeplearning",
    family="network",
    order=20,
    bindings=_BINDINGS,
    # Rules without a parameter, or with one that the server sets back.
    always={
        "decision.threshold": "f1_optimal",
        "precision": "float32",
        "architecture.head": "softmax2",
        "batch.size": 1,
        "penalty.intercept": 1.0,
    },
    implied=_implied,
    outside=_OUTSIDE,
    complete=_complete,
    tasks=frozenset({"classes", "numbers"}),
    several=True,
    of_two={"distribution": ("AUTO", "AUTO")},
    numbers_by=("distribution", "gaussian"),
    callables=("deeplearning",),
    base=BASE,
    probes=PROBES,
    stochastic=True,
    on_nodes=_on_nodes,
    reproducible=("reproducible", True),
    seconds=1.0,
    seconds_per_million=3.0,
    algorithm="deeplearning",
    page="deep-learning.html#defining-a-deep-learning-model",
    lists={
        "hidden": lambda value, call: list(value),
        "hidden_dropout_ratios": _for_every_layer,
        "class_sampling_factors": lambda value, call: [1.0, value],
    },
    framed=initial.FRAMED,
    send_frames=initial.send_frames,
    describe=_describe,
)
