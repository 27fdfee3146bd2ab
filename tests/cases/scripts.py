"""Proofs of the cases in scripts.toml: each script is run as it is, and with its cause taken out of it.

A proof names the scores of both sides as expressions that are evaluated at the end of their scripts, and for
each cause and decoy the change to a script's text that makes it equal on both sides.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np

from tests.cases.scripts_run import FOLDER, Array, Change, Evidence, compared, run, script

# Penalties and solvers


def logistic_glm() -> Evidence:
    return compared(
        "logistic-glm",
        "model.predict_proba(X)[:, 1]",
        "fitted(fit)",
        {
            "penalty.l2": [("left", "LogisticRegression(", "LogisticRegression(C=float('inf'), ")],
            "solver.max_iterations": [("left", "max_iter=2000", "max_iter=1000")],
        },
    )


def ridge_glmnet() -> Evidence:
    # glmnet scales the target too: lambda is in units of its standard deviation (divisor n).
    return compared(
        "ridge-glmnet",
        "ridge.predict(data)",
        "predict(fit, x)",
        {
            "penalty.l2": [("left", "alpha=5.0", "alpha=5.0 * len(y) / y.std(ddof=0)")],
            "features.standardize": [("right", "lambda = 5,", "lambda = 5, standardize = FALSE,")],
        },
    )


def lasso_glmnet() -> Evidence:
    return compared(
        "lasso-glmnet",
        "predict(lasso, x)",
        "lasso.predict(diabetes[features])",
        {
            "features.standardize": [("left", "lambda = 4,", "lambda = 4, standardize = FALSE,")],
            "seed": [("right", "random_state=3", "random_state=4")],
            "solver.max_iterations": [("right", "max_iter=50000", "max_iter=1000")],
        },
    )


def liblinear_intercept() -> Evidence:
    far = "solver='liblinear', intercept_scaling=1e4, tol=1e-12"
    return compared(
        "liblinear-intercept",
        "clf.predict_proba(X)[:, 1]",
        "clf.predict_proba(X)[:, 1]",
        {
            "penalty.intercept": [("left", 'solver="liblinear"', far)],
            "solver.max_iterations": [("left", "max_iter=500", "max_iter=100")],
            "seed": [("left", "random_state=0", "random_state=1")],
        },
    )


def lbfgs_unscaled() -> Evidence:
    return compared(
        "lbfgs-unscaled",
        "logit.predict_proba(X)[:, 1]",
        "fitted(m)",
        {"solver.max_iterations": [("left", "C=np.inf", "C=np.inf, max_iter=100000, tol=1e-10")]},
    )


def no_intercept() -> Evidence:
    return compared(
        "no-intercept",
        "model.predict_proba(X)[:, 1]",
        "fitted(model)",
        {
            "intercept": [("left", "fit_intercept=False, ", "")],
            "solver.algorithm": [("left", 'solver="newton-cg"', 'solver="newton-cholesky"')],
            "solver.max_iterations": [("right", "maxit = 50", "maxit = 25")],
        },
    )


def many_decoys() -> Evidence:
    return compared(
        "many-decoys",
        "pipe.predict_proba(X)[:, 1]",
        "pipe.predict_proba(X)[:, 1]",
        {
            "penalty.l2": [("left", "C=0.05", "C=1.0")],
            "solver.algorithm": [("left", 'solver="newton-cg"', 'solver="lbfgs"')],
            "solver.tolerance": [("left", "tol=1e-9", "tol=1e-7")],
            "solver.max_iterations": [("left", "max_iter=400", "max_iter=100")],
            "seed": [("left", "random_state=8", "random_state=9")],
        },
    )


def multinom() -> Evidence:
    return compared(
        "multinom",
        "softmax.predict_proba(birds[['bill', 'depth']])",
        "t(fitted(fit))",
        {
            "penalty.l2": [("left", "LogisticRegression(", "LogisticRegression(C=float('inf'), ")],
            "solver.max_iterations": [("left", "max_iter=5000", "max_iter=4000")],
        },
    )


# The design: columns and what they span


def dummies_plain() -> Evidence:
    return compared(
        "dummies-plain",
        "model.predict(houses)",
        "fitted(fit)",
        coefficients=("[model[-1].intercept_, *model[-1].coef_[:4]]", "c(coef(fit)[1], 0, coef(fit)[2:4])"),
    )


def dummies_ridge() -> Evidence:
    return compared(
        "dummies-ridge",
        "model.predict(X)",
        "model.predict(X)",
        {
            "columns": [("right", ", drop_first=True", "")],
            "solver.algorithm": [("right", 'solver="cholesky"', 'solver="svd"')],
            "seed": [("right", "random_state=1", "random_state=2")],
        },
    )


def contr_sum() -> Evidence:
    return compared("contr-sum", "fitted(fit)", "fitted(model)", coefficients=("coef(fit)", "coef(model)"))


def poly_raw() -> Evidence:
    return compared(
        "poly-raw",
        "fitted(fit)",
        "cubic.predict(df[['speed']])",
        coefficients=("coef(fit)[2:4]", "cubic[-1].coef_"),
    )


def pca_regression() -> Evidence:
    return compared(
        "pca-regression",
        "pcr.predict(X)",
        "fitted(fit)",
        coefficients=("pcr[-1].coef_", "coef(fit)[2:3]"),
    )


def scaler_n() -> Evidence:
    n = '"alcohol")])'
    return compared(
        "scaler-n",
        "pipe.predict_proba(X)[:, 1]",
        'predict(fit, x, type = "response")',
        {"columns": [("right", n, f"{n} * sqrt(24 / 23)")]},
    )


def factor_number() -> Evidence:
    return compared(
        "factor-number",
        "fitted(fit)",
        "fitted(fit)",
        {"columns": [("left", "school + region", "school + factor(region)")]},
    )


def columns_permuted() -> Evidence:
    return compared(
        "columns-permuted", "model.predict_proba(sales[cols])[:, 1]", "model.predict_proba(X)[:, 1]"
    )


# The data: rows, target, weights


def rows_na() -> Evidence:
    complete = "pd.read_csv('patients.csv').dropna()[['age', 'marker']]"
    filled = 'df["marker"] = df["marker"].fillna(df["marker"].median())'
    return compared(
        "rows-na",
        f"model.predict_proba({complete})[:, 1]",
        "fitted(fit)",
        {
            "rows": [("left", filled, "df = df.dropna()")],
            "solver.algorithm": [("left", 'solver="newton-cholesky"', 'solver="newton-cg"')],
        },
    )


def shuffled_labels() -> Evidence:
    rows = "clf.predict_proba(df[['price', 'rating', 'photos']])[:, 1]"
    along = 'y = df["sold"].sample(frac=1, random_state=7).reset_index(drop=True)'
    return compared(
        "shuffled-labels",
        rows,
        rows,
        {
            "target": [("left", 'y = df["sold"]', along)],
            "solver.algorithm": [("right", 'solver="newton-cg"', 'solver="lbfgs"')],
            "solver.max_iterations": [("right", "max_iter=500", "max_iter=1000")],
        },
    )


def swapped_classes() -> Evidence:
    return compared(
        "swapped-classes",
        "fit.predict_proba(study[['dose', 'weeks']])[:, 1]",
        "fitted(fit)",
        {"target": [("right", 'c("relapse", "cured")', 'c("cured", "relapse")')]},
    )


def keras_onehot_sigmoid() -> Evidence:
    scores = "net.predict(X, verbose=0)"
    changes = {"target": [("left", 'pd.get_dummies(churn["left"])', 'churn["left"]')]}
    return compared("keras-onehot-sigmoid", scores, scores, changes)


def leaked_row() -> Evidence:
    return compared(
        "leaked-row",
        "ols.predict(wages[['school']])",
        "predict(ols, wages)",
        {"rows": [("right", "wages[1:41, ]", "wages[1:40, ]")]},
    )


def duplicated_row() -> Evidence:
    return compared(
        "duplicated-row",
        "reg.predict(d[['age', 'bmi', 'ldl']][:120])",
        "fitted(reg)",
        {"rows": [("left", "d = pd.concat([d, d.iloc[[17]]], ignore_index=True)", "")]},
    )


def other_split() -> Evidence:
    return compared(
        "other-split",
        "clf.predict_proba(sales[['price', 'rating', 'photos']])[:, 1]",
        'predict(fit, sales, type = "response")',
        {
            "rows": [
                ("left", "clf.fit(X_train, y_train)", 'clf.fit(sales.iloc[:150, :3], sales["sold"][:150])'),
                ("right", "sample(nrow(sales), 150)", "1:150"),
            ],
            "solver.max_iterations": [("left", "max_iter=1000", "max_iter=500")],
        },
    )


def class_weights_glm() -> Evidence:
    return compared("class-weights-glm", "lr.predict_proba(X)[:, 1]", "fitted(fit)")


def class_weights_scale() -> Evidence:
    scores = "lr.predict_proba(X)[:, 1]"
    return compared(
        "class-weights-scale",
        scores,
        scores,
        {
            "weights": [("right", "weight = 1 /", "weight = len(y) / 2 /")],
            "solver.max_iterations": [("right", "max_iter=300", "max_iter=100")],
        },
    )


def repeated_rows() -> Evidence:
    scores = "logit.predict_proba(survey[['age', 'income']])[:, 1]"
    return compared("repeated-rows", scores, scores)


def off_by_one() -> Evidence:
    return compared("off-by-one", "clf.predict_proba(exams[['hours', 'sleep']])[:, 1]", "fitted(fit)")


# Labels


def h2o_threshold() -> Evidence:
    return compared(
        "h2o-threshold",
        "flagged",
        "flagged",
        {
            "decision.threshold": [("left", 'scored["predict"] == 1', 'scored["p1"] > 0.5')],
            "solver.max_iterations": [("right", "max_iter=1000", "max_iter=100")],
        },
    )


def threshold_rule() -> Evidence:
    return compared(
        "threshold-rule",
        "model.predict(X)",
        "model.predict(X)",
        {
            "labels": [("left", "> 0.3)", "> 0.5)")],
            "solver.max_iterations": [("left", "max_iter=200", "max_iter=100")],
        },
    )


# Random numbers


def forest_defaults() -> Evidence:
    return compared(
        "forest-defaults",
        "rf.predict_proba(X)[:, 1]",
        'predict(rf, churn, type = "prob")[, 2]',
        seeds=[(s, "42)", f"{k})") for s in ("left", "right") for k in (1, 2, 3)],
    )


def forest_regression() -> Evidence:
    return compared(
        "forest-regression",
        "forest.predict(X)",
        "predict(forest, concrete[, 1:6])",
        {
            "forest.features_per_split": [("right", "ntree = 500", "ntree = 500, mtry = 6")],
            "forest.min_split": [("right", "ntree = 500", "ntree = 500, nodesize = 1")],
        },
        seeds=[("left", "random_state=0", "random_state=1"), ("right", "set.seed(1)", "set.seed(2)")],
    )


def seed_forest() -> Evidence:
    scores = "rf.predict_proba(X)[:, 1]"
    seeds = [("left", "random_state=1", f"random_state={k}") for k in (3, 4, 5, 6)]
    return compared("seed-forest", scores, scores, seeds=seeds)


def seed_mlp() -> Evidence:
    scores = "mlp.predict_proba(X)[:, 1]"
    seeds = [("left", "random_state=1", f"random_state={k}") for k in (3, 4, 5, 6)]
    return compared("seed-mlp", scores, scores, seeds=seeds)


def mlp_keras_alpha() -> Evidence:
    # MLPRegressor adds alpha/(2 B) |w|^2 to half the squared loss of B rows: Keras's L2 is alpha/B.
    return compared(
        "mlp-keras-alpha",
        "net.predict(X)",
        "net.predict(X, verbose=0)",
        {"penalty.l2": [("right", "L2(5.0)", "L2(5.0 / 100)")]},
        seeds=[("left", "random_state=5", f"random_state={k}") for k in (1, 2, 3)],
    )


def identical() -> Evidence:
    return compared("identical", "model.predict_proba(X)[:, 1]", "model.predict_proba(X)[:, 1]")


# Tables of coefficients


def numbers_of(text: str) -> tuple[Array, Array]:
    """Estimates of a table, the intercept first, and the unit of the last printed digit of each."""
    printed = re.findall(r"^(?:\(Intercept\)|[a-z]+)[ ,]+(-?\d+\.\d+)", text, flags=re.MULTILINE)
    return np.array([float(p) for p in printed]), np.array([10.0 ** -len(p.split(".")[1]) for p in printed])


def table(
    name: str,
    columns: list[str],
    file: str,
    right: str,
    coefficients: str,
    changes: Mapping[str, Sequence[Change]] | None = None,
    corrected: tuple[str, str] | None = None,
) -> Evidence:
    """Probabilities by the table's estimates against the script's, and the estimates digit by digit.

    ``corrected`` is a change to the table itself; the others are to the script.
    """
    text = script(name, "left").read_text(encoding="utf-8")
    data = np.genfromtxt(FOLDER / name / file, delimiter=",", names=True)
    Z = np.column_stack([np.ones(len(data)), *(data[c] for c in columns)])
    estimates, unit = numbers_of(text.replace(*corrected) if corrected else text)
    before = compared(name, 1 / (1 + np.exp(-(Z @ numbers_of(text)[0]))), right, changes)
    after = compared(name, 1 / (1 + np.exp(-(Z @ estimates))), right, changes)
    made = tuple(c for each in (changes or {}).values() for c in each)
    off = float(np.max(np.abs(run(name, "right", coefficients, made) - estimates) / unit))
    return Evidence(before.gap, after.closed, before.shares, printed=off)


def table_glm() -> Evidence:
    changes = {"penalty.l2": [("right", "C=0.1", "C=float('inf'), tol=1e-10")]}
    coefficients = "[*model.intercept_, *model.coef_[0]]"
    return table(
        "table-glm", ["gre", "gpa"], "admissions.csv", "model.predict_proba(X)[:, 1]", coefficients, changes
    )


def table_glm_agrees() -> Evidence:
    scores = "model.predict_proba(df[['gpa', 'gre']])[:, 1]"
    coefficients = "[*model.intercept_, *model.coef_[0][::-1]]"
    return table("table-glm-agrees", ["gre", "gpa"], "admissions.csv", scores, coefficients)


def table_digit() -> Evidence:
    scores = "model.predict_proba(df[['gpa', 'gre']])[:, 1]"
    coefficients = "[*model.intercept_, *model.coef_[0][::-1]]"
    right = ("0.464129", "0.404129")
    return table("table-digit", ["gre", "gpa"], "admissions.csv", scores, coefficients, corrected=right)


def table_penalised() -> Evidence:
    ridge = (
        'library(glmnet); fit <- glmnet(as.matrix(loans[, 1:3]), loans$default, family = "binomial", '
        "alpha = 0, lambda = 1 / (0.5 * 160), standardize = FALSE, thresh = 1e-14)"
    )
    changes: dict[str, Sequence[Change]] = {
        "penalty.l2": [
            ("right", "fit <- glm(default ~ debt + late + years, binomial, loans)", ridge),
            ("right", "summary(fit)$coefficients", "coef(fit)"),
        ]
    }
    scores = "plogis(cbind(1, as.matrix(loans[, 1:3])) %*% as.numeric(coef(fit)))"
    columns = ["debt", "late", "years"]
    return table("table-penalised", columns, "loans.csv", scores, "coef(fit)", changes)
