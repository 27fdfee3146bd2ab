"""The scale on which a target was fitted: the constant that it is, and words for it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from crossframe.explain.coefficients.designs import Departure
from crossframe.explain.coefficients.stationary import Fit, Objective

_SLACK = 1e-6
"""Share of the scale by which a constant may be outside the range that the printed digits leave."""
_SHIFT = 1e-3
"""Share of the target's standard deviation within which a shift is a constant."""


def named(fit: Fit, name: str, classes: bool) -> tuple[Objective, list[Departure]]:
    """The objective with the scale and shift that are meant, and how the target was scaled, in words.

    ``name`` is the target's; ``classes`` says that it is two classes. Nothing changes in a fit to the target
    as it is.
    """
    o = fit.objective
    if o.scale == 1.0 and not o.shift:
        return o, []
    low, high = fit.ranges["scale"]
    slack = _SLACK * abs(o.scale)
    of_scale = ((v, words) for v, words in _scales(fit, name) if low - slack <= v <= high + slack)
    scale, words = next(of_scale, (o.scale, f"{o.scale:.6g} times {name}"))
    size = abs(scale) * float(fit.design.y.std())
    of_shift = ((v, text) for v, text in _shifts(fit, scale) if abs(o.shift - v) <= _SHIFT * size)
    shift, moved = next(of_shift, (o.shift, f" {'+' if o.shift > 0 else '-'} {abs(o.shift):.4g}"))
    if classes:
        words = f"the classes are coded as {shift:.6g} and {shift + scale:.6g}, not as 0 and 1"
        return replace(o, scale=scale, shift=shift), [Departure("target", words, "codes")]
    option = "unknown" if scale == o.scale else "scaled"
    return replace(o, scale=scale, shift=shift), [
        Departure("target", f"the target is {words}{moved}", option)
    ]


def _scales(fit: Fit, name: str) -> Iterator[tuple[float, str]]:
    y = fit.design.y
    yield 1.0, name
    yield -1.0, f"-{name}"
    yield 2.0, f"2 times {name}"
    for power in range(-9, 10):
        yield 10.0**power, f"{10.0**power:g} times {name}"
    yield 1 / float(y.std()), f"{name} over its standard deviation, with 1/n"
    yield 1 / float(y.std(ddof=1)), f"{name} over its standard deviation, with 1/(n-1)"
    yield 1 / float(np.ptp(y)), f"{name} over its range"
    yield 1 / float(np.abs(y).max()), f"{name} over its largest size"


def _shifts(fit: Fit, scale: float) -> Iterator[tuple[float, str]]:
    y = fit.design.y
    yield 0.0, ""
    yield -scale * float(y.mean()), ", less its mean"
    yield -scale * float(y.min()), ", less its minimum"
    yield from ((float(k), f" {'+' if k > 0 else '-'} {abs(k)}") for k in (1, -1))
