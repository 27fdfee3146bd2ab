"""What a trained H2O model says about itself: settings in force, how training ended, coefficients."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from crossframe.engines.base import Coefficients, Status, Value

_OURS = {"model_id", "training_frame", "validation_frame", "response_column", "ignored_columns"}
"""Parameters that only name things on the server."""
_SPELLED = {"lambda": "lambda_"}
"""``lambda`` is no name in Python; its client and crossframe write ``lambda_``."""


@dataclass(frozen=True)
class Ending:
    """How training ended, and how far it went."""

    status: Status
    convergence: str
    updates: int | None = None
    iterations: int | None = None
    epochs: float | None = None
    epochs_asked: float | None = None


def table(model: Mapping[str, Any], name: str) -> dict[str, list[Any]]:
    """A table of the model's output: column name -> values."""
    found = model["output"][name]
    return {c["name"]: data for c, data in zip(found["columns"], found["data"], strict=True)}


def spelled(name: str) -> str:
    """The server's name of a parameter as its Python client spells it."""
    return _SPELLED.get(name, name)


def parameters(schema: Iterable[Mapping[str, Any]], which: str) -> dict[str, Value]:
    """``actual_value`` or ``default_value`` of every parameter, as plain values."""
    return {spelled(p["name"]): plain(p[which]) for p in schema if p["name"] not in _OURS}


def untold(schema: Iterable[Mapping[str, Any]]) -> dict[str, Value]:
    """The penalties that the server was left to choose, as None."""
    names = {"lambda", "alpha"}
    return {spelled(p["name"]): None for p in schema if p["name"] in names and p["input_value"] is None}


def found_by_search(model: Mapping[str, Any], settings: Mapping[str, Value]) -> dict[str, Value]:
    """The penalty at which a search ended, in place of all those that it tried."""
    if not settings.get("lambda_search"):
        return {}
    return {"lambda_": model["output"]["lambda_best"], "alpha": model["output"]["alpha_best"]}


def plain(value: Any) -> Value:
    """A value of the server's JSON: a list of one is its element, of whole numbers a tuple, the rest text."""
    if isinstance(value, list):
        if len(value) == 1:
            return plain(value[0])
        if all(isinstance(v, int) for v in value):
            return tuple(value)
        return str(value)
    if isinstance(value, dict):
        return str(value.get("name") or value.get("column_name"))
    return value  # type: ignore[no-any-return]


def unused(messages: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Parameters the server itself calls unused, in its words."""
    return {spelled(m["field_name"]): m["message"] for m in messages if m["message_type"] == "TRACE"}


def deep_learning_ending(model: Mapping[str, Any], settings: Mapping[str, Value]) -> Ending:
    """Which rule ended the training of a network, from its scoring history.

    ``epochs`` and ``updates`` (training rows processed, one update each) are the most that any
    line of the history shows: where the best state is put back at the end, the last line is its.
    """
    history = table(model, "scoring_history")
    epochs, samples = (_column(history, name) for name in ("epochs", "samples"))
    errors = _column(history, "training_classification_error")
    asked, done = float(settings["epochs"]), float(np.nanmax(epochs))  # type: ignore[arg-type]
    last = int(np.nanargmax(epochs))
    reached = f"after {done:.4g} of {asked:g} epochs"
    stop_at = float(settings["classification_stop"])  # type: ignore[arg-type]
    if done >= asked:
        status, word = Status.COMPLETED, f"all epochs: {done:.4g} of {asked:g}"
    elif stop_at >= 0 and errors[last] <= stop_at:
        scoring = {1: "first", 2: "second", 3: "third"}.get(last, f"{last}th")
        status = Status.STOPPED_EARLY
        word = f"classification_stop: training error {errors[last]:g} at the {scoring} scoring, {reached}"
    elif settings["stopping_rounds"]:
        status = Status.STOPPED_EARLY
        word = (
            f"early stopping: {settings['stopping_metric']} no better by {settings['stopping_tolerance']} "
            f"in {settings['stopping_rounds']} scorings, {reached}"
        )
    else:
        status, word = Status.STOPPED_EARLY, f"no rule that is known here, {reached}"
    if epochs[-1] < done:
        word += f"; the best state, of epoch {epochs[-1]:.4g}, was put back"
    return Ending(status, word, int(np.nanmax(samples)), None, done, asked)


def _column(history: Mapping[str, Sequence[Any]], name: str) -> Any:
    return np.array([np.nan if v is None else float(v) for v in history[name]])


def glm_ending(
    model: Mapping[str, Any], settings: Mapping[str, Value], aliased: Sequence[str], warnings: str
) -> Ending:
    """Whether the solver stopped by its tolerances, by the iteration limit, or left columns out."""
    done = int(table(model, "model_summary")["number_of_iterations"][0])
    limit = int(settings["max_iterations"])  # type: ignore[arg-type]
    word = f"{settings['solver']}: {done} iterations, at most {limit}"
    if done >= limit > 0 or "maximum number of iterations" in warnings:
        return Ending(Status.ITERATION_LIMIT, word, iterations=done)
    if aliased and settings["lambda_"] == 0.0:
        return Ending(Status.RANK_DEFICIENT, word, iterations=done)
    return Ending(Status.CONVERGED, word, iterations=done)


def glm_coefficients(
    model: Mapping[str, Any], settings: Mapping[str, Value], columns: Sequence[str], names: Sequence[str]
) -> Coefficients:
    """Coefficients on the scale of the features as sent; a column the server left out is aliased.

    A constant column is not in the server's table; a collinear one that was removed is there with
    exactly 0, which no column that took part in an unpenalised fit has.
    ``columns`` are the server's names of the features, ``names`` the user's.
    """
    found = table(model, "coefficients_table")
    table_values = dict(zip(found["names"], map(float, found["coefficients"]), strict=True))
    values = np.array([table_values.get(column, np.nan) for column in columns])
    if settings["remove_collinear_columns"] and settings["lambda_"] == 0.0:
        values[values == 0.0] = np.nan
    return Coefficients(
        intercept=table_values.get("Intercept", 0.0),
        values=values,
        aliased=tuple(name for name, value in zip(names, values, strict=True) if np.isnan(value)),
    )
