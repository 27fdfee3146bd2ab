"""What the networks' self-test draws at random: a table, a training in common, bundles changed, decoys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from crossframe.data import Dataset
from crossframe.engines.base import Value

Values = dict[str, Value]

ROWS = 5000
"""Rows of a table: a fifth of them is scored, training samples are drawn from the others."""


@dataclass(frozen=True)
class Training:
    """A training, and how another one may differ from it.

    Attributes
    ----------
    base
        Canonical settings in common.
    changes
        Leading setting of a bundle -> the canonical settings that another side has in its place.
    metric
        What the two are compared in.
    """

    base: Values
    changes: Mapping[str, Values]
    metric: str


def training(rng: np.random.Generator, model: str) -> Training:
    """A small network of ``model``, and what can be changed."""
    base = _base(rng, model)
    changes = _others(rng, base, model)
    changes["decision.threshold"] = {"decision.threshold": float(rng.choice([0.1, 0.2, 0.8, 0.9]))}
    return Training(base, changes, str(rng.choice(["logloss", "accuracy"], p=[0.65, 0.35])))


def _base(rng: np.random.Generator, model: str) -> Values:
    """A training that comes to something: a few hundred updates at a rate that suits its rule."""
    rule = "sgd" if model == "h2o.mlp" or rng.random() < 0.4 else "adam"
    size = 1 if model == "h2o.mlp" else int(rng.choice([8, 16]))
    base: Values = {
        "architecture.hidden": (int(rng.integers(6, 17)),),
        "architecture.activation": str(rng.choice(["relu", "tanh"])),
        "optimizer.rule": rule,
        "optimizer.learning_rate": 0.01 if size == 1 else 0.1 if rule == "sgd" else 0.01,
        "batch.size": size,
        "epochs": int(rng.integers(12, 25)),
        "penalty.l2": 0.0,
    }
    if rule == "sgd":
        base["optimizer.momentum"] = 0.0
    if model == "h2o.mlp":
        base["schedule.decay"] = 0.0
    if model != "sklearn.mlp":
        base |= {"features.standardize": "none", "dropout.hidden": 0.0}
    return base


def _others(rng: np.random.Generator, base: Mapping[str, Value], model: str) -> dict[str, Values]:
    """Other values by bundle; most of them hold the training back."""
    rate, epochs, size = (base[n] for n in ("optimizer.learning_rate", "epochs", "batch.size"))
    assert isinstance(rate, float)
    assert isinstance(epochs, int)
    assert isinstance(size, int)
    others: dict[str, Values] = {
        "epochs": {"epochs": epochs // 6},
        "architecture.hidden": {"architecture.hidden": (1,) if rng.random() < 0.5 else (64, 16)},
        "penalty.l2": {"penalty.l2": float(rng.choice([0.1, 0.3]))},
        "optimizer.rule": {"optimizer.learning_rate": rate / 10},
    }
    if base["optimizer.rule"] == "adam" and rng.random() < 0.5:
        rule: Values = {"optimizer.rule": "sgd", "optimizer.learning_rate": rate, "optimizer.momentum": 0.0}
        others["optimizer.rule"] = rule
    if model != "h2o.mlp":
        others["batch.size"] = {"batch.size": size * 8}
    if model != "sklearn.mlp":
        others["features.standardize"] = {"features.standardize": "sd_n-1"}
        others["dropout.hidden"] = {"dropout.hidden": 0.5}
    if model == "keras.mlp":
        others["init.weights"] = {"init.weights": "normal", "init.scale": 2.0}
    return others


def table(rng: np.random.Generator, seed: int) -> tuple[Dataset, str]:
    """Two classes: a cloud each, or two clouds each at opposite corners (XOR); columns of unequal scale."""
    p = int(rng.integers(4, 11))
    crossed = bool(rng.random() < 0.4)
    y = rng.integers(0, 2, ROWS)
    X = rng.standard_normal((ROWS, p))
    if crossed:
        corner = rng.integers(0, 2, ROWS)
        X[:, 0] += 3.0 * corner
        X[:, 1] += 3.0 * (corner ^ y)
    else:
        X += (y * 2.0 - 1.0)[:, None] * rng.normal(0, 1.6 / np.sqrt(p), p)
    X = np.ascontiguousarray(X * np.exp(rng.normal(0, 0.7, p)) + rng.normal(0, 1.0, p))
    names = tuple(f"x{j + 1}" for j in range(p))
    kind = "two clouds to a class (XOR)" if crossed else "a cloud to each class"
    data = Dataset(f"planted-{seed}", X, y.astype(np.int64), names, ("0", "1"), "random clouds")
    return data, f"{p} columns, {kind}"
