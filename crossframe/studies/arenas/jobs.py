"""What the study ``arenas`` computes: accuracies of two linear models and two nets on digits and tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from crossframe.core.statistics import Interval, corrected_mean
from crossframe.core.types import FloatArray
from crossframe.data import DESIGNS, Dataset, Design, load
from crossframe.experiment.contestants import CONTESTANTS, Contestant
from crossframe.experiment.plan import Experiment
from crossframe.experiment.preparation import Preparation
from crossframe.experiment.record import Record
from crossframe.experiment.shards import independent_parts
from crossframe.studies.arenas import tables
from crossframe.studies.gather import accuracies
from crossframe.studies.lab import Lab

LOGISTIC, LEEKASSO = "sklearn.logistic", "leekasso.welch.liblinear"
MLP, CNN = "keras.mlp", "keras.cnn"
LINEAR, NETS = (LOGISTIC, LEEKASSO), (MLP, CNN)
TITLES = {LOGISTIC: "logistic regression", LEEKASSO: "ten features", MLP: "MLP", CNN: "CNN"}
"""Contestant -> its name on the page, in the order of its figures."""

PAIRS = tuple(combinations(range(10), 2))
"""All pairs of digits."""

DIGITS = (4, 9)
"""The pair that is looked at in depth."""

DRAWS: Mapping[str, Mapping[int, int]] = {
    "quick": {10: 3, 100: 3},
    "paper": {10: 10, 100: 5, 1000: 5},
}
"""Scale -> training images -> draws, for every pair of digits."""

DEPTH: Mapping[str, Mapping[int, int]] = {
    "quick": {10: 5, 30: 5, 100: 5},
    "paper": {10: 12, 20: 12, 50: 12, 100: 12, 200: 8, 500: 8, 1000: 8},
}
"""The same for `DIGITS`."""

TABLE: Mapping[str, tuple[tuple[int, ...], int]] = {
    "quick": ((10, 30, 100, 300), 10),
    "paper": ((10, 20, 30, 50, 100, 200, 300), 40),
}
"""Scale -> training rows and draws of the two tables."""

_UPDATES = 200
"""Updates that a CNN makes at least; more only by going through all rows ten times."""
_BATCH, _EPOCHS, _PASSES = 32, 200, 10
_TOGETHER = 5
"""Pairs whose images are in memory at the same time."""

_IMAGES, _ROWS = DESIGNS["leek"], DESIGNS["stratified"]

Pairs = Mapping[tuple[int, int], "Arena"]
"""Pair of digits -> what was measured on it."""


@dataclass(frozen=True)
class Arena:
    """Accuracies of the contestants on one data set.

    Attributes
    ----------
    title
        The data set in a sentence.
    overlap
        Training rows -> overlap of the draws, see `crossframe.data.designs.Design`.
    scores
        (contestant, training rows) -> accuracy per draw, NaN where a draw gave none; without those that
        did not take part.
    """

    title: str
    overlap: Mapping[int, float]
    scores: Mapping[tuple[str, int], FloatArray]

    @property
    def sizes(self) -> tuple[int, ...]:
        """Numbers of training rows, in ascending order."""
        return tuple(self.overlap)

    def at(self, n: int) -> list[str]:
        """The contestants with n training rows, by name."""
        return [name for name in TITLES if (name, n) in self.scores]

    def mean(self, name: str, n: int) -> Interval:
        """Mean accuracy over the draws."""
        return corrected_mean(self.scores[name, n], self.overlap[n])

    def at_most(self) -> str:
        """The mean accuracies at the largest n, in words."""
        n = max(self.sizes)
        shown = ", ".join(f"{TITLES[name]} {self.mean(name, n).value:.3f}" for name in self.at(n))
        return f"at n = {n:,} {shown}"

    def gap(self, left: str, right: str, n: int, *, level: float = 0.95) -> Interval:
        """Mean difference of two accuracies, left minus right, paired by draw."""
        return corrected_mean(self.scores[left, n] - self.scores[right, n], self.overlap[n], level=level)


def epochs(n: int) -> int:
    """Epochs of the CNN: 200 as published, but no more than 200 updates unless ten epochs make more.

    Its time is that of n times the epochs; see `published_epochs` for what the rest would add.
    """
    return min(_EPOCHS, max(_PASSES, -(-_UPDATES // -(-n // _BATCH))))


def every_pair(lab: Lab) -> dict[tuple[int, int], Arena]:
    """All 45 pairs of digits; images of `_TOGETHER` of them are in memory at the same time."""
    made: dict[tuple[int, int], Arena] = {}
    with independent_parts() as part:
        for first in range(0, len(PAIRS), _TOGETHER):
            pairs = PAIRS[first : first + _TOGETHER]
            lab.say(f"digits {', '.join(f'{a} v {b}' for a, b in pairs)}")
            images = [load("auto", data_dir=lab.data_dir, digits=pair) for pair in pairs]
            with part:
                arenas = _measured(lab, images, _IMAGES, DRAWS[lab.scale], Preparation())
                made.update(zip(pairs, arenas, strict=True))
    return made


def depth(lab: Lab) -> Arena:
    """The pair `DIGITS` at more sizes and with more draws."""
    lab.say(f"{DIGITS[0]} v {DIGITS[1]} in depth")
    data = load("auto", data_dir=lab.data_dir, digits=DIGITS)
    (arena,) = _measured(lab, [data], _IMAGES, DEPTH[lab.scale], Preparation())
    return arena


def published_epochs(lab: Lab, arena: Arena) -> Interval | None:
    """What the CNN's 200 epochs add to the accuracy that it has after `epochs`, on `DIGITS` at n = 100.

    ``arena`` is that of `depth`. None at the quick scale, and where the CNN did not take part.
    """
    n = 100
    if lab.scale == "quick" or CNN not in arena.at(n):
        return None
    lab.say(f"the CNN for {_EPOCHS} epochs")
    data, draws = load("auto", data_dir=lab.data_dir, digits=DIGITS), len(arena.scores[CNN, n])
    whole = Experiment(data, _IMAGES, (n,), draws, lab.seed, (CONTESTANTS[CNN],))
    longer = accuracies(lab.fits(whole), CNN, n, draws)
    return corrected_mean(longer - arena.scores[CNN, n], arena.overlap[n])


def both_tables(lab: Lab) -> tuple[Arena, Arena]:
    """The table with more columns than rows, and the plain one; columns are standardised for every model."""
    lab.say("two tables")
    sizes, draws = TABLE[lab.scale]
    standard = Preparation(standardize="sd_n")
    wide, plain = _measured(
        lab, [tables.wide(), tables.plain()], _ROWS, dict.fromkeys(sizes, draws), standard
    )
    return wide, plain


def _measured(
    lab: Lab, each: Sequence[Dataset], design: Design, draws: Mapping[int, int], rows: Preparation
) -> list[Arena]:
    """Every data set with every contestant that can take part in it; ``draws`` are by training rows."""
    sizes = [[n for n in draws if n <= design.pool_size(data)] for data in each]
    planned = [(data, n) for data, known in zip(each, sizes, strict=True) for n in known]
    experiments = [
        Experiment(data, design, (n,), draws[n], lab.seed, tuple(_contestants(data, n, rows)))
        for data, n in planned
    ]
    made = lab.all_fits(experiments)
    arenas = []
    for data, known in zip(each, sizes, strict=True):
        scores: dict[tuple[str, int], FloatArray] = {}
        for (other, n), records in zip(planned, made, strict=True):
            if other is data:
                scores.update(_accuracies(records, n, draws[n]))
        overlap = {n: design.overlap(data, n) for n in known}
        arenas.append(Arena(data.source, overlap, scores))
    return arenas


def _accuracies(
    records: Mapping[tuple[str, int, int], Record], n: int, draws: int
) -> Iterator[tuple[tuple[str, int], FloatArray]]:
    for name in TITLES:
        scores = accuracies(records, name, n, draws)
        if not np.isnan(scores).all():
            yield (name, n), scores


def _contestants(data: Dataset, n: int, preparation: Preparation) -> Iterator[Contestant]:
    """Those of `TITLES` that can take part, the CNN for `epochs`."""
    for name in TITLES:
        base = CONTESTANTS[name]
        if base.images_only and data.image_shape is None:
            continue
        native = {**base.native, "epochs": epochs(n)} if name == CNN else base.native
        yield replace(base, native=native, preparation=preparation)
