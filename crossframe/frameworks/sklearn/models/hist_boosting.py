"""HistGradientBoostingClassifier, and for a target of numbers HistGradientBoostingRegressor."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crossframe.core.errors import UsageError
from crossframe.core.types import FloatArray, Target, Value
from crossframe.frameworks.sklearn._model import CLASS_WEIGHT, FIT, VERBOSE, WARM_START, SklearnModel
from crossframe.frameworks.sklearn.models._trees import TASKS, bound, grown, or_option, unbounded
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
    renamed,
)
from crossframe.settings.probe import Probe

_ROWS_OF_AUTO = 10_000
"""Training rows above which ``early_stopping="auto"`` stops early."""


def _stops(early: Value, context: Context) -> Value:
    if early == "auto":
        early = context.n > _ROWS_OF_AUTO
    return "early_stopping" if early else "none"


def _stopping(rule: Value, context: Context) -> Value:
    if rule not in ("early_stopping", "none"):
        raise UsageError(
            f"HistGradientBoosting has no stopping.rule={rule}", "it has early_stopping and none"
        )
    return rule == "early_stopping"


_EARLY = (When("early_stopping", (True,)),)
_METRICS = {
    "auto": "loss",
    "misclassification": "accuracy",
    "auc": "roc_auc",
    "mse": "neg_mean_squared_error",
    "mae": "neg_mean_absolute_error",
}


def _implied(native: Mapping[str, Value]) -> dict[str, Value]:
    """What the second derivatives decide, which are all 1 for half the squared error."""
    if native.get("loss") == "squared_error":
        return {}
    return {"forest.min_hessian": 1e-3, "boosting.gain": "second_order"}


def _describe(estimator: Any, X: FloatArray, y: Target, gave_up: str) -> dict[str, Any]:
    trees = [tree for each in estimator._predictors for tree in each]
    depths = [tree.get_max_depth() for tree in trees]
    return grown(estimator.n_iter_, estimator.max_iter, depths, [tree.get_n_leaf_nodes() for tree in trees])


MODEL = SklearnModel(
    name="sklearn.hist_boosting",
    title="HistGradientBoostingClassifier",
    family="boosting",
    order=84,
    several=True,
    tasks=TASKS,
    callables=(
        "sklearn.ensemble:HistGradientBoostingClassifier",
        "sklearn.ensemble:HistGradientBoostingRegressor",
    ),
    bindings=(
        Binding(
            "loss",
            "loss",
            choice("log_loss", "squared_error", "absolute_error", "gamma", "poisson", "quantile"),
            formula="log_loss for classes, the others for numbers",
        ),
        Binding(
            "loss.quantile",
            "quantile",
            or_option(number(0, 1), None),
            active_if=(When("loss", ("quantile",)),),
            formula="only for numbers",
        ),
        Binding("boosting.learning_rate", "learning_rate", number(0, open_low=True)),
        Binding("forest.trees", "max_iter", integer(1)),
        Binding(
            "forest.max_leaves",
            "max_leaf_nodes",
            or_option(integer(2), None),
            unbounded,
            bound,
            formula="the node whose split gains most is split next",
        ),
        Binding("forest.max_depth", "max_depth", or_option(integer(1), None), unbounded, bound),
        Binding("forest.min_leaf", "min_samples_leaf", integer(1)),
        Binding("forest.leaf_l2", "l2_regularization", number(0)),
        Binding(
            "forest.features_share",
            "max_features",
            number(0, 1, open_low=True),
            formula="rounded up, at least 1",
        ),
        Binding(
            "forest.bins",
            "max_bins",
            integer(2, 255),
            formula="at most this many, by quantiles of the rows, of 200,000 drawn with replacement "
            "where there are more; of no more distinct values a split can lie between any two",
        ),
        Binding("forest.monotonic", "monotonic_cst", or_option(integers(-1), None)),
        Binding(
            "forest.interactions",
            "interaction_cst",
            choice(None, "pairwise", "no_interactions"),
            lambda v, c: None if v == "all" else v,
            lambda v, c: v or "all",
        ),
        Binding(
            "stopping.rule",
            "early_stopping",
            or_option(flag(), "auto"),
            _stopping,
            _stops,
            formula="auto: with more than 10,000 training rows",
        ),
        Binding(
            "stopping.metric",
            "scoring",
            choice(*_METRICS.values()),
            *renamed(_METRICS),
            active_if=_EARLY,
            formula="loss: that of the fit",
        ),
        Binding("validation.fraction", "validation_fraction", number(0, 1), active_if=_EARLY),
        Binding(
            "stopping.rounds",
            "n_iter_no_change",
            integer(1),
            active_if=_EARLY,
            formula="trees without a score of the rows held back that is better by tol",
        ),
        Binding("stopping.tolerance", "tol", number(0), active_if=_EARLY),
        Binding(
            "seed",
            "random_state",
            integer(0),
            formula="decides the rows held back, the features of a split where max_features is below 1, and "
            "the rows of the bins, of more than 200,000",
        ),
        CLASS_WEIGHT,
    ),
    always={
        "decision.threshold": 0.5,
        # Derivatives are float32, their sums are not.
        "precision": "mixed",
        "missing": "branch",
        "features.standardize": "none",
        "forest.sample_share": 1.0,
        "forest.bootstrap": False,
        "forest.bins_placed": "quantiles",
        "boosting.start": "optimum",
    },
    implied=_implied,
    outside={
        **FIT,
        "*.verbose": VERBOSE,
        "*.warm_start": WARM_START,
        "*.categorical_features": Outside("data", "columns of categories; every feature here is a number"),
        "*.fit.*_val": Outside("data", "rows to stop by; none are handed over"),
    },
    base={"max_iter": 5, "min_samples_leaf": 5},
    probes={
        "loss": Probe(why_not="of two classes there is one loss alone"),
        "quantile": Probe(why_not="it acts on a loss of numbers; the samples have two classes"),
        "learning_rate": Probe((0.1, 0.5)),
        "max_iter": Probe((3, 6)),
        "max_leaf_nodes": Probe((None, 3)),
        "max_depth": Probe((None, 1)),
        "min_samples_leaf": Probe((5, 15)),
        "l2_regularization": Probe((0.0, 1.0)),
        "max_features": Probe((1.0, 0.3)),
        "max_bins": Probe((255, 4)),
        "monotonic_cst": Probe(((1, 0, 0, 0), (-1, 0, 0, 0))),
        "interaction_cst": Probe((None, "no_interactions")),
        "early_stopping": Probe((False, True), {"max_iter": 60}),
        "scoring": Probe(
            ("loss", "accuracy"),
            {"early_stopping": True, "max_iter": 60, "n_iter_no_change": 2},
            ({"early_stopping": False},),
        ),
        "validation_fraction": Probe((0.1, 0.4), {"early_stopping": True}, ({"early_stopping": False},)),
        "n_iter_no_change": Probe(
            (1, 3), {"early_stopping": True, "tol": 10.0}, ({"early_stopping": False},)
        ),
        "tol": Probe(
            (1e-7, 10.0), {"early_stopping": True, "n_iter_no_change": 1}, ({"early_stopping": False},)
        ),
        "random_state": Probe((1, 2), {"max_features": 0.3}),
        "class_weight": Probe((None, "balanced")),
    },
    stochastic=True,
    seconds=0.2,
    seconds_per_million=0.5,
    describe=_describe,
    # Whether the rows are so many that it stops early.
    decided=lambda estimator: {"early_stopping": bool(estimator.do_early_stopping_)},
)
