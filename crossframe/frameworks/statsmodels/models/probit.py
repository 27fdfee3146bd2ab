"""Probit: regression of two classes with the normal distribution's link, by maximum likelihood."""

from __future__ import annotations

from crossframe.frameworks.statsmodels.models._likelihood import model

MODEL = model("statsmodels.probit", "Probit", 20, "probit")
