"""What is done to a contestant's rows before its framework gets them, learned from the training rows alone.

In this order: missing features, the order of the classes, weights and offset of the rows, the coding of text,
the selection of features, their scale.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from crossframe.core.text import plural
from crossframe.core.types import FloatArray, IntArray, Target
from crossframe.data.types import Dataset
from crossframe.experiment.coding import Coding, codings, recoded
from crossframe.experiment.selection import select
from crossframe.frameworks.contract import FitResult, Status
from crossframe.frameworks.inference import COLUMNS

RULES = ("error", "drop", "mean", "level")
"""Values of ``missing`` that can be carried out before any framework."""


@dataclass(frozen=True)
class Selection:
    """Keep ``count`` features by ``statistic``; see `crossframe.experiment.selection.select`.

    ``ties`` is a ``selection.ties``; empty: the statistic's own rule.
    """

    statistic: str
    count: int = 10
    ties: str = ""


@dataclass(frozen=True)
class Preparation:
    """Settings that a model does not have, or not with that value, and that are made to hold for it.

    Attributes
    ----------
    missing
        One of `RULES`; empty: missing features are left to the framework.
    standardize
        A ``features.standardize``; empty: no such step.
    order
        A ``class.order``.
    contrasts, reference
        A ``features.contrasts`` and a ``features.reference``; empty: text keeps the data set's coding.
    weights, offset
        A ``weights`` and an ``offset``; empty: as the data set has them.
    power
        Power of the mean in the variance of a model whose target is divided by exposures.
    """

    missing: str = ""
    standardize: str = ""
    order: str = "given"
    contrasts: str = ""
    reference: str = ""
    weights: str = ""
    offset: str = ""
    power: float = 1.0

    @property
    def changes(self) -> bool:
        """Whether any row or target may change."""
        scales = self.standardize not in ("", "none")
        rows = any(how not in ("", "given") for how in (self.weights, self.offset))
        return bool(self.missing) or scales or self.order != "given" or self.codes or rows

    @property
    def codes(self) -> bool:
        """Whether text is coded in another way than in the data set."""
        if self.contrasts in ("", "treatment"):
            return self.reference not in ("", "first")
        return True


class Unprepared(Exception):
    """Rows that cannot be prepared: the status of the fit that is not made, and why."""

    def __init__(self, status: Status, why: str = "") -> None:
        super().__init__(why)
        self.status = status
        self.evidence = (why,) if why else ()


@dataclass(frozen=True, eq=False)
class Prepared:
    """Training rows as a framework gets them, and what makes the same of other rows.

    Attributes
    ----------
    X, y, names
        (n, k) without the rows that were left out, (n,), and the names of the k columns.
    columns
        Numbers of the features among those of the data set; the columns for missing ones follow, and then
        those of text in another coding.
    weights, offset
        (n,) each, None for what the model does not get.
    """

    X: FloatArray
    y: Target
    names: tuple[str, ...]
    columns: IntArray
    weights: FloatArray | None
    offset: FloatArray | None
    _rule: Preparation
    _means: FloatArray
    _levels: tuple[IntArray, ...]
    _codings: tuple[Coding, ...]
    _kept: IntArray
    _shift: FloatArray
    _factor: FloatArray

    def rows(self, X: FloatArray) -> FloatArray:
        """Other rows (m, all features) as columns of `X`; without those that get no score."""
        X = X[self.scored(X)]
        columns = _completed(X, self._means, self._levels) if len(self._means) else X
        if self._codings:
            columns = recoded(columns, [""] * columns.shape[1], self._codings)[0]
        prepared: FloatArray = np.ascontiguousarray((columns[:, self._kept] - self._shift) * self._factor)
        return prepared

    def scored(self, X: FloatArray) -> NDArray[np.bool_]:
        """Which rows (m, all features) get a score: not those that are left out for a missing feature."""
        absent = np.isnan(X) & (self._rule.missing == "drop")
        return ~np.asarray(absent.any(axis=1))

    def target(self, y: Target) -> Target:
        """The target in the contestant's own order of the classes."""
        return _ordered(y, self._rule.order)

    def known(self, offset: FloatArray | None) -> FloatArray | None:
        """The offset of other rows that the model gets, of those (m,) that the data set has."""
        return offset if self._rule.offset in ("", "given") else None

    def result(
        self, fit: FitResult, scored: NDArray[np.bool_], offset: FloatArray | None = None
    ) -> FitResult:
        """A fit's answer for all the rows to score, NaN where there is none, its coefficients per unit.

        ``scored`` has a truth value for each of these rows. The unit is that of the data set, not of the
        standardised features. Rates per exposure become means by the ``offset`` (m,) of the rows.
        """
        if self._rule.offset == "rate" and fit.score is not None and offset is not None:
            fit = replace(fit, score=fit.score * np.exp(offset[scored]), train_score=None)
        if fit.score is not None and not scored.all():
            score = np.full((len(scored), *fit.score.shape[1:]), np.nan)
            score[scored] = fit.score
            fit = replace(fit, score=score)
            if fit.labels is not None:
                labels = np.full(len(scored), -1, dtype=np.int64)
                labels[scored] = fit.labels
                fit = replace(fit, labels=labels)
        return self._per_unit(fit) if (self._factor != 1.0).any() or self._shift.any() else fit

    def _per_unit(self, fit: FitResult) -> FitResult:
        """The fit with its coefficients, errors and intervals per unit of the data set.

        The standard error of an intercept between shifted features needs their covariances, which fits do not
        report: its row is NaN.
        """
        if (c := fit.coefficients) is not None:
            values = c.values * self._factor
            start = c.intercept - float(np.nansum(values * self._shift))
            fit = replace(fit, coefficients=replace(c, intercept=start, values=values))
        if fit.class_coefficients is not None:
            slopes = fit.class_coefficients[1:] * self._factor[:, None]
            starts = fit.class_coefficients[0] - np.nansum(slopes * self._shift[:, None], axis=0)
            fit = replace(fit, class_coefficients=np.vstack([starts, slopes]))
        if fit.inference is not None:
            table = fit.inference.table.copy()
            in_units = [COLUMNS.index(name) for name in ("standard error", "lower", "upper")]
            table[1:, in_units] *= self._factor[:, None]
            if self._shift.any():
                table[0] = np.nan
            fit = replace(fit, inference=replace(fit.inference, table=table))
        return fit


