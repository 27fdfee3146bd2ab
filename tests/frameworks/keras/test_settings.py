"""Keras's options: honoured by every loop, in the units of the vocabulary, as ``model.fit`` has them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from crossframe.frameworks.contract import EngineConfig, FitResult, Status
from crossframe.frameworks.keras.engine import Keras
from tests.frameworks.keras.requests import digest, digits_request


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Keras:
    return Keras(EngineConfig(tmp_path_factory.mktemp("keras")))


NETS: dict[str, dict[str, Any]] = {
    "penalties": {"kernel_l1": 0.01, "kernel_l2": 0.02, "bias_l2": 0.01, "max_norm": 1.5},
    "averages": {"use_ema": True, "ema_momentum": 0.9, "ema_overwrite_frequency": 3},
    "accumulated": {"gradient_accumulation_steps": 2, "clipnorm": 0.5, "weight_decay": 0.01},
    "weights": {"class_weight": "balanced", "label_smoothing": 0.1, "validation_split": 0.3},
    "seeded": {"init_seed": 3, "dropout_seed": 4, "use_bias": False, "kernel_initializer": "orthogonal"},
    "scheduled": {"decay": 0.2, "decay_steps": 4, "staircase": True, "initial_epoch": 2},
    "loss": {"loss_weights": 0.5, "reduction": "sum", "loss_scale_factor": 3.0},
    "schedule-free": {"optimizer": "schedulefreeadamw", "warmup_steps": 3},
    "muon": {"optimizer": "muon", "ns_steps": 3},
}


@pytest.mark.slow
@pytest.mark.parametrize("net", NETS.values(), ids=list(NETS))
def test_settings_are_honoured_in_every_loop(engine: Keras, net: dict[str, Any]) -> None:
    """Alike in Keras's own loop and in the graph, to the last bit; in XLA up to rounding.

    Each is fitted again, after another start, by the loop that was compiled for it.
    """
    base = {"hidden": (5, 4), "epochs": 6, "batch_size": 8, "dropout": 0.25, "scaling": "max"}

    def fit(seed: int = 9, **native: Any) -> FitResult:
        result = engine.fit(digits_request("mlp", n=33, seed=seed, native=base | net | native))
        assert result.status is Status.COMPLETED, result.evidence
        for name, value in (net | native).items():
            assert result.effective[name] == value, name
        return result

    graph = fit(loop="graph")
    assert digest(fit(loop="fit")) == digest(graph)
    fit(seed=10, loop="graph")
    assert digest(fit(loop="graph")) == digest(graph)
    # XLA draws other dropout masks, and accumulates in another order.
    calm = {"dropout": 0.0} if "dropout_seed" not in net else {"dropout": 0.0, "dropout_seed": None}
    rest = {name: value for name, value in net.items() if name not in calm}
    first, second = (
        engine.fit(digits_request("mlp", n=33, seed=9, native=base | rest | calm | {"loop": loop}))
        for loop in ("graph", "xla")
    )
    assert first.score is not None
    assert second.score is not None
    np.testing.assert_allclose(first.score, second.score, atol=1e-3 if "ns_steps" in net else 2e-5)


@pytest.mark.slow
def test_rows_held_back_and_class_weights_are_those_of_model_fit() -> None:
    """Against ``model.fit`` on arrays, which holds rows back and weighs classes itself."""
    import keras

    from crossframe.frameworks.keras import net as keras_net
    from crossframe.frameworks.keras.models.mlp import MODEL
    from crossframe.frameworks.keras.run import Runner

    keras_net.start(1)
    net = dict(MODEL.passed) | {
        "hidden": (4,), "epochs": 3, "batch_size": 8, "shuffle": False, "dropout": 0.0, "loop": "graph",
        "head": "sigmoid1", "validation_split": 0.3, "class_weight": "balanced", "scaling": "max",
    }  # fmt: skip
    request = digits_request("mlp", n=33)
    X, y = Keras.hand_over(None, request.X_train, request.y_train)  # type: ignore[arg-type]

    def build() -> tuple[Any, Any]:
        return keras_net.build(MODEL, net, 64, None), keras_net.optimizer(net)

    ours = Runner().run(net, None, build, X, y, X, 9)
    keras.utils.set_random_seed(9)
    model, optimizer = build()
    kept = request.y_train[:23]  # floor(33 * 0.7)
    weights = {k: len(kept) / (2 * int((kept == k).sum())) for k in (0, 1)}
    model.compile(optimizer, "binary_crossentropy", jit_compile=False)
    scaled = (request.X_train / request.X_train.max()).astype(np.float32)
    model.fit(
        scaled, request.y_train.astype(np.float32)[:, None], batch_size=8, epochs=3, shuffle=False,
        validation_split=0.3, class_weight=weights, verbose=0,
    )  # fmt: skip
    np.testing.assert_allclose(ours.score, model.predict(scaled, verbose=0)[:, 0], atol=1e-6)


def test_penalties_are_those_of_the_formulas(engine: Keras) -> None:
    """At the minimum the gradient of mean loss + l2/2 |w|^2 + l2 weight/2 b^2 + l1 |w| is zero."""
    columns = (10, 20, 28)
    given = {"penalty__l2": 0.2, "penalty__intercept": 0.25, "precision": "float64"}
    plain = {"optimizer": "sgd", "learning_rate": 0.5, "epochs": 1500, "batch_size": 40, "scaling": "max",
             "kernel_l1": 0.0, "loop": "graph"}  # fmt: skip
    request = digits_request("logistic", n=40, columns=columns, image_shape=None, native=plain, **given)
    result = engine.fit(request)
    assert result.coefficients is not None
    assert result.train_score is not None
    assert result.canonical["penalty.l2"] == pytest.approx(0.2)
    assert result.canonical["penalty.intercept"] == pytest.approx(0.25)
    assert result.effective["kernel_l2"] == pytest.approx(0.1)
    unit = np.abs(request.X_train).max()
    error = (result.train_score - request.y_train) / 40
    slope = (request.X_train / unit).T @ error + 0.2 * result.coefficients.values * unit
    np.testing.assert_allclose(slope, 0, atol=1e-6)
    assert error.sum() + 0.2 * 0.25 * result.coefficients.intercept == pytest.approx(0, abs=1e-6)


@pytest.mark.slow
def test_what_is_outside_changes_nothing() -> None:
    """Arguments of ``compile`` and ``fit`` that are no settings: another value, the same bits."""
    import keras

    from crossframe.frameworks.keras import net as keras_net
    from crossframe.frameworks.keras.models.mlp import MODEL

    keras_net.start(1)
    request = digits_request("mlp", n=33)
    X = (request.X_train / request.X_train.max()).astype(np.float32)
    y = request.y_train.astype(np.float32)[:, None]
    net = dict(MODEL.passed) | {"hidden": (4,), "head": "sigmoid1", "dropout": 0.25}

    def fit(compiled: dict[str, Any], fitted: dict[str, Any]) -> bytes:
        keras.utils.set_random_seed(9)
        model = keras_net.build(MODEL, net, 64, None)
        model.compile(keras_net.optimizer(net), "binary_crossentropy", jit_compile=False, **compiled)
        model.fit(X, y, epochs=2, batch_size=8, **{"verbose": 0, **fitted})
        scores: bytes = model.predict(X, verbose=0).tobytes()
        return scores

    held = {"validation_data": (X, y)}
    plain = fit({}, {})
    assert (
        fit({"metrics": ["accuracy"], "weighted_metrics": ["accuracy"], "auto_scale_loss": False}, {})
        == plain
    )
    assert fit({}, held | {"validation_steps": 1, "validation_batch_size": 4, "validation_freq": 2}) == plain
    assert fit({"loss_weights": [2.0]}, {}) != plain
