"""By which rule a penalty was chosen, where cv.glmnet's errors over the folds are recorded."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from importlib import import_module

import numpy as np

from crossframe.explain.fitted.result import Side
from crossframe.frameworks.fitted import FittedModel
from crossframe.frameworks.registry import framework, model
from crossframe.settings.chosen import RULE

_SAME = 1e-9
"""Relative difference up to which two penalties are one value of the path."""
_GROUPED = 3
"""Rows of a fold from which cv.glmnet takes the folds' mean errors for its standard error."""


def as_searches(left: Side, right: Side) -> tuple[Side, Side]:
    """The sides, each as the model that chooses its penalty by cross-validation, where both choose theirs so.

    As they are where one has a penalty of its own, or folds that no setting expresses: beside a given penalty
    the chosen one is a number like it.
    """
    made = [_searching(side) for side in (left, right)]
    if made[0] is None or made[1] is None:
        return left, right
    return made[0], made[1]


def _searching(side: Side) -> Side | None:
    """The side as a model that searches; None: its fit is none, or has parts that no setting expresses."""
    if (known := side.recognised) is not None and not known.rest:
        this = model(known.model)
        if RULE in this.always or any(b.setting == RULE for b in this.bindings):
            return side
    module = framework(side.fit.framework).adopt if side.fit.call == "cv.glmnet" else ""
    made = import_module(module).searched(side.fit) if module else None
    return None if made is None else replace(side, recognised=made)


def with_end_of_path(side: Side) -> Side:
    """The side with a note that it is the end of a path, where its script asks glmnet for all of the path."""
    at = side.fit.arguments.get("s")
    if side.fit.arguments.get("s.taken") is None or not isinstance(at, (int, float)):
        return side
    words = (
        f"{side.name} asks glmnet() for all of a path of penalties: compared is its end, lambda = {at:.6g}. "
        "For another one give s = ... to coef() or predict()."
    )
    return replace(side, note=" ".join(filter(None, (side.note, words))))


def with_rule(side: Side, fits: Sequence[FittedModel], other: Side) -> Side:
    """The side with a note that says by which rule either penalty is one of its script's cv.glmnet().

    ``fits`` are all those of the script. As it is where a penalty is none that one of these rules chooses on
    the path of cv.glmnet().
    """
    crossed = next(
        (fit for fit in reversed(fits) if fit.call == "cv.glmnet" and "cvm" in fit.arguments), None
    )
    own, others = (_penalty(each.fit) for each in (side, other))
    if crossed is None or own is None or others is None or _same(own, others):
        return side
    rules = _rules(crossed)
    here, there = (
        next((rule for rule, value in rules if _same(value, each)), None) for each in (own, others)
    )
    if here is None or there is None:
        return side
    folds = f"cv.glmnet's errors over the folds in {side.name}"
    words = f"By {folds}, the penalty of {side.name} is {here}, and that of {other.name} {there}."
    return replace(side, note=" ".join(filter(None, (side.note, words))))


def _rules(fit: FittedModel) -> list[tuple[str, float]]:
    """Each rule in words, and the penalty that it chooses."""
    path, mean, error = (np.array(fit.arguments[name], dtype=float) for name in ("cv.lambda", "cvm", "cvsd"))
    best, folds = int(np.argmin(mean)), int(fit.arguments["nfolds"])
    chosen = "the largest whose mean error is within one {} of the least"
    rules = [("the one with the least mean error (lambda.min)", float(path[best]))]
    within = f"{chosen.format('standard error')} (lambda.1se)"
    rules.append((within, float(path[mean <= mean[best] + error[best]].max())))
    if len(fit.y) >= _GROUPED * folds:
        spread = error[best] * math.sqrt(folds)
        deviation = (
            f"{chosen.format('standard deviation')}, which is not divided by the root of the {folds} folds"
        )
        rules.append((deviation, float(path[mean <= mean[best] + spread].max())))
    return rules


def _penalty(fit: FittedModel) -> float | None:
    """The penalty of a fit of glmnet, or of scikit-learn with its mean loss; None: another one."""
    names = {"glmnet": ("s", "lambda"), "cv.glmnet": ("s",), "Lasso": ("alpha",), "ElasticNet": ("alpha",)}
    values = [fit.arguments.get(name) for name in names.get(fit.call, ())]
    return next((float(v) for v in values if isinstance(v, (int, float))), None)


def _same(one: float, other: float) -> bool:
    return math.isclose(one, other, rel_tol=_SAME)
