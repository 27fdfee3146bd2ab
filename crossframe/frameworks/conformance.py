"""The conformance kit: the behaviour that every framework must have, as a pytest class to inherit from.

A package that adds a framework tests it by one class::

    from crossframe.frameworks.conformance import EngineConformance

    class TestMine(EngineConformance):
        framework = "mine"                    # or its record: mine.FRAMEWORK
        native = {"mlp": {"epochs": 20}}      # settings that keep a fit short; may be left out

It tests every model of the registered `Framework`, as far as the attributes ``images_only`` (it takes all
pixels of an image, never some columns) and ``linear`` (it has coefficients) of `Model` say. The engine
runs in a child process behind `crossframe.frameworks.host`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, ClassVar

import numpy as np
import pytest

from crossframe.core.types import FloatArray, Value
from crossframe.data import load
from crossframe.data.types import Dataset
from crossframe.frameworks.contract import EvalRows, FitRequest, FitResult
from crossframe.frameworks.framework import Framework
from crossframe.frameworks.host import EngineProcess
from crossframe.frameworks.model import Model
from crossframe.frameworks.pool import borrowed
from crossframe.frameworks.registry import framework
from crossframe.settings.vocabulary import VOCABULARY

_COLUMNS = (20, 21, 28, 36, 43)
"""Pixels that carry information about the digit."""


def request(
    model: str,
    *,
    rows: int = 20,
    native: dict[str, Value] | None = None,
    settings: dict[str, Value] | None = None,
    columns: tuple[int, ...] | None = None,
    seed: int = 1,
    time_limit: float = 120.0,
    numbers: bool = False,
    classes: int = 2,
) -> FitRequest:
    """A small request on scikit-learn's digits, 0 against 1: ``rows`` train, 80 others are scored.

    With ``numbers`` the target is the number 1 or 2 in place of the classes, with more ``classes`` the digits
    below them.

    ``columns`` are the pixels that are trained on; None: all 64, as an image of 8 x 8.
    """
    data = load("digits") if classes == 2 else _first_digits(classes)
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
        y_train=data.y[:rows] + 1.0 if numbers else data.y[:rows],
        names=names,
        evaluation=EvalRows(hashlib.sha256(X_eval.tobytes()).hexdigest(), X_eval, data.names),
        columns=columns,
        image_shape=data.image_shape if columns is None else None,
        seed=seed,
        time_limit=time_limit,
        task="numbers" if numbers else "classes",
        classes=classes,
    )


def _first_digits(classes: int) -> Dataset:
    """The digits below ``classes``, in the order of scikit-learn's table."""
    from sklearn.datasets import load_digits

    X, y = load_digits(return_X_y=True)
    rows = y < classes
    two = load("digits")
    return replace(two, X=X[rows], y=y[rows].astype(np.int64), classes=tuple(map(str, range(classes))))


