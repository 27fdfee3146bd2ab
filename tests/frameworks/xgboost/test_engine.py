"""XGBoost beside scikit-learn: equal settings are equal trees, to single precision."""

from __future__ import annotations

import numpy as np
import pytest

from crossframe.core.types import Value
from tests.frameworks.test_trees import BOOSTED, NUMBERS, fit, gap
from tests.running import Engines

pytest.importorskip("xgboost", reason="XGBoost is not installed: pip install 'crossframe[xgboost]'")

DEPTH: dict[str, Value] = {**BOOSTED, "forest.max_depth": 3}


def test_exact_splits_of_numbers(engines: Engines) -> None:
    ours = fit(engines["sklearn"], "boosting", DEPTH)
    settings = {name: value for name, value in DEPTH.items() if name != "forest.min_leaf"}
    theirs = fit(
        engines["xgboost"], "boosting", {**settings, "forest.leaf_l2": 0.0, "forest.bins": 0},
        min_child_weight=5.0,
    )  # fmt: skip
    assert gap(ours, theirs) < 1e-6
    # Second derivatives are 1 a row.
    assert theirs.canonical["forest.min_leaf"] == 5
    assert theirs.canonical["forest.bins"] == 0
    assert theirs.effective["reg_lambda"] == 0.0


def test_splits_of_classes_by_both_derivatives(engines: Engines) -> None:
    settings: dict[str, Value] = {**DEPTH, "forest.leaf_l2": 1.0}
    ours = fit(
        engines["sklearn"], "hist_boosting", {**settings, "forest.max_leaves": 0, "forest.min_leaf": 1},
        task="classes",
    )  # fmt: skip
    settings = {name: value for name, value in settings.items() if name != "forest.min_leaf"}
    theirs = fit(
        engines["xgboost"], "boosting", {**settings, "forest.min_hessian": 1e-3, "forest.bins": 0},
        task="classes",
    )  # fmt: skip
    assert gap(ours, theirs) < 1e-6


def test_gamma_is_twice_the_reduction_of_the_loss(engines: Engines) -> None:
    one: dict[str, Value] = {
        "forest.trees": 1, "forest.max_depth": 1, "boosting.learning_rate": 1.0, "forest.leaf_l2": 0.0,
    }  # fmt: skip
    process = engines["xgboost"]
    split = fit(process, "boosting", one)
    assert split.score is not None
    reduction = float(((NUMBERS - NUMBERS.mean()) ** 2).sum() - ((NUMBERS - split.score) ** 2).sum()) / 2
    for factor, leaves in ((0.999, 2), (1.001, 1)):
        bounded = fit(process, "boosting", {**one, "forest.min_loss_reduction": factor * reduction})
        assert bounded.score is not None
        assert len(np.unique(bounded.score)) == leaves
        assert bounded.effective["gamma"] == pytest.approx(2 * factor * reduction, rel=1e-6)
