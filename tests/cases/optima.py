"""Rank and its tolerance, separation, sides that are not at their end, links."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from tests.cases.penalties import classes, elastic_net, r_glm, r_glmnet, sklearn_logistic
from tests.cases.proving import (
    Array,
    Evidence,
    Settings,
    Table,
    direction_separates,
    exact_rank,
    features,
    in_h2o,
    in_r,
    logistic,
    quiet,
    scaled,
    switching,
)

__all__ = ["classes"]

# Data


def near_collinear(bits: int = 26) -> Table:
    """40 rows; b is a but for its last bits, and the target follows the difference."""
    r = np.random.default_rng(494824)
    a, e = np.round(r.standard_normal(40) * 2**10) / 2**10, r.integers(-4, 5, 40).astype(float)
    return {
        "a": a,
        "b": a + e * 2.0**-bits,
        "c": r.standard_normal(40),
        "y": 3 * a + 2 * e + 0.3 * r.standard_normal(40),
    }


def less_collinear() -> Table:
    """The same with a difference that is 16 times as large."""
    return near_collinear(22)


def powers() -> Table:
    """Like NIST's Filip: one variable between -9 and -3 and its powers to the tenth, 82 rows."""
    r = np.random.default_rng(558)
    x = np.round(np.linspace(-8.78, -3.13, 82), 3)
    y = 0.8 + 0.1 * np.sin(3 * x) + 0.02 * x + 0.003 * r.standard_normal(82)
    return {f"x{k}": x**k for k in range(1, 11)} | {"y": y}


def dummies() -> Table:
    """All four dummies of a factor beside the intercept, and a number; the target is numeric."""
    r = np.random.default_rng(473188)
    level = np.arange(60) % 4
    x = r.standard_normal(60)
    table: Table = {f"d{k}": (level == k).astype(float) for k in range(4)}
    return table | {"x": x, "y": level + 0.5 * x + 0.4 * r.standard_normal(60)}


def dummies_and_classes() -> Table:
    """The same with two classes."""
    r = np.random.default_rng(7254)
    t = dummies()
    return t | {"y": (t["y"] - 1.5 + r.logistic(size=60) > 0).astype(int)}


def separable() -> Table:
    """40 rows, two features; class 1 is where a + b > 0, with a margin."""
    r = np.random.default_rng(277201)
    X = np.round(r.standard_normal((40, 2)), 2)
    side = X.sum(1) > 0
    X[:, 0] += np.where(side, 0.25, -0.25)
    return {"a": X[:, 0], "b": X[:, 1], "y": side.astype(int)}


def quasi_separable() -> Table:
    """80 rows; whoever has the dummy is of class 1, the others are mixed."""
    r = np.random.default_rng(294)
    d = (np.arange(80) % 5 == 0).astype(float)
    x = r.standard_normal(80)
    y = np.where(d == 1, 1, (0.7 * x + r.logistic(size=80) > 0)).astype(int)
    return {"d": d, "x": x, "y": y}


def badly_scaled() -> Table:
    """150 rows; one feature in tens of thousands, one in thousandths, both matter."""
    r = np.random.default_rng(24752)
    X = r.standard_normal((150, 3))
    y = (X @ [1.5, -1.0, 0.5] + r.logistic(size=150) > 0).astype(int)
    return {"a": X[:, 0] * 2e4 + 1e5, "b": X[:, 1] * 1e-3, "c": X[:, 2], "y": y}


def correlated_numbers() -> Table:
    """100 rows, six features with correlations of .97, a numeric target."""
    r = np.random.default_rng(275)
    X = 0.98 * r.standard_normal((100, 1)) + 0.17 * r.standard_normal((100, 6))
    return dict(zip("abcdef", X.T, strict=True)) | {
        "y": X @ [4.0, -3, 2, -2, 3, -3] + 0.5 * r.standard_normal(100)
    }


def rare_events() -> Table:
    """300 rows whose tails matter: where links differ."""
    r = np.random.default_rng(41)
    x = r.standard_normal(300)
    z = r.standard_normal(300)
    return {"x": x, "z": z, "y": (1.6 * x - z - 0.8 + r.logistic(size=300) > 0).astype(int)}


# Rank


def qr_rank(table: Table, tolerance: float) -> tuple[int, Array]:
    """Rank and fitted values by R's own pivoted QR, lm.fit, at a tolerance."""
    out = in_r(
        f"f <- lm.fit(cbind(1, x), d$y, tol = {tolerance!r}); out <- c(f$rank, f$fitted.values)", table
    )
    return int(out[0]), out[1:]


