"""The engine of LightGBM: that of scikit-learn, whose kind of estimators it has."""

from __future__ import annotations

from typing import final

from crossframe.frameworks.contract import Availability
from crossframe.frameworks.lightgbm import FRAMEWORK
from crossframe.frameworks.sklearn.engine import Sklearn


@final
class LightGBM(Sklearn):
    """LightGBM, which runs in this process."""

    name = FRAMEWORK.name
    framework = FRAMEWORK

    def probe(self) -> Availability:
        """Import LightGBM; its version."""
        try:
            import lightgbm
        except ImportError as error:
            return Availability(False, reason=str(error), remedy="pip install 'crossframe[lightgbm]'")
        return Availability(True, {"lightgbm": lightgbm.__version__})
