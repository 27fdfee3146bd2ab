"""Both spellings of every setting: there and back, of the right type, and refused with the remedy."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier

from crossframe.core.errors import UsageError
from crossframe.frameworks.registry import model as model_of
from crossframe.frameworks.registry import models
from crossframe.optima.updates import AnnealedSgd
from crossframe.settings.family import of_settings
from crossframe.settings.vocabulary import VOCABULARY

N = 40
CANDIDATES = (0, 0.25, 1, 2, 5, True, False, (5, 4))
# R's glm has rank tolerances up to 1e-7 alone.
OWN_CANDIDATES: dict[str, tuple[Any, ...]] = {
    "solver.rank_tolerance": (1e-9,),
    "init.source": ("own", "given:3"),
    "family.power": (1.5,),
}
BOUND = [
    (model, setting)
    for model, of in models().items()
    for setting in {b.setting for b in of.bindings if not b.output}
]


UNDER = {
    "optimizer.epsilon_inside": {"optimizer": "adadelta", "adaptive_rate": True},
    ("sklearn.mlp", "solver.tolerance_gradient"): {"solver": "lbfgs"},
    ("sklearn.mlp_regressor", "solver.tolerance_gradient"): {"solver": "lbfgs"},
    ("torch.mlp", "optimizer.weight_decay"): {"optimizer": "adamw"},
    ("torch.mlp", "penalty.intercept"): {"weight_decay": 0.1},
}
"""What a setting needs beside it that no condition of its parameter asks for."""


def samples(model: str, setting: str, active: dict[str, Any]) -> list[Any]:
    """Canonical values that the model accepts, each option of a choice among them."""
    kind = VOCABULARY[setting].kind
    words = re.fullmatch("one of (.*)", kind.describe)
    found = []
    candidates = (*CANDIDATES, *OWN_CANDIDATES.get(setting, ()))
    for value in words[1].split(", ") if words else candidates:
        try:
            checked = kind.check(setting, value)
            model_of(model).to_native({setting: checked}, active, N)
            found.append(checked)
        except UsageError:
            continue
    return found


def test_the_quantile_of_a_loss_goes_to_the_parameter_of_that_loss() -> None:
    """H2O has one parameter for the quantile that is predicted, and one for huber's."""
    gbm = model_of("h2o.gbm")
    for loss in ("quantile", "huber"):
        asked = {"loss": loss, "loss.quantile": 0.8}
        assert gbm.to_native(asked, {}, N) == {"distribution": loss, f"{loss}_alpha": 0.8}
    asked = {"loss.quantile": 0.8}
    given = {"distribution": "quantile", "huber_alpha": 0.7}
    assert gbm.to_native(asked, given, N) == {**given, "quantile_alpha": 0.8}


@pytest.mark.parametrize(
    "native", [{}, {"early_stopping": True}, {"early_stopping": True, "solver": "lbfgs"}], ids=str
)
def test_scikit_learns_network_keeps_its_best_state_after_early_stopping(native: dict[str, Any]) -> None:
    X = np.random.default_rng(0).normal(size=(40, 2))
    model = MLPClassifier((3,), max_iter=3, **native)
    with pytest.warns(ConvergenceWarning):
        model.fit(X, np.arange(40) % 2)
    best = model.coefs_ is getattr(model, "_best_coefs", None)
    stated = model_of("sklearn.mlp").to_canonical(native, 40).get("model.kept", "last")
    assert stated == ("best" if best else "last")


