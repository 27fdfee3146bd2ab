"""The rules of activity of H2O's parameters, each checked by its experiments on a real server."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest

from crossframe.audit.probe import ProbeEffect, ProbeExperiment, experiments
from crossframe.audit.samples import SAMPLES
from crossframe.core.types import Value
from crossframe.experiment.contestants import CONTESTANTS
from crossframe.experiment.record import digest
from crossframe.frameworks.contract import EvalRows, FitRequest, FitResult
from crossframe.frameworks.h2o import FRAMEWORK
from crossframe.frameworks.host import EngineProcess
from crossframe.settings.binding import When
from tests.audit import rules
from tests.audit.rules import run
from tests.running import Engines

MODELS = {m.name: m for m in FRAMEWORK.all_models()}
NAIVE = "COORDINATE_DESCENT_NAIVE"

TREES = ("h2o.drf", "h2o.gbm")
EACH_MODEL = [pytest.param(m, marks=[pytest.mark.slow] if m in TREES else []) for m in MODELS]

UNMAPPED = {
    "h2o.glm": {"glm.linear_constraints"},
    "h2o.mlp": set(),
    "h2o.drf": set(),
    "h2o.gbm": {"gbm.interaction_constraints"},
}
"""Frames of numbers, and lists of lists of columns, which are no values of a setting."""


class Server:
    """H2O's engine, which is not asked for the same fit twice."""

    def __init__(self, process: EngineProcess) -> None:
        self.process = process
        self._known: dict[tuple[object, ...], FitResult] = {}

    def fit(self, request: FitRequest) -> FitResult:
        native = tuple(sorted((name, repr(value)) for name, value in request.native.items()))
        key = (request.model, native, request.fingerprint)
        if key not in self._known:
            self._known[key] = self.process.fit(request)
        return self._known[key]


@pytest.fixture(scope="module")
def process(engines: Engines) -> Server:
    return Server(engines["h2o"])


def fit(process: Server, model: str, native: Mapping[str, Value], sample: str = "plain") -> FitResult:
    """A fit with parameters of the server's, whether crossframe has a setting for them or not."""
    X, y, X_eval = SAMPLES[sample]()
    names = tuple(f"x{j}" for j in range(X.shape[1]))
    rows = EvalRows(hashlib.sha256(X_eval.tobytes()).hexdigest(), X_eval, names)
    given = {**MODELS[model].base, **native}
    return process.fit(FitRequest(model.partition(".")[2], {}, given, X, y, names, rows))


@pytest.mark.parametrize("experiment", rules.cases(FRAMEWORK, slow=TREES))
def test_the_rule_is_borne_out(process: Server, experiment: ProbeExperiment) -> None:
    outcome = run(process, experiment)
    assert outcome.holds, rules.words(outcome)


@pytest.mark.parametrize("model", MODELS)
def test_every_parameter_has_a_probe(model: str) -> None:
    assert set(MODELS[model].probes) == set(rules.table(model))
    assert not any(probe.why_not for probe in MODELS[model].probes.values())


@pytest.mark.parametrize("model", MODELS)
def test_every_captured_parameter_is_classified_once(process: Server, model: str) -> None:
    declared = process.process.call("defaults", model.partition(".")[2])
    found = rules.standing(model, declared)
    outside = set(MODELS[model].outside)
    assert {name for name, where in found.items() if not where} == UNMAPPED[model]
    several = {name: where for name, where in found.items() if len(where) > 1}
    assert several == (
        {"glm.beta_constraints": ["lower_bounds", "upper_bounds"]} if model == "h2o.glm" else {}
    )
    assert rules.share(found, model) >= 0.95
    assert outside == {pattern for where in found.values() for pattern in where if pattern in outside}
    used = {param for where in found.values() for param in where} - outside
    assert used == set(rules.table(model))
    for contestant in CONTESTANTS.values():
        if contestant.model == model:
            assert set(contestant.native) <= used


