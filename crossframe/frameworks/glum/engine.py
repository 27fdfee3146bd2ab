"""glum: fits every model that a module of ``models`` describes."""

from __future__ import annotations

import time
import warnings
from collections.abc import Mapping
from typing import Any, final

import numpy as np

from crossframe.core.types import Value, fingerprint
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
    warning_texts,
)
from crossframe.frameworks.glum import FRAMEWORK
from crossframe.frameworks.glum._model import GlumModel, scores
from crossframe.frameworks.glum.capture import capture
from crossframe.frameworks.separation import certificate, proves_separation
from crossframe.settings.family import of_settings

_REFUSALS = (ValueError, TypeError, NotImplementedError, np.linalg.LinAlgError)
"""How glum, and the solver of its linear systems, refuse arguments and data."""
_PROBABILITIES = ("logit", "cloglog")
"""Links under which a mean is between 0 and 1."""


@final
class Glum:
    """The engine of glum, which runs in this process."""

    name = "glum"

    def __init__(self, config: EngineConfig) -> None:
        self._config = config

    def probe(self) -> Availability:
        """Import glum, the matrices that it uses, and SciPy; their versions."""
        try:
            import glum
            import scipy
            import tabmat
        except ImportError as error:
            return Availability(False, reason=str(error), remedy="pip install glum")
        versions = {"glum": glum.__version__, "tabmat": tabmat.__version__, "scipy": scipy.__version__}
        return Availability(True, versions)

    def capabilities(self) -> Mapping[str, tuple[str, ...]]:
        """Model name -> the canonical settings it can express."""
        return {m.short: tuple(b.setting for b in m.bindings) for m in FRAMEWORK.all_models()}

    def defaults(self, model: str) -> tuple[Declared, ...]:
        """The signatures of the class and its ``fit``."""
        callables = capture(list(FRAMEWORK.model(model).callables))["callables"]
        return tuple(
            Declared(name, value, read["call"], owner)
            for owner, read in callables.items()
            for name, value in read["parameters"].items()
        )

    def fit(self, request: FitRequest) -> FitResult:
        """Train and predict, see `Engine.fit`; an error of glum is a status."""
        model = _model(request.model)
        X, y = request.X_train, request.y_train.astype(np.float64)
        n, received = len(y), fingerprint(X, request.y_train, request.weights, request.offset)
        native = model.for_task(request.settings, request.native, request.task)
        arguments = {
            "random_state": request.seed,
            **model.keywords(model.to_native(request.settings, native, n)),
        }
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            begin = time.perf_counter()
            try:
                estimator = model.estimator(arguments, X.shape[1])
                estimator.fit(X, y, sample_weight=request.weights, offset=request.offset)
            except _REFUSALS as error:
                why = f"{type(error).__name__}: {str(error).strip().partition(chr(10))[0]}"
                return FitResult(Status.REFUSED, evidence=(*_messages(caught), why), fingerprint=received)
            fitted = time.perf_counter()
            score = scores(estimator, request.X_eval, request.evaluation.offset)
            train_score = scores(estimator, X, request.offset)
            predicted = time.perf_counter()
        effective = model.in_force(estimator)
        canonical = model.to_canonical(effective, n)
        coefficients = Coefficients(
            float(estimator.intercept_), np.asarray(estimator.coef_, dtype=np.float64)
        )
        messages = _messages(caught)
        status, message = _ended(estimator, messages)
        labelled = request.task == "classes"
        if labelled and _separates(canonical, request, coefficients):
            status, message = Status.SEPARATED, f"{message}, {certificate(n)}"
        return FitResult(
            status,
            score=score,
            labels=labels_of(score) if labelled else None,
            train_score=train_score,
            train_labels=labels_of(train_score) if labelled else None,
            is_probability=of_settings(canonical) == "binomial" and canonical.get("link") in _PROBABILITIES,
            threshold=0.5 if labelled else None,
            coefficients=coefficients,
            inference=inference.read(
                lambda: model.inference(estimator, X, y, request.weights, request.offset)
            ),
            effective=effective,
            canonical=canonical,
            inert=model.inactive(effective),
            iterations=int(estimator.n_iter_),
            convergence=message,
            evidence=messages,
            fingerprint=fingerprint(X, request.y_train, request.weights, request.offset),
            timings={"fit": fitted - begin, "predict": predicted - fitted},
        )

    def close(self) -> None:
        """Do nothing, because no resource is kept after a fit."""


def _model(short: str) -> GlumModel:
    model = FRAMEWORK.model(short)
    assert isinstance(model, GlumModel)
    return model


def _ended(estimator: Any, messages: tuple[str, ...]) -> tuple[Status, str]:
    """Status and convergence message of a fit, by the warnings of its solver."""
    done, most, solver = int(estimator.n_iter_), int(estimator.max_iter), estimator._solver
    message = f"{solver}: solved at once" if solver == "closed-form" else f"{solver}: {done} iterations"
    gave_up = [m for m in messages if "failed to converge" in m or m.startswith("UserWarning: lbfgs failed")]
    if not gave_up:
        return Status.CONVERGED, message
    return (Status.ITERATION_LIMIT if done >= most else Status.NOT_CONVERGED), f"{message} of at most {most}"


def _separates(canonical: Mapping[str, Value], request: FitRequest, coefficients: Coefficients) -> bool:
    """Whether the coefficients of a fit without a penalty prove that it has no finite optimum."""
    penalised = canonical.get("penalty.l1") or canonical.get("penalty.l2")
    if penalised or of_settings(canonical) != "binomial" or canonical.get("link") not in _PROBABILITIES:
        return False
    return proves_separation(request.X_train, request.y_train.astype(np.int64, copy=False), coefficients)


def _messages(caught: list[warnings.WarningMessage]) -> tuple[str, ...]:
    """The warnings of a fit, without SciPy's about an option that glum passes to its own solver."""
    return tuple(text for text in warning_texts(caught) if "`disp` and `iprint`" not in text)
