"""The scores of a record are those of scikit-learn, bit for bit."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics

from crossframe.core.types import FloatArray
from crossframe.experiment.metrics import class_scores, log_loss, number_scores, roc_auc

RNG = np.random.default_rng(0)
SCORES = {
    "all distinct": RNG.random(301),
    "ties": RNG.random(301).round(1),
    "certain": (RNG.random(301) < 0.5) * 1.0,
    "near 0": RNG.random(301) ** 60,
    "one value": np.full(301, 0.3),
    "single precision": RNG.random(301).astype(np.float32),
}


@pytest.mark.parametrize("score", SCORES.values(), ids=SCORES)
@pytest.mark.parametrize("share", [0.01, 0.5, 0.99])
def test_the_same_bits_as_scikit_learn(score: FloatArray, share: float) -> None:
    y = (np.arange(301) < 301 * share).astype(np.int64)[RNG.permutation(301)]
    assert log_loss(y, score) == metrics.log_loss(y, score, labels=[0, 1])
    assert roc_auc(y, score) == metrics.roc_auc_score(y, score)


def test_one_class_alone_has_a_log_loss() -> None:
    y, score = np.zeros(5, np.int64), np.linspace(0, 1, 5)
    assert log_loss(y, score) == metrics.log_loss(y, score, labels=[0, 1])


@pytest.mark.parametrize("size", [2, 5, 301, 4099])
def test_scores_of_numbers(size: int) -> None:
    y = RNG.normal(3, 2, size)
    score = y + RNG.normal(0, 1, size)
    scored = number_scores(y, score)
    assert scored["r2"] == metrics.r2_score(y, score)
    assert scored["rmse"] == metrics.root_mean_squared_error(y, score)
    assert scored["mae"] == metrics.mean_absolute_error(y, score)
    gaps = number_scores(np.r_[y, 7.0], np.r_[score, np.nan])
    assert gaps.pop("unscored") == 1
    assert gaps == scored
    assert np.isnan(number_scores(np.full(3, 2.0), np.arange(3.0))["r2"])


def test_scores_of_several_classes() -> None:
    y, score = RNG.integers(0, 4, 301), RNG.dirichlet(np.ones(4), 301)
    labels = score.argmax(axis=1)
    labels[labels == 3] = 2
    scored = class_scores(y, score, labels)
    assert scored["accuracy"] == metrics.accuracy_score(y, labels)
    assert scored["logloss"] == pytest.approx(metrics.log_loss(y, score), rel=1e-14)
    assert scored["recall"] == metrics.recall_score(y, labels, average=None).tolist()
    each = metrics.precision_score(y, labels, average=None, zero_division=np.nan)
    np.testing.assert_array_equal(scored["precision"], each)
    assert np.isnan(each[3])
