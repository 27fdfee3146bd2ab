"""The claims about stochastic gradient descent, and what has to be measured for them to hold."""

from __future__ import annotations

from crossframe.studies.claim import Claim, Finding, Source, Verdict

CORDERO = Source("Cordero 2017, When not to use deep learning", "")
HERE = Source("asked here", "")

TOLERATED = 0.2
"""Share of what a factor in rate / batch does to the eigenvalue, up to which the same factor in both
is said to do nothing."""
NEAR = 0.05
"""Difference of a share of runs from theory up to which they are said to agree."""
DIGITS = 6.0
"""Digits of the coefficients from which two answers are said to be one."""

_ENDS = (
    "at the lowest training loss that all reach, both the largest eigenvalue of the training loss's Hessian "
    "and the loss's rise under random steps fall from the {less} to the {more}: the 95 % interval of the "
    "ratio over seeds lies below 1 at every value of the other of the two, in every framework"
)
RATE = Claim(
    "rate",
    "A larger learning rate makes SGD end in wider minima.",
    CORDERO,
    _ENDS.format(less="smallest rate", more="largest"),
)
BATCH = Claim(
    "batch",
    "A smaller batch makes SGD end in wider minima.",
    CORDERO,
    _ENDS.format(less="largest batch", more="smallest"),
)
WELLS = Claim(
    "wells",
    "With more gradient noise (rate / batch) more runs end in the wide one of two wells.",
    CORDERO,
    "the share of runs rises from the smallest to the largest rate / batch, with 95 % intervals apart, and "
    "at no rate and no batch falls on the way with intervals apart, where the narrow well is the deeper one, "
    "and where both are equally deep",
)
POSTERIOR = Claim(
    "posterior",
    "SGD with a constant rate samples from a posterior: its ends follow the Gibbs weights of temperature "
    "rate x noise variance / (2 batch).",
    CORDERO,
    f"the share of runs in the wide well is within {NEAR} of the Gibbs weight at every rate and batch at "
    "which runs from either well have mixed",
)
CONVEX = Claim(
    "convex",
    "A strictly convex model has one solution, whatever finds it.",
    CORDERO,
    f"on one ridge logistic problem the coefficients of every solver that is given that problem agree with "
    f"the certified optimum to {DIGITS:g} digits once it is asked to go to the end",
)
CONVEX_OTHERS = Claim(
    "convex-others",
    "So have the lasso, linear regression, and, where the classes overlap, a logistic regression without "
    "penalty.",
    CORDERO,
    "the referee certifies one optimum for each of the problems, and no solver ends at another: where its "
    f"coefficients agree to fewer than {DIGITS:g} digits its objective is larger, an unfinished search",
)
MACHINE = Claim(
    "convex-svm",
    "So has a linear support vector machine.",
    CORDERO,
    f"three algorithms on one problem with squared hinge loss agree with Newton's method to {DIGITS:g} "
    "digits once they are asked to go to the end",
)
RATIO = Claim(
    "ratio",
    "Only the ratio of rate to batch matters for where SGD ends.",
    HERE,
    "at the lowest training loss that all reach, between all neighbours of one rate / batch the logarithm of "
    f"the largest eigenvalue changes by less than {TOLERATED} of what the same factor in rate / batch "
    "does there, interval and all",
)
MINI_BATCH = Claim(
    "h2o-mini-batch",
    "h2o.deeplearning trains with the mini_batch_size that it is given.",
    HERE,
    "the same training with mini_batch_size 1 and 32 gives other predictions, as a rate larger by a "
    "thousandth does",
)
DEFAULTS = Claim(
    "convex-defaults",
    "With each solver's default tolerances the one solution is found as well.",
    HERE,
    f"{DIGITS:g} digits for every solver of the two logistic claims above with its default stopping rule",
)


def _untested(key: str, words: str, why: str) -> Finding:
    claim = Claim(key, words, CORDERO, "none: it cannot be measured here")
    return Finding(claim, Verdict.UNTESTED, why)


UNTESTED = (
    _untested(
        "more-than-fit",
        "Deep learning is more than .fit(): it takes knowledge of architectures and training.",
        "it is about the work of people; how much the settings matter is what audit and explain measure",
    ),
    _untested(
        "low-budget",
        "On a low budget deep learning is the wrong tool.",
        "no budget, task or yardstick is named",
    ),
    _untested(
        "interpretable",
        "Where a model has to be explained to others deep learning is the wrong tool.",
        "it is about what readers understand, which takes readers",
    ),
    _untested(
        "causal",
        "Where causes are to be found deep learning is the wrong tool.",
        "needs data with known interventions; the text names none",
    ),
    _untested(
        "tabular",
        "On unstructured features, as in tables, deep learning has no advantage.",
        "needs a collection of tables; the text names none, and a verdict on one's own choice would be a "
        "verdict on the choice",
    ),
)
