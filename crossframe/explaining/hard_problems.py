"""Least squares that are hard for float64, after the kinds of NIST's Statistical Reference Datasets.

Longley and Wampler's problems are NIST's own, from their published figures (Longley 1967, J. Am. Stat.
Assoc. 62, 819-841; Wampler 1970, J. Am. Stat. Assoc. 65, 549-565). The polynomials are of the kind of its
Filip, on points made here. The exact answer to each is computed from the float64 numbers that the
frameworks get (`crossframe.referee.exact.exact_least_squares`), not looked up.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from crossframe.engines.base import FloatArray
from crossframe.referee.exact import exact_least_squares


@dataclass(frozen=True, eq=False)
class Hard:
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


def problems() -> tuple[Hard, ...]:
    """All of them, in the order of the report."""
    rows = np.array([line.split() for line in _LONGLEY.split("\n") if line], dtype=np.float64)
    found = [Hard("Longley", "six series that grow together, 16 years", rows[:, 1:], rows[:, 0])]
    x = np.arange(21.0)
    powers = _powers(x, 5)
    ones = 1.0 + powers.sum(axis=1)
    tenths = 1.0 + (powers * [0.1, 0.01, 0.001, 0.0001, 0.00001]).sum(axis=1)
    found.append(Hard("Wampler1", "degree 5 on 0..20, no residual, coefficients 1", powers, ones))
    found.append(Hard("Wampler2", "degree 5 on 0..20, coefficients 1, 0.1, 0.01, ...", powers, tenths))
    for number, factor in ((3, 1.0), (4, 100.0), (5, 10_000.0)):
        about = f"Wampler1 with residuals of {2048 * factor:,.0f}"
        found.append(Hard(f"Wampler{number}", about, powers, ones + factor * np.array(_WAMPLER)))
    grid = np.arange(41.0) / 40.0
    wave = np.exp(-grid) + 0.01 * np.cos(37.0 * np.arange(41.0))
    for degree in range(2, 11):
        about = f"degree {degree} on 41 points of [0, 1], small residuals"
        found.append(Hard(f"unit interval {degree}", about, _powers(grid, degree), wave))
    span = -9.0 + np.arange(82.0) * 6.0 / 81.0
    bent = 0.85 + 0.06 * np.sin(1.7 * span) + 0.003 * np.cos(37.0 * np.arange(82.0))
    for degree in range(2, 11):
        about = f"degree {degree} on 82 points of [-9, -3], as Filip"
        found.append(Hard(f"Filip's interval {degree}", about, _powers(span, degree), bent))
    return tuple(found)


def _powers(x: FloatArray, degree: int) -> FloatArray:
    return np.ascontiguousarray(np.column_stack([x**j for j in range(1, degree + 1)]))
