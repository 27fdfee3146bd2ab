"""A user's own fits of glum, recognised as one of our models.

Its estimators are scikit-learn's, so that `crossframe.frameworks.sklearn.adopt` records them.
"""

from __future__ import annotations

import inspect
from fnmatch import fnmatchcase
from importlib import import_module

from crossframe.core.types import Value
from crossframe.frameworks.adopting import plain, same, settings, unequal
from crossframe.frameworks.fitted import FittedModel, Recognised
from crossframe.frameworks.model import Model

_FAMILIES = ("gaussian", "binomial", "poisson", "gamma", "inverse.gaussian", "tweedie")


def recognised(fit: FittedModel) -> Recognised | None:
    """The model and the native settings of a fit; None for an estimator or a family that we do not have."""
    from crossframe.frameworks.glum import FRAMEWORK

    model = next((m for m in FRAMEWORK.all_models() if m.title == fit.call), None)
    if fit.framework != "glum" or model is None or fit.task not in model.tasks:
        return None
    arguments = dict(fit.arguments)
    named = str(arguments.pop("family", "normal")).replace("normal", "gaussian")
    family, _, power = named.replace("(", " ").replace(")", "").partition(" ")
    if family not in _FAMILIES:
        return None
    decided: dict[str, Value] = {"family": family}
    if power:
        decided["power"] = exponent = float(power)
        if not 1 <= exponent <= 2:
            return None
    module, _, name = model.callables[0].partition(":")
    taken = inspect.signature(getattr(import_module(module), name)).parameters
    defaults = {k: plain(p.default) for k, p in taken.items()}
    native, rest = settings(model, fit.call, arguments, defaults)
    rest += [
        f"{name}={value!r}"
        for name, value in arguments.items()
        if not same(value, defaults.get(name)) and _of_fit(model, f"{fit.call}.{name}")
    ]
    if unequal(fit.weights):
        rest.append("sample_weight")
    return Recognised(model.name, {**decided, **native}, rest=tuple(rest))


def _of_fit(model: Model, parameter: str) -> bool:
    """Whether a parameter that is no setting can change a fit: factors of a penalty, a path."""
    return any(o.kind == "other" and fnmatchcase(parameter, pattern) for pattern, o in model.outside.items())
