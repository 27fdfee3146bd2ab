"""LGBMClassifier, and for a target of numbers LGBMRegressor: boosted trees that grow where they gain most."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crossframe.core.types import FloatArray, Target, Value, as_float
from crossframe.frameworks.contract import Status
from crossframe.frameworks.sklearn._model import CLASS_WEIGHT, SklearnModel
from crossframe.settings.binding import Binding, Outside, When, choice, integer, number, renamed
from crossframe.settings.probe import Probe

_LOSSES = {
    "log_loss": "binary",
    "squared_error": "regression",
    "absolute_error": "regression_l1",
    "poisson": "poisson",
    "gamma": "gamma",
    "huber": "huber",
}
_CORE: dict[str, Value] = {"max_bin": 255, "min_data_in_bin": 3}
"""Parameters of LightGBM's own core, which the estimators take beside their own, with their defaults."""
_SHARE = number(0, 1, open_low=True)
_SAMPLED = (When("subsample_freq", above=0),)


def _prepared(estimator: Any, arguments: dict[str, Value]) -> tuple[Any, dict[str, Value]]:
    core = {name: arguments[name] for name in _CORE if name in arguments}

    def create(**given: Value) -> Any:
        return estimator(verbosity=-1, **given, **core)

    create.__name__ = estimator.__name__
    return create, {name: value for name, value in arguments.items() if name not in core}


def _decided(estimator: Any) -> dict[str, Value]:
    """The loss for none, and the parameters of the core."""
    core = {name: estimator.get_params().get(name, value) for name, value in _CORE.items()}
    return {"objective": str(estimator.objective_), **core}


def _describe(estimator: Any, X: FloatArray, y: Target, gave_up: str) -> dict[str, Any]:
    leaves = [tree["num_leaves"] for tree in estimator.booster_.dump_model()["tree_info"]]
    message = f"{len(leaves)} trees grown, with {min(leaves)} to {max(leaves)} leaves"
    return {"status": Status.CONVERGED, "convergence": message}


def _implied(native: Mapping[str, Value]) -> dict[str, Value]:
    """What the second derivatives decide, where they are not all 1; rows that are never drawn."""
    second = {} if native.get("objective") == "regression" else {"boosting.gain": "second_order"}
    return {**second, **({} if native.get("subsample_freq") else {"forest.sample_share": 1.0})}


MODEL = SklearnModel(
    name="lightgbm.boosting",
    title="LGBMClassifier",
    family="boosting",
    order=10,
    tasks=frozenset({"classes", "numbers"}),
    callables=("lightgbm:LGBMClassifier", "lightgbm:LGBMRegressor"),
    bindings=(
        Binding(
            "loss",
            "objective",
            choice(*_LOSSES.values()),
            *renamed(_LOSSES),
            formula="binary for two classes, regression for numbers where none is given",
        ),
        Binding("forest.trees", "n_estimators", integer(1)),
        Binding("boosting.learning_rate", "learning_rate", number(0, open_low=True)),
        Binding(
            "forest.max_leaves",
            "num_leaves",
            integer(2),
            lambda v, c: v or 131_072,
            lambda v, c: 0 if v == 131_072 else v,
            formula="the node whose split gains most is split next; 0, no bound, is sent as 131072, the most",
        ),
        Binding(
            "forest.max_depth",
            "max_depth",
            integer(-1),
            lambda v, c: v or -1,
            lambda v, c: max(int(as_float(v)), 0),
            formula="-1 or 0: no bound",
        ),
        Binding(
            "forest.min_leaf",
            "min_child_samples",
            integer(0),
            lambda v, c: 0 if v == 1 else v,
            lambda v, c: max(int(as_float(v)), 1),
            formula="but for the squared error the rows are estimated: rows of the node * sum of the second "
            "derivatives in the leaf / that in the node, rounded; so 1 is sent as 0, none",
        ),
        Binding("forest.min_hessian", "min_child_weight", number(0)),
        Binding(
            "forest.min_loss_reduction",
            "min_split_gain",
            number(0),
            lambda v, c: 2 * as_float(v),
            lambda v, c: as_float(v) / 2,
            formula="compared with twice the reduction: min_split_gain = 2 reduction",
        ),
        Binding("forest.leaf_l2", "reg_lambda", number(0)),
        Binding("forest.leaf_l1", "reg_alpha", number(0)),
        Binding(
            "forest.sample_share",
            "subsample",
            _SHARE,
            active_if=_SAMPLED,
            formula="without replacement, drawn anew after subsample_freq trees; by default that is 0, never",
        ),
        Binding(
            "forest.sample_interval",
            "subsample_freq",
            integer(0),
            to_vocabulary=lambda v, c: v or None,
            formula="0: rows are never drawn, every tree gets all of them",
        ),
        Binding("forest.features_per_tree", "colsample_bytree", _SHARE),
        Binding("forest.bins", "max_bin", integer(2), reads=("core.max_bin",)),
        Binding("forest.bin_rows", "min_data_in_bin", integer(1), reads=("core.min_data_in_bin",)),
        Binding("seed", "random_state", integer(0)),
        CLASS_WEIGHT,
    ),
    always={
        "decision.threshold": 0.5,
        "precision": "mixed",
        "missing": "branch",
        "features.standardize": "none",
        "forest.bootstrap": False,
        "forest.bins_placed": "quantiles",
        "forest.growth": "gain",
        "boosting.start": "optimum",
        "stopping.rule": "none",
    },
    implied=_implied,
    outside={
        "*.fit.*": Outside("data", "rows beside the training rows, weights, and a model to go on from"),
        "*.boosting_type": Outside("other", "forests, or trees that are dropped, in place of boosting"),
        "*.importance_type": Outside("output", "computed beside the fit"),
        "*.n_jobs": Outside("running", "threads"),
        "*.subsample_for_bin": Outside("other", "rows of the bins, of more than 200,000"),
    },
    base={"n_estimators": 5, "min_child_samples": 5},
    probes={
        "objective": Probe(why_not="of two classes there is one loss alone"),
        "n_estimators": Probe((3, 6)),
        "learning_rate": Probe((0.1, 0.5)),
        "num_leaves": Probe((31, 3)),
        "max_depth": Probe((-1, 1)),
        "min_child_samples": Probe((5, 20)),
        "min_child_weight": Probe((1e-3, 4.0)),
        "min_split_gain": Probe((0.0, 5.0)),
        "reg_lambda": Probe((0.0, 5.0)),
        "reg_alpha": Probe((0.0, 1.0)),
        "subsample": Probe((1.0, 0.5), {"subsample_freq": 1}, ({"subsample_freq": 0},)),
        "subsample_freq": Probe((0, 1), {"subsample": 0.5}),
        "colsample_bytree": Probe((1.0, 0.3)),
        "max_bin": Probe((255, 4)),
        "min_data_in_bin": Probe((1, 10)),
        "random_state": Probe((1, 2), {"subsample": 0.5, "subsample_freq": 1}),
        "class_weight": Probe((None, "balanced")),
    },
    passed={"n_jobs": 1},
    stochastic=True,
    seconds=0.2,
    seconds_per_million=0.5,
    describe=_describe,
    prepared=_prepared,
    decided=_decided,
    program=None,
)
