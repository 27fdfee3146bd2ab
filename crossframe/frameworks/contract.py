"""The contract between crossframe and an engine: the request, the result and the engine's methods.

An engine is a small final class without state but its live runtime. It knows nothing of experiments: it
gets arrays and settings, trains, predicts, and reports what really happened.
"""

from __future__ import annotations

import enum
import functools
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np

from crossframe.core.types import FloatArray, IntArray, Target, Task, Value, fingerprint
from crossframe.frameworks.inference import Inference


class Status(enum.StrEnum):
    """The outcome of a fit. The value is the sentence the user reads."""

    CONVERGED = "converged"
    COMPLETED = "ran all the epochs asked for"
    STOPPED_EARLY = "stopped early by its own rule"
    ITERATION_LIMIT = "stopped at the iteration limit"
    NOT_CONVERGED = "not converged: the solver gave up"
    SEPARATED = "separated: no finite optimum"
    RANK_DEFICIENT = "rank deficient: some coefficients aliased"
    DIVERGED = "diverged"
    REFUSED = "refused by the framework"
    ONE_CLASS = "one class only in the training sample: not fitted"
    NO_FEATURES = "the selection kept no feature: not fitted"
    CORRUPTED = "the framework received other data than was sent"
    CRASHED = "crashed"
    TIMED_OUT = "timed out"
    ENGINE_MISSING = "engine missing"
    CANNOT_EXPRESS = "cannot express a setting"

    @property
    def usable(self) -> bool:
        """Whether the fit produced predictions that may be scored."""
        return self in _USABLE

    @property
    def failed(self) -> bool:
        """Whether something broke, as opposed to the model or the draw having no answer."""
        return self in _FAILED


_USABLE = {
    Status.CONVERGED,
    Status.COMPLETED,
    Status.STOPPED_EARLY,
    Status.ITERATION_LIMIT,
    Status.NOT_CONVERGED,
    Status.SEPARATED,
    Status.RANK_DEFICIENT,
}
_FAILED = {Status.CORRUPTED, Status.CRASHED, Status.TIMED_OUT, Status.ENGINE_MISSING}


@dataclass(frozen=True)
class EvalRows:
    """The evaluation rows of a design, shared by many fits so that they travel only once.

    ``key`` is the SHA-256 of the bytes of ``X``, and of ``offset`` where there is one; ``X`` has shape
    (rows, all features), float64, C order; ``names`` are the names of all the features; ``offset`` (rows,) is
    a known part of their linear predictor, None where there is none.
    """

    key: str
    X: FloatArray
    names: tuple[str, ...]
    offset: FloatArray | None = None


