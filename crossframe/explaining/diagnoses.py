"""What can be said of two linear fits before any setting is switched, each with its certificate."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from crossframe.diagnosing.floor import rounding_floor
from crossframe.diagnosing.rank import rank
from crossframe.diagnosing.recovery import recover
from crossframe.diagnosing.separation import Kind, separation, verify
from crossframe.diagnosing.stationarity import stationarity
from crossframe.engines.base import FloatArray, Target, Value
from crossframe.errors import UsageError
from crossframe.explaining.switches import certified
from crossframe.referee.problem import Problem, SolutionStatus
from crossframe.settings import to_native
from crossframe.settings.reference import DEFAULTS

CHECKED_ROWS = 3000
"""Rows up to which a certificate is checked once more in fractions; beyond, that takes minutes."""


@dataclass(frozen=True)
class Diagnosis:
    """One finding.

    Attributes
    ----------
    kind
        ``separation``, ``rank``, ``stationarity``, ``objective``, ``rounding``.
    side
        ``left``, ``right``, ``both`` or ``data``.
    words
        The finding in a sentence.
    certificate
        Numbers that anybody can check it by.
    """

    kind: str
    side: str
    words: str
    certificate: Mapping[str, Any] = field(default_factory=dict)


def problem(in_force: Mapping[str, Value], X: FloatArray, y: Target) -> Problem:
    """The objective that canonical settings describe; `UsageError` for what the referee lacks."""
    c = certified(in_force, "problem")
    native = DEFAULTS["reference.optimum"] | to_native(c.model, c.settings, c.native, len(y))
    return Problem(X, y.astype(np.float64), **native)  # type: ignore[arg-type]


def of_data(X: FloatArray, y: Target, names: tuple[str, ...], *, unpenalised: str) -> list[Diagnosis]:
    """Separation, where ``unpenalised`` names a side (or ``both``) without a penalty, and rank."""
    found = []
    if unpenalised:
        t = y.astype(np.float64)
        proof = separation(X, t)
        if proof.kind in (Kind.COMPLETE, Kind.QUASI_COMPLETE):
            start, direction = proof.floats()
            checked = verify(proof, X, t) if len(y) <= CHECKED_ROWS else None
            terms = {name: value for name, value in zip(names, direction.tolist(), strict=True) if value}
            found.append(
                Diagnosis(
                    "separation",
                    unpenalised,
                    f"{proof.kind.value}: in {proof.strict} of {proof.rows} rows; along this direction the "
                    "likelihood grows without end, and so do the coefficients, with every iteration",
                    {"intercept": start, "direction": terms, "strict_rows": proof.strict, "rows": proof.rows,
                     "verified_in_exact_arithmetic": checked},
                )
            )  # fmt: skip
    columns = rank(X)
    if columns.aliased:
        aliased = [names[j] for j in columns.aliased]
        words = f"rank {columns.rank} of {columns.columns}: other columns determine {', '.join(aliased[:8])}"
        found.append(Diagnosis("rank", "data", words, {"rank": columns.rank, "aliased": aliased}))
    return found


def of_side(
    side: str, in_force: Mapping[str, Value], X: FloatArray, y: Target, coefficients: FloatArray
) -> list[Diagnosis]:
    """How near a side is to the optimum of its own objective, and what it is stationary for."""
    start, slopes = float(coefficients[0]), coefficients[1:]
    found = []
    try:
        own = problem(in_force, X, y)
    except (UsageError, ValueError) as error:
        return [Diagnosis("stationarity", side, f"its objective is not the referee's to judge: {error}")]
    near = stationarity(own, start, slopes)
    if near.optimum.status is SolutionStatus.CERTIFIED or math.isfinite(near.distance):
        floor = rounding_floor(own, near.optimum)
        found.append(
            Diagnosis(
                "stationarity",
                side,
                f"{near.digits:.1f} digits from the certified optimum of its own objective; the gradient "
                f"there is {near.largest:.1e}",
                {"gradient": near.largest, "relative_gradient": near.relative, "distance": near.distance,
                 "digits": near.digits, "certified_digits": near.optimum.digits,
                 "digits_by_rounding": floor.orthogonal, "condition": floor.condition},
            )
        )  # fmt: skip
    else:
        words = (
            f"its own objective has no unique optimum ({near.optimum.reason}); gradient {near.largest:.1e}"
        )
        found.append(
            Diagnosis("stationarity", side, words, {"gradient": near.largest, "reason": near.optimum.reason})
        )
    declared = [
        v for name in ("penalty.l2", "penalty.l1") if isinstance(v := in_force.get(name), float) and v
    ]
    seen = recover(X, y.astype(np.float64), own.link, start, slopes, declared)
    found.append(
        Diagnosis("objective", side, f"by its coefficients it minimises: {seen}", {"in_words": str(seen)})
    )
    return found
