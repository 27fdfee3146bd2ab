"""crossframe: the same model, the same data, several frameworks; who differs, by how much, and why.

The public API, imported only when it is used: `compare`, `audit`, `explain`, `open_run`,
`study`, `load_dataset`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"
__all__ = ["__version__", "audit", "compare", "explain", "load_dataset", "open_run", "study"]

if TYPE_CHECKING:
    from crossframe.auditing.audit import audit
    from crossframe.comparison.api import compare, open_run
    from crossframe.data import load as load_dataset
    from crossframe.explaining.api import explain
    from crossframe.studies.api import study

_LAZY = {
    "audit": ("crossframe.auditing.audit", "audit"),
    "compare": ("crossframe.comparison.api", "compare"),
    "explain": ("crossframe.explaining.api", "explain"),
    "open_run": ("crossframe.comparison.api", "open_run"),
    "load_dataset": ("crossframe.data", "load"),
    "study": ("crossframe.studies.api", "study"),
}


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module 'crossframe' has no attribute {name!r}")
    from importlib import import_module

    module, attribute = _LAZY[name]
    return getattr(import_module(module), attribute)


def __dir__() -> list[str]:
    return sorted(__all__)
