"""Arguments that H2O's GLM takes as frames, and the report of a trained GLM."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from crossframe.core.types import Value, as_float
from crossframe.frameworks.contract import Coefficients, Status, of_classes
from crossframe.frameworks.h2o import frames
from crossframe.frameworks.h2o._model import Call, TrainedModel
from crossframe.frameworks.h2o.rest import Rest, table
from crossframe.frameworks.inference import COLUMNS, Inference, measured, read
from crossframe.frameworks.separation import certificate, proves_separation

_BOUNDS = ("lower_bounds", "upper_bounds")
FRAMED = (*_BOUNDS, "plug_values")
"""Parameters of crossframe that stand for frames, each by one number for every column."""


def send_frames(rest: Rest, call: Call, key: str) -> None:
    """Make the frames of `FRAMED`, named by ``key``; `Call.held` gets their values as the server has them."""
    native, columns = call.native, call.columns
    if native.get("plug_values") is not None:
        name = f"{key}_plug"
        frames.upload(rest, name, columns, np.full((1, len(columns)), native["plug_values"], np.float64))
        call.frames.append(name)
        call.arguments["plug_values"] = name
        call.held["plug_values"] = frames.lowest(rest, name)[columns[0]]
    bounds = {name: as_float(value) for name in _BOUNDS if (value := native.get(name)) is not None}
    if bounds:
        name = f"{key}_bounds"
        frames.upload_named(rest, name, call.kept, bounds)
        call.frames.append(name)
        call.arguments["beta_constraints"] = name
        call.held |= {side: value for side, value in frames.lowest(rest, name).items() if side in bounds}


def searched(reply: Mapping[str, Any], effective: Mapping[str, Value]) -> dict[str, Value]:
    """The penalty that a search chose, in place of all that it tried; empty without a search."""
    if not effective.get("lambda_search"):
        return {}
    return {"lambda_": reply["output"]["lambda_best"], "alpha": reply["output"]["alpha_best"]}


def describe(fit: TrainedModel) -> dict[str, Any]:
    """Coefficients, and whether the solver stopped by its tolerances or by the iteration limit.

    Columns that the server left out make an unpenalised fit rank deficient; without a penalty the
    coefficients of a binomial one may prove that the classes are separated.
    """
    effective = fit.effective
    if effective["family"] == "multinomial":
        return _of_classes(fit)
    coefficients = _coefficients(fit)
    done = int(table(fit.reply, "model_summary")["number_of_iterations"][0])
    limit = int(effective["max_iterations"])  # type: ignore[arg-type]
    free = effective["lambda_"] == 0.0
    status, message = Status.CONVERGED, f"{effective['solver']}: {done} iterations, at most {limit}"
    if done >= limit > 0 or "maximum number of iterations" in " ".join(fit.evidence):
        status = Status.ITERATION_LIMIT
    elif coefficients.aliased and free:
        status = Status.RANK_DEFICIENT
    X, y = fit.request.X_train, fit.request.y_train
    if free and effective["family"] == "binomial" and proves_separation(X, y, coefficients):
        status, message = Status.SEPARATED, f"{message}, {certificate(len(y))}"
    return {
        "status": status,
        "convergence": message,
        "iterations": done,
        "coefficients": coefficients,
        "inference": read(lambda: _inference(fit)),
    }


def _of_classes(fit: TrainedModel) -> dict[str, Any]:
    """How a multinomial fit ended, and its coefficients, a column of the server's table for each class."""
    effective, classes = fit.effective, fit.request.classes
    done = int(table(fit.reply, "model_summary")["number_of_iterations"][0])
    limit = int(as_float(effective["max_iterations"]))
    full = done >= limit > 0 or "maximum number of iterations" in " ".join(fit.evidence)
    rows = table(fit.reply, "coefficients_table")
    columns = [rows.get(f"coefs_class_{c}") for c in range(classes)]
    made = None
    if classes > 2 and None not in columns:
        by_name = dict(zip(rows["names"], np.array(columns, dtype=np.float64).T, strict=True))
        none = np.zeros(classes)
        values = np.array([by_name.get(column, none) for column in fit.columns]).reshape(-1, classes)
        made = of_classes(by_name.get("Intercept", none), values)
    return {
        "status": Status.ITERATION_LIMIT if full else Status.CONVERGED,
        "convergence": f"{effective['solver']}: {done} iterations, at most {limit}",
        "iterations": done,
        "class_coefficients": made,
    }


def _inference(fit: TrainedModel) -> Inference:
    """What ``compute_p_values`` adds; ValueError without it, and with a penalty."""
    rows = table(fit.reply, "coefficients_table")
    tested = rows.get("z_value", rows.get("t_value"))
    if "std_error" not in rows or tested is None or fit.effective["lambda_"] != 0.0:
        raise ValueError("no standard errors were computed")
    columns = np.array([rows["std_error"], tested, rows["p_value"]], dtype=np.float64)
    by_name = dict(zip(rows["names"], columns.T, strict=True))
    made = np.full((1 + len(fit.columns), len(COLUMNS)), np.nan)
    for j, name in enumerate(("Intercept", *fit.columns)):
        made[j, :3] = by_name.get(name, np.nan)
    output = fit.reply["output"]
    metrics = output["training_metrics"] or {}
    return Inference(
        made,
        measured(
            deviance=metrics.get("residual_deviance"),
            aic=metrics.get("AIC"),
            dispersion=output.get("dispersion"),
            residual_df=metrics.get("residual_degrees_of_freedom"),
        ),
    )


def _coefficients(fit: TrainedModel) -> Coefficients:
    """Coefficients on the scale of the features as sent; a column the server left out is aliased.

    A constant column is not in the server's table; a collinear one that was removed is there with
    exactly 0, which no column that took part in an unpenalised fit has.
    """
    rows = table(fit.reply, "coefficients_table")
    by_name = dict(zip(rows["names"], map(float, rows["coefficients"]), strict=True))
    values = np.array([by_name.get(column, np.nan) for column in fit.columns])
    if fit.effective["remove_collinear_columns"] and fit.effective["lambda_"] == 0.0:
        values[values == 0.0] = np.nan
    return Coefficients(
        intercept=by_name.get("Intercept", 0.0),
        values=values,
        aliased=tuple(n for n, value in zip(fit.request.names, values, strict=True) if np.isnan(value)),
    )
