"""Rows without a score: no wrong labels, but counted beside."""

from __future__ import annotations

import numpy as np
import pytest

from crossframe import compare
from crossframe.compare.headlines import headlines
from crossframe.experiment.metrics import scores
from crossframe.experiment.view import View
from tests.tables import table


def test_a_row_without_a_score_is_no_wrong_label():
    y, score = np.array([0, 1, 1, 0]), np.array([0.1, np.nan, 0.8, 0.7])
    found = scores(y, score, np.array([0, -1, 1, 1]), True)
    assert (found["accuracy"], found["accuracy_half"], found["unscored"]) == (2 / 3, 2 / 3, 1)
    assert "unscored" not in scores(y, np.array([0.1, 0.2, 0.8, 0.7]), np.array([0, 0, 1, 1]), True)
    assert np.isnan(scores(y, np.full(4, np.nan), np.full(4, -1), True)["accuracy"])


def test_compare_says_how_many_rows_have_no_score(tmp_path):
    data = table(60)
    data.loc[::6, "x"] = np.nan
    data.to_csv(tmp_path / "t.csv", index=False)
    names = ["sklearn.logistic:missing=drop", "sklearn.logistic:missing=mean"]
    names += ["sklearn.logistic:missing=drop,class.order=reversed"]
    result = compare(
        data=tmp_path / "t.csv", target="y", missing="framework", contestants=names, draws=2,
        store=tmp_path / "s",
    )  # fmt: skip
    dropped, mean, reversed_ = (result.cells[result.cells["contestant"] == name] for name in names)
    assert dropped["unscored"].sum() > 0
    assert mean["unscored"].sum() == 0
    lines = [line for line in headlines(View(result)) if "no score" in line]
    assert f"{int(dropped['unscored'].sum())} of 24 rows" in lines[0]
    # The paired difference is on the rows that both score, where the two agree but for their training rows.
    pair, turned, other = result.pairs.to_dict("records")
    alike = pair["alike"]
    assert abs(pair["difference"]) <= 1 - alike + 1e-12
    with pytest.raises(KeyError):
        result._records[mean["key"].iloc[0]].arrays["truth"]
    # The one that is fitted to the other class has labels of that class, which are turned back.
    assert reversed_["accuracy"].tolist() == dropped["accuracy"].tolist()
    assert (turned["alike"], turned["difference"]) == (1.0, 0.0)
    assert turned["digits"] > 6
    assert np.isnan(turned["coef_distance"])
    assert (other["alike"], other["difference"]) == (pair["alike"], -pair["difference"])
