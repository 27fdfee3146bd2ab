"""Two calls on the same rows with the same seeds, compared row by row; and either call run again."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from crossframe.experiment.contestants import Contestant
from crossframe.experiment.fits import FitCache
from crossframe.experiment.record import Record
from crossframe.explain.attribution.game import FloatArray
from crossframe.explain.bundles import RACING, given, is_seed
from crossframe.frameworks.registry import model

SCORES, LABELS = "score", "labels"
"""What two fits are compared by."""
TRIED = 2
"""Fits of a side that are run again; all of them where one of these does not repeat itself."""
RESEEDED = 5
"""Fits of a side that are run with other seeds than those that it is given."""

Records = Sequence[Record]


@dataclass(frozen=True)
class Paired:
    """The distance between the two sides' fits, row by row, and either side from its own second run.

    Attributes
    ----------
    by
        What differs: ``score``, ``labels`` alone, or nothing (empty).
    scores, largest
        Mean and largest difference between the two scores of a row.
    labels
        Share of the rows that the two label differently.
    own_scores, own_labels
        The same between two runs of one side's call, with all seeds as they are.
    run_again
        Fits of either side that were run a second time.
    decides
        Whether this difference is shared out among the settings, and not that of the metric.
    """

    by: str
    scores: float
    largest: float
    labels: float
    own_scores: tuple[float, float]
    own_labels: tuple[float, float]
    run_again: tuple[int, int]
    decides: bool = False

    @property
    def repeatable(self) -> bool:
        """Whether both calls gave the same scores and labels when they were run again."""
        # Predicted numbers have no labels; without scores no second run was compared.
        return all(v == 0 for v in self.own_scores) and not any(v > 0 for v in self.own_labels)

    @property
    def unit(self) -> str:
        """What is measured, for the axis of a figure."""
        return "labels (share of rows)" if self.by == LABELS else "scores (mean of a row)"


def row_distances(left: Records, right: Records, by: str) -> FloatArray:
    """Mean difference of two scores of a row, or share of rows with two labels; (R,), NaN without a fit."""
    return np.array([_row_distance(a, b, by) for a, b in zip(left, right, strict=True)])


def _row_distance(a: Record, b: Record, by: str) -> float:
    if by not in a.arrays or by not in b.arrays:
        return math.nan
    one, other = a.arrays[by], b.arrays[by]
    if by == LABELS:
        return float(np.mean(one != other))
    return _mean(np.abs(one - other))


def largest(left: Records, right: Records) -> float:
    """The largest difference between two scores of a row, over all fits; NaN without a fit of both."""
    each = [
        float(np.nanmax(np.abs(a.arrays[SCORES] - b.arrays[SCORES]), initial=0.0))
        for a, b in zip(left, right, strict=True)
        if SCORES in a.arrays and SCORES in b.arrays
    ]
    return max(each, default=math.nan)


def _mean(values: FloatArray) -> float:
    there = values[np.isfinite(values)]
    return float(there.mean()) if len(there) else math.nan


def second_run(fits: FitCache, side: Contestant) -> list[Record]:
    """The first fits of a side made once more; all of them where one of the first gave another answer."""
    number = min(TRIED, fits.experiment.draws)
    first, again = fits.records(side)[:number], fits.again().first(number).records(side)
    same = all(_alike(a, b) for a, b in zip(first, again, strict=True))
    return again if same else fits.again().records(side)


def _alike(a: Record, b: Record) -> bool:
    """Whether two fits give the same scores and labels, or neither gives any."""
    return all(
        (by in a.arrays) == (by in b.arrays) and not _row_distance(a, b, by) > 0 for by in (SCORES, LABELS)
    )


def compared(sides: tuple[Records, Records], again: tuple[Records, Records], floor: float) -> Paired:
    """Two sides' records beside each other, and each beside those of its second run.

    ``floor`` is the difference of two scores up to which they are the same.
    """
    most = largest(*sides)
    labels = _mean(row_distances(*sides, LABELS))
    own = [
        tuple(
            _mean(row_distances(first[: len(second)], second, by))
            for first, second in zip(sides, again, strict=True)
        )
        for by in (SCORES, LABELS)
    ]
    return Paired(
        by=SCORES if most > floor else LABELS if labels > 0 else "",
        scores=_mean(row_distances(*sides, SCORES)),
        largest=most,
        labels=labels,
        own_scores=(own[0][0], own[0][1]),
        own_labels=(own[1][0], own[1][1]),
        run_again=(len(again[0]), len(again[1])),
    )


def to_itself(first: Records, again: Records, by: str) -> list[float]:
    """Each fit's distance from its second run; 0 where the first few repeated themselves to the bit."""
    if len(again) < len(first):
        return [0.0] * len(first)
    return [float(v) for v in row_distances(first, again, by)]


def pinned(side: Contestant) -> dict[str, int]:
    """The seeds that a side is given, by their canonical names."""
    return {
        setting: value
        for setting, value in given(side).values()
        if is_seed(setting) and setting != "threads" and type(value) is int
    }


def reseeded(side: Contestant) -> Contestant | None:
    """The side with other values of the seeds that it is given; None where it is given none."""
    seeds = pinned(side)
    if not seeds:
        return None
    other = {name: seeds[setting] + 1009 for name, (setting, _) in given(side).items() if setting in seeds}
    return replace(
        side,
        name=f"{side.name}[other seeds]",
        settings={name: other.get(name, value) for name, value in side.settings.items()},
        native={name: other.get(name, value) for name, value in side.native.items()},
    )


def freed(side: Contestant) -> Contestant:
    """The side without the seeds that it is given: each replicate gives it one of its own."""
    seeds = pinned(side)
    names = {name for name, (setting, _) in given(side).items() if setting in seeds}
    if not names:
        return side
    return replace(
        side,
        name=f"{side.name}[free seeds]",
        settings={name: value for name, value in side.settings.items() if name not in names},
        native={name: value for name, value in side.native.items() if name not in names},
    )


def races(side: Contestant) -> bool:
    """Whether the order in which the threads of a model write decides its numbers, as it is called."""
    asked = [value for setting, value in given(side).values() if setting == RACING]
    return model(side.model).reproducible is not None and not any(asked)
