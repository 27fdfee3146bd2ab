"""The canonical vocabulary of generalised linear models: link, family, collinear columns."""

from __future__ import annotations

from crossframe.settings.binding import Setting, choice, number

SETTINGS = (
    Setting(
        "collinear",
        "collinear columns",
        "what is done with a column that others determine",
        choice("alias", "drop", "minimum_norm", "minimum_norm_with_intercept", "none", "error"),
        formula="minimum_norm: the least sum of squared coefficients; with_intercept: the intercept's square "
        "is part of the sum",
    ),
    Setting(
        "link",
        "link function",
        "link function of the generalised linear model",
        choice(
            "logit", "probit", "cloglog", "cauchit", "identity", "log", "sqrt", "inverse", "inverse_squared"
        ),
        formula="the linear predictor as a function of the mean mu: log: log mu; sqrt: the root of mu; "
        "inverse: 1 / mu; inverse_squared: 1 / mu^2",
    ),
    Setting(
        "family",
        "distribution of the target",
        "family of distributions of the target in a generalised linear model",
        choice("binomial", "gaussian", "poisson", "gamma", "inverse_gaussian", "tweedie"),
        formula="variance as a function of the mean mu: poisson: mu; gamma: mu^2; inverse_gaussian: mu^3; "
        "tweedie: mu^p. The loss is half the deviance, but for what depends on the target alone: poisson: "
        "mu - y log mu; gamma: y / mu + log mu; inverse_gaussian: y / (2 mu^2) - 1 / mu (McCullagh and "
        "Nelder 1989, table 2.1). Not stated where the link alone says it: binomial with the logit, probit, "
        "cloglog and cauchit, gaussian with the identity",
    ),
    Setting(
        "family.power",
        "power of the variance",
        "power p of the mean in the variance of a Tweedie distribution",
        number(),
        formula="variance = dispersion * mu^p; the loss is mu^(2-p) / (2-p) - y mu^(1-p) / (1-p)",
    ),
)
"""Settings in the order of tables."""
