"""WLS: least squares with weights, which are taken as inverse variances."""

from __future__ import annotations

from dataclasses import replace

from crossframe.frameworks.statsmodels.models import ols

_OLS = ols.model("statsmodels.wls", "WLS", 45, ("statsmodels.glm",))

MODEL = replace(_OLS, always={**_OLS.always, "weights.meaning": "analytic"}, by_row=frozenset({"weights"}))
