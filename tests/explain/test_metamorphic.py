"""What must not change an explanation: which side comes first, the order and names of rows, columns, classes.

Each relation is applied to a pair whose cause is known; the verdict and the causes have to follow, and the
shares to two digits.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from crossframe.explain.api import explain

NAMED = 0.01
"""Share from which on a setting counts as named."""
CLOSE = 0.01
"""Distance of two shares that count as the same."""


def classes(rows: int = 90, sizes: tuple[float, ...] = (1.0, 3.0, 0.5)) -> pd.DataFrame:
    """Three features with standard deviations ``sizes``, and unequal classes that overlap."""
    rng = np.random.default_rng(7)
    X = rng.normal(size=(rows, 3))
    y = (X @ [1.0, -1.0, 0.5] + 1.0 + rng.logistic(size=rows) > 0).astype(int)
    return pd.DataFrame(X * sizes, columns=["a", "b", "c"]).assign(y=y)


def numbers() -> pd.DataFrame:
    """Three features and a target of numbers."""
    rng = np.random.default_rng(8)
    X = rng.normal(size=(60, 3)) * [1.0, 3.0, 0.5]
    y = X @ [2.0, -1.0, 4.0] + 10 + rng.normal(size=60)
    return pd.DataFrame(X, columns=["a", "b", "c"]).assign(y=y)


def nearly_collinear() -> pd.DataFrame:
    """b is a but for its last bits, which the target follows."""
    rng = np.random.default_rng(9)
    a, e = np.round(rng.normal(size=50) * 2**10) / 2**10, rng.integers(-4, 5, 50).astype(float)
    y = 3 * a + 2 * e + 0.3 * rng.normal(size=50)
    return pd.DataFrame({"a": a, "b": a + e * 2.0**-26, "c": rng.normal(size=50), "y": y})


def unlike() -> pd.DataFrame:
    """Columns of 1e5 and 1e-3, with which lbfgs does not reach its optimum."""
    return classes(150, (2e4, 1e-3, 1.0)).assign(a=lambda t: t.a + 1e5)


def separable() -> pd.DataFrame:
    """Classes that a line separates."""
    X = np.random.default_rng(11).normal(size=(40, 2))
    return pd.DataFrame(X, columns=["a", "b"]).assign(y=lambda t: (t.a + t.b > 0.1).astype(int))


def quasi_separable() -> pd.DataFrame:
    """One of the two classes alone where the dummy d is 1, both where it is 0."""
    rng = np.random.default_rng(12)
    x, d = rng.normal(size=60), (np.arange(60) % 4 == 0).astype(float)
    y = ((x + rng.logistic(size=60) > 0) | (d == 1)).astype(int)
    return pd.DataFrame({"x": x, "d": d, "y": y})


def dummies() -> pd.DataFrame:
    """All dummies of a factor beside the intercept."""
    rng = np.random.default_rng(10)
    level, x = np.arange(60) % 3, rng.normal(size=60)
    y = (level - 1 + x + rng.logistic(size=60) > 0).astype(int)
    return pd.DataFrame({f"d{k}": (level == k).astype(float) for k in range(3)} | {"x": x, "y": y})


@dataclass(frozen=True)
class Pair:
    """A pair, its verdict and causes, and a setting without effect for its left side.

    ``not_for`` are the relations under which its models are not equivariant: a penalised intercept is none
    of a column that is shifted.
    """

    data: Callable[[], pd.DataFrame]
    left: str
    right: str
    verdict: str
    causes: tuple[str, ...]
    inert: str
    not_for: tuple[str, ...] = ()


_SCALED = "r.glmnet:alpha=0,lambda=0.1,thresh=1e-20"
_TIGHT = "tol=1e-10,max_iter=1000"
_H2O = "h2o.glm:lambda_=0.05,alpha=0,solver=COORDINATE_DESCENT,beta_epsilon=1e-12,objective_epsilon=1e-14"

PAIRS = {
    "a penalty and a penalised intercept": Pair(
        classes, "sklearn.logistic:solver=liblinear,C=0.05,tol=1e-10", f"sklearn.logistic:C=inf,{_TIGHT}",
        "explained", ("penalty.intercept", "penalty.l2"), "random_state=3", ("shift",),
    ),
    "a rank tolerance": Pair(
        nearly_collinear, "sklearn.linear:tol=1e-12", "sklearn.linear", "explained",
        ("solver.rank_tolerance",), "positive=false",
    ),
    "no difference": Pair(numbers, "sklearn.linear", "sklearn.ridge:alpha=0", "agree", (), "tol=1e-7"),
    "two penalties": Pair(
        classes, f"sklearn.logistic:{_TIGHT}", "r.glm", "explained", ("penalty.l2",), "random_state=3",
    ),
    "columns of unlike scales": Pair(
        unlike, "sklearn.logistic:C=inf", "r.glm", "not_converged", ("solver.algorithm (left)",),
        "random_state=3", ("shift", "permute columns", "relabel"),
    ),
    "lm's tolerance": Pair(
        nearly_collinear, "r.lm", "sklearn.linear:tol=1e-12", "explained", ("solver.rank_tolerance",),
        "singular.ok=true", ("shift",),
    ),
    "glm's epsilon": Pair(
        dummies, "r.glm:epsilon=1e-15", "r.glm", "explained", ("solver.rank_tolerance",), "maxit=50",
        ("shift", "permute columns", "permute rows", "relabel"),
    ),
    "standardised features": Pair(
        classes, f"sklearn.logistic:C=0.1111111111111111,{_TIGHT}", _SCALED, "explained",
        ("features.standardize",), "random_state=3",
    ),
    "lasso and ridge": Pair(
        numbers, "sklearn.lasso:alpha=0.3,tol=1e-12", "sklearn.ridge:alpha=18", "explained",
        ("penalty.l1", "penalty.l2"), "random_state=3",
    ),
    "another link": Pair(classes, "r.glm:link=probit", "r.glm", "explained", ("link",), "maxit=50"),
    "weights of classes": Pair(
        classes, f"sklearn.logistic:class_weight=balanced,{_TIGHT}", f"sklearn.logistic:{_TIGHT}",
        "explained", ("class_weight",), "random_state=3",
    ),
    "no intercept": Pair(
        numbers, "sklearn.linear:fit_intercept=False", "sklearn.linear", "explained", ("intercept",),
        "tol=1e-7", ("shift",),
    ),
    "two divisors": Pair(
        classes, _H2O, "r.glmnet:alpha=0,lambda=0.05,thresh=1e-20", "explained", ("features.standardize",),
        "seed=3",
    ),
    "a penalty where the classes separate": Pair(
        separable, f"sklearn.logistic:{_TIGHT}", "r.glm", "explained", ("penalty.l2",), "random_state=3",
    ),
    "a penalty where a dummy separates": Pair(
        quasi_separable, f"sklearn.logistic:{_TIGHT}", "r.glm", "explained", ("penalty.l2",),
        "random_state=3",
    ),
}  # fmt: skip
QUICK = {"a penalty and a penalised intercept": "swap", "a rank tolerance": "permute columns"}
"""The relation of a pair that is no slow test."""

RELATIONS: dict[str, Callable[[pd.DataFrame], pd.DataFrame]] = {
    "swap": lambda t: t,
    "inert": lambda t: t,
    "permute rows": lambda t: t.sample(frac=1, random_state=1),
    "permute columns": lambda t: t[["c", "a", "b", "y"] if "c" in t else [*reversed(t.columns)]],
    "rename": lambda t: t.rename(columns=lambda name: name if name == "y" else f"column {name}"),
    "relabel": lambda t: t.assign(y=1 - t.y),
    "shift": lambda t: t.assign(**{t.columns[-2]: t[t.columns[-2]] + 5.0}),
}

Answer = tuple[str, dict[str, float]]


def answer(folder: Path, table: pd.DataFrame, left: str, right: str) -> Answer:
    """The verdict, and the shares of the named settings."""
    file = folder / "table.csv"
    table.to_csv(file, index=False)
    found = explain(left, right, data=file, target="y", store=folder / "store.sqlite").to_dict()
    named = {c["setting"]: c["share"] for c in found["causes"] if abs(c["share"]) >= NAMED}
    return found["verdict"], named


def mirrored(shares: dict[str, float]) -> dict[str, float]:
    sides = {"(left)": "(right)", "(right)": "(left)"}
    return {
        next((name.replace(a, b) for a, b in sides.items() if name.endswith(a)), name): share
        for name, share in shares.items()
    }


def applies(pair: Pair, relation: str) -> bool:
    return relation not in pair.not_for and not (relation == "relabel" and pair.data().y.nunique() > 2)


def cases() -> list[object]:
    made: list[object] = []
    for name, pair in PAIRS.items():
        marks = [] if name in QUICK else [pytest.mark.slow, pytest.mark.xdist_group("explain pairs")]
        for relation in RELATIONS:
            quick = relation == QUICK.get(name)
            if applies(pair, relation):
                made.append(
                    pytest.param(name, relation, id=f"{name}: {relation}",
                                 marks=marks if quick or name not in QUICK else [pytest.mark.slow])
                )  # fmt: skip
    return made


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], tuple[Path, Answer]]:
    """By the name of a pair: the folder of its fits, and the answer to it as it is, computed once."""
    answers: dict[str, tuple[Path, Answer]] = {}

    def of(name: str) -> tuple[Path, Answer]:
        if name not in answers:
            folder, pair = tmp_path_factory.mktemp("pair"), PAIRS[name]
            answers[name] = folder, answer(folder, pair.data(), pair.left, pair.right)
        return answers[name]

    return of


_NETWORK = "hidden=6,epochs=10"
_H2O_NETWORK = (
    f"h2o.mlp:{_NETWORK},activation=Tanh,reproducible=true,standardize=false,ignore_const_cols=false,"
    "initial_weight_distribution=Uniform,initial_weight_scale=0.3,fast_mode=false,classification_stop=-1,"
    "stopping_rounds=0,overwrite_with_best_model=false,decision.threshold=0.5,adaptive_rate=false,rate=0.02,"
    "rate_annealing=0,momentum_start=0,l2=0.02"
)
_KERAS_NETWORK = (
    f"keras.mlp:{_NETWORK},activation=tanh,dropout=0,kernel_initializer=random_uniform,minval=-0.3,"
    "maxval=0.3,batch_size=1,optimizer=sgd,learning_rate=0.05"
)


@pytest.mark.slow
@pytest.mark.xdist_group("explain pairs")
def test_two_networks_of_unlike_generators_mirror(tmp_path: Path) -> None:
    verdict, shares = answer(tmp_path, classes(60), _H2O_NETWORK, _KERAS_NETWORK)
    again, named = answer(tmp_path, classes(60), _KERAS_NETWORK, _H2O_NETWORK)
    assert {"optimizer.learning_rate", "penalty.l2"} <= set(shares)
    assert again == verdict
    assert named == pytest.approx(shares, abs=1e-6)


@pytest.mark.parametrize(("name", "relation"), cases())
def test_the_explanation_follows(
    name: str, relation: str, known: Callable[[str], tuple[Path, Answer]]
) -> None:
    pair = PAIRS[name]
    folder, (verdict, shares) = known(name)
    assert (verdict, tuple(sorted(shares))) == (pair.verdict, pair.causes)
    left, right = pair.left, pair.right
    if relation == "swap":
        left, right, shares = right, left, mirrored(shares)
    elif relation == "inert":
        left += f"{',' if ':' in left else ':'}{pair.inert}"
    found, named = answer(folder, RELATIONS[relation](pair.data()), left, right)
    assert found == verdict
    assert named == pytest.approx(shares, abs=CLOSE)
