"""R through rpy2: fits any model that a file of ``models`` describes; the R code is in ``r_scripts/``."""

from __future__ import annotations

import time
from array import array
from collections.abc import Mapping
from typing import Any, final

import numpy as np

from crossframe.core import environment
from crossframe.core.types import Fingerprint, FloatArray, IntArray, Target, Value
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
)
from crossframe.frameworks.r import FRAMEWORK
from crossframe.frameworks.r._model import RModel, packages
from crossframe.frameworks.rscripts import folder
from crossframe.frameworks.separation import certificate
from crossframe.settings.family import spread

_ROWS = 4096
"""Rows that are copied at a time, and numbers of which a vector counts as long."""


@final
class R:
    """The engine of R, embedded in this process; it starts with the first call that needs it."""

    name = "r"

    def __init__(self, config: EngineConfig) -> None:
        self._config = config
        self._session: Any = None
        self._sourced: set[str] = set()

    def probe(self) -> Availability:
        """Start R through rpy2; versions of R, its BLAS and the packages of its models."""
        try:
            versions = _record(self._call("r_versions", *packages()))
        except Exception as error:
            return Availability(
                False,
                reason=f"R does not start through rpy2: {error}",
                remedy="crossframe doctor",
            )
        return Availability(True, {name: str(value[0]) for name, value in versions.items()})

    def capabilities(self) -> Mapping[str, tuple[str, ...]]:
        """Model name -> the canonical settings it can express."""
        return {m.short: tuple(b.setting for b in m.bindings) for m in FRAMEWORK.all_models()}

    def defaults(self, model: str) -> tuple[Declared, ...]:
        """``formals()`` of each function of the model; nothing where its package is missing."""
        described = _model(model)
        if self._missing(described):
            return ()
        return tuple(
            Declared(name, value[0] if value else None, f"formals({owner})", owner)
            for owner in described.callables
            if self._call("has_package", described.packages[owner])[0]
            for name, value in _record(self._call("declared", owner, described.packages[owner])).items()
        )

    def fit(self, request: FitRequest) -> FitResult:
        """Train and predict, see `Engine.fit`; ``r_scripts/linear.R`` proves complete separation."""
        model = _model(request.model)
        n = request.size
        scale = spread(request.y_train, request.settings, request.native, request.weights, request.offset)
        native = model.for_task(request.settings, request.native, request.task, request.classes)
        options = model.to_native(request.settings, native, n, scale)
        # NULL is what an argument has that is not given.
        options = {name: value for name, value in options.items() if value is not None}
        if package := self._missing(model):
            remedy = environment.install(package)
            return FitResult(Status.ENGINE_MISSING, evidence=(f"R has no package {package}; {remedy}",))
        if "seed" in model.parameters:
            options.setdefault("seed", request.seed)
        fitter = self._fitter(model)
        begin = time.perf_counter()
        X, y = self._send(request.X_train, request.y_train)
        X_eval = self._to_r(request.X_eval)
        by_row = {
            "weights": request.weights,
            "offset": request.offset,
            "offset_eval": request.evaluation.offset,
        }
        by_row = {name: values for name, values in by_row.items() if values is not None}
        transferred = time.perf_counter() - begin
        # Only a model that takes weights or an offset has an argument for them.
        rows = {"rows": self._to_r(by_row)} if by_row else {}
        # Only a model of several classes has a parameter for their number.
        several = (self._to_r(request.classes),) if request.classes > 2 else ()
        answer = _record(
            fitter(X, y, X_eval, self._to_r(options), self._to_r(request.task), *several, **rows)
        )
        warnings = tuple(answer["warnings"])
        begin = time.perf_counter()
        echo = _echo(answer["fingerprint"])
        read_back = time.perf_counter() - begin
        if answer["error"][0]:
            return FitResult(Status.REFUSED, evidence=(*warnings, str(answer["error"][0])), fingerprint=echo)
        effective = {name: _value(value) for name, value in answer["effective"].items()}
        coefficients = None if several else _coefficients(answer, request.names)
        status = Status[answer["status"][0]]
        if status is Status.CONVERGED and coefficients is not None and coefficients.aliased:
            status = Status.RANK_DEFICIENT
        message = str(answer["word"][0])
        iterations = int(answer["iterations"][0])
        omitted = int(answer["omitted"][0])
        fitted, verified, predicted = answer["seconds"]
        score, train_score = (np.array(answer[of], dtype=np.float64) for of in ("score", "train_score"))
        if several:
            score, train_score = (s.reshape(-1, request.classes, order="F") for s in (score, train_score))
        labelled = request.task == "classes"
        return FitResult(
            status,
            score=score,
            labels=_own(answer, "labels", score) if labelled else None,
            train_score=train_score,
            train_labels=_own(answer, "train_labels", train_score) if labelled else None,
            is_probability=bool(answer["is_probability"][0]),
            threshold=0.5 if labelled and not several else None,
            coefficients=coefficients,
            class_coefficients=_of_classes(answer, request.classes) if several else None,
            inference=inference.read(lambda: _inference(answer)) if answer.get("inference") else None,
            effective=effective,
            canonical=model.to_canonical(effective, n, scale),
            inert=model.inactive(effective),
            iterations=iterations if iterations >= 0 else None,
            convergence=f"{message}, {certificate(len(request.y_train) - omitted)}"
            if status is Status.SEPARATED
            else message,
            evidence=warnings + ((f"{omitted} rows omitted by na.action",) if omitted else ()),
            fingerprint=echo,
            timings={
                "transfer": transferred,
                "fit": fitted,
                "verify": verified + read_back,
                "predict": predicted,
            },
        )

    def close(self) -> None:
        """Do nothing: R ends with its process, in which it cannot be started a second time."""

    def _r(self) -> Any:
        """The running R, started where it is not."""
        if self._session is None:
            import rpy2.rinterface as ri
            from rpy2.rinterface_lib import embedded

            # As Rscript --vanilla: no .Rprofile, .RData or .Renviron of the user changes a number.
            embedded.set_initoptions(("rpy2", "--quiet", "--vanilla"))
            ri.initr()
            self._session = ri
            self._source(FRAMEWORK.scripts)
        return self._session

    def _source(self, scripts: tuple[str, ...]) -> None:
        for script in scripts:
            if script not in self._sourced:
                self._call("source", str(folder() / script))
                self._sourced.add(script)

    def _call(self, function: str, *arguments: Any) -> Any:
        return self._r().globalenv.find(function)(*(self._to_r(a) for a in arguments))

    def _fitter(self, model: RModel) -> Any:
        """The R function that fits the model."""
        self._r()
        self._source(model.scripts)
        return self._session.globalenv.find(model.fitter)

    def _missing(self, model: RModel) -> str:
        """The package that the model needs and this R lacks, or ``""``."""
        return model.package if model.package and not self._call("has_package", model.package)[0] else ""

    def _send(self, X: FloatArray, y: Target) -> tuple[Any, Any]:
        """Copy the training sample into R vectors, once, through memory."""
        return self._to_r(X), self._to_r(y)

    def _to_r(self, value: Any) -> Any:
        ri = self._session
        if isinstance(value, tuple):
            value = np.array(value)
        if isinstance(value, np.ndarray) and value.ndim == 2:
            return self._matrix(value)
        if isinstance(value, np.ndarray):
            flat = np.ascontiguousarray(value, dtype=np.float64)
            return ri.FloatSexpVector.from_memoryview(memoryview(flat.data))
        if isinstance(value, Mapping):
            items = ri.ListSexpVector([self._to_r(v) for v in value.values()])
            items.do_slot_assign("names", ri.StrSexpVector(list(value)))
            return items
        vectors = {
            str: ri.StrSexpVector,
            bool: ri.BoolSexpVector,
            int: ri.IntSexpVector,
            float: ri.FloatSexpVector,
        }
        return vectors[type(value)]([value])

    def _matrix(self, X: FloatArray) -> Any:
        """``X`` as a matrix of R, whose columns lie one behind the other: the one copy that is made of it."""
        vector = self._session.baseenv["numeric"](self._session.FloatSexpVector([float(X.size)]))
        held = np.asarray(vector.memoryview()).reshape(X.shape, order="F")
        for begin in range(0, len(X), _ROWS):
            held[begin : begin + _ROWS] = X[begin : begin + _ROWS]
        vector.do_slot_assign("dim", self._session.IntSexpVector(X.shape))
        return vector


