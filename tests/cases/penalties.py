"""Penalties: scale (C, alpha, lambda, n or not), norm, the intercept in them, features scaled for them."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from tests.cases.proving import (
    Array,
    Evidence,
    Settings,
    Table,
    exact_rank,
    features,
    in_h2o,
    in_keras_logistic,
    in_r,
    logistic,
    quiet,
    scaled,
    switching,
)

# Data


def three_rows() -> Table:
    """One column of ones; two of three rows are of class 1."""
    return {"x": [1.0, 1.0, 1.0], "y": [1, 0, 1]}


def admissions() -> Table:
    """Like UCLA's admissions: test score (hundreds), grade average, dummies of a school's rank 2 to 4."""
    r = np.random.default_rng(203740)
    n = 200
    gre = np.round(np.clip(r.normal(5.9, 1.15, n), 2.2, 8.0), 1)
    gpa = np.round(np.clip(r.normal(3.39, 0.38, n), 2.26, 4.0), 2)
    rank = r.choice([1, 2, 3, 4], n, p=[0.15, 0.38, 0.3, 0.17])
    eta = -3.99 + 0.226 * gre + 0.804 * gpa - 0.675 * (rank == 2) - 1.34 * (rank == 3) - 1.551 * (rank == 4)
    y = (r.random(n) < 1 / (1 + np.exp(-eta))).astype(int)
    return {"gre": gre, "gpa": gpa} | {f"rank{k}": (rank == k).astype(float) for k in (2, 3, 4)} | {"y": y}


def classes() -> Table:
    """100 rows, three features on one scale, seven rows of ten in class 1."""
    r = np.random.default_rng(429)
    X = r.standard_normal((100, 3))
    y = (X @ [1.0, -1.0, 0.5] + 1.2 + r.logistic(size=100) > 0).astype(int)
    return {"a": X[:, 0], "b": X[:, 1], "c": X[:, 2], "y": y}


def unequal_classes() -> Table:
    """The same with features that differ in their scale by a factor of ten."""
    t = classes()
    return {"a": t["a"] * 3.0, "b": t["b"] * 0.3, "c": t["c"], "y": t["y"]}


def imbalanced() -> Table:
    """120 rows, 85 % in class 1, and a constant column."""
    r = np.random.default_rng(11920)
    X = r.standard_normal((120, 2))
    y = (X @ [0.8, -0.5] + 2.2 + r.logistic(size=120) > 0).astype(int)
    return {"a": X[:, 0], "b": X[:, 1], "one": np.ones(120), "y": y}


def imbalanced_plain() -> Table:
    """The same without the constant column."""
    return {k: v for k, v in imbalanced().items() if k != "one"}


def numbers() -> Table:
    """100 rows, four features with a standard deviation (divisor n) of exactly 1, a target in tens."""
    r = np.random.default_rng(160096)
    X = scaled(r.standard_normal((100, 4)), "sd_n")
    return dict(zip("abcd", X.T, strict=True)) | {
        "y": 20 + 8 * X @ [1.0, 0.5, 0.0, -0.5] + 6 * r.standard_normal(100)
    }


def unequal_numbers() -> Table:
    """The same with features whose scales differ by a factor of 100."""
    t = numbers()
    return {"a": t["a"] * 10, "b": t["b"], "c": t["c"], "d": t["d"] / 10, "y": t["y"]}


# Fits


@quiet
def sklearn_logistic(table: Table, s: Settings) -> Array:
    """LogisticRegression where it has the settings; Newton's method for combinations that it lacks."""
    from sklearn.linear_model import LogisticRegression

    X, y = scaled(features(table), s.get("features.standardize", "none")), np.asarray(table["y"], float)
    l2, intercept = s["penalty.l2"], s.get("intercept", True)
    penalised = s.get("penalty.intercept", 0.0)
    solver = s.get("solver.algorithm", "lbfgs")
    fits = l2 > 0 and penalised == 1.0 if solver == "liblinear" else penalised == 0.0
    if not fits or s.get("solver.tolerance") == "end":
        return logistic(X, y, l2, intercept, penalised)
    model = LogisticRegression(
        C=1 / (len(y) * l2) if l2 else np.inf,
        solver=solver,
        fit_intercept=intercept,
        tol=s.get("solver.tolerance", 1e-4),
        max_iter=s.get("solver.max_iterations", 100),
    )
    return np.asarray(model.fit(X, y).predict_proba(X)[:, 1])


