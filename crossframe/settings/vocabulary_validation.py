"""The canonical vocabulary of the choice of a penalty by cross-validation."""

from __future__ import annotations

from crossframe.core.types import Value
from crossframe.settings.binding import Kind, Setting, choice, integer, number


def _largest(value: Value) -> Value:
    return value if value == "data" else number(0, open_low=True).parse(value)


LARGEST = Kind("a number above 0, or data", _largest)

SETTINGS = (
    Setting(
        "path.largest",
        "largest penalty",
        "largest penalty that is tried, as the lambda of an elastic net",
        LARGEST,
        formula="data: the smallest that leaves no feature in, max |x_j'(y - mean y)| / (n mix), of the "
        "features as they are fitted; of a mix below 0.001 as of that in glmnet, below 0.01 in H2O",
    ),
    Setting(
        "path.spacing",
        "spacing of the penalties",
        "how the penalties lie between the largest and the smallest",
        choice("geometric", "listed"),
        formula="geometric: in equal ratios; listed: as they are given",
        without="geometric",
    ),
    Setting(
        "path.folds",
        "penalties in the folds",
        "which penalties a fold is fitted with",
        choice("all_rows", "each_fold"),
        formula="all_rows: those that are compared, a grid made from all rows; each_fold: a grid made from "
        "its own training rows, between whose penalties coefficients are interpolated",
    ),
    Setting(
        "path.alignment",
        "alignment of the folds' paths",
        "at which penalty of its own grid a fold is judged",
        choice("penalty", "position"),
        formula="penalty: at the one that is compared, interpolated; position: at the one in the same place",
    ),
    Setting(
        "path.scale",
        "penalty in smaller samples",
        "whether a penalty is relative to the mean loss of a fold's training rows, or to their summed loss",
        choice("mean", "sum"),
        formula="sum: with m of n rows the penalty of the mean loss is n / m times that of all rows",
    ),
    Setting(
        "validation.loss",
        "loss on the folds",
        "loss on the rows that are left out, by which penalties are compared",
        choice("squared_error", "absolute_error", "r2", "deviance", "misclassification", "auc"),
        formula="r2: 1 - RSS / TSS of a fold's rows; deviance: of two classes the log-loss; r2 and auc: the "
        "larger the better",
    ),
    Setting(
        "validation.mean",
        "mean over the folds",
        "how the losses of the folds are averaged",
        choice("rows", "folds"),
        formula="rows: every row counts once; folds: every fold counts once, which differs for folds of "
        "unequal sizes",
    ),
    Setting(
        "validation.rule",
        "rule that picks the penalty",
        "which penalty is picked by the mean losses",
        choice("minimum", "one_standard_error"),
        formula="minimum: that of the least mean loss; one_standard_error: the largest whose mean loss is at "
        "most one standard error above the least (Hastie, Tibshirani and Friedman 2009, section 7.10)",
    ),
    Setting(
        "validation.error",
        "standard error of the loss",
        "what the standard error of the mean loss is made of",
        choice("folds", "rows"),
        formula="folds: of the folds' means, sqrt(sum w (m - mean)^2 / (k - 1)); rows: of the single losses",
    ),
    Setting(
        "validation.patience",
        "penalties after the minimum",
        "penalties with a mean loss above the least so far after which no further one is tried; 0: all are",
        integer(0),
        without=0,
    ),
    Setting(
        "validation.refit",
        "fit with the picked penalty",
        "which coefficients are given in the end",
        choice("all_rows", "mean_of_folds"),
        formula="all_rows: those of a fit to all training rows with the picked penalty; mean_of_folds: the "
        "mean of the folds' coefficients, each with the fold's own best penalty",
    ),
    Setting(
        "validation.scaling",
        "rows that scale the features",
        "whose means and standard deviations scale the features in a fold",
        choice("all_rows", "each_fold"),
        formula="all_rows: once, before the folds are made, those of the rows that are left out included; "
        "each_fold: those of the fold's training rows",
    ),
)
"""Settings in the order of tables."""