@pytest.mark.parametrize(("model", "setting"), sorted(BOUND))
def test_there_and_back(model: str, setting: str) -> None:
    binding = {b.setting: b for b in model_of(model).bindings}[setting]
    active = {when.param: when.among[0] for when in binding.active_if if when.among}
    needed = UNDER.get((model, setting), UNDER.get(setting, {}))
    known = {b.param for b in model_of(model).bindings}
    active |= {param: value for param, value in needed.items() if param in known}
    values = samples(model, setting, active)
    assert values
    for value in values:
        native = model_of(model).to_native({setting: value}, active, N)
        encoded = native[binding.param]
        parsed = binding.kind.check(binding.param, encoded)
        assert (parsed, type(parsed)) == (encoded, type(encoded))
        if binding.never:
            # What has no effect is not among the settings in force.
            continue
        canonical = model_of(model).to_canonical(native, N)
        if setting == "family":
            # It is not stated where the link says it.
            canonical["family"] = of_settings(canonical)
        assert canonical[setting] == (pytest.approx(value) if isinstance(value, float) else value)


@pytest.mark.parametrize("strength", [0.1, 1.0, 10.0])
def test_a_number_that_was_passed_comes_back_as_it_was(strength: float) -> None:
    logistic = model_of("sklearn.logistic")
    canonical = {"penalty.l2": 1 / (strength * 569)}
    assert logistic.to_native(canonical, {}, 569)["C"] == strength


def test_names_are_in_the_vocabulary() -> None:
    for of in models().values():
        assert {b.setting for b in of.bindings} <= set(VOCABULARY)
        for name, value in of.always.items():
            assert VOCABULARY[name].kind.check(name, value) == value


def test_a_parameter_stands_after_those_its_conversion_looks_at() -> None:
    native = model_of("sklearn.mlp").to_native(
        {"penalty.l2": 0.1, "batch.size": 10, "optimizer.rule": "adam"}, {}, N
    )
    assert native == {"alpha": pytest.approx(1.0), "batch_size": 10, "solver": "adam"}


@pytest.mark.parametrize(
    ("model", "given", "param", "value"),
    [
        ("sklearn.mlp", {"epochs": "50"}, "max_iter", 50),
        ("keras.mlp", {"epochs": 50}, "epochs", 50),
        ("h2o.mlp", {"epochs": 50}, "epochs", 50.0),
        ("sklearn.logistic", {"class_weight": "none"}, "class_weight", "none"),
        ("r.glm", {"solver.max_iterations": 7}, "maxit", 7),
        ("r.nnet", {"architecture.hidden": "5"}, "size", 5),
        ("r.glmnet", {"penalty.feature": "1x0x2"}, "penalty.factor", (1, 0, 2)),
        ("sklearn.logistic", {"seed": 3}, "random_state", 3),
    ],
)
def test_types_are_the_frameworks(model: str, given: dict[str, Any], param: str, value: Any) -> None:
    canonical, native = model_of(model).split(given)
    translated = model_of(model).to_native(canonical, native, N)[param]
    assert (translated, type(translated)) == (value, type(value))


@pytest.mark.parametrize(
    ("given", "strength", "mix"),
    [
        ({"penalty.l2": 0.1}, 0.1, 0.0),
        ({"penalty.l1": 0.1}, 0.1, 1.0),
        ({"penalty.l2": 0.3, "penalty.l1": 0.1}, 0.4, 0.25),
        ({"penalty.strength": 0.4, "penalty.mix": 0.25}, 0.4, 0.25),
        ({"penalty.l2": 0.0}, 0.0, 0.0),
    ],
)
def test_one_elastic_net_in_two_frameworks(given: dict[str, Any], strength: float, mix: float) -> None:
    ours = model_of("sklearn.logistic").to_native(given, {}, N)
    theirs = model_of("h2o.glm").to_native(given, {}, N)
    assert ours == {
        "C": pytest.approx(1 / (N * strength) if strength else math.inf),
        "l1_ratio": pytest.approx(mix),
    }
    assert theirs == {"lambda_": pytest.approx(strength), "alpha": pytest.approx(mix)}
    for model, native in (("sklearn.logistic", ours), ("h2o.glm", theirs)):
        told = model_of(model).to_canonical(native, N)
        assert [told[f"penalty.{name}"] for name in ("strength", "l2", "l1")] == pytest.approx(
            [strength, (1 - mix) * strength, mix * strength]
        )
        if strength:
            assert told["penalty.mix"] == pytest.approx(mix)


