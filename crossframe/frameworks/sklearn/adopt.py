"""A user's own estimator or pipeline of scikit-learn: its fits recorded, and recognised as one of ours.

What subclasses ``BaseEstimator`` and predicts is recorded, whoever wrote it. A transformer by itself is no
model; as a step of a pipeline it is written down with it.
"""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib import import_module
from types import FunctionType
from typing import Any

import numpy as np

from crossframe.core.types import FloatArray
from crossframe.frameworks import reseeding
from crossframe.frameworks.adopting import (
    Call,
    OnFit,
    Unrecordable,
    listening,
    numbered,
    plain,
    same,
    settings,
    spelled,
    table,
    unequal,
    unnoticed,
    watched,
)
from crossframe.frameworks.fitted import FittedModel, Recognised, Step
from crossframe.frameworks.folds import rule_of

MODULE = "sklearn.base"
"""The module that has to be imported, and no estimator yet, when `install` is called."""

_FITS = ("fit", "fit_predict", "fit_transform")


def install(on_fit: OnFit) -> None:
    """Wrap the ``fit`` of every estimator that is defined from now on; see `watched`."""
    from sklearn.base import BaseEstimator

    def wrap(kind: type) -> None:
        for name in _FITS:
            method = _own(kind, name, BaseEstimator)
            if method is not None:
                setattr(kind, name, watched(method, _adopt, on_fit, _before))

    inherited = BaseEstimator.__init_subclass__.__func__

    def defined(cls: type, /, **keywords: Any) -> None:
        inherited(cls, **keywords)
        wrap(cls)

    BaseEstimator.__init_subclass__ = classmethod(defined)
    for kind in _subclasses(BaseEstimator):
        wrap(kind)


def _own(kind: type, name: str, base: type) -> Callable[..., Any] | None:
    """The function of that name that ``kind`` defines, or takes from a class that is no estimator."""
    for each in kind.__mro__:
        method = vars(each).get(name)
        if method is not None:
            inherited = each is not kind and issubclass(each, base)
            return method if isinstance(method, FunctionType) and not inherited else None
    return None


def _subclasses(kind: type) -> list[type]:
    children: list[type] = kind.__subclasses__()
    return [each for child in children for each in (child, *_subclasses(child))]


@dataclass(frozen=True)
class _Data:
    """What an estimator was fitted to, as it was given."""

    X: Any
    y: Any
    weights: Any = None


def _before(call: Call) -> None:
    """Keep a copy of features that the fit may overwrite; and give it the other seed that is asked for."""
    arguments = call.model.get_params()
    if any(n.rpartition("__")[2] in ("copy", "copy_X") and v is False for n, v in arguments.items()):
        call.given = {
            **call.given,
            **{n: copy.deepcopy(call.given[n]) for n in ("X", "y") if n in call.given},
        }
    call.model.set_params(**reseeding.arguments(arguments))


def _adopt(call: Call) -> FittedModel | None:
    data = _given(call)
    if not hasattr(call.model, "predict") or data.y is None:
        return None

    def inner(model: Any) -> _Data | None:
        own = call.of(model)
        return _given(own) if own else None

    return replace(
        _fitted(call.model, data, inner),
        messages=call.messages,
        seconds=call.seconds,
        seeded=_seeded(call.model, call.random),
    )


def _given(call: Call) -> _Data:
    named = dict(call.given)
    weights = named.get("sample_weight")
    features = next((named[n] for n in ("X", "x", "data") if n in named), None)
    if features is None and named:
        features = next(iter(named.values()))
    return _Data(features, named.get("y"), weights)


@unnoticed()
def fitted(model: Any, X: Any = None, y: Any = None, sample_weight: Any = None) -> FittedModel:
    """The fit of an estimator or pipeline, and the rows (n, p) and target (n,) that it was fitted to.

    One that is not fitted is fitted first, as a clone. Raises `Unrecordable` where the data are no table of
    numbers after the pipeline's steps.
    """
    from sklearn.base import clone
    from sklearn.exceptions import NotFittedError
    from sklearn.utils.validation import check_is_fitted

    messages: list[str] = []
    try:
        check_is_fitted(model)
    except NotFittedError:
        model = clone(model)
        weighted = {} if sample_weight is None else {"sample_weight": sample_weight}
        with listening() as messages:
            model.fit(X, y, **weighted)
    fit = _fitted(model, _Data(X, y, sample_weight), lambda model: None)
    return replace(fit, seeded=_seeded(model, None), messages=tuple(dict.fromkeys(messages)))


