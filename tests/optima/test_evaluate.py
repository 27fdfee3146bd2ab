"""Exact sums over many rows: without rounding, without Python's integers, and in little memory."""

from __future__ import annotations

import tracemalloc
from fractions import Fraction

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crossframe.optima import Problem, fixed, solve
from crossframe.optima.evaluate import WORKING_BITS, evaluate
from crossframe.optima.exact import ROWS, ExactMatrix, Rows, digits, exact_sums, tops
from crossframe.optima.pivoting import exactly_dependent, independent, pivot
from crossframe.optima.prepare import context_of

FLOATS = st.floats(allow_nan=False, allow_infinity=False)


def design(X, intercept=1):
    return ExactMatrix(X, intercept, [Fraction(0)] * X.shape[1], [0] * X.shape[1])


def points(values):
    return [context_of(300).mpf(float(v)) for v in values]


@settings(max_examples=60, deadline=None)
@given(st.lists(FLOATS, min_size=1, max_size=8), st.sampled_from([14, 20, 26]))
def test_digits_are_the_floats(values, width):
    column = np.array(values)[:, None]
    top = tops(column)
    parts = digits(column, top, width)
    assert all(np.abs(part).max() < 2**width for part in parts)
    unit = Fraction(2) ** int(top[0])
    for i, value in enumerate(values):
        terms = (Fraction(float(d[i, 0])) / 2 ** (width * (k + 1)) for k, d in enumerate(parts))
        assert unit * sum(terms) == Fraction(value)


@settings(max_examples=40, deadline=None)
@given(st.lists(FLOATS, min_size=1, max_size=8))
def test_sums_and_squares_are_exact(values):
    total, squares = exact_sums(np.array(values)[:, None])[0]
    assert total == sum(map(Fraction, values))
    assert squares == sum(Fraction(v) ** 2 for v in values)


@pytest.mark.parametrize("bits", [WORKING_BITS, 2 * WORKING_BITS])
def test_the_logistic_function_is_right_to_its_bits(bits):
    limbs = fixed.fraction_limbs(bits)
    rng = np.random.default_rng(0)
    scores = [*rng.normal(size=200) * 5, 0.0, 2.0**-40, -(2.0**-40), 1.0, -1.0, 155.0, -155.0, 1e4, -1e4]
    whole = [int(Fraction(float(s)) * 2 ** (fixed.WIDTH * limbs)) for s in scores]
    numbers = np.array(
        [[w >> (fixed.WIDTH * (limbs - k)) for w in whole] for k in range(limbs + 1)], dtype=object
    )
    numbers[1:] &= (1 << fixed.WIDTH) - 1
    got = fixed.as_integers(fixed.logistic(numbers.astype(np.int64)), bits)
    context = context_of(bits + 40)
    for value, score in zip(got, scores, strict=True):
        exact = context.ldexp(1 / (1 + context.exp(-context.mpf(float(score)))), bits)
        assert abs(value - exact) <= 2


@pytest.mark.parametrize("link", ["identity", "logit"])
@pytest.mark.parametrize("weighted", [False, True])
def test_the_sums_of_a_loss_are_those_of_fractions(link, weighted):
    rng = np.random.default_rng(3)
    X = rng.normal(size=(40, 3)) * [1e8, 1.0, 1e-200] + [1e9, 0.0, 0.0]
    X[::7] = 0.0
    y = (rng.random(40) < 0.5).astype(float) if link == "logit" else rng.normal(size=40) * 1e3
    weights = rng.random(40) if weighted else None
    point = points([0.25, 1e-9, -0.7, 1e199])
    got = evaluate(design(X), Rows(y, weights), link, point).sums
    with mpmath.workprec(400):
        sums, total = [mpmath.mpf(0)] * 4, mpmath.mpf(0)
        for i, row in enumerate(X.tolist()):
            score = sum((a * mpmath.mpf(b) for a, b in zip(point, (1.0, *row), strict=True)), mpmath.mpf(0))
            left = (1 / (1 + mpmath.exp(-score)) if link == "logit" else score) - mpmath.mpf(float(y[i]))
            heavy = mpmath.mpf(float(weights[i])) if weighted else mpmath.mpf(1)
            sums = [s + heavy * left * v for s, v in zip(sums, (1.0, *row), strict=True)]
            total += heavy
        sizes = [1.0, *np.abs(X).max(axis=0).tolist()]
        for value, exact, size in zip(got, sums, sizes, strict=True):
            error = abs(mpmath.mpf(value.numerator) / value.denominator - exact / total)
            assert error <= size * mpmath.mpf(2) ** -(WORKING_BITS - 4)


def test_chunks_of_rows_add_up():
    rng = np.random.default_rng(4)
    X = rng.normal(size=(2 * ROWS + 3, 2))
    y = (rng.random(len(X)) < 0.5).astype(float)
    point = points([0.1, 0.5, -0.5])
    every = evaluate(design(X), Rows(y, None), "logit", point).sums
    parts = [slice(0, 100), slice(100, ROWS + 7), slice(ROWS + 7, None)]
    sums = [Fraction(0)] * 3
    for part in parts:
        some = evaluate(design(X[part]), Rows(y[part], None), "logit", point).sums
        sums = [a + b * len(y[part]) for a, b in zip(sums, some, strict=True)]
    assert [s / len(y) for s in sums] == every


def test_without_slopes_every_row_has_the_same_score():
    X = np.random.default_rng(5).normal(size=(50, 2))
    y = np.arange(50) % 2.0
    one = evaluate(design(X), Rows(y, None), "logit", points([0.3, 0.0, 0.0]))
    other = evaluate(design(X[:, :0]), Rows(y, None), "logit", points([0.3]))
    assert one.sums[0] == other.sums[0]
    assert np.array_equal(one.curve, other.curve)


@pytest.mark.slow
def test_an_optimum_takes_a_few_times_the_memory_of_the_data():
    rng = np.random.default_rng(6)
    X = rng.normal(size=(12_000, 20))
    y = (rng.random(len(X)) < 0.5).astype(float)
    tracemalloc.start()
    try:
        solution = solve(Problem(X, y))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert solution.digits >= 16
    assert peak < 8 * X.nbytes


def test_independence_is_proved_or_left_open():
    rng = np.random.default_rng(7)
    X = rng.normal(size=(100, 4)) * [1.0, 1e-100, 1e100, 5.0]
    assert independent(X)
    assert independent(X, 0.2)
    assert not independent(X, 1.0)
    near = np.column_stack([X, X[:, 0] + 1e-9 * X[:, 3]])
    assert not independent(near, 1e-7)
    assert pivot(near) == [4]
    assert exactly_dependent(near) == []
    assert not independent(np.column_stack([X, X[:, 0]]))
    assert not independent(np.column_stack([X, np.zeros(100)]))
    assert not independent(X[:3])
    assert not independent(X * 1e200)