def test_a_mix_in_the_frameworks_spelling_says_what_share_the_part_is() -> None:
    native = model_of("h2o.glm").to_native({"penalty.l2": 0.3}, {"alpha": 0.25}, N)
    assert native == {"alpha": 0.25, "lambda_": pytest.approx(0.4)}


def test_a_penalty_that_the_framework_has_not_told_is_left_out() -> None:
    told = model_of("h2o.glm").to_canonical({"lambda_": None, "alpha": None}, N)
    assert not {"penalty.strength", "penalty.mix", "penalty.l1", "penalty.l2"} & set(told)


@pytest.mark.parametrize(
    ("native", "rows"),
    [
        ({}, 40),
        ({"batch_size": 16}, 16),
        ({"batch_size": 500}, 40),
        ({"solver": "lbfgs", "batch_size": 16}, 40),
        ({"early_stopping": True}, 36),
    ],
)
def test_alpha_is_divided_by_the_rows_of_the_batch(native: dict[str, Any], rows: int) -> None:
    encoded = model_of("sklearn.mlp").to_native({"penalty.l2": 0.5}, native, N)
    assert encoded["alpha"] == pytest.approx(0.5 * rows)
    assert model_of("sklearn.mlp").to_canonical(encoded, N)["penalty.l2"] == pytest.approx(0.5)


def test_the_intercepts_weight_in_the_penalty() -> None:
    native = {"solver": "liblinear", "intercept_scaling": 10.0, "fit_intercept": True}
    assert model_of("sklearn.logistic").to_canonical(native, N)["penalty.intercept"] == pytest.approx(0.01)
    other = native | {"solver": "lbfgs"}
    assert model_of("sklearn.logistic").to_canonical(other, N)["penalty.intercept"] == 0.0
    none = native | {"fit_intercept": False}
    assert "penalty.intercept" not in model_of("sklearn.logistic").to_canonical(none, N)


def test_a_base_makes_a_setting_expressible() -> None:
    given = {"penalty.intercept": 0.01}
    assert model_of("sklearn.logistic").split(given, {"solver": "liblinear"}) == (given, {})
    together = {**given, "solver.algorithm": "liblinear"}
    assert model_of("sklearn.logistic").split(together)[0] == together


