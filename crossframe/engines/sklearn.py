"""scikit-learn's LogisticRegression (every solver), MLPClassifier, SGDClassifier and least squares."""

from __future__ import annotations

import math
import time
import warnings
from collections.abc import Mapping
from typing import Any, final

import numpy as np

from crossframe.capture.sklearn import CALLABLES, capture
from crossframe.engines import sklearn_linear
from crossframe.engines.base import (
    Availability,
    Coefficients,
    Declared,
    EngineConfig,
    FitRequest,
    FitResult,
    FloatArray,
    IntArray,
    Status,
    Target,
    Value,
    fingerprint,
)
from crossframe.engines.separation import certificate, proves_separation
from crossframe.settings import BINDINGS, inert, to_canonical, to_native
from crossframe.settings.sklearn import DEFAULTS

_DIVERGED = ("produced non-finite", "under-/overflow occurred")


def _estimator(model: str) -> Any:
    from sklearn import linear_model
    from sklearn.neural_network import MLPClassifier

    return MLPClassifier if model == "mlp" else getattr(linear_model, CALLABLES[model][0])


def _plain(value: Any) -> Value:
    if isinstance(value, list):
        return tuple(value)
    if isinstance(value, np.generic):
        return value.item()  # type: ignore[no-any-return]
    return value if isinstance(value, (bool, int, float, str, tuple, type(None))) else repr(value)


@final
class Sklearn:
    """scikit-learn in this process."""

    name = "sklearn"

    def __init__(self, config: EngineConfig) -> None:
        self._config = config

    def probe(self) -> Availability:
        """See `Engine`."""
        try:
            import scipy
            import sklearn
        except ImportError as error:
            return Availability(False, reason=str(error), mend="pip install scikit-learn")
        return Availability(True, {"scikit-learn": sklearn.__version__, "scipy": scipy.__version__})

    def capabilities(self) -> Mapping[str, tuple[str, ...]]:
        """See `Engine`."""
        return {m: tuple(b.setting for b in BINDINGS[f"sklearn.{m}"]) for m in CALLABLES}

    def defaults(self, model: str) -> tuple[Declared, ...]:
        """``get_params()`` of a fresh estimator, and the arguments of its ``fit``."""
        callables = capture()["callables"]
        return tuple(
            Declared(name, _plain(value), callables[owner]["call"], owner)
            for owner in CALLABLES[model]
            for name, value in callables[owner]["parameters"].items()
        )

    def _receive(self, X: FloatArray, y: Target) -> tuple[FloatArray, Target]:
        """The arrays the estimator will see; they are passed on without a copy."""
        return X, y

    def fit(self, request: FitRequest) -> FitResult:
        """See `Engine`."""
        name = f"sklearn.{request.model}"
        n = len(request.y_train)
        arguments = to_native(name, request.settings, request.native, n)
        X, y = self._receive(request.X_train, request.y_train)
        arguments = {**DEFAULTS.get(name, {}), **arguments}
        estimator = _estimator(request.model)(**_arguments(request.model, arguments, request.seed))
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            begin = time.perf_counter()
            try:
                estimator.fit(X, y)
                fitted = time.perf_counter()
                score = _score(estimator, request.X_eval)
                train_score = _score(estimator, X)
                if request.model in sklearn_linear.MODELS:
                    labels = sklearn_linear.labels(score, request.task)
                    train_labels = sklearn_linear.labels(train_score, request.task)
                else:
                    labels, train_labels = estimator.predict(request.X_eval), estimator.predict(X)
            except ValueError as error:
                # The first line says what is wrong; the rest advertises other estimators.
                why = str(error).partition("\n")[0]
                # The networks and SGD check their weights after training, and raise.
                status = Status.DIVERGED if any(word in why for word in _DIVERGED) else Status.REFUSED
                return FitResult(status, evidence=(*_messages(caught), why), fingerprint=fingerprint(X, y))
            predicted = time.perf_counter()
        messages = _messages(caught)
        effective = {k: _plain(v) for k, v in estimator.get_params().items()}
        effective |= {"solver": estimator.solver_} if request.model == "ridge" else {}
        probable = hasattr(estimator, "predict_proba")
        threshold = 0.5 if probable or request.model in sklearn_linear.MODELS else 0.0
        return FitResult(
            score=score,
            labels=labels,
            train_score=train_score,
            train_labels=train_labels,
            is_probability=probable,
            threshold=threshold if request.task == "classes" else None,
            effective=effective,
            canonical=to_canonical(name, effective, n),
            inert=inert(name, effective),
            evidence=messages,
            fingerprint=fingerprint(X, y),
            timings={"fit": fitted - begin, "predict": predicted - fitted},
            **_DESCRIBE[request.model](estimator, X, y, _gave_up(messages)),
        )

    def close(self) -> None:
        """Nothing to release."""


