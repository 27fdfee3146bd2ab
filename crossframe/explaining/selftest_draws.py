"""What the linear family's self-test draws at random: a sample, settings in common, settings changed."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy.special import expit

from crossframe.data import Dataset
from crossframe.engines.base import Value

Values = dict[str, Value]


def base_values(rng: np.random.Generator) -> Values:
    """What both sides have in common."""
    kind = rng.choice(["free", "ridge", "lasso", "net"], p=[0.3, 0.4, 0.2, 0.1])
    return {
        "link": "logit",
        "penalty.l2": _strength(rng) if kind in ("ridge", "net") else 0.0,
        "penalty.l1": _strength(rng) / 3 if kind in ("lasso", "net") else 0.0,
        "penalty.intercept": float(kind != "free" and rng.random() < 0.25),
        "intercept": bool(rng.random() < 0.85),
        "features.standardize": "sd" if rng.random() < 0.3 else "none",
        "class_weight": "balanced" if rng.random() < 0.1 else "none",
    }


def _strength(rng: np.random.Generator) -> float:
    return float(f"{10 ** rng.uniform(-2.5, -0.7):.3g}")


def changes(rng: np.random.Generator, base: Mapping[str, Value]) -> Values:
    """Other values of up to three settings."""
    count = int(rng.integers(0, 4))
    others: Values = {
        "link": "identity",
        "penalty.l2": 0.0 if base["penalty.l2"] and rng.random() < 0.4 else _strength(rng),
        "penalty.l1": 0.0 if base["penalty.l1"] and rng.random() < 0.4 else _strength(rng) / 3,
        "penalty.intercept": 1.0 - float(base["penalty.intercept"]),  # type: ignore[arg-type]
        "intercept": not base["intercept"],
        "features.standardize": "none" if base["features.standardize"] == "sd" else "sd",
        "class_weight": "none" if base["class_weight"] == "balanced" else "balanced",
    }
    chosen = rng.choice(list(others), size=count, replace=False)
    return {name: others[name] for name in chosen}


def sample(rng: np.random.Generator, seed: int) -> tuple[Dataset, str]:
    """A sample that a logistic model with a modest signal draws; half of them with correlated columns."""
    n, p = int(rng.integers(60, 401)), int(rng.integers(2, 9))
    correlation = float(rng.choice([0.0, 0.5, 0.9], p=[0.5, 0.25, 0.25]))
    common = rng.standard_normal((n, 1))
    X = np.sqrt(1 - correlation) * rng.standard_normal((n, p)) + np.sqrt(correlation) * common
    effects = rng.normal(0, 1.5 / np.sqrt(p), p)
    y = (rng.random(n) < expit(X @ effects + rng.normal(0, 0.7))).astype(np.int64)
    X = np.ascontiguousarray(X * np.exp(rng.normal(0, 0.5, p)) + rng.normal(0, 0.7, p))
    names = tuple(f"x{j + 1}" for j in range(p))
    data = Dataset(f"planted-{seed}", X, y, names, ("0", "1"), "random rows of a logistic model")
    return data, f"{n} rows, {p} columns, correlation {correlation:g}"
