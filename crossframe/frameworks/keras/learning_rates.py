"""Learning rates in Keras: every optimizer that it exports, with its own defaults."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

import numpy as np

from crossframe.frameworks import learning_rate_sample as sample
from crossframe.frameworks.contract import EngineConfig
from crossframe.frameworks.learning_rate import Follower, LearningRate, Path, travelled
from crossframe.optima import updates as rules
from crossframe.optima.updates import Array

RULES: dict[str, type[rules.Rule]] = {
    "Adadelta": rules.Adadelta,
    "Adafactor": rules.Adafactor,
    "Adagrad": rules.Adagrad,
    "Adam": rules.Adam,
    "AdamW": rules.Adam,
    "Adamax": rules.Adamax,
    "Ftrl": rules.Ftrl,
    "Lamb": rules.Lamb,
    "Lion": rules.Lion,
    "Muon": rules.Muon,
    "Nadam": rules.Nadam,
    "RMSprop": rules.RmsProp,
    "SGD": rules.Sgd,
    "ScheduleFreeAdamW": rules.ScheduleFreeAdamW,
}
"""Keras's class of an optimizer -> its update rule."""

_NOTES = {
    "Ftrl": "the first update all but replaces the starting weights",
    "ScheduleFreeAdamW": "on TensorFlow the average is computed from the iterate after its step, not before; "
    "the textbook's rule differs by that",
}
_SWITCHED_OFF = ("clipnorm", "global_clipnorm", "clipvalue", "use_ema", "loss_scale_factor")
_BATCH = 32
"""The batch size of ``fit`` for ``batch_size=None``, its default."""


class KerasRates:
    """The learning rates of Keras, measured in a process of its own, see `EngineProcess`."""

    def __init__(self, config: EngineConfig) -> None:
        self._threads = config.threads
        self._begun = False

    def measure(
        self, updates: int, sizes: Sequence[int], names: Sequence[str] | None = None
    ) -> tuple[list[LearningRate], dict[str, str]]:
        """The rows of all optimizers, or of those of ``names``, and the versions of Keras and TensorFlow.

        ``updates`` are followed one by one; ``sizes`` are numbers of digits for trainings by ``fit``.
        """
        from crossframe.frameworks.keras import net as keras_net

        self._begin()
        rows = [
            _wrapper(name) if _needs_another(kind) else _measure(name, kind, updates, sizes)
            for name, kind in optimizers().items()
            if names is None or name in names
        ]
        versions = keras_net.versions()
        return rows, {name: versions[name] for name in ("keras", "tensorflow")}

    def gradient(self, weights: Sequence[Array], x: Any, y: int) -> list[Array]:
        """The gradient of one row's loss at these weights, by Keras and its ``GradientTape``."""
        import tensorflow as tf

        self._begin()
        tape = _tape(_network(weights), tf.constant(np.atleast_2d(x), tf.float32), tf.one_hot([y], 2))
        return [g.numpy() for g in tape]

    def close(self) -> None:
        """Do nothing, because TensorFlow ends with the process."""

    def _begin(self) -> None:
        from crossframe.frameworks.keras import net as keras_net

        if not self._begun:
            keras_net.start(self._threads)
        self._begun = True


def optimizers() -> dict[str, Any]:
    """Name -> class of every optimizer that ``keras.optimizers`` exports, sorted by name."""
    import keras

    base = keras.optimizers.Optimizer
    every = {n: k for n, k in vars(keras.optimizers).items() if inspect.isclass(k) and issubclass(k, base)}
    return {name: every[name] for name in sorted(every) if every[name] is not base}


def _needs_another(kind: Any) -> bool:
    """Whether an optimizer wraps others: it has an argument without default."""
    parameters = list(inspect.signature(kind.__init__).parameters.values())[1:]
    return any(p.default is p.empty and p.kind is p.POSITIONAL_OR_KEYWORD for p in parameters)


def _wrapper(name: str) -> LearningRate:
    return LearningRate("keras", name, none="made of other optimizers, whose rates it uses",
                        source=_page(name))  # fmt: skip


def rule(name: str, config: Mapping[str, Any]) -> rules.Rule | None:
    """The update rule of an optimizer by its ``get_config()``; None: crossframe has no rule for it."""
    kind = RULES.get(name)
    if kind is None or any(config.get(option) for option in _SWITCHED_OFF):
        return None
    known = {f.name for f in fields(kind)}
    options = {k: v for k, v in config.items() if k in known and v is not None}
    if name == "Muon":
        options["adam"] = rules.Adam(
            learning_rate=config["learning_rate"] * config["adam_lr_ratio"],
            beta_1=config["adam_beta_1"],
            beta_2=config["adam_beta_2"],
            epsilon=config["epsilon"],
            # Keras shrinks the biases by the rate of the kernels.
            weight_decay=config["adam_weight_decay"] / config["adam_lr_ratio"],
        )
        options["coefficients"] = tuple(config[f"muon_{c}"] for c in "abc")
        options["steps"] = config["ns_steps"]
    if name == "ScheduleFreeAdamW":
        options["stale"] = True
    return kind(**options)


