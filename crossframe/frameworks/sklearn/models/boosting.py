"""GradientBoostingClassifier, and for a target of numbers GradientBoostingRegressor."""

from __future__ import annotations

import math
from typing import Any

from crossframe.core.types import FloatArray, Target, Value
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
from crossframe.settings.binding import Binding, Context, When, choice, integer, number
from crossframe.settings.probe import Probe

_STOPS = (When("n_iter_no_change", above=0),)


def _decided(estimator: Any) -> dict[str, Value]:
    """The share of the features for a number or an option; whole numbers are reached from above."""
    share = estimator.max_features_ / estimator.n_features_in_
    return {"max_features": math.nextafter(share, 1.0)}


def _describe(estimator: Any, X: FloatArray, y: Target, gave_up: str) -> dict[str, Any]:
    trees = estimator.estimators_.ravel()
    depths = [tree.get_depth() for tree in trees]
    leaves = [tree.get_n_leaves() for tree in trees]
    return grown(len(estimator.estimators_), estimator.n_estimators, depths, leaves)


def _rounds(patience: Value, context: Context) -> Value:
    """The vocabulary's 0, which stands for never, is scikit-learn's None."""
    return patience or None


MODEL = SklearnModel(
    name="sklearn.boosting",
    title="GradientBoostingClassifier",
    family="boosting",
    order=82,
    several=True,
    tasks=TASKS,
    callables=("sklearn.ensemble:GradientBoostingClassifier", "sklearn.ensemble:GradientBoostingRegressor"),
    bindings=(
        Binding(
            "loss",
            "loss",
            choice("log_loss", "exponential", "squared_error", "absolute_error", "huber", "quantile"),
            formula="log_loss and exponential for classes, the others for numbers",
        ),
        Binding("boosting.learning_rate", "learning_rate", number(0, open_low=True)),
        Binding("forest.trees", "n_estimators", integer(1)),
        Binding(
            "forest.sample_share",
            "subsample",
            number(0, 1, open_low=True),
            formula="whole part of subsample * n rows, without replacement, drawn anew for each tree",
        ),
        Binding(
            "forest.criterion",
            "criterion",
            choice("deprecated", "squared_error", "friedman_mse"),
            to_vocabulary=lambda v, c: "squared_error",
            never="the squared error of the gradients decides, whatever is given",
        ),
        Binding(
            "forest.min_split",
            "min_samples_split",
            count_or_share(2),
            to_vocabulary=count,
            formula="a fraction: ceil(fraction * n)",
        ),
        Binding(
            "forest.min_leaf",
            "min_samples_leaf",
            count_or_share(1),
            to_vocabulary=count,
            formula="a fraction: ceil(fraction * n)",
        ),
        Binding("forest.min_leaf_share", "min_weight_fraction_leaf", number(0, 0.5)),
        Binding("forest.max_depth", "max_depth", or_option(integer(1), None), unbounded, bound),
        Binding("forest.min_gain", "min_impurity_decrease", number(0)),
        Binding(
            "boosting.start",
            "init",
            choice(None, "zero"),
            lambda v, c: "zero" if v == "zero" else None,
            lambda v, c: "zero" if v == "zero" else "optimum",
        ),
        Binding("seed", "random_state", integer(0), formula="also decides between splits of equal gain"),
        Binding(
            "forest.features_share",
            "max_features",
            or_option(count_or_share(1), "sqrt", "log2", None),
            # The share for an option or a number depends on the features, and is known after the fit.
            to_vocabulary=lambda v, c: v if isinstance(v, float) else 1.0 if v is None else None,
            formula="whole part of the share of the features, at least 1; none: all",
        ),
        Binding("loss.quantile", "alpha", number(0, 1), active_if=(When("loss", ("huber", "quantile")),)),
        Binding(
            "forest.max_leaves",
            "max_leaf_nodes",
            or_option(integer(2), None),
            unbounded,
            bound,
            formula="with a bound the node whose split gains most is split next, else depth comes first",
        ),
        Binding("validation.fraction", "validation_fraction", number(0, 1), active_if=_STOPS),
        Binding(
            "stopping.rounds",
            "n_iter_no_change",
            or_option(integer(1), None),
            _rounds,
            bound,
            formula="trees without a loss of the rows held back that is lower by tol",
        ),
        Binding("stopping.tolerance", "tol", number(0), active_if=_STOPS),
        Binding("forest.pruning", "ccp_alpha", number(0)),
    ),
    always={
        "decision.threshold": 0.5,
        # Features and the bounds of splits are rounded to float32; impurities are not.
        "precision": "mixed",
        "missing": "error",
        "features.standardize": "none",
        "class_weight": "none",
        "forest.bootstrap": False,
        "forest.bins": 0,
        "forest.leaf_l2": 0.0,
        "boosting.gain": "first_order",
    },
    implied=lambda native: {"stopping.rule": "early_stopping" if native.get("n_iter_no_change") else "none"},
    outside={
        **FIT,
        "*.verbose": VERBOSE,
        "*.warm_start": WARM_START,
        "*.fit.monitor": VERBOSE,
    },
    base={"n_estimators": 5},
    probes={
        "loss": Probe(("log_loss", "exponential")),
        "learning_rate": Probe((0.1, 0.5)),
        "n_estimators": Probe((3, 6)),
        "subsample": Probe((1.0, 0.5)),
        "criterion": Probe(("squared_error", "friedman_mse")),
        "min_samples_split": Probe((2, 20)),
        "min_samples_leaf": Probe((1, 10)),
        "min_weight_fraction_leaf": Probe((0.0, 0.2)),
        "max_depth": Probe((3, 1)),
        "min_impurity_decrease": Probe((0.0, 0.05)),
        "init": Probe((None, "zero")),
        "random_state": Probe((1, 2), {"subsample": 0.5}),
        "max_features": Probe((None, 1)),
        "alpha": Probe(why_not="it acts on losses of numbers; the samples have two classes"),
        "max_leaf_nodes": Probe((None, 4)),
        "validation_fraction": Probe((0.1, 0.4), {"n_iter_no_change": 1}, ({"n_iter_no_change": None},)),
        "n_iter_no_change": Probe((None, 1), {"n_estimators": 50}),
        "tol": Probe((1e-4, 10.0), {"n_iter_no_change": 1}, ({"n_iter_no_change": None},)),
        "ccp_alpha": Probe((0.0, 0.05)),
    },
    stochastic=True,
    seconds=0.2,
    seconds_per_million=2.0,
    describe=_describe,
    decided=_decided,
)
