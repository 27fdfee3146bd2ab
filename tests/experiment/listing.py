"""Engines that say which modules of crossframe have been imported into their process."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any

_BASES = {
    "Sklearn": "crossframe.frameworks.sklearn.engine",
    "R": "crossframe.frameworks.r.engine",
    "Worker": "crossframe.studies.worker",
}


class _Listing:
    def modules(self) -> list[str]:
        """Names of the imported modules of crossframe."""
        return sorted(name for name in sys.modules if name.partition(".")[0] == "crossframe")


def __getattr__(name: str) -> Any:
    # Made when it is asked for: the process imports its own engine and no other.
    return type(name, (_Listing, getattr(import_module(_BASES[name]), name)), {})
