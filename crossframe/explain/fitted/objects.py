"""Live objects of Python as fits: estimators, pipelines, networks, or whatever predicts."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy as np

from crossframe.core.errors import UsageError
from crossframe.frameworks.adopting import Unrecordable, numbered, plain, spelled, table, unnoticed
from crossframe.frameworks.fitted import FittedModel

_ADOPTED = {
    "keras.src.models": "crossframe.frameworks.keras.adopt",
    "h2o.estimators": "crossframe.frameworks.h2o.adopt",
    "sklearn.base": "crossframe.frameworks.sklearn.adopt",
    "statsmodels.base": "crossframe.frameworks.statsmodels.adopt",
    "rpy2": "crossframe.frameworks.r.adopt",
}
"""Module of a base class -> what reads its objects."""


def fitted(model: Any, X: Any = None, y: Any = None, **arguments: Any) -> FittedModel:
    """The fit of a live object, and the rows that it was fitted to.

    Parameters
    ----------
    model
        An estimator or pipeline of scikit-learn, a compiled network of Keras, an estimator of H2O, or any
        object with ``predict`` or ``predict_proba``. An estimator or network that is not fitted is fitted, as
        a copy; any other object has to be.
    X, y
        The training rows (n, p) and target (n,); for H2O the frame and the name of its target.
    arguments
        Further ones of the ``fit`` of its framework, such as ``sample_weight`` or ``epochs``.

    Raises `UsageError` for an object that does not predict, and for data that are no table of numbers.
    """
    if isinstance(model, FittedModel):
        return model
    bases = {kind.__module__ for kind in type(model).__mro__}
    try:
        for start, adopt in _ADOPTED.items():
            if any(base == start or base.startswith(f"{start}.") for base in bases):
                fit: FittedModel = import_module(adopt).fitted(model, X, y, **arguments)
                return fit
        return _generic(model, X, y)
    except (ValueError, TypeError) as error:  # how scikit-learn and Keras refuse arguments and data
        why = " ".join(str(error).split())
        raise UsageError(
            f"{type(model).__name__} cannot be fitted or does not predict: {why[:300]}"
        ) from error
    except Unrecordable as why:
        raise UsageError(
            f"{type(model).__name__} {why}",
            "give the table of numbers on which it was fitted, and its target",
        ) from None


@unnoticed()
def _generic(model: Any, X: Any, y: Any) -> FittedModel:
    """Of an object with ``predict_proba`` or ``predict``, which is fitted to X and y already."""
    probable = callable(getattr(model, "predict_proba", None))
    if not probable and not callable(getattr(model, "predict", None)):
        raise UsageError(
            f"{type(model).__name__} has no predict and no predict_proba",
            "give a fitted model, or an object with one of these methods that takes X",
        )
    features, columns, rows = table(X)
    values = np.ravel(np.asarray(y))
    predicted = np.asarray(model.predict_proba(X) if probable else model.predict(X))
    if len(values) != len(features) or len(predicted) != len(features):
        raise UsageError(
            f"{type(model).__name__} has {len(features)} rows, {len(values)} targets and {len(predicted)} "
            "predictions",
            "give X and y with a row for each prediction",
        )
    classes = _classes(model, values, predicted, probable)
    position = {c: float(k) for k, c in enumerate(classes)}
    score, labels = _predictions(predicted, classes)
    parameters = model.get_params() if callable(getattr(model, "get_params", None)) else {}
    return FittedModel(
        framework=type(model).__module__.partition(".")[0].replace("__main__", "python"),
        call=type(model).__name__,
        arguments={name: plain(value) for name, value in parameters.items()},
        X=features,
        columns=columns or numbered(features.shape[1]),
        y=np.array([position[v] for v in values.tolist()]) if classes else values.astype(np.float64),
        classes=tuple(spelled(c) for c in classes),
        rows=rows,
        score=score,
        labels=labels,
    )


def _classes(model: Any, y: Any, predicted: Any, probable: bool) -> list[Any]:
    """The classes: the object's own, or the sorted values of a target that is no measurement."""
    own = getattr(model, "classes_", None)
    if own is not None:
        return list(np.asarray(own).tolist())
    values = np.unique(y).tolist()
    text = np.asarray(y).dtype.kind not in "iuf"
    # Numbers between 0 and 1 for a target of 0 and 1 are probabilities.
    shares = predicted.dtype.kind in "iufb" and bool(((predicted >= 0) & (predicted <= 1)).all())
    return values if probable or text or (values == [0, 1] and shares) else []


def _predictions(predicted: Any, classes: list[Any]) -> tuple[Any, Any]:
    """Scores and labels; no scores where the object gives labels alone."""
    if not classes:
        return np.ravel(predicted).astype(np.float64), None
    if predicted.ndim == 2 and predicted.shape[1] == 1:
        predicted = predicted[:, 0]
    if predicted.dtype.kind not in "iuf" or (predicted.ndim == 1 and np.isin(predicted, classes).all()):
        position = {c: float(k) for k, c in enumerate(classes)}
        return None, np.array([position[v] for v in predicted.tolist()])
    scores = predicted.astype(np.float64)
    if scores.ndim == 2 and len(classes) == 2:
        scores = scores[:, 1]
    labels = scores.argmax(axis=1) if scores.ndim == 2 else scores > 0.5
    return scores, labels.astype(np.float64)
