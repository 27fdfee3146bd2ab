"""The canonical vocabulary: every setting once, with its title, definition, unit and formula."""

from __future__ import annotations

from crossframe.core.types import Value, as_float
from crossframe.settings import (
    vocabulary_forests,
    vocabulary_linear,
    vocabulary_networks,
    vocabulary_optimizers,
    vocabulary_training,
)
from crossframe.settings.binding import Kind, Setting, choice, flag, integer, number


def _threshold(value: Value) -> Value:
    return value if value in ("argmax", "f1_optimal") else number(0, 1).parse(value)


THRESHOLD = Kind("a number in [0, 1], argmax or f1_optimal", _threshold)
"""A score, the likelier class, or the score of the training rows with the highest F1 on them."""


def label_rule(value: Value) -> float | str:
    """A ``decision.threshold`` as a number or ``f1_optimal``; ``argmax`` of two classes is 0.5."""
    rule = THRESHOLD.check("decision.threshold", value)
    return 0.5 if rule == "argmax" else "f1_optimal" if rule == "f1_optimal" else as_float(rule)


_GENERAL = (
    # every classifier
    Setting(
        "decision.threshold",
        "threshold for labels",
        "score above which the label is 1, or how it is chosen: argmax, f1_optimal (on the training rows)",
        THRESHOLD,
    ),
    Setting(
        "rule.threshold",
        "threshold of the pixel rule",
        "pixel value above which a rule of one pixel says 1",
        number(0),
        unit="pixel value",
    ),
    Setting(
        "missing",
        "missing values",
        "what is done with rows that have a missing feature",
        choice("error", "drop", "mean", "level", "propagate", "constant", "branch", "third_branch"),
        formula="drop: they do not train and have no score; mean: the training rows' mean stands for the "
        "feature; level: the same, with one more column of 0 and 1 for where it was missing; "
        "branch: at each split of a tree they take the side that reduces the impurity more; "
        "third_branch: they have a branch of their own",
    ),
    Setting(
        "class.order",
        "which class is 1",
        "which of the target's two classes is 1, the one that scores are of",
        choice("given", "reversed"),
        formula="reversed: the model is fitted to 1 - y, and its scores and labels are of the other class",
        without="given",
    ),
    Setting(
        "weights",
        "weights of the rows",
        "what is made of the weights that the data have, where they have any",
        choice("given", "mean_one", "none"),
        formula="given: the framework gets them as they are, and a penalty of the summed loss is relative to "
        "their sum; mean_one: they are divided by their mean first; none: every row counts once",
    ),
    Setting(
        "offset",
        "offset",
        "what is made of the offset that the data have, where they have one",
        choice("given", "rate", "none"),
        formula="given: a known part of the linear predictor; rate: the target is divided by E = exp(offset) "
        "and the row weighted by E^(2-p), p the power of the mean in the variance, which with a log link and "
        "without a penalty is the same fit; none: it is left out",
    ),
    Setting(
        "weights.meaning",
        "meaning of a weight",
        "what a weight of w says of its row",
        choice("frequency", "analytic"),
        formula="frequency: it stands for w rows, and n is the sum of the weights; analytic (also: prior, "
        "case, inverse variance): its variance is the dispersion over w, and n is the number of rows. "
        "Coefficients and predictions are the same without a penalty; standard errors are not where the "
        "dispersion is estimated",
    ),
    Setting(
        "missing.value", "number for a missing value", "number that stands for a missing feature", number()
    ),
    Setting(
        "precision",
        "floating-point precision",
        "floating-point type of the arithmetic",
        choice("float64", "float32", "mixed"),
        formula="mixed: the kernels of a network or the features of a forest in float32, all else in float64",
    ),
    Setting(
        "seed",
        "random seed",
        "seed of the framework's random numbers",
        integer(-1),
        formula="-1: drawn from the clock",
    ),
    Setting(
        "seed.generator",
        "random number generator",
        "generator of the random numbers",
        choice(
            "Mersenne-Twister",
            "Wichmann-Hill",
            "Marsaglia-Multicarry",
            "Super-Duper",
            "Knuth-TAOCP",
            "Knuth-TAOCP-2002",
            "L'Ecuyer-CMRG",
            "PCG32",
            "PCG64",
        ),
        formula="PCG32: H2O's; PCG64: NumPy's",
    ),
    Setting(
        "validation.fraction",
        "validation share",
        "share of the training rows held back to decide when to stop",
        number(0, 1),
        without=0.0,
    ),
    Setting(
        "validation.folds",
        "cross-validation folds",
        "folds of a cross-validation that decides for the fit",
        integer(0),
        without=0,
    ),
    Setting(
        "validation.assignment",
        "assignment of rows to folds",
        "how the training rows are assigned to the folds",
        choice("auto", "random", "modulo", "stratified", "blocks", "leave_one_out"),
        formula="row i = 0, 1, ... of n into k folds: modulo: fold i mod k; blocks: consecutive rows, the "
        "first n mod k folds with one row more; stratified: the same within each class; random: drawn by "
        "the framework",
    ),
    Setting(
        "sampling.balance",
        "oversampling to equal classes",
        "whether rows are repeated until the classes are equally large",
        flag(),
        without=False,
    ),
    Setting(
        "sampling.factor",
        "oversampling factor of class 1",
        "how often a row of class 1 is taken for one of class 0",
        number(0),
    ),
    Setting(
        "sampling.limit",
        "size limit after oversampling",
        "largest size of the balanced training sample relative to the training rows",
        number(0),
    ),
    # feature selection
    Setting(
        "selection.statistic",
        "statistic that ranks the features",
        "score by which features are ranked",
        choice("f", "welch", "none"),
        formula="f: one-way ANOVA F; welch: |m1-m0| / (sqrt(v0/n0 + v1/n1) + 1e-6), v with 1/n",
        without="none",
    ),
    Setting("selection.count", "number of selected features", "features kept", integer(1), unit="features"),
    Setting(
        "selection.ties",
        "ties in the selection",
        "which of the features that tie for the last place are kept",
        choice("average", "all", "none", "first", "last", "argsort"),
        formula="average: R's rank(p) <= count, by p-values; the others by the statistic: all or none of "
        "them, or as many as there is room for, the first or the last in column order (last: scikit-learn's "
        "SelectKBest), or as numpy.argsort leaves them",
    ),
)

VOCABULARY: dict[str, Setting] = {
    setting.name: setting
    for setting in (
        *_GENERAL,
        *vocabulary_linear.SETTINGS,
        *vocabulary_networks.SETTINGS,
        *vocabulary_optimizers.SETTINGS,
        *vocabulary_training.SETTINGS,
        *vocabulary_forests.SETTINGS,
    )
}

WITH = " with "
"""Between the names of settings that are switched together."""


def titled(name: str, *, key: bool = True) -> str:
    """A setting's title, with ``key`` followed by its name: ``ridge penalty (penalty.l2)``.

    Of ``NAME (left)`` the title is that of one side's setting; of names joined by `WITH` or commas each has
    its own. What is no setting is returned as it is.
    """
    for between in (WITH, ", "):
        if between in name:
            return between.join(titled(one, key=key) for one in name.split(between))
    setting, _, side = name.partition(" (")
    if setting not in VOCABULARY:
        return name
    title = VOCABULARY[setting].title + (f" on the {side.removesuffix(')')}" if side else "")
    return title if title == name or not key else f"{title} ({setting})"
