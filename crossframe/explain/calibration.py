"""Whether the reference trainer reproduces the frameworks' networks, on the same draws and seeds."""

from __future__ import annotations

import enum
import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from crossframe.core.errors import UsageError
from crossframe.core.types import FloatArray, Value
from crossframe.experiment.contestants import Contestant
from crossframe.experiment.fits import FitCache
from crossframe.experiment.record import Record
from crossframe.explain.attribution.inference import Interval
from crossframe.explain.bundles import RACING
from crossframe.explain.hybrids import Sides
from crossframe.explain.outcomes import effective_settings
from crossframe.explain.reference_network import reference_network
from crossframe.explain.replicates import Replicates
from crossframe.frameworks.registry import model

EXACT = 1e-6
"""Largest difference between two probabilities that counts as the same computation."""


class Reproduction(enum.StrEnum):
    """How well the reference trainer reproduces a side."""

    EXACT = "the same probabilities"
    INSIDE = "no difference beyond the draws' and seeds' own spread"
    DIFFERS = "differs"


@dataclass(frozen=True)
class Calibrated:
    """The reference trainer against one side.

    Attributes
    ----------
    side
        The side, or the configuration of it that was compared.
    difference, interval
        Side minus reference trainer in what is compared, paired.
    largest
        Largest difference between two scores of a row, in any replicate.
    fit
        See `Reproduction`.
    end
        Whether it is an end of the lattice: what is left here is in no share.
    """

    side: str
    difference: float
    interval: Interval | None
    largest: float
    fit: Reproduction
    end: bool = True

    def within(self, size: float) -> bool:
        """Whether the difference is not distinguishable from 0, and its interval lies within +-``size``."""
        if self.fit is Reproduction.DIFFERS or self.interval is None:
            return False
        return max(map(abs, self.interval)) < size

    def to_dict(self) -> dict[str, Any]:
        """The comparison as plain JSON values; ``words`` is the finding as a phrase."""
        return {**asdict(self), "fit": self.fit.name.lower(), "words": str(self.fit)}


def calibrate(
    fits: FitCache,
    sides: Sequence[Contestant],
    references: Sequence[Contestant],
    replicates: Replicates,
    between: Callable[[FitCache, Sides], FloatArray],
) -> list[Calibrated]:
    """Each side against the reference trainer's network with its settings, which ``references`` has.

    Compared are the means over ``replicates`` of what two models differ ``between`` them. A side with racing
    threads cannot be reproduced; a second row has the same configuration without the race, which the
    reference trainer has to reproduce to `EXACT`.
    """
    rows = []
    for side, reference in zip(sides, references, strict=True):
        rows.append(_against(fits, side, reference, replicates, between, side.name, end=True))
        switch = model(side.model).reproducible
        if switch and not effective_settings(fits, side).get(RACING):
            rows += _exact_twin(fits, side, switch, replicates, between)
    return rows


def _exact_twin(
    fits: FitCache,
    side: Contestant,
    switch: tuple[str, Value],
    replicates: Replicates,
    between: Callable[[FitCache, Sides], FloatArray],
) -> list[Calibrated]:
    """The comparison without the race; ``switch`` is the parameter that ends it, with its value."""
    name = f"{side.name}[{switch[0]}]"
    twin = replace(side, name=name, native={**side.native, switch[0]: switch[1]})
    try:
        reference = reference_network(effective_settings(fits, twin), f"reference network of {name}")
    except UsageError:
        return []
    fits.prepare([twin, reference])
    return [_against(fits, twin, reference, replicates, between, f"{side.name} with {switch[0]}={switch[1]}")]


def _against(
    fits: FitCache,
    side: Contestant,
    reference: Contestant,
    replicates: Replicates,
    between: Callable[[FitCache, Sides], FloatArray],
    name: str,
    *,
    end: bool = False,
) -> Calibrated:
    own, other = fits.records(side), fits.records(reference)
    difference = between(fits, (side, reference))
    mean, interval = replicates.mean(difference)
    fitted = [pair for pair in zip(own, other, strict=True) if any(r.fields["usable"] for r in pair)]
    # What only one of the two fits is no agreement: NaN, wherever it stands.
    largest = float(np.max([_largest(a, b) for a, b in fitted])) if fitted else math.nan
    if largest <= EXACT:
        fit = Reproduction.EXACT
    elif not np.nanmax(np.abs(difference)) or (interval is not None and interval[0] <= 0 <= interval[1]):
        fit = Reproduction.INSIDE
    else:
        fit = Reproduction.DIFFERS
    return Calibrated(name, mean, interval, largest, fit, end)


def _largest(a: Record, b: Record) -> float:
    if "score" not in a.arrays or "score" not in b.arrays:
        return float("nan")
    return float(np.nanmax(np.abs(a.arrays["score"] - b.arrays["score"])))
