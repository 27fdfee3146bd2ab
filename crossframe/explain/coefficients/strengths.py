"""The strength of a penalty as every framework spells it, and the round number among those that fit."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any

from crossframe.core.errors import UsageError
from crossframe.core.types import Value
from crossframe.explain.coefficients.stationary import Fit, Objective
from crossframe.frameworks.registry import model
from crossframe.settings.family import spread

_MOST_DIGITS = 6
_GAIN = 0.7
"""Digits that a round number has to be shorter than what the printed digits leave open."""

_CALLS = (
    ("sklearn.logistic", "scikit-learn's LogisticRegression", "logit", ("l2", "l1", "both"), "none"),
    ("sklearn.ridge", "scikit-learn's Ridge", "identity", ("l2",), "none"),
    ("sklearn.lasso", "scikit-learn's Lasso", "identity", ("l1",), "none"),
    ("sklearn.elasticnet", "scikit-learn's ElasticNet", "identity", ("both",), "none"),
    ("r.glmnet", "R's glmnet", "", ("l2", "l1", "both"), "sd_n"),
    ("h2o.glm", "H2O's GLM", "", ("l2", "l1", "both"), "sd_n-1"),
)
"""Model, its name in words, its link (empty: either), penalties, and its scale of the features."""


@dataclass(frozen=True)
class Strength:
    """A penalty's strength as an argument.

    Attributes
    ----------
    model, call
        crossframe's name of the model, and words for it.
    argument, value
        The argument and its value.
    low, high
        The least and the largest value that the printed digits leave open.
    others
        Arguments that go with it: the mix, ``standardize`` where it is not the default.
    round
        Whether ``value`` is a round number between ``low`` and ``high``.
    """

    model: str
    call: str
    argument: str
    value: float
    low: float
    high: float
    others: dict[str, Value]
    round: bool = False

    def __str__(self) -> str:
        more = "".join(f", {name}={value:g}" if isinstance(value, float) else f", {name}={value}"
                       for name, value in self.others.items())  # fmt: skip
        return f"{self.argument}={self.value:.6g}{more} in {self.call}"

    def to_dict(self) -> dict[str, Any]:
        """The strength as a framework spells it, and what range the digits leave, as plain JSON values."""
        return asdict(self)


def strengths(fit: Fit) -> list[Strength]:
    """The penalty of a fit in the arguments of the models that have it, round numbers first."""
    made = list(_spelled(fit))
    return sorted(made, key=lambda s: (not s.round, len(f"{s.value:.6g}") if s.round else 0))


def _spelled(fit: Fit) -> Iterator[Strength]:
    o = fit.objective
    penalty = "both" if o.l2 and o.l1 else "l1" if o.l1 else "l2"
    n, weights = len(fit.design.y), fit.design.weights
    size = n if weights is None else float(weights.sum())
    of_target = spread(o.scale * fit.design.y, {}, {}, weights) if o.link == "identity" else 1.0
    for name, call, link, penalties, scale in _CALLS:
        if link not in ("", o.link) or penalty not in penalties or o.link not in ("logit", "identity"):
            continue
        if (o.standardize == "none") != (scale == "none") and name.startswith("sklearn"):
            continue
        if o.intercept_penalty and name != "sklearn.logistic":
            continue
        factor = (n - 1) / n if o.standardize != "none" and scale == "sd_n-1" else 1.0
        native: dict[str, Value] = (
            {"family": "gaussian"} if name == "r.glmnet" and o.link == "identity" else {}
        )
        at = {"low": (), "value": (), "high": ()}
        ends = fit.ranges.get("l2" if penalty == "l2" else "l1", (o.l2 or o.l1,) * 2)
        own = o.l2 if penalty == "l2" else o.l1
        values = {}
        others: dict[str, Value] = {}
        for which, strength in zip(at, (ends[0], own, ends[1]), strict=True):
            share = strength / own
            parts = {"penalty.l2": o.l2 * share * factor, "penalty.l1": o.l1 * share * math.sqrt(factor)}
            try:
                arguments = model(name).to_native(
                    {k: v for k, v in parts.items() if v > 0}, native, size, of_target
                )
            except UsageError:
                break
            key = next(k for k in ("C", "lambda", "lambda_", "alpha") if k in arguments)
            values[which] = float(arguments.pop(key))  # type: ignore[arg-type]
            others = {k: v for k, v in arguments.items() if k != "family"}
        if len(values) < 3:
            continue
        if penalty != "both" and name.startswith("sklearn"):
            others = {"penalty": "l1"} if name == "sklearn.logistic" and penalty == "l1" else {}
        if o.intercept_penalty:
            others = {**others, "solver": "liblinear"}
            if not math.isclose(o.intercept_penalty, 1.0, rel_tol=1e-2):
                others["intercept_scaling"] = round(o.intercept_penalty**-0.5, 4)
        if not name.startswith("sklearn") and o.standardize == "none":
            others = {**others, "standardize": "FALSE" if name == "r.glmnet" else "False"}
        low, high = sorted((values["low"], values["high"]))
        made = Strength(name, call, key.rstrip("_"), values["value"], low, high, others)
        rounded = _round(low, high)
        yield made if rounded is None else replace(made, value=rounded, round=True)


def _round(low: float, high: float) -> float | None:
    """The number with the fewest digits in an interval, where that is no accident."""
    middle = (low + high) / 2
    if not (0 < low <= middle < math.inf):
        return None
    certain = -math.log10(max((high - low) / middle, 1e-16))
    for digits in range(1, _MOST_DIGITS + 1):
        value = float(f"{middle:.{digits - 1}e}")
        if low * (1 - 1e-9) <= value <= high * (1 + 1e-9):
            return value if certain - digits >= _GAIN else None
    return None


def exact(fit: Fit) -> Objective:
    """The objective of a fit with a round strength in place of its own, where there is one."""
    o = fit.objective
    if not o.penalised or (o.l2 and o.l1):
        return o
    first = next((s for s in strengths(fit) if s.round), None)
    if first is None:
        return o
    plain = next(s for s in _spelled(replace(fit, ranges={})) if s.model == first.model)
    share = first.value / plain.value
    share = 1 / share if first.argument == "C" else share
    return replace(o, l2=o.l2 * share, l1=o.l1 * share)
