"""PyTorch's networks: the same numbers as the reference trainer and Keras, penalties, and its own start."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from crossframe.core.errors import UsageError
from crossframe.core.types import Value
from crossframe.explain.reference_network import reference_network
from crossframe.frameworks.contract import FitRequest, FitResult, Status
from crossframe.frameworks.registry import model as registered
from tests.running import Engines
from tests.settings.test_in_force import small

pytest.importorskip("torch", reason="PyTorch is not installed: pip install 'crossframe[torch]'")

SAME: dict[str, Value] = {"initial_weights": "given:1", "hidden": (6, 4), "activation": "tanh", "epochs": 5}


def asked(numbers: bool = False, **native: Any) -> FitRequest:
    request = small("torch.mlp", {}, **{**SAME, **native})
    return replace(request, task="numbers", y_train=request.X_train[:, 0] + 0.5) if numbers else request


def distance(ours: FitResult, theirs: FitResult) -> float:
    assert ours.score is not None, ours.evidence
    assert theirs.score is not None, theirs.evidence
    return float(np.abs(ours.score - theirs.score).max())


def by_reference(engines: Engines, request: FitRequest, canonical: dict[str, Value]) -> FitResult:
    """The reference trainer's fit with the settings in force in PyTorch."""
    made = reference_network(canonical, "reference")
    result: FitResult = engines["reference"].fit(
        replace(request, model="mlp", settings=made.settings, native=made.native)
    )
    return result


@pytest.mark.parametrize(
    ("native", "numbers"),
    [
        ({"optimizer": "sgd", "lr": 0.1, "momentum": 0.9, "nesterov": True, "head": "sigmoid1"}, False),
        ({"optimizer": "adam", "lr": 0.01, "eps": 1e-3, "weight_decay": 0.1}, False),
        ({"optimizer": "adamw", "lr": 0.01, "amsgrad": True, "head": "sigmoid1", "shuffle": False}, False),
        ({"optimizer": "sgd", "lr": 0.05, "weight_decay": 0.2, "bias_weight_decay": 0.0}, True),
    ],
)
def test_the_reference_trainer_gives_the_same_numbers(
    engines: Engines, native: dict[str, Any], numbers: bool
) -> None:
    """Every setting in force is reported, and means what the vocabulary says."""
    request = asked(numbers, dtype="float64", **native)
    result = engines["torch"].fit(request)
    assert result.status is Status.COMPLETED
    assert distance(result, by_reference(engines, request, dict(result.canonical))) < 1e-12


def test_given_weights_are_received(engines: Engines) -> None:
    result, theirs = (
        engines["torch"].fit(asked()),
        engines["reference"].fit(
            replace(asked(), model="mlp", native={"init.source": "given:1", "architecture.hidden": (6, 4)})
        ),
    )
    assert result.initial_weights == theirs.initial_weights != ""
    assert set(result.inert) >= {"weight_init", "bias_init", "momentum"} & set(result.effective)


def test_linear_starts_within_its_own_bounds(engines: Engines) -> None:
    """A network trained at a rate of 0 keeps the start: with biases at 0 and no input it is 1/2."""
    start = asked(initial_weights="own", lr=0.0, epochs=1)
    nowhere = replace(start, X_train=np.zeros_like(start.X_train))
    drawn = engines["torch"].fit(nowhere)
    zeros = engines["torch"].fit(replace(nowhere, native={**nowhere.native, "bias_init": "zeros"}))
    assert (drawn.canonical["init.weights"], drawn.canonical["init.biases"]) == ("fan_in_uniform",) * 2
    np.testing.assert_array_equal(zeros.train_score, 0.5)
    assert drawn.train_score is not None
    assert 0.0 < np.abs(drawn.train_score - 0.5).min() < 0.5


def test_declared_defaults_are_in_force_where_nothing_is_passed(engines: Engines) -> None:
    result = engines["torch"].fit(asked())
    declared = {d.qualified: d.value for d in engines["torch"].call("defaults", "mlp")}
    assert (result.effective["lr"], result.effective["eps"]) == (declared["Adam.lr"], declared["Adam.eps"])
    assert (result.effective["beta1"], result.effective["beta2"]) == (
        declared["Adam.betas[0]"], declared["Adam.betas[1]"],
    )  # fmt: skip
    assert (declared["DataLoader.batch_size"], declared["DataLoader.shuffle"]) == (1, None)


def test_a_decay_stands_where_its_optimizer_has_it() -> None:
    to_native = registered("torch.mlp").to_native
    assert to_native({"penalty.l2": 0.1}, {"head": "linear1", "optimizer": "sgd"}, 9)["weight_decay"] == 0.2
    assert to_native({"optimizer.weight_decay": 0.1}, {"optimizer": "adamw"}, 9)["weight_decay"] == 0.1
    for setting, rule in (("penalty.l2", "adamw"), ("optimizer.weight_decay", "adam")):
        with pytest.raises(UsageError, match="weight decay"):
            to_native({setting: 0.1}, {"optimizer": rule}, 9)


def test_a_rate_that_diverges_says_so(engines: Engines) -> None:
    result = engines["torch"].fit(asked(True, optimizer="sgd", lr=1e3, activation="identity"))
    assert result.status is Status.DIVERGED


@pytest.mark.slow
def test_keras_and_pytorch_agree_in_the_digits_of_float32(engines: Engines) -> None:
    shared: dict[str, Value] = {**SAME, "epochs": 20, "head": "sigmoid1"}
    of_keras: dict[str, Value] = {**shared, "dropout": 0.0, "loop": "graph"}
    pairs: tuple[tuple[dict[str, Value], dict[str, Value]], ...] = (
        ({"optimizer": "sgd", "learning_rate": 0.1}, {"optimizer": "sgd", "lr": 0.1}),
        # Without an epsilon it does not matter where it is added.
        ({"optimizer": "adam", "epsilon": 1e-12}, {"optimizer": "adam", "eps": 1e-12}),
    )
    for keras, torch in pairs:
        theirs = engines["keras"].fit(small("keras.mlp", {}, **of_keras, **keras))
        ours = engines["torch"].fit(small("torch.mlp", {}, **shared, **torch))
        assert ours.initial_weights == theirs.initial_weights
        assert distance(ours, theirs) < 1e-6


@pytest.mark.slow
def test_the_causes_are_named(tmp_path: Path, command: Any) -> None:
    request = small("torch.mlp", {})
    rows = np.column_stack([request.X_train, request.y_train])
    np.savetxt(tmp_path / "t.csv", rows, fmt="%.17g", delimiter=",", header="a,b,c,y", comments="")
    pair = ("keras.mlp:hidden=8,dropout=0,epochs=20,learning_rate=0.02", "torch.mlp:hidden=8,epochs=20")
    words = ("--data", str(tmp_path / "t.csv"), "--target", "y", "--json")
    answer = json.loads(command("explain", *pair, *words, code=(0, 1)).stdout)
    compared = {share["setting"] for share in (*answer["causes"], *answer["not_attributed"])}
    assert {"init.weights", "optimizer.epsilon", "optimizer.learning_rate"} <= compared
    assert [rule["right"] for rule in answer["implementation"] if rule["setting"] == "optimizer.form"] == [
        "PyTorch's adam (epsilon is added after the correction for the start)"
    ]
    assert "optimizer.learning_rate" in {cause["setting"] for cause in answer["causes"]}
