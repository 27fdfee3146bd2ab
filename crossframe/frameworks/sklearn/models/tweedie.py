"""TweedieRegressor: a model whose variance is a chosen power of the mean, with an l2 penalty."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from crossframe.core.types import Value, as_float
from crossframe.frameworks.sklearn._model import WEIGHTED, SklearnModel
from crossframe.frameworks.sklearn.models import _glm as glm
from crossframe.frameworks.sklearn.models import _least_squares as least_squares
from crossframe.settings.binding import Binding, Context, choice
from crossframe.settings.family import power
from crossframe.settings.probe import Probe


def _link(link: Value, context: Context) -> Value:
    """The canonical link; that of ``auto`` is by the power."""
    return _automatic(context.native) if link == "auto" else link


def _automatic(native: Mapping[str, Value]) -> str:
    return "log" if as_float(native.get("power", 0.0)) > 0 else "identity"


def _of_power(binding: Binding) -> Binding:
    """``binding`` of the power, which reads the link that ``auto`` stands for."""

    def decoded(value: Value, context: Context) -> Value:
        link = _link(context.native.get("link", "auto"), context)
        return binding.to_vocabulary(value, replace(context, native={**context.native, "link": link}))

    return replace(binding, to_vocabulary=decoded)


MODEL = SklearnModel(
    name="sklearn.tweedie",
    title="TweedieRegressor",
    family="linear",
    order=77,
    tasks=least_squares.TASKS,
    callables=("sklearn.linear_model:TweedieRegressor",),
    bindings=(
        *map(_of_power, power(-100, 100)),
        Binding(
            "link",
            "link",
            choice("auto", "identity", "log"),
            to_vocabulary=_link,
            formula="auto: log for a power above 0, else the identity",
        ),
        *glm.BINDINGS,
    ),
    always=glm.ALWAYS,
    implied=lambda native: {"link": _automatic(native)},
    outside=glm.OUTSIDE,
    probes={
        "power": Probe((0.0, 1.0)),
        "link": Probe(("identity", "log"), {"power": 0.0}),
        **glm.PROBES,
    },
    convex=True,
    by_row=WEIGHTED,
    limits=glm.limits,
    relatives=("sklearn.poisson", "sklearn.gamma"),
    describe=glm.describe,
    method=least_squares.method,
)
