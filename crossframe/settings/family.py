"""The family of a generalized linear model: its binding, and the scale of a target of numbers."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from crossframe.core.types import Target, Value
from crossframe.settings.binding import Binding, choice, renamed


def family(*, link_parameter: bool = False) -> Binding:
    """The binding of a parameter ``family`` to the canonical ``link``.

    With ``link_parameter`` the model has a parameter for the link as well, which decides for the
    binomial family.
    """
    encode, _ = renamed({"logit": "binomial", "identity": "gaussian"})
    links: dict[Value, Value] = {"gaussian": "identity"}
    formula = "binomial where link and target do not say otherwise; the others take a link"
    if not link_parameter:
        links["binomial"] = "logit"
        formula = "binomial (logit) for two classes, gaussian (identity) for numbers, where none is given"
    return Binding(
        "link", "family", choice("binomial", "gaussian"), encode, lambda v, c: links.get(v), formula=formula
    )


def spread(y: Target, settings: Mapping[str, Value], native: Mapping[str, Value]) -> float:
    """The scale by which glmnet's Gaussian family divides the target ``y`` (n,), in the unit of ``y``.

    It is the standard deviation with 1/n; without an intercept the root of the mean square.
    """
    intercept = native.get("intercept", settings.get("intercept", True))
    return float(np.std(y)) if intercept else float(np.sqrt(np.mean(np.square(y, dtype=np.float64))))
