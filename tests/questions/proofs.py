"""The cause of each question, established without crossframe; a question's function has its folder's name.

A proof names the scores of both sides as expressions at the end of their scripts, and for each cause and
decoy the change to a script's text that makes it equal on both sides: see tests/cases/scripts_run.py.
Networks and forests are in proofs_random.py.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from tests.cases import scripts_run
from tests.cases.proving import direction_separates, exact_rank
from tests.cases.scripts_run import Array, Evidence
from tests.questions import tables
from tests.questions.tables import folder


def compared(number: int, *words: object, **more: object) -> Evidence:
    """`scripts_run.compared` in a question's folder."""
    return scripts_run.compared(str(folder(number)), *words, **more)  # type: ignore[arg-type]


def run(number: int, side: str, expression: str) -> Array:
    """`scripts_run.run` in a question's folder."""
    return scripts_run.run(str(folder(number)), side, expression)


def printed(number: int, columns: dict[str, int]) -> dict[str, Array]:
    """Columns of a printed table, by name: the numbers at a place of each line that begins with a term."""
    text = (folder(number) / "left.txt").read_text(encoding="utf-8").replace("|", " ")
    lines = [line.split() for line in text.splitlines()]
    rows = [words for words in lines if words and words[0] in ("(Intercept)", "x", "size", "debt", "_cons")]
    return {name: np.array([float(words[at]) for words in rows]) for name, at in columns.items()}


def with_inference(evidence: Evidence, cause: str, as_printed: Array, other: Array, alike: Array) -> Evidence:
    """Evidence on what is printed beside coefficients: relative differences, with and without the cause."""
    gap, closed = (float(np.max(np.abs(each / as_printed - 1))) for each in (other, alike))
    assert evidence.gap < 1e-6
    return Evidence(gap, closed, {cause: (gap - closed) / gap})


# Linear and logistic models


def sklearn_and_logit() -> Evidence:
    return compared(
        1,
        "model.predict_proba(X)[:, 1]",
        "result.predict(X)",
        {
            "penalty.l2": [
                ("left", "fit_intercept=False,", "fit_intercept=False, C=float('inf'), tol=1e-10,")
            ],
            "solver.max_iterations": [("left", "max_iter=1000", "max_iter=900")],
        },
    )


def solvers_differ() -> Evidence:
    # Another solver gets there; so would this one, if it were given columns on one scale and more iterations.
    return compared(
        2,
        "clf.predict_proba(X)[:, 1]",
        "res.predict(X)",
        {"solver.algorithm": [("left", 'solver="sag"', 'solver="newton-cholesky", tol=1e-10')]},
    )


def ridge_in_glmnet() -> Evidence:
    # glmnet scales the target too: lambda is in units of its standard deviation, and the loss is a mean.
    return compared(
        3,
        "predict(fit, x)",
        "model.predict(X)",
        {"penalty.l2": [("right", "alpha=100", "alpha=100 * len(y) / y.std(ddof=0)")]},
    )


def ridge_in_statsmodels() -> Evidence:
    scaled = "[0, 1 / 300, 1 / 300, 1 / 300, 1 / 300]"
    changes = {"penalty.l2": [("right", "[0, 1.0, 1.0, 1.0, 1.0]", scaled)]}
    return compared(4, "ridge.predict(X)", "X @ ols.params", changes)


def glmnet_and_lm() -> Evidence:
    changes = {"solver.tolerance_update": [("left", "lambda = 0", "lambda = 0, thresh = 1e-20, maxit = 1e7")]}
    return compared(5, "predict(fit, X)", "fitted(fit)", changes)


def h2o_without_intercept() -> Evidence:
    # With standardize=True H2O subtracts the means; without an intercept that is another model.
    return compared(
        7,
        "fitted",
        "fitted(fit)",
        {"features.standardize": [("left", "intercept=False,", "intercept=False, standardize=False,")]},
    )


def julia_and_r() -> Evidence:
    # Where x is 3 every y is 1, and where it is 5 both occur: 5 - x is never on the wrong side.
    data = tables.three_rows()
    table = {"x": list(data["x"]), "y": list(data["y"])}
    direction = {"1": Fraction(5), "x": Fraction(-1)}
    left, right = printed(8, {"coefficient": 1})["coefficient"], run(8, "right", "coef(lr)")
    assert np.max(np.abs(left - right)) > 1
    return Evidence(0.0, exact=direction_separates(table, direction, 1))


def collinear_columns() -> Evidence:
    data = tables.regions().drop(columns="fertility")
    columns = [[Fraction(str(value)) for value in data[name]] for name in data]
    evidence = compared(9, "fitted(fit)", "results.fittedvalues")
    left, right = run(9, "left", "coef(fit)[2]"), run(9, "right", "results.params['farming']")
    assert np.abs(left - right).max() > 0.1
    return Evidence(evidence.gap, evidence.closed, exact=exact_rank(columns) == len(columns) - 1)


