"""The conformance kit: what every engine must do, as a pytest class to inherit from.

::

    from crossframe.testing import EngineConformance

    class TestMine(EngineConformance):
        engine = "mine"
        models = ("logistic",)

The engine runs as it always does, in a child process behind `crossframe.engines.host`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any, ClassVar

import numpy as np
import pytest

from crossframe.data import load
from crossframe.engines.base import EvalRows, FitRequest, Value
from crossframe.engines.host import EngineProcess
from crossframe.settings.vocabulary import VOCABULARY


def request(
    model: str,
    *,
    rows: int = 20,
    native: dict[str, Value] | None = None,
    settings: dict[str, Value] | None = None,
    columns: tuple[int, ...] | None = None,
    seed: int = 1,
    time_limit: float = 120.0,
) -> FitRequest:
    """A small request on scikit-learn's digits, 0 against 1: ``rows`` train, 80 others are scored."""
    data = load("digits")
    X_eval = np.ascontiguousarray(data.X[200:280])
    X = data.X[:rows]
    names = data.names
    if columns is not None:
        X, names = np.ascontiguousarray(X[:, list(columns)]), tuple(names[j] for j in columns)
    return FitRequest(
        model=model,
        settings=settings or {},
        native=native or {},
        X_train=X,
        y_train=data.y[:rows],
        names=names,
        evaluation=EvalRows(hashlib.sha256(X_eval.tobytes()).hexdigest(), X_eval, data.names),
        columns=columns,
        image_shape=data.image_shape if columns is None else None,
        seed=seed,
        time_limit=time_limit,
    )


class EngineConformance:
    """Inherit, and name the engine and its models."""

    engine: ClassVar[str]
    models: ClassVar[tuple[str, ...]]
    native: ClassVar[dict[str, dict[str, Value]]] = {}
    """Settings that keep a model's fit short, by model."""

    @pytest.fixture(scope="class")
    @classmethod
    def process(cls) -> Iterator[EngineProcess]:
        """The engine, started once per class."""
        process = EngineProcess(cls.engine)
        yield process
        process.close()

    def _fit(self, process: EngineProcess, model: str, **options: Any) -> Any:
        return process.fit(request(model, native=self.native.get(model), **options))

    def test_probe_names_versions(self, process: EngineProcess) -> None:
        """The engine starts and says what it is."""
        found = process.call("probe")
        assert found.available, found.reason
        assert found.versions

    def test_capabilities_are_canonical(self, process: EngineProcess) -> None:
        """Every model is there, in the words of the vocabulary."""
        found = process.call("capabilities")
        assert set(found) == set(self.models)
        assert {name for names in found.values() for name in names} <= set(VOCABULARY)

    def test_defaults_have_provenance(self, process: EngineProcess) -> None:
        """Declared settings come from the live framework and say from where."""
        for model in self.models:
            declared = process.call("defaults", model)
            assert declared
            assert all(d.provenance for d in declared)

    def test_fit_is_whole(self, process: EngineProcess) -> None:
        """Scores, labels, settings in force and the fingerprint of what was received."""
        from sklearn.metrics import roc_auc_score

        for model in self.models:
            result = self._fit(process, model)
            assert result.status.usable, (model, result)
            assert result.score.shape == result.labels.shape == (80,)
            assert result.train_score.shape == result.train_labels.shape == (20,)
            assert result.score.dtype == np.float64
            assert set(np.unique(result.labels)) <= {0, 1}
            if result.is_probability:
                assert ((result.score >= 0) & (result.score <= 1)).all()
            assert result.fingerprint == request(model).fingerprint
            assert result.effective
            assert result.convergence
            assert set(result.canonical) <= set(VOCABULARY)
            assert not set(result.inert) - set(result.effective)
            assert result.timings["engine"] > 0
            assert result.peak_memory > 0
            # 20 rows of 64 columns need not say much of other rows; swapped classes would show.
            assert roc_auc_score(request(model).y_train, result.train_score) > 0.7
            assert roc_auc_score(load("digits").y[200:280], result.score) > 0.5

    def test_same_request_same_answer(self, process: EngineProcess) -> None:
        """Warm or cold, whatever was fitted before: the same numbers, where that is claimed."""
        for model in self.models:
            first = self._fit(process, model)
            self._fit(process, model, rows=30, seed=2)
            again = self._fit(process, model)
            if first.deterministic:
                np.testing.assert_array_equal(first.score, again.score)
                assert first.convergence == again.convergence

    def test_selected_columns(self, process: EngineProcess) -> None:
        """A model of a few columns predicts on rows that have them all."""
        for model in self.models:
            if model in ("cnn", "centre"):
                continue
            columns = (20, 21, 28, 36, 43)
            result = self._fit(process, model, columns=columns)
            assert result.status.usable, (model, result)
            assert result.fingerprint == request(model, columns=columns).fingerprint
            if result.coefficients is not None:
                assert result.coefficients.values.shape == (5,)

    def test_coefficients_make_the_score(self, process: EngineProcess) -> None:
        """Coefficients are on the scale of the features as sent: they give the scores back."""
        for model in self.models:
            columns = (20, 21, 28, 36, 43)
            if model in ("cnn", "centre", "mlp", "nnet"):
                continue
            asked = request(model, native=self.native.get(model), columns=columns, rows=60)
            result = process.fit(asked)
            assert result.coefficients is not None
            assert result.score is not None
            eta = result.coefficients.intercept + asked.X_eval @ np.nan_to_num(result.coefficients.values)
            expected = 1 / (1 + np.exp(-eta)) if result.is_probability else eta
            np.testing.assert_allclose(result.score, expected, atol=1e-5)
