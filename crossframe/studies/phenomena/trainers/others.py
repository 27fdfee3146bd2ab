"""scikit-learn's perceptron and H2O's deep learning on the same images of ten digits.

``setup`` of every function are the fields of `crossframe.studies.training.perceptron.Setup`.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crossframe.core.types import FloatArray
from crossframe.frameworks.h2o import frames
from crossframe.frameworks.h2o.rest import Rest
from crossframe.studies.phenomena.trainers.numerics import BATCH, kept
from crossframe.studies.training import Outcome
from crossframe.studies.training.h2o import probabilities, server, train
from crossframe.studies.training.images import Images, Pixels, batches
from crossframe.studies.training.perceptron import Setup
from crossframe.studies.training.sklearn import started

H2O_TESTED = 1000
"""Test images sent to H2O, the first ones: sending and scoring take longer there than training."""


def sklearn_replay(*, rate: float, updates: int, **setup: Any) -> Outcome:
    """`crossframe.studies.phenomena.trainers.numerics.perturbed` by ``MLPClassifier``.

    The same start, the same rows, plain SGD.
    """
    given = Setup(**setup)
    lists: dict[str, list[Any]] = {"labels": [], "scores": [], "loss": [], "accuracy": []}
    for seed in given.seeds:
        data = given.images(seed)
        net = _replayed(data, given.hidden, rate, updates, seed)
        loss = float(_loss(net.predict_proba(data.X), data))
        kept(lists, net.predict_proba(data.X_test), data.y_test, loss)
    return {}, {name: np.array(values) for name, values in lists.items()}


def _replayed(data: Images, hidden: Sequence[int], rate: float, updates: int, seed: int) -> Any:
    n = len(data.y)
    net = started(data, hidden, BATCH, rate, seed)
    for rows in batches(n, BATCH, updates, seed).reshape(-1, n):
        net.partial_fit(data.X[rows], data.y[rows])
    return net


def _loss(scores: NDArray[Any], data: Images) -> Any:
    """Mean cross-entropy, in the precision of the scores."""
    return -np.mean(np.log(np.maximum(scores[np.arange(len(data.y)), data.y], 1e-30)))


def sklearn_starts(*, rate: float, updates: int, **setup: Any) -> Outcome:
    """`crossframe.studies.phenomena.trainers.training.starts` by ``MLPClassifier``.

    ``loss`` (seeds, 1) at the end only.
    """
    given = Setup(**setup)
    loss, fitted, accuracy = [], [], []
    for seed in given.seeds:
        data = given.images(seed)
        net = _replayed(data, given.hidden, rate, updates, seed)
        scores = net.predict_proba(data.X)
        loss.append([_loss(scores, data)])
        fitted.append(np.mean(scores.argmax(axis=1) == data.y))
        accuracy.append(net.score(data.X_test, data.y_test))
    return {}, {"loss": np.array(loss), "train": np.array(fitted), "accuracy": np.array(accuracy)}


def sklearn_labelled(*, labels: str, epochs: int, **setup: Any) -> Outcome:
    """`crossframe.studies.phenomena.trainers.training.labelled` by ``MLPClassifier``.

    With its defaults but for the sizes and ``epochs``.
    """
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.neural_network import MLPClassifier

    given = Setup(**setup)
    fitted, accuracy, whole = [], [], []
    for seed in given.seeds:
        data = given.images(seed, labels)
        net = MLPClassifier(tuple(given.hidden), max_iter=epochs, random_state=seed)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            net.fit(data.X, data.y)
        right = net.predict(data.X_test) == data.y_test
        fitted.append(net.score(data.X, data.y))
        accuracy.append(np.mean(right[:H2O_TESTED]))
        whole.append(np.mean(right))
    return {}, {"train": np.array(fitted), "accuracy": np.array(accuracy), "all": np.array(whole)}


def h2o_labelled(*, labels: str, epochs: int, standardize: bool = True, **setup: Any) -> Outcome:
    """`crossframe.studies.phenomena.trainers.training.labelled` by ``h2o.deeplearning``.

    With its defaults but for the sizes and ``epochs``. It is made reproducible and keeps its last
    state, so that what is scored is what was trained. ``standardize=False`` gives it the pixels in
    [0, 1] and takes its default away.
    """
    given = Setup(**setup)
    fitted, accuracy = [], []
    with server(1) as (rest, _):
        for seed in given.seeds:
            data = given.images(seed, labels)
            _upload(rest, data, unit=not standardize)
            arguments = {"hidden": list(given.hidden), "epochs": epochs, "seed": seed, "reproducible": True}
            arguments |= {"standardize": standardize, "overwrite_with_best_model": False}
            scores = _scores(rest, arguments)
            fitted.append(np.mean(scores["train"].argmax(axis=1) == data.y))
            accuracy.append(np.mean(scores["test"].argmax(axis=1) == data.y_test[:H2O_TESTED]))
    return {}, {"train": np.array(fitted), "accuracy": np.array(accuracy)}


def h2o_raced(*, epochs: int, **setup: Any) -> Outcome:
    """``h2o.deeplearning`` as it comes, threads racing: every seed twice.

    Returns
    -------
    arrays
        ``labels`` (2, seeds, m) and ``accuracy`` (2, seeds) of the two runs; ``reproducible`` (2, m, 10):
        probabilities of two runs of the first seed with ``reproducible=True``.
    """
    given = Setup(**setup)
    data = given.images(given.seeds[0])
    labels: list[list[Any]] = [[], []]
    common = {"hidden": list(given.hidden), "epochs": epochs, "classification_stop": -1}
    with server(2) as (rest, _):
        _upload(rest, data)
        for seed in given.seeds:
            for run in labels:
                scores = _scores(rest, {**common, "seed": seed})
                run.append(scores["test"].argmax(axis=1).astype(np.uint8))
        once = {**common, "seed": given.seeds[0], "reproducible": True}
        ordered = [_scores(rest, once)["test"] for _ in range(2)]
    both = np.array(labels)
    right = both == data.y_test[:H2O_TESTED]
    return {}, {"labels": both, "accuracy": np.mean(right, axis=2), "reproducible": np.array(ordered)}


def _upload(rest: Rest, data: Images, unit: bool = False) -> None:
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


def _scores(rest: Rest, arguments: dict[str, Any]) -> dict[str, FloatArray]:
    """Train on frame ``train``; probabilities (rows, 10) of the rows of ``train`` and of ``test``."""
    train(rest, arguments)
    scores = {name: probabilities(rest, frame=name) for name in ("train", "test")}
    rest.delete("/3/Models/model")
    return scores
