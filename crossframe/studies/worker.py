"""What answers in the process of a study's jobs: it trains, and gives back plain values and arrays.

It is hosted like an engine, see `crossframe.frameworks.host`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from importlib import import_module
from typing import Any

from crossframe.frameworks.contract import EngineConfig

# Jobs run side by side, one to a core; TensorFlow reads these when it is imported.
os.environ.update(dict.fromkeys(("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"), "1"))


class Worker:
    """Carries out jobs one after the other; what they import stays imported."""

    def __init__(self, config: EngineConfig) -> None:
        self._config = config

    def run(self, trainer: str, arguments: Mapping[str, Any]) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
        """The values and arrays of ``package.module:function``."""
        module, _, function = trainer.partition(":")
        trained = getattr(import_module(module), function)(**arguments)
        fields, arrays = trained
        return fields, arrays

    def close(self) -> None:
        """Nothing is held elsewhere."""
