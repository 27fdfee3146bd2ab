"""The step function of `flat` learned by scikit-learn and by H2O, with the two remedies that they have.

Neither takes a derivative from its user, so that there the step function is learned end to
end (a regression), or as classes.
"""

from __future__ import annotations

import numpy as np

from crossframe.core.types import FloatArray, IntArray
from crossframe.frameworks.h2o import frames
from crossframe.studies.gradient_failures.trainers.flat import BATCH, INPUTS, STEPS, Truth
from crossframe.studies.training import Outcome
from crossframe.studies.training.h2o import predicted, server, train

TESTED = 10_000


def _points(truth: Truth, rows: int, rng: np.random.Generator) -> tuple[FloatArray, IntArray]:
    x = rng.normal(size=(rows, INPUTS)) / 100.0
    return x, truth.index(x)


def _judged(truth: Truth, answers: FloatArray | IntArray, remedy: str, right: IntArray) -> dict[str, float]:
    """As `flat.learn` defines them; ``answers``: values less b*, or numbers of levels."""
    if remedy == "classes":
        levels = np.isin(answers, np.arange(len(STEPS)))
        return {"accuracy": float(np.mean(answers == right)), "exact": float(levels.mean())}
    away = np.abs(answers[:, None] - STEPS)
    chosen = away.argmin(axis=1)
    return {"accuracy": float(np.mean(chosen == right)), "exact": float(np.mean(away.min(axis=1) < 1e-4))}


def sklearn(*, remedy: str, updates: int, seed: int) -> Outcome:
    """``MLPRegressor`` or ``MLPClassifier``: the same net, rule, rate and fresh batches; own start.

    The weights start uniform (Glorot), the loss is half the squared error, and there is no penalty.

    Returns
    -------
    fields
        ``accuracy`` and ``exact`` of `flat.learn`.
    """
    from sklearn.neural_network import MLPClassifier, MLPRegressor

    truth, rng = Truth.draw(seed), np.random.default_rng(seed + 1)
    model = MLPClassifier if remedy == "classes" else MLPRegressor
    net = model(
        hidden_layer_sizes=(100, 100), alpha=0.0, batch_size=BATCH, learning_rate_init=0.001, beta_1=0.9,
        beta_2=0.99, epsilon=1e-5, shuffle=False, random_state=seed,
    )  # fmt: skip
    first = {"classes": np.arange(len(STEPS))} if remedy == "classes" else {}
    for _ in range(updates):
        x, index = _points(truth, BATCH, rng)
        net.partial_fit(x, index if remedy == "classes" else truth.levels[index], **first)
        first = {}
    x, index = _points(truth, TESTED, rng)
    answers = net.predict(x)
    return _judged(truth, answers if remedy == "classes" else answers - truth.b, remedy, index), {}


def h2o(*, remedy: str, rows: int, epochs: float, standardize: bool, seed: int) -> Outcome:
    """``h2o.deeplearning``, two layers of 100 rectifiers, its own ADADELTA, one row per update.

    It is made reproducible and keeps its last state; ``rows`` are passed through ``epochs`` times.

    Returns
    -------
    fields
        ``accuracy`` and ``exact`` of `flat.learn`.
    """
    truth, rng = Truth.draw(seed), np.random.default_rng(seed + 1)
    x, index = _points(truth, rows, rng)
    x_new, right = _points(truth, TESTED, rng)
    columns = [f"c{j}" for j in range(INPUTS)]
    with server(1) as (rest, _):
        frames.upload(rest, "train", columns, x, index if remedy == "classes" else truth.levels[index])
        frames.upload(rest, "test", columns, x_new)
        train(rest, {
            "hidden": [100, 100], "activation": "Rectifier", "epochs": epochs, "seed": seed,
            "standardize": standardize, "reproducible": True, "overwrite_with_best_model": False,
            "stopping_rounds": 0, "classification_stop": -1, "regression_stop": -1,
        })  # fmt: skip
        predictions = predicted(rest, frame="test")
    answers = predictions["predict"]
    if remedy == "classes":
        # Levels that no training row has are unknown to H2O, and it numbers the others.
        shares = {int(name[1:]): column for name, column in predictions.items() if name != "predict"}
        answers = np.array(list(shares))[np.argmax(list(shares.values()), axis=0)]
    else:
        answers = answers - truth.b
    return _judged(truth, answers, remedy, right), {}
