"""H2O's spelling of values: enumerations, lists that stand for one number, rules of two conditions."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from crossframe.core.errors import UsageError
from crossframe.core.types import Value
from crossframe.settings.binding import Context, Convert, Kind, When


def enum(*options: str) -> Kind:
    """One of ``options``, in the spelling of R (``TanhWithDropout``) or Python (``tanh_with_dropout``)."""
    table = {option.replace("_", "").lower(): option for option in options}

    def parse(value: Value) -> Value:
        key = str(value).replace("_", "").lower()
        if key not in table:
            raise UsageError.unknown("value", str(value), options)
        return table[key]

    return Kind("one of " + ", ".join(options), parse)


def by_table(table: Mapping[Value, Value]) -> tuple[Convert, Convert]:
    """(encode, decode) by a table of canonical value -> H2O's value.

    ``encode`` raises `UsageError` for a value outside the table.
    """
    back = {native: canonical for canonical, native in table.items()}

    def encode(value: Value, context: Context) -> Value:
        if value not in table:
            raise UsageError(f"H2O has no counterpart of {value}", f"it has: {', '.join(map(str, table))}")
        return table[value]

    return encode, lambda value, context: back.get(value, str(value).lower())


def one(value: Value, context: Context) -> Value:
    """The number of which all entries of a list consist; a list of different numbers as text."""
    numbers = json.loads(value) if isinstance(value, str) else value
    if not isinstance(numbers, (list, tuple)):
        return value
    return float(numbers[0]) if len(set(numbers)) == 1 else str(value)


def last(value: Value, context: Context) -> Value:
    """The last entry of a list of the server, which is that of class 1."""
    numbers = json.loads(value) if isinstance(value, str) else value
    return float(numbers[-1]) if isinstance(numbers, (list, tuple)) else value


def known(value: Value, context: Context) -> Value:
    """None for -1, with which the server chooses the value; else ``value``."""
    return None if value == -1 else value


@dataclass(frozen=True)
class Both(When):
    """A condition beside which another one, ``too``, must hold."""

    too: When | None = None

    def _holds(self, native: Mapping[str, Value]) -> bool | None:
        assert self.too is not None
        states = (super()._holds(native), self.too.holds(native))
        if False in states:
            return False
        return None if None in states else True

    def parameters(self) -> tuple[str, ...]:
        """Names of the parameters on which either condition depends."""
        return super().parameters() + (self.too.parameters() if self.too else ())

    def __str__(self) -> str:
        return f"{super().__str__()} and {self.too}"


METRICS: dict[Value, Value] = {
    "auto": "AUTO",
    "logloss": "logloss",
    "misclassification": "misclassification",
    "auc": "AUC",
    "auc_pr": "AUCPR",
    "deviance": "deviance",
    "mse": "MSE",
    "rmse": "RMSE",
    "mae": "MAE",
    "rmsle": "RMSLE",
    "lift_top_group": "lift_top_group",
    "mean_per_class_error": "mean_per_class_error",
}
"""Metrics of early stopping: canonical value -> H2O's value."""

FOLDS: dict[Value, Value] = {
    "auto": "AUTO",
    "random": "Random",
    "modulo": "Modulo",
    "stratified": "Stratified",
}
"""Assignments of rows to folds: canonical value -> H2O's value."""


def assigned(value: Value, context: Context) -> Value:
    """The canonical assignment of rows to folds; None where there are no folds."""
    return None if value is None else by_table(FOLDS)[1](value, context)
