"""Labels by a rule that is not the framework's own."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import f1_score

from crossframe.core.errors import UsageError
from crossframe.data import Dataset
from crossframe.experiment.record import relabelled
from crossframe.experiment.spec import parse
from crossframe.explain.api import explain
from crossframe.frameworks.conformance import request
from crossframe.frameworks.contract import FitResult, Status
from tests.running import Engines


def test_the_score_with_the_highest_f1_is_that_of_a_search() -> None:
    rng = np.random.default_rng(1)
    y = rng.integers(0, 2, 60)
    train, new = np.round(0.3 * y + rng.random(60), 2), rng.random(40)
    fit = FitResult(Status.CONVERGED, score=new, labels=(new > 0.5).astype(int), train_score=train)
    found = relabelled(fit, "f1_optimal", y)
    best = max(sorted(set(train), reverse=True), key=lambda t: f1_score(y, train >= t))
    assert found.threshold == best
    assert found.labels is not None
    assert np.array_equal(found.labels, new >= best)
    assert found.canonical["decision.threshold"] == "f1_optimal"


def test_without_training_scores_there_is_no_such_threshold() -> None:
    fit = FitResult(Status.CONVERGED, score=np.array([0.2]), train_score=np.array([0.1, np.nan]))
    found = relabelled(fit, "f1_optimal", np.array([0, 1]))
    assert found.status is Status.REFUSED
    assert "decision.threshold=f1_optimal" in found.evidence[-1]


def test_it_is_h2os_own_rule(engines: Engines) -> None:
    asked = request("glm")
    fit = engines["h2o"].fit(asked)
    found = relabelled(fit, "f1_optimal", asked.y_train)
    assert found.threshold == pytest.approx(fit.threshold, rel=1e-12)
    assert fit.labels is not None
    assert np.array_equal(found.labels, fit.labels)


def test_how_it_is_told() -> None:
    assert parse("r.glm:decision.threshold=f1_optimal").threshold == "f1_optimal"
    assert parse("h2o.glm:decision.threshold=argmax").threshold == 0.5
    assert parse("h2o.glm:decision.threshold=0.2").threshold == 0.2
    with pytest.raises(UsageError, match=r"decision\.threshold=best: impossible value"):
        parse("r.glm:decision.threshold=best")


@pytest.mark.slow
def test_a_difference_of_labels_alone_is_named(tmp_path: Path) -> None:
    """The same optimum, cut at a half and at H2O's threshold."""
    rng = np.random.default_rng(2)
    X = rng.normal(size=(4000, 2))
    y = (X[:, 0] + 3.0 * rng.normal(size=4000) > 3.2).astype(np.int64)
    data = Dataset("rare", X, y, ("a", "b"), ("no", "yes"), "a rare class")
    found = explain(
        "r.glm", "h2o.glm:lambda_=0", data=data, n=300, draws=6, metric="accuracy", store=tmp_path / "s"
    )
    told = found.to_dict()
    assert told["verdict"] == "explained"
    assert told["causes"][0]["setting"] == "decision.threshold"
    assert told["causes"][0]["share"] == pytest.approx(1.0, abs=0.05)


@pytest.mark.slow
def test_labels_of_two_linear_models_on_one_sample(tmp_path: Path) -> None:
    """Scores that agree leave nothing to explain; the labels do, and with digits asked for they fail."""
    rng = np.random.default_rng(2)
    X = rng.normal(size=(200, 2))
    y = (X[:, 0] + 3.0 * rng.normal(size=200) > 3.2).astype(np.int64)
    data = Dataset("rare", X, y, ("a", "b"), ("no", "yes"), "a rare class")
    tight = "h2o.glm:lambda_=0,beta_epsilon=1e-12,objective_epsilon=1e-14"
    for pair in (("r.glm", tight), (tight, "r.glm")):
        found = explain(*pair, data=data, store=tmp_path / "s")
        assert found.verdict.exit_code == 0
        assert (str(found.verdict), found.causes) == ("explained", ("decision.threshold",))
        assert found.gap.paired is not None
        assert found.gap.paired.largest < 1e-8
        assert not found.labels_alike
    loose = explain("r.glm", "h2o.glm:lambda_=0,beta_epsilon=1e-2", data=data, store=tmp_path / "s")
    assert [d.certificate["rules"] for d in loose.diagnoses if d.kind == "labels"] == [[0.5, "f1_optimal"]]
