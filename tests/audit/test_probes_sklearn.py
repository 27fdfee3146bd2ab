"""The rules of activity of scikit-learn's parameters, each checked by its experiments."""

from __future__ import annotations

import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from crossframe.audit import check as checking
from crossframe.audit.probe import ProbeEffect, ProbeExperiment, ProbeOutcome, experiments
from crossframe.audit.samples import SAMPLES
from crossframe.core.errors import EngineMissing
from crossframe.experiment.contestants import CONTESTANTS
from crossframe.frameworks.contract import Availability, FitRequest, FitResult, Status
from crossframe.frameworks.host import EngineProcess
from crossframe.frameworks.sklearn import FRAMEWORK
from crossframe.settings.binding import When
from tests.audit import rules
from tests.audit.rules import run
from tests.running import Engines

MODELS = {m.name: m for m in FRAMEWORK.all_models()}
CHOSEN = {
    "sklearn.lasso_cv": {"alpha_"},
    "sklearn.elasticnet_cv": {"alpha_"},
    "sklearn.ridge_cv": {"alpha_"},
    "sklearn.logistic_cv": {"C_"},
}
"""Penalties that a cross-validation chooses, which are outputs."""
_OF_CV = {"assignment", "alpha_max"}
OURS = {
    "sklearn.mlp": {"initial_weights"},
    "sklearn.mlp_regressor": {"initial_weights"},
    "sklearn.lasso_cv": _OF_CV,
    "sklearn.elasticnet_cv": _OF_CV,
    "sklearn.ridge_cv": {*_OF_CV, "eps", "random_state"},
    "sklearn.logistic_cv": {"assignment", "eps", "C_min"},
}
"""Parameters that crossframe adds to the estimator's own."""
NUMBERS = {"sklearn.boosting": {"alpha"}, "sklearn.hist_boosting": {"quantile"}}
"""Parameters of the estimator for numbers alone, which is not the one that is asked for its defaults."""
ONE_VALUE = {("sklearn.hist_boosting", "loss")}
"""Of two classes, which the samples have, there is no second value."""


@pytest.fixture(scope="module")
def process(engines: Engines) -> EngineProcess:
    return engines["sklearn"]


@pytest.mark.parametrize("experiment", rules.cases(FRAMEWORK, most=3))
def test_the_rule_is_borne_out(process: EngineProcess, experiment: ProbeExperiment) -> None:
    outcome = run(process, experiment)
    assert outcome.holds, rules.words(outcome)


@pytest.mark.parametrize("model", MODELS)
def test_every_parameter_has_a_probe(model: str) -> None:
    assert set(MODELS[model].probes) == set(rules.table(model))
    without = {param for param, probe in MODELS[model].probes.items() if probe.why_not}
    one_value = {param for m, param in ONE_VALUE if m == model}
    assert without == NUMBERS.get(model, set()) | one_value | CHOSEN.get(model, set())


@pytest.mark.parametrize("model", MODELS)
def test_every_captured_parameter_is_classified_once(process: EngineProcess, model: str) -> None:
    declared = process.call("defaults", model.partition(".")[2])
    classified = rules.standing(model, declared)
    assert [name for name, where in classified.items() if len(where) != 1] == []
    assert rules.share(classified, model) == 1.0
    used = {b.param for names in classified.values() for b in MODELS[model].bindings if b.param in names}
    others = (OURS, NUMBERS, CHOSEN)
    assert used == set(rules.table(model)).difference(*(of.get(model, set()) for of in others))
    for contestant in CONTESTANTS.values():
        if contestant.model == model:
            assert set(contestant.native) <= used


def test_what_is_outside_changes_nothing() -> None:
    """Parameters of the estimators that are no settings: another value, the same bits."""
    from sklearn.linear_model import LogisticRegression, SGDClassifier
    from sklearn.neural_network import MLPClassifier

    X, y, X_eval = SAMPLES["plain"]()
    networks = {"hidden_layer_sizes": (4,), "max_iter": 5}
    for estimator, base, other in [
        (LogisticRegression, {}, {"n_jobs": 2, "warm_start": True}),
        (MLPClassifier, networks, {"warm_start": True}),
        (SGDClassifier, {"loss": "log_loss", "max_iter": 5}, {"n_jobs": 2, "warm_start": True}),
    ]:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            plain, again = (
                estimator(**base, **more, random_state=1).fit(X, y).predict_proba(X_eval)
                for more in ({}, other)
            )
        np.testing.assert_array_equal(plain, again)


