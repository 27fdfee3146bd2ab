"""NegativeBinomial: counts with a size that is estimated, by maximum likelihood of all parameters at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from crossframe.core.types import Value
from crossframe.frameworks.contract import Coefficients
from crossframe.frameworks.statsmodels._model import StatsmodelsModel
from crossframe.frameworks.statsmodels.models import _likelihood as likelihood
from crossframe.frameworks.statsmodels.models import _parts as parts
from crossframe.settings.binding import Binding, Outside, choice, integer
from crossframe.settings.probe import Probe

_ALPHA = "alpha"
"""The last parameter of a fit, 1 over the size."""


@dataclass(frozen=True, kw_only=True)
class _Counts(StatsmodelsModel):
    def reported(self, results: Any, arguments: Mapping[str, Value]) -> dict[str, Value]:
        """See `StatsmodelsModel`; with the estimate of the size."""
        return {**super().reported(results, arguments), _ALPHA: float(np.asarray(results.params)[-1])}

    def coefficients(self, results: Any, constant: bool) -> Coefficients:
        """See `StatsmodelsModel`; without the estimate of the size, which is the last parameter."""
        made = super().coefficients(results, constant)
        return Coefficients(made.intercept, made.values[:-1])


def _implied(native: Mapping[str, Value]) -> dict[str, Value]:
    alpha = native.get(_ALPHA)
    sized: dict[str, Value] = {"family.theta": 1.0 / alpha} if isinstance(alpha, float) and alpha > 0 else {}
    return {**parts.UNPENALISED, **sized}


_METHODS = ("bfgs", "lbfgs")
"""Without Newton's, which ends without numbers on many samples."""

_BINDINGS: tuple[Binding, ...] = (
    parts.INTERCEPT,
    parts.MISSING,
    Binding("solver.algorithm", "method", choice(*_METHODS)),
    Binding("solver.max_iterations", "maxiter", integer(0)),
    *likelihood.LBFGS,
    likelihood.gtol("bfgs"),
)

MODEL = _Counts(
    name="statsmodels.negative_binomial",
    title="NegativeBinomial",
    family="linear",
    order=60,
    tasks=frozenset({"classes", "numbers"}),
    callables=("statsmodels.discrete.discrete_model:NegativeBinomial", parts.ADD_CONSTANT),
    quiet={"disp": 0},
    bindings=_BINDINGS,
    always={
        **parts.ALWAYS,
        "family": "negative_binomial",
        "family.theta_estimate": "maximum_likelihood",
        "link": "log",
        "solver.start": "framework",
        "collinear": "none",
    },
    implied=_implied,
    outside={
        **parts.OUTSIDE,
        **parts.OPTIMISER_OUTSIDE,
        "*.loglike_method": Outside("other", "nb2, the variance mu + alpha mu^2, is its default here"),
        "*.start_params": Outside("other", "coefficients to start from; a Poisson model gives them"),
        "*.cov_type": Outside("output", "which covariance of the coefficients is computed"),
        "*.use_t": Outside("output", "which distribution the p-values are of"),
        "*.optim_kwds_prelim": Outside("other", "options of the Poisson fit that gives the start"),
        "*.ridge_factor": Outside("other", "added to the Hessian in each Newton step"),
    },
    probes={
        **parts.PROBES,
        "method": Probe(("bfgs", "lbfgs")),
        "maxiter": Probe((1, 3)),
        "factr": Probe((1e7, 1e13), {"method": "lbfgs"}, ({"method": "bfgs"},)),
        "maxfun": Probe((2, 15000), {"method": "lbfgs"}, ({"method": "bfgs"},)),
        "pgtol": Probe((1e-5, 1e-1), {"method": "lbfgs"}, ({"method": "bfgs"},)),
        "gtol": Probe((1e-5, 1e-1), {"method": "bfgs"}, ({"method": "lbfgs"},)),
    },
    complete=lambda settings, native, arguments: parts.by_method(_BINDINGS, native, arguments),
    convex=True,
    by_row=frozenset({"offset"}),
    limits=lambda native, effective, rows: (
        {"method": "lbfgs", "pgtol": 1e-10, "factr": 10.0, "maxiter": 5000},
    ),
    relatives=("statsmodels.glm",),
    program=None,
    seconds=0.05,
)
