"""Sampling designs: which rows train and which are scored, draw by draw.

A draw depends on the seed, the design, n and its own index alone, by way of NumPy's ``SeedSequence``:
asking for other sizes or more draws changes none of those already made.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol, final

import numpy as np

from crossframe.core.errors import DataError, UsageError
from crossframe.core.types import IntArray
from crossframe.data.types import Dataset, Draw

_SPLIT, _LEEK, _BEAM, _STRATIFIED, _RANDOM = range(5)


class Design(Protocol):
    """The interface of every sampling design.

    ``n`` is the number of training rows; None stands for all rows of the pool.
    """

    @property
    def name(self) -> str:
        """The name by which the command line and the JSON select the design."""

    @property
    def describe(self) -> str:
        """One or two sentences that describe the design to the reader of a report."""

    def pool_size(self, dataset: Dataset) -> int:
        """Number of rows from which training samples are drawn, which is the largest n."""

    def draw(self, dataset: Dataset, n: int | None, index: int, seed: int) -> Draw:
        """Draw number ``index`` (from 0) of size ``n``; a `UsageError` when there are too few rows."""

    def overlap(self, dataset: Dataset, n: int | None) -> float:
        """rho in [0, 1) for the variance (1/B + rho/(1-rho)) s^2 of a mean over B overlapping draws.

        Nadeau and Bengio, Inference for the Generalization Error, Machine Learning 52 (2003), 239-281.
        """


@final
@dataclass(frozen=True)
class Leek:
    """Leek, 2017: one split, then small samples without replacement from its training part."""

    name: str = "leek"
    describe: str = (
        "As Leek (2017): one unstratified 80/20 split; each draw takes n rows without replacement from the "
        "80 %, in file order, and is scored on all of the 20 %. Of data with a test set of their own only "
        "the training rows are split."
    )

    def pool_size(self, dataset: Dataset) -> int:
        """Rows of the training part: ceiling(0.8 N) of the N rows outside the source's test set."""
        return _train_size(_source_rows(dataset).size)

    def draw(self, dataset: Dataset, n: int | None, index: int, seed: int) -> Draw:
        """n of the training part, in file order as caret's ``createDataPartition`` returns them."""
        n = _size(self, dataset, n)
        train, test = _split(_source_rows(dataset), seed)
        chosen = _rng(seed, _LEEK, n, index).permutation(train)[:n]
        return Draw(n, index, np.sort(chosen), test)

    def overlap(self, dataset: Dataset, n: int | None) -> float:
        """The share of rows that two draws are expected to have in common: n / pool."""
        return _below_one(_size(self, dataset, n) / self.pool_size(dataset))