@pytest.mark.parametrize(
    ("model", "param", "wrong", "broken"),
    [
        # the rule as the name suggests: momentum acts under adam as well
        ("sklearn.mlp", "momentum", (When("solver", ("sgd", "adam")),), ({"solver": "lbfgs"},)),
        # inverted
        ("sklearn.mlp", "max_fun", (When("solver", ("adam",)),), ({"solver": "lbfgs"},)),
        # a condition too many: C would need lbfgs
        ("sklearn.logistic", "C", (When("solver", ("lbfgs",)),), ({"solver": "newton-cg"},)),
    ],
)
def test_a_wrong_rule_does_not_hold(
    process: EngineProcess, model: str, param: str, wrong: tuple[When, ...], broken: tuple[dict, ...]
) -> None:
    binding = replace(rules.table(model)[param], active_if=wrong)
    first = wrong[0]
    under = {**MODELS[model].probes[param].under, first.param: first.among[-1]}
    probe = replace(MODELS[model].probes[param], under=under, broken=broken)
    outcomes = [run(process, e) for e in experiments(model, binding, probe, MODELS[model].base)]
    assert not all(outcome.holds for outcome in outcomes)


@pytest.mark.parametrize(
    ("model", "param", "condition", "seen"),
    [
        ("sklearn.mlp", "learning_rate_init", When("solver", ("adam",)), "solver=sgd"),
        ("sklearn.mlp", "shuffle", When("solver", ("adam",)), "solver=sgd"),
        ("sklearn.mlp", "validation_fraction", When("solver", ("adam",)), "solver=sgd"),
        ("sklearn.sgd", "eta0", When("learning_rate", ("constant",)), "learning_rate=pa2"),
        # too many values in place of too few
        ("sklearn.mlp", "max_fun", When("solver", ("lbfgs", "sgd")), "solver=sgd"),
        ("sklearn.sgd", "power_t", When("learning_rate", ("invscaling", "pa1")), "learning_rate=pa1"),
        # an alternative left out
        ("sklearn.sgd", "random_state", When("shuffle", (True,)), ""),
        ("sklearn.sgd", "alpha", When("penalty", ("l2", "l1", "elasticnet")), ""),
    ],
)
def test_a_rule_with_another_value_is_contradicted(
    process: EngineProcess, model: str, param: str, condition: When, seen: str
) -> None:
    """The first condition alone is changed; the probe is the one that bears the true rule out."""
    true = rules.table(model)[param]
    planted = replace(true, active_if=(condition, *true.active_if[1:]))
    made = experiments(model, planted, MODELS[model].probes[param], MODELS[model].base)
    outcomes = [run(process, e) for e in made]
    against = {outcome.experiment.condition for outcome in outcomes if outcome.contradicts}
    assert against
    assert not all(outcome.holds for outcome in outcomes)
    assert any(seen in condition for condition in against)


class Answering:
    """An engine whose fits end as they are asked to."""

    def __init__(self, *ends: tuple[Status, str]) -> None:
        self._ends = list(ends)

    def fit(self, request: FitRequest) -> FitResult:
        status, word = self._ends.pop(0)
        return FitResult(status, evidence=(word,))


@pytest.mark.parametrize("expected", list(ProbeEffect))
@pytest.mark.parametrize(
    "status", [Status.CRASHED, Status.TIMED_OUT, Status.CORRUPTED, Status.ENGINE_MISSING, Status.DIVERGED]
)
def test_a_fit_that_broke_is_no_answer(status: Status, expected: ProbeEffect) -> None:
    one = ProbeExperiment("sklearn.mlp", "alpha", (0.1, 1.0), {}, "plain", expected)
    for ends in (
        ((status, "why"), (Status.REFUSED, "no")),
        ((Status.REFUSED, "no"), (status, "why")),
    ):
        outcome = run(Answering(*ends), one)
        assert outcome.effect is ProbeEffect.FAILED
        assert "why" in outcome.words
        assert not outcome.answered
        assert not outcome.holds
        assert not outcome.contradicts


@pytest.mark.parametrize(
    ("status", "word"),
    [
        (Status.REFUSED, "ValueError: no"),
        (Status.CANNOT_EXPRESS, "no such setting"),
    ],
)
def test_a_refusal_is_an_answer(status: Status, word: str) -> None:
    one = ProbeExperiment("sklearn.mlp", "alpha", (0.1, 1.0), {}, "plain", ProbeEffect.REFUSED)
    outcome = run(Answering((status, word), (status, word)), one)
    assert outcome.effect is ProbeEffect.REFUSED
    assert outcome.holds
    other = ProbeOutcome(replace(one, expected=ProbeEffect.NONE), ProbeEffect.REFUSED, None, None)
    assert other.contradicts


