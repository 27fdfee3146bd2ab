"""The H2O engine against a real server; one server serves the module."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_digits

from crossframe.core.types import FloatArray, IntArray, Value
from crossframe.frameworks.contract import EngineConfig, EvalRows, FitRequest, Status
from crossframe.frameworks.h2o import FRAMEWORK
from crossframe.frameworks.h2o import capture as captured
from crossframe.frameworks.h2o.cluster import PASSWORD, USER
from crossframe.frameworks.h2o.engine import H2O
from crossframe.frameworks.h2o.rest import Rest, plain
from crossframe.settings.vocabulary import VOCABULARY

LEEK: dict[str, Value] = {"activation": "Tanh", "hidden": (160,) * 5, "epochs": 20.0}
SMALL: dict[str, Value] = {"activation": "Tanh", "hidden": (8,), "epochs": 3.0, "reproducible": True}


@pytest.fixture(scope="module")
def url(engine: H2O) -> Iterator[str]:
    """The address of the module's server, with credentials in the environment, for engines that visit it."""
    engine.probe()
    assert engine.server is not None
    at = engine.server.address
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(USER, at.user)
        patch.setenv(PASSWORD, at.password)
        yield at.shown


def request(
    model: str,
    X: FloatArray,
    y: IntArray,
    X_eval: FloatArray,
    columns: tuple[int, ...] | None = None,
    names: tuple[str, ...] | None = None,
    **native: Value,
) -> FitRequest:
    names = names or tuple(f"x{j}" for j in range(X_eval.shape[1]))
    kept = range(X_eval.shape[1]) if columns is None else columns
    return FitRequest(
        model=model,
        settings={},
        native=native,
        X_train=np.ascontiguousarray(X[:, list(kept)]),
        y_train=y,
        names=tuple(names[j] for j in kept),
        evaluation=EvalRows(hashlib.sha256(X_eval.tobytes()).hexdigest(), X_eval, names),
        columns=columns,
    )


def digits(model: str, n: int = 20, columns: tuple[int, ...] | None = None, **native: Value) -> FitRequest:
    X, y = load_digits(n_class=2, return_X_y=True)
    return request(model, X[:n], y[:n].astype(np.int64), X[n:], columns, **native)


def overlapping(n: int = 60, k: int = 3) -> tuple[FloatArray, IntArray]:
    """Two classes that no plane separates."""
    rng = np.random.default_rng(5)
    X = rng.standard_normal((n, k))
    return X, (X[:, 0] + rng.standard_normal(n) > 0).astype(np.int64)


def test_probe_names_the_versions(engine: H2O) -> None:
    found = engine.probe()
    assert found.available
    assert found.versions["h2o"].startswith("3.")
    assert found.versions["threads"] == "1"


def test_importing_the_engine_does_not_import_h2o() -> None:
    code = "import sys, crossframe.frameworks.h2o.engine; sys.exit('h2o' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


@pytest.mark.parametrize("model", ["glm", "mlp"])
def test_live_defaults_pass_through_the_vocabulary(engine: H2O, model: str) -> None:
    declared = {d.qualified: d for d in engine.defaults(model)}
    record = FRAMEWORK.model(model)
    assert {d.owner for d in declared.values()} == set(record.callables)
    for binding in record.bindings:
        # Initial weights and biases are two parameters of one binding.
        default = next(d for name, d in declared.items() if binding.covers(name))
        assert "ModelBuilders" in default.provenance
        if default.value is None:  # the server chooses
            continue
        native = binding.kind.check(binding.param, default.value)
        decoded = binding.decode(native, 10)
        if decoded is None:  # a value that says so
            assert native in (-1, "AUTO")
            continue
        canonical = VOCABULARY[binding.setting].kind.check(binding.setting, decoded)
        # Several words of the server may mean the same: Automatic is CrossEntropy for two classes.
        assert binding.decode(binding.encode(canonical, 10), 10) == canonical