@quiet
def linear(table: Table, tolerance: float = 1e-6) -> Array:
    """LinearRegression; its tol is the cond of scipy's lstsq from scikit-learn 1.8 on."""
    from sklearn.linear_model import LinearRegression

    X = features(table)
    return np.asarray(LinearRegression(tol=tolerance).fit(X, table["y"]).predict(X))


def _exact(table: Table) -> int:
    columns = [[Fraction(1)] * len(table["y"])]
    return exact_rank(columns + [[Fraction(float(v)) for v in c] for k, c in table.items() if k != "y"])


def lm_drops_what_lstsq_keeps(table: Table) -> Evidence:
    assert _exact(table) == 4
    assert (qr_rank(table, 1e-7)[0], qr_rank(table, 1e-12)[0]) == (3, 4)

    def fit(s: Settings) -> Array:
        tolerance = s["solver.rank_tolerance"]
        return qr_rank(table, tolerance)[1] if s["collinear"] == "alias" else linear(table, tolerance)

    left = {"solver.rank_tolerance": 1e-7, "collinear": "alias"}
    return switching(fit, left, {"solver.rank_tolerance": 1e-12, "collinear": "minimum_norm"})


lstsq_keeps_what_lm_drops = lm_drops_what_lstsq_keeps


def lstsq_drops_what_lm_keeps(table: Table) -> Evidence:
    assert (_exact(table), qr_rank(table, 1e-7)[0]) == (4, 4)
    return switching(
        lambda s: linear(table, s["solver.rank_tolerance"]),
        {"solver.rank_tolerance": 1e-6},
        {"solver.rank_tolerance": 1e-12},
        lambda _: qr_rank(table, 1e-7)[1],
    )


def small_rank_tolerances(table: Table) -> Evidence:
    assert qr_rank(table, 1e-12)[0] == _exact(table) == 4
    return Evidence(float(np.abs(qr_rank(table, 1e-12)[1] - linear(table, 1e-12)).max()))


def powers_of_ten(table: Table) -> Evidence:
    assert _exact(table) == 11
    assert (qr_rank(table, 1e-7)[0], qr_rank(table, 1e-13)[0]) == (10, 11)
    return switching(
        lambda s: qr_rank(table, s["solver.rank_tolerance"])[1],
        {"solver.rank_tolerance": 1e-7},
        {"solver.rank_tolerance": 1e-13},
    )


def dummy_trap(table: Table) -> Evidence:
    """One set of fitted values; coefficients by aliasing in lm, of minimum norm in LinearRegression."""
    from sklearn.linear_model import LinearRegression

    assert _exact(table) == 5 < 6
    X, y = features(table), np.asarray(table["y"])
    aliased = in_r("b <- coef(lm(y ~ ., d))[-1]; b[is.na(b)] <- 0; out <- b", table)
    centred = X - X.mean(0)
    smallest = np.linalg.pinv(centred, rcond=1e-10) @ (y - y.mean())
    assert np.abs(LinearRegression().fit(X, y).coef_ - smallest).max() < 1e-9
    assert np.abs(aliased - smallest).max() > 0.1
    return Evidence(float(np.abs(qr_rank(table, 1e-7)[1] - linear(table)).max()), exact=False)


def dummy_trap_for_glm(table: Table) -> Evidence:
    assert _exact(table) == 5 < 6
    kept = sklearn_logistic(
        {k: v for k, v in table.items() if k != "d0"}, {"penalty.l2": 0.0, "solver.tolerance": "end"}
    )
    return Evidence(float(np.abs(r_glm(table) - kept).max()), exact=False)


def epsilon_is_a_rank_tolerance(table: Table) -> Evidence:
    # glm.fit: qr_tol = min(1e-7, epsilon / 1000). At 1e-15 no column is aliased, at 1e-12 one is.
    def fit(s: Settings) -> Array:
        control = f"list(epsilon = {s['solver.tolerance_deviance']!r})"
        return in_r(f"suppressWarnings(out <- fitted(glm(y ~ ., binomial, d, control = {control})))", table)

    rank = "suppressWarnings(out <- glm(y ~ ., binomial, d, control = list(epsilon = 1e-15))$rank)"
    assert (
        int(in_r(rank, table)[0]),
        int(in_r(rank.replace("1e-15", "1e-12"), table)[0]),
        _exact(table),
    ) == (6, 5, 5)
    return switching(fit, {"solver.tolerance_deviance": 1e-15}, {"solver.tolerance_deviance": 1e-8})