@pytest.mark.slow
def test_a_killed_engine_is_no_answer(process: EngineProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    """A limit of no time at all ends the engine's process; the next fit starts another."""
    short = ProbeExperiment(
        "sklearn.mlp", "alpha", (0.1, 1.0), {"max_iter": 100_000}, "plain", ProbeEffect.DIFFERS
    )
    fit = process.fit
    with monkeypatch.context() as patched:
        patched.setattr(process, "fit", lambda request: fit(replace(request, time_limit=0.0)))
        outcome = run(process, short)
    assert outcome.effect is ProbeEffect.FAILED
    assert "time" in outcome.words
    assert run(process, replace(short, under={"max_iter": 5})).holds


def test_without_the_framework_nothing_is_contradicted(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    missing = Availability(False, reason="scikit-learn is broken", remedy="install it anew")
    monkeypatch.setattr(checking, "available", lambda name: missing)
    with pytest.raises(EngineMissing, match="sklearn cannot run: scikit-learn is broken") as caught:
        checking.check("sklearn.mlp", ["alpha"], store=tmp_path / "store.sqlite")
    assert "install it anew" in str(caught.value)


def test_a_dropped_rule_does_not_hold(process: EngineProcess) -> None:
    """Without its condition l1_ratio of SGDClassifier would act under the default penalty."""
    binding = replace(rules.table("sklearn.sgd")["l1_ratio"], active_if=())
    probe = replace(MODELS["sklearn.sgd"].probes["l1_ratio"], under={}, broken=())
    (outcome,) = (
        run(process, e) for e in experiments("sklearn.sgd", binding, probe, MODELS["sklearn.sgd"].base)
    )
    assert outcome.effect is ProbeEffect.NONE
    assert not outcome.holds


@pytest.mark.parametrize(
    ("native", "acts"),
    [
        ({"solver": "sag", "max_iter": 5}, True),
        ({"solver": "saga", "max_iter": 5}, True),
        ({"solver": "liblinear", "dual": True, "tol": 0.1}, True),
        ({"solver": "liblinear"}, False),
        ({"solver": "lbfgs"}, False),
        ({"solver": "newton-cg"}, False),
        ({"solver": "newton-cholesky"}, False),
    ],
    ids=str,
)
def test_which_solvers_draw(process: EngineProcess, native: dict, acts: bool) -> None:
    """Every branch of the rule: liblinear draws in two of its three solvers."""
    expected = ProbeEffect.DIFFERS if acts else ProbeEffect.NONE
    outcome = run(
        process, ProbeExperiment("sklearn.logistic", "random_state", (1, 2), native, "plain", expected)
    )
    assert outcome.holds, rules.words(outcome)
    state = {"dual": False, "l1_ratio": 0.0, "penalty": "deprecated", **native}
    assert bool(rules.table("sklearn.logistic")["random_state"].inactive(state)) is not acts


@pytest.mark.parametrize(
    ("param", "values", "under", "effect"),
    [
        # the penalty is off, but the schedule takes its rate from alpha
        ("alpha", (1e-3, 1e-2), {"penalty": "none", "learning_rate": "optimal"}, ProbeEffect.DIFFERS),
        ("random_state", (1, 2), {"shuffle": False, "early_stopping": True}, ProbeEffect.DIFFERS),
        ("eta0", (0.01, 0.1), {"loss": "hinge", "learning_rate": "pa1"}, ProbeEffect.DIFFERS),
        ("eta0", (0.01, 0.1), {"loss": "hinge", "learning_rate": "pa2"}, ProbeEffect.DIFFERS),
    ],
)
def test_the_other_branches_of_a_rule(
    process: EngineProcess, param: str, values: tuple, under: dict, effect: ProbeEffect
) -> None:
    under = {**MODELS["sklearn.sgd"].base, **under}
    outcome = run(process, ProbeExperiment("sklearn.sgd", param, values, under, "plain", effect))
    assert outcome.holds, rules.words(outcome)
    state = {"shuffle": True, "early_stopping": False, "penalty": "l2", "learning_rate": "optimal", **under}
    assert not rules.table("sklearn.sgd")[param].inactive(state)
