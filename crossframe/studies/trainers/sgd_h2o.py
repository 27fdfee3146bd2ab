"""Plain SGD in ``h2o.deeplearning``: where it ends, and what its batch size does."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crossframe.auditing.rates.h2o_bench import TO_THE_END, Bench
from crossframe.engines import h2o_frames as frames
from crossframe.engines.base import FloatArray
from crossframe.engines.h2o_rest import Rest
from crossframe.engines.h2o_server import Server
from crossframe.studies.trainers import phenomena_net as network
from crossframe.studies.trainers import sgd_ends as ends
from crossframe.studies.trainers.phenomena_data import CLASSES, Images, images, kernels
from crossframe.studies.trainers.sgd_landscape import Landscape

SOURCES = (
    *ends.SOURCES,
    "studies/trainers/sgd_ends.py",
    "auditing/rates/h2o_bench.py",
    "engines/h2o_frames.py",
)

Outcome = tuple[Mapping[str, Any], Mapping[str, NDArray[Any]]]

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


def h2o_ends(
    *,
    dataset: str,
    data_dir: str | None,
    hidden: Sequence[int],
    rates: Sequence[float],
    epochs: Sequence[Sequence[int]],
    seeds: Sequence[int],
) -> Outcome:
    """`sgd_ends.keras_ends` by H2O: from the same start, with a row order of its own.

    ``epochs`` are lengths of training for each rate, ascending, as many for one as for the other.

    Returns
    -------
    fields
        ``apart``: the largest difference of a training image's probability between H2O and the
        Keras network with its weights.
    arrays
        Each of `sgd_ends.MEASURES` (lengths, rates, seeds): after each number of its ``epochs``.
    """
    network.on_cpu()
    found = {name: np.full((len(epochs[0]), len(rates), len(seeds)), np.nan) for name in ends.MEASURES}
    apart = 0.0
    with _bench() as (bench, _):
        for j, seed in enumerate(seeds):
            data = images(dataset, data_dir, seed)
            net = network.cached(network.Spec(data.X.shape[1], tuple(hidden)))
            landscape, key = Landscape.of(net), _frame(bench, data)
            begin = _start(bench, net.spec.sizes, seed)
            for i, rate in enumerate(rates):
                for k, count in enumerate(epochs[i]):
                    model, weights = bench.train(
                        key, **_PLAIN, **begin, hidden=list(hidden), rate=rate, epochs=count
                    )
                    ends.put(landscape, weights[0::2], weights[1::2])
                    told = ends.measured(landscape, data, seed)
                    ends.write(found, (k, i, j), {**told, "epochs": count})
                scores = _scores(bench, model, key)
                apart = max(apart, float(np.max(np.abs(net.scores(data.X) - scores))))
                bench.rest.delete(f"/3/Models/{model}")
    return {"apart": apart}, found


def mini_batches(
    *,
    dataset: str,
    data_dir: str | None,
    hidden: Sequence[int],
    rate: float,
    sizes: Sequence[int],
    epochs: int,
    seed: int,
) -> Outcome:
    """``h2o.deeplearning`` with several values of ``mini_batch_size`` and nothing else changed.

    Returns
    -------
    fields
        ``told``: for each of ``sizes`` what the model says its ``mini_batch_size`` is; ``log``: the
        server's lines about it.
    arrays
        ``scores`` (sizes + 1, n, 10): probabilities of the training images; the last ones are the
        control, trained with ``mini_batch_size`` 1 and a rate larger by a thousandth.
    """
    with _bench() as (bench, server):
        data = images(dataset, data_dir, seed)
        key = _frame(bench, data)
        begin = _start(bench, (data.X.shape[1], *hidden, CLASSES), seed)
        common = {**_PLAIN, **begin, "hidden": list(hidden), "epochs": epochs}
        scores, told = [], []
        for size, used in [*((size, rate) for size in sizes), (1, rate * 1.001)]:
            model, _ = bench.train(key, **common, rate=used, mini_batch_size=size)
            scores.append(_scores(bench, model, key))
            parameters = {p["name"]: p["actual_value"] for p in bench.model(model)["parameters"]}
            told.append(parameters["mini_batch_size"])
        lines = server.output().splitlines()
        log = [line.partition("water.default: ")[2] for line in lines if _WARNS.search(line)]
    return {"told": told[:-1], "log": log}, {"scores": np.array(scores)}


@contextmanager
def _bench() -> Iterator[tuple[Bench, Server]]:
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder), 1)
        rest = Rest(server.address)
        try:
            yield Bench(rest), server
        finally:
            rest.close()
            server.close()


def _frame(bench: Bench, data: Images) -> str:
    return bench.frame(data.X.astype(np.float64), data.y)


def _start(bench: Bench, sizes: Sequence[int], seed: int) -> dict[str, list[str]]:
    weights = kernels(sizes, seed)
    pairs = zip(weights, sizes[1:], strict=True)
    return bench.initial([array for w, units in pairs for array in (w, np.zeros(units, np.float32))])


def _scores(bench: Bench, model: str, key: str) -> FloatArray:
    bench.rest.call("POST", f"/3/Predictions/models/{model}/frames/{key}", predictions_frame="scores")
    told = frames.download(bench.rest, "scores")
    bench.rest.delete("/3/Frames/scores")
    return np.column_stack([told[f"p{digit}"] for digit in range(CLASSES)])