@pytest.mark.slow
def test_a_server_started_by_the_capture_declares_the_same(engine: H2O) -> None:
    callables = {m.short: m.callables[0] for m in FRAMEWORK.all_models()}
    alone = captured.capture([*callables.values(), "no_such_algorithm"])
    assert alone["versions"] == {"h2o": engine.probe().versions["h2o"]}
    assert list(alone["callables"]) == [*callables.values()]
    for model, owner in callables.items():
        schema = alone["callables"][owner]
        declared = {d.name: d.value for d in engine.defaults(model)}
        assert {name: plain(value) for name, value in schema["parameters"].items()} == declared
        assert all(schema["call"] in d.provenance for d in engine.defaults(model))


def test_documentation_is_the_parameters_own_page_or_the_algorithms() -> None:
    own = captured.documentation("glm", "lambda_", "3.46")
    assert own.endswith("/algo-params/lambda.html")
    assert captured.documentation("deeplearning", "rate", "3.46").endswith("/algo-params/rate.html")
    assert captured.documentation("deeplearning", "rho", "3.46").endswith(
        "/deep-learning.html#defining-a-deep-learning-model"
    )
    assert captured.documentation("glm", "obj_reg", "3.46").endswith("/glm.html#defining-a-glm-model")


@pytest.mark.slow
def test_a_network_that_predicts_no_class_is_refused(engine: H2O) -> None:
    result = engine.fit(digits("mlp", **SMALL, autoencoder=True))
    assert result.status is Status.REFUSED
    assert "the model predicts no class" in result.evidence


def test_any_double_arrives_bit_for_bit(engine: H2O) -> None:
    rng = np.random.default_rng(0)
    X = rng.integers(0, 2**64, (40, 6), dtype=np.uint64).view(np.float64)
    X[~np.isfinite(X)] = 5e-324  # the smallest subnormal
    X = np.column_stack([X, rng.standard_normal(40), rng.integers(0, 256, 40)])
    X[3, 2] = X[5, 7] = np.nan
    y = np.arange(40) % 2
    sent = request("glm", X, y, X[:5].copy())
    assert engine.fit(sent).fingerprint == sent.fingerprint


def test_one_altered_value_changes_the_echo(url: str, tmp_path: Path) -> None:
    class Corrupting(H2O):
        def _hand_over(
            self, rest: Rest, key: str, columns: tuple[str, ...], X: FloatArray, y: IntArray
        ) -> None:
            X = X.copy()
            X[4, 3] += 1.0
            super()._hand_over(rest, key, columns, X, y)

    visitor = Corrupting(EngineConfig(tmp_path, h2o_url=url))
    sent = digits("mlp", **SMALL)
    echoed = visitor.fit(sent).fingerprint
    visitor.close()
    assert len(echoed) == 64
    assert echoed != sent.fingerprint


def test_a_visited_cluster_is_left_running_and_clean(engine: H2O, url: str, tmp_path: Path) -> None:
    rest = engine._connected()
    before = {f["frame_id"]["name"] for f in rest.call("GET", "/3/Frames")["frames"]}
    visitor = H2O(EngineConfig(tmp_path, h2o_url=url))
    assert visitor.fit(digits("glm", 30)).status is Status.CONVERGED
    visitor.close()
    assert {f["frame_id"]["name"] for f in rest.call("GET", "/3/Frames")["frames"]} == before


def test_nothing_but_the_evaluation_rows_stays_on_the_server(engine: H2O) -> None:
    engine.fit(digits("glm"))
    engine.fit(digits("mlp", **SMALL))
    engine.fit(digits("mlp", adaptive_rate=False, rate=1e6))
    rest = engine._connected()
    frames = [f["frame_id"]["name"] for f in rest.call("GET", "/3/Frames")["frames"]]
    assert frames
    assert all("_evaluation" in name for name in frames)
    assert rest.call("GET", "/3/Models")["models"] == []
    assert rest.call("GET", "/3/ModelMetrics")["model_metrics"] == []


