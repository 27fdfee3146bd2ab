"""Canonical settings in the real frameworks: each is taken, and means what its formula says."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from crossframe.frameworks.conformance import request
from crossframe.frameworks.contract import EvalRows, FitRequest, FitResult, Status
from crossframe.frameworks.registry import model as model_of
from tests.running import Engines

TAKEN: dict[str, list[dict[str, Any]]] = {
    "sklearn.logistic": [
        {"solver.algorithm": "newton-cg"},
        {"penalty.strength": 0.1},
        {"penalty.l2": 0.1},
        {"penalty.l1": 0.1, "penalty.l2": 0.1, "solver.algorithm": "saga"},
        {"penalty.strength": 0.1, "penalty.mix": 0.5, "solver.algorithm": "saga"},
        {"intercept": False},
        {"penalty.intercept": 0.25, "solver.algorithm": "liblinear"},
        {"class_weight": "none"},
        {"class_weight": "balanced"},
        {"solver.tolerance": 1e-3},
        {"solver.max_iterations": 50.0},
        {"penalty.norm": "l1", "solver.algorithm": "saga"},
        {"solver.dual": True, "solver.algorithm": "liblinear", "seed": 7},
    ],
    "sklearn.mlp": [
        {"architecture.hidden": (5, 4)},
        {"architecture.activation": "sigmoid", "init.source": "given:5"},
        {"optimizer.rule": "adam"},
        {"penalty.l2": 0.1},
        {"batch.size": 8},
        {"optimizer.learning_rate": 0.01},
        {"optimizer.momentum": 0.5, "optimizer.nesterov": False, "optimizer.rule": "sgd"},
        {"optimizer.beta1": 0.8, "optimizer.beta2": 0.9, "optimizer.epsilon": 1e-7},
        {"batch.order": False},
        {"epochs": 5.0},
        {"stopping.rule": "early_stopping"},
        {"stopping.rounds": 3, "stopping.tolerance": 1e-3},
        {"solver.tolerance_gradient": 1e-3, "optimizer.rule": "lbfgs"},
        {"validation.fraction": 0.25, "stopping.rule": "early_stopping", "seed": 7},
        {"schedule.kind": "invscaling", "schedule.power": 0.25, "optimizer.rule": "sgd"},
        {"solver.max_evaluations": 9, "optimizer.rule": "lbfgs"},
    ],
    "sklearn.sgd": [
        {"loss": "hinge"},
        {"loss": "huber", "loss.epsilon": 0.2},
        {"penalty.norm": "none"},
        {"penalty.l2": 0.1},
        {"penalty.l1": 0.1},
        {"penalty.l1": 0.1, "penalty.l2": 0.3},
        {"penalty.strength": 0.1, "penalty.mix": 0.5},
        {"intercept": False},
        {"class_weight": "balanced"},
        {"seed": 7, "batch.order": True},
        {"schedule.kind": "constant", "optimizer.learning_rate": 0.1},
        {"schedule.kind": "invscaling", "schedule.power": 0.25},
        {"optimizer.averaging": "mean"},
        {"epochs": 3.0},
        {"stopping.rule": "early_stopping", "validation.fraction": 0.2},
        {"stopping.rounds": 3, "stopping.tolerance": 1e-2},
    ],
    "r.lm": [
        {"solver.rank_tolerance": 1e-6},
        {"missing": "drop"},
        {"missing": "error"},
        {"collinear": "alias"},
        {"collinear": "error"},
    ],
    "r.glm": [
        {"link": "probit"},
        {"link": "identity"},
        {"solver.tolerance_deviance": 1e-6},
        {"solver.rank_tolerance": 1e-9},
        {"solver.max_iterations": 4.0},
        {"missing": "drop"},
        {"missing": "error"},
        {"collinear": "error"},
        {"solver.start": "zeros"},
        {"family": "poisson", "link": "log"},
        {"family": "negative_binomial", "family.theta": 4.0, "link": "log"},
    ],
    "statsmodels.logit": [
        {"solver.algorithm": "newton-cg", "solver.tolerance": 1e-6},
        {"penalty.l1": 0.05, "solver.tolerance": 1e-12},
        {"penalty.l1": 0.05, "penalty.intercept": 0.25, "intercept": True},
        {"intercept": True, "missing": "drop"},
        {"missing": "error", "solver.max_iterations": 50.0},
        {"solver.tolerance_coefficients": 1e-6, "solver.hessian_ridge": 1e-9},
        {"solver.algorithm": "lbfgs", "solver.tolerance_objective": 1e-12, "solver.max_evaluations": 900},
        {"solver.algorithm": "lbfgs", "solver.tolerance_gradient": 1e-7},
        {"solver.algorithm": "bfgs", "solver.tolerance_gradient": 1e-7},
        {"penalty.l1": 0.05, "penalty.trim": "size", "penalty.trim_size": 0.01},
        {"penalty.l1": 0.05, "penalty.trim": "gradient", "penalty.trim_gradient": 0.1},
        {"penalty.l1": 0.05, "penalty.trim_check": 0.1},
        {"inference.covariance": "HC1", "inference.distribution": "t"},
    ],
    "statsmodels.glm": [
        {"link": "probit", "intercept": True, "missing": "drop"},
        {"link": "identity", "solver.tolerance_deviance_change": 1e-6, "solver.start": "zeros"},
        {"penalty.strength": 0.1, "penalty.mix": 0.5, "penalty.trim_size": 1e-6},
        {"penalty.l2": 0.1, "penalty.l1": 0.05, "solver.tolerance_coefficients": 1e-6},
        {"penalty.l2": 0.1, "penalty.intercept": 0.25, "intercept": True},
        {"solver.algorithm": "newton", "solver.hessian_ridge": 1e-9, "solver.max_iterations": 50.0},
        {"solver.algorithm": "lbfgs", "solver.tolerance_objective": 1e-12, "solver.max_evaluations": 900},
        {"solver.algorithm": "bfgs", "solver.tolerance_gradient": 1e-7, "solver.start_iterations": 0},
        {"family": "poisson", "intercept": True},
        {"family": "negative_binomial", "family.theta": 4.0, "link": "log", "weights.meaning": "analytic"},
        {"inference.covariance": "HC1", "inference.distribution": "t"},
    ],
    "statsmodels.ols": [
        {"intercept": True, "missing": "error", "solver.algorithm": "qr"},
        {"penalty.strength": 0.1, "penalty.mix": 0.5, "penalty.trim_size": 1e-6},
        {"penalty.l2": 0.1, "penalty.l1": 0.05, "solver.tolerance_coefficients": 1e-6},
        {"penalty.l2": 0.1, "penalty.intercept": 0.25, "intercept": True},
        {"penalty.l1": 0.1, "penalty.intercept": 0.25, "intercept": True, "solver.max_iterations": 99},
        {"inference.covariance": "HC1", "inference.distribution": "normal"},
    ],
    "sklearn.linear": [{"intercept": False}, {"bounds.non_negative": True}, {"solver.rank_tolerance": 1e-9}],
    "sklearn.ridge": [
        {"penalty.l2": 0.1, "solver.algorithm": "svd"},
        {"intercept": False, "bounds.non_negative": True},
        {"solver.algorithm": "sag", "seed": 7, "solver.tolerance": 1e-5, "solver.max_iterations": 5000},
    ],
    "sklearn.lasso": [
        {"penalty.l1": 0.1, "intercept": False},
        {"bounds.non_negative": True, "solver.tolerance": 1e-9, "solver.max_iterations": 500},
        {"solver.selection": "random", "seed": 7},
    ],
    "sklearn.elasticnet": [
        {"penalty.strength": 0.1, "penalty.mix": 0.25, "intercept": False},
        {"penalty.l2": 0.1, "penalty.l1": 0.05},
        {"bounds.non_negative": True, "solver.tolerance": 1e-9, "solver.max_iterations": 500},
        {"solver.selection": "random", "seed": 7},
    ],
    "sklearn.poisson": [
        {"penalty.l2": 0.1, "intercept": False},
        {"solver.algorithm": "newton-cholesky", "solver.tolerance": 1e-9, "solver.max_iterations": 50.0},
    ],
    "sklearn.tweedie": [
        {"family": "poisson", "penalty.l2": 0.1, "intercept": False},
        {"family": "tweedie", "family.power": 1.5, "link": "log"},
        {"solver.algorithm": "newton-cholesky", "solver.tolerance": 1e-9, "solver.max_iterations": 50.0},
    ],
    "r.glmnet": [
        {"link": "identity", "penalty.l2": 0.1, "penalty.l1": 0.05},
        {"penalty.strength": 0.1},
        {"penalty.l2": 0.1, "penalty.l1": 0.05},
        {"penalty.strength": 0.1, "penalty.mix": 0.5, "features.standardize": "none"},
        {"path.length": 20, "path.ratio": 0.01, "path.at": 0.05},
        {"path.at": 0.05, "path.refit": True},
        {"path.min_ratio": 1e-3, "path.min_length": 7, "path.min_gain": 1e-3, "path.max_explained": 0.9},
        {"path.max_features": 2, "path.max_entered": 2},
        {"penalty.feature": (1, 0, 2)},
        {"intercept": False},
        {"bounds.lower": -1.0, "bounds.upper": 1.0},
        {"solver.tolerance_update": 1e-9, "solver.max_iterations": 5000},
        {"solver.curvature": "bound", "solver.min_probability": 1e-6},
        {"family": "poisson", "penalty.l2": 0.1},
    ],
    "r.nnet": [
        {"architecture.hidden": (5,), "architecture.skip": True, "architecture.max_weights": 2000},
        {"architecture.head": "linear1", "loss": "squared_error"},
        {"loss": "log_loss"},
        {"penalty.l2": 0.1},
        {"init.scale": 0.2, "seed": 7, "seed.generator": "Wichmann-Hill"},
        {"solver.max_iterations": 9.0},
        {"stopping.objective": 1e-2, "solver.tolerance_objective": 1e-4},
    ],
}

FAST = 3
"""Settings of a model that are no slow tests."""
NEVER = {"architecture.max_weights": "MaxNWts"}
"""Settings that never act, and the parameter that carries them."""
OF_SEVERAL = {"penalty.grouped"}
"""Settings that act on more than two classes alone, of which these runs have none."""


def small(model: str, given: dict[str, Any], **native: Any) -> FitRequest:
    """Overlapping classes in three features of unlike scale, 60 rows."""
    rng = np.random.default_rng(4)
    X = rng.normal(size=(60, 3)) * [1.0, 2.0, 0.5]
    y = (X @ [1.0, -0.5, 0.0] + 0.7 + rng.logistic(size=60) > 0).astype(np.int64)
    names = ("a", "b", "c")
    evaluation = EvalRows(hashlib.sha256(X.tobytes()).hexdigest(), X, names)
    plain = request(model.partition(".")[2], settings=given, native=native)
    return replace(plain, X_train=X, y_train=y, names=names, evaluation=evaluation, image_shape=None)


def test_none_is_left_out() -> None:
    for model, runs in TAKEN.items():
        taken = {name for run in runs for name in run}
        assert taken == {b.setting for b in model_of(model).bindings} - OF_SEVERAL


@pytest.mark.parametrize(
    ("model", "given"),
    [
        pytest.param(model, given, marks=[pytest.mark.slow] if k >= FAST else [])
        for model, runs in TAKEN.items()
        for k, given in enumerate(runs)
    ],
    ids=str,
)
def test_every_setting_is_taken(engines: Engines, model: str, given: dict[str, Any]) -> None:
    native = {"max_iter": 5} if model == "sklearn.mlp" and "epochs" not in given else {}
    result = engines[model.partition(".")[0]].fit(small(model, given, **native))
    assert result.status.usable, result.evidence
    for name, value in given.items():
        if name in NEVER:
            assert result.effective[NEVER[name]] == value
            continue
        exact = not isinstance(value, float)
        assert result.canonical[name] == (value if exact else pytest.approx(value)), name


def gradient(result: FitResult, asked: FitRequest) -> tuple[float, np.ndarray]:
    """Of the mean loss at the answer: for the intercept, and for the coefficients."""
    assert result.train_score is not None
    error = (result.train_score - asked.y_train) / len(asked.y_train)
    return float(error.sum()), asked.X_train.T @ error


def test_the_elastic_net_of_the_formula_is_minimised(engines: Engines) -> None:
    given = {"penalty.l2": 0.2, "penalty.l1": 0.05, "solver.algorithm": "saga"}
    asked = small("sklearn.logistic", given, tol=1e-10, max_iter=100_000)
    result = engines["sklearn"].fit(asked)
    assert result.coefficients is not None
    beta = result.coefficients.values
    of_intercept, slope = gradient(result, asked)
    assert abs(of_intercept) < 1e-7
    free = beta != 0
    assert free.any()
    np.testing.assert_allclose((slope + 0.2 * beta + 0.05 * np.sign(beta))[free], 0, atol=1e-7)
    assert (np.abs(slope[~free]) <= 0.05).all()


def test_the_intercepts_weight_is_that_of_the_formula(engines: Engines) -> None:
    given = {"penalty.l2": 0.2, "penalty.intercept": 0.25, "solver.algorithm": "liblinear"}
    asked = small("sklearn.logistic", given, tol=1e-10, max_iter=10_000)
    result = engines["sklearn"].fit(asked)
    assert result.coefficients is not None
    of_intercept, slope = gradient(result, asked)
    assert of_intercept + 0.2 * 0.25 * result.coefficients.intercept == pytest.approx(0, abs=1e-7)
    np.testing.assert_allclose(slope + 0.2 * result.coefficients.values, 0, atol=1e-7)


def test_one_l2_in_a_network_and_a_regression() -> None:
    from sklearn.linear_model import LogisticRegression
    from sklearn.neural_network import MLPClassifier

    asked = small("sklearn.mlp", {})
    X, y, n = asked.X_train, asked.y_train, len(asked.y_train)
    common = {"tol": 1e-10, "max_iter": 10_000, "solver": "lbfgs"}
    given = {"penalty.l2": 0.2}
    # Without a hidden layer the network is a logistic regression.
    network = MLPClassifier((), **model_of("sklearn.mlp").to_native(given, common, n), random_state=1).fit(
        X, y
    )
    regression = LogisticRegression(**model_of("sklearn.logistic").to_native(given, common, n)).fit(X, y)
    np.testing.assert_allclose(network.predict_proba(X), regression.predict_proba(X), atol=1e-5)


def test_one_elastic_net_in_h2o_and_scikit_learn(engines: Engines) -> None:
    given = {"penalty.l2": 0.2, "penalty.l1": 0.05}
    tight = {"objective_epsilon": 0.0, "beta_epsilon": 1e-9, "solver": "COORDINATE_DESCENT"}
    theirs = engines["h2o"].fit(small("h2o.glm", {**given, "features.standardize": "none"}, **tight))
    ours = engines["sklearn"].fit(
        small("sklearn.logistic", {**given, "solver.algorithm": "saga"}, tol=1e-10, max_iter=100_000)
    )
    assert theirs.status.usable, theirs.evidence
    assert ours.score is not None
    np.testing.assert_allclose(theirs.score, ours.score, atol=1e-3)
    for name in ("penalty.strength", "penalty.mix", "penalty.l2", "penalty.l1", "penalty.intercept"):
        assert theirs.canonical[name] == pytest.approx(ours.canonical[name]), name


def test_one_elastic_net_in_glmnet_and_scikit_learn(engines: Engines) -> None:
    """On the features as they are, and on those that glmnet standardises with 1/n."""
    given = {"penalty.l2": 0.2, "penalty.l1": 0.05}
    tight = {"tol": 1e-12, "max_iter": 100_000}
    for standardize in ("none", "sd_n"):
        asked = small("r.glmnet", {**given, "features.standardize": standardize}, thresh=1e-15)
        theirs = engines["r"].fit(asked)
        X = asked.X_train
        if standardize == "sd_n":
            X = np.ascontiguousarray((X - X.mean(axis=0)) / X.std(axis=0))
        evaluation = EvalRows(hashlib.sha256(X.tobytes()).hexdigest(), X, asked.names)
        saga = small("sklearn.logistic", {**given, "solver.algorithm": "saga"}, **tight)
        ours = engines["sklearn"].fit(replace(saga, X_train=X, evaluation=evaluation))
        assert theirs.status.usable, theirs.evidence
        assert ours.train_score is not None
        np.testing.assert_allclose(theirs.train_score, ours.train_score, atol=1e-8)
        for name in ("penalty.strength", "penalty.mix", "penalty.l2", "penalty.l1", "penalty.intercept"):
            assert theirs.canonical[name] == pytest.approx(ours.canonical[name]), name


def test_one_penalty_in_sgd_and_the_regression(engines: Engines) -> None:
    """Stochastic gradients with a falling rate, averaged, come close to the optimum of the formula."""
    given = {"penalty.l2": 0.2}
    slow = {"learning_rate": "invscaling", "eta0": 0.2, "max_iter": 3000, "n_iter_no_change": 3000}
    theirs = engines["sklearn"].fit(small("sklearn.sgd", given, average=True, **slow))
    ours = engines["sklearn"].fit(small("sklearn.logistic", given))
    np.testing.assert_allclose(theirs.score, ours.score, atol=5e-3)
    assert theirs.canonical["penalty.strength"] == pytest.approx(ours.canonical["penalty.strength"])


@pytest.mark.parametrize(("rounds", "epochs"), [(2, 3), (4, 5), (6, 7)])
def test_one_patience_in_both_of_scikit_learns_loops(engines: Engines, rounds: int, epochs: int) -> None:
    """Where no epoch counts as progress but the first, each ends ``rounds`` epochs after it."""
    for model in ("sklearn.mlp", "sklearn.sgd"):
        given = {"stopping.rounds": rounds, "stopping.tolerance": 10.0}
        assert engines["sklearn"].fit(small(model, given)).epochs == epochs, model


@pytest.mark.parametrize("nesterov", [True, False])
def test_h2os_momentum_is_a_heavy_ball(engines: Engines, nesterov: bool) -> None:
    """In canonical names its rate and momentum are those of the rule that it is, look-ahead or not."""
    given = {"optimizer.rule": "sgd", "optimizer.learning_rate": 0.01, "optimizer.momentum": 0.5, "epochs": 1}
    native = {"nesterov_accelerated_gradient": nesterov, "momentum_stable": 0.9, "momentum_ramp": 10.0}
    result = engines["h2o"].fit(small("h2o.mlp", given, **native))
    assert result.status.usable, result.evidence
    start = (0.5 * 10 + 0.9) / 11
    assert result.effective["momentum_start"] == pytest.approx(start)
    assert result.effective["rate"] == pytest.approx(0.02)
    assert result.canonical["optimizer.memory"] == ("heavy_ball" if nesterov else "one_update")
    assert result.canonical["optimizer.nesterov"] is False
    for name in ("optimizer.learning_rate", "optimizer.momentum"):
        assert result.canonical[name] == pytest.approx(given[name])


@pytest.mark.parametrize("native", [{}, {"activation": "Tanh"}])
def test_h2o_drops_hidden_units(engines: Engines, native: dict[str, Any]) -> None:
    given = {"dropout.hidden": 0.25, "architecture.hidden": (5, 4), "epochs": 1.0}
    result = engines["h2o"].fit(small("h2o.mlp", given, **native))
    assert result.status in (Status.COMPLETED, Status.STOPPED_EARLY), result.evidence
    assert {name: result.canonical[name] for name in given} == given
    assert result.canonical["architecture.activation"] == ("tanh" if native else "relu")
