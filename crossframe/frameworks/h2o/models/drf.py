"""H2O's distributed random forest: two classes, or numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from crossframe.core.types import Value, as_float
from crossframe.frameworks.h2o._model import H2OModel
from crossframe.frameworks.h2o.models import _trees as trees
from crossframe.frameworks.h2o.models._outside import outside
from crossframe.settings.binding import Binding, Context, Outside, flag, integer
from crossframe.settings.probe import Probe


def _features(value: Value, context: Context) -> Value:
    """The features of a split; what -1 and -2 mean is known after the fit."""
    return value if isinstance(value, int) and value > 0 else None


def _drawn(reply: Mapping[str, Any], effective: Mapping[str, Value]) -> dict[str, Value]:
    """The features of a split where the server chooses their number."""
    asked = int(as_float(effective["mtries"]))
    features = len(reply["output"]["names"]) - 1
    classes = reply["output"]["model_category"] == "Binomial"
    root = math.isqrt(features) if classes else features // 3
    return {"mtries": {-1: max(root, 1), -2: features}.get(asked, asked)}


MODEL = H2OModel(
    name="h2o.drf",
    title="h2o.randomForest",
    family="forest",
    order=30,
    bindings=(
        *trees.BINDINGS,
        Binding(
            "forest.features_per_split",
            "mtries",
            integer(-2),
            to_vocabulary=_features,
            formula="-1: the root of the features, of numbers a third of them, rounded down; -2: all",
        ),
        Binding("forest.trees_per_class", "binomial_double_trees", flag()),
    ),
    always={
        **trees.ALWAYS,
        "forest.criterion": "squared_error",
        "forest.aggregation": "mean",
    },
    outside=outside(
        "drf",
        {
            **trees.OUTSIDE,
            ("distribution",): Outside("other", "classes or numbers, which the target says"),
        },
    ),
    tasks=frozenset({"classes", "numbers"}),
    complete=trees.complete,
    callables=("drf",),
    base=trees.BASE,
    probes={
        **trees.probes(3, 0.05),
        "mtries": Probe((1, 4)),
        "binomial_double_trees": Probe((False, True)),
        "col_sample_rate_change_per_level": Probe((1.0, 2.0)),
    },
    stochastic=True,
    seconds=0.4,
    seconds_per_million=2.0,
    algorithm="drf",
    page="drf.html#defining-a-drf-model",
    lists=trees.LISTS,
    searched=_drawn,
    describe=trees.describe,
)
