"""The record of a model of glum: how it is constructed, and what is in force in a fit."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np

from crossframe.core.types import FloatArray, Target, Value
from crossframe.frameworks.glum.program import text
from crossframe.frameworks.inference import LEVEL, Inference, measured
from crossframe.frameworks.model import Model, Program
from crossframe.frameworks.programs import keywords

START = "start_params"
"""Parameter: starting coefficients; ``zeros`` stands for an array of zeros."""
TWEEDIE = "tweedie"
"""The family whose name has a number beside it, the power of the mean in the variance."""
COUNTS = "negative.binomial"
"""Another: 1 over the size."""
POWER = 1.5
"""That number where none is given."""
_ZEROS = "np.zeros(X.shape[1]{})"


@dataclass(frozen=True, kw_only=True)
class GlumModel(Model):
    """The description of one model."""

    program: Callable[[Program], str] | None = text

    def keywords(self, native: Mapping[str, Value]) -> dict[str, Value]:
        """The keyword arguments for native settings: the family named, what is left at None left out."""
        given = {k: v for k, v in native.items() if v not in (None, "none")}
        family = given.get("family") or ("gaussian" if native.get("link") == "identity" else "binomial")
        power, size = given.pop("power", POWER), given.pop("theta", 1.0)
        numbered = {TWEEDIE: f"{TWEEDIE} ({power})", COUNTS: f"{COUNTS} ({size})"}
        return {**given, "family": numbered.get(str(family), family)}

    def estimator(self, arguments: Mapping[str, Value], columns: int) -> Any:
        """The estimator with these keyword arguments, for that number of features; not fitted."""
        module, _, name = self.callables[0].partition(":")
        made: dict[str, Any] = dict(arguments)
        if START in made:
            made[START] = np.zeros(columns + (made.get("fit_intercept", True) is True))
        return getattr(import_module(module), name)(**made)

    def source(self, arguments: Mapping[str, Value]) -> list[str]:
        """See `Model`."""
        written = keywords({k: v for k, v in arguments.items() if k != START})
        if arguments.get(START):
            written.append(
                f"{START}={_ZEROS.format('' if arguments.get('fit_intercept') is False else ' + 1')}"
            )
        return written

    def inference(
        self,
        estimator: Any,
        X: FloatArray,
        y: Target,
        weights: FloatArray | None = None,
        offset: FloatArray | None = None,
    ) -> Inference:
        """What ``coef_table`` and ``aic`` report of these rows; ValueError for a fit with a penalty.

        With an offset there is no AIC, for which ``aic`` takes none.
        """
        if estimator.alpha:
            raise ValueError("glum computes standard errors as if there were no penalty")
        rows: dict[str, Any] = {"sample_weight": weights}
        made = estimator.coef_table(X=X, y=y, offset=offset, confidence_level=LEVEL, **rows)
        table = np.asarray(made[["se", "t_value", "p_value", "ci_lower", "ci_upper"]], dtype=np.float64)
        if not estimator.fit_intercept:
            table = np.concatenate([np.full((1, table.shape[1]), np.nan), table])
        aic = None
        if offset is None:
            with contextlib.suppress(NotImplementedError):
                aic = estimator.aic(X, y, **rows)
        deviance = estimator._family_instance.deviance(y, estimator.predict(X, offset=offset), **rows)
        return Inference(table, measured(deviance=deviance, aic=aic))

    def in_force(self, estimator: Any) -> dict[str, Value]:
        """The settings in force in a fitted estimator, what it chose itself in place of ``auto`` or None."""
        taken = {k: v for k, v in estimator.get_params().items() if k in self.parameters}
        family = str(taken["family"]).partition(" ")[0]
        return {
            **{k: _plain(v) for k, v in taken.items()},
            "family": family,
            "power": float(estimator._family_instance.power) if family == TWEEDIE else None,
            "theta": float(estimator._family_instance.theta) if family == COUNTS else None,
            "alpha": 0.0 if taken["alpha"] is None else float(taken["alpha"]),
            "solver": estimator._solver,
            "gradient_tol": float(estimator._gradient_tol),
            "link": _LINKS[type(estimator._link_instance).__name__],
            START: None if taken[START] is None else "zeros",
        }


_LINKS = {
    "IdentityLink": "identity", "LogitLink": "logit", "CloglogLink": "cloglog", "LogLink": "log",
}  # fmt: skip
"""Class of ``glum._link`` -> value of ``link``."""


def scores(estimator: Any, X: FloatArray, offset: FloatArray | None = None) -> FloatArray:
    """The fitted means (m,) at features (m, k), with their offset (m,)."""
    return np.asarray(estimator.predict(X, offset=offset), dtype=np.float64)


def _plain(value: Any) -> Value:
    return value if isinstance(value, (bool, int, float, str, type(None))) else repr(value)