@dataclass(frozen=True)
class FitRequest:
    """One model to train on one sample.

    Attributes
    ----------
    model
        The engine's name of the model, without the engine: ``logistic``, ``glm``, ``mlp``.
    settings
        Canonical settings (see ``crossframe.settings``); only those that differ from the
        framework's defaults.
    native
        Settings in the framework's own spelling, exactly as its user wrote them (``C=1e6``).
        They win over ``settings``.
    X_train, y_train
        (n, k) float64 in C order, NaN where missing; (n,) int64 of 0, 1, ... below ``classes``, or float64
        where the ``task`` is ``numbers``.
    names
        Names of the k columns of ``X_train``.
    evaluation, columns
        Rows to predict, and which of their columns the k features are (None: all, in order).
    image_shape
        (height, width) when the features are the pixels of an image, row by row.
    seed, threads
        Given to the framework as far as it takes them.
    time_limit
        Seconds after which the host kills the fit.
    task
        Whether the target holds classes or numbers. Numbers have no labels, and a model with families
        then fits the Gaussian one by default.
    classes
        Number of the classes of the whole data, of which the training rows may lack some; 2 for numbers.
    weights, offset
        (n,) each: the weights of the training rows, and a known part of their linear predictor; None: every
        row counts once, and there is none. Only a model that takes them (`Model.by_row`) gets any.
    """

    model: str
    settings: Mapping[str, Value]
    native: Mapping[str, Value]
    X_train: FloatArray
    y_train: Target
    names: tuple[str, ...]
    evaluation: EvalRows
    columns: tuple[int, ...] | None = None
    image_shape: tuple[int, int] | None = None
    seed: int = 1
    threads: int = 1
    time_limit: float = 600.0
    task: Task = "classes"
    classes: int = 2
    weights: FloatArray | None = None
    offset: FloatArray | None = None

    @property
    def size(self) -> float:
        """The sum of the weights, the number of training rows where they have none.

        It is the n by which a penalty of the summed loss becomes one of the mean loss.
        """
        return len(self.y_train) if self.weights is None else float(self.weights.sum())

    @property
    def X_eval(self) -> FloatArray:  # noqa: N802
        """The evaluation rows restricted to the features of the training sample, (m, k)."""
        X = self.evaluation.X
        return X if self.columns is None else np.ascontiguousarray(X[:, list(self.columns)])

    @functools.cached_property
    def fingerprint(self) -> str:
        """The fingerprint of the training sample, which an engine must return."""
        return fingerprint(self.X_train, self.y_train, self.weights, self.offset)

    def __getstate__(self) -> dict[str, object]:
        """What travels to the engine: without the fingerprint, which it has to compute of what it holds."""
        return {name: value for name, value in vars(self).items() if name != "fingerprint"}


@dataclass(frozen=True)
class Coefficients:
    """Linear-predictor coefficients on the scale of the features as sent.

    ``values`` has shape (k,), NaN where the framework aliased (dropped) the column.
    """

    intercept: float
    values: FloatArray
    aliased: tuple[str, ...] = ()


def of_classes(intercepts: FloatArray, values: FloatArray) -> FloatArray:
    """Intercepts (K,) above coefficients (k, K), each row moved to a mean of 0 over the classes; (1 + k, K).

    Scores of several classes are open to a constant that all of them share: less the column of one class
    these are the coefficients relative to that class, whichever parametrisation the framework has.
    """
    table = np.vstack([intercepts, values])
    return np.asarray(table - table.mean(axis=1, keepdims=True))


def labels_of(score: FloatArray) -> IntArray:
    """Labels (m,) where the framework gives none: 1 for a score (m,) above one half, Leek's and Beam's rule.

    Of more than two classes, (m, K), the first of those with the largest score. -1 where a score is NaN.
    """
    if score.ndim == 2:
        return np.where(np.isnan(score).any(axis=1), -1, score.argmax(axis=1)).astype(np.int64)
    return np.where(np.isnan(score), -1, score > 0.5).astype(np.int64)


def warning_texts(caught: list[warnings.WarningMessage]) -> tuple[str, ...]:
    """Warnings of a fit as its evidence: ``ConvergenceWarning: ...``, each once."""
    return tuple(dict.fromkeys(f"{w.category.__name__}: {w.message}" for w in caught))


