"""A user's own fits of statsmodels: recorded where it is installed, and recognised as one of ours."""

from __future__ import annotations

import contextlib
import sys
from dataclasses import replace
from fnmatch import fnmatchcase
from types import FunctionType
from typing import Any

import numpy as np

from crossframe.core.errors import UsageError
from crossframe.core.types import FloatArray, Value
from crossframe.frameworks.adopting import Call, OnFit, Unrecordable, numbered, plain, same, unequal, watched
from crossframe.frameworks.fitted import FittedModel, Recognised
from crossframe.frameworks.inference import Inference, read
from crossframe.frameworks.statsmodels.inference import measures, table

MODULE = "statsmodels.base.model"
"""The module that has to be imported when `install` is called."""

_FITS = ("fit", "fit_regularized")
_LOGISTIC = ("Logit", "Probit")
_CONSTANT = "add_constant"
"""Argument that stands for the column of ones in ``FittedModel.arguments``."""
_LISTED = 6
"""Columns that are named where a fit is described."""
_DESCENT = "elastic_net"
"""The method of ``fit_regularized`` of the models whose results do not name it."""


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
    given = {name: _plain(value, call.model) for name, value in call.given.items()}
    fit = fitted(call.result)
    return replace(
        fit,
        arguments={**fit.arguments, **given, **_penalty(given.get("alpha"), call.model.exog)},
        given=given,
        messages=call.messages,
        seconds=call.seconds,
    )


def _plain(value: Any, model: Any) -> Any:
    """An argument as `plain` has it; one number for each column, such as ``alpha``, as a list."""
    each = isinstance(value, np.ndarray) and value.shape == (model.exog.shape[1],)
    return plain(value.tolist() if each else value)


def _ones(exog: Any) -> list[int]:
    """The position of the first column of ones; empty where there is none."""
    return [k for k in range(exog.shape[1]) if (exog[:, k] == 1).all()][:1]


