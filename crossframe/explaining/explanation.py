"""The explanation of a pair: verdict, causes, recipes, and what is left."""

from __future__ import annotations

import enum
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from crossframe.attribution.measures import digits_of_gap
from crossframe.errors import ExitCode
from crossframe.explaining.diagnoses import Diagnosis
from crossframe.explaining.linear import FLOOR, Direction

SCHEMA = 1
PARTLY = 0.9
"""Share of the gap that has to be closed for it to be partly explained."""
CONVERGED_DIGITS = 4.0
"""Digits from its own optimum below which a side has not converged."""


class Verdict(enum.StrEnum):
    """What is said of the pair in one word."""

    AGREE = "agree"
    EXPLAINED = "explained"
    PARTLY = "partly_explained"
    NO_UNIQUE_OPTIMUM = "no_unique_optimum"
    NOT_CONVERGED = "not_converged"
    UNEXPLAINED = "unexplained"

    @property
    def exit_code(self) -> ExitCode:
        """0 where the difference is accounted for, by a cause or by a certificate that there is no answer."""
        settled = (Verdict.AGREE, Verdict.EXPLAINED, Verdict.NO_UNIQUE_OPTIMUM)
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
    """

    left: str
    right: str
    data: Mapping[str, Any]
    from_left: Direction
    from_right: Direction
    diagnoses: tuple[Diagnosis, ...]

    @property
    def gap(self) -> float:
        """Largest difference between two scores of a row."""
        return self.from_left.attribution.before

    @property
    def best(self) -> Direction:
        """The direction that closes more."""
        return min((self.from_left, self.from_right), key=lambda d: (not d.closing.closed, d.closing.gap))

    @property
    def verdict(self) -> Verdict:
        """See `Verdict`."""
        if self.gap <= FLOOR:
            return Verdict.AGREE
        if any(d.kind == "separation" and d.side == "both" for d in self.diagnoses):
            return Verdict.NO_UNIQUE_OPTIMUM
        if self.best.closing.closed:
            return Verdict.EXPLAINED
        digits = [d.certificate.get("digits", math.inf) for d in self.diagnoses if d.kind == "stationarity"]
        if min(digits, default=math.inf) < CONVERGED_DIGITS:
            return Verdict.NOT_CONVERGED
        return Verdict.PARTLY if self.best.closing.gap <= (1 - PARTLY) * self.gap else Verdict.UNEXPLAINED

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
            "residual": {"gap": best.closing.gap, "name": self.residual},
            "directions": [_direction(d) for d in (self.from_left, self.from_right)],
        }

    @property
    def residual(self) -> str:
        """What the rest of the gap is."""
        if self.best.closing.gap <= FLOOR:
            return "rounding"
        if self.verdict is Verdict.NO_UNIQUE_OPTIMUM:
            return "no unique optimum"
        return "tolerance" if self.best.closing.gap <= 1e-4 else "unexplained"


def _recipe(d: Direction) -> dict[str, Any]:
    return {
        "closes": d.closing.closed,
        "model": d.model,
        "arguments": dict(d.recipe),
        "other_side": dict(d.other),
        "digits": digits_of_gap(d.closing.gap),
    }


def _direction(d: Direction) -> dict[str, Any]:
    return {
        "side": d.side,
        "attribution": d.attribution.to_dict(),
        "closing": d.closing.to_dict(),
        "computed_by_the_referee": list(d.by_referee),
        "cannot_be_switched": dict(d.cannot),
    }
