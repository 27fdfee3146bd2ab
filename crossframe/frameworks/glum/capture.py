"""Declared defaults of glum's models: the signatures of the class and its ``fit``.

The file also runs alone, on any release of glum and without crossframe: ``python -I capture.py
glum:GeneralizedLinearRegressor`` prints what ``capture`` returns, as JSON::

    {"framework": "glum",
     "versions": {"glum": "3.4.1"},
     "callables": {"GeneralizedLinearRegressor": {"call": "inspect.signature(...)",
                                                  "parameters": {"alpha": null}}}}

Values are plain JSON; an object is its ``repr``.
"""

from __future__ import annotations

import importlib
import inspect
import json
import sys
from typing import Any

PAGE = "https://glum.readthedocs.io/en/stable/glm.html#glum."


def capture(callables: list[str]) -> dict[str, Any]:
    """Every parameter of each class ``module:name`` and of its ``fit``, with its default.

    A parameter without a default has None. A class that this release does not have is left out.
    """
    import glum

    read: dict[str, Any] = {}
    for where in callables:
        module, _, name = where.partition(":")
        described = getattr(importlib.import_module(module), name, None)
        if described is not None:
            read[name] = _signature(name, described)
            read[name + ".fit"] = _signature(name + ".fit", described.fit)
    return {"framework": "glum", "versions": {"glum": str(glum.__version__)}, "callables": read}


def documentation(owner: str, name: str, version: str) -> str:
    """Address of the class, or method, ``owner`` on the page of the latest release."""
    return PAGE + owner


def _signature(name: str, described: Any) -> dict[str, Any]:
    parameters = {
        key: None if p.default is p.empty else _plain(p.default)
        for key, p in inspect.signature(described).parameters.items()
        if key != "self"
    }
    return {"call": "inspect.signature(" + name + ")", "parameters": parameters}


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, (bool, int, float, str)) else repr(value)


if __name__ == "__main__":
    print(json.dumps(capture(sys.argv[1:]), indent=1))