def r_glm(table: Table) -> Array:
    """R's glm with its defaults."""
    return in_r("out <- fitted(glm(y ~ ., binomial, d))", table)


def r_glmnet(table: Table, family: str, **arguments: str) -> Array:
    """R's glmnet at one lambda."""
    words = ", ".join(f"{k.replace('_', '.')} = {v}" for k, v in arguments.items())
    answer = f'out <- predict(glmnet(x, d$y, "{family}", {words}), x, type = "response")'
    return in_r(f"suppressMessages(library(glmnet)); {answer}", table)


@quiet
def elastic_net(X: Array, y: Array, l1: float, l2: float) -> Array:
    """Fitted values of RSS / (2n) + l1 |b|_1 + l2/2 |b|^2, the intercept free."""
    from sklearn.linear_model import ElasticNet, Ridge

    if l1 == 0:
        return np.asarray(Ridge(alpha=len(y) * l2).fit(X, y).predict(X))
    model = ElasticNet(alpha=l1 + l2, l1_ratio=l1 / (l1 + l2), tol=1e-14, max_iter=100000)
    return np.asarray(model.fit(X, y).predict(X))


def numbers_fit(table: Table, s: Settings) -> Array:
    """A penalised least-squares fit of scikit-learn, for any settings."""
    X = scaled(features(table), s.get("features.standardize", "none"))
    y = np.asarray(table["y"])
    return np.asarray(elastic_net(X, y, s.get("penalty.l1", 0.0), s.get("penalty.l2", 0.0)))


# Proofs


def three_rows_and_one_column(table: Table) -> Evidence:
    right = {"penalty.l2": 0.0, "intercept": False}
    left = {"penalty.l2": 1 / 3, "intercept": False}
    # By hand: without a penalty b = log(2), so p = 2/3; with C = 1 the root of 3 p(b) + b = 2 is b = 0.2865.
    low, high = 0.0, 1.0
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if 3 / (1 + np.exp(-middle)) + middle < 2 else (low, middle)
    assert abs(low - 0.2865) < 1e-4
    assert np.allclose(sklearn_logistic(table, left), 1 / (1 + np.exp(-low)), atol=1e-5)
    return switching(lambda s: sklearn_logistic(table, s), left, right, lambda _: np.full(3, 2 / 3))


def admissions_with_default_penalty(table: Table) -> Evidence:
    return switching(
        lambda s: sklearn_logistic(table, s),
        {"penalty.l2": 1 / 200, "solver.tolerance": 1e-4},
        {"penalty.l2": 0.0, "solver.tolerance": "end"},
        lambda _: r_glm(table),
    )


admissions_from_the_other_side = admissions_with_default_penalty


def cost_is_one_over_penalty(table: Table) -> Evidence:
    left = {
        "penalty.l2": 1 / (100 * 10),
        "penalty.intercept": 1.0,
        "solver.algorithm": "liblinear",
        "solver.tolerance": 1e-8,
    }
    right = {**left, "penalty.l2": 0.1, "penalty.intercept": 0.0, "solver.tolerance": "end"}
    return switching(
        lambda s: sklearn_logistic(table, s),
        left,
        right,
        lambda _: r_glmnet(
            table, "binomial", alpha="0", **{"lambda": "0.1"}, standardize="FALSE", thresh="1e-14"
        ),
    )


