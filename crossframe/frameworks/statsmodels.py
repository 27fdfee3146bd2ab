"""A user's own fits of statsmodels, recorded where it is installed; none of its models is one of ours."""

from __future__ import annotations

import contextlib
import sys
from dataclasses import replace
from types import FunctionType
from typing import Any

import numpy as np

from crossframe.core.types import FloatArray
from crossframe.frameworks.adopting import Call, OnFit, Unrecordable, numbered, plain, watched
from crossframe.frameworks.fitted import FittedModel

MODULE = "statsmodels.base.model"
"""The module that has to be imported when `install` is called."""

_FITS = ("fit", "fit_regularized")
_LOGISTIC = ("Logit", "Probit")


def install(on_fit: OnFit) -> None:
    """Wrap ``fit`` and ``fit_regularized`` of every model that is defined from now on; see `watched`."""
    from statsmodels.base.model import Model

    def wrap(kind: type) -> None:
        for name in _FITS:
            method = vars(kind).get(name)
            if isinstance(method, FunctionType):
                setattr(kind, name, watched(method, _adopt, on_fit))
        children: list[type] = kind.__subclasses__()
        for child in children:
            wrap(child)

    def defined(cls: type, /, **keywords: Any) -> None:
        super(Model, cls).__init_subclass__(**keywords)
        wrap(cls)

    Model.__init_subclass__ = classmethod(defined)
    wrap(Model)


def _adopt(call: Call) -> FittedModel | None:
    if _within_statsmodels():
        return None
    given = {name: plain(value) for name, value in call.given.items()}
    fit = fitted(call.result)
    return replace(
        fit,
        arguments={**fit.arguments, **given},
        given=given,
        messages=call.messages,
        seconds=call.seconds,
    )


def _within_statsmodels() -> bool:
    """Whether statsmodels itself called ``fit``: its summaries fit a model without features."""
    frame = sys._getframe()
    while frame.f_back is not None and frame.f_globals["__name__"].startswith("crossframe.frameworks."):
        frame = frame.f_back
    return str(frame.f_globals.get("__name__")).startswith("statsmodels.")


def fitted(results: Any, X: Any = None, y: Any = None) -> FittedModel:
    """The fit of a results object, which knows its data. Raises `Unrecordable` for several targets."""
    model = results.model
    exog, target = np.asarray(model.exog, dtype=np.float64), np.asarray(model.endog, dtype=np.float64)
    if target.ndim != 1 or exog.ndim != 2:
        raise Unrecordable("has several targets; models of one target are compared")
    ones = [k for k in range(exog.shape[1]) if (exog[:, k] == 1).all()][:1]
    rest = [k for k in range(exog.shape[1]) if k not in ones]
    names = [str(name) for name in model.exog_names or numbered(exog.shape[1])]
    family = getattr(model, "family", None)
    binary = type(model).__name__ in _LOGISTIC or type(family).__name__ == "Binomial"
    classes = ("0", "1") if binary and np.isin(target, (0, 1)).all() else ()
    parameters = np.asarray(results.params, dtype=np.float64)
    linear = parameters.ndim == 1 and len(parameters) == exog.shape[1]
    rows = getattr(model.data, "row_labels", None)
    return FittedModel(
        framework="statsmodels",
        call=type(model).__name__,
        arguments={
            "method": plain((getattr(results, "mle_settings", None) or {}).get("optimizer")),
            **({"family": type(family).__name__, "link": type(family.link).__name__} if family else {}),
        },
        X=exog[:, rest],
        columns=tuple(names[k] for k in rest),
        y=target,
        classes=classes,
        weights=_weights(model),
        offset=_offset(model),
        rows=() if rows is None else tuple(str(row) for row in rows),
        score=np.asarray(results.predict(), dtype=np.float64),
        intercept=None if not linear else float(parameters[ones[0]]) if ones else 0.0,
        coefficients=parameters[rest] if linear else None,
        standard_errors=_errors(results, ones, rest) if linear else None,
    )


def _weights(model: Any) -> FloatArray | None:
    weights = np.ones(len(model.endog))
    for name in ("weights", "freq_weights", "var_weights", "n_trials"):
        with contextlib.suppress(TypeError, ValueError):
            weights = weights * np.asarray(getattr(model, name, 1.0), dtype=np.float64)
    return None if (weights == 1).all() else weights


def _offset(model: Any) -> FloatArray | None:
    offset = np.asarray(getattr(model, "offset", 0.0), dtype=np.float64) + np.zeros(len(model.endog))
    return offset if offset.any() else None


def _errors(results: Any, ones: list[int], rest: list[int]) -> FloatArray | None:
    """Standard errors, the intercept's first; None where there are none, as after a penalty."""
    errors = getattr(results, "bse", None)
    if errors is None or np.shape(errors) != np.shape(results.params):
        return None
    errors = np.asarray(errors, dtype=np.float64)
    return np.concatenate([errors[ones] if ones else [np.nan], errors[rest]])
