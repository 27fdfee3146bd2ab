"""The gradient of the mean loss at a point with 60 digits or more, over any number of rows.

Scores are exact sums of products of short digits, by matrix products of float64 in which no rounding
occurs; so are the sums over the rows. (`np.einsum`: a threaded matrix product takes longer to start its
threads than such small ones take.) The one rounded operation is 1 / (1 + exp(-s)), which
`crossframe.optima.fixed` has for many rows at a time. Chunks of rows are all that is in memory.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import mpmath
import numpy as np
from mpmath import libmp

from crossframe.core.types import FloatArray, IntArray
from crossframe.optima import fixed
from crossframe.optima.exact import ROWS, ExactMatrix, Integers, Rows, digits, tops

WORKING_BITS = 224
"""Bits behind the point of the probabilities: 67 decimal digits."""
_LONG = 26
"""Bits of a digit of the data."""
_SHORT = fixed.WIDTH // 2
"""Bits of a digit of coefficients, scores and residuals: two make a limb."""
_COLUMNS = 4096
"""Columns at a time; sums of so many products of a long and a short digit are exact in float64."""
_FAR = 2**40
"""Score beyond which all are alike."""


@dataclass(frozen=True, eq=False)
class Exponentials:
    """amount * exp(reach - u_i) of the rows, times their targets if ``targets`` (n,) is given.

    Attributes
    ----------
    amount
        Factor in the second derivative of the loss.
    scale
        exp(reach), or 1 where nothing is raised to a power.
    limbs
        exp(-u_i) as numbers of `crossframe.optima.fixed`; None: 1.
    """

    amount: Fraction
    scale: Fraction
    limbs: IntArray | None
    targets: FloatArray | None

    def second(self, bits: int, n: int) -> list[int]:
        """Their part of the second derivative with ``bits`` bits behind the point, n integers."""
        behind = 0 if self.limbs is None else fixed.WIDTH * (len(self.limbs) - 1)
        parts = [1] * n if self.limbs is None else fixed.as_integers(self.limbs, behind)
        factor = self.amount * self.scale * Fraction(2) ** (bits - behind)
        targets = [1.0] * n if self.targets is None else self.targets.tolist()
        return [int(part * factor * Fraction(y)) for part, y in zip(parts, targets, strict=True)]


@dataclass(frozen=True, eq=False)
class Evaluation:
    """The mean loss at a point: the sums of its gradient, and its curvature row by row.

    Attributes
    ----------
    sums
        The mean over the rows of residual times 1, and of residual times each feature as it is given; 1 + k
        fractions, without any rounding but that of the residuals.
    curve
        Weights that sum to 1, times the second derivative of the loss; float64 of shape (n,).
    bits
        Bits behind the point that are right.
    limbs
        Probabilities, as numbers of `crossframe.optima.fixed`; None for the other links.
    exponentials
        The parts of the second derivative, for the log link.
    """

    sums: list[Fraction]
    curve: FloatArray
    bits: int
    limbs: IntArray | None
    exponentials: tuple[Exponentials, ...] = ()

    def curvature(self, rows: Rows) -> Integers:
        """``rows.heavy`` times the second derivative with ``bits`` bits behind the point; shape (n,)."""
        one = 1 << self.bits
        if self.exponentials:
            parts = [part.second(self.bits, len(rows.y)) for part in self.exponentials]
            out = np.array([sum(row) for row in zip(*parts, strict=True)], dtype=object)
        elif self.limbs is None:
            out = np.full(len(rows.y), one, dtype=object)
        else:
            fitted = fixed.as_integers(self.limbs, self.bits)
            out = np.array([p * (one - p) >> self.bits for p in fitted], dtype=object)
        return out if rows.heavy is None else np.asarray(out * rows.heavy)

    def slopes(self, intercept: bool) -> FloatArray:
        """The gradient in the reported numbers, rounded once; shape (1 + k,), 0 without an intercept."""
        return np.array([float(self.sums[0]) * intercept, *map(float, self.sums[1:])])

    def gradient(self, design: ExactMatrix, context: Any) -> list[Any]:
        """The gradient in the unknowns of the columns of ``design``, numbers of the mpmath ``context``."""
        slopes = [
            (value - centre * self.sums[0]) * Fraction(2) ** -shift
            for value, centre, shift in zip(self.sums[1:], design.centre, design.shifts, strict=True)
        ]
        every = [*self.sums[: design.first], *slopes]
        return [context.mpf(v.numerator) / v.denominator for v in every]


def evaluate(
    design: ExactMatrix,
    rows: Rows,
    link: str,
    point: list[Any],
    bits: int = WORKING_BITS,
    power: float = 1.0,
) -> Evaluation:
    """The mean loss at ``point``, an mpmath number for each of the m columns of the design.

    ``power`` is that of `crossframe.optima.problem.Problem`. A residual is wrong by its score's and its
    probability's error, below m 2**-bits each; for the identity link by the score's alone.
    """
    X, n = design.X, len(rows.y)
    slopes = [
        _exact(v) * Fraction(2) ** -s for v, s in zip(point[design.first :], design.shifts, strict=True)
    ]
    start = sum(map(_exact, point[: design.first]), rows.offset)
    start -= sum((c * b for c, b in zip(design.centre, slopes, strict=True)), Fraction(0))
    top = design.tops
    if rows.known is not None:
        # A column whose coefficient is 1.
        X, top = np.column_stack([X, rows.known]), np.append(top, tops(rows.known[:, None]))
        slopes = [*slopes, Fraction(1)]
    if link == "log":
        return _log_linear(X, top, rows, slopes, start, power, bits, design.X.shape[1])
    scores = _Scores(slopes, start, top, float(np.abs(rows.y).max(initial=0.0)), bits)
    sums = _Sums(design.tops, rows.weights)
    curve = np.full(n, 1.0 / n) if rows.weights is None else rows.weights / rows.weights.sum()
    limbs = None if link == "identity" else np.empty((fixed.fraction_limbs(bits) + 1, n), dtype=np.int64)
    for begin in range(0, n, ROWS):
        chunk = slice(begin, begin + ROWS)
        parts = digits(X[chunk], top, _LONG) if X.shape[1] else []
        residual = scores.of(parts if any(slopes) else [], len(curve[chunk]))
        before = scores.before
        if limbs is not None:
            # Without any slope all rows have one score.
            rows_of = residual if any(slopes) else residual[:, :1]
            p = fixed.logistic(_as_limbs(rows_of, before, len(limbs)))
            p = np.repeat(p, residual.shape[1] // p.shape[1], axis=1)
            limbs[:, chunk] = p
            curve[chunk] *= fixed.as_floats(p) * fixed.as_floats(fixed.complement(p))
            residual, before = _as_short(p), 1
        # A target's digits beyond the residual's are of no account.
        y_digits = digits(rows.y[chunk, None], np.array([_SHORT * before]), _SHORT)
        for line, digit in zip(residual, y_digits, strict=False):
            line -= digit[:, 0].astype(np.int64)
        sums.add([part[:, : design.X.shape[1]] for part in parts], residual, before, chunk)
    return Evaluation(sums.means(rows), curve, bits, limbs)


def evaluate_classes(
    design: ExactMatrix, rows: Rows, points: list[list[Any]], bits: int = WORKING_BITS
) -> tuple[list[Evaluation], FloatArray]:
    """The mean log-loss of a softmax at a point of each class: an `Evaluation` for each, and 1 - p, (n, K).

    ``rows.y`` are classes counted from 0; the ``curve`` of an evaluation has weight times p. Of each row the
    scores are taken relative to its largest, so that 1 / (sum of exponentials) is a number near 1.
    """
    n, top = len(rows.y), design.tops
    each = []
    for point in points:
        slopes = [
            _exact(v) * Fraction(2) ** -s for v, s in zip(point[design.first :], design.shifts, strict=True)
        ]
        start = sum(map(_exact, point[: design.first]), Fraction(0))
        start -= sum((c * b for c, b in zip(design.centre, slopes, strict=True)), Fraction(0))
        each.append((slopes, start))
    units = [Fraction(2) ** int(t) for t in top]
    largest = max(
        abs(v)
        for slopes, start in each
        for v in (start, *(b * u for b, u in zip(slopes, units, strict=True)))
    )
    scorers = [_Scores(slopes, start, top, max(largest, Fraction(1)), bits) for slopes, start in each]
    sums = [_Sums(top, rows.weights) for _ in each]
    weights = np.full(n, 1.0 / n) if rows.weights is None else rows.weights / rows.weights.sum()
    fitted, rest = np.empty((n, len(each))), np.empty((n, len(each)))
    for begin in range(0, n, ROWS):
        chunk = slice(begin, begin + ROWS)
        parts = digits(design.X[chunk], top, _LONG) if design.X.shape[1] else []
        scores = np.stack([s.of(parts, len(weights[chunk])) for s in scorers])
        before = scorers[0].before
        places = 2.0 ** (_SHORT * (before - 1 - np.arange(before + 4)))
        rough = np.einsum("ckn,k->cn", scores[:, : before + 4].astype(np.float64), places)
        best = np.take_along_axis(scores, rough.argmax(axis=0)[None, None, :], axis=0)
        below = best - scores
        # One more, so that rounding in the choice of the largest leaves no negative number.
        below[:, before - 1] += 1
        count = fixed.fraction_limbs(bits) + 1
        grown = [fixed.decay(_as_limbs(fixed.carried(u, _SHORT), before, count)) for u in below]
        share = fixed.reciprocal(fixed.carried(np.sum(grown, axis=0)))
        for c, one in enumerate(grown):
            p = fixed.multiplied(one, share)
            fitted[chunk, c] = fixed.as_floats(p)
            rest[chunk, c] = fixed.as_floats(fixed.complement(p))
            residual = _as_short(p)
            residual[0] -= rows.y[chunk] == c
            sums[c].add(parts, residual, 1, chunk)
    made = [Evaluation(s.means(rows), weights * p, bits, None) for s, p in zip(sums, fitted.T, strict=True)]
    return made, np.maximum(rest, 0.0)


def _log_linear(
    X: FloatArray,
    top: IntArray,
    rows: Rows,
    slopes: list[Fraction],
    start: Fraction,
    power: float,
    bits: int,
    features: int,
) -> Evaluation:
    """`evaluate` for the log link: residuals exp((2-p) s) - y exp(-(p-1) s) of s = start + X slopes.

    Each exponential is exp(reach) times exp(-u) with u = reach - factor * s >= 0, which
    `crossframe.optima.fixed.decay` has; the precision grows by what exp(reach), and a target, multiply.
    The first ``features`` columns of ``X`` have a coefficient that is sought.
    """
    n, exact = len(rows.y), Fraction(power)
    weights = np.full(n, 1.0 / n) if rows.weights is None else rows.weights / rows.weights.sum()
    rough = np.array([float(b) for b in slopes])
    eta = X @ rough + float(start)
    doubt = 1e-12 * float((np.abs(X) @ np.abs(rough)).max(initial=abs(float(start)))) + 1e-9
    means, curve, parts_of = [Fraction(0)] * (1 + features), np.zeros(n), []
    for sign, factor, targets in ((1, 2 - exact, None), (-1, 1 - exact, rows.y)):
        reach = math.ceil(float((float(factor) * eta).max()) + doubt) if factor else 0
        largest = 1.0 if targets is None else float(targets.max())
        more = bits + max(0, math.ceil(reach / math.log(2) + math.log2(max(1.0, largest))))
        scores = _Scores([-factor * b for b in slopes], reach - factor * start, top, 1.0, more)
        limbs = np.empty((fixed.fraction_limbs(more) + 1, n), dtype=np.int64) if factor else None
        whole = max(0, math.ceil(math.frexp(largest)[1] / _SHORT))
        sums = _Sums(top[:features], rows.weights)
        for begin in range(0, n, ROWS):
            chunk = slice(begin, begin + ROWS)
            parts = digits(X[chunk], top, _LONG) if X.shape[1] else []
            size, before = len(eta[chunk]), 1
            value = np.ones((1, size), dtype=np.int64)
            if limbs is not None:
                u = scores.of(parts, size)
                limbs[:, chunk] = fixed.decay(_as_limbs(u, scores.before, len(limbs)))
                value = _as_short(limbs[:, chunk])
            if targets is not None:
                heavy = digits(targets[chunk, None], np.array([_SHORT * whole]), _SHORT)
                value = _product(value, [digit[:, 0].astype(np.int64) for digit in heavy])
                before += 1 + whole
            sums.add([part[:, :features] for part in parts], value, before, chunk)
        context = mpmath.MPContext()
        context.prec = more + 64
        scale = _exact(context.exp(reach))
        means = [a + sign * scale * b for a, b in zip(means, sums.means(rows), strict=True)]
        if factor:
            one = Exponentials(sign * factor, scale, limbs, targets)
            assert limbs is not None
            with np.errstate(divide="ignore"):
                share = np.exp(np.log(fixed.as_floats(limbs)) + reach) * float(one.amount)
            curve += weights * (share if targets is None else share * targets)
            parts_of.append(one)
    return Evaluation(means, curve, bits, None, tuple(parts_of))


def _exact(value: Any) -> Fraction:
    """An mpmath number as a fraction."""
    return Fraction(*map(int, libmp.to_rational(value._mpf_)))


def _cut(value: Fraction, before: int, behind: int) -> list[float]:
    """Short digits of ``value`` with its sign, ``behind`` of them behind the point."""
    size = round(abs(value) * 2 ** (_SHORT * behind))
    sign = -1.0 if value < 0 else 1.0
    places = range(before + behind - 1, -1, -1)
    return [sign * (size >> (_SHORT * place) & ((1 << _SHORT) - 1)) for place in places]


class _Scores:
    """The scores of rows in short digits, ``before`` of them before the point; shape (digits, rows)."""

    def __init__(
        self, slopes: list[Fraction], start: Fraction, top: IntArray, largest: float | Fraction, bits: int
    ) -> None:
        self._slopes = [b * Fraction(2) ** int(t) for b, t in zip(slopes, top, strict=True)]
        # Room for the error of a digit of a coefficient times a digit of the data.
        self._behind = 2 * fixed.fraction_limbs(bits) + 4
        size = max([abs(start), Fraction(largest), *map(abs, self._slopes)])
        self.before = int(size).bit_length() // _SHORT + 2
        self._start = np.array(_cut(start, self.before, self._behind)).astype(np.int64)[:, None]
        self._steps: list[FloatArray] = []

    def of(self, parts: list[FloatArray], count: int) -> IntArray:
        """The scores of ``count`` rows whose features have the long digits ``parts``."""
        while len(self._steps) < len(parts):
            unit = Fraction(1, 2 ** (_LONG * (len(self._steps) + 1)))
            self._steps.append(np.array([_cut(b * unit, self.before, self._behind) for b in self._slopes]))
        out = np.repeat(self._start, count, axis=1)
        for part, step in zip(parts, self._steps, strict=False):
            for j in range(0, part.shape[1], _COLUMNS):
                block = slice(j, j + _COLUMNS)
                out += np.einsum("ij,jk->ki", part[:, block], step[block]).astype(np.int64)
        return fixed.carried(out, _SHORT)


class _Sums:
    """Sums over the rows of weight times residual times 1 and times each feature."""

    def __init__(self, top: IntArray, weights: FloatArray | None) -> None:
        self._top, self._weights = top, weights
        self._heaviest = None if weights is None else tops(weights[:, None])
        self._sums: dict[int, Integers] = {}

    def add(self, parts: list[FloatArray], residual: IntArray, before: int, chunk: slice) -> None:
        """Add the rows of a chunk; ``residual`` has ``before`` short digits before the point."""
        exponent = _SHORT * (before - len(residual))
        if self._weights is not None and self._heaviest is not None:
            heavy = digits(self._weights[chunk, None], self._heaviest, _SHORT)
            residual = _product(residual, [digit[:, 0].astype(np.int64) for digit in heavy])
            exponent += int(self._heaviest[0]) - _SHORT * len(heavy)
        short = residual.astype(np.float64)
        for k, part in enumerate([np.ones((short.shape[1], 1)), *parts]):
            whole = np.zeros(part.shape[1], dtype=object)
            for line in np.einsum("ij,ki->kj", part, short):
                whole = (whole << _SHORT) + line.astype(np.int64).astype(object)
            one = np.array([Fraction(2) ** exponent], dtype=object)
            self._sums[k] = self._sums.get(k, Fraction(0)) + whole * one

    def means(self, rows: Rows) -> list[Fraction]:
        """The sums over the sum of the weights."""
        total = Fraction(len(rows.y)) if rows.weights is None else sum(map(Fraction, rows.weights.tolist()))
        means = [Fraction(0)] * (1 + len(self._top))
        for k, sums in self._sums.items():
            for j, value in enumerate(sums):
                unit = Fraction(2) ** (int(self._top[j]) - _LONG * k) if k else Fraction(1)
                means[j + 1 if k else 0] += value * unit / total
        return means


def _product(residual: IntArray, heavy: list[IntArray]) -> IntArray:
    """Short digits of residual times weight, with one more before the point."""
    out = np.zeros((1 + len(residual) + len(heavy), residual.shape[1]), dtype=np.int64)
    for k, digit in enumerate(heavy):
        out[1 + k + 1 : 1 + k + 1 + len(residual)] += residual * digit
    return fixed.carried(out, _SHORT)


def _as_limbs(scores: IntArray, before: int, count: int) -> IntArray:
    """Scores in short digits as ``count`` limbs; those that are far from 0 only by their sign."""
    out = np.empty((count, scores.shape[1]), dtype=np.int64)
    out[0] = scores[0]
    for digit in scores[1:before]:
        out[0] = (np.clip(out[0], -_FAR, _FAR) << _SHORT) + digit
    behind = scores[before : before + 2 * (count - 1)]
    out[1:] = (behind[::2] << _SHORT) + behind[1::2]
    return out


def _as_short(limbs: IntArray) -> IntArray:
    """Limbs as short digits, one of them before the point."""
    out = np.empty((2 * len(limbs) - 1, limbs.shape[1]), dtype=np.int64)
    out[0] = limbs[0]
    out[1::2] = limbs[1:] >> _SHORT
    out[2::2] = limbs[1:] & ((1 << _SHORT) - 1)
    return out
