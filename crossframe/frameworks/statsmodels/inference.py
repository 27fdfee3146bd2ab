"""What results of statsmodels report beside the estimates."""

from __future__ import annotations

from typing import Any

import numpy as np

from crossframe.core.types import FloatArray
from crossframe.frameworks.inference import LEVEL, Inference, measured


def reported(results: Any, constant: bool) -> Inference:
    """The inference of results whose first column is the ``constant``, or that have none.

    Raises AttributeError for results that have none, as those of ``fit_regularized``.
    """
    made = table(results)
    first = made if constant else np.concatenate([np.full((1, made.shape[1]), np.nan), made])
    return Inference(first, measures(results))


def table(results: Any) -> FloatArray:
    """(columns, 5) by `crossframe.frameworks.inference.COLUMNS`; ValueError for more than two classes."""
    if np.ndim(results.params) != 1:
        raise ValueError("the inference of several classes is no table of one column each")
    ends = np.asarray(results.conf_int(1 - LEVEL)).T
    columns = (results.bse, results.tvalues, results.pvalues, *ends)
    return np.column_stack([np.asarray(column, dtype=np.float64) for column in columns])


def measures(results: Any) -> dict[str, float]:
    """The measures of fit; the deviance of least squares is the residual sum of squares."""
    return measured(
        deviance=getattr(results, "deviance", getattr(results, "ssr", None)),
        log_likelihood=getattr(results, "llf", None),
        aic=getattr(results, "aic", None),
        dispersion=getattr(results, "scale", None),
        residual_df=getattr(results, "df_resid", None),
    )
