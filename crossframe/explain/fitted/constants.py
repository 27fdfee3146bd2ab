"""Two linear fits of which one has a column of ones among its features, and the other an intercept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from crossframe.core.errors import UsageError
from crossframe.core.types import FloatArray, Value
from crossframe.explain.fitted import sides
from crossframe.explain.fitted.alignment import EQUAL
from crossframe.explain.fitted.result import Side
from crossframe.frameworks.fitted import FittedModel, Recognised
from crossframe.frameworks.registry import model


def aligned(left: Side, right: Side) -> tuple[Side, Side]:
    """Both sides with their intercepts written in one way, so that their columns correspond.

    A column of ones without an intercept is the intercept. It is taken out of the features where nothing
    penalises it. Where a penalty acts on it as on the other columns it stays, and the other side gets such a
    column in place of its own intercept, which is the same model if that one has no penalty. Sides of other
    kinds are returned as they are.
    """
    return _against(left, right), _against(right, left)


def _against(side: Side, other: Side) -> Side:
    """One of two sides, with its intercept as the other one's is written."""
    at, there = _ones(side.fit), _ones(other.fit)
    if (at is None) == (there is None) or not _has_intercept(side.fit) or not _has_intercept(other.fit):
        return side
    if at is not None:
        if not _kept(side, at):
            return _without(side, at)
        where = f"{side.fit.columns[at]} in {side.name} is a constant column"
        return replace(side, note=f"{where}: it is the intercept, and the penalty acts on it as well.")
    assert there is not None
    return _with(side, other.fit, there) if _kept(other, there) else side


def like(base: Side, known: Recognised, other: Side) -> Recognised:
    """The model ``known`` of the other side for the columns of ``base``.

    That is without an intercept of its own, where ``base`` has none because its columns add up to a constant,
    as dummies of every level do, and nothing penalises the other side.
    """
    fit = base.fit
    if fit.coefficients is None or fit.intercept or sides.penalised(other):
        return known
    ones = np.ones(len(fit.X))
    left_over = np.abs(ones - fit.X @ np.linalg.lstsq(fit.X, ones, rcond=None)[0]).max(initial=0.0)
    if left_over > EQUAL:
        return known
    return replace(known, native=_switched(known.model, known.native, False, len(fit.y)))


def _ones(fit: FittedModel) -> int | None:
    """The position of the first constant column beside others in a linear fit; None: there is none."""
    if fit.coefficients is None or fit.intercept is None or fit.X.shape[1] < 2 or not len(fit.X):
        return None
    constant = (fit.X[0] == fit.X).all(axis=0) & (fit.X[0] != 0)
    return int(np.flatnonzero(constant)[0]) if constant.any() else None


def _has_intercept(fit: FittedModel) -> bool:
    return bool(fit.intercept) or _ones(fit) is not None


def _kept(side: Side, at: int) -> bool:
    """Whether the constant column has to stay: it is the intercept, and a penalty acts on it."""
    assert side.fit.coefficients is not None
    penalised = sides.penalised(side)
    if side.fit.intercept:
        return bool(np.nan_to_num(side.fit.coefficients[at])) and penalised is not False
    return penalised is True


def _without(side: Side, at: int) -> Side:
    """The side with the constant column as its intercept."""
    fit, known = side.fit, side.recognised
    assert fit.coefficients is not None
    assert fit.intercept is not None
    own = float(np.nan_to_num(fit.coefficients[at]))
    errors = fit.inference
    if errors is not None and not fit.intercept:
        errors = np.concatenate([_times(errors[[at + 1]], fit.X[0, at]), np.delete(errors[1:], at, axis=0)])
    elif errors is not None:
        errors = np.delete(errors, at + 1, axis=0)
    made = replace(
        fit, X=np.delete(fit.X, at, axis=1), columns=(*fit.columns[:at], *fit.columns[at + 1 :]),
        intercept=fit.intercept + own * float(fit.X[0, at]), coefficients=np.delete(fit.coefficients, at),
        inference=errors,
    )  # fmt: skip
    if known is not None and not fit.intercept:
        known = replace(known, native=_switched(known.model, known.native, True, len(fit.y)))
    note = f"{fit.columns[at]} in {side.name} is a constant column, which is the intercept."
    return replace(side, fit=made, recognised=known, note=note)


def _with(side: Side, other: FittedModel, at: int) -> Side:
    """The side with the other one's constant column in place of its intercept, where nothing penalises it."""
    fit, known = side.fit, side.recognised
    assert fit.coefficients is not None
    assert fit.intercept is not None
    value = float(other.X[0, at])
    name, at = other.columns[at], min(at, len(fit.columns))
    errors = fit.inference
    if errors is not None:
        none = np.full((1, errors.shape[1]), np.nan)
        errors = np.concatenate([none, np.insert(errors[1:], at, _times(errors[:1], 1 / value), axis=0)])
    made = replace(
        fit, X=np.insert(fit.X, at, value, axis=1),
        columns=(*fit.columns[:at], name, *fit.columns[at:]), intercept=0.0,
        coefficients=np.insert(fit.coefficients, at, fit.intercept / value), inference=errors,
    )  # fmt: skip
    if known is not None and not sides.penalised(side):
        known = replace(known, native=_switched(known.model, known.native, False, len(fit.y)))
    return replace(side, fit=made, recognised=known)


def _times(rows: FloatArray, factor: float) -> FloatArray:
    """Rows of an `Inference.table` for a coefficient that is multiplied by ``factor``."""
    size, sign = abs(factor), np.sign(factor)
    ends = np.sort(rows[:, 3:] * factor, axis=1)
    return np.column_stack([rows[:, 0] * size, rows[:, 1] * sign, rows[:, 2], ends])


def _switched(name: str, native: Mapping[str, Value], intercept: bool, rows: int) -> Mapping[str, Value]:
    """Native settings with the intercept of the model itself, or without; as they are where it is none."""
    this = model(name)
    params = {b.param for b in this.bindings if b.setting == "intercept"}
    kept = {param: value for param, value in native.items() if param not in params}
    try:
        canonical, same = this.split({"intercept": intercept}, kept)
        return this.to_native(canonical, {**kept, **same}, rows)
    except UsageError:
        return native
