"""Settings of a side that contradict each other, found before anything is fitted."""

from __future__ import annotations

import math
from collections import Counter

from crossframe.errors import UsageError
from crossframe.models.contestants import Contestant
from crossframe.settings import bindings, to_native

_LASSO = ("saga", "liblinear")


def contradictions(text: str, side: Contestant) -> None:
    """Raise `UsageError` for a side whose settings cannot hold together; all problems at once.

    A setting given twice, or once in either spelling, has no one value. A solver of scikit-learn takes
    some penalties and not others.

    Parameters
    ----------
    text
        The side as it was written.
    side
        What it was read as.
    """
    given = [part.partition("=")[0].strip() for part in text.partition(":")[2].split(",") if part.strip()]
    errors = [
        UsageError(f"{text}: {name} is given {count} times", "give it once")
        for name, count in Counter(given).items()
        if count > 1
    ]
    params = {b.setting: b.param for b in bindings(side.model)}
    errors += [
        UsageError(f"{text}: {name} and {params[name]} are two spellings of one setting", "give one of them")
        for name in dict.fromkeys(given)
        if name in params and params[name] != name and params[name] in given
    ]
    if side.model == "sklearn.logistic" and not errors:
        errors += _solver(text, side)
    if errors:
        raise UsageError.many(errors)


def _solver(text: str, side: Contestant) -> list[UsageError]:
    """The solver and the penalty of LogisticRegression."""
    told = to_native(side.model, side.settings, side.native, 1)
    solver, norm, mix = told.get("solver", "lbfgs"), told.get("penalty"), told.get("l1_ratio", 0.0)
    if norm in (None, "deprecated") and "penalty" not in side.native:
        norm = "none" if told.get("C") == math.inf else {0.0: "l2", 1.0: "l1"}.get(float(mix or 0), "net")  # type: ignore[arg-type]
    if norm in ("l1", "elasticnet", "net") and solver not in _LASSO:
        return [UsageError(f"{text}: the solver {solver} takes no lasso penalty", "give solver=saga")]
    if norm in ("elasticnet", "net") and solver == "liblinear":
        return [UsageError(f"{text}: liblinear takes no mixture of penalties", "give solver=saga")]
    if norm in (None, "none") and solver == "liblinear":
        return [UsageError(f"{text}: liblinear always takes a penalty", "give another solver, or a finite C")]
    return []