@final
@dataclass(frozen=True)
class Beam:
    """Beam, 2017: samples with replacement, scored on the last half of the test set."""

    name: str = "beam"
    describe: str = (
        "As Beam (2017): each draw takes n training rows with replacement, unstratified, and is scored on "
        "the last half of the test rows in file order. Data without a test set of their own are split "
        "80/20 first, once per seed."
    )

    def pool_size(self, dataset: Dataset) -> int:
        """The source's own training rows, or 80 % of all rows."""
        rows = _source_rows(dataset)
        return _train_size(rows.size) if dataset.test_rows is None else rows.size

    def draw(self, dataset: Dataset, n: int | None, index: int, seed: int) -> Draw:
        """n rows drawn with replacement, in the order of drawing, scored on half of the test rows."""
        n = _size(self, dataset, n)
        train, test = _source_rows(dataset), dataset.test_rows
        if test is None:
            train, test = _split(train, seed)
        chosen = _rng(seed, _BEAM, n, index).integers(train.size, size=n)
        return Draw(n, index, train[chosen], test[test.size // 2 :])

    def overlap(self, dataset: Dataset, n: int | None) -> float:
        """The chance that a row of one draw is in another: 1 - (1 - 1/pool)^n."""
        pool = self.pool_size(dataset)
        return _below_one(1.0 - (1.0 - 1.0 / pool) ** _size(self, dataset, n))


@dataclass(frozen=True)
class Random:
    """A new split of all rows for every draw: 20 % are scored, n of the others train."""

    name: str = "random"
    describe: str = (
        "Each draw splits all rows anew, whatever their target: 20 % are scored, n of the others train."
    )

    def pool_size(self, dataset: Dataset) -> int:
        """Number of rows outside the 20 % that are scored."""
        return dataset.y.size - _test_size(dataset.y.size)

    def draw(self, dataset: Dataset, n: int | None, index: int, seed: int) -> Draw:
        """n rows in random order; those that are scored in file order."""
        n = _size(self, dataset, n)
        rows = _rng(seed, _RANDOM, n, index).permutation(dataset.y.size)
        pool = self.pool_size(dataset)
        return Draw(n, index, rows[:n], np.sort(rows[pool:]))

    def overlap(self, dataset: Dataset, n: int | None) -> float:
        """The share of rows that a draw tests, n_test / N, for every n.

        Nadeau and Bengio write n_test / (n_test + n_train) for n_test + n_train = N. For smaller n
        their form tends to 1 although the training samples hardly overlap; simulated correlations
        of paired accuracy differences lay between 0.04 and 0.21 for n_test = N / 5 (N = 100 and
        360, n = 10 to all), so that n_test / N covers them.
        """
        _size(self, dataset, n)
        return _test_size(dataset.y.size) / dataset.y.size


@final
@dataclass(frozen=True)
class Stratified(Random):
    """As `Random`, with the class shares of the whole data among the training and the scored rows."""

    name: str = "stratified"
    describe: str = (
        "Each draw splits all rows anew: 20 % are scored, n of the others train, both with the class shares "
        "of the whole data."
    )

    def draw(self, dataset: Dataset, n: int | None, index: int, seed: int) -> Draw:
        """n rows in random order, at least one of each class where n is that large."""
        if not dataset.classes:
            raise UsageError(
                f"--design {self.name}: the target of {dataset.name} holds numbers, not classes",
                "use --design random",
            )
        n = _size(self, dataset, n)
        counts = np.bincount(dataset.y, minlength=len(dataset.classes))
        for label, count in zip(dataset.classes, counts, strict=True):
            if count < 2:
                raise DataError(
                    f"class {label!r} of {dataset.name} has {count} row{'' if count == 1 else 's'}: "
                    "a stratified split needs two of each"
                )
        rng = _rng(seed, _STRATIFIED, n, index)
        classes = [rng.permutation(np.flatnonzero(dataset.y == k)) for k in range(len(counts))]
        tested = _shares(_test_size(dataset.y.size), counts, counts - 1)
        trained = _shares(n, counts, counts - tested)
        test = np.concatenate([rows[:t] for rows, t in zip(classes, tested, strict=True)])
        train = np.concatenate([rows[t : t + k] for rows, t, k in zip(classes, tested, trained, strict=True)])
        return Draw(n, index, rng.permutation(train), np.sort(test))


@final
@dataclass(frozen=True)
class Whole:
    """Every row trains and every row is scored, to compare solvers on one table."""

    name: str = "whole"
    describe: str = "All rows train, and the same rows are scored: solvers are compared, not generalisation."

    def pool_size(self, dataset: Dataset) -> int:
        """Number of rows of the data set: all of them train."""
        return len(dataset.y)

    def draw(self, dataset: Dataset, n: int | None, index: int, seed: int) -> Draw:
        """The first n rows (by default all) in file order, for training and scoring; ``seed`` is unused."""
        n = _size(self, dataset, n)
        rows = np.arange(n, dtype=np.int64)
        return Draw(n, index, rows, rows)

    def overlap(self, dataset: Dataset, n: int | None) -> float:
        """The largest float64 below 1, because every draw contains the same rows."""
        return _below_one(1.0)


DESIGNS: dict[str, Design] = {design.name: design for design in (Leek(), Beam(), Stratified(), Random())}
"""The designs by name."""

WHOLE: Design = Whole()
"""For `explain` alone: scores on the training rows do not estimate accuracy."""


def _rng(seed: int, *stream: int) -> np.random.Generator:
    if seed < 0 or min(stream) < 0:
        raise UsageError(f"seed={seed}: impossible value", "a seed is a whole number of at least 0")
    return np.random.default_rng(np.random.SeedSequence([seed, *stream]))


def _size(design: Design, dataset: Dataset, n: int | None) -> int:
    """``n``, checked against the pool."""
    pool = design.pool_size(dataset)
    if n is None:
        n = pool
    if not 1 <= n <= pool:
        problem = "a training sample has at least 1 row" if n < 1 else "more rows than there are to draw from"
        raise UsageError(
            f"n={n}: {problem}", f"the largest n for design {design.name} on {dataset.name} is {pool}"
        )
    return n


def _source_rows(dataset: Dataset) -> IntArray:
    """Rows outside the source's own test set, in file order."""
    rows = np.arange(dataset.y.size, dtype=np.int64)
    return rows if dataset.test_rows is None else np.setdiff1d(rows, dataset.test_rows)


def _train_size(rows: int) -> int:
    """ceiling(0.8 rows), in whole numbers: 0.8 is no binary fraction."""
    if rows < 5:
        raise DataError(f"{rows} rows: an 80/20 split leaves none to score", "at least 5 rows are needed")
    return -(-4 * rows // 5)


def _test_size(rows: int) -> int:
    """A fifth of the rows, and at least two: one of each of two classes."""
    return max(2, rows // 5)


def _split(rows: IntArray, seed: int) -> tuple[IntArray, IntArray]:
    """The unstratified 80/20 split of a seed, both parts in file order."""
    order = _rng(seed, _SPLIT).permutation(rows)
    k = _train_size(rows.size)
    return np.sort(order[:k]), np.sort(order[k:])


def _shares(total: int, counts: IntArray, most: IntArray) -> IntArray:
    """``total`` rows shared out between the classes in the ratio of ``counts``.

    By the largest remainders, the later class first of equal ones; at least one row of each class where
    ``total`` allows, and at most ``most`` of each.
    """
    least = 1 if total >= len(counts) else 0
    exact = total * counts
    shares: IntArray = np.clip(exact // counts.sum(), least, most)
    while (lacking := total - int(shares.sum())) != 0:
        step = 1 if lacking > 0 else -1
        free = shares < most if lacking > 0 else shares > least
        # What each class lacks, or has too much: the distance from its exact share times all rows.
        need = np.where(free, step * (exact - shares * counts.sum()), np.iinfo(np.int64).min)
        shares[len(need) - 1 - int(np.argmax(need[::-1]))] += step
    return shares


def _below_one(share: float) -> float:
    """``share``, but below 1, so that rho/(1-rho) of draws that are the whole pool is finite."""
    return min(share, math.nextafter(1.0, 0.0))
