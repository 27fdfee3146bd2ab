"""Networks, forests and stochastic gradients: one setting or several, seeds, calls that are the same."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np

from tests.cases.penalties import classes, imbalanced_plain
from tests.cases.proving import (
    Array,
    Evidence,
    Settings,
    Table,
    features,
    in_h2o,
    in_keras,
    in_r,
    logistic,
    quiet,
    scaled,
    switching,
)

__all__ = ["classes", "imbalanced_plain"]

# Data


def strong() -> Table:
    """80 rows, four features, nearly no noise: a trained network is right, an untrained one guesses."""
    r = np.random.default_rng(10485)
    X = r.standard_normal((80, 4))
    y = (X @ [1.0, -1.0, 0.7, 0.4] + 0.3 * r.standard_normal(80) > 0).astype(int)
    return dict(zip("abcd", X.T, strict=True)) | {"y": y}


def raw() -> Table:
    """The same in units that differ by factors of thousands, away from zero."""
    t = strong()
    return {
        "a": 50 * t["a"] + 300,
        "b": 0.02 * t["b"],
        "c": 0.05 * t["c"],
        "d": 0.1 * t["d"] - 2,
        "y": t["y"],
    }


def ten_rows() -> Table:
    """Ten rows that a network fits without an error after an epoch."""
    r = np.random.default_rng(542)
    y = np.arange(10) % 2
    return {"a": 4.0 * y + 0.2 * r.standard_normal(10), "b": -3.0 * y + 0.2 * r.standard_normal(10), "y": y}


def curved() -> Table:
    """150 rows, class 1 inside a ring: one split of a tree is not enough."""
    r = np.random.default_rng(7254)
    X = r.uniform(-2, 2, (150, 3))
    y = (np.hypot(X[:, 0], X[:, 1]) + 0.2 * r.standard_normal(150) < 1.5).astype(int)
    return dict(zip("abc", X.T, strict=True)) | {"y": y}


# Fits


def keras_fit(table: Table) -> Callable[[Settings], Array]:
    X, y = features(table), np.asarray(table["y"], float)
    return lambda s: in_keras(X, y, s)


@quiet
def mlp_fit(table: Table, s: Settings) -> Array:
    """MLPClassifier, eight units, with canonical settings."""
    from sklearn.neural_network import MLPClassifier

    names = {
        "optimizer.learning_rate": "learning_rate_init",
        "optimizer.epsilon": "epsilon",
        "batch.size": "batch_size",
        "epochs": "max_iter",
        "penalty.l2": "alpha",
        "seed": "random_state",
        "stopping.rounds": "n_iter_no_change",
        "validation.fraction": "validation_fraction",
        "optimizer.rule": "solver",
        "optimizer.momentum": "momentum",
        "optimizer.beta2": "beta_2",
    }
    X = scaled(features(table), s.get("features.standardize", "none"))
    model = MLPClassifier((8,), **{"random_state": 1} | {names[k]: v for k, v in s.items() if k in names})
    return np.asarray(model.fit(X, table["y"]).predict_proba(X)[:, 1])


@quiet
def forest_fit(table: Table, s: Settings) -> Array:
    """RandomForestClassifier, trained on every second row; scores of the others."""
    from sklearn.ensemble import RandomForestClassifier

    X, y = features(table), np.asarray(table["y"])
    model = RandomForestClassifier(
        n_estimators=s.get("forest.trees", 100),
        max_depth=s.get("forest.max_depth"),
        random_state=s.get("seed", 1),
        max_features=s.get("forest.features_per_split", "sqrt"),
        min_impurity_decrease=s.get("forest.min_gain", 0.0),
    )
    return np.asarray(model.fit(X[::2], y[::2]).predict_proba(X[1::2])[:, 1])


def nnet_fit(table: Table, s: Settings) -> Array:
    iterations = s.get("solver.max_iterations", 100)
    words = f"size = 2, decay = {s.get('penalty.l2', 0)}, maxit = {iterations}, trace = FALSE"
    start = f"library(nnet); set.seed({s.get('seed', 1)})"
    return in_r(f"{start}; out <- predict(nnet(x, d$y, entropy = TRUE, {words}), x)", table)


def distance_of(a: Array, b: Array) -> float:
    return float(np.abs(a - b).max())


def between_seeds(fit: Callable[[int], Array]) -> Evidence:
    """Seed 1 against seed 2, and the largest distance between six others."""
    others = [fit(seed) for seed in range(3, 9)]
    return Evidence(
        distance_of(fit(1), fit(2)),
        spread=max(distance_of(a, b) for a, b in itertools.combinations(others, 2)),
    )


# Keras

KERAS = {"epochs": 15, "batch.size": 16, "architecture.hidden": (8,), "seed": 1}


def adadelta_of_two_versions(table: Table) -> Evidence:
    left = KERAS | {"optimizer.rule": "adadelta", "optimizer.learning_rate": 0.001, "epochs": 40}
    return switching(keras_fit(table), left, left | {"optimizer.learning_rate": 1.0})


adadelta_from_the_other_side = adadelta_of_two_versions


def epochs_and_not_epsilon(table: Table) -> Evidence:
    left = KERAS | {"epochs": 1, "optimizer.epsilon": 1e-7, "optimizer.learning_rate": 0.01}
    return switching(keras_fit(table), left, left | {"epochs": 60, "optimizer.epsilon": 1e-8})


def raw_units_for_keras(table: Table) -> Evidence:
    left = KERAS | {"features.standardize": "none", "epochs": 30, "optimizer.learning_rate": 0.01}
    return switching(keras_fit(table), left, left | {"features.standardize": "sd_n-1"})


def dropout_of_nine_tenths(table: Table) -> Evidence:
    left = KERAS | {"dropout.hidden": 0.9, "optimizer.learning_rate": 0.01, "epochs": 30}
    return switching(keras_fit(table), left, left | {"dropout.hidden": 0.0})


def start_near_zero(table: Table) -> Evidence:
    import keras

    small = keras.initializers.RandomNormal(stddev=1e-6, seed=1)
    left = KERAS | {"init.weights": small, "optimizer.rule": "sgd", "optimizer.learning_rate": 0.05}
    return switching(keras_fit(table), left, left | {"init.weights": "glorot_uniform"})


def gradient_descent_or_adam(table: Table) -> Evidence:
    left = KERAS | {"optimizer.rule": "sgd", "optimizer.learning_rate": 0.01}
    return switching(keras_fit(table), left, left | {"optimizer.rule": "adam"})


def keras_seeds(table: Table) -> Evidence:
    fit = keras_fit(table)
    return between_seeds(lambda seed: fit(KERAS | {"epochs": 3, "seed": seed}))


def another_framework_and_its_epochs(table: Table) -> Evidence:
    """Accuracy on the rows: one epoch of MLPClassifier guesses, 200 reach what Keras reaches in 200."""
    y = np.asarray(table["y"]) == 1

    def accuracy(p: Array) -> float:
        return float(np.mean((p > 0.5) == y))

    keras = accuracy(keras_fit(table)(KERAS | {"epochs": 200, "batch.size": 32}))
    runs = {
        e: np.mean([accuracy(mlp_fit(table, {"epochs": e, "batch.size": 32, "seed": s})) for s in range(6)])
        for e in (1, 200)
    }
    gap, closed = float(keras - runs[1]), float(abs(keras - runs[200]))
    return Evidence(gap, closed, {"epochs": 1 - closed / gap})


# MLPClassifier


def two_hundred_or_eight_rows(table: Table) -> Evidence:
    left = {"batch.size": 80, "epochs": 5, "optimizer.learning_rate": 0.01, "optimizer.epsilon": 1e-8}
    return switching(lambda s: mlp_fit(table, s), left, left | {"batch.size": 4, "optimizer.epsilon": 1e-9})


def learning_rate_among_decoys(table: Table) -> Evidence:
    left = {
        "optimizer.learning_rate": 1e-4,
        "epochs": 20,
        "optimizer.epsilon": 1e-8,
        "stopping.rounds": 50,
        "validation.fraction": 0.1,
    }
    right = left | {
        "optimizer.learning_rate": 0.05,
        "optimizer.epsilon": 1e-9,
        "stopping.rounds": 60,
        "validation.fraction": 0.3,
    }
    return switching(lambda s: mlp_fit(table, s), left, right)


def alpha_of_a_network(table: Table) -> Evidence:
    left = {"penalty.l2": 1e-4, "epochs": 200, "optimizer.learning_rate": 0.01}
    return switching(lambda s: mlp_fit(table, s), left, left | {"penalty.l2": 50.0})


def momentum_or_none(table: Table) -> Evidence:
    left = {
        "optimizer.rule": "sgd",
        "optimizer.learning_rate": 0.02,
        "epochs": 10,
        "optimizer.momentum": 0.0,
        "optimizer.beta2": 0.999,
    }
    return switching(
        lambda s: mlp_fit(table, s), left, left | {"optimizer.momentum": 0.95, "optimizer.beta2": 0.9}
    )


def mlp_seeds(table: Table) -> Evidence:
    return between_seeds(lambda seed: mlp_fit(table, {"epochs": 5, "seed": seed}))


def mlp_twice(table: Table) -> Evidence:
    return Evidence(
        distance_of(mlp_fit(table, {"epochs": 5, "seed": 1}), mlp_fit(table, {"epochs": 5, "seed": 1}))
    )


# nnet


def nnet_decay(table: Table) -> Evidence:
    return switching(lambda s: nnet_fit(table, s), {"penalty.l2": 0}, {"penalty.l2": 5})


def nnet_iterations(table: Table) -> Evidence:
    left = {"solver.max_iterations": 2, "penalty.l2": 0.1}
    return switching(lambda s: nnet_fit(table, s), left, {"solver.max_iterations": 1000, "penalty.l2": 0.1})


def nnet_seeds(table: Table) -> Evidence:
    return between_seeds(lambda seed: nnet_fit(table, {"seed": seed}))


# H2O's networks

MLP = {"hidden": [8], "activation": "Tanh", "seed": 1, "reproducible": True, "epochs": 10}


def h2o_mlp(table: Table, **more: Any) -> Array:
    return np.asarray(in_h2o("mlp", table, **MLP | more)["score"])


def rate_is_ignored(table: Table) -> Evidence:
    return Evidence(distance_of(h2o_mlp(table, rate=0.005), h2o_mlp(table, rate=0.5)))


def h2o_twice(table: Table) -> Evidence:
    return Evidence(distance_of(h2o_mlp(table), h2o_mlp(table)))


def h2o_races(table: Table) -> Evidence:
    """Six runs of one call, with one seed: all that lies between two of them is the race."""
    runs = [h2o_mlp(table, reproducible=False, epochs=50) for _ in range(6)]
    largest = max(distance_of(a, b) for a, b in itertools.combinations(runs, 2))
    return Evidence(largest, spread=largest)


def training_stops_at_zero_error(table: Table) -> Evidence:
    def fit(s: Settings) -> Array:
        return h2o_mlp(
            table,
            epochs=200,
            classification_stop=s["stopping.train_error"],
            rate=s["optimizer.learning_rate"],
        )

    left = {"stopping.train_error": 0, "optimizer.learning_rate": 0.005}
    return switching(fit, left, {"stopping.train_error": -1, "optimizer.learning_rate": 0.5})


def h2o_standardises(table: Table) -> Evidence:
    def fit(s: Settings) -> Array:
        return h2o_mlp(table, standardize=s["features.standardize"] == "sd_n-1")

    return switching(fit, {"features.standardize": "sd_n-1"}, {"features.standardize": "none"})


def adadelta_of_h2o(table: Table) -> Evidence:
    """The first step of a bias: relative difference of the published rule and of H2O's, from one gradient.

    Published ADADELTA divides by the root of the bias's own mean squared gradient; H2O takes the mean of the
    squared gradients of the unit's incoming weights instead (Neurons.java).
    """
    rho, eps, g = 0.99, 1e-8, 0.3
    of_weights = np.mean((features(table) * g) ** 2, axis=1)
    published = np.sqrt(eps / ((1 - rho) * g**2 + eps)) * g
    h2o = np.sqrt(eps / ((1 - rho) * of_weights + eps)) * g
    return Evidence(float(np.median(np.abs(published - h2o) / published)))


# Forests


def forest_seeds(table: Table) -> Evidence:
    return between_seeds(lambda seed: forest_fit(table, {"seed": seed}))


def forest_twice(table: Table) -> Evidence:
    return Evidence(distance_of(forest_fit(table, {"seed": 1}), forest_fit(table, {"seed": 1})))


def depth_of_one(table: Table) -> Evidence:
    left = {"forest.max_depth": 1, "forest.min_gain": 0.0, "seed": 1}
    return switching(
        lambda s: forest_fit(table, s), left, {"forest.max_depth": None, "forest.min_gain": 1e-9, "seed": 1}
    )


@quiet
def two_forests(table: Table) -> Evidence:
    """500 trees of randomForest and of scikit-learn: as far apart as two seeds of either."""
    half = np.arange(len(table["y"])) % 2 == 0
    code = (
        "suppressMessages(library(randomForest)); set.seed({}); h <- seq_len(nrow(x)) %% 2 == 1; "
        "out <- predict(randomForest(x[h, ], factor(d$y[h]), ntree = 500), x[!h, ], type = 'prob')[, 2]"
    )
    r = [in_r(code.format(seed), table) for seed in (1, 2, 3)]
    sk = [forest_fit(table, {"forest.trees": 500, "seed": seed}) for seed in range(1, 7)]
    assert half.sum() == len(sk[0])
    own = [distance_of(a, b) for runs in (r, sk) for a, b in itertools.combinations(runs, 2)]
    return Evidence(distance_of(sk[0], r[0]), spread=max(own))


# Stochastic gradients


@quiet
def sgd_penalty(table: Table) -> Evidence:
    from sklearn.linear_model import SGDClassifier

    X, y = features(table), table["y"]

    def fit(s: Settings) -> Array:
        model = SGDClassifier(
            "log_loss",
            alpha=s["penalty.l2"],
            learning_rate="constant",
            eta0=0.01,
            max_iter=200,
            tol=s["stopping.tolerance"],
            random_state=1,
        )
        return np.asarray(model.fit(X, y).predict_proba(X)[:, 1])

    left = {"penalty.l2": 1e-4, "stopping.tolerance": 1e-6}
    return switching(fit, left, {"penalty.l2": 1.0, "stopping.tolerance": 1e-7})


@quiet
def sgd_stops_early(table: Table) -> Evidence:
    from sklearn.linear_model import SGDClassifier

    X, y = features(table), np.asarray(table["y"], float)
    optimum = logistic(X, y, 0.01)

    def fit(s: Settings) -> Array:
        if s["epochs"] == "end":
            return optimum
        model = SGDClassifier("log_loss", alpha=0.01, random_state=1, max_iter=s["epochs"], tol=1e-3)
        return np.asarray(model.fit(X, y).predict_proba(X)[:, 1])

    slow = SGDClassifier("log_loss", alpha=0.01, random_state=1, max_iter=20000, tol=None, average=100)
    assert distance_of(slow.fit(X, y).predict_proba(X)[:, 1], optimum) < 2e-3
    return switching(fit, {"epochs": 1000}, {"epochs": "end"})


# The same call


@quiet
def an_inert_seed(table: Table) -> Evidence:
    from sklearn.linear_model import LogisticRegression

    X, y = features(table), table["y"]
    scores = [LogisticRegression(random_state=seed).fit(X, y).predict_proba(X)[:, 1] for seed in (1, 2)]
    return Evidence(distance_of(*scores))


def glm_twice(table: Table) -> Evidence:
    code = "out <- fitted(glm(y ~ ., binomial, d))"
    return Evidence(distance_of(in_r(code, table), in_r(code, table)))
