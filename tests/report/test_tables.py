"""Tables and sentences of a comparison's report, on results that are changed to what they have to show."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from crossframe.compare import tables
from crossframe.compare.headlines import headlines
from crossframe.experiment.view import View
from crossframe.frameworks.contract import Status
from tests.report.fixture import ROSTER, Made, build

FEW = {name: ROSTER[name] for name in ("sklearn.logistic", "sklearn.logistic:C=0.01")}


@pytest.fixture(scope="module")
def made() -> Made:
    return build(sizes=(10,), draws=2, roster=FEW)


def test_fits_on_other_data_are_counted(made: Made) -> None:
    cells = made.cells.copy()
    cells.loc[0, ["status", "usable", "fingerprint_ok"]] = [str(Status.CORRUPTED), False, False]
    shown = tables.fingerprints(View(replace(made, cells=cells)))
    assert [[cell.text for cell in row] for row in shown.rows] == [["scikit-learn", "3", "1"]]


def test_pairs_of_several_classes_lead_to_explain(made: Made) -> None:
    three = {**made.run, "dataset": {**made.run["dataset"], "classes": ["0", "1", "2"]}}
    shown = tables.notable(View(replace(made, run=three)), 10)
    assert [row[-1].text.partition(" --")[0] for row in shown.rows] == [
        "crossframe explain sklearn.logistic sklearn.logistic:C=0.01"
    ]


@pytest.mark.parametrize(
    ("difference", "low", "tied"), [(0.0, math.nan, 1), (0.1, math.nan, 0), (0.1, -0.1, 1), (0.1, 0.05, 0)]
)
def test_who_is_not_significantly_worse(made: Made, difference: float, low: float, tied: int) -> None:
    best = View(made).ranked(10)[0]["contestant"]
    sign = 1 if made.pairs["left"][0] == best else -1
    ends = {"low": low, "high": 2 * difference - low}
    pairs = made.pairs.assign(difference=sign * difference, **ends)
    if sign < 0:
        pairs = pairs.assign(low=-ends["high"], high=-ends["low"])
    sentence = headlines(View(replace(made, pairs=pairs)))[0]
    assert ("1 of the other 1 are not significantly worse" in sentence) is bool(tied)
