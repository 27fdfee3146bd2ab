"""The closing switches made in the frameworks themselves, and what is left of the gap there."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from crossframe.attribution.game import FloatArray, Subset
from crossframe.attribution.inference import Interval, Values
from crossframe.attribution.measures import digits_of_agreement
from crossframe.engines.base import Value
from crossframe.errors import UsageError
from crossframe.explaining.bench import Bench
from crossframe.explaining.bundles import Bundle
from crossframe.explaining.hybrids import Force, Maker, Referee, expressed
from crossframe.explaining.replicates import Replicates, measured
from crossframe.models.contestants import Contestant
from crossframe.settings import to_native

CLOSED = 0.9
"""Part of the gap that has to be closed."""
HALF = 0.5
"""Part of the gap that is closed at least, by the interval, where it is said to be closed."""

Pair = tuple[Contestant, Contestant]


@dataclass(frozen=True)
class Changed:
    """One side in its own framework, with what was switched in it.

    ``arguments`` are in the framework's own spelling; ``threshold`` is the label's, where it was set.
    """

    model: str
    switched: tuple[str, ...]
    arguments: Mapping[str, Value]
    threshold: float | str | None
    selection: str | None


@dataclass(frozen=True)
class Trial:
    """Two sides made alike in the closing settings, and the gap that is left between them.

    Attributes
    ----------
    missing
        Settings of the closing set that neither framework can express as the other has them.
    lacking
        Parts of a bundle that the framework has no word for, while it has one for the bundle.
    gap, interval
        What is left, left less right, paired over the draws.
    part, part_interval
        Share of the gap that is closed; the interval is Fieller's.
    exact
        The two are alike to the last bit of the metric on every draw.
    digits
        Median over the fits of the digits in which the scores agree.
    """

    left: Changed
    right: Changed
    missing: tuple[str, ...]
    lacking: tuple[str, ...]
    gap: float
    interval: Interval | None
    part: float
    part_interval: Interval | None
    exact: bool
    digits: float

    @property
    def closes(self) -> bool:
        """Whether at least `CLOSED` of the gap is closed, in size, and by its interval at least `HALF`."""
        near = abs(1 - self.part) <= 1 - CLOSED + 1e-12
        return self.exact or (near and self.at_least(HALF))

    def at_least(self, part: float) -> bool:
        """Whether the interval of the closed part begins at ``part`` or above."""
        return self.part_interval is not None and self.part_interval[0] >= part

    @property
    def in_noise(self) -> bool:
        """Whether what is left cannot be told from 0."""
        return self.gap == 0 or (self.interval is not None and self.interval[0] <= 0 <= self.interval[1])

    def to_dict(self) -> dict[str, Any]:
        """Ready for JSON."""
        return {**asdict(self), "closes": self.closes, "inside_noise": self.in_noise}


@dataclass(frozen=True)
class Verification:
    """What was tried in the frameworks: the trial that leaves least comes first."""

    trials: tuple[Trial, ...]

    @property
    def best(self) -> Trial:
        """The first one."""
        return self.trials[0]


def verify(
    bench: Bench,
    sides: Pair,
    forces: tuple[Force, Force],
    maker: Maker,
    sets: Sequence[Subset],
    replicates: Replicates,
    metric: str,
) -> Verification | None:
    """Make each of these ``sets`` of switches in the frameworks; None where none of them can.

    ``bench`` has other draws than those by which the sets were chosen: on the same ones the set that
    closes most by accident would look best.

    Where a framework made the hybrids it is run again as it is. Otherwise each switch is made
    on the left side or, where that cannot express it, on the right one, and the other way round.
    """
    pairs = []
    for chosen in filter(None, dict.fromkeys(sets)):
        if isinstance(maker, Referee):
            pairs += _expressed(sides, forces, maker.bundles, chosen)
        else:
            pairs += _hybrids(sides, maker, chosen)
    trials = []
    bench.prepare([side for pair, *_ in pairs for side in (*pair, *sides)])
    values = [measured(bench.records(side), metric) for side in sides] if pairs else []
    for (left, right), switched, missing, lacking in pairs:
        difference = values[0] - values[1]
        trial = _tried(bench, (left, right), switched, missing, lacking, replicates, metric, difference)
        if math.isfinite(trial.gap):
            trials.append(trial)
    trials.sort(key=lambda t: (not (t.closes and not t.missing), abs(t.gap)))
    return Verification(tuple(trials)) if trials else None


_Plan = tuple[Pair, tuple[tuple[str, ...], tuple[str, ...]], tuple[str, ...], tuple[str, ...]]


def _hybrids(sides: Pair, maker: Maker, chosen: Subset) -> list[_Plan]:
    """The hybrids that frameworks made: the left side with these switches, the right one without.

    Of two different models one with everything switched is the other one: that proves nothing.
    """
    names = tuple(b.name for b in maker.bundles if b.name in chosen)
    left = maker.hybrid(chosen)
    right = maker.hybrid(frozenset(b.name for b in maker.bundles) - chosen)
    found: list[_Plan] = []
    one = sides[0].model == sides[1].model
    if (one or left is not sides[1]) and (left.engine != "reference" or sides[0].engine == "reference"):
        found.append(((left, sides[1]), (names, ()), (), ()))
    if (one or right is not sides[0]) and (right.engine != "reference" or sides[1].engine == "reference"):
        found.append(((sides[0], right), ((), names), (), ()))
    return found


def can(sides: Pair, forces: tuple[Force, Force], bundle: Bundle) -> bool:
    """Whether a framework has the other one's words for a bundle."""
    for which in (0, 1):
        try:
            expressed(sides[which], which, forces, bundle)
        except UsageError:
            continue
        return True
    return False


