"""R's ranger, a fast random forest, in the vocabulary (``?ranger``, ``?predict.ranger``)."""

from __future__ import annotations

from collections.abc import Mapping

from crossframe.core.errors import UsageError
from crossframe.core.types import Value, as_float
from crossframe.frameworks.r._model import RModel
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

_EXTRA = "extratrees"


def _weights(value: Value) -> Value:
    return "none" if value in (None, "none") else integers().parse(value)


def _weighting(weights: Value, context: Context) -> Value:
    """The weights of an unweighted fit; others have no word in the vocabulary."""
    return "none" if weights == "none" else None


def _unweighted(weighting: Value, context: Context) -> Value:
    if weighting != "none":
        raise UsageError("ranger takes the weight of each class", "give class.weights, as in 1x3")
    return "none"


def _rule(criterion: Value, context: Context) -> Value:
    rules = {"gini": "gini", "squared_error": "variance", "hellinger": "hellinger"}
    if criterion not in rules:
        raise UsageError(f"ranger has no criterion {criterion}", f"it has: {', '.join(rules)}")
    return rules[str(criterion)]


def _criterion(rule: Value, context: Context) -> Value:
    """extratrees is gini, or of numbers variance, with random thresholds."""
    if rule == _EXTRA:
        return "squared_error" if context.native.get("treetype") == "Regression" else "gini"
    return {"gini": "gini", "variance": "squared_error", "hellinger": "hellinger"}.get(str(rule))


def _implied(native: Mapping[str, Value]) -> dict[str, Value]:
    """Numbers are averaged; without extratrees no threshold is drawn."""
    numbers = native.get("treetype") == "Regression"
    return {
        **({"forest.aggregation": "mean"} if numbers else {}),
        **({} if native.get("splitrule") == _EXTRA else {"forest.threshold_draws": 0}),
        **({"forest.repeated_rows": "each_time"} if native.get("replace") else {}),
    }


_MAXSTAT = Outside("other", "the rule maxstat alone, which is not handed over")
_PREDICT = "predict.ranger"

MODEL = RModel(
    name="r.ranger",
    title="ranger",
    order=52,
    family="forest",
    several=True,
    tasks=frozenset({"classes", "numbers"}),
    scripts=("trees.R",),
    fitter="fit_ranger",
    package="ranger",
    callables=("ranger", _PREDICT),
    packages={"ranger": "ranger", _PREDICT: "ranger"},
    manual="https://search.r-project.org/CRAN/refmans/{package}/html/{page}.html",
    bindings=(
        Binding("forest.trees", "num.trees", integer(1), reads=("ranger.num.trees",)),
        Binding(
            "forest.features_per_split",
            "mtry",
            integer(1),
            formula="default: the root of the features, rounded down, of numbers too",
        ),
        Binding(
            "forest.aggregation",
            "probability",
            flag(),
            lambda v, c: v == "mean",
            lambda v, c: "mean" if v else "votes",
            formula="true: the mean share of the classes in the leaves, with min.node.size 10; false: votes",
        ),
        Binding(
            "forest.min_split",
            "min.node.size",
            integer(1),
            lambda v, c: int(as_float(v)) - 1,
            lambda v, c: int(as_float(v)) + 1,
            formula="a node of min.node.size rows or fewer is a leaf, the root too; a row counts as often as "
            "it is drawn; default 1, of numbers 5, with probability 10",
        ),
        Binding("forest.max_depth", "max.depth", integer(0)),
        Binding("forest.bootstrap", "replace", flag()),
        Binding(
            "forest.sample_share",
            "sample.fraction",
            number(0, 1, open_low=True),
            formula="whole part of fraction * n rows; default 1, without replacement 0.632",
        ),
        Binding(
            "class_weight",
            "class.weights",
            Kind("none, or a weight of each class as in 1x3", _weights, ("none", (1, 1))),
            _unweighted,
            _weighting,
            formula="factors of the classes in the gain of a split and in the vote of a leaf",
        ),
        Binding(
            "forest.threshold_draws",
            "num.random.splits",
            integer(1),
            active_if=(When("splitrule", (_EXTRA,)),),
        ),
        Binding(
            "forest.criterion",
            "splitrule",
            choice("gini", "variance", _EXTRA, "hellinger"),
            _rule,
            _criterion,
            formula="extratrees: gini, of numbers variance, with random thresholds",
        ),
        Binding("forest.new_feature_gain", "regularization.factor", number(0, 1, open_low=True)),
        Binding("forest.new_feature_by_depth", "regularization.usedepth", flag()),
        Binding("seed", "seed", integer(0), reads=("ranger.seed",)),
    ),
    always={
        "decision.threshold": 0.5,
        "precision": "float64",
        "missing": "error",
        "features.standardize": "none",
        "forest.max_leaves": 0,
        "forest.min_leaf": 1,
        "forest.min_leaf_share": 0.0,
        "forest.min_gain": 0.0,
        "forest.pruning": 0.0,
        "seed.generator": "Mersenne-Twister",
    },
    implied=_implied,
    outside={
        **{
            f"ranger.{name}": Outside("data", "the rows, the target, and how they are named")
            for name in (
                "formula", "data", "x", "y", "dependent.variable.name", "status.variable.name",
                "classification", "...",
            )
        },
        **{
            f"ranger.{name}": Outside("data", "names rows or features")
            for name in (
                "case.weights", "split.select.weights", "always.split.variables", "inbag", "holdout",
            )
        },
        **{
            f"ranger.{name}": Outside("output", "computed or kept beside the trees")
            for name in (
                "write.forest", "scale.permutation.importance", "local.importance",
                "keep.inbag", "quantreg", "oob.error", "verbose",
            )
        },
        "ranger.importance": Outside(
            "other", "computed beside the trees, but impurity_corrected adds permuted copies of the features"
        ),
        "ranger.respect.unordered.factors": Outside("other", "of factors; here every feature is a number"),
        "ranger.alpha": _MAXSTAT,
        "ranger.minprop": _MAXSTAT,
        "ranger.num.threads": Outside("running", "threads; each tree has a seed of its own"),
        "ranger.save.memory": Outside("running", "memory"),
        f"{_PREDICT}.*": Outside("output", "which rows are predicted, and what of each tree"),
    },
    base={"num.trees": 10},
    probes={
        "num.trees": Probe((10, 5)),
        "mtry": Probe((2, 1)),
        "probability": Probe((False, True)),
        "min.node.size": Probe((1, 20)),
        "max.depth": Probe((0, 1)),
        "replace": Probe((True, False)),
        "sample.fraction": Probe((1.0, 0.3)),
        "class.weights": Probe(("none", (1, 5)), {"max.depth": 2}),
        "num.random.splits": Probe(
            (1, 5), {"splitrule": _EXTRA}, ({"splitrule": "gini"},),
            tried={"splitrule": ("gini", "hellinger")},
        ),
        "splitrule": Probe(("gini", _EXTRA)),
        "regularization.factor": Probe((1.0, 0.1)),
        "regularization.usedepth": Probe((False, True), {"regularization.factor": 0.9}),
        "seed": Probe((1, 2)),
    },
    stochastic=True,
)  # fmt: skip
