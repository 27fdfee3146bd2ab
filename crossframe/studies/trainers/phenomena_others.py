"""scikit-learn's perceptron and H2O's deep learning on the same images of ten digits."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from crossframe.engines import h2o_frames as frames
from crossframe.engines.base import FloatArray
from crossframe.engines.h2o_rest import Rest
from crossframe.engines.h2o_server import Server
from crossframe.studies.trainers.phenomena_data import CLASSES, Images, Pixels, batches, images, kernels
from crossframe.studies.trainers.phenomena_numeric import BATCH, Outcome, kept

SOURCES = (
    "studies/trainers/phenomena_data.py",
    "studies/trainers/phenomena_numeric.py",
    "data/mnist.py",
    "engines/h2o_frames.py",
)
H2O_TESTED = 1000
"""Test images sent to H2O, the first ones: sending and scoring take longer there than training."""


def sklearn_replay(
    *,
    dataset: str,
    data_dir: str | None,
    hidden: Sequence[int],
    rate: float,
    updates: int,
    seeds: Sequence[int],
    sample: int,
) -> Outcome:
    """`phenomena_numeric.perturbed` by ``MLPClassifier``: the same start, the same rows, plain SGD."""
    data = images(dataset, data_dir, sample)
    found: dict[str, list[Any]] = {"labels": [], "scores": [], "loss": [], "accuracy": []}
    for seed in seeds:
        net = _replayed(data, hidden, rate, updates, seed)
        train = net.predict_proba(data.X)
        loss = float(-np.mean(np.log(np.maximum(train[np.arange(len(data.y)), data.y], 1e-30))))
        kept(found, net.predict_proba(data.X_test), data.y_test, loss)
    return {}, {name: np.array(values) for name, values in found.items()}


def _replayed(data: Images, hidden: Sequence[int], rate: float, updates: int, seed: int) -> Any:
    from sklearn.neural_network import MLPClassifier

    n = len(data.y)
    net = MLPClassifier(
        tuple(hidden),
        solver="sgd",
        alpha=0.0,
        batch_size=BATCH,
        learning_rate_init=rate,
        shuffle=False,
        momentum=0.0,
        nesterovs_momentum=False,
    )
    # One row builds the layers; what it trains is put back.
    net.partial_fit(data.X[:BATCH], data.y[:BATCH], classes=np.arange(CLASSES))
    sizes = (data.X.shape[1], *hidden, CLASSES)
    net.coefs_ = kernels(sizes, seed)
    net.intercepts_ = [np.zeros(units, np.float32) for units in sizes[1:]]
    for rows in batches(n, BATCH, updates, seed).reshape(-1, n):
        net.partial_fit(data.X[rows], data.y[rows])
    return net


def sklearn_starts(
    *,
    dataset: str,
    data_dir: str | None,
    hidden: Sequence[int],
    rate: float,
    updates: int,
    seeds: Sequence[int],
    sample: int,
) -> Outcome:
    """`phenomena.starts` by ``MLPClassifier``; ``loss`` (seeds, 1) at the end only."""
    data = images(dataset, data_dir, sample)
    loss, train, accuracy = [], [], []
    for seed in seeds:
        net = _replayed(data, hidden, rate, updates, seed)
        scores = net.predict_proba(data.X)
        loss.append([-np.mean(np.log(np.maximum(scores[np.arange(len(data.y)), data.y], 1e-30)))])
        train.append(np.mean(scores.argmax(axis=1) == data.y))
        accuracy.append(net.score(data.X_test, data.y_test))
    return {}, {"loss": np.array(loss), "train": np.array(train), "accuracy": np.array(accuracy)}


def sklearn_labelled(
    *,
    dataset: str,
    data_dir: str | None,
    hidden: Sequence[int],
    labels: str,
    epochs: int,
    seeds: Sequence[int],
) -> Outcome:
    """`phenomena.labelled` by ``MLPClassifier`` with its defaults but for the sizes and ``epochs``."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.neural_network import MLPClassifier

    train, accuracy, whole = [], [], []
    for seed in seeds:
        data = images(dataset, data_dir, seed, labels)
        net = MLPClassifier(tuple(hidden), max_iter=epochs, random_state=seed)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            net.fit(data.X, data.y)
        right = net.predict(data.X_test) == data.y_test
        train.append(net.score(data.X, data.y))
        accuracy.append(np.mean(right[:H2O_TESTED]))
        whole.append(np.mean(right))
    return {}, {"train": np.array(train), "accuracy": np.array(accuracy), "all": np.array(whole)}


