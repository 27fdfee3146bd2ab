"""Whether the referee's network is the frameworks' network: the same draws and seeds, side by side."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from crossframe.attribution.inference import Interval
from crossframe.comparison.record import Record
from crossframe.errors import UsageError
from crossframe.explaining.bench import Bench
from crossframe.explaining.hybrids import in_force
from crossframe.explaining.replicates import Replicates, measured
from crossframe.models.contestants import Contestant

EXACT = 1e-6
"""Largest difference between two probabilities that counts as the same computation."""


class Fit(enum.StrEnum):
    """How well the referee reproduces a side."""

    EXACT = "the same probabilities"
    INSIDE = "no difference beyond the draws' and seeds' own spread"
    DIFFERS = "differs"


@dataclass(frozen=True)
class Calibrated:
    """The referee against one side.

    Attributes
    ----------
    side
        The side, or the configuration of it that was compared.
    difference, interval
        Side less referee in the metric, paired.
    largest
        Largest difference between two scores of a row, in any replicate.
    fit
        See `Fit`.
    end
        Whether it is an end of the lattice: what is left here is outside of the shares.
    """

    side: str
    difference: float
    interval: Interval | None
    largest: float
    fit: Fit
    end: bool = True

    def within(self, size: float) -> bool:
        """Whether it cannot be told from 0, and is surely smaller than ``size``."""
        if self.fit is Fit.DIFFERS or self.interval is None:
            return False
        return max(map(abs, self.interval)) < size

    def to_dict(self) -> dict[str, Any]:
        """Ready for JSON."""
        return {**asdict(self), "fit": self.fit.name.lower(), "words": str(self.fit)}


def calibrate(
    bench: Bench,
    sides: Sequence[Contestant],
    referees: Sequence[Contestant],
    replicates: Replicates,
    metric: str,
) -> list[Calibrated]:
    """Each side against the referee's network with the side's settings.

    H2O with racing threads cannot be reproduced by anybody; beside it stands the same
    configuration with ``reproducible``, which the referee has to give to `EXACT`.
    """
    found = []
    for side, referee in zip(sides, referees, strict=True):
        found.append(_against(bench, side, referee, replicates, metric, side.name, end=True))
        if side.model == "h2o.mlp" and not in_force(bench, side).get("reproducible"):
            found += _exact_twin(bench, side, replicates, metric)
    return found


def _exact_twin(bench: Bench, side: Contestant, replicates: Replicates, metric: str) -> list[Calibrated]:
    from crossframe.explaining.network_referee import certified_network

    name = f"{side.name}[reproducible]"
    twin = replace(side, name=name, native={**side.native, "reproducible": True})
    try:
        referee = certified_network(in_force(bench, twin), f"the referee's network of {name}")
    except UsageError:
        return []
    bench.prepare([twin, referee])
    return [_against(bench, twin, referee, replicates, metric, f"{side.name} with reproducible=True")]


def _against(
    bench: Bench,
    side: Contestant,
    referee: Contestant,
    replicates: Replicates,
    metric: str,
    name: str,
    *,
    end: bool = False,
) -> Calibrated:
    own, other = bench.records(side), bench.records(referee)
    difference = measured(own, metric) - measured(other, metric)
    mean, interval = replicates.mean(difference)
    largest = max((_largest(a, b) for a, b in zip(own, other, strict=True)), default=float("nan"))
    if largest <= EXACT:
        fit = Fit.EXACT
    elif not np.nanmax(np.abs(difference)) or (interval is not None and interval[0] <= 0 <= interval[1]):
        fit = Fit.INSIDE
    else:
        fit = Fit.DIFFERS
    return Calibrated(name, mean, interval, largest, fit, end)


def _largest(a: Record, b: Record) -> float:
    if "score" not in a.arrays or "score" not in b.arrays:
        return float("nan")
    return float(np.nanmax(np.abs(a.arrays["score"] - b.arrays["score"])))
