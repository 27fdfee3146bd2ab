"""The parts that H2O's random forest and its gradient boosting share: trees on histograms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crossframe.core.errors import UsageError
from crossframe.core.types import Value, as_float
from crossframe.frameworks.contract import Status
from crossframe.frameworks.h2o._model import TrainedModel
from crossframe.frameworks.h2o.models._outside import COMPUTED
from crossframe.frameworks.h2o.models._values import FOLDS, METRICS, Both, assigned, by_table, enum, last
from crossframe.frameworks.h2o.rest import table
from crossframe.settings.binding import Binding, Context, Outside, When, flag, integer, number
from crossframe.settings.probe import Probe

_EARLY = When("stopping_rounds", above=0)
_BALANCED = When("balance_classes", (True,))
_UNBOUNDED = 1e300
_NARROW = 10_000
"""Bins so narrow that hardly any holds two values of a small sample."""

_PLACED: dict[Value, Value] = {
    "node_range": "UniformAdaptive",
    "node_range_refined": "UniformRobust",
    "quantiles": "QuantilesGlobal",
    "random": "Random",
    "round_robin": "RoundRobin",
}


def _placed(value: Value, context: Context) -> Value:
    """AUTO is UniformAdaptive."""
    return "node_range" if value == "AUTO" else by_table(_PLACED)[1](value, context)


def _every(trees: Value, context: Context) -> Value:
    """The server's 0 is the vocabulary's -1: by time."""
    if trees == 0:
        raise UsageError("H2O scores after some trees, or by time", "give scoring.every=-1, or 1 and more")
    return 0 if trees == -1 else trees


def complete(
    asked: Mapping[str, Value], native: Mapping[str, Value], arguments: dict[str, Value]
) -> dict[str, Value]:
    """The server takes no more bins than at the root."""
    bins = arguments.get("nbins")
    if bins is None or "nbins_top_level" in arguments or as_float(bins) <= 1024:
        return arguments
    return {**arguments, "nbins_top_level": bins}


def bound(value: Value, context: Context) -> Value:
    """The vocabulary's 0, no bound, for the largest number that Java has; else ``value``."""
    return 0.0 if value is None or as_float(value) > _UNBOUNDED else value


BINDINGS = (
    Binding("forest.trees", "ntrees", integer(1)),
    Binding("forest.max_depth", "max_depth", integer(0)),
    Binding(
        "forest.min_leaf",
        "min_rows",
        number(1),
        lambda v, c: as_float(v),
        lambda v, c: int(as_float(v)) if as_float(v).is_integer() else v,
    ),
    Binding(
        "forest.bins",
        "nbins",
        integer(2),
        lambda v, c: v or _NARROW,
        lambda v, c: 0 if v == _NARROW else v,
        formula=f"0, a split between any two values, is sent as {_NARROW}: few bins then hold two values",
    ),
    Binding(
        "forest.bins_root",
        "nbins_top_level",
        integer(2),
        formula="halved from level to level, down to nbins",
    ),
    Binding(
        "forest.bins_placed",
        "histogram_type",
        enum("AUTO", *map(str, _PLACED.values())),
        by_table(_PLACED)[0],
        _placed,
        formula="AUTO: UniformAdaptive; RoundRobin: another of the others for each tree",
    ),
    Binding("forest.min_relative_gain", "min_split_improvement", number(0)),
    Binding(
        "forest.sample_share",
        "sample_rate",
        number(0, 1, open_low=True),
        active_if=(When("sample_rate_per_class", (None,)),),
        formula="each row with this probability, without replacement, drawn anew for each tree",
    ),
    Binding(
        "sampling.class_share",
        "sample_rate_per_class",
        number(0, 1, open_low=True),
        to_vocabulary=last,
        formula="sent as 1 for class 0 and this for class 1; in place of sample_rate",
    ),
    Binding("forest.features_per_tree", "col_sample_rate_per_tree", number(0, 1, open_low=True)),
    Binding("forest.features_by_level", "col_sample_rate_change_per_level", number(0, 2, open_low=True)),
    Binding(
        "features.drop_constant",
        "ignore_const_cols",
        flag(),
        formula="no split uses them; where features are drawn they count",
    ),
    Binding("sampling.balance", "balance_classes", flag()),
    Binding(
        "sampling.factor",
        "class_sampling_factors",
        number(0, open_low=True),
        to_vocabulary=last,
        active_if=(_BALANCED,),
        formula="sent as 1 for class 0 and this for class 1; none: from the sizes of the classes",
    ),
    Binding("sampling.limit", "max_after_balance_size", number(0, open_low=True), active_if=(_BALANCED,)),
    Binding("stopping.rounds", "stopping_rounds", integer(0), formula="of the metric's moving average"),
    Binding(
        "stopping.metric",
        "stopping_metric",
        enum(*map(str, METRICS.values())),
        *by_table(METRICS),
        active_if=(_EARLY,),
    ),
    Binding("stopping.tolerance_relative", "stopping_tolerance", number(0), active_if=(_EARLY,)),
    Binding("scoring.each_iteration", "score_each_iteration", flag(), active_if=(_EARLY,)),
    Binding(
        "scoring.every",
        "score_tree_interval",
        integer(0),
        _every,
        lambda v, c: -1 if v == 0 else v,
        active_if=(_EARLY, When("score_each_iteration", (False,))),
        formula="in trees; 0: by time",
    ),
    Binding(
        "validation.folds",
        "nfolds",
        integer(0),
        active_if=(_EARLY,),
        formula="the trees after which the folds stopped, on average, are grown",
    ),
    Binding(
        "validation.assignment",
        "fold_assignment",
        enum(*map(str, FOLDS.values())),
        by_table(FOLDS)[0],
        assigned,
        active_if=(Both("nfolds", above=0, too=_EARLY),),
    ),
    Binding("seed", "seed", integer(-1)),
)