def c_is_one_over_n_lambda(table: Table) -> Evidence:
    scores = sklearn_logistic(
        table, {"penalty.l2": 0.1, "solver.algorithm": "newton-cholesky", "solver.tolerance": 1e-12}
    )
    other = r_glmnet(table, "binomial", alpha="0", **{"lambda": "0.1"}, standardize="FALSE", thresh="1e-20")
    return Evidence(float(np.abs(scores - other).max()))


def glmnet_standardizes_for_ridge(table: Table) -> Evidence:
    left = {"penalty.l2": 0.1, "features.standardize": "none", "solver.tolerance": 1e-4}
    right = {"penalty.l2": 0.1, "features.standardize": "sd_n", "solver.tolerance": "end"}
    return switching(
        lambda s: sklearn_logistic(table, s),
        left,
        right,
        lambda _: r_glmnet(table, "binomial", alpha="0", **{"lambda": "0.1"}),
    )


def h2o_divides_by_n_minus_one(table: Table) -> Evidence:
    left = {"features.standardize": "sd_n-1", "penalty.l2": 0.1, "solver.tolerance": "end"}
    h2o = in_h2o(
        "glm",
        table,
        family="binomial",
        alpha=0,
        lambda_=0.1,
        solver="COORDINATE_DESCENT",
        beta_epsilon=1e-12,
        objective_epsilon=1e-14,
        gradient_epsilon=1e-14,
        max_iterations=1000,
    )["score"]
    assert np.abs(h2o - sklearn_logistic(table, left)).max() < 1e-5
    return switching(
        lambda s: sklearn_logistic(table, s),
        left,
        {**left, "features.standardize": "sd_n"},
        lambda _: r_glmnet(table, "binomial", alpha="0", **{"lambda": "0.1"}, thresh="1e-20"),
    )


def small_classes() -> Table:
    """24 rows of `classes`: few enough for n and n - 1 to differ by 4 %."""
    return {k: v[:24] for k, v in classes().items()}


def lasso_and_glmnet(table: Table) -> Evidence:
    left = {"penalty.l1": 0.5, "features.standardize": "none"}
    right = {**left, "features.standardize": "sd_n"}
    other = r_glmnet(table, "gaussian", **{"lambda": "0.5"}, thresh="1e-20")
    return switching(lambda s: numbers_fit(table, s), left, right, lambda _: other)


glmnet_and_lasso = lasso_and_glmnet


def ridge_alpha_is_not_lambda(table: Table) -> Evidence:
    y = np.asarray(table["y"])
    left = {"penalty.l2": 10 / 100, "features.standardize": "none"}
    # glmnet standardises the target as well: lambda / sd_n(y) of a target with a standard deviation of 1.
    right = {"penalty.l2": 10 / y.std(), "features.standardize": "sd_n"}
    other = r_glmnet(table, "gaussian", alpha="0", **{"lambda": "10"}, thresh="1e-20")
    return switching(lambda s: numbers_fit(table, s), left, right, lambda _: other)


def ridge_alpha_is_n_lambda_over_sd(table: Table) -> Evidence:
    y = np.asarray(table["y"])
    scores = numbers_fit(table, {"penalty.l2": 20 / y.std()})
    other = r_glmnet(table, "gaussian", alpha="0", **{"lambda": "20"}, standardize="FALSE", thresh="1e-20")
    return Evidence(float(np.abs(scores - other).max()))


def elastic_net_names_crossed(table: Table) -> Evidence:
    # scikit-learn: alpha is the strength, l1_ratio the mix; glmnet: alpha is the mix, lambda the strength.
    sd = float(np.std(table["y"]))
    left = {"penalty.l1": 0.2 * 0.7, "penalty.l2": 0.2 * 0.3}
    right = {"penalty.l1": 0.7 * 0.2, "penalty.l2": 0.7 * 0.8 / sd}
    other = r_glmnet(table, "gaussian", alpha="0.2", **{"lambda": "0.7"}, thresh="1e-20")
    return switching(lambda s: numbers_fit(table, s), left, right, lambda _: other)


