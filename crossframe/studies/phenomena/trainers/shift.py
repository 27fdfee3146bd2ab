"""Batch normalisation whose work is undone: every unit is shifted and scaled at random after it."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import numpy as np

from crossframe.studies.training import Outcome
from crossframe.studies.training.images import batches
from crossframe.studies.training.perceptron import Net, Setup, Spec, _layers

BATCH, EVERY = 50, 10
SHIFT, SCALE = 0.5, 1.25
"""A unit's shift is uniform on +-`SHIFT`, its factor on 1 to `SCALE`; both are drawn anew at each update."""


class Shifted(Net):
    """A network with random shifts after each batch normalisation, in its updates only.

    Source of the construction: S. Santurkar, D. Tsipras, A. Ilyas and A. Madry, How does batch normalization
    help optimization?, NeurIPS 2018, section 2.
    """

    def __init__(self, spec: Spec) -> None:
        import keras

        super().__init__(spec)
        self._shifts: list[Any] = []
        layers: list[Any] = []
        for layer in _layers(spec):
            layers.append(layer)
            if isinstance(layer, keras.layers.BatchNormalization):
                self._shifts.append(_shift())
                layers.append(self._shifts[-1])
        self.model = keras.Sequential(layers)
        self.optimizer = keras.optimizers.SGD(0.125)
        self.optimizer.build(self.model.trainable_variables)
        self._dense = [layer for layer in self.model.layers if isinstance(layer, keras.layers.Dense)]
        self._fresh = [(v, v.numpy()) for v in (*self.model.variables, *self.optimizer.variables)]

    def _update(self, X: Any, y: Any, i: Any) -> Any:
        # TensorFlow's graph of an update is made here: the looks at the loss have none of the shifts.
        for layer in self._shifts:
            layer.shifting = True
        done = super()._update(X, y, i)
        for layer in self._shifts:
            layer.shifting = False
        return done


def _shift() -> Any:
    import keras

    class Shift(keras.layers.Layer):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.shifting = False
            self.seed_generator = keras.random.SeedGenerator(1)

        def call(self, inputs: Any) -> Any:
            if not self.shifting:
                return inputs
            units = (1, inputs.shape[-1])
            factor = keras.random.uniform(units, 1.0, SCALE, seed=self.seed_generator)
            return inputs * factor + keras.random.uniform(units, -SHIFT, SHIFT, seed=self.seed_generator)

    return Shift()


@functools.cache
def _net(spec: Spec) -> Shifted:
    return Shifted(spec)


def speed(*, rates: Sequence[float], updates: int, target: float, **setup: Any) -> Outcome:
    """Updates until the training loss, taken without shifts, is ``target``.

    Counted as in `crossframe.studies.phenomena.trainers.training.speed`: ``updates`` (rates, seeds), infinite
    where the loss was not reached.
    """
    given = Setup(**setup)
    arrays = {"updates": np.full((len(rates), len(given.seeds)), np.inf)}
    for j, seed in enumerate(given.seeds):
        data = given.images(seed)
        net = _net(Spec(data.X.shape[1], tuple(given.hidden), norm=True))
        rows = batches(len(data.y), BATCH, updates, seed)
        for i, rate in enumerate(rates):
            net.start(seed)
            trained = net.train(data.X, data.y, rows, rate, EVERY, target)
            if trained.loss[-1] <= target:
                arrays["updates"][i, j] = len(trained.loss) * EVERY
    return {}, arrays
