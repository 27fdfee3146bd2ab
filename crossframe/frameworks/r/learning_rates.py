"""The optimisers of R's models in the table of learning rates: none has a learning rate."""

from __future__ import annotations

from collections.abc import Sequence

from crossframe.core.errors import EngineMissing
from crossframe.frameworks.contract import EngineConfig
from crossframe.frameworks.learning_rate import LearningRate
from crossframe.frameworks.r._model import models
from crossframe.frameworks.r.engine import R


class RRates:
    """A row for each optimiser of R's models, none of which has a learning rate to measure."""

    def __init__(self, config: EngineConfig) -> None:
        self._engine = R(config)

    def measure(self, updates: int, sizes: Sequence[int]) -> tuple[list[LearningRate], dict[str, str]]:
        """A row for each model that optimises, and R's version. Raises `EngineMissing` without R."""
        probed = self._engine.probe()
        if not probed.available:
            raise EngineMissing(probed.reason, probed.remedy)
        rows = [
            LearningRate("r", m.short, none=m.iteration, source=m.page(m.callables[0]))
            for m in models()
            if m.iteration
        ]
        return rows, {"R": probed.versions["R"]}

    def close(self) -> None:
        """Close the engine, which leaves R running, see `R.close`."""
        self._engine.close()
