"""A data set's own split into training and test rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import numpy as np

from crossframe.core.types import IntArray
from crossframe.data.designs import DESIGNS, Design
from crossframe.data.types import Dataset, Draw


@final
@dataclass(frozen=True)
class Holdout:
    """All rows outside the source's own test set train; all of the test set is scored."""

    name: str = "holdout"
    describe: str = (
        "The source's own training rows train and its own test rows are scored; data without a test set "
        "of their own are split 80/20 once per seed."
    )

    def pool_size(self, dataset: Dataset) -> int:
        """The source's training rows, or 80 % of all rows."""
        if dataset.test_rows is None:
            return DESIGNS["leek"].pool_size(dataset)
        return dataset.y.size - dataset.test_rows.size

    def draw(self, dataset: Dataset, n: int | None, index: int, seed: int) -> Draw:
        """Every draw is the same."""
        if dataset.test_rows is None:
            split = DESIGNS["leek"].draw(dataset, None, 0, seed)
            return Draw(len(split.train), index, split.train, split.evaluate)
        train: IntArray = np.setdiff1d(np.arange(dataset.y.size, dtype=np.int64), dataset.test_rows)
        return Draw(len(train), index, train, dataset.test_rows)

    def overlap(self, dataset: Dataset, n: int | None) -> float:
        """Every draw is the same."""
        return float(np.nextafter(1.0, 0.0))


HOLDOUT: Design = Holdout()


@final
@dataclass(frozen=True)
class Splits:
    """Training rows written out, one tuple per draw; the others of ``total`` rows are scored."""

    rows: tuple[tuple[int, ...], ...]
    total: int
    name: str = "splits"
    describe: str = "Repeated splits of the same rows: the ones that do not train are scored."

    def pool_size(self, dataset: Dataset) -> int:
        """Number of training rows of each draw."""
        return len(self.rows[0])

    def draw(self, dataset: Dataset, n: int | None, index: int, seed: int) -> Draw:
        """Draw number ``index``, whatever the seed."""
        train = np.array(self.rows[index], dtype=np.int64)
        return Draw(len(train), index, train, np.setdiff1d(np.arange(self.total, dtype=np.int64), train))

    def overlap(self, dataset: Dataset, n: int | None) -> float:
        """The share of rows that are scored, as Nadeau and Bengio have it."""
        return 1.0 - len(self.rows[0]) / self.total