def _arguments(model: str, native: Mapping[str, Value], seed: int) -> dict[str, Value]:
    none = {"class_weight": None, "penalty": None}
    return {
        **({} if model == "linear" else {"random_state": seed}),
        **{k: none[k] if k in none and v == "none" else v for k, v in native.items()},
    }


def _score(estimator: Any, X: FloatArray) -> FloatArray:
    """The probability of class 1; the linear predictor where the loss has no probability."""
    if hasattr(estimator, "predict_proba"):
        return estimator.predict_proba(X)[:, 1]  # type: ignore[no-any-return]
    told = estimator.decision_function if hasattr(estimator, "decision_function") else estimator.predict
    return told(X)  # type: ignore[no-any-return]


def _messages(caught: list[warnings.WarningMessage]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(f"{w.category.__name__}: {w.message}" for w in caught))


def _gave_up(messages: tuple[str, ...]) -> str:
    """The solver's word that it did not converge, or ``""``.

    That newton-cholesky leaves the rest to lbfgs is a ConvergenceWarning too, but no failure.
    """
    warned = [m for m in messages if m.startswith("ConvergenceWarning") and "resort to lbfgs" not in m]
    return warned[-1].partition(": ")[2].partition("\n")[0] if warned else ""


def _solved(solver: str, done: int, limit: int, gave_up: str) -> tuple[Status, str]:
    """How an iterative solver ended: not each warning is that of the iteration limit."""
    word = f"{solver}: {done} of at most {limit} iterations"
    if not gave_up:
        return Status.CONVERGED, word
    return (Status.ITERATION_LIMIT, word) if done >= limit else (Status.NOT_CONVERGED, f"{word}; {gave_up}")


def _describe_logistic(estimator: Any, X: FloatArray, y: IntArray, gave_up: str) -> dict[str, Any]:
    iterations = int(np.max(estimator.n_iter_))
    status, word = _solved(estimator.solver, iterations, int(estimator.max_iter), gave_up)
    coefficients = Coefficients(float(np.ravel(estimator.intercept_)[0]), estimator.coef_[0].copy())
    unpenalised = np.isposinf(estimator.C) or estimator.penalty is None
    if unpenalised and proves_separation(X, y, coefficients):
        status, word = Status.SEPARATED, f"{word}, {certificate(len(y))}"
    return {"status": status, "coefficients": coefficients, "iterations": iterations, "convergence": word}


def _describe_mlp(estimator: Any, X: FloatArray, y: IntArray, gave_up: str) -> dict[str, Any]:
    epochs, asked = int(estimator.n_iter_), int(estimator.max_iter)
    if estimator.solver == "lbfgs":
        status, word = _solved("lbfgs", epochs, asked, gave_up)
        return {"status": status, "convergence": word, "iterations": epochs}
    n, ending = _epochs(estimator, len(y))
    if not np.isfinite(estimator.loss_):
        ending |= {"status": Status.DIVERGED, "convergence": f"loss {estimator.loss_}"}
    batch = min(200 if estimator.batch_size == "auto" else estimator.batch_size, n)
    return {**ending, "updates": epochs * -(-n // batch)}


def _describe_sgd(estimator: Any, X: FloatArray, y: IntArray, gave_up: str) -> dict[str, Any]:
    n, ending = _epochs(estimator, len(y))
    coefficients = Coefficients(float(np.ravel(estimator.intercept_)[0]), estimator.coef_[0].copy())
    return {**ending, "updates": ending["epochs"] * n, "coefficients": coefficients}


def _epochs(estimator: Any, n: int) -> tuple[int, dict[str, Any]]:
    """The rows trained on, and which rule ended the training."""
    epochs, asked = int(estimator.n_iter_), int(estimator.max_iter)
    watched = "training loss"
    if estimator.early_stopping:
        # The rows that are set aside for the rule are not trained on.
        n, watched = n - math.ceil(estimator.validation_fraction * n), "validation score"
    if epochs < asked:
        status = Status.STOPPED_EARLY
        word = (
            f"{watched} did not improve by tol={estimator.tol:g} for "
            f"{estimator.n_iter_no_change} epochs, after {epochs} of {asked} epochs"
        )
    else:
        status, word = Status.COMPLETED, f"all {asked} epochs"
    return n, {"status": status, "convergence": word, "epochs": epochs, "epochs_asked": asked}


def _describe_linear(estimator: Any, X: FloatArray, y: IntArray, gave_up: str) -> dict[str, Any]:
    return sklearn_linear.describe(estimator, X, gave_up)


_DESCRIBE = {
    "logistic": _describe_logistic,
    "mlp": _describe_mlp,
    "sgd": _describe_sgd,
    **dict.fromkeys(sklearn_linear.MODELS, _describe_linear),
}
