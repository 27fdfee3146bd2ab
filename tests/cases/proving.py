"""What the independent proofs share: settings switched one by one, R, H2O and Keras called directly.

Nothing here or in a proof imports crossframe: a case says what is true, not what crossframe answers.
"""

from __future__ import annotations

import functools
import itertools
import math
import os
import subprocess
import tempfile
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Table = dict[str, Any]
"""Columns of a case's data by name; the target is ``y``."""

Settings = Mapping[str, Any]
"""Canonical settings and their values."""


@dataclass(frozen=True)
class Evidence:
    """What a proof computed.

    ``gap`` is the largest difference of the two sides' scores (or the share of labels that differ),
    ``closed`` what is left of it when every setting that differs has been switched, ``shares`` the Shapley
    share of each setting in what was closed. ``spread`` is the same gap between reruns of one side that
    differ in nothing but the random numbers. ``exact`` is the answer of a proof in rational arithmetic.
    """

    gap: float
    closed: float = 0.0
    shares: Mapping[str, float] = field(default_factory=dict)
    spread: float = 0.0
    exact: bool | None = None


def switching(
    fit: Callable[[Settings], Array],
    left: Settings,
    right: Settings,
    other: Callable[[Settings], Array] | None = None,
    spread: float = 0.0,
) -> Evidence:
    """Every combination of the settings that differ, switched on the left side towards the right one.

    ``fit`` gives the left side's scores for any settings, ``other`` the right side's (``fit`` where both
    sides are one framework). The share of a setting is its Shapley value of the part of the gap that closes.
    """
    target = (other or fit)(right)
    names = [name for name in right if right[name] != left.get(name)]
    gaps = {}
    for size in range(len(names) + 1):
        for chosen in itertools.combinations(names, size):
            scores = fit({**left, **{name: right[name] for name in chosen}})
            gaps[frozenset(chosen)] = float(np.max(np.abs(scores - target)))
    before, after = gaps[frozenset()], gaps[frozenset(names)]
    shares = {}
    for name in names:
        rest = [n for n in names if n != name]
        total = 0.0
        for size in range(len(rest) + 1):
            weight = 1 / (len(names) * math.comb(len(rest), size))
            for chosen in itertools.combinations(rest, size):
                total += weight * (gaps[frozenset(chosen)] - gaps[frozenset({*chosen, name})])
        shares[name] = total / before if before else 0.0
    return Evidence(before, after, shares, spread)


def features(table: Table) -> Array:
    """The columns that are not the target, (rows, features)."""
    return np.column_stack([np.asarray(v, float) for k, v in table.items() if k != "y"])


def scaled(X: Array, how: str) -> Array:
    """Centred columns with a standard deviation of 1, which divides by n (``sd_n``) or n - 1 (``sd_n-1``)."""
    if how == "none":
        return X
    return np.asarray((X - X.mean(0)) / X.std(0, ddof={"sd_n": 0, "sd_n-1": 1}[how]))


def logistic(
    X: Array,
    y: Array,
    l2: float = 0.0,
    intercept: bool = True,
    intercept_penalty: float = 0.0,
    weights: Array | None = None,
) -> Array:
    """P(y = 1) of the rows by Newton's method: mean log-loss + l2/2 (|b|^2 + intercept_penalty b0^2)."""
    Z = np.column_stack([np.ones(len(X)), X]) if intercept else X
    # Columns on one scale keep the Hessian's condition small; the penalty is scaled with them.
    size = np.maximum(np.abs(Z).max(0), 1e-300)
    Z = Z / size
    ridge = np.full(Z.shape[1], l2)
    if intercept:
        ridge[0] = l2 * intercept_penalty
    ridge = ridge / size**2
    w = np.ones(len(X)) if weights is None else weights
    beta = np.zeros(Z.shape[1])

    def value(b: Array) -> float:
        eta = Z @ b
        return float(np.mean(w * (np.logaddexp(0, eta) - y * eta)) + 0.5 * np.sum(ridge * b**2))

    for _ in range(200):
        p = 1 / (1 + np.exp(-(Z @ beta)))
        gradient = Z.T @ (w * (p - y)) / len(X) + ridge * beta
        hessian = (Z.T * (w * p * (1 - p))) @ Z / len(X) + np.diag(ridge)
        step = np.linalg.solve(hessian, gradient)
        length = 1.0
        while length > 1e-8 and value(beta - length * step) > value(beta) + 1e-15:
            length /= 2
        beta = beta - length * step
        if np.max(np.abs(step)) < 1e-13 * max(1.0, float(np.max(np.abs(beta)))):
            break
    return np.asarray(1 / (1 + np.exp(-(Z @ beta))))


def quiet(function: Callable[..., Any]) -> Callable[..., Any]:
    """``function`` without its warnings: what did not converge is what some cases are about."""

    @functools.wraps(function)
    def silent(*args: Any, **named: Any) -> Any:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return function(*args, **named)

    return silent


