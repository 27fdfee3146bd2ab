"""Forests: no reference model trains them, so that a framework switches what it can express itself."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from crossframe.experiment.store import Store
from crossframe.explain.api import result_name
from crossframe.explain.explanation import Conclusion
from crossframe.report.document import Document
from tests.explain.test_over_draws import over_draws, store

__all__ = ["store"]

ONE = "sklearn.forest:n_estimators=1"
SMALL = {"n": 40, "draws": 5, "seeds": 1, "metric": "logloss"}


@pytest.mark.slow
def test_one_forest_with_two_sets_of_settings(store):
    found, record, _ = over_draws(store, ONE, "sklearn.forest:n_estimators=25", **SMALL)
    assert found.verdict is Conclusion.EXPLAINED
    assert found.causes == ("forest.trees",)
    assert record["computed_by"] == {"sklearn.forest": 2}
    assert record["gap"]["left_after"] == 0


@pytest.mark.slow
def test_forests_of_two_frameworks(store):
    found, record, _ = over_draws(store, ONE, "r.forest:ntree=25", **SMALL)
    assert "forest.trees" in found.causes
    assert set(record["computed_by"]) == {"sklearn.forest"}
    # What only the other framework has is named, and stays in the gap.
    assert record["cannot_be_switched"]
    assert not set(record["cannot_be_switched"]) & {b["name"] for b in record["bundles"]}
    assert 0 < abs(record["attribution"]["after"]) < abs(record["gap"]["difference"])
    assert [t["right"]["switched"] for t in record["verification"]] == [[]]
    assert {"n_estimators": 25}.items() <= record["recipe"]["left"]["arguments"].items()
    kept = Store(store)
    stored = kept.get_result(result_name(found), "explain")
    kept.close()
    assert stored.record["verdict"] == record["verdict"]
    assert "sklearn.forest (n_estimators=1)" in Document.from_json(stored.document).title


@pytest.mark.slow
def test_what_the_left_framework_lacks_is_switched_on_the_right(command, tmp_path):
    rng = np.random.default_rng(3)
    X = rng.normal(size=(80, 3))
    table = pd.DataFrame(X, columns=list("abc")).assign(y=X[:, 0] + X[:, 1] ** 2 + rng.normal(size=80))
    table.to_csv(tmp_path / "numbers.csv", index=False)
    left = "sklearn.hist_boosting:max_leaf_nodes=none,max_depth=3,min_samples_leaf=5,max_iter=10"
    right = "sklearn.boosting:min_samples_leaf=5,n_estimators=10,min_impurity_decrease=0.05,learning_rate=0.2"
    done = command(
        "explain", left, right, "--data", str(tmp_path / "numbers.csv"), "--target", "y", "--json",
        "--store", str(tmp_path / "store.sqlite"),
    )  # fmt: skip
    record = json.loads(done.stdout)
    assert record["verdict"] == "explained"
    (trial,) = record["verification"]
    # HistGradientBoosting has no least decrease of the impurity.
    assert trial["left"]["switched"] == ["boosting.learning_rate"]
    assert trial["right"]["switched"] == ["forest.min_gain"]
    assert trial["right"]["arguments"]["min_impurity_decrease"] == 0.0
    assert trial["gap"] < 1e-6
    assert set(record["cannot_be_switched"]) == {"forest.bins"}
