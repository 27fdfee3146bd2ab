"""`reference.mlp` through its engine, against the frameworks whose rules it has."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from crossframe.core.errors import UsageError
from crossframe.core.types import Value
from crossframe.data import load
from crossframe.experiment.contestants import CONTESTANTS, Contestant
from crossframe.explain.bundles import differing
from crossframe.explain.reference_network import NETWORK, completed, reference_network
from crossframe.frameworks.conformance import request
from crossframe.frameworks.contract import FitResult
from crossframe.frameworks.registry import model
from tests.running import Engines

DRAWS = 20
LEEK, BEAM, SKLEARN = (CONTESTANTS[name] for name in ("leek.h2o.mlp", "keras.mlp", "beam.sklearn.mlp"))


def fitted(engines: Engines, contestant: Contestant, n: int, seed: int, **native: Value) -> FitResult:
    """The contestant on the ``n`` digits of draw ``seed``, five of each class at least; 80 are scored."""
    data = load("digits")
    pool = np.r_[0:200, 280 : len(data.y)]
    rows = np.random.default_rng(seed).permutation(pool)
    rows = np.r_[rows[data.y[rows] == 0][: n // 2], rows[data.y[rows] == 1][: n // 2]]
    plain = request(
        contestant.model.partition(".")[2],
        native={**contestant.native, **native},
        settings=dict(contestant.settings),
        seed=seed,
    )
    asked = replace(plain, X_train=data.X[rows], y_train=data.y[rows])
    return engines[contestant.engine].fit(asked)


def by_reference(engines: Engines, theirs: FitResult, n: int, seed: int) -> FitResult:
    return fitted(engines, reference_network(theirs.canonical, "reference"), n, seed)


SMALL: dict[str, Value] = {"hidden": (11, 13), "epochs": 5, "classification_stop": -1.0}
MOMENTUM: dict[str, Value] = {
    "adaptive_rate": False, "rate": 0.01, "momentum_start": 0.5, "momentum_stable": 0.5, "rate_decay": 0.5,
}  # fmt: skip


@pytest.mark.parametrize(
    "native",
    [
        pytest.param({}, marks=pytest.mark.slow),
        pytest.param({"classification_stop": -1.0}, marks=pytest.mark.slow),
        pytest.param(
            {"epochs": 5, "classification_stop": -1.0, "activation": "Rectifier"}, marks=pytest.mark.slow
        ),
        {**SMALL, "activation": "TanhWithDropout", "input_dropout_ratio": 0.2},
        {**SMALL, **MOMENTUM, "rate_annealing": 0.01},
        {**SMALL, "epochs": 40, "stopping_rounds": 2, "stopping_tolerance": 0.1},
        *(
            pytest.param({**SMALL, **more}, marks=pytest.mark.slow)
            for more in (
                {**MOMENTUM, "nesterov_accelerated_gradient": False},
                {"adaptive_rate": False, "rate_annealing": 0.01, "classification_stop": 0.2},
                {"standardize": False, "ignore_const_cols": False, "l1": 1e-3, "l2": 1e-2},
                {
                    "initial_weight_distribution": "Uniform",
                    "initial_weight_scale": 0.1,
                    "fast_mode": False,
                },
                {"train_samples_per_iteration": 7, "overwrite_with_best_model": False},
            )
        ),
    ],
    ids=lambda native: ",".join(f"{k}={v}" for k, v in native.items()) or "as Leek called it",
)
def test_h2o_from_its_settings_in_force_and_the_seed(engines: Engines, native: dict[str, Value]) -> None:
    theirs = fitted(engines, LEEK, 10, 7, reproducible=True, **native)
    ours = by_reference(engines, theirs, 10, 7)
    assert (ours.status, ours.updates, ours.epochs) == (theirs.status, theirs.updates, theirs.epochs)
    np.testing.assert_allclose(ours.score, theirs.score, rtol=0, atol=1e-12)
    np.testing.assert_allclose(ours.train_score, theirs.train_score, rtol=0, atol=1e-12)
    np.testing.assert_array_equal(ours.labels, theirs.labels)
    np.testing.assert_array_equal(ours.train_labels, theirs.train_labels)
    assert ours.threshold == pytest.approx(theirs.threshold, abs=1e-12)


def accuracies(engines: Engines, contestant: Contestant, n: int, **native: Value) -> np.ndarray[Any, Any]:
    data = load("digits")
    fits = [fitted(engines, contestant, n, seed, **native) for seed in range(DRAWS)]
    return np.array([(fit.labels == data.y[200:280]).mean() for fit in fits])


def assert_within_its_noise(difference: np.ndarray[Any, Any]) -> None:
    """The mean difference over the draws is no larger than three standard errors."""
    error = difference.std(ddof=1) / np.sqrt(len(difference))
    assert abs(difference.mean()) <= 3 * error + 1e-12, (difference.mean(), error)


@pytest.mark.slow
@pytest.mark.parametrize("side", [BEAM, SKLEARN], ids=lambda side: side.name)
def test_the_others_in_distribution(engines: Engines, side: Contestant) -> None:
    # A shorter training than theirs, in which networks still differ by their draws.
    short = {"epochs": 6} if side is BEAM else {"max_iter": 6}
    theirs = accuracies(engines, side, 40, **short)
    in_force = dict(fitted(engines, side, 40, 0, **short).canonical)
    ours = accuracies(engines, reference_network(in_force, "reference"), 40)
    assert_within_its_noise(ours - theirs)
    # The comparison sees a setting that matters: a third of the epochs.
    fewer = accuracies(engines, reference_network({**in_force, "epochs": 1}, "fewer"), 40)
    with pytest.raises(AssertionError):
        assert_within_its_noise(fewer - theirs)


@pytest.mark.slow
def test_it_stops_as_scikit_learn_does(engines: Engines) -> None:
    native: dict[str, Value] = {"hidden_layer_sizes": (16,), "max_iter": 2000, "tol": 1e-3}
    theirs = [fitted(engines, SKLEARN, 20, seed, **native) for seed in range(DRAWS)]
    ours = [by_reference(engines, fit, 20, seed) for seed, fit in enumerate(theirs)]
    assert {fit.status for fit in ours} == {fit.status for fit in theirs}
    epochs = np.array([[fit.epochs for fit in side] for side in (ours, theirs)], np.float64)
    assert_within_its_noise(np.log(epochs[0]) - np.log(epochs[1]))
    assert epochs.min() > 12


@pytest.mark.slow
def test_every_single_switch_between_two_frameworks_is_a_network(engines: Engines) -> None:
    short: dict[str, Value] = {"hidden": (8, 8), "epochs": 2}
    one, other = (fitted(engines, side, 10, 1, **short).canonical for side in (LEEK, BEAM))
    left, right = completed(one), completed(other)
    differ = {name for name in {*left, *right} if left.get(name) != right.get(name)}
    assert {"optimizer.form", "init.weights", "batch.size", "stopping.rule", "precision"} <= differ
    rule = {name: value for name, value in right.items() if name.startswith(("optimizer.", "schedule."))}
    for name in sorted(differ & set(right)):
        values = rule if name in rule else {name: right[name]}
        hybrid = reference_network({**left, **values}, f"with {name}")
        assert fitted(engines, hybrid, 10, 1).status.usable, name


def test_what_h2o_does_without_a_setting_is_part_of_its_switches() -> None:
    """A plain descent has no setting of H2O's own but the rows of an iteration."""
    plain: dict[str, Value] = {
        "optimizer.rule": "sgd", "optimizer.learning_rate": 0.01, "schedule.decay": 0.0, "reproducible": True,
        "schedule.layer_decay": 1.0, "batch.per_iteration": -2, "stopping.train_error": -1.0,
        "stopping.rounds": 0, "model.kept": "last",
    }  # fmt: skip
    keras: dict[str, Value] = {
        "optimizer.rule": "sgd", "optimizer.learning_rate": 0.01, "schedule.kind": "constant",
        "schedule.decay": 0.0, "training.loop": "xla",
    }  # fmt: skip

    def switches(**changed: Value) -> dict[str, set[str]]:
        other = completed({**plain, **changed})
        assert other["optimizer.form"] == "h2o"
        return {b.name: {m.setting for m in b.members} for b in differing(completed(keras), other)}

    form = {"optimizer.form", "optimizer.skip_zero_inputs"}
    assert switches().keys() == form
    assert switches(**{"stopping.train_error": 0.3}).keys() == {*form, "stopping.rule"}
    # A decay is nothing without the kind of schedule that has one.
    decays = switches(**{"schedule.decay": 0.05})
    assert decays.keys() == {*form, "schedule.kind"}
    assert decays["schedule.kind"] == {"schedule.kind", "schedule.decay", "schedule.interval"}