def in_r(code: str, table: Table, target: str = "y") -> Array:
    """Numbers that R code leaves in ``out``; ``d`` is the table, ``x`` the matrix of its features."""
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder) / "d.csv", table)
        lines = [
            'd <- read.csv("d.csv", stringsAsFactors = FALSE)',
            f'x <- as.matrix(d[, names(d) != "{target}", drop = FALSE])',
            code,
            'writeLines(sprintf("%.17g", as.numeric(out)), "out")',
        ]
        (Path(folder) / "run.R").write_text("\n".join(lines), encoding="utf-8")
        done = subprocess.run(
            ["Rscript", "--vanilla", "run.R"],
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=120,
            env={**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
        )
        assert done.returncode == 0, done.stderr
        return np.array([float(v) for v in (Path(folder) / "out").read_text().split()])


def write(path: Path, table: Table) -> None:
    """The table as CSV; numbers keep every digit, a missing one is an empty field."""
    columns = list(table)
    rows = [",".join(columns)]
    for values in zip(*table.values(), strict=True):
        rows.append(",".join("" if isinstance(v, float) and math.isnan(v) else _text(v) for v in values))
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")


def _text(value: Any) -> str:
    return repr(float(value)) if isinstance(value, float) else str(value)


@functools.cache
def _h2o() -> Any:
    import h2o

    h2o.init(ip="127.0.0.1", port=54900, nthreads=2, max_mem_size="1G", bind_to_localhost=True, verbose=False)
    h2o.no_progress()
    return h2o


@quiet
def in_h2o(kind: str, table: Table, classes: bool = True, **arguments: Any) -> dict[str, Array]:
    """A GLM or deep-learning model of H2O: ``score`` of each row and, for classes, its ``label``."""
    import pandas as pd

    h2o = _h2o()
    from h2o.estimators import H2ODeepLearningEstimator, H2OGeneralizedLinearEstimator

    frame = h2o.H2OFrame(pd.DataFrame(table))
    if classes:
        frame["y"] = frame["y"].asfactor()
    model = {"glm": H2OGeneralizedLinearEstimator, "mlp": H2ODeepLearningEstimator}[kind](**arguments)
    model.train(x=[c for c in table if c != "y"], y="y", training_frame=frame)
    answers = model.predict(frame).as_data_frame(use_multi_thread=False)
    if not classes:
        return {"score": answers["predict"].to_numpy(float)}
    last = answers.columns[2]
    labels = (answers["predict"].astype(str) == str(last).removeprefix("p")).to_numpy(float)
    return {"score": answers[last].to_numpy(float), "label": labels}


@quiet
def in_keras(X: Array, y: Array, made: Settings) -> Array:
    """P(y = 1) of a network that Keras builds and trains by ``compile`` and ``fit``, from one seed."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import keras

    keras.utils.set_random_seed(int(made.get("seed", 1)))
    start: Any = made.get("init.weights", "glorot_uniform")
    layers: list[Any] = [keras.Input((X.shape[1],))]
    for units in made.get("architecture.hidden", (8,)):
        layers.append(
            keras.layers.Dense(
                units,
                activation=made.get("architecture.activation", "relu"),
                kernel_initializer=start,
            )
        )
        if made.get("dropout.hidden"):
            layers.append(keras.layers.Dropout(made["dropout.hidden"]))
    layers.append(keras.layers.Dense(1, activation="sigmoid", kernel_initializer=start))
    net = keras.Sequential(layers)
    named = {
        "optimizer.learning_rate": "learning_rate",
        "optimizer.epsilon": "epsilon",
        "optimizer.beta1": "beta_1",
        "optimizer.momentum": "momentum",
    }
    rule = {"adam": keras.optimizers.Adam, "sgd": keras.optimizers.SGD, "adadelta": keras.optimizers.Adadelta}
    chosen = rule[made.get("optimizer.rule", "adam")]
    net.compile(chosen(**{named[k]: v for k, v in made.items() if k in named}), "binary_crossentropy")
    X = scaled(X, made.get("features.standardize", "none"))
    net.fit(X, y, epochs=made["epochs"], batch_size=made.get("batch.size", 32), verbose=0)
    return np.asarray(net.predict(X, verbose=0, batch_size=len(X))).ravel().astype(float)


@quiet
def in_keras_logistic(X: Array, y: Array, l2: float, rate: float, epochs: int) -> Array:
    """P(y = 1) of one sigmoid unit with L2(l2), by plain gradient descent on all rows at once."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import keras

    keras.utils.set_random_seed(1)
    unit = keras.layers.Dense(1, activation="sigmoid", kernel_regularizer=keras.regularizers.L2(l2))
    net = keras.Sequential([keras.Input((X.shape[1],)), unit])
    net.compile(keras.optimizers.SGD(rate), "binary_crossentropy")
    net.fit(X, y, epochs=epochs, batch_size=len(X), verbose=0)
    return np.asarray(net.predict(X, verbose=0, batch_size=len(X))).ravel().astype(float)


def direction_separates(table: Table, direction: Mapping[str, Fraction], positive: Any) -> bool:
    """Whether, in exact arithmetic, no row is on the wrong side of the direction and one is off the plane.

    Then no finite coefficients minimise the logistic loss: along the direction it falls for ever.
    """
    signs = [1 if value == positive else -1 for value in table["y"]]
    columns = {
        k: [Fraction(1)] * len(signs) if k == "1" else [Fraction(v) for v in table[k]] for k in direction
    }
    margins = [
        sign * sum((w * columns[k][i] for k, w in direction.items()), Fraction(0))
        for i, sign in enumerate(signs)
    ]
    return all(m >= 0 for m in margins) and any(m > 0 for m in margins)


def exact_rank(columns: list[list[Fraction]]) -> int:
    """The rank of a matrix of rationals, given by its columns, by elimination without rounding."""
    rows = [list(row) for row in zip(*columns, strict=True)]
    rank = 0
    for j in range(len(columns)):
        pivot = next((i for i in range(rank, len(rows)) if rows[i][j] != 0), None)
        if pivot is None:
            continue
        rows[rank], rows[pivot] = rows[pivot], rows[rank]
        for i in range(rank + 1, len(rows)):
            factor = rows[i][j] / rows[rank][j]
            if factor:
                rows[i] = [a - factor * b for a, b in zip(rows[i], rows[rank], strict=True)]
        rank += 1
    return rank
