"""By which definitions a framework's standard errors, tests and measures of fit were made."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from crossframe.core.types import FloatArray
from crossframe.explain.inference.formulas import Sample, formulas
from crossframe.explain.inference.likelihood import (
    derivatives,
    deviance,
    likeliest_dispersion,
    log_likelihood,
    score_of,
)
from crossframe.explain.inference.reference import Reference, candidates
from crossframe.frameworks.inference import Inference

_EXACT = 1e-9
"""Relative difference up to which a number is that of a definition, at the same estimates."""
_LOOSE = (1e-7, 2e-4)
"""The same of standard errors of a fit that is iterated, the sharper one first."""
_STEPS = 30
_DISPERSIONS = ("fixed", "pearson", "pearson_n", "deviance", "deviance_n")
_TINY = 1e-13
"""p-values below are compared by their intervals alone: some are computed as 1 less a probability."""


@dataclass(frozen=True, eq=False)
class Inferred:
    """The inference of one fit, and what it was computed from.

    Attributes
    ----------
    name
        The side's.
    sample
        Its rows; the columns of a rank deficient fit are those that are estimated.
    terms
        Names of the columns, the intercept's first where there is one.
    estimates
        (m,) its coefficients.
    table
        (m, 5), see `crossframe.frameworks.inference.Inference`.
    measures
        As reported.
    not_counted
        Rows of weight 0 that the side does not count, and that are not in the sample.
    """

    name: str
    sample: Sample
    terms: tuple[str, ...]
    estimates: FloatArray
    table: FloatArray
    measures: Mapping[str, float] = field(default_factory=dict)
    not_counted: int = 0

    @property
    def errors(self) -> FloatArray:
        """(m,) its standard errors."""
        return self.table[:, 0]


def inferred(
    name: str, made: Inference, sample: Sample, terms: tuple[str, ...], coefficients: FloatArray
) -> Inferred:
    """The inference of a fit with ``coefficients`` (1 + k,), the intercept's first; NaN is left out.

    ``sample`` has the k features alone as its columns. An intercept without a standard error is none; weights
    whose sum the residual degrees of freedom are counted from are frequencies. Where these are counted from
    the rows of a weight above 0 alone, as R does it, the others are left out.
    """
    intercept = bool(np.isfinite(made.table[0, 0]))
    counted = made.measures.get("residual_df", math.nan) + int(np.isfinite(made.table[:, 0]).sum())
    there = np.flatnonzero(sample.w)
    not_counted = len(sample.y) - len(there) if counted == len(there) else 0
    if not_counted:
        sample = sample.of_rows(there)
    frequency = sample.weights is not None and math.isclose(counted, sample.weights.sum(), rel_tol=1e-9)
    kept = np.flatnonzero(np.isfinite(coefficients[1:]))
    columns = [np.ones((len(sample.y), 1))] if intercept else []
    Z = np.concatenate([*columns, sample.Z[:, kept]], axis=1)
    at = [*([0] if intercept else []), *(kept + 1)]
    names = ("intercept", *terms)
    whole = Sample(Z, sample.y, sample.link, sample.family, sample.power, sample.weights, sample.offset,
                   frequency=frequency and counted != len(sample.y))  # fmt: skip
    return Inferred(
        name, whole, tuple(names[j] for j in at), coefficients[at], made.table[at], dict(made.measures),
        not_counted,
    )  # fmt: skip


@dataclass(frozen=True)
class Definitions:
    """What holds of one fit; an empty tuple: none of the definitions that were tried.

    Attributes
    ----------
    covariance
        Names of `formulas` that give all its standard errors.
    early
        Whether they do with the weights of the step before the solver's last.
    accuracy
        Largest relative difference from the first of them.
    distribution, interval
        References of the p-values and of the intervals.
    dispersion, likelihood
        Names of `Sample.dispersions`, and ``ml``: the reported dispersion, and that of the log-likelihood.
    aic
        (dispersion in the likelihood, parameters beyond the coefficients).
    """

    covariance: tuple[str, ...]
    early: bool
    accuracy: float
    distribution: tuple[Reference, ...]
    interval: tuple[Reference, ...]
    dispersion: tuple[str, ...]
    likelihood: tuple[str, ...]
    aic: tuple[tuple[str, int], ...]


def definitions(side: Inferred) -> Definitions:
    """The definitions by which the numbers of a side come out, all of those that do."""
    covariance, early, accuracy = _covariance(side)
    references = candidates(side.sample.n, side.sample.k, {})
    by_p = [r for r in references if _holds(side, r, slice(0, 1))]
    by_ends = [r for r in references if _holds(side, r, slice(1, 3))]
    mean = side.sample.at(side.estimates).mean
    several = dict(side.sample.dispersions(mean))
    family, y, w = side.sample.distribution, side.sample.y, side.sample.w
    lost = deviance(family, y, mean, w, side.sample.power)
    several["pearson_n-1"] = several["pearson_n"] * side.sample.n / (side.sample.n - 1)
    several["ml"] = likeliest_dispersion(family, lost, side.sample.n)
    likelihoods = {
        name: value for name, phi in several.items()
        if (value := log_likelihood(family, y, mean, w, phi)) is not None
    }  # fmt: skip
    reported = side.measures
    return Definitions(
        covariance,
        early,
        accuracy,
        tuple(by_p),
        tuple(by_ends),
        tuple(n for n in _DISPERSIONS if _same(reported.get("dispersion"), several[n])),
        tuple(n for n, value in likelihoods.items() if _same(reported.get("log_likelihood"), value)),
        tuple(
            (n, more) for n, value in likelihoods.items() for more in (0, 1)
            if _same(reported.get("aic"), 2 * (side.sample.k + more - value))
        ),
    )  # fmt: skip


def _holds(side: Inferred, reference: Reference, columns: slice) -> bool:
    """Whether a reference gives the p-values, or the ends of the intervals, of all terms."""
    checked = 0
    for estimate, row in zip(side.estimates.tolist(), side.table, strict=True):
        error, reported = float(row[0]), row[2:][columns]
        if not (math.isfinite(error) and error > 0 and np.isfinite(reported).all()):
            continue
        values = np.array(reference.numbers(estimate, error)[columns])
        limits = 10 * _EXACT * (error if columns.start else np.abs(values)) + _TINY * (not columns.start)
        if (np.abs(reported - values) > limits).any():
            return False
        checked += 1
    return checked > 0


def _same(reported: float | None, value: float) -> bool:
    # What a fit that stopped early reports is of its last step but one, or has its error.
    return reported is not None and math.isclose(reported, value, rel_tol=1e-6)


def _covariance(side: Inferred) -> tuple[tuple[str, ...], bool, float]:
    """The formulas of the standard errors, whether of the step before the last, and how accurately."""
    own = _off(side, formulas(side.sample, side.estimates))
    if holding := _within(own, _EXACT):
        return holding, False, own[holding[0]]
    for before in steps(side):
        off = _off(side, formulas(side.sample, side.estimates, before=before))
        if (holding := _within(off, _EXACT)) and own[holding[0]] <= _LOOSE[-1]:
            return holding, True, off[holding[0]]
    for limit in _LOOSE:
        if holding := _within(own, limit):
            return holding, False, own[holding[0]]
    return (), False, min(own.values(), default=math.inf)


def _off(side: Inferred, several: Mapping[str, FloatArray]) -> dict[str, float]:
    """The largest relative difference of the standard errors from those of each formula."""
    with np.errstate(all="ignore"):
        made = {n: float(np.max(np.abs(errors / side.errors - 1))) for n, errors in several.items()}
    return {name: value for name, value in made.items() if math.isfinite(value)}


def _within(off: Mapping[str, float], limit: float) -> tuple[str, ...]:
    return tuple(name for name, value in off.items() if value <= limit)


def steps(side: Inferred) -> Iterator[FloatArray]:
    """The steps (m,) of Fisher scoring from the means at which R's glm begins, and statsmodels' GLM."""
    sample, y = side.sample, side.sample.y
    offset = 0.0 if sample.offset is None else sample.offset
    middle = (y + y.mean()) / 2
    starts = {
        "binomial": ((y * sample.w + 0.5) / (sample.w + 1), (y + 0.5) / 2),
        "poisson": (y + 0.1, middle),
    }.get(sample.distribution, (y, middle))
    for start in starts:
        with np.errstate(all="ignore"):
            score = score_of(sample.link, start)
        values: FloatArray | None = None
        for _ in range(_STEPS):
            made = _weighted(sample, score)
            if made is None or (values is not None and np.allclose(made, values, rtol=1e-15, atol=0)):
                break
            yield made
            values, score = made, sample.Z @ made + offset


def _weighted(sample: Sample, score: FloatArray) -> FloatArray | None:
    """The estimates (m,) after a step of Fisher scoring from scores (n,) with the offset in them."""
    at = derivatives(sample.link, score, sample.y, sample.family, sample.power)
    weights = sample.w * at.expected
    with np.errstate(all="ignore"):
        working = score - (0.0 if sample.offset is None else sample.offset) - at.slope / at.expected
    if not (np.isfinite(working).all() and np.isfinite(weights).all() and (weights >= 0).all()):
        return None
    root = np.sqrt(weights)
    columns = root[:, None] * sample.Z
    size = np.linalg.norm(columns, axis=0)
    size[~(size > 0)] = 1.0
    return np.asarray(np.linalg.lstsq(columns / size, root * working, rcond=None)[0] / size)
