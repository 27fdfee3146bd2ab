"""glum's fits: their numbers beside R's and scikit-learn's, how a fit ends, and scripts that use it."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from crossframe.core.types import FloatArray
from crossframe.frameworks.adopting import plain
from crossframe.frameworks.contract import FitResult, Status
from crossframe.frameworks.fitted import FittedModel, Recognised
from crossframe.frameworks.model import Program
from crossframe.frameworks.registry import model as registered
from crossframe.frameworks.registry import versions
from tests.frameworks.statsmodels.test_engine import all_of, on
from tests.frameworks.test_families import TARGETS
from tests.frameworks.test_families import fit as of_family
from tests.running import Engines
from tests.settings.test_in_force import small

pytest.importorskip("glum", reason="glum is not installed: pip install 'crossframe[glum]'")

_SCALED: dict[str, Any] = {"alpha": 0.05, "l1_ratio": 0.5, "scale_predictors": True}


def fit(engines: Engines, model: str, given: dict[str, Any] | None = None, **native: Any) -> FitResult:
    result: FitResult = engines[model.partition(".")[0]].fit(small(model, given or {}, **native))
    return result


@pytest.mark.parametrize(
    ("native", "theirs", "settings", "digits"),
    [
        ({}, "statsmodels.glm", {"add_constant": True, "tol": 1e-14}, 10),
        ({"link": "cloglog"}, "statsmodels.glm", {"add_constant": True, "link": "cloglog", "tol": 1e-14}, 7),
        ({"family": "gaussian"}, "sklearn.linear", {}, 10),
        ({"alpha": 0.2}, "sklearn.logistic", {"C": 1 / 12, "solver": "newton-cholesky", "tol": 1e-14}, 10),
        ({"alpha": 0.2, "family": "gaussian", "l1_ratio": 0.5}, "sklearn.elasticnet",
         {"alpha": 0.2, "tol": 1e-15}, 7),
    ],
)  # fmt: skip
def test_one_optimum_in_glum_and_elsewhere(
    engines: Engines, native: dict[str, Any], theirs: str, settings: dict[str, Any], digits: int
) -> None:
    ours = fit(engines, "glum.glm", gradient_tol=1e-13, **native)
    other = fit(engines, theirs, **settings)
    np.testing.assert_allclose(all_of(ours), all_of(other), rtol=10.0**-digits)
    np.testing.assert_allclose(ours.score, other.score, rtol=10.0**-digits)


@pytest.mark.parametrize(
    ("given", "theirs", "family"),
    [
        ("family=poisson,alpha=0.1", "sklearn.poisson:alpha=0.1", "poisson"),
        ("family=gamma,alpha=0.1", "sklearn.gamma:alpha=0.1", "gamma"),
        ("family=tweedie,alpha=0.1", "sklearn.tweedie:power=1.5,alpha=0.1", "tweedie"),
        ("family=tweedie,power=1.2,alpha=0.1", "sklearn.tweedie:power=1.2,alpha=0.1", "tweedie"),
        ("family=inverse.gaussian", "sklearn.tweedie:power=3,alpha=0,link=log", "inverse_gaussian"),
    ],
)
def test_one_optimum_of_each_family(engines: Engines, given: str, theirs: str, family: str) -> None:
    y = TARGETS["gamma" if family == "inverse_gaussian" else family]
    ours = of_family(engines, f"glum.glm:gradient_tol=1e-13,{given}", y)
    other = of_family(engines, f"{theirs},solver=newton-cholesky,tol=1e-12", y)
    # glum holds a power in single precision.
    np.testing.assert_allclose(all_of(ours), all_of(other), rtol=1e-6)
    assert (ours.canonical["link"], ours.canonical["penalty.l2"]) == ("log", other.canonical["penalty.l2"])
    powers = [side.canonical.get("family.power", 0.0) for side in (ours, other)]
    assert powers[0] == pytest.approx(powers[1], rel=1e-7)
    assert (ours.canonical["family"], ours.is_probability) == (family, False)


@pytest.mark.slow
def test_the_elastic_net_of_scaled_features_is_glmnets(engines: Engines) -> None:
    ours = fit(engines, "glum.glm", gradient_tol=1e-13, **_SCALED)
    other = fit(engines, "r.glmnet", **{"lambda": 0.05, "alpha": 0.5, "thresh": 1e-20})
    np.testing.assert_allclose(all_of(ours), all_of(other), rtol=1e-9)
    assert ours.canonical["features.standardize"] == other.canonical["features.standardize"] == "sd_n"


def test_what_glum_chose_itself_is_reported(engines: Engines) -> None:
    plain_fit = fit(engines, "glum.glm")
    assert plain_fit.status is Status.CONVERGED
    chosen = {name: plain_fit.effective[name] for name in ("alpha", "solver", "link", "gradient_tol")}
    assert chosen == {"alpha": 0.0, "solver": "irls-ls", "link": "logit", "gradient_tol": 1e-4}
    assert fit(engines, "glum.glm", family="gaussian").effective["solver"] == "closed-form"
    bounded = fit(engines, "glum.glm", {"bounds.upper": 0.5, "bounds.lower": -np.inf})
    assert (bounded.effective["solver"], bounded.effective["lower_bounds"]) == ("irls-cd", None)
    assert all_of(bounded)[1:].max() <= 0.5


def test_every_canonical_setting_is_taken(engines: Engines) -> None:
    for given in (
        {"penalty.l2": 0.1, "penalty.l1": 0.05, "features.standardize": "sd_n"},
        {"penalty.strength": 0.1, "penalty.mix": 0.5, "solver.selection": "random", "seed": 7},
        {"link": "cloglog", "intercept": False, "solver.start": "zeros", "solver.max_iterations": 50},
        {"link": "identity", "solver.algorithm": "cholesky"},
        {"solver.algorithm": "lbfgs", "solver.tolerance_gradient": 1e-9},
        {"solver.algorithm": "irls", "solver.tolerance_coefficients": 1e-9},
        {"solver.algorithm": "coordinate_descent", "bounds.lower": 0.0, "bounds.upper": 5.0},
    ):
        result = fit(engines, "glum.glm", given)
        assert result.status is Status.CONVERGED, result.evidence
        assert {name: result.canonical[name] for name in given} == pytest.approx(given)


def test_how_a_fit_ends(engines: Engines) -> None:
    short = fit(engines, "glum.glm", max_iter=1)
    assert (short.status, short.convergence) == (Status.ITERATION_LIMIT, "irls-ls: 1 iterations of at most 1")
    assert short.evidence[0].startswith("ConvergenceWarning: IRLS failed to converge")
    asked = small("glum.glm", {})
    separated = engines["glum"].fit(
        on(asked, asked.X_train[:, :1], (asked.X_train[:, 0] > 0.1).astype(np.int64))
    )
    assert separated.status is Status.SEPARATED
    twice = engines["glum"].fit(on(asked, np.column_stack([asked.X_train, asked.X_train])))
    assert twice.status is Status.REFUSED
    assert "ingular" in twice.evidence[-1]
    missing: FloatArray = np.where(np.arange(60)[:, None] == 3, np.nan, asked.X_train)
    assert engines["glum"].fit(on(asked, missing)).status is Status.REFUSED


def _recorded(**arguments: Any) -> FittedModel:
    """A fit of numbers as scikit-learn's ``adopt`` records it."""
    from glum import GeneralizedLinearRegressor

    estimator = GeneralizedLinearRegressor(**arguments)
    in_force = {name: plain(value) for name, value in estimator.get_params().items()}
    return FittedModel(
        framework="glum", call="GeneralizedLinearRegressor", arguments=in_force, X=np.ones((3, 1)),
        columns=("a",), y=np.array([0.5, 1.5, 2.0]), classes=(), score=np.zeros(3),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "native", "rest"),
    [
        ({}, {"family": "gaussian"}, ()),
        ({"family": "gaussian", "alpha": 1}, {"family": "gaussian", "alpha": 1.0}, ()),
        ({"solver": "lbfgs", "verbose": 1}, {"family": "gaussian", "solver": "lbfgs"}, ()),
        ({"alpha_search": True}, {"family": "gaussian"}, ("alpha_search=True",)),
        ({"family": "tweedie (1.7)"}, {"family": "tweedie", "power": 1.7}, ()),
        ({"P1": [1.0]}, {"family": "gaussian"}, ("P1=[1.0]",)),
    ],
)
def test_a_fit_is_recognised(
    arguments: dict[str, Any], native: dict[str, Any], rest: tuple[str, ...]
) -> None:
    from crossframe.frameworks.glum.adopt import recognised

    assert recognised(_recorded(**arguments)) == Recognised("glum.glm", native, rest=rest)
    assert recognised(_recorded(family="negative.binomial")) is None


