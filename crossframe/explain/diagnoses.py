"""Diagnoses of two linear fits, each with its certificate, made before any setting is switched."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from crossframe.core.errors import UsageError
from crossframe.core.text import agreement
from crossframe.core.types import FloatArray, Target, Value
from crossframe.explain.switches import centred, free, reference_optimum
from crossframe.frameworks.reference.models.optimum import problem_of
from crossframe.frameworks.registry import model
from crossframe.optima.diagnoses.floor import rounding_floor
from crossframe.optima.diagnoses.rank import rank
from crossframe.optima.diagnoses.recovery import FITS, agrees, recover, shortfall
from crossframe.optima.diagnoses.separation import SeparationKind, separation, verify
from crossframe.optima.diagnoses.stationarity import agreement as digits_of
from crossframe.optima.diagnoses.stationarity import stationarity
from crossframe.optima.linear import loss, solve
from crossframe.optima.links import solve_by_link
from crossframe.optima.problem import Problem, Solution, SolutionStatus
from crossframe.optima.separable import bounding
from crossframe.settings.family import of_settings

CHECKED_ROWS = 3000
"""Rows up to which a certificate is checked once more in fractions; beyond, that takes minutes."""
TERMS = 4
"""Terms of a separating direction that a sentence names; the certificate has all of them."""

_BAND = 1e-6
"""Share of a strength from which on the sentence states the band."""

_AGREES = {
    True: "this agrees with the framework's report",
    False: "this contradicts the framework's report",
    None: "the coefficients do not decide whether this agrees with the framework's report",
}


@dataclass(frozen=True)
class Diagnosis:
    """One finding.

    Attributes
    ----------
    kind
        ``separation``, ``rank``, ``scale``, ``stationarity``, ``objective``, ``rounding``, ``nodes``.
    side
        ``left``, ``right``, ``both`` or ``data``.
    words
        The finding in a sentence.
    certificate
        Numbers by which it can be checked.
    """

    kind: str
    side: str
    words: str
    certificate: Mapping[str, Any] = field(default_factory=dict)


def without_optimum(diagnoses: Iterable[Diagnosis]) -> frozenset[str]:
    """The sides, ``left`` and ``right``, that a diagnosis of separation shows to have no finite optimum."""
    named = {d.side for d in diagnoses if d.kind == "separation"}
    return frozenset({"left", "right"} if "both" in named else named)


NODES = "nodes"
"""The kind of `of_nodes`."""


def of_nodes(effective: Sequence[Mapping[str, Value]]) -> list[Diagnosis]:
    """That a side was computed by several nodes of a cluster; empty where both were by one.

    No setting of a model switches that: it is a condition of the comparison, and possibly a cause.
    """
    left, right = (own.get("parallel.nodes", 1) for own in effective)
    if left == right == 1:
        return []
    words = f"both sides were computed on {left} nodes of an H2O cluster"
    if left != right:
        words = (
            f"the left side was computed by {_nodes(left)} and the right side by {_nodes(right)}, which no "
            "setting switches"
        )
    networks = any(own.get("architecture.hidden") is not None for own in effective)
    means = (
        "nodes train weights of their own, which are averaged after every iteration"
        if networks
        else "the sums over rows on several nodes are added up in another order, which changes rounding"
    )
    return [Diagnosis(NODES, "both", f"{words}: {means}", {"left": left, "right": right})]


def _nodes(count: Value) -> str:
    return "one process" if count == 1 else f"{count} nodes of an H2O cluster"


ByRow = tuple[FloatArray | None, FloatArray | None]
"""Weights and offset of rows, (n,) each; None: every row counts once, and there is none."""


def problem(
    effective: Mapping[str, Value], X: FloatArray, y: Target, by_row: ByRow = (None, None)
) -> Problem:
    """The objective that effective settings describe; `UsageError` for what the reference model lacks."""
    c = reference_optimum(effective, "problem")
    native = model(c.model).to_native(c.settings, c.native, len(y))
    if native.get("theta") is not None and not free(effective):
        raise UsageError("the strengths of a penalty beside a negative binomial are not read off")
    weights, offset = by_row
    return problem_of(X, y, native, weights=weights, offset=offset)


@dataclass(frozen=True, eq=False)
class OwnObjective:
    """The objective of a side on its rows; None, and why, where the reference model cannot express it."""

    problem: Problem | None
    why_not: str = ""
    by_link: Solution | None = None
    """The certified optimum of an objective that is no `Problem`, see `crossframe.optima.links`."""

    @classmethod
    def of(
        cls, effective: Mapping[str, Value], X: FloatArray, y: Target, by_row: ByRow = (None, None)
    ) -> OwnObjective:
        """The objective that effective settings describe, on ``X`` (n, k) and ``y`` (n,)."""
        try:
            return cls(problem(effective, X, y, by_row))
        except (UsageError, ValueError) as error:
            return cls(None, str(error), _by_link(effective, X, y, by_row))

    @cached_property
    def optimum(self) -> Solution | None:
        """The certified optimum, computed once; None without an objective."""
        return None if self.problem is None else solve(self.problem)


def _by_link(effective: Mapping[str, Value], X: FloatArray, y: Target, by_row: ByRow) -> Solution | None:
    """The certified optimum of a regression without a penalty by another link than the log; None: none."""
    if not free(effective) or effective.get("features.standardize", "none") != "none":
        return None
    family, link = str(of_settings(effective)), str(effective.get("link"))
    started, (weights, offset) = effective.get("intercept", True) is True, by_row
    target = y.astype(np.float64)
    try:
        return solve_by_link(X, target, family, link, intercept=started, weights=weights, offset=offset)
    except ValueError:
        return None


def of_data(
    X: FloatArray,
    y: Target,
    names: tuple[str, ...],
    effective_pair: tuple[Mapping[str, Value], Mapping[str, Value]],
    objectives: Sequence[OwnObjective],
) -> list[Diagnosis]:
    """Separation for each side without a penalty, judged by the intercept that it has.

    ``effective_pair`` are the effective settings of the left and the right side, ``objectives`` what they
    minimise: a certified optimum proves that there is no separation.
    """
    judged = {
        label: _form(effective)
        for label, effective, own in zip(("left", "right"), effective_pair, objectives, strict=True)
        if _unbounded(effective) and not (own.optimum and own.optimum.status is SolutionStatus.CERTIFIED)
    }
    diagnoses = []
    for form in dict.fromkeys(judged.values()):
        sides = [label for label, own in judged.items() if own == form]
        diagnoses += _separated(X, y, names, sides[0] if len(sides) == 1 else "both", *form)
    return diagnoses


def _unbounded(effective: Mapping[str, Value]) -> bool:
    """Whether the model is logistic or of counts, and without a penalty: it may have no finite optimum."""
    penalised = effective.get("penalty.l2") or effective.get("penalty.l1")
    of_counts = effective.get("link") == "log" and effective.get("family") in (
        "poisson",
        "tweedie",
        "negative_binomial",
    )
    return not penalised and (of_counts or effective.get("link") == "logit")


def _form(effective: Mapping[str, Value]) -> tuple[str, bool, bool]:
    """Its link, whether it has an intercept, and whether it centres the features without one."""
    started = effective.get("intercept", True) is True
    scaled = str(effective.get("features.standardize")).startswith("sd")
    return str(effective["link"]), started, not started and scaled and centred(effective)


def _separated(
    X: FloatArray, y: Target, names: tuple[str, ...], side: str, link: str, intercept: bool, centre: bool
) -> list[Diagnosis]:
    """The proof that ``side`` has no finite optimum; empty where it has one."""
    t, rows = bounding(link, y.astype(np.float64)), X - X.mean(axis=0) if centre else X
    proof = separation(rows, t, intercept)
    if proof.kind not in (SeparationKind.COMPLETE, SeparationKind.QUASI_COMPLETE):
        return []
    start, direction = proof.floats()
    checked = verify(proof, rows, t, intercept) if len(y) <= CHECKED_ROWS else None
    terms = {name: value for name, value in zip(names, direction.tolist(), strict=True) if value}
    where = f"{proof.kind.value}: in {proof.strict} of {proof.rows} rows"
    if link == "log":
        zeros = int((y == 0).sum())
        where = f"separation: no finite optimum, {proof.strict} of {zeros} rows with a target of 0 separated"
    certificate: dict[str, Any] = {"link": link, "rows": len(y)} if link == "log" else {}
    words = (
        f"{where}; along {linear(start, terms, 'centred ' * centre)} the likelihood grows without end, and "
        "so do the coefficients, with every iteration"
    )
    return [
        Diagnosis(
            "separation", side, words,
            {"intercept": start, "direction": terms, "centred": centre, "strict_rows": proof.strict,
             "rows": proof.rows, "verified_in_exact_arithmetic": checked, **certificate},
        )
    ]  # fmt: skip


def linear(start: float, terms: Mapping[str, float], what: str) -> str:
    """A direction as a linear expression with its largest terms, each name after ``what``."""
    largest = sorted(terms.items(), key=lambda term: -abs(term[1]))
    parts = [f"{value:+.3g} {what}{name}" for name, value in largest[:TERMS]]
    parts = [f"{start:+.3g}", *parts] if start else parts
    more = len(largest) - TERMS
    return " ".join(parts).removeprefix("+") + (f" (and {more} smaller terms)" if more > 0 else "")


def of_side(
    side: str,
    effective: Mapping[str, Value],
    objective: OwnObjective,
    coefficients: FloatArray,
    names: Sequence[str],
) -> list[Diagnosis]:
    """How near a side is to the optimum of its own objective, and what its coefficients minimise.

    ``coefficients`` has shape (1 + k,), the intercept first; ``names`` are those of the k columns.
    """
    start, slopes = float(coefficients[0]), coefficients[1:]
    diagnoses = []
    own = objective.problem
    if own is None and (best := objective.by_link) is not None:
        there = np.array([best.intercept, *best.coefficients])
        digits = digits_of(np.nan_to_num(coefficients), there, np.ones(len(there)))
        words = f"{agreement(digits)} with the certified optimum of its own objective"
        proof = {"digits": digits, "certified_digits": best.digits, "condition": best.condition}
        return [Diagnosis("stationarity", side, words, proof)]
    if own is None:
        words = f"the reference model cannot express its objective: {objective.why_not}"
        return [Diagnosis("stationarity", side, words)]
    at = loss(own, start, slopes)
    near = stationarity(own, start, slopes, objective.optimum, at)
    if near.optimum.status is SolutionStatus.CERTIFIED or math.isfinite(near.distance):
        floor = rounding_floor(own, near.optimum)
        diagnoses.append(
            Diagnosis(
                "stationarity",
                side,
                f"{agreement(near.digits)} with the certified optimum of its own objective; the "
                f"gradient is {near.largest:.1e}",
                {"gradient": near.largest, "relative_gradient": near.relative, "distance": near.distance,
                 "digits": near.digits, "certified_digits": near.optimum.digits,
                 "digits_by_rounding": floor.orthogonal, "condition": floor.condition},
            )
        )  # fmt: skip
    else:
        reason = near.optimum.reason
        if near.optimum.aliased:
            reason = f"other columns determine {', '.join(names[j] for j in near.optimum.aliased)}"
        words = f"its own objective has no unique optimum ({reason}); gradient {near.largest:.1e}"
        if near.optimum.aliased and (exact := rank(own.X)).exact == exact.columns:
            words = (
                f"{reason} up to its rank tolerance of {own.tolerance():g}, not in exact arithmetic: it "
                f"minimises over the columns that are left; the gradient of all is {near.largest:.1e}"
            )
        diagnoses.append(Diagnosis("stationarity", side, words, {"gradient": near.largest, "reason": reason}))
    declared = [
        v for name in ("penalty.l2", "penalty.l1") if isinstance(v := effective.get(name), float) and v
    ]
    noise = shortfall(own, start, slopes, at)
    seen = recover(
        own.X, own.y, own.link, start, slopes, declared, noise, at, not declared, own.power, own.offset,
        own.weights,
    )  # fmt: skip
    agree = agrees(seen, own, noise)
    words = f"by its coefficients it minimises: {seen}; {_AGREES[agree]}"
    if declared and noise > FITS:
        words = (
            f"its own penalty balances only {max(0.0, 1 - noise):.0%} of the gradient of the loss: its "
            "solver stopped too far from the optimum to tell by its coefficients what it minimises"
        )
    elif not declared and seen.best is None:
        words = (
            f"its gradient is {seen.gradient:.2g} of the null model's: its solver stopped too far from the "
            "optimum to tell by its coefficients what it minimises"
        )
    elif declared and noise > _BAND:
        words += f", within the {noise:.2g} of a strength that its own distance from the optimum leaves open"
    certificate = {
        "in_words": str(seen),
        "agrees": agree,
        "band": noise if declared else None,
        "alternatives": [str(c) for c in seen.alternatives],
    }
    diagnoses.append(Diagnosis("objective", side, words, certificate))
    return diagnoses
