"""The rows of a draw as arrays: gathered once for all fits, hashed on the way, shared where large."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from crossframe.core.types import Fingerprint, FloatArray, Target
from crossframe.data import Dataset, Draw
from crossframe.frameworks import mapped
from crossframe.frameworks.contract import EvalRows

_EVALUATIONS_KEPT = 8
_LARGE_KEPT = 2
"""Training samples in files that are kept: the engines of a run are seldom on more draws than that."""

R = TypeVar("R")


@dataclass(frozen=True, eq=False)
class TrainingRows:
    """The training rows of a draw, see `crossframe.frameworks.contract.FitRequest`, and their fingerprint."""

    X: FloatArray
    y: Target
    weights: FloatArray | None
    offset: FloatArray | None
    fingerprint: str


class Rows:
    """Rows of a data set by draw; the few that are in use are kept."""

    def __init__(self, dataset: Dataset) -> None:
        self._dataset = dataset
        self._trained: OrderedDict[bytes, TrainingRows] = OrderedDict()
        self._evaluated: OrderedDict[bytes, EvalRows] = OrderedDict()

    def training(self, draw: Draw) -> TrainingRows:
        """The training rows of a draw; large ones are kept, because the contestants share them."""
        data = self._dataset

        def gathered() -> TrainingRows:
            hashed = Fingerprint()
            X = mapped.taken(data.X, draw.train, hashed.add)
            y = data.y[draw.train]
            weights, offset = (None if v is None else v[draw.train] for v in (data.weights, data.offset))
            return TrainingRows(X, y, weights, offset, hashed.of(y, weights, offset))

        if data.X.itemsize * data.X.shape[1] * len(draw.train) < mapped.LEAST:
            return gathered()
        return _kept(self._trained, draw.train.tobytes(), gathered, _LARGE_KEPT)

    def evaluation(self, draw: Draw) -> EvalRows:
        """The evaluation rows of a draw with their hash; the last few are kept, because draws share them."""
        data = self._dataset

        def gathered() -> EvalRows:
            hashed = hashlib.sha256()
            X = mapped.taken(data.X, draw.evaluate, lambda block: hashed.update(block.data))
            offset = None if data.offset is None else data.offset[draw.evaluate]
            if offset is not None:
                hashed.update(offset.data)
            return EvalRows(hashed.hexdigest(), X, data.names, offset)

        return _kept(self._evaluated, draw.evaluate.tobytes(), gathered, _EVALUATIONS_KEPT)


def rows_to_score(X: FloatArray, names: tuple[str, ...], offset: FloatArray | None = None) -> EvalRows:
    """These rows with their hash."""
    X = np.ascontiguousarray(X)
    hashed = hashlib.sha256(X.data)
    if offset is not None:
        hashed.update(np.ascontiguousarray(offset).data)
    return EvalRows(hashed.hexdigest(), X, names, offset)


def _kept(cache: OrderedDict[bytes, R], name: bytes, make: Callable[[], R], most: int) -> R:
    """What ``cache`` holds by ``name``, else what ``make`` gives; the cache keeps the ``most`` used last."""
    if name not in cache:
        cache[name] = make()
        if len(cache) > most:
            cache.popitem(last=False)
    cache.move_to_end(name)
    return cache[name]