def test_rate_has_no_effect_under_adadelta(engine: H2O) -> None:
    slow, fast = (engine.fit(digits("mlp", **SMALL, rate=rate)) for rate in (0.005, 0.5))
    assert np.array_equal(slow.score, fast.score)  # type: ignore[arg-type]
    assert "adaptive_rate" in fast.inert["rate"]
    assert fast.effective["rate"] == 0.5
    assert "optimizer.learning_rate" not in fast.canonical


@pytest.mark.slow
def test_plain_sgd_uses_rate(engine: H2O) -> None:
    slow, fast = (engine.fit(digits("mlp", **SMALL, adaptive_rate=False, rate=rate)) for rate in (0.005, 0.5))
    assert not np.array_equal(slow.score, fast.score)  # type: ignore[arg-type]
    assert fast.canonical["optimizer.learning_rate"] == 0.5


def test_classification_stop_ends_leeks_training_early(engine: H2O) -> None:
    result = engine.fit(digits("mlp", **LEEK, reproducible=True))
    assert result.status is Status.STOPPED_EARLY
    assert result.convergence.startswith("classification_stop: training error 0")
    assert result.epochs_asked == 20
    assert result.epochs is not None
    assert result.epochs < 20
    assert result.updates == result.epochs * 20
    assert any("Achieved requested predictive accuracy" in words for words in result.evidence)


@pytest.mark.slow
def test_without_classification_stop_all_epochs_run(engine: H2O) -> None:
    result = engine.fit(digits("mlp", **LEEK, reproducible=True, classification_stop=-1.0))
    assert result.status is Status.COMPLETED
    assert (result.epochs, result.updates) == (20, 400)
    assert result.deterministic


def test_early_stopping_is_distinguished_from_classification_stop(engine: H2O) -> None:
    X, _ = overlapping(40)
    y = np.arange(40) % 2
    noise: dict[str, Value] = {"classification_stop": -1.0, "stopping_rounds": 1, "stopping_tolerance": 0.9}
    result = engine.fit(request("mlp", X, y, X, **{**SMALL, "epochs": 200.0, **noise}))
    assert result.status is Status.STOPPED_EARLY
    assert result.convergence.startswith("early stopping: logloss")


def test_labels_follow_the_threshold_of_best_f1_on_the_training_rows(engine: H2O) -> None:
    X, y = overlapping()
    result = engine.fit(request("glm", X, y, X[:20].copy(), lambda_=0.0))
    assert result.train_score is not None
    assert result.score is not None
    assert result.threshold is not None

    def f1(labels: IntArray) -> float:
        return float(2 * np.sum(labels & y) / (labels.sum() + y.sum()))

    best = max(f1((result.train_score >= t).astype(np.int64)) for t in result.train_score)
    assert f1((result.train_score >= result.threshold).astype(np.int64)) == best
    assert result.threshold != 0.5
    assert np.array_equal(result.labels, result.score >= result.threshold)  # type: ignore[arg-type]
    assert np.array_equal(result.train_labels, result.train_score >= result.threshold)  # type: ignore[arg-type]


def test_coefficients_and_columns_explain_the_scores(engine: H2O) -> None:
    sent = digits("glm", 80, columns=(42, 2, 21, 36))
    result = engine.fit(sent)
    assert result.coefficients is not None
    eta = result.coefficients.intercept + sent.X_eval @ result.coefficients.values
    assert result.score == pytest.approx(1 / (1 + np.exp(-eta)), abs=1e-14)
    assert result.fingerprint == sent.fingerprint


def test_unpenalised_glm_reaches_the_maximum_of_the_likelihood(engine: H2O) -> None:
    X, y = overlapping()
    tight: dict[str, Value] = {
        "lambda_": 0.0,
        "solver": "IRLSM",
        "beta_epsilon": 1e-12,
        "objective_epsilon": 0.0,
    }
    result = engine.fit(request("glm", X, y, X, **tight))
    assert result.train_score is not None
    gradient = np.column_stack([np.ones(len(y)), X]).T @ (result.train_score - y)
    assert np.abs(gradient).max() < 1e-6
    assert result.canonical["penalty.strength"] == 0.0
    assert result.effective["max_iterations"] == 50


