"""Hard regressions in real frameworks: digits against the exact answer, and against the rounding floor."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest

from crossframe.explain.hard_regressions import (
    MODELS,
    DigitsReached,
    HardProblem,
    digits_of_answer,
    hard_problems,
    measure,
)
from crossframe.explain.hard_report import document

FEW = ("Longley", "Wampler1", "Wampler5", "unit interval 8", "Filip's interval 10")
PROBLEMS = {problem.name: problem for problem in hard_problems()}
# NIST's certified values, to 15 digits.
LONGLEY = (
    -3482258.63459582, 15.0618722713733, -0.358191792925910e-01, -2.02022980381683,
    -1.03322686717359, -0.511041056535807e-01, 1829.15146461355,
)  # fmt: skip


@pytest.fixture(scope="module")
def reached() -> dict[tuple[str, str], DigitsReached]:
    found = measure([PROBLEMS[name] for name in FEW])
    return {(r.problem, r.side): r for r in found}


def test_the_exact_answer_is_nists() -> None:
    np.testing.assert_allclose(PROBLEMS["Longley"].exact, LONGLEY, rtol=5e-15)
    for number in (1, 3, 4, 5):
        np.testing.assert_array_equal(PROBLEMS[f"Wampler{number}"].exact, np.ones(6))
    # Its y are rounded, so that its coefficients are 1, 0.1, ... to some digits only.
    np.testing.assert_allclose(PROBLEMS["Wampler2"].exact, [1, 0.1, 0.01, 1e-3, 1e-4, 1e-5], rtol=1e-8)
    residual = PROBLEMS["Wampler3"].y - PROBLEMS["Wampler1"].y
    assert math.sqrt(residual @ residual / 15) == pytest.approx(2360.14502379268, rel=1e-14)


@pytest.mark.parametrize("name", ["Wampler1", "unit interval 8", "Filip's interval 10"])
def test_the_exact_answer_is_stationary(name: str) -> None:
    """In fractions, of the float64 numbers: no coefficient has a slope left but that of its own rounding."""
    problem = PROBLEMS[name]
    answer = [Fraction(float(b)) for b in problem.exact]
    rows = [[Fraction(1), *map(Fraction, map(float, x))] for x in problem.X]
    left = [
        sum((b * z for b, z in zip(answer, row, strict=True)), Fraction(0)) - Fraction(float(y))
        for row, y in zip(rows, problem.y, strict=True)
    ]
    for j in range(len(answer)):
        slope = sum((e * row[j] for e, row in zip(left, rows, strict=True)), Fraction(0))
        size = sum((abs(b * row[k] * row[j]) for row in rows for k, b in enumerate(answer)), Fraction(0))
        assert abs(slope) <= size * Fraction(1, 2**52)


@pytest.mark.parametrize("name", FEW)
def test_the_certified_optimum_has_every_digit(
    reached: dict[tuple[str, str], DigitsReached], name: str
) -> None:
    one = reached[name, "certified optimum"]
    assert one.complete
    assert one.holds
    assert one.worst >= 15.9


@pytest.mark.parametrize("name", FEW)
@pytest.mark.parametrize("side", ["lm, tol=1e-20", "LinearRegression, tol=1e-15", "H2O GLM"])
def test_the_floor_is_reached(reached: dict[tuple[str, str], DigitsReached], name: str, side: str) -> None:
    one = reached[name, side]
    assert one.complete
    assert one.digits >= one.predicted


def test_normal_equations_lose_twice_as_many(reached: dict[tuple[str, str], DigitsReached]) -> None:
    hard = "unit interval 8"
    assert reached[hard, "lm"].digits - reached[hard, "H2O GLM"].digits > 3
    assert reached["Longley", "H2O GLM"].digits - reached["Longley", "H2O GLM, standardize=False"].digits > 3
    # A large residual costs QR what the normal equations have lost already.
    assert reached["Wampler1", "lm"].digits - reached["Wampler5", "lm"].digits > 3


def test_who_fits_another_model_says_so(reached: dict[tuple[str, str], DigitsReached]) -> None:
    filip = "Filip's interval 10"
    assert reached[filip, "lm"].words == "aliased x10"
    assert math.isnan(reached[filip, "lm"].digits)
    # Its tol of 1e-6 cuts off directions that the units of the powers alone make small.
    cut = reached["Wampler1", "LinearRegression"]
    assert cut.words == "rank 4 of 5 features"
    assert not cut.holds
    # The floor bounds the errors of all coefficients together, by the norms of their columns: the digits of
    # the one that counts least may be fewer by as much as it is smaller.
    whole, problem = reached["Wampler1", "LinearRegression, tol=1e-15"], PROBLEMS["Wampler1"]
    norms = [math.sqrt(len(problem.y)), *np.linalg.norm(problem.X, axis=0)]
    sizes = np.abs(norms * problem.exact)
    least = whole.predicted - math.log10(np.linalg.norm(sizes) / sizes.min())
    assert cut.worst < 1 < 6 < least <= whole.worst


def test_digits_of_known_errors() -> None:
    problem = HardProblem("one", "", np.array([[0.0], [1.0], [2.0]]), np.array([1.0, 3.0, 5.0]))
    np.testing.assert_array_equal(problem.exact, [1.0, 2.0])
    assert digits_of_answer(problem, problem.exact)[1] > 15.9
    whole, worst = digits_of_answer(problem, np.array([1.001, 2.0]))
    assert worst == pytest.approx(3.0)
    assert whole == pytest.approx(-math.log10(0.001 * math.sqrt(3) / math.sqrt(3 + 4 * 5)))


def test_the_report_tells_both_digits(reached: dict[tuple[str, str], DigitsReached]) -> None:
    words = document([PROBLEMS[name] for name in FEW], list(reached.values()), MODELS).markdown()
    one = reached["Longley", "lm"]
    assert rf"{one.digits:.1f} \[{one.predicted:.1f}\]" in words
    assert "aliased x10" in words
    assert "; as many as are to be expected, or more, on 4 of 4 problems" in words
    # One problem leaves H2O without a correct digit, as is to be expected: the page does not praise that.
    none = reached["Filip's interval 10", "H2O GLM"]
    assert none.digits < 1
    assert f"H2O GLM: fewest correct digits {none.digits:.1f}" in words
    assert "less than one on 1 problem;" in words
    # The figure in words has the digits that the figure shows.
    shown = ", ".join(f"{reached[name, 'H2O GLM'].digits:.1f}" for name in FEW)
    assert f"H2O GLM: {shown};" in words
    assert "Another model than was asked for on 1: Filip's interval 10" in words