def test_a_decay_by_iterations_is_that_of_h2o(engines: Engines) -> None:
    """The same rates by either form of plain descent, so that the form has no effect of its own."""
    of_h2o: dict[str, Value] = {
        "optimizer.rule": "sgd", "optimizer.learning_rate": 0.05, "schedule.decay": 0.05, "batch.size": 1,
        "batch.per_iteration": 0, "epochs": 4.0, "architecture.hidden": (4,), "reproducible": True,
    }  # fmt: skip
    published: dict[str, Value] = {"optimizer.form": "published"}
    by_h2o, by_iteration, by_update, constant = (
        fitted(engines, reference_network({**completed(of_h2o), **changed}, "reference"), 10, 7).score
        for changed in ({}, published, {**published, "schedule.interval": 1}, {"schedule.decay": 0.0})
    )
    np.testing.assert_allclose(by_iteration, by_h2o, rtol=0, atol=1e-5)
    assert min(np.abs(other - by_h2o).max() for other in (by_update, constant)) > 1e-3


def test_what_is_in_force_in_h2o_is_what_was_asked(engines: Engines) -> None:
    """To complete what the reference itself reports changes nothing."""
    theirs = fitted(engines, LEEK, 10, 7, reproducible=True, **SMALL)
    ours = by_reference(engines, theirs, 10, 7)
    again = by_reference(engines, ours, 10, 7)
    np.testing.assert_array_equal(ours.score, again.score)
    asked = completed(theirs.canonical)
    # What is done with missing values is done before the trainer, which refuses them.
    both = (asked.keys() & ours.canonical.keys()) - {"missing"}
    assert {name: ours.canonical[name] for name in both} == {name: asked[name] for name in both}


