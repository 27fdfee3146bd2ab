"""Tables of the cases in scripts.toml, each made once from its own seed and kept beside its scripts.

``python -m tests.cases.scripts_data`` writes them again.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

FOLDER = Path(__file__).parent / "scripts"


def _classes(r: np.random.Generator, eta: np.ndarray) -> np.ndarray:
    return (r.random(len(eta)) < 1 / (1 + np.exp(-eta))).astype(int)


def admissions() -> pd.DataFrame:
    """Like UCLA's table of graduate admissions: 300 applicants."""
    r = np.random.default_rng(203740)
    n = 300
    gre = np.round(np.clip(r.normal(588, 115, n), 220, 800) / 20).astype(int) * 20
    gpa = np.round(np.clip(r.normal(3.39, 0.38, n), 2.26, 4.0), 2)
    rank = r.choice([1, 2, 3, 4], n, p=[0.15, 0.38, 0.3, 0.17])
    effect = np.array([0.0, -0.675, -1.34, -1.551])[rank - 1]
    admit = _classes(r, -3.99 + 0.00226 * gre + 0.804 * gpa + effect)
    return pd.DataFrame({"admit": admit, "gre": gre, "gpa": gpa, "rank": rank})


def diabetes() -> pd.DataFrame:
    """Progression of a disease, 120 patients; the columns' scales differ by a factor of 100."""
    r = np.random.default_rng(160096)
    n = 120
    age = r.integers(25, 75, n)
    bmi = np.round(r.normal(26.4, 4.4, n), 1)
    pressure = np.round(0.35 * age + r.normal(78, 11, n), 0)
    glucose = np.round(0.4 * (bmi - 26) + r.normal(91, 11, n), 0)
    ldl = np.round(r.normal(3.0, 0.8, n), 2)
    progression = np.round(
        20 + 0.2 * age + 5.1 * (bmi - 26) + 0.9 * (pressure - 80) + 11 * ldl + r.normal(60, 38, n)
    )
    return pd.DataFrame(
        {
            "age": age,
            "bmi": bmi,
            "pressure": pressure,
            "glucose": glucose,
            "ldl": ldl,
            "progression": progression,
        }
    )


def defaults() -> pd.DataFrame:
    """Loans of which 15 % default; features on one scale."""
    r = np.random.default_rng(9979)
    n = 160
    debt = np.round(r.gamma(4, 0.1, n), 3)
    late = r.poisson(0.8, n)
    years = np.round(r.gamma(3, 0.8, n), 1)
    default = _classes(r, -2.9 + 1.8 * debt + 0.7 * late - 0.2 * years)
    return pd.DataFrame({"debt": debt, "late": late, "years": years, "default": default})


def credit() -> pd.DataFrame:
    """Columns from 0.01 to 100,000: dollars beside shares."""
    r = np.random.default_rng(15556)
    n = 250
    income = np.round(np.exp(r.normal(10.7, 0.5, n)), 0)
    balance = np.round(np.exp(r.normal(8.5, 0.8, n)), 0)
    age = r.integers(20, 70, n)
    ratio = np.round(r.beta(2, 5, n), 3)
    overdue = np.round(r.uniform(0, 0.02, n), 4)
    paid = _classes(r, 1.0 + 0.00002 * income - 0.0001 * balance + 0.02 * age - 4.2 * ratio - 120 * overdue)
    columns = {"income": income, "balance": balance, "age": age, "ratio": ratio, "overdue": overdue}
    return pd.DataFrame(columns | {"paid": paid})


def houses() -> pd.DataFrame:
    """Prices in thousands by area and district, 90 houses."""
    r = np.random.default_rng(231285)
    n = 90
    area = np.round(r.normal(110, 30, n), 0)
    rooms = np.clip(np.round(area / 28 + r.normal(0, 0.8, n)), 1, 8).astype(int)
    district = r.choice(["centre", "harbour", "hill", "north"], n, p=[0.4, 0.15, 0.15, 0.3])
    step = pd.Series(district).map({"centre": 90, "harbour": 40, "hill": 130, "north": 0}).to_numpy()
    price = np.round(60 + 1.9 * area + 8 * rooms + step + r.normal(0, 28, n), 1)
    return pd.DataFrame({"area": area, "rooms": rooms, "district": district, "price": price})


def braking() -> pd.DataFrame:
    """Distance to a stop by speed, 60 cars."""
    r = np.random.default_rng(449413)
    speed = np.round(r.uniform(4, 26, 60), 1)
    distance = np.round(4 + 0.9 * speed + 0.09 * speed**2 + r.normal(0, 6, 60), 1)
    return pd.DataFrame({"speed": speed, "distance": distance})


