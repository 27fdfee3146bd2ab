"""The engine ``keras`` on scikit-learn's digits, TensorFlow really running."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest

from crossframe.core.errors import UsageError
from crossframe.core.types import FloatArray, IntArray
from crossframe.frameworks.contract import EngineConfig, Status
from crossframe.frameworks.keras import FRAMEWORK, runtime
from crossframe.frameworks.keras.engine import Keras
from crossframe.frameworks.keras.optimizers import RULES
from crossframe.frameworks.registry import versions
from crossframe.settings.vocabulary import VOCABULARY
from tests.command import ROOT
from tests.frameworks.keras.requests import digest, digits_request

LEEK: dict[str, Any] = {
    "architecture__hidden": (160,) * 5, "architecture__activation": "tanh", "dropout__hidden": 0.0,
    "optimizer__rule": "sgd", "optimizer__learning_rate": 0.005, "optimizer__momentum": 0.0,
    "optimizer__nesterov": True, "schedule__decay": 0.99, "epochs": 20, "batch__size": 1,
}  # fmt: skip


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Keras:
    return Keras(EngineConfig(tmp_path_factory.mktemp("keras")))


def test_importing_the_engine_does_not_import_tensorflow() -> None:
    modules = "crossframe.frameworks.keras.engine, crossframe.frameworks.rkeras.engine"
    code = f"import {modules}, sys; print('tensorflow' in sys.modules)"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "False"


def test_probe_names_versions(engine: Keras) -> None:
    there = engine.probe()
    assert there.available
    assert {"tensorflow", "keras", "devices", "threads"} <= set(there.versions)


@pytest.mark.slow
def test_beams_network_learns_the_digits(engine: Keras) -> None:
    request = digits_request("mlp", n=40)
    result = engine.fit(request)
    assert result.status is Status.COMPLETED
    assert result.fingerprint == request.fingerprint
    assert (result.updates, result.epochs, result.epochs_asked) == (400, 200, 200)
    assert result.train_labels is not None
    assert (result.train_labels == request.y_train).mean() == 1.0
    assert result.effective["hidden"] == (128, 128)
    assert result.effective["learning_rate"] == 0.001
    assert result.effective["beta_2"] == 0.999
    assert result.canonical["optimizer.epsilon"] == 1e-7
    assert result.canonical["decision.threshold"] == "argmax"
    assert result.evidence == ()


@pytest.mark.slow
def test_leeks_network_as_beam_wrote_it(engine: Keras) -> None:
    result = engine.fit(digits_request("mlp", n=10, **LEEK))
    assert result.status is Status.COMPLETED
    assert result.updates == 200
    assert result.effective["decay"] == 0.99
    assert result.effective["learning_rate"] == 0.005
    assert result.inert["nesterov"].startswith("used only with momentum above 0")
    assert result.effective["nesterov"] is True
    assert "optimizer.nesterov" not in result.canonical
    assert result.canonical["schedule.decay"] == 0.99


@pytest.mark.slow
def test_small_images_get_padded_convolutions(engine: Keras) -> None:
    result = engine.fit(digits_request("cnn", n=20, epochs=40))
    assert result.status is Status.COMPLETED
    assert result.effective["padding"] == "same"
    assert result.effective["features_dropout"] == 0.2
    assert result.effective["loop"] == "graph"
    refused = engine.fit(digits_request("cnn", architecture__padding="valid"))
    assert refused.status is Status.REFUSED
    assert "negative" in refused.evidence[0].lower()


def test_a_compiled_convolution_is_not_on_offer() -> None:
    with pytest.raises(UsageError, match=r"impossible value|unknown value"):
        FRAMEWORK.model("cnn").split({"training.loop": "xla"})
    assert FRAMEWORK.model("mlp").split({"training.loop": "xla", "lr": "0.1"}) == (
        {"training.loop": "xla"},
        {"lr": 0.1},
    )


def test_a_network_of_pixels_needs_an_image(engine: Keras) -> None:
    result = engine.fit(digits_request("cnn", image_shape=None))
    assert result.status is Status.REFUSED
    assert "pixels of an image" in result.evidence[0]


def test_what_is_no_refusal_is_raised(engine: Keras, monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory that ran out says nothing of the request: stored as refused it would never be tried again."""
    import tensorflow as tf

    def exhausted(*_: Any) -> Any:
        raise tf.errors.ResourceExhaustedError(None, None, "out of memory")

    monkeypatch.setattr("crossframe.frameworks.keras.net.build", exhausted)
    with pytest.raises(tf.errors.ResourceExhaustedError):
        engine.fit(digits_request("mlp", architecture__hidden=(3, 3, 3)))


@pytest.mark.parametrize("scaling", ["none", "max", "sd_n-1"])
def test_logistic_coefficients_give_its_scores(engine: Keras, scaling: str) -> None:
    columns = (10, 20, 28, 36)
    request = digits_request("logistic", features__standardize=scaling, columns=columns, image_shape=None)
    result = engine.fit(request)
    assert result.coefficients is not None
    assert result.score is not None
    linear = result.coefficients.intercept + request.X_eval @ result.coefficients.values
    np.testing.assert_allclose(result.score, 1 / (1 + np.exp(-linear)), atol=1e-5)
    assert result.canonical["features.standardize"] == scaling


