"""Tables of the questions, each made once from its own seed and kept beside its scripts.

The numbers are our own; where a question has a public table, ours has its shape. ``python -m
tests.questions.tables`` writes them again.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

from tests.cases.scripts_data import _classes, admissions, braking

FOLDER = Path(__file__).parent


def default() -> pd.DataFrame:
    """Like ISLR's table of credit card defaults: 500 people, columns from 0.1 to 70,000."""
    r = np.random.default_rng(19193)
    n = 500
    student = r.integers(0, 2, n)
    balance = np.round(np.clip(r.normal(1150 + 250 * student, 450, n), 0, None), 2)
    income = np.round(np.clip(r.normal(40000 - 20000 * student, 8000, n), 800, None), 2)
    default = _classes(r, -8.5 + 0.0057 * balance - 0.65 * student + 0.000003 * income)
    return pd.DataFrame({"default": default, "student": student, "balance": balance, "income": income})


def baseball() -> pd.DataFrame:
    """Salary by counts of hits and years, 150 players."""
    r = np.random.default_rng(160097)
    n = 150
    years = r.integers(1, 20, n)
    hits = np.round(r.normal(105, 42, n).clip(5)).astype(int)
    walks = np.round(0.3 * hits + r.normal(8, 12, n).clip(-20)).clip(0).astype(int)
    errors = r.poisson(8, n)
    salary = np.round(90 + 2.4 * hits + 3.1 * walks + 18 * years - 3 * errors + r.normal(0, 180, n), 1)
    return pd.DataFrame({"hits": hits, "walks": walks, "years": years, "errors": errors, "salary": salary})


def correlated() -> pd.DataFrame:
    """Four columns, two of them nearly the same: 300 rows."""
    r = np.random.default_rng(72260808)
    n = 300
    a = r.normal(size=n)
    b = a + r.normal(scale=0.25, size=n)
    c, d = r.normal(size=n), r.normal(size=n)
    y = 5 - 2 * a + d + r.normal(size=n)
    return pd.DataFrame({"a": a, "b": b, "c": c, "d": d, "y": y}).round(4)


def corners() -> pd.DataFrame:
    """Two classes of ten points each, which a line separates."""
    r = np.random.default_rng(6)
    at = np.repeat([1.0, 2.0], 10)
    X = at[:, None] + np.round(r.uniform(-0.3, 0.3, (20, 2)), 2)
    return pd.DataFrame({"x1": X[:, 0], "x2": X[:, 1], "label": (at > 1.5).astype(int)}).round(2)


def flowers() -> pd.DataFrame:
    """Like the table of irises: four lengths and a kind of flower, 150 rows."""
    r = np.random.default_rng(15778)
    kind = np.repeat([0, 1, 2], 50)
    petal = np.round(np.array([1.5, 4.3, 5.5])[kind] + r.normal(0, 0.4, 150), 1)
    sepal = np.round(np.array([5.0, 5.9, 6.6])[kind] + r.normal(0, 0.5, 150), 1)
    width = np.round(np.array([0.2, 1.3, 2.0])[kind] + r.normal(0, 0.2, 150), 1)
    height = np.round(1.0 + 0.6 * sepal - 0.45 * petal + 0.5 * width + r.normal(0, 0.25, 150), 1)
    return pd.DataFrame({"sepal": sepal, "petal": petal, "width": width, "height": height})


def three_rows() -> pd.DataFrame:
    """Three rows: where x is 3 every y is 1."""
    return pd.DataFrame({"x": [3, 5, 5], "y": [1, 0, 1]})


def regions() -> pd.DataFrame:
    """Fertility in 47 provinces; the last column is the sum of two others."""
    r = np.random.default_rng(116825)
    n = 47
    farming = np.round(r.uniform(2, 90, n), 1)
    schooling = np.round((22 - 0.2 * farming + r.normal(0, 5, n)).clip(1), 1)
    exams = np.round((24 - 0.15 * farming + r.normal(0, 5, n)).clip(3), 0)
    deaths = np.round(r.normal(20, 3, n), 1)
    fertility = np.round(60 - 0.15 * farming - 0.8 * schooling - 0.2 * exams + deaths + r.normal(0, 6, n), 1)
    return pd.DataFrame(
        {
            "fertility": fertility, "farming": farming, "schooling": schooling, "exams": exams,
            "deaths": deaths, "z": np.round(farming + schooling, 1),
        }
    )  # fmt: skip


