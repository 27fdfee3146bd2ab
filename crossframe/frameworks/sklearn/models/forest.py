"""RandomForestClassifier, and for a target of numbers RandomForestRegressor."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crossframe.core.errors import UsageError
from crossframe.core.types import FloatArray, Target, Value, as_float
from crossframe.frameworks.sklearn._model import FIT, VERBOSE, WARM_START, SklearnModel
from crossframe.frameworks.sklearn.models._trees import (
    TASKS,
    bound,
    count,
    count_or_share,
    grown,
    or_option,
    unbounded,
)
from crossframe.settings.binding import (
    Binding,
    Context,
    Outside,
    When,
    choice,
    flag,
    integer,
    integers,
    number,
)
from crossframe.settings.probe import Probe


def _max_samples(share: Value, context: Context) -> Value:
    """``max_samples`` as a number of rows, because the product of a share and n may fall below that number.

    It must be None with bootstrap=False, where every tree gets every row.
    """
    if context.native.get("bootstrap", True):
        return 1.0 if share == 1 else max(round(context.n * as_float(share)), 1)
    if share != 1:
        raise UsageError(
            "without bootstrap every tree gets every row", "give forest.bootstrap=true beside it"
        )
    return None


def _share(value: Value, context: Context) -> Value:
    """Rows of a tree as a share of the training rows."""
    if value is None:
        return 1.0
    rows = max(int(context.n * value), 1) if isinstance(value, float) else int(as_float(value))
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
        or_option(count_or_share(1), "sqrt", "log2", None),
        # The number of an option or a share depends on the features, and is known after the fit.
        to_vocabulary=lambda v, c: v if isinstance(v, int) else None,
        formula="whole part of the root (sqrt), the binary logarithm (log2) or the share of the features, at "
        "least 1; features that are constant in the node do not count",
    ),
    Binding("forest.bootstrap", "bootstrap", flag(), formula="false: every tree gets every row once"),
    Binding(
        "forest.sample_share",
        "max_samples",
        or_option(count_or_share(1), None),
        _max_samples,
        _share,
        active_if=(_BOOTSTRAP,),
        formula="none: 1; a fraction: whole part of fraction * n, at least 1; a whole number: that many rows",
    ),
    Binding("forest.max_depth", "max_depth", or_option(integer(1), None), unbounded, bound),
    Binding(
        "forest.max_leaves",
        "max_leaf_nodes",
        or_option(integer(2), None),
        unbounded,
        bound,
        formula="with a bound the node whose split gains most is split next, without one depth comes first",
    ),
    Binding(
        "forest.min_split",
        "min_samples_split",
        count_or_share(2),
        to_vocabulary=count,
        formula="a fraction: ceil(fraction * n); a row counts once, however often the tree has drawn it",
    ),
    Binding(
        "forest.min_leaf",
        "min_samples_leaf",
        count_or_share(1),
        to_vocabulary=count,
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
    Binding("forest.monotonic", "monotonic_cst", or_option(integers(-1), None)),
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
    """Without bootstrap each tree gets all rows, once."""
    if native.get("bootstrap") is False:
        return {"forest.sample_share": 1.0}
    return {"forest.repeated_rows": "once"}


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
    return grown(len(depths), len(depths), depths, leaves)


MODEL = SklearnModel(
    name="sklearn.forest",
    title="RandomForestClassifier",
    family="forest",
    order=80,
    several=True,
    tasks=TASKS,
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