def _penalty(alpha: Any, exog: Any) -> dict[str, Any]:
    """A penalty that is given for each column, as that of every feature and that of the constant."""
    if not isinstance(alpha, list):
        return {}
    ones = _ones(exog)
    features = {value for k, value in enumerate(alpha) if k not in ones}
    if len(features) != 1 or not (one := features.pop()):
        return {}
    return {"alpha": one, "alpha_const": alpha[ones[0]] / one} if ones else {"alpha": one}


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
    ones = _ones(exog)
    rest = [k for k in range(exog.shape[1]) if k not in ones]
    names = [str(name) for name in model.exog_names or numbered(exog.shape[1])]
    family = model.family if "family" in model._init_keys else None
    binary = type(model).__name__ in _LOGISTIC or type(family).__name__ == "Binomial"
    classes = ("0", "1") if binary and np.isin(target, (0, 1)).all() else ()
    parameters = np.asarray(results.params, dtype=np.float64)
    linear = parameters.ndim == 1 and len(parameters) == exog.shape[1]
    rows = getattr(model.data, "row_labels", None)
    made = read(lambda: _inferred(results, ones, rest)) if linear else None
    return FittedModel(
        framework="statsmodels",
        call=type(model).__name__,
        arguments={
            "endog": str(model.endog_names),
            "exog": " + ".join(names) if len(names) <= _LISTED else f"{len(names)} columns",
            **({"family": type(family).__name__, "link": type(family.link).__name__} if family else {}),
            **_reported(results),
            **_inference(results),
            _CONSTANT: bool(ones),
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
        inference=made.table if made else None,
        measures=made.measures if made else {},
    )


def _reported(results: Any) -> dict[str, Any]:
    """The method of a fit, and the numbers of its optimiser, as far as the results have them."""
    settings = getattr(results, "mle_settings", None) or {}
    numbers = {k: v for k, v in settings.items() if isinstance(v, (int, float)) and not isinstance(v, bool)}
    if type(results).__name__.startswith("Regularized"):
        return {"method": _DESCENT}
    method = settings.get("optimizer") or getattr(results, "method", None)
    return {**numbers, **({"method": method} if isinstance(method, str) else {})}


def _inference(results: Any) -> dict[str, Any]:
    """Whether p-values are by a t distribution, and its degrees of freedom; empty where there are none."""
    use_t = getattr(results, "use_t", None)
    degrees = getattr(results, "df_resid_inference", getattr(results, "df_resid", None))
    if not isinstance(use_t, bool) or degrees is None:
        return {}
    return {"use_t": use_t, "df_resid_inference": float(degrees)}


def _weights(model: Any) -> FloatArray | None:
    """Weights of the rows; of a GLM not those of the iterations, which bear the name of a WLS's own."""
    own = ("freq_weights", "var_weights", "n_trials") if hasattr(model, "freq_weights") else ("weights",)
    weights = np.ones(len(model.endog))
    for name in own:
        with contextlib.suppress(TypeError, ValueError):
            weights = weights * np.asarray(getattr(model, name, 1.0), dtype=np.float64)
    return None if (weights == 1).all() else weights


def _offset(model: Any) -> FloatArray | None:
    given = getattr(model, "_offset_exposure", getattr(model, "offset", None))
    offset = np.zeros(len(model.endog)) + (0.0 if given is None else np.asarray(given, dtype=np.float64))
    return offset if offset.any() else None


def _inferred(results: Any, ones: list[int], rest: list[int]) -> Inference:
    """The inference, the intercept's row first; AttributeError where there is none, as with a penalty."""
    made = table(results)
    first = made[ones] if ones else np.full((1, made.shape[1]), np.nan)
    return Inference(np.concatenate([first, made[rest]]), measures(results))


_NOT_READ = ("statsmodels.wls", "statsmodels.negative_binomial")
"""Models whose weights, and whose estimate of the size, a recorded fit has in no argument."""


def recognised(fit: FittedModel) -> Recognised | None:
    """The model and the native settings of a fit; None for a model or a family that we do not have.

    A column of ones, wherever it stands, is the intercept.
    """
    from crossframe.frameworks.statsmodels import FRAMEWORK
    from crossframe.frameworks.statsmodels._model import StatsmodelsModel

    model = next((m for m in FRAMEWORK.all_models() if m.title == fit.call), None)
    if fit.framework != "statsmodels" or model is None or fit.task not in model.tasks:
        return None
    if model.name in _NOT_READ:
        return None
    assert isinstance(model, StatsmodelsModel)
    native: dict[str, Value] = {}
    if "family" in model.parameters:
        family = _family(fit)
        if family is None:
            return None
        native |= family
    rest: list[str] = []
    method = fit.arguments.get("method")
    usual = {**model.in_force({"method": method} if method else {}), "method": model.in_force({})["method"]}
    bound = {b.param: b for b in model.bindings}
    for name, value in fit.arguments.items():
        if name in ("family", "link") or (name in usual and same(_number(value), _number(usual[name]))):
            continue
        outside = [
            o for pattern, o in model.outside.items() if fnmatchcase(f"{fit.call}.fit.{name}", pattern)
        ]
        if name in bound and bound[name].setting.startswith("inference."):
            continue  # The fit itself has its standard errors, and no prediction depends on them.
        if name not in bound and (name not in fit.given or any(o.kind != "other" for o in outside)):
            continue
        try:
            if name not in bound:
                raise UsageError(f"{name} is no setting of {model.name}")
            native[name] = bound[name].kind.check(name, value)
        except UsageError:
            rest.append(f"{name}={value!r}")
    if unequal(fit.weights):
        rest.append("weights of single rows")
    if fit.offset is not None:
        rest.append("an offset")
    return Recognised(model.name, native, rest=tuple(rest))


def _family(fit: FittedModel) -> dict[str, Value] | None:
    """The family and link of a GLM in crossframe's names; None for others, and for shares as a target."""
    from crossframe.frameworks.statsmodels._model import FAMILIES, LINKS

    families, links = ({v: k for k, v in names.items()} for names in (FAMILIES, LINKS))
    family, link = families.get(fit.arguments["family"]), links.get(fit.arguments["link"])
    if link is None or family is None or bool(fit.classes) != (family == "binomial"):
        return None
    if (family == "gaussian" and link != "identity") or family == "negative_binomial":
        # Of the second the size is not recorded.
        return None
    return {"family": family, "link": link}


def _number(value: Any) -> Any:
    """A number of either type as a float, so that 1 is 1.0."""
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value