def patients() -> pd.DataFrame:
    """150 patients; a blood value is missing in 22 rows, more often in the ill."""
    r = np.random.default_rng(1540)
    n = 150
    age = r.integers(30, 85, n)
    marker = np.round(np.exp(r.normal(1.2, 0.5, n)), 2)
    ill = _classes(r, -4.2 + 0.04 * age + 0.5 * marker)
    gone = r.choice(n, 22, replace=False, p=(1 + 3 * ill) / (1 + 3 * ill).sum())
    marker[gone] = np.nan
    return pd.DataFrame({"age": age, "marker": marker, "ill": ill})


def sales() -> pd.DataFrame:
    """200 offers: was the item sold?"""
    r = np.random.default_rng(160720)
    n = 200
    price = np.round(r.normal(50, 12, n), 2)
    rating = np.round(r.uniform(1, 5, n), 1)
    photos = r.integers(0, 9, n)
    sold = _classes(r, 1.0 - 0.06 * price + 0.7 * rating + 0.15 * photos)
    return pd.DataFrame({"price": price, "rating": rating, "photos": photos, "sold": sold})


def relapse() -> pd.DataFrame:
    """Outcome as a word: 140 patients, dose and weeks of treatment."""
    r = np.random.default_rng(23187)
    n = 140
    dose = np.round(r.uniform(5, 40, n), 1)
    weeks = r.integers(2, 26, n)
    back = _classes(r, 2.2 - 0.05 * dose - 0.09 * weeks)
    return pd.DataFrame({"dose": dose, "weeks": weeks, "outcome": np.where(back == 1, "relapse", "cured")})


def fraud() -> pd.DataFrame:
    """A rare class: 12 % of 250 payments."""
    r = np.random.default_rng(48925902)
    n = 250
    amount = np.round(r.normal(0, 1, n), 3)
    hour = np.round(r.normal(0, 1, n), 3)
    foreign = r.integers(0, 2, n)
    fraud = _classes(r, -2.9 + 0.9 * amount - 0.4 * hour + 0.8 * foreign)
    return pd.DataFrame({"amount": amount, "hour": hour, "foreign": foreign, "fraud": fraud})


def wine() -> pd.DataFrame:
    """24 wines only, so that dividing by n and by n - 1 is a visible difference."""
    r = np.random.default_rng(27)
    n = 24
    acid = np.round(r.normal(6.8, 0.9, n), 2)
    sugar = np.round(r.gamma(2, 3.1, n), 1)
    alcohol = np.round(r.normal(10.5, 1.2, n), 1)
    good = _classes(r, -9.5 + 0.9 * alcohol - 0.1 * sugar + 0.1 * acid)
    return pd.DataFrame({"acid": acid, "sugar": sugar, "alcohol": alcohol, "good": good})


def athletes() -> pd.DataFrame:
    """Five correlated body measures of 70 athletes and a time over 400 m."""
    r = np.random.default_rng(77592347)
    n = 70
    size = r.normal(0, 1, n)
    height = np.round(178 + 8 * size + r.normal(0, 3, n), 1)
    weight = np.round(72 + 9 * size + r.normal(0, 5, n), 1)
    arm = np.round(77 + 4 * size + r.normal(0, 2, n), 1)
    leg = np.round(92 + 5 * size + r.normal(0, 2.5, n), 1)
    pulse = np.round(58 + r.normal(0, 7, n), 0)
    time = np.round(52 - 0.8 * size + 0.09 * (pulse - 58) + r.normal(0, 1.2, n), 2)
    return pd.DataFrame(
        {"height": height, "weight": weight, "arm": arm, "leg": leg, "pulse": pulse, "time": time}
    )


def churn() -> pd.DataFrame:
    """300 customers, six features, classes that overlap."""
    r = np.random.default_rng(6086)
    n = 300
    X = np.round(r.standard_normal((n, 6)), 3)
    left = _classes(r, -0.4 + X @ [1.0, -0.8, 0.5, 0.3, 0.0, 0.0] + 0.6 * X[:, 0] * X[:, 1])
    names = ["calls", "minutes", "bill", "visits", "age", "tenure"]
    return pd.DataFrame(X, columns=names).assign(left=left)


def concrete() -> pd.DataFrame:
    """Strength by six ingredients, 200 samples."""
    r = np.random.default_rng(7254)
    n = 200
    X = np.round(r.uniform(0, 1, (n, 6)), 3)
    y = 10 + 25 * X[:, 0] + 12 * np.sin(5 * X[:, 1]) + 14 * X[:, 2] * X[:, 3] + r.normal(0, 2, n)
    names = ["cement", "slag", "ash", "water", "sand", "age"]
    return pd.DataFrame(X, columns=names).assign(strength=np.round(y, 2))


def survey() -> pd.DataFrame:
    """80 distinct answers and how often each came."""
    r = np.random.default_rng(5444)
    n = 80
    age = r.integers(18, 80, n)
    income = np.round(r.normal(3.2, 0.9, n), 2)
    count = r.integers(1, 7, n)
    votes = _classes(r, -2.2 + 0.03 * age + 0.3 * income)
    return pd.DataFrame({"age": age, "income": income, "count": count, "votes": votes})