def folds() -> pd.DataFrame:
    """Twelve standardised columns, of which four matter, and the fold of each of 120 rows."""
    r = np.random.default_rng(45)
    n = 120
    X = r.standard_normal((n, 12))
    X = (X - X.mean(axis=0)) / X.std(axis=0)
    y = X[:, 0] - 0.8 * X[:, 1] + 0.4 * X[:, 2] - 0.3 * X[:, 3] + r.normal(0, 1.4, n)
    table = pd.DataFrame(X, columns=[f"x{k}" for k in range(1, 13)]).assign(y=y)
    return table.round(6).assign(fold=np.arange(n) % 10 + 1)


def engines() -> pd.DataFrame:
    """One number from four, for small networks: 300 rows."""
    r = np.random.default_rng(53633838)
    n = 300
    X = np.round(r.standard_normal((n, 4)), 3)
    y = np.round(np.tanh(X[:, 0]) - X[:, 1] + 0.5 * X[:, 2] * X[:, 3] + r.normal(0, 0.2, n), 3)
    return pd.DataFrame(X, columns=["load", "heat", "speed", "age"]).assign(wear=y)


def wide() -> pd.DataFrame:
    """A linear target of twenty columns, ten of which matter: 1000 rows, no noise."""
    r = np.random.default_rng(10485)
    X = np.round(r.standard_normal((1000, 20)), 3)
    y = X[:, :10] @ r.uniform(0.2, 1.0, 10)
    columns = [f"x{k}" for k in range(1, 21)]
    return pd.DataFrame(X, columns=columns).assign(y=np.round((y - y.mean()) / y.std(), 4))


def sines() -> pd.DataFrame:
    """A sum of five sines, scaled to 0 and 1: 400 rows."""
    r = np.random.default_rng(160720)
    X = np.round(r.standard_normal((400, 5)), 3)
    y = np.sin(X).sum(axis=1)
    y = (y - y.min()) / (y.max() - y.min())
    return pd.DataFrame(X, columns=[f"x{k}" for k in range(1, 6)]).assign(y=np.round(y, 4))


def strokes() -> pd.DataFrame:
    """Pictures of 8 x 8 pixels, a bar across or upright with noise: 200 rows."""
    r = np.random.default_rng(181932)
    n = 200
    upright = r.integers(0, 2, n)
    images = r.uniform(0, 0.75, (n, 8, 8))
    for image, up, at in zip(images, upright, r.integers(0, 8, n), strict=True):
        (image if up else image.T)[1:7, at] += 0.35
    pixels = pd.DataFrame(images.reshape(n, 64).round(2), columns=[f"p{k}" for k in range(64)])
    return pixels.assign(upright=upright)


def linear() -> pd.DataFrame:
    """A linear target of three columns: 200 rows."""
    r = np.random.default_rng(1440)
    X = np.round(r.standard_normal((200, 3)), 3)
    y = np.round(X @ [2.5, 4.0, 3.2] + r.normal(0, 1, 200), 3)
    return pd.DataFrame(X, columns=["a", "b", "c"]).assign(y=y)


def claims() -> pd.DataFrame:
    """A class of 15 %: 400 claims."""
    r = np.random.default_rng(6086)
    n = 400
    X = np.round(r.standard_normal((n, 5)), 3)
    y = _classes(r, -2.5 + 1.2 * X[:, 0] + X[:, 1] * X[:, 2])
    return pd.DataFrame(X, columns=["amount", "age", "visits", "delay", "km"]).assign(fraud=y)


