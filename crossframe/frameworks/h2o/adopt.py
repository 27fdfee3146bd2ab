"""A user's own estimator of H2O's Python client: its fits recorded, and recognised as one of ours.

The frames come back from the user's server as text, in which Java writes every double so that it can be read
back unchanged.
"""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from crossframe.core.types import FloatArray
from crossframe.frameworks import reseeding
from crossframe.frameworks.adopting import (
    LIMIT,
    Call,
    OnFit,
    Unrecordable,
    numbered,
    plain,
    same,
    settings,
    spelled,
    unequal,
    unnoticed,
    watched,
)
from crossframe.frameworks.fitted import FittedModel, Recognised

MODULE = "h2o.estimators.estimator_base"
"""The module that has to be imported when `install` is called."""

_MODELS = {"H2OGeneralizedLinearEstimator": "glm", "H2ODeepLearningEstimator": "mlp"}
_PYTHON = {"lambda": "lambda_"}
"""Names of parameters on the server -> those of the Python client, where they differ."""

_COLUMNS = ("weights_column", "offset_column", "fold_column")
_DATA = ("training_frame", "validation_frame", "response_column", "ignored_columns", "model_id", *_COLUMNS)
_DETERMINISTIC = ("glm",)


def install(on_fit: OnFit) -> None:
    """Wrap ``H2OEstimator.train``; see `watched`."""
    from h2o.estimators.estimator_base import H2OEstimator

    H2OEstimator.train = watched(H2OEstimator.train, _adopt, on_fit, _before)


def _before(call: Call) -> None:
    """Give it the other seed that is asked for."""
    call.model._parms.update(reseeding.arguments(call.model._parms))


def _adopt(call: Call) -> FittedModel | None:
    if not call.model._model_json or call.given.get("y", _of(call.model, "response_column")) is None:
        return None
    fit = _fitted(call.model, call.given)
    return replace(fit, messages=call.messages, seconds=call.seconds)


@unnoticed()
def fitted(model: Any, X: Any = None, y: Any = None, **arguments: Any) -> FittedModel:
    """The fit of an estimator, with its frame ``X`` and the name ``y`` of its target; or with their values.

    Values (n, p) and (n,) are sent to the server as a frame, text and, for a classifier, numbers as classes.
    ``arguments`` are further ones of its ``train``. One that is not trained is trained first, as a copy.
    """
    if not hasattr(X, "frame_id"):
        X, y = _sent(model, X, y)
    if not model._model_json:
        model = type(model)(**{k: v for k, v in _requested(model).items() if v is not None})
        model.train(y=y, training_frame=X, **arguments)
    return _fitted(model, {"y": y, "training_frame": X, **arguments})


def _sent(model: Any, X: Any, y: Any) -> tuple[Any, str]:
    """A frame of the features and the target, and the target's name."""
    import h2o
    import pandas as pd

    target = _of(model, "response_column") or "y"
    features = X if hasattr(X, "columns") else pd.DataFrame(np.asarray(X))
    if not hasattr(X, "columns"):
        trained = [
            name for name in (model._model_json or {}).get("output", {}).get("names", ()) if name != target
        ]
        features.columns = trained or list(numbered(features.shape[1]))
    values = np.asarray(y)
    with _silent():
        frame = h2o.H2OFrame(features.assign(**{target: values}))
        binomial = model._parms.get("family") == "binomial"
        if values.dtype.kind not in "iuf" or binomial or (model._model_json and model.type == "classifier"):
            frame[target] = frame[target].asfactor()
    return frame, target


def _of(model: Any, name: str) -> Any:
    """A column of the data that the estimator reports, ``response_column``."""
    value = (model._model_json or {}).get("parameters", ())
    actual = next((p["actual_value"] for p in value if p["name"] == name), None)
    return actual.get("column_name") if isinstance(actual, Mapping) else actual


def _class(model: Any) -> type:
    """The estimator's own class: training makes a class of its own for each."""
    return next(c for c in type(model).__mro__ if c.__module__.startswith("h2o.estimators"))


def _requested(model: Any) -> dict[str, Any]:
    """The parameters as they were given to the estimator, by the names of the Python client."""
    return {_PYTHON.get(k, k): v for k, v in model._parms.items() if k not in _DATA}


@dataclass(frozen=True)
class _Table:
    """Columns of a frame as text, and which of them are categorical."""

    columns: Mapping[str, Sequence[str]]
    types: Mapping[str, str]

    def numbers(self, name: str) -> FloatArray:
        """A column as numbers; NaN for what is missing."""
        return np.array([float(v) if v not in ("", "NA") else np.nan for v in self.columns[name]])


def _table(frame: Any, names: Sequence[str]) -> _Table:
    if frame.nrow * len(names) > LIMIT:
        raise Unrecordable(f"has {frame.nrow:,} x {len(names)} numbers, more than the {LIMIT:,} recorded")
    rows = frame[list(names)].as_data_frame(use_pandas=False, header=False)
    return _Table(dict(zip(names, zip(*rows, strict=True), strict=True)), frame.types)


