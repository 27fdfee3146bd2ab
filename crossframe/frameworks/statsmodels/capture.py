"""Declared defaults of the models of statsmodels: signatures, and the options of the optimisers of a fit.

The file also runs alone, on any release of statsmodels and without crossframe: ``python -I capture.py
statsmodels.discrete.discrete_model:Logit ...`` prints what ``capture`` returns, as JSON::

    {"framework": "statsmodels",
     "versions": {"statsmodels": "0.15.0"},
     "callables": {"Logit.fit": {"call": "inspect.signature(Logit.fit)", "parameters": {"maxiter": 35}}}}

Values are plain JSON; a float that JSON lacks is ``"inf"``, ``"-inf"`` or ``"nan"``, an object is
its ``repr`` without addresses.
"""

from __future__ import annotations

import functools
import importlib
import inspect
import json
import re
import sys
import warnings
from collections.abc import Mapping
from typing import Any

PAGES = "https://www.statsmodels.org/stable/generated/{page}.html"
OPTIMISERS = {
    "newton": ("tol", "ridge_factor"),
    "bfgs": ("gtol", "norm", "epsilon"),
    "lbfgs": ("m", "pgtol", "factr", "maxfun", "epsilon", "approx_grad"),
    "cg": ("gtol", "norm", "epsilon"),
    "ncg": ("avextol", "epsilon"),
    "l1": ("acc",),
}
"""Method of a fit by maximum likelihood -> its options, which no signature has."""

_METHODS = {
    "Logit": tuple(OPTIMISERS),
    "Probit": tuple(OPTIMISERS),
    "MNLogit": tuple(OPTIMISERS),
    "NegativeBinomial": ("bfgs", "lbfgs"),
    "GLM": ("newton", "bfgs", "lbfgs", "elastic_net"),
    "OLS": ("elastic_net",),
    "WLS": ("elastic_net",),
}
REGULARIZED = ("l1", "elastic_net")
"""Methods of ``fit_regularized``; the others are those of ``fit``."""
_NOT_FITTED = (("NegativeBinomial", "fit_regularized"),)
"""Fits that no model here makes."""
_DESCENT = ("L1_wt", "maxiter", "cnvrg_tol", "zero_tol")


def capture(callables: list[str]) -> dict[str, Any]:
    """Every parameter of each class or function ``module:name`` and of its fits, with its default.

    A parameter without a default has None. A name that this release does not have is left out.
    """
    import statsmodels

    described = {
        owner: {"call": call, "parameters": {name: _plain(value) for name, value in parameters.items()}}
        for where in callables
        for owner, (call, parameters) in read(where).items()
    }
    versions = {"statsmodels": str(statsmodels.__version__)}
    return {"framework": "statsmodels", "versions": versions, "callables": described}


@functools.cache
def read(where: str) -> dict[str, tuple[str, dict[str, Any]]]:
    """The class or function ``module:name`` and its fits: the call that reads each, and its defaults."""
    module, _, name = where.partition(":")
    described = getattr(importlib.import_module(module), name, None)
    if described is None:
        return {}
    owners = {name: _signature(name, described)}
    for method in ("fit", "fit_regularized"):
        if hasattr(described, method) and (name, method) not in _NOT_FITTED:
            owners[name + "." + method] = _signature(name + "." + method, getattr(described, method))
    if name in ("Logit", "Probit", "MNLogit", "NegativeBinomial"):
        # They hand ``missing`` and ``hasconst`` on to the class that all models share.
        from statsmodels.regression.linear_model import OLS

        call, shared = _signature("OLS", OLS)
        owners["Model"] = call, {key: shared[key] for key in ("missing", "hasconst")}
    # A family of GLM has the name of a model too.
    for method in _METHODS.get(name, ()) if hasattr(described, "fit") else ():
        fit = "fit_regularized" if method in REGULARIZED else "fit"
        call, options = _descent(described) if method == "elastic_net" else _optimiser(method)
        known = owners[name + "." + fit][1]
        named = {key: value for key, value in options.items() if key not in known}
        owners[".".join((name, fit, method))] = call, named
    return owners


def _optimiser(method: str) -> tuple[str, dict[str, Any]]:
    """The options of a method of a fit by maximum likelihood, as a fit of five rows reports them."""
    if method == "lbfgs":
        from scipy.optimize import fmin_l_bfgs_b

        given = inspect.signature(fmin_l_bfgs_b).parameters
        call = "inspect.signature(scipy.optimize.fmin_l_bfgs_b)"
        return call, {name: given[name].default for name in OPTIMISERS[method] if name in given}
    from statsmodels.discrete.discrete_model import Logit

    model = Logit([0.0, 1.0, 0.0, 1.0, 1.0], [[1.0]] * 5)
    fit = "fit_regularized" if method == "l1" else "fit"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        reported = getattr(model, fit)(method=method, disp=0).mle_settings
    call = "Logit(y, X)." + fit + "(method='" + method + "').mle_settings"
    return call, {name: reported[name] for name in OPTIMISERS[method] if name in reported}


def _descent(described: Any) -> tuple[str, dict[str, Any]]:
    """The options of coordinate descent, which ``fit_regularized`` hands to the function that does it."""
    from statsmodels.base import elastic_net

    handed: dict[str, Any] = {}

    class Stopped(Exception):
        pass

    def stop(model: Any, **options: Any) -> None:
        handed.update(options)
        raise Stopped

    real = elastic_net.fit_elasticnet
    elastic_net.fit_elasticnet = stop
    try:
        described([0.0, 1.0, 2.0], [[1.0]] * 3).fit_regularized()
    except Stopped:
        pass
    finally:
        elastic_net.fit_elasticnet = real
    call = "what " + described.__name__ + ".fit_regularized() hands to fit_elasticnet"
    return call, {name: handed[name] for name in _DESCENT if name in handed}


def _signature(name: str, described: Any) -> tuple[str, dict[str, Any]]:
    parameters = {
        key: None if p.default is p.empty else p.default
        for key, p in inspect.signature(described).parameters.items()
        if key != "self" and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)
    }
    return "inspect.signature(" + name + ")", parameters


def documentation(owner: str, name: str, version: str) -> str:
    """Address of the page of a class, function or method ``owner``; the documentation is of one release."""
    from crossframe.frameworks.statsmodels import (
        FRAMEWORK,  # the rest of this file needs nothing of crossframe
    )

    described, _, method = owner.partition(".")
    # What all models take is documented with each of them; the options of an optimiser with the fit.
    described = "OLS" if described == "Model" else described
    module = next(
        where.partition(":")[0]
        for model in FRAMEWORK.all_models()
        for where in model.callables
        if where.endswith(":" + described)
    )
    return PAGES.format(page=".".join(filter(None, (module, described, method.partition(".")[0]))))


def other_owner(owner: str, effective: Mapping[str, Any]) -> str:
    """Why a fit with these settings in force does not call ``owner``, or take its options; empty: it does."""
    _, _, taken = owner.partition(".")
    fit, _, option = taken.partition(".")
    method = effective.get("method")
    called = "fit_regularized" if method in REGULARIZED else "fit"
    if fit and (fit != called or option not in ("", method)):
        return f"used only by {fit}({'method=' + option if option else ''}); here {called}(method={method})"
    return ""


def _plain(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, float) and (value != value or value in (float("inf"), -float("inf"))):
        return str(value)
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    return re.sub(r" at 0x[0-9a-f]+", "", repr(value))


if __name__ == "__main__":
    print(json.dumps(capture(sys.argv[1:]), indent=1))
