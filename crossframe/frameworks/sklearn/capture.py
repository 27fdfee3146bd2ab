"""Declared defaults of scikit-learn's estimators: ``get_params()`` of a fresh one, the signature of ``fit``.

The file also runs alone, on any release of scikit-learn and without crossframe:
``python -I capture.py sklearn.linear_model:Ridge ...`` prints what ``capture`` returns, as JSON::

    {"framework": "scikit-learn",
     "versions": {"scikit-learn": "1.9.1"},
     "callables": {"Ridge": {"call": "Ridge().get_params()", "parameters": {"alpha": 1.0}}}}

Values are plain JSON; a float that JSON lacks is ``"inf"``, ``"-inf"`` or ``"nan"``, an object is
its ``repr`` without addresses.
"""

from __future__ import annotations

import importlib
import inspect
import json
import re
import sys
from typing import Any

PAGES = "https://scikit-learn.org/{version}/modules/generated/{page}.html"


def capture(callables: list[str]) -> dict[str, Any]:
    """Every parameter of each estimator ``module:Class`` and of its ``fit``, with its default.

    A parameter without a default has None. An estimator that this release does not have is left out.
    """
    import sklearn

    read: dict[str, Any] = {}
    for where in callables:
        module, _, name = where.partition(":")
        try:
            estimator = getattr(importlib.import_module(module), name)
        except AttributeError:
            continue
        except ModuleNotFoundError as error:
            # A module that lacks something else is a broken installation, not an older release.
            if not module.startswith(str(error.name)):
                raise
            continue
        parameters = estimator().get_params()
        read[name] = {
            "call": name + "().get_params()",
            "parameters": {key: _plain(value) for key, value in parameters.items()},
        }
        arguments = list(inspect.signature(estimator.fit).parameters.values())[1:]
        read[name + ".fit"] = {
            "call": "inspect.signature(" + name + ".fit)",
            "parameters": {a.name: None if a.default is a.empty else _plain(a.default) for a in arguments},
        }
    return {
        "framework": "scikit-learn",
        "versions": {"scikit-learn": str(sklearn.__version__)},
        "callables": read,
    }


def documentation(owner: str, name: str, version: str) -> str:
    """Address of the page of class, or method, ``owner`` in the documentation of ``version``."""
    from crossframe.frameworks.sklearn import FRAMEWORK  # the rest of this file needs nothing of crossframe

    estimator, _, method = owner.partition(".")
    module = next(
        where.partition(":")[0]
        for model in FRAMEWORK.all_models()
        for where in model.callables
        if where.endswith(":" + estimator)
    )
    release = re.match(r"\d+\.\d+", version)
    page = module + "." + estimator
    anchor = "#" + page + "." + method if method else ""
    return PAGES.format(version=release.group() if release else "stable", page=page) + anchor


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
