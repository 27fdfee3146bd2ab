"""Kinds and conversions that the estimators of trees share."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from crossframe.core.types import Task, Value
from crossframe.frameworks.contract import Status
from crossframe.settings.binding import Context, Kind, integer, number

TASKS: frozenset[Task] = frozenset({"classes", "numbers"})


def or_option(kind: Kind, *options: str | None) -> Kind:
    """``kind``, or one of ``options``; None is spelled ``none``."""
    table = {str(option).lower(): option for option in options}

    def parse(value: Value) -> Value:
        key = str(value).lower()
        return table[key] if key in table else kind.parse(value)

    return Kind(f"{kind.describe}, or {', '.join(table)}", parse)


def count_or_share(low: int) -> Kind:
    """A whole number is a count and a fraction a share: 1 is one row, 1.0 is all rows."""

    def parse(value: Value) -> Value:
        if isinstance(value, str) and not value.strip().isdigit():
            value = float(value)
        if isinstance(value, float):
            return number(0, 1, open_low=True).parse(value)
        return integer(low).parse(value)

    return Kind(f"a whole number of at least {low} (a count) or a fraction up to 1.0 (a share)", parse)


def unbounded(value: Value, context: Context) -> Value:
    """The vocabulary's 0, which stands for no bound, is scikit-learn's None."""
    return value or None


def bound(value: Value, context: Context) -> Value:
    """scikit-learn's None is the vocabulary's 0: no bound."""
    return value or 0


def count(value: Value, context: Context) -> Value:
    """Rows of a leaf or a node: a share is of the training rows, rounded up."""
    return math.ceil(value * context.n) if isinstance(value, float) else value


def grown(trees: int, asked: int, depths: Sequence[int], leaves: Sequence[int]) -> dict[str, Any]:
    """Status and convergence message: trees do not converge, they are complete when they are grown."""
    sizes = f"{min(depths)} to {max(depths)} splits deep, with {min(leaves)} to {max(leaves)} leaves"
    if trees < asked:
        early = f"{trees} of {asked} trees grown until the loss of the rows held back fell no more, {sizes}"
        return {"status": Status.STOPPED_EARLY, "convergence": early}
    return {"status": Status.CONVERGED, "convergence": f"{trees} trees grown, {sizes}"}