def polynomials() -> Evidence:
    return compared(
        10,
        "fitted(lm.fit)",
        "reg.predict(x)",
        coefficients=("coef(lm.fit)[-1]", "reg.coef_[1:]"),
    )


def one_standard_error() -> Evidence:
    # glmnet divides the deviation over the folds by the root of their number.
    assert np.allclose(run(11, "left", "cv$cvm"), run(11, "right", "cvm"), rtol=1e-6)
    return compared(
        11,
        "predict(fit, x)",
        "lasso.predict(X)",
        {"penalty.l1": [("right", "ddof=1)", "ddof=1) / np.sqrt(10)")]},
    )


def multinom_interaction() -> Evidence:
    changes = {"solver.max_iterations": [("right", "data = A", "data = A, maxit = 20000, reltol = 1e-15")]}
    return compared(19, "fitted(model1)", "fitted(model3)", changes)


def zeros_in_poisson() -> Evidence:
    # Nobody moved to E: its level falls for ever, and no other row is touched.
    data = tables.flows()
    never = bool((data.loc[data["to"] == "E", "count"] == 0).all())
    last = "Model.params['to[T.E]']", "coef(Model)['toE']"
    assert abs(run(22, "left", last[0])[0] - run(22, "right", last[1])[0]) > 1
    evidence = compared(22, "Model.fittedvalues", "fitted(Model)")
    return Evidence(evidence.gap, evidence.closed, exact=never)


def poisson_lasso() -> Evidence:
    smallest = run(23, "left", "min(mod$lambda)")[0]
    return compared(
        23,
        'predict(mod, covar, type = "response")[, length(mod$lambda)]',
        "np.exp(X @ res.params)",
        {"penalty.l1": [("right", "np.full(6, 0.1)", f"np.full(6, {smallest:.17g})")]},
    )


def log_link_base_level() -> Evidence:
    return compared(
        24,
        "model.predict(X)",
        "model.fittedvalues",
        coefficients=("[model.intercept_, *model.coef_[1:]]", "model.params.iloc[:4]"),
    )


def prior_weights() -> Evidence:
    scores = 'predict(fit, trials, type = "response")'
    return compared(30, scores, scores)


def principal_components() -> Evidence:
    # StandardScaler divides by the deviation with n, prcomp by that with n - 1; signs are a convention.
    left = run(29, "left", "t(data_pca$x)").reshape(16, 5)
    right = run(29, "right", "data_pca").reshape(16, 5)
    factor = np.sign((left * right).sum(axis=0)) * np.sqrt(15 / 16)
    apart = np.max(np.abs(left - right))
    return Evidence(float(np.max(np.abs(left - right * factor))), coefficients=float(apart))


# Standard errors and p-values


def p_values_of_clusters() -> Evidence:
    # statsmodels takes t with as many degrees of freedom as clusters less one, the printed table n - k.
    table = printed(21, {"coefficient": 1, "error": 2})
    order = "res.{0}[['size', 'debt', 'Intercept']]"
    same = Evidence(float(np.max(np.abs(run(21, "right", order.format("bse")) / table["error"] - 1))))
    p = tables.stats.t.sf(np.abs(table["coefficient"] / table["error"]), 357) * 2
    again = "__import__('scipy.stats').stats.t.sf(abs(res.tvalues[['size', 'debt', 'Intercept']]), 357) * 2"
    other, alike = run(21, "right", order.format("pvalues")), run(21, "right", again)
    return with_inference(same, "inference.*", p, other, alike)


def fixed_effects() -> Evidence:
    # fixest does not count the groups' levels, which are nested in the clusters: k is 2, not 13.
    table = printed(25, {"coefficient": 1, "error": 2})
    same = Evidence(float(np.abs(run(25, "right", "fit.params['x']") - table["coefficient"])[0]))
    other = run(25, "right", "fit.bse['x']")
    return with_inference(same, "inference.*", table["error"], other, other * np.sqrt(167 / 178))


# Out of reach


def mixed_models() -> Evidence:
    # cg stops early; a third optimiser, also derivative-free, agrees with the second.
    assert run(26, "left", "mdf.converged")[0] == 0
    assert run(26, "left", "mdf.llf")[0] < run(26, "right", "mdf.llf")[0]
    scores = "mdf.fittedvalues"
    return compared(26, scores, scores, {"converged": [("left", 'method="cg"', 'method="nm"')]})


def cox_ties() -> Evidence:
    changes = {"ties.*": [("right", "status=", 'ties="efron", status=')]}
    return compared(27, "coef(cox)", "res.params", changes)


def smooth_terms() -> Evidence:
    changes = {"penalty.*": [("left", "alpha=[0.6]", "alpha=[0.1]")]}
    return compared(28, "gam.fittedvalues", "fitted(gam)", changes)