def h2o_penalises_by_default(table: Table) -> Evidence:
    h2o = in_h2o("glm", table, family="binomial")["score"]
    free = in_h2o("glm", table, family="binomial", lambda_=0)["score"]
    r = r_glm(table)
    gap, left = float(np.abs(h2o - r).max()), float(np.abs(free - r).max())
    unscaled = in_h2o("glm", table, family="binomial", lambda_=0, standardize=False)["score"]
    return Evidence(
        gap,
        left,
        {
            "penalty.strength": 1 - left / gap,
            "features.standardize": float(np.abs(unscaled - free).max()) / gap,
        },
    )


def alpha_over_n(table: Table) -> Evidence:
    # statsmodels' fit_regularized: RSS / (2n) + alpha/2 |b|^2, scikit-learn's Ridge: RSS + alpha |b|^2.
    X, y = features(table), np.asarray(table["y"])
    Xc, yc = X - X.mean(0), y - y.mean()
    normal = np.linalg.solve(Xc.T @ Xc / 100 + 2 * np.eye(4), Xc.T @ yc / 100)
    return switching(
        lambda s: numbers_fit(table, s),
        {"penalty.l2": 2 / 100},
        {"penalty.l2": 2.0},
        lambda _: Xc @ normal + y.mean(),
    )


@quiet
def lasso_or_ridge(table: Table) -> Evidence:
    from sklearn.linear_model import LogisticRegression

    def fit(s: Settings) -> Array:
        X, y = features(table), table["y"]
        model = LogisticRegression(
            C=0.1, l1_ratio=s["penalty.mix"], solver="saga", tol=1e-10, max_iter=20000, random_state=s["seed"]
        )
        return np.asarray(model.fit(X, y).predict_proba(X)[:, 1])

    return switching(fit, {"penalty.mix": 1.0, "seed": 1}, {"penalty.mix": 0.0, "seed": 7})


def keras_l2_has_no_half(table: Table) -> Evidence:
    X, y = features(table), np.asarray(table["y"], float)
    keras = in_keras_logistic(X, y, l2=0.1, rate=0.5, epochs=300)
    assert np.abs(keras - logistic(X, y, 0.2)).max() < 1e-5, "Keras's L2(0.1) adds 0.1 w^2: a ridge of 0.2"
    left, right = {"penalty.l2": 0.2}, {"penalty.l2": 0.1}
    return switching(lambda s: sklearn_logistic(table, {**s, "solver.tolerance": "end"}), left, right)


def lm_ridge_standardises(table: Table) -> Evidence:
    other = in_r("library(MASS); b <- coef(lm.ridge(y ~ ., d, lambda = 20)); out <- cbind(1, x) %*% b", table)
    left = {"penalty.l2": 20 / 100, "features.standardize": "none"}
    return switching(
        lambda s: numbers_fit(table, s), left, {**left, "features.standardize": "sd_n"}, lambda _: other
    )


# The intercept in the penalty (liblinear)


def _liblinear(c: float, n: int) -> Settings:
    return {
        "penalty.l2": 1 / (c * n),
        "penalty.intercept": 1.0,
        "solver.algorithm": "liblinear",
        "solver.tolerance": 1e-4,
    }


def intercept_shrunk_by_liblinear(table: Table) -> Evidence:
    left = _liblinear(1e-4, 120)
    right = {**left, "penalty.intercept": 0.0, "solver.tolerance": "end"}
    other = sklearn_logistic(table, {"penalty.l2": 1 / (1e-4 * 120)})
    return switching(lambda s: sklearn_logistic(table, s), left, right, lambda _: other)


intercept_shrunk_on_the_right = intercept_shrunk_by_liblinear


def constant_column_shares_the_intercept(table: Table) -> Evidence:
    left = _liblinear(0.05, 120)
    right = {**left, "penalty.intercept": 0.0, "solver.tolerance": "end"}
    other = sklearn_logistic(table, {"penalty.l2": 1 / (0.05 * 120)})
    assert exact_rank([[Fraction(1)] * 120, [Fraction(v) for v in table["one"]]]) == 1
    return switching(lambda s: sklearn_logistic(table, s), left, right, lambda _: other)


