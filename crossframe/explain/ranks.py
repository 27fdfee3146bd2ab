"""The rank that a side without a penalty uses, by its own rule and tolerance, beside the exact one."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from crossframe.core.types import FloatArray, Value
from crossframe.explain.diagnoses import Diagnosis
from crossframe.explain.switches import SettingSwitch, free
from crossframe.optima.diagnoses.rank import rank as exact_and_by_rule
from crossframe.optima.pivoting import pivot
from crossframe.optima.problem import ALIAS_TOLERANCE

TOLERANCE = "solver.rank_tolerance"
_PIVOTING: dict[str, Value] = {"collinear": "alias"}
_LEAST_NORM = ("minimum_norm", "minimum_norm_with_intercept")
_UNLIKE = 1e3
"""Ratio of the condition numbers from which on the columns' scales are worth a remark."""
_TRIED = tuple(10.0**-k for k in range(1, 19))
"""Tolerances that are tried where the other side's value does not give the other side's rank."""


@dataclass(frozen=True, eq=False)
class SideRank:
    """The rank of one side's columns; the intercept counts.

    Attributes
    ----------
    rank
        The rank that the side uses; where it decides on none (it has a penalty, say) the one beyond rounding.
    tolerance
        The side's own; None where it decides on no rank.
    """

    rank: int
    tolerance: float | None
    effective: Mapping[str, Value]
    X: FloatArray

    @property
    def full(self) -> bool:
        """Whether every column counts."""
        columns = int(self.X.shape[1]) + (self.effective.get("intercept", True) is True)
        return self.rank == columns

    @property
    def leaves_out(self) -> str:
        """How it differs from least squares, which the reference model has; empty where it does not.

        A solution of minimum norm takes no part of directions whose singular values are below the tolerance,
        although the columns are independent by R's rule and beyond rounding.
        """
        if self.tolerance is None or self.full or self.effective.get("collinear") not in _LEAST_NORM:
            return ""
        rounding = float(max(self.X.shape) * np.finfo(np.float64).eps)
        if self.rank == _rank_at({**self.effective, **_PIVOTING}, self.X, rounding):
            return ""
        return (
            f"least squares of rank {self.rank}, without the directions of the columns that its tolerance of "
            f"{self.tolerance:g} leaves out"
        )

    @classmethod
    def of(cls, effective: Mapping[str, Value], X: FloatArray, coefficients: FloatArray | None) -> SideRank:
        """The rank of a fit with these effective settings; a coefficient that is NaN was left out.

        ``X`` has shape (n, k), ``coefficients`` (1 + k,).
        """
        tolerance = effective.get(TOLERANCE)
        if not isinstance(tolerance, float) or not free(effective):
            rounding = float(max(X.shape) * np.finfo(np.float64).eps)
            return cls(_rank_at({**effective, **_PIVOTING}, X, rounding), None, effective, X)
        if coefficients is not None and effective.get("collinear") == "alias":
            kept = int(np.isfinite(coefficients[1:]).sum()) + (effective.get("intercept", True) is True)
            return cls(kept, tolerance, effective, X)
        return cls(_rank_at(effective, X, tolerance), tolerance, effective, X)

    def switch_to(self, other: SideRank) -> SettingSwitch | None:
        """The tolerance with which this side uses the rank of the other; None where ranks are equal.

        The other side's value where that gives its rank, else the nearest power of ten that does.
        """
        wanted = other._beside(self)
        if self.rank == wanted or not (free(self.effective) or free(other.effective)):
            return None
        rule = ("solver.algorithm", "collinear")
        if self.tolerance and other.tolerance and _part(self, rule) == _part(other, rule):
            return SettingSwitch(TOLERANCE, self.tolerance, other.tolerance)
        start = self.tolerance or other.tolerance or 1e-7
        tried = [other.tolerance] if other.tolerance else []
        tried += sorted(_TRIED, key=lambda value: abs(math.log(value / start)))
        effective = self.effective if self.tolerance else {**self.effective, **_PIVOTING}
        for value in tried:
            if _rank_at(effective, self.X, value) == wanted:
                return SettingSwitch(TOLERANCE, self.tolerance, value)
        return None

    def _beside(self, other: SideRank) -> int:
        """The rank by the rule of this side of columns with the intercept of the other, if it has one."""
        starts = {"intercept": other.effective.get("intercept", True)}
        if starts["intercept"] == self.effective.get("intercept", True):
            return self.rank
        rounding = float(max(self.X.shape) * np.finfo(np.float64).eps)
        rule = {} if self.tolerance else _PIVOTING
        return _rank_at({**self.effective, **rule, **starts}, self.X, self.tolerance or rounding)


def _part(side: SideRank, names: Sequence[str]) -> list[Value]:
    return [side.effective.get(name) for name in names]


def _rank_at(effective: Mapping[str, Value], X: FloatArray, tolerance: float) -> int:
    """The rank by singular values, of the centred columns or with the intercept's; else by R's pivoting."""
    intercept = effective.get("intercept", True) is True
    full = np.concatenate([np.ones((len(X), int(intercept))), X], axis=1)
    rule = effective.get("collinear")
    if rule not in _LEAST_NORM:
        return int(full.shape[1]) - len(pivot(full, tolerance))
    centred = rule == "minimum_norm" and intercept
    values = np.linalg.svd(X - X.mean(axis=0) if centred else full, compute_uv=False)
    return int(np.sum(values > tolerance * values.max(initial=0.0))) + centred


def diagnosis(X: FloatArray, names: Sequence[str], sides: Sequence[tuple[str, SideRank]]) -> list[Diagnosis]:
    """The ranks in use, by the names of the sides, beside the exact one, unless all columns count.

    And the condition number of the columns as they are, where their scales make it large.
    """
    intercept = any(side.effective.get("intercept", True) is True for _, side in sides)
    columns = exact_and_by_rule(X, intercept)
    ranks = [side.rank for _, side in sides]
    raw, standardised = columns.condition, columns.condition_standardised
    scale = []
    if math.isfinite(standardised) and raw > _UNLIKE * standardised:
        words = (
            f"the columns are of unlike scales: their condition number is {raw:.2g} as they are and "
            f"{standardised:.2g} standardised"
        )
        scale = [Diagnosis("scale", "data", words, {"condition": raw, "standardised": standardised})]
    if all(side.full for _, side in sides) and min(columns.rank, columns.exact) == columns.columns:
        return scale
    aliased = [names[j] for j in columns.aliased]
    which = f"{columns.columns} columns, {'with the' if intercept else 'without an'} intercept"
    if len(set(ranks)) == 1:
        words = f"rank {ranks[0]} of {which} (in exact arithmetic {columns.exact})"
    else:
        each = ", ".join(
            f"{side.rank} for {name}"
            + (f" at its tolerance of {side.tolerance:g}" if side.tolerance else "")
            + ("" if side.effective.get("intercept", True) is intercept else ", which has no intercept")
            for name, side in sides
        )
        words = f"rank of the {which}: {each}; in exact arithmetic {columns.exact}"
    if aliased:
        listed = ", ".join(aliased[:8])
        words += f"; the other columns determine {listed}, up to {ALIAS_TOLERANCE:g} of its size"
    certificate = {"rank": columns.rank, "exact": columns.exact, "used": ranks, "aliased": aliased}
    return [Diagnosis("rank", "data", words, certificate), *scale]