REFUSED: Value = "refused"
OUTSIDE: dict[str, list[tuple[dict[str, Value], dict[str, Value]]]] = {
    "h2o.glm": [
        ({}, {"keep_cross_validation_models": False, "keep_cross_validation_predictions": True,
              "keep_cross_validation_fold_assignment": True, "gainslift_bins": 3, "auc_type": "NONE",
              "max_confusion_matrix_size": 2, "calc_like": True, "max_runtime_secs": 600.0,
              "generate_variable_inflation_factors": True, "generate_scoring_history": True}),
        ({}, {"theta": 0.5, "tweedie_variance_power": 1.5, "tweedie_link_power": 0.5,
              "tweedie_epsilon": 1e-3, "fix_tweedie_variance_power": False,
              "init_dispersion_parameter": 2.0, "dispersion_epsilon": 0.1,
              "dispersion_learning_rate": 0.1, "max_iterations_dispersion": 3}),
        ({}, {"init_optimal_glm": True, "separate_linear_beta": True, "constraint_eta0": 0.5,
              "constraint_tau": 5.0, "constraint_alpha": 0.5, "constraint_beta": 0.5,
              "constraint_c0": 5.0}),
        ({}, {"balance_classes": True, "class_sampling_factors": 3.0, "max_after_balance_size": 0.5}),
        ({}, {"link": "logit"}),
        ({"lambda_search": True, "nlambdas": 10}, {"generate_scoring_history": True}),
        ({"lambda_": 0.0, "compute_p_values": True}, {"influence": "dfbetas"}),
        ({}, {"link": "identity", "": REFUSED}),
        ({}, {"build_null_model": True, "": REFUSED}),
        ({}, {"fix_dispersion_parameter": True, "": REFUSED}),
        ({"family": "negativebinomial"}, {"fix_dispersion_parameter": True}),
        ({"family": "negativebinomial"}, {"init_dispersion_parameter": 2.0, "dispersion_learning_rate": 0.1}),
        ({}, {"remove_offset_effects": True, "": REFUSED}),
    ],
    "h2o.mlp": [
        ({}, {"keep_cross_validation_models": False, "keep_cross_validation_predictions": True,
              "keep_cross_validation_fold_assignment": True, "gainslift_bins": 3, "auc_type": "NONE",
              "max_confusion_matrix_size": 2, "max_runtime_secs": 600.0}),
        ({}, {"diagnostics": False, "variable_importances": False, "quiet_mode": True,
              "export_weights_and_biases": True}),
        ({"reproducible": False},
         {"replicate_training_data": False, "single_node_mode": True, "target_ratio_comm_to_comp": 0.5}),
        ({}, {"use_all_factor_levels": False, "categorical_encoding": "LabelEncoder",
              "max_categorical_features": 1}),
        ({}, {"average_activation": 0.5, "quantile_alpha": 0.3, "tweedie_power": 1.3, "huber_alpha": 0.5,
              "score_validation_samples": 5, "score_validation_sampling": "Stratified"}),
        # A setting that these two values of it do not change.
        ({}, {"distribution": "multinomial"}),
        ({"loss": "Quadratic"}, {"distribution": "multinomial"}),
        ({}, {"autoencoder": True, "": REFUSED}),
        ({}, {"sparsity_beta": 0.5, "": REFUSED}),
        ({}, {"col_major": True, "": REFUSED}),
    ],
    **{
        model: [
            ({}, {"keep_cross_validation_models": False, "keep_cross_validation_predictions": True,
                  "keep_cross_validation_fold_assignment": True, "gainslift_bins": 3, "auc_type": "NONE",
                  "max_confusion_matrix_size": 2, "max_runtime_secs": 600.0}),
            ({}, {"build_tree_one_node": True, "nbins_cats": 5, "categorical_encoding": "LabelEncoder",
                  "r2_stopping": 0.5, "check_constant_response": False,
                  "calibration_method": "PlattScaling"}),
            ({}, {"calibrate_model": True, "": REFUSED}),
            *more,
        ]
        for model, more in {
            "h2o.drf": [({}, {"distribution": "bernoulli"})],
            "h2o.gbm": [({}, {"auto_rebalance": False, "in_training_checkpoints_tree_interval": 2})],
        }.items()
    },
}  # fmt: skip
"""Parameters that are no settings: under these others, further values."""


@pytest.mark.parametrize(
    ("model", "under", "values"),
    [
        pytest.param(m, *pair, marks=[pytest.mark.slow] if m in TREES or i % 4 else [], id=f"{m}-{i}")
        for m, pairs in OUTSIDE.items()
        for i, pair in enumerate(pairs)
    ],
)
def test_what_is_outside_changes_nothing(
    process: Server, model: str, under: dict[str, Value], values: dict[str, Value]
) -> None:
    refused = "" in values
    other = fit(process, model, {**under, **{name: value for name, value in values.items() if name}})
    if refused:
        assert not other.status.usable
    else:
        assert other.status.usable, other.evidence
        assert digest(other) == digest(fit(process, model, under))


@pytest.mark.parametrize("model", MODELS)
def test_what_is_outside_was_tried_or_hands_over_data(model: str) -> None:
    (owner,) = MODELS[model].callables
    tried = {f"{owner}.{name}" for _, values in OUTSIDE[model] for name in values}
    rest = {name for name in MODELS[model].outside if name not in tried}
    untried = {"model_id", "export_checkpoints_dir", "custom_metric_func"}
    if model == "h2o.gbm":
        untried.add("in_training_checkpoints_dir")
    assert {n.partition(".")[2] for n in rest if MODELS[model].outside[n].kind != "data"} == untried


