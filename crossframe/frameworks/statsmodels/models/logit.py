"""Logit: logistic regression by maximum likelihood."""

from __future__ import annotations

from crossframe.frameworks.statsmodels.models._likelihood import model

MODEL = model("statsmodels.logit", "Logit", 10, "logit")
