"""R's randomForest: its settings, what they mean in the vocabulary, and the program that repeats it."""

from __future__ import annotations

import hashlib
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import crossframe
from crossframe.core.types import FloatArray, Value
from crossframe.frameworks.conformance import request
from crossframe.frameworks.contract import EvalRows, FitRequest, FitResult, Status
from crossframe.frameworks.host import EngineProcess
from crossframe.frameworks.model import Program
from crossframe.frameworks.r import FRAMEWORK, runtime
from crossframe.frameworks.registry import model as registered
from tests.running import Engines

RNG = np.random.default_rng(11)
X = RNG.normal(size=(60, 5))
CLASSES = (X[:, 0] + RNG.normal(size=60) > 0.3).astype(np.int64)
NUMBERS = X @ [1.0, 0.5, -1.0, 0.0, 0.0] + RNG.normal(size=60)
X_EVAL = RNG.normal(size=(40, 5))
NAMES = tuple(f"x{j}" for j in range(5))
FOREST = FRAMEWORK.model("forest")


@pytest.fixture(scope="module")
def r(engines: Engines) -> EngineProcess:
    return engines["r"]


def asked(
    settings: dict[str, Value] | None = None, *, numbers: bool = False, seed: int = 1, **native: Any
) -> FitRequest:
    evaluation = EvalRows(hashlib.sha256(X_EVAL.tobytes()).hexdigest(), X_EVAL, NAMES)
    dotted = {name.replace("__", "."): value for name, value in native.items()}
    return replace(
        request("forest"), settings=settings or {}, native={"ntree": 50, **dotted}, X_train=X,
        y_train=NUMBERS if numbers else CLASSES, names=NAMES, evaluation=evaluation, image_shape=None,
        seed=seed, task="numbers" if numbers else "classes",
    )  # fmt: skip


def score(fit: FitResult) -> FloatArray:
    assert fit.status is Status.CONVERGED, fit
    assert fit.score is not None
    return fit.score


def test_a_score_is_the_share_of_the_votes(r: EngineProcess) -> None:
    fit = r.fit(asked())
    votes = score(fit) * 50
    np.testing.assert_allclose(votes, np.round(votes), atol=1e-9)
    assert fit.labels is not None
    np.testing.assert_array_equal(fit.labels, score(fit) > 0.5)
    assert fit.is_probability
    assert fit.convergence.startswith("50 trees of ")
    assert fit.coefficients is None
    assert fit.fingerprint == asked().fingerprint


def test_defaults_in_force(r: EngineProcess) -> None:
    fit = r.fit(asked())
    assert fit.effective == {
        "ntree": 50, "mtry": 2, "replace": True, "sampsize": 60, "nodesize": 1, "maxnodes": None,
        "corr.bias": False, "classwt": "none", "type": "classification", "seed": 1,
        "kind": "Mersenne-Twister",
    }  # fmt: skip
    forest = {name: value for name, value in fit.canonical.items() if name.startswith("forest.")}
    assert forest == {
        "forest.trees": 50, "forest.criterion": "gini", "forest.features_per_split": 2,
        "forest.bootstrap": True, "forest.sample_share": 1.0, "forest.max_depth": 0, "forest.max_leaves": 0,
        "forest.min_split": 2, "forest.min_leaf": 1, "forest.min_leaf_share": 0.0, "forest.min_gain": 0.0,
        "forest.pruning": 0.0, "forest.aggregation": "votes", "forest.repeated_rows": "once",
    }  # fmt: skip
    assert set(fit.inert) == {"corr.bias"}


def test_numbers_are_a_regression(r: EngineProcess) -> None:
    fit = r.fit(asked(numbers=True))
    assert fit.labels is None
    assert not fit.is_probability
    assert np.corrcoef(score(fit), X_EVAL @ [1.0, 0.5, -1.0, 0.0, 0.0])[0, 1] > 0.7
    assert (fit.effective["mtry"], fit.effective["nodesize"]) == (1, 5)
    assert fit.canonical["forest.criterion"] == "squared_error"
    assert fit.canonical["forest.aggregation"] == "mean"
    assert fit.canonical["forest.bias_correction"] is False
    assert "class_weight" not in fit.canonical
    corrected = r.fit(asked(numbers=True, corr__bias=True))
    # A regression of the target on the predictions: one line for all rows.
    np.testing.assert_allclose(abs(np.corrcoef(score(corrected), score(fit))[0, 1]), 1.0, atol=1e-9)
    assert np.abs(score(corrected) - score(fit)).max() > 1e-3


def test_a_fit_is_its_seed(r: EngineProcess) -> None:
    first = score(r.fit(asked(seed=3)))
    assert (score(r.fit(asked(seed=4))) != first).any()
    np.testing.assert_array_equal(score(r.fit(asked({"seed": 3}, seed=9))), first)


def test_priors_as_frequent_as_the_classes_weigh_nothing(r: EngineProcess) -> None:
    """A row of class c weighs p_c n / n_c, which is 1 for p_c = n_c / n."""
    plain = score(r.fit(asked()))
    counts = tuple(int(k) for k in np.bincount(CLASSES))
    assert counts[0] != counts[1]
    np.testing.assert_array_equal(score(r.fit(asked(classwt=counts))), plain)
    balanced = r.fit(asked({"class_weight": "balanced"}))
    np.testing.assert_array_equal(score(balanced), score(r.fit(asked(classwt=(2, 2)))))
    assert (score(balanced) != plain).any()
    assert balanced.canonical["class_weight"] == "balanced"
    np.testing.assert_array_equal(score(r.fit(asked({"class_weight": "none"}))), plain)