@dataclass(frozen=True)
class FitResult:
    """The answer of a framework to a `FitRequest`.

    Attributes
    ----------
    status
        How the fit ended.
    score, labels
        (m,) for the evaluation rows: the score for class 1 (a probability, or the fitted value of
        a linear regression), and the label 0/1 the framework's own users get; None for numbers. Of more
        than two classes the score is (m, classes): the probability of each.
    train_score, train_labels
        Scores and labels of the n training rows.
    is_probability
        Whether ``score`` is a probability, so that a log-loss exists.
    threshold
        The score above which the framework labels 1, where it has one.
    coefficients
        For linear models.
    class_coefficients
        For linear models of more than two classes, in place of ``coefficients``: (1 + k, K), see
        `of_classes`.
    inference
        Of a linear model without a penalty, as far as the framework computes it; else None.
    effective
        Settings in the framework's own spelling as it reports them AFTER training.
    canonical
        Effective settings in canonical names, as far as they are mapped.
    inert
        Framework parameters that are set but without effect here, with the reason.
    updates, iterations, epochs, epochs_asked
        Gradient updates, solver iterations and passes over the data really done; None where the
        notion does not apply.
    convergence
        The framework's own message on how the fit ended, or the rule that stopped it.
    evidence
        Warnings and messages of the framework during this fit, in order, each once.
    deterministic
        False where the same request may give another answer (racing threads).
    fingerprint
        SHA-256 of the training data as read back from the framework.
    initial_weights
        Fingerprint (`crossframe.frameworks.initial_weights`) of the initial weights as the framework received
        them, where crossframe drew them.
    timings
        Seconds by phase: ``transfer``, ``fit``, ``predict``, ``verify``.
    peak_memory
        Bytes: the largest resident size of the engine's processes so far.
    """

    status: Status
    score: FloatArray | None = None
    labels: IntArray | None = None
    train_score: FloatArray | None = None
    train_labels: IntArray | None = None
    is_probability: bool = True
    threshold: float | None = None
    coefficients: Coefficients | None = None
    class_coefficients: FloatArray | None = None
    inference: Inference | None = None
    effective: Mapping[str, Value] = field(default_factory=dict)
    canonical: Mapping[str, Value] = field(default_factory=dict)
    inert: Mapping[str, str] = field(default_factory=dict)
    updates: int | None = None
    iterations: int | None = None
    epochs: float | None = None
    epochs_asked: float | None = None
    convergence: str = ""
    evidence: tuple[str, ...] = ()
    deterministic: bool = True
    fingerprint: str = ""
    initial_weights: str = ""
    timings: Mapping[str, float] = field(default_factory=dict)
    peak_memory: int = 0


@dataclass(frozen=True)
class Availability:
    """Whether an engine can run here, with what, or why not and how to remedy it."""

    available: bool
    versions: Mapping[str, str] = field(default_factory=dict)
    reason: str = ""
    remedy: str = ""


@dataclass(frozen=True)
class Declared:
    """A declared default, read from the live framework.

    Attributes
    ----------
    name
        The framework's parameter.
    value
        Its default.
    provenance
        The call that returned it.
    owner
        The callable that takes it: ``LogisticRegression``, ``glm.control``, ``Dense``, ``fit``.
    """

    name: str
    value: Value
    provenance: str
    owner: str = ""

    @property
    def qualified(self) -> str:
        """The parameter with its callable, ``owner.name``, as in ``LogisticRegression.C``."""
        return f"{self.owner}.{self.name}"


@dataclass(frozen=True)
class EngineConfig:
    """The arguments with which an engine is started.

    Attributes
    ----------
    threads
        Threads the framework may use; None: as many as the framework takes by default.
    scratch
        An existing folder of this engine's own; removed when the engine has gone.
    h2o_url
        An H2O cluster to use in place of an own server.
    """

    scratch: Path
    threads: int | None = 1
    h2o_url: str | None = None


class Engine(Protocol):
    """The interface of every engine; `crossframe.frameworks.conformance` tests it.

    Constructed as ``Engine(config)`` in a process of its own; construction is cheap, the runtime
    starts with the first call that needs it.
    """

    name: str

    def __init__(self, config: EngineConfig) -> None: ...

    def probe(self) -> Availability:
        """Start the runtime if need be; its versions, or why it cannot run. Never raises."""

    def capabilities(self) -> Mapping[str, tuple[str, ...]]:
        """Model name -> the canonical settings it can express."""

    def defaults(self, model: str) -> tuple[Declared, ...]:
        """Declared settings of a model, read from the live framework."""

    def fit(self, request: FitRequest) -> FitResult:
        """Train and predict. A model's own failure is a Status, never an exception."""

    def close(self) -> None:
        """Release the runtime and all it holds; a second call does nothing."""
