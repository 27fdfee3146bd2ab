"""scikit-learn: fits every estimator that a module of ``models`` describes."""

from __future__ import annotations

import time
import warnings
from collections.abc import Mapping
from importlib import import_module
from typing import Any

import numpy as np

from crossframe.core.types import FloatArray, IntArray, Target, Task, Value, fingerprint
from crossframe.frameworks.contract import (
    Availability,
    Declared,
    EngineConfig,
    FitRequest,
    FitResult,
    Status,
    labels_of,
    warning_texts,
)
from crossframe.frameworks.sklearn import FRAMEWORK
from crossframe.frameworks.sklearn._model import SklearnModel
from crossframe.frameworks.sklearn.capture import capture

_DIVERGED = ("produced non-finite", "under-/overflow occurred")


class Sklearn:
    """The engine of scikit-learn, which runs in this process; also of packages with estimators of its kind.

    Attributes
    ----------
    framework
        The record of the package, whose models are `SklearnModel`.
    """

    name = "sklearn"
    framework = FRAMEWORK

    def __init__(self, config: EngineConfig) -> None:
        self._config = config

    def probe(self) -> Availability:
        """Import scikit-learn, the modules of its estimators and SciPy; their versions."""
        try:
            import scipy
            import sklearn

            for module in {c.partition(":")[0] for m in self.framework.all_models() for c in m.callables}:
                import_module(module)
        except ImportError as error:
            return Availability(False, reason=str(error), remedy="pip install scikit-learn")
        return Availability(True, {"scikit-learn": sklearn.__version__, "scipy": scipy.__version__})

    def capabilities(self) -> Mapping[str, tuple[str, ...]]:
        """Model name -> the canonical settings it can express."""
        return {m.short: tuple(b.setting for b in m.bindings) for m in self.framework.all_models()}

    def defaults(self, model: str) -> tuple[Declared, ...]:
        """``get_params()`` of a fresh estimator for two classes, and the arguments of its ``fit``."""
        callables = capture([self.framework.model(model).callables[0]])["callables"]
        return tuple(
            Declared(name, _plain(value), read["call"], owner)
            for owner, read in callables.items()
            for name, value in read["parameters"].items()
        )

    def fit(self, request: FitRequest) -> FitResult:
        """Train and predict, see `Engine.fit`; scikit-learn's ValueError is a status."""
        model = self._model(request.model)
        X, y = self._receive(request.X_train, request.y_train)
        arguments = model.keywords(model.to_native(request.settings, request.native, request.size))
        create, arguments = model.prepared(model.estimator(request.task), arguments)
        known = create().get_params()
        if unknown := sorted(arguments.keys() - known.keys()):
            why = f"{create.__name__} has no parameter {', '.join(unknown)}"
            return FitResult(Status.REFUSED, evidence=(why,), fingerprint=fingerprint(X, y, request.weights))
        if "random_state" in known:
            arguments = {"random_state": request.seed, **arguments}
        estimator = create(**arguments)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            begin = time.perf_counter()
            try:
                estimator.fit(X, y, **model.row_arguments(request.weights))
                fitted = time.perf_counter()
                of = request.classes
                score, train_score = _score(estimator, request.X_eval, of), _score(estimator, X, of)
                labels = _labels(estimator, request.X_eval, score, request.task)
                train_labels = _labels(estimator, X, train_score, request.task)
            except ValueError as error:
                # The first line says what is wrong; the rest advertises other estimators.
                why = str(error).partition("\n")[0]
                # The networks and SGD check their weights after training, and raise.
                status = Status.DIVERGED if any(text in why for text in _DIVERGED) else Status.REFUSED
                received = fingerprint(X, y, request.weights)
                return FitResult(status, evidence=(*warning_texts(caught), why), fingerprint=received)
            predicted = time.perf_counter()
        messages = warning_texts(caught)
        effective = {k: _plain(v) for k, v in estimator.get_params().items()}
        effective |= {k: _plain(v) for k, v in model.decided(estimator).items()}
        return FitResult(
            score=score,
            labels=labels,
            train_score=train_score,
            train_labels=train_labels,
            is_probability=hasattr(estimator, "predict_proba"),
            threshold=_threshold(estimator) if request.task == "classes" and request.classes == 2 else None,
            effective=effective,
            canonical=model.to_canonical(effective, request.size),
            inert=model.inactive(effective),
            evidence=messages,
            # No estimator has an offset.
            fingerprint=fingerprint(X, y, request.weights),
            timings={"fit": fitted - begin, "predict": predicted - fitted},
            **_of_all(model.describe(estimator, X, y, _gave_up(messages)), request.classes),
        )

    def close(self) -> None:
        """Do nothing, because no resource is kept after a fit."""

    def _model(self, short: str) -> SklearnModel:
        model = self.framework.model(short)
        assert isinstance(model, SklearnModel)
        return model

    def _receive(self, X: FloatArray, y: Target) -> tuple[FloatArray, Target]:
        """The arrays the estimator will see; they are passed on without a copy."""
        return X, y


def _score(estimator: Any, X: FloatArray, classes: int) -> FloatArray:
    """The probability of class 1; the linear predictor where the loss has none; or the fitted value.

    Of more than two ``classes`` the probability of each, (rows, classes), 0 for one without a training row.
    """
    if hasattr(estimator, "predict_proba"):
        # Those of other packages may be float32.
        probability: FloatArray = estimator.predict_proba(X).astype(np.float64, copy=False)
        if classes == 2:
            return probability[:, 1]
        score = np.zeros((len(X), classes))
        score[:, estimator.classes_] = probability
        return score
    method = "decision_function" if hasattr(estimator, "decision_function") else "predict"
    return getattr(estimator, method)(X).astype(np.float64, copy=False)  # type: ignore[no-any-return]


def _labels(estimator: Any, X: FloatArray, score: FloatArray, task: Task) -> IntArray | None:
    """A classifier's own labels; 1 above one half for a regression of 0 and 1; None for numbers."""
    if task == "numbers":
        return None
    if hasattr(estimator, "classes_"):
        return estimator.predict(X)  # type: ignore[no-any-return]
    return labels_of(score)


def _of_all(described: Mapping[str, Any], classes: int) -> Mapping[str, Any]:
    """``described`` without the coefficients of a fit to rows that lack one of more than two ``classes``.

    A class without a training row has no coefficients, and the others no common mean.
    """
    if classes == 2:
        return described
    table = described.get("class_coefficients")
    whole = table is not None and table.shape[1] == classes
    return {**described, "coefficients": None, "class_coefficients": table if whole else None}


def _threshold(estimator: Any) -> float:
    """The score above which the label is 1: a linear predictor's sign, or one half."""
    if hasattr(estimator, "predict_proba") or not hasattr(estimator, "classes_"):
        return 0.5
    return 0.0


def _gave_up(messages: tuple[str, ...]) -> str:
    """The solver's own statement that it did not converge, or ``""``.

    newton-cholesky also warns with a ConvergenceWarning when it falls back to lbfgs, which is no failure.
    """
    warned = [m for m in messages if m.startswith("ConvergenceWarning") and "resort to lbfgs" not in m]
    return warned[-1].partition(": ")[2].partition("\n")[0] if warned else ""


def _plain(value: Any) -> Value:
    if isinstance(value, list):
        return tuple(value)
    if isinstance(value, np.generic):
        return value.item()  # type: ignore[no-any-return]
    return value if isinstance(value, (bool, int, float, str, tuple, type(None))) else repr(value)
