"""R's randomForest in the vocabulary (``?randomForest``, ``?predict.randomForest``, ``?set.seed``)."""

from __future__ import annotations

import math
from collections.abc import Mapping

from crossframe.core.errors import UsageError
from crossframe.core.types import Value, as_float
from crossframe.frameworks.model import Program
from crossframe.frameworks.programs import call
from crossframe.frameworks.r._model import GENERATORS, RModel
from crossframe.frameworks.r.program import literal, matrix, others, spelled, text
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
)
from crossframe.settings.probe import Probe

_NUMBERS = (When("type", ("regression",)),)
_DRAW = ("seed", "kind")
"""Parameters of set.seed."""


def _drawn_rows(context: Context) -> int:
    """Number of rows of each tree: by default all, or without replacement 63.2 %."""
    rows = context.native.get("sampsize")
    if rows is not None:
        return int(as_float(rows))
    return int(context.n) if context.native.get("replace", True) else math.ceil(0.632 * context.n)


def _priors(value: Value) -> Value:
    """Parse ``none``, or a prior of each class as whole numbers."""
    return "none" if value in (None, "none") else integers().parse(value)


def _weighting(priors: Value, context: Context) -> Value:
    """Priors p give a row of class c the weight p_c n / n_c: of equal ones, that of ``balanced``."""
    if priors == "none":
        return "none"
    return "balanced" if isinstance(priors, tuple) and len(set(priors)) == 1 else None


def _implied(native: Mapping[str, Value]) -> dict[str, Value]:
    """What depends on whether the target is numbers."""
    numbers = native.get("type") == "regression"
    counted = {"forest.repeated_rows": "each_time" if numbers else "once"} if native.get("replace") else {}
    if numbers:
        return {"forest.criterion": "squared_error", "forest.aggregation": "mean", **counted}
    return {"forest.criterion": "gini", "forest.aggregation": "votes", **counted}


def _program(wanted: Program) -> str:
    arguments = wanted.arguments
    given = {k: v for k, v in others(arguments, _DRAW).items() if v != "none"}
    kind = {"kind": arguments["kind"]} if "kind" in arguments else {}
    target = "y" if wanted.numbers else "factor(y)"
    rows = ["fit", "x"] if wanted.numbers else ["fit", "x", 'type = "prob"']
    column = "" if wanted.numbers else '[, "1"]'
    fit = [
        *matrix(wanted),
        call("set.seed", [literal(arguments.get("seed", 1)), *spelled(kind)], "", "  "),
        call("randomForest", ["x", target, *spelled(given)], "fit <- ", "  "),
        call("predict", rows, "scores <- ", "  ") + column,
    ]
    return text(wanted, fit, "randomForest")


_FOREST = "randomForest.default"
_PREDICT = "predict.randomForest"


def _class_priors(value: Value, context: Context) -> Value:
    """The priors of a canonical ``class_weight``. Raises `UsageError` for weights by tree."""
    if value == "balanced_subsample":
        raise UsageError("randomForest weights no tree by its own sample", "give class_weight=balanced")
    return (1, 1) if value == "balanced" else "none"


