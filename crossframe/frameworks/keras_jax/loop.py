"""Train and predict with real Keras layers, losses and optimizers on JAX, the whole run in one compiled call.

The loop ``xla`` of `crossframe.frameworks.keras.loop` in JAX: the same batches in the same order, rows and
schedule padded, a padded row of weight zero. Keras's layers and optimizers run by their stateless methods.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crossframe.core.types import FloatArray, Value
from crossframe.frameworks.keras.loop import (
    MEAN,
    MIN_ROWS,
    MIN_SCHEDULE,
    PREDICT_ROWS,
    Loop,
    bucket,
    loss_of,
)


class JaxLoop(Loop):
    """One model with its optimizer on JAX; see `crossframe.frameworks.keras.loop.Loop`."""

    def __init__(self, model: Any, optimizer: Any, net: Mapping[str, Value]) -> None:
        import jax

        optimizer.build(model.trainable_variables)
        self.model, self.optimizer, self.kind = model, optimizer, "xla"
        self._dtype = model.trainable_variables[0].dtype
        self._softmax, self.loss = model.output_shape[-1] >= 2, loss_of(model, net)
        self._padding_counts = net.get("reduction", MEAN) == MEAN
        self._loss_weight = net.get("loss_weights")
        self._weighted = net.get("class_weight", "none") != "none"
        self._fresh_optimizer = [v.numpy() for v in optimizer.variables]
        self._copies = self._copied_weights()
        self._run = jax.jit(self._trained)
        self._predict = jax.jit(lambda *state_and_rows: model.stateless_call(*state_and_rows)[0])

    def train(
        self,
        X: Any,
        y: Any,
        batches: NDArray[np.int32],
        epochs: int,
        class_weights: tuple[float, float] = (1.0, 1.0),
    ) -> None:
        """Train on ``X`` (n, features) and ``y`` (n,), arrays, in the given order; see `Loop.train`."""
        target = np.eye(self.model.output_shape[-1])[y.astype(int)] if self._softmax else y[:, None]
        more = ((0, bucket(len(X), MIN_ROWS) - len(X)), (0, 0))
        X, target = (np.pad(part, more).astype(self._dtype) for part in (X, target))
        steps, size = batches.shape
        longer = bucket(steps, MIN_SCHEDULE // size) - steps
        batches = np.pad(batches, [(0, longer), (0, 0)], constant_values=-1)
        state = self._run(self._state(), X, target, batches, steps, np.asarray(class_weights, self._dtype))
        for variables, values in zip(self._variables(), state, strict=True):
            for variable, value in zip(variables, values, strict=True):
                variable.assign(value)
        self.optimizer.finalize_variable_values(self.model.trainable_variables)

    def predict(self, X: Any) -> FloatArray:
        """P(class 1) or the numbers for ``X`` (m, features), an array, (m,); of several classes (m, K)."""
        weights, others, _ = self._state()
        parts = []
        for i in range(0, len(X), PREDICT_ROWS):
            rows = X[i : i + PREDICT_ROWS]
            # Padded, so that one compilation serves every number of rows.
            padded = np.pad(rows, ((0, bucket(len(rows), MIN_ROWS) - len(rows)), (0, 0)))
            made = self._predict(weights, others, padded.astype(self._dtype))
            parts.append(np.asarray(made)[: len(rows)])
        scores = np.concatenate(parts).astype(np.float64)
        return scores if scores.shape[1] > 2 else scores[:, -1].copy()

    def _variables(self) -> tuple[list[Any], list[Any], list[Any]]:
        return self.model.trainable_variables, self.model.non_trainable_variables, self.optimizer.variables

    def _state(self) -> tuple[list[Any], ...]:
        return tuple([v.value for v in variables] for variables in self._variables())

    def _trained(self, state: Any, X: Any, target: Any, batches: Any, steps: Any, of_classes: Any) -> Any:
        import jax

        def step(i: Any, state: Any) -> Any:
            weights, others, rule = state
            (_, others), slopes = jax.value_and_grad(self._loss, has_aux=True)(
                weights, others, X, target, batches[i], of_classes
            )
            weights, rule = self.optimizer.stateless_apply(rule, slopes, weights)
            return weights, others, rule

        return jax.lax.fori_loop(0, steps, step, tuple(state))

    def _loss(self, weights: Any, others: Any, X: Any, target: Any, rows: Any, of_classes: Any) -> Any:
        import jax.numpy as jnp

        mask, rows = (rows >= 0).astype(self._dtype), jnp.maximum(rows, 0)
        truth = target[rows]
        share = mask
        if self._weighted:
            share = of_classes[truth[:, -1].astype(int)] * mask
        predicted, others, penalties = self.model.stateless_call(
            weights, others, X[rows], training=True, return_losses=True
        )
        loss = self.loss(truth, predicted, sample_weight=share)
        if self._padding_counts:
            loss = loss * (jnp.asarray(rows.size, self._dtype) / mask.sum())
        if self._loss_weight is not None:
            loss = loss * self._loss_weight
        return self.optimizer.scale_loss(sum(penalties, loss)), others