def _arguments(model: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """The arguments in force, in the order in which its class takes them; those that are not the defaults."""
    in_force = {k: plain(v) for k, v in model.get_params(deep=False).items()}
    taken = inspect.signature(type(model)).parameters
    ordered = {k: in_force[k] for k in (*taken, *in_force) if k in in_force}
    defaults = {k: plain(p.default) for k, p in taken.items()}
    return ordered, {k: v for k, v in ordered.items() if k not in defaults or not same(v, defaults[k])}


def _fitted(model: Any, data: _Data, inner: Callable[[Any], _Data | None]) -> FittedModel:
    from sklearn.pipeline import Pipeline

    search = ""
    raw: _Data | None = None
    names: tuple[str, ...] | None = None
    steps: list[Step] = []
    while True:
        if hasattr(model, "best_estimator_") and hasattr(model, "best_params_"):
            search, model = type(model).__name__, model.best_estimator_
            data = inner(model) or data
        elif isinstance(model, Pipeline) and hasattr(model.steps[-1][1], "fit"):
            raw = raw or data
            before, last = model[:-1], model.steps[-1][1]
            steps += [
                Step(type(step).__name__, plain(step.get_params(deep=False)))
                for _, step in before.steps
                if step is not None and step != "passthrough"
            ]
            names = _names_after(before, data.X)
            data = inner(last) or _Data(before.transform(data.X), data.y, data.weights)
            model = last
        else:
            break
    X, columns, rows = table(data.X)
    columns = columns or names or _names_in(model, X.shape[1])
    y, classes, target_rows = _target(model, data.y)
    given_X, raw_columns = _raw(raw)
    linear = _linear(model, X.shape[1], classes)
    arguments, given = _arguments(model)
    if folds := _folds(model, y):
        arguments[_FOLDS] = folds
    return FittedModel(
        framework=_framework(model),
        call=type(model).__name__,
        arguments=arguments,
        given=given,
        X=X,
        columns=columns if len(columns) == X.shape[1] else numbered(X.shape[1]),
        y=y,
        classes=classes,
        weights=None if data.weights is None else table(data.weights, "weights")[0][:, 0],
        rows=rows or _rows(raw) or target_rows,
        raw=given_X,
        raw_columns=raw_columns,
        steps=tuple(steps),
        score=_score(model, data.X, classes),
        labels=_labels(model, data.X, classes),
        intercept=linear[0] if linear else None,
        coefficients=linear[1] if linear else None,
        search=search,
    )


_FOLDS = "folds"
"""Beside the arguments: what a splitter that is given as ``cv`` does, as settings of crossframe's models."""


def _folds(model: Any, y: Any) -> dict[str, Any]:
    """The folds of scikit-learn's own splitter, given as ``cv``: by a rule, or drawn from a seed."""
    cv: Any = getattr(model, "cv", None)
    if not type(cv).__module__.startswith("sklearn.model_selection"):
        return {}
    if getattr(cv, "shuffle", False):
        of_a_seed = isinstance(cv.random_state, int) and type(cv).__name__ == "KFold"
        made = {"assignment": "random", "cv": cv.n_splits, "random_state": cv.random_state}
        return made if of_a_seed else {}
    try:
        tests = [test for _, test in cv.split(np.zeros((len(y), 1)), y)]
    except (TypeError, ValueError):
        return {}
    place = np.full(len(y), -1)
    for k, test in enumerate(tests):
        place[test] = k
    whole = sum(map(len, tests)) == len(y) and (place >= 0).all()
    known = rule_of(place.tolist(), y) if whole else None
    if known is None:
        return {}
    rule, count = known
    return {"assignment": rule} if rule == "leave_one_out" else {"assignment": rule, "cv": count}


def _framework(model: Any) -> str:
    """The package of its class; ``python`` for a class of the script itself."""
    package = type(model).__module__.partition(".")[0]
    return "python" if package == "__main__" else package


def _rows(raw: _Data | None) -> tuple[str, ...]:
    index = getattr(raw.X, "index", None) if raw else None
    return () if index is None or callable(index) else tuple(str(r) for r in index)


def _raw(raw: _Data | None) -> tuple[Any, tuple[str, ...]]:
    """Features before a pipeline's steps: None where they are not all numbers; and their names."""
    if raw is None:
        return None, ()
    columns = tuple(str(c) for c in getattr(raw.X, "columns", ()))
    try:
        array, _, _ = table(raw.X)
    except Unrecordable:
        return None, columns
    return array, columns or numbered(array.shape[1])


def _names_after(steps: Any, X: Any) -> tuple[str, ...] | None:
    try:
        return tuple(str(name) for name in steps.get_feature_names_out())
    # A step need not have the method, and one that has may not know the names.
    except Exception:
        columns = getattr(X, "columns", None)
        return None if columns is None else tuple(str(c) for c in columns)


def _names_in(model: Any, p: int) -> tuple[str, ...]:
    return tuple(str(name) for name in getattr(model, "feature_names_in_", numbered(p)))


def _target(model: Any, y: Any) -> tuple[Any, tuple[str, ...], tuple[str, ...]]:
    """The target (n,), its classes in the estimator's order, and the names of its rows."""
    from sklearn.base import is_classifier

    rows = tuple(str(r) for r in y.index) if hasattr(y, "index") and not isinstance(y, (list, tuple)) else ()
    values = np.asarray(y)
    if values.ndim == 2 and values.shape[1] == 1:
        values = values[:, 0]
    if values.ndim != 1:
        raise Unrecordable(f"has {values.shape[-1]} targets; models of one target are compared")
    own = getattr(model, "classes_", None)
    if not is_classifier(model) or own is None:
        numbers, _, _ = table(values, "values of the target")
        return numbers[:, 0], (), rows
    return _positions(values, own), tuple(spelled(c) for c in own), rows


def _positions(values: Any, classes: Any) -> Any:
    place = {c: k for k, c in enumerate(np.asarray(classes).tolist())}
    return np.array([place[v] for v in np.asarray(values).tolist()], dtype=np.float64)


def _score(model: Any, X: Any, classes: tuple[str, ...]) -> Any:
    """Probabilities, or fitted numbers; None where the estimator has no probabilities."""
    if not classes:
        predicted = np.asarray(model.predict(X), dtype=np.float64)
        return predicted[:, 0] if predicted.ndim == 2 and predicted.shape[1] == 1 else predicted
    if not hasattr(model, "predict_proba"):
        return None
    probabilities = np.asarray(model.predict_proba(X), dtype=np.float64)
    return probabilities[:, 1] if len(classes) == 2 else probabilities


def _labels(model: Any, X: Any, classes: tuple[str, ...]) -> Any:
    return _positions(np.ravel(model.predict(X)), model.classes_) if classes else None


def _linear(model: Any, p: int, classes: tuple[str, ...]) -> tuple[float, Any] | None:
    """Intercept and coefficients (p,) of a linear model of two classes or of numbers."""
    coefficients = getattr(model, "coef_", None)
    if coefficients is None or len(classes) > 2:
        return None
    if hasattr(coefficients, "toarray"):
        coefficients = coefficients.toarray()
    slopes = np.ravel(np.asarray(coefficients, dtype=np.float64))
    intercept = np.ravel(np.asarray(getattr(model, "intercept_", 0.0), dtype=np.float64))
    return (float(intercept[0]), slopes.copy()) if len(slopes) == p and len(intercept) == 1 else None


def _seeded(model: Any, drew: bool | None) -> bool | None:
    """Whether the random numbers are fixed by ``random_state``; None: none are used, or it is unknown.

    ``drew``: whether the fit took numbers of NumPy's global state; None: unknown.
    """
    states = [v for k, v in model.get_params().items() if k.rpartition("__")[2] == "random_state"]
    if not states or (drew is False and None in states):
        return None
    return None if drew is None and None in states else None not in states


def recognised(fit: FittedModel) -> Recognised | None:
    """The model and the native settings of a fit; None for an estimator or a target that we do not have."""
    from crossframe.frameworks.sklearn import FRAMEWORK

    if fit.framework != "sklearn":
        return None
    for model in FRAMEWORK.all_models():
        named = {each.partition(":")[2]: each for each in model.callables}
        if fit.call in named and fit.task in model.tasks:
            break
    else:
        return None
    estimator = getattr(import_module(named[fit.call].partition(":")[0]), fit.call)
    defaults = {k: plain(p.default) for k, p in inspect.signature(estimator).parameters.items()}
    arguments = dict(fit.arguments)
    folds = arguments.pop(_FOLDS, {})
    if not all(any(b.param == name for b in model.bindings) for name in folds):
        folds = {}
    if folds:
        arguments.pop("cv")
    native, rest = settings(model, fit.call, arguments, {**defaults, **model.passed})
    native |= folds
    if fit.search:
        rest.append(f"the arguments were chosen by {fit.search}")
    if unequal(fit.weights):
        rest.append("sample_weight")
    standardize = "sd_n" if fit.raw is not None and _standardised(fit.raw, fit.X) else "none"
    return Recognised(model.name, native, standardize, rest=tuple(rest))


def _standardised(raw: FloatArray, X: FloatArray) -> bool:
    """Whether X is ``raw`` with every column at mean 0 and variance 1, divisor n."""
    if raw.shape != X.shape or np.isnan(raw).any() or np.isnan(X).any() or np.array_equal(raw, X):
        return False
    sd = raw.std(axis=0)
    return bool(np.allclose((raw - raw.mean(axis=0)) / np.where(sd > 0, sd, 1.0), X, rtol=0, atol=1e-9))
