"""Changes of a statsmodels script: the arguments of fit() and fit_regularized()."""

from __future__ import annotations

from collections.abc import Mapping

from crossframe.core.errors import UsageError
from crossframe.core.types import Value
from crossframe.explain.scripts.calls import calls
from crossframe.explain.scripts.edit_python import changed, listed
from crossframe.frameworks.programs import literal

CALLS = ("OLS", "WLS", "GLS", "GLM", "Logit", "Probit")
"""Classes under whose names a fit of statsmodels is recorded."""
_FITS = ("fit", "fit_regularized")
_REGULARIZED = ("l1", "elastic_net")
_ELSEWHERE = ("add_constant", "missing", "family", "link", "alpha_const", "start_params")
"""Settings that are no plain argument of a fit."""


def edited(text: str, line: int, arguments: Mapping[str, Value | None]) -> str:
    """The script with these arguments of the call on ``line`` that fits.

    Raises `UsageError` for what is not certain, is no plain argument of it, or takes the other one of fit()
    and fit_regularized().
    """
    values = {n: None if v is None or v == "none" else literal(v) for n, v in arguments.items()}
    by_hand = f"change the fit by hand: {listed(values)}"
    if other := [name for name in values if name in _ELSEWHERE]:
        raise UsageError(f"no plain argument of the fit sets {', '.join(other)}", by_hand)
    fits = [(name, k, c) for name in _FITS for k, c in enumerate(calls(text, "python", name))]
    here = [each for each in fits if each[2].line <= line <= each[2].last_line]
    if len(here) != 1:
        raise UsageError("it is not known which call fits the model", by_hand)
    name, at, _ = here[0]
    method = arguments.get("method")
    regularized = method in _REGULARIZED if method is not None else name == "fit_regularized"
    if regularized != (name == "fit_regularized") or ("alpha" in values and not regularized):
        raise UsageError(f"it takes {_FITS[name == 'fit']}(), and the script calls {name}()", by_hand)
    for argument, value in values.items():
        text = changed(text, calls(text, "python", name)[at], argument, value, ())
    return text
