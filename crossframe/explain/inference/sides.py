"""The inference of two sides, by name or from scripts, ready to be compared."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from crossframe.core.types import FloatArray, Value, as_float
from crossframe.experiment.record import Record
from crossframe.explain.inference.compared import ComparedInference, compared
from crossframe.explain.inference.definitions import Inferred, inferred
from crossframe.explain.inference.formulas import Sample
from crossframe.frameworks.fitted import FittedModel
from crossframe.frameworks.inference import Inference
from crossframe.settings.family import of_settings

REFUSED = (
    "p-values of {name} are refused: its penalty draws the estimates towards 0, so that estimate / standard "
    "error has none of the distributions that p-values are by"
)

Side = Inferred | str
"""The inference of a side, or why it has none, in a sentence."""


def both(left: Side, right: Side) -> ComparedInference | None:
    """The inference of two sides; None where neither has any."""
    if isinstance(left, Inferred) and isinstance(right, Inferred):
        return compared(left, right)
    if isinstance(left, str) and isinstance(right, str):
        return None
    return ComparedInference(why_not=left if isinstance(left, str) else str(right))


def of_record(
    name: str,
    record: Record,
    effective: Mapping[str, Value],
    X: FloatArray,
    y: FloatArray,
    names: tuple[str, ...],
    weights: FloatArray | None = None,
    offset: FloatArray | None = None,
) -> Side:
    """The inference of a fit by name with ``effective`` settings, on the rows X (n, k) and y (n,)."""
    table, coefficients = record.arrays.get("inference"), record.arrays.get("coefficients")
    if table is None or coefficients is None:
        return why_none(name, effective)
    family, link = str(of_settings(effective)), str(effective.get("link"))
    power = effective.get("family.power", 1.5)
    sample = Sample(X, y.astype(np.float64), link, family, as_float(power), weights, offset)
    return _inferred(name, Inference(table, record.fields["measures"]), sample, names, coefficients)


def of_fit(name: str, fit: FittedModel, effective: Mapping[str, Value] | None) -> Side:
    """The inference of somebody's own fit; ``effective`` are its settings, None where they are not known."""
    if fit.inference is None or fit.coefficients is None:
        return why_none(name, effective or {})
    link, family = _model(fit, effective)
    power = as_float((effective or {}).get("family.power", 1.5))
    sample = Sample(fit.X, fit.y, link, family, power, fit.weights, fit.offset)
    coefficients = np.concatenate([[fit.intercept or 0.0], fit.coefficients])
    return _inferred(name, Inference(fit.inference, fit.measures), sample, fit.columns, coefficients)


def why_none(name: str, effective: Mapping[str, Value]) -> str:
    """Why a side has no standard errors, in a sentence."""
    penalties = [effective.get(f"penalty.{norm}") for norm in ("l2", "l1")]
    if any(isinstance(p, (int, float)) and p > 0 for p in penalties):
        return f"Standard errors and {REFUSED.format(name=name)}."
    return f"Standard errors are not compared: {name} reports none."


def _inferred(
    name: str, made: Inference, sample: Sample, names: tuple[str, ...], coefficients: FloatArray
) -> Side:
    if not np.isfinite(sample.Z).all() or len(sample.y) != len(sample.Z):
        return f"Standard errors are not compared: rows of {name} have missing values."
    return inferred(name, made, sample, names, coefficients)


def _model(fit: FittedModel, effective: Mapping[str, Value] | None) -> tuple[str, str]:
    """Link and family of a fit, by its settings or by what it was called."""
    if effective and effective.get("link"):
        return str(effective["link"]), str(of_settings(effective))
    least_squares = {"link": "identity", "family": "gaussian"} if fit.call in ("lm", "OLS", "WLS") else {}
    given = {**least_squares, **fit.arguments}
    family = str(given.get("family", "")).lower().replace("quasi", "")
    # NegativeBinomial of statsmodels, Negative Binomial(2.1) of MASS.
    family = "negative_binomial" if family.startswith("negative") else family
    return str(given.get("link", "")).lower(), family