def numeracy() -> pd.DataFrame:
    """Success by two scores: 50 people."""
    r = np.random.default_rng(23)
    numeracy = np.sort(np.round(r.uniform(6.5, 16, 50), 1))
    anxiety = np.round(r.normal(14, 2, 50), 1)
    success = _classes(r, 0.9 * (numeracy - 9.8) - 0.15 * (anxiety - 14))
    return pd.DataFrame({"numeracy": numeracy, "anxiety": anxiety, "success": success})


def churn() -> pd.DataFrame:
    """Two classes and six columns, for boosting: 300 rows."""
    r = np.random.default_rng(6941)
    X = np.round(r.standard_normal((300, 6)), 3)
    y = _classes(r, 1.2 * X[:, 0] - X[:, 1] + X[:, 2] * X[:, 3])
    return pd.DataFrame(X, columns=[f"v{k}" for k in range(1, 7)]).assign(left=y)


def firms() -> pd.DataFrame:
    """Returns of 60 firms over six years: errors are correlated within a year."""
    r = np.random.default_rng(6555)
    firm, year = np.repeat(np.arange(1, 61), 6), np.tile(np.arange(2014, 2020), 60)
    shock = r.normal(0, 0.5, 6)
    size = r.normal(0, 1, 360) + 0.6 * shock[year - 2014]
    debt = r.normal(0, 1, 360)
    y = 0.4 + 0.25 * size - 0.3 * debt + shock[year - 2014] + r.normal(0, 1.2, 360)
    table = pd.DataFrame({"size": size, "debt": debt, "returns": y}).round(4)
    return table.assign(firm=firm, year=year)


def flows() -> pd.DataFrame:
    """Movements between five places; nobody moved to the last one."""
    r = np.random.default_rng(1391)
    names = np.array(["A", "B", "C", "D", "E"])
    origin, to = (g.ravel() for g in np.meshgrid(np.arange(5), np.arange(5), indexing="ij"))
    apart = origin != to
    origin, to = np.tile(origin[apart], 2), np.tile(to[apart], 2)
    distance = np.round(r.uniform(1, 6, len(origin)), 2)
    people = r.integers(20, 200, len(origin))
    mean = people * np.exp(-1.8 + 0.2 * origin - 0.1 * to - 0.5 * distance)
    count = np.where(to == 4, 0, r.poisson(mean))
    return pd.DataFrame(
        {"origin": names[origin], "to": names[to], "distance": distance, "people": people, "count": count}
    )


def visits() -> pd.DataFrame:
    """Counts by six columns, of which two matter: 150 rows."""
    r = np.random.default_rng(376)
    X = np.round(r.standard_normal((150, 6)), 3)
    y = r.poisson(np.exp(0.4 + 0.5 * X[:, 0] - 0.3 * X[:, 1] + 0.1 * X[:, 2]))
    return pd.DataFrame(X, columns=[f"x{k}" for k in range(1, 7)]).assign(y=y)


def policies() -> pd.DataFrame:
    """A rare event by year and a size: 2000 policies."""
    r = np.random.default_rng(777)
    n = 2000
    year = r.integers(1, 5, n)
    size = np.round(r.normal(0, 1, n), 3)
    p = np.exp(-3.2 + np.array([0.0, 0.2, 0.9, 1.3])[year - 1] + 0.25 * size)
    return pd.DataFrame({"year": year, "size": size, "claim": (r.random(n) < p).astype(int)})


def panel() -> pd.DataFrame:
    """Twelve groups with a level each: 180 rows."""
    r = np.random.default_rng(260)
    group = np.repeat(np.arange(1, 13), 15)
    level = r.normal(0, 2, 12)
    x = np.round(r.normal(0, 1, 180) + 0.3 * level[group - 1], 3)
    y = np.round(1.0 - 0.9 * x + level[group - 1] + r.normal(0, 1.5, 180), 3)
    return pd.DataFrame({"group": group, "x": x, "y": y})


def two_groups() -> pd.DataFrame:
    """Two groups with lines of their own: 200 rows."""
    r = np.random.default_rng(3604)
    x = np.round(r.standard_normal(200), 3)
    group = np.repeat([1, 2], 100)
    y = np.round(np.where(group == 1, 3, 2) * x + r.standard_normal(200), 3)
    return pd.DataFrame({"group": group, "x": x, "y": y})