@pytest.mark.parametrize(
    ("model", "param", "wrong", "under", "broken"),
    [
        # what the server itself says: without a search the ratio would be unused
        ("h2o.glm", "lambda_min_ratio", (When("lambda_search", (True,)),),
         {"lambda_search": True, "lambda_": None}, ({"lambda_search": False},)),
        # what the documentation says: for IRLSM only
        pytest.param("h2o.glm", "beta_epsilon", (When("solver", ("IRLSM",)),),
                     {"solver": "IRLSM"}, ({"solver": "L_BFGS"},), marks=pytest.mark.slow),
        # inverted
        pytest.param("h2o.mlp", "rate", (When("adaptive_rate", (True,)),),
                     {"adaptive_rate": True}, ({"adaptive_rate": False},), marks=pytest.mark.slow),
        # dropped
        ("h2o.mlp", "rho", (), {"adaptive_rate": False}, ()),
    ],
)  # fmt: skip
def test_a_wrong_rule_does_not_hold(
    process: Server,
    model: str,
    param: str,
    wrong: tuple[When, ...],
    under: dict[str, Value],
    broken: tuple[dict[str, Value], ...],
) -> None:
    binding = replace(rules.table(model)[param], active_if=wrong)
    probe = replace(MODELS[model].probes[param], under=under, broken=broken)
    found = [run(process, e) for e in experiments(model, binding, probe, MODELS[model].base)]
    assert not all(outcome.holds for outcome in found)


BRANCHES: list[tuple[str, str, tuple[Value, Value], dict[str, Value], bool]] = [
    ("h2o.glm", "beta_epsilon", (1e-4, 0.1), {"solver": "L_BFGS", "alpha": 0.0, "lambda_": 0.01}, True),
    ("h2o.glm", "beta_epsilon", (1e-4, 0.1), {"solver": "L_BFGS", "alpha": 0.5, "lambda_": 0.0}, True),
    ("h2o.glm", "beta_epsilon", (1e-4, 0.1),
     {"solver": "COORDINATE_DESCENT", "alpha": 0.5, "lambda_": 0.01, "stopping_rounds": 1}, True),
    ("h2o.glm", "objective_epsilon", (1e-4, 0.1), {"solver": "L_BFGS", "stopping_rounds": 1}, True),
    ("h2o.glm", "objective_epsilon", (1e-4, 0.1), {"solver": NAIVE, "stopping_rounds": 1}, True),
    ("h2o.glm", "stopping_rounds", (0, 1), {"solver": NAIVE, "lambda_search": False}, False),
    ("h2o.glm", "stopping_tolerance", (0.001, 0.5),
     {"stopping_rounds": 1, "score_each_iteration": False, "score_iteration_interval": 1}, True),
    ("h2o.glm", "nfolds", (0, 3),
     {"stopping_rounds": 1, "score_each_iteration": True, "lambda_search": False}, True),
    ("h2o.glm", "fold_assignment", ("Random", "Modulo"), {"nfolds": 3, "lambda_search": False}, False),
    ("h2o.glm", "fold_assignment", ("Random", "Modulo"),
     {"nfolds": 3, "lambda_search": True, "lambda_": 0.01, "family": "binomial"}, False),
    ("h2o.mlp", "fast_mode", (True, False),
     {"activation": "Rectifier", "adaptive_rate": False, "momentum_start": 0.5}, True),
    ("h2o.mlp", "fast_mode", (True, False),
     {"activation": "Rectifier", "adaptive_rate": False, "l2": 0.01}, True),
    ("h2o.mlp", "fast_mode", (True, False),
     {"activation": "Rectifier", "adaptive_rate": False, "l1": 0.01}, True),
    ("h2o.mlp", "nesterov_accelerated_gradient", (True, False),
     {"adaptive_rate": False, "momentum_start": 0.0, "momentum_stable": 0.5}, True),
    ("h2o.mlp", "shuffle_training_data", (False, True),
     {"reproducible": True, "train_samples_per_iteration": 120}, True),
    ("h2o.mlp", "nfolds", (0, 2), {"stopping_rounds": 5, "overwrite_with_best_model": False}, True),
    ("h2o.mlp", "fold_assignment", ("Random", "Modulo"), {"nfolds": 3, "stopping_rounds": 0}, False),
]  # fmt: skip
"""(Model, parameter, two values, the others, whether it acts); every fifth is no slow test."""


