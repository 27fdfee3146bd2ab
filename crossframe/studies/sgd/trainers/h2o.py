"""Plain SGD in ``h2o.deeplearning``: where it ends, and what its batch size does.

``setup`` of every function are the fields of `crossframe.studies.training.perceptron.Setup`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from crossframe.frameworks.h2o.learning_rates_server import TO_THE_END, NetworkTrainer
from crossframe.studies.sgd.trainers import ends
from crossframe.studies.training import Outcome
from crossframe.studies.training.h2o import probabilities, server
from crossframe.studies.training.images import CLASSES, Images, kernels
from crossframe.studies.training.landscape import Landscape
from crossframe.studies.training.perceptron import Setup

_WARNS = re.compile(r"\sWARN\s.*mini_batch_size")
_PLAIN = {
    "activation": "Rectifier",
    "adaptive_rate": False,
    "rate_annealing": 0.0,
    "momentum_start": 0.0,
    "momentum_stable": 0.0,
    **TO_THE_END,
}
"""Plain SGD with one rate; one row at a time is all that H2O has."""


def h2o_ends(*, rates: Sequence[float], epochs: Sequence[Sequence[int]], **setup: Any) -> Outcome:
    """`crossframe.studies.sgd.trainers.ends.keras_ends` by H2O: same start, a row order of its own.

    ``epochs`` are lengths of training for each rate, ascending, as many for one as for the other.

    Returns
    -------
    fields
        ``difference``: the largest one of a training image's probability between H2O and the
        Keras network with its weights.
    arrays
        Each of `crossframe.studies.sgd.trainers.ends.MEASURES` (lengths, rates, seeds): after each
        number of its ``epochs``.
    """
    given, difference = Setup(**setup), 0.0
    arrays = given.empty(ends.MEASURES, len(epochs[0]), len(rates))
    with server(1) as (rest, _):
        trainer = NetworkTrainer(rest)
        for j, seed, data, net in given.each():
            landscape, frame = Landscape.of(net), _frame(trainer, data)
            begin = _start(trainer, net.spec.sizes, seed)
            for i, rate in enumerate(rates):
                for k, count in enumerate(epochs[i]):
                    model, weights = trainer.train(
                        frame, **_PLAIN, **begin, hidden=list(given.hidden), rate=rate, epochs=count
                    )
                    ends.put(landscape, weights[0::2], weights[1::2])
                    measures = ends.measured(landscape, data, seed)
                    ends.write(arrays, (k, i, j), {**measures, "epochs": count})
                scores = probabilities(rest, frame=frame, model=model)
                difference = max(difference, float(np.max(np.abs(net.scores(data.X) - scores))))
                rest.delete(f"/3/Models/{model}")
    return {"difference": difference}, arrays


def mini_batches(*, rate: float, sizes: Sequence[int], epochs: int, **setup: Any) -> Outcome:
    """``h2o.deeplearning`` with several values of ``mini_batch_size`` and nothing else changed.

    Returns
    -------
    fields
        ``reported``: for each of ``sizes`` what the model says its ``mini_batch_size`` is; ``log``:
        the server's lines about it.
    arrays
        ``scores`` (sizes + 1, n, 10): probabilities of the training images; the last ones are the
        control, trained with ``mini_batch_size`` 1 and a rate larger by a thousandth.
    """
    given = Setup(**setup)
    (seed,) = given.seeds
    with server(1) as (rest, running):
        trainer, data = NetworkTrainer(rest), given.images(seed)
        frame = _frame(trainer, data)
        begin = _start(trainer, (data.X.shape[1], *given.hidden, CLASSES), seed)
        common = {**_PLAIN, **begin, "hidden": list(given.hidden), "epochs": epochs}
        scores, reported = [], []
        for size, used in [*((size, rate) for size in sizes), (1, rate * 1.001)]:
            model, _ = trainer.train(frame, **common, rate=used, mini_batch_size=size)
            scores.append(probabilities(rest, frame=frame, model=model))
            parameters = {p["name"]: p["actual_value"] for p in trainer.model(model)["parameters"]}
            reported.append(parameters["mini_batch_size"])
        lines = running.output().splitlines()
    log = [line.partition("water.default: ")[2] for line in lines if _WARNS.search(line)]
    return {"reported": reported[:-1], "log": log}, {"scores": np.array(scores)}


def _frame(trainer: NetworkTrainer, data: Images) -> str:
    return trainer.frame(data.X.astype(np.float64), data.y)


def _start(trainer: NetworkTrainer, sizes: Sequence[int], seed: int) -> dict[str, list[str]]:
    pairs = zip(kernels(sizes, seed), sizes[1:], strict=True)
    return trainer.initial([array for w, units in pairs for array in (w, np.zeros(units, np.float32))])
