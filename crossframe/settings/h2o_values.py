"""How H2O spells values: its words, lists that stand for one number, and rules of two conditions."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from crossframe.engines.base import Value
from crossframe.errors import UsageError
from crossframe.settings.base import Context, Convert, Kind, When


def enum(*options: str) -> Kind:
    """One of the server's words, as R (``TanhWithDropout``) or Python (``tanh_with_dropout``) spells them."""
    table = {option.replace("_", "").lower(): option for option in options}

    def parse(value: Value) -> Value:
        key = str(value).replace("_", "").lower()
        if key not in table:
            raise UsageError.unknown("value", str(value), options)
        return table[key]

    return Kind("one of " + ", ".join(options), parse)


def words(table: Mapping[Value, Value]) -> tuple[Convert, Convert]:
    """Encode and decode by a table of canonical value -> H2O's; what has no counterpart is refused."""
    back = {native: canonical for canonical, native in table.items()}

    def encode(value: Value, context: Context) -> Value:
        if value not in table:
            raise UsageError(f"H2O has no counterpart of {value}", f"it has: {', '.join(map(str, table))}")
        return table[value]

    return encode, lambda value, context: back.get(value, str(value).lower())


def one(value: Value, context: Context) -> Value:
    """The number of which a list consists; a list of several numbers stays the server's, as text."""
    numbers = json.loads(value) if isinstance(value, str) else value
    if not isinstance(numbers, (list, tuple)):
        return value
    return float(numbers[0]) if len(set(numbers)) == 1 else str(value)


def last(value: Value, context: Context) -> Value:
    """The last of the server's list: what is said of class 1."""
    numbers = json.loads(value) if isinstance(value, str) else value
    return float(numbers[-1]) if isinstance(numbers, (list, tuple)) else value


def known(value: Value, context: Context) -> Value:
    """None for -1, by which the server is left to choose."""
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
        """The parameters that decide it."""
        return super().parameters() + (self.too.parameters() if self.too else ())

    def __str__(self) -> str:
        return f"{super().__str__()} and {self.too}"


METRICS: dict[Value, Value] = {
    "auto": "AUTO",
    "logloss": "logloss",
    "misclassification": "misclassification",
    "auc": "AUC",
    "auc_pr": "AUCPR",
    "mse": "MSE",
    "rmse": "RMSE",
    "mae": "MAE",
    "rmsle": "RMSLE",
    "lift_top_group": "lift_top_group",
    "mean_per_class_error": "mean_per_class_error",
}
"""What early stopping may watch with two classes."""

FOLDS: dict[Value, Value] = {
    "auto": "AUTO",
    "random": "Random",
    "modulo": "Modulo",
    "stratified": "Stratified",
}
"""How rows are assigned to folds."""


def assigned(value: Value, context: Context) -> Value:
    """The assignment of rows to folds in canonical words; None where there are none."""
    return None if value is None else words(FOLDS)[1](value, context)
