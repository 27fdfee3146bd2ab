"""Exact integers, exact least squares, and the digits they leave to float64."""

from __future__ import annotations

from fractions import Fraction

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crossframe.core.types import FloatArray
from crossframe.optima import Problem, SolutionStatus, exact_least_squares, gradient, solve
from crossframe.optima.exact import as_integers


def polynomial(degree: int, rows: int = 40) -> tuple[FloatArray, FloatArray]:
    """Powers of numbers between 3 and 4, which are all but dependent, and a noisy target."""
    rng = np.random.default_rng(1)
    x = np.linspace(3, 4, rows)
    X = np.stack([x**j for j in range(1, degree + 1)], axis=1)
    return X, X @ rng.normal(size=degree) + 1e-3 * rng.normal(size=rows)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=8))
def test_integers_are_the_floats(values: list[float]) -> None:
    numbers, (power,) = as_integers(np.array(values)[:, None])
    for number, value in zip(numbers[:, 0], values, strict=True):
        assert int(number) * Fraction(2) ** -power == Fraction(value)


def test_exact_least_squares_satisfies_the_normal_equations() -> None:
    X, y = polynomial(4)
    b0, b = exact_least_squares(X, y)
    rows = [[Fraction(1), *map(Fraction, row)] for row in X.tolist()]
    left = [
        Fraction(t) - sum(a * c for a, c in zip(row, (b0, *b), strict=True))
        for row, t in zip(rows, y.tolist(), strict=True)
    ]
    assert all(sum(row[j] * r for row, r in zip(rows, left, strict=True)) == 0 for j in range(5))


def test_dependent_columns_have_no_exact_solution() -> None:
    X = np.array([[1.0, 2.0], [2.0, 4.0], [3.0, 6.0]])
    with pytest.raises(ValueError, match="dependent"):
        exact_least_squares(X, np.arange(3.0))


@pytest.mark.parametrize("degree", [3, 6, 10])
def test_the_solver_finds_the_exact_polynomial(degree: int) -> None:
    X, y = polynomial(degree)
    b0, b = exact_least_squares(X, y)
    solution = solve(Problem(X, y, "identity", rank_tolerance=0))
    assert solution.status is SolutionStatus.CERTIFIED
    assert solution.digits >= 16
    with mpmath.workdps(60):
        for said, exact in zip(solution.precise, (b0, *b), strict=True):
            true = mpmath.mpf(exact.numerator) / exact.denominator
            # Half a unit of the last printed digit, and what the certificate allows.
            allowed = mpmath.mpf(10) ** (1 - min(30, int(solution.digits))) / 2
            assert abs(mpmath.mpf(said) / true - 1) < allowed + mpmath.mpf(10) ** -solution.digits


def test_longley() -> None:
    """J. W. Longley, An appraisal of least squares programs, JASA 62 (1967) 819-841; NIST StRD Longley.

    The certified values are NIST's, in the public domain.
    """
    # deflator, GNP, unemployed, armed forces, population, year, employed
    table = np.array(
        [
            [83.0, 234289, 2356, 1590, 107608, 1947, 60323],
            [88.5, 259426, 2325, 1456, 108632, 1948, 61122],
            [88.2, 258054, 3682, 1616, 109773, 1949, 60171],
            [89.5, 284599, 3351, 1650, 110929, 1950, 61187],
            [96.2, 328975, 2099, 3099, 112075, 1951, 63221],
            [98.1, 346999, 1932, 3594, 113270, 1952, 63639],
            [99.0, 365385, 1870, 3547, 115094, 1953, 64989],
            [100.0, 363112, 3578, 3350, 116219, 1954, 63761],
            [101.2, 397469, 2904, 3048, 117388, 1955, 66019],
            [104.6, 419180, 2822, 2857, 118734, 1956, 67857],
            [108.4, 442769, 2936, 2798, 120445, 1957, 68169],
            [110.8, 444546, 4681, 2637, 121950, 1958, 66513],
            [112.6, 482704, 3813, 2552, 123366, 1959, 68655],
            [114.2, 502601, 3931, 2514, 125368, 1960, 69564],
            [115.7, 518173, 4806, 2572, 127852, 1961, 69331],
            [116.9, 554894, 4007, 2827, 130081, 1962, 70551],
        ]
    )
    certified = [
        -3482258.63459582,
        15.0618722713733,
        -0.358191792925910e-01,
        -2.02022980381683,
        -1.03322686717359,
        -0.511041056535807e-01,
        1829.15146461355,
    ]
    X, y = table[:, :6], table[:, 6]
    solution = solve(Problem(X, y, "identity"))
    assert solution.digits >= 16
    # NIST's table is decimal; 83.0 and 88.2 as float64 differ from it in the 17th digit
    np.testing.assert_allclose([solution.intercept, *solution.coefficients], certified, rtol=2e-13)


def test_the_exact_gradient_is_the_formula() -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(30, 2)) * [1e3, 1e-3] + [5e3, 1.0]
    y = (rng.uniform(size=30) < 0.5).astype(float)
    b0, b = 0.3, np.array([1e-4, 0.7])
    slope = gradient(Problem(X, y, l2=0.5), b0, b)
    with mpmath.workdps(60):
        sums = [mpmath.mpf(0)] * 3
        for row, target in zip(X.tolist(), y.tolist(), strict=True):
            eta = mpmath.mpf(b0) + mpmath.mpf(row[0]) * b[0] + mpmath.mpf(row[1]) * b[1]
            left = 1 / (1 + mpmath.exp(-eta)) - target
            sums = [s + left * mpmath.mpf(v) / 30 for s, v in zip(sums, (1.0, *row), strict=True)]
        sums[1] += mpmath.mpf(0.5) * b[0]
        sums[2] += mpmath.mpf(0.5) * b[1]
        assert [float(s) for s in sums] == slope.tolist()