@pytest.mark.parametrize(
    ("model", "given", "words"),
    [
        ("sklearn.mlp", {"epochs": 2.5}, "epochs .as max_iter.=2.5: impossible value"),
        ("sklearn.logistic", {"penalty.intercept": 0.5}, "lbfgs leaves the intercept out"),
        (
            "sklearn.logistic",
            {"solver": "liblinear", "penalty.intercept": 0},
            "always penalises.*\n.*intercept_scaling",
        ),
        (
            "sklearn.logistic",
            {"penalty.l2": 1, "penalty.strength": 1, "solver": "nought"},
            "2 problems.*nought(.|\n)*two spellings",
        ),
        ("h2o.glm", {"penalty.l2": 1, "alpha": 1}, "leaves no penalty.l2"),
        ("h2o.glm", {"penalty.l2": 1, "penalty.l1": 1, "alpha": 1}, "two spellings"),
        ("sklearn.mlp", {"stopping.rule": "none"}, "n_iter_no_change"),
        ("sklearn.sgd", {"penalty.l1": 1, "penalty": "l2"}, "penalty=l2 has no mix of 1"),
        ("sklearn.sgd", {"stopping.rule": "none"}, "n_iter_no_change"),
        ("sklearn.mlp", {"seed": -1}, "seed .as random_state.=-1: impossible value"),
        ("r.nnet", {"architecture.hidden": "5x5"}, "one hidden layer"),
        ("r.nnet", {"loss": "hinge"}, "nnet has no loss=hinge"),
        ("r.lm", {"collinear": "minimum_norm"}, "collinear=alias or collinear=error"),
        ("sklearn.mlp", {"stopping.rule": "framework"}, "n_iter_no_change"),
        ("keras.mlp", {"features.standardize": "sd_n"}, "unknown value 'sd_n'"),
        ("h2o.mlp", {"features.standardize": "max"}, "no counterpart of max"),
        ("h2o.mlp", {"init.weights": "glorot_uniform"}, "no counterpart of glorot_uniform"),
        ("h2o.mlp", {"optimizer.nesterov": True}, "cannot express optimizer.nesterov"),
        (
            "h2o.mlp",
            {"optimizer.momentum": 1, "momentum_stable": 1, "optimizer.learning_rate": 1},
            "rate is 0",
        ),
        ("keras.mlp", {"optimizer.epsilon_inside": 1e-6}, "adam adds its epsilon to the root"),
        (
            "keras.mlp",
            {"optimizer.epsilon": 1, "optimizer.rule": "adagrad"},
            "adagrad adds .* under the root",
        ),
        ("keras.mlp", {"optimizer.averaging": "mean"}, "it has: none, moving"),
        ("sklearn.sgd", {"optimizer.averaging": "moving"}, "it has: none, mean"),
        ("sklearn.mlp", {"stopping.tolerance": 1, "optimizer.rule": "lbfgs"}, "bounds the gradient, not"),
        ("sklearn.mlp", {"solver.tolerance_gradient": 1}, "solver=lbfgs only"),
        ("sklearn.mlp", {"stopping.rounds": 1}, "n_iter_no_change.=0: impossible value"),
    ],
)
def test_what_cannot_be_said_is_refused_beforehand(model: str, given: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError, match=words.replace("2 problems.*", "2 problems(.|\n)*")):
        model_of(model).split(given)


def test_patience_that_cannot_be_exhausted_is_no_rule() -> None:
    native = {"early_stopping": False, "n_iter_no_change": 200, "max_iter": 200}
    assert model_of("sklearn.mlp").to_canonical(native, N)["stopping.rule"] == "none"
    native["n_iter_no_change"] = 199
    assert model_of("sklearn.mlp").to_canonical(native, N)["stopping.rule"] == "tolerance"


@pytest.mark.parametrize(
    ("given", "native", "arguments"),
    [
        (
            {"dropout.hidden": 0.5},
            {},
            {"hidden_dropout_ratios": 0.5, "activation": "RectifierWithDropout"},
        ),
        (
            {"dropout.hidden": 0.5},
            {"activation": "Tanh"},
            {"hidden_dropout_ratios": 0.5, "activation": "TanhWithDropout"},
        ),
        (
            {"architecture.activation": "tanh"},
            {"hidden_dropout_ratios": 0.5},
            {"hidden_dropout_ratios": 0.5, "activation": "TanhWithDropout"},
        ),
        ({"dropout.hidden": 0.0}, {"activation": "Tanh"}, {"activation": "Tanh"}),
        (
            {},
            {"hidden_dropout_ratios": 0.5, "activation": "Tanh"},
            {"hidden_dropout_ratios": 0.5, "activation": "Tanh"},
        ),
    ],
)
def test_dropout_names_the_activation_for_it(
    given: dict[str, Any], native: dict[str, Any], arguments: dict[str, Any]
) -> None:
    assert model_of("h2o.mlp").to_native(given, native, N) == arguments


@pytest.mark.parametrize(
    ("activation", "ratios", "told"),
    [
        ("TanhWithDropout", "[0.5, 0.5]", 0.5),
        ("TanhWithDropout", "[0.5, 0.25]", "[0.5, 0.25]"),
        ("TanhWithDropout", (0, 0), 0.0),
        ("TanhWithDropout", 0.25, 0.25),
        ("Tanh", None, 0.0),
    ],
)
def test_dropout_of_every_layer_is_one_number(activation: str, ratios: Any, told: Any) -> None:
    native = {"activation": activation, "hidden_dropout_ratios": ratios}
    assert model_of("h2o.mlp").to_canonical(native, N)["dropout.hidden"] == told


