"""The explanation of a pair: verdict, causes, recipes, and what is left."""

from __future__ import annotations

import enum
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from crossframe.attribution.measures import digits_of_gap
from crossframe.diagnosing.floor import UNIT
from crossframe.engines.base import Value
from crossframe.errors import ExitCode
from crossframe.explaining.diagnoses import Diagnosis, separated
from crossframe.explaining.endings import Shortfall
from crossframe.explaining.linear import FLOOR, Direction
from crossframe.explaining.path import Path
from crossframe.explaining.sides import Outcome

SCHEMA = 1
PARTLY = 0.9
"""Share of the gap that has to be closed for it to be partly explained."""
ACCOUNTS = 0.5
"""Share of a gap above which a solver's distance from its own optimum accounts for it."""
ROUNDINGS = 10.0
"""Multiple of the predicted rounding error up to which the rest of a gap is put down to it."""
HELPS = 0.1
"""Share of that distance that may be left for a setting of the solver to count as a help."""


class Verdict(enum.StrEnum):
    """What is said of the pair in one word."""

    AGREE = "agree"
    EXPLAINED = "explained"
    PARTLY = "partly_explained"
    IMPLEMENTATION = "implementation"
    NO_UNIQUE_OPTIMUM = "no_unique_optimum"
    NOT_CONVERGED = "not_converged"
    NOISE = "noise"
    UNEXPLAINED = "unexplained"

    @property
    def exit_code(self) -> ExitCode:
        """0 where the difference is accounted for, by a cause or by a certificate that there is no answer."""
        settled = (Verdict.AGREE, Verdict.NOISE, Verdict.EXPLAINED, Verdict.NO_UNIQUE_OPTIMUM)
        return ExitCode.OK if self in settled else ExitCode.DIFFERS


