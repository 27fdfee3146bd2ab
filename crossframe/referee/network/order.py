"""The order in which rows are taken: one array of row numbers for every pass over the data."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator

import numpy as np

from crossframe.engines.base import IntArray
from crossframe.referee.network.pcg import Pcg, whole

_SEED_OFFSET = 0x8734093502429734
_PASS_OFFSET = 0x9823423497823423
_NEARLY_ALL = 0.999
"""From this share of the rows on H2O takes a pass for a full one."""


def in_turn(n: int) -> Iterator[IntArray]:
    """The rows as they come, pass after pass, without end."""
    return itertools.repeat(np.arange(n, dtype=np.int64))


def numpy_order(n: int, seed: int, rows_per_pass: int | None = None) -> Iterator[IntArray]:
    """The rows in an order that NumPy draws anew for each epoch, pass after pass, without end.

    The epochs are those of Keras's engine with the same seed. A pass of another length than n takes
    the rows on from where the one before ended.
    """
    generator = np.random.default_rng(seed)
    size = n if rows_per_pass is None else rows_per_pass
    left = np.zeros(0, dtype=np.int64)
    while True:
        while len(left) < size:
            left = np.concatenate([left, generator.permutation(n)])
        yield left[:size]
        left = left[size:]


def h2o_order(
    n: int, seed: int, rows_per_pass: int | None = None, shuffle: bool = False
) -> Iterator[IntArray]:
    """The rows of ``h2o.deeplearning`` with ``reproducible=True``, pass after pass, without end.

    A pass is what H2O calls an iteration: after each one it scores and may stop. The data are one
    chunk then. A pass of exactly n rows is shuffled, whatever ``shuffle_training_data`` says, by a
    generator that is seeded anew from the seed, the rows counted so far and the number of the pass.
    A pass of another length takes the rows as they come, again and again; if it is no whole multiple
    of n it takes each of them, shuffled once, with the probability that makes the length fit on
    average.

    Source: ``hex/FrameTask.java`` (``map``), ``DeepLearningTask.java`` (the seed),
    ``DeepLearning.java`` (``trainModel`` switches the shuffling on).

    Parameters
    ----------
    n
        Rows of the training frame.
    seed
        ``seed`` of the model, not -1.
    rows_per_pass
        ``train_samples_per_iteration``; None: n, H2O's own choice when it has to be reproducible.
    shuffle
        ``shuffle_training_data``.
    """
    rows = n if rows_per_pass is None else rows_per_pass
    used = float(np.float32(rows) / np.float32(n))
    repeats = math.ceil(used)
    share = float(np.float32(used / repeats))
    drawn = share < _NEARLY_ALL or shuffle or rows == n
    counted = 0
    for number in itertools.count(1):
        taken = np.tile(np.arange(n, dtype=np.int64), repeats)
        if drawn:
            generator = Pcg(whole((_SEED_OFFSET + seed + counted) * (number + _PASS_OFFSET)))
            taken = np.tile(generator.shuffled(n), repeats)
            taken = taken[generator.doubles(len(taken)) <= share]
        counted += len(taken)
        yield taken