def prepare(rule: Preparation, selection: Selection | None, dataset: Dataset, train: IntArray) -> Prepared:
    """The rows ``train`` of a data set, prepared. Raises `Unprepared`."""
    X, y, names = dataset.X[train], _ordered(dataset.y[train], rule.order), list(dataset.names)
    weights, offset = (None if v is None else v[train] for v in (dataset.weights, dataset.offset))
    absent: NDArray[np.bool_] = np.isnan(X)
    means, levels = np.empty(0), tuple[IntArray, ...]()
    incomplete = int(absent.any(axis=1).sum())
    if rule.missing == "error" and not dataset.complete.all():
        lacking = plural(int(np.count_nonzero(~dataset.complete)), "row")
        raise Unprepared(Status.REFUSED, f"missing=error: a feature is missing in {lacking} of the data")
    if rule.missing == "drop" and incomplete:
        whole = ~absent.any(axis=1)
        X, y = X[whole], y[whole]
        weights, offset = (None if v is None else v[whole] for v in (weights, offset))
        if not len(y):
            raise Unprepared(Status.REFUSED, "missing=drop: a feature is missing in every row to train on")
    if rule.missing in ("mean", "level"):
        empty = [name for name, gone in zip(names, np.asarray(absent.all(axis=0)), strict=True) if gone]
        if empty:
            raise Unprepared(
                Status.REFUSED,
                f"missing={rule.missing}: without a value in the rows to train on: {', '.join(empty)}",
            )
        means = _moments(X)[0]
        if rule.missing == "level":
            there = [(name, own) for name, own in _features(dataset) if absent[:, own].any()]
            levels = tuple(own for _, own in there)
            names += [f"{name}=missing" for name, _ in there]
        X = _completed(X, means, levels)
    if dataset.task == "classes" and len(np.unique(y)) < 2:
        raise Unprepared(Status.ONE_CLASS)
    y, weights, offset = _by_row(rule, y, weights, offset)
    coded = tuple[Coding, ...]()
    numbers = kept = np.arange(X.shape[1])
    if rule.codes:
        try:
            coded = codings(dataset, rule.contrasts, rule.reference)
        except ValueError as error:
            raise Unprepared(Status.REFUSED, str(error)) from None
        X, names, numbers = recoded(X, names, coded)
        kept = np.arange(X.shape[1])
    if selection is not None:
        kept = select(selection.statistic, selection.count, X, y, selection.ties)
        if not len(kept):
            raise Unprepared(Status.NO_FEATURES)
        X = X[:, kept]
    shift, factor = _scale(rule.standardize, X, weights)
    if rule.standardize not in ("", "none"):
        X = (X - shift) * factor
    return Prepared(
        np.ascontiguousarray(X), y, tuple(names[j] for j in kept), numbers[kept], weights, offset,
        rule, means, levels, coded, kept, shift, factor,
    )  # fmt: skip