def h2o_labelled(
    *,
    dataset: str,
    data_dir: str | None,
    hidden: Sequence[int],
    labels: str,
    epochs: int,
    seeds: Sequence[int],
    standardize: bool = True,
) -> Outcome:
    """`phenomena.labelled` by ``h2o.deeplearning`` with its defaults but for the sizes and ``epochs``.

    It is made reproducible and keeps its last state, so that what is scored is what was trained.
    ``standardize=False`` gives it the pixels in [0, 1] and takes its default away.
    """
    train, accuracy = [], []
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder), 1)
        try:
            rest = Rest(server.address)
            for seed in seeds:
                data = images(dataset, data_dir, seed, labels)
                frames_of(rest, data, unit=not standardize)
                arguments = {"hidden": list(hidden), "epochs": epochs, "seed": seed, "reproducible": True}
                arguments["standardize"] = standardize
                scores = deep_learning(rest, {**arguments, "overwrite_with_best_model": False})
                train.append(np.mean(scores["train"].argmax(axis=1) == data.y))
                accuracy.append(np.mean(scores["test"].argmax(axis=1) == data.y_test[:H2O_TESTED]))
        finally:
            server.close()
    return {}, {"train": np.array(train), "accuracy": np.array(accuracy)}


def h2o_raced(
    *,
    dataset: str,
    data_dir: str | None,
    hidden: Sequence[int],
    epochs: int,
    seeds: Sequence[int],
    sample: int,
) -> Outcome:
    """``h2o.deeplearning`` as it comes, threads racing: every seed twice.

    Returns
    -------
    arrays
        ``labels`` (2, seeds, m) and ``accuracy`` (2, seeds) of the two runs; ``reproducible`` (2, m, 10):
        probabilities of two runs of the first seed with ``reproducible=True``.
    """
    data = images(dataset, data_dir, sample)
    labels: list[list[Any]] = [[], []]
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder), 2)
        try:
            rest = Rest(server.address)
            frames_of(rest, data)
            for seed in seeds:
                for run in labels:
                    arguments = {"hidden": list(hidden), "epochs": epochs, "seed": seed}
                    scores = deep_learning(rest, {**arguments, "classification_stop": -1})
                    run.append(scores["test"].argmax(axis=1).astype(np.uint8))
            once = {"hidden": list(hidden), "epochs": epochs, "seed": seeds[0], "reproducible": True}
            ordered = [deep_learning(rest, {**once, "classification_stop": -1})["test"] for _ in range(2)]
        finally:
            server.close()
    told, right = np.array(labels), data.y_test[:H2O_TESTED]
    return {}, {
        "labels": told,
        "accuracy": np.mean(told == right, axis=2),
        "reproducible": np.array(ordered),
    }


def frames_of(rest: Rest, data: Images, unit: bool = False) -> None:
    """Frames ``train`` and ``test`` on the server; those of before are replaced.

    They hold the pixels' own whole numbers, which travel fastest, and which H2O standardises;
    ``unit``: numbers in [0, 1].
    """
    scale = 255 if data.X.shape[1] == 784 else 16
    columns = [f"c{j}" for j in range(data.X.shape[1])]

    def values(X: Pixels) -> FloatArray:
        return X.astype(np.float64) if unit else np.rint(X.astype(np.float64) * scale)

    test = data.X_test[:H2O_TESTED], data.y_test[:H2O_TESTED]
    for name, X, y in (("train", data.X, data.y), ("test", *test)):
        rest.delete(f"/3/Frames/{name}")
        frames.upload(rest, name, columns, values(X), y)


def deep_learning(rest: Rest, arguments: dict[str, Any]) -> dict[str, FloatArray]:
    """Train on frame ``train``; probabilities (rows, 10) of the rows of ``train`` and of ``test``."""
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
    found = {}
    for name in ("train", "test"):
        rest.call("POST", f"/3/Predictions/models/model/frames/{name}", predictions_frame="scores")
        told = frames.download(rest, "scores")
        found[name] = np.column_stack([told[f"p{digit}"] for digit in range(CLASSES)])
        rest.delete("/3/Frames/scores")
    rest.delete("/3/Models/model")
    return found