def _measure(name: str, kind: Any, updates: int, sizes: Sequence[int]) -> LearningRate:
    config = kind().get_config()
    written = rule(name, config)
    epsilon = next((config[key] for key in ("epsilon", "epsilon_1") if key in config), None)
    return LearningRate(
        "keras",
        name,
        declared=_shortest(config["learning_rate"]),
        parameter="learning_rate",
        schedule=_schedule(name, config),
        epsilon=epsilon,
        epsilon_enters=type(written).epsilon_enters if written is not None else "",
        formula=type(written).formula if written is not None else "",
        source=_page(name),
        in_double=follow(name, updates, "float64").disagreement,
        paths=tuple(_path(kind, n) for n in sizes),
        note=_NOTES.get(name, ""),
        standard=name == _default_optimizer(),
        **follow(name, updates).measured(),
    )


def _default_optimizer() -> str:
    """Name of the default optimizer of ``compile``."""
    import keras

    default = inspect.signature(keras.Model.compile).parameters["optimizer"].default
    return type(keras.optimizers.get(default)).__name__


def _schedule(name: str, config: Mapping[str, Any]) -> str:
    if name == "Adafactor" and config["relative_step"]:
        return "min(rate, 1/sqrt(t)), times the size of the weights"
    if name == "ScheduleFreeAdamW":
        return "constant; the weights are an average in place of a schedule"
    if config.get("weight_decay"):
        return f"constant; weights shrink by rate * {config['weight_decay']:g} as well"
    return "constant"


def follow(name: str, updates: int, precision: str = "float32") -> Follower:
    """Train the small network by optimizer ``name`` for ``updates`` rows, in a graph as ``fit`` does."""
    import keras
    import tensorflow as tf

    default = keras.config.floatx()
    # The learning rate is held in Keras's own precision, not in that of the weights.
    keras.config.set_floatx(precision)
    try:
        optimizer = optimizers()[name]()
        network = _network(sample.start(len(sample.rows()[0][0])), precision)
        optimizer.build(network.trainable_variables)

        @tf.function  # type: ignore[untyped-decorator]
        def update(x: Any, y: Any) -> Any:
            slopes = _tape(network, x, y)
            optimizer.apply(slopes, network.trainable_variables)
            return slopes

        follower = Follower()
        written = rule(name, optimizer.get_config())
        textbook = replace(written, stale=False) if isinstance(written, rules.ScheduleFreeAdamW) else None
        both = [one for one in (written, textbook) if one is not None]
        states = [one.start(_weights(network)) for one in both]
        for x, y in sample.stream(updates):
            old = _weights(network)
            tape = update(tf.constant(x[None, :], precision), tf.one_hot([y], 2, dtype=precision))
            gradient = [g.numpy() for g in tape]
            by_rule = [one.step(state, old, gradient) for one, state in zip(both, states, strict=True)]
            follower.follow(old, _weights(network), gradient, *by_rule)
        return follower
    finally:
        keras.config.set_floatx(default)


def _tape(network: Any, x: Any, y: Any) -> Any:
    import keras
    import tensorflow as tf

    loss = keras.losses.CategoricalCrossentropy(dtype=x.dtype.name)
    with tf.GradientTape() as tape:
        value = loss(y, network(x, training=True))
    return tape.gradient(value, network.trainable_variables)


def _network(weights: Sequence[Array], precision: str = "float32") -> Any:
    import keras

    layers = keras.layers
    network = keras.Sequential([
        keras.Input((weights[0].shape[0],), dtype=precision),
        layers.Dense(weights[0].shape[1], activation="tanh", dtype=precision),
        layers.Dense(2, activation="softmax", dtype=precision),
    ])  # fmt: skip
    network.set_weights(list(weights))
    return network


def _weights(network: Any) -> list[Array]:
    return [variable.numpy() for variable in network.trainable_variables]


def _path(kind: Any, n: int) -> Path:
    """``fit`` on ``n`` digits with its own epochs and batch."""
    import keras

    X, y = sample.digits(n)
    network = _network(sample.start(X.shape[1]))
    optimizer = kind()
    # Eagerly: a compilation would take longer than three updates, which have the same arithmetic.
    network.compile(optimizer=optimizer, loss="categorical_crossentropy", run_eagerly=True)
    epochs = inspect.signature(network.fit).parameters["epochs"].default
    keras.utils.set_random_seed(1)
    ends = [_weights(network)]
    keep = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: ends.append(_weights(network)))
    network.fit(X.astype(np.float32), np.eye(2, dtype=np.float32)[y], verbose=0, callbacks=[keep])
    done = int(optimizer.iterations.numpy())
    path, net = travelled(ends)
    return Path(n, done, len(ends) - 1, min(_BATCH, n), path, net, f"epochs={epochs}, fit's default")


def _shortest(value: float) -> float:
    """The shortest decimal of a single-precision number: 0.001 for 0.0010000000474974513."""
    return float(str(np.float32(value)))


def _page(name: str) -> str:
    return f"https://keras.io/api/optimizers/{name.lower()}/"