def _fitted(model: Any, given: Mapping[str, Any]) -> FittedModel:
    with _silent():
        frame = given["training_frame"]
        target = _of(model, "response_column")
        beside = {name: _of(model, name) for name in _COLUMNS}
        names = _predictors(frame, given, {target, *beside.values()})
        table = _table(frame, [*names, target, *(v for v in beside.values() if v)])
        predicted = model.predict(frame)
        scores = _table(predicted, predicted.names)
    output = model._model_json["output"]
    domain = _domain(output, target)
    kept = np.array([value not in ("", "NA") for value in table.columns[target]])
    y = _positions(table.columns[target], domain) if domain else table.numbers(target)
    coefficients = _coefficients(model)
    X, columns = _features(table, names, coefficients)
    made = {name: table.numbers(c)[kept] for name, c in beside.items() if c and name != "fold_column"}
    arguments, own = _arguments(model)
    return FittedModel(
        framework="h2o",
        call=_class(model).__name__,
        arguments=arguments,
        given=own,
        X=X[kept],
        columns=columns,
        y=y[kept],
        classes=tuple(spelled(c) for c in domain),
        weights=made.get("weights_column"),
        offset=made.get("offset_column"),
        score=_score(scores, predicted.names, domain)[kept],
        labels=_positions(scores.columns["predict"], domain)[kept] if domain else None,
        intercept=coefficients.get("Intercept", 0.0) if coefficients else None,
        coefficients=np.array([coefficients.get(c, np.nan) for c in columns]) if coefficients else None,
        seeded=None if _algorithm(model) in _DETERMINISTIC else arguments.get("seed", -1) != -1,
    )


@contextlib.contextmanager
def _silent() -> Iterator[None]:
    """No progress bar on the script's stdout."""
    import h2o
    from h2o.job import H2OJob

    shown = H2OJob.__PROGRESS_BAR__
    h2o.no_progress()
    try:
        yield
    finally:
        H2OJob.__PROGRESS_BAR__ = shown


def _algorithm(model: Any) -> str:
    return str(getattr(model, "algo", ""))


def _predictors(frame: Any, given: Mapping[str, Any], others: set[Any]) -> list[str]:
    """The names of the features, in the order in which they were given."""
    asked = given.get("x")
    if asked is None:
        ignored = given.get("ignored_columns") or ()
        return [name for name in frame.names if name not in others and name not in ignored]
    asked = [asked] if isinstance(asked, (str, int)) else list(asked)
    return [n for n in (frame.names[a] if isinstance(a, int) else a for a in asked) if n not in others]


def _domain(output: Mapping[str, Any], target: str) -> list[str]:
    """The classes in H2O's order; empty for numbers."""
    places = dict(zip(output["names"], output["domains"], strict=True))
    return list(places.get(target) or ())


def _positions(values: Sequence[str], domain: Sequence[str]) -> FloatArray:
    place = {name: float(k) for k, name in enumerate(domain)}
    return np.array([place.get(value, np.nan) for value in values])


def _features(
    table: _Table, names: Sequence[str], coefficients: Mapping[str, float]
) -> tuple[FloatArray, tuple[str, ...]]:
    """The features (n, p); a categorical one as a column of 0 and 1 for each level that has a coefficient."""
    made: dict[str, FloatArray] = {}
    for name in names:
        kind = table.types[name]
        if kind == "enum":
            values = np.array(table.columns[name])
            for level in sorted({v for v in table.columns[name] if v not in ("", "NA")}):
                column = f"{name}.{level}"
                if not coefficients or column in coefficients:
                    made[column] = (values == level).astype(float)
        elif kind in ("int", "real"):
            made[name] = table.numbers(name)
        else:
            raise Unrecordable(f"has features that are no numbers (column {name!r}, {kind})")
    return np.column_stack(list(made.values())), tuple(made)


def _coefficients(model: Any) -> dict[str, float]:
    """Of a linear model of two classes or of numbers, by column; empty for any other."""
    with contextlib.suppress(Exception):
        table = model.coef()
        if all(isinstance(value, float) for value in table.values()):
            return dict(table)
    return {}


def _score(scores: _Table, names: Sequence[str], domain: Sequence[str]) -> FloatArray:
    if not domain:
        return scores.numbers("predict")
    # Beside the labels there is a column for each class, in the order of the domain; more may follow.
    probabilities = [scores.numbers(name) for name in names[1 : 1 + len(domain)]]
    return probabilities[1] if len(domain) == 2 else np.column_stack(probabilities)


def _arguments(model: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """The parameters in force, and those of them that were given and are not the defaults."""
    defaults = {k: plain(p.default) for k, p in inspect.signature(_class(model)).parameters.items()}
    requested = {k: plain(v) for k, v in _requested(model).items() if k in defaults}
    actual = {_PYTHON.get(k, k): plain(v) for k, v in model.actual_params.items()}
    in_force = {k: actual.get(k) if v is None or v == "auto" else v for k, v in requested.items()}
    own = {k: v for k, v in requested.items() if not same(v, defaults[k])}
    return in_force, own


def recognised(fit: FittedModel) -> Recognised | None:
    """``h2o.glm`` or ``h2o.mlp`` and its native settings; None for any other algorithm or family."""
    from crossframe.frameworks.h2o import FRAMEWORK

    short = _MODELS.get(fit.call)
    if fit.framework != "h2o" or short is None or len(fit.classes) > 2:
        return None
    model = FRAMEWORK.model(short)
    if fit.task not in model.tasks:
        return None
    asked = {k: _one(v) for k, v in fit.given.items() if v is not None and v != "auto"}
    if short == "glm":
        family = str(fit.arguments.get("family", "")).lower()
        families = ("binomial",) if fit.classes else ("gaussian", "poisson", "gamma")
        if family not in families:
            return None
        asked["family"] = family
    algorithm = getattr(model, "algorithm", short)
    native, rest = settings(model, algorithm, asked, {})
    if unequal(fit.weights):
        rest.append("weights_column")
    if fit.offset is not None and fit.offset.any():
        rest.append("offset_column")
    return Recognised(model.name, native, rest=tuple(rest))


def _one(value: Any) -> Any:
    """The value of a list of one, as H2O takes alpha and lambda."""
    return value[0] if isinstance(value, list) and len(value) == 1 else value
