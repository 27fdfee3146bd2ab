"""The elastic net of OLS and GLM, by ``fit_regularized``: coordinate descent, or a ridge by itself."""

from __future__ import annotations

from dataclasses import replace

from crossframe.core.types import Value
from crossframe.frameworks.statsmodels.models import _parts as parts
from crossframe.settings import elastic
from crossframe.settings.binding import Binding, When, integer, number
from crossframe.settings.probe import Probe

METHOD = "elastic_net"

_REGULARIZED = When("method", (METHOD,))
_DESCENT = (_REGULARIZED, When("L1_wt", above=0.0))

_FORMULA = "mean loss + alpha ((1 - L1_wt)/2 |beta|^2 + L1_wt |beta|_1)"

_MIX, *_STRENGTHS = elastic.bind("alpha", number(0), "L1_wt", number(0, 1), 1.0)
BINDINGS: tuple[Binding, ...] = (
    replace(_MIX, active_if=(_REGULARIZED, When("alpha", above=0.0))),
    *(
        replace(b, active_if=(_REGULARIZED,), formula=_FORMULA, reads=("*.fit_regularized.alpha",))
        for b in _STRENGTHS
    ),
    parts.of_constant(METHOD),
    Binding("solver.tolerance_coefficients", "cnvrg_tol", number(0), active_if=_DESCENT),
    Binding("penalty.trim_size", "zero_tol", number(0), active_if=_DESCENT),
)

SWEEPS = Binding(
    "solver.max_iterations", "maxiter", integer(1), active_if=_DESCENT, formula="passes over the features"
)
"""Of a model whose other methods have no iterations."""

TIGHT: dict[str, Value] = {"maxiter": 100_000, "cnvrg_tol": 1e-14, "zero_tol": 1e-14}
"""Coordinate descent to rounding."""

LASSO: dict[str, Value] = {"method": METHOD, "alpha": 0.05, "L1_wt": 0.5}


def probes(other: str) -> dict[str, Probe]:
    """The probes of `BINDINGS` in a model that has no penalty with the method ``other``."""
    away: dict[str, Value] = {"method": other}
    ridge: dict[str, Value] = {"L1_wt": 0.0}
    return {
        "L1_wt": Probe((0.2, 0.8), LASSO, (away, {"alpha": 0.0})),
        "alpha": Probe((0.01, 0.1), LASSO, (away,)),
        "alpha_const": Probe(
            (1.0, 0.0), {**LASSO, "add_constant": True}, (away, {"add_constant": False}, {"alpha": 0.0})
        ),
        "cnvrg_tol": Probe((1e-10, 1e-1), LASSO, (away, ridge)),
        "zero_tol": Probe((1e-8, 0.2), LASSO, (away, ridge)),
    }
