"""RandomForestClassifier, and for a target of numbers RandomForestRegressor."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from crossframe.core.errors import UsageError
from crossframe.core.types import FloatArray, Target, Task, Value, as_float
from crossframe.frameworks.contract import Status
from crossframe.frameworks.sklearn._model import FIT, VERBOSE, WARM_START, SklearnModel
from crossframe.settings.binding import (
    Binding,
    Context,
    Kind,
    Outside,
    When,
    choice,
    flag,
    integer,
    integers,
    number,
)
from crossframe.settings.probe import Probe


def _or(kind: Kind, *options: str | None) -> Kind:
    """``kind``, or one of ``options``; None is spelled ``none``."""
    table = {str(option).lower(): option for option in options}

    def parse(value: Value) -> Value:
        key = str(value).lower()
        return table[key] if key in table else kind.parse(value)

    return Kind(f"{kind.describe}, or {', '.join(table)}", parse)


def _count_or_share(low: int) -> Kind:
    """A whole number is a count and a fraction a share: 1 is one row, 1.0 is all rows."""

    def parse(value: Value) -> Value:
        if isinstance(value, str) and not value.strip().isdigit():
            value = float(value)
        if isinstance(value, float):
            return number(0, 1, open_low=True).parse(value)
        return integer(low).parse(value)

    return Kind(f"a whole number of at least {low} (a count) or a fraction up to 1.0 (a share)", parse)


def _unbounded(value: Value, context: Context) -> Value:
    """The vocabulary's 0, which stands for no bound, is scikit-learn's None."""
    return value or None


def _count(value: Value, context: Context) -> Value:
    """Rows of a leaf or a node: a share is of the training rows, rounded up."""
    return int(np.ceil(value * context.n)) if isinstance(value, float) else value


def _max_samples(share: Value, context: Context) -> Value:
    """``max_samples``, which must be None with bootstrap=False, where every tree gets every row."""
    if context.native.get("bootstrap", True):
        return as_float(share)
    if share != 1:
        raise UsageError(
            "without bootstrap every tree gets every row", "give forest.bootstrap=true beside it"
        )
    return None


def _share(value: Value, context: Context) -> Value:
    """Rows of a tree as a share of the training rows."""
    if value is None:
        return 1.0
    rows = max(round(context.n * value), 1) if isinstance(value, float) else int(as_float(value))
    return rows / context.n


_SYNONYMS: dict[Value, Value] = {"log_loss": "entropy", "friedman_mse": "squared_error"}
_BOOTSTRAP = When("bootstrap", (True,))

_BINDINGS = (
    Binding("forest.trees", "n_estimators", integer(1)),
    Binding(
        "forest.criterion",
        "criterion",
        choice("gini", "entropy", "log_loss", "squared_error", "absolute_error", "friedman_mse", "poisson"),
        to_vocabulary=lambda v, c: _SYNONYMS.get(v, v),
        formula="gini, entropy and log_loss (the same as entropy) for classes; squared_error, friedman_mse "
        "(the same), absolute_error and poisson for numbers",
    ),
    Binding(
        "forest.features_per_split",
        "max_features",
        _or(_count_or_share(1), "sqrt", "log2", None),
        # The number of an option or a share depends on the features, and is known after the fit.
        to_vocabulary=lambda v, c: v if isinstance(v, int) else None,
        formula="whole part of the root (sqrt), the binary logarithm (log2) or the share of the features, at "
        "least 1; features that are constant in the node do not count",
    ),
    Binding("forest.bootstrap", "bootstrap", flag(), formula="false: every tree gets every row once"),
    Binding(
        "forest.sample_share",
        "max_samples",
        _or(_count_or_share(1), None),
        _max_samples,
        _share,
        active_if=(_BOOTSTRAP,),
        formula="none: 1; a fraction: round(fraction * n) rows; a whole number: that many rows",
    ),
    Binding("forest.max_depth", "max_depth", _or(integer(1), None), _unbounded, lambda v, c: v or 0),
    Binding(
        "forest.max_leaves",
        "max_leaf_nodes",
        _or(integer(2), None),
        _unbounded,
        lambda v, c: v or 0,
        formula="with a bound the node whose split gains most is split next, without one depth comes first",
    ),
    Binding(
        "forest.min_split",
        "min_samples_split",
        _count_or_share(2),
        to_vocabulary=_count,
        formula="a fraction: ceil(fraction * n); a row counts once, however often the tree has drawn it",
    ),
    Binding(
        "forest.min_leaf",
        "min_samples_leaf",
        _count_or_share(1),
        to_vocabulary=_count,
        formula="a fraction: ceil(fraction * n); a row counts once, however often the tree has drawn it",
    ),
    Binding(
        "forest.min_leaf_share",
        "min_weight_fraction_leaf",
        number(0, 0.5),
        formula="a row weighs as often as the tree has drawn it, times its class weight",
    ),
    Binding("forest.min_gain", "min_impurity_decrease", number(0)),
    Binding("forest.pruning", "ccp_alpha", number(0)),
    Binding("forest.monotonic", "monotonic_cst", _or(integers(-1), None)),
    Binding(
        "class_weight",
        "class_weight",
        choice("none", "balanced", "balanced_subsample"),
        to_vocabulary=lambda v, c: "none" if v is None else v,
        formula="only for classes",
    ),
    Binding("seed", "random_state", integer(0)),
)


def _implied(native: Mapping[str, Value]) -> dict[str, Value]:
    """Without bootstrap each tree gets all rows."""
    return {"forest.sample_share": 1.0} if native.get("bootstrap") is False else {}


def _adapt(
    native: Mapping[str, Value], effective: Mapping[str, Value], asked: Mapping[str, Value]
) -> dict[str, Value]:
    """``max_samples`` is removed where bootstrap is switched off."""
    return {"max_samples": None} if asked.get("forest.bootstrap") is False and "max_samples" in native else {}


def _contradictions(arguments: Mapping[str, Value], native: Mapping[str, Value]) -> tuple[str, str] | None:
    if arguments.get("bootstrap", True) or arguments.get("max_samples") is None:
        return None
    return "max_samples has no meaning without bootstrap", "leave it out, or give bootstrap=true"


def _describe(estimator: Any, X: FloatArray, y: Target, gave_up: str) -> dict[str, Any]:
    """A forest has no convergence: it is complete when its trees are grown."""
    depths = [tree.get_depth() for tree in estimator.estimators_]
    leaves = [tree.get_n_leaves() for tree in estimator.estimators_]
    grown = f"{len(depths)} trees grown, {min(depths)} to {max(depths)} splits deep, "
    return {
        "status": Status.CONVERGED,
        "convergence": f"{grown}with {min(leaves)} to {max(leaves)} leaves",
    }


_TASKS: frozenset[Task] = frozenset({"classes", "numbers"})

MODEL = SklearnModel(
    name="sklearn.forest",
    title="RandomForestClassifier",
    family="forest",
    order=80,
    several=True,
    tasks=_TASKS,
    callables=("sklearn.ensemble:RandomForestClassifier", "sklearn.ensemble:RandomForestRegressor"),
    bindings=_BINDINGS,
    always={
        "decision.threshold": 0.5,
        # Features and the bounds of splits are rounded to float32; impurities are not.
        "precision": "mixed",
        "missing": "branch",
        "features.standardize": "none",
        "forest.aggregation": "mean",
    },
    implied=_implied,
    outside={
        **FIT,
        "*.verbose": VERBOSE,
        "*.warm_start": WARM_START,
        "*.n_jobs": Outside("running", "threads; each tree has a seed of its own"),
        "*.oob_score": Outside("output", "a score on the rows that no tree has drawn, beside the fit"),
    },
    base={"n_estimators": 5},
    probes={
        "n_estimators": Probe((3, 6)),
        "criterion": Probe(("gini", "entropy")),
        "max_features": Probe((1, 3)),
        "bootstrap": Probe((True, False)),
        "max_samples": Probe((0.4, 0.8), {"bootstrap": True}, ({"bootstrap": False},), refused=True),
        "max_depth": Probe((2, 4)),
        "max_leaf_nodes": Probe((4, 8)),
        "min_samples_split": Probe((2, 20)),
        "min_samples_leaf": Probe((1, 10)),
        "min_weight_fraction_leaf": Probe((0.0, 0.2)),
        "min_impurity_decrease": Probe((0.0, 0.05)),
        "ccp_alpha": Probe((0.0, 0.05)),
        "monotonic_cst": Probe(((1, 0, 0, 0), (-1, 0, 0, 0))),
        "class_weight": Probe((None, "balanced")),
        "random_state": Probe((1, 2)),
    },
    stochastic=True,
    adapt=_adapt,
    contradictions=_contradictions,
    seconds=0.2,
    seconds_per_million=1.5,
    describe=_describe,
    # The number of features for an option or a share.
    decided=lambda estimator: {"max_features": estimator.estimators_[0].max_features_},
)