def _model(short: str) -> RModel:
    model = FRAMEWORK.model(short)
    assert isinstance(model, RModel)
    return model


def _echo(hashed: Any) -> str:
    """The fingerprint of the rows as R holds them, by R itself or, of a large table, read in R's memory."""
    if isinstance(hashed, tuple):
        return str(hashed[0])
    X, y, *by_row = (np.asarray(part.memoryview()) for part in hashed)
    made = Fingerprint()
    made.add(X.reshape(len(y), -1, order="F"))
    return made.of(y, *by_row)


def _record(answer: Any) -> dict[str, Any]:
    """A named list of R: its vectors as tuples, the lists in it likewise, NULL as an empty tuple.

    A list without names stays one of R.

    Long vectors of numbers are arrays of Python, which are made as a block.
    """
    return {str(name): _plain(item) for name, item in zip(answer.names, answer, strict=True)}


def _plain(item: Any) -> Any:
    import rpy2.rinterface as ri

    if isinstance(item, type(ri.NULL)):
        return ()
    if isinstance(item, ri.FloatSexpVector) and len(item) >= _ROWS:
        return array("d", item.memoryview().tobytes())
    if isinstance(item, ri.ListSexpVector):
        return item if isinstance(item.names, type(ri.NULL)) and len(item) else _record(item)
    return tuple(item)


def _own(answer: Mapping[str, Any], name: str, score: FloatArray) -> IntArray:
    """The labels that R's script gives; those of the scores where it gives none."""
    return np.array(answer[name], dtype=np.int64) if answer.get(name) else labels_of(score)


def _value(vector: tuple[Any, ...]) -> Value:
    """A setting from an R vector: None for NULL, the value of a vector of one, else a tuple."""
    if len(vector) > 1:
        return tuple(int(v) if float(v).is_integer() else v for v in vector)
    return vector[0] if vector else None


def _of_classes(answer: Mapping[str, Any], classes: int) -> FloatArray | None:
    """The coefficients of several classes; R's script gives (1 + k, K) column by column, intercepts first."""
    if not answer.get("coefficients"):
        return None
    table = np.array(answer["coefficients"], dtype=np.float64).reshape(-1, classes, order="F")
    return of_classes(table[0], table[1:])


def _coefficients(answer: Mapping[str, Any], names: tuple[str, ...]) -> Coefficients | None:
    if "coefficients" not in answer:
        return None
    values = np.array(answer["coefficients"], dtype=np.float64)
    aliased = tuple(name for name, b in zip(names, values, strict=True) if np.isnan(b))
    return Coefficients(float(answer["intercept"][0]), values, aliased)


def _inference(answer: Mapping[str, Any]) -> inference.Inference:
    """What ``inference_of`` of ``r_scripts/inference.R`` gives; R's NA becomes NaN."""
    made = answer["inference"]
    table = np.array(made["table"], dtype=np.float64).reshape(-1, len(inference.COLUMNS), order="F")
    measures = {name: value[0] for name, value in made["measures"].items() if value}
    return inference.Inference(table, inference.measured(**measures))
