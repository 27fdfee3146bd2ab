"""The record of a model of statsmodels: how it is constructed and fitted, and how a fit ended."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

import numpy as np

from crossframe.core.errors import UsageError
from crossframe.core.types import FloatArray, Target, Value, as_float
from crossframe.frameworks.contract import Coefficients, FitRequest, Status
from crossframe.frameworks.model import Model, Program
from crossframe.frameworks.programs import keywords
from crossframe.frameworks.statsmodels import capture
from crossframe.frameworks.statsmodels.program import text

CONSTANT = "add_constant"
"""Parameter: whether ``statsmodels.api.add_constant`` is called for the features."""
ALPHA_CONST = "alpha_const"
"""Parameter: ``alpha`` of the constant column relative to that of the features."""
FAMILIES = {
    "binomial": "Binomial", "gaussian": "Gaussian", "poisson": "Poisson", "gamma": "Gamma",
    "inverse_gaussian": "InverseGaussian", "negative_binomial": "NegativeBinomial",
}  # fmt: skip
LINKS = {
    "logit": "Logit", "probit": "Probit", "cloglog": "CLogLog", "cauchit": "Cauchy", "identity": "Identity",
    "log": "Log", "sqrt": "Sqrt", "inverse": "InversePower", "inverse_squared": "InverseSquared",
}  # fmt: skip
"""Values of ``family`` and ``link`` -> the classes of ``statsmodels.api.families``."""
OWN_LINKS = {
    "binomial": "logit", "gaussian": "identity", "negative_binomial": "log", "poisson": "log",
    "gamma": "inverse", "inverse_gaussian": "inverse_squared",
}  # fmt: skip
"""A family -> its link where none is given."""

WEIGHTS_AS = "weights_as"
"""Parameter: as which argument of GLM the weights of the rows are handed over."""

SIZE = "nb_alpha"
"""Parameter: ``alpha`` of the negative binomial family, whose name the penalty has."""
_MEAN_ONE = 1e-12
"""Deviation of the mean weight from 1 that is rounding."""
_COUNTS = "negative_binomial"
_WRITTEN = (CONSTANT, ALPHA_CONST, WEIGHTS_AS, SIZE, "alpha", "start_params", "family", "link")
"""Parameters that are not written as ``name=value``."""


@dataclass(frozen=True, eq=False)
class LastIterate:
    """Where an optimiser ended before ``fit`` raised ``error`` and returned nothing."""

    model: Any
    params: FloatArray
    iterations: int
    error: str

    @property
    def mle_retvals(self) -> dict[str, Any]:
        """As results of statsmodels have them."""
        return {"converged": False, "iterations": self.iterations}

    def predict(self, exog: FloatArray, **offset: FloatArray) -> FloatArray:
        """The means at features (m, k), with their ``offset`` (m,) where there is one."""
        return np.asarray(self.model.predict(self.params, exog, **offset), dtype=np.float64)


@dataclass(frozen=True, kw_only=True)
class StatsmodelsModel(Model):
    """The description of one model.

    Attributes
    ----------
    callables
        The class as ``module:Class``, and functions that are called beside it.
    quiet
        Arguments of every fit, which silence it.
    """

    quiet: Mapping[str, Value] = field(default_factory=dict)
    adds_intercept: bool = False
    program: Callable[[Program], str] | None = text

    def in_force(self, arguments: Mapping[str, Value]) -> dict[str, Value]:
        """The value of every parameter in a fit with these arguments, as the installed release has them."""
        owners = {owner: defaults for owner, (_, defaults) in capture.read(self.callables[0]).items()}
        method = arguments.get("method", owners[f"{self.title}.fit"]["method"])
        fit = f"{self.title}.{_fit(method)}"
        made: dict[str, Value] = {CONSTANT: False, ALPHA_CONST: 1.0, WEIGHTS_AS: "freq_weights", SIZE: 1.0}
        for owner in ("Model", self.title, fit, f"{fit}.{method}"):
            made |= owners.get(owner, {})
        # fit_regularized has a word for this number.
        if made.get("maxiter") == "defined_by_method":
            made["maxiter"] = 1000
        made |= {k: v for k, v in arguments.items() if v not in (None, "none")}
        if "family" in self.parameters:
            made["family"], made["link"] = family_and_link(arguments)
        return {name: value for name, value in made.items() if name in self.parameters}

    def call(self, arguments: Mapping[str, Value]) -> tuple[dict[str, Value], str, dict[str, Value]]:
        """(arguments of the class, ``fit`` or ``fit_regularized``, its arguments) for native ``arguments``.

        What has no effect is left out: statsmodels warns of an option that a method does not take.
        """
        inactive = self.inactive(self.in_force(arguments))
        given: dict[str, Value] = {
            k: v for k, v in arguments.items() if k not in inactive and v not in (None, "none")
        }
        built = {k: v for k, v in given.items() if k == "missing"}
        if "family" in self.parameters:
            built["family"], built["link"] = family_and_link(arguments)
        passed = {k: v for k, v in given.items() if k not in built and k not in (CONSTANT, WEIGHTS_AS, SIZE)}
        return built, _fit(arguments.get("method")), {**passed, **self.quiet}

    def source(self, arguments: Mapping[str, Value]) -> list[str]:
        """See `Model`; of the class and its fit, with ``statsmodels.api`` as ``sm``."""
        rest = {name: value for name, value in arguments.items() if name not in _WRITTEN}
        written = keywords(rest)
        if (share := as_float(arguments.get(ALPHA_CONST, 1.0))) != 1.0 and "alpha" in arguments:
            alpha = as_float(arguments["alpha"])
            written.append(f"alpha=[{share * alpha}] + [{alpha}] * X.shape[1]")
        elif "alpha" in arguments:
            written += keywords({"alpha": arguments["alpha"]})
        if arguments.get("start_params"):
            written.append("start_params=np.zeros(exog.shape[1])")
        if "family" in arguments or "link" in arguments:
            family, link = family_and_link(arguments)
            size = f", alpha={arguments.get(SIZE, 1.0)}" if family == _COUNTS else ""
            of_link = f"sm.families.links.{LINKS[link]}()"
            written.insert(0, f"family=sm.families.{FAMILIES[family]}({of_link}{size})")
        if CONSTANT in arguments:
            written.insert(0, "exog=sm.add_constant(X)" if arguments[CONSTANT] else "exog=X")
        return written

    def rows(self, request: FitRequest, arguments: Mapping[str, Value]) -> dict[str, FloatArray]:
        """The arguments of the class for weights and offset of the training rows.

        Raises `UsageError` for a penalty beside weights of another mean than 1: the weighted loss is divided
        by the number of rows.
        """
        made: dict[str, FloatArray] = {}
        if request.weights is not None:
            of_glm = WEIGHTS_AS in self.parameters
            made[str(arguments.get(WEIGHTS_AS, "freq_weights")) if of_glm else "weights"] = request.weights
            unlike = abs(request.size / len(request.y_train) - 1.0) > _MEAN_ONE
            if of_glm and unlike and _fit(arguments.get("method")) != "fit":
                raise UsageError(
                    f"{self.title}.fit_regularized divides the weighted loss by the number of rows, not by "
                    "the sum of their weights",
                    f"give {self.name}:weights=mean_one, with which the two are equal",
                )
        if request.offset is not None:
            made["offset"] = request.offset
        return made

    def fitted(
        self,
        y: Target,
        exog: FloatArray,
        arguments: Mapping[str, Value],
        rows: Mapping[str, FloatArray],
    ) -> Any:
        """The results of a fit to the target (n,) and the features with their constant column (n, k).

        ``rows`` is what `rows` gives.

        A `LastIterate` where Newton's method ends and its covariance cannot be computed, as on classes that a
        plane separates; any other error is raised.
        """
        from statsmodels.genmod import families

        built, fit, passed = self.call(arguments)
        constructed, options = {**dict[str, Any](built), **rows}, dict[str, Any](passed)
        if "family" in constructed:
            link = getattr(families.links, LINKS[constructed.pop("link")])()
            size = {"alpha": float(arguments.get(SIZE, 1.0))} if constructed["family"] == _COUNTS else {}  # type: ignore[arg-type]
            constructed["family"] = getattr(families, FAMILIES[constructed["family"]])(link, **size)
        # MNLogit has coefficients for every class but the first, one class after the other.
        blocks = len(np.unique(y)) - 1 if self.several else 1
        if (share := options.pop(ALPHA_CONST, None)) is not None:
            each = np.array([share] + [1.0] * (exog.shape[1] - 1))
            options["alpha"] = np.tile(each, blocks) * options["alpha"]
        if "start_params" in options:
            options["start_params"] = np.zeros(blocks * exog.shape[1])
        described = getattr(import_module(self.callables[0].partition(":")[0]), self.title)
        estimator = described(y, exog, **constructed)
        # MNLogit inherits the check for a perfect fit and does not make it.
        if self.several or (check := getattr(estimator, "_check_perfect_pred", None)) is None:
            return getattr(estimator, fit)(**options)
        iterates: list[FloatArray] = []

        def follow(parameters: FloatArray, *more: Any) -> None:
            iterates.append(parameters)
            check(parameters, *more)

        try:
            return getattr(estimator, fit)(**options, callback=follow)
        except np.linalg.LinAlgError as error:
            if fit == "fit" and iterates:
                return LastIterate(estimator, iterates[-1], len(iterates), str(error))
            raise

    def reported(self, results: Any, arguments: Mapping[str, Value]) -> dict[str, Value]:
        """The settings in force, those first that the fit itself reports."""
        settings = getattr(results, "mle_settings", None) or {}
        own = {k: v for k, v in settings.items() if k in self.parameters and _is_plain(v)}
        own = {k: v for k, v in own.items() if k not in ("start_params", "alpha")}
        return {**self.in_force(arguments), **own}

    def coefficients(self, results: Any, constant: bool) -> Coefficients:
        """The coefficients of a fit, that of the constant column as the intercept; of two classes."""
        parameters = np.asarray(results.params, dtype=np.float64)
        if parameters.ndim == 2:
            parameters = parameters[:, 0]
        start = float(parameters[0]) if constant else 0.0
        return Coefficients(start, parameters[int(constant) :].copy())


def family_and_link(arguments: Mapping[str, Value]) -> tuple[str, str]:
    """Family and link: the link says which where the family is not named, and the other way round."""
    gaussian = arguments.get("link") == "identity"
    family = str(arguments.get("family") or ("gaussian" if gaussian else "binomial"))
    return family, str(arguments.get("link") or OWN_LINKS[family])


def ended(
    results: Any, effective: Mapping[str, Value], messages: Sequence[str]
) -> tuple[Status, str, int | None]:
    """Status, convergence message and iterations of a fit with these settings in force and these warnings.

    GLM's ridge says only in a warning that it failed, and the elastic net of WLS does not say.
    """
    method, most = effective["method"], effective.get("maxiter")
    reported = getattr(results, "mle_retvals", None) or {}
    history = {} if reported else getattr(results, "fit_history", None) or {}
    failed = [m.partition(": ")[2] for m in messages if "may have failed" in m]
    converged = reported.get("converged", getattr(results, "converged", False if failed else None))
    done = reported.get("iterations", history.get("iteration"))
    iterations = None if done is None else int(done)
    if iterations is not None:
        message = f"{method}: {iterations} of at most {most} iterations"
    elif (rank := getattr(results.model, "rank", None)) is not None:
        message = f"{method}: rank {rank} of {results.model.exog.shape[1]} columns"
    elif converged is None and _fit(method) == "fit_regularized" and effective.get("L1_wt") != 0:
        message = f"{method}: statsmodels does not report whether it converged"
    else:
        words = f"{method}: {'did not converge' if converged is False else 'converged'}"
        message = "; ".join([words, *failed])
    if converged is None or converged:
        return Status.CONVERGED, message, iterations
    full = iterations is not None and isinstance(most, int) and iterations >= most
    return Status.ITERATION_LIMIT if full else Status.NOT_CONVERGED, message, iterations


def _fit(method: Value) -> str:
    return "fit_regularized" if method in capture.REGULARIZED else "fit"


def _is_plain(value: Any) -> bool:
    return isinstance(value, (bool, int, float, str))