# Separation


def classes_are_separated(table: Table) -> Evidence:
    exact = direction_separates(table, {"1": Fraction(0), "a": Fraction(1), "b": Fraction(1)}, 1)
    scores = sklearn_logistic(table, {"penalty.l2": 0.0, "solver.algorithm": "lbfgs"})
    return Evidence(float(np.abs(scores - r_glm(table)).max()), exact=not exact)


separated_from_the_other_side = classes_are_separated


def one_dummy_separates(table: Table) -> Evidence:
    exact = direction_separates(table, {"d": Fraction(1)}, 1)
    glm = r_glm(table)
    loose = sklearn_logistic(table, {"penalty.l2": 0.0})
    return Evidence(float(np.abs(glm - loose).max()), exact=not exact)


def a_penalty_has_an_optimum(table: Table) -> Evidence:
    assert direction_separates(table, {"1": Fraction(0), "a": Fraction(1), "b": Fraction(1)}, 1)
    scores = sklearn_logistic(
        table, {"penalty.l2": 1 / 40, "solver.algorithm": "newton-cholesky", "solver.tolerance": 1e-12}
    )
    other = r_glmnet(table, "binomial", alpha="0", **{"lambda": "0.025"}, standardize="FALSE", thresh="1e-20")
    return Evidence(float(np.abs(scores - other).max()))


# Sides that are not at their end


@quiet
def raw_columns_for_lbfgs(table: Table) -> Evidence:
    right = {"penalty.l2": 0.0, "solver.tolerance": "end"}
    X = scaled(features(table), "sd_n")
    assert np.abs(logistic(X, np.asarray(table["y"], float)) - r_glm(table)).max() < 1e-6
    return switching(
        lambda s: sklearn_logistic(table, s),
        {"penalty.l2": 0.0, "solver.tolerance": 1e-4},
        right,
        lambda _: r_glm(table),
    )


raw_columns_on_the_right = raw_columns_for_lbfgs


@quiet
def saga_on_raw_columns(table: Table) -> Evidence:
    from sklearn.linear_model import LogisticRegression

    X, y = features(table), np.asarray(table["y"], float)

    def fit(s: Settings) -> Array:
        if s["solver.max_iterations"] == "end":
            return logistic(X, y, 1 / 150)
        model = LogisticRegression(solver="saga", max_iter=s["solver.max_iterations"], random_state=s["seed"])
        return np.asarray(model.fit(X, y).predict_proba(X)[:, 1])

    left = {"solver.max_iterations": 100, "seed": 1}
    return switching(fit, left, {"solver.max_iterations": "end", "seed": 2})


@quiet
def five_iterations(table: Table) -> Evidence:
    left = {"penalty.l2": 1 / 100, "solver.max_iterations": 2, "solver.tolerance": 1e-4}
    right = {"penalty.l2": 1 / 100, "solver.max_iterations": 1000, "solver.tolerance": 1e-10}
    return switching(lambda s: sklearn_logistic(table, s), left, right)


@quiet
def lasso_with_three_sweeps(table: Table) -> Evidence:
    from sklearn.linear_model import Lasso

    X = features(table)

    def fit(s: Settings) -> Array:
        return np.asarray(
            Lasso(alpha=0.01, max_iter=s["solver.max_iterations"], tol=1e-10).fit(X, table["y"]).predict(X)
        )

    right = {"solver.max_iterations": 100000}
    return switching(
        fit, {"solver.max_iterations": 3}, right, lambda _: elastic_net(X, np.asarray(table["y"]), 0.01, 0.0)
    )


def glmnet_with_a_loose_threshold(table: Table) -> Evidence:
    def fit(s: Settings) -> Array:
        return r_glmnet(
            table, "gaussian", **{"lambda": "0.01"}, standardize="FALSE", thresh=s["solver.tolerance_update"]
        )

    X, y = features(table), np.asarray(table["y"])
    return switching(
        fit,
        {"solver.tolerance_update": "0.1"},
        {"solver.tolerance_update": "1e-20"},
        lambda _: elastic_net(X, y, 0.01, 0.0),
    )


