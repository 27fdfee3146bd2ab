"""A small table, and coefficients of it as R, SAS, Stata, SPSS and statsmodels print them."""

from __future__ import annotations

import math
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

ROWS = 90
CODE = """
d <- read.csv("d.csv", stringsAsFactors = TRUE)
show <- function(name, x) { cat("\\n%%", name, "\\n", sep = ""); print(x) }
logistic <- glm(y ~ a + b + sex + grp, data = d, family = binomial)
linear <- lm(z ~ a + b + sex + grp, data = d)
show("glm", summary(logistic))
show("lm", summary(linear))
show("coef", coef(linear))
show("fit", lm(z ~ a + b, data = d))
show("swapped", coef(glm(1 - y ~ a + b + sex + grp, data = d, family = binomial)))
show("probit", coef(glm(y ~ a + b + sex, data = d, family = binomial(probit))))
show("poisson", summary(glm(k ~ a + b + sex, data = d, family = poisson)))
show("complete", coef(lm(z ~ a + b + sex, data = na.omit(d))))
show("without_18", coef(lm(z ~ a + b + sex, data = d[-18, ])))
show("first_60", coef(glm(y ~ a + b, data = d[1:60, ], family = binomial)))
show("weighted", coef(lm(z ~ a + b + sex, data = d, weights = k + 1)))
show("relevelled", coef(lm(z ~ a + grp, data = transform(d, grp = relevel(grp, "w")))))
show("scaled", coef(lm(z ~ a + b, data = data.frame(z = d$z, scale(d[c("a", "b")])))))
show("times_1000", coef(lm(1000 * z ~ a + b, data = d)))
show("log", coef(lm(log(z) ~ a + b, data = d)))
show("product", coef(lm(z ~ a * sex + I(b^2), data = d)))
show("aliased", summary(lm(z ~ a + b + twice, data = transform(d, twice = 2 * a))))
options(contrasts = c("contr.sum", "contr.poly"))
show("sum", coef(lm(z ~ a + sex + grp, data = d)))
options(contrasts = c("contr.helmert", "contr.poly"))
show("helmert", coef(lm(z ~ a + sex + grp, data = d)))
options(width = 50)
show("narrow", summary(linear))
"""


def table() -> pd.DataFrame:
    """The rows: numbers, two texts, two classes, a number, a count, and a column with missing values."""
    rng = np.random.default_rng(5)
    d = pd.DataFrame(
        {
            "a": rng.normal(40, 12, ROWS).round(1),
            "b": rng.normal(size=ROWS).round(3),
            "sex": rng.choice(["male", "female"], ROWS),
            "grp": rng.choice(["u", "v", "w"], ROWS),
        }
    )
    score = 0.05 * (d.a - 40) + 0.6 * d.b + 0.8 * (d.sex == "male") - 0.5 * (d.grp == "v")
    d["y"] = (rng.random(ROWS) < 1 / (1 + np.exp(-score))).astype(int)
    d["z"] = (20 + 2 * score + rng.normal(size=ROWS)).round(3)
    d["k"] = rng.poisson(np.exp(0.5 * score))
    d["spare"] = rng.normal(size=ROWS).round(3)
    d.loc[[4, 30, 77], "spare"] = np.nan
    return d


