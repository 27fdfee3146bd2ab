"""Intervals, verdicts and their words."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from crossframe.errors import UsageError
from crossframe.studies.api import study
from crossframe.studies.claim import Claim, Effect, Finding, Source, Verdict
from crossframe.studies.intervals import over_seeds, proportion

CLAIM = Claim("k", "Water is wet.", Source("Someone 2017", ""), "wetness of at least 1")


@pytest.mark.parametrize(("right", "count"), [(0, 10), (7, 10), (10, 10), (2093, 2115)])
def test_proportion_is_wilsons(right: int, count: int) -> None:
    found = proportion("accuracy", right, count)
    expected = stats.binomtest(right, count).proportion_ci(method="wilson")
    assert found.value == right / count
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=1e-12)


def test_seeds_have_students_interval() -> None:
    values = np.random.default_rng(0).normal(1, 2, 12)
    found = over_seeds("loss", values)
    expected = stats.t.interval(0.95, 11, values.mean(), stats.sem(values))
    assert (found.low, found.high) == pytest.approx(expected, rel=1e-12)
    assert found.count == 12


def test_a_restricted_verdict_says_where() -> None:
    finding = Finding(CLAIM, Verdict.ONLY, "", Effect("x", 1.0), where="in R")
    assert finding.said == "holds only in R"
    assert finding.to_dict()["verdict"] == "holds only in part"
    assert Finding(CLAIM, Verdict.FAILS, "").said == "does not hold"


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(UsageError, match="pixel"):
        study("pixel")
    with pytest.raises(UsageError, match="scale"):
        study("pixels", scale="huge")