def h2o_with_one_iteration(table: Table) -> Evidence:
    def fit(s: Settings) -> Array:
        most = s["solver.max_iterations"]
        return np.asarray(in_h2o("glm", table, family="binomial", lambda_=0, max_iterations=most)["score"])

    return switching(fit, {"solver.max_iterations": 2}, {"solver.max_iterations": 50}, lambda _: r_glm(table))


def a_network_without_a_hidden_layer(table: Table) -> Evidence:
    """Adam from each of ten starts, 20 epochs of 4 batches: far from the optimum; 4000 epochs: at it."""
    X, y = features(table), np.asarray(table["y"], float)
    optimum = logistic(X, y)

    def adam(s: Settings, seed: int = 0) -> Array:
        r = np.random.default_rng(seed)
        limit = np.sqrt(6 / (X.shape[1] + 1))
        w = np.append(r.uniform(-limit, limit, X.shape[1]), 0.0)
        Z = np.column_stack([X, np.ones(len(y))])
        m, v, t = np.zeros_like(w), np.zeros_like(w), 0
        for _ in range(s["epochs"]):
            order = r.permutation(len(y))
            for at in range(0, len(y), 32):
                rows = order[at : at + 32]
                g = Z[rows].T @ (1 / (1 + np.exp(-(Z[rows] @ w))) - y[rows]) / len(rows)
                t += 1
                m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
                w = w - 0.001 * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-7)
        return np.asarray(1 / (1 + np.exp(-(Z @ w))))

    starts = [float(np.abs(adam({"epochs": 20}, seed) - optimum).max()) for seed in range(10)]
    assert min(starts) > 0.1
    return switching(adam, {"epochs": 20}, {"epochs": 4000}, lambda _: optimum)


# Links


def _link(table: Table, name: str) -> Array:
    return in_r(f'out <- fitted(glm(y ~ ., binomial("{name}"), d, control = list(epsilon = 1e-12)))', table)


def probit_or_logit(table: Table) -> Evidence:
    return switching(lambda s: _link(table, s["link"]), {"link": "probit"}, {"link": "logit"})


def cloglog_or_logit_in_scikit_learn(table: Table) -> Evidence:
    other = sklearn_logistic(table, {"penalty.l2": 0.0, "solver.tolerance": "end"})
    return switching(
        lambda s: _link(table, s["link"]), {"link": "cloglog"}, {"link": "logit"}, lambda _: other
    )


def probability_is_a_line(table: Table) -> Evidence:
    line = in_r("out <- fitted(lm(y ~ ., d))", table)
    fits = {"identity": line, "logit": r_glm(table)}
    return switching(lambda s: fits[s["link"]], {"link": "identity"}, {"link": "logit"})


def gaussian_glm_is_lm(table: Table) -> Evidence:
    line, glm = (
        in_r("out <- fitted(lm(y ~ ., d))", table),
        in_r("out <- fitted(glm(y ~ ., gaussian, d))", table),
    )
    return Evidence(float(np.abs(line - glm).max()))


def standardising_without_a_penalty(table: Table) -> Evidence:
    tight = {
        "family": "binomial",
        "lambda_": 0,
        "beta_epsilon": 1e-12,
        "objective_epsilon": 1e-14,
        "gradient_epsilon": 1e-12,
    }
    scores = [in_h2o("glm", table, standardize=s, **tight)["score"] for s in (True, False)]
    assert np.abs(scores[0] - r_glm(table)).max() < 1e-6
    return Evidence(float(np.abs(scores[0] - scores[1]).max()))


def standardising_with_a_penalty(table: Table) -> Evidence:
    tight = {
        "family": "binomial",
        "lambda_": 0.05,
        "alpha": 0,
        "solver": "COORDINATE_DESCENT",
        "beta_epsilon": 1e-12,
        "objective_epsilon": 1e-14,
        "gradient_epsilon": 1e-14,
        "max_iterations": 1000,
    }

    def fit(s: Settings) -> Array:
        how = s["features.standardize"] == "sd_n-1"
        return np.asarray(in_h2o("glm", table, standardize=how, **tight)["score"])

    left = {"features.standardize": "sd_n-1"}
    y = np.asarray(table["y"], float)
    assert np.abs(fit(left) - logistic(scaled(features(table), "sd_n-1"), y, 0.05)).max() < 1e-6
    return switching(fit, left, {"features.standardize": "none"})


def unequal_classes() -> Table:
    """`classes` with features whose scales differ by a factor of ten."""
    t = classes()
    return {"a": t["a"] * 3.0, "b": t["b"] * 0.3, "c": t["c"], "y": t["y"]}