LISTS = {
    "class_sampling_factors": lambda value, call: [1.0, value],
    "sample_rate_per_class": lambda value, call: [1.0, value],
}
"""Parameters for which the server takes a list."""

ALWAYS: dict[str, Value] = {
    "decision.threshold": "f1_optimal",
    # The values of the leaves are float32, the sums of the histograms are not.
    "precision": "mixed",
    "missing": "branch",
    "features.standardize": "none",
    "class_weight": "none",
    "forest.bootstrap": False,
    "forest.max_leaves": 0,
}

_CATEGORIES = Outside("other", "categorical features only; here every feature is a number")
OUTSIDE = {
    ("build_tree_one_node",): Outside("running", "where a tree is built on a cluster of several nodes"),
    ("nbins_cats", "categorical_encoding"): _CATEGORIES,
    ("r2_stopping",): Outside("other", "taken and not used: no longer supported, as the server says"),
    ("calibrate_model", "calibration_method"): COMPUTED,
    ("calibration_frame",): Outside("data", "rows for the calibration"),
    ("check_constant_response",): Outside("other", "whether a target of one value alone is refused"),
}

_NOT_STOPPING: dict[str, Value] = {"stopping_rounds": 0}
BASE: dict[str, Value] = {"ntrees": 5, "min_rows": 2.0}


def probes(rounds: int, tolerance: float) -> dict[str, Probe]:
    """The probes of both; with these values of early stopping some trees of 40 are not grown."""
    stopping: dict[str, Value] = {"stopping_rounds": rounds, "stopping_tolerance": tolerance, "ntrees": 40}
    watched: dict[str, Value] = {**stopping, "score_each_iteration": True}
    return {
        "ntrees": Probe((3, 6)),
        "max_depth": Probe((5, 1)),
        "min_rows": Probe((2.0, 12.0)),
        "nbins": Probe((8, 2), {"nbins_top_level": 8}),
        "nbins_top_level": Probe((1024, 2), {"nbins": 2}),
        "histogram_type": Probe(("UniformAdaptive", "Random")),
        "min_split_improvement": Probe((0.0, 0.3)),
        "sample_rate": Probe((1.0, 0.5), {}, ({"sample_rate_per_class": 0.5},)),
        "sample_rate_per_class": Probe((1.0, 0.3)),
        "col_sample_rate_per_tree": Probe((1.0, 0.5)),
        "ignore_const_cols": Probe((True, False), {"col_sample_rate_per_tree": 0.5}, sample="constant"),
        "balance_classes": Probe((False, True)),
        "class_sampling_factors": Probe((0.5, 2.0), {"balance_classes": True}, ({"balance_classes": False},)),
        "max_after_balance_size": Probe((5.0, 0.5), {"balance_classes": True}, ({"balance_classes": False},)),
        "stopping_rounds": Probe((0, rounds), {k: v for k, v in watched.items() if k != "stopping_rounds"}),
        "stopping_metric": Probe(("logloss", "misclassification"), watched, (_NOT_STOPPING,)),
        "stopping_tolerance": Probe((1e-3, 0.5), watched, (_NOT_STOPPING,)),
        "score_each_iteration": Probe(
            (False, True), {**stopping, "score_tree_interval": 20}, (_NOT_STOPPING,)
        ),
        "score_tree_interval": Probe((1, 20), stopping, (_NOT_STOPPING, {"score_each_iteration": True})),
        "nfolds": Probe((0, 3), watched, (_NOT_STOPPING,)),
        "fold_assignment": Probe(
            ("Modulo", "Random"),
            {**watched, "stopping_rounds": 2, "stopping_tolerance": 0.01, "nfolds": 2},
            ({"nfolds": 0},),
            refused=True,
        ),
        "seed": Probe((1, 2), {"sample_rate": 0.5}),
    }


def describe(fit: TrainedModel) -> dict[str, Any]:
    """Status and convergence message: trees do not converge, they are complete when they are grown."""
    sizes = {name: values[0] for name, values in table(fit.reply, "model_summary").items()}
    grown, asked = int(sizes["number_of_trees"]), int(as_float(fit.effective["ntrees"]))
    depths = f"{sizes['min_depth']:g} to {sizes['max_depth']:g} splits deep"
    message = f"{depths}, with {sizes['min_leaves']:g} to {sizes['max_leaves']:g} leaves"
    if grown < asked:
        early = f"early stopping after {grown} of {asked} trees, {message}"
        return {"status": Status.STOPPED_EARLY, "convergence": early}
    return {"status": Status.CONVERGED, "convergence": f"{grown} trees grown, {message}"}