def test_canonical_settings_shadow_the_parameters_they_decide() -> None:
    assert model_of("sklearn.logistic").shadowed({"penalty.l2": 0.1}) == {"C", "l1_ratio"}
    assert model_of("h2o.mlp").shadowed({"dropout.hidden": 0.5}) == {"hidden_dropout_ratios"}
    assert model_of("keras.mlp").shadowed({"optimizer.learning_rate": 0.1}) == {"lr", "learning_rate"}


def test_rules_without_a_parameter_are_told() -> None:
    lm = model_of("r.lm").to_canonical({"singular.ok": True}, N)
    assert {
        "collinear": "alias",
        "solver.algorithm": "qr",
        "penalty.l2": 0.0,
        "precision": "float64",
    }.items() <= (lm.items())
    assert model_of("h2o.mlp").to_canonical({"mini_batch_size": 8}, N)["batch.size"] == 1
    assert model_of("sklearn.logistic").to_canonical({}, N)["decision.threshold"] == 0.5


def test_one_word_is_not_one_quantity() -> None:
    """What differs in kind or units has names of its own, so that it never looks equal."""
    adadelta = model_of("keras.mlp").to_canonical({"optimizer": "adadelta", "epsilon": 1e-7}, N)
    adam = model_of("keras.mlp").to_canonical({"optimizer": "adam", "epsilon": 1e-7}, N)
    assert (adadelta["optimizer.epsilon_inside"], "optimizer.epsilon" in adadelta) == (1e-7, False)
    assert (adam["optimizer.epsilon"], "optimizer.epsilon_inside" in adam) == (1e-7, False)
    h2o = {"adaptive_rate": True, "epsilon": 1e-8, "initial_weight_distribution": "UniformAdaptive"}
    told = model_of("h2o.mlp").to_canonical(h2o, N)
    assert told["optimizer.epsilon_inside"] == 1e-8
    assert told["init.weights"] == "glorot_uniform_x4_output"
    assert told["penalty.intercept"] == 1.0
    mlp = model_of("sklearn.mlp").to_canonical({"solver": "lbfgs", "tol": 1e-4}, N)
    assert (mlp["solver.tolerance_gradient"], mlp["penalty.intercept"]) == (1e-4, 0.0)
    assert "stopping.tolerance" not in mlp


@pytest.mark.parametrize(
    ("native", "momentum", "rate"),
    [
        ({"momentum_start": 0.9, "momentum_stable": 0.9}, 0.9, 0.0005),
        ({"momentum_start": 0.5, "momentum_stable": 0.99, "momentum_ramp": 10.0}, 0.451, 0.549 * 0.005),
        ({"momentum_start": 0.0, "momentum_stable": 0.0}, 0.0, 0.005),
        ({"momentum_start": 0.5, "momentum_stable": 0.99, "momentum_ramp": 0.0}, 0.5, 0.0025),
    ],
)
def test_h2os_momentum_and_rate_are_those_in_force(
    native: dict[str, Any], momentum: float, rate: float
) -> None:
    told = model_of("h2o.mlp").to_canonical({"adaptive_rate": False, "rate": 0.005, **native}, N)
    assert told["optimizer.momentum"] == pytest.approx(momentum)
    assert told["optimizer.learning_rate"] == pytest.approx(rate)
    rule = AnnealedSgd(rate=0.005, **native)
    assert float(rule.momentum) == pytest.approx(momentum)
    assert float(rule.learning_rate(1, 0)) == pytest.approx(rate)
    asked = {"optimizer.learning_rate": 0.01, "optimizer.momentum": 0.25}
    kept = {name: value for name, value in native.items() if name != "momentum_start"}
    back = model_of("h2o.mlp").to_native(asked, {"adaptive_rate": False, **kept}, N)
    again = model_of("h2o.mlp").to_canonical(back, N)
    assert {name: again[name] for name in asked} == pytest.approx(asked)


