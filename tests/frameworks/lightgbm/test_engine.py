"""LightGBM beside scikit-learn: equal settings are equal trees, to single precision."""

from __future__ import annotations

import numpy as np
import pytest

from crossframe.core.types import Value
from tests.frameworks.test_trees import BOOSTED, NUMBERS, fit, gap
from tests.running import Engines

pytest.importorskip("lightgbm", reason="LightGBM is not installed: pip install 'crossframe[lightgbm]'")

# A bin for each value: by default a bin has at least 3 rows.
BINS: dict[str, Value] = {"max_bin": 1000, "min_data_in_bin": 1}
DEPTH: dict[str, Value] = {**BOOSTED, "forest.max_depth": 3, "forest.max_leaves": 0}


def test_numbers(engines: Engines) -> None:
    ours = fit(engines["sklearn"], "boosting", DEPTH)
    theirs = fit(engines["lightgbm"], "boosting", DEPTH, **BINS)
    assert gap(ours, theirs) < 1e-6
    assert theirs.canonical["forest.max_leaves"] == 0
    assert gap(ours, fit(engines["lightgbm"], "boosting", DEPTH)) > 1e-2


def test_rows_of_a_leaf_of_classes_are_estimated(engines: Engines) -> None:
    """Two trees are equal to the last digits; then the sums of p (1 - p) tell other numbers of rows."""
    for trees, far in ((2, False), (20, True)):
        settings: dict[str, Value] = {**DEPTH, "forest.trees": trees, "forest.leaf_l2": 1.0}
        ours = fit(engines["sklearn"], "hist_boosting", settings, task="classes")
        theirs = fit(engines["lightgbm"], "boosting", settings, task="classes", **BINS)
        assert (gap(ours, theirs) > 1e-3) is far
        # Without a least number of rows the two agree.
    settings = {**settings, "forest.min_leaf": 1}
    ours = fit(engines["sklearn"], "hist_boosting", settings, task="classes")
    theirs = fit(engines["lightgbm"], "boosting", settings, task="classes", **BINS)
    assert theirs.effective["min_child_samples"] == 0
    assert gap(ours, theirs) < 1e-6


def test_the_least_gain_is_twice_the_reduction_of_the_loss(engines: Engines) -> None:
    one: dict[str, Value] = {"forest.trees": 1, "forest.max_depth": 1, "boosting.learning_rate": 1.0}
    process = engines["lightgbm"]
    split = fit(process, "boosting", one, **BINS)
    assert split.score is not None
    reduction = float(((NUMBERS - NUMBERS.mean()) ** 2).sum() - ((NUMBERS - split.score) ** 2).sum()) / 2
    for factor, leaves in ((0.999, 2), (1.001, 1)):
        bounded = fit(process, "boosting", {**one, "forest.min_loss_reduction": factor * reduction}, **BINS)
        assert bounded.score is not None
        assert len(np.unique(bounded.score)) == leaves
