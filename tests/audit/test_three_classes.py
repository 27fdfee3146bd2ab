"""The audit with three classes: what is in force there, and the rules of activity by experiment."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from crossframe.audit.audit import audit
from crossframe.audit.check import Checked, check
from crossframe.audit.samples import SAMPLES, three_classes
from crossframe.core.errors import ExitCode, UsageError
from crossframe.frameworks.pool import Pool
from crossframe.frameworks.registry import models

REFUSED = {
    "sklearn.logistic": {"intercept_scaling", "random_state", "dual"},
    "sklearn.logistic_cv": {"intercept_scaling", "dual"},
    "sklearn.boosting": {"loss"},
    "sklearn.hist_boosting": {"monotonic_cst"},
    "sklearn.forest": {"monotonic_cst"},
    "r.glmnet": {"pmin"},
    "r.nnet": {"linout", "entropy"},
    "r.ranger": {"class.weights", "num.random.splits"},
    "r.forest": {"classwt"},
    "h2o.glm": {
        "remove_collinear_columns", "compute_p_values", "non_negative", "lower_bounds", "upper_bounds",
        "prior", "startval", "max_iterations", "max_active_predictors", "beta_epsilon", "objective_epsilon",
        "gradient_epsilon",
    },
    "h2o.mlp": {"class_sampling_factors"},
    "keras.mlp": {"class_weight"},
}  # fmt: skip
"""Parameters with a value, or beside a solver, that the framework refuses for three classes."""
OF_BATCHES = ("optimizer.", "schedule.", "init.", "dropout.", "training.", "averaging", "precision")
"""Settings of networks whose rules were tried on two classes, and do not see the target."""


def refuted(checked: tuple[Checked, ...]) -> list[Any]:
    return [
        (c.model, c.param, o.experiment.condition, dict(o.experiment.under), o.effect, o.words)
        for c in checked
        for o in c.outcomes
        if not o.holds
    ]


def refused(checked: tuple[Checked, ...]) -> set[str]:
    return {c.param for c in checked for o in c.outcomes if o.out_of_reach}


@pytest.mark.parametrize("name", SAMPLES)
def test_the_sample_has_three_classes_and_the_rows_of_that_with_two(name: str) -> None:
    X, y, X_eval = three_classes(name)
    assert np.bincount(y).min() > 10
    assert set(y) == {0, 1, 2}
    if name != "image":
        plain, two, rows = SAMPLES[name]()
        np.testing.assert_array_equal(X, plain)
        np.testing.assert_array_equal(X_eval, rows)
        np.testing.assert_array_equal(y == 1, two == 1)


@pytest.mark.parametrize(
    ("model", "params"),
    [
        pytest.param("sklearn.logistic", ["dual"], marks=pytest.mark.xdist_group("sklearn")),
        pytest.param("r.glmnet", ["type.logistic"], marks=pytest.mark.xdist_group("r")),
        pytest.param("h2o.glm", ["alpha"], marks=pytest.mark.xdist_group("h2o")),
        pytest.param("keras.mlp", ["label_smoothing"], marks=pytest.mark.xdist_group("keras")),
    ],
)
def test_rules_that_see_the_classes(model: str, params: list[str], pool: Pool) -> None:
    checked = check(model, params, three_classes=True, pool=pool)
    assert refuted(checked) == []
    assert refused(checked) == REFUSED.get(model, set()) & set(params)
    assert all(o.experiment.classes == 3 for c in checked for o in c.outcomes)


OF_SEVERAL = [name for name, m in models().items() if m.several and m.framework in
              ("sklearn", "statsmodels", "r", "h2o", "keras")]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("model", OF_SEVERAL)
def test_every_rule_holds_with_three_classes(model: str, pool: Pool) -> None:
    """Of Keras, whose optimizers have a thousand experiments, those of target, loss and layers."""
    bindings = models()[model].bindings
    params = None
    if model.startswith("keras."):
        params = list(dict.fromkeys(b.param for b in bindings if not b.setting.startswith(OF_BATCHES)))
    checked = check(model, params, three_classes=True, pool=pool)
    assert refuted(checked) == []
    assert refused(checked) == REFUSED.get(model, set())


def test_in_force_with_three_classes(pool: Pool) -> None:
    (glmnet, logistic) = audit(["r.glmnet", "sklearn.logistic"], three_classes=True, pool=pool).models
    for one in (glmnet, logistic):
        assert one.in_force()["class.scheme"] == "multinomial"
        assert one.in_force()["class.parametrization"] == "symmetric"
        assert "decision.threshold" not in one.in_force()
    grouped = next(p for p in glmnet.parameters if p.name == "type.multinomial")
    assert (grouped.effective, grouped.state) == ("ungrouped", "active")
    (two,) = audit(["r.glmnet"], pool=pool).models
    grouped = next(p for p in two.parameters if p.name == "type.multinomial")
    assert grouped.state == "inert"
    assert "family=multinomial" in grouped.note
    assert "class.scheme" not in two.in_force()


@pytest.mark.slow
@pytest.mark.xdist_group("h2o")
def test_the_solver_that_h2o_takes_with_three_classes_depends_on_alpha(pool: Pool) -> None:
    """With lambda=0 alpha is no penalty, and decides the solver all the same."""
    names = [f"h2o.glm:lambda_=0,alpha={alpha}" for alpha in (0.0, 0.5)]
    for three, expected in ((True, ["L_BFGS", "IRLSM"]), (False, ["IRLSM", "IRLSM"])):
        found = audit(names, three_classes=three, pool=pool).models
        assert [p.effective for m in found for p in m.parameters if p.name == "solver"] == expected


def test_a_model_of_two_classes_is_refused() -> None:
    with pytest.raises(UsageError, match=r"r\.glm, sklearn\.ridge: no model of three classes"):
        audit(["r.glm", "sklearn.logistic", "sklearn.ridge"], three_classes=True)
    with pytest.raises(UsageError, match=r"r\.glm: no model of three classes"):
        check("r.glm", three_classes=True)


@pytest.mark.slow
def test_the_command(command: Any, home: Path) -> None:
    done = command("audit", "sklearn.logistic", "r.multinom", "--three-classes", "--json", code=0)
    (pair,) = json.loads(done.stdout)["pairs"]
    assert pair["classes"] == 3
    assert "class.parametrization" in {d["setting"] for d in pair["differences"]}
    done = command("audit", "sklearn.logistic", "--setting", "dual", "--three-classes", code=0)
    assert "not with three classes" in done.stdout
    done = command("audit", "sklearn.hist_boosting", "--check", "--three-classes", code=0)
    assert "0 contradicted, 1 refused by the framework for three classes" in done.stdout
    command("audit", "--three-classes", "--learning-rates", code=ExitCode.USAGE)