TINY: dict[str, Value] = {"hidden": (3,), "epochs": 1, "loop": "graph"}


@pytest.mark.parametrize(
    ("contestant", "native", "setting"),
    [
        (BEAM, {**TINY, "class_weight": "balanced"}, "class_weight=balanced"),
        *(
            pytest.param(BEAM, {**TINY, name: value}, setting, marks=pytest.mark.slow)
            for name, value, setting in (
                ("clipnorm", 1.0, "optimizer.clip_norm=1.0"),
                ("optimizer", "lion", "optimizer.rule=lion"),
                ("max_norm", 1.0, "penalty.max_norm=1.0"),
            )
        ),
        (SKLEARN, {"solver": "lbfgs", "max_iter": 3}, "optimizer.rule=lbfgs"),
        (SKLEARN, {"early_stopping": True, "max_iter": 3}, "stopping.rule=early_stopping"),
        (Contestant("n", "n", "network", "r.nnet"), {"maxit": 3}, "solver.max_iterations"),
    ],
    ids=lambda part: part.name if isinstance(part, Contestant) else None,
)
def test_what_it_lacks_is_refused_by_name(
    engines: Engines, contestant: Contestant, native: dict[str, Value], setting: str
) -> None:
    theirs = fitted(engines, contestant, 40, 0, **native)
    assert theirs.canonical
    with pytest.raises(UsageError, match=setting):
        reference_network(theirs.canonical, "reference")


def test_its_own_spelling_is_the_canonical_one() -> None:
    assert all(binding.setting == binding.param for binding in model(NETWORK).bindings)
