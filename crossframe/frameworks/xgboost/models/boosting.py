"""XGBClassifier, and for a target of numbers XGBRegressor: boosted trees by both derivatives of the loss."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

from crossframe.core.errors import UsageError
from crossframe.core.types import FloatArray, Target, Value, as_float
from crossframe.frameworks.contract import Status
from crossframe.frameworks.sklearn._model import SklearnModel
from crossframe.settings.binding import (
    Binding,
    Context,
    Kind,
    Outside,
    When,
    choice,
    integer,
    integers,
    number,
    renamed,
)
from crossframe.settings.probe import Probe

_LOSSES = {
    "log_loss": "binary:logistic",
    "squared_error": "reg:squarederror",
    "absolute_error": "reg:absoluteerror",
    "poisson": "count:poisson",
    "gamma": "reg:gamma",
}
_HISTOGRAMS = (When("tree_method", ("auto", "hist", "approx")),)
_SHARE = number(0, 1, open_low=True)


def _method(placed: Value, context: Context) -> Value:
    if placed != "quantiles":
        raise UsageError("XGBoost places its bins by quantiles", "give forest.bins_placed=quantiles")
    return "hist"


def _exact(
    asked: Mapping[str, Value], native: Mapping[str, Value], arguments: dict[str, Value]
) -> dict[str, Value]:
    """Every threshold instead of bins, where no bins are asked for."""
    return {**arguments, "tree_method": "exact"} if asked.get("forest.bins") == 0 else arguments


def _placed(method: Value, context: Context) -> Value:
    return None if method == "exact" else "quantiles"


def _weight(weighting: Value, context: Context) -> Value:
    if weighting != "none":
        raise UsageError(
            "XGBoost takes the weight of class 1", "give scale_pos_weight, the ratio of the classes"
        )
    return 1.0


def _constraints(value: Value) -> Value:
    """None, or a sign of each feature."""
    return None if value in (None, "none") else integers(-1).parse(value)


def _decided(estimator: Any) -> dict[str, Value]:
    """The parameters in force, most of which have their defaults in XGBoost's own core.

    The core keeps them in single precision: 0.3 is 0.300000012.
    """
    learner = json.loads(estimator.get_booster().save_config())["learner"]
    booster = learner["gradient_booster"]
    held = {**booster["tree_train_param"], **booster["gbtree_train_param"], **booster["gbtree_model_param"]}
    made: dict[str, Value] = {name: float(f"{float(held[name]):.7g}") for name in _NUMBERS}
    made |= {name: int(held[name]) for name in _COUNTS}
    made |= {name: held[name] for name in ("grow_policy", "sampling_method", "tree_method")}
    made["scale_pos_weight"] = float(
        learner["objective"].get("reg_loss_param", {}).get("scale_pos_weight", 1.0)
    )
    made["n_estimators"] = estimator.get_booster().num_boosted_rounds()
    made["base_score"] = estimator.base_score
    made["monotone_constraints"] = estimator.monotone_constraints
    return made


_NUMBERS = (
    "learning_rate", "gamma", "min_child_weight", "reg_lambda", "reg_alpha", "max_delta_step", "subsample",
    "colsample_bytree", "colsample_bylevel", "colsample_bynode",
)  # fmt: skip
_COUNTS = ("max_depth", "max_leaves", "max_bin", "num_parallel_tree")


def _describe(estimator: Any, X: FloatArray, y: Target, gave_up: str) -> dict[str, Any]:
    trees = estimator.get_booster().get_dump()
    leaves = [tree.count("leaf=") for tree in trees]
    message = f"{len(trees)} trees grown, with {min(leaves)} to {max(leaves)} leaves"
    return {"status": Status.CONVERGED, "convergence": message}


def _squared(native: Mapping[str, Value]) -> bool:
    return native.get("objective") == "reg:squarederror"


def _implied(native: Mapping[str, Value]) -> dict[str, Value]:
    """What the second derivatives decide, which are all 1 for half the squared error; exact splits."""
    exact = {"forest.bins": 0} if native.get("tree_method") == "exact" else {}
    start = {"boosting.start": "optimum"} if native.get("base_score") is None else {}
    if not _squared(native):
        return {**exact, **start, "boosting.gain": "second_order"}
    rows = max(1, math.ceil(as_float(native.get("min_child_weight", 1.0))))
    return {**exact, **start, "forest.min_leaf": rows}


MODEL = SklearnModel(
    name="xgboost.boosting",
    title="XGBClassifier",
    family="boosting",
    order=10,
    tasks=frozenset({"classes", "numbers"}),
    callables=("xgboost:XGBClassifier", "xgboost:XGBRegressor"),
    bindings=(
        Binding(
            "loss",
            "objective",
            choice(*_LOSSES.values()),
            *renamed(_LOSSES),
            formula="binary:logistic for two classes, the others for numbers",
        ),
        Binding("forest.trees", "n_estimators", integer(1)),
        Binding("boosting.learning_rate", "learning_rate", number(0, open_low=True)),
        Binding(
            "boosting.start",
            "base_score",
            Kind("none, or a number", lambda v: None if v in (None, "none") else number().parse(v)),
            lambda v, c: None if v == "optimum" else 0.0,
            lambda v, c: "zero" if v == 0 else None,
            formula="a value of the target, a probability of classes; none: the mean",
        ),
        Binding("forest.max_depth", "max_depth", integer(0)),
        Binding("forest.max_leaves", "max_leaves", integer(0), formula="with grow_policy=lossguide"),
        Binding(
            "forest.min_hessian",
            "min_child_weight",
            number(0),
            to_vocabulary=lambda v, c: None if _squared(c.native) else v,
            formula="of the squared error the rows of a leaf, so that it is forest.min_leaf",
        ),
        Binding(
            "forest.min_loss_reduction",
            "gamma",
            number(0),
            lambda v, c: 2 * as_float(v),
            lambda v, c: as_float(v) / 2,
            formula="compared with twice the reduction: gamma = 2 reduction",
        ),
        Binding("forest.leaf_l2", "reg_lambda", number(0)),
        Binding("forest.leaf_l1", "reg_alpha", number(0)),
        Binding("forest.leaf_bound", "max_delta_step", number(0)),
        Binding("forest.sample_share", "subsample", _SHARE, formula="each row with this probability, once"),
        Binding("forest.features_per_tree", "colsample_bytree", _SHARE),
        Binding("forest.features_share", "colsample_bynode", _SHARE),
        Binding("forest.features_of_level", "colsample_bylevel", _SHARE),
        Binding(
            "forest.bins",
            "max_bin",
            integer(2),
            lambda v, c: v or 256,
            active_if=_HISTOGRAMS,
            formula="0, every threshold, is sent as tree_method=exact",
        ),
        Binding(
            "forest.bins_placed",
            "tree_method",
            choice("auto", "exact", "hist", "approx"),
            _method,
            _placed,
            formula="auto: hist; exact: every threshold",
        ),
        Binding(
            "forest.growth",
            "grow_policy",
            choice("depthwise", "lossguide"),
            *renamed({"depth": "depthwise", "gain": "lossguide"}),
        ),
        Binding(
            "forest.trees_per_round",
            "num_parallel_tree",
            integer(1),
        ),
        Binding(
            "class_weight",
            "scale_pos_weight",
            number(0, open_low=True),
            _weight,
            lambda v, c: "none" if v == 1 else None,
            formula="weight of class 1, that of class 0 being 1",
        ),
        Binding(
            "forest.monotonic",
            "monotone_constraints",
            Kind("none, or a sign of each feature as in 1x0", _constraints),
        ),
        Binding("seed", "random_state", integer(0)),
    ),
    always={
        "decision.threshold": 0.5,
        "precision": "float32",
        "missing": "branch",
        "features.standardize": "none",
        "forest.bootstrap": False,
        "forest.criterion": "squared_error",
        "stopping.rule": "none",
    },
    implied=_implied,
    complete=_exact,
    outside={
        "*.fit.*": Outside("data", "rows beside the training rows, margins, and a model to go on from"),
        **{
            f"*.{name}": Outside("data", "names or codes features")
            for name in (
                "enable_categorical", "feature_types", "max_cat_threshold",
                "max_cat_to_onehot", "interaction_constraints", "missing",
            )
        },
        **{
            f"*.{name}": Outside("output", "computed or printed beside the fit")
            for name in ("callbacks", "eval_metric", "importance_type", "verbosity", "validate_parameters")
        },
        "XGBClassifier.feature_weights": Outside("data", "names or codes features"),
        "*.booster": Outside("other", "linear models, or trees that are dropped, in place of trees"),
        "*.early_stopping_rounds": Outside("other", "needs rows held back, which are not handed over"),
        "*.multi_strategy": Outside("other", "of several targets"),
        "*.device": Outside("running", "processor"),
        "*.n_jobs": Outside("running", "threads"),
        "*.sampling_method": Outside("other", "a graphics card, or histograms, alone has another"),
    },
    base={"n_estimators": 5, "min_child_weight": 0.0},
    probes={
        "objective": Probe(why_not="of two classes there is one loss alone"),
        "n_estimators": Probe((3, 6)),
        "learning_rate": Probe((0.3, 0.1)),
        "base_score": Probe((None, 0.9)),
        "max_depth": Probe((6, 1)),
        "max_leaves": Probe((0, 3)),
        "min_child_weight": Probe((0.0, 5.0)),
        "gamma": Probe((0.0, 5.0)),
        "reg_lambda": Probe((1.0, 10.0)),
        "reg_alpha": Probe((0.0, 1.0)),
        "max_delta_step": Probe((0.0, 0.1)),
        "subsample": Probe((1.0, 0.5)),
        "colsample_bytree": Probe((1.0, 0.5)),
        "colsample_bylevel": Probe((1.0, 0.5)),
        "colsample_bynode": Probe((1.0, 0.5)),
        "max_bin": Probe((256, 4), {"tree_method": "hist"}, ({"tree_method": "exact"},)),
        "tree_method": Probe(("exact", "hist"), {"max_bin": 8}),
        "grow_policy": Probe(("depthwise", "lossguide"), {"max_leaves": 3, "max_depth": 0}),
        "num_parallel_tree": Probe((1, 3), {"subsample": 0.5}),
        "scale_pos_weight": Probe((1.0, 3.0)),
        "monotone_constraints": Probe((None, (-1, 0, 0, 0))),
        "random_state": Probe((1, 2), {"subsample": 0.5}),
    },
    # The default are all threads of the machine; their number changes no tree.
    passed={"n_jobs": 1},
    stochastic=True,
    seconds=0.2,
    seconds_per_million=0.5,
    describe=_describe,
    decided=_decided,
    program=None,
)  # fmt: skip
