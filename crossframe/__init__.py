"""crossframe: the same model, the same data, several frameworks; who differs, by how much, and why.

The public API, imported only when it is used: `compare`, `audit`, `explain`, `study`, `open_run`,
`load_dataset`.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

from crossframe.core.version import __version__

__all__ = ["__version__", "audit", "compare", "explain", "load_dataset", "open_run", "study"]

if TYPE_CHECKING:
    from crossframe.audit.audit import audit as audit
    from crossframe.compare.again import open_run as open_run
    from crossframe.compare.api import compare as compare
    from crossframe.data import load as load_dataset
    from crossframe.explain.public import explain as explain
    from crossframe.studies.api import study as study

_LAZY = {
    "audit": "crossframe.audit.audit:audit",
    "compare": "crossframe.compare.api:compare",
    "explain": "crossframe.explain.public:explain",
    "load_dataset": "crossframe.data:load",
    "open_run": "crossframe.compare.again:open_run",
    "study": "crossframe.studies.api:study",
}


class _Package(ModuleType):
    """This package: ``crossframe.compare`` is the function, also once the subpackage is imported.

    Importing ``crossframe.compare.api`` makes Python set the subpackage as an attribute of this one, in
    place of the function of the same name; such an assignment is ignored. ``from crossframe.compare.api
    import ...`` works as ever: it does not look at the attribute.
    """

    def __setattr__(self, name: str, value: object) -> None:
        if not (name in _LAZY and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module 'crossframe' has no attribute {name!r}")
    module, _, attribute = _LAZY[name].partition(":")
    return getattr(import_module(module), attribute)


def __dir__() -> list[str]:
    return sorted(__all__)
