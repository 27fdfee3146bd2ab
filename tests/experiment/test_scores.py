"""The scores of a record are those of scikit-learn, bit for bit."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics

from crossframe.core.types import FloatArray
from crossframe.experiment.record import log_loss, roc_auc

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