def test_a_node_of_nodesize_rows_is_a_leaf(r: EngineProcess) -> None:
    """The root is always split. Of two classes a row that was drawn twice counts once, of numbers twice."""
    # The second column leaves 30 rows of both classes, which the first separates.
    columns = np.array([(-1.0, x) for x in (-1.0, 1.0) * 10] + [(1.0, -1.0)] * 20 + [(1.0, 1.0)] * 20)
    target = np.repeat([0, 0, 1], 20)

    def leaves(settings: dict[str, Value], numbers: bool = False, **native: Any) -> tuple[int, int]:
        y = target.astype(np.float64) if numbers else target
        evaluation = EvalRows("columns", columns, ("a", "b"))
        sample = asked(settings, numbers=numbers, mtry=2, **native)
        fit = r.fit(replace(sample, X_train=columns, y_train=y, names=("a", "b"), evaluation=evaluation))
        words = fit.convergence.split()
        return int(words[3]), int(words[5])

    whole = {"forest.bootstrap": False, "forest.sample_share": 1.0}
    assert leaves({**whole, "forest.min_split": 30}) == (3, 3)
    assert leaves({**whole, "forest.min_split": 31}) == (2, 2)
    assert leaves({**whole, "forest.min_split": 1000}) == (2, 2)
    assert leaves({}, nodesize=25) == (2, 2)
    assert leaves({}, numbers=True, nodesize=25)[1] > 2


@pytest.mark.parametrize("numbers", [False, True])
def test_no_bound_on_the_leaves_is_as_many_as_rows(r: EngineProcess, numbers: bool) -> None:
    free, bound = r.fit(asked(numbers=numbers)), r.fit(asked({"forest.max_leaves": 0}, numbers=numbers))
    np.testing.assert_array_equal(score(free), score(bound))
    assert free.canonical["forest.max_leaves"] == bound.canonical["forest.max_leaves"] == 0
    few = r.fit(asked({"forest.max_leaves": 3}, numbers=numbers))
    assert "to 3 leaves" in few.convergence
    assert few.canonical["forest.max_leaves"] == 3
    assert few.evidence == bound.evidence == ()


def test_the_share_of_the_rows_is_translated(r: EngineProcess) -> None:
    half = r.fit(asked({"forest.sample_share": 0.5, "forest.max_leaves": 0}))
    assert half.effective["sampsize"] == 30
    assert half.effective["maxnodes"] == 30
    assert half.canonical["forest.sample_share"] == 0.5
    assert r.fit(asked(replace=False)).effective["sampsize"] == 38


def test_importance_draws_from_the_same_generator() -> None:
    """Why it stands outside with a note: the trees after the first are those of another seed."""
    code = """
    library(randomForest); x <- as.matrix(iris[1:100, 1:4]); y <- factor(iris$Species[1:100])
    set.seed(1); a <- randomForest(x, y, ntree = 20); set.seed(1)
    b <- randomForest(x, y, ntree = 20, importance = TRUE)
    cat(identical(a$votes, b$votes))
    """
    assert _rscript("-e", code) == "FALSE"


@pytest.mark.parametrize("numbers", [False, True])
def test_the_program_gives_the_same_scores(r: EngineProcess, tmp_path: Path, numbers: bool) -> None:
    native: dict[str, Any] = {"mtry": 3, "nodesize": 2, "seed": 5}
    fit = r.fit(asked(numbers=numbers, **native))
    y = NUMBERS if numbers else CLASSES
    rows = ["target," + ",".join(NAMES)]
    rows += [",".join([repr(t), *map(repr, x)]) for t, x in zip(y.tolist(), X.tolist(), strict=True)]
    (tmp_path / "rows.csv").write_text("\n".join(rows) + "\n")
    wanted = Program(
        model="r.forest", arguments={"ntree": 50, **native}, table="rows.csv", target="target",
        positive="" if numbers else "1", scores="scores.txt", versions={"R.randomForest": "4.7-1.1"},
        purpose="A forest.",
    )  # fmt: skip
    assert FOREST.program is not None
    (tmp_path / "forest.R").write_text(FOREST.program(wanted))
    _rscript("forest.R", folder=tmp_path)
    np.testing.assert_array_equal(np.loadtxt(tmp_path / "scores.txt"), fit.train_score)


def test_scikit_learns_forest_has_the_same_settings() -> None:
    """What both can be given, so that `explain` can switch it."""
    ours, theirs = ({b.setting for b in registered(m).bindings} for m in ("r.forest", "sklearn.forest"))
    assert {
        "forest.trees", "forest.features_per_split", "forest.bootstrap", "forest.sample_share",
        "forest.min_split", "forest.max_leaves", "class_weight", "seed",
    } <= ours & theirs  # fmt: skip


@pytest.mark.slow
def test_explain_closes_a_gap_to_scikit_learns_forest(tmp_path: Path) -> None:
    """Three settings of the vocabulary, switched in R, make the difference of two forests."""
    explanation = crossframe.explain(
        "r.forest:ntree=100,mtry=64,forest.sample_share=0.2,maxnodes=2", "sklearn.forest", n=40, draws=4,
        seeds=1, metric="logloss", store=tmp_path / "store.sqlite",
    )  # fmt: skip
    assert not explanation.inside_noise
    attribution = explanation.directions[0].attribution
    assert {share.setting for share in attribution.shares} == {
        "forest.sample_share", "forest.features_per_split", "forest.max_leaves",
    }  # fmt: skip
    assert abs(attribution.after) < 0.2 * attribution.before


def _rscript(*arguments: str, folder: Path | None = None) -> str:
    home = runtime.home()
    assert home is not None
    done = subprocess.run(
        [str(runtime.rscript(home)), "--vanilla", *arguments],
        cwd=folder, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return done.stdout.strip()
