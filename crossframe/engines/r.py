"""R's lm, glm, glmnet and nnet through rpy2; the R code itself is in r_scripts/."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, final

import numpy as np

from crossframe import environment
from crossframe.capture.r import CALLABLES, NEEDS, PACKAGES
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
)
from crossframe.engines.rscripts import folder
from crossframe.engines.separation import certificate
from crossframe.settings import BINDINGS, inert, to_canonical, to_native
from crossframe.settings.families import for_target, spread

_FITTERS = {"lm": "fit_linear", "glm": "fit_linear", "glmnet": "fit_glmnet", "nnet": "fit_nnet"}
"""Model -> the function of r_scripts/ that fits it."""


@final
class R:
    """R embedded in this process; it starts with the first call that needs it."""

    name = "r"

    def __init__(self, config: EngineConfig) -> None:
        self._config = config
        self._session: Any = None

    def _r(self) -> Any:
        if self._session is None:
            import rpy2.rinterface as ri
            from rpy2.rinterface_lib import embedded

            # As Rscript --vanilla: no .Rprofile, .RData or .Renviron of the user changes a number.
            embedded.set_initoptions(("rpy2", "--quiet", "--vanilla"))
            ri.initr()
            self._session = ri
            for script in ("bridge.R", "formals.R", "linear.R", "glmnet.R", "nnet.R"):
                self._call("source", str(folder() / script))
        return self._session

    def _call(self, function: str, *arguments: Any, **named: Any) -> Any:
        ri = self._r()
        return ri.globalenv.find(function)(
            *(self._to_r(a) for a in arguments), **{k: self._to_r(v) for k, v in named.items()}
        )

    def _to_r(self, value: Any) -> Any:
        ri = self._session
        if isinstance(value, tuple):
            value = np.array(value)
        if isinstance(value, np.ndarray):
            flat = np.asarray(value, dtype=np.float64).ravel(order="F")
            vector = ri.FloatSexpVector.from_memoryview(memoryview(flat.data))
            if value.ndim == 2:
                vector.do_slot_assign("dim", ri.IntSexpVector(value.shape))
            return vector
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

    def probe(self) -> Availability:
        """See `Engine`."""
        try:
            versions = _record(self._call("r_versions"))
        except Exception as error:
            return Availability(
                False,
                reason=f"R does not start through rpy2: {error}",
                mend="crossframe doctor",
            )
        return Availability(True, {name: str(value[0]) for name, value in versions.items()})

    def capabilities(self) -> Mapping[str, tuple[str, ...]]:
        """See `Engine`."""
        return {m: tuple(b.setting for b in BINDINGS[f"r.{m}"]) for m in CALLABLES}

    def defaults(self, model: str) -> tuple[Declared, ...]:
        """``formals()`` of each function of the model; nothing where its package is missing."""
        if self._missing(model):
            return ()
        return tuple(
            Declared(name, value[0] if value else None, f"formals({owner})", owner)
            for owner in CALLABLES[model]
            for name, value in _record(self._call("declared", owner, PACKAGES[owner])).items()
        )

    def _missing(self, model: str) -> str:
        """The package that the model needs and this R does not have, or ``""``."""
        package = NEEDS.get(model, "")
        return package if package and not self._call("has_package", package)[0] else ""

    def _send(self, X: FloatArray, y: Target) -> tuple[Any, Any]:
        """Copy the training sample into R vectors, once, through memory."""
        return self._to_r(X), self._to_r(y)

    def fit(self, request: FitRequest) -> FitResult:
        """See `Engine`. Complete separation is claimed only with its proof, see linear.R."""
        model = f"r.{request.model}"
        n = len(request.y_train)
        scale = spread(request.y_train, request.settings, request.native)
        native = for_target(model, request.settings, request.native, request.task)
        options = to_native(model, request.settings, native, n, scale)
        if package := self._missing(request.model):
            mend = environment.install(package)
            return FitResult(Status.ENGINE_MISSING, evidence=(f"R has no package {package}; {mend}",))
        if request.model == "nnet":
            options.setdefault("seed", request.seed)
        ri = self._r()
        begin = time.perf_counter()
        X, y = self._send(request.X_train, request.y_train)
        X_eval = self._to_r(request.X_eval)
        transferred = time.perf_counter() - begin
        fit = ri.globalenv.find(_FITTERS[request.model])
        answer = _record(fit(self._to_r(request.model), X, y, X_eval, self._to_r(options)))
        warnings = tuple(answer["warnings"])
        echo = str(answer["fingerprint"][0])
        if answer["error"][0]:
            return FitResult(Status.REFUSED, evidence=(*warnings, str(answer["error"][0])), fingerprint=echo)
        effective = {name: _value(value) for name, value in answer["effective"].items()}
        coefficients = _coefficients(answer, request.names)
        iterations = int(answer["iterations"][0])
        omitted = int(answer["omitted"][0])
        evidence = warnings + ((f"{omitted} rows omitted by na.action",) if omitted else ())
        score = np.array(answer["score"], dtype=np.float64)
        train_score = np.array(answer["train_score"], dtype=np.float64)
        labelled = request.task == "classes"
        seconds = dict(zip(("fit", "verify", "predict"), answer["seconds"], strict=True))
        return FitResult(
            _status(answer, coefficients is not None and bool(coefficients.aliased)),
            score=score,
            labels=_labels(score) if labelled else None,
            train_score=train_score,
            train_labels=_labels(train_score) if labelled else None,
            is_probability=bool(answer["is_probability"][0]),
            threshold=0.5 if labelled else None,
            coefficients=coefficients,
            effective=effective,
            canonical=to_canonical(model, effective, n, scale),
            inert=inert(model, effective),
            iterations=iterations if iterations >= 0 else None,
            convergence=_word(answer, n),
            evidence=evidence,
            fingerprint=echo,
            timings={"transfer": transferred, **seconds},
        )

    def close(self) -> None:
        """R ends with its process: it cannot be started twice in one."""


def _record(answer: Any) -> dict[str, Any]:
    """A named list of R: its vectors as tuples, the lists in it likewise, R's NULL as no values."""
    return {str(name): _plain(item) for name, item in zip(answer.names, answer, strict=True)}


