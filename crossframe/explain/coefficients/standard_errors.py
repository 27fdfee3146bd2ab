"""Which formula gives the standard errors that are printed beside maximum likelihood estimates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from crossframe.core.types import FloatArray, IntArray
from crossframe.explain.coefficients.designs import Design
from crossframe.explain.inference.formulas import Sample, formulas, in_words

_SOLVER = 2e-4
"""Relative error of standard errors that a framework takes from the step before its last."""


@dataclass(frozen=True)
class StandardErrors:
    """The formula of printed standard errors.

    Attributes
    ----------
    formula
        Of `formulas`; empty: none of them.
    words
        The finding in a sentence.
    values
        Of the formula, or of the nearest one, in the table's order.
    wrong
        Terms whose printed standard error is another, while those of the others agree.
    holding
        All formulas that agree with every term.
    printed, limits
        What is printed, in the table's order, and how far from it a standard error agrees.
    """

    formula: str
    words: str
    values: tuple[float, ...]
    wrong: tuple[str, ...] = ()
    holding: tuple[str, ...] = ()
    printed: tuple[float, ...] = ()
    limits: tuple[float, ...] = ()


def _formulas(
    design: Design, link: str, values: FloatArray, clusters: Mapping[str, IntArray] | None
) -> dict[str, FloatArray]:
    """`formulas` of a design at estimates (1 + p,), whose first is NaN without an intercept."""
    first = int(design.intercept == "none")
    Z = np.concatenate([np.ones((len(design.y), 1)), design.X], axis=1)[:, first:]
    sample = Sample(Z, design.y, link, weights=design.weights, parameters=design.parameters)
    return {
        name: np.concatenate([np.full(first, np.nan), errors])
        for name, errors in formulas(sample, values[first:], clusters).items()
    }


def judge(
    design: Design,
    link: str,
    values: FloatArray,
    printed: FloatArray,
    tolerances: FloatArray,
    terms: tuple[str, ...],
    clusters: Mapping[str, IntArray] | None = None,
) -> StandardErrors | None:
    """The formula of standard errors ``printed`` (1 + p,), NaN where none is printed; None without any."""
    shown = np.flatnonzero(np.isfinite(printed))
    if not len(shown):
        return None
    limit = np.maximum(
        tolerances * 1.001, (0.0 if link == "identity" else _SOLVER) * np.abs(printed)
    ) + 1e-9 * np.abs(printed)
    several = _formulas(design, link, values, clusters)
    misses = {
        name: np.abs(se - printed)[shown] / limit[shown]
        for name, se in several.items()
        if np.isfinite(se[shown]).all()
    }
    if not misses:
        return None
    best = min(misses, key=lambda name: (int((misses[name] > 1).sum()), not misses[name].max() <= 1))
    wrong = shown[misses[best] > 1]
    made = several[best]
    numbers, given, limits = (tuple(v[shown].tolist()) for v in (made, printed, limit))
    if not len(wrong):
        holding = tuple(name for name in misses if misses[name].max() <= 1)
        others = [name for name in holding if name != best]
        more = f" (to the printed digits the same as {', '.join(others)})" if others else ""
        text = f"the standard errors are {in_words(best)}{more}"
        return StandardErrors(best, text, numbers, (), holding, given, limits)
    if len(wrong) * 2 < len(shown) or len(shown) - len(wrong) >= 3:
        named = ", ".join(f"{terms[j]}: printed {printed[j]:.6g}, should be {made[j]:.6g}" for j in wrong)
        text = f"the standard errors are {in_words(best)}, but for {named}"
        return StandardErrors(best, text, numbers, tuple(terms[j] for j in wrong), (), given, limits)
    text = "the standard errors agree with none of the formulas that were tried"
    return StandardErrors("", text, numbers, printed=given, limits=limits)