def _ordered(y: Target, order: str) -> Target:
    return y if order == "given" else 1 - y


def _by_row(
    rule: Preparation, y: Target, weights: FloatArray | None, offset: FloatArray | None
) -> tuple[Target, FloatArray | None, FloatArray | None]:
    """Target, weights and offset of the training rows, (n,) each, as a rule has them.

    With a log link and the variance mean^p the deviance of y at the mean E r is E^(2-p) times that of y / E
    at r: a rate y / E with the weight E^(2-p) has the optimum of y with the offset log E (Jorgensen, The
    Theory of Dispersion Models, 1997, section 4.1: of all families Tweedie's alone allow a change of scale).
    """
    if rule.weights == "none":
        weights = None
    elif rule.weights == "mean_one" and weights is not None:
        weights = weights / weights.mean()
    if rule.offset == "rate" and offset is not None:
        exposure = np.exp(offset)
        heavy = exposure ** (2.0 - rule.power)
        return y / exposure, heavy if weights is None else weights * heavy, None
    return y, weights, None if rule.offset == "none" else offset


def _features(dataset: Dataset) -> Sequence[tuple[str, IntArray]]:
    """The features with their columns: of text several, which are missing together."""
    if dataset.file is None:
        return [(name, np.array([j])) for j, name in enumerate(dataset.names)]
    at = {name: j for j, name in enumerate(dataset.names)}
    return [(c.name, np.array([at[name] for name in c.coded])) for c in dataset.file.features]


def _completed(X: FloatArray, means: FloatArray, levels: Sequence[IntArray]) -> FloatArray:
    """Rows with the means in place of what is missing, and a column of 0 and 1 for each of ``levels``."""
    absent = np.isnan(X)
    flags = [absent[:, own].any(axis=1, keepdims=True).astype(np.float64) for own in levels]
    return np.concatenate([np.where(absent, means, X), *flags], axis=1)


def _moments(X: FloatArray, weights: FloatArray | None = None) -> tuple[FloatArray, FloatArray]:
    """Mean and standard deviation (1/n) of each column; missing values do not count."""
    if weights is not None:
        heavy = np.where(np.isnan(X), 0.0, weights[:, None])
        heavy = heavy / heavy.sum(axis=0)
        means = np.nansum(heavy * X, axis=0)
        return means, np.sqrt(np.nansum(heavy * (X - means) ** 2, axis=0))
    if np.isnan(X).any():
        return np.nanmean(X, axis=0), np.nanstd(X, axis=0)
    return X.mean(axis=0), X.std(axis=0)


def _scale(rule: str, X: FloatArray, weights: FloatArray | None = None) -> tuple[FloatArray, FloatArray]:
    """What is subtracted from each column, and what it is multiplied by then; a constant one has factor 1.

    Means and standard deviations are those of the weighted rows, where they have ``weights`` (n,).
    """
    ones, zeros = np.ones(X.shape[1]), np.zeros(X.shape[1])
    if rule in ("", "none"):
        return zeros, ones
    if rule == "max":
        return zeros, ones / (float(np.nanmax(np.abs(X), initial=0.0)) or 1.0)
    means, spreads = _moments(X, weights)
    if rule == "sd_n-1":
        counts = np.count_nonzero(~np.isnan(X), axis=0)
        spreads = spreads * np.sqrt(counts / np.maximum(counts - 1, 1))
    differs = (X[:1] != X).any(axis=0) & (spreads > 0)
    return means, np.divide(1.0, spreads, out=ones, where=differs)
