"""The record of an estimator of scikit-learn, and the parts that several records share."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np

from crossframe.core.errors import UsageError
from crossframe.core.types import FloatArray, Target, Task, Value
from crossframe.frameworks.contract import Coefficients, Status
from crossframe.frameworks.model import Model, Program
from crossframe.frameworks.programs import keywords
from crossframe.frameworks.sklearn.program import text
from crossframe.settings.binding import Binding, Context, Convert, Outside, choice

FIT = {
    "*.fit.X": Outside("data", "the features"),
    "*.fit.y": Outside("data", "the target"),
    "*.fit.sample_weight": Outside("data", "weights of single rows"),
}
"""Arguments of every ``fit``."""

WEIGHTED = frozenset({"weights"})
"""``by_row`` of the estimators that get the weights of the rows; none has an offset."""

FIT_CLASSES = {**FIT, "*.fit.y": Outside("data", "the classes")}
"""Arguments of the ``fit`` of an estimator that takes classes alone."""

WARM_START = Outside("other", "goes on from an earlier fit of one object; each fit here has its own")
VERBOSE = Outside("output", "progress on the terminal")

CLASS_WEIGHT = Binding(
    "class_weight",
    "class_weight",
    choice("none", "balanced"),
    to_vocabulary=lambda v, c: "none" if v is None else v,
)


def early_stopping(estimator: str) -> Convert:
    """Canonical ``stopping.rule`` -> ``early_stopping`` of ``estimator``; `UsageError` for other rules."""

    def encode(rule: Value, context: Context) -> Value:
        if rule not in ("early_stopping", "tolerance"):
            raise UsageError(
                f"{estimator} has no stopping.rule={rule}: it stops by early_stopping or by tolerance",
                "n_iter_no_change (stopping.rounds) as large as max_iter means never",
            )
        return rule == "early_stopping"

    return encode


Describe = Callable[[Any, FloatArray, Target, str], Mapping[str, Any]]
"""(fitted estimator, training rows (n, k), target (n,), why it did not converge or "") -> fields of the
`FitResult`: ``status`` and ``convergence``, and ``coefficients``, ``iterations``, ``updates``, ``epochs``
where there are any."""


def _method(arguments: Mapping[str, Value], task: Task) -> str:
    return "predict_proba" if task == "classes" else "predict"


@dataclass(frozen=True, kw_only=True)
class SklearnModel(Model):
    """The description of one estimator.

    Attributes
    ----------
    callables
        The estimator as ``module:Class``: for two classes and, where it differs, for numbers.
    describe
        How a fit ended, see `Describe`.
    prepared
        (class, keyword arguments) -> the class to construct and the arguments that it takes, where crossframe
        has parameters beside the estimator's own.
    decided
        Fitted estimator -> parameters with the value that the fit chose, in place of ``get_params()``, and
        those beside them.
    method
        (arguments, task) -> the method of the estimator that gives the scores, for stand-alone programs.
    spelled
        Arguments -> lines of Python that import what they need, and the arguments as Python source; for
        stand-alone programs.
    """

    describe: Describe
    prepared: Callable[[Any, dict[str, Value]], tuple[Any, dict[str, Value]]] = lambda estimator, arguments: (
        estimator,
        arguments,
    )
    decided: Callable[[Any], Mapping[str, Value]] = lambda estimator: {}
    method: Callable[[Mapping[str, Value], Task], str] = _method
    spelled: Callable[[Mapping[str, Value]], tuple[list[str], list[str]]] = lambda arguments: (
        [],
        keywords(arguments),
    )
    program: Callable[[Program], str] | None = text

    def row_arguments(self, weights: FloatArray | None) -> dict[str, FloatArray]:
        """The arguments of ``fit`` for the weights (n,) of the rows."""
        return {} if weights is None or "weights" not in self.by_row else {"sample_weight": weights}

    def where(self, task: Task) -> tuple[str, str]:
        """Module and class of the estimator for such a target."""
        module, _, name = self.callables[0 if task == "classes" else -1].partition(":")
        return module, name

    def estimator(self, task: Task) -> Any:
        """The class of the estimator for such a target."""
        module, name = self.where(task)
        return getattr(import_module(module), name)

    def keywords(self, native: Mapping[str, Value]) -> dict[str, Value]:
        """The keyword arguments of the estimator: ``passed``, overruled by ``native``; ``none`` as None."""
        return {k: None if v == "none" else v for k, v in {**self.passed, **native}.items()}


def linear_predictor(estimator: Any) -> Coefficients:
    """Intercept and coefficients (k,) of a linear estimator of two classes."""
    return Coefficients(float(np.ravel(estimator.intercept_)[0]), estimator.coef_[0].copy())


def solved(solver: str, done: int, limit: int, gave_up: str) -> tuple[Status, str]:
    """Status and convergence message of an iterative solver after ``done`` iterations.

    ``gave_up`` is its warning, which need not be that of the iteration limit; empty: none.
    """
    message = f"{solver}: {done} of at most {limit} iterations"
    if not gave_up:
        return Status.CONVERGED, message
    if done >= limit:
        return Status.ITERATION_LIMIT, message
    return Status.NOT_CONVERGED, f"{message}; {gave_up}"


def epochs(estimator: Any, n: int, patience: int) -> tuple[int, dict[str, Any]]:
    """Number of rows trained on, of ``n``, and the rule that ended the training, as fields of `FitResult`.

    ``patience`` is the number of epochs in a row without an improvement that ends it.
    """
    done, most = int(estimator.n_iter_), int(estimator.max_iter)
    watched = "training loss"
    if estimator.early_stopping:
        # The validation rows are not trained on.
        n, watched = n - math.ceil(estimator.validation_fraction * n), "validation score"
    if done < most:
        status = Status.STOPPED_EARLY
        message = (
            f"{watched} did not improve by tol={estimator.tol:g} for "
            f"{patience} epochs, after {done} of {most} epochs"
        )
    else:
        status, message = Status.COMPLETED, f"all {most} epochs"
    return n, {"status": status, "convergence": message, "epochs": done, "epochs_asked": most}
