"""The canonical vocabulary of inference: how standard errors, tests and measures of fit are defined."""

from __future__ import annotations

from crossframe.settings.binding import Setting, choice, flag

SETTINGS = (
    Setting(
        "inference.p_values",
        "standard errors and p-values",
        "whether standard errors and p-values are computed",
        flag(),
    ),
    Setting(
        "inference.covariance",
        "covariance of the estimates",
        "estimate of the covariance of the coefficients",
        choice("model", "observed", "HC0", "HC1", "HC2", "HC3", "cluster"),
        formula="model: dispersion (X'WX)^-1, with W the weights of Fisher's information; observed: with the "
        "second derivatives of the log-likelihood; HC: A^-1 (sum of f_i u_i u_i') A^-1, with A the "
        "information, u_i the derivative of a row and f_i = 1 (HC0), n/(n-p) (HC1), 1/(1-h_i) (HC2) or "
        "1/(1-h_i)^2 (HC3), h_i its leverage; cluster: u_i summed within clusters",
    ),
    Setting(
        "inference.divisor",
        "divisor of the variance",
        "number by which the variance is divided: that of the rows, or less that of the parameters",
        choice("n-p", "n"),
        formula="RSS/(n-p) or RSS/n; of clusters G/(G-1) and (n-1)/(n-p) are corrections of it",
    ),
    Setting(
        "inference.dispersion",
        "estimate of the dispersion",
        "estimate of the dispersion, the factor of the variance that is no function of the mean",
        choice("fixed", "pearson", "deviance"),
        formula="fixed: 1; pearson: sum of w (y - mu)^2 / V(mu), deviance: the deviance; each over n-p",
    ),
    Setting(
        "inference.distribution",
        "distribution of the statistic",
        "distribution by which p-values are computed from estimate / standard error",
        choice("normal", "t"),
        formula="t: with n-p degrees of freedom, or with clusters - 1",
    ),
    Setting(
        "inference.interval",
        "distribution of the intervals",
        "distribution by which the intervals are estimate -+ quantile * standard error",
        choice("normal", "t"),
    ),
    Setting(
        "inference.likelihood",
        "dispersion in the likelihood",
        "dispersion at which the log-likelihood is taken, in the AIC as well",
        choice("fixed", "ml", "pearson", "pearson_n", "pearson_n-1", "deviance", "deviance_n"),
        formula="ml: the likeliest one; pearson, deviance: as inference.dispersion; _n and _n-1: over n, n-1",
    ),
    Setting(
        "inference.aic_parameters",
        "parameters that the AIC counts",
        "number of parameters in the AIC, -2 log-likelihood + 2 number",
        choice("p", "p+1"),
        formula="p: the coefficients; p+1: the dispersion as well",
    ),
)
"""Settings in the order of tables."""