def penalised_intercept_against_no_penalty(table: Table) -> Evidence:
    left = _liblinear(0.05, 120)
    # Without a penalty the intercept's weight in it means nothing, so the two are switched as they enter
    # the objective: that of the coefficients and that of the intercept.
    y, X = np.asarray(table["y"], float), features(table)

    def fit(s: Settings) -> Array:
        if s["solver.tolerance"] != "end" and s["penalty.l2"] and s["penalty.intercept"]:
            return np.asarray(sklearn_logistic(table, left))
        Z = np.column_stack([X, np.ones(len(y))])
        ridge = np.array([s["penalty.l2"]] * X.shape[1] + [s["penalty.intercept"] * left["penalty.l2"]])
        beta = np.zeros(Z.shape[1])
        for _ in range(100):
            p = 1 / (1 + np.exp(-(Z @ beta)))
            H = (Z.T * (p * (1 - p))) @ Z / len(y) + np.diag(ridge)
            beta = beta - np.linalg.solve(H, Z.T @ (p - y) / len(y) + ridge * beta)
        return np.asarray(1 / (1 + np.exp(-(Z @ beta))))

    right = {**left, "penalty.l2": 0.0, "penalty.intercept": 0.0, "solver.tolerance": "end"}
    return switching(fit, left, right, lambda _: r_glm(table))


@quiet
def intercept_scaling_with_default_tolerance(table: Table) -> Evidence:
    from sklearn.linear_model import LogisticRegression

    X, y = features(table), table["y"]

    def fit(s: Settings) -> Array:
        model = LogisticRegression(
            C=1.0,
            solver="liblinear",
            tol=s["solver.tolerance"],
            intercept_scaling=1e4,
            max_iter=100000,
            random_state=0,
        )
        return np.asarray(model.fit(X, y).predict_proba(X)[:, 1])

    return switching(
        fit,
        {"solver.tolerance": 1e-4},
        {"solver.tolerance": 1e-14},
        lambda _: logistic(X, np.asarray(y, float), 1 / 120),
    )


# Weights


@quiet
def balanced_classes(table: Table) -> Evidence:
    from sklearn.linear_model import LogisticRegression

    X, y = features(table), np.asarray(table["y"], float)

    def fit(s: Settings) -> Array:
        model = LogisticRegression(class_weight=s["class_weight"], tol=s["solver.tolerance"], max_iter=1000)
        return np.asarray(model.fit(X, y).predict_proba(X)[:, 1])

    w = np.where(y == 1, len(y) / (2 * y.sum()), len(y) / (2 * (1 - y).sum()))
    left = {"class_weight": "balanced", "solver.tolerance": 1e-4}
    assert np.abs(fit(left) - logistic(X, y, 1 / len(y), weights=w)).max() < 1e-3
    return switching(fit, left, {"class_weight": None, "solver.tolerance": 1e-8})


def prior_of_the_class(table: Table) -> Evidence:
    tight = {
        "family": "binomial",
        "lambda_": 0,
        "beta_epsilon": 1e-12,
        "objective_epsilon": 1e-12,
        "gradient_epsilon": 1e-12,
    }
    plain = in_h2o("glm", table, **tight)["score"]
    y = np.asarray(table["y"], float)
    # H2O moves the intercept by the log-odds of the prior less those of the rows, and nothing else.
    eta = np.log(plain / (1 - plain)) + np.log(0.5 / 0.5) - np.log(y.mean() / (1 - y.mean()))
    moved = 1 / (1 + np.exp(-eta))
    prior = in_h2o("glm", table, prior=0.5, **tight)["score"]
    return Evidence(
        float(np.abs(prior - plain).max()), float(np.abs(prior - moved).max()), {"class.prior": 1.0}
    )
