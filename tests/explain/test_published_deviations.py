"""Herbold and Tunkel's deviations: their rows by the rules, and the committed report against a new run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from crossframe.explain.published_deviations import ALGORITHMS, DATA, published, published_data
from crossframe.explain.published_report import _cause, document, result

REPORT = Path(__file__).parents[2] / "reports/explain/published-deviations"
COMMITTED: dict[str, Any] = json.loads((REPORT / "result.json").read_text(encoding="utf-8"))
# UniformRealDistribution(0, 1).sample() of Apache Commons Math 3.6.1 after reseedRandomGenerator(1) and (2):
# the first and the tenth number of the hundredth row, of eleven numbers each.
APACHE = {99: (0.1943112782064913, 0.13923441644912882), 199: (0.7586391084556379, 0.2592670009035356)}


@pytest.mark.parametrize("name", DATA)
def test_the_rows_are_the_published_ones(name: str) -> None:
    data = published_data(name)
    assert data.test_rows is not None
    training, test = published()["labels"][name]
    assert "".join(map(str, data.y)) == training + test
    assert data.test_rows[0] == len(training)
    assert data.X.shape == (len(training + test), len(data.names))
    assert 0 <= data.X.min() < data.X.max() <= 1


def test_the_generator_is_that_of_apache_commons() -> None:
    for name in ("UNIFORM", "RANDOM"):
        X = published_data(name).X
        for row, (first, tenth) in APACHE.items():
            assert (X[row, 0], X[row, 9]) == (first, tenth)


@pytest.mark.parametrize("name", DATA)
def test_scikit_learn_alone_gives_the_published_scores(name: str) -> None:
    """Of the ridge; without crossframe."""
    from sklearn.linear_model import LogisticRegression

    data = published_data(name)
    assert data.test_rows is not None
    n = int(data.test_rows[0])
    model = LogisticRegression(C=5, tol=1e-4 / n, max_iter=10000).fit(data.X[:n], data.y[:n])
    scores = model.predict_proba(data.X[n : n + 10])[:, 1]
    np.testing.assert_allclose(scores, published()["scores"]["LRridge SKLEARNlogistic"][name], atol=2e-5)


def test_every_published_pair_is_in_the_report() -> None:
    pairs = {(row["data"], f"{row['algorithm']} {row['left']} {row['right']}") for row in COMMITTED["pairs"]}
    assert pairs == {(name, pair) for name in DATA for pair in published()["deviations"]}
    assert {pair.split()[0] for _, pair in pairs} == set(ALGORITHMS)
    assert document(COMMITTED).markdown() == (REPORT / "README.md").read_text(encoding="utf-8")


def test_the_report_has_a_verdict_for_every_deviation() -> None:
    """Nothing unexplained; the published numbers of labels wherever there is an optimum."""
    for row in COMMITTED["pairs"]:
        if row["algorithm"] == "LR" and row["data"] == "BC":
            assert row["verdict"] == "no_unique_optimum"
            continue
        assert row["verdict"] in ("agree", "explained", "not_converged")
        assert [part[0] for part in row["here"]] == [part[0] for part in row["published"]]
        if any(part[0] for part in row["published"]):
            assert row["verdict"] == "explained"
            assert row["left_after"] < 1e-8
            # What differs is what is minimised, not only a solver.
            assert any(not cause["setting"].startswith("solver.") for cause in row["causes"][:2])


@pytest.mark.slow
@pytest.mark.xdist_group("r")
def test_a_new_run_gives_the_committed_report() -> None:
    new = result(["UNIFORM"])
    old = [row for row in COMMITTED["pairs"] if row["data"] == "UNIFORM"]
    for row, was in zip(new["pairs"], old, strict=True):
        for key in ("algorithm", "left", "right", "models", "published", "here", "verdict", "recipe"):
            assert row[key] == was[key], (row["models"], key)
        assert row["largest_difference"] == pytest.approx(was["largest_difference"], rel=1e-6, abs=1e-9)
        shares = {cause["setting"]: cause["share"] for cause in row["causes"] if abs(cause["share"]) >= 0.01}
        before = {c["setting"]: c["share"] for c in was["causes"] if abs(c["share"]) >= 0.01}
        assert shares == pytest.approx(before, abs=0.001)
    near = {(row["published"], row["which"]): row["distance"] for row in new["published_scores"]}
    assert max(near.values()) < 1e-3
    assert near["LRridge SKLEARNlogistic", "then"] < 1e-6


def test_a_cause_interacts_by_the_rule_of_shares() -> None:
    """What is of the other sign and below a hundredth of the larger one is rounding."""
    cause = {"setting": "penalty.l2", "share": 1.0, "first_in": 1.0, "last_in": -1e-4}
    assert "interacts" in _cause(cause), "they differ by more than the share"
    assert "interacts" not in _cause({**cause, "share": 1.2})
    assert "interacts" in _cause({**cause, "share": 1.2, "last_in": -0.05})