MODEL = RModel(
    name="r.forest",
    title="randomForest",
    order=50,
    family="forest",
    several=True,
    tasks=frozenset({"classes", "numbers"}),
    scripts=("forest.R",),
    fitter="fit_forest",
    package="randomForest",
    callables=(_FOREST, _PREDICT, "set.seed"),
    packages={_FOREST: "randomForest", _PREDICT: "randomForest", "set.seed": "base"},
    pages={_FOREST: "randomForest", "set.seed": "Random"},
    bindings=(
        Binding("forest.trees", "ntree", integer(1)),
        Binding(
            "forest.features_per_split",
            "mtry",
            integer(1),
            formula="default: the root of the features, of numbers a third of them, rounded down; features "
            "that are constant in the node count",
        ),
        Binding("forest.bootstrap", "replace", flag()),
        Binding(
            "forest.sample_share",
            "sampsize",
            integer(1),
            lambda v, c: max(1, round(as_float(v) * c.n)),
            lambda v, c: as_float(v) / c.n,
            formula="rows, rounded; default: as many as there are, without replacement 63.2 % of them",
        ),
        Binding(
            "class_weight",
            "classwt",
            Kind("none, or a prior of each class as in 1x2", _priors, ("none", (1, 1))),
            _class_priors,
            _weighting,
            formula="priors p: a row of class c weighs p_c n / n_c; balanced: equal priors; only for classes",
        ),
        Binding(
            "forest.min_split",
            "nodesize",
            integer(1),
            lambda v, c: int(as_float(v)) - 1,
            lambda v, c: int(as_float(v)) + 1,
            formula="a node of nodesize rows or fewer is a leaf, but for the root, which is always split; of "
            "two classes a row that is drawn twice counts once, of numbers twice",
        ),
        Binding(
            "forest.max_leaves",
            "maxnodes",
            integer(2),
            lambda v, c: int(as_float(v)) or max(2, _drawn_rows(c)),
            lambda v, c: 0 if v is None or as_float(v) >= _drawn_rows(c) else v,
            formula="nodes are split in the order in which they were made, not in that of the gain",
        ),
        Binding("forest.bias_correction", "corr.bias", flag(), active_if=_NUMBERS),
        Binding("seed", "seed", integer(0), reads=("set.seed.seed",)),
        Binding("seed.generator", "kind", choice(*GENERATORS), reads=("set.seed.kind",)),
    ),
    always={
        "decision.threshold": 0.5,
        "precision": "float64",
        "missing": "error",
        "features.standardize": "none",
        "forest.max_depth": 0,
        "forest.min_leaf": 1,
        "forest.min_leaf_share": 0.0,
        "forest.min_gain": 0.0,
        "forest.pruning": 0.0,
    },
    implied=_implied,
    outside={
        f"{_FOREST}.x": Outside("data", "the features"),
        f"{_FOREST}.y": Outside("data", "the target: a factor for two classes"),
        f"{_FOREST}.xtest": Outside("data", "further rows to predict"),
        f"{_FOREST}.ytest": Outside("data", "their target"),
        f"{_FOREST}.weights": Outside("data", "weights of single rows in the drawing; every row counts once"),
        f"{_FOREST}.strata": Outside("data", "groups from which a number of rows each is drawn"),
        f"{_FOREST}.cutoff": Outside(
            "output",
            "the share of votes from which a class is predicted: labels here are 1 above one half, where "
            "predict() draws lots for an equal number of votes",
        ),
        f"{_FOREST}.importance": Outside(
            "output",
            "computed beside the trees, with random numbers: those that follow are as of another seed",
        ),
        f"{_FOREST}.localImp": Outside("output", "the importance row by row, which takes the same numbers"),
        f"{_FOREST}.nPerm": Outside("output", "permutations of the importance"),
        f"{_FOREST}.proximity": Outside("output", "how often two rows share a leaf"),
        f"{_FOREST}.oob.prox": Outside("output", "which rows count in that"),
        f"{_FOREST}.norm.votes": Outside("output", "whether the votes of the training rows are shares"),
        f"{_FOREST}.do.trace": Outside("output", "progress on the terminal"),
        f"{_FOREST}.keep.forest": Outside("output", "whether the fit keeps the trees, which predict() needs"),
        f"{_FOREST}.keep.inbag": Outside("output", "whether the fit keeps which rows a tree has"),
        f"{_FOREST}....": Outside("other", "what no argument takes"),
        f"{_PREDICT}.object": Outside("data", "the fit"),
        f"{_PREDICT}.newdata": Outside("data", "the rows to predict"),
        f"{_PREDICT}.type": Outside("output", "labels or votes: the shares of the votes are taken here"),
        f"{_PREDICT}.norm.votes": Outside("output", "whether votes are shares"),
        f"{_PREDICT}.predict.all": Outside("output", "what each tree predicts"),
        f"{_PREDICT}.proximity": Outside("output", "how often two rows share a leaf"),
        f"{_PREDICT}.nodes": Outside("output", "in which leaf of each tree a row is"),
        f"{_PREDICT}.cutoff": Outside("output", "as that of the fit"),
        f"{_PREDICT}....": Outside("other", "what no argument takes"),
        "set.seed.normal.kind": Outside("other", "of normal random numbers; none are used"),
        "set.seed.sample.kind": Outside("other", "of R's own sample(); the trees draw with unif_rand()"),
    },
    base={"ntree": 25},
    probes={
        "ntree": Probe((25, 10)),
        "mtry": Probe((2, 1)),
        "replace": Probe((True, False)),
        "sampsize": Probe((60, 20)),
        "classwt": Probe(("none", (1, 4))),
        "nodesize": Probe((1, 15)),
        "maxnodes": Probe((60, 3)),
        "corr.bias": Probe(
            (False, True), why_not="it acts on a target of numbers; the samples have two classes"
        ),
        "seed": Probe((1, 2)),
        "kind": Probe(("Mersenne-Twister", "Wichmann-Hill")),
    },
    stochastic=True,
    program=_program,
)
