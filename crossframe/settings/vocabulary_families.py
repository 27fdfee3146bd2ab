"""The canonical vocabulary of generalised linear models: link, family, several classes, collinear columns."""

from __future__ import annotations

from crossframe.settings.binding import Setting, choice, flag, number

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
        choice(
            "binomial", "gaussian", "poisson", "gamma", "inverse_gaussian", "tweedie", "negative_binomial"
        ),
        formula="variance as a function of the mean mu: poisson: mu; gamma: mu^2; inverse_gaussian: mu^3; "
        "tweedie: mu^p; negative_binomial: mu + mu^2 / theta. The loss is half the deviance, but for what "
        "depends on the target alone: poisson: mu - y log mu; gamma: y / mu + log mu; "
        "inverse_gaussian: y / (2 mu^2) - 1 / mu (McCullagh and Nelder 1989, table 2.1). Not "
        "stated where the link alone says it: binomial with the logit, probit, "
        "cloglog and cauchit, gaussian with the identity",
    ),
    Setting(
        "family.theta",
        "size of the negative binomial",
        "size theta of a negative binomial distribution",
        number(0, open_low=True),
        formula="variance = mu + mu^2 / theta; the loss is (y + theta) log(mu + theta) - y log mu. theta as "
        "MASS has it; alpha of statsmodels, theta of glum and of H2O are 1 / theta",
    ),
    Setting(
        "family.theta_estimate",
        "estimate of the size",
        "how the size of a negative binomial distribution is obtained",
        choice("given", "maximum_likelihood"),
    ),
    Setting(
        "family.power",
        "power of the variance",
        "power p of the mean in the variance of a Tweedie distribution",
        number(),
        formula="variance = dispersion * mu^p; the loss is mu^(2-p) / (2-p) - y mu^(1-p) / (1-p)",
    ),
    Setting(
        "class.scheme",
        "scheme for several classes",
        "how a model of more than two classes is made",
        choice("multinomial", "one_vs_rest"),
        formula="multinomial: one softmax of all classes; one_vs_rest: a logistic regression of each class "
        "against all others, its probabilities divided by their sum",
        without="multinomial",
    ),
    Setting(
        "class.parametrization",
        "parametrisation of several classes",
        "which coefficients a penalty acts on where there are more than two classes",
        choice("symmetric", "reference"),
        formula="symmetric: those of every class; reference: those of every class but the first, relative to "
        "it. Without a penalty both give the same probabilities",
        without="symmetric",
    ),
    Setting(
        "penalty.grouped",
        "grouped lasso",
        "whether the lasso takes a feature's coefficients of all classes together",
        flag(),
        formula="l1 sqrt(sum over the classes of b_jc^2) in place of l1 sum |b_jc|",
        without=False,
    ),
)
"""Settings in the order of tables."""