class EngineConformance:
    """Tests of one framework; inherit from it and set the attributes.

    Attributes
    ----------
    framework
        Its name, as it is registered, or its record.
    native
        Settings that keep a model's fit short, by the model's name without the framework's.
    only
        Names of the models that are tested, without the framework's; empty: all.
    """

    framework: ClassVar[str | Framework]
    only: ClassVar[tuple[str, ...]] = ()
    native: ClassVar[Mapping[str, Mapping[str, Value]]] = {}
    excluded: ClassVar[frozenset[str]] = frozenset()

    @pytest.fixture(scope="class")
    @classmethod
    def process(cls) -> Iterator[EngineProcess]:
        """The engine; it starts once per class, unless one that runs is shared (see `pool.sharing`)."""
        record = cls._record()
        where = None if isinstance(cls.framework, str) else record.engine
        with borrowed() as pool:
            process = pool.process(record.name, where=where)
            yield process
            process.close()

    @classmethod
    def _record(cls) -> Framework:
        return cls.framework if isinstance(cls.framework, Framework) else framework(cls.framework)

    @classmethod
    def _models(cls, **having: bool) -> list[Model]:
        """The models whose attributes have these values."""
        models = [m for m in cls._record().all_models() if m.short in cls.only or not cls.only]
        return [m for m in models if all(getattr(m, name) is value for name, value in having.items())]

    @classmethod
    def _fitted(cls, **having: bool) -> list[Model]:
        """Those of `_models` that can be fitted to the sample of the kit."""
        return [m for m in cls._models(**having) if m.short not in cls.excluded]

    def _fit(self, process: EngineProcess, model: Model, **options: Any) -> FitResult:
        result: FitResult = process.fit(self._request(model, **options))
        return result

    def _request(self, model: Model, **options: Any) -> FitRequest:
        numbers = "classes" not in model.tasks
        return request(model.short, native=self._native(model), numbers=numbers, **options)

    def _native(self, model: Model) -> dict[str, Value]:
        return dict(self.native.get(model.short, {}))

    def test_models_use_the_vocabulary(self) -> None:
        """Settings have canonical names, and ``base`` and ``probes`` have parameters with a binding."""
        models = self._models()
        assert models
        for model in models:
            assert model.framework == self._record().name
            settings = {b.setting for b in model.bindings} | set(model.always)
            assert settings <= set(VOCABULARY), (model.name, settings - set(VOCABULARY))
            for named in (model.base, model.probes):
                assert set(named) <= model.parameters, (model.name, set(named) - model.parameters)

    def test_probe_names_versions(self, process: EngineProcess) -> None:
        """The probe of the engine is available and reports at least one version."""
        there = process.call("probe")
        assert there.available, there.reason
        assert there.versions

    def test_capabilities_are_canonical(self, process: EngineProcess) -> None:
        """The engine lists every model with settings of the vocabulary."""
        settings = process.call("capabilities")
        assert set(settings) == {m.short for m in self._record().all_models()}
        assert {name for names in settings.values() for name in names} <= set(VOCABULARY)

    def test_defaults_have_provenance(self, process: EngineProcess) -> None:
        """Declared settings come from the live framework, with the call that returned them."""
        for model in self._models():
            declared = process.call("defaults", model.short)
            assert declared
            assert all(d.provenance for d in declared)

    def test_fit_is_whole(self, process: EngineProcess) -> None:
        """A fit reports scores, labels, effective settings and the fingerprint of the data received."""
        from sklearn.metrics import roc_auc_score

        for model in self._fitted():
            result = self._fit(process, model)
            assert result.status.usable, (model.name, result)
            assert result.score is not None
            assert result.train_score is not None
            assert result.score.shape == (80,)
            assert result.train_score.shape == (20,)
            assert result.score.dtype == np.float64
            if "classes" in model.tasks:
                assert result.labels is not None
                assert result.train_labels is not None
                assert result.labels.shape == (80,)
                assert result.train_labels.shape == (20,)
                assert set(np.unique(result.labels)) <= {0, 1}
            if result.is_probability:
                assert ((result.score >= 0) & (result.score <= 1)).all()
            assert result.fingerprint == self._request(model).fingerprint
            assert result.effective
            assert result.convergence
            assert set(result.canonical) <= set(VOCABULARY)
            assert not set(result.inert) - set(result.effective)
            assert result.timings["engine"] > 0
            assert result.peak_memory > 0
            # 20 rows of 64 columns need not say much of other rows; swapped classes would show.
            assert roc_auc_score(request(model.short).y_train, result.train_score) > 0.7
            assert roc_auc_score(load("digits").y[200:280], result.score) > 0.5

    def test_same_request_same_answer(self, process: EngineProcess) -> None:
        """A deterministic model repeats its numbers after another fit."""
        for model in self._fitted():
            first = self._fit(process, model)
            self._fit(process, model, rows=30, seed=2)
            again = self._fit(process, model)
            if first.deterministic:
                assert first.score is not None
                assert again.score is not None
                np.testing.assert_array_equal(first.score, again.score)
                assert first.convergence == again.convergence

    def test_selected_columns(self, process: EngineProcess) -> None:
        """A model of a few columns predicts on rows that have them all."""
        for model in self._fitted(images_only=False):
            result = self._fit(process, model, columns=_COLUMNS)
            assert result.status.usable, (model.name, result)
            assert result.fingerprint == self._request(model, columns=_COLUMNS).fingerprint
            if result.coefficients is not None:
                assert result.coefficients.values.shape == (len(_COLUMNS),)

    def test_a_weight_of_two_is_the_row_twice(self, process: EngineProcess) -> None:
        """The scores are those of a sample that has every row as often as its weight says."""
        for model in self._fitted():
            if "weights" not in model.by_row:
                continue
            wanted = self._request(model, columns=_COLUMNS, rows=40)
            times = np.arange(40) % 3 + 1
            weighted = process.fit(replace(wanted, weights=times.astype(np.float64)))
            rows = np.repeat(np.arange(40), times)
            repeated = process.fit(
                replace(
                    wanted, X_train=np.ascontiguousarray(wanted.X_train[rows]), y_train=wanted.y_train[rows]
                )
            )
            assert weighted.status.usable, (model.name, weighted)
            assert weighted.score is not None
            assert repeated.score is not None
            np.testing.assert_allclose(weighted.score, repeated.score, atol=5e-3, err_msg=model.name)

    def test_an_offset_is_part_of_the_linear_predictor(self, process: EngineProcess) -> None:
        """Of the training rows and of the rows to predict: coefficients and offset reproduce the scores."""
        for model in self._fitted():
            if "offset" not in model.by_row:
                continue
            wanted = self._request(model, columns=_COLUMNS, rows=40)
            known = np.linspace(-0.5, 0.5, len(wanted.X_eval))
            rows = replace(wanted.evaluation, key=f"{wanted.evaluation.key} offset", offset=known)
            result = process.fit(replace(wanted, evaluation=rows, offset=np.linspace(0.5, -0.5, 40)))
            assert result.status.usable, (model.name, result)
            assert result.coefficients is not None
            assert result.score is not None
            eta = known + result.coefficients.intercept
            eta += wanted.X_eval @ np.nan_to_num(result.coefficients.values)
            np.testing.assert_allclose(result.score, _mean(result, eta), atol=1e-5, err_msg=model.name)

    def test_coefficients_make_the_score(self, process: EngineProcess) -> None:
        """Coefficients are on the scale of the features as sent: they reproduce the scores."""
        for model in self._fitted(linear=True):
            wanted = self._request(model, columns=_COLUMNS, rows=60)
            result = process.fit(wanted)
            assert result.coefficients is not None
            assert result.score is not None
            eta = result.coefficients.intercept + wanted.X_eval @ np.nan_to_num(result.coefficients.values)
            np.testing.assert_allclose(result.score, _mean(result, eta), atol=1e-5)

    def test_several_classes(self, process: EngineProcess) -> None:
        """A model of several classes has the probability of each, in the order of their numbers."""
        for model in self._fitted(several=True, stochastic=False):
            self._check_classes(process, model)

    @pytest.mark.slow
    def test_several_classes_with_random_numbers(self, process: EngineProcess) -> None:
        """The same of models that draw random numbers: networks and forests."""
        for model in self._fitted(several=True, stochastic=True):
            self._check_classes(process, model)

    def _check_classes(self, process: EngineProcess, model: Model) -> None:
        from scipy.special import softmax

        wanted = self._request(model, rows=90, classes=3, columns=_COLUMNS)
        result: FitResult = process.fit(wanted)
        assert result.status.usable, (model.name, result)
        assert result.fingerprint == wanted.fingerprint
        assert result.threshold is None
        assert result.score is not None
        assert result.train_score is not None
        for score, labels, rows in (
            (result.score, result.labels, 80),
            (result.train_score, result.train_labels, 90),
        ):
            assert labels is not None
            assert score.shape == (rows, 3)
            np.testing.assert_allclose(score.sum(axis=1), 1.0, atol=1e-6)
            # Ties are broken in each framework's own way.
            np.testing.assert_array_equal(score[np.arange(rows), labels], score.max(axis=1))
        for c in range(3):
            score, own = result.train_score[:, c], wanted.y_train == c
            assert score[own].mean() > score[~own].mean(), (model.name, c)
        if (table := result.class_coefficients) is not None:
            assert table.shape == (1 + len(_COLUMNS), 3)
            np.testing.assert_allclose(table.mean(axis=1), 0.0, atol=1e-9 * max(1.0, np.abs(table).max()))
            made = softmax(table[0] + wanted.X_eval @ table[1:], axis=1)
            np.testing.assert_allclose(result.score, made, atol=1e-5)


def _mean(result: FitResult, eta: FloatArray) -> FloatArray:
    """The fitted means at linear predictors ``eta`` (m,)."""
    from scipy.special import expit, ndtr

    link = result.canonical.get("link")
    if link == "log":
        return np.asarray(np.exp(eta))
    if not result.is_probability:
        return eta
    return np.asarray((ndtr if link == "probit" else expit)(eta))
