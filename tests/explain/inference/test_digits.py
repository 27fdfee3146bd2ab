"""Standard errors of R, statsmodels and the certified optimum: eight digits on 22 data sets, or the cause."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from functools import cache
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from crossframe.core.types import FloatArray
from crossframe.data.designs import WHOLE
from crossframe.data.types import Dataset
from crossframe.experiment.fits import FitCache
from crossframe.experiment.plan import Experiment
from crossframe.experiment.spec import parse
from crossframe.experiment.store import opened
from crossframe.explain.inference import sides
from crossframe.explain.inference.compared import ComparedInference
from crossframe.explain.outcomes import effective_settings
from crossframe.frameworks.pool import Pool

DIGITS = 8.0
_CONTESTANTS = {
    "gaussian": ("r.lm", "r.glm:family=gaussian", "statsmodels.ols:add_constant=true",
                 "statsmodels.glm:family=gaussian,add_constant=true", "reference.optimum:link=identity"),
    "binomial": ("r.glm", "statsmodels.logit:add_constant=true", "statsmodels.glm:add_constant=true",
                 "reference.optimum"),
    "poisson": ("r.glm:family=poisson", "statsmodels.glm:family=poisson,add_constant=true",
                "reference.optimum:family=poisson,link=log"),
    "gamma": ("r.glm:family=Gamma,link=log", "statsmodels.glm:family=gamma,link=log,add_constant=true",
              "reference.optimum:family=gamma,link=log"),
}  # fmt: skip
_DEFINED = {f"inference.{name}" for name in ("distribution", "interval", "likelihood", "aic_parameters")}
Rows = tuple[FloatArray, FloatArray]


def _of_r(name: str, target: str, columns: str) -> Callable[[Path], Rows]:
    """A data set that R has, coded by R's own formula."""

    def read(folder: Path) -> Rows:
        file = folder / f"{name}.csv"
        code = (
            f"f <- model.frame({target} ~ {columns}, datasets::{name}); "
            f"m <- cbind(model.matrix(attr(f, 'terms'), f)[, -1, drop = FALSE], y = model.response(f)); "
            f"write.csv(format(as.data.frame(m), digits = 17, trim = TRUE), '{file}', row.names = FALSE)"
        )
        subprocess.run(["Rscript", "-e", code], check=True, capture_output=True)
        table = pd.read_csv(file).to_numpy(dtype=np.float64)
        return table[:, :-1], table[:, -1]

    return read


def _of_statsmodels(name: str, *columns: int) -> Callable[[Path], Rows]:
    def read(folder: Path) -> Rows:
        import statsmodels.api as sm

        made = getattr(sm.datasets, name).load_pandas()
        X = made.exog.to_numpy(dtype=np.float64)
        X = X[:, list(columns)] if columns else X[:, X.std(axis=0) > 0]
        return X, made.endog.to_numpy(dtype=np.float64)

    return read


def _of_sklearn(name: str, *columns: int) -> Callable[[Path], Rows]:
    def read(folder: Path) -> Rows:
        from sklearn import datasets

        X, y = getattr(datasets, f"load_{name}")(return_X_y=True)
        X, y = (X[y > 0], y[y > 0] - 1) if name == "iris" else (X, y)
        return X[:, list(columns)] if columns else X, y.astype(np.float64)

    return read


def _generated(family: str) -> Callable[[Path], Rows]:
    """Columns of unlike scales, the last nearly the sum of two others."""

    def read(folder: Path) -> Rows:
        rng = np.random.default_rng(4)
        X = rng.normal(size=(200, 4)) * [1, 30, 0.02, 1] + [0, 100, 1, 0]
        X[:, 3] = X[:, 0] + 0.03 * X[:, 1] + 0.01 * X[:, 3]
        eta = X[:, :3] @ [0.4, 0.01, 3.0] - 3.5
        mean = np.exp(eta)
        y = {"gaussian": eta + rng.normal(size=200), "binomial": rng.random(200) < 1 / (1 + 1 / mean),
             "poisson": rng.poisson(mean), "gamma": rng.gamma(2, mean)}[family]  # fmt: skip
        return X, y.astype(np.float64)

    return read


DATA: dict[str, tuple[str, Callable[[Path], Rows]]] = {
    "longley": ("gaussian", _of_statsmodels("longley")),
    "stackloss": ("gaussian", _of_statsmodels("stackloss")),
    "copper": ("gaussian", _of_statsmodels("copper")),
    "diabetes": ("gaussian", _of_sklearn("diabetes")),
    "swiss": ("gaussian", _of_r("swiss", "Fertility", ".")),
    "attitude": ("gaussian", _of_r("attitude", "rating", ".")),
    "cars": ("gaussian", _of_r("cars", "dist", "speed")),
    "generated-gaussian": ("gaussian", _generated("gaussian")),
    "spector": ("binomial", _of_statsmodels("spector")),
    "mtcars": ("binomial", _of_r("mtcars", "am", "wt")),
    "infert": ("binomial", _of_r("infert", "case", "age + parity + education + induced + spontaneous")),
    "iris": ("binomial", _of_sklearn("iris", 0, 1)),
    "breast-cancer": ("binomial", _of_sklearn("breast_cancer", 0, 1, 4)),
    "generated-binomial": ("binomial", _generated("binomial")),
    "warpbreaks": ("poisson", _of_r("warpbreaks", "breaks", "wool * tension")),
    "InsectSprays": ("poisson", _of_r("InsectSprays", "count", "spray")),
    "cpunish": ("poisson", _of_statsmodels("cpunish")),
    "generated-poisson": ("poisson", _generated("poisson")),
    "scotland": ("gamma", _of_statsmodels("scotland")),
    "trees": ("gamma", _of_r("trees", "Volume", "log(Girth) + log(Height)")),
    "faithful": ("gamma", _of_r("faithful", "waiting", "eruptions")),
    "generated-gamma": ("gamma", _generated("gamma")),
}