def survival() -> pd.DataFrame:
    """Whole weeks until an event, with many ties: 120 patients."""
    r = np.random.default_rng(580)
    age, dose = np.round(r.normal(60, 9, 120)), np.round(r.normal(0, 1, 120), 2)
    rate = 0.12 * np.exp(0.03 * (age - 60) - 0.6 * dose)
    weeks = np.ceil(r.exponential(1 / rate)).astype(int)
    return pd.DataFrame(
        {
            "weeks": np.minimum(weeks, 12),
            "event": (weeks <= 12).astype(int),
            "age": age.astype(int),
            "dose": dose,
        }
    )


def curve() -> pd.DataFrame:
    """A smooth curve with noise: 120 rows."""
    r = np.random.default_rng(356)
    x = np.sort(np.round(r.uniform(0, 10, 120), 3))
    return pd.DataFrame({"x": x, "y": np.round(np.sin(x) + 0.1 * x + r.normal(0, 0.3, 120), 3)})


def districts() -> pd.DataFrame:
    """Five rates of 16 districts, on unlike scales."""
    r = np.random.default_rng(77592347)
    f = r.standard_normal((16, 2))
    X = f @ np.array([[1.0, 0.8, -0.6, 0.2, 0.4], [0.1, -0.5, 0.7, 0.9, -0.3]]) + r.normal(0, 0.5, (16, 5))
    X = X * [12, 3, 150, 0.8, 20] + [60, 9, 900, 4, 75]
    return pd.DataFrame(X.round(2), columns=["work", "births", "income", "crime", "homes"])


def trials() -> pd.DataFrame:
    """Relapse by dose and age, and how often each row was seen: 90 rows."""
    r = np.random.default_rng(177)
    n = 90
    dose, age = np.round(r.uniform(1, 10, n), 1), r.integers(20, 80, n)
    times = r.integers(1, 6, n)
    relapse = _classes(r, 0.5 - 0.35 * dose + 0.02 * age)
    return pd.DataFrame({"dose": dose, "age": age, "times": times, "relapse": relapse})


