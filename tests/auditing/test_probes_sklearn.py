"""The rules of activity of scikit-learn's parameters, each checked by its experiments."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from crossframe import settings
from crossframe.auditing import check as checking
from crossframe.auditing.probe import Effect, Experiment, Outcome, experiments, run
from crossframe.auditing.probes import sklearn as probes
from crossframe.auditing.samples import SAMPLES
from crossframe.engines.base import Availability, FitRequest, FitResult, Status
from crossframe.engines.host import EngineDied, EngineProcess
from crossframe.errors import EngineMissing
from crossframe.models.contestants import CONTESTANTS
from crossframe.settings.base import When
from tests.auditing import rules

MODELS = sorted(probes.PROBES)


@pytest.fixture(scope="module")
def process() -> Iterator[EngineProcess]:
    started = EngineProcess("sklearn")
    yield started
    started.close()


@pytest.mark.parametrize("experiment", rules.all_experiments(probes), ids=rules.name_of)
def test_the_rule_is_borne_out(process: EngineProcess, experiment: Experiment) -> None:
    outcome = run(process, experiment)
    assert outcome.holds, rules.told(outcome)


@pytest.mark.parametrize("model", MODELS)
def test_every_parameter_has_a_probe(model: str) -> None:
    assert set(probes.PROBES[model]) == set(rules.table(model))
    assert not any(probe.why_not for probe in probes.PROBES[model].values())


@pytest.mark.parametrize("model", MODELS)
def test_every_captured_parameter_is_classified_once(process: EngineProcess, model: str) -> None:
    declared = process.call("defaults", model.partition(".")[2])
    found = rules.standing(model, declared)
    assert [name for name, where in found.items() if len(where) != 1] == []
    assert rules.share(found, model) == 1.0
    used = {b.param for names in found.values() for b in settings.bindings(model) if b.param in names}
    assert used == set(rules.table(model))
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
            plain, told = (
                estimator(**base, **more, random_state=1).fit(X, y).predict_proba(X_eval)
                for more in ({}, other)
            )
        np.testing.assert_array_equal(plain, told)


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
    under = {**probes.PROBES[model][param].under, first.param: first.among[-1]}
    probe = replace(probes.PROBES[model][param], under=under, broken=broken)
    found = [run(process, e) for e in experiments(model, binding, probe, probes.BASE[model])]
    assert not all(outcome.holds for outcome in found)


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
    made = experiments(model, planted, probes.PROBES[model][param], probes.BASE[model])
    found = [run(process, e) for e in made]
    against = {outcome.experiment.condition for outcome in found if outcome.contradicts}
    assert against
    assert not all(outcome.holds for outcome in found)
    assert any(seen in condition for condition in against)


class Answering:
    """An engine whose fits end as they are told to."""

    def __init__(self, *ends: tuple[Status, str]) -> None:
        self._ends = list(ends)

    def fit(self, request: FitRequest) -> FitResult:
        status, word = self._ends.pop(0)
        return FitResult(status, evidence=(word,))


@pytest.mark.parametrize("expected", list(Effect))
@pytest.mark.parametrize(
    "status", [Status.CRASHED, Status.TIMED_OUT, Status.CORRUPTED, Status.ENGINE_MISSING, Status.DIVERGED]
)
def test_a_fit_that_broke_is_no_answer(status: Status, expected: Effect) -> None:
    one = Experiment("sklearn.mlp", "alpha", (0.1, 1.0), {}, "plain", expected)
    for ends in (
        ((status, "why"), (Status.REFUSED, "no")),
        ((Status.REFUSED, "no"), (status, "why")),
    ):
        outcome = run(Answering(*ends), one)
        assert outcome.effect is Effect.FAILED
        assert "why" in outcome.words
        assert not outcome.answered
        assert not outcome.holds
        assert not outcome.contradicts


@pytest.mark.parametrize(
    ("status", "word"),
    [
        (Status.REFUSED, "ValueError: no"),
        (Status.CANNOT_EXPRESS, "no such setting"),
        (Status.CRASHED, "UsageError: no such value"),
    ],
)
def test_a_refusal_is_an_answer(status: Status, word: str) -> None:
    one = Experiment("sklearn.mlp", "alpha", (0.1, 1.0), {}, "plain", Effect.REFUSED)
    outcome = run(Answering((status, word), (status, word)), one)
    assert outcome.effect is Effect.REFUSED
    assert outcome.holds
    other = Outcome(replace(one, expected=Effect.NONE), Effect.REFUSED, None, None)
    assert other.contradicts


def test_a_killed_engine_is_no_answer(process: EngineProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    """A limit of no time at all ends the engine's process; the next fit starts another."""
    short = Experiment("sklearn.mlp", "alpha", (0.1, 1.0), {"max_iter": 100_000}, "plain", Effect.DIFFERS)
    fit = process.fit
    with monkeypatch.context() as patched:
        patched.setattr(process, "fit", lambda request: fit(replace(request, time_limit=0.0)))
        outcome = run(process, short)
    assert outcome.effect is Effect.FAILED
    assert "time" in outcome.words
    assert run(process, replace(short, under={"max_iter": 5})).holds


