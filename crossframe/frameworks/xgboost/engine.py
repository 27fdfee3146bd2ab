"""The engine of XGBoost: that of scikit-learn, whose kind of estimators it has."""

from __future__ import annotations

from typing import final

from crossframe.frameworks.contract import Availability
from crossframe.frameworks.sklearn.engine import Sklearn
from crossframe.frameworks.xgboost import FRAMEWORK


@final
class XGBoost(Sklearn):
    """XGBoost, which runs in this process."""

    name = FRAMEWORK.name
    framework = FRAMEWORK

    def probe(self) -> Availability:
        """Import XGBoost; its version."""
        try:
            import xgboost
        except ImportError as error:
            return Availability(False, reason=str(error), remedy="pip install 'crossframe[xgboost]'")
        return Availability(True, {"xgboost": xgboost.__version__})