def _expressed(
    sides: Pair, forces: tuple[Force, Force], bundles: Iterable[Bundle], chosen: Subset
) -> list[_Plan]:
    """Each switch on the left where it can be, else on the right; and on the right first."""
    found: dict[tuple[Any, ...], _Plan] = {}
    for first in (0, 1):
        made, missing, lacking = list(sides), list[str](), list[str]()
        switched = (list[str](), list[str]())
        for bundle in bundles:
            if bundle.name not in chosen:
                continue
            for which in (first, 1 - first):
                try:
                    made[which], without = expressed(made[which], which, forces, bundle)
                except UsageError:
                    continue
                switched[which].append(bundle.name)
                lacking += without
                break
            else:
                missing.append(bundle.name)
        if not (switched[0] or switched[1]):
            continue
        pair = tuple(
            replace(m, name=f"{side.name} with {'+'.join(names)} of the other") if names else side
            for m, side, names in zip(made, sides, switched, strict=True)
        )
        names = (tuple(switched[0]), tuple(switched[1]))
        found[names] = ((pair[0], pair[1]), names, tuple(missing), tuple(lacking))
    return list(found.values())


def _tried(
    bench: Bench,
    pair: Pair,
    switched: tuple[tuple[str, ...], tuple[str, ...]],
    missing: tuple[str, ...],
    lacking: tuple[str, ...],
    replicates: Replicates,
    metric: str,
    difference: FloatArray,
) -> Trial:
    records = [bench.records(side) for side in pair]
    rest = measured(records[0], metric) - measured(records[1], metric)
    both = np.isfinite(rest) & np.isfinite(difference)
    rest = np.where(both, rest, np.nan)
    before = np.where(both, difference, np.nan)
    gap, interval = replicates.mean(rest)
    whole = replicates.by_draw(before)
    closed = Values(replicates.by_draw(before - rest))
    size = float(whole.mean()) if len(whole) else math.nan
    digits = [
        digits_of_agreement(a.arrays["score"], b.arrays["score"])
        for a, b in zip(*records, strict=True)
        if "score" in a.arrays and "score" in b.arrays
    ]
    n = bench.experiment.sizes[0]
    return Trial(
        left=_changed(pair[0], switched[0], n),
        right=_changed(pair[1], switched[1], n),
        missing=missing,
        lacking=lacking,
        gap=gap,
        interval=interval,
        part=closed.mean / size if size else math.nan,
        part_interval=replicates.rule.ratio(closed, whole) if size else None,
        exact=bool(both.any()) and not np.nanmax(np.abs(rest)),
        digits=float(np.median(digits)) if digits else math.nan,
    )


def _changed(side: Contestant, switched: tuple[str, ...], n: int) -> Changed:
    selection = side.selection
    return Changed(
        side.model,
        switched,
        to_native(side.model, side.settings, side.native, n),
        side.threshold,
        f"{selection.statistic}, {selection.count} features" if selection else None,
    )