@pytest.mark.slow
def test_native_spelling_wins_and_lr_is_the_learning_rate(engine: Keras) -> None:
    request = digits_request(
        "mlp", optimizer__learning_rate=0.5, epochs=2, native={"lr": 0.25, "optimizer": "sgd"}
    )
    assert engine.fit(request).effective["learning_rate"] == 0.25


@pytest.mark.slow
def test_a_setting_the_rule_does_not_take_is_reported_inert(engine: Keras) -> None:
    result = engine.fit(digits_request("mlp", epochs=2, optimizer__rule="adadelta", optimizer__momentum=0.9))
    assert result.inert["momentum"] == (
        "used only with optimizer=sgd or rmsprop or muon; here optimizer=adadelta"
    )
    assert result.canonical["optimizer.rho"] == 0.95
    assert "optimizer.momentum" not in result.canonical


@pytest.mark.slow
def test_divergence_is_a_status(engine: Keras) -> None:
    result = engine.fit(digits_request("mlp", native={"optimizer": "sgd", "lr": 1e30, "hidden": (4,)}))
    assert result.status is Status.DIVERGED
    assert result.score is None


@pytest.mark.parametrize("every", [15, pytest.param(1, marks=pytest.mark.slow)])
def test_every_rule_trains(engine: Keras, every: int) -> None:
    known = VOCABULARY["optimizer.rule"].kind.describe.removeprefix("one of ").split(", ")
    taken = {rule for rule in known if rule not in ("lbfgs", "bfgs")}
    assert len(taken) == len(RULES)
    for rule in sorted(taken)[::every]:
        result = engine.fit(
            digits_request("logistic", epochs=2, optimizer__rule=rule, training__loop="graph")
        )
        assert result.status is Status.COMPLETED, rule
        assert result.canonical["optimizer.rule"] == rule


@pytest.mark.slow
def test_float64_is_in_force(engine: Keras) -> None:
    result = engine.fit(digits_request("logistic", epochs=20, precision="float64"))
    assert result.effective["floatx"] == "float64"
    assert result.score is not None
    assert (result.score.astype(np.float32) != result.score).any()


class Corrupting(Keras):
    """Changes the last bit of one value on the way to TensorFlow."""

    def hand_over(self, X: FloatArray, y: IntArray) -> tuple[Any, Any]:
        X = X.copy()
        X[3, 5] = np.nextafter(X[3, 5], np.inf)
        return super().hand_over(X, y)


def test_one_corrupted_value_changes_the_echo(tmp_path: Path) -> None:
    request = digits_request("logistic", epochs=1)
    assert Corrupting(EngineConfig(tmp_path)).fit(request).fingerprint != request.fingerprint


FRESH = """
import hashlib, sys
from pathlib import Path
from crossframe.frameworks.contract import EngineConfig
from crossframe.frameworks.keras.engine import Keras
from tests.frameworks.keras.requests import digits_request
for model in sys.argv[1:]:
    settings = {"epochs": 3} if model == "cnn" else {}
    result = Keras(EngineConfig(Path("."))).fit(digits_request(model, n=33, seed=9, **settings))
    print(hashlib.sha256(result.score.tobytes() + result.train_score.tobytes()).hexdigest())
"""


@pytest.mark.slow
def test_same_answer_in_a_warm_and_in_a_fresh_process(engine: Keras) -> None:
    models = ("mlp", "cnn")
    fresh = subprocess.check_output(
        [sys.executable, "-c", FRESH, *models], text=True, cwd=ROOT, stderr=subprocess.DEVNULL
    ).split()
    few: dict[str, Any] = {"cnn": {"epochs": 3}}
    requests = [digits_request(model, n=33, seed=9, **few.get(model, {})) for model in models]
    first = [digest(engine.fit(r)) for r in requests]
    for model in models:
        engine.fit(digits_request(model, n=50, seed=2, **few.get(model, {})))
    again = [digest(engine.fit(r)) for r in requests]
    assert first == again == fresh
    assert digest(engine.fit(digits_request("mlp", n=33, seed=10))) != first[0]


@pytest.mark.slow
def test_fits_of_one_shape_do_not_grow(engine: Keras) -> None:
    process = psutil.Process()
    for i in range(5):
        engine.fit(digits_request("mlp", n=20 + i, draw=i, seed=i, epochs=5))
    before = process.memory_info().rss
    for i in range(40):
        engine.fit(digits_request("mlp", n=20 + i, draw=i, seed=i, epochs=5))
    assert process.memory_info().rss - before < 40 * 2**20


@pytest.mark.parametrize("name", ["keras", "rkeras"])
def test_the_device_is_in_the_key(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("CUDA_VISIBLE_DEVICES", "TF_ENABLE_ONEDNN_OPTS", "XLA_FLAGS"):
        monkeypatch.delenv(variable, raising=False)
    device = tmp_path / "nvidia0"
    monkeypatch.setattr(runtime, "_NVIDIA", device)
    plain = versions(name)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    hidden = versions(name)
    device.touch()
    assert hidden == plain | {"CUDA_VISIBLE_DEVICES": '""'}
    assert versions(name) == hidden | {"gpu": "NVIDIA"}
    assert "gpu" not in versions("sklearn")
