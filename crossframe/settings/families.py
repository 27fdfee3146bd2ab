"""Which kinds of target a model fits: two classes, numbers, or by its family either."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from crossframe.engines.base import Target, Task, Value
from crossframe.settings.base import Binding, choice, renamed

LEAST_SQUARES = ("sklearn.linear", "sklearn.ridge", "sklearn.lasso", "sklearn.elasticnet", "r.lm")
"""Models that take every target for numbers: two classes as 0 and 1."""

GAUSSIAN: dict[str, tuple[str, Value]] = {
    "r.glm": ("family", "gaussian"),
    "r.glmnet": ("family", "gaussian"),
    "h2o.glm": ("family", "gaussian"),
    "reference.optimum": ("link", "identity"),
}
"""Models with a family -> the parameter and its value that make them fit numbers."""


def family(*, leaves_the_link: bool = False) -> Binding:
    """``family``, which decides for the link, or with ``leaves_the_link`` for all links of two classes."""
    encode, _ = renamed({"logit": "binomial", "identity": "gaussian"})
    links: dict[Value, Value] = {"binomial": "logit", "gaussian": "identity"}
    if leaves_the_link:
        return Binding(
            "link",
            "family",
            choice("binomial", "gaussian"),
            encode,
            lambda v, c: "identity" if v == "gaussian" else None,
            formula="binomial where link and target do not say otherwise; the others take a link",
        )
    return Binding(
        "link",
        "family",
        choice("binomial", "gaussian"),
        encode,
        lambda v, c: links.get(v),
        formula="binomial (logit) for two classes, gaussian (identity) for numbers, where nothing is said",
    )


def spread(y: Target, settings: Mapping[str, Value], native: Mapping[str, Value]) -> float:
    """What glmnet's Gaussian family divides the target by: its standard deviation, with 1/n.

    Without an intercept it is the root of its mean square.
    """
    intercept = native.get("intercept", settings.get("intercept", True))
    return float(np.std(y)) if intercept else float(np.sqrt(np.mean(np.square(y, dtype=np.float64))))


def for_target(
    model: str, settings: Mapping[str, Value], native: Mapping[str, Value], task: Task
) -> dict[str, Value]:
    """``native``, with the Gaussian family for a target of numbers where no family or link is said."""
    said = "link" in settings or "family" in native or "link" in native
    if task == "numbers" and model in GAUSSIAN and not said:
        name, value = GAUSSIAN[model]
        return {name: value, **native}
    return dict(native)


def takes(model: str, settings: Mapping[str, Value], native: Mapping[str, Value], task: Task) -> bool:
    """Whether a model with these settings can be fitted to such a target."""
    if task == "classes" or model in LEAST_SQUARES:
        return True
    if model not in GAUSSIAN:
        return False
    given = for_target(model, settings, native, task)
    link = settings.get("link", given.get("link", "identity"))
    return link == "identity" and given.get("family", "gaussian") == "gaussian"
