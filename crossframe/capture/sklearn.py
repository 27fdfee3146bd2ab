"""scikit-learn's estimators: ``get_params()`` of a fresh one, and the signature of its ``fit``.

Runs alone, on any release of scikit-learn: see the package's docstring.
"""

from __future__ import annotations

import importlib
import inspect
import json
import re
from typing import Any

CALLABLES = {
    "logistic": ("LogisticRegression", "LogisticRegression.fit"),
    "mlp": ("MLPClassifier", "MLPClassifier.fit"),
    "sgd": ("SGDClassifier", "SGDClassifier.fit"),
    "linear": ("LinearRegression", "LinearRegression.fit"),
    "ridge": ("Ridge", "Ridge.fit"),
    "lasso": ("Lasso", "Lasso.fit"),
    "elasticnet": ("ElasticNet", "ElasticNet.fit"),
}
"""Model of crossframe -> the callables whose parameters it has."""

_MODULES = {
    "LogisticRegression": "sklearn.linear_model",
    "MLPClassifier": "sklearn.neural_network",
    "SGDClassifier": "sklearn.linear_model",
    "LinearRegression": "sklearn.linear_model",
    "Ridge": "sklearn.linear_model",
    "Lasso": "sklearn.linear_model",
    "ElasticNet": "sklearn.linear_model",
}


def capture() -> dict[str, Any]:
    """Every parameter of every callable, with its default; None where there is none.

    An estimator that this release does not have is left out.
    """
    import sklearn

    callables: dict[str, Any] = {}
    for name, module in _MODULES.items():
        try:
            estimator = getattr(importlib.import_module(module), name)
        except (ImportError, AttributeError):
            continue
        parameters = estimator().get_params()
        callables[name] = {
            "call": name + "().get_params()",
            "parameters": {key: _plain(value) for key, value in parameters.items()},
        }
        arguments = list(inspect.signature(estimator.fit).parameters.values())[1:]
        callables[name + ".fit"] = {
            "call": "inspect.signature(" + name + ".fit)",
            "parameters": {a.name: None if a.default is a.empty else _plain(a.default) for a in arguments},
        }
    return {
        "framework": "scikit-learn",
        "versions": {"scikit-learn": str(sklearn.__version__)},
        "callables": callables,
    }


def documentation(owner: str, name: str, version: str) -> str:
    """The page of the class in the documentation of that version; a method has an anchor on it."""
    estimator, _, method = owner.partition(".")
    release = re.match(r"\d+\.\d+", version)
    page = _MODULES[estimator] + "." + estimator
    anchor = "#" + page + "." + method if method else ""
    return (
        "https://scikit-learn.org/"
        + (release.group() if release else "stable")
        + "/modules/generated/"
        + page
        + ".html"
        + anchor
    )


def _plain(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, float) and (value != value or value in (float("inf"), -float("inf"))):
        return str(value)
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    return re.sub(r" at 0x[0-9a-f]+", "", repr(value))


if __name__ == "__main__":
    print(json.dumps(capture(), indent=1))