def _compared(
    name: str, names: tuple[str, ...], pool: Pool, folder: Path
) -> dict[tuple[str, str], ComparedInference]:
    """The inference of every two of these contestants on one data set."""
    family, read = DATA[name]
    X, y = read(folder)
    classes = ("0", "1") if family == "binomial" else ()
    columns = tuple(f"x{j}" for j in range(X.shape[1]))
    data = Dataset(
        name, np.ascontiguousarray(X) + 0.0, y.astype(np.int64) if classes else y, columns, classes, name
    )
    contestants = tuple(map(parse, names))
    experiment = Experiment(data, WHOLE, (len(y),), 1, 1, contestants, threads=1)
    with opened(folder / "store.sqlite") as store:
        fits = FitCache(experiment, store, pool=pool)
        fits.prepare(contestants)
        made = {
            c.name: sides.of_record(
                c.name, fits.records(c)[0], effective_settings(fits, c), data.X, data.y, data.names
            )
            for c in contestants
        }
    assert not [side for side in made.values() if isinstance(side, str)], made
    pairs = {(a, b): sides.both(made[a], made[b]) for a, b in combinations(made, 2)}
    return {pair: one for pair, one in pairs.items() if one is not None}


@cache
def _named(words: tuple[str, ...]) -> bool:
    """Whether a cause of other standard errors is named, which the last estimates show."""
    first = " ".join(words)
    return "step before its solver's last" in first or "with the estimates, which have" in first


@pytest.mark.xdist_group("r")
@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=() if name in ("longley", "spector") else pytest.mark.slow) for name in DATA],
)
def test_standard_errors(name: str, pool: Pool, tmp_path: Path) -> None:
    """At least eight digits, or the cause is the solver's last step, shown by the same numbers without it."""
    names = _CONTESTANTS[DATA[name][0]]
    for pair, made in _compared(name, names, pool, tmp_path).items():
        errors = made.quantity("standard errors")
        assert errors is not None
        print(name, *pair, f"{errors.digits:.1f}", *made.words, sep=" | ")
        assert errors.digits >= DIGITS or _named(made.words), (pair, errors, made.words)
        assert not [c for c in made.causes if c.makes == "standard errors"], (pair, made.causes)
        # Only the distribution of the tests is another: R's is t where the dispersion is estimated.
        assert {c.setting for c in made.causes} <= _DEFINED, (pair, made.causes)


@pytest.mark.slow
@pytest.mark.xdist_group("r")
@pytest.mark.parametrize("name", [name for name, (family, _) in DATA.items() if family != "gaussian"])
def test_standard_errors_with_a_small_tolerance(name: str, pool: Pool, tmp_path: Path) -> None:
    """What is said of the solver's last step is so: with a small tolerance all agree in eight digits."""
    tight = {"r.glm": "epsilon=1e-14", "statsmodels.glm": "tol=1e-14"}
    names = tuple(
        text + (f"{',' if ':' in text else ':'}{more}" if (more := tight.get(text.partition(":")[0])) else "")
        for text in _CONTESTANTS[DATA[name][0]]
    )
    for pair, made in _compared(name, names, pool, tmp_path).items():
        errors = made.quantity("standard errors")
        assert errors is not None
        assert errors.digits >= DIGITS, (pair, errors, made.words)


@pytest.mark.slow
@pytest.mark.xdist_group("h2o")
@pytest.mark.parametrize(
    ("name", "contestant", "digits", "causes"),
    [
        ("spector", "h2o.glm:lambda_=0,compute_p_values=true,beta_epsilon=1e-10", 5.0, set()),
        ("diabetes", "h2o.glm:lambda_=0,compute_p_values=true", 5.0, set()),
        ("spector", "glum.glm:gradient_tol=1e-12", 0.0, {"inference.covariance"}),
        ("spector", "glum.glm:gradient_tol=1e-12,robust=false", 0.0, {"inference.dispersion"}),
    ],
)
def test_other_frameworks_beside_the_certified_optimum(
    name: str, contestant: str, digits: float, causes: set[str], pool: Pool, tmp_path: Path
) -> None:
    """H2O's own standard errors are the model's; glum's are robust, or have a dispersion."""
    pytest.importorskip(contestant.partition(".")[0])
    reference = _CONTESTANTS[DATA[name][0]][-1]
    (made,) = _compared(name, (contestant, reference), pool, tmp_path).values()
    errors = made.quantity("standard errors")
    assert errors is not None
    assert errors.digits > digits
    assert {c.setting for c in made.causes if c.makes == "standard errors"} == causes, made.words