@dataclass(frozen=True)
class Explanation:
    """Why two linear fits of one table differ.

    Attributes
    ----------
    left, right
        The sides as they were asked for.
    data
        What they were fitted on.
    from_left, from_right
        Each side brought to the other's answer.
    diagnoses
        In the order in which they were made.
    time
        Seconds: ``total``, and of it ``fits`` and, within these, ``engine_start``.
    memory
        Bytes by engine, the largest resident size of its processes; ``crossframe`` is this process.
    outcomes
        How the left and the right side's own fit ended.
    paths
        Where their solvers went; empty unless asked for.
    shortfalls
        How far either side stops from its own optimum; None where the referee cannot tell.
    """

    left: str
    right: str
    data: Mapping[str, Any]
    from_left: Direction
    from_right: Direction
    diagnoses: tuple[Diagnosis, ...]
    time: Mapping[str, float] = field(default_factory=dict)
    memory: Mapping[str, int] = field(default_factory=dict)
    outcomes: tuple[Outcome, ...] = ()
    paths: tuple[Path | None, ...] = ()
    shortfalls: tuple[Shortfall | None, ...] = ()

    @property
    def endless(self) -> frozenset[str]:
        """Sides without a finite optimum: ``left``, ``right``."""
        return separated(self.diagnoses)

    @property
    def gap(self) -> float:
        """Largest difference between two scores of a row."""
        return self.from_left.attribution.before

    @property
    def best(self) -> Direction:
        """The direction that closes, rather by the framework than by the referee; else the nearer.

        Where one side has no finite optimum, the direction to the other: it alone has an end.
        """
        endless = {"left": self.from_right, "right": self.from_left}
        nowhere = [endless[side] for side in self.endless]

        def order(d: Direction) -> tuple[bool, bool, bool, float]:
            return (
                any(d is other for other in nowhere),
                not d.closing.closed,
                d.model == "reference.optimum",
                d.closing.gap,
            )

        return min((self.from_left, self.from_right), key=order)

    @property
    def named(self) -> frozenset[str]:
        """Settings that are held to be the causes: those with a share, and those that closing takes.

        The shares of a switch in different contexts may cancel each other.
        """
        if self.gap <= FLOOR:
            return frozenset()
        best = self.best
        needed = best.closing.settings if best.closing.closed else ()
        return frozenset([*(s.setting for s in best.attribution.causes), *needed])

    @property
    def verdict(self) -> Verdict:
        """See `Verdict`."""
        if self.gap <= FLOOR:
            return Verdict.AGREE
        # What the right side prints has no limit that the left side could be brought to.
        if "right" in self.endless:
            return Verdict.NO_UNIQUE_OPTIMUM
        closing = self.best.closing
        if closing.closed:
            stopped = all(
                name.startswith(("solver.tolerance", "solver.algorithm")) for name in closing.settings
            )
            return Verdict.NOT_CONVERGED if stopped else Verdict.EXPLAINED
        if short := self._short(self.gap):
            return short
        if closing.gap <= (1 - PARTLY) * self.gap:
            return Verdict.PARTLY
        return self._short(closing.gap) or Verdict.UNEXPLAINED

    def _short(self, gap: float) -> Verdict | None:
        """What is said where a side's distance from its own optimum accounts for ``gap``.

        `NOT_CONVERGED` where a setting of its solver takes most of that distance away,
        `IMPLEMENTATION` where none does.
        """
        known = [s for s in self.shortfalls if s is not None]
        worst = max(known, key=lambda s: s.gap, default=None)
        if worst is None or not worst.gap >= ACCOUNTS * gap:
            return None
        helped = worst.least <= max(HELPS * worst.gap, FLOOR)
        return Verdict.NOT_CONVERGED if helped else Verdict.IMPLEMENTATION

    def to_dict(self) -> dict[str, Any]:
        """Schema 1; the names of the settings are the canonical ones."""
        best = self.best
        told = best.attribution.to_dict()
        return {
            "schema": SCHEMA,
            "verdict": str(self.verdict),
            "left": self.left,
            "right": self.right,
            "data": dict(self.data),
            "gap": {"largest_difference": self.gap, "left_after": best.closing.gap},
            "digits_before": digits_of_gap(self.gap),
            "digits_after": digits_of_gap(best.closing.gap),
            "causes": told["causes"],
            "inert": told["inert"],
            "interactions": told["interactions"],
            "diagnoses": [asdict(d) for d in self.diagnoses],
            "recipe": {
                "left": _recipe(self.from_left),
                "right": _recipe(self.from_right),
            },
            "residual": {
                "gap": best.closing.gap,
                "name": self.residual,
                "rounding": self.rounding,
                "distance_from_the_optimum": None if math.isnan(best.distance) else best.distance,
            },
            "outcomes": [o.to_dict() for o in self.outcomes],
            "shortfalls": [None if s is None else asdict(s) for s in self.shortfalls],
            "time": dict(self.time),
            "memory": dict(self.memory),
            "directions": [_direction(d) for d in (self.from_left, self.from_right)],
        }

    @property
    def residual(self) -> str:
        """What the rest of the gap is."""
        left = self.best.closing.gap
        if left <= min(ROUNDINGS * self.rounding, FLOOR):
            return "rounding"
        if self.best.closing.closed:
            return "tolerance" if self.best.distance >= ACCOUNTS * left else "unexplained"
        if self.verdict is Verdict.NO_UNIQUE_OPTIMUM:
            return "no unique optimum"
        least = sum(s.least for s in self.shortfalls if s is not None)
        return "tolerance" if least >= ACCOUNTS * left else "unexplained"

    @property
    def rounding(self) -> float:
        """Relative error that rounding alone makes, by the condition number of the worse side's problem."""
        told = [d.certificate.get("digits_by_rounding") for d in self.diagnoses]
        return max((10.0 ** -float(digits) for digits in told if digits is not None), default=UNIT)


def spelled(arguments: Mapping[str, Value]) -> dict[str, Value]:
    """Arguments for JSON, which has no infinity."""
    return {k: str(v) if isinstance(v, float) and math.isinf(v) else v for k, v in arguments.items()}


def _recipe(d: Direction) -> dict[str, Any]:
    return {
        "closes": d.closing.closed,
        "model": d.model,
        "arguments": spelled(d.recipe),
        "other_side": spelled(d.other),
        "digits": digits_of_gap(d.closing.gap),
        "coefficient_distance": None if math.isnan(d.coefficients) else d.coefficients,
    }


def _direction(d: Direction) -> dict[str, Any]:
    return {
        "side": d.side,
        "attribution": d.attribution.to_dict(),
        "closing": d.closing.to_dict(),
        "computed_by_the_referee": list(d.by_referee),
        "cannot_be_switched": dict(d.cannot),
    }
