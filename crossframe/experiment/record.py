"""One finished cell: what the store keeps of a fit, and the scores computed from it."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crossframe.core.types import FloatArray, IntArray, Target
from crossframe.experiment.metrics import class_scores, number_scores, scores
from crossframe.frameworks.contract import FitRequest, FitResult, Status


@dataclass(frozen=True)
class Record:
    """A cell's outcome. ``fields`` is plain (JSON), ``arrays`` are what pairs are compared by.

    Arrays, where the fit is usable: ``score`` (m,), of more than two classes (m, K), for classes ``labels``
    (m,), where rows have no score the target ``truth`` (m,), and for linear models
    ``coefficients`` (1 + k,), intercept first, with ``columns`` (k,), their feature numbers. Where the
    framework reports inference, `crossframe.frameworks.inference.Inference` as ``inference`` (1 + k, 5)
    and, in ``fields``, ``measures``.
    """

    fields: Mapping[str, Any]
    arrays: Mapping[str, NDArray[Any]] = field(default_factory=dict)

    @property
    def status(self) -> Status:
        """The status of the fit, as `crossframe.frameworks.contract.Status`."""
        return Status(self.fields["status"])

    def pack(self) -> bytes:
        """``arrays`` as one line of JSON (name, dtype, shape) and their bytes.

        A run reads thousands of records, and an npz takes most of the time for its zip directories.
        """
        plain = {name: np.ascontiguousarray(array) for name, array in self.arrays.items()}
        head = json.dumps([[name, array.dtype.str, array.shape] for name, array in plain.items()])
        return b"\n".join([head.encode(), b"".join(array.tobytes() for array in plain.values())])

    @staticmethod
    def unpack(blob: bytes) -> dict[str, NDArray[Any]]:
        """The arrays of `pack`'s bytes by name, read-only. Raises ValueError or TypeError for others."""
        head, _, body = blob.partition(b"\n")
        arrays: dict[str, NDArray[Any]] = {}
        at = 0
        for name, dtype, shape in json.loads(head):
            count = math.prod(shape)
            arrays[name] = np.frombuffer(body, dtype, count, at).reshape(shape)
            at += arrays[name].nbytes
        if at != len(body):
            raise ValueError(f"{len(body)} bytes of arrays, {at} are described")
        return arrays

    @classmethod
    def read(cls, fields: Any, arrays: Any, *, complete: bool = False) -> Record | None:
        """The record of a stored row, or None where these values are none.

        ``complete``: what a report takes from every fit has to be there, because nothing else vouches for
        the row.
        """
        try:
            record = cls(json.loads(fields), cls.unpack(arrays))
            if complete and not record._whole():
                return None
        except (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError):
            return None
        return record

    def _whole(self) -> bool:
        if "status" not in self.fields:
            return isinstance(self.fields["failed"], bool)
        flags = ("usable", "failed", "fingerprint_ok")
        return (
            bool(self.status)
            and {*_ATTRIBUTES, "attempts"} <= self.fields.keys()
            and all(isinstance(self.fields[name], bool) for name in flags)
            and isinstance(self.fields["evidence"], list)
            and (not self.fields["usable"] or {"model", "effective", "timings"} <= self.fields.keys())
        )


_ATTRIBUTES = (
    "updates", "iterations", "epochs", "epochs_asked", "convergence", "threshold",
    "deterministic", "fingerprint", "peak_memory", "is_probability",
)  # fmt: skip


