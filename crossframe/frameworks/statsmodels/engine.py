"""statsmodels: fits every model that a module of ``models`` describes."""

from __future__ import annotations

import time
import warnings
from collections.abc import Mapping
from importlib import import_module
from typing import Any, final

import numpy as np

from crossframe.core.types import FloatArray, IntArray, Value, fingerprint
from crossframe.frameworks import inference
from crossframe.frameworks.contract import (
    Availability,
    Coefficients,
    Declared,
    EngineConfig,
    FitRequest,
    FitResult,
    Status,
    labels_of,
    of_classes,
    warning_texts,
)
from crossframe.frameworks.separation import certificate, proves_separation
from crossframe.frameworks.statsmodels import FRAMEWORK
from crossframe.frameworks.statsmodels._model import CONSTANT, LastIterate, StatsmodelsModel, ended
from crossframe.frameworks.statsmodels.capture import capture
from crossframe.frameworks.statsmodels.inference import reported
from crossframe.settings.family import of_settings


@final
class Statsmodels:
    """The engine of statsmodels, which runs in this process."""

    name = "statsmodels"

    def __init__(self, config: EngineConfig) -> None:
        self._config = config

    def probe(self) -> Availability:
        """Import statsmodels with its models, and SciPy; their versions."""
        try:
            import scipy
            import statsmodels

            for module in {c.partition(":")[0] for m in FRAMEWORK.all_models() for c in m.callables}:
                import_module(module)
        except ImportError as error:
            return Availability(False, reason=str(error), remedy="pip install statsmodels")
        return Availability(True, {"statsmodels": statsmodels.__version__, "scipy": scipy.__version__})

    def capabilities(self) -> Mapping[str, tuple[str, ...]]:
        """Model name -> the canonical settings it can express."""
        return {m.short: tuple(b.setting for b in m.bindings) for m in FRAMEWORK.all_models()}

    def defaults(self, model: str) -> tuple[Declared, ...]:
        """The signatures of the class and its fits, and the options of its optimisers."""
        callables = capture(list(FRAMEWORK.model(model).callables))["callables"]
        return tuple(
            Declared(name, _plain(value), read["call"], owner)
            for owner, read in callables.items()
            for name, value in read["parameters"].items()
        )

    def fit(self, request: FitRequest) -> FitResult:
        """Train and predict, see `Engine.fit`; an error of statsmodels is a status."""
        from statsmodels.tools.sm_exceptions import MissingDataError, PerfectSeparationError

        model = _model(request.model)
        n, X, y = len(request.y_train), request.X_train, request.y_train.astype(np.float64)
        native = model.for_task(request.settings, request.native, request.task, request.classes)
        arguments = model.to_native(request.settings, native, request.size)
        rows = model.rows(request, arguments)
        constant = arguments.get(CONSTANT) is True
        exog, exog_eval = (_features(part, constant) for part in (X, request.X_eval))
        begin = time.perf_counter()
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                results = model.fitted(y, exog, arguments, rows)
                fitted = time.perf_counter()
                score = _predicted(results, exog_eval, request.evaluation.offset)
                train_score = _predicted(results, exog, request.offset)
                several, present = request.classes > 2, np.unique(y).astype(np.int64)
                if model.several:
                    each = (score, train_score)
                    score, train_score = (_all_classes(p, present, request.classes) for p in each)
            except (
                ValueError,
                np.linalg.LinAlgError,
                MissingDataError,
                PerfectSeparationError,
            ) as error:
                why = f"{type(error).__name__}: {str(error).partition(chr(10))[0]}"
                echo = _echo(exog, constant, request)
                return FitResult(Status.REFUSED, evidence=(*warning_texts(caught), why), fingerprint=echo)
            predicted = time.perf_counter()
            effective = model.reported(results, arguments)
            coefficients = model.coefficients(results, constant)
            whole = several and len(present) == request.classes
            table = _of_classes(results, constant, request.classes) if whole else None
        messages = warning_texts(caught)
        canonical = model.to_canonical(effective, request.size)
        status, message, iterations = ended(results, effective, messages)
        if isinstance(results, LastIterate):
            messages = (*messages, f"LinAlgError: {results.error}")
        if not several and _separates(canonical, request, coefficients):
            status, message = Status.SEPARATED, f"{message}, {certificate(n)}"
        elif isinstance(results, LastIterate):
            return FitResult(Status.REFUSED, evidence=messages, fingerprint=_echo(exog, constant, request))
        if dropped := n - len(results.model.endog):
            messages = (*messages, f"{dropped} rows left out by missing=drop")
        labelled = request.task == "classes"
        return FitResult(
            status,
            score=score,
            labels=labels_of(score) if labelled else None,
            train_score=train_score,
            train_labels=labels_of(train_score) if labelled else None,
            is_probability=of_settings(canonical) == "binomial",
            threshold=0.5 if labelled and not several else None,
            coefficients=None if several else coefficients,
            class_coefficients=table,
            inference=inference.read(lambda: reported(results, constant)),
            effective=effective,
            canonical=canonical,
            inert=model.inactive(effective),
            iterations=iterations,
            convergence=message,
            evidence=messages,
            fingerprint=_echo(exog, constant, request),
            timings={"fit": fitted - begin, "predict": predicted - fitted},
        )

    def close(self) -> None:
        """Do nothing, because no resource is kept after a fit."""


def _model(short: str) -> StatsmodelsModel:
    model = FRAMEWORK.model(short)
    assert isinstance(model, StatsmodelsModel)
    return model


def _features(X: FloatArray, constant: bool) -> FloatArray:
    """The features, the constant column before them."""
    from statsmodels.tools.tools import add_constant

    return np.asarray(add_constant(X, has_constant="add")) if constant else X


def _echo(exog: FloatArray, constant: bool, request: FitRequest) -> str:
    """The fingerprint of the features and the target that statsmodels was given."""
    return fingerprint(exog[:, int(constant) :], request.y_train, request.weights, request.offset)


def _predicted(results: Any, exog: FloatArray, offset: FloatArray | None) -> FloatArray:
    known = {} if offset is None else {"offset": offset}
    return np.asarray(results.predict(exog, **known), dtype=np.float64)


def _all_classes(probabilities: FloatArray, present: IntArray, classes: int) -> FloatArray:
    """The probabilities (m, J) of the ``present`` classes as those of all, (m, K); of two that of class 1."""
    score = np.zeros((len(probabilities), classes))
    score[:, present] = probabilities
    return score[:, 1].copy() if classes == 2 else score


def _of_classes(results: Any, constant: bool, classes: int) -> FloatArray:
    """The coefficients of several classes; statsmodels has those of every class but the first."""
    table = np.column_stack([np.zeros(len(results.params)), np.asarray(results.params, dtype=np.float64)])
    start = table[0] if constant else np.zeros(classes)
    return of_classes(start, table[int(constant) :])


def _separates(canonical: Mapping[str, Value], request: FitRequest, coefficients: Coefficients) -> bool:
    """Whether the coefficients of a fit without a penalty prove that it has no finite optimum."""
    penalised = canonical.get("penalty.l1") or canonical.get("penalty.l2")
    of_classes = of_settings(canonical) == "binomial" and request.task == "classes"
    y = request.y_train.astype(np.int64, copy=False)
    return of_classes and not penalised and proves_separation(request.X_train, y, coefficients)


def _plain(value: Any) -> Value:
    return tuple(value) if isinstance(value, list) else value