def from_r(folder: Path) -> dict[str, str]:
    """The texts that R prints, by their names in `CODE`; the table is written to ``d.csv`` in the folder."""
    table().to_csv(folder / "d.csv", index=False)
    done = subprocess.run(
        ["Rscript", "--vanilla", "-e", CODE],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    parts = done.stdout.split("\n%%")[1:]
    return {part.partition("\n")[0]: part.partition("\n")[2] for part in parts}


def as_csv(terms: Sequence[str], numbers: Sequence[float], form: str = "%.6g") -> str:
    """Terms and estimates as a CSV."""
    rows = [f"{term},{form % number}" for term, number in zip(terms, numbers, strict=True)]
    return "\n".join(["term,estimate", *rows, ""])


def statsmodels(fits: Mapping[str, tuple[float, float]], rows: int) -> str:
    """A summary in the layout of statsmodels."""
    bar, thin = "=" * 79, "-" * 79
    lines = [
        f"{'Logit Regression Results':^79}",
        bar,
        f"Dep. Variable:  y   No. Observations: {rows:>20}",
        bar,
    ]
    lines += [f"{'coef':>22}{'std err':>11}{'z':>11}{'P>|z|':>11}{'[0.025':>12}{'0.975]':>12}", thin]
    for term, (value, error) in fits.items():
        low, high = value - 1.96 * error, value + 1.96 * error
        numbers = f"{value:11.4f}{error:11.3f}{value / error:11.3f}{0.05:11.3f}{low:12.3f}{high:12.3f}"
        lines.append(f"{term:<14}{numbers}")
    return "\n".join([*lines, bar, ""])


def sas(fits: Mapping[str, tuple[float, float]], rows: int) -> str:
    """PROC LOGISTIC's table; a term ``sex male`` is a level in a column of its own."""
    lines = [
        f"Number of Observations Used   {rows}",
        "",
        " " * 13 + "Analysis of Maximum Likelihood Estimates",
        "",
    ]
    lines += [f"{'':38}Standard          Wald"]
    lines += ["Parameter         DF    Estimate       Error    Chi-Square    Pr > ChiSq", ""]
    for term, (value, error) in fits.items():
        name, _, level = term.partition(" ")
        chi = (value / error) ** 2
        lines.append(f"{name:<10}{level:<7}{1:>3}{value:12.4f}{error:12.4f}{chi:14.4f}{'<.0001':>14}")
    return "\n".join([*lines, "", "Odds Ratio Estimates", ""])


def stata(fits: Mapping[str, tuple[float, float]], rows: int, ratios: bool = False) -> str:
    """The table of Stata's logit, or logistic with its odds ratios; a term ``sex male`` is a level of sex."""
    head = "Odds Ratio" if ratios else "Coef."
    line = "-" * 13 + "+" + "-" * 64
    lines = [f"Logistic regression      Number of obs     = {rows:>10}", "-" * 78]
    lines += [f"{'y':>12} | {head:>10}   Std. Err.      z    P>|z|     [95% Conf. Interval]", line]
    for term, (coefficient, of_coefficient) in fits.items():
        value, error = (coefficient, of_coefficient)
        if ratios:
            value, error = math.exp(coefficient), math.exp(coefficient) * of_coefficient
        name, _, level = term.partition(" ")
        if level:
            lines += [f"{'':>12} |", f"{name:>12} |", f"{'first':>11}  | {0:>10}  (base)"]
        shown = f"{level or name:>11}  |" if level else f"{name:>12} |"
        lines.append(
            f"{shown} {_nine(value):>10} {_nine(error):>11}  {1.5:7.2f}   0.010  {-1:10.3g}  {1:10.3g}"
        )
    return "\n".join([*lines, "-" * 78, ""])


def _nine(value: float) -> str:
    """Stata's %9.0g: seven digits, without the 0 before the point and zeros at the end."""
    text = f"{value:.7g}" if abs(value) >= 1 else f"{value:.7f}".rstrip("0")
    return text.replace("0.", ".", 1) if abs(value) < 1 else text


def spss(fits: Mapping[str, tuple[float, float]]) -> str:
    """Variables in the Equation."""
    lines = ["Variables in the Equation", f"{'':18}B      S.E.    Wald   df   Sig.   Exp(B)"]
    for i, (term, (value, error)) in enumerate(fits.items()):
        start = "Step 1a  " if not i else " " * 9
        numbers = f"{value:9.3f}{error:9.3f}{(value / error) ** 2:9.3f}{1:4}{0.01:7.3f}{math.exp(value):9.3f}"
        lines.append(f"{start}{term:<10}{numbers}")
    return "\n".join([*lines, "", "a. Variable(s) entered on step 1: a.", ""])


def numbers_of(text: str) -> dict[str, Any]:
    """Term -> estimate of a table that is read."""
    from crossframe.explain.coefficients.tables import read_table

    return {c.term: c.estimate for c in read_table(text).coefficients}