def exams() -> pd.DataFrame:
    """Whether an exam was passed, coded 1 (no) and 2 (yes): 110 students."""
    r = np.random.default_rng(3133)
    n = 110
    hours = np.round(r.gamma(3, 4, n), 1)
    sleep = np.round(r.normal(7, 1.1, n), 1)
    passed = _classes(r, -4.0 + 0.12 * hours + 0.4 * sleep) + 1
    return pd.DataFrame({"hours": hours, "sleep": sleep, "passed": passed})


def penguins() -> pd.DataFrame:
    """Three species that overlap, 180 birds."""
    r = np.random.default_rng(462248)
    n = 180
    kind = r.choice(3, n, p=[0.4, 0.25, 0.35])
    bill = np.round(np.array([39.0, 43.0, 45.0])[kind] + r.normal(0, 3.2, n), 1)
    depth = np.round(np.array([18.0, 18.2, 16.0])[kind] + r.normal(0, 1.2, n), 1)
    species = np.array(["Adelie", "Chinstrap", "Gentoo"])[kind]
    return pd.DataFrame({"bill": bill, "depth": depth, "species": species})


def wages() -> pd.DataFrame:
    """Wage by years of school and a region coded 1 to 4, 160 people."""
    r = np.random.default_rng(30838)
    n = 160
    school = r.integers(8, 19, n)
    region = r.integers(1, 5, n)
    wage = np.round(4 + 0.9 * school + np.array([0.0, 5.0, -2.0, 3.0])[region - 1] + r.normal(0, 2.5, n), 2)
    return pd.DataFrame({"school": school, "region": region, "wage": wage})


def motors() -> pd.DataFrame:
    """One number from three, for networks: 100 motors."""
    r = np.random.default_rng(53633838)
    n = 100
    X = np.round(r.standard_normal((n, 3)), 3)
    y = np.round(1.5 * np.tanh(X[:, 0]) - X[:, 1] + 0.5 * X[:, 2] + r.normal(0, 0.3, n), 3)
    return pd.DataFrame(X, columns=["load", "heat", "speed"]).assign(wear=y)


TABLES = {
    "logistic-glm": ("admissions.csv", admissions),
    "ridge-glmnet": ("diabetes.csv", diabetes),
    "lasso-glmnet": ("diabetes.csv", diabetes),
    "liblinear-intercept": ("loans.csv", defaults),
    "lbfgs-unscaled": ("credit.csv", credit),
    "dummies-plain": ("houses.csv", houses),
    "dummies-ridge": ("houses.csv", houses),
    "poly-raw": ("braking.csv", braking),
    "rows-na": ("patients.csv", patients),
    "shuffled-labels": ("sales.csv", sales),
    "swapped-classes": ("relapse.csv", relapse),
    "h2o-threshold": ("payments.csv", fraud),
    "scaler-n": ("wine.csv", wine),
    "pca-regression": ("athletes.csv", athletes),
    "forest-defaults": ("churn.csv", churn),
    "forest-regression": ("concrete.csv", concrete),
    "class-weights-glm": ("payments.csv", fraud),
    "class-weights-scale": ("payments.csv", fraud),
    "keras-onehot-sigmoid": ("churn.csv", churn),
    "mlp-keras-alpha": ("motors.csv", motors),
    "table-glm": ("admissions.csv", admissions),
    "table-glm-agrees": ("admissions.csv", admissions),
    "table-digit": ("admissions.csv", admissions),
    "table-penalised": ("loans.csv", defaults),
    "identical": ("sales.csv", sales),
    "seed-forest": ("churn.csv", churn),
    "seed-mlp": ("churn.csv", churn),
    "repeated-rows": ("survey.csv", survey),
    "off-by-one": ("exams.csv", exams),
    "leaked-row": ("wages.csv", wages),
    "duplicated-row": ("diabetes.csv", diabetes),
    "multinom": ("penguins.csv", penguins),
    "factor-number": ("wages.csv", wages),
    "columns-permuted": ("sales.csv", sales),
    "other-split": ("sales.csv", sales),
    "threshold-rule": ("payments.csv", fraud),
    "no-intercept": ("relapse.csv", relapse),
    "many-decoys": ("sales.csv", sales),
}
"""Case, file and maker; contr-sum reads a table that comes with R."""


def text_of(name: str) -> str:
    """The CSV of a case as it is kept."""
    return TABLES[name][1]().to_csv(index=False, na_rep="NA", lineterminator="\n")


def main() -> None:
    """Write the table of every case into its folder."""
    for name, (file, _) in TABLES.items():
        (FOLDER / name).mkdir(parents=True, exist_ok=True)
        (FOLDER / name / file).write_text(text_of(name), encoding="utf-8")


if __name__ == "__main__":
    main()