def test_the_centre_rule_takes_pixel_values() -> None:
    assert model_of("reference.centre").split({"rule.threshold": 127.5})[0] == {"rule.threshold": 127.5}
    assert model_of("reference.centre").to_native({"rule.threshold": 8.0}, {}, N) == {"threshold": 8.0}


@pytest.mark.parametrize(
    ("given", "native", "arguments"),
    [
        ({"penalty.l2": 0.5}, {}, {"alpha": 0.5, "l1_ratio": 0.0, "penalty": "l2"}),
        ({"penalty.l1": 0.5}, {}, {"alpha": 0.5, "l1_ratio": 1.0, "penalty": "l1"}),
        (
            {"penalty.l1": 0.5, "penalty.l2": 0.5},
            {},
            {"alpha": 1.0, "l1_ratio": 0.5, "penalty": "elasticnet"},
        ),
        ({"penalty.l1": 0.5}, {"penalty": "l1"}, {"alpha": 0.5, "l1_ratio": 1.0, "penalty": "l1"}),
        ({"penalty.strength": 0.5}, {}, {"alpha": 0.5}),
    ],
)
def test_a_mix_needs_the_penalty_that_reads_it(
    given: dict[str, Any], native: dict[str, Any], arguments: dict[str, Any]
) -> None:
    assert model_of("sklearn.sgd").to_native(given, native, N) == arguments
    told = model_of("sklearn.sgd").to_canonical({"penalty": "l2", "l1_ratio": 0.15, **arguments}, N)
    assert {name: told[name] for name in given} == given


def test_a_penalty_overrules_strength_and_mix() -> None:
    off = {"penalty": None, "C": 1.0, "l1_ratio": 0.5, "alpha": 0.1, "learning_rate": "constant"}
    for model in ("sklearn.logistic", "sklearn.sgd"):
        told = model_of(model).to_canonical(off, N)
        assert told["penalty.norm"] == "none"
        assert [told[f"penalty.{name}"] for name in ("strength", "l2", "l1")] == [0.0, 0.0, 0.0]
        lasso = model_of(model).to_canonical({**off, "penalty": "l1"}, N)
        assert (lasso["penalty.mix"], lasso["penalty.l2"]) == (1.0, 0.0)
        assert lasso["penalty.l1"] == lasso["penalty.strength"] > 0


@pytest.mark.parametrize(
    ("native", "start"),
    [
        ({"start": None, "etastart": None, "mustart": None}, "framework"),
        ({"start": "zeros", "etastart": None, "mustart": None}, "zeros"),
        ({"start": None, "etastart": "zeros", "mustart": None}, "zeros"),
        ({"start": None, "etastart": None, "mustart": "half"}, "zeros"),
        ({"start": None, "etastart": None, "mustart": "half", "link": "cloglog"}, None),
    ],
)
def test_where_glm_starts(native: dict[str, Any], start: str | None) -> None:
    assert model_of("r.glm").to_canonical(native, N).get("solver.start") == start


def test_the_penalty_of_a_path_is_that_of_its_reading() -> None:
    native = {"lambda": None, "alpha": 0.5, "s": 0.2, "exact": False, "lambda.last": 0.2}
    told = model_of("r.glmnet").to_canonical(native, N)
    assert (told["penalty.strength"], told["penalty.l1"], told["path.at"]) == (0.2, 0.1, 0.2)
    one = model_of("r.glmnet").to_canonical({**native, "lambda": 0.3, "lambda.last": 0.3}, N)
    assert one["penalty.strength"] == 0.3
    assert "path.at" not in one
    refitted = model_of("r.glmnet").to_canonical({**native, "lambda": 0.3, "exact": True}, N)
    assert refitted["penalty.strength"] == 0.2
