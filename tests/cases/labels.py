"""Labels that differ where scores do not, selections and their ties, missing values."""

from __future__ import annotations

import numpy as np

from tests.cases.penalties import classes, imbalanced_plain, r_glm, sklearn_logistic
from tests.cases.proving import (
    Array,
    Evidence,
    Settings,
    Table,
    features,
    in_h2o,
    in_r,
    logistic,
    quiet,
    switching,
)

__all__ = ["classes", "imbalanced_plain"]

TIGHT = {
    "family": "binomial",
    "lambda_": 0,
    "beta_epsilon": 1e-12,
    "objective_epsilon": 1e-14,
    "gradient_epsilon": 1e-12,
}

# Data


def rare() -> Table:
    """200 rows, one in five of class 1, two weak features: the F1-optimal threshold is far below one half."""
    r = np.random.default_rng(48925902)
    X = r.standard_normal((200, 2))
    y = (X @ [0.8, -0.5] - 1.6 + r.logistic(size=200) > 0).astype(int)
    return {"a": X[:, 0], "b": X[:, 1], "y": y}


def with_missing() -> Table:
    """120 rows; the second feature, correlated with the first, is missing where it is large."""
    r = np.random.default_rng(2028)
    a = r.standard_normal(120)
    b = 0.8 * a + 0.6 * r.standard_normal(120)
    y = (a + 1.5 * b + r.logistic(size=120) > 0).astype(int)
    return {"a": a, "b": np.where(b > 0.9, np.nan, b), "y": y}


def few_missing() -> Table:
    """The same with an empty field in every ninth row."""
    t = with_missing()
    filled = np.where(np.isnan(t["b"]), 0.8 * t["a"], t["b"])
    return t | {"b": np.where(np.arange(120) % 9 == 0, np.nan, filled)}


def tied() -> Table:
    """200 rows, 14 features; the tenth and the eleventh by F test are copies of one another."""
    r = np.random.default_rng(10)
    y = np.arange(200) % 2
    strength = [0.7, 0.65, 0.65, 0.6, 0.6, 0.55, 0.55, 0.5, 0.5, 0.35, 0.35, 0.0, 0.0, 0.0]
    columns = [s * y + r.standard_normal(200) for s in strength]
    columns[10] = columns[9].copy()
    return {f"x{k:02d}": c for k, c in enumerate(columns)} | {"y": y}


# Thresholds


def labels_at_half(table: Table) -> Evidence:
    h2o = in_h2o("glm", table, **TIGHT)
    scores, labels = h2o["score"], h2o["label"]
    r = r_glm(table)
    assert np.abs(scores - r).max() < 1e-6, "the scores are those of glm"
    return _threshold(table, scores, labels, r)


glm_and_the_labels_of_h2o = labels_at_half


def f1_of_h2o(table: Table) -> Evidence:
    h2o = in_h2o("glm", table, **TIGHT)
    return _threshold(table, h2o["score"], h2o["label"], h2o["score"])


def f1_of_a_network(table: Table) -> Evidence:
    h2o = in_h2o(
        "mlp",
        table,
        hidden=[4],
        epochs=20,
        activation="Tanh",
        reproducible=True,
        seed=1,
        classification_stop=-1,
    )
    return _threshold(table, h2o["score"], h2o["label"], h2o["score"])


def _threshold(table: Table, scores: Array, labels: Array, other: Array) -> Evidence:
    """H2O's labels are those at the threshold of the largest F1 on these rows; at 0.5 none differ."""
    y = np.asarray(table["y"])
    f1 = {t: _f1(y, scores >= t) for t in scores}
    best = max(f1, key=lambda t: f1[t])
    assert (labels == (scores >= best)).mean() > 0.99
    differ = float((labels != (other > 0.5)).mean())
    left = float(((scores > 0.5) != (other > 0.5)).mean())
    return Evidence(differ, left, {"decision.threshold": (differ - left) / differ})


