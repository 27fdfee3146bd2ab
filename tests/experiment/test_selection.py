"""Feature selection against R's own arithmetic, and on the edge cases of small samples."""

from __future__ import annotations

import json
import subprocess

import numpy as np
import pytest

from crossframe.data import DESIGNS, load
from crossframe.experiment.selection import f_pvalues, select, welch_scores
from crossframe.frameworks.rscripts import folder

R_CODE = """
source(file.path(commandArgs(TRUE)[1], "selection.R"))
con <- file("stdin"); cases <- jsonlite::fromJSON(readLines(con), simplifyVector = FALSE)
answers <- lapply(cases, function(case) {
  X <- matrix(unlist(case$X), nrow = case$n, byrow = TRUE)
  leek_columns(X, unlist(case$y)) - 1L
})
cat(jsonlite::toJSON(answers))
"""


def test_same_columns_as_r_on_small_draws():
    """40 draws of the digits at each of n = 10, 15, 40, ties and zero p-values included."""
    data = load("digits")
    cases = []
    for n in (10, 15, 40):
        for index in range(40):
            draw = DESIGNS["leek"].draw(data, n, index, 1)
            if not draw.one_class(data.y):
                cases.append((data.X[draw.train], data.y[draw.train]))
    sent = json.dumps([{"n": len(y), "X": X.ravel().tolist(), "y": y.tolist()} for X, y in cases])
    done = subprocess.run(
        ["Rscript", "-e", R_CODE, str(folder())], input=sent, capture_output=True, text=True, check=True
    )
    for (X, y), from_r in zip(cases, json.loads(done.stdout), strict=True):
        assert select("f", 10, X, y).tolist() == from_r


def test_f_pvalues_are_scipys_oneway():
    from scipy.stats import f_oneway

    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(30, 5)), rng.integers(0, 2, 30)
    expected = [f_oneway(column[y == 0], column[y == 1]).pvalue for column in X.T]
    np.testing.assert_allclose(f_pvalues(X, y), expected, rtol=1e-10)


def test_ties_share_their_average_rank_as_in_r():
    """Twelve columns tied at p = 0 rank 6.5 each, so all are kept; twenty rank 10.5, so none is."""
    y = np.array([0, 0, 0, 1, 1, 1])
    perfect = np.repeat(y[:, None].astype(float), 20, axis=1)
    noise = np.random.default_rng(0).normal(size=(6, 30))
    assert select("f", 10, np.hstack([perfect[:, :12], noise]), y).tolist() == list(range(12))
    assert select("f", 10, np.hstack([perfect, noise]), y).size == 0


def test_constant_columns_rank_last():
    y = np.array([0, 1, 0, 1, 0, 1])
    X = np.random.default_rng(1).normal(size=(6, 12))
    X[:, 3] = 7.0
    assert np.isnan(f_pvalues(X, y)[3])
    assert 3 not in select("f", 10, X, y)
    assert 3 not in select("welch", 10, X, y)


def test_welch_keeps_exactly_count():
    rng = np.random.default_rng(2)
    X, y = rng.normal(size=(20, 40)), rng.integers(0, 2, 20)
    scores = welch_scores(X, y)
    kept = select("welch", 10, X, y)
    assert kept.size == 10
    assert scores[kept].min() >= np.delete(scores, kept).max()


def test_columns_with_missing_values_are_not_kept():
    rng = np.random.default_rng(3)
    X, y = rng.normal(size=(20, 8)), rng.integers(0, 2, 20)
    X[4, 5] = np.nan
    assert 5 not in select("welch", 7, X, y)
    assert 5 not in select("f", 7, X, y)
    assert select("welch", 20, X, y).size == 7


def test_unknown_statistic():
    with pytest.raises(ValueError, match="chi2"):
        select("chi2", 1, np.ones((2, 2)), np.array([0, 1]))
