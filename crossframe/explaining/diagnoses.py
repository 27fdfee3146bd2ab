"""What can be said of two linear fits before any setting is switched, each with its certificate."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from crossframe.diagnosing.floor import rounding_floor
from crossframe.diagnosing.rank import rank
from crossframe.diagnosing.recovery import agrees, recover, shortfall
from crossframe.diagnosing.separation import Kind, separation, verify
from crossframe.diagnosing.stationarity import stationarity
from crossframe.engines.base import FloatArray, Target, Value
from crossframe.errors import UsageError
from crossframe.explaining.switches import centred, certified
from crossframe.referee.problem import Problem, SolutionStatus
from crossframe.settings import to_native
from crossframe.settings.reference import DEFAULTS

CHECKED_ROWS = 3000
"""Rows up to which a certificate is checked once more in fractions; beyond, that takes minutes."""
TERMS = 4
"""Terms of a separating direction that are put in words; the certificate has all of them."""


_AGREES = {
    True: "that is what the framework says",
    False: "that is not what the framework says",
    None: "whether that is what the framework says cannot be told from the coefficients",
}


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


def separated(found: Iterable[Diagnosis]) -> frozenset[str]:
    """Sides without a finite optimum: ``left``, ``right``."""
    named = {d.side for d in found if d.kind == "separation"}
    return frozenset({"left", "right"} if "both" in named else named)


def problem(in_force: Mapping[str, Value], X: FloatArray, y: Target) -> Problem:
    """The objective that canonical settings describe; `UsageError` for what the referee lacks."""
    c = certified(in_force, "problem")
    native = DEFAULTS["reference.optimum"] | to_native(c.model, c.settings, c.native, len(y))
    return Problem(X, y.astype(np.float64), **native)  # type: ignore[arg-type]


def of_data(
    X: FloatArray, y: Target, names: tuple[str, ...], forces: tuple[Mapping[str, Value], Mapping[str, Value]]
) -> list[Diagnosis]:
    """Rank, and separation for each side without a penalty, judged by the intercept that it has.

    ``forces`` are the canonical settings in force on the left and the right side.
    """
    judged = {
        label: _form(told) for label, told in zip(("left", "right"), forces, strict=True) if _endless(told)
    }
    found = []
    for form in dict.fromkeys(judged.values()):
        sides = [label for label, own in judged.items() if own == form]
        found += _separated(X, y, names, sides[0] if len(sides) == 1 else "both", *form)
    columns = rank(X)
    if columns.aliased:
        aliased = [names[j] for j in columns.aliased]
        words = f"rank {columns.rank} of {columns.columns}: other columns determine {', '.join(aliased[:8])}"
        found.append(Diagnosis("rank", "data", words, {"rank": columns.rank, "aliased": aliased}))
    return found


def _endless(told: Mapping[str, Value]) -> bool:
    """Whether a logistic model has nothing that keeps its coefficients finite."""
    return not (told.get("penalty.l2") or told.get("penalty.l1")) and told.get("link") == "logit"


def _form(told: Mapping[str, Value]) -> tuple[bool, bool]:
    """Whether it has an intercept, and whether it centres the features without one, as H2O does."""
    started = told.get("intercept", True) is True
    return started, not started and str(told.get("features.standardize")).startswith("sd") and centred(told)


def _separated(
    X: FloatArray, y: Target, names: tuple[str, ...], side: str, intercept: bool, centre: bool
) -> list[Diagnosis]:
    """The proof that ``side`` has no finite optimum; empty where the classes overlap."""
    t, rows = y.astype(np.float64), X - X.mean(axis=0) if centre else X
    proof = separation(rows, t, intercept)
    if proof.kind not in (Kind.COMPLETE, Kind.QUASI_COMPLETE):
        return []
    start, direction = proof.floats()
    checked = verify(proof, rows, t, intercept) if len(y) <= CHECKED_ROWS else None
    terms = {name: value for name, value in zip(names, direction.tolist(), strict=True) if value}
    words = (
        f"{proof.kind.value}: in {proof.strict} of {proof.rows} rows; along "
        f"{_linear(start, terms, 'centred ' * centre)} the likelihood grows without end, and so do the "
        "coefficients, with every iteration"
    )
    return [
        Diagnosis(
            "separation", side, words,
            {"intercept": start, "direction": terms, "centred": centre, "strict_rows": proof.strict,
             "rows": proof.rows, "verified_in_exact_arithmetic": checked},
        )
    ]  # fmt: skip


def _linear(start: float, terms: Mapping[str, float], what: str) -> str:
    """A direction in a line: its largest terms, signs in front."""
    largest = sorted(terms.items(), key=lambda term: -abs(term[1]))
    told = [f"{value:+.3g} {what}{name}" for name, value in largest[:TERMS]]
    told = [f"{start:+.3g}", *told] if start else told
    more = len(largest) - TERMS
    return " ".join(told).removeprefix("+") + (f" (and {more} smaller terms)" if more > 0 else "")


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
    noise = shortfall(own, start, slopes)
    seen = recover(X, y.astype(np.float64), own.link, start, slopes, declared, noise)
    agree = agrees(seen, own)
    words = f"by its coefficients it minimises: {seen}; {_AGREES[agree]}"
    told = {"in_words": str(seen), "agrees": agree, "alternatives": [str(c) for c in seen.alternatives]}
    found.append(Diagnosis("objective", side, words, told))
    return found