def _clusters(X: np.ndarray, y: np.ndarray, groups: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Least squares, and the sandwich of groups without any factor for small samples."""
    inverse = np.linalg.inv(X.T @ X)
    beta = inverse @ X.T @ y
    scores = X * (y - X @ beta)[:, None]
    sums = np.array([scores[groups == g].sum(axis=0) for g in np.unique(groups)])
    return beta, inverse @ sums.T @ sums @ inverse


def julia() -> str:
    """The summary of GLM.jl: its steps end once the deviance falls by less than a millionth of itself."""
    data = three_rows()
    X, y = np.column_stack([np.ones(3), data["x"]]), data["y"].to_numpy(float)
    eta, before = np.log((y + 0.5) / (1.5 - y)), np.inf
    while True:
        mu = 1 / (1 + np.exp(-eta))
        weight = mu * (1 - mu)
        covariance = np.linalg.inv(X.T @ (weight[:, None] * X))
        beta = covariance @ X.T @ (weight * eta + y - mu)
        eta = X @ beta
        deviance = 2 * np.logaddexp(0, np.where(y == 1, -eta, eta)).sum()
        if before - deviance < 1e-6 * deviance:
            break
        before = deviance
    error = np.sqrt(np.diag(covariance))
    p = 2 * stats.norm.sf(np.abs(beta / error))
    lines = [
        f"{name:12}{b:10.4f}{e:10.2f}{b / e:12.7f}{q:9.4f}"
        for name, b, e, q in zip(("(Intercept)", "x"), beta, error, p, strict=True)
    ]
    head = "Formula: y ~ 1 + x\n\nCoefficients:\n              Estimate Std.Error     z value Pr(>|z|)\n"
    return head + "\n".join(lines) + "\n"


def stata() -> str:
    """The table of a program for clusters that takes t with n - k degrees of freedom."""
    data = firms()
    n, k, years = 360, 3, 6
    X = np.column_stack([data["size"], data["debt"], np.ones(n)])
    beta, sandwich = _clusters(X, data["returns"].to_numpy(), data["year"].to_numpy())
    error = np.sqrt(np.diag(sandwich) * years / (years - 1) * (n - 1) / (n - k))
    p, half = 2 * stats.t.sf(np.abs(beta / error), n - k), stats.t.isf(0.025, n - k) * error
    rule = "-" * 78
    lines = [
        f"{name:>12} |{b:11.7f}{e:12.7f}{b / e:9.2f}{q:8.3f}{b - h:13.7f}{b + h:12.7f}"
        for name, b, e, q, h in zip(("size", "debt", "_cons"), beta, error, p, half, strict=True)
    ]
    head = "     returns |      Coef.   Std. Err.      t    P>|t|     [95% Conf. Interval]"
    title = "Linear regression with clustered SEs             Number of obs     =       360\n"
    title += "Number of clusters (year) =         6\n"
    return "\n".join([title + rule, head, f"{rule[:13]}+{rule[14:]}", *lines, rule]) + "\n"


def fixest() -> str:
    """The table of fixest: the groups' levels, nested in the clusters, are not counted as parameters."""
    data = panel()
    group = data["group"].to_numpy()
    inside = data[["x", "y"]] - data.groupby("group")[["x", "y"]].transform("mean")
    beta, sandwich = _clusters(inside[["x"]].to_numpy(), inside["y"].to_numpy(), group)
    error = np.sqrt(sandwich[0, 0] * 12 / 11 * 179 / 178)
    p = 2 * stats.t.sf(abs(beta[0] / error), 11)
    return (
        "OLS estimation, Dep. Var.: y\nObservations: 180\nFixed-effects: group: 12\n"
        "Standard-errors: Clustered (group)\n   Estimate Std. Error  t value   Pr(>|t|)    \n"
        f"x {beta[0]:9.6f} {error:10.6f} {beta[0] / error:8.5f} {p:10.4e} ***\n---\n"
        "Signif. codes:  0 '***' 0.001 '**' 0.01 '*' 0.05 '.' 0.1 ' ' 1\n"
    )


PRINTED = {8: julia, 21: stata, 25: fixest}
"""Printed tables of coefficients on the left side: what a program that does not run here prints."""

TABLES = {
    1: ("admissions.csv", admissions), 2: ("default.csv", default), 3: ("baseball.csv", baseball),
    4: ("correlated.csv", correlated), 6: ("corners.csv", corners), 7: ("flowers.csv", flowers),
    8: ("three.csv", three_rows), 9: ("regions.csv", regions), 10: ("braking.csv", braking),
    11: ("folds.csv", folds), 12: ("engines.csv", engines), 13: ("wide.csv", wide), 14: ("sines.csv", sines),
    15: ("strokes.csv", strokes), 16: ("strokes.csv", strokes), 17: ("linear.csv", linear),
    18: ("claims.csv", claims), 19: ("numeracy.csv", numeracy), 20: ("churn.csv", churn),
    21: ("firms.csv", firms), 22: ("flows.csv", flows), 23: ("visits.csv", visits),
    24: ("policies.csv", policies), 25: ("panel.csv", panel), 26: ("two.csv", two_groups),
    27: ("survival.csv", survival), 28: ("curve.csv", curve), 29: ("districts.csv", districts),
    30: ("trials.csv", trials),
}  # fmt: skip
"""File and maker of each question's table; the fifth reads one that comes with R."""


def text_of(number: int) -> str:
    """The CSV of a question as it is kept."""
    return TABLES[number][1]().to_csv(index=False, lineterminator="\n")


def folder(number: int) -> Path:
    """The folder of a question: ``tests/questions/07-h2o-no-intercept``."""
    (found,) = FOLDER.glob(f"{number:02}-*")
    return found


def main() -> None:
    """Write the table of every question into its folder."""
    for number, (file, _) in TABLES.items():
        (folder(number) / file).write_text(text_of(number), encoding="utf-8")
    for number, made in PRINTED.items():
        (folder(number) / "left.txt").write_text(made(), encoding="utf-8")


if __name__ == "__main__":
    main()
