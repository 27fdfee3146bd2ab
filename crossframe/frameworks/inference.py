"""What a framework itself reports beside estimates: standard errors, tests, and measures of fit."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from crossframe.core.types import FloatArray

COLUMNS = ("standard error", "statistic", "p-value", "lower", "upper")
"""Columns of `Inference.table`; the last two are the ends of the interval of `LEVEL`."""
LEVEL = 0.95
MEASURES = ("deviance", "log_likelihood", "aic", "dispersion", "residual_df")
"""Measures of a fit, in the order of tables; a framework has some of them."""


@dataclass(frozen=True, eq=False)
class Inference:
    """The inference of one linear fit, in the framework's own numbers.

    Attributes
    ----------
    table
        (1 + k, 5) by `COLUMNS`, the intercept first; NaN for what there is none of.
    measures
        As many of `MEASURES` as the framework reports.
    """

    table: FloatArray
    measures: Mapping[str, float] = field(default_factory=dict)


def read(make: Callable[[], Inference]) -> Inference | None:
    """The inference that a framework reports, or None where it has none or fails to compute it.

    Its warnings are no evidence on the fit and are not shown.
    """
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            made = make()
        except (ValueError, AttributeError, NotImplementedError, ArithmeticError, np.linalg.LinAlgError):
            return None
    return made if np.isfinite(made.table[:, 0]).any() else None


def measured(**values: float | None) -> dict[str, float]:
    """The `MEASURES` that are finite numbers."""
    known = {name: float(v) for name, v in values.items() if v is not None}
    return {name: value for name, value in known.items() if np.isfinite(value)}