def _plain(item: Any) -> Any:
    import rpy2.rinterface as ri

    if isinstance(item, type(ri.NULL)):
        return ()
    return _record(item) if isinstance(item, ri.ListSexpVector) else tuple(item)


def _labels(score: FloatArray) -> IntArray:
    """Leek's and Beam's rule, fitted value > 0.5; -1 where R predicts NA."""
    return np.where(np.isnan(score), -1, score > 0.5).astype(np.int64)


def _value(vector: tuple[Any, ...]) -> Value:
    """A setting: R's NULL is None, a vector of one is its value."""
    if len(vector) > 1:
        return tuple(int(v) for v in vector)
    return vector[0] if vector else None


def _coefficients(answer: Mapping[str, Any], names: tuple[str, ...]) -> Coefficients | None:
    if "coefficients" not in answer:
        return None
    values = np.array(answer["coefficients"], dtype=np.float64)
    aliased = tuple(name for name, b in zip(names, values, strict=True) if np.isnan(b))
    return Coefficients(float(answer["intercept"][0]), values, aliased)


def _status(answer: Mapping[str, Any], aliased: bool) -> Status:
    if answer["separated"][0]:
        return Status.SEPARATED
    if not answer["converged"][0]:
        return Status.ITERATION_LIMIT
    return Status.RANK_DEFICIENT if aliased else Status.CONVERGED


def _word(answer: Mapping[str, Any], n: int) -> str:
    word = str(answer["word"][0])
    return f"{word}, {certificate(n)}" if answer["separated"][0] else word