def from_result(
    request: FitRequest,
    result: FitResult,
    y_eval: Target | None,
    *,
    threshold: float | str | None = None,
    attempts: int = 1,
    before: tuple[str, ...] = (),
) -> Record:
    """The record of a fit, scored against ``y_eval`` (m,); None: its predictions are kept unscored.

    ``threshold`` replaces the framework's own rule for the label, see `relabelled`; ``before`` is
    the evidence of failed attempts.
    """
    if threshold is not None and request.task == "classes" and request.classes == 2:
        result = relabelled(result, threshold, request.y_train)
    fields: dict[str, Any] = {
        "status": result.status.value,
        "usable": result.status.usable,
        "failed": result.status.failed,
        "model": request.model,
        "attempts": attempts,
        "rows": len(request.y_train),
        **({} if request.weights is None else {"size": request.size}),
        "fingerprint_ok": result.fingerprint == request.fingerprint,
        "evidence": [*before, *result.evidence],
        "effective": dict(result.effective),
        "canonical": dict(result.canonical),
        "inert": dict(result.inert),
        "timings": dict(result.timings),
        "digest": digest(result),
        **{name: getattr(result, name) for name in _ATTRIBUTES},
    }
    if result.initial_weights:
        fields["initial_weights"] = result.initial_weights
    arrays: dict[str, NDArray[Any]] = {}
    if result.status.usable and result.score is not None and result.labels is not None:
        if y_eval is not None:
            fields |= _scored(y_eval, result.score, result.labels, result.is_probability)
        if y_eval is not None and result.train_score is not None and result.train_labels is not None:
            train = _scored(request.y_train, result.train_score, result.train_labels, result.is_probability)
            fields |= {f"train_{name}": value for name, value in train.items()}
        arrays |= {"score": result.score, "labels": result.labels.astype(np.int8)}
    elif result.status.usable and result.score is not None:
        if y_eval is not None:
            fields["mean_squared_error"] = float(np.mean((result.score - y_eval) ** 2))
            fields |= number_scores(y_eval, result.score)
            if result.train_score is not None:
                train = number_scores(request.y_train, result.train_score)
                fields |= {f"train_{name}": value for name, value in train.items()}
        arrays["score"] = result.score
    if y_eval is not None and "unscored" in fields:
        # A paired difference is of the rows that both have a score of.
        arrays["truth"] = y_eval.astype(np.int8) if request.task == "classes" else y_eval
    if request.task == "numbers" or request.classes > 2:
        fields["canonical"].pop("decision.threshold", None)
    if request.classes > 2:
        # The vocabulary has output layers of one and two units only.
        fields["canonical"].pop("architecture.head", None)
    if result.class_coefficients is not None:
        arrays["class_coefficients"] = result.class_coefficients
    if result.coefficients is not None:
        c = result.coefficients
        fields["aliased"] = list(c.aliased)
        arrays["coefficients"] = np.concatenate([[c.intercept], c.values])
        arrays["columns"] = np.array(
            request.columns if request.columns is not None else range(len(request.names))
        )
    if result.inference is not None:
        fields["measures"] = dict(result.inference.measures)
        arrays["inference"] = result.inference.table
    return Record(fields, arrays)


def _scored(y: IntArray, score: FloatArray, labels: IntArray, is_probability: bool) -> dict[str, Any]:
    """The scores of a fit of classes, see `crossframe.experiment.metrics`."""
    return scores(y, score, labels, is_probability) if score.ndim == 1 else class_scores(y, score, labels)


def relabelled(result: FitResult, threshold: float | str, y_train: Target) -> FitResult:
    """The same fit with labels score > ``threshold``; -1 where there is no score.

    ``f1_optimal`` takes the training score with the highest F1 on the training rows, the highest of equal
    ones, and labels 1 from it on; that is H2O's rule (``hex/AUC2.java``) up to 400 distinct scores, beyond
    which H2O merges them. A fit without finite training scores has no such threshold and is refused.
    """
    # The compiled loops that come with it take a second to import.
    from crossframe.core.statistics import best_f1

    if not isinstance(threshold, str):
        cut = threshold
    elif not result.status.usable:
        return result
    elif result.train_score is None or not np.isfinite(result.train_score).all():
        evidence = (*result.evidence, f"decision.threshold={threshold}: not all training rows have a score")
        return replace(result, status=Status.REFUSED, evidence=evidence)
    else:
        cut = best_f1(result.train_score, y_train)[0]

    def labels(score: FloatArray | None) -> IntArray | None:
        if score is None:
            return None
        with np.errstate(invalid="ignore"):
            above = score >= cut if isinstance(threshold, str) else score > cut
            return np.where(np.isnan(score), -1, above).astype(np.int64)

    return replace(
        result,
        labels=labels(result.score),
        train_labels=labels(result.train_score),
        threshold=cut,
        canonical={**result.canonical, "decision.threshold": threshold},
    )


def digest(fit: FitResult) -> str:
    """SHA-256 of the bits of a fit: scores and labels of both sets of rows, and coefficients."""
    parts = [fit.score, fit.labels, fit.train_score, fit.train_labels]
    if fit.coefficients is not None:
        parts += [np.array([fit.coefficients.intercept]), fit.coefficients.values]
    if fit.class_coefficients is not None:
        parts.append(fit.class_coefficients)
    hashed = hashlib.sha256()
    for part in parts:
        hashed.update(b"-" if part is None else np.ascontiguousarray(part).tobytes())
    return hashed.hexdigest()


def failed(status: Status, attempts: int, evidence: tuple[str, ...]) -> Record:
    """The record of a cell without a fit: status, number of attempts, and the reasons as ``evidence``."""
    bare = FitResult(status, evidence=evidence)
    fields = {name: getattr(bare, name) for name in _ATTRIBUTES}
    return Record(
        fields
        | {
            "status": status.value,
            "usable": False,
            "failed": status.failed,
            "attempts": attempts,
            "fingerprint_ok": False,
            "evidence": list(evidence),
        }
    )
