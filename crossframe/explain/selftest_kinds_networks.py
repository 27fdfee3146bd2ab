"""The kinds of differences that are planted in pairs of Keras, and of H2O and Keras."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from crossframe.data import Dataset
from crossframe.explain.selftest_kinds import Difference, Frame, Kind
from crossframe.explain.selftest_networks import table

SEEDS = 5
"""Of H2O and Keras, whose random numbers differ; Keras twice gets the same ones."""


def rows(rng: np.random.Generator, seed: int) -> tuple[Dataset, str]:
    """A hundred rows of `table`."""
    data, words = table(rng, seed)
    return replace(data, X=data.X[:100], y=data.y[:100]), f"100 rows, {words}"


_KERAS = (
    "keras.mlp:head=sigmoid1,hidden={units},activation=tanh,dropout=0,optimizer=sgd,learning_rate=0.1,"
    "momentum=0,batch_size=8,epochs={epochs},scaling=none,loop=graph"
)
_ADAM = (
    "keras.mlp:head=sigmoid1,hidden={units},activation=relu,dropout=0,optimizer=adam,learning_rate=0.01,"
    "batch_size=8,epochs={epochs},scaling=none,loop=graph"
)
_H2O = (
    "h2o.mlp:hidden={units},activation=Tanh,adaptive_rate=false,rate=0.01,rate_annealing=0,momentum_start=0,"
    "momentum_stable=0,classification_stop=-1,stopping_rounds=0,overwrite_with_best_model=false,"
    "initial_weight_distribution=Normal,initial_weight_scale=0.3,standardize=false,epochs={epochs},"
    "reproducible=true"
)
_BESIDE_H2O = (
    "keras.mlp:hidden={units},activation=tanh,dropout=0,optimizer=sgd,learning_rate=0.01,momentum=0,"
    "batch_size=1,kernel_initializer=random_normal,stddev=0.3,epochs={epochs},scaling=none"
)

_SCHEDULE = ("schedule.kind", "schedule.decay")
_START = ("init.scale",)


def _right(setting: str, words: str, *accepted: str) -> Difference:
    return Difference(setting, "right", words, accepted, labels=setting == "decision.threshold")


def _left(setting: str, words: str, *accepted: str) -> Difference:
    return replace(_right(setting, words, *accepted), side="left")


_BOTH: dict[str, Difference] = {
    "learning rate": _right("optimizer.learning_rate", "learning_rate=0.0005"),
    "epochs": _right("epochs", "epochs=2"),
    "activation": _right("architecture.activation", "activation=sigmoid"),
    "momentum": _right("optimizer.momentum", "momentum=0.9"),
    "dropout": _right("dropout.hidden", "dropout=0.7"),
    "penalty": _right("penalty.l2", "kernel_l2=0.1"),
    "batch size": _right("batch.size", "batch_size=64"),
    "standardised columns": _right("features.standardize", "scaling=sd_n-1"),
    "initial weights": _right("init.weights", "kernel_initializer=random_normal,stddev=2", *_START),
}
"""By kind: what is planted in the right one of two calls of Keras, and of H2O and Keras."""

_OF_KERAS = _BOTH | {"schedule": _right("schedule.decay", "decay=0.3", *_SCHEDULE)}
_OF_ADAM = {name: _BOTH[name] for name in ("learning rate", "epochs", "dropout", "penalty", "batch size")} | {
    "activation": _right("architecture.activation", "activation=tanh"),
    "momentum": _right("optimizer.beta1", "beta_1=0.2"),
}
_OF_H2O = {
    "learning rate": _left("optimizer.learning_rate", "rate=0.0005"),
    "epochs": _left("epochs", "epochs=2"),
    "penalty": _left("penalty.l2", "l2=0.1"),
    "standardised columns": _left("features.standardize", "standardize=true"),
    "schedule": _left("schedule.decay", "rate_annealing=0.05", *_SCHEDULE),
    "stopping rule": _left("stopping.rule", "classification_stop=0.3", "stopping.train_error", "model.kept"),
    "initial weights": _left("init.weights", "initial_weight_scale=2", *_START),
}
_THRESHOLD = _right("decision.threshold", "decision.threshold=0.9")


def _frame(left: str, right: str, planted: Difference, others: dict[str, Difference], more: int = 2) -> Frame:
    return Frame(left, right, (planted,), tuple(d for d in others.values() if d is not planted), more)


def _kind_of_keras(name: str) -> Kind:
    frames = [_frame(_KERAS, _KERAS, _OF_KERAS[name], _OF_KERAS)]
    if name in _OF_ADAM:
        frames.append(_frame(_ADAM, _ADAM, _OF_ADAM[name], _OF_ADAM))
    return Kind(f"Keras twice: {name}", rows, tuple(frames))


def _kind_beside_h2o(name: str) -> Kind:
    tables = [others for others in (_BOTH, _OF_H2O) if name in others]
    frames = [_frame(_H2O, _BESIDE_H2O, others[name], others, more=1) for others in tables]
    return Kind(f"H2O and Keras: {name}", rows, tuple(frames), SEEDS)


KINDS = (
    *map(_kind_of_keras, _OF_KERAS),
    Kind("Keras twice: threshold", rows, (
        _frame(_KERAS, _KERAS, _THRESHOLD, {}), _frame(_ADAM, _ADAM, _THRESHOLD, {}),
    )),
    *(_kind_beside_h2o(name) for name in _BOTH | _OF_H2O),
    Kind("H2O and Keras: threshold", rows, (
        _frame(f"{_H2O},decision.threshold=0.5", _BESIDE_H2O, _THRESHOLD, {}),
    ), SEEDS),
    Kind("H2O and Keras: racing threads", rows, (
        _frame(f"{_H2O},reproducible=false", _BESIDE_H2O, _BOTH["epochs"], {}),
    ), SEEDS),
)  # fmt: skip
"""Each is planted alone or with up to two others."""

DECOYS = {
    "keras.mlp": ("nesterov=true", "minval=-0.4", "gain=2.0", "decay_steps=50", "ema_momentum=0.5",
                  "dropout_seed={seed}", "intercept=true", "jit_compile=false", "class_weight=none"),
    "h2o.mlp": ("rho=0.5", "epsilon=1e-3", "score_interval=1", "stopping_tolerance=0.1", "rate_decay=1.0",
                "missing_values_handling=Skip", "mini_batch_size=8", "momentum_ramp=100",
                "nesterov_accelerated_gradient=false"),
}  # fmt: skip
"""Words that are given to one side alone and change nothing."""