@pytest.mark.slow
def test_a_script_of_glum_is_explained(tmp_path: Path, command: Any) -> None:
    asked = small("glum.glm", {})
    rows = np.column_stack([asked.X_train, asked.y_train])
    np.savetxt(tmp_path / "t.csv", rows, fmt="%.17g", delimiter=",", header="a,b,c,y", comments="")
    read = "import pandas as pd\nd = pd.read_csv('t.csv')\nX, y = d[['a', 'b', 'c']], d['y']\n"
    (tmp_path / "a.py").write_text(
        "from glum import GeneralizedLinearRegressor\n" + read
        + "m = GeneralizedLinearRegressor(family='binomial', alpha=0.1).fit(X, y)\n"
    )  # fmt: skip
    (tmp_path / "b.py").write_text(
        "from sklearn.linear_model import LogisticRegression\n"
        + read
        + "m = LogisticRegression().fit(X, y)\n"
    )
    scripts = (str(tmp_path / name) for name in ("a.py", "b.py"))
    answer = json.loads(command("explain", *scripts, "--json", code=(0, 1)).stdout)
    assert answer["verdict"] == "explained", answer
    assert {share["setting"] for share in answer["causes"] if share["share"] > 0.05} == {"penalty.l2"}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "numbers"),
    [(_SCALED, False), ({"start_params": "zeros", "solver": "lbfgs"}, False), ({"alpha": 0.1}, True)],
)
def test_a_program_gives_the_scores_of_the_engine(
    engines: Engines, tmp_path: Path, arguments: dict[str, Any], numbers: bool
) -> None:
    asked = replace(small("glum.glm", {}), task="numbers" if numbers else "classes", native=arguments)
    rows = np.column_stack([asked.X_train, asked.y_train])
    np.savetxt(tmp_path / "t.csv", rows, fmt="%.17g", delimiter=",", header="a,b,c,y", comments="")
    write = registered("glum.glm").program
    assert write is not None
    positive = "" if numbers else 1
    wanted = Program("glum.glm", arguments, "t.csv", "y", positive, "s.txt", versions("glum"), "A test.")
    (tmp_path / "p.py").write_text(write(wanted), encoding="utf-8")
    subprocess.run([sys.executable, "p.py"], cwd=tmp_path, check=True, timeout=120)
    np.testing.assert_allclose(np.loadtxt(tmp_path / "s.txt"), engines["glum"].fit(asked).score, rtol=1e-12)