def _f1(y: Array, labels: Array) -> float:
    return float(2 * np.sum(labels & (y == 1)) / (np.sum(labels) + np.sum(y == 1)))


def another_threshold(table: Table) -> Evidence:
    scores = sklearn_logistic(table, {"penalty.l2": 1 / 200, "solver.tolerance": 1e-4})
    differ = float(((scores > 0.5) != (scores > 0.3)).mean())
    return Evidence(differ, 0.0, {"decision.threshold": 1.0})


def order_of_the_classes(table: Table) -> Evidence:
    """R's glm models the last level of a factor: with the levels turned round, 1 - p."""

    def fit(s: Settings) -> Array:
        levels = ", ".join(f'"{v}"' for v in s["class.order"])
        return in_r(
            f"d$y <- factor(d$y, levels = c({levels})); out <- fitted(glm(y ~ ., binomial, d))", table
        )

    left, right = {"class.order": ("0", "1")}, {"class.order": ("1", "0")}
    assert np.abs(fit(left) + fit(right) - 1).max() < 1e-9
    return switching(fit, left, right)


# Ties


@quiet
def ties_in_the_selection(table: Table) -> Evidence:
    """R's which(rank(p) <= 10) takes neither of two features that tie for place ten, SelectKBest one."""
    from sklearn.feature_selection import SelectKBest, f_classif

    X, y = features(table), np.asarray(table["y"])
    best = SelectKBest(f_classif, k=10).fit(X, y).get_support()
    p = "apply(x, 2, function(v) anova(lm(v ~ factor(d$y)))$'Pr(>F)'[1])"
    ranked = in_r(f"out <- as.numeric(rank({p}) <= 10)", table).astype(bool)
    assert (best.sum(), ranked.sum()) == (10, 9)
    rules = {"strict": ranked, "first": best}

    def fit(s: Settings) -> Array:
        return logistic(X[:, rules[s["selection.ties"]]], y.astype(float), 1 / (200 * 1e6))

    return switching(fit, {"selection.ties": "strict"}, {"selection.ties": "first"})


# Missing values


def _impute(t: Table) -> Table:
    return t | {"b": np.where(np.isnan(t["b"]), np.nanmean(t["b"]), t["b"])}


def _drop(t: Table) -> Table:
    keep = ~np.isnan(t["b"])
    return {k: np.asarray(v)[keep] for k, v in t.items()}


def omit_or_impute(table: Table) -> Evidence:
    """Scores of the complete rows; the right side imputes the mean, the left one leaves the rows out."""
    kept = ~np.isnan(table["b"])
    imputed = in_h2o("glm", table, standardize=False, **TIGHT)["score"]
    assert np.abs(imputed - r_glm(_impute(table))).max() < 1e-6, (
        "MeanImputation is the mean of the training rows"
    )
    scores = {"na.omit": r_glm(_drop(table)), "MeanImputation": imputed[kept]}
    return switching(lambda s: scores[s["missing"]], {"missing": "na.omit"}, {"missing": "MeanImputation"})


impute_or_omit = omit_or_impute


def skip_or_impute(table: Table) -> Evidence:
    kept = ~np.isnan(table["b"])
    skip = in_h2o("glm", table, missing_values_handling="Skip", **TIGHT)["score"]
    assert np.abs(skip[kept] - r_glm(_drop(table))).max() < 1e-6, "Skip is na.omit"
    scores = {"Skip": skip[kept], "MeanImputation": in_h2o("glm", table, **TIGHT)["score"][kept]}
    return switching(lambda s: scores[s["missing"]], {"missing": "Skip"}, {"missing": "MeanImputation"})


def dropped_on_both_sides(table: Table) -> Evidence:
    h2o = in_h2o("glm", _drop(table), **TIGHT)["score"]
    return Evidence(float(np.abs(h2o - r_glm(_drop(table))).max()))
