"""The step function of `failures_flat` learned by scikit-learn and by H2O: the two remedies they have.

Neither lets its user give a derivative of his own, so that there the step function is learned end to
end (a regression), or as classes.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crossframe.engines import h2o_frames as frames
from crossframe.engines.base import FloatArray, IntArray
from crossframe.engines.h2o_rest import Rest
from crossframe.engines.h2o_server import Server
from crossframe.studies.trainers.failures_flat import BATCH, INPUTS, STEPS, Truth

SOURCES = ("studies/trainers/failures_flat.py", "engines/h2o_frames.py")

TESTED = 10_000


def _points(truth: Truth, rows: int, rng: np.random.Generator) -> tuple[FloatArray, IntArray]:
    x = rng.normal(size=(rows, INPUTS)) / 100.0
    return x, truth.index(x)


def _judged(truth: Truth, said: FloatArray | IntArray, remedy: str, right: IntArray) -> dict[str, float]:
    """As `failures_flat.learn` tells it; ``said``: values less b*, or numbers of levels."""
    if remedy == "classes":
        levels = np.isin(said, np.arange(len(STEPS)))
        return {"accuracy": float(np.mean(said == right)), "exact": float(levels.mean())}
    away = np.abs(said[:, None] - STEPS)
    found = away.argmin(axis=1)
    return {"accuracy": float(np.mean(found == right)), "exact": float(np.mean(away.min(axis=1) < 1e-4))}


def sklearn(*, remedy: str, updates: int, seed: int) -> tuple[Mapping[str, Any], Mapping[str, NDArray[Any]]]:
    """``MLPRegressor`` or ``MLPClassifier``: the same net, rule, rate and fresh batches; own start.

    The weights start uniform (Glorot), the loss is half the squared error, and there is no penalty.

    Returns
    -------
    fields
        ``accuracy`` and ``exact`` of `failures_flat.learn`.
    """
    from sklearn.neural_network import MLPClassifier, MLPRegressor

    truth, rng = Truth.draw(seed), np.random.default_rng(seed + 1)
    kind = MLPClassifier if remedy == "classes" else MLPRegressor
    net = kind(
        hidden_layer_sizes=(100, 100), alpha=0.0, batch_size=BATCH, learning_rate_init=0.001, beta_1=0.9,
        beta_2=0.99, epsilon=1e-5, shuffle=False, random_state=seed,
    )  # fmt: skip
    first = {"classes": np.arange(len(STEPS))} if remedy == "classes" else {}
    for _ in range(updates):
        x, index = _points(truth, BATCH, rng)
        net.partial_fit(x, index if remedy == "classes" else truth.levels[index], **first)
        first = {}
    x, index = _points(truth, TESTED, rng)
    said = net.predict(x)
    return _judged(truth, said if remedy == "classes" else said - truth.b, remedy, index), {}


def h2o(
    *, remedy: str, rows: int, epochs: float, standardize: bool, seed: int
) -> tuple[Mapping[str, Any], Mapping[str, NDArray[Any]]]:
    """``h2o.deeplearning``, two layers of 100 rectifiers, its own ADADELTA, one row per update.

    It is made reproducible and keeps its last state; ``rows`` are passed through ``epochs`` times.

    Returns
    -------
    fields
        ``accuracy`` and ``exact`` of `failures_flat.learn`.
    """
    truth, rng = Truth.draw(seed), np.random.default_rng(seed + 1)
    x, index = _points(truth, rows, rng)
    x_new, right = _points(truth, TESTED, rng)
    columns = [f"c{j}" for j in range(INPUTS)]
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder), 1)
        try:
            rest = Rest(server.address)
            frames.upload(rest, "train", columns, x, index if remedy == "classes" else truth.levels[index])
            frames.upload(rest, "test", columns, x_new)
            told = _deep_learning(rest, {
                "hidden": [100, 100], "activation": "Rectifier", "epochs": epochs, "seed": seed,
                "standardize": standardize, "reproducible": True, "overwrite_with_best_model": False,
                "stopping_rounds": 0, "classification_stop": -1, "regression_stop": -1,
            })  # fmt: skip
        finally:
            server.close()
    said = told["predict"]
    if remedy == "classes":
        # Levels that no training row has are unknown to H2O, and it numbers the others.
        shares = {int(name[1:]): column for name, column in told.items() if name != "predict"}
        said = np.array(list(shares))[np.argmax(list(shares.values()), axis=0)]
    else:
        said = said - truth.b
    return _judged(truth, said, remedy, right), {}


def _deep_learning(rest: Rest, arguments: dict[str, Any]) -> dict[str, FloatArray]:
    """Train on frame ``train``, and the columns of what is predicted for ``test``."""
    reply = rest.call(
        "POST",
        "/3/ModelBuilders/deeplearning",
        training_frame="train",
        response_column=frames.RESPONSE,
        model_id="model",
        **arguments,
    )
    job = rest.wait(reply["job"])
    if job["status"] != "DONE":
        raise RuntimeError(f"H2O: {job['exception']}")
    rest.call("POST", "/3/Predictions/models/model/frames/test", predictions_frame="scores")
    return frames.download(rest, "scores")