@pytest.mark.parametrize(
    "answer",
    [
        Availability(False, reason="scikit-learn is broken", mend="install it anew"),
        EngineDied(Status.CRASHED, "scikit-learn is broken", "a log\nits last line: install it anew"),
    ],
)
def test_without_the_framework_nothing_is_contradicted(
    monkeypatch: pytest.MonkeyPatch, answer: Availability | EngineDied
) -> None:
    def call(self: EngineProcess, method: str, *arguments: object) -> Availability:
        assert method == "probe"
        if isinstance(answer, EngineDied):
            raise answer
        return answer

    monkeypatch.setattr(EngineProcess, "call", call)
    with pytest.raises(EngineMissing, match="sklearn cannot run: scikit-learn is broken") as caught:
        checking.check("sklearn.mlp", ["alpha"])
    assert "install it anew" in str(caught.value)


def test_a_dropped_rule_does_not_hold(process: EngineProcess) -> None:
    """Without its condition l1_ratio of SGDClassifier would act under the default penalty."""
    binding = replace(rules.table("sklearn.sgd")["l1_ratio"], active_if=())
    probe = replace(probes.PROBES["sklearn.sgd"]["l1_ratio"], under={}, broken=())
    (outcome,) = (
        run(process, e) for e in experiments("sklearn.sgd", binding, probe, probes.BASE["sklearn.sgd"])
    )
    assert outcome.effect is Effect.NONE
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
    expected = Effect.DIFFERS if acts else Effect.NONE
    outcome = run(process, Experiment("sklearn.logistic", "random_state", (1, 2), native, "plain", expected))
    assert outcome.holds, rules.told(outcome)
    state = {"dual": False, "l1_ratio": 0.0, "penalty": "deprecated", **native}
    assert bool(rules.table("sklearn.logistic")["random_state"].idle(state)) is not acts


@pytest.mark.parametrize(
    ("param", "values", "under", "effect"),
    [
        # the penalty is off, but the schedule takes its rate from alpha
        ("alpha", (1e-3, 1e-2), {"penalty": "none", "learning_rate": "optimal"}, Effect.DIFFERS),
        ("random_state", (1, 2), {"shuffle": False, "early_stopping": True}, Effect.DIFFERS),
        ("eta0", (0.01, 0.1), {"loss": "hinge", "learning_rate": "pa1"}, Effect.DIFFERS),
        ("eta0", (0.01, 0.1), {"loss": "hinge", "learning_rate": "pa2"}, Effect.DIFFERS),
    ],
)
def test_the_other_branches_of_a_rule(
    process: EngineProcess, param: str, values: tuple, under: dict, effect: Effect
) -> None:
    under = {**probes.BASE["sklearn.sgd"], **under}
    outcome = run(process, Experiment("sklearn.sgd", param, values, under, "plain", effect))
    assert outcome.holds, rules.told(outcome)
    state = {"shuffle": True, "early_stopping": False, "penalty": "l2", "learning_rate": "optimal", **under}
    assert not rules.table("sklearn.sgd")[param].idle(state)
