"""Least squares that are hard for float64: the digits that frameworks reach, and the digits to expect.

Modelled on NIST's Statistical Reference Datasets. Longley and Wampler's problems are NIST's own, from
their published figures (Longley 1967, J. Am. Stat. Assoc. 62, 819-841; Wampler 1970, J. Am. Stat. Assoc.
65, 549-565). The polynomials are of the kind of its Filip, on points made here. The exact answer to each is
computed from the float64 numbers that the frameworks get
(`crossframe.optima.exact.exact_least_squares`), not looked up.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from crossframe.core.types import FloatArray, Value
from crossframe.frameworks.contract import EvalRows, FitRequest, FitResult
from crossframe.frameworks.pool import borrowed
from crossframe.optima.certificate import UNIT
from crossframe.optima.diagnoses.floor import Floor, rounding_floor
from crossframe.optima.exact import exact_least_squares
from crossframe.optima.problem import Problem

MAX_DIGITS = -math.log10(UNIT)
"""Digits of a float64 that is the exact number rounded once."""


@dataclass(frozen=True, eq=False)
class HardProblem:
    """A problem: ``X`` (n, k) and ``y`` (n,), float64, and in a few words what makes it hard."""

    name: str
    about: str
    X: FloatArray
    y: FloatArray

    @cached_property
    def exact(self) -> FloatArray:
        """(1 + k,): the intercept and the coefficients of the least squares, each rounded once."""
        intercept, values = exact_least_squares(self.X, self.y)
        return np.array([float(v) for v in (intercept, *values)])


_LONGLEY = """
60323 83.0 234289 2356 1590 107608 1947
61122 88.5 259426 2325 1456 108632 1948
60171 88.2 258054 3682 1616 109773 1949
61187 89.5 284599 3351 1650 110929 1950
63221 96.2 328975 2099 3099 112075 1951
63639 98.1 346999 1932 3594 113270 1952
64989 99.0 365385 1870 3547 115094 1953
63761 100.0 363112 3578 3350 116219 1954
66019 101.2 397469 2904 3048 117388 1955
67857 104.6 419180 2822 2857 118734 1956
68169 108.4 442769 2936 2798 120445 1957
66513 110.8 444546 4681 2637 121950 1958
68655 112.6 482704 3813 2552 123366 1959
69564 114.2 502601 3931 2514 125368 1960
69331 115.7 518173 4806 2572 127852 1961
70551 116.9 554894 4007 2827 130081 1962
"""
"""Employment; then deflator, product, unemployed, armed forces, population and year."""

_WAMPLER = (
    759, -2048, 2048, -2048, 2523, -2048, 2048, -2048, 1838, -2048, 2048,
    -2048, 1838, -2048, 2048, -2048, 2523, -2048, 2048, -2048, 759,
)  # fmt: skip
"""Deviations that no polynomial of degree 5 on 0, 1, ..., 20 takes up: they leave its coefficients at 1."""


def hard_problems() -> tuple[HardProblem, ...]:
    """Longley, Wampler 1 to 5, and polynomials of degree 2 to 10 on two intervals, in this order."""
    rows = np.array([line.split() for line in _LONGLEY.split("\n") if line], dtype=np.float64)
    made = [HardProblem("Longley", "six series that grow together, 16 years", rows[:, 1:], rows[:, 0])]
    x = np.arange(21.0)
    powers = _powers(x, 5)
    ones = 1.0 + powers.sum(axis=1)
    tenths = 1.0 + (powers * [0.1, 0.01, 0.001, 0.0001, 0.00001]).sum(axis=1)
    made.append(HardProblem("Wampler1", "degree 5 on 0..20, no residual, coefficients 1", powers, ones))
    made.append(HardProblem("Wampler2", "degree 5 on 0..20, coefficients 1, 0.1, 0.01, ...", powers, tenths))
    for number, factor in ((3, 1.0), (4, 100.0), (5, 10_000.0)):
        about = f"Wampler1 with residuals of {2048 * factor:,.0f}"
        made.append(HardProblem(f"Wampler{number}", about, powers, ones + factor * np.array(_WAMPLER)))
    grid = np.arange(41.0) / 40.0
    wave = np.exp(-grid) + 0.01 * np.cos(37.0 * np.arange(41.0))
    for degree in range(2, 11):
        about = f"degree {degree} on 41 points of [0, 1], small residuals"
        made.append(HardProblem(f"unit interval {degree}", about, _powers(grid, degree), wave))
    span = -9.0 + np.arange(82.0) * 6.0 / 81.0
    bent = 0.85 + 0.06 * np.sin(1.7 * span) + 0.003 * np.cos(37.0 * np.arange(82.0))
    for degree in range(2, 11):
        about = f"degree {degree} on 82 points of [-9, -3], as Filip"
        made.append(HardProblem(f"Filip's interval {degree}", about, _powers(span, degree), bent))
    return tuple(made)


def _powers(x: FloatArray, degree: int) -> FloatArray:
    return np.ascontiguousarray(np.column_stack([x**j for j in range(1, degree + 1)]))


@dataclass(frozen=True)
class LeastSquares:
    """A model with its settings, and the algorithm by which its floor is predicted.

    ``by`` is ``orthogonal``, ``centred`` or ``normal_equations`` of
    `crossframe.optima.diagnoses.floor.Floor`, ``centred_normal_equations`` for those
    of centred features, or ``exact``.
    """

    name: str
    model: str
    by: str
    native: Mapping[str, Value] = field(default_factory=dict)


MODELS = (
    LeastSquares("lm", "r.lm", "orthogonal"),
    LeastSquares("lm, tol=1e-20", "r.lm", "orthogonal", {"tol": 1e-20}),
    LeastSquares("LinearRegression", "sklearn.linear", "centred"),
    LeastSquares("LinearRegression, tol=1e-15", "sklearn.linear", "centred", {"tol": 1e-15}),
    LeastSquares("H2O GLM", "h2o.glm", "centred_normal_equations", {"lambda_": 0.0}),
    LeastSquares(
        "H2O GLM, standardize=False", "h2o.glm", "normal_equations", {"lambda_": 0.0, "standardize": False}
    ),
    LeastSquares("certified optimum", "reference.optimum", "exact", {"rank_tolerance": 0.0}),
)
"""In the order of the tables. QR (lm), SVD of centred features, Cholesky factor of the Gram matrix."""


@dataclass(frozen=True)
class DigitsReached:
    """What a side reached on a problem.

    Attributes
    ----------
    digits
        Normwise: -log10 |D (b - exact)| / |D exact|, D the norms of the columns, the intercept's among
        them: what the floor is about. NaN where a column was aliased.
    worst
        NIST's log relative error: the digits of the worst single coefficient.
    condition
        2-norm condition number of the problem's design, columns of norm 1.
    predicted
        Digits by the side's algorithm and the condition number of the problem.
    words
        Why there are no digits: the columns that were aliased, the directions that were cut off.
    """

    problem: str
    side: str
    digits: float
    worst: float
    condition: float
    predicted: float
    words: str

    @property
    def complete(self) -> bool:
        """Whether the side fitted the full model: then its digits are to be held against the floor."""
        return not self.words

    @property
    def holds(self) -> bool:
        """Whether it has the digits that are to be expected."""
        return self.complete and self.digits >= self.predicted


def measure(
    problems: Sequence[HardProblem], sides: Sequence[LeastSquares] = MODELS
) -> tuple[DigitsReached, ...]:
    """Fit every problem by every model; the digits reached, problem by problem."""
    reached = []
    with borrowed() as pool:
        running = {engine: pool.process(engine) for engine in {s.model.partition(".")[0] for s in sides}}
        try:
            for problem in problems:
                floor = floor_of(problem)
                for side in sides:
                    result = running[side.model.partition(".")[0]].fit(_request(problem, side))
                    reached.append(_reached(problem, side, floor, result))
        finally:
            for process in running.values():
                process.close()
    return tuple(reached)


def floor_of(problem: HardProblem) -> Floor:
    """The rounding floor of a problem; see `crossframe.optima.diagnoses.floor.rounding_floor`."""
    return rounding_floor(Problem(problem.X, problem.y, "identity", rank_tolerance=0.0))


def _request(problem: HardProblem, side: LeastSquares) -> FitRequest:
    names = tuple(f"x{j + 1}" for j in range(problem.X.shape[1]))
    rows = EvalRows(hashlib.sha256(problem.X.tobytes()).hexdigest(), problem.X, names)
    model = side.model.partition(".")[2]
    return FitRequest(model, {}, side.native, problem.X, problem.y, names, rows, task="numbers")


def _reached(problem: HardProblem, side: LeastSquares, floor: Floor, result: FitResult) -> DigitsReached:
    named = (problem.name, side.name)
    expected = (floor.condition, predict(floor, side.by))
    if result.coefficients is None:
        return DigitsReached(*named, math.nan, math.nan, *expected, str(result.status))
    if result.coefficients.aliased:
        words = f"aliased {', '.join(result.coefficients.aliased)}"
        return DigitsReached(*named, math.nan, math.nan, *expected, words)
    answer = np.array([result.coefficients.intercept, *result.coefficients.values])
    whole, worst = digits_of_answer(problem, answer)
    # "rank 5 of 6 features" is reported by models that cut directions off.
    rank = re.fullmatch(r"rank (\d+) of (\d+) \w+", result.convergence)
    cut = rank is not None and rank[1] != rank[2]
    return DigitsReached(*named, whole, worst, *expected, result.convergence if cut else "")


def predict(floor: Floor, by: str) -> float:
    """Digits that the algorithm ``by`` can reach at a problem's rounding floor; see `LeastSquares`."""
    if by == "exact":
        return MAX_DIGITS
    if by == "centred_normal_equations":
        return max(0.0, -math.log10(UNIT * floor.condition_centred**2))
    return float(getattr(floor, by))


def digits_of_answer(problem: HardProblem, answer: FloatArray) -> tuple[float, float]:
    """Correct digits of an ``answer`` (1 + k,), normwise and of the worst coefficient, up to `MAX_DIGITS`."""
    exact = problem.exact
    sizes = np.array([math.sqrt(len(problem.y)), *np.linalg.norm(problem.X, axis=0)])
    whole = float(np.linalg.norm(sizes * (answer - exact)) / np.linalg.norm(sizes * exact))
    return _digits(whole), _digits(float(np.max(np.abs(answer - exact) / np.abs(exact))))


def _digits(error: float) -> float:
    return min(MAX_DIGITS, max(0.0, -math.log10(error))) if error > 0 else MAX_DIGITS