def test_default_glm_is_penalised(engine: H2O) -> None:
    X, y = overlapping()
    plain, free = engine.fit(request("glm", X, y, X)), engine.fit(request("glm", X, y, X, lambda_=0.0))
    assert plain.canonical["penalty.strength"] != 0.0
    assert plain.coefficients is not None
    assert free.coefficients is not None
    assert np.abs(plain.coefficients.values).sum() < np.abs(free.coefficients.values).sum()


@pytest.mark.slow
def test_separation_is_claimed_without_a_penalty_only(engine: H2O) -> None:
    free = engine.fit(digits("glm", 30, lambda_=0.0))
    assert free.status is Status.SEPARATED
    assert "all 30 rows on their own side of 0" in free.convergence
    assert engine.fit(digits("glm", 30)).status is Status.CONVERGED


def test_removed_columns_are_named(engine: H2O) -> None:
    X, y = overlapping()
    X = np.column_stack([X, X[:, 0] + X[:, 1], np.full(len(y), 7.0)])
    names = ("a", "b", "c", 'sum, of "a" and b', "constant")
    sent = request("glm", X, y, X, names=names, lambda_=0.0, remove_collinear_columns=True)
    result = engine.fit(sent)
    assert result.status is Status.RANK_DEFICIENT
    assert result.coefficients is not None
    assert result.coefficients.aliased == names[3:]
    assert any("Removed collinear columns sum, of" in words for words in result.evidence)
    assert "Dropping bad and constant columns: constant" in result.evidence


def test_iteration_limit_is_reported(engine: H2O) -> None:
    result = engine.fit(digits("glm", columns=(12, 21), lambda_=0.0, max_iterations=2))
    assert result.status is Status.ITERATION_LIMIT
    assert result.iterations == 2
    assert "Reached maximum number of iterations 2!" in result.evidence


@pytest.mark.slow
def test_refusal_and_divergence_are_results(engine: H2O) -> None:
    refused = engine.fit(digits("mlp", hidden_dropout_ratios=0.5, activation="Tanh"))
    assert refused.status is Status.REFUSED
    assert "non-dropout activation" in refused.evidence[0]
    diverged = engine.fit(digits("mlp", adaptive_rate=False, rate=1e6))
    assert diverged.status is Status.DIVERGED
    assert any("numerical instability" in words for words in diverged.evidence)


@pytest.mark.slow
def test_mini_batches_are_set_back_to_one(engine: H2O) -> None:
    plain, asked = (engine.fit(digits("mlp", **SMALL, mini_batch_size=size)) for size in (1, 8))
    assert np.array_equal(plain.score, asked.score)  # type: ignore[arg-type]
    assert "mini_batch_size" in asked.inert
    assert asked.canonical["batch.size"] == 1
    assert any("Only mini-batch size = 1 is supported" in words for words in asked.evidence)


@pytest.mark.parametrize("handling", ["MeanImputation", "Skip"])
def test_missing_values_stay_missing(engine: H2O, handling: str) -> None:
    X, y = overlapping()
    X[2, 0] = X[7, 1] = np.nan
    sent = request("glm", X, y, X[:5].copy(), missing_values_handling=handling)
    result = engine.fit(sent)
    assert result.fingerprint == sent.fingerprint
    assert result.labels is not None
    assert result.score is not None
    assert np.isnan(result.score).tolist() == [False, False, handling == "Skip", False, False]
    assert set(result.labels.tolist()) <= ({-1, 0, 1} if handling == "Skip" else {0, 1})


def test_canonical_settings_reach_the_server(engine: H2O) -> None:
    canonical: dict[str, Value] = {
        "features.standardize": "none",
        "architecture.hidden": (5, 4),
        "architecture.activation": "relu",
        "optimizer.rule": "sgd",
        "model.kept": "last",
        "reproducible": True,
    }
    given, native = FRAMEWORK.model("mlp").split(canonical)
    sent = replace(digits("mlp"), settings=given, native=native)
    result = engine.fit(sent)
    assert {name: result.canonical[name] for name in canonical} == canonical
    assert result.effective["hidden"] == (5, 4)
