"""R's gbm, gradient boosting after Friedman, in the vocabulary (``?gbm``, ``?set.seed``)."""

from __future__ import annotations

from crossframe.core.errors import UsageError
from crossframe.core.types import Value, as_float
from crossframe.frameworks.r._model import GENERATORS, RModel
from crossframe.settings.binding import (
    Binding,
    Context,
    Kind,
    Outside,
    choice,
    integer,
    integers,
    number,
    renamed,
)
from crossframe.settings.probe import Probe

_LOSSES = {
    "log_loss": "bernoulli",
    "exponential": "adaboost",
    "squared_error": "gaussian",
    "absolute_error": "laplace",
    "poisson": "poisson",
}


def _splits(leaves: Value, context: Context) -> Value:
    """Splits of a tree of at most so many leaves, which has to be bounded."""
    if not leaves:
        raise UsageError("gbm bounds the splits of a tree", "give forest.max_leaves")
    return int(as_float(leaves)) - 1


def _signs(value: Value) -> Value:
    return "none" if value in (None, "none") else integers(-1).parse(value)


_PREDICT = "predict.gbm"

MODEL = RModel(
    name="r.gbm",
    title="gbm",
    order=54,
    family="boosting",
    tasks=frozenset({"classes", "numbers"}),
    numbers_by=("distribution", "gaussian"),
    scripts=("trees.R",),
    fitter="fit_gbm",
    package="gbm",
    callables=("gbm", _PREDICT, "set.seed"),
    packages={"gbm": "gbm", _PREDICT: "gbm", "set.seed": "base"},
    pages={"set.seed": "Random"},
    bindings=(
        Binding(
            "loss",
            "distribution",
            choice(*_LOSSES.values()),
            *renamed(_LOSSES),
            formula="bernoulli and adaboost for two classes, the others for numbers",
        ),
        Binding("forest.trees", "n.trees", integer(1), reads=("gbm.n.trees",)),
        Binding(
            "forest.max_leaves",
            "interaction.depth",
            integer(1),
            _splits,
            lambda v, c: int(as_float(v)) + 1,
            formula="splits of a tree, those that gain most first: one less than its leaves, and no depth",
        ),
        Binding("forest.min_leaf", "n.minobsinnode", integer(1)),
        Binding("boosting.learning_rate", "shrinkage", number(0, open_low=True)),
        Binding(
            "forest.sample_share",
            "bag.fraction",
            number(0, 1, open_low=True),
            formula="whole part of bag.fraction * n rows, without replacement, drawn anew for each tree",
        ),
        Binding(
            "validation.fraction",
            "train.fraction",
            number(0, 1, open_low=True),
            lambda v, c: 1 - as_float(v),
            lambda v, c: 1 - as_float(v),
            formula="the first train.fraction * n rows, in their order, are trained on; nothing is stopped",
        ),
        Binding(
            "forest.monotonic",
            "var.monotone",
            Kind("none, or a sign of each feature as in 1x0", _signs, ("none",)),
            lambda v, c: v,
            lambda v, c: None if v == "none" else v,
        ),
        Binding("seed", "seed", integer(0), reads=("set.seed.seed",)),
        Binding("seed.generator", "kind", choice(*GENERATORS), reads=("set.seed.kind",)),
    ),
    always={
        "decision.threshold": 0.5,
        "precision": "float64",
        "missing": "third_branch",
        "features.standardize": "none",
        "class_weight": "none",
        "forest.bootstrap": False,
        "forest.criterion": "squared_error",
        "forest.max_depth": 0,
        "forest.min_split": 2,
        "forest.bins": 0,
        "forest.leaf_l2": 0.0,
        "boosting.start": "optimum",
        "boosting.gain": "first_order",
        "stopping.rule": "none",
    },
    outside={
        **{
            f"gbm.{name}": Outside("data", "the rows and their weights")
            for name in ("formula", "data", "weights")
        },
        "gbm.cv.folds": Outside(
            "output",
            "an error beside the fit, for which all trees are grown; it takes random numbers: "
            "those that follow are as of another seed",
        ),
        "gbm.class.stratify.cv": Outside("output", "folds of that error"),
        "gbm.keep.data": Outside("output", "whether the fit keeps the rows"),
        "gbm.verbose": Outside("output", "progress on the terminal"),
        "gbm.n.cores": Outside("running", "processes for the folds"),
        f"{_PREDICT}.*": Outside("output", "which rows are predicted, by how many trees, on which scale"),
        "set.seed.normal.kind": Outside("other", "of normal random numbers; none are used"),
        "set.seed.sample.kind": Outside("other", "of R's own sample(); rows are drawn with unif_rand()"),
    },
    base={"n.trees": 10, "n.minobsinnode": 3, "bag.fraction": 1.0},
    probes={
        "distribution": Probe(("bernoulli", "adaboost")),
        "n.trees": Probe((10, 5)),
        "interaction.depth": Probe((1, 3)),
        "n.minobsinnode": Probe((3, 15)),
        "shrinkage": Probe((0.1, 0.3)),
        "bag.fraction": Probe((1.0, 0.5)),
        "train.fraction": Probe((1.0, 0.5)),
        "var.monotone": Probe(("none", (-1, 0, 0, 0))),
        "seed": Probe((1, 2), {"bag.fraction": 0.5}),
        "kind": Probe(("Mersenne-Twister", "Wichmann-Hill"), {"bag.fraction": 0.5}),
    },
    stochastic=True,
)
