"""H2O's gradient boosting: two classes, or numbers under one of several losses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crossframe.core.types import Value
from crossframe.frameworks.h2o._model import Call, H2OModel
from crossframe.frameworks.h2o.models import _trees as trees
from crossframe.frameworks.h2o.models._outside import outside
from crossframe.frameworks.h2o.models._values import by_table, enum
from crossframe.settings.binding import Binding, Context, Outside, When, integers, number
from crossframe.settings.probe import Probe

_LOSSES: dict[Value, Value] = {
    "log_loss": "bernoulli",
    "squared_error": "gaussian",
    "absolute_error": "laplace",
    "poisson": "poisson",
    "gamma": "gamma",
    "tweedie": "tweedie",
    "quantile": "quantile",
    "huber": "huber",
}
_CLASSES = ("AUTO", "bernoulli", "multinomial", "quasibinomial")


def _loss(value: Value, context: Context) -> Value:
    """AUTO: by the target, which is sent as classes unless another distribution is given."""
    return "log_loss" if value in _CLASSES else by_table(_LOSSES)[1](value, context)


def _implied(native: Mapping[str, Value]) -> dict[str, Value]:
    """Losses of numbers have no labels: two classes are labelled by Leek's rule."""
    return {} if native.get("distribution", "AUTO") in _CLASSES else {"decision.threshold": 0.5}


def _complete(
    asked: Mapping[str, Value], native: Mapping[str, Value], arguments: dict[str, Value]
) -> dict[str, Value]:
    """A requested ``loss.quantile`` by the parameter of the loss, as each of the two has its own."""
    made = trees.complete(asked, native, arguments)
    if "loss.quantile" not in asked or made.get("distribution") != "quantile":
        return made
    others = {name: v for name, v in made.items() if name != "huber_alpha" or name in native}
    return {"quantile_alpha": asked["loss.quantile"], **others}


def _signs(value: Any, call: Call) -> list[Value]:
    """The constraint of each column that has one, as the server takes them."""
    pairs = zip(call.columns, value, strict=True)
    return [{"key": column, "value": sign} for column, sign in pairs if sign]  # type: ignore[misc]


MODEL = H2OModel(
    name="h2o.gbm",
    title="h2o.gbm",
    family="boosting",
    order=40,
    bindings=(
        Binding(
            "loss",
            "distribution",
            enum("AUTO", *map(str, _LOSSES.values())),
            by_table(_LOSSES)[0],
            _loss,
            formula="bernoulli for two classes, gaussian for numbers where none is given",
        ),
        *(
            Binding(
                "loss.quantile", f"{loss}_alpha", number(0, 1), active_if=(When("distribution", (loss,)),)
            )
            for loss in ("quantile", "huber")
        ),
        Binding(
            "family.power", "tweedie_power", number(1, 2), active_if=(When("distribution", ("tweedie",)),)
        ),
        Binding("boosting.learning_rate", "learn_rate", number(0, 1, open_low=True)),
        Binding("boosting.annealing", "learn_rate_annealing", number(0, 1, open_low=True)),
        *trees.BINDINGS,
        Binding(
            "forest.features_share",
            "col_sample_rate",
            number(0, 1, open_low=True),
            formula="whole part of the share of the features, at least 1",
        ),
        Binding("forest.leaf_bound", "max_abs_leafnode_pred", number(0), to_vocabulary=trees.bound),
        Binding("forest.leaf_noise", "pred_noise_bandwidth", number(0)),
        Binding(
            "forest.monotonic",
            "monotone_constraints",
            integers(-1),
            # The server reports the names of the columns.
            to_vocabulary=lambda v, c: v if isinstance(v, tuple) else None,
        ),
    ),
    always={
        **trees.ALWAYS,
        "forest.criterion": "squared_error",
        "forest.leaf_l2": 0.0,
        "boosting.start": "optimum",
        "boosting.gain": "first_order",
    },
    implied=_implied,
    outside=outside(
        "gbm",
        {
            **trees.OUTSIDE,
            ("auto_rebalance",): Outside("running", "how the rows are spread over threads"),
            ("in_training_checkpoints_dir", "in_training_checkpoints_tree_interval"): Outside(
                "output", "where the model is kept"
            ),
            ("custom_distribution_func",): Outside("data", "a loss of the user's own; none is handed over"),
        },
    ),
    tasks=frozenset({"classes", "numbers"}),
    numbers_by=("distribution", "gaussian"),
    complete=_complete,
    callables=("gbm",),
    base=trees.BASE,
    probes={
        **trees.probes(1, 0.1),
        "distribution": Probe(("bernoulli", "gaussian")),
        "quantile_alpha": Probe((0.3, 0.7), {"distribution": "quantile"}, ({"distribution": "gaussian"},)),
        "huber_alpha": Probe((0.9, 0.3), {"distribution": "huber"}, ({"distribution": "gaussian"},)),
        "tweedie_power": Probe((1.5, 1.2), {"distribution": "tweedie"}, ({"distribution": "gaussian"},)),
        "learn_rate": Probe((0.1, 0.5)),
        "learn_rate_annealing": Probe((1.0, 0.5)),
        "col_sample_rate": Probe((1.0, 0.3)),
        "col_sample_rate_change_per_level": Probe((1.0, 0.3)),
        "max_abs_leafnode_pred": Probe((10.0, 0.1)),
        "pred_noise_bandwidth": Probe((0.0, 0.5)),
        "monotone_constraints": Probe(((1, 0, 0, 0), (-1, 0, 0, 0))),
    },
    stochastic=True,
    seconds=0.4,
    seconds_per_million=2.0,
    algorithm="gbm",
    page="gbm.html#defining-a-gbm-model",
    lists={**trees.LISTS, "monotone_constraints": _signs},
    describe=trees.describe,
)
