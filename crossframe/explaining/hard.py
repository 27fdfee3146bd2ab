"""Digits in which the frameworks' least squares agree with the exact answer, and the digits to expect."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from crossframe.diagnosing.floor import UNIT, Floor, rounding_floor
from crossframe.engines.base import EvalRows, FitRequest, FitResult, FloatArray, Value
from crossframe.engines.pool import Pool
from crossframe.explaining.hard_problems import Hard
from crossframe.referee.problem import Problem

MAX_DIGITS = -math.log10(UNIT)
"""Digits of a float64 that is the exact number rounded once."""


@dataclass(frozen=True)
class Side:
    """A model with its settings, and the algorithm by which its floor is predicted.

    ``by`` is ``orthogonal``, ``centred`` or ``normal_equations`` of `crossframe.diagnosing.floor.Floor`,
    ``centred_normal_equations`` for those of centred features, or ``exact``.
    """

    name: str
    model: str
    by: str
    native: Mapping[str, Value] = field(default_factory=dict)


SIDES = (
    Side("lm", "r.lm", "orthogonal"),
    Side("lm, tol=1e-20", "r.lm", "orthogonal", {"tol": 1e-20}),
    Side("LinearRegression", "sklearn.linear", "centred"),
    Side("LinearRegression, tol=1e-15", "sklearn.linear", "centred", {"tol": 1e-15}),
    Side("H2O GLM", "h2o.glm", "centred_normal_equations", {"lambda_": 0.0}),
    Side("H2O GLM, standardize=False", "h2o.glm", "normal_equations", {"lambda_": 0.0, "standardize": False}),
    Side("the referee", "reference.optimum", "exact", {"rank_tolerance": 0.0}),
)
"""In the order of the tables. QR (lm), SVD of centred features, Cholesky factor of the Gram matrix."""


@dataclass(frozen=True)
class Reached:
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


def measure(problems: Sequence[Hard], sides: Sequence[Side] = SIDES) -> tuple[Reached, ...]:
    """Fit every side to every problem."""
    found = []
    with Pool() as pool:
        running = {engine: pool.process(engine) for engine in {s.model.partition(".")[0] for s in sides}}
        try:
            for problem in problems:
                floor = floor_of(problem)
                for side in sides:
                    result = running[side.model.partition(".")[0]].fit(_request(problem, side))
                    found.append(_reached(problem, side, floor, result))
        finally:
            for process in running.values():
                process.close()
    return tuple(found)


def floor_of(problem: Hard) -> Floor:
    """The rounding floor at the exact answer."""
    return rounding_floor(Problem(problem.X, problem.y, "identity", rank_tolerance=0.0))


def _request(problem: Hard, side: Side) -> FitRequest:
    names = tuple(f"x{j + 1}" for j in range(problem.X.shape[1]))
    rows = EvalRows(hashlib.sha256(problem.X.tobytes()).hexdigest(), problem.X, names)
    model = side.model.partition(".")[2]
    return FitRequest(model, {}, side.native, problem.X, problem.y, names, rows, task="numbers")


def _reached(problem: Hard, side: Side, floor: Floor, result: FitResult) -> Reached:
    named = (problem.name, side.name)
    expected = (floor.condition, predict(floor, side.by))
    if result.coefficients is None:
        return Reached(*named, math.nan, math.nan, *expected, str(result.status))
    if result.coefficients.aliased:
        words = f"aliased {', '.join(result.coefficients.aliased)}"
        return Reached(*named, math.nan, math.nan, *expected, words)
    answer = np.array([result.coefficients.intercept, *result.coefficients.values])
    whole, worst = digits(problem, answer)
    rank = result.convergence.removeprefix("rank ").split(" of ")
    cut = side.model == "sklearn.linear" and rank[0] != rank[1]
    return Reached(*named, whole, worst, *expected, result.convergence if cut else "")


def predict(floor: Floor, by: str) -> float:
    """Digits that an algorithm can be expected to have; see `Side`."""
    if by == "exact":
        return MAX_DIGITS
    if by == "centred_normal_equations":
        return max(0.0, -math.log10(UNIT * floor.condition_centred**2))
    return float(getattr(floor, by))


def digits(problem: Hard, answer: FloatArray) -> tuple[float, float]:
    """(normwise, of the worst coefficient), both between 0 and `MAX_DIGITS`."""
    exact = problem.exact
    sizes = np.array([math.sqrt(len(problem.y)), *np.linalg.norm(problem.X, axis=0)])
    whole = float(np.linalg.norm(sizes * (answer - exact)) / np.linalg.norm(sizes * exact))
    return _digits(whole), _digits(float(np.max(np.abs(answer - exact) / np.abs(exact))))


def _digits(error: float) -> float:
    return min(MAX_DIGITS, max(0.0, -math.log10(error))) if error > 0 else MAX_DIGITS