@pytest.mark.parametrize(
    ("model", "param", "values", "under", "acts"),
    [pytest.param(*case, marks=[pytest.mark.slow] if k % 5 else []) for k, case in enumerate(BRANCHES)],
)
def test_the_other_branches_of_a_rule(
    process: Server,
    model: str,
    param: str,
    values: tuple[Value, Value],
    under: dict[str, Value],
    acts: bool,
) -> None:
    expected = ProbeEffect.DIFFERS if acts else ProbeEffect.NONE
    native = {**MODELS[model].base, **under}
    outcome = run(process, ProbeExperiment(model, param, values, native, "plain", expected))
    assert outcome.holds, rules.words(outcome)
    assert bool(rules.table(model)[param].inactive(native)) is not acts


def test_the_states_after_a_fit_follow_the_rules_not_the_servers_word(process: Server) -> None:
    """The server chooses lambda by a ratio that it calls unused."""
    first, second = (fit(process, "h2o.glm", {"lambda_min_ratio": r}) for r in (0.01, 0.02))
    assert second.effective["lambda_"] == pytest.approx(2 * first.effective["lambda_"])  # type: ignore[operator]
    assert "lambda_min_ratio" not in first.inert
    assert first.canonical["path.ratio"] == 0.01
    assert first.canonical["penalty.mix"] == 0.5
    assert "nlambdas" in first.inert
    given = fit(process, "h2o.glm", {"lambda_": 0.01})
    assert "lambda_min_ratio" in given.inert
    assert "path.ratio" not in given.canonical
    free = fit(process, "h2o.glm", {"lambda_": 0.0})
    assert {"alpha", "max_active_predictors"} <= set(free.inert)


def test_a_search_ends_at_one_penalty(process: Server) -> None:
    found = fit(process, "h2o.glm", {"lambda_search": True, "nlambdas": 10})
    assert found.effective["nlambdas"] == 10
    again = fit(process, "h2o.glm", {"lambda_": found.effective["lambda_"], "solver": "COORDINATE_DESCENT"})
    assert found.score is not None
    assert again.score is not None
    np.testing.assert_allclose(found.score, again.score, atol=1e-3)


def test_bounds_and_values_for_missing_ones_are_read_back(process: Server) -> None:
    found = fit(process, "h2o.glm", {"lower_bounds": -0.5, "upper_bounds": 0.25, "lambda_": 0.0})
    assert (found.effective["lower_bounds"], found.effective["upper_bounds"]) == (-0.5, 0.25)
    assert (found.canonical["bounds.lower"], found.canonical["bounds.upper"]) == (-0.5, 0.25)
    assert found.coefficients is not None
    assert found.coefficients.values[:2] == pytest.approx([0.25, 0.25])
    native: dict[str, Value] = {"plug_values": 0.7, "missing_values_handling": "PlugValues"}
    filled = fit(process, "h2o.glm", native, "missing")
    assert filled.effective["plug_values"] == filled.canonical["missing.value"] == 0.7
    X, y, X_eval = SAMPLES["missing"]()
    by_hand = np.where(np.isnan(X), 0.7, X)
    names = tuple(f"x{j}" for j in range(4))
    rows = EvalRows(hashlib.sha256(X_eval.tobytes()).hexdigest(), X_eval, names)
    same = process.fit(FitRequest("glm", {}, {}, by_hand, y, names, rows))
    assert filled.score is not None
    assert same.score is not None
    # The server standardises by the moments of the values that are there.
    np.testing.assert_allclose(filled.score, same.score, atol=0.05)


@pytest.mark.parametrize("model", EACH_MODEL)
def test_the_same_fit_twice_gives_the_same_bits(process: Server, model: str) -> None:
    native = {"reproducible": False} if model == "h2o.mlp" else {}
    first = fit(process, model, native)
    process._known.clear()
    assert digest(fit(process, model, native)) == digest(first)


@pytest.mark.slow
def test_leeks_network(process: Server) -> None:
    """What was blamed for its defeat, in its own configuration: which settings are in force."""
    leek: dict[str, Value] = {"activation": "Tanh", "hidden": (160,) * 5, "epochs": 20, "reproducible": True}
    X, y, X_eval = SAMPLES["image"]()
    names = tuple(f"x{j}" for j in range(X.shape[1]))
    rows = EvalRows(hashlib.sha256(X_eval.tobytes()).hexdigest(), X_eval, names)

    def trained(**more: Value) -> FitResult:
        return process.fit(FitRequest("mlp", {}, {**leek, **more}, X, y, names, rows))

    plain = trained()
    assert {"rate", "momentum_start", "elastic_averaging_moving_rate"} <= set(plain.inert)
    assert not {"rho", "epsilon", "adaptive_rate", "elastic_averaging"} & set(plain.inert)
    assert plain.canonical["optimizer.rule"] == "adadelta"
    assert plain.canonical["averaging"] is False
    assert plain.convergence.startswith("classification_stop: training error 0")
    assert digest(trained(rate=0.5)) == digest(plain)
    assert digest(trained(rho=0.9)) != digest(plain)
    assert trained(classification_stop=-1.0).epochs == 20
