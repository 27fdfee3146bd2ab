"""Update rules with their constants as Keras on TensorFlow holds them."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Literal

import numpy as np

from crossframe.optima.updates import Adam, Rate, Rule, Sgd

Precision = Literal["float32", "float64"]


def as_keras(rule: Rule, precision: Precision, floatx: Precision = "float32") -> Rule:
    """The rule as Keras carries it out on weights of this ``precision``.

    The learning rate is a variable in Keras's ``floatx``, not in the precision of the weights. A
    plain number in ``ops.cast`` first becomes a TensorFlow constant in single precision: so do SGD's
    momentum, and the beta1 and beta2 of Adam's correction for the start, while Adam's averages take
    them in double. That makes 1 - beta2^t, and so the length of the first steps, wrong by about 1e-5
    in either precision. (Adam with weight decay is left with exact constants.)

    Source: ``keras/src/optimizers/adam.py`` and ``sgd.py`` (``update_step``),
    ``keras/src/backend/tensorflow/core.py`` (``cast``) of https://github.com/keras-team/keras.
    """
    options: dict[str, Any] = {}
    if hasattr(rule, "learning_rate"):
        options["learning_rate"] = _rate(rule.learning_rate, floatx)
    if isinstance(rule, Sgd):
        options["momentum"] = float(np.float32(rule.momentum))
    if isinstance(rule, Adam) and rule.weight_decay == 0.0:
        options["learning_rate"] = _corrected(rule, options["learning_rate"], precision)
    return replace(rule, **options)


def _rate(rate: Rate, floatx: Precision) -> Rate:
    kind = np.float32 if floatx == "float32" else np.float64
    if callable(rate):
        return lambda t: float(kind(rate(t)))
    return float(kind(rate))


def _corrected(rule: Adam, rate: Rate, precision: Precision) -> Callable[[int], float]:
    """The rate with which `Adam`, whose correction is exact, makes the steps of Keras."""
    kind = np.float32 if precision == "float32" else np.float64
    first, second = kind(np.float32(rule.beta_1)), kind(np.float32(rule.beta_2))
    one = kind(1)

    def of(before: int) -> float:
        t = before + 1
        eta = kind(rate(before) if callable(rate) else rate)
        alpha = eta * np.sqrt(one - second ** kind(t)) / (one - first ** kind(t))
        exact = math.sqrt(1.0 - rule.beta_2**t) / (1.0 - rule.beta_1**t)
        return float(alpha) / exact

    return of
