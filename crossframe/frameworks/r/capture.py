"""Help pages of R's functions.

The declared defaults of a function are its ``formals()``, which ``r_scripts/formals.R`` reads in the engine.
"""

from __future__ import annotations

from crossframe.frameworks.r._model import models


def documentation(owner: str, name: str, version: str) -> str:
    """Address of the help page of function ``owner``. Raises KeyError for a function of no model."""
    pages = {function: m.page(function) for m in models() for function in m.callables}
    return pages[owner]
