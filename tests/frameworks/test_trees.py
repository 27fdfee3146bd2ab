"""Trees in several frameworks: where settings mean the same the fits are the same, to the digits of each."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
import pytest

from crossframe.core.types import FloatArray, Target, Value
from crossframe.frameworks.contract import EvalRows, FitRequest, FitResult
from crossframe.frameworks.host import EngineProcess
from tests.running import Engines

RNG = np.random.default_rng(5)
X = RNG.normal(size=(150, 5))
NUMBERS = X[:, 0] + X[:, 1] ** 2 - X[:, 2] * X[:, 3] + 0.3 * RNG.normal(size=150)
CLASSES = (NUMBERS > 1.0).astype(np.int64)
NAMES = tuple(f"x{j}" for j in range(5))

BOOSTED: dict[str, Value] = {"forest.trees": 20, "forest.min_leaf": 5, "boosting.learning_rate": 0.1}


def fit(
    process: EngineProcess,
    model: str,
    settings: dict[str, Value] | None = None,
    *,
    rows: FloatArray = X,
    seed: int = 1,
    **native: Any,
) -> FitResult:
    y: Target = NUMBERS[: len(rows)]
    task = native.pop("task", "numbers")
    if task == "classes":
        y = CLASSES[: len(rows)]
    given = {name.replace("__", "."): value for name, value in native.items()}
    evaluation = EvalRows(hashlib.sha256(rows.tobytes()).hexdigest(), rows, NAMES)
    result = process.fit(
        FitRequest(model, settings or {}, given, rows, y, NAMES, evaluation, seed=seed, task=task)
    )
    assert result.score is not None, result
    return result


def gap(one: FitResult, other: FitResult) -> float:
    """Largest difference of a score, relative to the largest score."""
    assert one.score is not None
    assert other.score is not None
    return float(np.abs(one.score - other.score).max() / np.abs(one.score).max())


@pytest.mark.xdist_group("r")
@pytest.mark.parametrize("task", ["numbers", "classes"])
def test_gradient_boosting_of_r_and_of_scikit_learn_is_one(engines: Engines, task: str) -> None:
    """Without a sample of the rows both are deterministic, and search all splits."""
    settings: dict[str, Value] = {**BOOSTED, "forest.max_leaves": 6}
    ours = fit(engines["sklearn"], "boosting", {**settings, "forest.max_depth": 0}, task=task)
    theirs = fit(engines["r"], "gbm", {**settings, "forest.sample_share": 1.0}, task=task)
    assert gap(ours, theirs) < 1e-13
    # Leaves of a tree in R: one more than its splits.
    assert theirs.effective["interaction.depth"] == 5
    assert theirs.canonical["forest.max_leaves"] == 6


@pytest.mark.slow
@pytest.mark.xdist_group("h2o")
def test_h2o_rounds_the_leaves(engines: Engines) -> None:
    """Values of the leaves are float32; bins narrow enough hold one value each."""
    settings: dict[str, Value] = {**BOOSTED, "forest.max_depth": 3}
    ours = fit(engines["sklearn"], "boosting", settings)
    theirs = fit(engines["h2o"], "gbm", {**settings, "forest.bins": 0, "forest.min_relative_gain": 0.0})
    assert (theirs.effective["nbins"], theirs.effective["nbins_top_level"]) == (10_000, 10_000)
    assert 1e-9 < gap(ours, theirs) < 1e-6


def test_histograms_with_a_bin_for_each_value(engines: Engines) -> None:
    """Up to 255 distinct values, and of the squared error, whose second derivatives are all 1."""
    settings: dict[str, Value] = {**BOOSTED, "forest.max_depth": 3}
    ours = fit(engines["sklearn"], "boosting", settings)
    binned = fit(engines["sklearn"], "hist_boosting", {**settings, "forest.max_leaves": 0})
    assert gap(ours, binned) < 1e-6
    # Of the log-loss one chooses splits by the first derivatives, the other one by both.
    pair = (
        fit(engines["sklearn"], "boosting", settings, task="classes"),
        fit(engines["sklearn"], "hist_boosting", {**settings, "forest.max_leaves": 0}, task="classes"),
    )
    assert gap(*pair) > 1e-3
    assert [one.canonical["boosting.gain"] for one in pair] == ["first_order", "second_order"]


@pytest.mark.parametrize(
    ("model", "param", "loss"),
    [
        pytest.param("boosting", "alpha", "huber", marks=pytest.mark.slow),
        ("hist_boosting", "quantile", "quantile"),
    ],
)
def test_the_quantile_of_a_loss_of_numbers(engines: Engines, model: str, param: str, loss: str) -> None:
    one, other = (fit(engines["sklearn"], model, loss=loss, **{param: q}) for q in (0.2, 0.6))
    assert gap(one, other) > 1e-3
    assert one.canonical["loss.quantile"] == 0.2
    (other,) = (fit(engines["sklearn"], model, **{param: q}) for q in (0.6,))
    assert param in other.inert


def test_a_share_of_the_features_keeps_their_number(engines: Engines) -> None:
    process = engines["sklearn"]
    three = fit(process, "boosting", max_features=3)
    assert three.canonical["forest.features_share"] == pytest.approx(0.6, abs=1e-12)
    assert (
        gap(
            three,
            fit(process, "boosting", {"forest.features_share": three.canonical["forest.features_share"]}),
        )
        == 0
    )


@pytest.mark.slow
@pytest.mark.xdist_group("h2o")
@pytest.mark.parametrize(("task", "features"), [("classes", 2), ("numbers", 1)])
def test_features_of_a_split_of_h2o(engines: Engines, task: str, features: int) -> None:
    """-1 is the root of the features for classes, and a third of them for numbers; -2 all."""
    process = engines["h2o"]
    plain = fit(process, "drf", task=task, ntrees=5)
    assert plain.canonical["forest.features_per_split"] == features
    assert gap(plain, fit(process, "drf", task=task, ntrees=5, mtries=features)) == 0
    every = fit(process, "drf", task=task, ntrees=5, mtries=-2)
    assert every.canonical["forest.features_per_split"] == 5
    assert gap(every, fit(process, "drf", task=task, ntrees=5, mtries=5)) == 0


@pytest.mark.xdist_group("r")
def test_rows_of_ranger(engines: Engines) -> None:
    """A node of min.node.size rows is a leaf, the root as well; votes are of whole trees."""
    process = engines["r"]
    whole: dict[str, Any] = {"num__trees": 1, "replace": False, "sample__fraction": 1.0, "mtry": 5}
    leaf, split = (fit(process, "ranger", rows=X[:40], min__node__size=k, **whole) for k in (40, 39))
    assert leaf.score is not None
    assert split.score is not None
    assert (len(np.unique(leaf.score)), len(np.unique(split.score))) == (1, 2)
    assert split.canonical["forest.min_split"] == 40
    votes = fit(process, "ranger", task="classes", num__trees=20)
    assert votes.score is not None
    np.testing.assert_allclose(votes.score * 20, np.round(votes.score * 20), atol=1e-9)
    assert votes.canonical["forest.aggregation"] == "votes"
    mean = fit(process, "ranger", {"forest.aggregation": "mean"}, task="classes", num__trees=20)
    assert mean.effective["min.node.size"] == 10
    assert mean.score is not None
    assert np.abs(mean.score * 20 - np.round(mean.score * 20)).max() > 0.01
